/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulator's half, for its own files (sim_build.c, sim_run.c, sim_fx.c). */
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

/* Physical addresses: the end of the stack of CPL 0, the arena; and, in the
 * system's linear addresses, where the handler of each vector would stand. */
#define PA_STACK0 0x5000u    /* its top; one page */
#define HANDLERS 0x6000u     /* one address a vector, nothing stands there */
#define PA_ARENA 0x40000u

/* Where CPL 0 finds the system's structures; user code gets no answer there
 * that differs from that of Linux. */
static inline uint64_t system_la(const struct sil_sim *s)
{
    return s->ia32e ? UINT64_C(0xffffffff80000000) : 0xffc00000;
}

/* End the program when a set-up fails that cannot fail. */
void sil_must(bool ok, const char *what);

/* x87, MMX and SSE state in the form of FXSAVE64 (sim_fx.c). */
void sil_fx_load(struct ia32_cpu *cpu, struct sil_fx *kept,
                 const uint8_t fx[512]);
void sil_fx_store(const struct ia32_cpu *cpu, const struct sil_fx *kept,
                  uint8_t fx[512]);

#endif
