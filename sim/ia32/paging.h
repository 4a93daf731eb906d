/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page walks (paging.c). */
#ifndef IA32_PAGING_H
#define IA32_PAGING_H

#include "sim/ia32/mem.h"
#include "sim/ia32/tlb.h"

/* Is this access made with user privilege?  Accesses that are neither USER
 * nor IMPLICIT have the privilege of CPL. */
static inline bool ia32_acc_user(const struct ia32_cpu *cpu, unsigned acc)
{
    if (acc & IA32_ACC_IMPLICIT)
        return false;
    return (acc & IA32_ACC_USER) || cpu->cpl == 3;
}

/* May an access (IA32_ACC_R|W|X) be made through a page with these rights
 * (IA32_TLB_W|U)?  wp: CR0.WP.
 * SDM Vol 3A, "Determination of Access Rights". */
bool ia32_page_allows(unsigned rights, unsigned acc, bool user, bool wp);

/* Walk the page tables for one access with paging on.
 * IA32_OK: *found describes the page; accessed flags are set, and the dirty
 *   flag for a write.  IA32_FAULT: #PF pending, tables unchanged.
 *   IA32_VMEXIT: the guest-physical dimension exited.
 * Cost: WALK_LEVEL for each entry read, to REFILL, also when it faults.
 * Emits VT_EV_WALK when it did not. */
enum ia32_status ia32_walk(struct ia32_cpu *cpu, uint64_t la, unsigned acc,
                           struct ia32_tlb_entry *found) IA32_MUST_CHECK;

#endif
