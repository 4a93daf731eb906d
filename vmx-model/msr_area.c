/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The three MSR areas in memory: stored at exits, loaded at exits, loaded at
 * entries.  An entry is 16 bytes: index, 32 reserved bits, value.
 *
 * SDM 325462, Vol 3C, "VM-Exit Controls for MSRs", "Loading MSRs" (entries),
 * "Saving MSRs" and "Loading MSRs" (exits), "VMX Aborts".  Lists longer than
 * IA32_VMX_MISC recommends "may cause a machine check"; here they do. */
#include "vmx-model/vmx_priv.h"

static void read_entry(struct vmx *vmx, enum vmx_field_id area, uint64_t n)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    uint64_t pa = vmx->field[area] + 16 * n;
    vmx->msr_index = (uint32_t)ia32_pa_read(cpu, pa, 4);
    vmx->msr_reserved = (uint32_t)ia32_pa_read(cpu, pa + 4, 4);
    vmx->msr_value = ia32_pa_read(cpu, pa + 8, 8);
}

enum vmx_abort vmx_store_msrs(struct vmx *vmx)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    uint64_t count = vmx->field[VMX_F_EXIT_MSR_STORE_COUNT], value;
    if (count > VMX_MSR_LIST_MAX)
        return VMX_ABORT_MACHINE_CHECK;
    for (uint64_t n = 0; n < count; n++) {
        read_entry(vmx, VMX_F_EXIT_MSR_STORE_ADDR, n);
        if (vmx->msr_reserved || !ia32_rdmsr(cpu, vmx->msr_index, &value))
            return VMX_ABORT_MSR_STORE;
        ia32_pa_write(cpu, vmx->field[VMX_F_EXIT_MSR_STORE_ADDR] + 16 * n + 8,
                      8, value);
    }
    return VMX_ABORT_NONE;
}

static bool is_microcode(uint32_t msr)
{
    return msr == 0x79 || msr == MSR_BIOS_SIGN_ID;
}

enum vmx_abort vmx_exit_load_msrs(struct vmx *vmx)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    uint64_t count = vmx->field[VMX_F_EXIT_MSR_LOAD_COUNT];
    if (count > VMX_MSR_LIST_MAX)
        return VMX_ABORT_MACHINE_CHECK;
    for (uint64_t n = 0; n < count; n++) {
        read_entry(vmx, VMX_F_EXIT_MSR_LOAD_ADDR, n);
        if (vmx->msr_reserved || is_microcode(vmx->msr_index) ||
            !ia32_wrmsr(cpu, vmx->msr_index, vmx->msr_value))
            return VMX_ABORT_MSR_LOAD;
    }
    return VMX_ABORT_NONE;
}

const struct vmx_check *vmx_entry_load_msrs(struct vmx *vmx, uint64_t *n)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    uint64_t count = vmx->field[VMX_F_ENTRY_MSR_LOAD_COUNT];
    const struct vmx_check *check =
        vmx_run_checks(vmx, VMX_GIVES_EXIT_41, VMX_GIVES_EXIT_41);
    if (check)
        return check;
    if (count > VMX_MSR_LIST_MAX)
        count = VMX_MSR_LIST_MAX; /* the row is switched off: a test */
    for (*n = 0; *n < count; ++*n) {
        read_entry(vmx, VMX_F_ENTRY_MSR_LOAD_ADDR, *n);
        check = vmx_run_checks(vmx, VMX_GIVES_EXIT_34, VMX_GIVES_EXIT_34);
        if (check)
            return check;
        if (!ia32_wrmsr(cpu, vmx->msr_index, vmx->msr_value))
            continue; /* as above */
    }
    return NULL;
}
