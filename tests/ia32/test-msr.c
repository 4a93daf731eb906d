/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Model-specific registers: which exist, what they take, what they do.
 * SDM Vol 4, "Model-Specific Registers". */
#include "sim/ia32/msr.h"
#include "tests/ia32/fakevirt.h"

/* A processor with every feature an MSR hangs on. */
#define SPEC                                                                \
    "skylake-sp,+fpu,+mmx,+fxsr,+sse,+sse2,+pae,+nx,+lm,+syscall,+mtrr,"    \
    "+mce,+mca,+apic,+x2apic,+tsc-adjust,+rdtscp,+misc-enable,+monitor,"    \
    "+sse3,+platform-info,+xsave,+xsavec,+xsaves"

/* Each row: there with its feature only, wherever its registers are; asking
 * changes nothing, and is right about what a write would do. */
static void msr_rows(void)
{
    unsigned rows = 0;
    uint64_t state = 88172645463325252u;
    for (const struct ia32_msr *m; (m = ia32_msr_at(rows)); rows++) {
        bool ok = true;
        for (unsigned i = 0; i < 200; i++) {
            struct sys s;
            struct fake f;
            sys_init(&s, SPEC, 0);
            fake_attach(&s, &f);
            uint32_t address = m->address + i % m->count;
            uint64_t before = 0, after = 0;
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            uint64_t v = i < 64   ? VT_BIT(i)
                         : i < 70 ? i - 64
                                  : state & m->writable;
            bool readable = ia32_rdmsr(s.cpu, address, &before);
            bool takes = ia32_wrmsr_ok(s.cpu, address, v);
            ok = ok && ia32_rdmsr(s.cpu, address, &after) == readable &&
                 after == before && !(takes && (v & ~m->writable)) &&
                 ia32_wrmsr(s.cpu, address, v) == takes;
            if (!takes)
                ok = ok && ia32_rdmsr(s.cpu, address, &after) == readable &&
                     after == before;
            s.cpu->features[m->feature / 64] &= ~VT_BIT(m->feature % 64);
            if (address == MSR_EFER) /* LM or NX */
                s.cpu->features[IA32_F_LM / 64] &= ~VT_BIT(IA32_F_LM % 64);
            if (address == MSR_EFER)
                s.cpu->features[IA32_F_NX / 64] &= ~VT_BIT(IA32_F_NX % 64);
            ok = ok && !ia32_rdmsr(s.cpu, address, &after) &&
                 !ia32_wrmsr_ok(s.cpu, address, 0);
            sys_done(&s);
        }
        sys_report(m->name, ok);
    }
    CU_ASSERT_EQUAL(rows, IA32_MSR_COUNT);
}

#define NOT_CANONICAL VT_BIT(47)
#define UPPER UINT64_C(0xffff800000000000)
#define PA46 (VT_BIT(46) - VT_BIT(12))
#define READ_ONLY 1u
#define GP 2u /* the write is #GP(0) */

/* What each register takes and gives back.  Vol 4, "Architectural MSRs", and
 * the chapters that describe them. */
static const struct {
    const char *name;
    uint32_t msr;
    uint64_t write;
    unsigned how;  /* 0: taken */
    uint64_t read; /* afterwards */
} values[] = {
    {"PLATFORM_ID: read-only", 0x17, 0, GP, 0},
    {"APIC_BASE: as after reset", MSR_APIC_BASE, 0, READ_ONLY, 0xfee00900},
    {"APIC_BASE: moved", MSR_APIC_BASE, 0xfed00900, 0, 0xfed00900},
    {"APIC_BASE: the highest page", MSR_APIC_BASE, PA46 | 0x900, 0,
     PA46 | 0x900},
    {"APIC_BASE: beyond MAXPHYADDR", MSR_APIC_BASE, VT_BIT(46) | 0x900, GP,
     0xfee00900},
    {"APIC_BASE: reserved bit 9", MSR_APIC_BASE, 0xfee00b00, GP, 0xfee00900},
    {"APIC_BASE: disabled", MSR_APIC_BASE, 0xfee00100, 0, 0xfee00100},
    {"APIC_BASE: to x2APIC mode", MSR_APIC_BASE, 0xfee00d00, 0, 0xfee00d00},
    {"APIC_BASE: EXTD without EN", MSR_APIC_BASE, 0xfee00500, GP,
     0xfee00900},
    {"TSC_ADJUST: 0 after reset", 0x3b, 0, READ_ONLY, 0},
    {"TSC_ADJUST: any value", 0x3b, UINT64_MAX, 0, UINT64_MAX},
    {"BIOS_SIGN_ID: any value", 0x8b, 0x1234, 0, 0x1234},
    {"PLATFORM_INFO: read-only", 0xce, 0, GP, 0},
    {"PKG_CST_CONFIG_CONTROL: limit", 0xe2, 0x402, 0, 0x402},
    {"PKG_CST_CONFIG_CONTROL: reserved", 0xe2, 0x1000, GP, 0},
    {"MTRRCAP", MSR_MTRRCAP, 0, READ_ONLY, 0x50a},
    {"MTRRCAP: read-only", MSR_MTRRCAP, 0x50a, GP, 0x50a},
    {"SYSENTER_CS: 32 bits", 0x174, 0xffffffff, 0, 0xffffffff},
    {"SYSENTER_CS: more", 0x174, VT_BIT(32), GP, 0},
    {"SYSENTER_ESP: canonical", 0x175, UPPER, 0, UPPER},
    {"SYSENTER_ESP: not canonical", 0x175, NOT_CANONICAL, GP, 0},
    {"SYSENTER_EIP: canonical", 0x176, UPPER, 0, UPPER},
    {"SYSENTER_EIP: not canonical", 0x176, NOT_CANONICAL, GP, 0},
    {"MCG_CAP", 0x179, 0, READ_ONLY, 20},
    {"MCG_CAP: read-only", 0x179, 20, GP, 20},
    {"MCG_STATUS: three bits", 0x17a, 7, 0, 7},
    {"MCG_STATUS: reserved", 0x17a, 8, GP, 0},
    {"MCG_CTL: absent", 0x17b, 0, GP, 0},
    {"MISC_ENABLE: as after reset", MSR_MISC_ENABLE, 0, READ_ONLY, 0x41801},
    {"MISC_ENABLE: what only informs is ignored", MSR_MISC_ENABLE, 0x40081,
     0, 0x41801},
    {"MISC_ENABLE: XD disable", MSR_MISC_ENABLE, VT_BIT(34) | 0x1801, 0,
     VT_BIT(34) | 0x1801},
    {"MISC_ENABLE: SpeedStep", MSR_MISC_ENABLE, 0x51801, GP, 0x41801},
    {"DEBUGCTL: no bit", MSR_DEBUGCTL, 1, GP, 0},
    {"POWER_CTL", 0x1fc, 3, 0, 3},
    {"MTRR_PHYSBASE0", 0x200, PA46 | 6, 0, PA46 | 6},
    {"MTRR_PHYSBASE0: type 2", 0x200, 2, GP, 0},
    {"MTRR_PHYSBASE0: bit 8", 0x200, 0x106, GP, 0},
    {"MTRR_PHYSBASE0: beyond MAXPHYADDR", 0x200, VT_BIT(46), GP, 0},
    {"MTRR_PHYSMASK0", 0x201, PA46 | 0x800, 0, PA46 | 0x800},
    {"MTRR_PHYSMASK0: bit 0", 0x201, 1, GP, 0},
    {"MTRR_PHYSMASK0: beyond MAXPHYADDR", 0x201, VT_BIT(46), GP, 0},
    {"MTRR_PHYSBASE9", 0x212, 0x1000, 0, 0x1000},
    {"MTRR_FIX64K", 0x250, UINT64_C(0x0606050504010000), 0,
     UINT64_C(0x0606050504010000)},
    {"MTRR_FIX64K: type 3", 0x250, UINT64_C(0x0606050304010000), GP, 0},
    {"MTRR_FIX64K: type 7", 0x250, 7, GP, 0},
    {"MTRR_FIX16K_A0000", 0x259, 0x0606, 0, 0x0606},
    {"MTRR_FIX4K_F8000", 0x26f, 0x0606, 0, 0x0606},
    {"PAT: every type", MSR_PAT, UINT64_C(0x0007060504010607), 0,
     UINT64_C(0x0007060504010607)},
    {"PAT: type 2", MSR_PAT, UINT64_C(0x0007040600070402), GP,
     UINT64_C(0x0007040600070406)},
    {"PAT: type 3", MSR_PAT, UINT64_C(0x0307040600070406), GP,
     UINT64_C(0x0007040600070406)},
    {"PAT: a reserved bit", MSR_PAT, UINT64_C(0x0807040600070406), GP,
     UINT64_C(0x0007040600070406)},
    {"MTRR_DEF_TYPE", 0x2ff, 0xc06, 0, 0xc06},
    {"MTRR_DEF_TYPE: type 7", 0x2ff, 0xc07, GP, 0},
    {"MTRR_DEF_TYPE: reserved bit 9", 0x2ff, 0x206, GP, 0},
    {"MC0_CTL: any value", 0x400, UINT64_MAX, 0, UINT64_MAX},
    {"MC0_STATUS: cleared", 0x401, 0, 0, 0},
    {"MC0_STATUS: not 0", 0x401, 1, GP, 0},
    {"MC0_ADDR: not 0", 0x402, 1, GP, 0},
    {"MC0_MISC: not 0", 0x403, 1, GP, 0},
    {"MC19_CTL", 0x44c, 5, 0, 5},
    {"XSS: nothing", 0xda0, 0, 0, 0},
    {"XSS: no bit", 0xda0, 0x100, GP, 0},
    {"EFER: LMA is not reached", MSR_EFER, EFER_LMA, 0, 0},
    {"EFER: SCE, LME, NXE", MSR_EFER, 0x901, 0, 0x901},
    {"EFER: reserved bit 1", MSR_EFER, 2, GP, 0},
    {"EFER: reserved bit 12", MSR_EFER, 0x1000, GP, 0},
    {"STAR", 0xc0000081, UINT64_MAX, 0, UINT64_MAX},
    {"LSTAR: canonical", 0xc0000082, UPPER, 0, UPPER},
    {"LSTAR: not canonical", 0xc0000082, NOT_CANONICAL, GP, 0},
    {"CSTAR: not canonical", 0xc0000083, NOT_CANONICAL, GP, 0},
    {"FMASK: 32 bits", 0xc0000084, 0xffffffff, 0, 0xffffffff},
    {"FMASK: more", 0xc0000084, VT_BIT(32), GP, 0},
    {"FS_BASE: canonical", 0xc0000100, UPPER, 0, UPPER},
    {"FS_BASE: not canonical", 0xc0000100, NOT_CANONICAL, GP, 0},
    {"GS_BASE: canonical", 0xc0000101, UPPER, 0, UPPER},
    {"GS_BASE: not canonical", 0xc0000101, NOT_CANONICAL, GP, 0},
    {"KERNEL_GS_BASE: not canonical", 0xc0000102, NOT_CANONICAL, GP, 0},
    {"TSC_AUX: 32 bits", 0xc0000103, 0xffffffff, 0, 0xffffffff},
    {"TSC_AUX: more", 0xc0000103, VT_BIT(32), GP, 0},
};

static void values_taken(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
        struct sys s;
        struct fake f;
        uint64_t now = 0;
        sys_init(&s, SPEC, 0);
        fake_attach(&s, &f);
        bool ok = values[i].how == READ_ONLY ||
                  ia32_wrmsr(s.cpu, values[i].msr, values[i].write) ==
                      (values[i].how != GP);
        bool readable = ia32_rdmsr(s.cpu, values[i].msr, &now);
        if (values[i].msr == 0xce) /* the clock of the test's profile */
            now = 0;
        sys_report(values[i].name,
                   ok && (!readable || now == values[i].read));
        sys_done(&s);
    }
}

static void absent_ranges(void)
{
    static const struct {
        const char *spec;
        uint32_t msr;
        bool there;
    } items[] = {
        {"skylake-sp,+mtrr", 0x213, true},
        {"skylake-sp,+mtrr", 0x214, false},
        {"merom,+mtrr", 0x20f, true},
        {"merom,+mtrr", 0x210, false},
        {"skylake-sp,+mtrr", 0x251, false},
        {"skylake-sp,+mtrr", 0x25a, false},
        {"skylake-sp,+mtrr", 0x270, false},
        {"skylake-sp,+mce,+mca", 0x44f, true},
        {"skylake-sp,+mce,+mca", 0x450, false},
        {"merom,+mce,+mca", 0x417, true},
        {"merom,+mce,+mca", 0x418, false},
        {"pentium-pro,+mce,+mca", 0x17b, true},
        {"merom,+mce,+mca", 0x17b, false},
        {"merom", 0x79, false}, /* to read */
        {"pentium4-northwood,+nx", MSR_EFER, true},
        {"pentium4-northwood", MSR_EFER, false},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        uint64_t v;
        sys_init(&s, items[i].spec, 0);
        sys_report(items[i].spec,
                   ia32_rdmsr(s.cpu, items[i].msr, &v) == items[i].there);
        sys_done(&s);
    }
}

/* LME cannot change while paging is on; without features their bits are
 * reserved. */
static void efer_bits(void)
{
    static const struct {
        const char *name, *spec;
        uint64_t cr0, efer, misc_enable, value;
        bool ok;
    } items[] = {
        {"LME set, paging off", SPEC, 0, 0, 0, EFER_LME, true},
        {"LME set, paging on", SPEC, CR0_PG, 0, 0, EFER_LME, false},
        {"LME cleared, paging on", SPEC, CR0_PG, EFER_LME | EFER_LMA, 0, 0,
         false},
        {"LME as it is, paging on", SPEC, CR0_PG, EFER_LME | EFER_LMA, 0,
         EFER_LME | EFER_NXE, true},
        {"NXE alone", "pentium4-northwood,+nx", 0, 0, 0, EFER_NXE, true},
        {"LME without Intel 64", "pentium4-northwood,+nx", 0, 0, 0, EFER_LME, false},
        {"SCE without SYSCALL", "pentium4-northwood,+nx", 0, 0, 0, EFER_SCE, false},
        {"NXE with XD disable", SPEC, 0, 0, MISC_ENABLE_XD_DISABLE, EFER_NXE,
         false},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        sys_init(&s, items[i].spec, 0);
        s.cpu->cr0 |= items[i].cr0;
        s.cpu->efer = items[i].efer;
        s.cpu->misc_enable = items[i].misc_enable;
        bool ok = ia32_wrmsr(s.cpu, MSR_EFER, items[i].value) == items[i].ok;
        uint64_t lma = items[i].efer & EFER_LMA;
        uint64_t want = (items[i].value & ~EFER_LMA) | lma;
        ok = ok && s.cpu->efer == (items[i].ok ? want : items[i].efer);
        sys_report(items[i].name, ok);
        sys_done(&s);
    }
}

/* SDM Vol 3A, "x2APIC State Transitions". */
static void apic_modes(void)
{
    static const struct { unsigned from, to; bool ok; } items[] = {
        {0, 0, true},  {0, 1, false}, {0, 2, true},  {0, 3, false},
        {2, 0, true},  {2, 1, false}, {2, 2, true},  {2, 3, true},
        {3, 0, true},  {3, 1, false}, {3, 2, false}, {3, 3, true},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        uint32_t out[4];
        sys_init(&s, SPEC, 0);
        s.cpu->apic_base = 0xfee00000 | (uint64_t)items[i].from << 10;
        CU_ASSERT_EQUAL(ia32_wrmsr(s.cpu, MSR_APIC_BASE,
                                   0xfee00000 | (uint64_t)items[i].to << 10),
                        items[i].ok);
        ia32_cpuid(s.cpu, 1, 0, out);
        CU_ASSERT_EQUAL(out[3] >> 9 & 1, s.cpu->apic_base >> 11 & 1);
        sys_done(&s);
    }
    struct sys s;
    sys_init(&s, "merom,+apic", 0);
    CU_ASSERT_FALSE(ia32_wrmsr(s.cpu, MSR_APIC_BASE, 0xfee00d00));
    sys_done(&s);
}

/* Three bits of IA32_MISC_ENABLE change what CPUID says. */
static void misc_enable_and_cpuid(void)
{
    struct sys s;
    uint32_t out[4];
    sys_init(&s, SPEC, 0);
    ia32_cpuid(s.cpu, 1, 0, out);
    CU_ASSERT_EQUAL(out[2] & 8, 8);
    CU_ASSERT_TRUE(ia32_wrmsr(s.cpu, MSR_MISC_ENABLE, 0));
    ia32_cpuid(s.cpu, 1, 0, out);
    CU_ASSERT_EQUAL(out[2] & 8, 0); /* MONITOR */
    ia32_cpuid(s.cpu, 0, 0, out);
    CU_ASSERT_EQUAL(out[0], 0x16);
    CU_ASSERT_TRUE(ia32_wrmsr(s.cpu, MSR_MISC_ENABLE,
                              MISC_ENABLE_LIMIT_CPUID |
                                  MISC_ENABLE_XD_DISABLE));
    ia32_cpuid(s.cpu, 0, 0, out);
    CU_ASSERT_EQUAL(out[0], 2);
    ia32_cpuid(s.cpu, 0x80000001, 0, out);
    CU_ASSERT_EQUAL(out[3] >> 20 & 1, 0); /* NX */
    sys_done(&s);
}

/* Write 0, execute CPUID with EAX = 1, read: how software finds the
 * microcode revision. */
static void microcode_revision(void)
{
    for (unsigned i = 0; ia32_model_at(i); i++) {
        struct sys s;
        uint64_t v = 1;
        sys_init(&s, ia32_model_at(i)->name, 0);
        SYS_CODE_BYTES(&s, 0x0f, 0xa2);
        CU_ASSERT_TRUE(ia32_wrmsr(s.cpu, MSR_BIOS_SIGN_ID, 0));
        s.cpu->gpr[IA32_RAX] = 0;
        CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
        CU_ASSERT_TRUE(ia32_rdmsr(s.cpu, MSR_BIOS_SIGN_ID, &v));
        CU_ASSERT_EQUAL(v, 0);
        s.cpu->rip = SYS_CODE;
        s.cpu->gpr[IA32_RAX] = 1;
        CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
        CU_ASSERT_TRUE(ia32_rdmsr(s.cpu, MSR_BIOS_SIGN_ID, &v));
        CU_ASSERT_EQUAL(v >> 32, ia32_model_at(i)->microcode);
        CU_ASSERT_EQUAL((uint32_t)v, 0);
        sys_done(&s);
    }
}

static void package_limits_lock(void)
{
    struct sys s;
    sys_init(&s, SPEC, 0);
    CU_ASSERT_TRUE(ia32_wrmsr(s.cpu, 0xe2, 0x8001));
    CU_ASSERT_FALSE(ia32_wrmsr(s.cpu, 0xe2, 0x8002));
    CU_ASSERT_FALSE(ia32_wrmsr(s.cpu, 0xe2, 1));
    CU_ASSERT_TRUE(ia32_wrmsr(s.cpu, 0xe2, 0x6008001)); /* demotion */
    sys_done(&s);
}

/* The ratio to the bus clock gives back the machine's clock. */
static void platform_info_ratio(void)
{
    static const struct {
        const char *spec;
        uint64_t hz;
        unsigned ratio;
    } items[] = {
        {"nehalem,+platform-info", UINT64_C(2660000000), 20},
        {"sandybridge,+platform-info", UINT64_C(3400000000), 34},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        uint64_t v = 0;
        sys_init(&s, items[i].spec, 0);
        vt_machine_set_hz(s.m, items[i].hz);
        CU_ASSERT_TRUE(ia32_rdmsr(s.cpu, 0xce, &v));
        CU_ASSERT_EQUAL(v, items[i].ratio << 8);
        sys_done(&s);
    }
}

/* Adjusting moves the TSC, and writing the TSC moves the adjustment. */
static void tsc_adjust(void)
{
    struct sys s;
    uint64_t v = 0;
    sys_init(&s, SPEC, 0);
    CU_ASSERT_TRUE(ia32_wrmsr(s.cpu, 0x3b, 500));
    CU_ASSERT_EQUAL(ia32_tsc(s.cpu), 500);
    CU_ASSERT_TRUE(ia32_wrmsr(s.cpu, MSR_TSC, 2000));
    CU_ASSERT_TRUE(ia32_rdmsr(s.cpu, 0x3b, &v));
    CU_ASSERT_EQUAL(v, 2000);
    CU_ASSERT_TRUE(ia32_wrmsr(s.cpu, 0x3b, 0));
    CU_ASSERT_EQUAL(ia32_tsc(s.cpu), 0);
    sys_done(&s);
}

static void unknown_msrs(void)
{
    static const uint32_t absent[] = {0x16, 0x48, MSR_APIC_BASE,
                                      MSR_MISC_ENABLE, MSR_EFER, 0xffffffff};
    for (unsigned i = 0; i < ARRAY_SIZE(absent); i++) {
        struct sys s;
        sys_init(&s, "pentium-pro", 0);
        SYS_CODE_BYTES(&s, 0x0f, 0x32, 0x0f, 0x30);
        s.cpu->gpr[IA32_RCX] = absent[i];
        CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
        s.cpu->rip += 2;
        CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
        sys_done(&s);
    }
}

static void feature_control_locks(void)
{
    struct sys s;
    struct fake f;
    uint64_t v;
    sys_init(&s, "merom", 0);
    CU_ASSERT_FALSE(ia32_rdmsr(s.cpu, MSR_FEATURE_CONTROL, &v));
    fake_attach(&s, &f);
    CU_ASSERT_TRUE(ia32_wrmsr(s.cpu, MSR_FEATURE_CONTROL, 4));
    CU_ASSERT_TRUE(ia32_wrmsr(s.cpu, MSR_FEATURE_CONTROL, 5));
    CU_ASSERT_FALSE(ia32_wrmsr(s.cpu, MSR_FEATURE_CONTROL, 5));
    CU_ASSERT_TRUE(ia32_rdmsr(s.cpu, MSR_VMX_BASIC, &v));
    CU_ASSERT_EQUAL(v, 0x55);
    CU_ASSERT_FALSE(ia32_wrmsr(s.cpu, MSR_VMX_BASIC, 0x55));
    sys_done(&s);
}

/* The upper half of a write counts from Prescott and Merom on. */
static void tsc_counts_cycles_from(const char *model, unsigned upper)
{
    struct sys s;
    sys_init(&s, model, 0);
    SYS_CODE_BYTES(&s, 0x0f, 0x30, 0x90, 0x90, 0x0f, 0x31);
    s.cpu->gpr[IA32_RCX] = MSR_TSC;
    s.cpu->gpr[IA32_RAX] = 1000;
    s.cpu->gpr[IA32_RDX] = 7;
    for (unsigned i = 0; i < 4; i++)
        ia32_step(&s.cpu->base);
    /* WRMSR costs 1 (not in the profile), the NOPs 3 each */
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RAX], 1007);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RDX], upper);
    sys_done(&s);
}

static void tsc_counts_cycles(void)
{
    tsc_counts_cycles_from("merom", 7);
    tsc_counts_cycles_from("prescott", 7);
    tsc_counts_cycles_from("pentium4-northwood", 0);
    tsc_counts_cycles_from("pentium-pro", 0);
}

static const struct sys_case cases[] = {
    {"MSRs: feature and reserved bits of every row", msr_rows},
    {"MSRs: values taken and refused", values_taken},
    {"MSRs: ranges that a model lacks", absent_ranges},
    {"MSRs: unknown ones are #GP(0)", unknown_msrs},
    {"EFER: LME and paging, bits by feature", efer_bits},
    {"APIC_BASE: transitions; CPUID.APIC", apic_modes},
    {"MISC_ENABLE: MONITOR, NX, highest leaf", misc_enable_and_cpuid},
    {"BIOS_SIGN_ID: the revision after CPUID", microcode_revision},
    {"PKG_CST_CONFIG_CONTROL: the lock", package_limits_lock},
    {"PLATFORM_INFO: the ratio", platform_info_ratio},
    {"TSC_ADJUST and TSC move together", tsc_adjust},
    {"FEATURE_CONTROL: locks; VMX MSRs are read-only", feature_control_locks},
    {"TSC: counts cycles; how much a write sets", tsc_counts_cycles},
};

int main(void)
{
    return sys_main("msr", cases, ARRAY_SIZE(cases));
}
