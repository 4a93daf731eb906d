/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The register table of the processor (regs.c). */
#ifndef IA32_REGS_H
#define IA32_REGS_H

#include "sim/ia32/cpu.h"

/* struct vt_cpu_ops.regs */
const struct vt_reg *ia32_regs(const struct vt_cpu *base, size_t *rows);

#endif
