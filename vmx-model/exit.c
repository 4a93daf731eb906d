/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VM exit: from non-root operation to the VMM.
 *
 *     charge it to the guest -> exit information -> save guest state -> store
 *     MSRs -> load host state -> load MSRs -> the VMM pays from here on
 *
 * The instruction that exits has not run and is not charged.
 * SDM 325462, Vol 3C, "VM Exits"; "Recording VM-Exit Information and
 * Updating VM-entry Control Fields". */
#include "sim/ia32/boundary.h"
#include "sim/ia32/exec.h"
#include "vmx-model/vmx_priv.h"

/* --- information -------------------------------------------------------- */

uint32_t vmx_event_info(const struct ia32_event *event)
{
    return event->vector | (uint32_t)event->type << INTR_TYPE_SHIFT |
           (event->has_error_code ? INTR_ERROR_CODE : 0) | INTR_VALID;
}

/* "Information for VM Exits That Occur During Event Delivery". */
static void record_vectoring(struct vmx *vmx, const struct vmx_exit *exit)
{
    const struct ia32_cpu *cpu = vmx_cpu(vmx);
    bool during = cpu->delivering && !exit->no_vectoring;
    vmx->field[VMX_F_IDT_VECTORING_INFO] =
        during ? vmx_event_info(&cpu->vectoring) : 0;
    vmx->field[VMX_F_IDT_VECTORING_ERROR_CODE] =
        during ? cpu->vectoring.error_code : 0;
    /* A software event on its way brings its instruction's length. */
    if (during && cpu->vectoring.type >= IA32_SW_INT)
        vmx->field[VMX_F_EXIT_INSN_LENGTH] = cpu->vectoring.insn_length;
}

/* Fields that this exit does not define are 0. */
static void record_exit(struct vmx *vmx, const struct vmx_exit *exit)
{
    vmx->field[VMX_F_EXIT_REASON] = exit->reason;
    vmx->field[VMX_F_EXIT_QUALIFICATION] = (uint32_t)exit->qualification;
    vmx->field[VMX_F_GUEST_LINEAR_ADDRESS] = (uint32_t)exit->guest_la;
    vmx->field[VMX_F_EXIT_INTR_INFO] = exit->intr_info;
    vmx->field[VMX_F_EXIT_INTR_ERROR_CODE] = exit->intr_error;
    vmx->field[VMX_F_EXIT_INSN_LENGTH] = exit->insn_length;
    vmx->field[VMX_F_EXIT_INSN_INFO] = exit->insn_info;
    record_vectoring(vmx, exit);
    vmx->field[VMX_F_ENTRY_INTR_INFO] &= ~(uint64_t)INTR_VALID;
}

static void remember(struct vmx *vmx, const struct vmx_exit *exit,
                     uint64_t guest_pc)
{
    vmx->exit = (struct vmx_exit_record){
        .reason = exit->reason,
        .intr_info = exit->intr_info,
        .intr_error = exit->intr_error,
        .vectoring_info = (uint32_t)vmx->field[VMX_F_IDT_VECTORING_INFO],
        .vectoring_error =
            (uint32_t)vmx->field[VMX_F_IDT_VECTORING_ERROR_CODE],
        .insn_length = (uint32_t)vmx->field[VMX_F_EXIT_INSN_LENGTH],
        .insn_info = exit->insn_info,
        .qualification = (uint32_t)exit->qualification,
        .guest_la = (uint32_t)exit->guest_la,
        .guest_pc = guest_pc,
        .guest_id = vmx->current,
        .cycle = vmx_cpu(vmx)->base.now_cycles,
        .control = (uint8_t)exit->control,
        .field = (uint8_t)(exit->field ? exit->field : VMX_FIELD_COUNT),
        .valid = true};
}

static void tell_exit(struct vmx *vmx)
{
    const struct ia32_cpu *cpu = vmx_cpu(vmx);
    struct vt_event event = {.kind = VT_EV_VM_EXIT};
    event.u.vm.reason = vmx->exit.reason;
    event.u.vm.qualification = vmx->exit.qualification;
    event.u.vm.guest_id = vmx->current;
    event.u.vm.guest_pc = vmx->exit.guest_pc;
    event.u.vm.host_pc = vmx_pc(vmx);
    event.u.vm.insn_bytes = vmx->exit.insn_length;
    event.u.vm.hardware_cycles = cpu->cost[IA32_COST_VM_EXIT];
    ia32_emit(vmx_cpu(vmx), &event);
}

/* --- the exit ------------------------------------------------------------- */

/* "VMX Aborts": the VMCS region says why, the processor shuts down for
 * good. */
enum ia32_status vmx_do_abort(struct vmx *vmx, enum vmx_abort indicator)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    vmx_write_abort(vmx, indicator);
    cpu->insn = NULL;
    cpu->base.activity = VT_SHUTDOWN;
    vt_machine_request_stop(cpu->base.machine, VT_STOP_TRIPLE_FAULT,
                            cpu->base.id, indicator,
                            "VMX abort %u (1: storing MSRs, 2: the host's "
                            "PDPTEs, 4: loading MSRs, 5: machine check): the "
                            "processor shuts down",
                            (unsigned)indicator);
    return IA32_STOP;
}

enum ia32_status vmx_do_exit(struct vmx *vmx, const struct vmx_exit *exit)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    uint64_t guest_pc;
    ia32_settle(cpu);
    cpu->insn = NULL; /* it does not run */
    guest_pc = vmx_pc(vmx);
    ia32_charge(cpu, VT_WHAT_VM_EXIT, cpu->cost[IA32_COST_VM_EXIT]);
    record_exit(vmx, exit);
    vmx_save_guest(vmx, exit);
    ia32_wake(cpu);
    enum vmx_abort abort_with = vmx_store_msrs(vmx);
    if (!abort_with) {
        abort_with = vmx_load_host(vmx);
        if (!abort_with)
            abort_with = vmx_exit_load_msrs(vmx);
    }
    if (exit->blocks_nmi)
        cpu->blocking |= IA32_BLOCK_NMI;
    cpu->base.who = VT_WHO_VMM;
    remember(vmx, exit, guest_pc);
    tell_exit(vmx);
    if (abort_with)
        return vmx_do_abort(vmx, abort_with);
    return IA32_VMEXIT;
}

enum ia32_status vmx_insn_exit(struct vmx *vmx, enum vmx_exit_number reason,
                               enum vmx_control_id control,
                               const struct ia32_insn *insn,
                               uint64_t qualification)
{
    struct vmx_exit exit = {.reason = reason,
                            .control = control,
                            .qualification = qualification,
                            .insn_length = insn->length};
    return vmx_do_exit(vmx, &exit);
}

/* Format "as Used for VMCLEAR, VMPTRLD, VMPTRST, and VMXON" in "Information
 * for VM Exits Due to Instruction Execution":
 *
 *   31:28   27      26:23  22       21:18   17:15  10  9:7      1:0
 *  | reg2 | no base| base | no index| index| seg  | 0 |addrsize| scale | */
uint32_t vmx_memory_insn_info(const struct ia32_insn *insn)
{
    uint32_t info = (insn->addrsize / 4u) << 7 | /* 0 16, 1 32, 2 64 bits */
                    (uint32_t)insn->seg << 15;
    if (insn->index == IA32_REG_ZERO)
        info |= 1u << 22;
    else
        info |= (uint32_t)insn->index << 18 | insn->scale;
    if (insn->base >= IA32_REG_ZERO) /* none, or RIP */
        info |= 1u << 27;
    else
        info |= (uint32_t)insn->base << 23;
    return info;
}
