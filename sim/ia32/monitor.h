/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rest of the processor asks of MONITOR and MWAIT (monitor.c). */
#ifndef IA32_MONITOR_H
#define IA32_MONITOR_H

#include "sim/ia32/cpu.h"

/* Lines of this page are about to be written: disarm the monitor when its
 * line is among them. */
void ia32_monitor_written(struct ia32_cpu *cpu, uint64_t page_pa,
                          uint64_t granules);
/* The CPU waits in MWAIT, and has a reason to stop. */
bool ia32_mwait_over(const struct ia32_cpu *cpu);

#endif
