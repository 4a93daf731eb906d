/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPUID.  It is honest: only what vtsim models is shown, so a model shows
 * fewer features than the part it is named after (docs/ia32.md).  What only
 * describes the part (caches, brand) is the part's.
 *
 *   0           highest basic leaf, vendor
 *   1           signature, features (features.def)
 *   2, 4        descriptors of TLBs and caches
 *   5           MONITOR and MWAIT: lines of 64 bytes, C-state C1
 *   6, 7        features
 *   0Bh         topology: one logical processor
 *   0Dh         XSAVE areas
 *   15h, 16h    what the clock is
 *   80000000h   highest extended leaf
 *   80000001h   extended features
 *   80000002h-4 brand string
 *   80000006h   second-level cache
 *   80000007h   features
 *   80000008h   address widths
 *
 * Other leaves up to the highest are 0: 3 processor serial number, 9 direct
 * cache access, 0Ah performance monitoring, 0Fh and 10h resource director,
 * 14h processor trace.  A leaf past the highest one gives what the highest
 * basic leaf gives.
 * SDM 325462, Vol 2A, "CPUID--CPU Identification". */
#include "sim/ia32/msr.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/xsave.h"

enum { EAX, EBX, ECX, EDX };

#define CLFLUSH_BYTES 64u
#define MONITOR_BYTES 64u
#define EXTENDED 0x80000000u
#define EXTENDED_LAST 0x80000008u

static const struct {
    enum ia32_feature feature;
    uint32_t leaf, subleaf;
    enum ia32_cpuid_reg reg;
    unsigned bit;
} feature_bits[] = {
#define X(id, name, leaf, subleaf, reg, bit, models, meaning) \
    {IA32_F_##id, leaf, subleaf, IA32_CPUID_##reg, bit},
#include "sim/ia32/features.def"
#undef X
};

/* Does CPUID show it now?  Some bits follow the state. */
static bool is_shown(const struct ia32_cpu *cpu, enum ia32_feature f)
{
    if (!ia32_has(cpu, f))
        return false;
    switch (f) {
    case IA32_F_VMX:
        return cpu->virt != NULL;
    case IA32_F_SYSCALL: /* "always enumerated as 0 outside 64-bit mode" */
        return (cpu->mode & IA32_MODE_LONG64) != 0;
    case IA32_F_NX:
        return ia32_nx_offered(cpu);
    case IA32_F_MONITOR:
        return ia32_monitor_offered(cpu);
    case IA32_F_APIC:
        return (cpu->apic_base & APIC_BASE_EN) != 0;
    default:
        return true;
    }
}

/* The highest leaf of [from, last] that has something to show. */
static uint32_t highest(const struct ia32_cpu *cpu, uint32_t from,
                        uint32_t last)
{
    uint32_t max = from;
    for (unsigned i = 0; i < ARRAY_SIZE(feature_bits); i++) {
        uint32_t leaf = feature_bits[i].leaf;
        if (leaf > max && leaf <= last &&
            ia32_has(cpu, feature_bits[i].feature))
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

/* EBX: brand index, bytes of a cache line over 8, (number of logical
 * processors: 0 without HTT,) APIC ID. */
static void version(const struct ia32_cpu *cpu, uint32_t out[4])
{
    out[EAX] = cpu->model->signature;
    out[EBX] = cpu->model->brand_index | (uint32_t)cpu->base.id << 24;
    if (ia32_has(cpu, IA32_F_CLFSH))
        out[EBX] |= CLFLUSH_BYTES / 8 << 8;
    if (cpu->cr4 & CR4_OSXSAVE)
        out[ECX] |= UINT32_C(1) << 27;
}

/* Leaf 4.  One logical processor uses each cache: EAX[31:14] = 0. */
static void cache(const struct ia32_cpu *cpu, uint32_t subleaf,
                  uint32_t out[4])
{
    if (subleaf >= IA32_CACHE_MAX || !cpu->model->caches[subleaf].type)
        return;
    const struct ia32_cache *c = &cpu->model->caches[subleaf];
    uint32_t way_bytes = (uint32_t)c->line_bytes * c->partitions;
    out[EAX] = c->type | (uint32_t)c->level << 5 | 1u << 8;
    out[EBX] = (c->line_bytes - 1u) | (c->partitions - 1u) << 12 |
               (c->ways - 1u) << 22;
    out[ECX] = c->kib * 1024 / (way_bytes * c->ways) - 1;
    out[EDX] = c->properties;
}

static void monitor(const struct ia32_cpu *cpu, uint32_t out[4])
{
    if (!ia32_monitor_offered(cpu))
        return;
    out[EAX] = out[EBX] = MONITOR_BYTES;
    out[ECX] = cpu->model->mwait[0];
    out[EDX] = cpu->model->mwait[1];
}

/* Leaf 0Bh: level 0 is SMT, level 1 the core; each is one processor. */
static void topology(const struct ia32_cpu *cpu, uint32_t subleaf,
                     uint32_t out[4])
{
    out[ECX] = subleaf & 0xff;
    out[EDX] = cpu->base.id;
    if (subleaf > 1)
        return;
    out[EBX] = 1;
    out[ECX] |= (subleaf + 1) << 8;
}

/* Leaf 0Dh: x87 and SSE, both in the legacy area. */
static void xsave(const struct ia32_cpu *cpu, uint32_t subleaf,
                  uint32_t out[4])
{
    if (!ia32_has(cpu, IA32_F_XSAVE) || subleaf > 1)
        return;
    out[EBX] = IA32_XSAVE_BYTES;
    if (subleaf == 0) {
        out[EAX] = IA32_XCR0_KNOWN;
        out[ECX] = IA32_XSAVE_BYTES;
    } else if (!ia32_has(cpu, IA32_F_XSAVEC)) {
        out[EBX] = 0; /* nothing has the compacted form */
    }
}

/* Leaf 15h: TSC over core crystal clock, EBX over EAX; leaf 16h: MHz.  The
 * TSC counts the machine's cycles, so the numbers are the machine's; where
 * they are not whole, nothing is enumerated.  SDM Vol 3B, "Determining the
 * Processor Base Frequency": 25 MHz on Xeon Scalable processors. */
#define CRYSTAL_HZ UINT64_C(25000000)
static void clock_ratio(const struct ia32_cpu *cpu, uint32_t out[4])
{
    uint64_t doubled = 2 * vt_machine_hz(cpu->base.machine);
    if (doubled % CRYSTAL_HZ != 0)
        return;
    out[EAX] = 2;
    out[EBX] = (uint32_t)(doubled / CRYSTAL_HZ);
}

static void frequency(const struct ia32_cpu *cpu, uint32_t out[4])
{
    uint64_t hz = vt_machine_hz(cpu->base.machine);
    if (hz % 1000000 != 0 || hz / 1000000 > 0xffff)
        return;
    out[EAX] = out[EBX] = (uint32_t)(hz / 1000000); /* base, maximum */
    out[ECX] = 100;                                 /* bus */
}

static void basic(const struct ia32_cpu *cpu, uint32_t leaf, uint32_t subleaf,
                  uint32_t out[4])
{
    switch (leaf) {
    case 1: version(cpu, out); break;
    case 2: memcpy(out, cpu->model->descriptors, 4 * sizeof *out); break;
    case 4: cache(cpu, subleaf, out); break;
    case 5: monitor(cpu, out); break;
    case 0xb: topology(cpu, subleaf, out); break;
    case 0xd: xsave(cpu, subleaf, out); break;
    case 0x15: clock_ratio(cpu, out); break;
    case 0x16: frequency(cpu, out); break;
    default: break;
    }
}

static void brand(const struct ia32_cpu *cpu, uint32_t leaf, uint32_t out[4])
{
    static const unsigned order[] = {EAX, EBX, ECX, EDX};
    char text[48] = {0};
    size_t length = strlen(cpu->model->brand);
    memcpy(text, cpu->model->brand, length < 47 ? length : 47);
    put_text(out, order, 4, text + 16 * (leaf - (EXTENDED + 2)));
}

static uint32_t linear_bits(const struct ia32_cpu *cpu)
{
    return ia32_has(cpu, IA32_F_LM) ? cpu->model->la_bits : 32;
}

static void extended(const struct ia32_cpu *cpu, uint32_t leaf, uint32_t last,
                     uint32_t out[4])
{
    if (leaf == EXTENDED)
        out[EAX] = last;
    else if (cpu->model->brand && leaf >= EXTENDED + 2 &&
             leaf <= EXTENDED + 4)
        brand(cpu, leaf, out);
    else if (leaf == EXTENDED + 6)
        out[ECX] = cpu->model->l2_word;
    else if (leaf == EXTENDED_LAST)
        out[EAX] = cpu->pa_bits | linear_bits(cpu) << 8;
    add_features(cpu, leaf, 0, out);
}

/* Others give the same whatever ECX holds. */
static bool has_subleaves(uint32_t leaf)
{
    return leaf == 4 || leaf == 7 || leaf == 0xb || leaf == 0xd;
}

/* +feature may need leaves that the model lacks.  IA32_MISC_ENABLE can limit
 * the basic ones, for old software. */
static uint32_t last_basic(const struct ia32_cpu *cpu)
{
    uint32_t last = highest(cpu, cpu->model->max_leaf, EXTENDED - 1);
    bool limited = (cpu->misc_enable & MISC_ENABLE_LIMIT_CPUID) != 0;
    return limited && last > 2 ? 2 : last;
}

static uint32_t last_extended(const struct ia32_cpu *cpu)
{
    uint32_t last = cpu->model->max_extended;
    return highest(cpu, last ? last : EXTENDED, EXTENDED_LAST);
}

void ia32_cpuid(const struct ia32_cpu *cpu, uint32_t leaf, uint32_t subleaf,
                uint32_t out[4])
{
    uint32_t last = last_basic(cpu);
    uint32_t last_ext = last_extended(cpu);
    memset(out, 0, 4 * sizeof *out);
    if (last_ext > EXTENDED && leaf >= EXTENDED && leaf <= last_ext) {
        extended(cpu, leaf, last_ext, out);
        return;
    }
    if (leaf > last)
        leaf = last;
    if (leaf == 0) {
        vendor(cpu, last, out);
        return;
    }
    basic(cpu, leaf, subleaf, out);
    add_features(cpu, leaf, has_subleaves(leaf) ? subleaf : 0, out);
}

enum ia32_status ia32_op_cpuid(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn)
{
    uint32_t out[4];
    (void)insn;
    /* Leaf 1 also shows the microcode revision in IA32_BIOS_SIGN_ID.  SDM
     * Vol 3A, "Determining the Signature". */
    if ((uint32_t)cpu->gpr[IA32_RAX] == 1)
        cpu->bios_sign_id = (uint64_t)cpu->model->microcode << 32;
    ia32_cpuid(cpu, (uint32_t)cpu->gpr[IA32_RAX],
               (uint32_t)cpu->gpr[IA32_RCX], out);
    cpu->gpr[IA32_RAX] = out[EAX];
    cpu->gpr[IA32_RBX] = out[EBX];
    cpu->gpr[IA32_RCX] = out[ECX];
    cpu->gpr[IA32_RDX] = out[EDX];
    return IA32_OK;
}
