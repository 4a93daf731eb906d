/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breakpoints of the debug registers, and EFLAGS.RF, which is there for
 * them.  SDM Vol 3B, "Debug Registers", "Debug Exceptions". */
#include "sim/ia32/breakpoint.h"
#include "tests/ia32/sysrig.h"

#define NOP 0x90
enum { RW_EXEC, RW_WRITE, RW_PORT, RW_ACCESS };
enum { LEN1, LEN2, LEN8, LEN4 };

static void set_up(struct sys *s, unsigned n, uint32_t address, unsigned rw,
                   unsigned len)
{
    s->cpu->dr[n] = address;
    s->cpu->dr[7] &= ~(UINT64_C(15) << (16 + 4 * n));
    s->cpu->dr[7] |= (uint64_t)(rw | len << 2) << (16 + 4 * n);
}

static void arm(struct sys *s, unsigned n, uint32_t address, unsigned rw,
                unsigned len)
{
    set_up(s, n, address, rw, len);
    s->cpu->dr[7] |= 1u << 2 * n;
    ia32_attend(s->cpu);
}

static void step(struct sys *s, unsigned count)
{
    while (count--)
        ia32_step(&s->cpu->base);
}

static uint32_t stack(struct sys *s, unsigned item)
{
    return sys_get32(s, (uint32_t)s->cpu->gpr[IA32_RSP] + 4 * item);
}

/* At the first instruction of #DB's handler, which will return to rip; DR6
 * has these bits, the image of EFLAGS this RF. */
static bool at_db(struct sys *s, uint32_t rip, uint64_t dr6, uint64_t rf)
{
    bool ok = s->cpu->rip == SYS_HANDLER(IA32_DB) && stack(s, 0) == rip &&
              s->cpu->dr[6] == (DR6_FIXED1 | dr6) &&
              (stack(s, 2) & FL_RF) == rf;
    if (!ok)
        fprintf(stderr, "\n    at %x, to %x, dr6 %x, flags %x\n",
                (unsigned)s->cpu->rip, stack(s, 0), (unsigned)s->cpu->dr[6],
                stack(s, 2));
    return ok;
}

static void start(struct sys *s)
{
    sys_init(s, "merom", 0);
}

/* --- instructions ------------------------------------------------------ */

static void fault_before_the_instruction(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0x40, 0x43); /* inc eax; inc ebx */
    uint32_t eax = (uint32_t)s.cpu->gpr[IA32_RAX];
    uint32_t ebx = (uint32_t)s.cpu->gpr[IA32_RBX];
    arm(&s, 1, SYS_CODE + 1, RW_EXEC, LEN1);
    step(&s, 2);
    CU_ASSERT(at_db(&s, SYS_CODE + 1, 2, 0));
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RAX], eax + 1);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RBX], ebx);
    sys_done(&s);
}

static void iret_with_rf(struct sys *s)
{
    static const uint8_t iret = 0xcf;
    vt_physmem_put(s->pm, SYS_HANDLER(IA32_DB), &iret, 1);
    uint32_t sp = (uint32_t)s->cpu->gpr[IA32_RSP];
    sys_put32(s, sp + 8, sys_get32(s, sp + 8) | FL_RF);
    step(s, 1);
}

/* With RF the instruction runs, once. */
static void rf_lets_it_run(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0x40, 0xeb, 0xfd); /* inc eax; jmp back */
    arm(&s, 0, SYS_CODE, RW_EXEC, LEN1);
    step(&s, 1);
    CU_ASSERT(at_db(&s, SYS_CODE, 1, 0));
    iret_with_rf(&s);
    CU_ASSERT_EQUAL(s.cpu->rflags & FL_RF, FL_RF);
    step(&s, 1);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 1);
    CU_ASSERT_EQUAL(s.cpu->rflags & FL_RF, 0);
    step(&s, 2);
    CU_ASSERT(at_db(&s, SYS_CODE, 1, 0));
    sys_done(&s);
}

/* A listener that stops the machine at an instruction does not use up RF. */
static void on_insn(void *opaque, const struct vt_event *event)
{
    struct sys *s = opaque;
    if (event->u.insn.pc == SYS_CODE && !s->events[VT_EV_INSN]++)
        vt_machine_request_stop(s->m, VT_STOP_BREAK, 0, 0, "here");
}

static void a_stop_keeps_rf(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, NOP, 0xeb, 0xfe);
    arm(&s, 0, SYS_CODE, RW_EXEC, LEN1);
    ia32_set_rflags(s.cpu, FL_RF);
    ia32_attend(s.cpu);
    vt_event_listen(vt_machine_bus(s.m), VT_EV_MASK(VT_EV_INSN), on_insn, &s);
    CU_ASSERT_EQUAL(vt_machine_run(s.m, 50, true).kind, VT_STOP_BREAK);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE);
    CU_ASSERT_EQUAL(s.cpu->rflags & FL_RF, FL_RF);
    CU_ASSERT_EQUAL(vt_machine_run(s.m, 50, true).kind, VT_STOP_LIMIT);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 1);
    sys_done(&s);
}

static void before_faults_of_the_instruction(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0x0f, 0x0b); /* ud2 */
    arm(&s, 0, SYS_CODE, RW_EXEC, LEN1);
    step(&s, 1);
    CU_ASSERT(at_db(&s, SYS_CODE, 1, 0));
    iret_with_rf(&s);
    step(&s, 1); /* a fault: RF is 1 in its image, so the way back is free */
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_UD));
    CU_ASSERT_EQUAL(stack(&s, 2) & FL_RF, FL_RF);
    sys_done(&s);
    start(&s);
    s.cpu->seg[IA32_CS].limit = SYS_CODE - 1; /* and before the limit */
    arm(&s, 0, SYS_CODE, RW_EXEC, LEN1);
    step(&s, 1);
    CU_ASSERT(at_db(&s, SYS_CODE, 1, 0));
    sys_done(&s);
}

static void after_interrupts(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, NOP);
    arm(&s, 0, SYS_CODE, RW_EXEC, LEN1);
    s.cpu->base.ops->raise_nmi(&s.cpu->base);
    step(&s, 1);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_NMI));
    CU_ASSERT_EQUAL(stack(&s, 0), SYS_CODE);
    CU_ASSERT_EQUAL(stack(&s, 2) & FL_RF, 0); /* found on the way back */
    CU_ASSERT_EQUAL(s.cpu->dr[6], DR6_FIXED1);
    sys_done(&s);
}

static void mov_ss_inhibits_it(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0x8e, 0xd0, NOP, NOP); /* mov ss, ax */
    s.cpu->gpr[IA32_RAX] = DATA0;
    arm(&s, 0, SYS_CODE + 2, RW_EXEC, LEN1);
    step(&s, 2);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 3);
    sys_done(&s);
}

/* The address is linear, and that of the first prefix. */
static void address_of_the_first_byte(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0x66, 0x40, NOP);
    arm(&s, 0, SYS_CODE + 1, RW_EXEC, LEN1);
    step(&s, 1);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 2);
    sys_done(&s);
    start(&s);
    SYS_CODE_BYTES(&s, NOP);
    s.cpu->seg[IA32_CS].base = 0x800;
    s.cpu->rip = SYS_CODE - 0x800;
    arm(&s, 3, SYS_CODE, RW_EXEC, LEN1);
    step(&s, 1);
    CU_ASSERT(at_db(&s, SYS_CODE - 0x800, 8, 0));
    sys_done(&s);
}

/* A handler that breaks on its own first instruction: time goes by, so a
 * limit is reached. */
static void a_handler_that_breaks_on_itself(void)
{
    struct sys s;
    start(&s);
    s.cpu->cost[IA32_COST_DELIVERY] = 0;
    s.cpu->gpr[IA32_RSP] = 0xfff00000; /* a hole: takes every write */
    SYS_CODE_BYTES(&s, NOP);
    arm(&s, 0, SYS_HANDLER(IA32_DB), RW_EXEC, LEN1);
    arm(&s, 1, SYS_CODE, RW_EXEC, LEN1);
    CU_ASSERT_EQUAL(vt_machine_run(s.m, 5000, false).kind, VT_STOP_LIMIT);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_DB));
    sys_done(&s);
}

/* --- data -------------------------------------------------------------- */

/* Table "Breakpoint Examples" of "Breakpoint Field Recognition", and a few
 * more. */
static void breakpoint_examples(void)
{
    static const struct {
        uint32_t address;
        uint8_t bytes;
        bool reads, writes; /* does a read trap, does a write? */
        uint8_t dr6;
    } rows[] = {
        {0xa0001, 1, true, true, 1},    {0xa0001, 2, true, true, 3},
        {0xa0002, 1, false, true, 2},   {0xa0002, 2, false, true, 2},
        {0xb0001, 4, true, true, 4},    {0xb0002, 1, true, true, 4},
        {0xb0002, 2, true, true, 4},    {0xc0000, 4, false, true, 8},
        {0xc0001, 2, false, true, 8},   {0xc0003, 1, false, true, 8},
        {0xa0000, 1, false, false, 0},  {0xa0003, 4, false, false, 0},
        {0xb0000, 2, false, false, 0},  {0xc0004, 4, false, false, 0},
        {0xbffff, 1, false, false, 0},  {0xbfffd, 4, false, true, 8},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows) * 2; i++) {
        unsigned row = i / 2;
        bool write = i % 2;
        struct sys s;
        start(&s);
        uint8_t code[6] = {0x66, write ? 0xa3 : 0xa1};
        unsigned n = rows[row].bytes == 2 ? 1 : 0; /* operand-size prefix */
        if (rows[row].bytes == 1)
            code[1] = write ? 0xa2 : 0xa0;
        vt_st32le(code + 2, rows[row].address);
        sys_code(&s, code + !n, 5 + n);
        arm(&s, 0, 0xa0001, RW_ACCESS, LEN1);
        arm(&s, 1, 0xa0002, RW_WRITE, LEN1);
        arm(&s, 2, 0xb0002, RW_ACCESS, LEN2);
        arm(&s, 3, 0xc0000, RW_WRITE, LEN4);
        step(&s, 2);
        bool traps = write ? rows[row].writes : rows[row].reads;
        uint64_t dr6 = write ? rows[row].dr6 : rows[row].dr6 & 5u;
        bool ok = traps ? at_db(&s, SYS_CODE + 5 + n, dr6, 0)
                        : s.cpu->dr[6] == DR6_FIXED1;
        if (!ok)
            fprintf(stderr, "\n    row %u, %s\n", row,
                    write ? "write" : "read");
        CU_ASSERT(ok);
        sys_done(&s);
    }
}

static const uint8_t store[] = {0xa2, 0x00, 0x00, 0x03, 0x00, NOP};

static void trap_after_the_write(void)
{
    struct sys s;
    start(&s);
    sys_code(&s, store, sizeof store); /* mov [SYS_DATA], al */
    s.cpu->gpr[IA32_RAX] = 0x5a;
    arm(&s, 2, SYS_DATA, RW_WRITE, LEN1);
    step(&s, 2);
    CU_ASSERT(at_db(&s, SYS_CODE + 5, 4, 0));
    CU_ASSERT_EQUAL(sys_get32(&s, SYS_DATA), 0x5a);
    sys_done(&s);
}

/* Ranges begin where their length lets them: low address bits are dropped.
 * LEN 10 is 8 bytes. */
static void ranges_are_aligned(void)
{
    static const struct {
        uint32_t address;
        uint8_t len;
        bool hit;
    } rows[] = {{SYS_DATA + 1, LEN1, false}, {SYS_DATA + 1, LEN2, true},
                {SYS_DATA + 3, LEN4, true},  {SYS_DATA + 4, LEN4, false},
                {SYS_DATA + 7, LEN8, true},  {SYS_DATA + 8, LEN8, false}};
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct sys s;
        start(&s);
        sys_code(&s, store, sizeof store);
        arm(&s, 0, rows[i].address, RW_ACCESS, rows[i].len);
        step(&s, 2);
        CU_ASSERT_EQUAL(s.cpu->rip == SYS_HANDLER(IA32_DB), rows[i].hit);
        sys_done(&s);
    }
}

/* Fetching is no access, and executing no write. */
static void data_breakpoints_ignore_fetches(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, NOP, NOP);
    arm(&s, 0, SYS_CODE, RW_ACCESS, LEN4);
    arm(&s, 1, SYS_CODE, RW_WRITE, LEN4);
    step(&s, 2);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 2);
    sys_done(&s);
}

/* MOV DR7 counts from the next instruction on, whatever was accessed before
 * without it; a second one ends it. */
static void mov_dr7_arms_and_disarms(void)
{
    struct sys s;
    start(&s);
    /* push eax; pop eax; mov dr7, ebx; push eax | mov dr7, ecx; push eax */
    SYS_CODE_BYTES(&s, 0x50, 0x58, 0x0f, 0x23, 0xfb, 0x50, 0x0f, 0x23, 0xf9,
                   0x50, NOP);
    set_up(&s, 0, (uint32_t)s.cpu->gpr[IA32_RSP] - 4, RW_ACCESS, LEN4);
    s.cpu->gpr[IA32_RBX] = s.cpu->dr[7] | 2; /* G0 */
    s.cpu->gpr[IA32_RCX] = 0x300;            /* LE, GE: nothing */
    step(&s, 5);
    CU_ASSERT(at_db(&s, SYS_CODE + 6, 1, 0));
    CU_ASSERT(s.cpu->armed);
    s.cpu->gpr[IA32_RSP] += 16;
    s.cpu->rip = SYS_CODE + 6;
    step(&s, 2);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 10);
    CU_ASSERT_FALSE(s.cpu->armed);
    step(&s, 1);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 11);
    sys_done(&s);
}

/* What an instruction touched before it faulted does not count. */
static void faults_forget(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0xa4); /* movsb */
    s.cpu->gpr[IA32_RSI] = SYS_DATA;
    s.cpu->gpr[IA32_RDI] = 0x1000;
    s.cpu->seg[IA32_ES].limit = 0xfff;
    arm(&s, 0, SYS_DATA, RW_ACCESS, LEN1);
    step(&s, 2);
    CU_ASSERT(s.cpu->rip != SYS_HANDLER(IA32_DB));
    CU_ASSERT_EQUAL(s.cpu->dr[6], DR6_FIXED1);
    CU_ASSERT_EQUAL(s.first_fault.u.intr.vector, IA32_GP);
    sys_done(&s);
}

/* Pushing a frame is a write: #DB at the handler's first instruction. */
static void delivery_is_watched(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0xcd, 0x30);
    arm(&s, 0, (uint32_t)s.cpu->gpr[IA32_RSP] - 8, RW_WRITE, LEN4);
    step(&s, 2);
    CU_ASSERT(at_db(&s, SYS_HANDLER(0x30), 1, 0));
    sys_done(&s);
}

/* The shadow of POP SS holds the trap back; an INT3 in it goes first. */
static void mov_ss_delays_the_trap(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0x17, NOP); /* pop ss */
    uint32_t sp = (uint32_t)s.cpu->gpr[IA32_RSP];
    sys_put32(&s, sp, DATA0);
    arm(&s, 0, sp, RW_ACCESS, LEN4);
    step(&s, 2);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 2);
    step(&s, 1);
    CU_ASSERT(at_db(&s, SYS_CODE + 2, 1, 0));
    sys_done(&s);
    start(&s);
    SYS_CODE_BYTES(&s, 0x17, 0xcc);
    sys_put32(&s, sp, DATA0);
    arm(&s, 0, sp, RW_ACCESS, LEN4);
    step(&s, 3);
    CU_ASSERT(at_db(&s, SYS_HANDLER(IA32_BP), 1, 0));
    sys_done(&s);
}

static void together_with_single_step(void)
{
    struct sys s;
    start(&s);
    sys_code(&s, store, sizeof store);
    ia32_set_rflags(s.cpu, FL_TF);
    arm(&s, 0, SYS_DATA, RW_WRITE, LEN1);
    step(&s, 2);
    CU_ASSERT(at_db(&s, SYS_CODE + 5, 1 | DR6_BS, 0));
    CU_ASSERT_EQUAL(s.events[VT_EV_DELIVER], 1);
    sys_done(&s);
}

/* --- DR6 --------------------------------------------------------------- */

/* Nothing clears B bits; a disabled breakpoint's is set when its condition
 * is met together with an enabled one, and does nothing alone. */
static void b_bits(void)
{
    struct sys s;
    start(&s);
    sys_code(&s, store, sizeof store);
    set_up(&s, 3, SYS_DATA, RW_WRITE, LEN1);
    arm(&s, 0, SYS_DATA, RW_WRITE, LEN1);
    s.cpu->dr[6] |= 2;
    step(&s, 2);
    CU_ASSERT(at_db(&s, SYS_CODE + 5, 1 | 2 | 8, 0));
    sys_done(&s);
    start(&s);
    sys_code(&s, store, sizeof store);
    set_up(&s, 3, SYS_DATA, RW_WRITE, LEN1);
    arm(&s, 0, SYS_DATA + 1, RW_WRITE, LEN1);
    step(&s, 2);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 6);
    CU_ASSERT_EQUAL(s.cpu->dr[6], DR6_FIXED1);
    sys_done(&s);
}

/* General detect is a fault of another kind: RF is 1. */
static void general_detect_sets_rf(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0x0f, 0x21, 0xc0); /* mov eax, dr0 */
    s.cpu->dr[7] |= DR7_GD;
    step(&s, 1);
    CU_ASSERT(at_db(&s, SYS_CODE, DR6_BD, FL_RF));
    sys_done(&s);
}

/* --- ports ------------------------------------------------------------- */

static void ports_need_de(void)
{
    static const struct {
        bool de;
        uint16_t port;
        uint8_t len;
        bool hit;
    } rows[] = {{true, 0x80, LEN1, true},  {false, 0x80, LEN1, false},
                {true, 0x82, LEN2, true},  {true, 0x84, LEN4, false},
                {true, 0x7f, LEN1, false}, {true, 0x83, LEN1, true}};
    for (unsigned i = 0; i < ARRAY_SIZE(rows) * 2; i++) {
        struct sys s;
        start(&s);
        uint8_t code[] = {i % 2 ? 0xe5 : 0xe7, 0x80, NOP}; /* 4 bytes */
        sys_code(&s, code, sizeof code);
        s.cpu->cr4 |= rows[i / 2].de ? CR4_DE : 0;
        arm(&s, 1, rows[i / 2].port, RW_PORT, rows[i / 2].len);
        step(&s, 2);
        CU_ASSERT_EQUAL(s.cpu->rip == SYS_HANDLER(IA32_DB), rows[i / 2].hit);
        if (rows[i / 2].hit)
            CU_ASSERT(at_db(&s, SYS_CODE + 2, 2, 0));
        sys_done(&s);
    }
}

/* MOV CR4 with DE arms a port breakpoint that was there. */
static void mov_cr4_arms(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0x0f, 0x22, 0xe0, 0xe6, 0x80, NOP);
    s.cpu->gpr[IA32_RAX] = CR4_DE;
    arm(&s, 0, 0x80, RW_PORT, LEN1);
    step(&s, 3);
    CU_ASSERT(at_db(&s, SYS_CODE + 5, 1, 0));
    sys_done(&s);
}

/* Memory breakpoints do not see ports. */
static void ports_are_not_memory(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0xe6, 0x80, NOP);
    s.cpu->cr4 |= CR4_DE;
    arm(&s, 0, 0x80, RW_ACCESS, LEN1);
    arm(&s, 1, SYS_DATA, RW_PORT, LEN1);
    step(&s, 2);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 3);
    sys_done(&s);
}

/* --- repeated instructions ---------------------------------------------- */

/* REP STOSB over a breakpoint: a trap after the iteration that met it, with
 * RF = 1 unless it was the last. */
static void traps_between_iterations(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0xf3, 0xaa, NOP);
    s.cpu->gpr[IA32_RCX] = 3;
    s.cpu->gpr[IA32_RDI] = SYS_DATA;
    arm(&s, 0, SYS_DATA + 1, RW_WRITE, LEN1);
    arm(&s, 1, SYS_DATA + 2, RW_WRITE, LEN1);
    step(&s, 3);
    CU_ASSERT(at_db(&s, SYS_CODE, 1, FL_RF));
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RCX], 1);
    static const uint8_t iret = 0xcf;
    vt_physmem_put(s.pm, SYS_HANDLER(IA32_DB), &iret, 1);
    step(&s, 3);
    CU_ASSERT(at_db(&s, SYS_CODE + 2, 1 | 2, 0));
    sys_done(&s);
}

/* An instruction breakpoint is looked for once, not at each iteration. */
static void one_fault_for_all_iterations(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0xf3, 0xaa, NOP);
    s.cpu->gpr[IA32_RCX] = 3;
    s.cpu->gpr[IA32_RDI] = SYS_DATA;
    arm(&s, 0, SYS_CODE, RW_EXEC, LEN1);
    step(&s, 1);
    CU_ASSERT(at_db(&s, SYS_CODE, 1, 0));
    iret_with_rf(&s);
    step(&s, 3);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 2);
    CU_ASSERT_EQUAL(s.events[VT_EV_DELIVER], 1);
    sys_done(&s);
}

/* REP OUTS: after the first iteration. */
static void rep_outs(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0xf3, 0x6e, NOP);
    s.cpu->gpr[IA32_RCX] = 2;
    s.cpu->gpr[IA32_RSI] = SYS_DATA;
    s.cpu->gpr[IA32_RDX] = 0x80;
    s.cpu->cr4 |= CR4_DE;
    arm(&s, 0, 0x80, RW_PORT, LEN1);
    step(&s, 2);
    CU_ASSERT(at_db(&s, SYS_CODE, 1, FL_RF));
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RCX], 1);
    sys_done(&s);
}

/* Without any breakpoint: an interrupt between iterations finds RF = 1, one
 * after the last finds 0. */
static void interrupts_between_iterations(void)
{
    for (unsigned count = 1; count <= 2; count++) {
        struct sys s;
        start(&s);
        SYS_CODE_BYTES(&s, 0xf3, 0xaa, NOP);
        s.cpu->gpr[IA32_RCX] = count;
        s.cpu->gpr[IA32_RDI] = SYS_DATA;
        step(&s, 1);
        CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu) & FL_RF, 0);
        s.cpu->base.ops->raise_nmi(&s.cpu->base);
        step(&s, 1);
        CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_NMI));
        CU_ASSERT_EQUAL(stack(&s, 2) & FL_RF, count == 2 ? FL_RF : 0);
        CU_ASSERT_FALSE(s.cpu->repeating);
        sys_done(&s);
    }
}

/* A listener that stops the machine there does not change that. */
static void a_stop_keeps_the_repetition(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0xf3, 0xaa, NOP);
    s.cpu->gpr[IA32_RCX] = 3;
    s.cpu->gpr[IA32_RDI] = SYS_DATA;
    step(&s, 1);
    vt_event_listen(vt_machine_bus(s.m), VT_EV_MASK(VT_EV_INSN), on_insn, &s);
    CU_ASSERT_EQUAL(vt_machine_run(s.m, 500, true).kind, VT_STOP_BREAK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RCX], 2);
    CU_ASSERT(s.cpu->repeating);
    sys_done(&s);
}

/* INT n: RF has gone when it started. */
static void int_n_pushes_no_rf(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0xcd, 0x30);
    ia32_set_rflags(s.cpu, FL_RF);
    ia32_attend(s.cpu);
    step(&s, 1);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(0x30));
    CU_ASSERT_EQUAL(stack(&s, 2) & FL_RF, 0);
    sys_done(&s);
}

/* A halted CPU with armed breakpoints sleeps and wakes like any other. */
static void halted_and_armed(void)
{
    struct sys s;
    start(&s);
    SYS_CODE_BYTES(&s, 0xf4, NOP);
    arm(&s, 0, SYS_CODE + 1, RW_EXEC, LEN1);
    step(&s, 1);
    CU_ASSERT_EQUAL(s.cpu->base.activity, VT_HALTED);
    CU_ASSERT_EQUAL(vt_machine_run(s.m, 500, false).kind, VT_STOP_DEADLOCK);
    CU_ASSERT_EQUAL(s.cpu->base.activity, VT_HALTED);
    s.cpu->base.ops->raise_nmi(&s.cpu->base);
    step(&s, 1);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_NMI));
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"instruction: fault before it", fault_before_the_instruction},
    {"instruction: RF = 1 lets it run once", rf_lets_it_run},
    {"instruction: a debugger's stop keeps RF", a_stop_keeps_rf},
    {"instruction: before its own faults", before_faults_of_the_instruction},
    {"instruction: after interrupts", after_interrupts},
    {"instruction: not after MOV SS", mov_ss_inhibits_it},
    {"instruction: its first byte", address_of_the_first_byte},
    {"instruction: a handler's own takes time",
     a_handler_that_breaks_on_itself},
    {"data: examples of the manual", breakpoint_examples},
    {"data: trap after the write", trap_after_the_write},
    {"data: ranges are aligned", ranges_are_aligned},
    {"data: fetches do not count", data_breakpoints_ignore_fetches},
    {"data: MOV DR7 arms and disarms", mov_dr7_arms_and_disarms},
    {"data: a fault forgets them", faults_forget},
    {"data: frames count", delivery_is_watched},
    {"data: MOV SS delays the trap", mov_ss_delays_the_trap},
    {"data: one #DB with single step", together_with_single_step},
    {"DR6: B bits", b_bits},
    {"DR6: general detect sets RF", general_detect_sets_rf},
    {"ports: CR4.DE, any overlap", ports_need_de},
    {"ports: MOV CR4 arms", mov_cr4_arms},
    {"ports: are not memory", ports_are_not_memory},
    {"REP: traps between iterations", traps_between_iterations},
    {"REP: one fault for all iterations", one_fault_for_all_iterations},
    {"REP OUTS: after the first iteration", rep_outs},
    {"REP: interrupts between iterations find RF = 1",
     interrupts_between_iterations},
    {"REP: a debugger's stop changes nothing", a_stop_keeps_the_repetition},
    {"INT n: pushes RF = 0", int_n_pushes_no_rf},
    {"HLT: sleeps while armed", halted_and_armed},
};

int main(void)
{
    return sys_main("ia32 breakpoints", cases, ARRAY_SIZE(cases));
}
