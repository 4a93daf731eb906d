/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exceptions, interrupts and their way through the IDT (deliver.c).
 * SDM Vol 3A, "Interrupt and Exception Handling". */
#ifndef IA32_EVENT_H
#define IA32_EVENT_H

#include "sim/ia32/insn.h"

/* Raise an exception from inside a handler: fills cpu->pending, returns
 * IA32_FAULT.  Nothing is delivered before the handler has returned. */
enum ia32_status ia32_fault(struct ia32_cpu *cpu, enum ia32_vector vector,
                            uint32_t error_code);
enum ia32_status ia32_fault_noerr(struct ia32_cpu *cpu,
                                  enum ia32_vector vector);
enum ia32_status ia32_page_fault(struct ia32_cpu *cpu, uint64_t la,
                                 uint32_t error_code);

/* Deliver an event now, from an instruction boundary: asks the
 * virtualization model (in non-root operation), then goes through the IDT,
 * with double faults and triple faults as they come.  On return the CPU is
 * at the handler's first instruction (IA32_JUMP), in the host after a VM
 * exit (IA32_VMEXIT), or stopped (IA32_STOP).
 *   injected  by VM entry: the exception bitmap is not asked for this event
 *             (it is for those that arise during its delivery) */
enum ia32_status ia32_deliver(struct ia32_cpu *cpu,
                              const struct ia32_event *event, bool injected);

/* Boundaries and attention.  The run loop calls ia32_boundary before an
 * instruction whenever base.attention is not 0, and then runs one
 * instruction only; with attention 0 it runs whole blocks.  Whoever changes
 * something that ia32_boundary looks at (IF, TF, RF, blocking,
 * pending_debug, a line, root/non-root) calls ia32_attend afterwards: it
 * sets or clears VT_ATT_INTR, VT_ATT_NMI and VT_ATT_MODEL and ends the block
 * after the current instruction.  ia32_update_mode calls it too.
 *
 * VT_ATT_INTR is set only while the interrupt could be taken but for a
 * shadow, so that a masked interrupt costs nothing. */
void ia32_attend(struct ia32_cpu *cpu);

/* Replace the blocking bits (VM entry, VM exit): STI and MOV SS blocking
 * then last for exactly the next instruction.  Calls ia32_attend. */
void ia32_set_blocking(struct ia32_cpu *cpu, uint32_t blocking);

/* STI and loads of SS: events wait for one instruction more. */
void ia32_block_next(struct ia32_cpu *cpu, uint32_t blocking);

/* What happens before the next instruction, in the manual's order of
 * priority ("Priority Among Simultaneous Exceptions and Interrupts"):
 * traps, NMI, external interrupts, and in non-root operation the windows.
 * IA32_OK: nothing, go on. */
enum ia32_status ia32_boundary(struct ia32_cpu *cpu) IA32_MUST_CHECK;

#endif
