/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control registers, privileged instructions, flags, descriptor-table
 * registers, SYSENTER.  SDM Vol 3A, "Control Registers", "Privileged
 * Instructions"; Vol 2, pages of the instructions. */
#include "tests/ia32/fakevirt.h"

/* --- CR0 and CR4 ------------------------------------------------------- */

static void cr0_values(void)
{
    static const struct {
        const char *name;
        uint64_t value;
        bool ok;
        uint64_t result;
    } items[] = {
        {"PE", CR0_PE, true, CR0_PE | CR0_ET},
        {"PG without PE", CR0_PG, false, 0},
        {"NW without CD", CR0_PE | CR0_NW, false, 0},
        {"NW and CD", CR0_PE | CR0_NW | CR0_CD, true,
         CR0_PE | CR0_ET | CR0_NW | CR0_CD},
        {"reserved bits are ignored", CR0_PE | 0x1ffaffc0, true,
         CR0_PE | CR0_ET},
        {"all others", CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_NE | CR0_WP |
                           CR0_AM, true,
         CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP |
             CR0_AM},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        sys_init(&s, "merom", 0);
        SYS_CODE_BYTES(&s, 0x0f, 0x22, 0xc0);
        s.cpu->gpr[IA32_RAX] = items[i].value;
        enum ia32_status st = sys_exec(&s);
        bool ok = sys_faulted(&s, st, items[i].ok ? NO_FAULT : IA32_GP, 0);
        sys_report(items[i].name,
                   ok && (!items[i].ok || s.cpu->cr0 == items[i].result));
        sys_done(&s);
    }
}

static void vmxe_needs_a_model(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    CU_ASSERT(sys_faulted(&s, ia32_write_cr4(s.cpu, CR4_VMXE), IA32_GP, 0));
    sys_done(&s);
}

static void unknown_control_registers(void)
{
    for (unsigned cr = 0; cr < 8; cr++) {
        struct sys s;
        bool known = cr == 0 || cr == 2 || cr == 3 || cr == 4;
        sys_init(&s, "merom", 0);
        uint8_t code[] = {0x0f, 0x20, (uint8_t)(0xc0 | cr << 3)};
        sys_code(&s, code, 3);
        CU_ASSERT(sys_faulted(&s, sys_exec(&s), known ? NO_FAULT : IA32_UD,
                              NO_CODE));
        sys_done(&s);
    }
}

static void lmsw_cannot_clear_pe(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0x0f, 0x01, 0xf0, 0x0f, 0x06, 0x0f, 0x01, 0xe1);
    s.cpu->gpr[IA32_RAX] = 0xe;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->cr0 & 0xf, 0xf);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK); /* clts */
    CU_ASSERT_EQUAL(s.cpu->cr0 & 0xf, 7);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK); /* smsw ecx */
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RCX], s.cpu->cr0);
    sys_done(&s);
}

/* --- privilege --------------------------------------------------------- */

/* The shortest encoding of a row, with a register or [EAX] operand. */
static unsigned encode(const struct ia32_row *row, uint8_t code[8])
{
    static const uint8_t prefixes[] = {0, 0x66, 0xf3, 0xf2};
    unsigned n = 0;
    if (row->prefix > 0)
        code[n++] = prefixes[row->prefix];
    if (row->map == 2)
        code[n++] = 0x0f;
    code[n++] = row->opcode;
    if (ia32_row_has_modrm(row)) {
        unsigned mod = row->mod == 0 ? 0 : 0xc0;
        unsigned ext = row->ext < 0 ? 0 : (unsigned)row->ext;
        unsigned rm = row->rm < 0 ? 0 : (unsigned)row->rm;
        code[n++] = (uint8_t)(mod | ext << 3 | rm);
    }
    return n;
}

static void privileged_rows_need_cpl_0(void)
{
    unsigned seen = 0;
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++) {
        const struct ia32_row *row = &ia32_rows[i];
        if (!(row->checks & CHK_CPL0))
            continue;
        for (unsigned cpl = 1; cpl <= 3; cpl += 2) {
            struct sys s;
            uint8_t code[8] = {0};
            sys_init(&s, "merom", cpl);
            s.cpu->features[row->feature / 64] |= VT_BIT(row->feature % 64);
            if (row->checks & CHK_O64)
                s.cpu->mode |= IA32_MODE_LONG64;
            s.cpu->rflags |= FL_IOPL;
            sys_code(&s, code, encode(row, code) ? sizeof code : 0);
            sys_report(row->id,
                       sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
            sys_done(&s);
        }
        seen++;
    }
    /* HLT LLDT LTR LGDT LIDT LMSW INVLPG CLTS INVD WBINVD MOV-CR x2 WRMSR
     * RDMSR SYSEXIT SWAPGS */
    CU_ASSERT_EQUAL(seen, 16);
}

static void iopl_guards_cli_and_sti(void)
{
    for (unsigned cpl = 0; cpl <= 3; cpl += 3)
        for (unsigned iopl = 0; iopl <= 3; iopl++)
            for (uint8_t opcode = 0xfa; opcode <= 0xfb; opcode++) {
                struct sys s;
                sys_init(&s, "merom", cpl);
                sys_code(&s, &opcode, 1);
                s.cpu->rflags |= (uint64_t)iopl << FL_IOPL_SHIFT;
                enum ia32_status st = sys_exec(&s);
                CU_ASSERT(sys_faulted(
                    &s, st, cpl <= iopl ? NO_FAULT : IA32_GP, 0));
                if (cpl <= iopl)
                    CU_ASSERT_EQUAL((s.cpu->rflags & FL_IF) != 0,
                                    opcode == 0xfb);
                sys_done(&s);
            }
}

static void tsd_guards_rdtsc(void)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned cpl = i & 1 ? 3 : 0;
        struct sys s;
        sys_init(&s, "merom", cpl);
        SYS_CODE_BYTES(&s, 0x0f, 0x31);
        s.cpu->cr4 |= i & 2 ? CR4_TSD : 0;
        CU_ASSERT(sys_faulted(&s, sys_exec(&s), i == 3 ? IA32_GP : NO_FAULT,
                              0));
        sys_done(&s);
    }
}

static void rdpmc_finds_no_counter(void)
{
    for (unsigned cpl = 0; cpl <= 3; cpl += 3) {
        struct sys s;
        sys_init(&s, "merom", cpl);
        SYS_CODE_BYTES(&s, 0x0f, 0x33);
        s.cpu->cr4 |= CR4_PCE;
        CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
        sys_done(&s);
    }
}

/* --- POPF -------------------------------------------------------------- */

static void popf_changes_what_it_may(void)
{
    static const struct {
        const char *name;
        unsigned cpl;
        uint64_t before;
        uint32_t image;
        bool wide;
        uint64_t after;
    } items[] = {
        {"CPL 0: IF and IOPL", 0, 0, 0x3200, true, 0x3202},
        {"CPL 3, IOPL 0: neither, silently", 3, 0, 0x3200, true, 2},
        {"CPL 3, IOPL 3: IF", 3, FL_IOPL, 0x0200, true, 0x3202},
        {"VM, RF, VIF, VIP never", 0, 0, 0x1b0000, true, 2},
        {"AC and ID", 3, 0, 0x240000, true, 0x240002},
        {"16 bits leave the upper half", 0, FL_ID | FL_AC, 0, false,
         FL_ID | FL_AC | 2},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        static const uint8_t code[] = {0x66, 0x9d};
        sys_init(&s, "merom", items[i].cpl);
        sys_code(&s, code + items[i].wide, 2u - items[i].wide);
        s.cpu->gpr[IA32_RSP] -= 8;
        sys_put32(&s, (uint32_t)s.cpu->gpr[IA32_RSP], items[i].image);
        ia32_set_rflags(s.cpu, items[i].before);
        enum ia32_status st = sys_exec(&s);
        sys_report(items[i].name,
                   st == IA32_OK &&
                       ia32_get_rflags(s.cpu) == items[i].after);
        sys_done(&s);
    }
}

static void pushf_hides_rf(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    SYS_CODE_BYTES(&s, 0x9c);
    ia32_set_rflags(s.cpu, FL_RF | FL_CF | FL_ID | FL_NT);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(sys_get32(&s, (uint32_t)s.cpu->gpr[IA32_RSP]),
                    FL_CF | FL_ID | FL_NT | 2);
    sys_done(&s);
}

/* --- tables, SYSENTER, x87 --------------------------------------------- */

static void descriptor_table_registers(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    /* lgdt [30000h]; o16 lidt [30000h]; sidt [30010h] */
    SYS_CODE_BYTES(&s, 0x0f, 0x01, 0x15, 0, 0, 3, 0, 0x66, 0x0f, 0x01, 0x1d,
                   0, 0, 3, 0, 0x0f, 0x01, 0x0d, 0x10, 0, 3, 0);
    sys_put64(&s, SYS_DATA, UINT64_C(0xfedcba981234));
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gdtr.base, 0xfedcba98);
    CU_ASSERT_EQUAL(s.cpu->gdtr.limit, 0x1234);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->idtr.base, 0xdcba98);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(vt_physmem_read(s.pm, SYS_DATA + 16, 8),
                    UINT64_C(0x00dcba981234));
    sys_done(&s);
}

static void sysenter_and_sysexit(void)
{
    struct sys s;
    sys_init(&s, "merom", 3);
    SYS_CODE_BYTES(&s, 0x0f, 0x34);
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0)); /* CS MSR is 0 */
    s.cpu->sysenter_cs = 0x63; /* the RPL is ignored */
    s.cpu->sysenter_eip = 0x2000;
    s.cpu->sysenter_esp = 0x9000;
    s.cpu->rflags |= FL_IF;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->cpl, 0);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].selector, 0x60);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_SS].selector, 0x68);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].ar, 0xc09b);
    CU_ASSERT_EQUAL(s.cpu->rip, 0x2000);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], 0x9000);
    CU_ASSERT_EQUAL(s.cpu->rflags & FL_IF, 0);
    SYS_CODE_BYTES(&s, 0x0f, 0x35);
    s.cpu->sysenter_cs = 3;
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
    s.cpu->sysenter_cs = 0x63;
    s.cpu->gpr[IA32_RDX] = 0x3000;
    s.cpu->gpr[IA32_RCX] = 0x8000;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->cpl, 3);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].selector, 0x73);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_SS].selector, 0x7b);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_SS].ar, 0xc0f3);
    CU_ASSERT_EQUAL(s.cpu->rip, 0x3000);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], 0x8000);
    sys_done(&s);
}

static void there_is_no_fpu(void)
{
    static const struct {
        const char *name;
        uint8_t opcode;
        uint64_t cr0;
        unsigned vector;
    } items[] = {
        {"ESC", 0xd9, 0, IA32_UD},
        {"ESC with EM", 0xd9, CR0_EM, IA32_NM},
        {"ESC with TS", 0xdf, CR0_TS, IA32_NM},
        {"WAIT", 0x9b, 0, NO_FAULT},
        {"WAIT with TS", 0x9b, CR0_TS, NO_FAULT},
        {"WAIT with TS and MP", 0x9b, CR0_TS | CR0_MP, IA32_NM},
        {"WAIT with EM", 0x9b, CR0_EM, NO_FAULT},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        sys_init(&s, "pentium-pro,-fpu", 0);
        uint8_t code[] = {items[i].opcode, 0xc0};
        sys_code(&s, code, 2);
        s.cpu->cr0 |= items[i].cr0;
        sys_report(items[i].name,
                   sys_faulted(&s, sys_exec(&s), items[i].vector, NO_CODE));
        sys_done(&s);
    }
}

static void debug_registers(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    /* mov dr7, eax; mov ecx, dr5 (means DR7); with DE: #UD */
    SYS_CODE_BYTES(&s, 0x0f, 0x23, 0xf8, 0x0f, 0x21, 0xe9);
    s.cpu->gpr[IA32_RAX] = 0xffffdfff; /* not GD */
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RCX], 0xffff07ff);
    s.cpu->rip = SYS_CODE + 3;
    s.cpu->cr4 |= CR4_DE;
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_UD, NO_CODE));
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"CR0: reserved bits and combinations", cr0_values},
    {"CR4: VMXE needs a model", vmxe_needs_a_model},
    {"MOV CR: CR1 CR5 CR6 CR7 are #UD", unknown_control_registers},
    {"LMSW CLTS SMSW", lmsw_cannot_clear_pe},
    {"privileged rows: #GP(0) at CPL 1 and 3", privileged_rows_need_cpl_0},
    {"CLI STI: IOPL", iopl_guards_cli_and_sti},
    {"RDTSC: CR4.TSD", tsd_guards_rdtsc},
    {"RDPMC: finds no counter", rdpmc_finds_no_counter},
    {"POPF: what may change", popf_changes_what_it_may},
    {"PUSHF: VM and RF as 0", pushf_hides_rf},
    {"LGDT LIDT SIDT: operand size", descriptor_table_registers},
    {"SYSENTER SYSEXIT", sysenter_and_sysexit},
    {"x87: #NM or #UD", there_is_no_fpu},
    {"MOV DR: fixed bits, DR5", debug_registers},
};

int main(void)
{
    return sys_main("control", cases, ARRAY_SIZE(cases));
}
