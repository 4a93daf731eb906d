/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lanes taken from where a control says: shuffles, and single lanes put in
 * from general registers or memory and taken out.
 * SDM 325462, Vol 1, "SSE Shuffle and Unpack Instructions", "SSE2 Shuffle
 * and Unpack Instructions", "Insertion and Extractions from XMM Registers".
 *
 * A lane that leaves for a general register is zero-extended to 32 bits,
 * and so to 64. */
#include "sim/ia32/simd.h"

/* Lane number i of a register. */
IA32_INLINE uint64_t lane_of(const struct ia32_xmm *v, unsigned i,
                             unsigned bits)
{
    return simd_lane(v->q[i * bits / 64], i * bits % 64, bits);
}

IA32_INLINE void set_lane(struct ia32_xmm *v, unsigned i, unsigned bits,
                          uint64_t lane)
{
    uint64_t mask = simd_low(~UINT64_C(0), bits) << i * bits % 64;
    uint64_t *word = &v->q[i * bits / 64];
    *word = (*word & ~mask) | (lane << i * bits % 64 & mask);
}

/* --- shuffles by an immediate ---------------------------------------------- */

/* Four words of a quadword, each chosen by two bits. */
IA32_INLINE uint64_t shuffle_words(uint64_t v, uint64_t control)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < 4; i++)
        word |= simd_lane(v, (control >> 2 * i & 3) * 16, 16) << 16 * i;
    return word;
}

enum ia32_status ia32_op_pshufw_pq_qq_ib(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn)
{
    uint64_t b;
    IA32_TRY(simd_read_q(cpu, insn, 8, &b));
    simd_set_mm(cpu, insn->reg, shuffle_words(b, insn->imm));
    return IA32_OK;
}

/* One half is shuffled, the other copied. */
IA32_INLINE enum ia32_status shuffle_half(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn,
                                          unsigned half)
{
    struct ia32_xmm b;
    IA32_TRY(simd_read_w(cpu, insn, &b));
    b.q[half] = shuffle_words(b.q[half], insn->imm);
    *simd_v(cpu, insn) = b;
    return IA32_OK;
}

IA32_OP(pshuflw_vx_wx_ib, shuffle_half, 0)
IA32_OP(pshufhw_vx_wx_ib, shuffle_half, 1)

/* Two doublewords of one operand below two of another. */
IA32_INLINE struct ia32_xmm shuffle_doublewords(const struct ia32_xmm *low,
                                                const struct ia32_xmm *high,
                                                uint64_t control)
{
    struct ia32_xmm v = { { 0, 0 } };
    for (unsigned i = 0; i < 4; i++)
        set_lane(&v, i, 32,
                 lane_of(i < 2 ? low : high, control >> 2 * i & 3, 32));
    return v;
}

enum ia32_status ia32_op_pshufd_vx_wx_ib(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn)
{
    struct ia32_xmm b;
    IA32_TRY(simd_read_w(cpu, insn, &b));
    *simd_v(cpu, insn) = shuffle_doublewords(&b, &b, insn->imm);
    return IA32_OK;
}

enum ia32_status ia32_op_shufps_vx_wx_ib(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn)
{
    struct ia32_xmm b, *a = simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    *a = shuffle_doublewords(a, &b, insn->imm);
    return IA32_OK;
}

enum ia32_status ia32_op_shufpd_vx_wx_ib(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn)
{
    struct ia32_xmm b, *a = simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    *a = (struct ia32_xmm){ { a->q[insn->imm & 1], b.q[insn->imm >> 1 & 1] } };
    return IA32_OK;
}

/* --- PSHUFB: each byte of the control chooses one, or zero ----------------- */

enum ia32_status ia32_op_pshufb_pq_qq(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn)
{
    uint64_t control, word = 0, a = simd_p(cpu, insn);
    IA32_TRY(simd_read_q(cpu, insn, 8, &control));
    for (unsigned at = 0; at < 64; at += 8) {
        unsigned c = (unsigned)simd_lane(control, at, 8);
        if (!(c & 0x80))
            word |= simd_lane(a, c % 8 * 8, 8) << at;
    }
    simd_set_mm(cpu, insn->reg, word);
    return IA32_OK;
}

enum ia32_status ia32_op_pshufb_vx_wx(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn)
{
    struct ia32_xmm control, v = { { 0, 0 } };
    IA32_TRY(simd_read_w(cpu, insn, &control));
    for (unsigned i = 0; i < 16; i++) {
        unsigned c = (unsigned)lane_of(&control, i, 8);
        if (!(c & 0x80))
            set_lane(&v, i, 8, lane_of(simd_v(cpu, insn), c % 16, 8));
    }
    *simd_v(cpu, insn) = v;
    return IA32_OK;
}

/* --- copies of lanes (SSE3) -------------------------------------------------- */

/* Each even or each odd single-precision lane twice. */
IA32_INLINE enum ia32_status duplicate(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn,
                                       unsigned at)
{
    struct ia32_xmm b;
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 2; i++) {
        uint64_t lane = simd_lane(b.q[i], at, 32);
        simd_v(cpu, insn)->q[i] = lane | lane << 32;
    }
    return IA32_OK;
}

IA32_OP(movsldup_vx_wx, duplicate, 0)
IA32_OP(movshdup_vx_wx, duplicate, 32)

enum ia32_status ia32_op_movddup_vx_wq(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn)
{
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 8, &b));
    *simd_v(cpu, insn) = (struct ia32_xmm){ { b, b } };
    return IA32_OK;
}

/* --- one lane in -------------------------------------------------------------- */

enum ia32_status ia32_op_pinsrw_pq_ew_ib(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn)
{
    uint64_t lane;
    IA32_TRY(ia32_read_e(cpu, insn, 2, &lane));
    unsigned at = (unsigned)insn->imm % 4 * 16;
    uint64_t others = simd_p(cpu, insn) & ~(UINT64_C(0xffff) << at);
    simd_set_mm(cpu, insn->reg, others | lane << at);
    return IA32_OK;
}

/* From a general register, or memory of the lane's size. */
IA32_INLINE enum ia32_status insert(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unsigned bits)
{
    uint64_t lane;
    if (insn->is_reg)
        lane = cpu->gpr[insn->rm];
    else
        IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), bits / 8,
                           &lane));
    set_lane(simd_v(cpu, insn), (unsigned)insn->imm % (128 / bits), bits,
             lane);
    return IA32_OK;
}

IA32_OP(pinsrb_vx_eb_ib, insert, 8)
IA32_OP(pinsrw_vx_ew_ib, insert, 16)
IA32_OP(pinsrd_vx_ey_ib_16, insert, 32)
IA32_OP(pinsrd_vx_ey_ib_32, insert, 32)
IA32_OP(pinsrd_vx_ey_ib_64, insert, 64)

/* INSERTPS: bits 7:6 of the immediate choose the source's lane (memory is
 * the lane), 5:4 where it goes, 3:0 which lanes become zero. */
enum ia32_status ia32_op_insertps_vx_wd_ib(struct ia32_cpu *cpu,
                                           const struct ia32_insn *insn)
{
    const unsigned imm = (unsigned)insn->imm;
    uint64_t lane;
    if (insn->is_reg)
        lane = lane_of(&cpu->xmm[insn->rm], imm >> 6, 32);
    else
        IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), 4, &lane));
    set_lane(simd_v(cpu, insn), imm >> 4 & 3, 32, lane);
    for (unsigned i = 0; i < 4; i++)
        if (imm >> i & 1)
            set_lane(simd_v(cpu, insn), i, 32, 0);
    return IA32_OK;
}

/* --- one lane out ------------------------------------------------------------- */

/* The general register is ModRM.reg and the source ModRM.rm. */
enum ia32_status ia32_op_pextrw_gd_nq_ib(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn)
{
    uint64_t v = cpu->fpu.r[insn->rm].frac;
    cpu->gpr[insn->reg] = simd_lane(v, (unsigned)insn->imm % 4 * 16, 16);
    simd_enter_mmx(cpu);
    return IA32_OK;
}

enum ia32_status ia32_op_pextrw_gd_ux_ib(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn)
{
    cpu->gpr[insn->reg] =
        lane_of(&cpu->xmm[insn->rm], (unsigned)insn->imm % 8, 16);
    return IA32_OK;
}

/* To a general register, or memory of the lane's size. */
IA32_INLINE enum ia32_status extract(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     unsigned bits)
{
    uint64_t lane = lane_of(simd_v(cpu, insn),
                            (unsigned)insn->imm % (128 / bits), bits);
    if (!insn->is_reg)
        return ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), bits / 8,
                          lane);
    cpu->gpr[insn->rm] = lane;
    return IA32_OK;
}

IA32_OP(pextrb_eb_vx_ib, extract, 8)
IA32_OP(pextrw_ew_vx_ib, extract, 16)
IA32_OP(extractps_ed_vx_ib, extract, 32)
IA32_OP(pextrd_ey_vx_ib_16, extract, 32)
IA32_OP(pextrd_ey_vx_ib_32, extract, 32)
IA32_OP(pextrd_ey_vx_ib_64, extract, 64)

/* --- sign bits out --------------------------------------------------------- */

IA32_INLINE uint64_t sign_bits(uint64_t word, unsigned bits)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < 64 / bits; i++)
        mask |= (word >> (i * bits + bits - 1) & 1) << i;
    return mask;
}

enum ia32_status ia32_op_pmovmskb_gd_nq(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    cpu->gpr[insn->reg] = sign_bits(cpu->fpu.r[insn->rm].frac, 8);
    simd_enter_mmx(cpu);
    return IA32_OK;
}

IA32_INLINE enum ia32_status move_mask(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn,
                                       unsigned bits)
{
    const uint64_t *q = cpu->xmm[insn->rm].q;
    cpu->gpr[insn->reg] =
        sign_bits(q[0], bits) | sign_bits(q[1], bits) << 64 / bits;
    return IA32_OK;
}

IA32_OP(pmovmskb_gd_ux, move_mask, 8)
IA32_OP(movmskps_gd_ux, move_mask, 32)
IA32_OP(movmskpd_gd_ux, move_mask, 64)
