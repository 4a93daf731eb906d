/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model as a whole: attached to a CPU, reset, saved, restored, looked
 * at.
 * SDM 325462, Vol 3C, "Introduction to Virtual Machine Extensions"; reset:
 * Vol 3A, "Processor State After Reset". */
#include "vmx-model/vmx_priv.h"

#include <stdlib.h>

static void op_reset(struct ia32_virt *virt)
{
    struct vmx *vmx = vmx_from(virt);
    vmx->vmxon_pointer = vmx->current = VMX_NO_POINTER;
    vmx->session = vmx->launch_session = 0;
    memset(vmx->field, 0, sizeof vmx->field);
    vmx->failure = (struct vmx_failure){.valid = false};
    vmx->exit = (struct vmx_exit_record){.valid = false};
}

static void op_free(struct ia32_virt *virt)
{
    free(vmx_from(virt));
}

/* Without EPT, guest-physical is host-physical. */
static enum ia32_status op_gpa_to_pa(struct ia32_virt *virt, uint64_t gpa,
                                     unsigned acc, uint64_t *pa)
{
    (void)virt;
    (void)acc;
    *pa = gpa;
    return IA32_OK;
}

/* --- snapshots --------------------------------------------------------------- */

static void op_save(struct ia32_virt *virt, struct vt_writer *w)
{
    const struct vmx *vmx = vmx_from(virt);
    vt_save_u64(w, "vmx.revision", VMX_REVISION);
    vt_save_u64(w, "vmx.vmxon-pointer", vmx->vmxon_pointer);
    vt_save_u64(w, "vmx.current-vmcs", vmx->current);
    vt_save_u64(w, "vmx.session", vmx->session);
    vt_save_u64(w, "vmx.launch-session", vmx->launch_session);
    vt_save_u64(w, "vmx.region-crc", vmx->region_crc);
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++)
        vt_save_u64(w, vmx_fields[i].id, vmx->field[i]);
}

static void op_load(struct ia32_virt *virt, struct vt_reader *r)
{
    struct vmx *vmx = vmx_from(virt);
    if (vt_load_u64(r, "vmx.revision") != VMX_REVISION)
        vt_reader_reject(r, "another revision of the VMCS");
    vmx->vmxon_pointer = vt_load_u64(r, "vmx.vmxon-pointer");
    vmx->current = vt_load_u64(r, "vmx.current-vmcs");
    vmx->session = (uint32_t)vt_load_u64(r, "vmx.session");
    vmx->launch_session = (uint32_t)vt_load_u64(r, "vmx.launch-session");
    vmx->region_crc = (uint32_t)vt_load_u64(r, "vmx.region-crc");
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++) {
        unsigned bits = vmx_field_bits((enum vmx_field_id)i,
                                       vmx_intel64(virt->cpu));
        vmx->field[i] =
            vt_load_u64(r, vmx_fields[i].id) & VT_BITS(bits - 1, 0);
    }
    /* Explanations are of what this run has seen. */
    vmx->failure.valid = vmx->exit.valid = false;
    if (virt->cpu->non_root && vmx->current == VMX_NO_POINTER)
        vt_reader_reject(r, "non-root operation without a current VMCS");
}

/* --- attaching --------------------------------------------------------------- */

static const struct ia32_virt_ops ops = {
    .reset = op_reset,
    .free = op_free,
    .vmx_insn = vmx_insn,
    .intercept = vmx_intercept,
    .cr_write = vmx_cr_write,
    .cr_read = vmx_cr_read,
    .cr_fixed_ok = vmx_cr_fixed_ok,
    .event = vmx_event,
    .external_interrupt = vmx_external_interrupt,
    .external_interrupt_exits = vmx_external_interrupt_exits,
    .triple_fault = vmx_triple_fault,
    .task_switch = vmx_task_switch,
    .boundary = vmx_boundary,
    .tsc_offset = vmx_tsc_offset,
    .rdmsr = vmx_rdmsr,
    .gpa_to_pa = op_gpa_to_pa,
    .iret_unblocks_nmi = vmx_iret_unblocks_nmi,
    .save = op_save,
    .load = op_load,
};

enum vt_err vmx_attach(struct ia32_cpu *cpu)
{
    if (!ia32_has(cpu, IA32_F_VMX))
        return VT_ERR_INPUT;
    struct vmx *vmx = vt_alloc(1, sizeof *vmx);
    vmx->virt.ops = &ops;
    vmx->virt.cpu = cpu;
    op_reset(&vmx->virt);
    ia32_attach_virt(cpu, &vmx->virt);
    vmx->virt.cpu = cpu;
    vmx_init_capabilities(vmx);
    return VT_OK;
}

/* --- looking ----------------------------------------------------------------- */

bool vmx_get_view(const struct ia32_cpu *cpu, struct vmx_view *view)
{
    if (!cpu->virt)
        return false;
    const struct vmx *vmx = vmx_from(cpu->virt);
    *view = (struct vmx_view){.in_vmx = cpu->in_vmx,
                              .non_root = cpu->non_root,
                              .vmxon_pointer = vmx->vmxon_pointer,
                              .current_vmcs = vmx->current,
                              .launched = vmx->launch_session != 0};
    return true;
}

bool vmx_field_value(const struct ia32_cpu *cpu, enum vmx_field_id id,
                     uint64_t *value)
{
    if (!cpu->virt || vmx_from(cpu->virt)->current == VMX_NO_POINTER)
        return false;
    *value = vmx_from(cpu->virt)->field[id];
    return true;
}

bool vmx_last_failure(const struct ia32_cpu *cpu, struct vmx_failure *f)
{
    if (!cpu->virt || !vmx_from(cpu->virt)->failure.valid)
        return false;
    *f = vmx_from(cpu->virt)->failure;
    return true;
}

bool vmx_last_exit(const struct ia32_cpu *cpu, struct vmx_exit_record *e)
{
    if (!cpu->virt || !vmx_from(cpu->virt)->exit.valid)
        return false;
    *e = vmx_from(cpu->virt)->exit;
    return true;
}
