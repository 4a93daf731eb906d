/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of MSRs: rows of msrs.def, and the functions they name, which
 * live beside what they are about (msr.c, mtrr.c, mca.c, time.c). */
#ifndef IA32_MSR_H
#define IA32_MSR_H

#include "sim/ia32/cpu.h"

enum ia32_msr_id {
#define MSR(id, ...) IA32_MSR_##id,
#include "sim/ia32/msrs.def"
#undef MSR
    IA32_MSR_COUNT
};

struct ia32_msr;

/* Both return false for #GP(0).  index is the address minus the row's.  With
 * commit false a write changes nothing. */
typedef bool ia32_msr_read(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                           unsigned index, uint64_t *value);
typedef bool ia32_msr_write(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                            unsigned index, uint64_t value, bool commit);

struct ia32_msr {
    enum ia32_msr_id id;
    const char *name;
    uint32_t address;
    uint16_t count;
    enum ia32_feature feature;
    size_t place; /* offset in struct ia32_cpu; 0: none */
    ia32_msr_read *read;
    ia32_msr_write *write;
    uint64_t writable; /* other bits are reserved */
    const char *cite;
};

/* The i-th row, NULL past the last. */
const struct ia32_msr *ia32_msr_at(unsigned i);

/* The member a row names. */
static inline uint64_t *ia32_msr_field(struct ia32_cpu *cpu,
                                       const struct ia32_msr *msr,
                                       unsigned index)
{
    return (uint64_t *)(void *)((char *)cpu + msr->place) + index;
}

/* Memory types of MTRRs: UC, WC, WT, WP, WB; the PAT has UC- too.
 * SDM Vol 3A, "Memory Types That Can Be Encoded in MTRRs" (mtrr.c). */
bool ia32_memory_type_ok(uint64_t type);

/* Does the XD bit exist?  IA32_MISC_ENABLE can take it away. */
bool ia32_nx_offered(const struct ia32_cpu *cpu);
/* Do MONITOR and MWAIT?  The same register can take them away. */
bool ia32_monitor_offered(const struct ia32_cpu *cpu);

#define IA32_MSR_FUNCTIONS(READ, WRITE)                                   \
    READ(plain) READ(none) READ(tsc) READ(platform_id)                    \
    READ(platform_info) READ(mtrrcap) READ(mcg_cap) READ(mcg_ctl)         \
    READ(mtrr_variable) READ(mc_bank)                                     \
    WRITE(plain) WRITE(none) WRITE(nothing) WRITE(address) WRITE(tsc)     \
    WRITE(tsc_adjust) WRITE(apic_base) WRITE(feature_control)             \
    WRITE(pkg_cst) WRITE(mcg_ctl) WRITE(misc_enable)                      \
    WRITE(mtrr_variable) WRITE(memory_types) WRITE(mtrr_def_type)         \
    WRITE(pat) WRITE(mc_bank) WRITE(efer)
#define READ(name) ia32_msr_read ia32_msr_read_##name;
#define WRITE(name) ia32_msr_write ia32_msr_write_##name;
IA32_MSR_FUNCTIONS(READ, WRITE)
#undef READ
#undef WRITE

#endif
