# SPDX-License-Identifier: MIT
# The world switch.  VM entry and VM exit load segments, control registers,
# EIP, ESP and EFLAGS from the VMCS; the other seven registers are for
# software to exchange, and that is all this file does.
#
# The trick is in where the stack pointer stands.  The host ESP in the VMCS
# is the end of `guest`, so PUSHAL, the first instruction after a VM exit,
# stores the guest's registers there, and POPAL fetches them back.
        .file   "enter.S"

        .text
# bool vmx_enter(bool launched)
        .globl  vmx_enter
vmx_enter:
        pushal                          # the hypervisor's own registers
        movl    %esp, vmm_esp
        cmpb    $0, 36(%esp)            # the argument; flags survive POPAL
        movl    $guest, %esp
        popal                           # now ESP = end of guest
        jne     1f
        vmlaunch                        # the VMCS was never used: launch
        jmp     2f
1:      vmresume
2:      movl    vmm_esp, %esp           # still here: no entry happened
        popal
        xorl    %eax, %eax
        ret

# The host EIP in the VMCS.  Interrupts are off: EFLAGS = 2 after a VM exit.
        .globl  vmx_exit_entry
vmx_exit_entry:
        pushal                          # the guest's registers
        movl    vmm_esp, %esp
        popal
        movl    $1, %eax
        ret

        .bss
        .align  4
        .globl  guest
guest:  .skip   32                      # struct guest_registers
vmm_esp:
        .skip   4

        .section .note.GNU-stack, "", @progbits
