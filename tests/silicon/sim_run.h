/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulator's half, for its own files (sim_run.c, sim_fx.c). */
#ifndef TESTS_SILICON_SIM_RUN_H
#define TESTS_SILICON_SIM_RUN_H

#include "sim/ia32/cpu.h"
#include "tests/silicon/silicon.h"

/* An FXSAVE image, and what the CPU was after it had been loaded. */
struct sil_fx {
    bool valid;
    uint8_t image[512];
    struct ia32_fpu fpu;
    struct ia32_xmm xmm[16];
    uint32_t mxcsr;
};

struct sil_sim {
    unsigned mode;
    bool ia32e;
    struct vt_machine *m;
    struct vt_physmem *pm;
    struct ia32_cpu *cpu;
    struct vt_page *page[SIL_PAGES];
    unsigned levels, entry_bytes; /* of the page tables */
    uint64_t tables_end;
    bool nx;
    struct sil_fx fx;
    struct ia32_seg user_cs, user_data;
    char why[200];
};

/* x87, MMX and SSE state in the form of FXSAVE64 (sim_fx.c). */
void sil_fx_load(struct ia32_cpu *cpu, struct sil_fx *kept,
                 const uint8_t fx[512]);
void sil_fx_store(const struct ia32_cpu *cpu, const struct sil_fx *kept,
                  uint8_t fx[512]);

#endif
