# SPDX-License-Identifier: GPL-3.0-or-later
# The shortest round trip between guest and hypervisor: the guest's only
# instruction exits and is not skipped, the hypervisor resumes at once.
        .file   "switch.S"

        .text
# void empty_exits(uint32_t count): returns after count VM exits.
        .globl  empty_exits, vmx_exit_entry, guest_hlt
empty_exits:
        pushal
        movl    %esp, vmm_esp
        movl    36(%esp), %ecx          # VM exits leave ECX alone
        vmlaunch
        jmp     2f                      # refused
vmx_exit_entry:
        decl    %ecx
        jz      1f
        vmresume
2:      movl    vmm_esp, %esp
        popal
        pushl   $0
        pushl   $refused
        call    fail
1:      movl    vmm_esp, %esp
        popal
        ret

guest_hlt:
        hlt

        .section .rodata
refused:
        .asciz  "VM entry was refused"

        .bss
        .align  4
        .globl  guest                   # vmcs.c puts the host ESP at its end
guest:  .skip   32
vmm_esp:
        .skip   4

        .section .note.GNU-stack, "", @progbits
