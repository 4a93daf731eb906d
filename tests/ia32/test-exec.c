/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run loops: exact charges, exact boundaries, faults in the middle of a
 * block, shadows, single-stepping, and fetches that fail. */
#include "tests/ia32/rig.h"

#define CODE 0x1000u
#define GDT 0x500u
#define IDT 0x600u
#define HANDLER(vector) (0x4000u + (vector) * 16u)
#define STACK 0x9000u
#define ALU 3u
#define MEM 5u
#define BRANCH 7u
#define DELIVERY 53u

/* A GDT with the flat segments of the Multiboot state, an IDT whose handlers
 * are JMP $ at HANDLER(vector), a stack. */
static void rig_handlers(struct rig *r)
{
    vt_physmem_write(r->pm, GDT + 8, UINT64_C(0x00cf9b000000ffff), 8);
    vt_physmem_write(r->pm, GDT + 16, UINT64_C(0x00cf93000000ffff), 8);
    r->cpu->gdtr = (struct ia32_dtr){GDT, 23};
    for (uint32_t v = 0; v < 48; v++) {
        rig_put32(r, IDT + v * 8, 0x80000 | HANDLER(v)); /* selector 8 */
        rig_put32(r, IDT + v * 8 + 4, 0x8e00);           /* interrupt gate */
        rig_put(r, HANDLER(v), "\xeb\xfe", 2);
    }
    r->cpu->idtr = (struct ia32_dtr){IDT, 48 * 8 - 1};
    r->cpu->gpr[IA32_RSP] = STACK;
}

static void rig_code(struct rig *r, const void *bytes, size_t count)
{
    rig_put(r, CODE, bytes, count);
    r->cpu->rip = CODE;
}

static struct vt_stop run_to(struct rig *r, uint64_t cycle)
{
    return vt_machine_run(r->m, cycle, false);
}

static uint64_t now(const struct rig *r)
{
    return r->cpu->base.now_cycles;
}

/* Where an exception went: HANDLER's vector, or -1. */
static int handler(const struct rig *r)
{
    uint64_t at = r->cpu->rip - HANDLER(0);

    return at % 16 == 0 && at / 16 < 48 ? (int)(at / 16) : -1;
}

static void prices(void)
{
    /* INC EAX; MOV EBX,[2000h]; LEA EBX,[EBX+4]; NOP [EAX]; JMP $ */
    static const uint8_t code[] = {0x40, 0x8b, 0x1d, 0,    0x20, 0,   0, 0x8d,
                                   0x5b, 4,    0x0f, 0x1f, 0,    0xeb, 0xfe};
    static const uint64_t after[] = {ALU, ALU + MEM, 2 * ALU + MEM,
                                     3 * ALU + MEM,
                                     3 * ALU + MEM + BRANCH};
    struct rig r;

    rig_init(&r);
    rig_code(&r, code, sizeof code);
    for (unsigned i = 0; i < ARRAY_SIZE(after); i++) {
        rig_step(&r, 1);
        CU_ASSERT_EQUAL(now(&r), after[i]);
        CU_ASSERT_TRUE(rig_balanced(&r));
    }
    rig_done(&r);
}

/* A limit anywhere in a block of 40 different prices stops at the first
 * boundary at or after it, cold and warm. */
static void limits_inside_blocks(void)
{
    uint8_t code[66];
    struct rig r;
    unsigned n = 0;

    while (n < 60) { /* INC EAX; INC DWORD [EDI] */
        code[n++] = 0x40;
        code[n++] = 0xff;
        code[n++] = 0x07;
    }
    code[n++] = 0xeb;
    code[n++] = 0xfe;
    for (unsigned warm = 0; warm < 2; warm++)
        for (uint64_t limit = 1; limit < 20 * (ALU + MEM); limit++) {
            uint64_t pairs = limit / (ALU + MEM), rest = limit % (ALU + MEM);
            uint64_t at = pairs * (ALU + MEM) +
                          (rest == 0 ? 0 : rest <= ALU ? ALU : ALU + MEM);
            uint64_t done = pairs * 3 + (rest == 0 ? 0 : rest <= ALU ? 1 : 3);

            rig_init(&r);
            r.cpu->gpr[IA32_RDI] = 0x3000;
            rig_code(&r, code, n);
            if (warm) {
                run_to(&r, 200);
                vt_ledger_free(&r.cpu->base.ledger);
                vt_ledger_init(&r.cpu->base.ledger);
                r.cpu->base.now_cycles = 0;
                r.cpu->rip = CODE;
            }
            CU_ASSERT_EQUAL(run_to(&r, limit).kind, VT_STOP_LIMIT);
            CU_ASSERT_EQUAL(now(&r), at);
            CU_ASSERT_EQUAL(r.cpu->rip, CODE + done);
            CU_ASSERT_TRUE(rig_balanced(&r));
            rig_done(&r);
        }
}

/* A profile may ask for any price up to 32 bits. */
static void enormous_prices(void)
{
    static const uint8_t code[] = {0x40, 0x40, 0x40, 0xeb, 0xfe};
    struct rig r;

    rig_init(&r);
    r.cpu->cost[IA32_COST_ALU] = UINT32_MAX;
    rig_code(&r, code, sizeof code);
    run_to(&r, UINT64_C(2) * UINT32_MAX + 1);
    CU_ASSERT_EQUAL(now(&r), UINT64_C(3) * UINT32_MAX);
    CU_ASSERT_EQUAL(r.cpu->rip, CODE + 3);
    CU_ASSERT_TRUE(rig_balanced(&r));
    rig_done(&r);
}

static void fault_inside_block(void)
{
    /* INC EAX; INC EAX; MOV EBX,[C00000h]; INC EAX */
    static const uint8_t code[] = {0x40, 0x40, 0x8b, 0x1d, 0,
                                   0,    0xc0, 0,    0x40};
    struct rig r;
    uint64_t refill;

    rig_init(&r);
    rig_handlers(&r);
    rig_paging(&r, 0, 0);
    rig_code(&r, code, sizeof code);
    rig_step(&r, 3);
    CU_ASSERT_EQUAL(handler(&r), IA32_PF);
    CU_ASSERT_EQUAL(r.cpu->cr2, 0xc00000);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 2);
    CU_ASSERT_EQUAL(rig_get32(&r, STACK - 12), CODE + 2); /* saved EIP */
    CU_ASSERT_EQUAL(rig_get32(&r, STACK - 16), 0);        /* error code */
    CU_ASSERT_EQUAL(rig_charged(&r, VT_WHAT_INSTRUCTION), 2 * ALU + MEM);
    CU_ASSERT_EQUAL(rig_charged(&r, VT_WHAT_DELIVERY), DELIVERY);
    CU_ASSERT_TRUE(rig_balanced(&r));
    rig_done(&r);
    /* The same in one run: to one cycle before the handler's JMP. */
    rig_init(&r);
    rig_handlers(&r);
    rig_paging(&r, 0, 0);
    rig_code(&r, code, sizeof code);
    run_to(&r, 2 * ALU + MEM + DELIVERY); /* plus walks: at the handler */
    CU_ASSERT_EQUAL(handler(&r), IA32_PF);
    refill = rig_charged(&r, VT_WHAT_REFILL);
    CU_ASSERT_TRUE(refill > 0);
    CU_ASSERT_EQUAL(now(&r), 2 * ALU + MEM + DELIVERY + refill);
    CU_ASSERT_TRUE(rig_balanced(&r));
    rig_done(&r);
}

static void undefined_when_reached(void)
{
    /* INC EAX; INC EAX; 0F FF (no instruction of these models) */
    static const uint8_t code[] = {0x40, 0x40, 0x0f, 0x04, 0x40};
    struct rig r;

    rig_init(&r);
    rig_handlers(&r);
    rig_code(&r, code, sizeof code);
    rig_step(&r, 2);
    CU_ASSERT_EQUAL(r.cpu->rip, CODE + 2);
    rig_step(&r, 1);
    CU_ASSERT_EQUAL(handler(&r), IA32_UD);
    CU_ASSERT_EQUAL(rig_get32(&r, STACK - 12), CODE + 2);
    CU_ASSERT_EQUAL(now(&r), 3 * ALU + DELIVERY);
    rig_done(&r);
}

static void too_long(void)
{
    uint8_t code[20];
    struct rig r;

    rig_init(&r);
    rig_handlers(&r);
    memset(code, 0x66, sizeof code);
    code[14] = 0x40; /* 14 prefixes and INC AX: 15 bytes */
    rig_code(&r, code, sizeof code);
    rig_step(&r, 1);
    CU_ASSERT_EQUAL(r.cpu->rip, CODE + 15);
    code[14] = 0x66;
    code[15] = 0x40;
    rig_code(&r, code, sizeof code);
    rig_step(&r, 1);
    CU_ASSERT_EQUAL(handler(&r), IA32_GP);
    CU_ASSERT_EQUAL(rig_get32(&r, STACK - 16), 0);
    CU_ASSERT_EQUAL(rig_get32(&r, STACK - 12), CODE);
    rig_done(&r);
}

/* The limit cuts an instruction of a warm block. */
static void code_limit(void)
{
    static const uint8_t code[] = {0x40, 0xb8, 1, 2, 3, 4, 0x40, 0xeb, 0xf7};

    for (uint32_t limit = CODE; limit < CODE + 8; limit++) {
        struct rig r;
        uint32_t last = limit - CODE; /* offset of the last byte inside */
        uint32_t stop = last < 5 ? 1 : last < 6 ? 6 : last < 8 ? 7 : 0;

        rig_init(&r);
        rig_handlers(&r);
        rig_code(&r, code, sizeof code);
        run_to(&r, 100);
        r.cpu->rip = CODE;
        r.cpu->seg[IA32_CS].limit = limit;
        for (unsigned i = 0; i < 4 && handler(&r) < 0; i++)
            rig_step(&r, 1);
        CU_ASSERT_EQUAL(handler(&r), IA32_GP);
        CU_ASSERT_EQUAL(rig_get32(&r, STACK - 12), CODE + stop);
        CU_ASSERT_EQUAL(rig_get32(&r, STACK - 16), 0);
        rig_done(&r);
    }
}

static void fetch_faults(void)
{
    /* MOV EAX,imm32 at the end of a page; the next one is absent. */
    struct rig r;

    rig_init(&r);
    rig_handlers(&r);
    rig_paging(&r, 0, 0);
    rig_put(&r, 0x2ffc, "\x40\xb8\x11\x22\x33\x44\xeb\xfe", 8);
    rig_pte(&r, 0x3000, 0x3000);
    ia32_tlb_flush_all(r.cpu);
    r.cpu->rip = 0x2ffc;
    rig_step(&r, 1);
    CU_ASSERT_EQUAL(r.cpu->rip, 0x2ffd);
    rig_step(&r, 1);
    CU_ASSERT_EQUAL(handler(&r), IA32_PF);
    CU_ASSERT_EQUAL(r.cpu->cr2, 0x3000);
    CU_ASSERT_EQUAL(rig_get32(&r, STACK - 12), 0x2ffd);
    rig_pte(&r, 0x3000, 0x3000 | PTE_RW);
    r.cpu->rip = 0x2ffd;
    rig_step(&r, 1);
    CU_ASSERT_EQUAL(r.cpu->rip, 0x3002);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 0x44332211);
    /* The first byte is absent. */
    r.cpu->gpr[IA32_RSP] = STACK;
    r.cpu->rip = 0xc00004;
    rig_step(&r, 1);
    CU_ASSERT_EQUAL(handler(&r), IA32_PF);
    CU_ASSERT_EQUAL(r.cpu->cr2, 0xc00004);
    CU_ASSERT_EQUAL(rig_get32(&r, STACK - 12), 0xc00004);
    CU_ASSERT_TRUE(rig_balanced(&r));
    rig_done(&r);
}

static void fetch_from_nowhere(void)
{
    struct rig r;

    rig_init(&r);
    rig_handlers(&r);
    r.cpu->rip = 0x20000000; /* FF FF: no instruction */
    rig_step(&r, 1);
    CU_ASSERT_EQUAL(handler(&r), IA32_UD);
    CU_ASSERT_EQUAL(rig_get32(&r, STACK - 12), 0x20000000);
    CU_ASSERT_TRUE(rig_balanced(&r));
    rig_done(&r);
}

/* A page-fault handler that is absent itself: #PF after #PF, each delivered,
 * no instruction ever run.  It must take time, or a limit would never come. */
static void faults_are_not_free(void)
{
    struct rig r;

    rig_init(&r);
    rig_handlers(&r);
    rig_paging(&r, 0, 0);
    r.cpu->cost[IA32_COST_DELIVERY] = 0;
    r.cpu->cost[IA32_COST_WALK_LEVEL] = 0;
    rig_put32(&r, IDT + IA32_PF * 8, 0x80000);
    rig_put32(&r, IDT + IA32_PF * 8 + 4, 0xc08e00); /* at C00000h */
    r.cpu->rip = 0xc00000;
    rig_step(&r, 100);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RSP], STACK - 100 * 16);
    CU_ASSERT_EQUAL(now(&r), 100 * ALU);
    CU_ASSERT_TRUE(rig_balanced(&r));
    rig_done(&r);
}

static unsigned vector_20(void *opaque)
{
    struct rig *r = opaque;

    r->cpu->base.ops->set_intr(&r->cpu->base, false);
    return 0x20;
}

/* STI; INC EAX; INC EAX: the interrupt comes after the first INC. */
static void sti_shadow(void)
{
    static const uint8_t code[] = {0xfb, 0x40, 0x40, 0xeb, 0xfe};

    for (unsigned stepping = 0; stepping < 2; stepping++) {
        struct rig r;

        rig_init(&r);
        rig_handlers(&r);
        rig_code(&r, code, sizeof code);
        r.cpu->base.int_ack = vector_20;
        r.cpu->base.int_ack_opaque = &r;
        r.cpu->base.ops->set_intr(&r.cpu->base, true);
        if (stepping)
            rig_step(&r, 3);
        else
            run_to(&r, 40);
        CU_ASSERT_EQUAL(handler(&r), 0x20);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 1);
        CU_ASSERT_EQUAL(rig_get32(&r, STACK - 12), CODE + 2);
        CU_ASSERT_EQUAL(r.cpu->blocking, 0);
        rig_done(&r);
    }
}

/* A line that rises while IF = 0 waits for STI; one that rises inside a long
 * block is taken at the boundary where the device raised it. */
static void raise_line(void *opaque, uint64_t cycle)
{
    struct rig *r = opaque;

    (void)cycle;
    r->cpu->base.ops->set_intr(&r->cpu->base, true);
}

static void interrupt_inside_block(void)
{
    uint8_t code[32];

    memset(code, 0x40, 30);
    code[30] = 0xeb;
    code[31] = 0xfe;
    for (unsigned cycle = 1; cycle < 60; cycle++) {
        struct rig r;
        uint32_t done = (cycle + ALU - 1) / ALU;

        rig_init(&r);
        rig_handlers(&r);
        rig_code(&r, code, sizeof code);
        r.cpu->rflags |= FL_IF;
        r.cpu->base.int_ack = vector_20;
        r.cpu->base.int_ack_opaque = &r;
        vt_timer_arm(vt_timer_new(r.m, "line", raise_line, &r), cycle);
        run_to(&r, 120);
        CU_ASSERT_EQUAL(handler(&r), 0x20);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], done);
        CU_ASSERT_EQUAL(rig_get32(&r, STACK - 12), CODE + done);
        rig_done(&r);
    }
}

struct alarm {
    struct rig *rig;
    struct vt_timer *timer;
    uint64_t armed_at;
};

static uint64_t alarm_read(void *opaque, uint64_t offset, unsigned size_bytes)
{
    (void)opaque, (void)offset, (void)size_bytes;
    return 0;
}

/* Writing n arms the timer for n cycles from now. */
static void alarm_write(void *opaque, uint64_t offset, uint64_t value,
                        unsigned size_bytes)
{
    struct alarm *a = opaque;

    (void)offset, (void)size_bytes;
    a->armed_at = vt_machine_now(a->rig->m);
    vt_timer_arm(a->timer, a->armed_at + value);
}

/* MOV [device],EAX; INC ECX x 24; JMP $, in one block.  The device sees the
 * clock of the access, and the interrupt comes at the boundary it should. */
static void timer_armed_inside_block(void)
{
    static const struct vt_mmio_ops ops = {alarm_read, alarm_write};
    uint8_t code[32] = {0xa3, 0, 0, 0, 0x10}; /* MOV [10000000h],EAX */

    memset(code + 5, 0x41, 24);
    code[29] = 0xeb;
    code[30] = 0xfe;
    for (unsigned wait = 1; wait < 60; wait += 3)
        for (unsigned warm = 0; warm < 2; warm++) {
            struct rig r;
            struct alarm a = {.rig = &r};
            struct vt_error err;
            uint64_t start = 0;
            uint32_t done;

            rig_init(&r);
            rig_handlers(&r);
            rig_must(vt_physmem_add_mmio(r.pm, "alarm", RIG_MMIO_PA, 0x1000,
                                         &ops, &a, &err) == VT_OK,
                     err.text);
            a.timer = vt_timer_new(r.m, "alarm", raise_line, &r);
            rig_code(&r, code, sizeof code);
            if (warm) {
                r.cpu->gpr[IA32_RAX] = 1000000;
                run_to(&r, start = 400);
                start = now(&r);
                r.cpu->rip = CODE;
                r.cpu->gpr[IA32_RCX] = 0;
            }
            r.cpu->gpr[IA32_RAX] = wait;
            r.cpu->rflags |= FL_IF;
            r.cpu->base.int_ack = vector_20;
            r.cpu->base.int_ack_opaque = &r;
            run_to(&r, start + 400);
            /* After the access itself, the price of the MOV passes. */
            done = wait <= MEM ? 0 : (wait - MEM + ALU - 1) / ALU;
            CU_ASSERT_EQUAL(a.armed_at, start + 101);
            CU_ASSERT_EQUAL(handler(&r), 0x20);
            CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], done);
            CU_ASSERT_EQUAL(rig_get32(&r, STACK - 12), CODE + 5 + done);
            CU_ASSERT_TRUE(rig_balanced(&r));
            rig_done(&r);
        }
}

/* STI; HLT; INC EAX; HLT: the line rises while the CPU is halted, the time
 * until then is idle, and the handler returns behind the HLT. */
static void halt_and_wake(void)
{
    static const uint8_t code[] = {0xfb, 0xf4, 0x40, 0xf4};

    for (unsigned observed = 0; observed < 2; observed++) {
        struct rig r;
        uint64_t run;

        rig_init(&r);
        rig_handlers(&r);
        rig_put(&r, HANDLER(0x20), "\xcf", 1); /* IRET */
        rig_code(&r, code, sizeof code);
        run = r.cpu->cost[IA32_COST_SYSTEM] * 3 + ALU;
        run += r.cpu->cost[IA32_COST_IRET];
        r.cpu->base.int_ack = vector_20;
        r.cpu->base.int_ack_opaque = &r;
        vt_timer_arm(vt_timer_new(r.m, "line", raise_line, &r), 1000);
        CU_ASSERT_EQUAL(vt_machine_run(r.m, UINT64_MAX, observed).kind,
                        VT_STOP_DEADLOCK);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 1);
        CU_ASSERT_EQUAL(r.cpu->rip, CODE + 4);
        CU_ASSERT_EQUAL(rig_charged(&r, VT_WHAT_INSTRUCTION), run);
        CU_ASSERT_EQUAL(rig_charged(&r, VT_WHAT_IDLE),
                        1000 - 2 * r.cpu->cost[IA32_COST_SYSTEM]);
        CU_ASSERT_TRUE(rig_balanced(&r));
        rig_done(&r);
    }
}

/* The same bytes mean something else when CS.D = 0: the mode is part of a
 * block's key. */
static void mode_is_part_of_the_key(void)
{
    /* 32-bit: MOV EAX,40404140h; JMP $.  16-bit: MOV AX,4140h; INC AX x2 */
    static const uint8_t code[] = {0xb8, 0x40, 0x41, 0x40, 0x40, 0xeb, 0xfe};
    struct rig r;

    rig_init(&r);
    for (unsigned i = 0; i < 4; i++) {
        rig_code(&r, code, sizeof code);
        r.cpu->gpr[IA32_RAX] = 0;
        r.cpu->seg[IA32_CS].ar = i & 1 ? 0x009b : 0xc09b;
        ia32_update_mode(r.cpu);
        run_to(&r, now(&r) + 40);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], i & 1 ? 0x4142 : 0x40404140);
    }
    rig_done(&r);
}

static void single_step_trap(void)
{
    static const uint8_t code[] = {0x40, 0x40, 0xeb, 0xfe};
    struct rig r;

    rig_init(&r);
    rig_handlers(&r);
    rig_code(&r, code, sizeof code);
    r.cpu->rflags |= FL_TF;
    run_to(&r, ALU + DELIVERY);
    CU_ASSERT_EQUAL(handler(&r), IA32_DB);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 1);
    CU_ASSERT_EQUAL(rig_get32(&r, STACK - 12), CODE + 1);
    CU_ASSERT_TRUE(r.cpu->dr[6] & VT_BIT(14));
    CU_ASSERT_FALSE(r.cpu->single_step);
    rig_done(&r);
    /* INT n under TF: no trap on the handler's first instruction. */
    rig_init(&r);
    rig_handlers(&r);
    rig_code(&r, "\xcd\x21", 2);
    r.cpu->rflags |= FL_TF;
    rig_step(&r, 3);
    CU_ASSERT_EQUAL(handler(&r), 0x21);
    rig_done(&r);
}

struct seen {
    unsigned count;
    uint64_t pc[64], cycle[64];
    struct rig *rig;
    uint64_t stop_at;
    bool balanced;
};

static void on_insn(void *opaque, const struct vt_event *event)
{
    struct seen *s = opaque;

    if (s->count < 64) {
        s->pc[s->count] = event->u.insn.pc;
        s->cycle[s->count] = event->cycle;
    }
    s->count++;
    s->balanced = s->balanced && rig_balanced(s->rig) &&
                  event->cycle == s->rig->cpu->base.now_cycles;
    if (s->stop_at && event->u.insn.pc == s->stop_at)
        vt_machine_request_stop(s->rig->m, VT_STOP_BREAK, 0, 0, "break");
}

static void observed_sees_each(void)
{
    /* INC EAX; MOV ECX,3; REP STOSB; JMP $ */
    static const uint8_t code[] = {0x40, 0xb9, 3,    0,    0,
                                   0,    0xf3, 0xaa, 0xeb, 0xfe};
    static const uint32_t pc[] = {0, 1, 6, 6, 6, 8};
    static const uint64_t cycle[] = {0,           ALU,          2 * ALU,
                                     2 * ALU + 11, 2 * ALU + 22, 2 * ALU + 33};

    for (unsigned stepping = 0; stepping < 2; stepping++) {
        struct rig r;
        struct seen s = {.rig = &r, .balanced = true};

        rig_init(&r);
        rig_code(&r, code, sizeof code);
        r.cpu->gpr[IA32_RDI] = 0x3000;
        vt_event_listen(vt_machine_bus(r.m), VT_EV_MASK(VT_EV_INSN), on_insn,
                        &s);
        if (stepping)
            rig_step(&r, 6);
        else
            (void)vt_machine_run(r.m, 2 * ALU + 34, true);
        CU_ASSERT_EQUAL(s.count, 6);
        CU_ASSERT_TRUE(s.balanced);
        for (unsigned i = 0; i < 6; i++) {
            CU_ASSERT_EQUAL(s.pc[i], CODE + pc[i]);
            CU_ASSERT_EQUAL(s.cycle[i], cycle[i]);
        }
        rig_done(&r);
    }
}

static void stop_before_instruction(void)
{
    static const uint8_t code[] = {0x40, 0x40, 0x40, 0xeb, 0xfe};
    struct rig r;
    struct seen s = {.rig = &r, .balanced = true, .stop_at = CODE + 2};

    rig_init(&r);
    rig_code(&r, code, sizeof code);
    vt_event_listen(vt_machine_bus(r.m), VT_EV_MASK(VT_EV_INSN), on_insn, &s);
    CU_ASSERT_EQUAL(vt_machine_run(r.m, 1000, true).kind, VT_STOP_BREAK);
    CU_ASSERT_EQUAL(r.cpu->rip, CODE + 2);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 2);
    CU_ASSERT_EQUAL(now(&r), 2 * ALU);
    CU_ASSERT_TRUE(rig_balanced(&r));
    /* A step goes on past it. */
    (void)vt_machine_step(r.m, 0);
    CU_ASSERT_EQUAL(r.cpu->rip, CODE + 3);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 3);
    rig_done(&r);
}

/* RDTSC in the middle of a block reads the clock of its own boundary. */
static void clock_inside_block(void)
{
    /* INC ECX; INC ECX; RDTSC; MOV EBX,EAX; INC ECX; RDTSC; JMP $ */
    static const uint8_t code[] = {0x41, 0x41, 0x0f, 0x31, 0x89, 0xc3,
                                   0x41, 0x0f, 0x31, 0xeb, 0xfe};
    struct rig r;
    uint64_t first, rdtsc;

    rig_init(&r);
    rig_code(&r, code, sizeof code);
    rdtsc = r.cpu->cost[IA32_COST_RDTSC];
    run_to(&r, 100);
    first = r.cpu->gpr[IA32_RBX];
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX] - first, rdtsc + 2 * ALU);
    CU_ASSERT_EQUAL(first, 2 * ALU);
    CU_ASSERT_TRUE(rig_balanced(&r));
    rig_done(&r);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"each instruction costs its price", prices},
        {"a limit falls at the same boundary, cold and warm",
         limits_inside_blocks},
        {"prices of 32 bits add up", enormous_prices},
        {"a fault in a block charges what ran", fault_inside_block},
        {"#UD only when the instruction is reached", undefined_when_reached},
        {"15 bytes run, 16 are #GP(0)", too_long},
        {"the CS limit cuts warm blocks", code_limit},
        {"a fetch faults on the page it needs", fetch_faults},
        {"code in a hole is FF FF: #UD", fetch_from_nowhere},
        {"fetch faults take time", faults_are_not_free},
        {"STI holds interrupts for one instruction", sti_shadow},
        {"an interrupt in a block comes at its boundary",
         interrupt_inside_block},
        {"a timer armed inside a block", timer_armed_inside_block},
        {"HLT waits, and returns behind itself", halt_and_wake},
        {"16-bit and 32-bit code at one address", mode_is_part_of_the_key},
        {"TF traps after one instruction, not after INT n",
         single_step_trap},
        {"the observed loop tells each instruction and iteration",
         observed_sees_each},
        {"a listener stops before the instruction", stop_before_instruction},
        {"RDTSC sees the clock of its boundary", clock_inside_block},
    };

    return run_suite("ia32 run loops", cases, ARRAY_SIZE(cases));
}
