# SPDX-License-Identifier: GPL-3.0-or-later
# Guests of a few instructions each: the first VM exit is what counts.
        .file   "snippets.S"
        .macro  guest_code name
        .balign 16
        .globl  g_\name
g_\name:
        .endm

        .text
guest_code cpuid
        cpuid
guest_code hlt
        hlt
guest_code sti_hlt
        sti
        hlt
guest_code movss_cpuid
        movl    $0x10, %eax
        movl    %eax, %ss
        cpuid
guest_code invd
        invd
guest_code invlpg
        invlpg  0x12345678
guest_code rdtsc
        rdtsc
guest_code pause
        pause
guest_code vmcall
        vmcall
guest_code vmxoff
        vmxoff
guest_code vmlaunch
        vmlaunch
guest_code vmresume
        vmresume
guest_code vmread
        vmread  %eax, %ebx
guest_code vmwrite
        vmwrite %ebx, %eax
guest_code vmclear
        vmclear 0x1234
guest_code vmptrld
        vmptrld 8(%eax,%ebx,4)
guest_code vmptrst
        vmptrst (%esp)
guest_code vmxon
        vmxon   -4(%ebp)
guest_code mov_dr7
        movl    %ecx, %dr7
guest_code mov_from_dr0
        movl    %dr0, %edi
guest_code mov_cr0
        movl    %esi, %cr0
guest_code mov_cr3
        movl    %ecx, %cr3
        vmcall
guest_code mov_from_cr3
        movl    %cr3, %ebp
guest_code mov_cr4
        movl    %edx, %cr4
guest_code clts
        clts
        vmcall
guest_code lmsw_reg
        lmsw    %cx
guest_code lmsw_mem
        lmsw    lmsw_word
guest_code out_dx
        outb    %al, %dx
guest_code out_imm
        outl    %eax, $0x80
guest_code in_dx
        inw     %dx, %ax
guest_code in_imm
        inb     $0x70, %al
        vmcall
guest_code outsb
        outsb
guest_code rep_outsl
        rep outsl
guest_code rep_insw
        rep insw
guest_code outs_fs
        outsb   %fs:(%esi), %dx
guest_code rdmsr
        rdmsr
        vmcall
guest_code wrmsr
        wrmsr
        vmcall
guest_code ud2
        ud2
guest_code int3
        int3
guest_code into
        movb    $0x7f, %al
        addb    $1, %al
        into
guest_code int21
        int     $0x21
guest_code divide
        divl    %ecx
guest_code bad_selector
        movl    %edx, %fs
guest_code read_absent
        movl    0xff000123, %eax
guest_code write_absent
        movl    %eax, 0xff000123
guest_code step
        pushfl
        orl     $0x100, (%esp)
        popfl
        nop
        nop
guest_code sti_window
        sti
        nop
        nop
        nop
guest_code jmp_tss
        ljmp    $0x20, $0
guest_code call_tss
        lcall   $0x20, $0
guest_code int_task_gate
        int     $0x22

guest_code shadows
        movl    %cr0, %eax
        andl    $0x0000003f, %eax
        movl    %cr4, %ebx
        vmcall
guest_code smsw
        smswl   %eax
        andl    $0x3f, %eax
        vmcall
guest_code own_bits
        movl    %cr4, %ebx
        xorl    $0x84, %ebx             # TSD and PGE are the guest's
        movl    %ebx, %cr4
        movl    %cr4, %ebx
        vmcall
guest_code spin
1:      jmp     1b
guest_code nops
        nop
        nop
        nop
guest_code store
        movl    %eax, watched
        nop
guest_code icebp
        .byte   0xf1
guest_code step_movss
        movl    $0x10, %edx
        pushfl
        orl     $0x100, (%esp)
        popfl
        movl    %edx, %ss
        nop
        nop
guest_code in_al
        inb     $0x80, %al
guest_code lock_cpuid
        .byte   0xf0
        cpuid
guest_code iret
        pushl   $0x202
        pushl   $8
        pushl   $1f
        iretl
1:      vmcall
guest_code segment_limit
        movl    $0x28, %eax
        movl    %eax, %gs
        movl    %gs:0x100, %eax

        .balign 16
        .globl  guest_stubs             # one for each vector, 4 bytes
guest_stubs:
        .rept   64
        vmcall
        nop
        .endr

        .data
watched:
        .long   0
lmsw_word:
        .word   0x0031

        .section .note.GNU-stack, "", @progbits
