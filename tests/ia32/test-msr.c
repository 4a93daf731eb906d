/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Model-specific registers: which exist, what they take, what they do.
 * SDM Vol 4, "Model-Specific Registers". */
#include "sim/ia32/msr.h"
#include "tests/ia32/fakevirt.h"

/* Each row: there with its feature only; each bit by itself is taken or is
 * reserved; asking changes nothing. */
static void msr_rows(void)
{
    unsigned rows = 0;
    for (const struct ia32_msr *m; (m = ia32_msr_at(rows)); rows++) {
        bool ok = true;
        for (unsigned bit = 0; bit < 64; bit++) {
            struct sys s;
            struct fake f;
            sys_init(&s, "merom", 0);
            fake_attach(&s, &f);
            uint64_t before, after, v = VT_BIT(bit);
            ok = ok && ia32_rdmsr(s.cpu, m->address, &before);
            bool may = (m->writable & v) != 0;
            if (m->id == IA32_MSR_PAT) /* types 2 and 3 are reserved */
                may = bit % 8 == 0 || bit % 8 == 2;
            ok = ok && ia32_wrmsr_ok(s.cpu, m->address, v) == may &&
                 ia32_rdmsr(s.cpu, m->address, &after) && after == before &&
                 ia32_wrmsr(s.cpu, m->address, v) == may;
            s.cpu->features[m->feature / 64] &= ~VT_BIT(m->feature % 64);
            ok = ok && !ia32_rdmsr(s.cpu, m->address, &after) &&
                 !ia32_wrmsr_ok(s.cpu, m->address, 0);
            sys_done(&s);
        }
        sys_report(m->name, ok);
    }
    CU_ASSERT_EQUAL(rows, IA32_MSR_COUNT);
}

static void unknown_msrs(void)
{
    static const uint32_t absent[] = {0x17, MSR_APIC_BASE, MSR_MTRRCAP,
                                      MSR_MISC_ENABLE, MSR_EFER, 0xffffffff};
    for (unsigned i = 0; i < ARRAY_SIZE(absent); i++) {
        struct sys s;
        sys_init(&s, "merom", 0);
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
    {"MSRs: unknown ones are #GP(0)", unknown_msrs},
    {"FEATURE_CONTROL: locks; VMX MSRs are read-only", feature_control_locks},
    {"TSC: counts cycles; how much a write sets", tsc_counts_cycles},
};

int main(void)
{
    return sys_main("msr", cases, ARRAY_SIZE(cases));
}
