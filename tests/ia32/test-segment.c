/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Segment loads and questions about selectors, one case a line of the
 * manual's pseudocode.  SDM 325462, Vol 2B, "MOV--Move"; Vol 2, "LAR",
 * "LSL", "VERR/VERW", "ARPL", "LLDT", "LTR". */
#include "tests/ia32/sysrig.h"

struct load_case {
    const char *name;
    unsigned cpl;
    unsigned reg;      /* ModRM.reg: 0 ES, 2 SS, 3 DS, 4 FS, 5 GS */
    unsigned selector;
    uint32_t ar;       /* of SLOT_A */
    unsigned vector;
    uint32_t error;
};

static const struct load_case loads[] = {
    {"SS: null is #GP(0)", 0, 2, 0, A_DATA(0), IA32_GP, 0},
    {"SS: null with RPL 3 is #GP(0)", 0, 2, 3, 0, IA32_GP, 0},
    {"SS: outside the GDT", 0, 2, GDT_BYTES, A_DATA(0), IA32_GP, GDT_BYTES},
    {"SS: outside the LDT keeps TI", 0, 2, LDT_BYTES | 4, A_DATA(0), IA32_GP,
     LDT_BYTES | 4},
    {"SS: RPL not CPL", 0, 2, SLOT_A | 1, A_DATA(0), IA32_GP, SLOT_A},
    {"SS: DPL not CPL", 0, 2, SLOT_A, A_DATA(3), IA32_GP, SLOT_A},
    {"SS: read-only", 0, 2, SLOT_A, A_RO(0), IA32_GP, SLOT_A},
    {"SS: code", 0, 2, SLOT_A, A_CODE(0), IA32_GP, SLOT_A},
    {"SS: system", 0, 2, SLOT_A, A_SYS(IA32_LDT, 0), IA32_GP, SLOT_A},
    {"SS: absent is #SS", 0, 2, SLOT_A, A_ABSENT(A_DATA(0)), IA32_SSF,
     SLOT_A},
    {"SS: read-only beats absent", 0, 2, SLOT_A, A_ABSENT(A_RO(0)), IA32_GP,
     SLOT_A},
    {"SS: good", 0, 2, SLOT_A, A_DATA(0), NO_FAULT, 0},
    {"SS: good at CPL 3", 3, 2, SLOT_A | 3, A_DATA(3), NO_FAULT, 0},
    {"DS: null is no fault", 0, 3, 0, 0, NO_FAULT, 0},
    {"ES: null with RPL 3 is no fault", 0, 0, 3, 0, NO_FAULT, 0},
    {"DS: outside the GDT", 0, 3, GDT_BYTES | 3, A_DATA(3), IA32_GP,
     GDT_BYTES},
    {"DS: outside the LDT", 0, 3, LDT_BYTES | 4, A_DATA(0), IA32_GP,
     LDT_BYTES | 4},
    {"DS: execute-only code", 0, 3, SLOT_A, A_CODE_X(0), IA32_GP, SLOT_A},
    {"DS: system", 0, 3, SLOT_A, A_SYS(IA32_TSS32, 0), IA32_GP, SLOT_A},
    {"DS: CPL above DPL", 3, 3, SLOT_A, A_DATA(0), IA32_GP, SLOT_A},
    {"DS: RPL above DPL", 0, 3, SLOT_A | 3, A_DATA(0), IA32_GP, SLOT_A},
    {"DS: CPL above DPL of readable code", 3, 3, SLOT_A, A_CODE(0), IA32_GP,
     SLOT_A},
    {"DS: conforming code whatever the DPL", 3, 3, SLOT_A | 3, A_CONF(0),
     NO_FAULT, 0},
    {"DS: readable code", 0, 3, SLOT_A, A_CODE(0), NO_FAULT, 0},
    {"FS: read-only data", 0, 4, SLOT_A, A_RO(0), NO_FAULT, 0},
    {"GS: DPL 3 from CPL 0 with RPL 3", 0, 5, SLOT_A | 3, A_DATA(3), NO_FAULT,
     0},
    {"DS: absent is #NP", 0, 3, SLOT_A, A_ABSENT(A_DATA(0)), IA32_NP, SLOT_A},
};

static void moves_to_segment_registers(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(loads); i++) {
        const struct load_case *c = &loads[i];
        struct sys s;
        sys_init(&s, "merom", c->cpl);
        sys_gdt(&s, SLOT_A, c->ar);
        sys_forbidden(&s, sys_descriptor(0, 0xfffff, c->ar));
        uint8_t code[] = {0x8e, (uint8_t)(0xc0 | c->reg << 3)};
        sys_code(&s, code, sizeof code);
        s.cpu->gpr[IA32_RAX] = c->selector;
        enum ia32_status st = sys_exec(&s);
        bool ok = sys_faulted(&s, st, c->vector, c->error);
        if (ok && c->vector == NO_FAULT)
            ok = s.cpu->seg[c->reg].selector == c->selector;
        sys_report(c->name, ok);
        sys_done(&s);
    }
}

static void null_is_unusable(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0x8e, 0xd8); /* mov ds, ax */
    s.cpu->gpr[IA32_RAX] = 0;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT(s.cpu->seg[IA32_DS].ar & AR_UNUSABLE);
    /* mov eax, [30000h] */
    SYS_CODE_BYTES(&s, 0xa1, 0x00, 0x00, 0x03, 0x00);
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
    sys_done(&s);
}

static void loads_set_the_accessed_bit(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    sys_put64(&s, SYS_GDT + SLOT_A,
              sys_descriptor(0x12345000, 0xabcde, 0x8092));
    SYS_CODE_BYTES(&s, 0x8e, 0xd8);
    s.cpu->gpr[IA32_RAX] = SLOT_A;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(vt_physmem_read(s.pm, SYS_GDT + SLOT_A + 5, 1), 0x93);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_DS].ar, 0x8093);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_DS].base, 0x12345000);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_DS].limit, 0xabcdefff);
    sys_done(&s);
}

/* The descriptor of the LDT, and byte granularity. */
static void descriptors_come_from_the_ldt(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    sys_put64(&s, SYS_LDT + 8, sys_descriptor(0xfedcba98, 0x12345, 0x4093));
    SYS_CODE_BYTES(&s, 0x8e, 0xe0); /* mov fs, ax */
    s.cpu->gpr[IA32_RAX] = 8 | 4;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_FS].base, 0xfedcba98);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_FS].limit, 0x12345);
    s.cpu->seg[IA32_LDTR].ar = AR_UNUSABLE;
    s.cpu->rip = SYS_CODE;
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 8 | 4));
    sys_done(&s);
}

static void pop_moves_esp_only_on_success(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0x1f); /* pop ds */
    sys_put32(&s, (uint32_t)s.cpu->gpr[IA32_RSP], 0xffff0000u | GDT_BYTES);
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, GDT_BYTES));
    uint64_t sp = s.cpu->gpr[IA32_RSP];
    sys_put32(&s, (uint32_t)sp, 0xffff0000u | DATA3);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], sp + 4);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_DS].selector, DATA3);
    sys_done(&s);
}

static void far_pointer_loads_register_and_segment(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    /* lgs ecx, [30000h]; the selector is bad first */
    SYS_CODE_BYTES(&s, 0x0f, 0xb5, 0x0d, 0x00, 0x00, 0x03, 0x00);
    sys_put32(&s, SYS_DATA, 0xcafebabe);
    sys_put32(&s, SYS_DATA + 4, GDT_BYTES);
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, GDT_BYTES));
    sys_put32(&s, SYS_DATA + 4, DATA3 | 3);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RCX], 0xcafebabe);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_GS].selector, DATA3 | 3);
    sys_done(&s);
}

/* --- questions -------------------------------------------------------- */

enum { Q_LAR, Q_LSL, Q_VERR, Q_VERW };

struct question {
    const char *name;
    unsigned which, cpl, selector;
    uint32_t ar;
    bool yes;
};

static const struct question questions[] = {
    {"LAR: null", Q_LAR, 0, 0, A_DATA(0), false},
    {"LAR: outside", Q_LAR, 0, GDT_BYTES, A_DATA(0), false},
    {"LAR: data", Q_LAR, 0, SLOT_A, A_DATA(0), true},
    {"LAR: absent data", Q_LAR, 0, SLOT_A, A_ABSENT(A_DATA(0)), true},
    {"LAR: call gate", Q_LAR, 0, SLOT_A, A_SYS(IA32_CALL_GATE32, 0), true},
    {"LAR: task gate", Q_LAR, 0, SLOT_A, A_SYS(IA32_TASK_GATE, 0), true},
    {"LAR: interrupt gate", Q_LAR, 0, SLOT_A, A_SYS(IA32_INT_GATE32, 0),
     false},
    {"LAR: reserved type 0", Q_LAR, 0, SLOT_A, A_SYS(0, 0), false},
    {"LAR: reserved type 8", Q_LAR, 0, SLOT_A, A_SYS(8, 0), false},
    {"LAR: CPL above DPL", Q_LAR, 3, SLOT_A, A_DATA(0), false},
    {"LAR: RPL above DPL", Q_LAR, 0, SLOT_A | 3, A_DATA(0), false},
    {"LAR: conforming", Q_LAR, 3, SLOT_A | 3, A_CONF(0), true},
    {"LSL: TSS", Q_LSL, 0, SLOT_A, A_SYS(IA32_TSS32, 0), true},
    {"LSL: busy 16-bit TSS", Q_LSL, 0, SLOT_A, A_SYS(IA32_TSS16_BUSY, 0),
     true},
    {"LSL: LDT", Q_LSL, 0, SLOT_A, A_SYS(IA32_LDT, 0), true},
    {"LSL: call gate has none", Q_LSL, 0, SLOT_A, A_SYS(IA32_CALL_GATE32, 0),
     false},
    {"LSL: system above DPL", Q_LSL, 3, SLOT_A, A_SYS(IA32_LDT, 0), false},
    {"VERR: data", Q_VERR, 0, SLOT_A, A_RO(0), true},
    {"VERR: readable code", Q_VERR, 0, SLOT_A, A_CODE(0), true},
    {"VERR: execute-only", Q_VERR, 0, SLOT_A, A_CODE_X(0), false},
    {"VERR: system", Q_VERR, 0, SLOT_A, A_SYS(IA32_LDT, 0), false},
    {"VERR: DPL", Q_VERR, 3, SLOT_A | 3, A_DATA(0), false},
    {"VERR: conforming", Q_VERR, 3, SLOT_A | 3, A_CONF(0), true},
    {"VERW: writable", Q_VERW, 0, SLOT_A, A_DATA(0), true},
    {"VERW: read-only", Q_VERW, 0, SLOT_A, A_RO(0), false},
    {"VERW: code", Q_VERW, 0, SLOT_A, A_CODE(0), false},
    {"VERW: RPL", Q_VERW, 0, SLOT_A | 3, A_DATA(0), false},
};

static void questions_answer_in_zf(void)
{
    static const uint8_t code[][3] = {{0x0f, 0x02, 0xc8},
                                      {0x0f, 0x03, 0xc8},
                                      {0x0f, 0x00, 0xe0},
                                      {0x0f, 0x00, 0xe8}};
    for (unsigned i = 0; i < ARRAY_SIZE(questions); i++) {
        const struct question *q = &questions[i];
        struct sys s;
        sys_init(&s, "merom", q->cpl);
        sys_gdt(&s, SLOT_A, q->ar);
        sys_forbidden(&s, sys_descriptor(0, 0xfffff, q->ar));
        sys_code(&s, code[q->which], 3);
        s.cpu->gpr[IA32_RAX] = q->selector;
        s.cpu->gpr[IA32_RCX] = 0x55;
        uint32_t want = 0x55;
        if (q->yes && q->which == Q_LAR)
            want = (q->ar << 8) & 0xf0ff00;
        else if (q->yes && q->which == Q_LSL)
            want = q->ar & AR_G ? 0xffffffff : 0xfffff;
        enum ia32_status st = sys_exec(&s);
        sys_report(q->name, st == IA32_OK && ia32_zf(s.cpu) == q->yes &&
                                s.cpu->gpr[IA32_RCX] == want);
        sys_done(&s);
    }
}

static void arpl_raises_rpl(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0x63, 0xc8, 0x63, 0xc8); /* arpl ax, cx, twice */
    s.cpu->gpr[IA32_RAX] = 0xffff0010;
    s.cpu->gpr[IA32_RCX] = 3;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RAX], 0xffff0013);
    CU_ASSERT(ia32_zf(s.cpu));
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_FALSE(ia32_zf(s.cpu));
    sys_done(&s);
}

static void arpl_writes_only_what_changes(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    struct ia32_cpu *cpu = s.cpu;
    cpu->seg[IA32_DS].ar = A_RO(0);
    cpu->gpr[IA32_RBX] = SYS_DATA;
    sys_put32(&s, SYS_DATA, 2);
    cpu->gpr[IA32_RAX] = 2;
    SYS_CODE_BYTES(&s, 0x63, 0x03, 0x63, 0x03); /* arpl [ebx], ax, twice */
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT(!ia32_zf(cpu));
    cpu->gpr[IA32_RAX] = 3;
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
    CU_ASSERT_EQUAL(sys_get32(&s, SYS_DATA), 2);
    sys_done(&s);
}

/* --- LLDT, LTR -------------------------------------------------------- */

struct sysload_case {
    const char *name;
    uint8_t modrm; /* D0 LLDT AX, D8 LTR AX */
    unsigned selector;
    uint32_t ar;
    unsigned vector;
    uint32_t error;
};

static const struct sysload_case sysloads[] = {
    {"LLDT: null", 0xd0, 0, 0, NO_FAULT, 0},
    {"LLDT: in the LDT", 0xd0, 8 | 4, A_SYS(IA32_LDT, 0), IA32_GP, 8 | 4},
    {"LLDT: outside", 0xd0, GDT_BYTES, A_SYS(IA32_LDT, 0), IA32_GP,
     GDT_BYTES},
    {"LLDT: no LDT", 0xd0, SLOT_A, A_SYS(IA32_TSS32, 0), IA32_GP, SLOT_A},
    {"LLDT: data", 0xd0, SLOT_A, A_DATA(0), IA32_GP, SLOT_A},
    {"LLDT: absent", 0xd0, SLOT_A, A_ABSENT(A_SYS(IA32_LDT, 0)), IA32_NP,
     SLOT_A},
    {"LLDT: good", 0xd0, SLOT_A, A_SYS(IA32_LDT, 0), NO_FAULT, 0},
    {"LTR: null", 0xd8, 0, A_SYS(IA32_TSS32, 0), IA32_GP, 0},
    {"LTR: in the LDT", 0xd8, 8 | 4, A_SYS(IA32_TSS32, 0), IA32_GP, 8 | 4},
    {"LTR: outside", 0xd8, GDT_BYTES, A_SYS(IA32_TSS32, 0), IA32_GP,
     GDT_BYTES},
    {"LTR: busy", 0xd8, SLOT_A, A_SYS(IA32_TSS32_BUSY, 0), IA32_GP, SLOT_A},
    {"LTR: no TSS", 0xd8, SLOT_A, A_SYS(IA32_LDT, 0), IA32_GP, SLOT_A},
    {"LTR: absent", 0xd8, SLOT_A, A_ABSENT(A_SYS(IA32_TSS32, 0)), IA32_NP,
     SLOT_A},
    {"LTR: good", 0xd8, SLOT_A, A_SYS(IA32_TSS32, 0), NO_FAULT, 0},
    {"LTR: good, 16-bit", 0xd8, SLOT_A, A_SYS(IA32_TSS16, 0), NO_FAULT, 0},
};

static void lldt_and_ltr(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(sysloads); i++) {
        const struct sysload_case *c = &sysloads[i];
        struct sys s;
        sys_init(&s, "merom", 0);
        sys_gdt(&s, SLOT_A, c->ar);
        sys_forbidden(&s, sys_descriptor(0, 0xfffff, c->ar));
        uint8_t code[] = {0x0f, 0x00, c->modrm};
        sys_code(&s, code, 3);
        s.cpu->gpr[IA32_RAX] = c->selector;
        enum ia32_status st = sys_exec(&s);
        sys_report(c->name, sys_faulted(&s, st, c->vector, c->error));
        sys_done(&s);
    }
}

static void ltr_marks_the_tss_busy(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    sys_gdt(&s, SLOT_A, A_SYS(IA32_TSS32, 0));
    SYS_CODE_BYTES(&s, 0x0f, 0x00, 0xd8);
    s.cpu->gpr[IA32_RAX] = SLOT_A;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(vt_physmem_read(s.pm, SYS_GDT + SLOT_A + 5, 1), 0x8b);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_TR].ar & 0xff, 0x8b);
    sys_done(&s);
}

/* PUSH and POP of a selector move ESP by four and touch two bytes. */
static void selectors_take_two_bytes(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0x1e); /* push ds */
    s.cpu->gpr[IA32_RSP] = SYS_STACK0;
    sys_put32(&s, SYS_STACK0 - 4, 0xaaaaaaaa);
    s.cpu->seg[IA32_SS].limit = SYS_STACK0 - 3; /* half the slot */
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], SYS_STACK0 - 4);
    CU_ASSERT_EQUAL(sys_get32(&s, SYS_STACK0 - 4), 0xaaaa0000 | DATA0);
    SYS_CODE_BYTES(&s, 0x07); /* pop es */
    s.cpu->seg[IA32_ES].selector = 0;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], SYS_STACK0);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_ES].selector, DATA0);
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"PUSH and POP of a selector: two bytes", selectors_take_two_bytes},
    {"MOV Sw: every reason to fault, in order", moves_to_segment_registers},
    {"null: DS cannot be used", null_is_unusable},
    {"loads: set the accessed bit", loads_set_the_accessed_bit},
    {"loads: from the LDT", descriptors_come_from_the_ldt},
    {"POP DS: ESP moves only on success", pop_moves_esp_only_on_success},
    {"LGS: both or nothing", far_pointer_loads_register_and_segment},
    {"LAR LSL VERR VERW: ZF", questions_answer_in_zf},
    {"ARPL: raises RPL", arpl_raises_rpl},
    {"ARPL: an RPL that is high enough is not written",
     arpl_writes_only_what_changes},
    {"LLDT LTR: every reason to fault", lldt_and_ltr},
    {"LTR: marks the TSS busy", ltr_marks_the_tss_busy},
};

int main(void)
{
    return sys_main("segment", cases, ARRAY_SIZE(cases));
}
