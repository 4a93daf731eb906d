/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x87 remainders, scaling and extraction.
 * SDM 325462, Vol 2A, "FPREM--Partial Remainder", "FPREM1--Partial
 * Remainder", "FSCALE--Scale", "FXTRACT--Extract Exponent and
 * Significand". */
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
