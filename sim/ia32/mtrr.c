/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory-type range registers and the page attribute table, as state: what
 * may be written to them.  There are no caches, so types have no effect.
 * SDM 325462, Vol 3A, "Memory Type Range Registers (MTRRs)" and "Page
 * Attribute Table (PAT)".  Left out: the ranges of system-management mode. */
#include "sim/ia32/msr.h"

enum { UC = 0, WC = 1, WT = 4, WP = 5, WB = 6, UC_MINUS = 7 };

bool ia32_memory_type_ok(uint64_t type)
{
    return type == UC || type == WC || type == WT || type == WP || type == WB;
}

/* IA32_MTRRCAP: number of variable ranges, fixed ranges (8), write-combining
 * (10). */
bool ia32_msr_read_mtrrcap(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                           unsigned index, uint64_t *value)
{
    (void)msr;
    (void)index;
    *value = cpu->model->mtrr_ranges | VT_BIT(8) | VT_BIT(10);
    return true;
}

/* Eight types, one a byte. */
bool ia32_msr_write_memory_types(struct ia32_cpu *cpu,
                                 const struct ia32_msr *msr, unsigned index,
                                 uint64_t value, bool commit)
{
    for (unsigned i = 0; i < 64; i += 8)
        if (!ia32_memory_type_ok(value >> i & 0xff))
            return false;
    return ia32_msr_write_plain(cpu, msr, index, value, commit);
}

bool ia32_msr_write_pat(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                        unsigned index, uint64_t value, bool commit)
{
    for (unsigned i = 0; i < 64; i += 8) {
        uint64_t type = value >> i & 0xff;
        if (!ia32_memory_type_ok(type) && type != UC_MINUS)
            return false;
    }
    return ia32_msr_write_plain(cpu, msr, index, value, commit);
}

/* Type in 7:0, fixed ranges on (10), all on (11). */
bool ia32_msr_write_mtrr_def_type(struct ia32_cpu *cpu,
                                  const struct ia32_msr *msr, unsigned index,
                                  uint64_t value, bool commit)
{
    return ia32_memory_type_ok(value & 0xff) &&
           ia32_msr_write_plain(cpu, msr, index, value, commit);
}

static bool has_range(const struct ia32_cpu *cpu, unsigned index)
{
    return index / 2 < cpu->model->mtrr_ranges;
}

bool ia32_msr_read_mtrr_variable(struct ia32_cpu *cpu,
                                 const struct ia32_msr *msr, unsigned index,
                                 uint64_t *value)
{
    return has_range(cpu, index) &&
           ia32_msr_read_plain(cpu, msr, index, value);
}

/* PHYSBASE: base in MAXPHYADDR-1:12, type in 7:0.  PHYSMASK: mask, and valid
 * in bit 11. */
bool ia32_msr_write_mtrr_variable(struct ia32_cpu *cpu,
                                  const struct ia32_msr *msr, unsigned index,
                                  uint64_t value, bool commit)
{
    uint64_t address = VT_BIT(cpu->pa_bits) - VT_BIT(12);
    bool is_mask = index & 1;
    if (!has_range(cpu, index) ||
        (value & ~(address | (is_mask ? VT_BIT(11) : 0xff))) ||
        (!is_mask && !ia32_memory_type_ok(value & 0xff)))
        return false;
    return ia32_msr_write_plain(cpu, msr, index, value, commit);
}
