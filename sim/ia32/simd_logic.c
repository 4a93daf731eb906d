/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logic and shifts on MMX and XMM registers, PTEST, and choices between two
 * operands (blends).  ANDPS, ORPD and the like are the same operations under
 * names that say what the bits are meant to be.
 * SDM 325462, Vol 1, "MMX Logical Instructions" and "MMX Shift
 * Instructions", "SSE Logical Instructions", "Blending Instructions". */
#include "sim/ia32/simd.h"

#define BOTH(name, result)                                                  \
    IA32_INLINE uint64_t name(uint64_t a, uint64_t b) { return result; }    \
    SIMD_MMX(name, name)                                                    \
    SIMD_XMM(name, name)

BOTH(pand, a & b)
BOTH(pandn, ~a & b)
BOTH(por, a | b)
BOTH(pxor, a ^ b)

/* PTEST: ZF when the operands have no bit in common, CF when the source has
 * none that the destination lacks.  The other flags are cleared. */
enum ia32_status ia32_op_ptest_vx_wx(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn)
{
    struct ia32_xmm b;
    IA32_TRY(simd_read_w(cpu, insn, &b));
    const uint64_t *a = simd_v(cpu, insn)->q;
    bool zf = ((a[0] & b.q[0]) | (a[1] & b.q[1])) == 0;
    bool cf = ((~a[0] & b.q[0]) | (~a[1] & b.q[1])) == 0;
    ia32_set_arith_flags(cpu, (zf ? FL_ZF : 0) | (cf ? FL_CF : 0));
    return IA32_OK;
}

/* --- shifts of lanes ------------------------------------------------------ */

/* Lanes of a shifted by a count, which is 64 bits whole: too large a count
 * leaves nothing, or copies of the sign. */
typedef uint64_t shift_op(uint64_t a, uint64_t count);

IA32_INLINE enum ia32_status p_q(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, shift_op *op)
{
    uint64_t count;
    IA32_TRY(simd_read_q(cpu, insn, 8, &count));
    simd_set_mm(cpu, insn->reg, op(simd_p(cpu, insn), count));
    return IA32_OK;
}

IA32_INLINE enum ia32_status n_i(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, shift_op *op)
{
    simd_set_mm(cpu, insn->rm, op(cpu->fpu.r[insn->rm].frac, insn->imm));
    return IA32_OK;
}

IA32_INLINE void shift_xmm(struct ia32_xmm *a, uint64_t count, shift_op *op)
{
    a->q[0] = op(a->q[0], count);
    a->q[1] = op(a->q[1], count);
}

/* The count is the low half of an operand that is read as a whole. */
IA32_INLINE enum ia32_status v_w(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, shift_op *op)
{
    struct ia32_xmm count;
    IA32_TRY(simd_read_w(cpu, insn, &count));
    shift_xmm(simd_v(cpu, insn), count.q[0], op);
    return IA32_OK;
}

IA32_INLINE enum ia32_status u_i(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, shift_op *op)
{
    shift_xmm(&cpu->xmm[insn->rm], insn->imm, op);
    return IA32_OK;
}

/* Result for a lane x and a count n. */
#define SHIFT(name, bits, lane, result)                                     \
    IA32_INLINE uint64_t name(uint64_t a, uint64_t n)                       \
    {                                                                       \
        uint64_t word = 0;                                                  \
        for (unsigned at = 0; at < 64; at += (bits)) {                      \
            const lane;                                                     \
            word |= simd_low((uint64_t)(result), bits) << at;               \
        }                                                                   \
        return word;                                                        \
    }                                                                       \
    IA32_OP(name##_pq_qq, p_q, name)                                        \
    IA32_OP(name##_nq_ib, n_i, name)                                        \
    IA32_OP(name##_vx_wx, v_w, name)                                        \
    IA32_OP(name##_ux_ib, u_i, name)
#define UNSIGNED(bits) uint64_t x = simd_lane(a, at, bits)
#define SIGNED(bits) int64_t x = simd_signed_lane(a, at, bits)

SHIFT(psllw, 16, UNSIGNED(16), n < 16 ? x << n : 0)
SHIFT(pslld, 32, UNSIGNED(32), n < 32 ? x << n : 0)
SHIFT(psllq, 64, UNSIGNED(64), n < 64 ? x << n : 0)
SHIFT(psrlw, 16, UNSIGNED(16), n < 16 ? x >> n : 0)
SHIFT(psrld, 32, UNSIGNED(32), n < 32 ? x >> n : 0)
SHIFT(psrlq, 64, UNSIGNED(64), n < 64 ? x >> n : 0)
SHIFT(psraw, 16, SIGNED(16), simd_shift_right(x, n < 16 ? (unsigned)n : 15))
SHIFT(psrad, 32, SIGNED(32), simd_shift_right(x, n < 32 ? (unsigned)n : 31))

/* --- shifts of the whole by bytes ------------------------------------------- */

/* The word that begins at a byte of a row of words; zeros follow them. */
IA32_INLINE uint64_t word_at(const uint64_t *words, unsigned count,
                             unsigned byte)
{
    unsigned i = byte / 8, shift = byte % 8 * 8;
    uint64_t low = i < count ? words[i] : 0;
    uint64_t high = i + 1 < count ? words[i + 1] : 0;
    return shift == 0 ? low : low >> shift | high << (64 - shift);
}

enum ia32_status ia32_op_psrldq_ux_ib(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn)
{
    struct ia32_xmm a = cpu->xmm[insn->rm];
    for (unsigned i = 0; i < 2; i++)
        cpu->xmm[insn->rm].q[i] =
            word_at(a.q, 2, (unsigned)insn->imm + 8 * i);
    return IA32_OK;
}

enum ia32_status ia32_op_pslldq_ux_ib(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn)
{
    unsigned n = insn->imm < 16 ? (unsigned)insn->imm : 16;
    struct ia32_xmm *a = &cpu->xmm[insn->rm];
    const uint64_t words[4] = { 0, 0, a->q[0], a->q[1] };
    for (unsigned i = 0; i < 2; i++)
        a->q[i] = word_at(words, 4, 16 - n + 8 * i);
    return IA32_OK;
}

/* PALIGNR: a piece of destination:source, the destination on top. */
enum ia32_status ia32_op_palignr_pq_qq_ib(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn)
{
    uint64_t b;
    IA32_TRY(simd_read_q(cpu, insn, 8, &b));
    const uint64_t words[2] = { b, simd_p(cpu, insn) };
    simd_set_mm(cpu, insn->reg, word_at(words, 2, (unsigned)insn->imm));
    return IA32_OK;
}

enum ia32_status ia32_op_palignr_vx_wx_ib(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn)
{
    struct ia32_xmm b, *a = simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    const uint64_t words[4] = { b.q[0], b.q[1], a->q[0], a->q[1] };
    for (unsigned i = 0; i < 2; i++)
        a->q[i] = word_at(words, 4, (unsigned)insn->imm + 8 * i);
    return IA32_OK;
}

/* --- blends: lanes of the source where a mask says so -------------------- */

IA32_INLINE uint64_t choose(uint64_t a, uint64_t b, uint64_t mask)
{
    return (a & ~mask) | (b & mask);
}

/* The highest bits of XMM0's lanes are the mask. */
IA32_INLINE enum ia32_status blendv(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    simd_word_op *sign)
{
    struct ia32_xmm b, *a = simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    const struct ia32_xmm mask = cpu->xmm[0];
    for (unsigned i = 0; i < 2; i++)
        a->q[i] = choose(a->q[i], b.q[i], sign(0, mask.q[i]));
    return IA32_OK;
}

SIMD_LANES_S(sign8, 8, y < 0 ? -1 : 0)
SIMD_LANES_S(sign32, 32, y < 0 ? -1 : 0)
SIMD_LANES_S(sign64, 64, y < 0 ? -1 : 0)
IA32_OP(pblendvb_vx_wx, blendv, sign8)
IA32_OP(blendvps_vx_wx, blendv, sign32)
IA32_OP(blendvpd_vx_wx, blendv, sign64)

/* A bit of the immediate for each lane. */
IA32_INLINE enum ia32_status blend(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned bits)
{
    struct ia32_xmm b, *a = simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0, lane = 0; i < 2; i++) {
        uint64_t mask = 0;
        for (unsigned at = 0; at < 64; at += bits, lane++)
            mask |= simd_low(simd_truth(insn->imm >> lane & 1), bits) << at;
        a->q[i] = choose(a->q[i], b.q[i], mask);
    }
    return IA32_OK;
}

IA32_OP(pblendw_vx_wx_ib, blend, 16)
IA32_OP(blendps_vx_wx_ib, blend, 32)
IA32_OP(blendpd_vx_wx_ib, blend, 64)
