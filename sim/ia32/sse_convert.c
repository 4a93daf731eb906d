/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conversions of SSE and SSE2: between single and double precision, and
 * between floating point and integers in XMM, MMX and general registers.
 * SDM 325462, Vol 1, "SSE Conversion Instructions", "SSE2 Conversion
 * Instructions"; Vol 2A, the pages of CVTxxx.
 *
 * What fits no integer gives the integer indefinite and an invalid-operation
 * exception.  The names with a second T truncate, whatever MXCSR says. */
#include "sim/ia32/sse_fp.h"

/* How a conversion to an integer rounds. */
#define AS_MXCSR 4u

IA32_INLINE unsigned rounding_of(const struct fp_env *env, unsigned rounding)
{
    return rounding == AS_MXCSR ? env->rounding : rounding;
}

/* --- between the precisions -------------------------------------------------- */

enum ia32_status ia32_op_cvtps2pd_vx_wq(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm r;
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 8, &b));
    r.q[0] = fp32_to_64(&env, (uint32_t)b);
    r.q[1] = fp32_to_64(&env, (uint32_t)(b >> 32));
    IA32_TRY(sse_finish(cpu, &env));
    *simd_v(cpu, insn) = r;
    return IA32_OK;
}

enum ia32_status ia32_op_cvtpd2ps_vx_wx(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b, r = { { 0, 0 } };
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 2; i++)
        sse_set_single(&r, i, fp64_to_32(&env, b.q[i]));
    IA32_TRY(sse_finish(cpu, &env));
    *simd_v(cpu, insn) = r;
    return IA32_OK;
}

enum ia32_status ia32_op_cvtss2sd_vx_wd(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 4, &b));
    uint64_t r = fp32_to_64(&env, (uint32_t)b);
    IA32_TRY(sse_finish(cpu, &env));
    simd_v(cpu, insn)->q[0] = r;
    return IA32_OK;
}

enum ia32_status ia32_op_cvtsd2ss_vx_wq(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 8, &b));
    uint32_t r = fp64_to_32(&env, b);
    IA32_TRY(sse_finish(cpu, &env));
    sse_set_single(simd_v(cpu, insn), 0, r);
    return IA32_OK;
}

/* --- packed integers in XMM registers --------------------------------------- */

enum ia32_status ia32_op_cvtdq2ps_vx_wx(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b;
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 4; i++)
        sse_set_single(&b, i,
                       fp32_from_int(&env,
                                     simd_signed(sse_single(&b, i), 32)));
    IA32_TRY(sse_finish(cpu, &env));
    *simd_v(cpu, insn) = b;
    return IA32_OK;
}

IA32_INLINE enum ia32_status ps2dq(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned rounding)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b;
    IA32_TRY(simd_read_w(cpu, insn, &b));
    for (unsigned i = 0; i < 4; i++)
        sse_set_single(&b, i,
                       (uint32_t)fp32_to_int(&env, sse_single(&b, i), 32,
                                             rounding_of(&env, rounding)));
    IA32_TRY(sse_finish(cpu, &env));
    *simd_v(cpu, insn) = b;
    return IA32_OK;
}

IA32_OP(cvtps2dq_vx_wx, ps2dq, AS_MXCSR)
IA32_OP(cvttps2dq_vx_wx, ps2dq, FP_TRUNCATE)

/* Two doublewords of a word, which are exact in double precision. */
IA32_INLINE void two_doubles(uint64_t b, struct ia32_xmm *r)
{
    struct fp_env env = fp_env_mxcsr(0);
    r->q[0] = fp64_from_int(&env, simd_signed_lane(b, 0, 32));
    r->q[1] = fp64_from_int(&env, simd_signed_lane(b, 32, 32));
}

enum ia32_status ia32_op_cvtdq2pd_vx_wq(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 8, &b));
    two_doubles(b, simd_v(cpu, insn));
    return IA32_OK;
}

/* Two doubles to the doublewords of a word. */
IA32_INLINE uint64_t two_integers(struct fp_env *env,
                                  const struct ia32_xmm *b, unsigned rounding)
{
    unsigned how = rounding_of(env, rounding);
    uint64_t low = (uint32_t)fp64_to_int(env, b->q[0], 32, how);
    uint64_t high = (uint32_t)fp64_to_int(env, b->q[1], 32, how);
    return low | high << 32;
}

IA32_INLINE enum ia32_status pd2dq(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned rounding)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b;
    IA32_TRY(simd_read_w(cpu, insn, &b));
    uint64_t r = two_integers(&env, &b, rounding);
    IA32_TRY(sse_finish(cpu, &env));
    *simd_v(cpu, insn) = (struct ia32_xmm){ { r, 0 } };
    return IA32_OK;
}

IA32_OP(cvtpd2dq_vx_wx, pd2dq, AS_MXCSR)
IA32_OP(cvttpd2dq_vx_wx, pd2dq, FP_TRUNCATE)

/* --- packed integers in MMX registers ----------------------------------------- */

/* Also a memory operand makes this an MMX instruction ... */
enum ia32_status ia32_op_cvtpi2ps_vx_qq(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    uint64_t b;
    IA32_TRY(simd_read_q(cpu, insn, 8, &b));
    uint64_t low = fp32_from_int(&env, simd_signed_lane(b, 0, 32));
    uint64_t high = fp32_from_int(&env, simd_signed_lane(b, 32, 32));
    IA32_TRY(sse_finish(cpu, &env));
    simd_v(cpu, insn)->q[0] = low | high << 32;
    simd_enter_mmx(cpu);
    return IA32_OK;
}

/* ... but not this, of which only the register form is one. */
enum ia32_status ia32_op_cvtpi2pd_vx_nq(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    two_doubles(cpu->fpu.r[insn->rm].frac, simd_v(cpu, insn));
    simd_enter_mmx(cpu);
    return IA32_OK;
}

enum ia32_status ia32_op_cvtpi2pd_vx_mq(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    uint64_t b;
    IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), 8, &b));
    two_doubles(b, simd_v(cpu, insn));
    return IA32_OK;
}

IA32_INLINE enum ia32_status ps2pi(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned rounding)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 8, &b));
    unsigned how = rounding_of(&env, rounding);
    uint64_t low = (uint32_t)fp32_to_int(&env, (uint32_t)b, 32, how);
    uint64_t high = (uint32_t)fp32_to_int(&env, (uint32_t)(b >> 32), 32, how);
    IA32_TRY(sse_finish(cpu, &env));
    simd_set_mm(cpu, insn->reg, low | high << 32);
    return IA32_OK;
}

IA32_INLINE enum ia32_status pd2pi(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned rounding)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    struct ia32_xmm b;
    IA32_TRY(simd_read_w(cpu, insn, &b));
    uint64_t r = two_integers(&env, &b, rounding);
    IA32_TRY(sse_finish(cpu, &env));
    simd_set_mm(cpu, insn->reg, r);
    return IA32_OK;
}

IA32_OP(cvtps2pi_pq_wq, ps2pi, AS_MXCSR)
IA32_OP(cvttps2pi_pq_wq, ps2pi, FP_TRUNCATE)
IA32_OP(cvtpd2pi_pq_wx, pd2pi, AS_MXCSR)
IA32_OP(cvttpd2pi_pq_wx, pd2pi, FP_TRUNCATE)

/* --- one integer in a general register or memory -------------------------------- */

/* y is 4 bytes, or 8 with REX.W, whatever 66 says. */
#define DOUBLE_OR_QUAD(name, body, ...)                                     \
    IA32_OP(name##_16, body, __VA_ARGS__, 4)                                \
    IA32_OP(name##_32, body, __VA_ARGS__, 4)                                \
    IA32_OP(name##_64, body, __VA_ARGS__, 8)

enum precision { SINGLE = 4, DOUBLE = 8 };

IA32_INLINE enum ia32_status from_e(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    enum precision to, unsigned size)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    uint64_t v, r;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    const int64_t n = simd_signed(v, 8 * size);
    r = to == SINGLE ? fp32_from_int(&env, n) : fp64_from_int(&env, n);
    IA32_TRY(sse_finish(cpu, &env));
    if (to == SINGLE)
        sse_set_single(simd_v(cpu, insn), 0, (uint32_t)r);
    else
        simd_v(cpu, insn)->q[0] = r;
    return IA32_OK;
}

IA32_INLINE enum ia32_status to_g(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn,
                                  enum precision from, unsigned rounding,
                                  unsigned size)
{
    struct fp_env env = fp_env_mxcsr(cpu->mxcsr);
    const unsigned how = rounding_of(&env, rounding);
    uint64_t b;
    int64_t r;
    IA32_TRY(simd_read_low(cpu, insn, from, &b));
    r = from == SINGLE ? fp32_to_int(&env, (uint32_t)b, 8 * size, how)
                       : fp64_to_int(&env, b, 8 * size, how);
    IA32_TRY(sse_finish(cpu, &env));
    ia32_set_g(cpu, insn, size, (uint64_t)r);
    return IA32_OK;
}

DOUBLE_OR_QUAD(cvtsi2ss_vx_ey, from_e, SINGLE)
DOUBLE_OR_QUAD(cvtsi2sd_vx_ey, from_e, DOUBLE)
DOUBLE_OR_QUAD(cvtss2si_gy_wd, to_g, SINGLE, AS_MXCSR)
DOUBLE_OR_QUAD(cvttss2si_gy_wd, to_g, SINGLE, FP_TRUNCATE)
DOUBLE_OR_QUAD(cvtsd2si_gy_wq, to_g, DOUBLE, AS_MXCSR)
DOUBLE_OR_QUAD(cvttsd2si_gy_wq, to_g, DOUBLE, FP_TRUNCATE)
