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

/* Does its handler find RF = 1 in the saved image, whatever RF was? */
bool ia32_event_sets_rf(const struct ia32_event *event);

/* Deliver an event now, from an instruction boundary: asks the
 * virtualization model (in non-root operation), then goes through the IDT,
 * with double faults and triple faults as they come.  On return the CPU is
 * at the handler's first instruction (IA32_JUMP), in the host after a VM
 * exit (IA32_VMEXIT), or stopped (IA32_STOP).
 *   injected  by VM entry: the exception bitmap is not asked for this event
 *             (it is for those that arise during its delivery) */
enum ia32_status ia32_deliver(struct ia32_cpu *cpu,
                              const struct ia32_event *event, bool injected);

/* Whoever changes something that ia32_boundary looks at (IF, TF, RF,
 * DR7, blocking, pending_debug, a line, root/non-root) calls ia32_attend
 * afterwards: it sets or clears VT_ATT_INTR, VT_ATT_NMI and VT_ATT_MODEL and
 * ends the block after the current instruction.  ia32_update_mode calls it
 * too.  VT_ATT_INTR is set only while the interrupt could be taken but for a
 * shadow, so that a masked interrupt costs nothing. */
void ia32_attend(struct ia32_cpu *cpu);

/* What happens before the next instruction, in the manual's order of
 * priority ("Priority Among Simultaneous Exceptions and Interrupts"):
 * traps, NMI, external interrupts, and in non-root operation the windows.
 * IA32_OK: nothing, go on.
 *
 * When it is called, and what the run loop does around it (exec.c):
 * - before an instruction, whenever attention != 0; also of a CPU that is
 *   not ACTIVE, which it may wake.
 * - While attention has VT_ATT_MODEL, EFLAGS.TF is set or blocking has STI
 *   or MOV_SS, the loop runs single instructions.  ia32_boundary clears
 *   VT_ATT_MODEL when nothing that it stands for is left.
 * - blocking STI / MOV_SS: the instruction that sets the bit ends its block.
 *   At the boundary right after it, ia32_boundary sees the bit and holds
 *   back what it inhibits.  The loop then runs one instruction and clears
 *   the bits that were set before it; the next boundary is open.  A VM exit
 *   during that instruction still sees (and saves) them.
 * - EFLAGS.RF: the loop clears it when its one instruction starts.
 * - DR7 with anything enabled (armed) keeps VT_ATT_MODEL set; breakpoints
 *   that an instruction met (debug_hits) become pending_debug after it.
 * - EFLAGS.TF: after an instruction that began with TF = 1 has completed,
 *   the loop sets bit 14 (BS) of pending_debug and VT_ATT_MODEL;
 *   ia32_boundary turns that into #DB.  ia32_deliver clears single_step, so
 *   that INT n does not trap on its handler's first instruction. */
enum ia32_status ia32_boundary(struct ia32_cpu *cpu) IA32_MUST_CHECK;

#endif
