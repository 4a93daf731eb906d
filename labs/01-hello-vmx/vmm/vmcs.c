/* SPDX-License-Identifier: MIT */
/* Fill in a VMCS: what makes the guest exit (controls), the state loaded at
 * a VM exit (host), and the state loaded at a VM entry (guest).
 * SDM 325462, Vol 3C, "Virtual Machine Control Structures". */
#include "labs/01-hello-vmx/vmm/vmm.h"

static void set_controls(void)
{
    vmx_write_controls(VMCS_PIN_BASED_CONTROLS, MSR_VMX_PINBASED_CTLS,
                       VMX_EXTERNAL_INTERRUPT_EXITING);
    vmx_write_controls(VMCS_PROC_BASED_CONTROLS, MSR_VMX_PROCBASED_CTLS,
                       VMX_HLT_EXITING | VMX_INVLPG_EXITING |
                       VMX_RDTSC_EXITING | VMX_UNCONDITIONAL_IO_EXITING);
    vmx_write_controls(VMCS_EXIT_CONTROLS, MSR_VMX_EXIT_CTLS,
                       VMX_ACK_INTERRUPT_ON_EXIT);
    vmx_write_controls(VMCS_ENTRY_CONTROLS, MSR_VMX_ENTRY_CTLS, 0);
    vmwrite(VMCS_EXCEPTION_BITMAP, 1u << VECTOR_UD);

    /* A 1 in a mask: the bit is the hypervisor's; the guest reads it from
     * the shadow, and exits when it writes something else than the shadow.
     * A 0: the bit is the guest's own. */
    vmwrite(VMCS_CR0_GUEST_HOST_MASK, ~CR0_TS);
    vmwrite(VMCS_CR0_READ_SHADOW, read_cr0());
    vmwrite(VMCS_CR4_GUEST_HOST_MASK, ~(CR4_TSD | CR4_DE | CR4_PSE | CR4_PGE));
    vmwrite(VMCS_CR4_READ_SHADOW, 0);
}

/* Where the processor goes at a VM exit: here, with the state of now. */
static void set_host_state(void)
{
    static const uint32_t data_selectors[] = {
        VMCS_HOST_ES_SELECTOR, VMCS_HOST_SS_SELECTOR, VMCS_HOST_DS_SELECTOR,
        VMCS_HOST_FS_SELECTOR, VMCS_HOST_GS_SELECTOR };
    struct table_register gdt, idt;

    __asm__ volatile("sgdt %0; sidt %1" : "=m"(gdt), "=m"(idt));
    for (unsigned i = 0; i < 5; i++)
        vmwrite(data_selectors[i], 0x10);
    vmwrite(VMCS_HOST_CS_SELECTOR, 0x08);
    vmwrite(VMCS_HOST_TR_SELECTOR, 0x18);
    vmwrite(VMCS_HOST_GDTR_BASE, gdt.base);
    vmwrite(VMCS_HOST_IDTR_BASE, idt.base);
    vmwrite(VMCS_HOST_CR0, read_cr0());
    vmwrite(VMCS_HOST_CR3, read_cr3());
    vmwrite(VMCS_HOST_CR4, read_cr4());
    vmwrite(VMCS_HOST_RSP, (uint32_t)(&guest + 1)); /* see enter.S */
    vmwrite(VMCS_HOST_RIP, (uint32_t)vmx_exit_entry);
}

/* A segment register as hardware keeps it: limit and access rights are in
 * it, no descriptor table is read at a VM entry.  The fields of ES, CS, SS,
 * DS, FS, GS, LDTR, TR follow each other two by two. */
static void set_guest_segment(uint32_t n, uint32_t selector, uint32_t limit,
                              uint32_t access_rights)
{
    vmwrite(VMCS_GUEST_ES_SELECTOR + 2 * n, selector);
    vmwrite(VMCS_GUEST_ES_BASE + 2 * n, 0);
    vmwrite(VMCS_GUEST_ES_LIMIT + 2 * n, limit);
    vmwrite(VMCS_GUEST_ES_AR + 2 * n, access_rights);
}

static void set_guest_state(uint32_t cr3, uint32_t entry)
{
    for (uint32_t n = 0; n < 6; n++)        /* ES ... GS: flat data */
        set_guest_segment(n, 0x10, 0xffffffff, 0xc093);
    set_guest_segment(1, 0x08, 0xffffffff, 0xc09b); /* CS: flat code */
    set_guest_segment(6, 0, 0, 0x10000);            /* LDTR: unusable */
    set_guest_segment(7, 0x18, 0x67, 0x8b);         /* TR: a busy TSS */
    vmwrite(VMCS_GUEST_GDTR_LIMIT, 0); /* the guest brings its own tables */
    vmwrite(VMCS_GUEST_IDTR_LIMIT, 0);

    vmwrite(VMCS_GUEST_CR0, read_cr0());
    vmwrite(VMCS_GUEST_CR3, cr3);
    vmwrite(VMCS_GUEST_CR4, vmx_fixed(CR4_PSE, MSR_VMX_CR4_FIXED0));
    vmwrite(VMCS_GUEST_DR7, 0x400);
    vmwrite(VMCS_GUEST_RSP, 0);
    vmwrite(VMCS_GUEST_RIP, entry);
    vmwrite(VMCS_GUEST_RFLAGS, FL_ALWAYS_1); /* interrupts off */

    /* "No linked VMCS" is all ones.  64-bit fields have a second encoding
     * for their upper half. */
    vmwrite(VMCS_VMCS_LINK_POINTER, 0xffffffff);
    vmwrite(VMCS_VMCS_LINK_POINTER + 1, 0xffffffff);
}

/* VMCLEAR does not promise zeroes, so fields that should be 0 are written
 * too. */
static void clear_the_rest(void)
{
    static const uint32_t fields[] = {
        VMCS_PF_ERROR_CODE_MASK, VMCS_PF_ERROR_CODE_MATCH,
        VMCS_CR3_TARGET_COUNT, VMCS_EXIT_MSR_STORE_COUNT,
        VMCS_EXIT_MSR_LOAD_COUNT, VMCS_ENTRY_MSR_LOAD_COUNT,
        VMCS_ENTRY_INTR_INFO, VMCS_HOST_SYSENTER_CS,
        VMCS_HOST_SYSENTER_ESP, VMCS_HOST_SYSENTER_EIP, VMCS_HOST_FS_BASE,
        VMCS_HOST_GS_BASE, VMCS_HOST_TR_BASE, VMCS_GUEST_GDTR_BASE,
        VMCS_GUEST_IDTR_BASE, VMCS_GUEST_SYSENTER_CS,
        VMCS_GUEST_SYSENTER_ESP, VMCS_GUEST_SYSENTER_EIP,
        VMCS_GUEST_DEBUGCTL, VMCS_GUEST_DEBUGCTL + 1,
        VMCS_GUEST_INTERRUPTIBILITY, VMCS_GUEST_ACTIVITY,
        VMCS_GUEST_PENDING_DEBUG };

    for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++)
        vmwrite(fields[i], 0);
}

void vmcs_create(uint32_t guest_cr3, uint32_t guest_entry)
{
    clear_the_rest();
    set_controls();
    set_host_state();
    set_guest_state(guest_cr3, guest_entry);
}
