/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Translation lookaside buffers: the modelled ones (tlb.c), which are
 * architecture, and the fast one (fasttlb.c), which is an accelerator nobody
 * can see.  What the rest of sim/ia32 calls (flushes) is declared in
 * mem.h. */
#ifndef IA32_TLB_H
#define IA32_TLB_H

#include "sim/ia32/cpu.h"

/* --- modelled ------------------------------------------------------------- */

/* Rights and attributes of a translation, as the walk found them. */
#define IA32_TLB_W 1u /* R/W of every level was 1 */
#define IA32_TLB_U 2u /* U/S of every level was 1 */
#define IA32_TLB_D 4u /* the page's dirty flag is set */
#define IA32_TLB_G 8u /* global: survives MOV to CR3, serves every PCID */
#define IA32_TLB_X 16u /* XD of every level was 0 */

#define IA32_PCIDS 4096u

struct ia32_tlb_entry {
    uint64_t la;       /* first byte of the page, or of a piece of it */
    uint64_t gpa;      /* where it is mapped */
    uint64_t filled;   /* struct ia32_tlb.clock then; older than a flush: the
                          entry is gone */
    uint16_t pcid;
    uint8_t page_bits; /* size of the page: 12, 21, 22, 30; 0: entry is free */
    uint8_t flags;     /* IA32_TLB_* */
    bool told;         /* VT_EV_STALE was emitted; no state of the CPU */
};

enum ia32_tlb_side { IA32_TLB_DATA, IA32_TLB_CODE, IA32_TLB_SIDES };
/* Arrays for 4-KiB pages, for 2- or 4-MiB pages, for 1-GiB pages. */
enum ia32_tlb_size { IA32_TLB_SMALL, IA32_TLB_LARGE, IA32_TLB_HUGE,
                     IA32_TLB_SIZES };

/* One set-associative array.  In each set the oldest fill is replaced
 * first, whatever was used since: hits leave no trace, so the fast TLB may
 * answer them. */
struct ia32_tlb_array {
    struct ia32_tlb_entry *entry; /* sets x ways */
    uint16_t *oldest;             /* of each set: way to replace next */
    unsigned sets, ways;          /* sets is a power of two */
};

/* --- fast ----------------------------------------------------------------- */

/* Direct-mapped, an entry for each 4-KiB page, by context.  A tag says "an
 * aligned access of this kind to this page needs no check but the segment's,
 * and goes to this host memory".
 *
 *    63            12 11         4 3      0
 *   +----------------+------------+--------+
 *   | linear address | generation |   0    |   0: no entry
 *   +----------------+------------+--------+
 *
 * The generation is never 0.  Everything that an entry rests on and that can
 * change for many pages at once (a flush, CR3, CR0.WP) changes the number
 * instead of the entries.  Below it stand the address bits that an aligned
 * access has clear: a misaligned one misses, and so does every one that
 * leaves its page.  Addresses that are not canonical are never entered. */
enum ia32_fast_kind {
    IA32_FAST_READ,
    IA32_FAST_WRITE,
    IA32_FAST_BESIDE_CODE, /* writes to a page that holds code: where its
                              code mask has no bit */
    IA32_FAST_KINDS
};
/* Whose accesses.  With SMAP a supervisor reaches user pages only while
 * EFLAGS.AC is set; those have a context of their own, which is looked at
 * second. */
enum ia32_fast_context {
    IA32_FAST_SUPERVISOR, IA32_FAST_USER, IA32_FAST_SUPERVISOR_AC,
    IA32_FAST_CONTEXTS
};
#define IA32_FAST_ENTRIES 512u
#define IA32_FAST_FREE UINT64_C(0)
#define IA32_FAST_ONE_GENERATION UINT64_C(0x10)
#define IA32_FAST_LAST_GENERATION UINT64_C(0xff0)

struct ia32_fast_data {
    uint64_t tag[IA32_FAST_KINDS];
    uint8_t *host; /* the page's bytes */
};

struct ia32_fast_page { /* what is seldom looked at */
    const struct vt_page *page;
    uint64_t pa; /* host-physical address of the page */
};

struct ia32_fast_code {
    uint64_t tag;
    uint64_t pa;
    const uint8_t *host;
};

/* Pages of RAM found lately.  They stay where they are as long as the
 * machine lives, so nothing has to be dropped here. */
#define IA32_RAM_PAGES 64u
struct ia32_ram_page {
    uint64_t pa;
    const struct vt_page *page; /* NULL: free */
};

struct ia32_tlb {
    /* fast */
    uint64_t generation;       /* in its place in a tag */
    bool sealed;               /* no fast entries while set (tests) */
    bool watched;              /* nor while this is: somebody listens to
                                  VT_EV_STALE */
    struct ia32_fast_data data[IA32_FAST_CONTEXTS][IA32_FAST_ENTRIES];
    struct ia32_fast_page page[IA32_FAST_CONTEXTS][IA32_FAST_ENTRIES];
    struct ia32_fast_code code[2][IA32_FAST_ENTRIES]; /* by user */
    struct ia32_ram_page ram[IA32_RAM_PAGES];

    /* modelled */
    struct ia32_tlb_array array[IA32_TLB_SIDES][IA32_TLB_SIZES];
    uint8_t large_bits; /* what the large arrays hold: 21 or 22 */
    bool pieces;        /* some page may be held in smaller pieces */
    uint8_t sizes;      /* bit i: arrays of size i may hold something */
    /* Flushes are told by time: a clock that ticks with each of them, and
     * when the last one was of everything, of all that is not global, and of
     * each PCID. */
    uint64_t clock, flushed, flushed_nonglobal;
    uint64_t flushed_pcid[IA32_PCIDS];
};

struct ia32_tlb *ia32_tlb_new(const struct ia32_model *model);
void ia32_tlb_free(struct ia32_tlb *tlb);
/* The modelled part travels in snapshots; the fast part is dropped. */
void ia32_tlb_save(struct ia32_cpu *cpu, struct vt_writer *w);
void ia32_tlb_load(struct ia32_cpu *cpu, struct vt_reader *r);

/* The modelled TLB's translation of la, or NULL.  Changes nothing. */
const struct ia32_tlb_entry *ia32_tlb_lookup(const struct ia32_tlb *tlb,
                                             enum ia32_tlb_side side,
                                             unsigned pcid, uint64_t la);
/* Enter what a walk for la found, in place of an older translation of la or
 * of the oldest of its set.  missed: a look-up has just found none. */
void ia32_tlb_insert(struct ia32_tlb *tlb, enum ia32_tlb_side side,
                     uint64_t la, const struct ia32_tlb_entry *walked,
                     bool missed);
/* Before the CPU runs: does anybody listen to VT_EV_STALE?  Then every use of
 * an entry has to come by, and is compared with the tables (stale.c). */
void ia32_tlb_watch(struct ia32_cpu *cpu);
void ia32_tlb_compare(struct ia32_cpu *cpu,
                      const struct ia32_tlb_entry *entry, uint64_t la,
                      unsigned acc);
/* Drop what is held for la with this PCID and globally, on both sides (a page
 * fault does that, too). */
void ia32_tlb_drop_page(struct ia32_tlb *tlb, unsigned pcid, uint64_t la);

/* --- fast: what mem.c and fetch.c do inline ------------------------------- */

/* Make all fast entries worthless. */
void ia32_fast_drop(struct ia32_tlb *tlb);
/* Those of one side for these addresses, whatever their context. */
void ia32_fast_drop_range(struct ia32_tlb *tlb, enum ia32_tlb_side side,
                          uint64_t la, unsigned page_bits);
/* From now on this kind of access to the page of la may go to page. */
void ia32_fast_fill(struct ia32_tlb *tlb, enum ia32_fast_kind kind,
                    enum ia32_fast_context context, uint64_t la, uint64_t pa,
                    const struct vt_page *page);
void ia32_fast_fill_code(struct ia32_tlb *tlb, bool user, uint64_t la,
                         uint64_t pa, const struct vt_page *page);

static inline unsigned ia32_fast_slot(uint64_t la)
{
    return (unsigned)(la >> VT_PAGE_SHIFT) & (IA32_FAST_ENTRIES - 1);
}

static inline uint64_t ia32_fast_tag(const struct ia32_tlb *tlb, uint64_t la)
{
    return (la & ~VT_PAGE_MASK) | tlb->generation;
}

/* Host memory of an access of size_bytes (a power of two up to 16) at la, or
 * NULL. */
static inline uint8_t *ia32_fast_find(const struct ia32_tlb *tlb,
                                      enum ia32_fast_kind kind,
                                      enum ia32_fast_context context,
                                      uint64_t la, unsigned size_bytes)
{
    const struct ia32_fast_data *e =
        &tlb->data[context][ia32_fast_slot(la)];

    if (VT_LIKELY(e->tag[kind] ==
                  ((la & (~VT_PAGE_MASK | (size_bytes - 1))) |
                   tlb->generation)))
        return e->host + (la & VT_PAGE_MASK);
    return NULL;
}

/* The same for a write beside code: NULL also where code was decoded.  An
 * aligned access lies in one granule of the mask. */
static inline uint8_t *ia32_fast_beside_code(const struct ia32_tlb *tlb,
                                             enum ia32_fast_context context,
                                             uint64_t la,
                                             unsigned size_bytes)
{
    uint8_t *p = ia32_fast_find(tlb, IA32_FAST_BESIDE_CODE, context, la,
                                size_bytes);

    if (p && (tlb->page[context][ia32_fast_slot(la)].page->code_mask >>
                  ((la & VT_PAGE_MASK) >> VT_CODE_GRANULE_SHIFT) &
              1))
        return NULL;
    return p;
}

/* Where code at la is, or NULL. */
static inline const struct ia32_fast_code *
ia32_fast_find_code(const struct ia32_tlb *tlb, bool user, uint64_t la)
{
    const struct ia32_fast_code *e = &tlb->code[user][ia32_fast_slot(la)];

    return VT_LIKELY(e->tag == ia32_fast_tag(tlb, la)) ? e : NULL;
}

/* The RAM page at a host-physical address, or NULL: a device, a hole, or a
 * page that nobody has touched. */
const struct vt_page *ia32_ram_page_slow(struct ia32_cpu *cpu, uint64_t pa);

static inline const struct vt_page *ia32_ram_page(struct ia32_cpu *cpu,
                                                  uint64_t pa)
{
    const struct ia32_ram_page *e =
        &cpu->tlb->ram[pa >> VT_PAGE_SHIFT & (IA32_RAM_PAGES - 1)];

    if (VT_LIKELY(e->page != NULL && (e->pa ^ pa) < VT_PAGE_BYTES))
        return e->page;
    return ia32_ram_page_slow(cpu, pa);
}

#endif
