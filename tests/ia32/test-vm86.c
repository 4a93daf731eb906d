/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Virtual-8086 mode: interrupts to the monitor and to the program itself.
 * SDM Vol 2A, "INT n/INTO/INT3/INT1--Call to Interrupt Procedure",
 * INTERRUPT-FROM-VIRTUAL-8086-MODE; Vol 3B, "8086 Emulation". */
#include "tests/ia32/realrig.h"

#define VME_MODEL "merom,+vme"
#define IOPL(n) ((uint64_t)(n) << FL_IOPL_SHIFT)

static const struct ia32_event gp = {.vector = IA32_GP,
                                     .type = IA32_HW_EXC,
                                     .has_error_code = true,
                                     .error_code = 0x1234};

static uint32_t frame32(struct sys *s, unsigned n)
{
    return sys_get32(s, (uint32_t)s->cpu->gpr[IA32_RSP] + 4 * n);
}

static void set_redirection(struct sys *s, unsigned vector, bool to_monitor)
{
    uint32_t at = SYS_TSS + VM86_REDIRECTION + vector / 8;
    uint64_t byte = vt_physmem_read(s->pm, at, 1) &
                    ~(UINT64_C(1) << vector % 8);
    vt_physmem_write(s->pm, at, byte | (uint64_t)to_monitor << vector % 8, 1);
}

/* --- to the monitor --------------------------------------------------------- */

/* GS FS DS ES SS ESP EFLAGS CS EIP and the error code, on the stack of CPL 0;
 * data segments null; VM, TF, RF, NT and IF cleared. */
static void frame_for_the_monitor(void)
{
    struct sys s;
    vm86_init(&s, "merom", IOPL(2) | FL_IF | FL_TF | FL_NT | FL_CF);
    s.cpu->rip = 0x1234;
    s.cpu->gpr[IA32_RSP] = 0xabcd5678;
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_GP));
    CU_ASSERT_EQUAL(s.cpu->cpl, 0);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].selector, CODE0);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_SS].selector, DATA0);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], SYS_STACK0 - 40);
    CU_ASSERT_EQUAL(s.cpu->mode & IA32_MODE_VM86, 0);
    const uint32_t frame[] = {
        0x1234, 0x1234, REAL_CODE,
        (uint32_t)(FL_VM | FL_RF | IOPL(2) | FL_IF | FL_TF | FL_NT | FL_CF |
                   FL_FIXED1),
        0xabcd5678, REAL_STACK, REAL_DATA, REAL_DATA, REAL_DATA + 1,
        REAL_DATA + 2};
    for (unsigned i = 0; i < ARRAY_SIZE(frame); i++)
        CU_ASSERT_EQUAL(frame32(&s, i), frame[i]);
    static const enum ia32_seg_index null[] = {IA32_ES, IA32_DS, IA32_FS,
                                               IA32_GS};
    for (unsigned i = 0; i < ARRAY_SIZE(null); i++) {
        CU_ASSERT_EQUAL(s.cpu->seg[null[i]].selector, 0);
        CU_ASSERT(s.cpu->seg[null[i]].ar & AR_UNUSABLE);
    }
    CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu), IOPL(2) | FL_CF | FL_FIXED1);
    sys_done(&s);
}

/* A trap gate leaves IF; a 16-bit gate pushes words. */
static void trap_gate_of_16_bits(void)
{
    static const struct ia32_event irq = {.vector = 0x30,
                                          .type = IA32_EXT_INT};
    struct sys s;
    vm86_init(&s, "merom", IOPL(0) | FL_IF);
    sys_put64(&s, SYS_IDT + 0x30 * 8,
              sys_gate(IA32_TRAP_GATE16, 0, true, CODE0, 0x5000, 0));
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &irq, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], SYS_STACK0 - 18);
    static const unsigned frame[] = {0, REAL_CODE, FL_IF | FL_FIXED1,
                                     REAL_SP, REAL_STACK, REAL_DATA,
                                     REAL_DATA, REAL_DATA + 1, REAL_DATA + 2};
    for (unsigned i = 0; i < ARRAY_SIZE(frame); i++)
        CU_ASSERT_EQUAL(vt_physmem_read(
                            s.pm, s.cpu->gpr[IA32_RSP] + 2 * i, 2),
                        frame[i]);
    CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu), FL_IF | FL_FIXED1);
    sys_done(&s);
}

/* What the monitor's segments must be.  One line of pseudocode each. */
static const struct {
    const char *name;
    uint16_t selector; /* in the gate; 0: CODE0 */
    uint32_t code_ar;  /* of SLOT_A; 0: as it is */
    uint16_t ss0;      /* in the TSS; 0: DATA0 */
    bool null_ss0;
    uint32_t stack_ar; /* of SLOT_B */
    uint32_t tss_limit, esp0, offset;
    unsigned vector;
    uint32_t error;
} refusals[] = {
    {.name = "code of DPL 1: not of CPL 0", .selector = CODE1,
     .vector = IA32_GP, .error = CODE1 | 1},
    {.name = "code of DPL 3: not an inner level", .selector = CODE3,
     .vector = IA32_GP, .error = CODE3 | 1},
    {.name = "conforming code of DPL 0", .selector = CONF0,
     .vector = IA32_GP, .error = CONF0 | 1},
    {.name = "no code segment", .selector = DATA0, .vector = IA32_GP,
     .error = DATA0 | 1},
    {.name = "absent code", .selector = SLOT_A,
     .code_ar = A_ABSENT(A_CODE(0)), .vector = IA32_NP, .error = SLOT_A | 1},
    {.name = "null SS0", .null_ss0 = true, .vector = IA32_TS, .error = 1},
    {.name = "SS0 with RPL 1", .ss0 = DATA0 | 1, .vector = IA32_TS,
     .error = DATA0 | 1},
    {.name = "SS0 of DPL 1", .ss0 = DATA1, .vector = IA32_TS,
     .error = DATA1 | 1},
    {.name = "SS0 outside the GDT", .ss0 = GDT_BYTES, .vector = IA32_TS,
     .error = GDT_BYTES | 1},
    {.name = "SS0 not writable", .ss0 = SLOT_B, .stack_ar = A_RO(0),
     .vector = IA32_TS, .error = SLOT_B | 1},
    {.name = "SS0 absent", .ss0 = SLOT_B,
     .stack_ar = A_ABSENT(A_DATA(0)), .vector = IA32_SSF,
     .error = SLOT_B | 1},
    {.name = "TSS too short", .tss_limit = 8, .vector = IA32_TS,
     .error = TSS | 1},
    {.name = "no room for nine items", .ss0 = SLOT_B, .stack_ar = 0x4093,
     .esp0 = 35, .vector = IA32_SSF, .error = SLOT_B | 1},
    {.name = "handler outside its segment", .selector = SLOT_A,
     .code_ar = 0x409b, .offset = 0x100000, .vector = IA32_GP, .error = 1},
};

static void refused(void)
{
    static const struct ia32_event irq = {.vector = 0x30,
                                          .type = IA32_EXT_INT};
    for (unsigned i = 0; i < ARRAY_SIZE(refusals); i++) {
        struct sys s;
        vm86_init(&s, "merom", IOPL(0) | FL_IF);
        if (refusals[i].code_ar)
            sys_gdt(&s, SLOT_A, refusals[i].code_ar);
        if (refusals[i].stack_ar)
            sys_gdt(&s, SLOT_B, refusals[i].stack_ar);
        uint16_t selector =
            refusals[i].selector ? refusals[i].selector : CODE0;
        uint32_t offset =
            refusals[i].offset ? refusals[i].offset : SYS_HANDLER(0x30);
        sys_put64(&s, SYS_IDT + 0x30 * 8,
                  sys_gate(IA32_INT_GATE32, 3, true, selector, offset, 0));
        if (refusals[i].ss0 || refusals[i].null_ss0)
            sys_put32(&s, SYS_TSS + 8, refusals[i].ss0);
        if (refusals[i].esp0)
            sys_put32(&s, SYS_TSS + 4, refusals[i].esp0);
        if (refusals[i].tss_limit)
            s.cpu->seg[IA32_TR].limit = refusals[i].tss_limit;
        /* whatever then comes of that #GP, #TS ... */
        (void)!ia32_deliver(s.cpu, &irq, false);
        sys_report(refusals[i].name,
                   s.events[VT_EV_FAULT] > 0 &&
                       s.first_fault.u.intr.vector == refusals[i].vector &&
                       s.first_fault.u.intr.error_code == refusals[i].error);
        sys_done(&s);
    }
}

/* --- INT n: the six methods -------------------------------------------------- */

enum place { MONITOR, PROGRAM, GP0 };

static const struct {
    unsigned method;
    bool vme, bit;
    unsigned iopl;
    enum place place;
} methods[] = {
    {1, false, false, 3, MONITOR}, {1, false, true, 3, MONITOR},
    {2, false, false, 2, GP0},     {2, false, true, 0, GP0},
    {3, true, true, 2, GP0},       {3, true, true, 0, GP0},
    {4, true, true, 3, MONITOR},   {5, true, false, 3, PROGRAM},
    {6, true, false, 2, PROGRAM},  {6, true, false, 0, PROGRAM},
};

static enum place place_of(struct sys *s)
{
    if (s->cpu->rflags & FL_VM)
        return s->cpu->seg[IA32_CS].selector == REAL_HANDLER_CS &&
                       s->cpu->rip == REAL_HANDLER(0x21)
                   ? PROGRAM
                   : GP0 + 1;
    if (s->cpu->rip == SYS_HANDLER(0x21))
        return frame32(s, 0) == 2 ? MONITOR : GP0 + 1;
    return s->cpu->rip == SYS_HANDLER(IA32_GP) && frame32(s, 0) == 0 &&
                   frame32(s, 1) == 0
               ? GP0
               : GP0 + 1;
}

static void six_methods(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(methods); i++) {
        char name[32];
        struct sys s;
        vm86_init(&s, VME_MODEL, IOPL(methods[i].iopl) | FL_IF);
        s.cpu->cr4 = methods[i].vme ? CR4_VME : 0;
        set_redirection(&s, 0x21, methods[i].bit);
        set_redirection(&s, 0x20, !methods[i].bit);
        set_redirection(&s, 0x22, !methods[i].bit);
        SYS_CODE_BYTES(&s, 0xcd, 0x21);
        ia32_step(&s.cpu->base);
        snprintf(name, sizeof name, "method %u, IOPL %u", methods[i].method,
                 methods[i].iopl);
        sys_report(name, place_of(&s) == methods[i].place);
        CU_ASSERT_EQUAL(s.events[VT_EV_DELIVER], 1);
        sys_done(&s);
    }
}

/* Methods 5 and 6: which flags the program sees, and which change. */
static void flags_of_redirection(void)
{
    static const struct {
        unsigned iopl;
        uint64_t flags, pushed, left;
    } cases[] = {
        {3, FL_IF | FL_TF | FL_NT | FL_VIF, FL_IF | FL_TF | FL_NT | IOPL(3),
         FL_NT | FL_VIF},
        {2, FL_IF | FL_VIF | FL_TF, FL_IF | FL_TF | IOPL(3), FL_IF},
        {0, FL_IF | FL_CF, FL_CF | IOPL(3), FL_IF | FL_CF},
        {1, FL_VIF | FL_VIP, FL_IF | IOPL(3), FL_VIP},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        uint64_t iopl = IOPL(cases[i].iopl);
        vm86_init(&s, VME_MODEL, iopl | cases[i].flags);
        s.cpu->cr4 = CR4_VME;
        SYS_CODE_BYTES(&s, 0xcd, 0x21);
        CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
        CU_ASSERT_EQUAL(place_of(&s), PROGRAM);
        CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], REAL_SP - 6);
        CU_ASSERT_EQUAL(real_stack(&s, 0), 2);
        CU_ASSERT_EQUAL(real_stack(&s, 1), REAL_CODE);
        CU_ASSERT_EQUAL(real_stack(&s, 2), cases[i].pushed | FL_FIXED1);
        CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu),
                        cases[i].left | FL_VM | iopl | FL_FIXED1);
        sys_done(&s);
    }
}

/* A TSS without the map: #GP(0).  The map begins 32 bytes below the I/O
 * permission bit map. */
static void redirection_needs_its_map(void)
{
    static const struct {
        uint32_t limit, map, tss_ar;
        bool there;
    } cases[] = {
        {VM86_TSS_LIMIT, VM86_IO_MAP, 0x8b, true},
        {102, VM86_IO_MAP, 0x8b, false},
        {VM86_REDIRECTION + 4, VM86_IO_MAP, 0x8b, true},
        {VM86_REDIRECTION + 3, VM86_IO_MAP, 0x8b, false},
        {VM86_TSS_LIMIT, 31, 0x8b, false},
        {VM86_TSS_LIMIT, VM86_IO_MAP, 0x83, false},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        vm86_init(&s, VME_MODEL, IOPL(3));
        s.cpu->cr4 = CR4_VME;
        s.cpu->seg[IA32_TR].limit = cases[i].limit;
        s.cpu->seg[IA32_TR].ar = cases[i].tss_ar;
        vt_physmem_write(s.pm, SYS_TSS + 102, cases[i].map, 2);
        SYS_CODE_BYTES(&s, 0xcd, 0x21);
        CU_ASSERT(sys_faulted(&s, sys_exec(&s),
                              cases[i].there ? NO_FAULT : IA32_GP, 0));
        sys_done(&s);
    }
}

/* INT3, INTO and INT1 ask neither IOPL nor the map. */
static void only_int_n_is_sensitive(void)
{
    static const struct {
        uint8_t code;
        unsigned vector;
    } cases[] = {{0xcc, IA32_BP}, {0xce, IA32_OF}, {0xf1, IA32_DB}};
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        vm86_init(&s, VME_MODEL, IOPL(0) | FL_OF);
        s.cpu->cr4 = CR4_VME;
        sys_put64(&s, SYS_IDT + cases[i].vector * 8,
                  sys_gate(IA32_INT_GATE32, 3, true, CODE0,
                           SYS_HANDLER(cases[i].vector), 0));
        sys_code(&s, &cases[i].code, 1);
        CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
        CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(cases[i].vector));
        CU_ASSERT_EQUAL(frame32(&s, 0), 1);
        sys_done(&s);
    }
}

/* The gate's DPL counts for software interrupts also here. */
static void gate_dpl_counts(void)
{
    struct sys s;
    vm86_init(&s, "merom", IOPL(3));
    sys_put64(&s, SYS_IDT + 0x21 * 8,
              sys_gate(IA32_INT_GATE32, 2, true, CODE0, 0x5000, 0));
    SYS_CODE_BYTES(&s, 0xcd, 0x21);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(s.first_fault.u.intr.vector, IA32_GP);
    CU_ASSERT_EQUAL(s.first_fault.u.intr.error_code, 0x21 * 8 + 2);
    CU_ASSERT_EQUAL(frame32(&s, 1), 0); /* the INT n itself */
    sys_done(&s);
}

/* Injected by VM entry, INT n does not ask IOPL without CR4.VME; with it, the
 * map is asked first, and then IOPL. */
static void injected_int_n(void)
{
    static const struct ia32_event int_21h = {
        .vector = 0x21, .type = IA32_SW_INT, .insn_length = 2};
    static const struct {
        bool vme, bit;
        unsigned iopl;
        enum place place;
    } cases[] = {
        {false, false, 0, MONITOR}, {false, true, 3, MONITOR},
        {true, false, 0, PROGRAM},  {true, false, 3, PROGRAM},
        {true, true, 3, MONITOR},   {true, true, 0, GP0},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        vm86_init(&s, VME_MODEL, IOPL(cases[i].iopl));
        s.cpu->cr4 = cases[i].vme ? CR4_VME : 0;
        set_redirection(&s, 0x21, cases[i].bit);
        sys_put64(&s, SYS_IDT + 0x21 * 8,
                  sys_gate(IA32_INT_GATE32, 3, true, CODE0,
                           SYS_HANDLER(0x21), 0));
        CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &int_21h, true), IA32_JUMP);
        CU_ASSERT_EQUAL(place_of(&s), cases[i].place);
        sys_done(&s);
    }
}

/* --- VIF and VIP at the beginning of an instruction ---------------------- */

static void virtual_interrupt_due(void)
{
    static const struct {
        uint64_t flags;
        bool vme, gp;
    } cases[] = {
        {IOPL(0) | FL_VIF | FL_VIP, true, true},
        {IOPL(2) | FL_VIF | FL_VIP, true, true},
        {IOPL(3) | FL_VIF | FL_VIP, true, false},
        {IOPL(0) | FL_VIF | FL_VIP, false, false},
        {IOPL(0) | FL_VIP, true, false},
        {IOPL(0) | FL_VIF, true, false},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        vm86_init(&s, VME_MODEL, cases[i].flags);
        s.cpu->cr4 = cases[i].vme ? CR4_VME : 0;
        ia32_attend(s.cpu);
        SYS_CODE_BYTES(&s, 0x90);
        ia32_step(&s.cpu->base);
        CU_ASSERT_EQUAL(s.events[VT_EV_FAULT], cases[i].gp);
        CU_ASSERT_EQUAL(s.cpu->rip, cases[i].gp ? SYS_HANDLER(IA32_GP) : 1);
        if (cases[i].gp) {
            CU_ASSERT_EQUAL(s.first_fault.u.intr.vector, IA32_GP);
            CU_ASSERT_EQUAL(frame32(&s, 1), 0);
        }
        sys_done(&s);
    }
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"the frame for the monitor", frame_for_the_monitor},
        {"a trap gate of 16 bits", trap_gate_of_16_bits},
        {"refused segments and stacks", refused},
        {"INT n: the six methods", six_methods},
        {"INT n: flags of redirection", flags_of_redirection},
        {"INT n: redirection needs its map", redirection_needs_its_map},
        {"only INT n is sensitive to IOPL", only_int_n_is_sensitive},
        {"the gate's DPL counts", gate_dpl_counts},
        {"INT n injected by VM entry", injected_int_n},
        {"VIF and VIP at an instruction's beginning", virtual_interrupt_due},
    };
    return sys_main("virtual-8086 mode", cases, ARRAY_SIZE(cases));
}
