/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paging: one walker over a table of paging modes.
 *
 *   32-bit    CR3 -> PDE -> PTE            4-MiB page: PDE.PS, CR4.PSE
 *   PAE       PDPTE register -> PDE -> PTE 2-MiB page: PDE.PS
 *   4-level   CR3 -> PML4E -> PDPTE -> PDE -> PTE
 *                                          1 GiB: PDPTE.PS, 2 MiB: PDE.PS
 *
 *   entry: 63 XD | address | 12 PAT (large) | 8 G | 7 PS (PTE: PAT) | 6 D
 *          | 5 A | 4 PCD | 3 PWT | 2 U/S | 1 R/W | 0 P
 *   A 4-MiB page's address goes on in bits 20:13, from bit 32 (PSE-36).
 *
 * SDM 325462, Vol 3A, "32-Bit Paging", "PAE Paging", "4-Level Paging",
 * "Access Rights", "Page-Fault Exceptions", "Accessed and Dirty Flags".
 *
 * Left out: 5-level paging and protection keys, which no CPU model offers.
 * Memory types (PWT, PCD, PAT) change nothing here. */
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
#define PTE_G VT_BIT(8)
#define PTE_LARGE_PAT VT_BIT(12) /* in one for a large page */
#define PTE_XD VT_BIT(63)

#define MAX_LEVELS 4u
#define PAGE_4M_SHIFT 22u
#define PAGE_1G_SHIFT 30u

/* What bit 7 of a present entry says. */
enum bit7 {
    IS_PAT,   /* the entry is the last: no PS flag */
    IS_PS,    /* the page is large, where the CPU has such pages */
    MUST_BE_0
};

struct paging_mode {
    uint8_t levels;
    uint8_t entry_bytes;
    uint64_t root;     /* address bits of CR3, or of a PDPTE register */
    uint64_t address;  /* address bits of an entry, before MAXPHYADDR */
    uint64_t reserved; /* in every entry */
    struct {
        uint8_t shift; /* of the index in the linear address */
        uint8_t index_bits;
        uint8_t bit7;  /* enum bit7 */
    } level[MAX_LEVELS];
};

enum mode_index { MODE_32BIT, MODE_PAE, MODE_4LEVEL };

static const struct paging_mode modes[] = {
    [MODE_32BIT] = {2, 4, 0xfffff000, 0xfffff000, 0,
                    {{22, 10, IS_PS}, {12, 10, IS_PAT}}},
    [MODE_PAE] = {2, 8, VT_BITS(51, 12), VT_BITS(51, 12), VT_BITS(62, 52),
                  {{21, 9, IS_PS}, {12, 9, IS_PAT}}},
    [MODE_4LEVEL] = {4, 8, VT_BITS(51, 12), VT_BITS(51, 12), 0,
                     {{39, 9, MUST_BE_0}, {30, 9, IS_PS}, {21, 9, IS_PS},
                      {12, 9, IS_PAT}}},
};

static const struct paging_mode *mode_of(const struct ia32_cpu *cpu)
{
    if (!(cpu->cr4 & CR4_PAE))
        return &modes[MODE_32BIT];
    return &modes[cpu->efer & EFER_LMA ? MODE_4LEVEL : MODE_PAE];
}

/* How a walk went.  Only what has been read or found is valid. */
struct walk {
    unsigned levels;               /* entries read */
    uint64_t entry_pa[MAX_LEVELS]; /* where they are, host-physical */
    uint64_t entry[MAX_LEVELS];    /* what they said */
    unsigned rights;               /* IA32_TLB_W|U|X over all levels */
    uint32_t error;                /* PF_P, PF_RSVD as the tables give them */
    bool maps;                     /* the last entry maps a page */
    struct ia32_tlb_entry page;    /* it, when maps */
};

/* --- one entry ------------------------------------------------------------ */

/* Width of the addresses that 4-MiB pages can have ("32-Bit Paging", the
 * number M there). */
static unsigned pse36_bits(const struct ia32_cpu *cpu)
{
    if (!ia32_has(cpu, IA32_F_PSE36))
        return 32;
    return cpu->pa_bits < 40 ? cpu->pa_bits : 40;
}

/* Where a large page may be: bits below its size that are no address. */
static uint64_t large_reserved(const struct ia32_cpu *cpu, unsigned shift)
{
    if (shift == PAGE_4M_SHIFT)
        return VT_BITS(21, pse36_bits(cpu) - 19);
    return VT_BITS(shift - 1, 13);
}

static uint64_t page_address(const struct paging_mode *mode, uint64_t entry,
                             unsigned shift)
{
    uint64_t address = entry & mode->address & ~(VT_BIT(shift) - 1);

    if (shift == PAGE_4M_SHIFT)
        address |= (entry & VT_BITS(20, 13)) << (32 - 13);
    return address;
}

/* Does the CPU have large pages at this level? */
static bool has_large(const struct ia32_cpu *cpu, unsigned shift)
{
    if (shift == PAGE_4M_SHIFT)
        return (cpu->cr4 & CR4_PSE) != 0;
    return shift != PAGE_1G_SHIFT || ia32_has(cpu, IA32_F_PDPE1GB);
}

/* Bits that must be 0 in a present entry.  32-bit paging has some only with
 * CR4.PSE = 1; there PS is ignored where it means nothing, elsewhere it is
 * reserved. */
static uint64_t reserved_bits(const struct ia32_cpu *cpu,
                              const struct paging_mode *mode, unsigned level,
                              bool large)
{
    unsigned shift = mode->level[level].shift;
    bool pat = ia32_has(cpu, IA32_F_PAT);
    uint64_t bits = mode->reserved;

    if (mode->entry_bytes == 8)
        bits |= (VT_BITS(51, 12) & ~(VT_BIT(cpu->pa_bits) - 1)) |
                (cpu->efer & EFER_NXE ? 0 : PTE_XD);
    else if (!(cpu->cr4 & CR4_PSE))
        return 0;
    if (large)
        return bits | large_reserved(cpu, shift) | (pat ? 0 : PTE_LARGE_PAT);
    if (mode->level[level].bit7 == IS_PAT)
        return bits | (pat ? 0 : PTE_PAT);
    return bits | PTE_PS; /* no large page: had it one, PS would be 0 */
}

static unsigned rights_of(uint64_t entry)
{
    return (entry & PTE_W ? IA32_TLB_W : 0) |
           (entry & PTE_U ? IA32_TLB_U : 0) |
           (entry & PTE_XD ? 0 : IA32_TLB_X);
}

/* Look at one entry.  Returns true when the walk goes on below it. */
static bool take_entry(const struct ia32_cpu *cpu,
                       const struct paging_mode *mode, uint64_t la,
                       unsigned level, struct walk *w)
{
    uint64_t entry = w->entry[level];
    unsigned shift = mode->level[level].shift;
    bool large = mode->level[level].bit7 == IS_PS && (entry & PTE_PS) &&
                 has_large(cpu, shift);

    if (!(entry & PTE_P))
        return false;
    if (entry & reserved_bits(cpu, mode, level, large)) {
        w->error = PF_P | PF_RSVD;
        return false;
    }
    w->rights &= rights_of(entry);
    if (!large && level + 1u < mode->levels)
        return true;
    w->maps = true;
    w->error = PF_P; /* should the access not be allowed */
    w->page = (struct ia32_tlb_entry){
        .la = la & ~(VT_BIT(shift) - 1),
        .gpa = page_address(mode, entry, shift),
        .page_bits = (uint8_t)shift,
        .pcid = ia32_pcid(cpu),
        .flags = (uint8_t)(w->rights |
                           (entry & PTE_D ? IA32_TLB_D : 0) |
                           ((entry & PTE_G) && (cpu->cr4 & CR4_PGE)
                                ? IA32_TLB_G : 0)),
    };
    return false;
}

/* --- the walk -------------------------------------------------------------- */

/* The first table in memory.  PAE paging has looked up its first level when
 * CR3 was loaded: false when that says not present. */
static bool first_table(const struct ia32_cpu *cpu,
                        const struct paging_mode *mode, uint64_t la,
                        uint64_t *table)
{
    uint64_t from = cpu->cr3;

    if (mode == &modes[MODE_PAE]) {
        from = cpu->pdpte[la >> 30 & 3];
        if (!(from & PTE_P))
            return false;
    }
    *table = from & mode->root;
    return true;
}

static uint64_t read_entry(struct ia32_cpu *cpu, uint64_t pa,
                           unsigned entry_bytes)
{
    const struct vt_page *page = ia32_ram_page(cpu, pa);

    if (VT_UNLIKELY(!page))
        return ia32_pa_read(cpu, pa, entry_bytes);
    return entry_bytes == 8 ? vt_ld64le(page->data + (pa & VT_PAGE_MASK))
                            : vt_ld32le(page->data + (pa & VT_PAGE_MASK));
}

static uint64_t entry_gpa(const struct paging_mode *mode, uint64_t table,
                          unsigned level, uint64_t la)
{
    uint64_t index = la >> mode->level[level].shift &
                     (VT_BIT(mode->level[level].index_bits) - 1);

    return table + index * mode->entry_bytes;
}

static void begin_walk(struct walk *w)
{
    w->levels = 0;
    w->rights = IA32_TLB_W | IA32_TLB_U | IA32_TLB_X;
    w->error = 0;
    w->maps = false;
}

/* Read the tables from the top; no entry is changed. */
static enum ia32_status read_tables(struct ia32_cpu *cpu, uint64_t la,
                                    struct walk *w)
{
    const struct paging_mode *mode = mode_of(cpu);
    uint64_t table;
    bool deeper;

    begin_walk(w);
    deeper = first_table(cpu, mode, la, &table);
    for (unsigned level = 0; deeper; level++) {
        IA32_TRY(ia32_gpa_to_pa(cpu, entry_gpa(mode, table, level, la),
                                IA32_ACC_R | IA32_ACC_IMPLICIT,
                                &w->entry_pa[level]));
        w->entry[level] =
            read_entry(cpu, w->entry_pa[level], mode->entry_bytes);
        w->levels++;
        deeper = take_entry(cpu, mode, la, level, w);
        table = w->entry[level] & mode->address;
    }
    return IA32_OK;
}

/* The manual's rules, one a line. */
bool ia32_page_allows(const struct ia32_cpu *cpu, unsigned rights,
                      unsigned acc)
{
    bool user_page = (rights & IA32_TLB_U) != 0;
    bool user = ia32_acc_user(cpu, acc);

    if (user && !user_page)
        return false;
    if (acc & IA32_ACC_X)
        return (rights & IA32_TLB_X) &&
               (user || !user_page || !(cpu->cr4 & CR4_SMEP));
    if (!user && user_page && ia32_smap_forbids(cpu, acc))
        return false;
    if ((acc & IA32_ACC_W) && !(rights & IA32_TLB_W))
        return !user && !(cpu->cr0 & CR0_WP);
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
    uint64_t cycles;
    struct walk w;

    IA32_TRY(read_tables(cpu, la, &w));
    cycles = (uint64_t)w.levels * cpu->cost[IA32_COST_WALK_LEVEL];
    ia32_charge(cpu, VT_WHAT_REFILL, cycles);
    if (!w.maps || !ia32_page_allows(cpu, w.rights, acc))
        return ia32_page_fault(cpu, la, error_code(cpu, acc, w.error));
    set_used(cpu, acc, &w);
    *found = w.page;
    if (ia32_wants(cpu, VT_EV_WALK))
        emit_walk(cpu, la, acc, &w, cycles);
    return IA32_OK;
}

/* --- for debuggers --------------------------------------------------------- */

/* read_tables without a trace: RAM only, A20 only (a nested dimension would
 * need a quiet operation of its own). */
static enum ia32_peek peek_tables(const struct ia32_cpu *cpu, uint64_t la,
                                  struct walk *w)
{
    const struct paging_mode *mode = mode_of(cpu);
    uint64_t table;
    bool deeper;

    begin_walk(w);
    deeper = first_table(cpu, mode, la, &table);
    for (unsigned level = 0; deeper; level++) {
        uint8_t bytes[8] = {0};
        uint64_t pa = entry_gpa(mode, table, level, la);

        if (!cpu->a20)
            pa &= ~VT_BIT(20);
        if (!vt_physmem_get(cpu->base.physmem, pa, bytes,
                            mode->entry_bytes))
            return IA32_PEEK_UNKNOWN;
        w->entry[level] = vt_ld64le(bytes);
        deeper = take_entry(cpu, mode, la, level, w);
        table = w->entry[level] & mode->address;
    }
    return w->maps ? IA32_PEEK_MAPS : IA32_PEEK_NONE;
}

enum ia32_peek ia32_peek(const struct ia32_cpu *cpu, uint64_t la,
                         struct ia32_tlb_entry *page)
{
    struct walk w;
    enum ia32_peek result = peek_tables(cpu, la, &w);

    if (result == IA32_PEEK_MAPS)
        *page = w.page;
    return result;
}

/* In IA-32e mode addresses have 64 bits, of which 48 are translated. */
static bool is_address(const struct ia32_cpu *cpu, uint64_t la)
{
    return cpu->efer & EFER_LMA ? ia32_canonical(la) : la <= UINT32_MAX;
}

bool ia32_debug_translate(const struct vt_cpu *base, uint64_t la,
                          struct vt_translation *to)
{
    const struct ia32_cpu *cpu = (const struct ia32_cpu *)base;
    const struct ia32_tlb_entry *entry;
    struct ia32_tlb_entry page;

    *to = (struct vt_translation){
        .pa = la, .writable = true, .user = true, .executable = true};
    if (!is_address(cpu, la))
        return false;
    if (ia32_paging_on(cpu)) {
        entry = ia32_tlb_lookup(cpu->tlb, IA32_TLB_DATA, ia32_pcid(cpu), la);
        if (!entry && ia32_peek(cpu, la, &page) != IA32_PEEK_MAPS)
            return false;
        if (!entry)
            entry = &page;
        to->pa = entry->gpa + (la - entry->la);
        to->writable = (entry->flags & IA32_TLB_W) != 0;
        to->user = (entry->flags & IA32_TLB_U) != 0;
        to->executable = (entry->flags & IA32_TLB_X) != 0;
    }
    if (!cpu->a20)
        to->pa &= ~VT_BIT(20);
    return true;
}
