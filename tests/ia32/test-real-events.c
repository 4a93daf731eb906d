/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events in real-address mode: the interrupt vector table, frames of three
 * words, double and triple faults.
 * SDM Vol 2A, "INT n/INTO/INT3/INT1--Call to Interrupt Procedure",
 * REAL-ADDRESS-MODE; Vol 3B, "Interrupt and Exception Handling" (8086
 * emulation). */
#include "sim/ia32/boundary.h"
#include "tests/ia32/realrig.h"

static const struct ia32_event gp = {.vector = IA32_GP,
                                     .type = IA32_HW_EXC,
                                     .has_error_code = true,
                                     .error_code = 0x1234};

static bool at(const struct sys *s, unsigned selector, uint64_t ip)
{
    const struct ia32_seg *cs = &s->cpu->seg[IA32_CS];
    return cs->selector == selector && cs->base == selector * 16u &&
           s->cpu->rip == ip;
}

/* --- one line of the pseudocode each ------------------------------------- */

/* Push FLAGS, CS, IP; no error code; IF, TF and AC cleared, others not. */
static void frame_of_three_words(void)
{
    struct sys s;
    real_init(&s, "merom");
    s.cpu->rip = 0x1234;
    ia32_set_rflags(s.cpu, FL_IF | FL_TF | FL_AC | FL_NT | FL_IOPL | FL_CF |
                               FL_DF);
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_JUMP);
    CU_ASSERT(at(&s, REAL_HANDLER_CS, REAL_HANDLER(IA32_GP)));
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], REAL_SP - 6);
    CU_ASSERT_EQUAL(real_stack(&s, 0), 0x1234);
    CU_ASSERT_EQUAL(real_stack(&s, 1), REAL_CODE);
    CU_ASSERT_EQUAL(real_stack(&s, 2), FL_IF | FL_TF | FL_NT | FL_IOPL |
                                           FL_CF | FL_DF | FL_FIXED1);
    CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu),
                    FL_NT | FL_IOPL | FL_CF | FL_DF | FL_FIXED1);
    CU_ASSERT_EQUAL(s.cpu->base.now_cycles, 53);
    CU_ASSERT_EQUAL(s.events[VT_EV_DELIVER], 1);
    sys_done(&s);
}

/* INT n, INT3 and INTO return past themselves, faults to themselves. */
static void where_it_returns(void)
{
    static const struct {
        uint8_t code[2];
        unsigned vector, ip;
    } cases[] = {
        {{0xcd, 0x21}, 0x21, 2}, {{0xcc}, IA32_BP, 1}, {{0xce}, IA32_OF, 1},
        {{0xf1}, IA32_DB, 1},    {{0x0f, 0x0b}, IA32_UD, 0},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        real_init(&s, "merom");
        sys_code(&s, cases[i].code, 2);
        ia32_set_rflags(s.cpu, FL_OF);
        ia32_step(&s.cpu->base);
        CU_ASSERT(
            at(&s, REAL_HANDLER_CS, REAL_HANDLER(cases[i].vector)));
        CU_ASSERT_EQUAL(real_stack(&s, 0), cases[i].ip);
        sys_done(&s);
    }
}

/* Faults of instructions that compare or compute. */
static void faults_of_instructions(void)
{
    static const struct {
        uint8_t code[4];
        unsigned vector;
    } cases[] = {
        {{0x62, 0x06, 0x00, 0x00}, IA32_BR}, /* BOUND AX, [0] */
        {{0xf7, 0xf1}, IA32_DE},             /* DIV CX */
        {{0xd4, 0x00}, IA32_DE},             /* AAM 0 */
        {{0x0f, 0xff, 0xc0}, IA32_UD},       /* UD0 */
        {{0x0f, 0x00, 0xc0}, IA32_UD},       /* SLDT AX: protected mode's */
        {{0x8e, 0xc8}, IA32_UD},             /* MOV CS, AX */
        {{0xa1, 0xff, 0xff}, IA32_GP},       /* a word across the limit */
        {{0x36, 0xa1, 0xff, 0xff}, IA32_SSF}, /* the same in SS */
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        real_init(&s, "merom");
        sys_code(&s, cases[i].code, 4);
        s.cpu->gpr[IA32_RAX] = 1;
        ia32_step(&s.cpu->base);
        CU_ASSERT(
            at(&s, REAL_HANDLER_CS, REAL_HANDLER(cases[i].vector)));
        CU_ASSERT_EQUAL(real_stack(&s, 0), 0);
        CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], REAL_SP - 6);
        sys_done(&s);
    }
}

/* The table is where IDTR says, and as long. */
static void table_through_idtr(void)
{
    struct sys s;
    real_init(&s, "merom");
    s.cpu->idtr = (struct ia32_dtr){0x8000, 13 * 4 + 3};
    sys_put32(&s, 0x8000 + 13 * 4, 0x12345678);
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_JUMP);
    CU_ASSERT(at(&s, 0x1234, 0x5678));
    sys_done(&s);
}

/* "((vector_number * 4) + 3) is not within IDT limit": #GP instead. */
static void vector_outside_the_table(void)
{
    static const struct ia32_event irq = {.vector = 14,
                                          .type = IA32_EXT_INT};
    struct sys s;
    real_init(&s, "merom");
    s.cpu->idtr.limit = 14 * 4 + 2;
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &irq, false), IA32_JUMP);
    CU_ASSERT(at(&s, REAL_HANDLER_CS, REAL_HANDLER(IA32_GP)));
    CU_ASSERT_EQUAL(s.first_fault.u.intr.vector, IA32_GP);
    CU_ASSERT_FALSE(s.first_fault.u.intr.has_error_code);
    sys_done(&s);
}

/* #GP outside the table as well: #DF; and that outside: shutdown. */
static void double_and_triple_fault(void)
{
    struct sys s;
    real_init(&s, "merom");
    s.cpu->idtr.limit = 13 * 4 + 2;
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_JUMP);
    CU_ASSERT(at(&s, REAL_HANDLER_CS, REAL_HANDLER(IA32_DF)));
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], REAL_SP - 6);
    real_segments(&s, 0x93);
    s.cpu->idtr.limit = 8 * 4 + 2;
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_STOP);
    CU_ASSERT_EQUAL(s.cpu->base.activity, VT_SHUTDOWN);
    struct vt_stop stop = vt_machine_run(s.m, 1000, false);
    CU_ASSERT_STRING_EQUAL(
        stop.text,
        "triple fault: #GP at CS:EIP 0100:00000000h; could not enter its "
        "handler: #GP; nor #DF's: #GP");
    sys_done(&s);
}

/* "stack not large enough for a 6-byte return information": an odd SP at the
 * bottom.  An even one wraps. */
static void stack_at_its_end(void)
{
    static const struct ia32_event irq = {.vector = 0x30,
                                          .type = IA32_EXT_INT};
    static const struct {
        unsigned sp;
        bool fits;
    } cases[] = {{6, true}, {5, false}, {4, true},  {3, false},
                 {2, true}, {1, false}, {0, true}};
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        real_init(&s, "merom");
        s.cpu->gpr[IA32_RSP] = 0xabcd0000 | cases[i].sp;
        enum ia32_status st = ia32_deliver(s.cpu, &irq, false);
        CU_ASSERT_EQUAL(st, cases[i].fits ? IA32_JUMP : IA32_STOP);
        if (cases[i].fits) {
            CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP],
                            0xabcd0000 | ((cases[i].sp - 6) & 0xffff));
        } else {
            CU_ASSERT_EQUAL(s.first_fault.u.intr.vector, IA32_SSF);
        }
        sys_done(&s);
    }
}

/* Limits of segments are those that were loaded last: with a limit of 4 GiB
 * ("unreal mode") the handler finds its code beyond 64 KiB of its base. */
static void unreal_limits_stay(void)
{
    struct sys s;
    real_init(&s, "merom");
    s.cpu->seg[IA32_CS].limit = 0xffffffff;
    s.cpu->rip = 0x20000;
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_JUMP);
    CU_ASSERT_EQUAL(real_stack(&s, 0), 0); /* IP is 16 bits */
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].limit, 0xffffffff);
    sys_done(&s);
}

static unsigned vector_20h(void *opaque)
{
    (void)opaque;
    return 0x20;
}

/* An interrupt at a boundary, with its shadow of STI, as in any mode. */
static void interrupt_after_sti(void)
{
    struct sys s;
    real_init(&s, "merom");
    s.cpu->base.int_ack = vector_20h;
    SYS_CODE_BYTES(&s, 0xfb, 0x90, 0x90); /* STI; NOP; NOP */
    ia32_set_intr(&s.cpu->base, true);
    ia32_step(&s.cpu->base);
    ia32_step(&s.cpu->base);
    CU_ASSERT(at(&s, REAL_CODE, 2));
    ia32_step(&s.cpu->base);
    CU_ASSERT(at(&s, REAL_HANDLER_CS, REAL_HANDLER(0x20)));
    CU_ASSERT_EQUAL(real_stack(&s, 0), 2);
    CU_ASSERT_EQUAL(s.cpu->rflags & FL_IF, 0);
    sys_done(&s);
}

/* The place of an event is CS's base and IP. */
static void events_know_their_place(void)
{
    struct sys s;
    real_init(&s, "merom");
    s.cpu->rip = 0x20;
    SYS_CODE_BYTES(&s, 0x0f, 0x0b);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.first_fault.u.intr.pc, SYS_CODE + 0x20);
    sys_done(&s);
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"a frame of three words", frame_of_three_words},
        {"where it returns", where_it_returns},
        {"faults of instructions", faults_of_instructions},
        {"the table through IDTR", table_through_idtr},
        {"a vector outside the table", vector_outside_the_table},
        {"double and triple fault", double_and_triple_fault},
        {"the stack at its end", stack_at_its_end},
        {"unreal limits stay", unreal_limits_stay},
        {"an interrupt after STI", interrupt_after_sti},
        {"events know their place", events_know_their_place},
    };
    return sys_main("events in real-address mode", cases, ARRAY_SIZE(cases));
}
