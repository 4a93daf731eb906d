/* SPDX-License-Identifier: MIT */
/* The part of VMX that every hypervisor begins with: find out what the
 * processor offers, satisfy its demands, and enter VMX operation.
 * SDM 325462, Vol 3C, "Introduction to Virtual Machine Extensions". */
#include "labs/lib/vmx.h"

#include "labs/lib/console.h"
#include "labs/lib/x86.h"

#define PAGE_ALIGNED __attribute__((aligned(4096)))

/* The processor's own: software writes the revision and nothing else. */
static uint32_t vmxon_region[1024] PAGE_ALIGNED;
static uint32_t vmcs[1024] PAGE_ALIGNED;
/* The hypervisor's page directory: 4-MiB pages, linear = physical. */
static uint32_t directory[1024] PAGE_ALIGNED;

uint32_t vmread(uint32_t field)
{
    uint32_t value;
    if (!vmread_ok(field, &value))
        fail("VMREAD: no such field", field);
    return value;
}

void vmwrite(uint32_t field, uint32_t value)
{
    if (!vmwrite_ok(field, value))
        fail("VMWRITE: no such field", field);
}

/* The FIXED0 MSR has a 1 where a bit must be 1, FIXED1 a 0 where it must
 * be 0.  SDM Vol 3D, "VMX-Fixed Bits in CR0" and "... in CR4". */
uint32_t vmx_fixed(uint32_t value, uint32_t fixed0_msr)
{
    return (value | (uint32_t)rdmsr(fixed0_msr)) &
           (uint32_t)rdmsr(fixed0_msr + 1);
}

/* The firmware decides whether VMXON may be used, and locks the decision;
 * where it has not, we do.  SDM Vol 3C, "Enabling and Entering VMX
 * Operation". */
static void allow_vmxon(void)
{
    uint32_t wanted = FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMXON;
    uint32_t now = (uint32_t)rdmsr(MSR_FEATURE_CONTROL);

    if (!(now & FEATURE_CONTROL_LOCK))
        wrmsr(MSR_FEATURE_CONTROL, now | wanted);
    else if (!(now & FEATURE_CONTROL_VMXON))
        fail("the firmware has locked VMX off", now);
}

void vmx_on(void)
{
    if (!(cpuid(1, 0).ecx & CPUID_1_ECX_VMX))
        fail("this processor has no VMX", cpuid(1, 0).ecx);
    allow_vmxon();

    /* VMX operation of the first generation wants paging on, always. */
    for (uint32_t i = 0; i < 1024; i++)
        directory[i] = i << 22 | PTE_PS | PTE_W | PTE_P;
    write_cr3((uint32_t)directory);
    write_cr4(vmx_fixed(read_cr4() | CR4_PSE, MSR_VMX_CR4_FIXED0));
    write_cr0(vmx_fixed(read_cr0() | CR0_WP, MSR_VMX_CR0_FIXED0));

    /* Bits 30:0 of IA32_VMX_BASIC are the revision.  Bit 48 may demand that
     * these regions lie below 4 GiB: all of a 32-bit hypervisor does. */
    vmxon_region[0] = vmcs[0] = (uint32_t)rdmsr(MSR_VMX_BASIC) & 0x7fffffff;
    if (!vmxon((uint32_t)vmxon_region))
        fail("VMXON failed", (uint32_t)vmxon_region);
    if (!vmclear((uint32_t)vmcs) || !vmptrld((uint32_t)vmcs))
        fail("VMCLEAR or VMPTRLD failed", (uint32_t)vmcs);
}

/* Bits 31:0 of a capability MSR are those that must be 1, bits 63:32 those
 * that may be 1.  SDM Vol 3D, "Reserved Controls and Default Settings". */
void vmx_write_controls(uint32_t field, uint32_t msr, uint32_t wanted)
{
    uint64_t capability = rdmsr(msr);

    if (wanted & ~(uint32_t)(capability >> 32))
        fail("this processor lacks a VMX control of MSR", msr);
    vmwrite(field, wanted | (uint32_t)capability);
}
