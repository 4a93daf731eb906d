/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Handlers of the VMX instructions: each hands itself to the attached model,
 * which knows what VMX operation is.  Without a model they do not exist.
 * SDM 325462, Vol 3C, "VMX Instruction Reference". */
#include "sim/ia32/event.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/virt.h"

static enum ia32_status to_model(struct ia32_cpu *cpu,
                                 enum ia32_vmx_insn which,
                                 const struct ia32_insn *insn)
{
    if (!cpu->virt)
        return ia32_fault_noerr(cpu, IA32_UD);
    return cpu->virt->ops->vmx_insn(cpu->virt, which, insn);
}

/* One handler an instruction, as the decode rows name them. */
#define VMX_HANDLER(name, which)                                     \
    enum ia32_status ia32_op_##name(struct ia32_cpu *cpu,            \
                                    const struct ia32_insn *insn)    \
    {                                                                \
        return to_model(cpu, which, insn);                           \
    }
VMX_HANDLER(vmxon, IA32_VMXON)
VMX_HANDLER(vmxoff, IA32_VMXOFF)
VMX_HANDLER(vmclear, IA32_VMCLEAR)
VMX_HANDLER(vmptrld, IA32_VMPTRLD)
VMX_HANDLER(vmptrst, IA32_VMPTRST)
VMX_HANDLER(vmread, IA32_VMREAD)
VMX_HANDLER(vmwrite, IA32_VMWRITE)
VMX_HANDLER(vmlaunch, IA32_VMLAUNCH)
VMX_HANDLER(vmresume, IA32_VMRESUME)
VMX_HANDLER(vmcall, IA32_VMCALL)
