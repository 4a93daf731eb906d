/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What test-x87-host cannot see from user mode on its own processor: when
 * x87 instructions are not available, when exceptions are raised, images in
 * the formats of other modes, faults of memory; and the corners of the stack
 * one by one.
 * SDM 325462, Vol 1, "Programming with the x87 FPU"; Vol 3A, "Device Not
 * Available Exception (#NM)", "x87 FPU Floating-Point Error (#MF)". */
#include "sim/ia32/x87.h"
#include "tests/ia32/sysrig.h"

#define FPU "pentium-pro"

static void init(struct sys *s, const char *model)
{
    sys_init(s, model, 0);
    ia32_x87_init(s->cpu);
    s->cpu->cr0 |= CR0_NE;
    s->cpu->gpr[IA32_RBX] = SYS_DATA;
}

/* One instruction at SYS_CODE. */
static enum ia32_status run(struct sys *s, const void *bytes, size_t count)
{
    s->cpu->rip = SYS_CODE;
    sys_code(s, bytes, count);
    return sys_exec(s);
}
#define RUN(s, ...)                                     \
    run(s, (const uint8_t[]){__VA_ARGS__, 0, 0, 0, 0, 0, 0}, \
        sizeof(uint8_t[]){__VA_ARGS__, 0, 0, 0, 0, 0, 0})

/* --- availability ------------------------------------------------------------ */

static void availability(void)
{
    static const struct {
        const char *name, *model;
        uint8_t code[2];
        uint64_t cr0;
        unsigned vector;
    } rows[] = {
        {"FLD1", FPU, {0xd9, 0xe8}, 0, NO_FAULT},
        {"FLD1, EM", FPU, {0xd9, 0xe8}, CR0_EM, IA32_NM},
        {"FLD1, TS", FPU, {0xd9, 0xe8}, CR0_TS, IA32_NM},
        {"FLD1, MP", FPU, {0xd9, 0xe8}, CR0_MP, NO_FAULT},
        {"FNINIT, TS", FPU, {0xdb, 0xe3}, CR0_TS, IA32_NM},
        {"FNENI, EM", FPU, {0xdb, 0xe0}, CR0_EM, IA32_NM},
        {"reserved", FPU, {0xd9, 0xd1}, 0, IA32_UD},
        {"reserved, EM", FPU, {0xd9, 0xd1}, CR0_EM, IA32_NM},
        {"reserved, TS", FPU, {0xdf, 0xf8}, CR0_TS, IA32_NM},
        {"WAIT", FPU, {0x9b, 0x90}, 0, NO_FAULT},
        {"WAIT, TS", FPU, {0x9b, 0x90}, CR0_TS, NO_FAULT},
        {"WAIT, EM and MP", FPU, {0x9b, 0x90}, CR0_EM | CR0_MP, NO_FAULT},
        {"WAIT, TS and MP", FPU, {0x9b, 0x90}, CR0_TS | CR0_MP, IA32_NM},
        {"no FPU", "pentium-pro,-fpu", {0xd9, 0xe8}, 0, IA32_UD},
        {"no FPU, EM", "pentium-pro,-fpu", {0xd9, 0xe8}, CR0_EM, IA32_NM},
        {"no FPU, FCMOVB", "pentium-pro,-fpu", {0xda, 0xc1}, 0, IA32_UD},
        {"no FPU, FCMOVB, TS", "pentium-pro,-fpu", {0xda, 0xc1}, CR0_TS, IA32_NM},
        {"no CMOV, FCMOVB", "pentium-pro,-cmov", {0xda, 0xc1}, 0, IA32_UD},
        {"no SSE3, FISTTP", "pentium4-northwood", {0xdb, 0x0b}, 0, IA32_UD},
        {"LOCK FADD", FPU, {0xf0, 0xd8}, 0, IA32_UD},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct sys s;
        init(&s, rows[i].model);
        s.cpu->cr0 |= rows[i].cr0;
        enum ia32_status st = run(&s, rows[i].code, 2);
        sys_report(rows[i].name,
                   sys_faulted(&s, st, rows[i].vector, NO_CODE));
        sys_done(&s);
    }
}

/* --- exceptions ---------------------------------------------------------------- */

/* FLDZ, FLD1, FDIV by zero with ZE unmasked: ES is set, nothing raised. */
static void divide_by_zero(struct sys *s)
{
    s->cpu->fpu.cw &= (uint16_t)~FP_ZE;
    CU_ASSERT_EQUAL(RUN(s, 0xd9, 0xee), IA32_OK);
    CU_ASSERT_EQUAL(RUN(s, 0xd9, 0xe8), IA32_OK);
    CU_ASSERT_EQUAL(RUN(s, 0xd8, 0xf1), IA32_OK);
    CU_ASSERT_EQUAL(s->cpu->fpu.sw & (X87_ES | X87_B | FP_ALL),
                    X87_ES | X87_B | FP_ZE);
    CU_ASSERT_EQUAL(ia32_x87_st(s->cpu, 0).se, 0x3fff); /* still 1 */
}

static void exceptions_wait(void)
{
    static const struct {
        const char *name;
        uint8_t code[2];
        unsigned vector;
    } rows[] = {
        {"FLD1", {0xd9, 0xe8}, IA32_MF},   {"WAIT", {0x9b, 0x90}, IA32_MF},
        {"FNOP", {0xd9, 0xd0}, IA32_MF},   {"FLDCW", {0xd9, 0x2b}, IA32_MF},
        {"FXAM", {0xd9, 0xe5}, IA32_MF},   {"FLDENV", {0xd9, 0x23}, IA32_MF},
        {"FRSTOR", {0xdd, 0x23}, IA32_MF}, {"FFREE", {0xdd, 0xc0}, IA32_MF},
        {"FNSTSW AX", {0xdf, 0xe0}, NO_FAULT},
        {"FNSTSW", {0xdd, 0x3b}, NO_FAULT},
        {"FNSTCW", {0xd9, 0x3b}, NO_FAULT},
        {"FNSTENV", {0xd9, 0x33}, NO_FAULT},
        {"FNSAVE", {0xdd, 0x33}, NO_FAULT},
        {"FNCLEX", {0xdb, 0xe2}, NO_FAULT},
        {"FNINIT", {0xdb, 0xe3}, NO_FAULT},
        {"FNENI", {0xdb, 0xe0}, NO_FAULT},
        {"FNDISI", {0xdb, 0xe1}, NO_FAULT},
        {"FNSETPM", {0xdb, 0xe4}, NO_FAULT},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct sys s;
        init(&s, FPU);
        divide_by_zero(&s);
        struct ia32_fpu before = s.cpu->fpu;
        bool right = sys_faulted(&s, run(&s, rows[i].code, 2),
                                 rows[i].vector, NO_CODE);
        if (rows[i].vector == IA32_MF)
            right = right && before.sw == s.cpu->fpu.sw &&
                    before.fop == s.cpu->fpu.fop;
        sys_report(rows[i].name, right);
        sys_done(&s);
    }
}

static void es_follows_masks(void)
{
    struct sys s;
    init(&s, FPU);
    divide_by_zero(&s);
    s.cpu->cr0 |= CR0_TS; /* #NM comes before #MF */
    CU_ASSERT_TRUE(sys_faulted(&s, RUN(&s, 0xd9, 0xe8), IA32_NM, NO_CODE));
    s.cpu->cr0 &= ~CR0_TS;
    /* FNSTENV masks all: nothing waits any more, the flag stays. */
    CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0x33), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->fpu.cw & FP_ALL, FP_ALL);
    CU_ASSERT_EQUAL(s.cpu->fpu.sw & (X87_ES | FP_ALL), FP_ZE);
    CU_ASSERT_EQUAL(RUN(&s, 0x9b, 0x90), IA32_OK);
    /* FLDCW that unmasks it: the next instruction raises it. */
    sys_put32(&s, SYS_DATA, 0xffff0000u);
    CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0x2b), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->fpu.cw, X87_CW_FIXED1);
    CU_ASSERT_TRUE(sys_faulted(&s, RUN(&s, 0x9b, 0x90), IA32_MF, NO_CODE));
    sys_done(&s);
}

static void without_ne_it_stops(void)
{
    struct sys s;
    init(&s, FPU);
    divide_by_zero(&s);
    s.cpu->cr0 &= ~CR0_NE;
    CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0xe8), IA32_STOP);
    sys_done(&s);
}

/* --- the stack --------------------------------------------------------------------- */

static void stack_faults(void)
{
    struct sys s;
    init(&s, FPU);
    for (unsigned i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0xe8), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->fpu.valid, 0xff);
    CU_ASSERT_EQUAL(s.cpu->fpu.sw, 0);
    /* The ninth: indefinite, C1 = 1. */
    CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0xee), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->fpu.sw, 7u << X87_TOP_SHIFT | X87_SF | X87_C1 |
                                       FP_IE);
    CU_ASSERT_EQUAL(ia32_x87_st(s.cpu, 0).se, FP80_INDEFINITE_SE);
    /* Unmasked: TOP and registers stay. */
    CU_ASSERT_EQUAL(RUN(&s, 0xdb, 0xe3), IA32_OK);
    s.cpu->fpu.cw &= (uint16_t)~FP_IE;
    CU_ASSERT_EQUAL(RUN(&s, 0xd8, 0xc1), IA32_OK); /* both empty */
    CU_ASSERT_EQUAL(s.cpu->fpu.valid, 0);
    CU_ASSERT_EQUAL(s.cpu->fpu.sw, X87_B | X87_ES | X87_SF | FP_IE);
    sys_done(&s);
}

static void pointers_and_opcode(void)
{
    struct sys s;
    init(&s, FPU);
    sys_put32(&s, SYS_DATA + 4, 0x3f800000);
    CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0x43, 0x04), IA32_OK); /* FLD [ebx+4] */
    CU_ASSERT_EQUAL(s.cpu->fpu.fip, SYS_CODE);
    CU_ASSERT_EQUAL(s.cpu->fpu.fcs, s.cpu->seg[IA32_CS].selector);
    CU_ASSERT_EQUAL(s.cpu->fpu.fdp, SYS_DATA + 4);
    CU_ASSERT_EQUAL(s.cpu->fpu.fds, s.cpu->seg[IA32_DS].selector);
    CU_ASSERT_EQUAL(s.cpu->fpu.fop, 0x143);
    /* Control instructions leave all, others the data pointer. */
    CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0x3b), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->fpu.fop, 0x143);
    CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0xe0), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->fpu.fop, 0x1e0);
    CU_ASSERT_EQUAL(s.cpu->fpu.fdp, SYS_DATA + 4);
    sys_done(&s);
}

static void a_fault_of_memory_changes_nothing(void)
{
    /* FSTP m32, FSTP m80, FISTP m64, FBSTP, FNSAVE, FNSTENV; FLD m80,
     * FRSTOR, FLDENV, FADD m64: all at [ebx]. */
    static const uint8_t codes[][2] = {
        {0xd9, 0x1b}, {0xdb, 0x3b}, {0xdf, 0x3b}, {0xdf, 0x33},
        {0xdd, 0x33}, {0xd9, 0x33}, {0xdb, 0x2b}, {0xdd, 0x23},
        {0xd9, 0x23}, {0xdc, 0x03}};
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        struct sys s;
        init(&s, FPU);
        CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0xeb), IA32_OK); /* FLDPI: inexact */
        s.cpu->gpr[IA32_RBX] = 0x8000;
        s.cpu->seg[IA32_DS].limit = 0x8002; /* all begin inside */
        struct ia32_fpu before = s.cpu->fpu;
        CU_ASSERT_TRUE(
            sys_faulted(&s, run(&s, codes[i], 2), IA32_GP, 0));
        CU_ASSERT_EQUAL(memcmp(&before, &s.cpu->fpu, sizeof before), 0);
        CU_ASSERT_EQUAL(sys_get32(&s, 0x8000), 0);
        sys_done(&s);
    }
}

/* --- images ------------------------------------------------------------------------- */

static const struct ia32_fpu sample = {
    .cw = 0x37f, .sw = 0x3800 | FP_PE, .fop = 0x5aa, .valid = 0x80,
    .fip = 0x12345678, .fdp = 0x9abcdef0, .fcs = 0x4321, .fds = 0x8765};

static void store_environment(struct sys *s, bool opsize16)
{
    s->cpu->fpu = sample;
    if (opsize16)
        CU_ASSERT_EQUAL(RUN(s, 0x66, 0xd9, 0x33), IA32_OK);
    if (!opsize16)
        CU_ASSERT_EQUAL(RUN(s, 0xd9, 0x33), IA32_OK);
}

static void check_words(struct sys *s, const uint32_t words[7])
{
    for (unsigned i = 0; i < 7; i++)
        CU_ASSERT_EQUAL(sys_get32(s, SYS_DATA + 4 * i), words[i]);
}

/* Loading what was stored gives the words back, but for the pointers of
 * real-address mode, which have become linear. */
static void environments(void)
{
    static const uint32_t protected32[7] = {
        0xffff037f, 0xffff3820, 0xffff7fff, 0x12345678,
        0x05aa4321, 0x9abcdef0, 0xffff8765};
    /* FIP 12345678 + 43210, FDP 9abcdef0 + 87650 */
    static const uint32_t real32[7] = {
        0xffff037f, 0xffff3820, 0xffff7fff, 0xffff8888,
        0x012385aa, 0xffff5540, 0x09ac5000};
    struct sys s;
    init(&s, FPU);
    store_environment(&s, false);
    check_words(&s, protected32);
    CU_ASSERT_EQUAL(RUN(&s, 0xdb, 0xe3), IA32_OK);
    CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0x23), IA32_OK);
    CU_ASSERT_EQUAL(memcmp(&s.cpu->fpu, &sample, sizeof sample), 0);

    s.cpu->rflags |= FL_VM; /* the format is that of real-address mode */
    store_environment(&s, false);
    check_words(&s, real32);
    CU_ASSERT_EQUAL(RUN(&s, 0xdb, 0xe3), IA32_OK);
    CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0x23), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->fpu.fip, 0x12388888);
    CU_ASSERT_EQUAL(s.cpu->fpu.fdp, 0x9ac55540);
    CU_ASSERT_EQUAL(s.cpu->fpu.fop, 0x5aa);
    sys_done(&s);
}

static void environments_of_16_bits(void)
{
    static const uint16_t protected16[7] = {0x037f, 0x3820, 0x7fff, 0x5678,
                                            0x4321, 0xdef0, 0x8765};
    static const uint16_t real16[7] = {0x037f, 0x3820, 0x7fff, 0x8888,
                                       0x85aa, 0x5540, 0x5000};
    for (unsigned real = 0; real < 2; real++) {
        struct sys s;
        init(&s, FPU);
        if (real)
            s.cpu->rflags |= FL_VM;
        store_environment(&s, true);
        const uint16_t *wanted = real ? real16 : protected16;
        for (unsigned i = 0; i < 7; i++)
            CU_ASSERT_EQUAL(
                sys_get32(&s, SYS_DATA + 2 * i) & 0xffff, wanted[i]);
        CU_ASSERT_EQUAL(sys_get32(&s, SYS_DATA + 14), 0);
        CU_ASSERT_EQUAL(RUN(&s, 0x66, 0xd9, 0x23), IA32_OK);
        CU_ASSERT_EQUAL(s.cpu->fpu.fip, real ? 0x88888 : 0x5678);
        CU_ASSERT_EQUAL(s.cpu->fpu.fop, real ? 0x5aa : 0);
        sys_done(&s);
    }
}

static void save_and_restore(void)
{
    struct sys s;
    init(&s, FPU);
    CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0xeb), IA32_OK); /* FLDPI */
    CU_ASSERT_EQUAL(RUN(&s, 0xd9, 0xee), IA32_OK); /* FLDZ */
    struct ia32_fpu before = s.cpu->fpu;
    CU_ASSERT_EQUAL(RUN(&s, 0xdd, 0x33), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->fpu.cw, X87_CW_INIT);
    CU_ASSERT_EQUAL(s.cpu->fpu.valid, 0);
    CU_ASSERT_EQUAL(s.cpu->fpu.fip, 0);
    CU_ASSERT_EQUAL(sys_get32(&s, SYS_DATA + 8), 0xffff1fff); /* tags */
    CU_ASSERT_EQUAL(sys_get32(&s, SYS_DATA + 28 + 10), 0x2168c235);
    CU_ASSERT_EQUAL(sys_get32(&s, SYS_DATA + 28 + 16), 0x4000c90f);
    CU_ASSERT_EQUAL(RUN(&s, 0xdd, 0x23), IA32_OK);
    CU_ASSERT_EQUAL(memcmp(&s.cpu->fpu, &before, sizeof before), 0);
    /* TOP and tags rule which registers the loaded numbers are. */
    CU_ASSERT_EQUAL(ia32_x87_st(s.cpu, 1).frac,
                    UINT64_C(0xc90fdaa22168c235));
    CU_ASSERT_EQUAL(s.cpu->fpu.r[7].se, 0x4000);
    sys_done(&s);
}

static void constants_are_rounded_by_rc(void)
{
    /* FLDL2T FLDL2E FLDPI FLDLG2 FLDLN2: last bits of the significand for
     * RC 0 to 3. */
    static const uint8_t last[5][4] = {{0xfe, 0xfe, 0xff, 0xfe},
                                       {0xbc, 0xbb, 0xbc, 0xbb},
                                       {0x35, 0x34, 0x35, 0x34},
                                       {0x99, 0x98, 0x99, 0x98},
                                       {0xac, 0xab, 0xac, 0xab}};
    for (unsigned i = 0; i < 5; i++)
        for (unsigned rc = 0; rc < 4; rc++) {
            struct sys s;
            init(&s, FPU);
            s.cpu->fpu.cw = (uint16_t)((X87_CW_INIT & ~0xf00u) | rc << 10);
            CU_ASSERT_EQUAL(RUN(&s, 0xd9, (uint8_t)(0xe9 + i)), IA32_OK);
            CU_ASSERT_EQUAL(ia32_x87_st(s.cpu, 0).frac & 0xff, last[i][rc]);
            CU_ASSERT_EQUAL(s.cpu->fpu.sw & FP_ALL, 0);
            sys_done(&s);
        }
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"#NM and #UD: EM, TS, MP, reserved, no FPU", availability},
        {"an unmasked exception waits for a waiting instruction",
         exceptions_wait},
        {"ES follows flags and masks; #NM before #MF", es_follows_masks},
        {"with CR0.NE = 0 the machine stops", without_ne_it_stops},
        {"stack overflow and underflow, masked and not", stack_faults},
        {"last instruction, operand and opcode", pointers_and_opcode},
        {"a fault of memory changes nothing",
         a_fault_of_memory_changes_nothing},
        {"environments in 32-bit formats", environments},
        {"environments in 16-bit formats", environments_of_16_bits},
        {"FNSAVE and FRSTOR", save_and_restore},
        {"constants are rounded by RC", constants_are_rounded_by_rc},
    };
    return sys_main("ia32-x87", cases, ARRAY_SIZE(cases));
}
