/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events in IA-32e mode: stacks of the 64-bit TSS, gates, frames, returns.
 * SDM Vol 2A, "INT n/INTO/INT3/INT1--Call to Interrupt Procedure"; Vol 3A,
 * "Exception and Interrupt Handling in 64-bit Mode". */
#include "tests/ia32/longrig.h"

/* --- the rig itself --------------------------------------------------- */

/* 48 B8+r imm64 is MOV RAX, imm64 in 64-bit mode and DEC EAX; MOV in 32-bit
 * code: the system runs what it says it runs. */
static void the_three_code_sizes(void)
{
    static const uint8_t code[] = {0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 0x90};
    static const struct {
        unsigned bits;
        uint64_t rax, rip;
    } cases[] = {{64, UINT64_C(0x0807060504030201), 10},
                 {32, 0xffffffff, 1},
                 {16, 0x0000ffff, 1}};
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        long_init(&s, cases[i].bits == 16 ? 3 : 0, cases[i].bits);
        sys_code(&s, code, sizeof code);
        ia32_step(&s.cpu->base);
        CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RAX], cases[i].rax);
        CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + cases[i].rip);
        CU_ASSERT_EQUAL(s.events[VT_EV_FAULT], 0);
        sys_done(&s);
    }
}

/* --- stacks of the 64-bit TSS ------------------------------------------- */

static void stacks_of_the_tss(void)
{
    static const struct {
        unsigned dpl, ist;
        uint64_t at;
    } cases[] = {{0, 0, SYS_STACK0}, {1, 0, SYS_STACK1},
                 {2, 0, LONG_STACK2}, {0, 1, LONG_IST(1)},
                 {2, 4, LONG_IST(4)}, {0, 7, LONG_IST(7)}};
    struct sys s;
    long_init(&s, 3, 64);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ia32_stack st;
        CU_ASSERT_EQUAL(ia32_long_stack(s.cpu, cases[i].dpl, cases[i].ist, 0,
                                        &st),
                        IA32_OK);
        CU_ASSERT_EQUAL(st.sp, cases[i].at);
    }
    sys_done(&s);
}

/* All eight bytes must be inside the TSS; the error code names it. */
static void stack_outside_the_tss(void)
{
    struct sys s;
    struct ia32_stack st;
    long_init(&s, 3, 64);
    s.cpu->seg[IA32_TR].limit = 4 + 8 * 2 + 7;
    CU_ASSERT_EQUAL(ia32_long_stack(s.cpu, 2, 0, 0, &st), IA32_OK);
    s.cpu->seg[IA32_TR].limit--;
    CU_ASSERT(sys_faulted(&s, ia32_long_stack(s.cpu, 2, 0, 1, &st), IA32_TS,
                          L_TSS | 1));
    CU_ASSERT_EQUAL(ia32_long_stack(s.cpu, 1, 0, 0, &st), IA32_OK);
    CU_ASSERT(sys_faulted(&s, ia32_long_stack(s.cpu, 0, 1, 0, &st), IA32_TS,
                          L_TSS));
    sys_done(&s);
}


/* --- frames -------------------------------------------------------------- */

static const struct ia32_event gp = {.vector = IA32_GP,
                                     .type = IA32_HW_EXC,
                                     .has_error_code = true,
                                     .error_code = 0x1234};
static const struct ia32_event irq = {.vector = 0x30, .type = IA32_EXT_INT};

/* SS:RSP is pushed whatever the level, RSP made a multiple of 16 first; SS is
 * null with the new RPL after a change of level, and the same otherwise. */
static const struct {
    const char *name;
    unsigned cpl, bits, ist, handler; /* handler's code segment */
    uint64_t rsp, frame;              /* before; its top */
    unsigned new_ss, new_cpl;
} frames[] = {
    {"64-bit, CPL 3 to 0", 3, 64, 0, L_CODE0, 0x28123, SYS_STACK0, 0, 0},
    {"64-bit, CPL 3 to 1", 3, 64, 0, L_CODE1, 0x28123, SYS_STACK1, 1, 1},
    {"64-bit, CPL 3 to 2", 3, 64, 0, L_CODE2, 0x28123, LONG_STACK2, 2, 2},
    {"64-bit, CPL 0", 0, 64, 0, L_CODE0, 0x20008, 0x20000, L_DATA0, 0},
    {"64-bit, CPL 0, odd RSP", 0, 64, 0, L_CODE0, 0x1ffff, 0x1fff0, L_DATA0,
     0},
    {"compatibility, CPL 3 to 0", 3, 32, 0, L_CODE0, 0x28124, SYS_STACK0, 0,
     0},
    {"compatibility, CPL 0", 0, 32, 0, L_CODE0, 0x1fffc, 0x1fff0, L_DATA0, 0},
    {"16-bit code, CPL 3 to 0", 3, 16, 0, L_CODE0, 0x2812, SYS_STACK0, 0, 0},
    {"IST, CPL 3 to 0", 3, 64, 2, L_CODE0, 0x28123, LONG_IST(2), 0, 0},
    {"IST, CPL 0", 0, 64, 7, L_CODE0, 0x20000, LONG_IST(7), L_DATA0, 0},
    {"conforming handler: CPL stays", 3, 64, 0, L_CONF0, 0x28008, 0x28000,
     L_DATA3 | 3, 3},
    {"handler of CPL 3", 3, 64, 0, L_CODE3, 0x28008, 0x28000, L_DATA3 | 3, 3},
    {"handler of CPL 3, IST", 3, 32, 3, L_CODE3, 0x28008, LONG_IST(3),
     L_DATA3 | 3, 3},
};

static bool frame_ok(struct sys *s, const struct ia32_cpu *before,
                     unsigned row, bool error_code, uint64_t flags)
{
    unsigned n = 0;
    return s->cpu->gpr[IA32_RSP] ==
               frames[row].frame - 40 - (error_code ? 8 : 0) &&
           (!error_code || long_stack(s, n++) == 0x1234) &&
           long_stack(s, n) == before->rip &&
           long_stack(s, n + 1) == before->seg[IA32_CS].selector &&
           long_stack(s, n + 2) == flags &&
           long_stack(s, n + 3) == before->gpr[IA32_RSP] &&
           long_stack(s, n + 4) == before->seg[IA32_SS].selector;
}

static bool in_handler(const struct sys *s, unsigned row)
{
    const struct ia32_cpu *cpu = s->cpu;
    bool was_inner = (frames[row].new_ss & ~3u) == 0;
    return cpu->rip == UINT64_C(0xffff800000005000) &&
           cpu->mode & IA32_MODE_LONG64 && cpu->cpl == frames[row].new_cpl &&
           cpu->seg[IA32_CS].selector ==
               (frames[row].handler | frames[row].new_cpl) &&
           cpu->seg[IA32_SS].selector == frames[row].new_ss &&
           (cpu->seg[IA32_SS].ar & AR_UNUSABLE) ==
               (was_inner ? AR_UNUSABLE : 0);
}

static void frames_of_all_kinds(void)
{
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(frames); i++) {
        unsigned row = i / 2;
        bool error_code = i & 1;
        const struct ia32_event *event = error_code ? &gp : &irq;
        struct sys s;
        long_init(&s, frames[row].cpl, frames[row].bits);
        long_idt(&s, event->vector, IA32_INT_GATE32, 0, true,
                 (uint16_t)frames[row].handler,
                 UINT64_C(0xffff800000005000), frames[row].ist);
        s.cpu->gpr[IA32_RSP] = frames[row].rsp;
        ia32_set_rflags(s.cpu, FL_IF | FL_TF | FL_NT | FL_AC | FL_CF);
        struct ia32_cpu before = *s.cpu;
        enum ia32_status st = ia32_deliver(s.cpu, event, false);
        uint64_t pushed = FL_IF | FL_TF | FL_NT | FL_AC | FL_CF | FL_FIXED1 |
                          (error_code ? FL_RF : 0);
        sys_report(frames[row].name,
                   st == IA32_JUMP && in_handler(&s, row) &&
                       frame_ok(&s, &before, row, error_code, pushed) &&
                       ia32_get_rflags(s.cpu) ==
                           (FL_AC | FL_CF | FL_FIXED1));
        sys_done(&s);
    }
}

static void trap_gate_leaves_if(void)
{
    struct sys s;
    long_init(&s, 3, 64);
    long_idt(&s, 0x30, IA32_TRAP_GATE32, 0, true, L_CODE0, 0x5000, 0);
    ia32_set_rflags(s.cpu, FL_IF | FL_TF);
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &irq, false), IA32_JUMP);
    CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu), FL_IF | FL_FIXED1);
    sys_done(&s);
}

/* Data segments stay as they are: only a return outward looks at them. */
static void data_segments_stay(void)
{
    struct sys s;
    long_init(&s, 3, 32);
    s.cpu->seg[IA32_GS].base = UINT64_C(0xffff800000001000);
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &irq, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_DS].selector, L_DATA3 | 3);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_GS].base, UINT64_C(0xffff800000001000));
    sys_done(&s);
}

/* --- refusals, one line of the pseudocode each -------------------------------- */

/* Vector 30h, by INT n and as an interrupt from outside; soft, hard: error
 * codes, NO_CODE for no fault. */
#define IDT_ERROR(n) ((n) * 8u + 2)
#define NONCANONICAL UINT64_C(0x0000800000000000)
static const struct {
    const char *name;
    unsigned cpl, type, dpl;
    bool absent;
    uint16_t selector;
    uint32_t slot_a; /* access rights of L_SLOT_A */
    uint64_t offset, rsp, rsp0;
    unsigned ist, idt_limit, tss_limit;
    unsigned vector;
    uint32_t soft, hard;
} refusals[] = {
    {.name = "16 bytes of the gate inside the IDT", .idt_limit = 0x30f,
     .vector = NO_FAULT, .soft = NO_CODE, .hard = NO_CODE},
    {.name = "last byte of the gate outside the IDT", .idt_limit = 0x30e,
     .vector = IA32_GP, .soft = IDT_ERROR(0x30),
     .hard = IDT_ERROR(0x30) | 1},
    {.name = "16-bit interrupt gate", .type = IA32_INT_GATE16,
     .vector = IA32_GP, .soft = IDT_ERROR(0x30),
     .hard = IDT_ERROR(0x30) | 1},
    {.name = "16-bit trap gate", .type = IA32_TRAP_GATE16,
     .vector = IA32_GP, .soft = IDT_ERROR(0x30),
     .hard = IDT_ERROR(0x30) | 1},
    {.name = "task gate", .type = IA32_TASK_GATE, .vector = IA32_GP,
     .soft = IDT_ERROR(0x30), .hard = IDT_ERROR(0x30) | 1},
    {.name = "call gate", .type = IA32_CALL_GATE32, .vector = IA32_GP,
     .soft = IDT_ERROR(0x30), .hard = IDT_ERROR(0x30) | 1},
    {.name = "DPL below CPL counts for INT n", .cpl = 3, .dpl = 0,
     .vector = IA32_GP, .soft = IDT_ERROR(0x30), .hard = NO_CODE},
    {.name = "absent gate", .absent = true, .vector = IA32_NP,
     .soft = IDT_ERROR(0x30), .hard = IDT_ERROR(0x30) | 1},
    {.name = "null code selector", .selector = 3, .vector = IA32_GP,
     .soft = 0, .hard = 1},
    {.name = "code selector outside the GDT", .selector = L_GDT_BYTES,
     .vector = IA32_GP, .soft = L_GDT_BYTES, .hard = L_GDT_BYTES | 1},
    {.name = "no code segment", .selector = L_DATA0, .vector = IA32_GP,
     .soft = L_DATA0, .hard = L_DATA0 | 1},
    {.name = "code less privileged than CPL", .selector = L_CODE3,
     .vector = IA32_GP, .soft = L_CODE3, .hard = L_CODE3 | 1},
    {.name = "code segment without L", .selector = L_COMPAT0,
     .vector = IA32_GP, .soft = L_COMPAT0, .hard = L_COMPAT0 | 1},
    {.name = "code segment with L and D", .selector = L_SLOT_A,
     .slot_a = A_LONG(0) | AR_DB, .vector = IA32_GP, .soft = L_SLOT_A,
     .hard = L_SLOT_A | 1},
    {.name = "absent code", .selector = L_SLOT_A,
     .slot_a = A_ABSENT(A_LONG(0)), .vector = IA32_NP, .soft = L_SLOT_A,
     .hard = L_SLOT_A | 1},
    {.name = "code of any limit", .selector = L_SLOT_A,
     .slot_a = 0x209b, .offset = 0x200000, .vector = NO_FAULT,
     .soft = NO_CODE, .hard = NO_CODE},
    {.name = "RSP0 outside the TSS", .cpl = 3, .dpl = 3, .tss_limit = 10,
     .vector = IA32_TS, .soft = L_TSS, .hard = L_TSS | 1},
    {.name = "RSP0 at the end of the TSS", .cpl = 3, .dpl = 3,
     .tss_limit = 11, .vector = NO_FAULT, .soft = NO_CODE, .hard = NO_CODE},
    {.name = "IST outside the TSS, same level", .ist = 7, .tss_limit = 90,
     .vector = IA32_TS, .soft = L_TSS, .hard = L_TSS | 1},
    {.name = "IST at the end of the TSS", .ist = 7, .tss_limit = 91,
     .vector = NO_FAULT, .soft = NO_CODE, .hard = NO_CODE},
    {.name = "RSP0 not canonical", .cpl = 3, .dpl = 3, .rsp0 = NONCANONICAL,
     .vector = IA32_SSF, .soft = 0, .hard = 1},
    {.name = "frame across the end of the lower half", .cpl = 3, .dpl = 3,
     .rsp0 = UINT64_C(0xffff800000000020), .vector = IA32_SSF, .soft = 0,
     .hard = 1},
    {.name = "RSP not canonical, same level", .rsp = NONCANONICAL,
     .vector = IA32_SSF, .soft = 0, .hard = 1},
    {.name = "handler not canonical", .offset = NONCANONICAL,
     .vector = IA32_GP, .soft = 0, .hard = 1},
};

static bool refused(unsigned row, bool software)
{
    struct sys s;
    uint32_t error = software ? refusals[row].soft : refusals[row].hard;
    unsigned type = refusals[row].type;
    uint16_t selector = refusals[row].selector;
    uint64_t offset = refusals[row].offset;
    struct ia32_event event = {.vector = 0x30,
                               .type = software ? IA32_SW_INT
                                                : IA32_EXT_INT,
                               .insn_length = software ? 2 : 0};
    long_init(&s, refusals[row].cpl, 64);
    long_idt(&s, 0x30, type ? type : IA32_INT_GATE32, refusals[row].dpl,
             !refusals[row].absent, selector ? selector : L_CODE0,
             offset ? offset : 0x5000, refusals[row].ist);
    if (refusals[row].slot_a)
        long_gdt(&s, L_SLOT_A, sys_descriptor(0, 0, refusals[row].slot_a),
                 0);
    if (refusals[row].rsp0)
        sys_put64(&s, SYS_TSS + 4, refusals[row].rsp0);
    if (refusals[row].rsp)
        s.cpu->gpr[IA32_RSP] = refusals[row].rsp;
    if (refusals[row].idt_limit)
        s.cpu->idtr.limit = (uint16_t)refusals[row].idt_limit;
    if (refusals[row].tss_limit)
        s.cpu->seg[IA32_TR].limit = refusals[row].tss_limit;
    (void)!ia32_deliver(s.cpu, &event, false);
    bool ok = error == NO_CODE
                  ? s.events[VT_EV_FAULT] == 0
                  : s.first_fault.u.intr.vector == refusals[row].vector &&
                        s.first_fault.u.intr.error_code == error;
    sys_done(&s);
    return ok;
}

static void refused_gates_and_stacks(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(refusals); i++) {
        sys_report(refusals[i].name, refused(i, true));
        sys_report(refusals[i].name, refused(i, false));
    }
}

/* --- software interrupts -------------------------------------------------- */

/* INT n, INT3 and INT1 in 64-bit mode; INTO is no instruction there. */
static void software_interrupts(void)
{
    static const struct {
        uint8_t code[2];
        unsigned vector, returns_past;
    } cases[] = {
        {{0xcd, 0x80}, 0x80, 2}, {{0xcc}, IA32_BP, 1}, {{0xf1}, IA32_DB, 1},
        {{0xce}, IA32_UD, 0},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        long_init(&s, 0, 64);
        sys_code(&s, cases[i].code, 2);
        ia32_set_rflags(s.cpu, FL_OF);
        ia32_step(&s.cpu->base);
        CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(cases[i].vector));
        CU_ASSERT_EQUAL(long_stack(&s, 0),
                        SYS_CODE + cases[i].returns_past);
        sys_done(&s);
    }
}

/* INTO in compatibility mode is what it was. */
static void into_in_compatibility_mode(void)
{
    struct sys s;
    long_init(&s, 0, 32);
    SYS_CODE_BYTES(&s, 0xce);
    ia32_set_rflags(s.cpu, FL_OF);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_OF));
    sys_done(&s);
}

/* --- double and triple faults ------------------------------------------------ */

static void double_and_triple_fault(void)
{
    struct sys s;
    long_init(&s, 3, 64);
    long_idt(&s, IA32_GP, IA32_INT_GATE32, 0, false, L_CODE0, 0, 0);
    long_idt(&s, IA32_DF, IA32_INT_GATE32, 0, true, L_CODE0, 0x5000, 1);
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->rip, 0x5000);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], LONG_IST(1) - 48);
    CU_ASSERT_EQUAL(long_stack(&s, 0), 0);
    CU_ASSERT_EQUAL(long_stack(&s, 1), SYS_CODE);

    long_enter(&s, 3, 64);
    s.cpu->rip = UINT64_C(0xffff800000001000);
    s.cpu->idtr.limit = 8 * 16 + 14;
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_STOP);
    struct vt_stop stop = vt_machine_run(s.m, 1000, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_TRIPLE_FAULT);
    CU_ASSERT_STRING_EQUAL(
        stop.text,
        "triple fault: #GP(1234h) at CS:RIP 003B:FFFF800000001000h; could "
        "not enter its handler: #GP(006Bh); nor #DF's: #GP(0043h)");
    sys_done(&s);
}

/* Events carry whole addresses. */
static void events_have_64_bit_places(void)
{
    struct sys s;
    long_init(&s, 0, 64);
    s.cpu->rip = UINT64_C(0xffff800000001000);
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.first_fault.u.intr.pc, UINT64_C(0xffff800000001000));
    CU_ASSERT_EQUAL(long_stack(&s, 1), UINT64_C(0xffff800000001000));
    sys_done(&s);
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"the three code sizes", the_three_code_sizes},
        {"stacks of the 64-bit TSS", stacks_of_the_tss},
        {"a stack outside the TSS", stack_outside_the_tss},
        {"frames of all kinds", frames_of_all_kinds},
        {"a trap gate leaves IF", trap_gate_leaves_if},
        {"data segments stay", data_segments_stay},
        {"refused gates and stacks", refused_gates_and_stacks},
        {"software interrupts", software_interrupts},
        {"INTO in compatibility mode", into_in_compatibility_mode},
        {"double and triple fault", double_and_triple_fault},
        {"events have 64-bit places", events_have_64_bit_places},
    };
    return sys_main("events in IA-32e mode", cases, ARRAY_SIZE(cases));
}
