/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x87 remainders, scaling, extraction and transcendental functions.
 * SDM 325462, Vol 2A, "FPREM--Partial Remainder", "FPREM1--Partial
 * Remainder", "FSCALE--Scale", "FXTRACT--Extract Exponent and
 * Significand", "F2XM1", "FYL2X", "FYL2XP1", "FSIN", "FCOS", "FSINCOS",
 * "FPTAN", "FPATAN". */
#include "sim/ia32/x87.h"

static bool missing(const struct ia32_cpu *cpu)
{
    return ia32_x87_empty(cpu, 0) || ia32_x87_empty(cpu, 1);
}

static void answer_underflow(struct ia32_cpu *cpu)
{
    if (ia32_x87_underflow(cpu))
        ia32_x87_set_st(cpu, 0, ia32_x87_indefinite());
}

/* C0 C3 C1 are bits 2 1 0 of the quotient; C2: not done yet. */
static unsigned remainder_codes(const struct fp_quotient *q)
{
    return (q->low & 4 ? X87_C0 : 0) | (q->low & 2 ? X87_C3 : 0) |
           (q->low & 1 ? X87_C1 : 0) | (q->partial ? X87_C2 : 0);
}

static enum ia32_status partial_remainder(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn,
                                          bool nearest)
{
    struct fp_quotient quotient;
    (void)insn;
    cpu->fpu.sw &= (uint16_t)~X87_C2;
    if (missing(cpu)) {
        answer_underflow(cpu);
        return IA32_OK;
    }
    struct fp_env env = ia32_x87_env(cpu);
    struct ia32_f80 v = fp80_rem(&env, ia32_x87_st(cpu, 0),
                                 ia32_x87_st(cpu, 1), nearest, &quotient);
    if (ia32_x87_deliver(cpu, &env, 0, v) && !quotient.none)
        cpu->fpu.sw = (uint16_t)((cpu->fpu.sw & ~X87_CONDITION) |
                                 remainder_codes(&quotient));
    return IA32_OK;
}

X87_OP(fprem, partial_remainder, false)
X87_OP(fprem1, partial_remainder, true)

static enum ia32_status scale(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn, int unused)
{
    (void)insn;
    (void)unused;
    if (missing(cpu)) {
        answer_underflow(cpu);
        return IA32_OK;
    }
    struct fp_env env = ia32_x87_env(cpu);
    struct ia32_f80 v =
        fp80_scale(&env, ia32_x87_st(cpu, 0), ia32_x87_st(cpu, 1));
    ia32_x87_deliver(cpu, &env, 0, v);
    return IA32_OK;
}

X87_OP(fscale, scale, 0)

/* Two results: the second is pushed. */
static void deliver_two(struct ia32_cpu *cpu, const struct fp_env *env,
                        struct ia32_f80 first, struct ia32_f80 pushed)
{
    if (ia32_x87_deliver(cpu, env, 0, first))
        ia32_x87_push(cpu, pushed);
}

/* False: there was a stack fault, and it has been answered. */
static bool one_in_two_out(struct ia32_cpu *cpu)
{
    bool masked;
    if (ia32_x87_empty(cpu, 0))
        masked = ia32_x87_underflow(cpu);
    else if (!ia32_x87_empty(cpu, 7))
        masked = ia32_x87_overflow(cpu);
    else
        return true;
    if (masked) {
        ia32_x87_set_st(cpu, 0, ia32_x87_indefinite());
        ia32_x87_push(cpu, ia32_x87_indefinite());
    }
    return false;
}

static enum ia32_status extract(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn, int unused)
{
    struct ia32_f80 exponent;
    (void)insn;
    (void)unused;
    if (!one_in_two_out(cpu))
        return IA32_OK;
    struct fp_env env = ia32_x87_env(cpu);
    struct ia32_f80 significand =
        fp80_extract(&env, ia32_x87_st(cpu, 0), &exponent);
    deliver_two(cpu, &env, exponent, significand);
    return IA32_OK;
}

X87_OP(fxtract, extract, 0)

/* --- one operand, one result -------------------------------------------- */

static enum ia32_status power(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn, int unused)
{
    (void)insn;
    (void)unused;
    if (ia32_x87_empty(cpu, 0)) {
        answer_underflow(cpu);
        return IA32_OK;
    }
    struct fp_env env = ia32_x87_env(cpu);
    struct ia32_f80 v = fp80_2xm1(&env, ia32_x87_st(cpu, 0));
    ia32_x87_deliver(cpu, &env, 0, v);
    return IA32_OK;
}

X87_OP(f2xm1, power, 0)

/* --- circular functions: C2 says that |ST(0)| is 2^63 or more -------------- */

static void set_c2(struct ia32_cpu *cpu, bool out_of_range)
{
    uint16_t *sw = &cpu->fpu.sw;
    *sw = (uint16_t)((*sw & ~X87_C2) | (out_of_range ? X87_C2 : 0));
}

typedef struct ia32_f80 circular(struct fp_env *env, struct ia32_f80 a,
                                 bool *out_of_range);

static enum ia32_status one_circular(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     circular *function)
{
    bool out_of_range;
    (void)insn;
    set_c2(cpu, false);
    if (ia32_x87_empty(cpu, 0)) {
        answer_underflow(cpu);
        return IA32_OK;
    }
    struct fp_env env = ia32_x87_env(cpu);
    struct ia32_f80 v =
        function(&env, ia32_x87_st(cpu, 0), &out_of_range);
    set_c2(cpu, out_of_range);
    ia32_x87_deliver(cpu, &env, 0, v);
    return IA32_OK;
}

X87_OP(fsin, one_circular, fp80_sin)
X87_OP(fcos, one_circular, fp80_cos)

typedef struct ia32_f80 two_results(struct fp_env *env, struct ia32_f80 a,
                                    struct ia32_f80 *second,
                                    bool *out_of_range);

static enum ia32_status two_circular(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     two_results *function)
{
    bool out_of_range;
    struct ia32_f80 second = ia32_x87_indefinite();
    (void)insn;
    set_c2(cpu, false);
    if (!one_in_two_out(cpu))
        return IA32_OK;
    struct fp_env env = ia32_x87_env(cpu);
    struct ia32_f80 first =
        function(&env, ia32_x87_st(cpu, 0), &second, &out_of_range);
    set_c2(cpu, out_of_range);
    if (out_of_range)
        ia32_x87_report(cpu, &env);
    else
        deliver_two(cpu, &env, first, second);
    return IA32_OK;
}

X87_OP(fsincos, two_circular, fp80_sincos)
X87_OP(fptan, two_circular, fp80_tan)

/* --- two operands: the result replaces ST(1), and ST(0) is popped ------------ */

typedef struct ia32_f80 binary(struct fp_env *env, struct ia32_f80 y,
                               struct ia32_f80 x);

static enum ia32_status two_operands(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     binary *function)
{
    bool done;
    (void)insn;
    if (missing(cpu)) {
        done = ia32_x87_underflow(cpu);
        if (done)
            ia32_x87_set_st(cpu, 1, ia32_x87_indefinite());
    } else {
        struct fp_env env = ia32_x87_env(cpu);
        struct ia32_f80 v =
            function(&env, ia32_x87_st(cpu, 1), ia32_x87_st(cpu, 0));
        done = ia32_x87_deliver(cpu, &env, 1, v);
    }
    if (done)
        ia32_x87_pop(cpu);
    return IA32_OK;
}

X87_OP(fpatan, two_operands, fp80_atan)
X87_OP(fyl2x, two_operands, fp80_yl2x)
X87_OP(fyl2xp1, two_operands, fp80_yl2xp1)
