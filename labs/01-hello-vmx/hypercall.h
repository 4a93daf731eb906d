/* SPDX-License-Identifier: MIT */
/* The agreement between this hypervisor and its guest: VMCALL with a number
 * in EAX and arguments in EBX and ECX; EAX brings back 0, or -1 when the
 * hypervisor refused.  Addresses are guest-physical. */
#ifndef HYPERCALL_H
#define HYPERCALL_H

#define HYPERCALL_EXIT 0u  /* EBX: status; does not return */
#define HYPERCALL_PRINT 1u /* EBX: address, ECX: length in bytes */
#define HYPERCALL_TIMER 2u /* EBX: ticks of 838 ns, at most 65535; ECX:
                              vector of the one interrupt that follows */

/* The guest's piece of memory.  There is no second set of page tables in
 * first-generation VT-x, so this is physical memory for both. */
#define GUEST_BASE 0x400000u
#define GUEST_BYTES 0x400000u

#endif
