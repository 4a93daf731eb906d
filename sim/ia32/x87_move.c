/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x87 loads, stores, exchanges, constants, signs and examination.
 * SDM 325462, Vol 2A, "FLD", "FST/FSTP", "FILD", "FIST/FISTP", "FISTTP",
 * "FBLD", "FBSTP", "FXCH", "FLD1/FLDL2T/FLDL2E/FLDPI/FLDLG2/FLDLN2/FLDZ",
 * "FXAM".
 *
 * A store computes, then writes memory, then changes the FPU, so that a
 * fault of memory leaves all as it was.  Where an unmasked exception keeps
 * the value back, memory is not touched. */
#include "sim/ia32/operand.h"
#include "sim/ia32/x87.h"

static void clear_c1(struct ia32_cpu *cpu)
{
    cpu->fpu.sw &= (uint16_t)~X87_C1;
}

/* --- loads ------------------------------------------------------------------ */

/* ST(7) becomes ST(0): true when it is empty; else the stack fault has been
 * answered. */
static bool room(struct ia32_cpu *cpu)
{
    if (ia32_x87_empty(cpu, 7))
        return true;
    if (ia32_x87_overflow(cpu))
        ia32_x87_push(cpu, ia32_x87_indefinite());
    return false;
}

static void push_exact(struct ia32_cpu *cpu, struct ia32_f80 v)
{
    if (room(cpu)) {
        clear_c1(cpu);
        ia32_x87_push(cpu, v);
    }
}

/* binary32 or binary64.  Only an invalid operation, unmasked, keeps the
 * value out (fp.h, fp80_load). */
static enum ia32_status load_real(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn,
                                  unsigned bytes)
{
    uint64_t v;
    IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), bytes, &v));
    if (!room(cpu))
        return IA32_OK;
    struct fp_env env = ia32_x87_env(cpu);
    struct ia32_f80 loaded = fp80_load(
        &env, bytes == 4 ? fp_from32((uint32_t)v) : fp_from64(v));
    ia32_x87_report(cpu, &env);
    if (!(fp_unmasked(&env) & FP_IE))
        ia32_x87_push(cpu, loaded);
    return IA32_OK;
}

X87_OP(fld_m32, load_real, 4)
X87_OP(fld_m64, load_real, 8)

/* Ten bytes: an extended real, or packed BCD. */
static enum ia32_status load_ten(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, bool bcd)
{
    uint8_t bytes[10];
    IA32_TRY(ia32_read_wide(cpu, insn->seg, ia32_ea(cpu, insn), 10, 8,
                            bytes));
    push_exact(cpu, bcd ? fp80_from_bcd(bytes) : ia32_x87_from_bytes(bytes));
    return IA32_OK;
}

X87_OP(fld_m80, load_ten, false)
X87_OP(fbld, load_ten, true)

static enum ia32_status load_int(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn,
                                 unsigned bytes)
{
    uint64_t v;
    IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), bytes, &v));
    push_exact(cpu, fp80_pack(fp_from_int(
                        (int64_t)ia32_sign_extend(v, bytes))));
    return IA32_OK;
}

X87_OP(fild_m16, load_int, 2)
X87_OP(fild_m32, load_int, 4)
X87_OP(fild_m64, load_int, 8)

/* ST(i) is looked at before TOP moves; that it is empty comes before that
 * there is no room for it. */
static enum ia32_status load_st(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn, int unused)
{
    unsigned i = ia32_x87_rm(insn);
    bool empty = ia32_x87_empty(cpu, i);
    struct ia32_f80 v = ia32_x87_st(cpu, i);
    (void)unused;
    if (!empty)
        push_exact(cpu, v);
    else if (ia32_x87_underflow(cpu))
        ia32_x87_push(cpu, ia32_x87_indefinite());
    return IA32_OK;
}

X87_OP(fld_st, load_st, 0)

static enum ia32_status load_constant(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      enum fp_constant which)
{
    struct fp_env env = ia32_x87_env(cpu);
    (void)insn;
    push_exact(cpu, fp80_constant(which, env.rounding));
    return IA32_OK;
}

X87_OP(fld1, load_constant, FP_ONE)
X87_OP(fldl2t, load_constant, FP_LOG2_10)
X87_OP(fldl2e, load_constant, FP_LOG2_E)
X87_OP(fldpi, load_constant, FP_PI)
X87_OP(fldlg2, load_constant, FP_LOG10_2)
X87_OP(fldln2, load_constant, FP_LN_2)
X87_OP(fldz, load_constant, FP_ZERO_CONSTANT)

/* --- stores ------------------------------------------------------------------- */

/* What a store of a computed value comes to. */
struct store {
    uint64_t value;
    struct fp_env env;
    bool empty; /* ST(0) is: a stack fault */
};

/* The value may not be stored: report, and leave memory and stack alone. */
static bool kept_back(struct ia32_cpu *cpu, const struct store *s)
{
    if (s->empty) {
        if (cpu->fpu.cw & FP_IE)
            return false;
        ia32_x87_underflow(cpu);
        return true;
    }
    if (!(fp_unmasked(&s->env) & (FP_IE | FP_OE | FP_UE)))
        return false;
    ia32_x87_report(cpu, &s->env);
    return true;
}

/* The value is in memory. */
static void stored(struct ia32_cpu *cpu, const struct store *s, bool pops)
{
    if (s->empty)
        ia32_x87_underflow(cpu);
    else
        ia32_x87_report(cpu, &s->env);
    if (pops)
        ia32_x87_pop(cpu);
}

static struct store begin_store(const struct ia32_cpu *cpu)
{
    struct store s = {0, ia32_x87_env(cpu), ia32_x87_empty(cpu, 0)};
    return s;
}

static enum ia32_status store_real(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned bytes, bool pops)
{
    struct store s = begin_store(cpu);
    struct ia32_f80 v = s.empty ? ia32_x87_indefinite() : ia32_x87_st(cpu, 0);
    s.value = bytes == 4 ? fp80_to_32(&s.env, v) : fp80_to_64(&s.env, v);
    if (kept_back(cpu, &s))
        return IA32_OK;
    IA32_TRY(ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), bytes, s.value));
    stored(cpu, &s, pops);
    return IA32_OK;
}

X87_OP(fst_m32, store_real, 4, false)
X87_OP(fst_m64, store_real, 8, false)
X87_OP(fstp_m32, store_real, 4, true)
X87_OP(fstp_m64, store_real, 8, true)

/* An empty register stores the integer indefinite, as NaNs do. */
static enum ia32_status store_int(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn,
                                  unsigned bytes, bool truncate, bool pops)
{
    struct store s = begin_store(cpu);
    struct ia32_f80 v = s.empty ? ia32_x87_indefinite() : ia32_x87_st(cpu, 0);
    unsigned rounding = truncate ? FP_TRUNCATE : s.env.rounding;
    s.value = (uint64_t)fp80_to_int(&s.env, v, 8 * bytes, rounding) &
              ia32_mask(bytes);
    if (truncate) /* C1 is always cleared */
        s.env.rounded_up = false;
    if (kept_back(cpu, &s))
        return IA32_OK;
    IA32_TRY(ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), bytes, s.value));
    stored(cpu, &s, pops);
    return IA32_OK;
}

X87_OP(fist_m16, store_int, 2, false, false)
X87_OP(fist_m32, store_int, 4, false, false)
X87_OP(fistp_m16, store_int, 2, false, true)
X87_OP(fistp_m32, store_int, 4, false, true)
X87_OP(fistp_m64, store_int, 8, false, true)
X87_OP(fisttp_m16, store_int, 2, true, true)
X87_OP(fisttp_m32, store_int, 4, true, true)
X87_OP(fisttp_m64, store_int, 8, true, true)

/* Ten bytes, always with a pop: an extended real as it is, or packed BCD. */
static enum ia32_status store_ten(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, bool bcd)
{
    uint8_t bytes[10];
    struct store s = begin_store(cpu);
    struct ia32_f80 v = s.empty ? ia32_x87_indefinite() : ia32_x87_st(cpu, 0);
    if (bcd)
        fp80_to_bcd(&s.env, v, bytes);
    else
        ia32_x87_to_bytes(v, bytes);
    if (kept_back(cpu, &s))
        return IA32_OK;
    IA32_TRY(ia32_write_wide(cpu, insn->seg, ia32_ea(cpu, insn), 10, 8,
                             bytes));
    stored(cpu, &s, true);
    return IA32_OK;
}

X87_OP(fstp_m80, store_ten, false)
X87_OP(fbstp, store_ten, true)

/* ST(i) becomes ST(0), bit for bit. */
static enum ia32_status store_st(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, bool pops)
{
    unsigned i = ia32_x87_rm(insn);
    struct ia32_f80 v = ia32_x87_st(cpu, 0);
    clear_c1(cpu);
    if (ia32_x87_empty(cpu, 0)) {
        if (!ia32_x87_underflow(cpu))
            return IA32_OK;
        v = ia32_x87_indefinite();
    }
    ia32_x87_set_st(cpu, i, v);
    if (pops)
        ia32_x87_pop(cpu);
    return IA32_OK;
}

X87_OP(fst_st, store_st, false)
X87_OP(fstp_st, store_st, true)

/* D9 D8+i, which the manual does not list: FSTP ST(i), but an empty ST(0) is
 * no exception; it leaves ST(i) alone. */
static enum ia32_status store_no_fault(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn,
                                       int unused)
{
    (void)unused;
    clear_c1(cpu);
    if (!ia32_x87_empty(cpu, 0))
        ia32_x87_set_st(cpu, ia32_x87_rm(insn), ia32_x87_st(cpu, 0));
    ia32_x87_pop(cpu);
    return IA32_OK;
}

X87_OP(fstpnce, store_no_fault, 0)

/* --- inside the stack ----------------------------------------------------------- */

/* An empty register counts as indefinite. */
static enum ia32_status exchange(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, int unused)
{
    unsigned i = ia32_x87_rm(insn);
    bool empty0 = ia32_x87_empty(cpu, 0), empty_i = ia32_x87_empty(cpu, i);
    struct ia32_f80 st0 = ia32_x87_st(cpu, 0), sti = ia32_x87_st(cpu, i);
    (void)unused;
    clear_c1(cpu);
    if ((empty0 || empty_i) && !ia32_x87_underflow(cpu))
        return IA32_OK;
    ia32_x87_set_st(cpu, 0, empty_i ? ia32_x87_indefinite() : sti);
    ia32_x87_set_st(cpu, i, empty0 ? ia32_x87_indefinite() : st0);
    return IA32_OK;
}

X87_OP(fxch, exchange, 0)

/* FCHS and FABS: the sign alone, whatever the number is. */
static enum ia32_status change_sign(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn, bool abs)
{
    struct ia32_f80 v = ia32_x87_st(cpu, 0);
    (void)insn;
    clear_c1(cpu);
    if (ia32_x87_empty(cpu, 0)) {
        if (ia32_x87_underflow(cpu))
            ia32_x87_set_st(cpu, 0, ia32_x87_indefinite());
        return IA32_OK;
    }
    v.se = (uint16_t)(abs ? v.se & 0x7fff : v.se ^ 0x8000);
    ia32_x87_set_st(cpu, 0, v);
    return IA32_OK;
}

X87_OP(fchs, change_sign, false)
X87_OP(fabs, change_sign, true)

/* C3 C2 C0 say what ST(0) is, C1 its sign, also when it is empty. */
static enum ia32_status examine(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn, int unused)
{
    static const uint16_t codes[] = {
        [FPN_ZERO] = X87_C3,           [FPN_NORMAL] = X87_C2,
        [FPN_DENORMAL] = X87_C3 | X87_C2, [FPN_INF] = X87_C2 | X87_C0,
        [FPN_QNAN] = X87_C0,           [FPN_SNAN] = X87_C0,
        [FPN_UNSUPPORTED] = 0};
    struct fp_num n = ia32_x87_num(cpu, 0);
    unsigned code = ia32_x87_empty(cpu, 0) ? X87_C3 | X87_C0 : codes[n.cls];
    (void)insn;
    (void)unused;
    cpu->fpu.sw = (uint16_t)((cpu->fpu.sw & ~X87_CONDITION) | code |
                             (n.sign ? X87_C1 : 0));
    return IA32_OK;
}

X87_OP(fxam, examine, 0)

/* --- stack management ------------------------------------------------------------- */

static enum ia32_status move_top(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, int by)
{
    (void)insn;
    clear_c1(cpu);
    ia32_x87_set_top(cpu, ia32_x87_top(cpu) + (unsigned)by);
    return IA32_OK;
}

X87_OP(fincstp, move_top, 1)
X87_OP(fdecstp, move_top, -1)

static enum ia32_status free_st(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn, bool pops)
{
    clear_c1(cpu);
    ia32_x87_free(cpu, ia32_x87_rm(insn));
    if (pops)
        ia32_x87_pop(cpu);
    return IA32_OK;
}

X87_OP(ffree, free_st, false)
X87_OP(ffreep, free_st, true)

static enum ia32_status nothing(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn, int unused)
{
    (void)cpu;
    (void)insn;
    (void)unused;
    return IA32_OK;
}

X87_OP(fnop, nothing, 0)
