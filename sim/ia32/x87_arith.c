/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x87 arithmetic and comparison, and conditional moves.
 * SDM 325462, Vol 2A, "FADD/FADDP/FIADD" and the like, "FCOM/FCOMP/FCOMPP",
 * "FCOMI/FCOMIP/FUCOMI/FUCOMIP", "FTST", "FCMOVcc".
 *
 * ModRM.reg (of the memory forms) and bits 5:3 of the second byte (of the
 * others) name one of eight operations, on ST(0) and another operand. */
#include "sim/ia32/flags.h"
#include "sim/ia32/operand.h"
#include "sim/ia32/x87.h"

enum { ADD, MUL, COM, COMP, SUB, SUBR, DIV, DIVR };

static struct ia32_f80 compute(struct fp_env *env, unsigned op,
                               struct fp_num st, struct fp_num other)
{
    switch (op) {
    case ADD: return fp80_add(env, st, other);
    case MUL: return fp80_mul(env, st, other);
    case SUB: return fp80_sub(env, st, other);
    case SUBR: return fp80_sub(env, other, st);
    case DIV: return fp80_div(env, st, other);
    default: return fp80_div(env, other, st);
    }
}

/* --- comparison ------------------------------------------------------------- */

/* C3 C2 C0; C1 is 0. */
static void set_condition(struct ia32_cpu *cpu, enum fp_order order)
{
    static const uint16_t codes[] = {
        [FP_LESS] = X87_C0, [FP_EQUAL] = X87_C3, [FP_GREATER] = 0,
        [FP_UNORDERED] = X87_C3 | X87_C2 | X87_C0};
    cpu->fpu.sw = (uint16_t)((cpu->fpu.sw & ~X87_CONDITION) | codes[order]);
}

/* ZF PF CF; the other arithmetic flags are 0. */
static void set_eflags(struct ia32_cpu *cpu, enum fp_order order)
{
    static const uint16_t codes[] = {
        [FP_LESS] = FL_CF, [FP_EQUAL] = FL_ZF, [FP_GREATER] = 0,
        [FP_UNORDERED] = FL_ZF | FL_PF | FL_CF};
    ia32_set_arith_flags(cpu, codes[order]);
}

typedef void set_order(struct ia32_cpu *cpu, enum fp_order order);

/* True: done; a pop may follow.  An unmasked invalid operation leaves
 * condition codes and flags as they were; an unmasked denormal operand only
 * keeps the pop back.
 * NOTE: other makers' processors set them in any case. */
static bool compare(struct ia32_cpu *cpu, struct fp_num other, bool empty,
                    bool quiet, set_order *set)
{
    struct fp_env env = ia32_x87_env(cpu);
    if (empty || ia32_x87_empty(cpu, 0)) {
        if (!ia32_x87_underflow(cpu))
            return false;
        set(cpu, FP_UNORDERED);
        return true;
    }
    enum fp_order order =
        fp80_compare(&env, ia32_x87_num(cpu, 0), other, quiet);
    ia32_x87_report(cpu, &env);
    if (!(fp_unmasked(&env) & FP_IE))
        set(cpu, order);
    return !fp_blocked(&env);
}

/* FCOM, FUCOM, FCOMI, FUCOMI with ST(i), popping so many. */
static enum ia32_status compare_st(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn, bool quiet,
                                   set_order *set, unsigned pops)
{
    unsigned i = ia32_x87_rm(insn);
    if (compare(cpu, ia32_x87_num(cpu, i), ia32_x87_empty(cpu, i), quiet,
                set))
        for (unsigned n = 0; n < pops; n++)
            ia32_x87_pop(cpu);
    return IA32_OK;
}

X87_OP(fcom, compare_st, false, set_condition, 0)
X87_OP(fcomp, compare_st, false, set_condition, 1)
X87_OP(fcompp, compare_st, false, set_condition, 2)
X87_OP(fucom, compare_st, true, set_condition, 0)
X87_OP(fucomp, compare_st, true, set_condition, 1)
X87_OP(fucompp, compare_st, true, set_condition, 2)
X87_OP(fcomi, compare_st, false, set_eflags, 0)
X87_OP(fcomip, compare_st, false, set_eflags, 1)
X87_OP(fucomi, compare_st, true, set_eflags, 0)
X87_OP(fucomip, compare_st, true, set_eflags, 1)

static enum ia32_status test(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn, int64_t with)
{
    (void)insn;
    compare(cpu, fp_from_int(with), false, false, set_condition);
    return IA32_OK;
}

X87_OP(ftst, test, 0)

/* --- arithmetic --------------------------------------------------------------- */

/* ST(to) = ST(0) op other; empty: other is an empty register. */
static enum ia32_status arithmetic(struct ia32_cpu *cpu, unsigned op,
                                   struct fp_num other, bool empty,
                                   unsigned to, bool pops)
{
    bool done;
    if (empty || ia32_x87_empty(cpu, 0)) {
        done = ia32_x87_underflow(cpu);
        if (done)
            ia32_x87_set_st(cpu, to, ia32_x87_indefinite());
    } else {
        struct fp_env env = ia32_x87_env(cpu);
        struct ia32_f80 v =
            compute(&env, op, ia32_x87_num(cpu, 0), other);
        done = ia32_x87_deliver(cpu, &env, to, v);
    }
    if (done && pops)
        ia32_x87_pop(cpu);
    return IA32_OK;
}

/* One of the eight with an operand from memory. */
static enum ia32_status with_memory(struct ia32_cpu *cpu, unsigned op,
                                    struct fp_num other)
{
    if (op != COM && op != COMP)
        return arithmetic(cpu, op, other, false, 0, false);
    if (compare(cpu, other, false, false, set_condition) && op == COMP)
        ia32_x87_pop(cpu);
    return IA32_OK;
}

/* bytes 4 or 8: binary32, binary64; integer: 2 or 4 bytes. */
static enum ia32_status memory_form(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unsigned bytes, bool integer)
{
    uint64_t v;
    unsigned op = insn->modrm >> 3 & 7;
    IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), bytes, &v));
    if (integer)
        return with_memory(
            cpu, op, fp_from_int((int64_t)ia32_sign_extend(v, bytes)));
    return with_memory(cpu, op, bytes == 4 ? fp_from32((uint32_t)v)
                                           : fp_from64(v));
}

X87_OP(farith_m32, memory_form, 4, false)
X87_OP(farith_m64, memory_form, 8, false)
X87_OP(fiarith_m16, memory_form, 2, true)
X87_OP(fiarith_m32, memory_form, 4, true)

/* ST(0) and ST(i), to either. */
static enum ia32_status register_form(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      bool to_sti, bool pops)
{
    unsigned i = ia32_x87_rm(insn), op = insn->modrm >> 3 & 7;
    return arithmetic(cpu, op, ia32_x87_num(cpu, i), ia32_x87_empty(cpu, i),
                      to_sti ? i : 0, pops);
}

X87_OP(farith_st, register_form, false, false)
X87_OP(farith_sti, register_form, true, false)
X87_OP(farith_pop, register_form, true, true)

typedef struct ia32_f80 unary(struct fp_env *env, struct fp_num a);

static enum ia32_status one_operand(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unary *function)
{
    (void)insn;
    if (ia32_x87_empty(cpu, 0)) {
        if (ia32_x87_underflow(cpu))
            ia32_x87_set_st(cpu, 0, ia32_x87_indefinite());
        return IA32_OK;
    }
    struct fp_env env = ia32_x87_env(cpu);
    struct ia32_f80 v = function(&env, ia32_x87_num(cpu, 0));
    ia32_x87_deliver(cpu, &env, 0, v);
    return IA32_OK;
}

X87_OP(fsqrt, one_operand, fp80_sqrt)
X87_OP(frndint, one_operand, fp80_rndint)

/* --- FCMOVcc -------------------------------------------------------------------- */

/* The condition is looked at after the operands. */
static enum ia32_status conditional_move(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn,
                                         unsigned condition)
{
    unsigned i = ia32_x87_rm(insn);
    if (ia32_x87_empty(cpu, 0) || ia32_x87_empty(cpu, i)) {
        if (ia32_x87_underflow(cpu))
            ia32_x87_set_st(cpu, 0, ia32_x87_indefinite());
    } else if (ia32_condition(cpu, condition)) {
        ia32_x87_set_st(cpu, 0, ia32_x87_st(cpu, i));
    }
    return IA32_OK;
}

/* Condition codes as Jcc numbers them. */
X87_OP(fcmovb, conditional_move, 2)
X87_OP(fcmovnb, conditional_move, 3)
X87_OP(fcmove, conditional_move, 4)
X87_OP(fcmovne, conditional_move, 5)
X87_OP(fcmovbe, conditional_move, 6)
X87_OP(fcmovnbe, conditional_move, 7)
X87_OP(fcmovu, conditional_move, 10)
X87_OP(fcmovnu, conditional_move, 11)
