/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VT_EV_STALE: a translation in the TLB is used that the page tables no
 * longer hold, because software changed them and did not invalidate.  On
 * this model and on hardware the old translation serves until something
 * drops it, which is where such programs break now and then.
 *
 * Told is what would come out differently: another page, none, a right that
 * was taken away and is used, a write that leaves no dirty flag.  An accessed
 * flag that software cleared is no matter.  Each entry tells once, until the
 * tables agree with it again.
 *
 * Nobody pays while nobody listens; while somebody does, the fast TLB stays
 * empty, so that every use comes by here.  Nothing that a program could see
 * depends on it.  Chains of blocks in one page ask once.
 *
 * SDM 325462, Vol 3A, "Recommended Invalidation", "Optional Invalidation".
 * Left out: stale PDPTE registers; tables that are not in RAM. */
#include "sim/ia32/exec.h"
#include "sim/ia32/paging.h"

void ia32_tlb_watch(struct ia32_cpu *cpu)
{
    bool watched = ia32_wants(cpu, VT_EV_STALE);

    if (VT_LIKELY(cpu->tlb->watched == watched))
        return;
    cpu->tlb->watched = watched;
    ia32_fast_drop(cpu->tlb);
}

/* What is wrong with this use of an entry, or NULL.  *pa: where the tables
 * say that la is. */
static const char *difference(const struct ia32_cpu *cpu,
                              const struct ia32_tlb_entry *entry, uint64_t la,
                              unsigned acc, uint64_t *pa)
{
    struct ia32_tlb_entry page;
    enum ia32_peek peek = ia32_peek(cpu, la, &page);

    *pa = UINT64_MAX;
    if (peek == IA32_PEEK_UNKNOWN)
        return NULL;
    if (peek == IA32_PEEK_NONE)
        return "the tables do not map it";
    *pa = page.gpa + (la - page.la);
    if (*pa != entry->gpa + (la - entry->la))
        return "the tables map it elsewhere";
    if (!ia32_page_allows(cpu, page.flags, acc))
        return "the tables do not allow it";
    if ((acc & IA32_ACC_W) && !(page.flags & IA32_TLB_D))
        return "its dirty flag is clear and stays so";
    return NULL;
}

void ia32_tlb_compare(struct ia32_cpu *cpu,
                      const struct ia32_tlb_entry *entry, uint64_t la,
                      unsigned acc)
{
    struct ia32_tlb_entry *held = (struct ia32_tlb_entry *)entry;
    struct vt_event event = {.kind = VT_EV_STALE};
    const char *text = difference(cpu, entry, la, acc, &event.u.stale.new_pa);
    bool tell = text && !held->told;

    held->told = text != NULL;
    if (!tell)
        return;
    event.u.stale.la = la;
    event.u.stale.old_pa = entry->gpa + (la - entry->la);
    event.u.stale.access = (acc & (IA32_ACC_R | IA32_ACC_W | IA32_ACC_X)) |
                           (ia32_acc_user(cpu, acc) ? IA32_ACC_USER : 0);
    event.u.stale.pc = ia32_get_pc(&cpu->base);
    event.u.stale.text = text;
    ia32_emit(cpu, &event);
}
