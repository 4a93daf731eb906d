/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Delivery through the IDT: gates, frames, error codes, double and triple
 * faults, and what happens at instruction boundaries.
 * SDM Vol 3A, "Interrupt and Exception Handling"; Vol 2A, "INT n/INTO/INT3/
 * INT1". */
#include "tests/ia32/sysrig.h"

static void gate(struct sys *s, unsigned vector, uint64_t value)
{
    sys_put64(s, SYS_IDT + vector * 8, value);
}

static uint32_t stack(struct sys *s, unsigned item)
{
    return sys_get32(s, (uint32_t)s->cpu->gpr[IA32_RSP] + 4 * item);
}

static const struct ia32_event gp0 = {.vector = IA32_GP,
                                      .type = IA32_HW_EXC,
                                      .has_error_code = true,
                                      .error_code = 0x1234};

/* --- frames ----------------------------------------------------------- */

static void same_level_frame(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    uint64_t sp = s.cpu->gpr[IA32_RSP];
    ia32_set_rflags(s.cpu, FL_IF | FL_TF | FL_NT | FL_CF);
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp0, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_GP));
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], sp - 16);
    CU_ASSERT_EQUAL(stack(&s, 0), 0x1234);
    CU_ASSERT_EQUAL(stack(&s, 1), SYS_CODE);
    CU_ASSERT_EQUAL(stack(&s, 2), CODE0);
    CU_ASSERT_EQUAL(stack(&s, 3),
                    FL_IF | FL_TF | FL_NT | FL_CF | FL_RF | FL_FIXED1);
    CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu), FL_CF | FL_FIXED1);
    CU_ASSERT_EQUAL(s.events[VT_EV_DELIVER], 1);
    CU_ASSERT_EQUAL(s.cpu->base.now_cycles, 53);
    CU_ASSERT_EQUAL(vt_ledger_total(&s.cpu->base.ledger), 53);
    CU_ASSERT_FALSE(s.cpu->delivering);
    sys_done(&s);
}

static void inner_level_frame(void)
{
    struct sys s;
    sys_init(&s, "merom", 3);
    ia32_set_rflags(s.cpu, FL_IF);
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp0, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->cpl, 0);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_SS].selector, DATA0);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], SYS_STACK0 - 24);
    CU_ASSERT_EQUAL(stack(&s, 1), SYS_CODE);
    CU_ASSERT_EQUAL(stack(&s, 2), CODE3 | 3);
    CU_ASSERT_EQUAL(stack(&s, 4), SYS_STACK3);
    CU_ASSERT_EQUAL(stack(&s, 5), DATA3 | 3);
    /* data segments stay: only an outward return drops any */
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_DS].selector, DATA3 | 3);
    sys_done(&s);
}

/* The inner stack is written with the privilege of the handler: a user
 * program's interrupt reaches a stack in a supervisor page, and alignment is
 * not checked there. */
static void inner_stack_in_a_supervisor_page(void)
{
    struct sys s;
    sys_init(&s, "merom", 3);
    for (uint32_t at = 0; at < 0x100000; at += 0x1000)
        sys_put32(&s, 0x51000 + (at >> 10), at | 7);
    sys_put32(&s, 0x50000, 0x51000 | 7);
    sys_put32(&s, 0x51000 + ((SYS_STACK0 - 0x1000) >> 10),
              (SYS_STACK0 - 0x1000) | 3);
    sys_put32(&s, SYS_TSS + 4, SYS_STACK0 - 2); /* misaligned */
    s.cpu->cr3 = 0x50000;
    s.cpu->cr0 |= CR0_PG | CR0_WP | CR0_AM;
    ia32_tlb_flush_all(s.cpu);
    ia32_set_rflags(s.cpu, FL_AC);
    ia32_update_mode(s.cpu);
    SYS_CODE_BYTES(&s, 0xcd, 0x30);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(0x30));
    CU_ASSERT_EQUAL(s.cpu->cpl, 0);
    CU_ASSERT_EQUAL(s.events[VT_EV_FAULT], 0);
    sys_done(&s);
}

static void trap_gate_leaves_if(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    gate(&s, IA32_GP,
         sys_gate(IA32_TRAP_GATE32, 0, true, CODE0, 0x5000, 0));
    ia32_set_rflags(s.cpu, FL_IF | FL_TF);
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp0, false), IA32_JUMP);
    CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu), FL_IF | FL_FIXED1);
    sys_done(&s);
}

static void gate_of_16_bits(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    gate(&s, IA32_GP,
         sys_gate(IA32_INT_GATE16, 0, true, CODE0, 0xabcd5000, 0));
    uint64_t sp = s.cpu->gpr[IA32_RSP];
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp0, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->rip, 0x5000);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], sp - 8);
    CU_ASSERT_EQUAL(stack(&s, 0), 0x1234 | SYS_CODE << 16);
    sys_done(&s);
}

static void conforming_handler_keeps_the_cpl(void)
{
    struct sys s;
    sys_init(&s, "merom", 3);
    gate(&s, IA32_GP, sys_gate(IA32_INT_GATE32, 0, true, CONF0, 0x5000, 0));
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp0, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->cpl, 3);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].selector, CONF0 | 3);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], SYS_STACK3 - 16);
    sys_done(&s);
}

/* A stack segment with B = 0 uses SP; the upper half of ESP stays. */
static void stack_of_16_bits(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    s.cpu->seg[IA32_SS].ar &= ~AR_DB;
    s.cpu->seg[IA32_SS].limit = 0xffff;
    s.cpu->seg[IA32_SS].base = SYS_DATA;
    s.cpu->gpr[IA32_RSP] = 0xabcd1000;
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp0, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], 0xabcd0ff0);
    CU_ASSERT_EQUAL(sys_get32(&s, SYS_DATA + 0xff0), 0x1234);
    sys_done(&s);
}

/* Expand-down: offsets above the limit are inside. */
static void stack_that_expands_down(void)
{
    static const struct ia32_event interrupt = {.vector = 0x30,
                                                .type = IA32_EXT_INT};
    struct sys s;
    sys_init(&s, "merom", 0);
    s.cpu->seg[IA32_SS].ar = 0x4097;
    s.cpu->seg[IA32_SS].limit = 0x1fff;
    s.cpu->gpr[IA32_RSP] = 0x200c;
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &interrupt, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], 0x2000);
    CU_ASSERT_EQUAL(s.events[VT_EV_FAULT], 0);
    /* no room any more: #SS, which finds none either, and so on */
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &interrupt, false), IA32_STOP);
    CU_ASSERT_EQUAL(s.first_fault.u.intr.vector, IA32_SSF);
    CU_ASSERT_EQUAL(s.first_fault.u.intr.error_code, 1);
    sys_done(&s);
}

/* --- reasons to fault -------------------------------------------------- */

/* INT 30h (software) or the same vector as an external interrupt meets a
 * gate; what is raised then, and with which error code. */
struct gate_case {
    const char *name;
    unsigned cpl;
    uint64_t gate;
    uint32_t slot_a_ar;
    uint32_t idt_limit;
    unsigned vector;
    uint32_t soft, external; /* error codes; NO_CODE: no fault */
};

#define G(type, dpl, present, selector) \
    ((uint64_t)0x5000 | (uint64_t)(selector) << 16 | \
     (uint64_t)((type) | (dpl) << 5 | (present) << 7) << 40)
#define IDT_ERROR(n) ((n) * 8 + 2)
#define ALL 0x1ff

static const struct gate_case gates[] = {
    {"outside the IDT", 0, G(14, 3, 1, CODE0), 0, 0x187 - 1, IA32_GP,
     IDT_ERROR(0x30), IDT_ERROR(0x30) | 1},
    {"last byte inside the IDT", 0, G(14, 3, 1, CODE0), 0, 0x187, NO_FAULT,
     NO_CODE, NO_CODE},
    {"call gate", 0, G(12, 3, 1, CODE0), 0, ALL, IA32_GP, IDT_ERROR(0x30),
     IDT_ERROR(0x30) | 1},
    {"segment", 0, G(0x1b, 3, 1, CODE0), 0, ALL, IA32_GP, IDT_ERROR(0x30),
     IDT_ERROR(0x30) | 1},
    {"DPL below CPL counts for software only", 3, G(14, 0, 1, CODE0), 0, ALL,
     IA32_GP, IDT_ERROR(0x30), NO_CODE},
    {"absent gate", 0, G(14, 0, 0, CODE0), 0, ALL, IA32_NP, IDT_ERROR(0x30),
     IDT_ERROR(0x30) | 1},
    {"null code selector", 0, G(14, 0, 1, 3), 0, ALL, IA32_GP, 0, 1},
    {"code selector outside the GDT", 0, G(14, 0, 1, GDT_BYTES), 0, ALL,
     IA32_GP, GDT_BYTES, GDT_BYTES | 1},
    {"code selector outside the LDT", 0, G(14, 0, 1, LDT_BYTES | 4), 0, ALL,
     IA32_GP, LDT_BYTES | 4, LDT_BYTES | 5},
    {"no code segment", 0, G(14, 0, 1, SLOT_A), A_DATA(0), ALL, IA32_GP,
     SLOT_A, SLOT_A | 1},
    {"code DPL above CPL", 0, G(14, 0, 1, SLOT_A), A_CODE(3), ALL, IA32_GP,
     SLOT_A, SLOT_A | 1},
    {"absent code", 0, G(14, 0, 1, SLOT_A), A_ABSENT(A_CODE(0)), ALL, IA32_NP,
     SLOT_A, SLOT_A | 1},
    {"EIP outside", 0, G(14, 0, 1, SLOT_A) | UINT64_C(0x20) << 48, 0x409b,
     ALL, IA32_GP, 0, 1},
    {"task gate: TSS not available", 0, G(5, 0, 1, SLOT_A),
     A_SYS(IA32_TSS32_BUSY, 0), ALL, IA32_GP, SLOT_A, SLOT_A | 1},
    {"task gate: absent TSS", 0, G(5, 0, 1, SLOT_A),
     A_ABSENT(A_SYS(IA32_TSS32, 0)), ALL, IA32_NP, SLOT_A, SLOT_A | 1},
    {"inner stack: TSS too short", 3, G(14, 3, 1, CODE0), 0, ALL, IA32_TS,
     TSS, TSS | 1},
    {"inner stack: null SS", 3, G(14, 3, 1, CODE0), 0, ALL, IA32_TS, 0, 1},
    {"inner stack: SS outside", 3, G(14, 3, 1, CODE0), 0, ALL, IA32_TS,
     GDT_BYTES, GDT_BYTES | 1},
    {"inner stack: no room", 3, G(14, 3, 1, CODE0), 0x4093, ALL, IA32_SSF,
     SLOT_A, SLOT_A | 1},
};

/* Make the handler of the resulting fault reachable again, at CPL 0 or
 * through level 1, whose stack is good. */
static void prepare(struct sys *s, const struct gate_case *c)
{
    sys_gdt(s, SLOT_A, c->slot_a_ar);
    sys_forbidden(s, sys_descriptor(0, 0xfffff, A_CODE(0)));
    if (c->cpl == 3) /* then it is the stack that must not be found */
        sys_forbidden(s, sys_descriptor(0, 0xfffff, A_DATA(0)));
    gate(s, 0x30, c->gate);
    s->cpu->idtr.limit = (uint16_t)c->idt_limit;
    if (strstr(c->name, "TSS too short"))
        s->cpu->seg[IA32_TR].limit = 10;
    if (strstr(c->name, "null SS"))
        sys_put32(s, SYS_TSS + 8, 3);
    if (strstr(c->name, "SS outside"))
        sys_put32(s, SYS_TSS + 8, GDT_BYTES);
    if (strstr(c->name, "no room")) {
        sys_put32(s, SYS_TSS + 8, SLOT_A);
        sys_put32(s, SYS_TSS + 4, 0x100010);
    }
    if (c->cpl == 3)
        for (unsigned v = IA32_TS; v <= IA32_GP; v++)
            gate(s, v, G(14, 0, 1, CONF0));
}

static bool raised(const struct sys *s, unsigned vector, uint32_t error)
{
    if (error == NO_CODE)
        return s->events[VT_EV_FAULT] == 0;
    return s->events[VT_EV_FAULT] == 1 &&
           s->first_fault.u.intr.vector == vector &&
           s->first_fault.u.intr.error_code == error;
}

static void gate_checks(void)
{
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(gates); i++) {
        const struct gate_case *c = &gates[i / 2];
        bool soft = i % 2 == 0;
        struct sys s;
        sys_init(&s, "merom", c->cpl);
        prepare(&s, c);
        struct ia32_event event = {.vector = 0x30,
                                   .type = soft ? IA32_SW_INT : IA32_EXT_INT,
                                   .insn_length = soft ? 2 : 0};
        enum ia32_status st = ia32_deliver(s.cpu, &event, false);
        sys_report(c->name, st == IA32_JUMP &&
                                raised(&s, c->vector,
                                       soft ? c->soft : c->external));
        sys_done(&s);
    }
}

static void int_n_returns_past_itself(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0xcd, 0x30);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(0x30));
    CU_ASSERT_EQUAL(stack(&s, 0), SYS_CODE + 2);
    CU_ASSERT_EQUAL(stack(&s, 2) & FL_RF, 0);
    sys_done(&s);
}

static void int_n_that_faults_restarts(void)
{
    struct sys s;
    sys_init(&s, "merom", 3);
    SYS_CODE_BYTES(&s, 0xcd, 0x0d); /* gate 13 has DPL 0 */
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_GP));
    CU_ASSERT_EQUAL(stack(&s, 0), IDT_ERROR(13));
    CU_ASSERT_EQUAL(stack(&s, 1), SYS_CODE);
    CU_ASSERT_EQUAL(stack(&s, 3) & FL_RF, FL_RF);
    sys_done(&s);
}

static void into_and_int3_and_int1(void)
{
    static const struct {
        uint8_t opcode;
        uint64_t flags;
        unsigned vector;
    } items[] = {{0xcc, 0, 3}, {0xce, FL_OF, 4}, {0xf1, 0, 1}};
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        sys_init(&s, "merom", 0);
        sys_code(&s, &items[i].opcode, 1);
        ia32_set_rflags(s.cpu, items[i].flags);
        ia32_step(&s.cpu->base);
        CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(items[i].vector));
        CU_ASSERT_EQUAL(stack(&s, 0), SYS_CODE + 1);
        CU_ASSERT_EQUAL(s.cpu->dr[6], DR6_FIXED1);
        sys_done(&s);
    }
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0xce); /* OF = 0 */
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 1);
    sys_done(&s);
}

/* INT1 is no software interrupt: its gate's DPL does not matter. */
static void int1_ignores_the_dpl(void)
{
    struct sys s;
    sys_init(&s, "merom", 3);
    SYS_CODE_BYTES(&s, 0xf1, 0xcc);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(1));
    sys_enter(&s, 3);
    s.cpu->rip = SYS_CODE + 1;
    ia32_step(&s.cpu->base); /* INT3 meets DPL 0 */
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_GP));
    CU_ASSERT_EQUAL(stack(&s, 0), IDT_ERROR(3));
    sys_done(&s);
}

/* --- double and triple faults ------------------------------------------ */

/* The exception `first` cannot be delivered, because its gate leads to
 * `second`: #NP by an absent gate, or #PF by an unmapped handler stack is
 * left to the paging tests; here #GP and #NP stand for the contributory
 * class. */
struct class_case {
    const char *name;
    unsigned first, type;
    unsigned result; /* vector whose handler runs in the end */
};

static const struct class_case classes[] = {
    {"benign, then contributory: in turn", IA32_UD, IA32_HW_EXC, IA32_NP},
    {"#DE, then #NP: #DF", IA32_DE, IA32_HW_EXC, IA32_DF},
    {"#TS, then #NP: #DF", IA32_TS, IA32_HW_EXC, IA32_DF},
    {"#SS, then #NP: #DF", IA32_SSF, IA32_HW_EXC, IA32_DF},
    {"#GP, then #NP: #DF", IA32_GP, IA32_HW_EXC, IA32_DF},
    {"#PF, then #NP: #DF", IA32_PF, IA32_HW_EXC, IA32_DF},
    {"NMI, then #NP: in turn", 2, IA32_EV_NMI, IA32_NP},
    {"interrupt 13, then #NP: in turn", IA32_GP, IA32_EXT_INT, IA32_NP},
    {"INT 13, then #NP: in turn", IA32_GP, IA32_SW_INT, IA32_NP},
};

static void exception_classes(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
        const struct class_case *c = &classes[i];
        struct sys s;
        sys_init(&s, "merom", 0);
        gate(&s, c->first, sys_gate(IA32_INT_GATE32, 0, false, CODE0, 0, 0));
        struct ia32_event event = {.vector = (uint8_t)c->first,
                                   .type = (uint8_t)c->type};
        enum ia32_status st = ia32_deliver(s.cpu, &event, false);
        sys_report(c->name, st == IA32_JUMP &&
                                s.cpu->rip == SYS_HANDLER(c->result));
        if (c->result == IA32_DF)
            CU_ASSERT_EQUAL(stack(&s, 0), 0);
        sys_done(&s);
    }
}

/* A page fault during delivery of a contributory exception is delivered by
 * itself; during that of a page fault it is a double fault. */
static void page_faults_during_delivery(void)
{
    static const struct { unsigned first, result; } items[] = {
        {IA32_GP, IA32_PF}, {IA32_PF, IA32_DF}, {IA32_UD, IA32_PF}};
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        sys_init(&s, "merom", 3);
        /* Identity map, but without the page of the level-0 stack; #PF and
         * #DF are handled at level 1 and by conforming code. */
        sys_put32(&s, 0x80000, 0x81007);
        for (uint32_t page = 0; page < 0x100; page++)
            sys_put32(&s, 0x81000 + page * 4,
                      page == (SYS_STACK0 >> 12) - 1 ? 0 : page << 12 | 7);
        s.cpu->cr3 = 0x80000;
        s.cpu->cr0 |= CR0_PG | CR0_WP;
        ia32_tlb_flush_all(s.cpu);
        ia32_update_mode(s.cpu);
        gate(&s, items[i].result,
             sys_gate(IA32_INT_GATE32, 0, true, CONF0,
                      SYS_HANDLER(items[i].result), 0));
        struct ia32_event event = {.vector = (uint8_t)items[i].first,
                                   .type = IA32_HW_EXC,
                                   .has_error_code = true};
        CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &event, false), IA32_JUMP);
        CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(items[i].result));
        CU_ASSERT_EQUAL(s.cpu->cr2, SYS_STACK0 - 4);
        sys_done(&s);
    }
}

static void triple_fault_says_why(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    s.cpu->idtr.limit = 0;
    SYS_CODE_BYTES(&s, 0x0f, 0x0b); /* ud2 */
    struct vt_stop stop = vt_machine_run(s.m, 100000, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_TRIPLE_FAULT);
    CU_ASSERT_EQUAL(s.cpu->base.activity, VT_SHUTDOWN);
    CU_ASSERT_STRING_EQUAL(
        stop.text,
        "triple fault: #UD at CS:EIP 0008:00001000h; could not enter its "
        "handler: #GP(0033h); nor #GP's: #GP(006Bh); nor #DF's: #GP(0043h)");
    CU_ASSERT_EQUAL(vt_ledger_total(&s.cpu->base.ledger),
                    s.cpu->base.now_cycles);
    sys_done(&s);
}

static void triple_fault_of_an_interrupt(void)
{
    static const struct ia32_event events[] = {
        {.vector = 13, .type = IA32_EXT_INT},
        {.vector = 13, .type = IA32_SW_INT},
    };
    for (unsigned i = 0; i < 2; i++) {
        struct sys s;
        sys_init(&s, "merom", 0);
        s.cpu->idtr.limit = 0;
        CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &events[i], false), IA32_STOP);
        struct vt_stop stop = vt_machine_run(s.m, 100000, false);
        CU_ASSERT_PTR_NOT_NULL(
            strstr(stop.text, "triple fault: interrupt 13 at"));
        sys_done(&s);
    }
}

/* --- boundaries -------------------------------------------------------- */

static unsigned acknowledged;

static unsigned answer(void *opaque)
{
    ++*(unsigned *)opaque;
    return 0x30;
}

static void connect(struct sys *s)
{
    acknowledged = 0;
    s->cpu->base.int_ack = answer;
    s->cpu->base.int_ack_opaque = &acknowledged;
}

#define NOP 0x90

static void interrupts_wait_for_if(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    connect(&s);
    SYS_CODE_BYTES(&s, NOP, 0xfb, NOP, NOP); /* sti */
    s.cpu->base.ops->set_intr(&s.cpu->base, true);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(acknowledged, 0);
    ia32_step(&s.cpu->base); /* sti */
    ia32_step(&s.cpu->base); /* its shadow: the nop runs */
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 3);
    CU_ASSERT_EQUAL(acknowledged, 0);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(0x30));
    CU_ASSERT_EQUAL(acknowledged, 1);
    CU_ASSERT_EQUAL(stack(&s, 0), SYS_CODE + 3);
    CU_ASSERT_EQUAL(s.cpu->rflags & FL_IF, 0);
    sys_done(&s);
}

static void second_sti_casts_no_shadow(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    connect(&s);
    SYS_CODE_BYTES(&s, 0xfb, 0xfb, NOP);
    s.cpu->base.ops->set_intr(&s.cpu->base, true);
    for (unsigned i = 0; i < 3; i++)
        ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(stack(&s, 0), SYS_CODE + 2);
    sys_done(&s);
}

static void mov_ss_holds_back_nmi_and_traps(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0x8e, 0xd0, NOP, NOP); /* mov ss, ax */
    s.cpu->gpr[IA32_RAX] = DATA0;
    ia32_step(&s.cpu->base);
    s.cpu->base.ops->raise_nmi(&s.cpu->base);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 3);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(2));
    CU_ASSERT_EQUAL(stack(&s, 0), SYS_CODE + 3);
    sys_done(&s);
}

static void nmis_wait_for_iret(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, NOP, NOP);
    static const uint8_t iret = 0xcf;
    vt_physmem_put(s.pm, SYS_HANDLER(2), &iret, 1);
    s.cpu->base.ops->raise_nmi(&s.cpu->base);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(2));
    CU_ASSERT_EQUAL(s.cpu->blocking, IA32_BLOCK_NMI);
    s.cpu->base.ops->raise_nmi(&s.cpu->base);
    ia32_step(&s.cpu->base); /* iret */
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE);
    CU_ASSERT_EQUAL(s.events[VT_EV_IRET], 1);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(2));
    sys_done(&s);
}

static void order_trap_nmi_interrupt(void)
{
    static const unsigned want[] = {1, 2, 0x30};
    struct sys s;
    sys_init(&s, "merom", 0);
    connect(&s);
    /* handlers that switch IF on for the next event */
    ia32_set_rflags(s.cpu, FL_IF);
    for (unsigned v = 1; v <= 2; v++)
        gate(&s, v,
             sys_gate(IA32_TRAP_GATE32, 0, true, CODE0, SYS_HANDLER(v), 0));
    s.cpu->pending_debug = DR6_BS;
    s.cpu->base.ops->raise_nmi(&s.cpu->base);
    s.cpu->base.ops->set_intr(&s.cpu->base, true);
    for (unsigned i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(ia32_boundary(s.cpu), IA32_JUMP);
        CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(want[i]));
    }
    sys_done(&s);
}

static void trap_flag_traps_after_each_instruction(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    /* popf (sets TF); nop; nop */
    SYS_CODE_BYTES(&s, 0x9d, NOP, NOP);
    s.cpu->gpr[IA32_RSP] -= 4;
    sys_put32(&s, (uint32_t)s.cpu->gpr[IA32_RSP], FL_TF | 2);
    ia32_step(&s.cpu->base); /* popf itself does not trap */
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 1);
    ia32_step(&s.cpu->base); /* nop */
    ia32_step(&s.cpu->base); /* trap */
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(1));
    CU_ASSERT_EQUAL(stack(&s, 0), SYS_CODE + 2);
    CU_ASSERT_EQUAL(stack(&s, 2) & (FL_TF | FL_RF), FL_TF);
    CU_ASSERT_EQUAL(s.cpu->dr[6], DR6_FIXED1 | DR6_BS);
    CU_ASSERT_EQUAL(s.cpu->rflags & FL_TF, 0);
    sys_done(&s);
}

/* INT n clears TF, so no trap follows it: Vol 3B, "Single-Step Exception
 * Condition". */
static void int_n_does_not_trap(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0xcd, 0x30);
    static const uint8_t nops[] = {NOP, NOP};
    vt_physmem_put(s.pm, SYS_HANDLER(0x30), nops, 2);
    ia32_set_rflags(s.cpu, FL_TF);
    ia32_update_mode(s.cpu);
    ia32_step(&s.cpu->base);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(0x30) + 1);
    sys_done(&s);
}

static void rf_lasts_one_instruction(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0xcf, NOP, NOP);
    uint32_t sp = (uint32_t)(s.cpu->gpr[IA32_RSP] -= 12);
    sys_put32(&s, sp, SYS_CODE + 1);
    sys_put32(&s, sp + 4, CODE0);
    sys_put32(&s, sp + 8, FL_RF | 2);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rflags & FL_RF, FL_RF);
    ia32_step(&s.cpu->base);
    s.cpu->base.ops->raise_nmi(&s.cpu->base);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(2));
    CU_ASSERT_EQUAL(stack(&s, 2) & FL_RF, 0);
    sys_done(&s);
}

static void halt_waits_and_wakes(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    connect(&s);
    SYS_CODE_BYTES(&s, 0xfb, 0xf4, NOP); /* sti; hlt */
    ia32_step(&s.cpu->base);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->base.activity, VT_HALTED);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 2);
    CU_ASSERT_TRUE(s.cpu->base.ops->wakes_on_intr(&s.cpu->base));
    uint64_t before = s.cpu->base.now_cycles;
    s.cpu->base.ops->set_intr(&s.cpu->base, true);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->base.activity, VT_ACTIVE);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(0x30));
    CU_ASSERT_EQUAL(s.cpu->base.now_cycles - before, 211 + 53);
    CU_ASSERT_EQUAL(s.events[VT_EV_HALT], 1);
    CU_ASSERT_EQUAL(s.events[VT_EV_WAKE], 1);
    CU_ASSERT_EQUAL(stack(&s, 0), SYS_CODE + 2);
    sys_done(&s);
}

static void halt_without_if_is_not_woken(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    connect(&s);
    SYS_CODE_BYTES(&s, 0xf4);
    ia32_step(&s.cpu->base);
    CU_ASSERT_FALSE(s.cpu->base.ops->wakes_on_intr(&s.cpu->base));
    s.cpu->base.ops->set_intr(&s.cpu->base, true);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->base.activity, VT_HALTED);
    CU_ASSERT_EQUAL(acknowledged, 0);
    sys_done(&s);
}

static void shutdown_hears_only_nmis(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    connect(&s);
    s.cpu->base.activity = VT_SHUTDOWN;
    ia32_set_rflags(s.cpu, FL_IF);
    s.cpu->base.ops->set_intr(&s.cpu->base, true);
    CU_ASSERT_EQUAL(ia32_boundary(s.cpu), IA32_OK);
    CU_ASSERT_EQUAL(acknowledged, 0);
    s.cpu->base.ops->raise_nmi(&s.cpu->base);
    CU_ASSERT_EQUAL(ia32_boundary(s.cpu), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->base.activity, VT_ACTIVE);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(2));
    sys_done(&s);
}

/* An instruction that runs with RF = 1 has cleared it when it asks for an
 * event. */
static void rf_of_software_interrupts(void)
{
    static const uint8_t code[][2] = {{0xcd, 0x03}, {0xcc}, {0xf1}};
    for (unsigned i = 0; i < ARRAY_SIZE(code); i++) {
        struct sys s;
        sys_init(&s, "merom", 0);
        sys_code(&s, code[i], sizeof code[i]);
        s.cpu->rflags |= FL_RF;
        ia32_step(&s.cpu->base);
        CU_ASSERT_EQUAL(stack(&s, 0), SYS_CODE + 1 + (i == 0));
        CU_ASSERT_EQUAL(stack(&s, 2) & FL_RF, 0);
        sys_done(&s);
    }
}

static void general_detect(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0x0f, 0x21, 0xc0); /* mov eax, dr0 */
    s.cpu->dr[7] |= DR7_GD;
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(1));
    CU_ASSERT_EQUAL(stack(&s, 0), SYS_CODE);
    CU_ASSERT_EQUAL(stack(&s, 2) & FL_RF, FL_RF); /* a fault */
    CU_ASSERT_EQUAL(s.cpu->dr[6], DR6_FIXED1 | DR6_BD);
    CU_ASSERT_EQUAL(s.cpu->dr[7] & DR7_GD, 0);
    /* only #DB clears it */
    s.cpu->dr[7] |= DR7_GD;
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp0, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->dr[7] & DR7_GD, DR7_GD);
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"frame: same level", same_level_frame},
    {"frame: inner level", inner_level_frame},
    {"frame: inner level, supervisor page", inner_stack_in_a_supervisor_page},
    {"trap gate: IF stays", trap_gate_leaves_if},
    {"gate: 16 bits", gate_of_16_bits},
    {"conforming handler: CPL stays", conforming_handler_keeps_the_cpl},
    {"stack: 16 bits", stack_of_16_bits},
    {"stack: expand-down", stack_that_expands_down},
    {"gates: every reason to fault, with EXT", gate_checks},
    {"INT n: returns past itself", int_n_returns_past_itself},
    {"INT n: restarts when it faults", int_n_that_faults_restarts},
    {"INT3 INTO INT1: vectors", into_and_int3_and_int1},
    {"INT1: no DPL check", int1_ignores_the_dpl},
    {"classes: in turn or #DF", exception_classes},
    {"classes: page faults", page_faults_during_delivery},
    {"triple fault: stops and says why", triple_fault_says_why},
    {"triple fault: of an interrupt", triple_fault_of_an_interrupt},
    {"interrupt: waits for IF and the shadow of STI", interrupts_wait_for_if},
    {"STI: casts no shadow when IF is set", second_sti_casts_no_shadow},
    {"MOV SS: holds back an NMI", mov_ss_holds_back_nmi_and_traps},
    {"NMI: the next one waits for IRET", nmis_wait_for_iret},
    {"priority: trap, NMI, interrupt", order_trap_nmi_interrupt},
    {"TF: trap after the instruction", trap_flag_traps_after_each_instruction},
    {"TF: INT n does not trap", int_n_does_not_trap},
    {"RF: lasts one instruction", rf_lasts_one_instruction},
    {"HLT: waits and wakes", halt_waits_and_wakes},
    {"HLT: needs IF to wake", halt_without_if_is_not_woken},
    {"shutdown: hears only NMIs", shutdown_hears_only_nmis},
    {"RF is pushed as 0 by INT n, INT3, INT1", rf_of_software_interrupts},
    {"DR7.GD: #DB, DR6.BD, GD cleared", general_detect},
};

int main(void)
{
    return sys_main("deliver", cases, ARRAY_SIZE(cases));
}
