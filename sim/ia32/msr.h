/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of MSRs, for tests and documents (msr.c). */
#ifndef IA32_MSR_H
#define IA32_MSR_H

#include "sim/ia32/cpu.h"

enum ia32_msr_id {
#define MSR(id, name, address, feature, read, write, writable, cite) \
    IA32_MSR_##id,
#include "sim/ia32/msrs.def"
#undef MSR
    IA32_MSR_COUNT
};

struct ia32_msr {
    enum ia32_msr_id id;
    const char *name;
    uint32_t address;
    enum ia32_feature feature;
    uint64_t writable; /* other bits are reserved */
    const char *cite;
};

/* The i-th row, NULL past the last. */
const struct ia32_msr *ia32_msr_at(unsigned i);

#endif
