/* SPDX-License-Identifier: GPL-3.0-or-later */
/* System instructions without a file of their own: HLT.
 * SDM 325462, Vol 2, pages of the instructions; Vol 3A, "System
 * Instructions". */
#include "sim/ia32/boundary.h"
#include "sim/ia32/ops.h"

/* --- HLT -------------------------------------------------------------- */

enum ia32_status ia32_op_hlt(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    (void)insn;
    ia32_settle(cpu);
    ia32_emit_place(cpu, VT_EV_HALT);
    cpu->rip = ia32_next_rip(cpu);
    cpu->base.activity = VT_HALTED;
    return IA32_JUMP;
}
