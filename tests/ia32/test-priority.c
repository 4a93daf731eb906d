/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes first when several events wait for the same instruction, and
 * what becomes of an exception that another one meets.
 * SDM Vol 3A, "Priority Among Concurrent Events", "Interrupt 8--Double Fault
 * Exception (#DF)". */
#include "sim/ia32/boundary.h"
#include "tests/ia32/longrig.h"

/* --- classes of priority ----------------------------------------------------- */

/* All at once; taken off one after the other, highest first. */
enum cause {
    TRAP, NMI, INTR, CODE_BREAK, VIRTUAL, FETCH, DECODE, EXECUTE, NONE
};

static const struct {
    const char *name;
    unsigned vector;
} order[] = {
    [TRAP] = {"traps of the previous instruction", IA32_DB},
    [NMI] = {"NMI", IA32_NMI},
    [INTR] = {"maskable interrupt", 0x40},
    [CODE_BREAK] = {"code breakpoint", IA32_DB},
    [VIRTUAL] = {"VIF and VIP", IA32_GP},
    [FETCH] = {"fault from fetching", IA32_PF},
    [DECODE] = {"fault from decoding", IA32_UD},
    [EXECUTE] = {"fault from executing", IA32_SSF},
};

static unsigned vector_40h(void *opaque)
{
    (void)opaque;
    return 0x40;
}

/* At CPL 3, with everything from first on waiting at HIGH. */
static void wait_for_all(struct sys *s, enum cause first)
{
    static const uint8_t undefined[] = {0x0f, 0x0b}, push[] = {0x50};
    long_init(s, 3, 64);
    long_paging(s);
    struct ia32_cpu *cpu = s->cpu;
    cpu->features[IA32_F_VME / 64] |= VT_BIT(IA32_F_VME % 64);
    cpu->base.int_ack = vector_40h;
    cpu->rip = LONG_HIGH + SYS_CODE;
    cpu->gpr[IA32_RSP] = UINT64_C(0x0000900000000000); /* not canonical */
    uint64_t flags = FL_IF;
    if (first <= DECODE)
        sys_code(s, undefined, sizeof undefined);
    else
        sys_code(s, push, sizeof push);
    if (first <= FETCH)
        long_pte(s, SYS_CODE, 0);
    if (first <= VIRTUAL) {
        flags |= FL_VIF | FL_VIP;
        cpu->cr4 |= CR4_PVI;
    }
    if (first <= CODE_BREAK) {
        cpu->dr[0] = cpu->rip;
        cpu->dr[7] = DR7_FIXED1 | 1;
    }
    ia32_set_rflags(cpu, flags);
    if (first <= TRAP)
        cpu->pending_debug = DR6_BS;
    ia32_attend(cpu);
    if (first <= INTR)
        ia32_set_intr(&cpu->base, true);
    if (first <= NMI)
        ia32_raise_nmi(&cpu->base);
}

static void priorities(void)
{
    for (unsigned first = TRAP; first < NONE; first++) {
        struct sys s;
        wait_for_all(&s, (enum cause)first);
        ia32_step(&s.cpu->base);
        bool is_trap = first == TRAP, is_break = first == CODE_BREAK;
        sys_report(order[first].name,
                   s.cpu->rip == SYS_HANDLER(order[first].vector) &&
                       s.events[VT_EV_DELIVER] == 1 &&
                       !(s.cpu->dr[6] & DR6_BS) == !is_trap &&
                       !(s.cpu->dr[6] & DR6_B0) == !is_break);
        sys_done(&s);
    }
}

/* One after the other: interrupts wait, an NMI blocks the next. */
static void interrupts_are_held_pending(void)
{
    struct sys s;
    wait_for_all(&s, TRAP);
    ia32_step(&s.cpu->base); /* #DB */
    CU_ASSERT(s.cpu->nmi_pending);
    ia32_raise_nmi(&s.cpu->base);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_NMI));
    CU_ASSERT_EQUAL(long_stack(&s, 0), SYS_HANDLER(IA32_DB));
    ia32_raise_nmi(&s.cpu->base);
    vt_physmem_write(s.pm, SYS_HANDLER(IA32_NMI), 0xcf48, 2); /* IRETQ */
    s.cpu->rflags &= ~FL_IF;
    ia32_attend(s.cpu);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_DB));
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_NMI));
    sys_done(&s);
}

/* --- shadows -------------------------------------------------------------------- */

/* MOV SS holds back debug traps, NMIs, interrupts and code breakpoints for an
 * instruction, STI interrupts alone. */
static void shadows(void)
{
    static const struct {
        uint32_t blocking;
        enum cause cause;
        bool held;
    } cases[] = {
        {IA32_BLOCK_MOV_SS, TRAP, true},
        {IA32_BLOCK_MOV_SS, NMI, true},
        {IA32_BLOCK_MOV_SS, INTR, true},
        {IA32_BLOCK_MOV_SS, CODE_BREAK, true},
        {IA32_BLOCK_STI, TRAP, false},
        {IA32_BLOCK_STI, NMI, false},
        {IA32_BLOCK_STI, INTR, true},
        {IA32_BLOCK_STI, CODE_BREAK, false},
        {IA32_BLOCK_NMI, NMI, true},
        {IA32_BLOCK_NMI, INTR, false},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        long_init(&s, 0, 64);
        s.cpu->base.int_ack = vector_40h;
        ia32_set_rflags(s.cpu, FL_IF);
        SYS_CODE_BYTES(&s, 0x90, 0x90);
        s.cpu->blocking = cases[i].blocking;
        switch (cases[i].cause) {
        case TRAP: s.cpu->pending_debug = DR6_BS; break;
        case NMI: ia32_raise_nmi(&s.cpu->base); break;
        case INTR: ia32_set_intr(&s.cpu->base, true); break;
        default:
            s.cpu->dr[0] = SYS_CODE;
            s.cpu->dr[7] = DR7_FIXED1 | 1;
            break;
        }
        ia32_attend(s.cpu);
        ia32_step(&s.cpu->base);
        CU_ASSERT_EQUAL(s.cpu->rip,
                        cases[i].held
                            ? SYS_CODE + 1
                            : SYS_HANDLER(order[cases[i].cause].vector));
        sys_done(&s);
    }
}

/* --- double faults ------------------------------------------------------------------- */

/* The first event, by its class. */
static const struct {
    const char *name;
    unsigned vector, type;
    bool error_code;
    char class; /* benign, contributory, page fault */
} firsts[] = {
    {"#DE", IA32_DE, IA32_HW_EXC, false, 'c'},
    {"#DB", IA32_DB, IA32_HW_EXC, false, 'b'},
    {"NMI", IA32_NMI, IA32_EV_NMI, false, 'b'},
    {"#BP", IA32_BP, IA32_SW_EXC, false, 'b'},
    {"#OF", IA32_OF, IA32_SW_EXC, false, 'b'},
    {"#BR", IA32_BR, IA32_HW_EXC, false, 'b'},
    {"#UD", IA32_UD, IA32_HW_EXC, false, 'b'},
    {"#NM", IA32_NM, IA32_HW_EXC, false, 'b'},
    {"#TS", IA32_TS, IA32_HW_EXC, true, 'c'},
    {"#NP", IA32_NP, IA32_HW_EXC, true, 'c'},
    {"#SS", IA32_SSF, IA32_HW_EXC, true, 'c'},
    {"#GP", IA32_GP, IA32_HW_EXC, true, 'c'},
    {"#PF", IA32_PF, IA32_HW_EXC, true, 'p'},
    {"#MF", IA32_MF, IA32_HW_EXC, false, 'b'},
    {"#AC", IA32_AC, IA32_HW_EXC, true, 'b'},
    {"#MC", IA32_MC, IA32_HW_EXC, false, 'b'},
    {"#XM", IA32_XM, IA32_HW_EXC, false, 'b'},
    {"INT 13", IA32_GP, IA32_SW_INT, false, 'b'},
    {"INTR 14", IA32_PF, IA32_EXT_INT, false, 'b'},
};

#define NO_PAGE 0x70000u /* taken out of the page table */

/* What its gate leads to: a fault of each contributory kind, or a page
 * fault.  Other handlers are where they should be. */
static const struct {
    unsigned vector;
    char class;
} seconds[] = {{IA32_GP, 'c'}, {IA32_NP, 'c'}, {IA32_TS, 'c'},
               {IA32_SSF, 'c'}, {IA32_PF, 'p'}};

static void break_gate(struct sys *s, unsigned vector, unsigned second)
{
    unsigned type = IA32_INT_GATE32, ist = 1;
    bool present = true;
    switch (second) {
    case IA32_GP: type = IA32_CALL_GATE32; break;
    case IA32_NP: present = false; break;
    case IA32_TS: ist = 7; break; /* outside the TSS */
    case IA32_SSF: ist = 2; break; /* not canonical */
    default: ist = 3; break;      /* not mapped */
    }
    sys_put64(s, SYS_TSS + 28 + 16, UINT64_C(0x0000800000000000));
    sys_put64(s, SYS_TSS + 28 + 24, NO_PAGE + 0x1000);
    s->cpu->seg[IA32_TR].limit = 28 + 8 * 7 - 1;
    long_idt(s, vector, type, 3, present, L_CODE0, SYS_HANDLER(vector), ist);
}

static bool meets(unsigned first, unsigned second)
{
    char a = firsts[first].class, b = seconds[second].class;
    bool is_double = (a == 'c' && b == 'c') || a == 'p';
    unsigned vector = seconds[second].vector;
    struct sys s;
    long_init(&s, 3, 64);
    long_pte(&s, NO_PAGE, 0);
    long_paging(&s);
    /* a gate of the second exception's own vector that works after all */
    break_gate(&s, firsts[first].vector, vector);
    bool same = firsts[first].vector == vector;
    struct ia32_event event = {.vector = (uint8_t)firsts[first].vector,
                               .type = (uint8_t)firsts[first].type,
                               .has_error_code = firsts[first].error_code,
                               .cr2 = 0x1234};
    enum ia32_status st = ia32_deliver(s.cpu, &event, false);
    bool ok = st == IA32_JUMP &&
              s.cpu->rip == SYS_HANDLER(is_double || same ? IA32_DF
                                                          : vector);
    if (ok && is_double)
        ok = long_stack(&s, 0) == 0 && long_stack(&s, 1) == SYS_CODE;
    if (ok && vector == IA32_PF)
        ok = s.cpu->cr2 == NO_PAGE + 0x1000 - 8;
    sys_done(&s);
    return ok;
}

static void double_faults(void)
{
    for (unsigned f = 0; f < ARRAY_SIZE(firsts); f++)
        for (unsigned i = 0; i < ARRAY_SIZE(seconds); i++)
            sys_report(firsts[f].name, meets(f, i));
}

/* Whatever the handler of #DF meets: shutdown. */
static void triple_faults(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(seconds); i++) {
        struct sys s;
        long_init(&s, 3, 64);
        long_pte(&s, NO_PAGE, 0);
        long_paging(&s);
        break_gate(&s, IA32_DF, seconds[i].vector);
        break_gate(&s, IA32_GP, IA32_NP);
        struct ia32_event gp = {.vector = IA32_GP,
                                .type = IA32_HW_EXC,
                                .has_error_code = true};
        CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_STOP);
        CU_ASSERT_EQUAL(s.cpu->base.activity, VT_SHUTDOWN);
        sys_done(&s);
    }
}

/* --- pages in the way of a delivery ----------------------------------------------------- */

/* Where the page fault of an interrupt at CPL 3 comes from, and its error
 * code: the processor's own accesses are a supervisor's. */
static void pages_of_a_delivery(void)
{
    static const struct {
        const char *name;
        uint32_t page, entry; /* its page-table entry */
        uint64_t cr2;
        uint32_t error;
        bool faults;
    } cases[] = {
        {"IDT not present", SYS_IDT, 0, SYS_IDT + 0x30 * 16, 0, true},
        {"TSS not present", SYS_TSS, 0, SYS_TSS + 4, 0, true},
        {"GDT not present", SYS_GDT, 0, SYS_GDT + L_CODE0, 0, true},
        {"stack not present", SYS_STACK0 - 0x1000, 0, SYS_STACK0 - 8, PF_W,
         true},
        {"stack not writable", SYS_STACK0 - 0x1000,
         (SYS_STACK0 - 0x1000) | 5, SYS_STACK0 - 8, PF_W | PF_P, true},
        {"all of them a supervisor's", SYS_IDT, SYS_IDT | 3, 0, 0, false},
        {"a supervisor's stack", SYS_STACK0 - 0x1000,
         (SYS_STACK0 - 0x1000) | 3, 0, 0, false},
    };
    static const struct ia32_event irq = {.vector = 0x30,
                                          .type = IA32_EXT_INT};
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        long_init(&s, 3, 64);
        long_pte(&s, cases[i].page, cases[i].entry);
        long_paging(&s);
        (void)!ia32_deliver(s.cpu, &irq, false);
        bool ok = s.events[VT_EV_FAULT] == 0 && s.cpu->cpl == 0;
        if (cases[i].faults)
            ok = s.first_fault.u.intr.vector == IA32_PF &&
                 s.first_fault.u.intr.error_code == cases[i].error &&
                 s.first_fault.u.intr.address == cases[i].cr2;
        sys_report(cases[i].name, ok);
        sys_done(&s);
    }
}

/* A handler of CPL 3 pushes with the rights of CPL 3, also by IST. */
static void stack_of_a_user_handler(void)
{
    static const struct ia32_event irq = {.vector = 0x30,
                                          .type = IA32_EXT_INT};
    for (unsigned ist = 0; ist < 2; ist++) {
        struct sys s;
        uint32_t page = (ist ? LONG_IST(1) : SYS_STACK3) - 0x1000;
        long_init(&s, 3, 64);
        long_idt(&s, 0x30, IA32_INT_GATE32, 0, true, L_CODE3,
                 SYS_HANDLER(0x30), ist);
        long_pte(&s, page, page | 3);
        long_paging(&s);
        CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &irq, false), IA32_JUMP);
        CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_PF));
        CU_ASSERT_EQUAL(long_stack(&s, 0), PF_P | PF_W | PF_U);
        sys_done(&s);
    }
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"classes of priority", priorities},
        {"interrupts are held pending", interrupts_are_held_pending},
        {"shadows of MOV SS, STI and NMI", shadows},
        {"double faults", double_faults},
        {"triple faults", triple_faults},
        {"pages in the way of a delivery", pages_of_a_delivery},
        {"the stack of a user's handler", stack_of_a_user_handler},
    };
    return sys_main("priorities", cases, ARRAY_SIZE(cases));
}
