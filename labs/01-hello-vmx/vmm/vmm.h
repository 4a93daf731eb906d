/* SPDX-License-Identifier: MIT */
/* What the parts of the hypervisor know of each other. */
#ifndef VMM_H
#define VMM_H

#include "labs/lib/console.h"
#include "labs/lib/vmx.h"
#include "labs/lib/x86.h"

/* The guest's general-purpose registers, which the processor leaves to the
 * hypervisor, as PUSHAL writes them.  ESP is the exception: the VMCS has it. */
struct guest_registers {
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
};
extern struct guest_registers guest;

/* enter.S: run the guest until its next VM exit.  False: the processor
 * refused to enter. */
bool vmx_enter(bool launched);
extern char vmx_exit_entry[]; /* where VM exits arrive */

/* vmcs.c */
void vmcs_create(uint32_t guest_cr3, uint32_t guest_entry);

/* exits.c */
void handle_exit(uint32_t reason);
void deliver_timer(void);
extern uint32_t guest_status; /* of HYPERCALL_EXIT */
extern bool guest_ended;

#endif
