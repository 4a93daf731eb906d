/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operands of MMX and SSE instructions, by the letters of decode.def, and
 * the shapes that most of them have, so that an instruction is one line.
 * SDM 325462, Vol 1, "Programming with Intel MMX Technology", "Programming
 * with Streaming SIMD Extensions (SSE)"; Vol 3A, "Intel MMX Technology
 * System Programming".
 *
 * A register is one or two 64-bit words; a lane is a field of a word.  There
 * are no unions and no byte arrays, so the host's byte order does not matter.
 * Most operations make a word of the result from the same words of their
 * operands: one function on words then serves MMX and XMM registers. */
#ifndef IA32_SIMD_H
#define IA32_SIMD_H

#include "sim/ia32/operand.h"

/* --- lanes ------------------------------------------------------------- */

/* Bits are 8, 16, 32 or 64, and at is a multiple of them. */
IA32_INLINE uint64_t simd_low(uint64_t v, unsigned bits)
{
    return v & (~UINT64_C(0) >> (64 - bits));
}

IA32_INLINE uint64_t simd_lane(uint64_t word, unsigned at, unsigned bits)
{
    return simd_low(word >> at, bits);
}

IA32_INLINE int64_t simd_signed(uint64_t v, unsigned bits)
{
    return (int64_t)ia32_sign_extend(v, bits / 8);
}

IA32_INLINE int64_t simd_signed_lane(uint64_t word, unsigned at,
                                     unsigned bits)
{
    return simd_signed(word >> at, bits);
}

/* What does not fit becomes the nearest that does.  SDM Vol 1, "Saturation
 * and Wraparound Modes". */
IA32_INLINE uint64_t simd_saturate_s(int64_t v, unsigned bits)
{
    const int64_t most = (int64_t)(VT_BIT(bits - 1) - 1);
    return (uint64_t)(v > most ? most : v < -most - 1 ? -most - 1 : v);
}

IA32_INLINE uint64_t simd_saturate_u(int64_t v, unsigned bits)
{
    const int64_t most = (int64_t)(VT_BIT(bits) - 1);
    return (uint64_t)(v > most ? most : v < 0 ? 0 : v);
}

/* Shift right of a signed number, of which C leaves the meaning open. */
IA32_INLINE int64_t simd_shift_right(int64_t v, unsigned n)
{
    return v < 0 ? ~(~v >> n) : v >> n;
}

/* All ones or none, as comparisons give. */
IA32_INLINE uint64_t simd_truth(bool holds)
{
    return holds ? ~UINT64_C(0) : 0;
}

/* --- operands ------------------------------------------------------------ */

/* P: MMX register ModRM.reg. */
IA32_INLINE uint64_t simd_p(const struct ia32_cpu *cpu,
                            const struct ia32_insn *insn)
{
    return cpu->fpu.r[insn->reg].frac;
}

/* Every MMX instruction but EMMS makes all registers valid and the first of
 * them the top of the x87 stack.  "The MMX State and MMX Register
 * Aliasing". */
IA32_INLINE void simd_enter_mmx(struct ia32_cpu *cpu)
{
    cpu->fpu.sw &= (uint16_t)~FSW_TOP;
    cpu->fpu.valid = 0xff;
}

/* A write also sets bits 64 to 79 of the x87 register. */
IA32_INLINE void simd_set_mm(struct ia32_cpu *cpu, unsigned r, uint64_t v)
{
    simd_enter_mmx(cpu);
    cpu->fpu.r[r].frac = v;
    cpu->fpu.r[r].se = 0xffff;
}

/* Q: MMX register, or memory of so many bytes, zero-extended. */
IA32_INLINE enum ia32_status simd_read_q(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn,
                                         unsigned bytes, uint64_t *v)
{
    if (!insn->is_reg)
        return ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), bytes, v);
    *v = cpu->fpu.r[insn->rm].frac;
    return IA32_OK;
}

/* V: XMM register ModRM.reg. */
IA32_INLINE struct ia32_xmm *simd_v(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn)
{
    return &cpu->xmm[insn->reg];
}

/* Wx: XMM register, or 16 bytes of memory.  Wx of moves that say "unaligned"
 * may lie anywhere; all others must be aligned, else #GP(0). */
IA32_INLINE enum ia32_status simd_read_any(struct ia32_cpu *cpu,
                                           const struct ia32_insn *insn,
                                           bool aligned, struct ia32_xmm *v)
{
    if (!insn->is_reg)
        return ia32_read128(cpu, insn->seg, ia32_ea(cpu, insn), aligned,
                            v->q);
    *v = cpu->xmm[insn->rm];
    return IA32_OK;
}

IA32_INLINE enum ia32_status simd_read_w(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn,
                                         struct ia32_xmm *v)
{
    return simd_read_any(cpu, insn, true, v);
}

/* Ww, Wd, Wq: the low bytes of an XMM register, or memory that is no larger
 * and may lie anywhere. */
IA32_INLINE enum ia32_status simd_read_low(struct ia32_cpu *cpu,
                                           const struct ia32_insn *insn,
                                           unsigned bytes, uint64_t *v)
{
    if (!insn->is_reg)
        return ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), bytes, v);
    *v = cpu->xmm[insn->rm].q[0] & ia32_mask(bytes);
    return IA32_OK;
}

/* --- shapes: a word of the result from words of the operands ----------- */

typedef uint64_t simd_word_op(uint64_t a, uint64_t b);

/* P = op(P, Q) */
IA32_INLINE enum ia32_status simd_mmx(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      simd_word_op *op)
{
    uint64_t b;
    IA32_TRY(simd_read_q(cpu, insn, 8, &b));
    simd_set_mm(cpu, insn->reg, op(simd_p(cpu, insn), b));
    return IA32_OK;
}

/* V = op(V, W), word by word */
IA32_INLINE enum ia32_status simd_xmm(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      simd_word_op *op)
{
    struct ia32_xmm b, *a = simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    a->q[0] = op(a->q[0], b.q[0]);
    a->q[1] = op(a->q[1], b.q[1]);
    return IA32_OK;
}

/* V = op(lower word of an operand, upper word of it): the first operand
 * gives the lower half of the result, the second the upper.  With MMX
 * registers "lower" and "upper" are the two operands. */
IA32_INLINE enum ia32_status simd_xmm_fold(struct ia32_cpu *cpu,
                                           const struct ia32_insn *insn,
                                           simd_word_op *op)
{
    struct ia32_xmm b, *a = simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    a->q[0] = op(a->q[0], a->q[1]);
    a->q[1] = op(b.q[0], b.q[1]);
    return IA32_OK;
}

#define SIMD_MMX(name, op) IA32_OP(name##_pq_qq, simd_mmx, op)
#define SIMD_XMM(name, op) IA32_OP(name##_vx_wx, simd_xmm, op)
#define SIMD_XMM_FOLD(name, op) IA32_OP(name##_vx_wx, simd_xmm_fold, op)

/* name(a, b): for each lane the result for x (of a) and y (of b), which are
 * unsigned (U) or signed (S). */
#define SIMD_LANES_U(name, bits, result)                                    \
    IA32_INLINE uint64_t name(uint64_t a, uint64_t b)                       \
    {                                                                       \
        uint64_t word = 0;                                                  \
        for (unsigned at = 0; at < 64; at += (bits)) {                      \
            const uint64_t x = simd_lane(a, at, bits);                      \
            const uint64_t y = simd_lane(b, at, bits);                      \
            (void)x;                                                        \
            word |= simd_low(result, bits) << at;                           \
        }                                                                   \
        return word;                                                        \
    }
#define SIMD_LANES_S(name, bits, result)                                    \
    IA32_INLINE uint64_t name(uint64_t a, uint64_t b)                       \
    {                                                                       \
        uint64_t word = 0;                                                  \
        for (unsigned at = 0; at < 64; at += (bits)) {                      \
            const int64_t x = simd_signed_lane(a, at, bits);                \
            const int64_t y = simd_signed_lane(b, at, bits);                \
            (void)x;                                                        \
            word |= simd_low((uint64_t)(result), bits) << at;               \
        }                                                                   \
        return word;                                                        \
    }

#endif
