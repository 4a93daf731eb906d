/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Floating-point comparisons of SSE: to masks (CMPPS and its like) and to
 * EFLAGS (COMISS, UCOMISS and their like).
 * SDM 325462, Vol 1, "SSE Comparison Instructions"; Vol 2A,
 * "CMPPS--Compare Packed Single-Precision Floating-Point Values",
 * "COMISS--Compare Scalar Ordered Single-Precision Floating-Point Values and
 * Set EFLAGS". */
#include "sim/ia32/sse_fp.h"

/* --- to masks --------------------------------------------------------------- */

/* Bits 2:0 of the immediate are the predicate; the others are not looked
 * at. */
IA32_INLINE unsigned predicate(const struct ia32_insn *insn)
{
    return (unsigned)insn->imm & 7;
}

IA32_INLINE uint32_t cmp_single(struct fp_env *env, uint32_t a, uint32_t b,
                                unsigned how)
{
    return (uint32_t)simd_truth(fp32_cmp(env, a, b, how));
}

enum ia32_status ia32_op_cmpps_vx_wx_ib(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b, r = *simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 4; i++)
        sse_set_single(&r, i,
                       cmp_single(&env, sse_single(&r, i),
                                  sse_single(&b, i), predicate(insn)));
    IA32_TRY(sse_finish(cpu, &env));
    *simd_v(cpu, insn) = r;
    return IA32_OK;
}

enum ia32_status ia32_op_cmppd_vx_wx_ib(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b, r = *simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 2; i++)
        r.q[i] = simd_truth(fp64_cmp(&env, r.q[i], b.q[i], predicate(insn)));
    IA32_TRY(sse_finish(cpu, &env));
    *simd_v(cpu, insn) = r;
    return IA32_OK;
}

enum ia32_status ia32_op_cmpss_vx_wd_ib(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm *a = simd_v(cpu, insn);
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 4, &b));
    uint32_t r = cmp_single(&env, sse_single(a, 0), (uint32_t)b,
                            predicate(insn));
    IA32_TRY(sse_finish(cpu, &env));
    sse_set_single(a, 0, r);
    return IA32_OK;
}

enum ia32_status ia32_op_cmpsd_vx_wq_ib(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm *a = simd_v(cpu, insn);
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 8, &b));
    uint64_t r = simd_truth(fp64_cmp(&env, a->q[0], b, predicate(insn)));
    IA32_TRY(sse_finish(cpu, &env));
    a->q[0] = r;
    return IA32_OK;
}

/* --- to EFLAGS --------------------------------------------------------------- */

/* OF, SF and AF are cleared. */
static void set_flags(struct ia32_cpu *cpu, enum fp_order order)
{
    uint64_t flags = 0;
    switch (order) {
    case FP_UNORDERED: flags = FL_ZF | FL_PF | FL_CF; break;
    case FP_LESS: flags = FL_CF; break;
    case FP_EQUAL: flags = FL_ZF; break;
    case FP_GREATER: break;
    }
    ia32_set_arith_flags(cpu, flags);
}

IA32_INLINE enum ia32_status comi_single(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn,
                                         bool quiet)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 4, &b));
    enum fp_order order = fp32_compare(&env, sse_single(simd_v(cpu, insn), 0),
                                       (uint32_t)b, quiet);
    IA32_TRY(sse_finish(cpu, &env));
    set_flags(cpu, order);
    return IA32_OK;
}

IA32_INLINE enum ia32_status comi_double(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn,
                                         bool quiet)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 8, &b));
    enum fp_order order =
        fp64_compare(&env, simd_v(cpu, insn)->q[0], b, quiet);
    IA32_TRY(sse_finish(cpu, &env));
    set_flags(cpu, order);
    return IA32_OK;
}

IA32_OP(comiss_vx_wd, comi_single, false)
IA32_OP(ucomiss_vx_wd, comi_single, true)
IA32_OP(comisd_vx_wq, comi_double, false)
IA32_OP(ucomisd_vx_wq, comi_double, true)
