/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When the virtualization model is asked, and in which order with faults.
 * SDM Vol 3C, "Relative Priority of Faults and VM Exits", "Information for
 * VM Exits That Occur During Event Delivery". */
#include "tests/ia32/fakevirt.h"

/* --- instructions ------------------------------------------------------ */

struct ask_case {
    const char *name;
    unsigned cpl;
    uint8_t code[8];
    uint64_t cr4, dr7;
    const char *log;       /* calls, in order */
    unsigned vector;       /* fault instead */
};

#define GUEST_GP IA32_GP
static const struct ask_case asks[] = {
    {"CPUID at CPL 0", 0, {0x0f, 0xa2}, 0, 0, "CPUID", NO_FAULT},
    {"CPUID at CPL 3", 3, {0x0f, 0xa2}, 0, 0, "CPUID", NO_FAULT},
    {"HLT at CPL 0", 0, {0xf4}, 0, 0, "HLT", NO_FAULT},
    {"HLT at CPL 3: #GP first", 3, {0xf4}, 0, 0, "", GUEST_GP},
    {"INVD", 0, {0x0f, 0x08}, 0, 0, "INVD", NO_FAULT},
    {"WBINVD", 0, {0x0f, 0x09}, 0, 0, "WBINVD", NO_FAULT},
    {"INVD at CPL 3: #GP first", 3, {0x0f, 0x08}, 0, 0, "", GUEST_GP},
    {"INVLPG", 0, {0x0f, 0x01, 0x3d, 0, 0, 3}, 0, 0, "INVLPG", NO_FAULT},
    {"INVLPG at CPL 3: #GP first", 3, {0x0f, 0x01, 0x3d}, 0, 0, "", GUEST_GP},
    {"RDMSR", 0, {0x0f, 0x32}, 0, 0, "RDMSR", NO_FAULT},
    {"WRMSR at CPL 3: #GP first", 3, {0x0f, 0x30}, 0, 0, "", GUEST_GP},
    {"RDTSC", 3, {0x0f, 0x31}, 0, 0, "RDTSC", NO_FAULT},
    {"RDTSC with TSD: #GP first", 3, {0x0f, 0x31}, CR4_TSD, 0, "", GUEST_GP},
    {"RDTSC with TSD at CPL 0", 0, {0x0f, 0x31}, CR4_TSD, 0, "RDTSC",
     NO_FAULT},
    {"RDPMC: #GP first", 3, {0x0f, 0x33}, 0, 0, "", GUEST_GP},
    {"RDPMC with PCE", 3, {0x0f, 0x33}, CR4_PCE, 0, "RDPMC", NO_FAULT},
    {"PAUSE", 3, {0xf3, 0x90}, 0, 0, "PAUSE", NO_FAULT},
    {"MOV to DR: before general detect", 0, {0x0f, 0x23, 0xc0}, 0, DR7_GD,
     "MOV_DR", NO_FAULT},
    {"MOV to DR4 with DE: before #UD", 0, {0x0f, 0x23, 0xe0}, CR4_DE, 0,
     "MOV_DR", NO_FAULT},
    {"MOV to DR at CPL 3: before #GP", 3, {0x0f, 0x23, 0xc0}, 0, 0,
     "MOV_DR", NO_FAULT},
    {"IN", 0, {0xe4, 0x60}, 0, 0, "IN", NO_FAULT},
    {"OUT at CPL 3: #GP first", 3, {0xe6, 0x60}, 0, 0, "", GUEST_GP},
    {"MOV to CR0", 0, {0x0f, 0x22, 0xc0}, 0, 0, "cr_write", NO_FAULT},
    {"MOV to CR3 at CPL 3: #GP first", 3, {0x0f, 0x22, 0xd8}, 0, 0, "",
     GUEST_GP},
    {"MOV to CR2 is nobody's business", 0, {0x0f, 0x22, 0xd0}, 0, 0, "",
     NO_FAULT},
    {"MOV from CR3", 0, {0x0f, 0x20, 0xd8}, 0, 0, "cr_read", NO_FAULT},
    {"CLTS", 0, {0x0f, 0x06}, 0, 0, "cr_write", NO_FAULT},
    {"LMSW", 0, {0x0f, 0x01, 0xf0}, 0, 0, "cr_write", NO_FAULT},
    {"SMSW at CPL 3", 3, {0x0f, 0x01, 0xe0}, 0, 0, "cr_read", NO_FAULT},
    {"VMCALL", 3, {0x0f, 0x01, 0xc1}, 0, 0, "vmx", NO_FAULT},
};

/* Exiting at the first call: nothing may have been done. */
static void instructions_ask_after_their_faults(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(asks); i++) {
        const struct ask_case *c = &asks[i];
        struct sys s;
        struct fake f;
        fake_guest(&s, &f, c->cpl);
        sys_code(&s, c->code, sizeof c->code);
        s.cpu->cr4 |= c->cr4;
        s.cpu->dr[7] |= c->dr7;
        f.exits = c->log;
        struct ia32_cpu before = *s.cpu;
        enum ia32_status st = sys_exec(&s);
        bool ok = strcmp(f.log, c->log) == 0;
        if (c->vector != NO_FAULT)
            ok = ok && st == IA32_FAULT && s.cpu->pending.vector == c->vector;
        else if (c->log[0])
            ok = ok && st == IA32_VMEXIT && sys_same_state(&before, s.cpu);
        sys_report(c->name, ok);
        sys_done(&s);
    }
}

static void io_says_what_it_is(void)
{
    struct sys s;
    struct fake f;
    fake_guest(&s, &f, 0);
    f.exits = "OUT";
    SYS_CODE_BYTES(&s, 0xf3, 0x64, 0x6f); /* rep outs dx, fs:[esi], 4 */
    s.cpu->gpr[IA32_RDX] = 0x3f8;
    s.cpu->gpr[IA32_RSI] = 0x100;
    s.cpu->gpr[IA32_RCX] = 2;
    s.cpu->seg[IA32_FS].base = 0x30000;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_VMEXIT);
    CU_ASSERT_EQUAL(f.info, 0x3f8 | 4 << 16 | 1 << 25 | 1 << 26);
    CU_ASSERT_EQUAL(f.la, 0x30100);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RCX], 2);
    SYS_CODE_BYTES(&s, 0x6e, 0x90); /* outsb */
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_VMEXIT);
    CU_ASSERT_EQUAL(f.info, 0x3f8 | 1 << 16 | 1 << 25);
    f.exits = "IN";
    SYS_CODE_BYTES(&s, 0x66, 0xe5, 0x60); /* in ax, 60h */
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_VMEXIT);
    CU_ASSERT_EQUAL(f.info, 0x60 | 2 << 16 | 1 << 24 | 1 << 27);
    sys_done(&s);
}

static void lmsw_gives_its_operand(void)
{
    struct sys s;
    struct fake f;
    fake_guest(&s, &f, 0);
    SYS_CODE_BYTES(&s, 0x0f, 0x01, 0xf0);
    s.cpu->gpr[IA32_RAX] = 0xffff1238;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(f.info, 0x1238);
    CU_ASSERT_EQUAL(f.la, 3);
    CU_ASSERT_EQUAL(s.cpu->cr0 & 0xf, 9); /* PE stays, TS from the operand */
    sys_done(&s);
}

static void reads_see_the_shadow(void)
{
    struct sys s;
    struct fake f;
    fake_guest(&s, &f, 0);
    SYS_CODE_BYTES(&s, 0x0f, 0x20, 0xc0); /* mov eax, cr0 */
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RAX], s.cpu->cr0 ^ 8);
    sys_done(&s);
}

static void tsc_has_the_offset(void)
{
    struct sys s;
    struct fake f;
    fake_guest(&s, &f, 0);
    SYS_CODE_BYTES(&s, 0x0f, 0x31, 0x0f, 0x32); /* rdtsc; rdmsr */
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RDX], 1);
    s.cpu->gpr[IA32_RDX] = 0;
    s.cpu->gpr[IA32_RCX] = MSR_TSC;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RDX], 1);
    CU_ASSERT(ia32_tsc(s.cpu) < 0x100000000);
    s.cpu->rip = SYS_CODE + 2;
    s.cpu->gpr[IA32_RCX] = MSR_SYSENTER_EIP; /* others have none */
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RDX], 0);
    sys_done(&s);
}

static void fixed_bits_bind_in_vmx_operation(void)
{
    struct sys s;
    struct fake f;
    sys_init(&s, "merom", 0);
    fake_attach(&s, &f);
    CU_ASSERT_EQUAL(ia32_write_cr0(s.cpu, CR0_PE), IA32_OK);
    CU_ASSERT_EQUAL(ia32_write_cr4(s.cpu, CR4_VMXE), IA32_OK);
    CU_ASSERT_EQUAL(ia32_write_cr4(s.cpu, 0), IA32_OK);
    s.cpu->in_vmx = true;
    CU_ASSERT(sys_faulted(&s, ia32_write_cr0(s.cpu, CR0_PE), IA32_GP, 0));
    CU_ASSERT(sys_faulted(&s, ia32_write_cr4(s.cpu, 0), IA32_GP, 0));
    CU_ASSERT_EQUAL(ia32_write_cr0(s.cpu, CR0_PE | CR0_NE), IA32_OK);
    sys_done(&s);
}

/* --- events ------------------------------------------------------------ */

static const struct ia32_event ud = {.vector = IA32_UD, .type = IA32_HW_EXC};

static void events_are_asked_for_once(void)
{
    struct sys s;
    struct fake f;
    fake_guest(&s, &f, 0);
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &ud, false), IA32_JUMP);
    CU_ASSERT_STRING_EQUAL(f.log, "event6");
    CU_ASSERT_FALSE(f.delivering);
    f.log[0] = 0;
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &ud, true), IA32_JUMP);
    CU_ASSERT_STRING_EQUAL(f.log, "");
    sys_done(&s);
}

static void exits_leave_cr2_and_dr6_alone(void)
{
    struct sys s;
    struct fake f;
    fake_guest(&s, &f, 0);
    f.exits = "event14";
    struct ia32_event pf = {.vector = IA32_PF, .type = IA32_HW_EXC,
                            .has_error_code = true, .cr2 = 0x1234};
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &pf, false), IA32_VMEXIT);
    CU_ASSERT_EQUAL(s.cpu->cr2, 0);
    f.exits = "event1";
    struct ia32_event db = {.vector = IA32_DB, .type = IA32_HW_EXC,
                            .dr6 = DR6_BS};
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &db, false), IA32_VMEXIT);
    CU_ASSERT_EQUAL(s.cpu->dr[6], DR6_FIXED1);
    sys_done(&s);
}

/* #UD, then #NP on the way: the second one exits, the first is the vectoring
 * event; also when the first was injected. */
static void second_exceptions_know_the_first(void)
{
    for (unsigned injected = 0; injected < 2; injected++) {
        struct sys s;
        struct fake f;
        fake_guest(&s, &f, 0);
        sys_put64(&s, SYS_IDT + IA32_UD * 8,
                  sys_gate(IA32_INT_GATE32, 0, false, CODE0, 0, 0));
        f.exits = "event11";
        CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &ud, injected), IA32_VMEXIT);
        CU_ASSERT_STRING_EQUAL(f.log, injected ? "event11"
                                               : "event6 event11");
        CU_ASSERT_TRUE(f.delivering);
        CU_ASSERT_EQUAL(f.vectoring.vector, IA32_UD);
        CU_ASSERT_EQUAL(f.seen.error_code, IA32_UD * 8 + 3);
        sys_done(&s);
    }
}

/* #GP, #NP: the bitmap is asked for #NP, then for #DF, which itself is not
 * on its way from anything; then for what hits #DF, then the triple fault. */
static void double_and_triple_faults_ask(void)
{
    struct sys s;
    struct fake f;
    struct ia32_event gp = {.vector = IA32_GP, .type = IA32_HW_EXC,
                            .has_error_code = true};
    fake_guest(&s, &f, 0);
    sys_put64(&s, SYS_IDT + IA32_GP * 8,
              sys_gate(IA32_INT_GATE32, 0, false, CODE0, 0, 0));
    f.exits = "event8";
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_VMEXIT);
    CU_ASSERT_STRING_EQUAL(f.log, "event13 event11 event8");
    CU_ASSERT_FALSE(f.delivering);
    f.log[0] = 0;
    f.exits = NULL;
    s.cpu->idtr.limit = 0;
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &gp, false), IA32_VMEXIT);
    CU_ASSERT_STRING_EQUAL(f.log, "event13 event13 event8 event13 triple");
    CU_ASSERT_FALSE(f.delivering);
    sys_done(&s);
}

static void task_switches_exit(void)
{
    struct sys s;
    struct fake f;
    fake_guest(&s, &f, 0);
    sys_gdt(&s, SLOT_A, A_SYS(IA32_TSS32, 0));
    sys_put64(&s, SYS_IDT + IA32_UD * 8,
              sys_gate(IA32_TASK_GATE, 0, true, SLOT_A, 0, 0));
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &ud, false), IA32_VMEXIT);
    CU_ASSERT_STRING_EQUAL(f.log, "event6 task");
    CU_ASSERT_EQUAL(f.info, SLOT_A);
    CU_ASSERT_EQUAL(f.la, 3);
    sys_done(&s);
}

static unsigned vector_40(void *opaque)
{
    ++*(unsigned *)opaque;
    return 0x30;
}

static void external_interrupts(void)
{
    unsigned acks = 0;
    struct sys s;
    struct fake f;
    fake_guest(&s, &f, 0);
    s.cpu->base.int_ack = vector_40;
    s.cpu->base.int_ack_opaque = &acks;
    s.cpu->base.ops->set_intr(&s.cpu->base, true);
    CU_ASSERT_EQUAL(ia32_boundary(s.cpu), IA32_OK); /* IF = 0 */
    CU_ASSERT_STRING_EQUAL(f.log, "boundary");
    f.log[0] = 0;
    f.exits = "external";
    ia32_attend(s.cpu);
    s.cpu->base.activity = VT_HALTED;
    CU_ASSERT_EQUAL(ia32_boundary(s.cpu), IA32_VMEXIT); /* IF = 0 */
    CU_ASSERT_EQUAL(acks, 0);
    /* the model must see that the guest was halted */
    CU_ASSERT_EQUAL(s.cpu->base.activity, VT_HALTED);
    s.cpu->base.activity = VT_ACTIVE;
    f.exits = NULL;
    f.log[0] = 0;
    s.cpu->rflags |= FL_IF;
    ia32_attend(s.cpu);
    CU_ASSERT_EQUAL(ia32_boundary(s.cpu), IA32_JUMP);
    CU_ASSERT_STRING_EQUAL(f.log, "boundary external");
    CU_ASSERT_EQUAL(acks, 1);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(0x30));
    sys_done(&s);
}

static void shadows_hold_back_exits(void)
{
    struct sys s;
    struct fake f;
    fake_guest(&s, &f, 0);
    f.exits = "external";
    s.cpu->blocking = IA32_BLOCK_STI;
    s.cpu->base.ops->set_intr(&s.cpu->base, true);
    CU_ASSERT_EQUAL(ia32_boundary(s.cpu), IA32_OK);
    s.cpu->blocking = 0;
    CU_ASSERT_EQUAL(ia32_boundary(s.cpu), IA32_VMEXIT);
    sys_done(&s);
}

/* --- the list of places ------------------------------------------------ */

static const struct {
    const char *operation, *file;
} sites[] = {
#define X(operation, file, when) {#operation, file},
#include "sim/ia32/virt_sites.def"
#undef X
};

static unsigned count_in_file(const char *file, const char *needle)
{
    char path[600], line[400];
    unsigned count = 0;
    snprintf(path, sizeof path, "%s/sim/ia32/%s", TOP_SRCDIR, file);
    FILE *in = fopen(path, "r");
    if (!in) {
        sys_report(path, false);
        return 0;
    }
    while (fgets(line, sizeof line, in))
        if (strstr(line, needle))
            count++;
    fclose(in);
    return count;
}

static unsigned rows_for(const char *operation, const char *file)
{
    unsigned rows = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(sites); i++)
        rows += strcmp(sites[i].operation, operation) == 0 &&
                strcmp(sites[i].file, file) == 0;
    return rows;
}

static void every_place_has_its_row(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(sites); i++) {
        char needle[80];
        snprintf(needle, sizeof needle, "->ops->%s(", sites[i].operation);
        sys_report(sites[i].operation,
                   count_in_file(sites[i].file, needle) ==
                       rows_for(sites[i].operation, sites[i].file));
    }
}

/* No other file of sim/ia32 touches the model, and none of those has a call
 * without a row. */
static void no_place_is_missing(void)
{
    static const char *const files[] = {
        "alu.c", "bit.c", "blocks.c", "boundary.c", "branch.c", "control.c",
        "cpu.c", "cpuid.c", "decode.c", "deliver.c", "descriptor.c", "dr.c",
        "exec.c", "fetch.c", "guard.c", "mem.c", "model.c", "move.c", "msr.c",
        "muldiv.c", "paging.c", "portio.c", "regs.c", "return.c", "rows.c",
        "segment.c", "shift.c", "softint.c", "stack.c", "string.c",
        "sysenter.c", "sysinsn.c", "time.c", "tlb.c", "transfer.c",
        "vmx_insn.c"};
    for (unsigned i = 0; i < ARRAY_SIZE(files); i++) {
        unsigned rows = 0;
        for (unsigned j = 0; j < ARRAY_SIZE(sites); j++)
            rows += strcmp(sites[j].file, files[i]) == 0;
        /* "virt->ops->name)" and "->name &&" ask whether an operation is
         * there; only calls count. */
        unsigned calls = count_in_file(files[i], "virt->ops->") -
                         count_in_file(files[i], "&& cpu->virt->ops->");
        sys_report(files[i], calls == rows);
    }
}

static const struct sys_case cases[] = {
    {"instructions: faults first, then the model",
     instructions_ask_after_their_faults},
    {"I/O: size, direction, string, REP, port, address", io_says_what_it_is},
    {"LMSW: hands over its operand", lmsw_gives_its_operand},
    {"MOV from CR0: the model's value", reads_see_the_shadow},
    {"TSC: with the model's offset", tsc_has_the_offset},
    {"CR0 CR4: fixed bits in VMX operation",
     fixed_bits_bind_in_vmx_operation},
    {"events: asked once, not when injected", events_are_asked_for_once},
    {"events: an exit leaves CR2 and DR6", exits_leave_cr2_and_dr6_alone},
    {"events: vectoring information", second_exceptions_know_the_first},
    {"events: #DF and triple fault", double_and_triple_faults_ask},
    {"events: a task gate exits", task_switches_exit},
    {"interrupts: exit, or go through the IDT", external_interrupts},
    {"interrupts: the shadow of STI holds back exits",
     shadows_hold_back_exits},
    {"sites: every row has its call", every_place_has_its_row},
    {"sites: every call has its row", no_place_is_missing},
};

int main(void)
{
    return sys_main("virt", cases, ARRAY_SIZE(cases));
}
