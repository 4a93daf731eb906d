/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A machine with one IA-32 CPU and RAM, for tests of the engine.  All costs
 * are different primes, so that a wrong charge cannot hide. */
#ifndef TEST_RIG_H
#define TEST_RIG_H

#include <stdio.h>
#include <stdlib.h>


#include "sim/ia32/blocks.h"
#include "sim/ia32/event.h"
#include "sim/ia32/exec.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/paging.h"
#include "sim/ia32/tlb.h"
#include "sim/machine/machine.h"
#include "tests/suite.h"

#define RIG_RAM_BYTES (UINT64_C(16) << 20)
#define RIG_MMIO_PA UINT64_C(0x10000000)

static const char rig_profile[] =
    "profile  test \"prices for tests\"\n"
    "clock    1000000 Hz A \"assumed\"\n"
    "cost     insn.alu      3 cycles A \"assumed\"\n"
    "cost     insn.mem      5 cycles A \"assumed\"\n"
    "cost     insn.branch   7 cycles A \"assumed\"\n"
    "cost     insn.string  11 cycles A \"assumed\"\n"
    "cost     device.port 101 cycles A \"assumed\"\n"
    "cost     walk.level   17 cycles A \"assumed\"\n"
    "cost     event.delivery 53 cycles A \"assumed\"\n";

struct rig {
    struct vt_profile *profile;
    struct vt_machine *m;
    struct vt_physmem *pm;
    struct ia32_cpu *cpu;
};

/* Give up on a set-up that cannot fail. */
static inline void rig_must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "rig: %s\n", what);
        exit(1);
    }
}

static inline void rig_init_model(struct rig *r, const char *model)
{
    struct vt_error err = {VT_OK, ""};

    rig_must(vt_profile_parse(rig_profile, sizeof rig_profile - 1, "test",
                              &r->profile, &err) == VT_OK,
             err.text);
    r->m = vt_machine_new(r->profile);
    r->pm = vt_machine_physmem(r->m);
    rig_must(vt_physmem_add_ram(r->pm, 0, RIG_RAM_BYTES, &err) == VT_OK,
             err.text);
    rig_must(ia32_new(r->m, model, &r->cpu, &err) == VT_OK, err.text);
    vt_machine_add_cpu(r->m, &r->cpu->base);
    ia32_set_multiboot_state(r->cpu, 0x1000, 0, 0);
}

static inline void rig_init(struct rig *r)
{
    rig_init_model(r, "merom");
}

static inline void rig_done(struct rig *r)
{
    vt_machine_free(r->m);
    vt_profile_free(r->profile);
}

static inline void rig_put(struct rig *r, uint64_t pa, const void *from,
                           size_t bytes)
{
    rig_must(vt_physmem_put(r->pm, pa, from, bytes), "put outside RAM");
}

static inline void rig_put32(struct rig *r, uint64_t pa, uint32_t value)
{
    vt_physmem_write(r->pm, pa, value, 4);
}

static inline uint32_t rig_get32(struct rig *r, uint64_t pa)
{
    return (uint32_t)vt_physmem_read(r->pm, pa, 4);
}

/* Page directory at 100000h.  Table n maps the 4 MiB from n << 22; the first
 * maps itself, that is, its addresses are physical ones. */
#define RIG_PD 0x100000u
#define RIG_PT(n) (0x101000u + (n) * 0x1000u)
#define PTE_RW 3u
#define PTE_RWU 7u

static inline void rig_pte(struct rig *r, uint32_t la, uint32_t entry)
{
    uint32_t directory = la >> 22;

    rig_must(directory < 64, "no table for this address");
    rig_put32(r, RIG_PT(directory) + (la >> 12 & 1023) * 4, entry);
}

static inline uint32_t rig_get_pte(struct rig *r, uint32_t la)
{
    return rig_get32(r, RIG_PT(la >> 22) + (la >> 12 & 1023) * 4);
}

/* Tables for 16 x 4 MiB with user rights in the directory, the first 4 MiB
 * mapped to themselves, and paging on. */
static inline void rig_paging(struct rig *r, uint64_t cr0, uint64_t cr4)
{
    for (uint32_t i = 0; i < 16; i++)
        rig_put32(r, RIG_PD + i * 4, RIG_PT(i) | PTE_RWU);
    for (uint32_t la = 0; la < 0x400000; la += 0x1000)
        rig_pte(r, la, la | PTE_RWU);
    r->cpu->cr3 = RIG_PD;
    r->cpu->cr0 |= cr0 | CR0_PG;
    r->cpu->cr4 |= cr4;
    ia32_tlb_flush_all(r->cpu);
    ia32_update_mode(r->cpu);
}

/* Books in order? */
static inline bool rig_balanced(const struct rig *r)
{
    return vt_ledger_total(&r->cpu->base.ledger) == r->cpu->base.now_cycles;
}

static inline uint64_t rig_charged(const struct rig *r, enum vt_what what)
{
    const struct vt_ledger *l = &r->cpu->base.ledger;

    return vt_ledger_sum(l, VT_WHO_NATIVE, what) +
           vt_ledger_sum(l, VT_WHO_VMM, what) +
           vt_ledger_sum(l, VT_WHO_GUEST, what);
}

static inline void rig_step(struct rig *r, unsigned count)
{
    while (count-- > 0)
        ia32_step(&r->cpu->base);
}

#endif
