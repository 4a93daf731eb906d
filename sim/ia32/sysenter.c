/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SYSENTER and SYSEXIT: to CPL 0 and back without a look at any descriptor.
 * The segments are flat by definition; only their selectors come from
 * IA32_SYSENTER_CS.
 * SDM 325462, Vol 2B, "SYSENTER--Fast System Call" and "SYSEXIT--Fast Return
 * from Fast System Call". */
#include "sim/ia32/event.h"
#include "sim/ia32/ops.h"

#define FLAT_CODE (AR_G | AR_DB | AR_P | AR_S | 11u)
#define FLAT_DATA (AR_G | AR_DB | AR_P | AR_S | 3u)

static void load_flat(struct ia32_cpu *cpu, unsigned code_selector,
                      unsigned stack_selector, unsigned cpl)
{
    struct ia32_seg cs = {.limit = 0xffffffff,
                          .ar = FLAT_CODE | cpl << AR_DPL_SHIFT,
                          .selector = (uint16_t)(code_selector | cpl)};
    struct ia32_seg ss = {.limit = 0xffffffff,
                          .ar = FLAT_DATA | cpl << AR_DPL_SHIFT,
                          .selector = (uint16_t)(stack_selector | cpl)};
    ia32_set_seg(cpu, IA32_SS, &ss);
    ia32_set_seg(cpu, IA32_CS, &cs);
}

enum ia32_status ia32_op_sysenter(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn)
{
    unsigned cs = (unsigned)cpu->sysenter_cs & 0xfffc;
    (void)insn;
    if (cs == 0)
        return ia32_fault(cpu, IA32_GP, 0);
    ia32_settle(cpu);
    cpu->rflags &= ~(FL_VM | FL_IF | FL_RF);
    cpu->rip = (uint32_t)cpu->sysenter_eip;
    cpu->gpr[IA32_RSP] = (uint32_t)cpu->sysenter_esp;
    load_flat(cpu, cs, cs + 8, 0);
    return IA32_JUMP;
}

enum ia32_status ia32_op_sysexit(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    unsigned cs = (unsigned)cpu->sysenter_cs & 0xfffc;
    (void)insn;
    if (cs == 0)
        return ia32_fault(cpu, IA32_GP, 0);
    ia32_settle(cpu);
    cpu->rip = (uint32_t)cpu->gpr[IA32_RDX];
    cpu->gpr[IA32_RSP] = (uint32_t)cpu->gpr[IA32_RCX];
    load_flat(cpu, cs + 16, cs + 24, 3);
    return IA32_JUMP;
}
