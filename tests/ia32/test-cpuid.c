/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPU models, features, CPUID, reset, and snapshots of a CPU.
 * SDM Vol 2A, "CPUID--CPU Identification"; Vol 3A, "Processor State After
 * Reset". */
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
        CU_ASSERT_EQUAL(s.cpu->pa_bits, m->pa_bits);
        CU_ASSERT_EQUAL(m->itlb.small_entries % m->itlb.small_ways, 0);
        CU_ASSERT_EQUAL(m->dtlb.small_entries % m->dtlb.small_ways, 0);
        sys_done(&s);
    }
    CU_ASSERT_EQUAL(count, 12);
    CU_ASSERT_PTR_NULL(ia32_model_find("mero"));
}

static void model_specs(void)
{
    static const struct {
        const char *spec;
        const char *says; /* part of the message, or NULL: good */
    } items[] = {
        {"merom", NULL},
        {"merom,-pse", "\"pse36\" cannot be without \"pse\""},
        {"merom,-pse36,-pse", NULL},
        {"merom,-vmx,+vmx", NULL},
        {"pentium-pro,+sep", NULL},
        {"itanic", "no CPU model is called \"itanic\""},
        {"", "no CPU model is called \"\""},
        {"merom,pse", "\"pse\" is not +feature or -feature"},
        {"merom,", "is not +feature"},
        {"merom,+sse9", "no feature is called \"sse9\""},
        {"merom,-base", "\"base\" is not optional"},
        {"merom,-msr", "cannot be without \"msr\""},
        {"merom,-cpuid", "cannot be without \"cpuid\""},
        {"pentium-pro,-cpuid", NULL},
        {"merom,-vmx,-486", "\"cpuid\" cannot be without \"486\""},
        {"pentium-pro,+sse", "\"sse\" cannot be without \"fxsr\""},
        {"pentium-pro,+mmx,+fxsr,+sse", NULL},
        {"pentium4-northwood,+nx", NULL},
        {"pentium-pro,+pcid", "\"pcid\" cannot be without \"lm\""},
        {"pentium-pro,+syscall", "\"syscall\" cannot be without \"lm\""},
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
#define X(id, name, leaf, subleaf, reg, bit, models, meaning) \
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
        uint32_t want[4] = {ia32_model_at(i)->signature,
                            ia32_model_at(i)->brand_index};
        if (ia32_has(s.cpu, IA32_F_CLFSH))
            want[1] |= 0x800; /* lines of 64 bytes */
        uint32_t out[4];
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
        s.cpu->mode |= IA32_MODE_LONG64; /* where SYSCALL is shown */
        s.cpu->apic_base = APIC_BASE_EN;
        s.cpu->misc_enable |= MISC_ENABLE_MONITOR;
        for (unsigned on = 0; on < 2; on++) {
            uint64_t *word = &s.cpu->features[features[j].feature / 64];
            *word &= ~VT_BIT(features[j].feature % 64);
            *word |= (uint64_t)on << (features[j].feature % 64);
            sys_report(features[j].name, shows(s.cpu, j) == (on != 0));
        }
        sys_done(&s);
    }
}

static void syscall_shows_in_64_bit_mode(void)
{
    struct sys s;
    uint32_t out[4];
    sys_init(&s, "merom", 0);
    s.cpu->features[IA32_F_SYSCALL / 64] |= VT_BIT(IA32_F_SYSCALL % 64);
    ia32_cpuid(s.cpu, 0x80000001, 0, out);
    CU_ASSERT_EQUAL(out[3] & 0x800, 0);
    s.cpu->mode |= IA32_MODE_LONG64;
    ia32_cpuid(s.cpu, 0x80000001, 0, out);
    CU_ASSERT_EQUAL(out[3] & 0x800, 0x800);
    sys_done(&s);
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

/* What the part itself says, from raw dumps (models.def says which), with
 * the fields of leaf 4 that count other processors (EAX[31:14]) cleared. */
static const struct {
    const char *model;
    uint32_t leaf, subleaf, out[4];
} dumps[] = {
    {"pentium-pro", 0, 0, {2, 0x756e6547, 0x6c65746e, 0x49656e69}},
    {"pentium-pro", 2, 0, {0x03020101, 0, 0, 0x06040a42}},
    {"pentium-pro", 3, 0, {0x03020101, 0, 0, 0x06040a42}},
    {"pentium-pro", 0x80000000, 0, {0x03020101, 0, 0, 0x06040a42}},
    {"pentium4-northwood", 2, 0, {0x665b5001, 0, 0, 0x007b7040}},
    {"pentium4-northwood", 0x80000000, 0, {0x80000004, 0, 0, 0}},
    {"pentium4-northwood", 0x80000004, 0,
     {0x20342029, 0x20555043, 0x30382e32, 0x007a4847}},
    {"pentium4-northwood", 0x80000008, 0, {0x665b5001, 0, 0, 0x007b7040}},
    {"prescott", 0, 0, {5, 0x756e6547, 0x6c65746e, 0x49656e69}},
    {"prescott", 4, 0, {0x121, 0x01c0003f, 0x1f, 0}},
    {"prescott", 4, 1, {0x143, 0x01c0103f, 0x7ff, 0}},
    {"prescott", 4, 2, {0, 0, 0, 0}},
    {"prescott", 0x80000006, 0, {0, 0, 0x08006040, 0}},
    {"merom", 0, 0, {0xa, 0x756e6547, 0x6c65746e, 0x49656e69}},
    {"merom", 2, 0, {0x05b0b101, 0x005657f0, 0, 0x2cb43049}},
    {"merom", 4, 0, {0x121, 0x01c0003f, 0x3f, 1}},
    {"merom", 4, 1, {0x122, 0x01c0003f, 0x3f, 1}},
    {"merom", 4, 2, {0x143, 0x03c0003f, 0xfff, 1}},
    {"merom", 4, 4, {0, 0, 0, 0}},
    {"merom", 0x80000006, 0, {0, 0, 0x10008040, 0}},
    {"penryn", 4, 2, {0x143, 0x02c0003f, 0xfff, 1}},
    {"penryn", 0x80000003, 0,
     {0x44203229, 0x43206f75, 0x20205550, 0x50202020}},
    {"nehalem", 2, 0, {0x55035a01, 0x00f0b2e4, 0, 0x09ca212c}},
    {"nehalem", 4, 1, {0x122, 0x00c0003f, 0x7f, 0}},
    {"nehalem", 4, 3, {0x163, 0x03c0003f, 0x1fff, 2}},
    {"nehalem", 0x80000003, 0,
     {0x37692029, 0x55504320, 0x20202020, 0x20202020}},
    {"westmere", 4, 3, {0x163, 0x03c0003f, 0x2fff, 2}},
    {"sandybridge", 2, 0, {0x76035a01, 0x00f0b2ff, 0, 0x00ca0000}},
    {"sandybridge", 4, 3, {0x163, 0x03c0003f, 0x1fff, 6}},
    {"sandybridge", 0x80000002, 0,
     {0x20202020, 0x20202020, 0x65746e49, 0x2952286c}},
    {"ivybridge-ep", 4, 3, {0x163, 0x03c0003f, 0x2fff, 6}},
    {"haswell-ep", 0, 0, {0xf, 0x756e6547, 0x6c65746e, 0x49656e69}},
    {"haswell-ep", 4, 3, {0x163, 0x04c0003f, 0x2fff, 6}},
    {"broadwell-ep", 2, 0, {0x76036301, 0x00f0b5ff, 0, 0x00c30000}},
    {"skylake-sp", 4, 2, {0x143, 0x03c0003f, 0x3ff, 0}},
    {"skylake-sp", 4, 3, {0x163, 0x0280003f, 0x4fff, 4}},
};

static void leaves_of_the_parts(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(dumps); i++) {
        struct sys s;
        uint32_t out[4];
        char name[60];
        sys_init(&s, dumps[i].model, 0);
        ia32_cpuid(s.cpu, dumps[i].leaf, dumps[i].subleaf, out);
        snprintf(name, sizeof name, "%s leaf %x.%x", dumps[i].model,
                 (unsigned)dumps[i].leaf, (unsigned)dumps[i].subleaf);
        sys_report(name, memcmp(out, dumps[i].out, sizeof out) == 0);
        sys_done(&s);
    }
}

static void brand_and_widths(void)
{
    for (unsigned i = 0; ia32_model_at(i); i++) {
        const struct ia32_model *m = ia32_model_at(i);
        struct sys s;
        uint32_t out[4];
        char text[49] = "";
        if (!m->brand)
            continue;
        sys_init(&s, m->name, 0);
        for (unsigned leaf = 0; leaf < 3; leaf++) {
            ia32_cpuid(s.cpu, 0x80000002 + leaf, 0, out);
            for (unsigned j = 0; j < 4; j++)
                vt_st32le(text + 16 * leaf + 4 * j, out[j]);
        }
        sys_report(m->name, strcmp(text, m->brand) == 0);
        ia32_cpuid(s.cpu, 0x80000008, 0, out);
        if (m->max_extended >= 0x80000008)
            sys_report(m->name,
                       out[0] == (m->pa_bits |
                                  (ia32_model_has(m, IA32_F_LM) ? 48u : 32u)
                                      << 8));
        sys_done(&s);
    }
}

/* A leaf past the end gives the highest basic leaf. */
static void past_the_end(void)
{
    for (unsigned i = 0; ia32_model_at(i); i++) {
        struct sys s;
        uint32_t out[4], last[4], highest[4];
        sys_init(&s, ia32_model_at(i)->name, 0);
        ia32_cpuid(s.cpu, 0, 0, highest);
        ia32_cpuid(s.cpu, highest[0], 0, last);
        static const uint32_t past[] = {0x17, 99, 0x7fffffff, 0x80000009,
                                        0xffffffff};
        for (unsigned j = 0; j < ARRAY_SIZE(past); j++) {
            ia32_cpuid(s.cpu, past[j], 0, out);
            sys_report(ia32_model_at(i)->name,
                       memcmp(out, last, sizeof out) == 0);
        }
        sys_done(&s);
    }
}

/* Leaves that describe the machine, not the part. */
static void computed_leaves(void)
{
    static const struct {
        const char *spec;
        uint64_t hz;
        uint32_t leaf, subleaf, out[4];
    } items[] = {
        {"merom", 1000000, 0xa, 0, {0, 0, 0, 0}},
        {"merom", 1000000, 5, 0, {64, 64, 3, 0x20}},
        {"merom,-monitor", 1000000, 5, 0, {0, 0, 0, 0}},
        {"nehalem", 1000000, 0xb, 0, {0, 1, 0x100, 0}},
        {"nehalem", 1000000, 0xb, 1, {0, 1, 0x201, 0}},
        {"nehalem", 1000000, 0xb, 2, {0, 0, 2, 0}},
        {"nehalem", 1000000, 0xb, 0x1ff, {0, 0, 0xff, 0}},
        {"haswell-ep", 1000000, 0xd, 0, {3, 576, 576, 0}},
        {"haswell-ep", 1000000, 0xd, 1, {1, 0, 0, 0}},
        {"haswell-ep,+xsavec", 1000000, 0xd, 1, {3, 576, 0, 0}},
        {"haswell-ep", 1000000, 0xd, 2, {0, 0, 0, 0}},
        {"sandybridge,-xsaveopt,-xsave", 1000000, 0xd, 0, {0, 0, 0, 0}},
        {"skylake-sp", UINT64_C(2200000000), 0x15, 0, {2, 176, 0, 0}},
        {"skylake-sp", UINT64_C(2200000000), 0x16, 0, {2200, 2200, 100, 0}},
        {"skylake-sp", UINT64_C(2200000001), 0x15, 0, {0, 0, 0, 0}},
        {"skylake-sp", UINT64_C(2200000001), 0x16, 0, {0, 0, 0, 0}},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        uint32_t out[4];
        sys_init(&s, items[i].spec, 0);
        vt_machine_set_hz(s.m, items[i].hz);
        ia32_cpuid(s.cpu, items[i].leaf, items[i].subleaf, out);
        sys_report(items[i].spec, memcmp(out, items[i].out, sizeof out) == 0);
        sys_done(&s);
    }
}

static void absent_instructions_are_undefined(void)
{
    static const struct { const char *spec; uint8_t code[2]; } items[] = {
        {"pentium-pro,-cpuid", {0x0f, 0xa2}},
        {"pentium-pro,-tsc", {0x0f, 0x31}},
        {"pentium-pro,-mtrr,-mca,-msr", {0x0f, 0x32}},
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

/* The document's table is features.def's. */
static void the_document_is_right(void)
{
    static const char *const marks[] = {
#define X(id, name, leaf, subleaf, reg, bit, models, meaning) models,
#include "sim/ia32/features.def"
#undef X
    };
    FILE *f = fopen(TOP_SRCDIR "/docs/ia32.md", "r");
    char line[400];
    bool found[ARRAY_SIZE(features)] = {false};
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    while (fgets(line, sizeof line, f))
        for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
            char want[80];
            snprintf(want, sizeof want, "| %s | `%s` |\n", features[i].name,
                     marks[i]);
            found[i] = found[i] || strcmp(line, want) == 0;
        }
    fclose(f);
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++)
        sys_report(features[i].name, found[i]);
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
    /* the first instruction is 16 bytes below 4 GiB */
    struct vt_error err;
    sys_must(vt_physmem_add_ram(s.pm, 0xffff0000, 0x10000, &err) == VT_OK,
             "no RAM for the reset vector");
    sys_put64(&s, 0xfffffff0, 0xf4); /* HLT */
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->base.activity, VT_HALTED);
    CU_ASSERT_EQUAL(s.cpu->rip, 0xfff1);
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"models: each makes a CPU", models_make_cpus},
    {"models: +feature,-feature and reasons", model_specs},
    {"CPUID.1: the table's bits and no others", leaf_1_is_the_table},
    {"CPUID: a feature switches its bit", each_feature_switches_its_bit},
    {"CPUID: SYSCALL is shown in 64-bit mode only",
     syscall_shows_in_64_bit_mode},
    {"CPUID.1: VMX needs a model", vmx_shows_with_a_model},
    {"CPUID: what the part says", leaves_of_the_parts},
    {"CPUID: brand and address widths", brand_and_widths},
    {"CPUID: past the end", past_the_end},
    {"CPUID: topology, XSAVE, clock", computed_leaves},
    {"features: absent instructions are #UD",
     absent_instructions_are_undefined},
    {"docs/ia32.md: features by model", the_document_is_right},
    {"snapshot: every register row", snapshots_hold_every_row},
    {"register names: unique", register_names_are_unique},
    {"reset: the manual's table", reset_state},
};

int main(void)
{
    return sys_main("cpuid", cases, ARRAY_SIZE(cases));
}
