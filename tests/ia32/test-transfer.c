/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Far JMP, CALL, RET and IRET: every reason to fault with its error code,
 * and what a transfer leaves behind.  SDM Vol 2, "CALL", "JMP", "RET",
 * "IRET/IRETD/IRETQ". */
#include "tests/ia32/sysrig.h"

/* --- JMP and CALL ----------------------------------------------------- */

struct far_case {
    const char *name;
    bool call;
    unsigned cpl, selector;
    uint64_t slot_a;   /* descriptor, or 0 */
    uint32_t slot_b_ar; /* of a gate's target */
    unsigned vector;
    uint32_t error;
};

#define SEGMENT(ar) \
    ((uint64_t)0xffff | (uint64_t)0xf << 48 | (uint64_t)(ar) << 40)
/* Gates lead to offset 2000h of slot B. */
#define GATE(type, dpl, selector)                                       \
    ((uint64_t)0x2000 | (uint64_t)(selector) << 16 |                    \
     (uint64_t)(0x80u | (type) | (dpl) << 5) << 40)
#define ABSENT_GATE(type, dpl, selector) \
    (GATE(type, dpl, selector) & ~(UINT64_C(0x80) << 40))
#define JMP false
#define CALL true

static const struct far_case far_cases[] = {
    {"JMP: null", JMP, 0, 0, SEGMENT(A_CODE(0)), 0, IA32_GP, 0},
    {"CALL: null", CALL, 0, 3, SEGMENT(A_CONF(0)), 0, IA32_GP, 0},
    {"JMP: outside the GDT", JMP, 0, GDT_BYTES, SEGMENT(A_CODE(0)), 0,
     IA32_GP, GDT_BYTES},
    {"CALL: outside the LDT", CALL, 0, LDT_BYTES | 4, SEGMENT(A_CODE(0)), 0,
     IA32_GP, LDT_BYTES | 4},
    {"JMP: data", JMP, 0, SLOT_A, SEGMENT(A_DATA(0)), 0, IA32_GP, SLOT_A},
    {"JMP: LDT descriptor", JMP, 0, SLOT_A, SEGMENT(A_SYS(IA32_LDT, 0)), 0,
     IA32_GP, SLOT_A},
    {"CALL: interrupt gate", CALL, 0, SLOT_A, GATE(IA32_INT_GATE32, 3, CODE0),
     0, IA32_GP, SLOT_A},
    {"JMP: conforming with DPL above CPL", JMP, 0, SLOT_A,
     SEGMENT(A_CONF(1)), 0, IA32_GP, SLOT_A},
    {"JMP: conforming with DPL below CPL", JMP, 3, SLOT_A,
     SEGMENT(A_CONF(0)), 0, NO_FAULT, 0},
    {"JMP: conforming, RPL does not matter", JMP, 0, SLOT_A | 3,
     SEGMENT(A_CONF(0)), 0, NO_FAULT, 0},
    {"JMP: absent conforming", JMP, 0, SLOT_A,
     SEGMENT(A_ABSENT(A_CONF(0))), 0, IA32_NP, SLOT_A},
    {"JMP: RPL above CPL", JMP, 0, SLOT_A | 1, SEGMENT(A_CODE(0)), 0, IA32_GP,
     SLOT_A},
    {"CALL: DPL below CPL", CALL, 3, SLOT_A, SEGMENT(A_CODE(0)), 0, IA32_GP,
     SLOT_A},
    {"CALL: DPL above CPL", CALL, 0, SLOT_A, SEGMENT(A_CODE(3)), 0, IA32_GP,
     SLOT_A},
    {"CALL: absent", CALL, 0, SLOT_A, SEGMENT(A_ABSENT(A_CODE(0))), 0,
     IA32_NP, SLOT_A},
    {"CALL: good", CALL, 0, SLOT_A, SEGMENT(A_CODE(0)), 0, NO_FAULT, 0},
    {"JMP: RPL below CPL is good", JMP, 3, SLOT_A, SEGMENT(A_CODE(3)), 0,
     NO_FAULT, 0},

    {"gate: DPL below CPL", CALL, 3, SLOT_A,
     GATE(IA32_CALL_GATE32, 0, SLOT_B), A_CODE(0), IA32_GP, SLOT_A},
    {"gate: DPL below RPL", CALL, 0, SLOT_A | 3,
     GATE(IA32_CALL_GATE32, 0, SLOT_B), A_CODE(0), IA32_GP, SLOT_A},
    {"gate: absent", CALL, 0, SLOT_A,
     ABSENT_GATE(IA32_CALL_GATE32, 0, SLOT_B), A_CODE(0), IA32_NP, SLOT_A},
    {"gate: null target", CALL, 0, SLOT_A, GATE(IA32_CALL_GATE32, 0, 3),
     A_CODE(0), IA32_GP, 0},
    {"gate: target outside", CALL, 0, SLOT_A,
     GATE(IA32_CALL_GATE32, 0, GDT_BYTES), A_CODE(0), IA32_GP, GDT_BYTES},
    {"gate: target is data", CALL, 0, SLOT_A,
     GATE(IA32_CALL_GATE32, 0, SLOT_B), A_DATA(0), IA32_GP, SLOT_B},
    {"gate: target DPL above CPL", CALL, 0, SLOT_A,
     GATE(IA32_CALL_GATE32, 0, SLOT_B), A_CODE(3), IA32_GP, SLOT_B},
    {"gate: JMP does not go inward", JMP, 3, SLOT_A,
     GATE(IA32_CALL_GATE32, 3, SLOT_B), A_CODE(0), IA32_GP, SLOT_B},
    {"gate: JMP to conforming inner code is good", JMP, 3, SLOT_A | 3,
     GATE(IA32_CALL_GATE32, 3, SLOT_B), A_CONF(0), NO_FAULT, 0},
    {"gate: absent target", CALL, 0, SLOT_A,
     GATE(IA32_CALL_GATE32, 0, SLOT_B), A_ABSENT(A_CODE(0)), IA32_NP, SLOT_B},
    {"gate: same level", CALL, 3, SLOT_A | 3,
     GATE(IA32_CALL_GATE16, 3, SLOT_B), A_CODE(3), NO_FAULT, 0},
    {"gate: inner level", CALL, 3, SLOT_A | 3,
     GATE(IA32_CALL_GATE32, 3, SLOT_B), A_CODE(0), NO_FAULT, 0},

    {"task gate: DPL below CPL", CALL, 3, SLOT_A,
     GATE(IA32_TASK_GATE, 0, SLOT_B), A_SYS(IA32_TSS32, 0), IA32_GP, SLOT_A},
    {"task gate: absent", JMP, 0, SLOT_A,
     ABSENT_GATE(IA32_TASK_GATE, 0, SLOT_B), A_SYS(IA32_TSS32, 0), IA32_NP,
     SLOT_A},
    {"task gate: TSS in the LDT", JMP, 0, SLOT_A,
     GATE(IA32_TASK_GATE, 0, 8 | 4), A_SYS(IA32_TSS32, 0), IA32_GP, 8 | 4},
    {"task gate: TSS outside", JMP, 0, SLOT_A,
     GATE(IA32_TASK_GATE, 0, GDT_BYTES), A_SYS(IA32_TSS32, 0), IA32_GP,
     GDT_BYTES},
    {"task gate: null TSS", JMP, 0, SLOT_A, GATE(IA32_TASK_GATE, 0, 0),
     A_SYS(IA32_TSS32, 0), IA32_GP, 0},
    {"task gate: busy TSS", CALL, 0, SLOT_A, GATE(IA32_TASK_GATE, 0, SLOT_B),
     A_SYS(IA32_TSS32_BUSY, 0), IA32_GP, SLOT_B},
    {"task gate: absent TSS", CALL, 0, SLOT_A,
     GATE(IA32_TASK_GATE, 0, SLOT_B), A_ABSENT(A_SYS(IA32_TSS32, 0)), IA32_NP,
     SLOT_B},
    {"TSS: DPL below CPL", JMP, 3, SLOT_A, SEGMENT(A_SYS(IA32_TSS32, 0)), 0,
     IA32_GP, SLOT_A},
    {"TSS: busy", JMP, 0, SLOT_A, SEGMENT(A_SYS(IA32_TSS32_BUSY, 0)), 0,
     IA32_GP, SLOT_A},
    {"TSS: absent", JMP, 0, SLOT_A, SEGMENT(A_ABSENT(A_SYS(IA32_TSS16, 0))),
     0, IA32_NP, SLOT_A},
};

/* jmp/call far [30000h], with m16:32 there */
static enum ia32_status do_far(struct sys *s, bool call, unsigned selector,
                               uint32_t offset)
{
    uint8_t code[] = {0xff, call ? 0x1d : 0x2d, 0x00, 0x00, 0x03, 0x00};
    sys_code(s, code, sizeof code);
    sys_put32(s, SYS_DATA, offset);
    sys_put32(s, SYS_DATA + 4, selector);
    return sys_exec(s);
}

static void far_transfers(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(far_cases); i++) {
        const struct far_case *c = &far_cases[i];
        struct sys s;
        sys_init(&s, "merom", c->cpl);
        sys_put64(&s, SYS_GDT + SLOT_A, c->slot_a);
        sys_gdt(&s, SLOT_B, c->slot_b_ar);
        /* gates lead there, or the transfer itself */
        sys_forbidden(&s, c->slot_b_ar ? SEGMENT(c->slot_b_ar) : c->slot_a);
        enum ia32_status st = do_far(&s, c->call, c->selector, 0x2000);
        bool ok = sys_faulted(&s, st, c->vector, c->error);
        if (ok && c->vector == NO_FAULT)
            ok = st == IA32_JUMP && s.cpu->rip == 0x2000 &&
                 (s.cpu->seg[IA32_CS].selector & 3) == s.cpu->cpl;
        sys_report(c->name, ok);
        sys_done(&s);
    }
}

static void target_outside_its_limit(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    sys_put64(&s, SYS_GDT + SLOT_A, sys_descriptor(0, 0x1fff, 0x409b));
    CU_ASSERT(sys_faulted(&s, do_far(&s, JMP, SLOT_A, 0x2000), IA32_GP, 0));
    CU_ASSERT(sys_faulted(&s, do_far(&s, CALL, SLOT_A, 0x2000), IA32_GP, 0));
    CU_ASSERT_EQUAL(do_far(&s, JMP, SLOT_A, 0x1fff), IA32_JUMP);
    /* through a gate to an inner level, too */
    sys_enter(&s, 3);
    sys_put64(&s, SYS_GDT + SLOT_B,
              sys_gate(IA32_CALL_GATE32, 3, true, SLOT_A, 0x2000, 0));
    CU_ASSERT(sys_faulted(&s, do_far(&s, CALL, SLOT_B, 0), IA32_GP, 0));
    sys_done(&s);
}

static void call_needs_room_on_the_stack(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    s.cpu->seg[IA32_SS].limit = 0x1fff;
    s.cpu->gpr[IA32_RSP] = 0x2004; /* 2000h is outside, 1ffch inside */
    CU_ASSERT(sys_faulted(&s, do_far(&s, CALL, CODE0, 0x2000), IA32_SSF, 0));
    s.cpu->gpr[IA32_RSP] = 0x2000;
    CU_ASSERT_EQUAL(do_far(&s, CALL, CODE0, 0x2000), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], 0x1ff8);
    CU_ASSERT_EQUAL(sys_get32(&s, 0x1ff8), SYS_CODE + 6);
    CU_ASSERT_EQUAL(sys_get32(&s, 0x1ffc), CODE0);
    sys_done(&s);
}

static void gate_copies_parameters(void)
{
    struct sys s;
    sys_init(&s, "merom", 3);
    sys_put64(&s, SYS_GDT + SLOT_A,
              sys_gate(IA32_CALL_GATE32, 3, true, CODE0, 0x2000, 3));
    for (unsigned i = 0; i < 3; i++)
        sys_put32(&s, SYS_STACK3 + 4 * i, 0x111 * (i + 1));
    CU_ASSERT_EQUAL(do_far(&s, CALL, SLOT_A | 3, 0x9999), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->rip, 0x2000);
    CU_ASSERT_EQUAL(s.cpu->cpl, 0);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].selector, CODE0);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_SS].selector, DATA0);
    uint32_t sp = (uint32_t)s.cpu->gpr[IA32_RSP];
    CU_ASSERT_EQUAL(sp, SYS_STACK0 - 28);
    static const uint32_t want[] = {SYS_CODE + 6, CODE3 | 3, 0x111, 0x222,
                                    0x333, SYS_STACK3, DATA3 | 3};
    for (unsigned i = 0; i < ARRAY_SIZE(want); i++)
        CU_ASSERT_EQUAL(sys_get32(&s, sp + 4 * i), want[i]);
    sys_done(&s);
}

static void gate_of_16_bits_cuts_the_offset(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    sys_put64(&s, SYS_GDT + SLOT_A,
              sys_gate(IA32_CALL_GATE16, 0, true, CODE0, 0xabcd2000, 0));
    uint64_t sp = s.cpu->gpr[IA32_RSP];
    CU_ASSERT_EQUAL(do_far(&s, CALL, SLOT_A, 0), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->rip, 0x2000);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], sp - 4);
    sys_done(&s);
}

/* --- the inner stack -------------------------------------------------- */

struct stack_case {
    const char *name;
    uint32_t tss_limit;
    unsigned ss;         /* in the TSS */
    uint32_t ar;         /* of SLOT_C */
    unsigned vector;
    uint32_t error;
};

static const struct stack_case stacks[] = {
    {"TSS too short for SS0", 10, DATA0, 0, IA32_TS, TSS},
    {"TSS just long enough", 11, DATA0, 0, NO_FAULT, 0},
    {"null SS", 0x67, 0, A_DATA(0), IA32_TS, 0},
    {"SS outside the GDT", 0x67, GDT_BYTES, A_DATA(0), IA32_TS, GDT_BYTES},
    {"RPL not the target's DPL", 0x67, SLOT_C | 1, A_DATA(0), IA32_TS,
     SLOT_C},
    {"DPL not the target's DPL", 0x67, SLOT_C, A_DATA(3), IA32_TS, SLOT_C},
    {"not writable", 0x67, SLOT_C, A_RO(0), IA32_TS, SLOT_C},
    {"code", 0x67, SLOT_C, A_CODE(0), IA32_TS, SLOT_C},
    {"absent", 0x67, SLOT_C, A_ABSENT(A_DATA(0)), IA32_SSF, SLOT_C},
    /* byte granularity: limit FFFFFh, ESP above it */
    {"no room", 0x67, SLOT_C, 0x4093, IA32_SSF, SLOT_C},
};

static void inner_stack_checks(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(stacks); i++) {
        const struct stack_case *c = &stacks[i];
        struct sys s;
        sys_init(&s, "merom", 3);
        sys_put64(&s, SYS_GDT + SLOT_A,
                  sys_gate(IA32_CALL_GATE32, 3, true, CODE0, 0x2000, 0));
        sys_gdt(&s, SLOT_C, c->ar);
        sys_forbidden(&s, SEGMENT(c->ar));
        s.cpu->seg[IA32_TR].limit = c->tss_limit;
        sys_put32(&s, SYS_TSS + 8, c->ss);
        if (c->ar == 0x4093)
            sys_put32(&s, SYS_TSS + 4, 0x100004);
        enum ia32_status st = do_far(&s, CALL, SLOT_A | 3, 0);
        sys_report(c->name, sys_faulted(&s, st, c->vector, c->error));
        sys_done(&s);
    }
}

static void inner_stack_of_a_16_bit_tss(void)
{
    struct sys s;
    sys_init(&s, "merom", 3);
    sys_put64(&s, SYS_GDT + SLOT_A,
              sys_gate(IA32_CALL_GATE32, 3, true, CODE1, 0x2000, 0));
    s.cpu->seg[IA32_TR].ar = A_SYS(IA32_TSS16_BUSY, 0);
    s.cpu->seg[IA32_TR].limit = 0x2b;
    sys_put32(&s, SYS_TSS + 6, 0x9000u | (uint32_t)(DATA1 | 1) << 16);
    CU_ASSERT_EQUAL(do_far(&s, CALL, SLOT_A | 3, 0), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->cpl, 1);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], 0x9000 - 16);
    s.cpu->seg[IA32_TR].limit = 8;
    sys_enter(&s, 3);
    s.cpu->seg[IA32_TR].ar = A_SYS(IA32_TSS16_BUSY, 0);
    s.cpu->seg[IA32_TR].limit = 8; /* SS1 is at 8 and 9 */
    CU_ASSERT(sys_faulted(&s, do_far(&s, CALL, SLOT_A | 3, 0), IA32_TS, TSS));
    sys_done(&s);
}

/* --- RETF and IRET ---------------------------------------------------- */

struct return_case {
    const char *name;
    unsigned cpl, cs;
    uint32_t ar;    /* of SLOT_A, for cs */
    unsigned ss;
    uint32_t ss_ar; /* of SLOT_B */
    uint32_t eip;
    unsigned vector;
    uint32_t error;
};

static const struct return_case returns[] = {
    {"null CS", 0, 0, A_CODE(0), 0, 0, 0x2000, IA32_GP, 0},
    {"CS outside", 0, GDT_BYTES, A_CODE(0), 0, 0, 0x2000, IA32_GP, GDT_BYTES},
    {"CS is data", 0, SLOT_A, A_DATA(0), 0, 0, 0x2000, IA32_GP, SLOT_A},
    {"RPL below CPL", 3, SLOT_A, A_CODE(0), 0, 0, 0x2000, IA32_GP, SLOT_A},
    {"conforming with DPL above RPL", 0, SLOT_A, A_CONF(1), 0, 0, 0x2000,
     IA32_GP, SLOT_A},
    {"DPL not RPL", 0, SLOT_A, A_CODE(3), 0, 0, 0x2000, IA32_GP, SLOT_A},
    {"absent CS", 0, SLOT_A, A_ABSENT(A_CODE(0)), 0, 0, 0x2000, IA32_NP,
     SLOT_A},
    {"EIP outside", 0, SLOT_A, 0x409b, 0, 0, 0x100000, IA32_GP, 0},
    {"good", 0, SLOT_A, A_CODE(0), 0, 0, 0x2000, NO_FAULT, 0},
    {"outer: null SS", 0, SLOT_A | 3, A_CODE(3), 3, A_DATA(3), 0x2000, IA32_GP, 0},
    {"outer: SS outside", 0, SLOT_A | 3, A_CODE(3), GDT_BYTES | 3, A_DATA(3),
     0x2000, IA32_GP, GDT_BYTES},
    {"outer: SS's RPL is not CS's", 0, SLOT_A | 3, A_CODE(3), SLOT_B,
     A_DATA(3), 0x2000, IA32_GP, SLOT_B},
    {"outer: SS not writable", 0, SLOT_A | 3, A_CODE(3), SLOT_B | 3, A_RO(3),
     0x2000, IA32_GP, SLOT_B},
    {"outer: SS's DPL", 0, SLOT_A | 3, A_CODE(3), SLOT_B | 3, A_DATA(0),
     0x2000, IA32_GP, SLOT_B},
    {"outer: absent SS", 0, SLOT_A | 3, A_CODE(3), SLOT_B | 3,
     A_ABSENT(A_DATA(3)), 0x2000, IA32_SSF, SLOT_B},
    {"outer: SS is looked at before EIP", 0, SLOT_A | 3, 0x40fb, 3, 0,
     0x100000, IA32_GP, 0},
    {"outer: EIP outside", 0, SLOT_A | 3, 0x40fb, SLOT_B | 3, A_DATA(3),
     0x100000, IA32_GP, 0},
    {"outer: good", 0, SLOT_A | 3, A_CODE(3), SLOT_B | 3, A_DATA(3), 0x2000,
     NO_FAULT, 0},
    {"outer: conforming code runs at RPL", 0, SLOT_A | 3, A_CONF(0),
     SLOT_B | 3, A_DATA(3), 0x2000, NO_FAULT, 0},
};

/* Frame at ESP; iret has EFLAGS in it. */
static void put_frame(struct sys *s, const struct return_case *c, bool iret)
{
    uint32_t at = (uint32_t)s->cpu->gpr[IA32_RSP];
    uint32_t frame[5] = {c->eip, c->cs};
    unsigned n = 2;
    if (iret)
        frame[n++] = 0x202;
    frame[n++] = 0x5000; /* ESP */
    frame[n++] = c->ss;
    for (unsigned i = 0; i < n; i++)
        sys_put32(s, at + 4 * i, frame[i]);
}

static void one_return(const struct return_case *c, bool iret)
{
    struct sys s;
    sys_init(&s, "merom", c->cpl);
    sys_gdt(&s, SLOT_A, c->ar);
    sys_gdt(&s, SLOT_B, c->ss_ar);
    sys_forbidden(&s, SEGMENT(c->ss_ar ? c->ss_ar : c->ar));
    s.cpu->gpr[IA32_RSP] -= 0x40;
    uint64_t sp = s.cpu->gpr[IA32_RSP];
    uint8_t code = iret ? 0xcf : 0xcb;
    sys_code(&s, &code, 1);
    put_frame(&s, c, iret);
    enum ia32_status st = sys_exec(&s);
    bool ok = sys_faulted(&s, st, c->vector, c->error);
    if (ok && c->vector == NO_FAULT) {
        bool outer = (c->cs & 3) != c->cpl;
        ok = s.cpu->rip == c->eip && s.cpu->seg[IA32_CS].selector == c->cs &&
             s.cpu->cpl == (c->cs & 3) &&
             s.cpu->gpr[IA32_RSP] ==
                 (outer ? 0x5000 : sp + (iret ? 12 : 8));
    }
    sys_report(c->name, ok);
    sys_done(&s);
}

static void far_returns(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(returns); i++)
        one_return(&returns[i], false);
}

static void interrupt_returns(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(returns); i++)
        one_return(&returns[i], true);
}

static void returns_need_their_frame(void)
{
    static const struct { uint8_t opcode; unsigned bytes; } items[] = {
        {0xcb, 8}, {0xcf, 12}};
    for (unsigned i = 0; i < 2; i++) {
        struct sys s;
        sys_init(&s, "merom", 0);
        sys_code(&s, &items[i].opcode, 1);
        s.cpu->seg[IA32_SS].limit = 0x1fff;
        s.cpu->gpr[IA32_RSP] = 0x2000 - items[i].bytes + 4;
        sys_put32(&s, (uint32_t)s.cpu->gpr[IA32_RSP], 0x2000);
        sys_put32(&s, (uint32_t)s.cpu->gpr[IA32_RSP] + 4, CODE0);
        CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_SSF, 0));
        /* and five items when it goes outward */
        s.cpu->gpr[IA32_RSP] = 0x2000 - items[i].bytes;
        sys_put32(&s, (uint32_t)s.cpu->gpr[IA32_RSP], 0x2000);
        sys_put32(&s, (uint32_t)s.cpu->gpr[IA32_RSP] + 4, CODE3 | 3);
        sys_put32(&s, 0x1ffc, items[i].opcode == 0xcf ? 2 : CODE3 | 3);
        CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_SSF, 0));
        sys_done(&s);
    }
}

static void outer_return_nulls_inner_segments(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    s.cpu->seg[IA32_DS] = sys_seg(DATA0, 0, 0xffffffff, A_DATA(0));
    s.cpu->seg[IA32_ES] = sys_seg(DATA3 | 3, 0, 0xffffffff, A_DATA(3));
    s.cpu->seg[IA32_FS] = sys_seg(CONF0, 0, 0xffffffff, A_CONF(0));
    s.cpu->seg[IA32_GS] = sys_seg(CODE0, 0, 0xffffffff, A_CODE(0));
    SYS_CODE_BYTES(&s, 0xcf);
    s.cpu->gpr[IA32_RSP] -= 0x40;
    static const struct return_case to3 = {.cs = CODE3 | 3, .ss = DATA3 | 3,
                                           .eip = 0x2000};
    put_frame(&s, &to3, true);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_DS].selector, 0);
    CU_ASSERT(s.cpu->seg[IA32_DS].ar & AR_UNUSABLE);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_ES].selector, DATA3 | 3);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_FS].selector, CONF0);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_GS].selector, 0);
    sys_done(&s);
}

static void retf_releases_parameters_on_both_stacks(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0xca, 0x08, 0x00);
    uint32_t sp = (uint32_t)(s.cpu->gpr[IA32_RSP] -= 0x40);
    static const uint32_t frame[] = {0x2000, CODE3 | 3, 0, 0, 0x5000,
                                     DATA3 | 3};
    for (unsigned i = 0; i < ARRAY_SIZE(frame); i++)
        sys_put32(&s, sp + 4 * i, frame[i]);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], 0x5008);
    CU_ASSERT_EQUAL(s.cpu->cpl, 3);
    sys_done(&s);
}

/* --- IRET's flags ----------------------------------------------------- */

struct flag_case {
    const char *name;
    unsigned cpl;
    uint64_t before;
    uint32_t image;
    bool wide;      /* operand size 32 */
    uint64_t after;
};

#define IOPL(n) ((uint64_t)(n) << FL_IOPL_SHIFT)

static const struct flag_case flags[] = {
    {"CPL 0 changes IF and IOPL", 0, 0, 0x3202, true, 0x3202},
    {"CPL 3 with IOPL 0 changes neither", 3, 0, 0x3202, true, 0x2},
    {"CPL 3 with IOPL 3 changes IF only", 3, IOPL(3), 0x0202, true, 0x3202},
    {"arithmetic, TF, DF and NT always", 3, 0, 0x4dd7, true, 0x4dd7},
    {"AC, ID and RF with 32 bits", 3, 0, 0x250002, true, 0x250002},
    {"not with 16 bits", 3, FL_AC | FL_ID, 0, false, FL_AC | FL_ID | 2},
    {"VIF and VIP at CPL 0", 0, 0, 0x180002, true, 0x180002},
    {"VIF and VIP not at CPL 3", 3, 0, 0x180002, true, 0x2},
};

static void iret_flags(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(flags); i++) {
        const struct flag_case *c = &flags[i];
        struct sys s;
        sys_init(&s, "merom", c->cpl);
        unsigned size = c->wide ? 4 : 2;
        static const uint8_t wide[] = {0xcf}, narrow[] = {0x66, 0xcf};
        sys_code(&s, c->wide ? wide : narrow, c->wide ? 1 : 2);
        s.cpu->gpr[IA32_RSP] -= 0x40;
        uint32_t at = (uint32_t)s.cpu->gpr[IA32_RSP];
        sys_put32(&s, at, 0x2000);
        sys_put32(&s, at + size, c->cpl ? CODE3 | 3 : CODE0);
        vt_physmem_write(s.pm, at + 2 * size, c->image, size);
        ia32_set_rflags(s.cpu, c->before);
        enum ia32_status st = sys_exec(&s);
        sys_report(c->name, st == IA32_JUMP &&
                                ia32_get_rflags(s.cpu) == c->after);
        sys_done(&s);
    }
}

static void task_return_checks(void)
{
    static const struct {
        const char *name;
        unsigned link;
        uint32_t ar;
        unsigned vector;
    } links[] = {
        {"link in the LDT", 8 | 4, 0, IA32_TS},
        {"link outside", GDT_BYTES, 0, IA32_TS},
        {"link to no TSS", SLOT_A, A_CODE(0), IA32_TS},
        {"link to a TSS that is not busy", SLOT_A, A_SYS(IA32_TSS32, 0),
         IA32_TS},
        {"link to an absent TSS", SLOT_A,
         A_ABSENT(A_SYS(IA32_TSS32_BUSY, 0)), IA32_NP},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(links); i++) {
        struct sys s;
        sys_init(&s, "merom", 0);
        SYS_CODE_BYTES(&s, 0xcf);
        ia32_set_rflags(s.cpu, FL_NT);
        sys_gdt(&s, SLOT_A, links[i].ar);
        sys_forbidden(&s, SEGMENT(A_SYS(IA32_TSS32_BUSY, 0)));
        sys_put32(&s, SYS_TSS, links[i].link);
        enum ia32_status st = sys_exec(&s);
        sys_report(links[i].name,
                   sys_faulted(&s, st, links[i].vector, links[i].link));
        sys_done(&s);
    }
}

static const struct sys_case cases[] = {
    {"JMP CALL: every reason to fault, in order", far_transfers},
    {"JMP CALL: EIP outside the target is #GP(0)", target_outside_its_limit},
    {"CALL: room for the return address", call_needs_room_on_the_stack},
    {"call gate: copies parameters to the new stack", gate_copies_parameters},
    {"call gate: 16 bits", gate_of_16_bits_cuts_the_offset},
    {"inner stack: every reason to fault", inner_stack_checks},
    {"inner stack: of a 16-bit TSS", inner_stack_of_a_16_bit_tss},
    {"RETF: every reason to fault", far_returns},
    {"IRET: every reason to fault", interrupt_returns},
    {"RETF IRET: the frame must be there", returns_need_their_frame},
    {"IRET: nulls segments of inner levels",
     outer_return_nulls_inner_segments},
    {"RETF n: releases on both stacks",
     retf_releases_parameters_on_both_stacks},
    {"IRET: which flags change", iret_flags},
    {"IRET with NT: checks of a task return", task_return_checks},
};

int main(void)
{
    return sys_main("transfer", cases, ARRAY_SIZE(cases));
}
