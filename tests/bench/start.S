# SPDX-License-Identifier: GPL-3.0-or-later
# Entry of the benchmark guest, its descriptors, and what its loops need of
# the system: a TSS for ring 0's stack, gates, ring 3 and back.
# Multiboot Specification 0.6.96; SDM 325462, Vol 3A, "Protection".
        .file   "start.S"
        .set    MAGIC, 0x1badb002
        .set    FLAGS, 2                # tell me of memory (nobody looks)

        .section .entry, "ax"
        .globl  entry
entry:  jmp     start                   # boot.S enters here, too
        .align  4
        .long   MAGIC, FLAGS, -(MAGIC + FLAGS)

        .text
start:
        movl    $stack_top, %esp
        lgdt    gdt_register
        ljmp    $0x08, $1f
1:      movl    $0x10, %edx
        movl    %edx, %ds
        movl    %edx, %es
        movl    %edx, %ss
        movl    %edx, %fs
        movl    %edx, %gs
        cld
        movl    %eax, %esi              # clear .bss: boot.S has not
        movl    $bss_start, %edi
        movl    $bss_end, %ecx
        subl    %edi, %ecx
        shrl    $2, %ecx
        xorl    %eax, %eax
        rep stosl
        pushl   %ebx
        pushl   %esi
        movl    $tss, %eax              # base of the TSS into its descriptor
        movw    %ax, gdt_tss + 2
        shrl    $16, %eax
        movb    %al, gdt_tss + 4
        movb    %ah, gdt_tss + 7
        movl    $0x10, tss + 8          # SS0
        movl    $0x28, %edx
        ltr     %dx
        lidt    idt_register
        call    guest_main              # (magic, info)
0:      hlt
        jmp     0b

# void run_in_ring3(void (*loop)(uint32_t count), uint32_t count): calls loop
# in ring 3; its INT 81H ends it.
        .globl  run_in_ring3
run_in_ring3:
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    20(%esp), %eax
        movl    24(%esp), %ecx
        movl    %esp, ring0_esp
        leal    -64(%esp), %edx         # events' stack: below what must stay
        movl    %edx, tss + 4
        pushl   $0x23                   # SS, ESP, EFLAGS, CS, EIP
        pushl   $user_stack_top
        pushl   $2
        pushl   $0x1b
        pushl   %eax
        movl    $0x23, %edx
        movl    %edx, %ds
        movl    %edx, %es
        iretl
        .globl  int81
int81:  movl    $0x10, %edx
        movl    %edx, %ds
        movl    %edx, %es
        movl    ring0_esp, %esp
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret

        .data
        .align  8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      # 08h: code, ring 0
        .quad   0x00cf93000000ffff      # 10h: data, ring 0
        .quad   0x00cffb000000ffff      # 18h: code, ring 3
        .quad   0x00cff3000000ffff      # 20h: data, ring 3
gdt_tss:
        .quad   0x0000890000000067      # 28h: TSS
gdt_register:
        .word   . - gdt - 1
        .long   gdt
        .globl  idt_register
idt_register:
        .word   256 * 8 - 1
        .long   idt

        .bss
        .align  16
        .globl  idt
idt:    .skip   256 * 8
tss:    .skip   104
ring0_esp:
        .skip   4
        .skip   16384
        .globl  stack_top
stack_top:
        .skip   4096
user_stack_top:
        .section .note.GNU-stack, "", @progbits
