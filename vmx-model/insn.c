/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The VMX instructions but for the entry itself (entry.c).  Each makes its
 * checks in the order of its manual page:
 *
 *     #UD        not there at all: outside VMX operation, wrong mode
 *     VM exit    the guest has no VMX of its own
 *     #GP(0)     privilege; for VMXON also modes that VMX cannot work in
 *     VMfail     CF = 1 without a current VMCS, else ZF = 1 and an error
 *                number in the VMCS
 *
 * SDM 325462, Vol 3C, "VMX Instruction Reference"; the flags: "Conventions"
 * there. */
#include "sim/ia32/exec.h"
#include "vmx-model/vmx_priv.h"

#define FEATURE_CONTROL_LOCK VT_BIT(0)
#define FEATURE_CONTROL_VMXON VT_BIT(2) /* VMXON outside SMX operation */

/* --- outcomes ---------------------------------------------------------- */

const char *vmx_insn_name(enum ia32_vmx_insn which)
{
    static const char *const names[] = {
        [IA32_VMXON] = "VMXON",       [IA32_VMXOFF] = "VMXOFF",
        [IA32_VMCLEAR] = "VMCLEAR",   [IA32_VMPTRLD] = "VMPTRLD",
        [IA32_VMPTRST] = "VMPTRST",   [IA32_VMREAD] = "VMREAD",
        [IA32_VMWRITE] = "VMWRITE",   [IA32_VMLAUNCH] = "VMLAUNCH",
        [IA32_VMRESUME] = "VMRESUME", [IA32_VMCALL] = "VMCALL",
    };
    return names[which];
}

void vmx_succeed(struct vmx *vmx)
{
    ia32_set_arith_flags(vmx_cpu(vmx), 0);
}

static enum ia32_status succeed(struct vmx *vmx)
{
    vmx_succeed(vmx);
    return IA32_OK;
}

void vmx_report_failure(struct vmx *vmx, const struct vmx_failure *failure,
                        uint64_t hardware_cycles)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    struct vt_event event = {.kind = VT_EV_VM_FAIL};
    vmx->failure = *failure;
    vmx->failure.instruction = vmx_insn_name(vmx->executing);
    vmx->failure.guest_id = vmx->current;
    vmx->failure.cycle = cpu->base.now_cycles;
    vmx->failure.valid = true;
    event.u.vm.reason = failure->reason ? failure->reason : failure->error;
    event.u.vm.qualification = failure->qualification;
    event.u.vm.guest_id = vmx->current;
    event.u.vm.host_pc = vmx_pc(vmx);
    event.u.vm.hardware_cycles = hardware_cycles;
    event.u.vm.is_launch = vmx->executing == IA32_VMLAUNCH;
    event.u.vm.check = failure->check ? failure->check->id : NULL;
    ia32_emit(vmx_cpu(vmx), &event);
}

enum ia32_status vmx_fail(struct vmx *vmx, enum vmx_error_number error,
                          const struct vmx_check *check)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    struct vmx_failure failure = {.check = check, .error = error};
    failure.no_vmcs = vmx->current == VMX_NO_POINTER;
    ia32_settle(cpu);
    vmx_note_values(vmx, &failure);
    if (failure.no_vmcs) {
        ia32_set_arith_flags(cpu, FL_CF); /* VMfailInvalid */
    } else {
        ia32_set_arith_flags(cpu, FL_ZF); /* VMfailValid */
        vmx->field[VMX_F_INSTRUCTION_ERROR] = error;
    }
    vmx_report_failure(vmx, &failure, 0);
    return IA32_OK;
}

/* VMfailInvalid also with a current VMCS: VMXON only. */
static enum ia32_status fail_invalid(struct vmx *vmx)
{
    struct vmx_failure failure = {.no_vmcs = true};
    ia32_settle(vmx_cpu(vmx));
    ia32_set_arith_flags(vmx_cpu(vmx), FL_CF);
    vmx_report_failure(vmx, &failure, 0);
    return IA32_OK;
}

static enum ia32_status gp0(struct vmx *vmx)
{
    return ia32_fault(vmx_cpu(vmx), IA32_GP, 0);
}

/* --- operands ---------------------------------------------------------- */

static enum ia32_status read_pointer(struct vmx *vmx,
                                     const struct ia32_insn *insn,
                                     uint64_t *pointer)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    return ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), 8, pointer);
}

/* Operands are 64 bits in 64-bit mode, else 32. */
static unsigned operand_bytes(const struct ia32_cpu *cpu)
{
    return cpu->mode & IA32_MODE_LONG64 ? 8 : 4;
}

/* A register operand, as wide as the mode has it. */
static uint64_t operand(const struct ia32_cpu *cpu, unsigned r)
{
    return operand_bytes(cpu) == 8 ? cpu->gpr[r] : (uint32_t)cpu->gpr[r];
}

static uint32_t revision_at(struct vmx *vmx, uint64_t pa)
{
    return (uint32_t)ia32_pa_read(vmx_cpu(vmx), pa, 4);
}

/* --- VMXON and VMXOFF -------------------------------------------------- */

/* What VMXON asks of the processor's state; #GP(0) otherwise. */
static bool vmxon_allowed(const struct vmx *vmx)
{
    const struct ia32_cpu *cpu = vmx_cpu(vmx);
    uint64_t want = FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMXON;
    struct ia32_virt *virt = cpu->virt;
    return cpu->cpl == 0 && cpu->a20 &&
           vmx_cr_fixed_ok(virt, 0, cpu->cr0) &&
           vmx_cr_fixed_ok(virt, 4, cpu->cr4) &&
           (cpu->feature_control & want) == want;
}

static enum ia32_status vmxon(struct vmx *vmx, const struct ia32_insn *insn)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    uint64_t pointer = 0;
    if (!vmxon_allowed(vmx))
        return gp0(vmx);
    IA32_TRY(read_pointer(vmx, insn, &pointer));
    if (!vmx_pointer_ok(vmx, pointer) || revision_at(vmx, pointer) != VMX_REVISION)
        return fail_invalid(vmx);
    ia32_settle(cpu);
    vmx->vmxon_pointer = pointer;
    vmx->current = VMX_NO_POINTER;
    vmx->session++;
    cpu->in_vmx = true;
    cpu->base.who = VT_WHO_VMM; /* rows 0 and 1 are native and VMM */
    ia32_update_mode(cpu);
    return succeed(vmx);
}

static enum ia32_status vmxoff(struct vmx *vmx)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    ia32_settle(cpu);
    vmx_store_region(vmx);
    vmx->current = VMX_NO_POINTER;
    vmx->vmxon_pointer = VMX_NO_POINTER;
    cpu->in_vmx = false;
    cpu->base.who = VT_WHO_NATIVE;
    ia32_update_mode(cpu);
    return succeed(vmx);
}

/* --- pointers ---------------------------------------------------------- */

static enum ia32_status vmclear(struct vmx *vmx, const struct ia32_insn *insn)
{
    uint64_t pointer = 0;
    IA32_TRY(read_pointer(vmx, insn, &pointer));
    if (!vmx_pointer_ok(vmx, pointer))
        return vmx_fail(vmx, VMX_ERR_VMCLEAR_BAD_ADDRESS, NULL);
    if (pointer == vmx->vmxon_pointer)
        return vmx_fail(vmx, VMX_ERR_VMCLEAR_VMXON_POINTER, NULL);
    vmx_clear_region(vmx, pointer);
    return succeed(vmx);
}

static enum ia32_status vmptrld(struct vmx *vmx, const struct ia32_insn *insn)
{
    uint64_t pointer = 0;
    IA32_TRY(read_pointer(vmx, insn, &pointer));
    if (!vmx_pointer_ok(vmx, pointer))
        return vmx_fail(vmx, VMX_ERR_VMPTRLD_BAD_ADDRESS, NULL);
    if (pointer == vmx->vmxon_pointer)
        return vmx_fail(vmx, VMX_ERR_VMPTRLD_VMXON_POINTER, NULL);
    if (revision_at(vmx, pointer) != VMX_REVISION)
        return vmx_fail(vmx, VMX_ERR_VMPTRLD_BAD_REVISION, NULL);
    if (pointer != vmx->current) {
        vmx_store_region(vmx);
        vmx_load_region(vmx, pointer);
    }
    return succeed(vmx);
}

static enum ia32_status vmptrst(struct vmx *vmx, const struct ia32_insn *insn)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    IA32_TRY(ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), 8, vmx->current));
    return succeed(vmx);
}

/* --- fields ------------------------------------------------------------ */

static enum ia32_status vmread(struct vmx *vmx, const struct ia32_insn *insn)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    unsigned bytes = operand_bytes(cpu);
    uint64_t encoding = operand(cpu, insn->reg), value;
    if (vmx->current == VMX_NO_POINTER)
        return vmx_fail(vmx, VMX_ERR_NONE, NULL);
    int id = vmx_field_by_encoding(encoding);
    if (id < 0)
        return vmx_fail(vmx, VMX_ERR_UNSUPPORTED_FIELD, NULL);
    value = vmx_field_read(vmx, id, encoding & 1);
    if (bytes == 4)
        value = (uint32_t)value;
    if (insn->is_reg)
        ia32_set_reg(cpu, insn->rm, bytes, value);
    else
        IA32_TRY(ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), bytes,
                            value));
    return succeed(vmx);
}

static enum ia32_status vmwrite(struct vmx *vmx, const struct ia32_insn *insn)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    unsigned bytes = operand_bytes(cpu);
    uint64_t encoding = operand(cpu, insn->reg);
    uint64_t value = insn->is_reg ? operand(cpu, insn->rm) : 0;
    if (vmx->current == VMX_NO_POINTER)
        return vmx_fail(vmx, VMX_ERR_NONE, NULL);
    if (!insn->is_reg)
        IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), bytes,
                           &value));
    int id = vmx_field_by_encoding(encoding);
    if (id < 0)
        return vmx_fail(vmx, VMX_ERR_UNSUPPORTED_FIELD, NULL);
    if (vmx_fields[id].area == VMX_AREA_READ_ONLY)
        return vmx_fail(vmx, VMX_ERR_READ_ONLY_FIELD, NULL);
    vmx_field_write(vmx, id, encoding & 1, value);
    return succeed(vmx);
}

/* --- dispatch ---------------------------------------------------------- */

/* Exit reasons of the instructions in non-root operation. */
static enum vmx_exit_number exit_reason(enum ia32_vmx_insn which)
{
    static const uint8_t reasons[] = {
        [IA32_VMXON] = VMX_EXIT_VMXON,
        [IA32_VMXOFF] = VMX_EXIT_VMXOFF,
        [IA32_VMCLEAR] = VMX_EXIT_VMCLEAR,
        [IA32_VMPTRLD] = VMX_EXIT_VMPTRLD,
        [IA32_VMPTRST] = VMX_EXIT_VMPTRST,
        [IA32_VMREAD] = VMX_EXIT_VMREAD,
        [IA32_VMWRITE] = VMX_EXIT_VMWRITE,
        [IA32_VMLAUNCH] = VMX_EXIT_VMLAUNCH,
        [IA32_VMRESUME] = VMX_EXIT_VMRESUME,
        [IA32_VMCALL] = VMX_EXIT_VMCALL,
    };
    return (enum vmx_exit_number)reasons[which];
}

/* The displacement, sign-extended to the width of a linear address; of an
 * address relative to RIP, the address. */
static uint64_t displacement(const struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    uint64_t disp = (uint64_t)insn->disp;
    if (insn->base == IA32_REG_RIP)
        disp += cpu->gpr[IA32_REG_RIP];
    return vmx_intel64(cpu) ? disp : (uint32_t)disp;
}

/* Which operands the exit describes: SDM Vol 3C, "Information for VM Exits
 * Due to Instruction Execution". */
static enum ia32_status insn_exit(struct vmx *vmx, enum ia32_vmx_insn which,
                                  const struct ia32_insn *insn)
{
    struct vmx_exit x = {.reason = exit_reason(which),
                         .control = VMX_C_ALWAYS,
                         .insn_length = insn->length};
    switch (which) {
    case IA32_VMREAD:
    case IA32_VMWRITE:
        x.insn_info = (uint32_t)insn->reg << 28;
        if (insn->is_reg) {
            x.insn_info |= 1u << 10 | (uint32_t)insn->rm << 3;
            break;
        }
        /* fall through */
    case IA32_VMXON:
    case IA32_VMCLEAR:
    case IA32_VMPTRLD:
    case IA32_VMPTRST:
        x.insn_info |= vmx_memory_insn_info(insn);
        x.qualification = displacement(vmx_cpu(vmx), insn);
        break;
    default:
        break;
    }
    return vmx_do_exit(vmx, &x);
}

static bool is_undefined(const struct vmx *vmx, enum ia32_vmx_insn which)
{
    const struct ia32_cpu *cpu = vmx_cpu(vmx);
    bool v86 = (cpu->rflags & FL_VM) != 0;
    bool compatibility = (cpu->efer & EFER_LMA) &&
                         !(cpu->mode & IA32_MODE_LONG64);
    bool wrong_mode = v86 || compatibility;
    switch (which) {
    case IA32_VMXON:
        return !(cpu->cr0 & CR0_PE) || !(cpu->cr4 & CR4_VMXE) || wrong_mode;
    case IA32_VMCALL: /* a guest may call from any mode */
        return !cpu->in_vmx || (wrong_mode && !cpu->non_root);
    default:
        return !cpu->in_vmx || !(cpu->cr0 & CR0_PE) || wrong_mode;
    }
}

enum ia32_status vmx_insn(struct ia32_virt *virt, enum ia32_vmx_insn which,
                          const struct ia32_insn *insn)
{
    struct vmx *vmx = vmx_from(virt);
    struct ia32_cpu *cpu = virt->cpu;
    if (is_undefined(vmx, which))
        return ia32_fault_noerr(cpu, IA32_UD);
    if (cpu->non_root)
        return insn_exit(vmx, which, insn);
    vmx->executing = which;
    if (which == IA32_VMXON && !cpu->in_vmx)
        return vmxon(vmx, insn);
    if (cpu->cpl != 0)
        return gp0(vmx);
    switch (which) {
    case IA32_VMXON: return vmx_fail(vmx, VMX_ERR_VMXON_IN_ROOT, NULL);
    case IA32_VMCALL: return vmx_fail(vmx, VMX_ERR_VMCALL_IN_ROOT, NULL);
    case IA32_VMXOFF: return vmxoff(vmx);
    case IA32_VMCLEAR: return vmclear(vmx, insn);
    case IA32_VMPTRLD: return vmptrld(vmx, insn);
    case IA32_VMPTRST: return vmptrst(vmx, insn);
    case IA32_VMREAD: return vmread(vmx, insn);
    case IA32_VMWRITE: return vmwrite(vmx, insn);
    case IA32_VMLAUNCH: return vmx_entry(vmx, true);
    case IA32_VMRESUME: return vmx_entry(vmx, false);
    }
    return IA32_OK;
}
