/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VM entry: VMLAUNCH and VMRESUME.
 *
 *     launch state, MOV SS blocking      VMfailValid 4, 5, 6, 26
 *     checks on controls and host state  VMfailValid 7, 8
 *     checks on guest state              VM-entry failure 33: the host
 *                                        continues at its RIP, exit reason
 *                                        with bit 31
 *     load guest state, load MSRs        VM-entry failure 34, 41
 *     inject an event, or not            through the guest's IDT
 *
 * SDM 325462, Vol 3C, "VM Entries"; VM-entry failures: "VM-Entry Failures
 * During or After Loading Guest State". */
#include "sim/ia32/exec.h"
#include "vmx-model/vmx_priv.h"

/* --- failure after the checks on controls -------------------------------- */

static const struct {
    uint8_t reason, qualification;
} outcomes[] = {
    [VMX_GIVES_EXIT_33] = {VMX_EXIT_INVALID_GUEST_STATE, 0},
    [VMX_GIVES_EXIT_33_PDPTE] = {VMX_EXIT_INVALID_GUEST_STATE, 2},
    [VMX_GIVES_EXIT_33_NMI] = {VMX_EXIT_INVALID_GUEST_STATE, 3},
    [VMX_GIVES_EXIT_33_LINK] = {VMX_EXIT_INVALID_GUEST_STATE, 4},
    [VMX_GIVES_EXIT_34] = {VMX_EXIT_MSR_LOADING, 0},
    [VMX_GIVES_EXIT_41] = {VMX_EXIT_MACHINE_CHECK, 0},
};

/* n: which entry of the MSR-load area, from 0.  Guest state, exit
 * information and the injected event stay as they are; NMI blocking is what
 * it was before. */
static enum ia32_status entry_failure(struct vmx *vmx,
                                      const struct vmx_check *check,
                                      uint64_t n, uint32_t blocking)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    struct vmx_failure failure = {.check = check};
    uint64_t cycles = cpu->cost[IA32_COST_VM_ENTRY];
    failure.reason =
        outcomes[check->gives].reason | 1u << VMX_EXIT_FAILED_ENTRY_BIT;
    failure.qualification = check->gives == VMX_GIVES_EXIT_34
                                ? n + 1
                                : outcomes[check->gives].qualification;
    vmx_note_values(vmx, &failure);
    vmx->field[VMX_F_EXIT_REASON] = failure.reason;
    vmx->field[VMX_F_EXIT_QUALIFICATION] = failure.qualification;
    ia32_charge(cpu, VT_WHAT_VM_ENTRY, cycles);
    cpu->insn = NULL;
    cpu->blocking = blocking;
    enum vmx_abort abort_with = vmx_load_host(vmx);
    vmx_report_failure(vmx, &failure, cycles);
    if (!abort_with)
        abort_with = vmx_exit_load_msrs(vmx);
    if (abort_with)
        return vmx_do_abort(vmx, abort_with);
    return IA32_VMEXIT;
}

/* --- non-register state --------------------------------------------------- */

/* "Delivery of Pending Debug Exceptions after VM Entry": some entries drop
 * them. */
static bool keeps_pending_debug(const struct vmx *vmx, bool injects,
                                unsigned type)
{
    uint64_t activity = vmx->field[VMX_F_GUEST_ACTIVITY];
    bool mov_ss = vmx->field[VMX_F_GUEST_INTERRUPTIBILITY] & IA32_BLOCK_MOV_SS;
    if (!injects)
        return activity != VMX_SHUTDOWN && activity != VMX_WAIT_FOR_SIPI;
    return (type == IA32_SW_INT || type == IA32_SW_EXC) && mov_ss;
}

static void load_non_register_state(struct vmx *vmx)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    uint64_t info = vmx->field[VMX_F_ENTRY_INTR_INFO];
    bool injects = info & INTR_VALID;
    unsigned type = (unsigned)(info & INTR_TYPE) >> INTR_TYPE_SHIFT;
    uint64_t pending = vmx->field[VMX_F_GUEST_PENDING_DEBUG];
    cpu->blocking = (uint32_t)vmx->field[VMX_F_GUEST_INTERRUPTIBILITY];
    /* Valid only with BS or the enabled-breakpoint bit. */
    cpu->pending_debug =
        keeps_pending_debug(vmx, injects, type) &&
                (pending & (PENDING_DEBUG_BS | PENDING_DEBUG_BP))
            ? pending
            : 0;
    cpu->base.activity = VT_ACTIVE;
    cpu->monitor_armed = cpu->mwait = false;
    if (injects) /* events wake, and end the shadows */
        cpu->blocking &= ~(IA32_BLOCK_STI | IA32_BLOCK_MOV_SS);
    else if (vmx->field[VMX_F_GUEST_ACTIVITY] == VMX_HLT)
        cpu->base.activity = VT_HALTED;
    else if (vmx->field[VMX_F_GUEST_ACTIVITY] == VMX_SHUTDOWN)
        cpu->base.activity = VT_SHUTDOWN;
}

/* --- event injection ------------------------------------------------------- */

/* "Vectored-Event Injection".  ia32_deliver leaves CR2, DR6 and DR7 alone,
 * as it asks. */
static enum ia32_status inject(struct vmx *vmx)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    uint64_t info = vmx->field[VMX_F_ENTRY_INTR_INFO];
    struct ia32_event event = {
        .vector = (uint8_t)(info & INTR_VECTOR),
        .type = (uint8_t)((info & INTR_TYPE) >> INTR_TYPE_SHIFT),
        .has_error_code = (info & INTR_ERROR_CODE) != 0,
        .error_code = (uint32_t)vmx->field[VMX_F_ENTRY_ERROR_CODE],
        .cr2 = cpu->cr2, /* for listeners */
        .insn_length = (uint8_t)vmx->field[VMX_F_ENTRY_INSN_LENGTH],
    };
    return ia32_deliver(cpu, &event, true);
}

/* --- the entry -------------------------------------------------------------- */

static enum vmx_error_number launch_state_error(const struct vmx *vmx,
                                                bool launch)
{
    if (vmx_cpu(vmx)->blocking & IA32_BLOCK_MOV_SS)
        return VMX_ERR_ENTRY_BLOCKED_BY_MOV_SS;
    if (launch)
        return vmx->launch_session ? VMX_ERR_VMLAUNCH_NOT_CLEAR
                                   : VMX_ERR_NONE;
    if (!vmx->launch_session)
        return VMX_ERR_VMRESUME_NOT_LAUNCHED;
    return vmx->launch_session == vmx->session
               ? VMX_ERR_NONE
               : VMX_ERR_VMRESUME_AFTER_VMXOFF;
}

static void tell_entry(struct vmx *vmx, bool launch, uint64_t host_pc)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    struct vt_event event = {.kind = VT_EV_VM_ENTRY};
    event.u.vm.guest_id = vmx->current;
    event.u.vm.guest_pc = vmx_pc(vmx);
    event.u.vm.host_pc = host_pc;
    event.u.vm.hardware_cycles = cpu->cost[IA32_COST_VM_ENTRY];
    event.u.vm.is_launch = launch;
    ia32_emit(vmx_cpu(vmx), &event);
}

/* All checks have passed.  From here on the guest pays. */
static enum ia32_status enter(struct vmx *vmx, bool launch)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    uint64_t host_pc = vmx_pc(vmx), n = 0;
    uint32_t blocking = cpu->blocking;
    unsigned host = cpu->base.who;
    vmx_load_guest(vmx);
    const struct vmx_check *failed = vmx_entry_load_msrs(vmx, &n);
    if (failed)
        return entry_failure(vmx, failed, n, blocking);
    cpu->base.who = vt_ledger_guest_row(&cpu->base.ledger, vmx->current);
    vt_assert(host == VT_WHO_VMM);
    ia32_charge(cpu, VT_WHAT_VM_ENTRY, cpu->cost[IA32_COST_VM_ENTRY]);
    cpu->insn = NULL; /* the VMLAUNCH is over: RIP is the guest's */
    if (launch)
        vmx->launch_session = vmx->session;
    load_non_register_state(vmx);
    ia32_update_mode(cpu);
    tell_entry(vmx, launch, host_pc);
    if (vmx->field[VMX_F_ENTRY_INTR_INFO] & INTR_VALID) {
        enum ia32_status status = inject(vmx);
        if (status == IA32_STOP)
            return status;
    }
    return IA32_VMEXIT; /* a transition: nothing more to charge */
}

enum ia32_status vmx_entry(struct vmx *vmx, bool launch)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    const struct vmx_check *failed;
    if (vmx->current == VMX_NO_POINTER)
        return vmx_fail(vmx, VMX_ERR_NONE, NULL);
    enum vmx_error_number error = launch_state_error(vmx, launch);
    if (error)
        return vmx_fail(vmx, error, NULL);
    ia32_settle(cpu);
    failed = vmx_run_checks(vmx, VMX_GIVES_ERROR_7, VMX_GIVES_ERROR_8);
    if (failed)
        return vmx_fail(vmx,
                        failed->gives == VMX_GIVES_ERROR_7
                            ? VMX_ERR_ENTRY_BAD_CONTROLS
                            : VMX_ERR_ENTRY_BAD_HOST,
                        failed);
    failed = vmx_run_checks(vmx, VMX_GIVES_EXIT_33, VMX_GIVES_EXIT_33_LINK);
    if (failed)
        return entry_failure(vmx, failed, 0, cpu->blocking);
    return enter(vmx, launch);
}
