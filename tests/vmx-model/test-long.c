/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VMX on a processor with Intel 64: operands of 64-bit mode, hosts and guests
 * in IA-32e mode and outside, and what a processor without Intel 64 has
 * instead.  SDM 325462, Vol 3C, "VMX Instruction Reference", "Loading Host
 * State", "Loading Guest State"; Appendix A.1, "Basic VMX Information". */
#include "tests/vmx-model/exits.h"


static void set(struct rig *r, enum vmx_field_id id, uint64_t value)
{
    r->vmx->field[id] = value;
}

/* Root operation in 64-bit mode; a host that comes back there. */
static void root64(struct rig *r)
{
    rig_root(r);
    rig_long(r);
    set(r, VMX_F_EXIT_CONTROLS, 0x36fff);
    set(r, VMX_F_HOST_CR3, AT_PML4);
    set(r, VMX_F_HOST_CR4, CR4_PAE | CR4_VMXE);
}

static void guest64(struct rig *r)
{
    root64(r);
    set(r, VMX_F_ENTRY_CONTROLS, 0x13ff);
    set(r, VMX_F_GUEST_CR3, AT_PML4);
    set(r, VMX_F_GUEST_CR4, CR4_PAE | CR4_VMXE);
    set(r, VMX_F_GUEST_CS_AR, 0xa09b);
}

/* --- operands ------------------------------------------------------------ */

static void wide_fields(void)
{
    struct rig r;
    rig_open(&r);
    root64(&r);
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++) {
        const struct vmx_field *f = &vmx_fields[i];
        uint64_t all = VT_BITS(vmx_field_bits((enum vmx_field_id)i, true) - 1,
                               0);
        uint64_t value = UINT64_C(0xa5a5b4b4c3c3d2d2);
        if (f->area == VMX_AREA_READ_ONLY)
            continue;
        r.cpu->rip = AT_HOST;
        r.cpu->gpr[IA32_RCX] = f->encoding;
        r.cpu->gpr[IA32_RAX] = value;
        RIG(&r, 0x0f, 0x79, 0xc8); /* VMWRITE RCX, RAX */
        CU_ASSERT(rig_succeeded(&r));
        r.cpu->gpr[9] = f->encoding;
        RIG(&r, 0x44, 0x0f, 0x78, 0xc9); /* VMREAD RCX, R9 */
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], value & all);
    }
    rig_close(&r);
}

/* All 64 bits of the encoding count. */
static void wide_encoding(void)
{
    struct rig r;
    rig_open(&r);
    root64(&r);
    r.cpu->gpr[IA32_RCX] = VMCS_GUEST_RIP | UINT64_C(0x100000000);
    RIG(&r, 0x0f, 0x78, 0xc8);
    CU_ASSERT(rig_fail_valid(&r, 12));
    rig_close(&r);
}

static void no_vmx_in_compatibility_mode(void)
{
    struct rig r;
    struct ia32_seg cs;
    rig_open(&r);
    root64(&r);
    cs = r.cpu->seg[IA32_CS];
    cs.ar = (cs.ar & ~AR_L) | AR_DB;
    ia32_set_seg(r.cpu, IA32_CS, &cs);
    r.faults = 0;
    r.cpu->gpr[IA32_RCX] = VMCS_GUEST_RIP;
    RIG(&r, 0x0f, 0x78, 0xc8);
    CU_ASSERT(r.faults > 0 && r.fault.kind == VT_EV_FAULT);
    rig_close(&r);
}

/* --- transitions ----------------------------------------------------------- */

static void to_64_bit_guest_and_back(void)
{
    struct rig r;
    rig_open(&r);
    guest64(&r);
    set(&r, VMX_F_GUEST_RIP, AT_GUEST);
    rig_vmlaunch(&r);
    CU_ASSERT_FATAL(r.cpu->non_root);
    CU_ASSERT(r.cpu->mode & IA32_MODE_LONG64);
    CU_ASSERT_EQUAL(r.cpu->efer & (EFER_LMA | EFER_LME),
                    EFER_LMA | EFER_LME);
    r.cpu->rip = AT_GUEST;
    RIG(&r, 0x0f, 0xa2); /* CPUID */
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_REASON), VMX_EXIT_CPUID);
    CU_ASSERT(!r.cpu->non_root && (r.cpu->mode & IA32_MODE_LONG64));
    CU_ASSERT_EQUAL(r.cpu->seg[IA32_CS].ar, 0x9b | AR_L | AR_G);
    CU_ASSERT_EQUAL(r.cpu->rip, AT_EXIT);
    rig_close(&r);
}

static void to_32_bit_guest_and_back(void)
{
    struct rig r;
    rig_open(&r);
    root64(&r);
    rig_vmlaunch(&r);
    CU_ASSERT_FATAL(r.cpu->non_root);
    CU_ASSERT(!(r.cpu->mode & IA32_MODE_LONG64));
    CU_ASSERT(!(r.cpu->efer & EFER_LMA));
    r.cpu->rip = AT_GUEST;
    RIG(&r, 0x0f, 0xa2);
    CU_ASSERT(!r.cpu->non_root && (r.cpu->mode & IA32_MODE_LONG64));
    CU_ASSERT(r.cpu->efer & EFER_LMA);
    rig_close(&r);
}

/* A 32-bit host with PAE paging: the exit loads its PDPTEs. */
static void pae_host(uint64_t pdpte, bool good)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    rig_poke(&r, 0x7800, 8, pdpte);
    set(&r, VMX_F_HOST_CR3, 0x7800);
    set(&r, VMX_F_HOST_CR4, CR4_PAE | CR4_VMXE);
    rig_vmlaunch(&r);
    CU_ASSERT_FATAL(r.cpu->non_root);
    RIG(&r, 0x0f, 0xa2);
    if (good) {
        CU_ASSERT_EQUAL(r.cpu->pdpte[0], pdpte);
        CU_ASSERT_EQUAL(r.cpu->rip, AT_EXIT);
    } else {
        CU_ASSERT_EQUAL(r.stop.kind, VT_STOP_TRIPLE_FAULT);
        CU_ASSERT_EQUAL(rig_mem(&r, AT_VMCS + 4, 4), 2);
    }
    rig_close(&r);
}

static void pae_hosts(void)
{
    pae_host(AT_PD | 1, true);
    pae_host(AT_PD | 3, false); /* bit 1 is reserved */
}

static void cr8_exits(void)
{
    struct rig r;
    rig_open(&r);
    guest64(&r);
    set(&r, VMX_F_PROC_BASED_CONTROLS, PROC_DEFAULT | 3u << 19);
    rig_vmlaunch(&r);
    CU_ASSERT_FATAL(r.cpu->non_root);
    RIG(&r, 0x45, 0x0f, 0x22, 0xc1); /* MOV CR8, R9 */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_CR_ACCESS, 8 | 9 << 8, 4));
    r.exits = 0;
    rig_vmresume(&r);
    RIG(&r, 0x44, 0x0f, 0x20, 0xc2); /* MOV RDX, CR8 */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_CR_ACCESS, 8 | 1 << 4 | 2 << 8, 4));
    set(&r, VMX_F_PROC_BASED_CONTROLS, PROC_DEFAULT);
    r.exits = 0;
    rig_vmresume(&r);
    r.cpu->gpr[9] = 5;
    RIG(&r, 0x45, 0x0f, 0x22, 0xc1);
    RIG(&r, 0x44, 0x0f, 0x20, 0xc2);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], 5);
    CU_ASSERT_EQUAL(r.exits, 0);
    rig_close(&r);
}

/* MONITOR's and MWAIT's exits; MWAIT says whether the monitor is armed. */
static void monitor_exits(void)
{
    struct rig r;
    rig_open(&r);
    guest64(&r);
    set(&r, VMX_F_PROC_BASED_CONTROLS,
        PROC_DEFAULT | 1u << 10 | 1u << 29);
    rig_vmlaunch(&r);
    CU_ASSERT_FATAL(r.cpu->non_root);
    RIG(&r, 0x0f, 0x01, 0xc8); /* MONITOR */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_MONITOR, 0, 3));
    r.exits = 0;
    rig_vmresume(&r);
    RIG(&r, 0x0f, 0x01, 0xc9); /* MWAIT */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_MWAIT, 0, 3));
    set(&r, VMX_F_PROC_BASED_CONTROLS, PROC_DEFAULT | 1u << 10);
    r.exits = 0;
    rig_vmresume(&r);
    r.cpu->gpr[IA32_RAX] = AT_SCRATCH;
    r.cpu->gpr[IA32_RCX] = 0;
    RIG(&r, 0x0f, 0x01, 0xc8);
    CU_ASSERT(went_on(&r, 3));
    RIG(&r, 0x0f, 0x01, 0xc9);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_REASON), VMX_EXIT_MWAIT);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_QUALIFICATION), 1);
    rig_close(&r);
}

/* The qualification is the address when it is relative to RIP; the
 * information says 64-bit addresses and no base. */
static void rip_relative_operand(void)
{
    struct rig r;
    rig_open(&r);
    guest64(&r);
    rig_vmlaunch(&r);
    CU_ASSERT_FATAL(r.cpu->non_root);
    RIG(&r, 0x0f, 0xc7, 0x3d, 0xf0, 0xff, 0xff, 0xff); /* VMPTRST */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMPTRST, AT_GUEST + 7 - 16, 7));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_INFO),
                    2u << 7 | (uint32_t)IA32_DS << 15 | 1u << 22 | 1u << 27);
    rig_close(&r);
}

/* --- without Intel 64 ------------------------------------------------------- */

static void without_intel64(void)
{
    struct rig r;
    uint64_t value;
    rig_open_cpu(&r, RIG_CPU32);
    rig_native(&r);
    CU_ASSERT(ia32_rdmsr(r.cpu, 0x480, &value));
    CU_ASSERT_EQUAL(value, UINT64_C(0x0019080000000001));
    CU_ASSERT(ia32_rdmsr(r.cpu, 0x482, &value));
    CU_ASSERT_EQUAL(value >> 32, 0x5781fbfe);
    CU_ASSERT(ia32_rdmsr(r.cpu, 0x483, &value));
    CU_ASSERT_EQUAL(value >> 32, 0x3edff);
    CU_ASSERT(ia32_rdmsr(r.cpu, 0x484, &value));
    CU_ASSERT_EQUAL(value >> 32, 0x11ff);
    rig_pointer(&r, IA32_VMXON, UINT64_C(0x100000000) + AT_VMXON);
    CU_ASSERT(rig_fail_invalid(&r) && !r.cpu->in_vmx);
    rig_root(&r);
    set(&r, VMX_F_IO_BITMAP_A, UINT64_C(0x100000000));
    set(&r, VMX_F_PROC_BASED_CONTROLS, PROC_DEFAULT | 1u << 25);
    rig_vmlaunch(&r);
    CU_ASSERT(rig_fail_valid(&r, 7));
    rig_close(&r);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"VMREAD, VMWRITE: 64-bit operands reach whole fields", wide_fields},
        {"VMREAD: all 64 bits of the encoding count", wide_encoding},
        {"compatibility mode: VMX instructions are #UD",
         no_vmx_in_compatibility_mode},
        {"entry to 64-bit mode, exit to 64-bit mode",
         to_64_bit_guest_and_back},
        {"entry to a 32-bit guest, exit to 64-bit mode",
         to_32_bit_guest_and_back},
        {"exit to PAE paging loads PDPTEs, or aborts", pae_hosts},
        {"MOV CR8 exits when the controls say so", cr8_exits},
        {"MONITOR and MWAIT exit when the controls say so", monitor_exits},
        {"an operand relative to RIP is described as one",
         rip_relative_operand},
        {"without Intel 64: 32-bit pointers, no controls of IA-32e mode",
         without_intel64},
    };
    return run_suite("VMX and Intel 64", cases, ARRAY_SIZE(cases));
}
