/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPUID.  It is honest: only what vtsim models is shown, so a model shows
 * fewer features than the part it is named after (docs/ia32.md).
 *
 *   0           highest basic leaf, vendor
 *   1, 6, 7, 0Dh  signature, features (features.def)
 *   80000000h   highest extended leaf (models with a brand string)
 *   80000001h, 80000007h   extended features (features.def)
 *   80000002h-4 brand string
 *   80000008h   address widths
 *
 * A leaf past the highest one gives what the highest basic leaf gives.
 * SDM 325462, Vol 2A, "CPUID--CPU Identification". */
#include "sim/ia32/ops.h"

enum { EAX, EBX, ECX, EDX };

#define EXTENDED 0x80000000u
#define EXTENDED_LAST 0x80000008u

static const struct {
    enum ia32_feature feature;
    uint32_t leaf, subleaf;
    enum ia32_cpuid_reg reg;
    unsigned bit;
} feature_bits[] = {
#define X(id, name, leaf, subleaf, reg, bit, meaning) \
    {IA32_F_##id, leaf, subleaf, IA32_CPUID_##reg, bit},
#include "sim/ia32/features.def"
#undef X
};

static bool is_shown(const struct ia32_cpu *cpu, enum ia32_feature f)
{
    return ia32_has(cpu, f) && (f != IA32_F_VMX || cpu->virt);
}

/* The highest leaf of [from, last] that has something to show. */
static uint32_t highest(const struct ia32_cpu *cpu, uint32_t from,
                        uint32_t last)
{
    uint32_t max = from;
    for (unsigned i = 0; i < ARRAY_SIZE(feature_bits); i++) {
        uint32_t leaf = feature_bits[i].leaf;
        if (leaf > max && leaf <= last && is_shown(cpu, feature_bits[i].feature))
            max = leaf;
    }
    return max;
}

static void add_features(const struct ia32_cpu *cpu, uint32_t leaf,
                         uint32_t subleaf, uint32_t out[4])
{
    for (unsigned i = 0; i < ARRAY_SIZE(feature_bits); i++) {
        if (feature_bits[i].leaf != leaf ||
            feature_bits[i].subleaf != subleaf ||
            !is_shown(cpu, feature_bits[i].feature))
            continue;
        out[feature_bits[i].reg] |= UINT32_C(1) << feature_bits[i].bit;
    }
}

/* Four characters a register. */
static void put_text(uint32_t out[4], const unsigned *order, unsigned count,
                     const char *text)
{
    for (unsigned i = 0; i < count; i++)
        out[order[i]] = vt_ld32le(text + 4 * i);
}

static void vendor(const struct ia32_cpu *cpu, uint32_t max_leaf,
                   uint32_t out[4])
{
    static const unsigned order[] = {EBX, EDX, ECX};
    out[EAX] = max_leaf;
    put_text(out, order, 3, cpu->model->vendor);
}

static void brand(const struct ia32_cpu *cpu, uint32_t leaf, uint32_t out[4])
{
    static const unsigned order[] = {EAX, EBX, ECX, EDX};
    char text[48] = {0};
    size_t length = strlen(cpu->model->brand);
    memcpy(text, cpu->model->brand, length < 47 ? length : 47);
    put_text(out, order, 4, text + 16 * (leaf - (EXTENDED + 2)));
}

static void extended(const struct ia32_cpu *cpu, uint32_t leaf,
                     uint32_t out[4])
{
    if (leaf == EXTENDED)
        out[EAX] = EXTENDED_LAST;
    else if (cpu->model->brand && leaf >= EXTENDED + 2 &&
             leaf <= EXTENDED + 4)
        brand(cpu, leaf, out);
    else if (leaf == EXTENDED_LAST)
        out[EAX] = cpu->pa_bits | 32u << 8;
    add_features(cpu, leaf, 0, out);
}

/* Others give the same whatever ECX holds. */
static bool has_subleaves(uint32_t leaf)
{
    return leaf == 7 || leaf == 0xd;
}

void ia32_cpuid(const struct ia32_cpu *cpu, uint32_t leaf, uint32_t subleaf,
                uint32_t out[4])
{
    uint32_t max_leaf = highest(cpu, cpu->model->max_leaf, EXTENDED - 1);
    bool has_extended = cpu->model->brand ||
                        highest(cpu, EXTENDED, EXTENDED_LAST) > EXTENDED;
    memset(out, 0, 4 * sizeof *out);
    if (has_extended && leaf >= EXTENDED && leaf <= EXTENDED_LAST) {
        extended(cpu, leaf, out);
        return;
    }
    if (leaf > max_leaf)
        leaf = max_leaf;
    if (leaf == 0) {
        vendor(cpu, max_leaf, out);
        return;
    }
    if (leaf == 1)
        out[EAX] = cpu->model->signature;
    add_features(cpu, leaf, has_subleaves(leaf) ? subleaf : 0, out);
}

enum ia32_status ia32_op_cpuid(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn)
{
    uint32_t out[4];
    (void)insn;
    ia32_cpuid(cpu, (uint32_t)cpu->gpr[IA32_RAX],
               (uint32_t)cpu->gpr[IA32_RCX], out);
    cpu->gpr[IA32_RAX] = out[EAX];
    cpu->gpr[IA32_RBX] = out[EBX];
    cpu->gpr[IA32_RCX] = out[ECX];
    cpu->gpr[IA32_RDX] = out[EDX];
    return IA32_OK;
}
