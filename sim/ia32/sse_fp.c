/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Floating-point arithmetic of SSE, SSE2, SSE3 and SSE4.1 on packed and
 * scalar operands of single and double precision; comparisons.
 * SDM 325462, Vol 1, "SSE Arithmetic Instructions", "SSE Comparison
 * Instructions", "SSE3 Horizontal Addition and Subtraction", "Dot Product
 * Instructions", "Floating-Point Rounding Instructions".
 *
 * The arithmetic itself is fp.h's.  An operation takes an element of the
 * destination and one of the source; of some only the source counts. */
#include "sim/ia32/sse_fp.h"

typedef uint32_t single_op(struct fp_env *env, uint32_t a, uint32_t b);
typedef uint64_t double_op(struct fp_env *env, uint64_t a, uint64_t b);

/* --- shapes --------------------------------------------------------------- */

IA32_INLINE enum ia32_status packed_single(struct ia32_cpu *cpu,
                                           const struct ia32_insn *insn,
                                           single_op *op)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b, r = *simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 4; i++)
        sse_set_single(&r, i,
                       op(&env, sse_single(&r, i), sse_single(&b, i)));
    IA32_TRY(sse_finish(cpu, &env));
    *simd_v(cpu, insn) = r;
    return IA32_OK;
}

IA32_INLINE enum ia32_status packed_double(struct ia32_cpu *cpu,
                                           const struct ia32_insn *insn,
                                           double_op *op)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b, r = *simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 2; i++)
        r.q[i] = op(&env, r.q[i], b.q[i]);
    IA32_TRY(sse_finish(cpu, &env));
    *simd_v(cpu, insn) = r;
    return IA32_OK;
}

/* The low element; the others of the destination stay. */
IA32_INLINE enum ia32_status scalar_single(struct ia32_cpu *cpu,
                                           const struct ia32_insn *insn,
                                           single_op *op)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm *a = simd_v(cpu, insn);
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 4, &b));
    uint32_t r = op(&env, sse_single(a, 0), (uint32_t)b);
    IA32_TRY(sse_finish(cpu, &env));
    sse_set_single(a, 0, r);
    return IA32_OK;
}

IA32_INLINE enum ia32_status scalar_double(struct ia32_cpu *cpu,
                                           const struct ia32_insn *insn,
                                           double_op *op)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm *a = simd_v(cpu, insn);
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 8, &b));
    uint64_t r = op(&env, a->q[0], b);
    IA32_TRY(sse_finish(cpu, &env));
    a->q[0] = r;
    return IA32_OK;
}

/* --- arithmetic ------------------------------------------------------------- */

/* Square roots, reciprocals: of the source alone. */
IA32_INLINE uint32_t sqrt_single(struct fp_env *env, uint32_t a, uint32_t b)
{
    (void)a;
    return fp32_sqrt(env, b);
}

IA32_INLINE uint64_t sqrt_double(struct fp_env *env, uint64_t a, uint64_t b)
{
    (void)a;
    return fp64_sqrt(env, b);
}

IA32_INLINE uint32_t rcp_single(struct fp_env *env, uint32_t a, uint32_t b)
{
    (void)env;
    (void)a;
    return fp32_rcp(b);
}

IA32_INLINE uint32_t rsqrt_single(struct fp_env *env, uint32_t a, uint32_t b)
{
    (void)env;
    (void)a;
    return fp32_rsqrt(b);
}

#define FORMS(name, single, double_)                                        \
    IA32_OP(name##ps_vx_wx, packed_single, single)                          \
    IA32_OP(name##pd_vx_wx, packed_double, double_)                         \
    IA32_OP(name##ss_vx_wd, scalar_single, single)                          \
    IA32_OP(name##sd_vx_wq, scalar_double, double_)

FORMS(add, fp32_add, fp64_add)
FORMS(sub, fp32_sub, fp64_sub)
FORMS(mul, fp32_mul, fp64_mul)
FORMS(div, fp32_div, fp64_div)
FORMS(min, fp32_min, fp64_min)
FORMS(max, fp32_max, fp64_max)
FORMS(sqrt, sqrt_single, sqrt_double)
IA32_OP(rcpps_vx_wx, packed_single, rcp_single)
IA32_OP(rcpss_vx_wd, scalar_single, rcp_single)
IA32_OP(rsqrtps_vx_wx, packed_single, rsqrt_single)
IA32_OP(rsqrtss_vx_wd, scalar_single, rsqrt_single)

/* --- across lanes (SSE3) ------------------------------------------------------ */

/* Even lanes subtract, odd ones add. */
enum ia32_status ia32_op_addsubps_vx_wx(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b, r = *simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 4; i++) {
        single_op *op = i & 1 ? fp32_add : fp32_sub;
        sse_set_single(&r, i,
                       op(&env, sse_single(&r, i), sse_single(&b, i)));
    }
    IA32_TRY(sse_finish(cpu, &env));
    *simd_v(cpu, insn) = r;
    return IA32_OK;
}

enum ia32_status ia32_op_addsubpd_vx_wx(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b, r = *simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    r.q[0] = fp64_sub(&env, r.q[0], b.q[0]);
    r.q[1] = fp64_add(&env, r.q[1], b.q[1]);
    IA32_TRY(sse_finish(cpu, &env));
    *simd_v(cpu, insn) = r;
    return IA32_OK;
}

/* Neighbours of the destination, then of the source. */
IA32_INLINE enum ia32_status horizontal_single(struct ia32_cpu *cpu,
                                               const struct ia32_insn *insn,
                                               single_op *op)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b, r, *a = simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 4; i++) {
        const struct ia32_xmm *from = i < 2 ? a : &b;
        sse_set_single(&r, i, op(&env, sse_single(from, 2 * i % 4),
                                 sse_single(from, 2 * i % 4 + 1)));
    }
    IA32_TRY(sse_finish(cpu, &env));
    *a = r;
    return IA32_OK;
}

IA32_INLINE enum ia32_status horizontal_double(struct ia32_cpu *cpu,
                                               const struct ia32_insn *insn,
                                               double_op *op)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b, r, *a = simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    r.q[0] = op(&env, a->q[0], a->q[1]);
    r.q[1] = op(&env, b.q[0], b.q[1]);
    IA32_TRY(sse_finish(cpu, &env));
    *a = r;
    return IA32_OK;
}

IA32_OP(haddps_vx_wx, horizontal_single, fp32_add)
IA32_OP(hsubps_vx_wx, horizontal_single, fp32_sub)
IA32_OP(haddpd_vx_wx, horizontal_double, fp64_add)
IA32_OP(hsubpd_vx_wx, horizontal_double, fp64_sub)

/* --- dot products (SSE4.1) ----------------------------------------------------- */

/* Bits 7:4 of the immediate: which products are taken, 0 for the others;
 * bits 3:0: which elements receive the sum.  Products, and each step of the
 * sum, are operations of their own: an unmasked exception in one of them is
 * raised before the next. */
enum ia32_status ia32_op_dpps_vx_wx_ib(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr), fresh = env;
    struct ia32_xmm b, *a = simd_v(cpu, insn);
    uint32_t t[4];
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 4; i++)
        t[i] = insn->imm >> (4 + i) & 1
                   ? fp32_mul(&env, sse_single(a, i), sse_single(&b, i))
                   : 0;
    IA32_TRY(sse_finish(cpu, &env));
    env = fresh;
    t[0] = fp32_add(&env, t[0], t[1]);
    t[2] = fp32_add(&env, t[2], t[3]);
    IA32_TRY(sse_finish(cpu, &env));
    env = fresh;
    t[0] = fp32_add(&env, t[0], t[2]);
    IA32_TRY(sse_finish(cpu, &env));
    for (unsigned i = 0; i < 4; i++)
        sse_set_single(a, i, insn->imm >> i & 1 ? t[0] : 0);
    return IA32_OK;
}

enum ia32_status ia32_op_dppd_vx_wx_ib(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr), fresh = env;
    struct ia32_xmm b, *a = simd_v(cpu, insn);
    uint64_t t[2];
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 2; i++)
        t[i] = insn->imm >> (4 + i) & 1 ? fp64_mul(&env, a->q[i], b.q[i])
                                        : 0;
    IA32_TRY(sse_finish(cpu, &env));
    env = fresh;
    t[0] = fp64_add(&env, t[0], t[1]);
    IA32_TRY(sse_finish(cpu, &env));
    for (unsigned i = 0; i < 2; i++)
        a->q[i] = insn->imm >> i & 1 ? t[0] : 0;
    return IA32_OK;
}

/* --- rounding to integers (SSE4.1) ---------------------------------------------- */

/* Bit 2 of the immediate: as MXCSR says, not as bits 1:0 do. */
IA32_INLINE unsigned round_mode(const struct fp_env *env,
                                const struct ia32_insn *insn)
{
    return insn->imm & 4 ? env->rounding : (unsigned)insn->imm & 3;
}

/* Bit 3: an inexact result is no exception. */
IA32_INLINE enum ia32_status round_finish(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn,
                                          struct fp_env *env)
{
    if (insn->imm & 8)
        env->flags &= (uint8_t)~FP_PE;
    return sse_finish(cpu, env);
}

enum ia32_status ia32_op_roundps_vx_wx_ib(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b;
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 4; i++)
        sse_set_single(&b, i, fp32_round(&env, sse_single(&b, i),
                                         round_mode(&env, insn)));
    IA32_TRY(round_finish(cpu, insn, &env));
    *simd_v(cpu, insn) = b;
    return IA32_OK;
}

enum ia32_status ia32_op_roundpd_vx_wx_ib(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b;
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 2; i++)
        b.q[i] = fp64_round(&env, b.q[i], round_mode(&env, insn));
    IA32_TRY(round_finish(cpu, insn, &env));
    *simd_v(cpu, insn) = b;
    return IA32_OK;
}

enum ia32_status ia32_op_roundss_vx_wd_ib(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 4, &b));
    uint32_t r = fp32_round(&env, (uint32_t)b, round_mode(&env, insn));
    IA32_TRY(round_finish(cpu, insn, &env));
    sse_set_single(simd_v(cpu, insn), 0, r);
    return IA32_OK;
}

enum ia32_status ia32_op_roundsd_vx_wq_ib(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 8, &b));
    uint64_t r = fp64_round(&env, b, round_mode(&env, insn));
    IA32_TRY(round_finish(cpu, insn, &env));
    simd_v(cpu, insn)->q[0] = r;
    return IA32_OK;
}
