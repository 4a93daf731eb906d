/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page walks (paging.c) and what control registers do to paging (cr3.c). */
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

/* Does SMAP keep this supervisor data access from user pages?  EFLAGS.AC
 * lets explicit ones through. */
static inline bool ia32_smap_forbids(const struct ia32_cpu *cpu, unsigned acc)
{
    return (cpu->cr4 & CR4_SMAP) &&
           ((acc & IA32_ACC_IMPLICIT) || !(cpu->rflags & FL_AC));
}

/* May an access (IA32_ACC_R|W|X, with privilege) be made through a page with
 * these rights (IA32_TLB_W|U|X)?
 * SDM Vol 3A, "Determination of Access Rights". */
bool ia32_page_allows(const struct ia32_cpu *cpu, unsigned rights,
                      unsigned acc);

/* Walk the page tables for one access with paging on.
 * IA32_OK: *found describes the page; accessed flags are set, and the dirty
 *   flag for a write.  IA32_FAULT: #PF pending, tables unchanged.
 *   IA32_VMEXIT: the guest-physical dimension exited.
 * Cost: WALK_LEVEL for each entry read, to REFILL, also when it faults.
 * Emits VT_EV_WALK when it did not. */
enum ia32_status ia32_walk(struct ia32_cpu *cpu, uint64_t la, unsigned acc,
                           struct ia32_tlb_entry *found) IA32_MUST_CHECK;

/* What the tables say, without a trace: nothing is charged, set or told.
 * UNKNOWN where a table is not in RAM. */
enum ia32_peek { IA32_PEEK_MAPS, IA32_PEEK_NONE, IA32_PEEK_UNKNOWN };
enum ia32_peek ia32_peek(const struct ia32_cpu *cpu, uint64_t la,
                         struct ia32_tlb_entry *page);

/* --- control registers (cr3.c) ----------------------------------------- */

/* Would PAE paging be in use with these values? */
static inline bool ia32_pae_paging(const struct ia32_cpu *cpu, uint64_t cr0,
                                   uint64_t cr4)
{
    return (cr0 & CR0_PG) && (cr4 & CR4_PAE) && !(cpu->efer & EFER_LME);
}

/* Load the PDPTE registers from the table at cr3.  *good is false, and
 * nothing is loaded, when a present entry has a reserved bit set.  Other
 * statuses come from the guest-physical dimension. */
enum ia32_status ia32_load_pdptes(struct ia32_cpu *cpu, uint64_t cr3,
                                  bool *good) IA32_MUST_CHECK;

/* Would it load them?  Loads nothing. */
enum ia32_status ia32_check_pdptes(struct ia32_cpu *cpu, uint64_t cr3,
                                   bool *good) IA32_MUST_CHECK;

/* Before MOV to CR0 or CR4 changes them to these values, which have been
 * checked: load the PDPTE registers where that is due.  IA32_FAULT: #GP(0). */
enum ia32_status ia32_paging_prepare(struct ia32_cpu *cpu, uint64_t cr0,
                                     uint64_t cr4) IA32_MUST_CHECK;
/* Afterwards, with the values from before: flush what must be flushed. */
void ia32_paging_changed(struct ia32_cpu *cpu, uint64_t old_cr0,
                         uint64_t old_cr4);

#endif
