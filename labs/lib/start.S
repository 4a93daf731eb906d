# SPDX-License-Identifier: MIT
# Where a Multiboot loader enters: 32-bit protected mode, flat segments,
# paging and interrupts off, EAX = magic, EBX = address of the boot
# information.  Multiboot Specification 0.6.96, "Machine state".
#
# The loader's GDT may be anywhere, so the first thing is a GDT of one's own.
# It has a task register too: VM exits load TR, and want a real selector.
        .file   "start.S"

        .set    MAGIC, 0x1badb002
        .set    FLAGS, 1                # modules on page boundaries

        .section .multiboot, "a"
        .align  4
        .long   MAGIC, FLAGS, -(MAGIC + FLAGS)

        .text
        .globl  start
start:
        movl    $stack_top, %esp
        lgdt    gdt_register
        ljmp    $0x08, $1f              # CS = 08h
1:      movl    $0x10, %edx             # all others = 10h
        movl    %edx, %ds
        movl    %edx, %es
        movl    %edx, %ss
        movl    %edx, %fs
        movl    %edx, %gs
        movl    $0x18, %edx
        ltr     %dx
        cld
        pushl   %ebx
        pushl   %eax
        call    main                    # int main(magic, info)
        pushl   %eax
        call    machine_stop

        .data
        .align  8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      # 08h: code, base 0, limit 4 GiB
        .quad   0x00cf93000000ffff      # 10h: data, the same
        .quad   0x0000890000000067      # 18h: a TSS nobody ever switches to
gdt_register:
        .word   . - gdt - 1
        .long   gdt

        .bss
        .align  16
        .skip   16384
stack_top:

        .section .note.GNU-stack, "", @progbits
