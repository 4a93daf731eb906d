# SPDX-License-Identifier: MIT
# The guest's first and lowest code.  The hypervisor enters at start with
# paging on (linear = physical, 4 MiB), interrupts off, flat segments and no
# stack; descriptor tables are the guest's own business.
        .file   "start.S"

        .text
        .globl  start
start:
        movl    $stack_top, %esp
        lgdt    gdt_register
        ljmp    $0x08, $1f
1:      movl    $0x10, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    %eax, %fs
        movl    %eax, %gs
        cld
        call    main                    # ends in a hypercall
1:      jmp     1b

# uint32_t hypercall(number, ebx, ecx)
        .globl  hypercall
hypercall:
        pushl   %ebx
        movl    8(%esp), %eax
        movl    12(%esp), %ebx
        movl    16(%esp), %ecx
        vmcall
        popl    %ebx
        ret

# Interrupts and exceptions arrive here.  Exceptions 13 and 14 bring an error
# code; the others get a 0 in its place, so that every frame looks alike.
        .globl  on_ud, on_gp, on_pf, on_timer
on_ud:  pushl   $0
        pushl   $6
        jmp     common
on_gp:  pushl   $13
        jmp     common
on_pf:  pushl   $14
        jmp     common
on_timer:
        pushl   $0
        pushl   $64
common: pushal
        pushl   %esp                    # struct frame *
        call    interrupt
        addl    $4, %esp
        popal
        addl    $8, %esp                # vector and error code
        iret

        .data
        .align  8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      # 08h: code
        .quad   0x00cf93000000ffff      # 10h: data
gdt_register:
        .word   . - gdt - 1
        .long   gdt

        .bss
        .align  16
        .skip   8192
stack_top:

        .section .note.GNU-stack, "", @progbits
