/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways into a handler: the IDT of protected and IA-32e mode (gate.c), the
 * interrupt vector table of 8086 programs (ivt.c).
 * SDM 325462, Vol 2A, "INT n/INTO/INT3/INT1--Call to Interrupt Procedure". */
#ifndef IA32_GATE_H
#define IA32_GATE_H

#include "sim/ia32/event.h"

/* INT n, INT3 and INTO: gates have a say in who may use them, and error
 * codes that arise do not call the event external. */
static inline bool ia32_is_software(const struct ia32_event *event)
{
    return event->type == IA32_SW_INT || event->type == IA32_SW_EXC;
}

/* RIP in the frame: of the instruction itself, or after it when it asked
 * for the event. */
uint64_t ia32_event_rip(const struct ia32_cpu *cpu,
                        const struct ia32_event *event);
/* Flags in the frame; injected by VM entry: RF as it is. */
uint64_t ia32_event_flags(const struct ia32_cpu *cpu,
                          const struct ia32_event *event, bool injected);

/* Go to the handler.  IA32_OK: it is next.  IA32_FAULT: an exception on the
 * way, nothing changed but accessed bits and what lies below the stack. */
enum ia32_status ia32_through_idt(struct ia32_cpu *cpu,
                                  const struct ia32_event *event,
                                  bool injected) IA32_MUST_CHECK;
enum ia32_status ia32_through_ivt(struct ia32_cpu *cpu,
                                  const struct ia32_event *event)
    IA32_MUST_CHECK;

/* INT n in virtual-8086 mode: may it be, and where does it go?
 * IA32_FAULT: #GP(0) for the monitor.  *to_program: through the program's own
 * vector table (CR4.VME), by ia32_redirect. */
enum ia32_status ia32_vm86_int(struct ia32_cpu *cpu, uint8_t vector,
                               bool *to_program) IA32_MUST_CHECK;
enum ia32_status ia32_redirect(struct ia32_cpu *cpu,
                               const struct ia32_event *event)
    IA32_MUST_CHECK;

#endif
