/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breakpoints of the debug registers (breakpoint.c).
 * SDM 325462, Vol 3B, "Debug Registers". */
#ifndef IA32_BREAKPOINT_H
#define IA32_BREAKPOINT_H

#include "sim/ia32/cpu.h"

/* cpu->armed: one bit for each value of an R/W field in DR7 that an enabled
 * breakpoint has. */
#define IA32_ARMED_CODE 1u
#define IA32_ARMED_DATA (2u | 8u) /* writes; reads and writes */
#define IA32_ARMED_IO 4u

/* DR7 or CR4.DE may have changed; ia32_attend calls this. */
void ia32_arm(struct ia32_cpu *cpu);

/* B0-B3 of the instruction breakpoints at CS:RIP, 0 when none of them is
 * enabled. */
uint64_t ia32_code_breakpoints(const struct ia32_cpu *cpu);

/* The current instruction, or the delivery of an event, has accessed this;
 * note it in cpu->debug_hits.  Cheap to leave out while cpu->armed lacks
 * the kind. */
void ia32_break_data(struct ia32_cpu *cpu, uint64_t la, unsigned size_bytes,
                     bool is_write);
void ia32_break_io(struct ia32_cpu *cpu, uint16_t port, unsigned size_bytes);

/* What was accessed becomes a pending debug exception, for the boundary
 * that comes.  Returns whether there is one. */
bool ia32_collect_hits(struct ia32_cpu *cpu);

#endif
