/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events in non-root operation: exceptions, NMIs, external interrupts,
 * triple faults, task switches, the interrupt window.
 *
 * SDM 325462, Vol 3C, "Other Causes of VM Exits", "Information for VM Exits
 * Due to Vectored Events", "Exceptions" under "Changes to Instruction
 * Behavior". */
#include "sim/ia32/exec.h"
#include "vmx-model/vmx_priv.h"

/* --- exceptions and NMIs -------------------------------------------------- */

/* A page fault exits when bit 14 of the bitmap is 1 and the error code
 * matches, or when the bit is 0 and it does not. */
static bool exception_exits(const struct vmx *vmx,
                            const struct ia32_event *event)
{
    bool bit = event->vector < 32 &&
               (vmx->field[VMX_F_EXCEPTION_BITMAP] >> event->vector & 1);
    if (event->vector != IA32_PF)
        return bit;
    bool match = (event->error_code & vmx->field[VMX_F_PF_ERROR_CODE_MASK]) ==
                 vmx->field[VMX_F_PF_ERROR_CODE_MATCH];
    return bit == match;
}

/* Page faults bring the linear address, debug exceptions what DR6 would
 * get; CR2 and DR6 themselves do not change. */
static uint64_t event_qualification(const struct ia32_event *event)
{
    if (event->type == IA32_HW_EXC && event->vector == IA32_PF)
        return event->cr2;
    if (event->type == IA32_HW_EXC && event->vector == IA32_DB)
        return event->dr6;
    return 0;
}

static bool event_exits(const struct vmx *vmx, const struct ia32_event *event)
{
    switch (event->type) {
    case IA32_EV_NMI: return vmx_on(vmx, VMX_C_NMI_EXITING);
    case IA32_HW_EXC:
    case IA32_PRIV_SW_EXC:
    case IA32_SW_EXC: return exception_exits(vmx, event);
    default: return false; /* INT n goes through the guest's IDT */
    }
}

/* "NMI unblocking due to IRET": for faults of IRET itself, but for double
 * faults and faults during the delivery of another event. */
static bool unblocked_nmis(const struct vmx *vmx,
                           const struct ia32_event *event)
{
    const struct ia32_cpu *cpu = vmx_cpu(vmx);
    return cpu->iret_unblocked && event->type == IA32_HW_EXC &&
           event->vector != IA32_DF && !cpu->delivering;
}

enum ia32_status vmx_event(struct ia32_virt *virt,
                           const struct ia32_event *event)
{
    struct vmx *vmx = vmx_from(virt);
    struct vmx_exit exit = {.reason = VMX_EXIT_EXCEPTION_NMI,
                            .control = VMX_C_ALWAYS,
                            .keeps_rf = true};
    if (!event_exits(vmx, event))
        return IA32_OK;
    exit.qualification = event_qualification(event);
    exit.intr_info = vmx_event_info(event);
    if (unblocked_nmis(vmx, event))
        exit.intr_info |= INTR_NMI_UNBLOCKING;
    exit.intr_error = event->has_error_code ? event->error_code : 0;
    exit.sets_rf = ia32_event_sets_rf(event);
    exit.field = VMX_F_EXCEPTION_BITMAP;
    if (event->type == IA32_EV_NMI) {
        exit.control = VMX_C_NMI_EXITING;
        exit.blocks_nmi = true;
    } else if (event->type != IA32_HW_EXC) {
        exit.insn_length = event->insn_length;
    }
    return vmx_do_exit(vmx, &exit);
}

/* With NMI exiting, IRET leaves the blocking of NMIs alone.  Without it an
 * IRET that faults has unblocked NMIs nevertheless, and a VMM that wants to
 * let it run again has to know. */
bool vmx_iret_unblocks_nmi(struct ia32_virt *virt)
{
    return !vmx_on(vmx_from(virt), VMX_C_NMI_EXITING);
}

/* --- external interrupts --------------------------------------------------- */

bool vmx_external_interrupt_exits(const struct ia32_virt *virt)
{
    return vmx_on((const struct vmx *)virt, VMX_C_EXTERNAL_INTERRUPT_EXITING);
}

enum ia32_status vmx_external_interrupt(struct ia32_virt *virt)
{
    struct vmx *vmx = vmx_from(virt);
    struct ia32_cpu *cpu = virt->cpu;
    struct vmx_exit exit = {.reason = VMX_EXIT_EXTERNAL_INTERRUPT,
                            .control = VMX_C_EXTERNAL_INTERRUPT_EXITING,
                            .keeps_rf = true};
    if (!vmx_on(vmx, VMX_C_EXTERNAL_INTERRUPT_EXITING))
        return IA32_OK;
    if (vmx_on(vmx, VMX_C_ACK_INTERRUPT_ON_EXIT)) {
        struct ia32_event event = {.type = IA32_EXT_INT};
        event.vector = (uint8_t)cpu->base.int_ack(cpu->base.int_ack_opaque);
        exit.intr_info = vmx_event_info(&event);
    }
    return vmx_do_exit(vmx, &exit);
}

/* Interrupt-window exiting: after NMIs, before external interrupts; wakes a
 * halted guest. */
enum ia32_status vmx_boundary(struct ia32_virt *virt)
{
    struct vmx *vmx = vmx_from(virt);
    struct ia32_cpu *cpu = virt->cpu;
    struct vmx_exit exit = {.reason = VMX_EXIT_INTERRUPT_WINDOW,
                            .control = VMX_C_INTERRUPT_WINDOW_EXITING,
                            .keeps_rf = true};
    bool open = (cpu->rflags & FL_IF) &&
                !(cpu->blocking & (IA32_BLOCK_STI | IA32_BLOCK_MOV_SS));
    if (open && cpu->base.activity != VT_SHUTDOWN &&
        vmx_on(vmx, VMX_C_INTERRUPT_WINDOW_EXITING))
        return vmx_do_exit(vmx, &exit);
    cpu->base.attention &= ~VT_ATT_MODEL;
    return IA32_OK;
}

/* --- the end of the road ----------------------------------------------------- */

enum ia32_status vmx_triple_fault(struct ia32_virt *virt)
{
    struct vmx_exit exit = {.reason = VMX_EXIT_TRIPLE_FAULT,
                            .control = VMX_C_ALWAYS,
                            .keeps_rf = true,
                            .no_vectoring = true};
    return vmx_do_exit(vmx_from(virt), &exit);
}

/* Table "Exit Qualification for Task Switches": 15:0 selector of the TSS,
 * 31:30 source (0 CALL, 1 IRET, 2 JMP, 3 task gate in the IDT). */
enum ia32_status vmx_task_switch(struct ia32_virt *virt, uint16_t selector,
                                 unsigned source, const struct ia32_insn *insn)
{
    struct vmx_exit exit = {.reason = VMX_EXIT_TASK_SWITCH,
                            .control = VMX_C_ALWAYS,
                            .qualification =
                                selector | (uint64_t)source << 30,
                            .keeps_rf = true};
    /* A gate's length comes from the event on its way, if it has one; so
     * does the RF that the old TSS would have got. */
    if (source == 3)
        exit.sets_rf = ia32_event_sets_rf(&virt->cpu->vectoring);
    else if (insn)
        exit.insn_length = insn->length;
    return vmx_do_exit(vmx_from(virt), &exit);
}
