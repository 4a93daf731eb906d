/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instructions that ask for an event: INT n, INT3, INTO, INT1.
 *
 * They are delivered from inside the instruction; deliver.c returns past
 * them by insn_length.  INT n is never intercepted; INT3, INTO and INT1
 * raise #BP, #OF and #DB, which the exception bitmap sees.
 * SDM 325462, Vol 2A, "INT n/INTO/INT3/INT1--Call to Interrupt Procedure". */
#include "sim/ia32/flags.h"
#include "sim/ia32/gate.h"
#include "sim/ia32/ops.h"

static enum ia32_status ask_for(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn,
                                enum ia32_event_type type, uint8_t vector)
{
    struct ia32_event event = {.vector = vector,
                               .type = (uint8_t)type,
                               .insn_length = insn->length};
    ia32_settle(cpu);
    return ia32_deliver(cpu, &event, false);
}

/* In virtual-8086 mode IOPL and CR4.VME have a say first; INT3, INTO and INT1
 * are not asked. */
enum ia32_status ia32_op_int_ib(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    bool to_program;
    if (cpu->rflags & FL_VM)
        IA32_TRY(ia32_vm86_int(cpu, (uint8_t)insn->imm, &to_program));
    return ask_for(cpu, insn, IA32_SW_INT, (uint8_t)insn->imm);
}

enum ia32_status ia32_op_int3(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    return ask_for(cpu, insn, IA32_SW_EXC, IA32_BP);
}

enum ia32_status ia32_op_into(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    if (!ia32_of(cpu))
        return IA32_OK;
    return ask_for(cpu, insn, IA32_SW_EXC, IA32_OF);
}

/* No gate DPL is checked, and DR6 is not touched. */
enum ia32_status ia32_op_int1(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    return ask_for(cpu, insn, IA32_PRIV_SW_EXC, IA32_DB);
}
