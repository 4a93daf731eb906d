/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a task switch saves, loads and marks, and events through task gates.
 * SDM Vol 3A, "Task Switching", "Task Linking", table "Effect of a Task
 * Switch on Busy Flag, NT Flag, Previous Task Link Field, and TS Flag",
 * "16-Bit Task-State Segment (TSS)"; Vol 2A, "INT n", TASK-GATE. */
#include "tests/ia32/taskrig.h"

/* --- what a switch does ------------------------------------------------ */

/* The table of effects: one row, three columns. */
static void effects(void)
{
    static const enum way ways[] = {JMP, CALL, IRET, GATE_INT, GATE_GP};
    for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
        enum way way = ways[i];
        bool nested = is_nested(way), iret = way == IRET;
        struct sys s;
        sys_init(&s, "merom", 0);
        new_task32(&s);
        prepare(&s, way);
        CU_ASSERT_EQUAL(go(&s, way), IA32_JUMP);
        /* busy of the new task */
        CU_ASSERT_EQUAL(peek(&s, RIGHTS(SLOT_A), 1), 0x8b);
        /* busy of the old task */
        CU_ASSERT_EQUAL(peek(&s, RIGHTS(TSS), 1), nested ? 0x8b : 0x89);
        /* NT of the new task */
        CU_ASSERT_EQUAL(s.cpu->rflags & FL_NT, nested ? FL_NT : 0);
        /* NT of the old task: it was set for IRET only */
        CU_ASSERT_EQUAL(peek(&s, SYS_TSS + F_EFLAGS, 4) & FL_NT, 0);
        /* previous task link of the new and of the old task */
        CU_ASSERT_EQUAL(peek(&s, NEW_TSS + LINK, 2), nested ? TSS : 0);
        CU_ASSERT_EQUAL(peek(&s, SYS_TSS + LINK, 2), iret ? SLOT_A : 0);
        /* TS */
        CU_ASSERT(s.cpu->cr0 & CR0_TS);
        CU_ASSERT_EQUAL(peek(&s, SYS_TSS + F_EIP, 4), return_to(way));
        sys_done(&s);
    }
}

/* NT of an old task that JMP leaves stays what it was. */
static void jmp_keeps_nt_of_the_old_task(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    new_task32(&s);
    prepare(&s, JMP);
    s.cpu->rflags |= FL_NT;
    put(&s, NEW_TSS + F_EFLAGS, NEW_FLAGS | FL_NT, 4);
    CU_ASSERT_EQUAL(go(&s, JMP), IA32_JUMP);
    CU_ASSERT_EQUAL(peek(&s, SYS_TSS + F_EFLAGS, 4), FL_NT | FL_FIXED1);
    CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu), NEW_FLAGS | FL_NT);
    sys_done(&s);
}

static void saves_the_old_task(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    new_task32(&s);
    prepare(&s, JMP);
    for (unsigned i = 0; i < 0x68; i += 4)
        if (i < 4 || i > 0x1c)
            put(&s, SYS_TSS + i, 0xeeeeeeee, 4);
    for (unsigned i = 0; i < 8; i++)
        s.cpu->gpr[i] = 0x10101010u * i + 5;
    s.cpu->seg[IA32_GS].selector = 0x1234;
    ia32_set_rflags(s.cpu, FL_FIXED1 | FL_CF | FL_ID);
    CU_ASSERT_EQUAL(go(&s, JMP), IA32_JUMP);
    CU_ASSERT_EQUAL(peek(&s, SYS_TSS + F_EIP, 4), SYS_CODE + 7);
    CU_ASSERT_EQUAL(peek(&s, SYS_TSS + F_EFLAGS, 4),
                    FL_FIXED1 | FL_CF | FL_ID);
    for (unsigned i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(peek(&s, SYS_TSS + F_GPR + 4 * i, 4),
                        0x10101010u * i + 5);
    static const uint16_t selector[] = {DATA0, CODE0, DATA0, DATA0, DATA0,
                                        0x1234};
    for (unsigned i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(peek(&s, SYS_TSS + F_ES + 4 * i, 4),
                        0xeeee0000u | selector[i]);
    /* what is only read stays */
    CU_ASSERT_EQUAL(peek(&s, SYS_TSS + LINK, 4), 0xeeeeeeee);
    CU_ASSERT_EQUAL(peek(&s, SYS_TSS + F_LDT, 4), 0xeeeeeeee);
    CU_ASSERT_EQUAL(peek(&s, SYS_TSS + F_T, 4), 0xeeeeeeee);
    CU_ASSERT_EQUAL(peek(&s, SYS_TSS + 4, 4), SYS_STACK0);
    sys_done(&s);
}

static void loads_the_new_task(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    new_task32(&s);
    prepare(&s, JMP);
    put(&s, NEW_TSS + F_EFLAGS, NEW_FLAGS | 0x8028, 4); /* reserved, too */
    put(&s, RIGHTS(DATA3), 0xf2, 1); /* not accessed */
    s.cpu->dr[7] = DR7_FIXED1 | 0x3ff;
    CU_ASSERT_EQUAL(go(&s, JMP), IA32_JUMP);
    const struct ia32_cpu *cpu = s.cpu;
    CU_ASSERT_EQUAL(cpu->rip, NEW_EIP);
    CU_ASSERT_EQUAL(ia32_get_rflags(cpu), NEW_FLAGS);
    for (unsigned i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(cpu->gpr[i], i == IA32_RSP ? NEW_STACK
                                                   : 0x11111111u * (i + 1));
    CU_ASSERT_EQUAL(cpu->seg[IA32_LDTR].selector, L_LDT);
    CU_ASSERT_EQUAL(cpu->seg[IA32_LDTR].base, NEW_LDT);
    CU_ASSERT_EQUAL(cpu->seg[IA32_ES].selector, DATA3);
    CU_ASSERT_EQUAL(cpu->seg[IA32_ES].ar, A_DATA(3));
    CU_ASSERT_EQUAL(peek(&s, RIGHTS(DATA3), 1), 0xf3);
    CU_ASSERT_EQUAL(cpu->seg[IA32_FS].selector, 8 | 4);
    CU_ASSERT_EQUAL(cpu->seg[IA32_FS].ar, A_DATA(0));
    CU_ASSERT(cpu->seg[IA32_GS].ar & AR_UNUSABLE);
    CU_ASSERT_EQUAL(cpu->cpl, 0);
    CU_ASSERT_EQUAL(cpu->dr[7], DR7_FIXED1 | 0x3aa); /* L0 to L3 */
    CU_ASSERT_EQUAL(cpu->cr3, 0); /* no paging */
    sys_done(&s);
}

/* A task runs at any level, whoever calls it; segments of the level. */
static void the_new_task_has_its_own_level(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    new_task32(&s);
    put(&s, NEW_TSS + F_CS, CONF0 | 3, 2);
    put(&s, NEW_TSS + F_SS, DATA3 | 3, 2);
    put(&s, NEW_TSS + F_DS, DATA3 | 3, 2);
    put(&s, NEW_TSS + F_FS, CONF0, 2);
    prepare(&s, CALL);
    CU_ASSERT_EQUAL(go(&s, CALL), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->cpl, 3);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].selector, CONF0 | 3);
    CU_ASSERT_EQUAL(s.cpu->rip, NEW_EIP);
    sys_done(&s);
}

/* CALL, and IRET from there: the old task goes on where it was. */
static void there_and_back(void)
{
    for (unsigned bits = 16; bits <= 32; bits += 16) {
        struct sys s;
        sys_init(&s, "merom", 0);
        if (bits == 32)
            new_task32(&s);
        else
            new_task16(&s);
        prepare(&s, CALL);
        put(&s, NEW_EIP, 0xcf, 1);                /* IRET */
        put(&s, SYS_TSS + F_LDT, LDT, 2); /* not saved by a switch */
        struct ia32_cpu before = *s.cpu;
        CU_ASSERT_EQUAL(go(&s, CALL), IA32_JUMP);
        CU_ASSERT_EQUAL(s.cpu->rip, NEW_EIP);
        s.cpu->gpr[IA32_RAX] = 0x42;
        CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
        before.rip += 7;
        before.cr0 |= CR0_TS;
        CU_ASSERT(sys_same_state(s.cpu, &before));
        CU_ASSERT_EQUAL(peek(&s, RIGHTS(SLOT_A), 1), bits == 32 ? 0x89
                                                                : 0x81);
        CU_ASSERT_EQUAL(peek(&s, RIGHTS(TSS), 1), 0x8b);
        CU_ASSERT_EQUAL(peek(&s, NEW_TSS + (bits == 32 ? F_GPR : W_GPR), 2),
                        0x42);
        CU_ASSERT_EQUAL(
            peek(&s, NEW_TSS + (bits == 32 ? F_EFLAGS : W_FLAGS), 2),
            NEW_FLAGS);
        sys_done(&s);
    }
}

static void tasks_of_16_bits(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    new_task16(&s);
    prepare(&s, JMP);
    CU_ASSERT_EQUAL(go(&s, JMP), IA32_JUMP);
    const struct ia32_cpu *cpu = s.cpu;
    CU_ASSERT_EQUAL(cpu->rip, NEW_EIP);
    CU_ASSERT_EQUAL(ia32_get_rflags(cpu), NEW_FLAGS);
    for (unsigned i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(cpu->gpr[i],
                        i == IA32_RSP ? 0x9000 : 0x1111u * (i + 1));
    CU_ASSERT_EQUAL(cpu->seg[IA32_TR].ar & 0xff, 0x83);
    CU_ASSERT_EQUAL(cpu->seg[IA32_ES].selector, DATA3);
    CU_ASSERT(cpu->seg[IA32_FS].ar & AR_UNUSABLE);
    CU_ASSERT_EQUAL(cpu->seg[IA32_FS].selector, 0);
    CU_ASSERT(cpu->seg[IA32_LDTR].ar & AR_UNUSABLE);
    /* back to a 32-bit task: 16 bits are saved */
    sys_put64(&s, SYS_GDT + SLOT_C, TSS32_AT(SYS_TSS, 0x67));
    uint8_t jmp[] = {0xea, 0, 0, 0, 0, SLOT_C, 0};
    sys_code(&s, jmp, 7);
    s.cpu->gpr[IA32_RAX] = 0xabcd1234;
    put(&s, NEW_TSS + W_LDT, 0xeeee, 2);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(peek(&s, NEW_TSS + W_GPR, 2), 0x1234);
    CU_ASSERT_EQUAL(peek(&s, NEW_TSS + W_IP, 2), NEW_EIP + 7);
    CU_ASSERT_EQUAL(peek(&s, NEW_TSS + W_LDT, 2), 0xeeee);
    CU_ASSERT_EQUAL(cpu->rip, SYS_CODE + 7);
    sys_done(&s);
}

static void tasks_in_virtual_8086_mode(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    new_task32(&s);
    put(&s, NEW_TSS + F_EFLAGS, NEW_FLAGS | FL_VM, 4);
    for (unsigned i = 0; i < 6; i++)
        put(&s, NEW_TSS + F_ES + 4 * i, 0x1000 + i, 2);
    prepare(&s, CALL);
    CU_ASSERT_EQUAL(go(&s, CALL), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->cpl, 3);
    CU_ASSERT_EQUAL(s.cpu->mode, IA32_MODE_PROT | IA32_MODE_VM86);
    for (unsigned i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(s.cpu->seg[i].selector, 0x1000 + i);
        CU_ASSERT_EQUAL(s.cpu->seg[i].base, (0x1000 + i) << 4);
        CU_ASSERT_EQUAL(s.cpu->seg[i].ar, 0xf3);
        CU_ASSERT_EQUAL(s.cpu->seg[i].limit, 0xffff);
    }
    CU_ASSERT_EQUAL(s.cpu->rip, NEW_EIP);
    sys_done(&s);
}

/* --- debugging --------------------------------------------------------- */

static void t_flag_traps_in_the_new_task(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    new_task32(&s);
    put(&s, NEW_TSS + F_T, 1, 2);
    prepare(&s, JMP);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, NEW_EIP);
    CU_ASSERT_EQUAL(s.events[VT_EV_FAULT], 0);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.first_fault.u.intr.vector, IA32_DB);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_DB));
    CU_ASSERT_EQUAL(s.cpu->dr[6], DR6_FIXED1 | DR6_BT);
    CU_ASSERT_EQUAL(sys_get32(&s, NEW_STACK - 12), NEW_EIP);
    sys_done(&s);
}

/* --- events ------------------------------------------------------------ */

static void error_codes_go_to_the_new_stack(void)
{
    for (unsigned bits = 16; bits <= 32; bits += 16) {
        struct sys s;
        sys_init(&s, "merom", 0);
        if (bits == 32)
            new_task32(&s);
        else
            new_task16(&s);
        prepare(&s, GATE_GP);
        CU_ASSERT_EQUAL(go(&s, GATE_GP), IA32_JUMP);
        uint32_t top = bits == 32 ? NEW_STACK : 0x9000;
        CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], top - bits / 8);
        CU_ASSERT_EQUAL(peek(&s, top - bits / 8, bits / 8), 0xbeef);
        CU_ASSERT_EQUAL(s.cpu->rip, NEW_EIP);
        /* a fault: its instruction is restarted, RF in the image */
        CU_ASSERT_EQUAL(peek(&s, SYS_TSS + F_EIP, 4), SYS_CODE);
        CU_ASSERT_EQUAL(peek(&s, SYS_TSS + F_EFLAGS, 4), FL_RF | FL_FIXED1);
        sys_done(&s);
    }
}

static void no_room_for_the_error_code(void)
{
    struct faults f = {.count = 0};
    struct sys s;
    sys_init(&s, "merom", 0);
    vt_event_listen(vt_machine_bus(s.m), VT_EV_MASK(VT_EV_FAULT), on_fault,
                    &f);
    new_task32(&s);
    sys_put64(&s, SYS_GDT + SLOT_C, DESC(0, NEW_STACK - 5, 0x4093));
    put(&s, NEW_TSS + F_SS, SLOT_C, 2);
    prepare(&s, GATE_GP);
    (void)!go(&s, GATE_GP);
    CU_ASSERT(f.count >= 2);
    CU_ASSERT_EQUAL(f.vector[1], IA32_SSF);
    CU_ASSERT_EQUAL(f.error[1], 1); /* EXT */
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_TR].selector, SLOT_A);
    sys_done(&s);
}

/* The double-fault handler as a task: it works when nothing else does. */
static void double_faults_in_a_task_of_their_own(void)
{
    struct sys s;
    struct ia32_event gp = {.vector = IA32_GP,
                            .type = IA32_HW_EXC,
                            .has_error_code = true};
    sys_init(&s, "merom", 0);
    new_task32(&s);
    sys_put64(&s, SYS_IDT + IA32_DF * 8,
              sys_gate(IA32_TASK_GATE, 0, true, SLOT_A, 0, 0));
    s.cpu->gpr[IA32_RSP] = 0;
    s.cpu->seg[IA32_SS].limit = 0xfff; /* no stack */
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_TR].selector, SLOT_A);
    CU_ASSERT_EQUAL(s.cpu->rip, NEW_EIP);
    CU_ASSERT_EQUAL(sys_get32(&s, NEW_STACK - 4), 0);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], NEW_STACK - 4);
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"busy flags, NT, link, TS: the table of effects", effects},
    {"JMP keeps NT of the old task", jmp_keeps_nt_of_the_old_task},
    {"what is saved", saves_the_old_task},
    {"what is loaded", loads_the_new_task},
    {"the new task has its own privilege level",
     the_new_task_has_its_own_level},
    {"CALL and IRET: as if nothing had been", there_and_back},
    {"16-bit tasks", tasks_of_16_bits},
    {"tasks in virtual-8086 mode", tasks_in_virtual_8086_mode},
    {"T flag: #DB before the first instruction",
     t_flag_traps_in_the_new_task},
    {"task gates: error codes", error_codes_go_to_the_new_stack},
    {"task gates: no room for the error code", no_room_for_the_error_code},
    {"task gates: #DF", double_faults_in_a_task_of_their_own},
};

int main(void)
{
    return sys_main("task-effects", cases, ARRAY_SIZE(cases));
}
