/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPU models and their features, and the "+feature,-feature" syntax of
 * --cpu.  The facts stand in models.def and features.def; here they become
 * tables, and combinations that no processor could have are refused with the
 * reason.
 * SDM 325462, Vol 2A, "CPUID--CPU Identification". */
#include "sim/ia32/model.h"

static const struct ia32_model models[] = {
#define TLB(se, sw, le, lw, he, hw) {se, sw, le, lw, he, hw}
#define CACHE(type, level, kib, ways, partitions, line, properties) \
    {IA32_CACHE_##type, level, kib, ways, partitions, line, properties}
#define MODEL(id, ...) {.vendor = "GenuineIntel", __VA_ARGS__},
#include "sim/ia32/models.def"
#undef MODEL
#undef CACHE
#undef TLB
};

static const struct {
    const char *name;
    const char *models; /* x for each model that has it */
} feature_rows[IA32_FEATURE_COUNT] = {
#define X(id, name, leaf, subleaf, reg, bit, models, meaning) \
    [IA32_F_##id] = {name, models},
#include "sim/ia32/features.def"
#undef X
};

#define X(id, name, leaf, subleaf, reg, bit, marks, meaning)   \
    _Static_assert(sizeof(marks) - 1 == ARRAY_SIZE(models), \
                   name ": one mark a model");
#include "sim/ia32/features.def"
#undef X

/* What a feature cannot do without. */
static const struct {
    enum ia32_feature feature, needs;
    const char *because;
} dependencies[] = {
#define NEEDS(feature, needs, because) {IA32_F_##feature, IA32_F_##needs, because},
    NEEDS(I486, BASE, "it extends the 80386")
    NEEDS(CPUID, I486, "CPUID came with late 80486 processors")
    NEEDS(MISC_ENABLE, MSR, "it is an MSR")
    NEEDS(PLATFORM_INFO, MSR, "they are MSRs")
    NEEDS(SEP, MSR, "SYSENTER takes its target from MSRs")
    NEEDS(PAT, MSR, "the page attribute table is an MSR")
    NEEDS(MTRR, MSR, "memory-type ranges are MSRs")
    NEEDS(APIC, MSR, "the APIC's place stands in an MSR")
    NEEDS(MCA, MSR, "machine-check banks are MSRs")
    NEEDS(MCA, MCE, "banks report machine-check exceptions")
    NEEDS(PSE36, PSE, "it extends 4-MiB pages")
    NEEDS(X2APIC, APIC, "it is a mode of the APIC")
    NEEDS(TSC_DEADLINE, APIC, "it is a mode of the APIC's timer")
    NEEDS(TSC_DEADLINE, TSC, "the deadline is a value of the TSC")
    NEEDS(ARAT, APIC, "it says something of the APIC's timer")
    NEEDS(TSC_ADJUST, TSC, "it adjusts the TSC")
    NEEDS(TSC_ADJUST, MSR, "IA32_TSC_ADJUST is an MSR")
    NEEDS(INVTSC, TSC, "it says something of the TSC")
    NEEDS(RDTSCP, TSC, "it reads the TSC")
    NEEDS(RDTSCP, MSR, "IA32_TSC_AUX is an MSR")
    NEEDS(MMX, FPU, "its registers are those of the x87 FPU")
    NEEDS(FXSR, FPU, "it saves the state of the x87 FPU")
    NEEDS(SSE, FXSR, "FXSAVE and CR4.OSFXSR are its operating-system support")
    NEEDS(SSE, MMX, "some of it works on MMX registers")
    NEEDS(SSE2, SSE, "it extends SSE")
    NEEDS(SSE3, SSE2, "it extends SSE2")
    NEEDS(SSSE3, SSE3, "it extends SSE3")
    NEEDS(SSE4_1, SSSE3, "it extends SSSE3")
    NEEDS(SSE4_2, SSE4_1, "it extends SSE4.1")
    NEEDS(XSAVE, FXSR, "its area begins with that of FXSAVE")
    NEEDS(XSAVEOPT, XSAVE, "it is a form of XSAVE")
    NEEDS(XSAVEC, XSAVE, "it is a form of XSAVE")
    NEEDS(XGETBV1, XSAVE, "it is a form of XGETBV")
    NEEDS(XSAVES, XSAVEC, "it saves in the compacted form of XSAVEC")
    NEEDS(CLFLUSHOPT, CLFSH, "it is a form of CLFLUSH")
    NEEDS(CLWB, CLFSH, "it is a form of CLFLUSH")
    NEEDS(NX, PAE, "only entries of 8 bytes have an XD bit")
    NEEDS(NX, MSR, "IA32_EFER is an MSR")
    NEEDS(LM, PAE, "IA-32e paging is an extension of PAE paging")
    NEEDS(LM, MSR, "IA32_EFER is an MSR")
    NEEDS(LM, CPUID, "software finds Intel 64 through CPUID")
    NEEDS(LM, CX8, "Intel 64 includes CMPXCHG8B")
    NEEDS(LM, CMOV, "Intel 64 includes CMOVcc")
    NEEDS(LM, SSE2, "Intel 64 includes SSE2")
    NEEDS(LM, SYSCALL, "Intel 64 includes SYSCALL")
    NEEDS(SYSCALL, LM, "Intel 64 parts have it, in 64-bit mode only")
    NEEDS(LAHF64, LM, "it is about 64-bit mode")
    NEEDS(PDPE1GB, LM, "only IA-32e paging has 1-GiB pages")
    NEEDS(CX16, LM, "CMPXCHG16B exists in 64-bit mode only")
    NEEDS(FSGSBASE, LM, "its instructions exist in 64-bit mode only")
    NEEDS(PCID, LM, "CR4.PCIDE can be set in IA-32e mode only")
    NEEDS(VMX, MSR, "VMX capabilities are MSRs")
    NEEDS(VMX, CPUID, "software finds VMX through CPUID")
#undef NEEDS
};

const struct ia32_model *ia32_model_at(unsigned i)
{
    return i < ARRAY_SIZE(models) ? &models[i] : NULL;
}

static const struct ia32_model *find_model(const char *name, size_t length)
{
    for (unsigned i = 0; i < ARRAY_SIZE(models); i++)
        if (strlen(models[i].name) == length &&
            memcmp(models[i].name, name, length) == 0)
            return &models[i];
    return NULL;
}

const struct ia32_model *ia32_model_find(const char *name)
{
    return find_model(name, strlen(name));
}

const char *ia32_feature_name(enum ia32_feature feature)
{
    return feature_rows[feature].name;
}

bool ia32_model_has(const struct ia32_model *model, enum ia32_feature feature)
{
    return feature_rows[feature].models[model - models] == 'x';
}

static bool has(const uint64_t features[IA32_FEATURE_WORDS],
                enum ia32_feature f)
{
    return features[f / 64] >> (f % 64) & 1;
}

static void set(uint64_t features[IA32_FEATURE_WORDS], enum ia32_feature f,
                bool on)
{
    features[f / 64] &= ~VT_BIT(f % 64);
    if (on)
        features[f / 64] |= VT_BIT(f % 64);
}

/* One "+name" or "-name" of length characters. */
static enum vt_err apply(const char *item, size_t length,
                         uint64_t features[IA32_FEATURE_WORDS],
                         struct vt_error *err)
{
    if (length < 2 || (item[0] != '+' && item[0] != '-'))
        return vt_fail(err, VT_ERR_INPUT,
                       "--cpu: \"%.*s\" is not +feature or -feature",
                       (int)length, item);
    for (unsigned f = 0; f < IA32_FEATURE_COUNT; f++) {
        if (strlen(feature_rows[f].name) != length - 1 ||
            memcmp(feature_rows[f].name, item + 1, length - 1) != 0)
            continue;
        if (f == IA32_F_BASE)
            return vt_fail(err, VT_ERR_INPUT,
                           "--cpu: \"base\" is not optional");
        set(features, (enum ia32_feature)f, item[0] == '+');
        return VT_OK;
    }
    return vt_fail(err, VT_ERR_INPUT, "--cpu: no feature is called \"%.*s\"",
                   (int)length - 1, item + 1);
}

static enum vt_err check(const uint64_t features[IA32_FEATURE_WORDS],
                         struct vt_error *err)
{
    for (unsigned i = 0; i < ARRAY_SIZE(dependencies); i++)
        if (has(features, dependencies[i].feature) &&
            !has(features, dependencies[i].needs))
            return vt_fail(err, VT_ERR_INPUT,
                           "--cpu: \"%s\" cannot be without \"%s\": %s",
                           feature_rows[dependencies[i].feature].name,
                           feature_rows[dependencies[i].needs].name,
                           dependencies[i].because);
    return VT_OK;
}

enum vt_err ia32_model_parse(const char *spec,
                             const struct ia32_model **model,
                             uint64_t features[IA32_FEATURE_WORDS],
                             struct vt_error *err)
{
    size_t length = strcspn(spec, ",");
    const struct ia32_model *m = find_model(spec, length);
    if (!m)
        return vt_fail(err, VT_ERR_INPUT,
                       "--cpu: no CPU model is called \"%.*s\" "
                       "(vtsim cpu list shows them)",
                       (int)length, spec);
    memset(features, 0, IA32_FEATURE_WORDS * sizeof *features);
    for (unsigned f = 0; f < IA32_FEATURE_COUNT; f++)
        set(features, (enum ia32_feature)f,
            ia32_model_has(m, (enum ia32_feature)f));
    for (spec += length; *spec == ','; spec += length) {
        spec++;
        length = strcspn(spec, ",");
        enum vt_err e = apply(spec, length, features, err);
        if (e != VT_OK)
            return e;
    }
    *model = m;
    return check(features, err);
}
