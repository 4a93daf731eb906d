/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPU models, features, CPUID, MSRs, and snapshots of a CPU.
 * SDM Vol 2A, "CPUID--CPU Identification"; Vol 4, "Model-Specific
 * Registers". */
#include "sim/ia32/msr.h"
#include "tests/ia32/fakevirt.h"

/* --- models ------------------------------------------------------------ */

static void models_make_cpus(void)
{
    unsigned count = 0;
    for (const struct ia32_model *m; (m = ia32_model_at(count)); count++) {
        struct sys s;
        sys_init(&s, m->name, 0);
        CU_ASSERT_PTR_EQUAL(ia32_model_find(m->name), m);
        CU_ASSERT_PTR_EQUAL(s.cpu->model, m);
        CU_ASSERT_EQUAL(s.cpu->pa_bits, 36);
        CU_ASSERT_EQUAL(m->itlb.small_entries % m->itlb.small_ways, 0);
        CU_ASSERT_EQUAL(m->dtlb.small_entries % m->dtlb.small_ways, 0);
        sys_done(&s);
    }
    CU_ASSERT_EQUAL(count, 4);
    CU_ASSERT_PTR_NULL(ia32_model_find("mero"));
}

static void model_specs(void)
{
    static const struct {
        const char *spec;
        const char *says; /* part of the message, or NULL: good */
    } items[] = {
        {"merom", NULL},
        {"merom,-pse", NULL},
        {"merom,-vmx,+vmx", NULL},
        {"pentium-pro,+sep", NULL},
        {"itanic", "no CPU model is called \"itanic\""},
        {"", "no CPU model is called \"\""},
        {"merom,pse", "\"pse\" is not +feature or -feature"},
        {"merom,", "is not +feature"},
        {"merom,+sse9", "no feature is called \"sse9\""},
        {"merom,-base", "\"base\" is not optional"},
        {"merom,-msr", "cannot be without \"msr\""},
        {"merom,-cpuid", "\"vmx\" cannot be without \"cpuid\""},
        {"merom,-vmx,-cpuid", NULL},
        {"merom,-vmx,-486", "\"cpuid\" cannot be without \"486\""},
        {"merom,+sse", "\"sse\" cannot be without \"fxsr\""},
        {"merom,+fpu,+mmx,+fxsr,+sse", NULL},
        {"merom,+pae,+nx", NULL},
        {"merom,+pcid", "\"pcid\" cannot be without \"lm\""},
        {"merom,+syscall", "\"syscall\" cannot be without \"lm\""},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        const struct ia32_model *m;
        uint64_t features[IA32_FEATURE_WORDS];
        struct vt_error err = {VT_OK, ""};
        enum vt_err e = ia32_model_parse(items[i].spec, &m, features, &err);
        sys_report(items[i].spec,
                   items[i].says
                       ? e == VT_ERR_INPUT && strstr(err.text, items[i].says)
                       : e == VT_OK);
    }
}

/* --- CPUID ------------------------------------------------------------- */

static const struct {
    enum ia32_feature feature;
    const char *name;
    uint32_t leaf, subleaf;
    enum ia32_cpuid_reg reg;
    unsigned bit;
} features[] = {
#define X(id, name, leaf, subleaf, reg, bit, meaning) \
    {IA32_F_##id, name, leaf, subleaf, IA32_CPUID_##reg, bit},
#include "sim/ia32/features.def"
#undef X
};

/* Leaf 1 has the bits of the table, each when the CPU has the feature, and
 * no others. */
static void leaf_1_is_the_table(void)
{
    for (unsigned i = 0; ia32_model_at(i); i++) {
        struct sys s;
        struct fake f;
        sys_init(&s, ia32_model_at(i)->name, 0);
        fake_attach(&s, &f);
        uint32_t want[4] = {ia32_model_at(i)->signature}, out[4];
        for (unsigned j = 0; j < ARRAY_SIZE(features); j++)
            if (features[j].leaf == 1 && ia32_has(s.cpu, features[j].feature))
                want[features[j].reg] |= UINT32_C(1) << features[j].bit;
        ia32_cpuid(s.cpu, 1, 0, out);
        sys_report(ia32_model_at(i)->name,
                   memcmp(out, want, sizeof out) == 0);
        sys_done(&s);
    }
}

static bool shows(const struct ia32_cpu *cpu, unsigned row)
{
    uint32_t leaf = features[row].leaf, out[4];
    ia32_cpuid(cpu, leaf & 0x80000000, 0, out);
    if (leaf > out[0])
        return false;
    ia32_cpuid(cpu, leaf, features[row].subleaf, out);
    return out[features[row].reg] >> features[row].bit & 1;
}

static void each_feature_switches_its_bit(void)
{
    for (unsigned j = 0; j < ARRAY_SIZE(features); j++) {
        struct sys s;
        struct fake f;
        if (features[j].leaf == IA32_NO_LEAF)
            continue;
        sys_init(&s, "merom", 0);
        fake_attach(&s, &f);
        for (unsigned on = 0; on < 2; on++) {
            uint64_t *word = &s.cpu->features[features[j].feature / 64];
            *word &= ~VT_BIT(features[j].feature % 64);
            *word |= (uint64_t)on << (features[j].feature % 64);
            sys_report(features[j].name, shows(s.cpu, j) == (on != 0));
        }
        sys_done(&s);
    }
}

static void vmx_shows_with_a_model(void)
{
    struct sys s;
    struct fake f;
    uint32_t out[4];
    sys_init(&s, "merom", 0);
    ia32_cpuid(s.cpu, 1, 0, out);
    CU_ASSERT_EQUAL(out[2] & 0x20, 0);
    fake_attach(&s, &f);
    ia32_cpuid(s.cpu, 1, 0, out);
    CU_ASSERT_EQUAL(out[2] & 0x20, 0x20);
    sys_done(&s);
}

static void other_leaves(void)
{
    struct sys s;
    uint32_t out[4], basic[4];
    char text[49] = "";
    sys_init(&s, "merom", 0);
    ia32_cpuid(s.cpu, 0, 0, out);
    CU_ASSERT_EQUAL(out[0], 1);
    CU_ASSERT_EQUAL(out[1], 0x756e6547); /* Genu */
    CU_ASSERT_EQUAL(out[3], 0x49656e69); /* ineI */
    CU_ASSERT_EQUAL(out[2], 0x6c65746e); /* ntel */
    ia32_cpuid(s.cpu, 0x80000000, 0, out);
    CU_ASSERT_EQUAL(out[0], 0x80000008);
    ia32_cpuid(s.cpu, 0x80000001, 0, out);
    CU_ASSERT_EQUAL(out[2] | out[3], 0); /* no long mode, no NX */
    for (unsigned leaf = 0; leaf < 3; leaf++) {
        ia32_cpuid(s.cpu, 0x80000002 + leaf, 0, out);
        for (unsigned i = 0; i < 4; i++)
            vt_st32le(text + 16 * leaf + 4 * i, out[i]);
    }
    CU_ASSERT_STRING_EQUAL(text, s.cpu->model->brand);
    ia32_cpuid(s.cpu, 0x80000008, 0, out);
    CU_ASSERT_EQUAL(out[0], 36 | 32 << 8);
    ia32_cpuid(s.cpu, 1, 0, basic);
    ia32_cpuid(s.cpu, 0x80000009, 0, out);
    CU_ASSERT(memcmp(out, basic, sizeof out) == 0);
    ia32_cpuid(s.cpu, 99, 0, out);
    CU_ASSERT(memcmp(out, basic, sizeof out) == 0);
    sys_done(&s);
    sys_init(&s, "pentium-pro", 0);
    ia32_cpuid(s.cpu, 1, 0, basic);
    ia32_cpuid(s.cpu, 0x80000000, 0, out);
    CU_ASSERT(memcmp(out, basic, sizeof out) == 0);
    sys_done(&s);
}

static void absent_instructions_are_undefined(void)
{
    static const struct { const char *spec; uint8_t code[2]; } items[] = {
        {"merom,-vmx,-cpuid", {0x0f, 0xa2}},
        {"merom,-tsc", {0x0f, 0x31}},
        {"merom,-vmx,-sep,-pat,-msr", {0x0f, 0x32}},
        {"pentium-pro", {0x0f, 0x34}},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        sys_init(&s, items[i].spec, 0);
        sys_code(&s, items[i].code, 2);
        sys_report(items[i].spec,
                   sys_faulted(&s, sys_exec(&s), IA32_UD, NO_CODE));
        sys_done(&s);
    }
}

/* --- MSRs -------------------------------------------------------------- */

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

/* --- registers and snapshots ------------------------------------------- */

/* Every register row is saved and restored: fill the state with a pattern,
 * save, load into a fresh CPU, compare through the table. */
static void snapshots_hold_every_row(void)
{
    struct sys a, b;
    size_t rows, bytes;
    sys_init(&a, "merom", 3);
    sys_init(&b, "merom", 0);
    const struct vt_reg *table = a.cpu->base.ops->regs(&a.cpu->base, &rows);
    a.cpu->gpr[IA32_RBX] = 0x1234;
    a.cpu->pending_debug = DR6_BS;
    a.cpu->blocking = IA32_BLOCK_STI;
    a.cpu->sysenter_esp = 99;
    a.cpu->dr[3] = 0x77;
    a.cpu->intr_line = true;
    ia32_set_rflags(a.cpu, FL_ZF | FL_SF | FL_OF | FL_DF);
    struct vt_writer *w = vt_writer_new();
    vt_writer_begin(w, "cpu");
    a.cpu->base.ops->save(&a.cpu->base, w);
    vt_writer_end(w);
    const void *data = vt_writer_finish(w, &bytes);
    struct vt_reader *r;
    struct vt_error err;
    CU_ASSERT_EQUAL_FATAL(vt_reader_open(data, bytes, &r, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_reader_section(r, "cpu", &err), VT_OK);
    b.cpu->base.ops->load(&b.cpu->base, r);
    CU_ASSERT_EQUAL(vt_reader_close_section(r, &err), VT_OK);
    CU_ASSERT(sys_same_state(a.cpu, b.cpu));
    a.cpu->base.ops->sync_out(&a.cpu->base);
    b.cpu->base.ops->sync_out(&b.cpu->base);
    for (size_t i = 0; i < rows; i++)
        for (unsigned j = 0; j < table[i].count; j++)
            sys_report(table[i].name, vt_reg_get(&table[i], a.cpu, j) ==
                                          vt_reg_get(&table[i], b.cpu, j));
    CU_ASSERT_EQUAL(b.cpu->mode, a.cpu->mode);
    vt_reader_free(r);
    vt_writer_free(w);
    sys_done(&a);
    sys_done(&b);
}

static void register_names_are_unique(void)
{
    struct sys s;
    size_t rows;
    sys_init(&s, "merom", 0);
    const struct vt_reg *table = s.cpu->base.ops->regs(&s.cpu->base, &rows);
    for (size_t i = 0; i < rows; i++)
        CU_ASSERT_PTR_EQUAL(vt_reg_find(table, rows, table[i].name),
                            &table[i]);
    sys_done(&s);
}

/* SDM Vol 3A, "Processor State After Reset". */
static void reset_state(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    s.cpu->base.ops->reset(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->cr0, 0x60000010);
    CU_ASSERT_EQUAL(s.cpu->rip, 0xfff0);
    CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu), 2);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RDX], 0x6f6);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].base, 0xffff0000);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].selector, 0xf000);
    CU_ASSERT_EQUAL(s.cpu->dr[6], 0xffff0ff0);
    CU_ASSERT_EQUAL(s.cpu->dr[7], 0x400);
    CU_ASSERT_EQUAL(ia32_tsc(s.cpu), 0);
    struct vt_stop stop = vt_machine_run(s.m, 1000, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_UNMODELLED);
    CU_ASSERT_PTR_NOT_NULL(strstr(stop.text, "real-address mode"));
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"models: each makes a CPU", models_make_cpus},
    {"models: +feature,-feature and reasons", model_specs},
    {"CPUID.1: the table's bits and no others", leaf_1_is_the_table},
    {"CPUID: a feature switches its bit", each_feature_switches_its_bit},
    {"CPUID.1: VMX needs a model", vmx_shows_with_a_model},
    {"CPUID: vendor, brand, widths, past the end", other_leaves},
    {"features: absent instructions are #UD",
     absent_instructions_are_undefined},
    {"MSRs: feature and reserved bits of every row", msr_rows},
    {"MSRs: unknown ones are #GP(0)", unknown_msrs},
    {"FEATURE_CONTROL: locks; VMX MSRs are read-only", feature_control_locks},
    {"TSC: counts cycles; how much a write sets", tsc_counts_cycles},
    {"snapshot: every register row", snapshots_hold_every_row},
    {"register names: unique", register_names_are_unique},
    {"reset: the manual's table", reset_state},
};

int main(void)
{
    return sys_main("cpuid", cases, ARRAY_SIZE(cases));
}
