/* SPDX-License-Identifier: MIT */
/* A hypervisor for one guest: put the guest into memory, make a virtual
 * machine for it, and answer its VM exits until it says goodbye.  Read this
 * file first, then ../../lib/vmx.c, vmcs.c, enter.S and exits.c. */
#include "labs/01-hello-vmx/hypercall.h"
#include "labs/01-hello-vmx/vmm/vmm.h"
#include "labs/lib/loader.h"
#include "labs/lib/timer.h"

/* What the guest starts on: its own 4 MiB, linear = physical. */
static uint32_t guest_directory[1024] __attribute__((aligned(4096)));

static void run_guest(uint32_t counts[VMX_EXIT_COUNT])
{
    for (bool launched = false; !guest_ended; launched = true) {
        deliver_timer();
        if (!vmx_enter(launched))
            fail("VM entry refused, VM-instruction error",
                 vmread(VMCS_INSTRUCTION_ERROR));
        uint32_t reason = vmread(VMCS_EXIT_REASON);
        if (reason & VMX_EXIT_ENTRY_FAILURE)
            fail("VM entry failed, exit reason", reason & 0xffff);
        handle_exit(reason);
        counts[reason]++;
    }
}

static void print_summary(const uint32_t counts[VMX_EXIT_COUNT])
{
    print("vmm: VM exits, by reason:\n");
    for (uint32_t i = 0; i < VMX_EXIT_COUNT; i++)
        if (counts[i])
            print("%9u  %2u %s\n", counts[i], i, vmx_exit_name(i));
}

int main(uint32_t magic, const struct multiboot_info *info)
{
    static uint32_t counts[VMX_EXIT_COUNT];

    console_init(CONSOLE_DEBUG);
    print("vmm: hello from VMX root operation\n");
    if (magic != MULTIBOOT_BOOTLOADER_MAGIC ||
        !(info->flags & MULTIBOOT_INFO_MODULES) || info->module_count != 1)
        fail("start me with one Multiboot module, the guest", magic);
    uint32_t entry = load_elf((const void *)info->modules, GUEST_BASE,
                              GUEST_BYTES);
    guest_directory[GUEST_BASE >> 22] = GUEST_BASE | PTE_PS | PTE_W | PTE_P;

    timer_init();
    vmx_on();
    vmcs_create((uint32_t)guest_directory, entry);
    run_guest(counts);
    vmxoff();
    print_summary(counts);
    return (int)guest_status;
}
