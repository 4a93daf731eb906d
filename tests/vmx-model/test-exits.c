/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VM exits: every reason with its information fields, what the controls,
 * bitmaps, masks and shadows decide, event injection, the ledger.
 * SDM 325462, Vol 3C, "VM Exits", "Event Injection". */
#include "tests/vmx-model/suite.h"
#include "tests/vmx-model/vmx_test.h"

#define PROC_DEFAULT 0x0401e172u
#define VALID 0x80000000u

/* A guest with these settings on top of the valid VMCS. */
struct setting {
    enum vmx_field_id id;
    uint64_t value;
};

static void start(struct rig *r, const struct setting *set, unsigned count)
{
    rig_root(r);
    for (unsigned i = 0; i < count; i++)
        r->vmx->field[set[i].id] = set[i].value;
    rig_vmlaunch(r);
    CU_ASSERT_FATAL(r->cpu->non_root);
    r->exits = 0;
}
#define START(r, ...)                                              \
    start((r), (const struct setting[]){__VA_ARGS__},              \
          ARRAY_SIZE(((const struct setting[]){__VA_ARGS__})))
#define SET(field, value) {VMX_F_##field, value}
#define PROC(bit) SET(PROC_BASED_CONTROLS, PROC_DEFAULT | 1u << (bit))

/* The last step was a VM exit: the host runs, the VMM pays, the books are
 * right and the event says the same as the VMCS. */
static bool exited(const struct rig *r, uint32_t reason,
                   uint64_t qualification)
{
    const struct ia32_cpu *cpu = r->cpu;
    return r->exits == 1 && !cpu->non_root && cpu->rip == AT_EXIT &&
           cpu->base.who == VT_WHO_VMM && ia32_get_rflags(cpu) == 2 &&
           rig_field(r, VMX_F_EXIT_REASON) == reason &&
           rig_field(r, VMX_F_EXIT_QUALIFICATION) == qualification &&
           r->last.u.vm.reason == reason &&
           r->last.u.vm.qualification == qualification &&
           r->last.u.vm.guest_id == AT_VMCS &&
           vt_ledger_total(&cpu->base.ledger) == cpu->base.now_cycles;
}

/* ... for the instruction at AT_GUEST. */
static bool insn_exited(const struct rig *r, uint32_t reason,
                        uint64_t qualification, unsigned length)
{
    return exited(r, reason, qualification) &&
           rig_field(r, VMX_F_EXIT_INSN_LENGTH) == length &&
           rig_field(r, VMX_F_GUEST_RIP) == AT_GUEST &&
           rig_field(r, VMX_F_EXIT_INTR_INFO) == 0 &&
           rig_field(r, VMX_F_IDT_VECTORING_INFO) == 0 &&
           r->last.u.vm.guest_pc == AT_GUEST &&
           r->last.u.vm.insn_bytes == length;
}

static bool went_on(const struct rig *r, unsigned length)
{
    return r->exits == 0 && r->cpu->non_root &&
           r->cpu->rip == AT_GUEST + length;
}

/* --- instructions with one control ------------------------------------------- */

static void simple(void)
{
    static const struct {
        uint8_t code[3], length;
        int8_t bit; /* of the processor-based controls; -1: always */
        uint8_t reason;
        uint64_t qualification;
    } rows[] = {
        {{0x0f, 0xa2}, 2, -1, 10, 0},            /* CPUID */
        {{0xf4}, 1, 7, 12, 0},                   /* HLT */
        {{0x0f, 0x08}, 2, -1, 13, 0},            /* INVD */
        {{0x0f, 0x01, 0x3b}, 3, 9, 14, 0x1234},  /* INVLPG [EBX] */
        {{0x0f, 0x31}, 2, 12, 16, 0},            /* RDTSC */
        {{0xf3, 0x90}, 2, 30, 40, 0},            /* PAUSE */
        {{0x0f, 0x01, 0xc1}, 3, -1, 18, 0},      /* VMCALL */
        {{0x0f, 0x01, 0xc2}, 3, -1, 20, 0},      /* VMLAUNCH */
        {{0x0f, 0x01, 0xc3}, 3, -1, 24, 0},      /* VMRESUME */
        {{0x0f, 0x01, 0xc4}, 3, -1, 26, 0},      /* VMXOFF */
        {{0x0f, 0x23, 0xcb}, 3, 23, 29, 0x301},  /* MOV DR1, EBX */
        {{0x0f, 0x21, 0xf0}, 3, 23, 29, 0x16},   /* MOV EAX, DR6 */
        {{0x0f, 0x33}, 2, 11, 15, 0},            /* RDPMC */
    };
    struct rig r;
    rig_open(&r);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        unsigned bit = rows[i].bit < 0 ? 1 : (unsigned)rows[i].bit;
        START(&r, PROC(bit));
        r.cpu->gpr[IA32_RBX] = 0x1234;
        rig_step(&r, rows[i].code, rows[i].length);
        if (!insn_exited(&r, rows[i].reason, rows[i].qualification,
                         rows[i].length))
            printf("\n  reason %u: got %u, qualification %x\n",
                   rows[i].reason, (unsigned)r.vmx->exit.reason,
                   (unsigned)r.vmx->exit.qualification);
        CU_ASSERT(insn_exited(&r, rows[i].reason, rows[i].qualification,
                              rows[i].length));
        if (rows[i].bit < 0 || rows[i].reason == VMX_EXIT_RDPMC)
            continue;
        START(&r, SET(PROC_BASED_CONTROLS, PROC_DEFAULT));
        r.cpu->gpr[IA32_RBX] = 0x400;
        rig_step(&r, rows[i].code, rows[i].length);
        CU_ASSERT(went_on(&r, rows[i].length));
    }
    rig_close(&r);
}

static void vmx_operands(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, PROC(1)); /* VMPTRLD [EBX + ECX * 4 + 12345678H] */
    RIG(&r, 0x0f, 0xc7, 0xb4, 0x8b, 0x78, 0x56, 0x34, 0x12);
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMPTRLD, 0x12345678, 8));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_INFO),
                    2 | 1u << 7 | 3u << 15 | 1u << 18 | 3u << 23);
    START(&r, PROC(1)); /* VMXON FS:[-8] */
    RIG(&r, 0x64, 0xf3, 0x0f, 0xc7, 0x35, 0xf8, 0xff, 0xff, 0xff);
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMXON, 0xfffffff8, 9));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_INFO),
                    1u << 7 | 4u << 15 | 1u << 22 | 1u << 27);
    START(&r, PROC(1));
    RIG(&r, 0x66, 0x0f, 0xc7, 0x36); /* VMCLEAR [ESI] */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMCLEAR, 0, 4));
    START(&r, PROC(1));
    RIG(&r, 0x0f, 0xc7, 0x3e); /* VMPTRST [ESI] */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMPTRST, 0, 3));
    START(&r, PROC(1));
    RIG(&r, 0x0f, 0x78, 0xca); /* VMREAD EDX, ECX */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMREAD, 0, 3));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_INFO),
                    2u << 3 | 1u << 10 | 1u << 28);
    START(&r, PROC(1));
    RIG(&r, 0x0f, 0x79, 0x5e, 0x10); /* VMWRITE EBX, [ESI + 10H] */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMWRITE, 0x10, 4));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_INFO),
                    1u << 7 | 3u << 15 | 1u << 22 | 6u << 23 | 3u << 28);
    rig_close(&r);
}

/* --- I/O ------------------------------------------------------------------------ */

static void io(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, PROC(24));
    RIG(&r, 0xe4, 0x60); /* IN AL, 60H */
    CU_ASSERT(insn_exited(&r, 30, 0x600048, 2));
    START(&r, PROC(24));
    r.cpu->gpr[IA32_RDX] = 0x3f8;
    RIG(&r, 0xef); /* OUT DX, EAX */
    CU_ASSERT(insn_exited(&r, 30, 0x3f80003, 1));
    START(&r, PROC(24));
    r.cpu->gpr[IA32_RDX] = 0x3f8;
    r.cpu->gpr[IA32_RSI] = 0x6010;
    r.cpu->gpr[IA32_RCX] = 3;
    RIG(&r, 0xf3, 0x6e); /* REP OUTSB */
    CU_ASSERT(insn_exited(&r, 30, 0x3f80030, 2));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_LINEAR_ADDRESS), 0x6010);
    START(&r, SET(PROC_BASED_CONTROLS, PROC_DEFAULT));
    RIG(&r, 0xe4, 0x60);
    CU_ASSERT(went_on(&r, 2));
    rig_close(&r);
}

/* Port, bytes, does it exit? with 60H, 7FFFH and 8000H set in the bitmaps. */
static void io_bitmaps(void)
{
    static const struct {
        uint16_t port;
        uint8_t opcode; /* EC IN AL, DX; ED IN EAX, DX */
        bool exits;
    } rows[] = {
        {0x60, 0xec, true},   {0x61, 0xec, false},  {0x5d, 0xed, true},
        {0x5c, 0xed, false},  {0x7fff, 0xec, true}, {0x8000, 0xec, true},
        {0x7ffe, 0xec, false}, {0x7ffc, 0xed, true}, {0x8001, 0xec, false},
        {0xfffd, 0xed, true}, {0xfffc, 0xed, false},
    };
    struct rig r;
    rig_open(&r);
    rig_poke(&r, AT_BITMAP_A + 0x60 / 8, 1, 1);
    rig_poke(&r, AT_BITMAP_A + 0xfff, 1, 0x80);
    rig_poke(&r, AT_BITMAP_B, 1, 1);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        /* "unconditional I/O exiting" is ignored with bitmaps */
        START(&r, SET(PROC_BASED_CONTROLS, PROC_DEFAULT | 3u << 24));
        r.cpu->gpr[IA32_RDX] = rows[i].port;
        rig_step(&r, &rows[i].opcode, 1);
        CU_ASSERT_EQUAL(r.exits == 1, rows[i].exits);
    }
    rig_close(&r);
}

/* --- MSRs ------------------------------------------------------------------------- */

static void msrs(void)
{
    static const struct {
        uint32_t msr;
        bool write, exits;
    } rows[] = {
        {0x174, false, true}, {0x174, true, false}, {0x175, true, true},
        {0x175, false, false}, {0x2000, false, true},
        {0xc0000080, true, true}, {0x40000000, true, true},
    };
    struct rig r;
    rig_open(&r);
    rig_poke(&r, AT_MSR_BITMAP + 0x174 / 8, 1, 1u << 4);
    rig_poke(&r, AT_MSR_BITMAP + 2048 + 0x175 / 8, 1, 1u << 5);
    rig_poke(&r, AT_MSR_BITMAP + 3072 + 0x80 / 8, 1, 1);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        START(&r, PROC(28));
        r.cpu->gpr[IA32_RCX] = rows[i].msr;
        r.cpu->gpr[IA32_RAX] = r.cpu->gpr[IA32_RDX] = 0;
        if (rows[i].write)
            RIG(&r, 0x0f, 0x30);
        else
            RIG(&r, 0x0f, 0x32);
        CU_ASSERT(rows[i].exits ? insn_exited(&r, rows[i].write ? 32 : 31,
                                              0, 2)
                                : went_on(&r, 2));
    }
    START(&r, PROC(1)); /* without bitmaps: always */
    r.cpu->gpr[IA32_RCX] = 0x174;
    RIG(&r, 0x0f, 0x32);
    CU_ASSERT(insn_exited(&r, 31, 0, 2));
    rig_close(&r);
}

static void tsc_offset(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, PROC(3), SET(TSC_OFFSET, UINT64_C(0x500000000)));
    uint64_t before = ia32_tsc(r.cpu);
    RIG(&r, 0x0f, 0x31);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], 5);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], before);
    rig_close(&r);
}

/* --- control registers ---------------------------------------------------------- */

#define CR0_MASKS(mask, shadow) \
    SET(CR0_GUEST_HOST_MASK, mask), SET(CR0_READ_SHADOW, shadow)

static void control_registers(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, CR0_MASKS(CR0_TS | CR0_PG, CR0_TS));
    RIG(&r, 0x0f, 0x20, 0xc0); /* MOV EAX, CR0: shadow for owned bits */
    CU_ASSERT(went_on(&r, 3));
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 0x39);
    START(&r, CR0_MASKS(CR0_TS, 0));
    r.cpu->gpr[IA32_RBX] = 0x80000039;
    RIG(&r, 0x0f, 0x22, 0xc3); /* MOV CR0, EBX: TS differs from shadow */
    CU_ASSERT(insn_exited(&r, 28, 0x300, 3));
    START(&r, CR0_MASKS(CR0_TS, CR0_TS));
    r.cpu->gpr[IA32_RBX] = 0x8001003b; /* TS as in the shadow; MP, WP new */
    RIG(&r, 0x0f, 0x22, 0xc3);
    CU_ASSERT(went_on(&r, 3));
    CU_ASSERT_EQUAL(r.cpu->cr0, 0x80010033);
    START(&r, SET(CR4_GUEST_HOST_MASK, CR4_VMXE), SET(CR4_READ_SHADOW, 0));
    RIG(&r, 0x0f, 0x20, 0xe0); /* MOV EAX, CR4 */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], CR4_PSE);
    START(&r, SET(CR4_GUEST_HOST_MASK, CR4_VMXE), SET(CR4_READ_SHADOW, 0));
    r.cpu->gpr[IA32_RDX] = CR4_VMXE;
    RIG(&r, 0x0f, 0x22, 0xe2);
    CU_ASSERT(insn_exited(&r, 28, 0x204, 3));
    rig_close(&r);
}

static void cr3(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, PROC(1));
    RIG(&r, 0x0f, 0x20, 0xdf); /* MOV EDI, CR3 */
    CU_ASSERT(insn_exited(&r, 28, 0x713, 3));
    START(&r, SET(CR3_TARGET_COUNT, 1), SET(CR3_TARGET_VALUE_0, AT_PAGES),
          SET(CR3_TARGET_VALUE_1, 0x5000));
    r.cpu->gpr[IA32_RAX] = AT_PAGES;
    RIG(&r, 0x0f, 0x22, 0xd8); /* MOV CR3, EAX: a target */
    CU_ASSERT(went_on(&r, 3));
    START(&r, SET(CR3_TARGET_COUNT, 1), SET(CR3_TARGET_VALUE_1, 0x5000));
    r.cpu->gpr[IA32_RAX] = 0x5000; /* beyond the count */
    RIG(&r, 0x0f, 0x22, 0xd8);
    CU_ASSERT(insn_exited(&r, 28, 0x3, 3));
    rig_close(&r);
}

static void clts_lmsw(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, CR0_MASKS(CR0_TS, CR0_TS));
    RIG(&r, 0x0f, 0x06); /* CLTS */
    CU_ASSERT(insn_exited(&r, 28, 0x20, 2));
    START(&r, CR0_MASKS(CR0_TS, 0), SET(GUEST_CR0, 0x80000039));
    RIG(&r, 0x0f, 0x06); /* the guest sees TS = 0 already: nothing */
    CU_ASSERT(went_on(&r, 2));
    CU_ASSERT(r.cpu->cr0 & CR0_TS);
    START(&r, SET(GUEST_CR0, 0x80000039));
    RIG(&r, 0x0f, 0x06);
    CU_ASSERT(went_on(&r, 2) && !(r.cpu->cr0 & CR0_TS));
    START(&r, CR0_MASKS(CR0_MP, 0));
    r.cpu->gpr[IA32_RAX] = 0x123;
    RIG(&r, 0x0f, 0x01, 0xf0); /* LMSW AX */
    CU_ASSERT(insn_exited(&r, 28, 0x1230030, 3));
    START(&r, CR0_MASKS(CR0_MP, 0));
    rig_poke(&r, 0x6020, 2, 2);
    RIG(&r, 0x0f, 0x01, 0x35, 0x20, 0x60, 0, 0); /* LMSW [6020H] */
    CU_ASSERT(insn_exited(&r, 28, 0x20070, 7));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_LINEAR_ADDRESS), 0x6020);
    START(&r, CR0_MASKS(CR0_PE, CR0_PE));
    r.cpu->gpr[IA32_RAX] = 0x0a; /* cannot clear PE: no exit */
    RIG(&r, 0x0f, 0x01, 0xf0);
    CU_ASSERT(went_on(&r, 3));
    CU_ASSERT_EQUAL(r.cpu->cr0 & 0xf, 0xb);
    rig_close(&r);
}

/* --- faults before exits ------------------------------------------------------------ */

static void privilege_first(void)
{
    static const uint8_t hlt[] = {0xf4};
    struct rig r;
    rig_open(&r);
    /* CPL 3 with #GP exiting: HLT must give reason 0, not 12. */
    START(&r, PROC(7), SET(EXCEPTION_BITMAP, 1u << IA32_GP),
          SET(GUEST_CS_SELECTOR, 0x0b), SET(GUEST_CS_AR, 0xc0fb),
          SET(GUEST_SS_SELECTOR, 0x13), SET(GUEST_SS_AR, 0xc0f3));
    rig_step(&r, hlt, 1);
    CU_ASSERT(exited(&r, 0, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0xb0d);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_ERROR_CODE), 0);
    CU_ASSERT(rig_field(&r, VMX_F_GUEST_RFLAGS) & FL_RF);
    /* CPUID exits at any privilege. */
    START(&r, SET(GUEST_CS_SELECTOR, 0x0b), SET(GUEST_CS_AR, 0xc0fb),
          SET(GUEST_SS_SELECTOR, 0x13), SET(GUEST_SS_AR, 0xc0f3));
    RIG(&r, 0x0f, 0xa2);
    CU_ASSERT(insn_exited(&r, 10, 0, 2));
    rig_close(&r);
}

/* --- events --------------------------------------------------------------------------- */

static void exceptions(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(EXCEPTION_BITMAP, 1u << IA32_UD));
    RIG(&r, 0x0f, 0x0b); /* UD2 */
    CU_ASSERT(exited(&r, 0, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0x306);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST);
    START(&r, SET(EXCEPTION_BITMAP, 1u << IA32_BP));
    RIG(&r, 0xcc); /* INT3 */
    CU_ASSERT(exited(&r, 0, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0x603);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_LENGTH), 1);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST);
    START(&r, SET(EXCEPTION_BITMAP, ~UINT64_C(0) & 0xffffbfff));
    RIG(&r, 0xcd, 0x06); /* INT 6 never exits */
    CU_ASSERT(r.exits == 0 && r.cpu->rip == AT_HANDLER);
    START(&r, SET(EXCEPTION_BITMAP, 0));
    RIG(&r, 0x0f, 0x0b);
    CU_ASSERT(r.exits == 0 && r.cpu->rip == AT_HANDLER);
    rig_close(&r);
}

/* bit 14 of the bitmap, mask, match: a read of an absent page (code 0). */
static void page_faults(void)
{
    static const struct {
        uint32_t bit, mask, match;
        bool exits;
    } rows[] = {{1, 0, 0, true},  {0, 0, 0, false}, {1, 1, 1, false},
                {0, 1, 1, true},  {1, 2, 0, true},  {0, 2, 2, true},
                {0, 0, 1, true},  {1, 0, 1, false}};
    struct rig r;
    rig_open(&r);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        START(&r, SET(EXCEPTION_BITMAP, (uint64_t)rows[i].bit << IA32_PF),
              SET(PF_ERROR_CODE_MASK, rows[i].mask),
              SET(PF_ERROR_CODE_MATCH, rows[i].match));
        r.cpu->cr2 = 0x77;
        RIG(&r, 0xa1, 0x44, 0x33, 0x22, 0x11); /* MOV EAX, [11223344H] */
        CU_ASSERT_EQUAL(r.exits == 1, rows[i].exits);
        if (!rows[i].exits) {
            CU_ASSERT_EQUAL(r.cpu->cr2, 0x11223344);
            continue;
        }
        CU_ASSERT(exited(&r, 0, 0x11223344));
        CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0xb0e);
        CU_ASSERT_EQUAL(r.cpu->cr2, 0x77);
    }
    rig_close(&r);
}

static unsigned ack(void *opaque)
{
    ++*(unsigned *)opaque;
    return 0x33;
}

static void external_interrupts(void)
{
    struct rig r;
    unsigned acks = 0;
    rig_open(&r);
    r.cpu->base.int_ack = ack;
    r.cpu->base.int_ack_opaque = &acks;
    for (unsigned acknowledge = 0; acknowledge < 2; acknowledge++) {
        START(&r, SET(PIN_BASED_CONTROLS, 0x17),
              SET(EXIT_CONTROLS, 0x36dff | acknowledge << 15));
        r.cpu->base.ops->set_intr(&r.cpu->base, true); /* IF is 0 */
        rig_go(&r);
        CU_ASSERT(exited(&r, 1, 0));
        CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO),
                        acknowledge ? VALID | 0x33 : 0);
        CU_ASSERT_EQUAL(acks, acknowledge);
        r.cpu->base.ops->set_intr(&r.cpu->base, false);
    }
    START(&r, SET(GUEST_RFLAGS, 0x202)); /* no exiting: the guest's IDT */
    r.cpu->base.ops->set_intr(&r.cpu->base, true);
    rig_go(&r);
    CU_ASSERT(r.exits == 0 && r.cpu->rip == AT_HANDLER && acks == 2);
    r.cpu->base.ops->set_intr(&r.cpu->base, false);
    rig_close(&r);
}

/* A halted guest exits with activity state HLT. */
static void interrupt_of_a_halted_guest(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(PIN_BASED_CONTROLS, 0x17));
    RIG(&r, 0xf4);
    CU_ASSERT_EQUAL(r.cpu->base.activity, VT_HALTED);
    r.cpu->base.ops->set_intr(&r.cpu->base, true);
    rig_go(&r);
    CU_ASSERT(exited(&r, 1, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_ACTIVITY), VMX_HLT);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST + 1);
    CU_ASSERT_EQUAL(r.cpu->base.activity, VT_ACTIVE);
    r.cpu->base.ops->set_intr(&r.cpu->base, false);
    rig_close(&r);
}

static void nmis(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(PIN_BASED_CONTROLS, 0x1e));
    r.cpu->base.ops->raise_nmi(&r.cpu->base);
    rig_go(&r);
    CU_ASSERT(exited(&r, 0, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0x202);
    CU_ASSERT(r.cpu->blocking & IA32_BLOCK_NMI);
    START(&r, SET(PIN_BASED_CONTROLS, 0x16));
    r.cpu->base.ops->raise_nmi(&r.cpu->base);
    rig_go(&r);
    CU_ASSERT(r.exits == 0 && r.cpu->rip == AT_HANDLER);
    rig_close(&r);
}

static void interrupt_window(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, PROC(2));
    RIG(&r, 0x90); /* IF = 0: nothing */
    CU_ASSERT(went_on(&r, 1));
    RIG(&r, 0xfb, 0x90, 0x90); /* STI; NOP: the exit comes after the NOP */
    rig_go(&r);
    CU_ASSERT_EQUAL(r.exits, 0);
    rig_go(&r);
    CU_ASSERT(exited(&r, 7, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST + 3);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_INTERRUPTIBILITY), 0);
    START(&r, PROC(2), SET(GUEST_RFLAGS, 0x202));
    rig_go(&r); /* open from the start */
    CU_ASSERT(exited(&r, 7, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST);
    rig_close(&r);
}

static void triple_fault(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(GUEST_IDTR_LIMIT, 0));
    RIG(&r, 0x0f, 0x0b);
    CU_ASSERT(exited(&r, 2, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_IDT_VECTORING_INFO), 0);
    CU_ASSERT_EQUAL(r.stop.kind, VT_STOP_NONE);
    rig_close(&r);
}

static void task_switch(void)
{
    struct rig r;
    rig_open(&r);
    rig_poke(&r, AT_GDT + 0x20, 8, UINT64_C(0x0000890070000067));
    START(&r, SET(GUEST_GDTR_LIMIT, 0x27));
    RIG(&r, 0xea, 0, 0, 0, 0, 0x20, 0); /* JMP 20H:0 */
    CU_ASSERT(exited(&r, 9, 0x80000020));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_LENGTH), 7);
    rig_close(&r);
}

/* #UD through an IDT that is not there: #PF during delivery exits. */
static void during_delivery(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(EXCEPTION_BITMAP, 1u << IA32_PF),
          SET(GUEST_IDTR_BASE, 0x10000000));
    RIG(&r, 0x0f, 0x0b);
    CU_ASSERT(exited(&r, 0, 0x10000030));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0xb0e);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_IDT_VECTORING_INFO), VALID | 0x306);
    /* INT n on its way brings its length. */
    START(&r, SET(EXCEPTION_BITMAP, 1u << IA32_PF),
          SET(GUEST_IDTR_BASE, 0x10000000));
    RIG(&r, 0xcd, 0x40);
    CU_ASSERT(exited(&r, 0, 0x10000200));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_IDT_VECTORING_INFO), VALID | 0x440);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_LENGTH), 2);
    /* So does an injected event. */
    rig_root(&r);
    r.vmx->field[VMX_F_EXCEPTION_BITMAP] = 1u << IA32_PF;
    r.vmx->field[VMX_F_GUEST_IDTR_BASE] = 0x10000000;
    r.vmx->field[VMX_F_ENTRY_INTR_INFO] = VALID | 0xb0d;
    r.vmx->field[VMX_F_ENTRY_ERROR_CODE] = 0x18;
    r.exits = 0;
    rig_vmlaunch(&r);
    CU_ASSERT(exited(&r, 0, 0x10000068));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_IDT_VECTORING_INFO), VALID | 0xb0d);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_IDT_VECTORING_ERROR_CODE), 0x18);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_ENTRY_INTR_INFO), 0xb0d);
    rig_close(&r);
}

/* --- injection ------------------------------------------------------------------------ */

/* What is on the guest's stack at the handler's first instruction. */
static uint64_t stacked(struct rig *r, unsigned slot)
{
    return rig_mem(r, r->cpu->gpr[IA32_RSP] + 4 * slot, 4);
}

static void injection(void)
{
    static const struct {
        uint32_t info, length;
        bool error_code;
    } rows[] = {
        {0x020, 0, false}, /* external interrupt */
        {0x202, 0, false}, /* NMI */
        {0x306, 0, false}, /* #UD */
        {0xb0e, 0, true},  /* #PF: CR2 stays */
        {0x430, 2, false}, /* INT 30H */
        {0x501, 1, false}, /* INT1 */
        {0x603, 1, false}, /* INT3 */
    };
    struct rig r;
    rig_open(&r);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        rig_root(&r);
        r.cpu->cr2 = 0x99;
        START(&r, SET(ENTRY_INTR_INFO, VALID | rows[i].info),
              SET(ENTRY_INSN_LENGTH, rows[i].length),
              SET(ENTRY_ERROR_CODE, 4), SET(GUEST_RFLAGS, 0x202),
              SET(GUEST_ACTIVITY, i < 2 ? VMX_HLT : VMX_ACTIVE),
              SET(EXCEPTION_BITMAP, 0xffffffff));
        CU_ASSERT_EQUAL(r.cpu->rip, AT_HANDLER);
        CU_ASSERT_EQUAL(r.cpu->base.activity, VT_ACTIVE);
        CU_ASSERT_EQUAL(stacked(&r, rows[i].error_code),
                        AT_GUEST + rows[i].length);
        if (rows[i].error_code)
            CU_ASSERT_EQUAL(stacked(&r, 0), 4);
        CU_ASSERT_EQUAL((r.cpu->blocking & IA32_BLOCK_NMI) != 0, i == 1);
        CU_ASSERT(r.cpu->cr2 != 4);
    }
    rig_close(&r);
}

static void activity_states(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(GUEST_ACTIVITY, VMX_HLT), SET(PIN_BASED_CONTROLS, 0x17));
    CU_ASSERT_EQUAL(r.cpu->base.activity, VT_HALTED);
    r.cpu->base.ops->set_intr(&r.cpu->base, true);
    rig_go(&r);
    CU_ASSERT(exited(&r, 1, 0));
    r.cpu->base.ops->set_intr(&r.cpu->base, false);
    START(&r, SET(GUEST_ACTIVITY, VMX_HLT), PROC(2),
          SET(GUEST_RFLAGS, 0x202));
    rig_go(&r);
    CU_ASSERT(exited(&r, 7, 0));
    rig_close(&r);
}

/* --- state ---------------------------------------------------------------------------- */

static void state_round_trip(void)
{
    struct rig r;
    rig_open(&r);
    rig_guest(&r);
    uint64_t before[VMX_FIELD_COUNT];
    memcpy(before, r.vmx->field, sizeof before);
    RIG(&r, 0x0f, 0xa2);
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++)
        if (vmx_fields[i].area != VMX_AREA_READ_ONLY &&
            r.vmx->field[i] != before[i]) {
            printf("\n  %s was %x, is %x\n", vmx_fields[i].id,
                   (unsigned)before[i], (unsigned)r.vmx->field[i]);
            CU_FAIL("a field changed");
        }
    CU_ASSERT_EQUAL(r.cpu->seg[IA32_CS].selector, 8);
    CU_ASSERT_EQUAL(r.cpu->seg[IA32_CS].ar, 0xc09b);
    CU_ASSERT(r.cpu->seg[IA32_FS].ar & AR_UNUSABLE);
    CU_ASSERT(r.cpu->seg[IA32_LDTR].ar & AR_UNUSABLE);
    CU_ASSERT_EQUAL(r.cpu->seg[IA32_TR].limit, 0x67);
    CU_ASSERT_EQUAL(r.cpu->gdtr.limit, 0xffff);
    CU_ASSERT_EQUAL(r.cpu->dr[7], 0x400);
    CU_ASSERT_EQUAL(r.cpu->cpl, 0);
    rig_close(&r);
}

static void msr_areas(void)
{
    struct rig r;
    rig_open(&r);
    rig_poke(&r, 0x6100, 8, 0x174); /* entry: load 9 */
    rig_poke(&r, 0x6108, 8, 9);
    rig_poke(&r, 0x6110, 8, 0x174); /* exit: store */
    rig_poke(&r, 0x6118, 8, 0);
    rig_poke(&r, 0x6120, 8, 0x175); /* exit: load 10 */
    rig_poke(&r, 0x6128, 8, 10);
    START(&r, SET(ENTRY_MSR_LOAD_ADDR, 0x6100), SET(ENTRY_MSR_LOAD_COUNT, 1),
          SET(EXIT_MSR_STORE_ADDR, 0x6110), SET(EXIT_MSR_STORE_COUNT, 1),
          SET(EXIT_MSR_LOAD_ADDR, 0x6120), SET(EXIT_MSR_LOAD_COUNT, 1));
    CU_ASSERT_EQUAL(r.cpu->sysenter_cs, 9);
    RIG(&r, 0x0f, 0xa2);
    CU_ASSERT(insn_exited(&r, 10, 0, 2));
    CU_ASSERT_EQUAL(rig_mem(&r, 0x6118, 8), 9);
    CU_ASSERT_EQUAL(r.cpu->sysenter_esp, 10);
    rig_close(&r);
}

static void second_msr_entry_fails(void)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    rig_poke(&r, 0x6100, 8, 0x174);
    rig_poke(&r, 0x6108, 8, 9);
    rig_poke(&r, 0x6110, 8, 0x999);
    r.vmx->field[VMX_F_ENTRY_MSR_LOAD_ADDR] = 0x6100;
    r.vmx->field[VMX_F_ENTRY_MSR_LOAD_COUNT] = 2;
    rig_vmlaunch(&r);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_REASON), 0x80000022);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_QUALIFICATION), 2);
    CU_ASSERT(!r.cpu->non_root && r.cpu->rip == AT_EXIT);
    CU_ASSERT(!r.vmx->launch_session);
    rig_close(&r);
}

static void aborts(void)
{
    static const struct {
        enum vmx_field_id address, count;
        unsigned number;
        uint32_t indicator;
    } rows[] = {
        {VMX_F_EXIT_MSR_STORE_ADDR, VMX_F_EXIT_MSR_STORE_COUNT, 1, 1},
        {VMX_F_EXIT_MSR_LOAD_ADDR, VMX_F_EXIT_MSR_LOAD_COUNT, 1, 4},
        {VMX_F_EXIT_MSR_LOAD_ADDR, VMX_F_EXIT_MSR_LOAD_COUNT, 513, 5},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct rig r;
        rig_open(&r);
        rig_poke(&r, 0x6100, 8, 0x999);
        START(&r, {rows[i].address, 0x6100}, {rows[i].count, rows[i].number});
        RIG(&r, 0x0f, 0xa2);
        CU_ASSERT_EQUAL(r.stop.kind, VT_STOP_TRIPLE_FAULT);
        CU_ASSERT_EQUAL(rig_mem(&r, AT_VMCS + 4, 4), rows[i].indicator);
        rig_close(&r);
    }
}

/* --- books, words, snapshots ----------------------------------------------------------- */

static void ledger(void)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    r.cpu->cost[IA32_COST_VM_ENTRY] = 1000;
    r.cpu->cost[IA32_COST_VM_EXIT] = 2000;
    rig_vmlaunch(&r);
    CU_ASSERT_EQUAL(r.last.u.vm.hardware_cycles, 1000);
    RIG(&r, 0x90, 0x90);
    rig_go(&r);
    RIG(&r, 0x0f, 0xa2);
    CU_ASSERT_EQUAL(r.last.u.vm.hardware_cycles, 2000);
    const struct vt_ledger *l = &r.cpu->base.ledger;
    const struct vt_account_row *guest = &l->rows[l->row_count - 1];
    CU_ASSERT_EQUAL(guest->guest_id, AT_VMCS);
    CU_ASSERT_EQUAL(guest->cycles[VT_WHAT_VM_ENTRY], 1000);
    CU_ASSERT_EQUAL(guest->cycles[VT_WHAT_VM_EXIT], 2000);
    CU_ASSERT_EQUAL(guest->cycles[VT_WHAT_INSTRUCTION], 2); /* the NOPs */
    CU_ASSERT_EQUAL(vt_ledger_total(l), r.cpu->base.now_cycles);
    rig_close(&r);
}

static void words(void)
{
    struct rig r;
    char text[600];
    rig_open(&r);
    START(&r, PROC(24));
    r.cpu->gpr[IA32_RDX] = 0x3f8;
    RIG(&r, 0xee);
    CU_ASSERT(vmx_explain_exit(r.cpu, text, sizeof text) < sizeof text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "unconditional I/O exiting"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "OUT to port 03F8h, 1 byte"));
    vmx_explain_qualification(28, 0x304, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "MOV to CR4 from EBX");
    CU_ASSERT(vmx_explain_exit(r.cpu, text, 10) > 10); /* cut, not overrun */
    rig_close(&r);
}

static void snapshot(void)
{
    struct rig a, b;
    struct vt_error err;
    size_t bytes;
    rig_open(&a);
    rig_open(&b);
    rig_guest(&a);
    struct vt_writer *w = vt_writer_new();
    vt_machine_save(a.m, w);
    const void *data = vt_writer_finish(w, &bytes);
    CU_ASSERT_EQUAL_FATAL(vt_machine_load(b.m, data, bytes, &err), VT_OK);
    RIG(&a, 0x0f, 0xa2);
    RIG(&b, 0x0f, 0xa2);
    CU_ASSERT(!b.cpu->non_root && b.cpu->rip == AT_EXIT);
    CU_ASSERT_EQUAL(memcmp(a.vmx->field, b.vmx->field, sizeof a.vmx->field),
                    0);
    CU_ASSERT_EQUAL(vt_machine_hash(a.m), vt_machine_hash(b.m));
    vt_writer_free(w);
    rig_close(&a);
    rig_close(&b);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"instructions: reason, qualification, length; no exit without the control", simple},
        {"VMX instructions: displacement and instruction information", vmx_operands},
        {"I/O: qualification and linear address", io},
        {"I/O bitmaps: every byte of the access counts", io_bitmaps},
        {"RDMSR and WRMSR: bitmaps", msrs},
        {"RDTSC: offset", tsc_offset},
        {"CR0 and CR4: masks and shadows", control_registers},
        {"CR3: always but for targets", cr3},
        {"CLTS and LMSW", clts_lmsw},
        {"privilege faults come before exits", privilege_first},
        {"exception bitmap", exceptions},
        {"page faults: mask and match", page_faults},
        {"external interrupts, acknowledged or not", external_interrupts},
        {"an interrupt takes a halted guest out with activity HLT", interrupt_of_a_halted_guest},
        {"NMIs", nmis},
        {"interrupt window", interrupt_window},
        {"triple fault", triple_fault},
        {"task switch", task_switch},
        {"IDT-vectoring information", during_delivery},
        {"event injection: every type", injection},
        {"activity states", activity_states},
        {"guest state survives an exit, host state is loaded", state_round_trip},
        {"MSR areas", msr_areas},
        {"a bad MSR entry: failure 34 with its number", second_msr_entry_fails},
        {"VMX aborts", aborts},
        {"ledger: exits and entries are charged to the guest", ledger},
        {"exits in words", words},
        {"snapshot inside a guest", snapshot},
    };
    return run_suite("VM exits", cases, ARRAY_SIZE(cases));
}
