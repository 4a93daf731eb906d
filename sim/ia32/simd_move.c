/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves between MMX registers, XMM registers, general registers and memory;
 * EMMS.
 * SDM 325462, Vol 1, "MMX Data Transfer Instructions", "SSE Data Movement
 * Instructions", "128-Bit SIMD Integer Instructions", "Cacheability Control,
 * Prefetch, and Memory Ordering Instructions".
 *
 * Non-temporal hints mean nothing here: there are no caches.  Names that
 * differ only in what the bits are meant to be (MOVAPS, MOVAPD, MOVDQA) share
 * a handler. */
#include "sim/ia32/simd.h"

/* --- MMX ------------------------------------------------------------------ */

/* Two sizes: doubleword, and quadword with REX.W, whatever 66 says. */
#define DOUBLE_OR_QUAD(name, body)                                          \
    IA32_OP(name##_16, body, 4)                                             \
    IA32_OP(name##_32, body, 4)                                             \
    IA32_OP(name##_64, body, 8)

IA32_INLINE enum ia32_status movd_p_e(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    simd_set_mm(cpu, insn->reg, v);
    return IA32_OK;
}

IA32_INLINE enum ia32_status movd_e_p(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      unsigned size)
{
    IA32_TRY(ia32_write_e(cpu, insn, size, simd_p(cpu, insn)));
    simd_enter_mmx(cpu);
    return IA32_OK;
}

DOUBLE_OR_QUAD(movd_pq_ey, movd_p_e)
DOUBLE_OR_QUAD(movd_ey_pq, movd_e_p)

enum ia32_status ia32_op_movq_pq_qq(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn)
{
    uint64_t v;
    IA32_TRY(simd_read_q(cpu, insn, 8, &v));
    simd_set_mm(cpu, insn->reg, v);
    return IA32_OK;
}

enum ia32_status ia32_op_movq_qq_pq(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn)
{
    const uint64_t v = simd_p(cpu, insn);
    if (insn->is_reg) {
        simd_set_mm(cpu, insn->rm, v);
        return IA32_OK;
    }
    IA32_TRY(ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), 8, v));
    simd_enter_mmx(cpu);
    return IA32_OK;
}

enum ia32_status ia32_op_emms(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    (void)insn;
    simd_enter_mmx(cpu);
    cpu->fpu.valid = 0;
    return IA32_OK;
}

/* --- selected bytes to DS:rDI ----------------------------------------------- */

/* MASKMOVQ and MASKMOVDQU: bytes whose mask byte has its highest bit set.
 * The whole place is checked, also where nothing is stored: "a zero byte
 * mask does not prevent addressing faults", and page faults are left to the
 * implementation.  #AC for what is no multiple of 8, as with MOVDQU. */
static enum ia32_status store_selected(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn,
                                       const uint64_t *from,
                                       const uint64_t *mask, unsigned words)
{
    const uint64_t ea = cpu->gpr[IA32_RDI] & ia32_mask(insn->addrsize);
    uint64_t la;
    IA32_TRY(ia32_linear(cpu, insn->seg, ea, 8 * words, IA32_ACC_W, &la));
    IA32_TRY(ia32_check_alignment(cpu, la, 8, 0));
    IA32_TRY(ia32_la_probe(cpu, la, 8 * words, IA32_ACC_W));
    for (unsigned i = 0; i < 8 * words; i++)
        if (mask[i / 8] >> (i % 8 * 8 + 7) & 1)
            IA32_TRY(ia32_la_write(cpu, la + i, 1, 0,
                                   simd_lane(from[i / 8], i % 8 * 8, 8)));
    return IA32_OK;
}

enum ia32_status ia32_op_maskmovq_pq_nq(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    const uint64_t v = simd_p(cpu, insn);
    IA32_TRY(store_selected(cpu, insn, &v, &cpu->fpu.r[insn->rm].frac, 1));
    simd_enter_mmx(cpu);
    return IA32_OK;
}

enum ia32_status ia32_op_maskmovdqu_vx_ux(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn)
{
    return store_selected(cpu, insn, simd_v(cpu, insn)->q,
                          cpu->xmm[insn->rm].q, 2);
}

/* --- XMM: 16 bytes ------------------------------------------------------------ */

IA32_INLINE enum ia32_status load(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, bool aligned)
{
    return simd_read_any(cpu, insn, aligned, simd_v(cpu, insn));
}

IA32_INLINE enum ia32_status store(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn, bool aligned)
{
    if (!insn->is_reg)
        return ia32_write128(cpu, insn->seg, ia32_ea(cpu, insn), aligned,
                             simd_v(cpu, insn)->q);
    cpu->xmm[insn->rm] = *simd_v(cpu, insn);
    return IA32_OK;
}

IA32_OP(movaps_vx_wx, load, true)
IA32_OP(movups_vx_wx, load, false)
IA32_OP(movaps_wx_vx, store, true)
IA32_OP(movups_wx_vx, store, false)

/* --- XMM: the low lane ---------------------------------------------------------- */

/* MOVSS and MOVSD: memory clears the rest of the register, another register
 * leaves it. */
IA32_INLINE enum ia32_status load_scalar(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn,
                                         unsigned size)
{
    uint64_t v;
    struct ia32_xmm *a = simd_v(cpu, insn);
    IA32_TRY(simd_read_low(cpu, insn, size, &v));
    if (insn->is_reg)
        a->q[0] = (a->q[0] & ~ia32_mask(size)) | v;
    else
        *a = (struct ia32_xmm){ { v, 0 } };
    return IA32_OK;
}

IA32_INLINE enum ia32_status store_scalar(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn,
                                          unsigned size)
{
    const uint64_t v = simd_v(cpu, insn)->q[0] & ia32_mask(size);
    uint64_t *to = &cpu->xmm[insn->rm].q[0];
    if (!insn->is_reg)
        return ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), size, v);
    *to = (*to & ~ia32_mask(size)) | v;
    return IA32_OK;
}

IA32_OP(movss_vx_wd, load_scalar, 4)
IA32_OP(movsd_vx_wq, load_scalar, 8)
IA32_OP(movss_wd_vx, store_scalar, 4)
IA32_OP(movsd_wq_vx, store_scalar, 8)

/* MOVD and MOVQ clear the rest, whatever the source. */
IA32_INLINE enum ia32_status movd_v_e(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    *simd_v(cpu, insn) = (struct ia32_xmm){ { v, 0 } };
    return IA32_OK;
}

IA32_INLINE enum ia32_status movd_e_v(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      unsigned size)
{
    return ia32_write_e(cpu, insn, size, simd_v(cpu, insn)->q[0]);
}

DOUBLE_OR_QUAD(movd_vx_ey, movd_v_e)
DOUBLE_OR_QUAD(movd_ey_vx, movd_e_v)

enum ia32_status ia32_op_movq_vx_wq(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn)
{
    uint64_t v;
    IA32_TRY(simd_read_low(cpu, insn, 8, &v));
    *simd_v(cpu, insn) = (struct ia32_xmm){ { v, 0 } };
    return IA32_OK;
}

enum ia32_status ia32_op_movq_wq_vx(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn)
{
    const uint64_t v = simd_v(cpu, insn)->q[0];
    if (!insn->is_reg)
        return ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), 8, v);
    cpu->xmm[insn->rm] = (struct ia32_xmm){ { v, 0 } };
    return IA32_OK;
}

enum ia32_status ia32_op_movq2dq_vx_nq(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn)
{
    *simd_v(cpu, insn) =
        (struct ia32_xmm){ { cpu->fpu.r[insn->rm].frac, 0 } };
    simd_enter_mmx(cpu);
    return IA32_OK;
}

enum ia32_status ia32_op_movdq2q_pq_uq(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn)
{
    simd_set_mm(cpu, insn->reg, cpu->xmm[insn->rm].q[0]);
    return IA32_OK;
}

/* --- XMM: one half, the other stays ------------------------------------------- */

IA32_INLINE enum ia32_status load_half(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn,
                                       unsigned half)
{
    return ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), 8,
                     &simd_v(cpu, insn)->q[half]);
}

IA32_INLINE enum ia32_status store_half(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn,
                                        unsigned half)
{
    return ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), 8,
                      simd_v(cpu, insn)->q[half]);
}

/* From the other half of the source. */
IA32_INLINE enum ia32_status copy_half(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn,
                                       unsigned to, unsigned from)
{
    simd_v(cpu, insn)->q[to] = cpu->xmm[insn->rm].q[from];
    return IA32_OK;
}

IA32_OP(movlps_vx_mq, load_half, 0)
IA32_OP(movhps_vx_mq, load_half, 1)
IA32_OP(movlps_mq_vx, store_half, 0)
IA32_OP(movhps_mq_vx, store_half, 1)
IA32_OP(movhlps_vx_ux, copy_half, 0, 1)
IA32_OP(movlhps_vx_ux, copy_half, 1, 0)
