/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The capability MSRs: what this processor's VMX can do.  Derived from the
 * tables, so that what is not modelled cannot be offered.
 *
 * SDM 325462, Vol 3C, Appendix A, "VMX Capability Reporting Facility".  The
 * TRUE MSRs, IA32_VMX_PROCBASED_CTLS2 and IA32_VMX_EPT_VPID_CAP came later:
 * reading them is #GP. */
#include "vmx-model/vmx_priv.h"

#define MSR_VMX_MISC 0x485u
#define MSR_VMX_CR0_FIXED0 0x486u
#define MSR_VMX_CR0_FIXED1 0x487u
#define MSR_VMX_CR4_FIXED0 0x488u
#define MSR_VMX_CR4_FIXED1 0x489u
#define MSR_VMX_VMCS_ENUM 0x48au

#define MEMORY_TYPE_WB UINT64_C(6)

void vmx_init_capabilities(struct vmx *vmx)
{
    const struct ia32_cpu *cpu = vmx_cpu(vmx);
    /* VMX operation of this generation needs protected mode with paging. */
    vmx->cr0_fixed0 = CR0_PE | CR0_NE | CR0_PG;
    vmx->cr0_fixed1 = UINT64_C(0xffffffff);
    vmx->cr4_fixed0 = CR4_VMXE;
    vmx->cr4_fixed1 = ia32_cr4_allowed(cpu) | CR4_VMXE;
    for (unsigned w = 0; w < VMX_WORD_COUNT; w++)
        vmx->offered[w] = vmx_words[w].default1;
    for (unsigned i = 0; i < VMX_CONTROL_COUNT; i++) {
        const struct vmx_control *c = &vmx_controls[i];
        if (c->capability != VMX_CTL_ABSENT &&
            ia32_has(cpu, (enum ia32_feature)c->feature))
            vmx->offered[c->word] |= VT_BIT(c->bit);
    }
}

/* Appendix A.1, "Basic VMX Information". */
static uint64_t basic(const struct vmx *vmx)
{
    bool limited = !vmx_intel64(vmx_cpu(vmx)); /* addresses, to 32 bits */
    return VMX_REVISION | (uint64_t)VMX_REGION_BYTES << 32 |
           (limited ? VT_BIT(48) : 0) | MEMORY_TYPE_WB << 50;
    /* 49 dual-monitor treatment, 54 information for INS and OUTS, 55 TRUE
     * MSRs: all 0 */
}

/* Appendix A.6, "Miscellaneous Data": activity states HLT and shutdown,
 * number of CR3-target values, MSR lists up to 512 entries (0 in 27:25). */
static uint64_t misc(void)
{
    return VT_BIT(6) | VT_BIT(7) | (uint64_t)VMX_CR3_TARGETS << 16;
}

/* Appendix A.9, "VMCS Enumeration": the highest index of any encoding. */
static uint64_t vmcs_enum(void)
{
    uint64_t highest = 0;
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++) {
        uint64_t index = vmx_fields[i].encoding & 0x3fe;
        highest = index > highest ? index : highest;
    }
    return highest;
}

bool vmx_rdmsr(struct ia32_virt *virt, uint32_t msr, uint64_t *value)
{
    const struct vmx *vmx = vmx_from(virt);
    for (unsigned w = 0; w < VMX_WORD_COUNT; w++)
        if (vmx_words[w].msr == msr) {
            *value = vmx_words[w].default1 | vmx->offered[w] << 32;
            return true;
        }
    switch (msr) {
    case MSR_VMX_BASIC: *value = basic(vmx); return true;
    case MSR_VMX_MISC: *value = misc(); return true;
    case MSR_VMX_CR0_FIXED0: *value = vmx->cr0_fixed0; return true;
    case MSR_VMX_CR0_FIXED1: *value = vmx->cr0_fixed1; return true;
    case MSR_VMX_CR4_FIXED0: *value = vmx->cr4_fixed0; return true;
    case MSR_VMX_CR4_FIXED1: *value = vmx->cr4_fixed1; return true;
    case MSR_VMX_VMCS_ENUM: *value = vmcs_enum(); return true;
    default: return false;
    }
}

bool vmx_cr_fixed_ok(struct ia32_virt *virt, unsigned which, uint64_t value)
{
    const struct vmx *vmx = vmx_from(virt);
    uint64_t fixed0 = which == 0 ? vmx->cr0_fixed0 : vmx->cr4_fixed0;
    uint64_t fixed1 = which == 0 ? vmx->cr0_fixed1 : vmx->cr4_fixed1;
    return !(fixed0 & ~value) && !(value & ~fixed1);
}
