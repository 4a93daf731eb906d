/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processor state in and out of the VMCS.
 *
 * SDM 325462, Vol 3C, "Loading Guest State", "Saving Guest State", "Loading
 * Host State".  The host has no saved segment limits, flags or debug
 * registers: a VM exit sets them to fixed values. */
#include "sim/ia32/boundary.h"
#include "sim/ia32/paging.h"
#include "vmx-model/vmx_priv.h"

#define DR7_AT_EXIT UINT64_C(0x400)
/* Of DR7, VM entries clear bits 12, 14 and 15 and set bit 10. */
#define DR7_CLEARED UINT64_C(0xd000)

#define HOST_CODE_AR (0x9bu | AR_G)         /* type 11, S, P; and D or L */
#define HOST_DATA_AR (0x93u | AR_DB | AR_G) /* type 3, S, P */
#define HOST_TSS_AR 0x8bu                   /* type 11, P */
#define SAVED_AR (0xf0ffu | AR_UNUSABLE)    /* 31:17 and 11:8 are 0 */

static void put(struct vmx *vmx, unsigned id, uint64_t value)
{
    vmx_field_write(vmx, (int)id, false, value);
}

/* --- saving ------------------------------------------------------------ */

static uint64_t activity_of(const struct ia32_cpu *cpu)
{
    switch (cpu->base.activity) {
    case VT_HALTED: return cpu->mwait ? VMX_ACTIVE : VMX_HLT;
    case VT_SHUTDOWN: return VMX_SHUTDOWN;
    case VT_WAIT_SIPI: return VMX_WAIT_FOR_SIPI;
    case VT_ACTIVE: break;
    }
    return VMX_ACTIVE;
}

/* "Saving RIP, RSP, and RFLAGS": RF as an interrupted or restarted guest
 * needs it; 0 when an instruction is replaced by the VM exit. */
static uint64_t saved_rflags(const struct ia32_cpu *cpu,
                             const struct vmx_exit *exit)
{
    uint64_t flags = ia32_get_rflags(cpu);
    if (exit->sets_rf)
        return flags | FL_RF;
    if (!exit->keeps_rf)
        return flags & ~FL_RF;
    return cpu->repeating ? flags | FL_RF : flags;
}

/* "Saving Non-Register State": clear but while MOV SS holds debug exceptions
 * back, and then also when the exit is itself due to one (#DB of any type). */
static uint64_t saved_pending_debug(const struct ia32_cpu *cpu,
                                    const struct vmx_exit *exit)
{
    bool debug = exit->reason == VMX_EXIT_EXCEPTION_NMI &&
                 (exit->intr_info & INTR_VECTOR) == IA32_DB;
    if (debug || !(cpu->blocking & IA32_BLOCK_MOV_SS))
        return 0;
    return cpu->pending_debug & PENDING_DEBUG_ALLOWED;
}

static void save_segments(struct vmx *vmx)
{
    const struct ia32_cpu *cpu = vmx_cpu(vmx);
    for (unsigned s = 0; s < IA32_SEG_COUNT; s++) {
        put(vmx, VMX_F_GUEST_ES_SELECTOR + s, cpu->seg[s].selector);
        put(vmx, VMX_F_GUEST_ES_BASE + s, cpu->seg[s].base);
        put(vmx, VMX_F_GUEST_ES_LIMIT + s, cpu->seg[s].limit);
        put(vmx, VMX_F_GUEST_ES_AR + s, cpu->seg[s].ar & SAVED_AR);
    }
    put(vmx, VMX_F_GUEST_GDTR_BASE, cpu->gdtr.base);
    put(vmx, VMX_F_GUEST_GDTR_LIMIT, cpu->gdtr.limit);
    put(vmx, VMX_F_GUEST_IDTR_BASE, cpu->idtr.base);
    put(vmx, VMX_F_GUEST_IDTR_LIMIT, cpu->idtr.limit);
}

void vmx_save_guest(struct vmx *vmx, const struct vmx_exit *exit)
{
    const struct ia32_cpu *cpu = vmx_cpu(vmx);
    put(vmx, VMX_F_GUEST_CR0, cpu->cr0);
    put(vmx, VMX_F_GUEST_CR3, cpu->cr3);
    put(vmx, VMX_F_GUEST_CR4, cpu->cr4);
    put(vmx, VMX_F_GUEST_DR7, cpu->dr[7]);
    vmx->field[VMX_F_GUEST_DEBUGCTL] = cpu->debugctl;
    put(vmx, VMX_F_GUEST_SYSENTER_CS, cpu->sysenter_cs);
    put(vmx, VMX_F_GUEST_SYSENTER_ESP, cpu->sysenter_esp);
    put(vmx, VMX_F_GUEST_SYSENTER_EIP, cpu->sysenter_eip);
    save_segments(vmx);
    put(vmx, VMX_F_GUEST_RSP, cpu->gpr[IA32_RSP]);
    put(vmx, VMX_F_GUEST_RIP, cpu->rip);
    put(vmx, VMX_F_GUEST_RFLAGS, saved_rflags(cpu, exit));
    put(vmx, VMX_F_GUEST_ACTIVITY, activity_of(cpu));
    put(vmx, VMX_F_GUEST_INTERRUPTIBILITY, cpu->blocking);
    put(vmx, VMX_F_GUEST_PENDING_DEBUG, saved_pending_debug(cpu, exit));
}

/* --- loading the guest -------------------------------------------------- */

/* LMA follows the controls, and LME with it: paging is on. */
static void set_ia32e_mode(struct ia32_cpu *cpu, bool on)
{
    cpu->efer &= ~(EFER_LMA | EFER_LME);
    if (on)
        cpu->efer |= EFER_LMA | EFER_LME;
}

/* With PAE paging; false: reserved bits are set, nothing is loaded. */
static bool load_pdptes(struct ia32_cpu *cpu)
{
    bool good = true;
    if (!ia32_pae_paging(cpu, cpu->cr0, cpu->cr4))
        return true;
    return ia32_load_pdptes(cpu, cpu->cr3, &good) == IA32_OK && good;
}

/* CR0 keeps ET, NW, CD and its reserved bits over entries and exits. */
static uint64_t merge_cr0(const struct ia32_cpu *cpu, uint64_t cr0)
{
    return (cpu->cr0 & CR0_UNTOUCHED) | (cr0 & ~CR0_UNTOUCHED);
}

/* An unusable register loads its selector; what else of it is kept matters
 * for SS (DPL is the CPL) and for the bases of FS and GS. */
static void load_segments(struct vmx *vmx)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    for (unsigned s = 0; s < IA32_SEG_COUNT; s++) {
        struct ia32_seg seg = {
            .selector = (uint16_t)vmx->field[VMX_F_GUEST_ES_SELECTOR + s],
            .base = vmx->field[VMX_F_GUEST_ES_BASE + s],
            .limit = (uint32_t)vmx->field[VMX_F_GUEST_ES_LIMIT + s],
            .ar = (uint32_t)vmx->field[VMX_F_GUEST_ES_AR + s] & SAVED_AR,
        };
        ia32_set_seg(cpu, (enum ia32_seg_index)s, &seg);
    }
    cpu->gdtr.base = vmx->field[VMX_F_GUEST_GDTR_BASE];
    cpu->gdtr.limit = (uint16_t)vmx->field[VMX_F_GUEST_GDTR_LIMIT];
    cpu->idtr.base = vmx->field[VMX_F_GUEST_IDTR_BASE];
    cpu->idtr.limit = (uint16_t)vmx->field[VMX_F_GUEST_IDTR_LIMIT];
}

void vmx_load_guest(struct vmx *vmx)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    cpu->cr0 = merge_cr0(cpu, vmx->field[VMX_F_GUEST_CR0]);
    cpu->cr3 = vmx->field[VMX_F_GUEST_CR3];
    cpu->cr4 = vmx->field[VMX_F_GUEST_CR4];
    set_ia32e_mode(cpu, vmx_ia32e_guest(vmx));
    load_pdptes(cpu); /* good ones: the checks have looked at them */
    cpu->dr[7] = (vmx->field[VMX_F_GUEST_DR7] & ~DR7_CLEARED) | DR7_AT_EXIT;
    cpu->debugctl = vmx->field[VMX_F_GUEST_DEBUGCTL];
    cpu->sysenter_cs = vmx->field[VMX_F_GUEST_SYSENTER_CS];
    cpu->sysenter_esp = vmx->field[VMX_F_GUEST_SYSENTER_ESP];
    cpu->sysenter_eip = vmx->field[VMX_F_GUEST_SYSENTER_EIP];
    load_segments(vmx);
    cpu->gpr[IA32_RSP] = vmx->field[VMX_F_GUEST_RSP];
    cpu->rip = vmx->field[VMX_F_GUEST_RIP];
    ia32_set_rflags(cpu, vmx->field[VMX_F_GUEST_RFLAGS]);
    cpu->repeating = cpu->single_step = false;
    cpu->non_root = true;
    ia32_tlb_flush_all(cpu); /* no VPID: entries and exits drop the TLB */
}

/* --- loading the host --------------------------------------------------- */

static void load_host_segments(struct vmx *vmx)
{
    static const uint8_t order[] = {IA32_ES, IA32_CS, IA32_SS, IA32_DS,
                                    IA32_FS, IA32_GS, IA32_TR};
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    bool wide = vmx_on(vmx, VMX_C_HOST_ADDRESS_SPACE_SIZE);
    const struct ia32_seg no_ldt = {.ar = AR_UNUSABLE};
    for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
        struct ia32_seg seg = {
            .selector = (uint16_t)vmx->field[VMX_F_HOST_ES_SELECTOR + i],
            .limit = 0xffffffff,
            .ar = HOST_DATA_AR};
        if (order[i] == IA32_CS)
            seg.ar = HOST_CODE_AR | (wide ? AR_L : AR_DB);
        else if (order[i] != IA32_TR && seg.selector == 0)
            seg.ar |= AR_UNUSABLE;
        if (order[i] == IA32_FS)
            seg.base = vmx->field[VMX_F_HOST_FS_BASE];
        if (order[i] == IA32_GS)
            seg.base = vmx->field[VMX_F_HOST_GS_BASE];
        if (order[i] == IA32_TR) {
            seg.base = vmx->field[VMX_F_HOST_TR_BASE];
            seg.limit = 0x67;
            seg.ar = HOST_TSS_AR;
        }
        ia32_set_seg(cpu, (enum ia32_seg_index)order[i], &seg);
    }
    ia32_set_seg(cpu, IA32_LDTR, &no_ldt);
    cpu->gdtr.base = vmx->field[VMX_F_HOST_GDTR_BASE];
    cpu->idtr.base = vmx->field[VMX_F_HOST_IDTR_BASE];
    cpu->gdtr.limit = cpu->idtr.limit = 0xffff;
}

enum vmx_abort vmx_load_host(struct vmx *vmx)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    cpu->non_root = false;
    cpu->cr0 = merge_cr0(cpu, vmx->field[VMX_F_HOST_CR0]);
    cpu->cr3 = vmx->field[VMX_F_HOST_CR3];
    cpu->cr4 = vmx->field[VMX_F_HOST_CR4];
    set_ia32e_mode(cpu, vmx_on(vmx, VMX_C_HOST_ADDRESS_SPACE_SIZE));
    cpu->dr[7] = DR7_AT_EXIT;
    cpu->debugctl = 0;
    cpu->sysenter_cs = vmx->field[VMX_F_HOST_SYSENTER_CS];
    cpu->sysenter_esp = vmx->field[VMX_F_HOST_SYSENTER_ESP];
    cpu->sysenter_eip = vmx->field[VMX_F_HOST_SYSENTER_EIP];
    ia32_set_rflags(cpu, 0); /* bit 1 only: interrupts are off */
    load_host_segments(vmx);
    cpu->gpr[IA32_RSP] = vmx->field[VMX_F_HOST_RSP];
    cpu->rip = vmx->field[VMX_F_HOST_RIP];
    cpu->repeating = cpu->single_step = cpu->delivering = false;
    cpu->pending_debug = 0;
    cpu->blocking &= ~(IA32_BLOCK_STI | IA32_BLOCK_MOV_SS);
    cpu->base.activity = VT_ACTIVE;
    cpu->monitor_armed = cpu->mwait = false;
    ia32_tlb_flush_all(cpu);
    ia32_update_mode(cpu);
    return load_pdptes(cpu) ? VMX_ABORT_NONE : VMX_ABORT_HOST_PDPTES;
}
