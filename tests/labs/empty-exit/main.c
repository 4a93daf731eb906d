/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hypervisor that does nothing: what is left is the price of an exit and a
 * resume.  The guest shares the hypervisor's page tables and executes HLT,
 * HLT exiting, for ever.  The set-up is that of the first lab. */
#include "labs/01-hello-vmx/vmm/vmm.h"

#define ROUND_TRIPS 10000u

void empty_exits(uint32_t count); /* switch.S */
extern char guest_hlt[];
int main(void);

int main(void)
{
    console_init(CONSOLE_DEBUG);
    vmx_on();
    vmcs_create(read_cr3(), (uint32_t)guest_hlt);
    empty_exits(ROUND_TRIPS);
    uint32_t reason = vmread(VMCS_EXIT_REASON);
    if (reason != VMX_EXIT_HLT)
        fail("the guest stopped for another reason", reason);
    return 0; /* silently: what is done here counts as part of an exit */
}
