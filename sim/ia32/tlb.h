/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Translation lookaside buffers (tlb.c): the modelled ones, which are
 * architecture, and the fast one, which is an accelerator nobody can see.
 * What the rest of sim/ia32 calls (flushes) is declared in mem.h. */
#ifndef IA32_TLB_H
#define IA32_TLB_H

#include "sim/ia32/cpu.h"

/* Rights and attributes of a translation, as the walk found them. */
#define IA32_TLB_W 1u /* R/W of every level was 1 */
#define IA32_TLB_U 2u /* U/S of every level was 1 */
#define IA32_TLB_D 4u /* the page's dirty flag is set */
#define IA32_TLB_G 8u /* global: survives MOV to CR3 */

/* 32-bit paging's large page is 4 MiB. */
#define IA32_LARGE_PAGE_BITS 22u

struct ia32_tlb_entry {
    uint64_t la;       /* first byte of the page */
    uint64_t gpa;      /* where it is mapped */
    uint8_t page_bits; /* size of the page: 12 or 22; 0: entry is free */
    uint8_t flags;     /* IA32_TLB_* */
};

enum ia32_tlb_side { IA32_TLB_DATA, IA32_TLB_CODE, IA32_TLB_SIDES };
enum ia32_tlb_size { IA32_TLB_SMALL, IA32_TLB_LARGE, IA32_TLB_SIZES };

/* One set-associative array.  In each set the oldest fill is replaced
 * first, whatever was used since: hits leave no trace, so the fast TLB may
 * answer them. */
struct ia32_tlb_array {
    struct ia32_tlb_entry *entry; /* sets x ways */
    uint16_t *oldest;             /* of each set: way to replace next */
    unsigned sets, ways;
};

/* The fast TLB: direct-mapped, one array for each kind of access and
 * privilege.  An entry means "an aligned access of this kind to this page
 * needs no check but the segment's, and goes to this host memory".  Writes
 * to a page that holds code have an array of their own: they may go there
 * where the page's code mask has no bit. */
enum ia32_fast_kind {
    IA32_FAST_READ, IA32_FAST_WRITE, IA32_FAST_BESIDE_CODE, IA32_FAST_FETCH,
    IA32_FAST_KINDS
};
#define IA32_FAST_ENTRIES 256u
#define IA32_FAST_FREE (~UINT64_C(0)) /* equals no masked address */

struct ia32_fast_entry {
    uint64_t tag;  /* linear address of the page, or IA32_FAST_FREE */
    uint64_t pa;   /* host-physical address of the page */
    uint8_t *host; /* its bytes */
    const struct vt_page *page; /* for IA32_FAST_BESIDE_CODE */
};

struct ia32_tlb {
    struct ia32_fast_entry fast[IA32_FAST_KINDS][2][IA32_FAST_ENTRIES];
    struct ia32_tlb_array array[IA32_TLB_SIDES][IA32_TLB_SIZES];
    bool sealed; /* no fast entries while set (tests) */
};

struct ia32_tlb *ia32_tlb_new(const struct ia32_model *model);
void ia32_tlb_free(struct ia32_tlb *tlb);
/* The modelled part travels in snapshots; the fast part is dropped. */
void ia32_tlb_save(struct ia32_cpu *cpu, struct vt_writer *w);
void ia32_tlb_load(struct ia32_cpu *cpu, struct vt_reader *r);

/* The modelled TLB's translation of la, or NULL.  Changes nothing. */
const struct ia32_tlb_entry *ia32_tlb_lookup(const struct ia32_tlb *tlb,
                                             enum ia32_tlb_side side,
                                             uint64_t la);
/* Enter what a walk for la found, in place of an older translation of la or
 * of the oldest of its set. */
void ia32_tlb_insert(struct ia32_tlb *tlb, enum ia32_tlb_side side,
                     uint64_t la, const struct ia32_tlb_entry *walked);
/* Drop what is held for la, on both sides (a page fault does that, too). */
void ia32_tlb_drop_page(struct ia32_tlb *tlb, uint64_t la);
/* Free all fast entries. */
void ia32_fast_drop(struct ia32_tlb *tlb);

static inline struct ia32_fast_entry *
ia32_fast_entry(struct ia32_tlb *tlb, enum ia32_fast_kind kind, bool user,
                uint64_t la)
{
    return &tlb->fast[kind][user]
                     [la >> VT_PAGE_SHIFT & (IA32_FAST_ENTRIES - 1)];
}

/* Host memory of an access of size_bytes (a power of two) at la, or NULL.
 * The comparison keeps the low address bits that an aligned access has
 * clear: one that is misaligned misses, and so does every one that leaves
 * its page. */
static inline uint8_t *ia32_fast_find(struct ia32_tlb *tlb,
                                      enum ia32_fast_kind kind, bool user,
                                      uint64_t la, unsigned size_bytes)
{
    const struct ia32_fast_entry *e = ia32_fast_entry(tlb, kind, user, la);

    if (VT_LIKELY(e->tag == (la & (~VT_PAGE_MASK | (size_bytes - 1)))))
        return e->host + (la & VT_PAGE_MASK);
    return NULL;
}

/* The same for a write beside code: NULL also where code was decoded.  An
 * aligned access of at most 8 bytes lies in one granule of the mask. */
static inline uint8_t *ia32_fast_beside_code(struct ia32_tlb *tlb, bool user,
                                             uint64_t la, unsigned size_bytes)
{
    const struct ia32_fast_entry *e =
        ia32_fast_entry(tlb, IA32_FAST_BESIDE_CODE, user, la);
    unsigned offset = (unsigned)(la & VT_PAGE_MASK);

    if (e->tag != (la & (~VT_PAGE_MASK | (size_bytes - 1))) ||
        (e->page->code_mask >> (offset >> VT_CODE_GRANULE_SHIFT) & 1))
        return NULL;
    return e->host + offset;
}

static inline void ia32_fast_fill(struct ia32_tlb *tlb,
                                  enum ia32_fast_kind kind, bool user,
                                  uint64_t la, uint64_t pa,
                                  const struct vt_page *page)
{
    if (tlb->sealed)
        return;
    *ia32_fast_entry(tlb, kind, user, la) = (struct ia32_fast_entry){
        .tag = la & ~VT_PAGE_MASK,
        .pa = pa & ~VT_PAGE_MASK,
        .host = page->data,
        .page = page,
    };
}

#endif
