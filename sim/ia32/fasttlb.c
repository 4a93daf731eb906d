/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fast TLB: host pointers for what the modelled TLB translates, so that
 * the usual access is a comparison and a move.  It must never say more than
 * the modelled one: every function that drops a modelled entry comes here.
 * The part that runs at every access is inline in tlb.h.
 *
 * Left out: nothing that a program could see; see docs/engine.md. */
#include "sim/ia32/mem.h"
#include "sim/ia32/tlb.h"

/* Dropping more pages than this one by one costs more than filling again. */
#define MANY_PAGES 16u

void ia32_fast_drop(struct ia32_tlb *tlb)
{
    tlb->generation += IA32_FAST_ONE_GENERATION;
    if (tlb->generation <= IA32_FAST_LAST_GENERATION)
        return;
    /* The numbers are used up: no entry may carry one from the last round. */
    tlb->generation = IA32_FAST_ONE_GENERATION;
    memset(tlb->data, 0, sizeof tlb->data);
    memset(tlb->code, 0, sizeof tlb->code);
}

void ia32_tlb_drop_fast(struct ia32_cpu *cpu)
{
    ia32_fast_drop(cpu->tlb);
}

/* The page is becoming code: writes have to pass its mask from now on. */
void ia32_tlb_drop_fast_writes(struct ia32_cpu *cpu, uint64_t page_pa)
{
    struct ia32_tlb *tlb = cpu->tlb;

    for (unsigned context = 0; context < IA32_FAST_CONTEXTS; context++)
        for (unsigned i = 0; i < IA32_FAST_ENTRIES; i++)
            if (tlb->page[context][i].pa == page_pa)
                tlb->data[context][i].tag[IA32_FAST_WRITE] = IA32_FAST_FREE;
}

static void drop_slot(struct ia32_tlb *tlb, enum ia32_tlb_side side,
                      unsigned slot)
{
    if (side == IA32_TLB_CODE) {
        tlb->code[0][slot].tag = tlb->code[1][slot].tag = IA32_FAST_FREE;
        return;
    }
    for (unsigned context = 0; context < IA32_FAST_CONTEXTS; context++)
        for (unsigned kind = 0; kind < IA32_FAST_KINDS; kind++)
            tlb->data[context][slot].tag[kind] = IA32_FAST_FREE;
}

void ia32_fast_drop_range(struct ia32_tlb *tlb, enum ia32_tlb_side side,
                          uint64_t la, unsigned page_bits)
{
    uint64_t pages = VT_BIT(page_bits - VT_PAGE_SHIFT);

    if (pages > MANY_PAGES) {
        ia32_fast_drop(tlb);
        return;
    }
    for (uint64_t i = 0; i < pages; i++)
        drop_slot(tlb, side, ia32_fast_slot(la + (i << VT_PAGE_SHIFT)));
}

void ia32_fast_fill(struct ia32_tlb *tlb, enum ia32_fast_kind kind,
                    enum ia32_fast_context context, uint64_t la, uint64_t pa,
                    const struct vt_page *page)
{
    unsigned slot = ia32_fast_slot(la);
    struct ia32_fast_data *e = &tlb->data[context][slot];
    uint64_t tag = ia32_fast_tag(tlb, la);

    if (tlb->sealed || tlb->watched || !ia32_canonical(la))
        return;
    for (unsigned k = 0; k < IA32_FAST_KINDS; k++)
        if (e->tag[k] != tag || e->host != page->data)
            e->tag[k] = IA32_FAST_FREE; /* the slot was another page's */
    e->tag[kind] = tag;
    e->host = page->data;
    tlb->page[context][slot] =
        (struct ia32_fast_page){.page = page, .pa = pa & ~VT_PAGE_MASK};
}

void ia32_fast_fill_code(struct ia32_tlb *tlb, bool user, uint64_t la,
                         uint64_t pa, const struct vt_page *page)
{
    if (tlb->sealed || tlb->watched || !ia32_canonical(la))
        return;
    tlb->code[user][ia32_fast_slot(la)] = (struct ia32_fast_code){
        .tag = ia32_fast_tag(tlb, la),
        .pa = pa & ~VT_PAGE_MASK,
        .host = page->data,
    };
}

const struct vt_page *ia32_ram_page_slow(struct ia32_cpu *cpu, uint64_t pa)
{
    const struct vt_page *page =
        vt_physmem_peek_page(cpu->base.physmem, pa);

    if (page)
        cpu->tlb->ram[pa >> VT_PAGE_SHIFT & (IA32_RAM_PAGES - 1)] =
            (struct ia32_ram_page){pa & ~VT_PAGE_MASK, page};
    return page;
}
