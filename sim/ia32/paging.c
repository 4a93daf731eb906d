/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paging: one walker over a table of paging modes.
 *
 *    31        22 21        12 11          0        32-bit paging
 *   +------------+------------+-------------+
 *   | directory  |   table    |   offset    |  la
 *   +------------+------------+-------------+
 *         |            |             |
 *  CR3 -> PDE  ----->  PTE  ----->  byte of a 4-KiB page
 *         '-- PS = 1 ------------>  byte of a 4-MiB page (CR4.PSE)
 *
 *   entry: 31:12 address | 8 G | 7 PS (PDE), PAT (PTE) | 6 D | 5 A
 *          | 4 PCD | 3 PWT | 2 U/S | 1 R/W | 0 P
 *
 * SDM 325462, Vol 3A, "32-Bit Paging", "Access Rights", "Page-Fault
 * Exceptions", "Accessed and Dirty Flags".
 *
 * Left out: PSE-36, and PAE and 4-level paging, which no CPU model offers:
 * their rows show how the walk differs, but CR4.PAE cannot be set.  Memory
 * types (PWT, PCD, PAT) change nothing here. */
#include "sim/ia32/paging.h"

#include "sim/ia32/event.h"
#include "sim/ia32/exec.h"

#define PTE_P VT_BIT(0)
#define PTE_W VT_BIT(1)
#define PTE_U VT_BIT(2)
#define PTE_A VT_BIT(5)
#define PTE_D VT_BIT(6)
#define PTE_PS VT_BIT(7)
#define PTE_PAT VT_BIT(7)        /* in an entry for a 4-KiB page */
#define PTE_LARGE_PAT VT_BIT(12) /* in one for a large page */
#define PTE_G VT_BIT(8)

#define MAX_LEVELS 4u

struct paging_mode {
    const char *name;
    uint8_t levels;
    uint8_t entry_bytes;
    uint64_t root;    /* address bits of CR3 */
    uint64_t address; /* address bits of an entry, before MAXPHYADDR */
    struct {
        uint8_t shift;      /* of the index in the linear address */
        uint8_t index_bits;
        bool may_map;       /* PS = 1 maps a large page */
    } level[MAX_LEVELS];
};

enum mode_index { MODE_32BIT, MODE_PAE, MODE_4LEVEL };

static const struct paging_mode modes[] = {
    [MODE_32BIT] = {"32-bit", 2, 4, 0xfffff000, 0xfffff000,
                    {{22, 10, true}, {12, 10, false}}},
    [MODE_PAE] = {"PAE", 3, 8, 0xffffffe0, VT_BITS(51, 12),
                  {{30, 2, false}, {21, 9, true}, {12, 9, false}}},
    [MODE_4LEVEL] = {"4-level", 4, 8, VT_BITS(51, 12), VT_BITS(51, 12),
                     {{39, 9, false}, {30, 9, false}, {21, 9, true},
                      {12, 9, false}}},
};

static const struct paging_mode *mode_of(const struct ia32_cpu *cpu)
{
    if (!(cpu->cr4 & CR4_PAE))
        return &modes[MODE_32BIT];
    return &modes[cpu->efer & EFER_LMA ? MODE_4LEVEL : MODE_PAE];
}

/* How a walk went. */
struct walk {
    unsigned levels;               /* entries read */
    uint64_t entry_pa[MAX_LEVELS]; /* where they are, host-physical */
    uint64_t entry[MAX_LEVELS];    /* what they said */
    unsigned rights;               /* IA32_TLB_W|U over all levels */
    uint32_t error;                /* PF_P, PF_RSVD as the tables give them */
    bool maps;                     /* the last entry maps a page */
    struct ia32_tlb_entry page;    /* it, when maps */
};

/* Bits that must be 0 in a present entry.  32-bit paging has some only with
 * CR4.PSE = 1. */
static uint64_t reserved_bits(const struct ia32_cpu *cpu,
                              const struct paging_mode *mode, bool large,
                              unsigned shift)
{
    bool pat = ia32_has(cpu, IA32_F_PAT);
    uint64_t bits = 0;

    if (mode->entry_bytes == 8)
        bits |= VT_BITS(51, 12) & ~(VT_BIT(cpu->pa_bits) - 1);
    else if (!(cpu->cr4 & CR4_PSE))
        return 0;
    if (large)
        bits |= VT_BITS(shift - 1, 13) | (pat ? 0 : PTE_LARGE_PAT);
    else if (shift == VT_PAGE_SHIFT)
        bits |= pat ? 0 : PTE_PAT;
    return bits;
}

static bool is_large(const struct ia32_cpu *cpu,
                     const struct paging_mode *mode, unsigned level,
                     uint64_t entry)
{
    return mode->level[level].may_map && (entry & PTE_PS) &&
           (mode->entry_bytes == 8 || (cpu->cr4 & CR4_PSE));
}

/* Look at one entry.  Returns true when the walk goes on below it. */
static bool take_entry(const struct ia32_cpu *cpu,
                       const struct paging_mode *mode, uint64_t la,
                       unsigned level, struct walk *w)
{
    uint64_t entry = w->entry[level];
    unsigned shift = mode->level[level].shift;
    bool large = is_large(cpu, mode, level, entry);

    if (!(entry & PTE_P))
        return false;
    if (entry & reserved_bits(cpu, mode, large, shift)) {
        w->error = PF_P | PF_RSVD;
        return false;
    }
    w->rights &= (entry & PTE_W ? IA32_TLB_W : 0) |
                 (entry & PTE_U ? IA32_TLB_U : 0);
    if (!large && level + 1u < mode->levels)
        return true;
    w->maps = true;
    w->error = PF_P; /* should the access not be allowed */
    w->page = (struct ia32_tlb_entry){
        .la = la & ~(VT_BIT(shift) - 1),
        .gpa = entry & mode->address & ~(VT_BIT(shift) - 1),
        .page_bits = (uint8_t)shift,
        .flags = (uint8_t)(w->rights |
                           (entry & PTE_D ? IA32_TLB_D : 0) |
                           ((entry & PTE_G) && (cpu->cr4 & CR4_PGE)
                                ? IA32_TLB_G : 0)),
    };
    return false;
}

static uint64_t entry_gpa(const struct paging_mode *mode, uint64_t table,
                          unsigned level, uint64_t la)
{
    uint64_t index = la >> mode->level[level].shift &
                     (VT_BIT(mode->level[level].index_bits) - 1);

    return table + index * mode->entry_bytes;
}

/* Read the tables from the top; no entry is changed. */
static enum ia32_status read_tables(struct ia32_cpu *cpu, uint64_t la,
                                    struct walk *w)
{
    const struct paging_mode *mode = mode_of(cpu);
    uint64_t table = cpu->cr3 & mode->root;
    bool deeper = true;

    *w = (struct walk){.rights = IA32_TLB_W | IA32_TLB_U};
    for (unsigned level = 0; deeper; level++) {
        IA32_TRY(ia32_gpa_to_pa(cpu, entry_gpa(mode, table, level, la),
                                IA32_ACC_R | IA32_ACC_IMPLICIT,
                                &w->entry_pa[level]));
        w->entry[level] =
            ia32_pa_read(cpu, w->entry_pa[level], mode->entry_bytes);
        w->levels++;
        deeper = take_entry(cpu, mode, la, level, w);
        table = w->entry[level] & mode->address;
    }
    return IA32_OK;
}

bool ia32_page_allows(unsigned rights, unsigned acc, bool user, bool wp)
{
    if (user && !(rights & IA32_TLB_U))
        return false;
    if ((acc & IA32_ACC_W) && !(rights & IA32_TLB_W))
        return !user && !wp;
    return true;
}

/* Set accessed flags on the way, and the dirty flag of a page written to.
 * Entries that have them already are not written. */
static void set_used(struct ia32_cpu *cpu, unsigned acc, struct walk *w)
{
    unsigned entry_bytes = mode_of(cpu)->entry_bytes;

    for (unsigned level = 0; level < w->levels; level++) {
        uint64_t entry = w->entry[level] | PTE_A;

        if (level + 1 == w->levels && (acc & IA32_ACC_W))
            entry |= PTE_D;
        if (entry != w->entry[level])
            ia32_pa_write(cpu, w->entry_pa[level], entry_bytes, entry);
    }
    if (acc & IA32_ACC_W)
        w->page.flags |= IA32_TLB_D;
}

static void emit_walk(struct ia32_cpu *cpu, uint64_t la, unsigned acc,
                      const struct walk *w, uint64_t cycles)
{
    struct vt_event event = {.kind = VT_EV_WALK};
    uint64_t offset = la & (VT_BIT(w->page.page_bits) - 1);

    event.u.walk.la = la;
    event.u.walk.pa = w->page.gpa | offset;
    event.u.walk.access = (acc & (IA32_ACC_R | IA32_ACC_W | IA32_ACC_X)) |
                          (ia32_acc_user(cpu, acc) ? IA32_ACC_USER : 0);
    event.u.walk.levels = w->levels;
    event.u.walk.cycles = cycles;
    ia32_emit(cpu, &event);
}

/* The error code: what the tables gave, and what the access was.  Bit 4
 * (I/D) exists only with execute-disable or SMEP. */
static uint32_t error_code(const struct ia32_cpu *cpu, unsigned acc,
                           uint32_t error)
{
    bool nx = (cpu->cr4 & CR4_SMEP) ||
              ((cpu->cr4 & CR4_PAE) && (cpu->efer & EFER_NXE));

    return error | (acc & IA32_ACC_W ? PF_W : 0) |
           (ia32_acc_user(cpu, acc) ? PF_U : 0) |
           ((acc & IA32_ACC_X) && nx ? PF_I : 0);
}

enum ia32_status ia32_walk(struct ia32_cpu *cpu, uint64_t la, unsigned acc,
                           struct ia32_tlb_entry *found)
{
    bool user = ia32_acc_user(cpu, acc);
    uint64_t cycles;
    struct walk w;

    IA32_TRY(read_tables(cpu, la, &w));
    cycles = (uint64_t)w.levels * cpu->cost[IA32_COST_WALK_LEVEL];
    ia32_charge(cpu, VT_WHAT_REFILL, cycles);
    if (!w.maps || !ia32_page_allows(w.rights, acc, user,
                                     (cpu->cr0 & CR0_WP) != 0))
        return ia32_page_fault(cpu, la, error_code(cpu, acc, w.error));
    set_used(cpu, acc, &w);
    *found = w.page;
    emit_walk(cpu, la, acc, &w, cycles);
    return IA32_OK;
}

/* --- for debuggers --------------------------------------------------------- */

/* read_tables without a trace: RAM only, A20 only (a nested dimension would
 * need a quiet operation of its own). */
static bool peek_tables(const struct ia32_cpu *cpu, uint64_t la,
                        struct walk *w)
{
    const struct paging_mode *mode = mode_of(cpu);
    uint64_t table = cpu->cr3 & mode->root;
    bool deeper = true;

    *w = (struct walk){.rights = IA32_TLB_W | IA32_TLB_U};
    for (unsigned level = 0; deeper; level++) {
        uint8_t bytes[8] = {0};
        uint64_t pa = entry_gpa(mode, table, level, la);

        if (!cpu->a20)
            pa &= ~VT_BIT(20);
        if (!vt_physmem_get(cpu->base.physmem, pa, bytes,
                            mode->entry_bytes))
            return false;
        w->entry[level] = vt_ld64le(bytes);
        deeper = take_entry(cpu, mode, la, level, w);
        table = w->entry[level] & mode->address;
    }
    return w->maps;
}

bool ia32_debug_translate(const struct vt_cpu *base, uint64_t la,
                         struct vt_translation *to)
{
    const struct ia32_cpu *cpu = (const struct ia32_cpu *)base;
    const struct ia32_tlb_entry *entry;
    struct walk w;

    *to = (struct vt_translation){
        .pa = la, .writable = true, .user = true, .executable = true};
    if (ia32_paging_on(cpu)) {
        entry = ia32_tlb_lookup(cpu->tlb, IA32_TLB_DATA, la);
        if (!entry && !peek_tables(cpu, la, &w))
            return false;
        if (!entry)
            entry = &w.page;
        to->pa = entry->gpa + (la - entry->la);
        to->writable = (entry->flags & IA32_TLB_W) != 0;
        to->user = (entry->flags & IA32_TLB_U) != 0;
    }
    if (!cpu->a20)
        to->pa &= ~VT_BIT(20);
    return true;
}
