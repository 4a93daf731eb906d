# SPDX-License-Identifier: GPL-3.0-or-later
# Trips through the modes of the processor.  Each is called from 32-bit C,
# leaves what it saw in seen or low_seen, and comes back.  Interrupts are off.
        .file   "walk.S"
#include "tests/labs/mode-walk/walk.h"

        .macro  flat_segments
        movl    $DATA32_SEL, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    %eax, %fs
        movl    %eax, %gs
        .endm

        .text
# --- protected mode of 16 bits, real-address mode ----------------------------
# void real_trip(void)
        .globl  real_trip
real_trip:
        pushal
        movl    %esp, saved_esp
        sidt    saved_idt
        lidt    real_idt
        ljmp    $CODE16_SEL, $(low_protected - low)
back_from_real:
        flat_segments
        movl    saved_esp, %esp
        lidt    saved_idt
        popal
        ret

# --- virtual-8086 mode -------------------------------------------------------
# void to_vm86(uint32_t offset, uint32_t eflags): does not return, but by an
# exception or interrupt
        .globl  to_vm86
to_vm86:
        movl    4(%esp), %eax
        movl    8(%esp), %edx
        pushl   $0                      # GS FS DS ES
        pushl   $0
        pushl   $0
        pushl   $0
        pushl   $REAL_STACK_SEG
        pushl   $0x100
        pushl   %edx
        pushl   $LOW_SEG
        pushl   %eax
        iretl

# --- tasks -------------------------------------------------------------------
# void call_task(void)
        .globl  call_task
call_task:
        pushal
        lcall   $TASK_SEL, $0
        popal
        ret

# The other task counts, and waits to be called again.
        .globl  task_start
task_start:
        incl    seen_task
        iretl
        jmp     task_start

# void call_task16(void)
        .globl  call_task16
call_task16:
        pushal
        lcall   $TASK16_SEL, $0
        popal
        ret

# A task for #GP: takes the error code, steps over the two bytes of the
# instruction in the TSS of the faulting task, and goes back to it.
        .globl  gp_task_start
gp_task_start:
        popl    seen_task_error
        addl    $2, tss + 32
        iretl
        jmp     gp_task_start

# void bad_selector(void): #GP(FFF8H)
        .globl  bad_selector
bad_selector:
        movw    $0xfff8, %ax
        movw    %ax, %fs
        ret

# --- call gates --------------------------------------------------------------
# At CPL 3: two parameters for a procedure of CPL 0.  Ends with INT 30H.
        .globl  user_calls_gate, gate_target
user_calls_gate:
        movl    %esp, %esi
        pushl   $0x1111
        pushl   $0x2222
        lcall   $(GATE32_SEL | 3), $0
        subl    %esp, %esi              # lret has released them
        movl    %esi, seen_gate_left
        int     $0x30
gate_target:
        movl    8(%esp), %eax
        movl    %eax, seen_gate_last
        movl    12(%esp), %eax
        movl    %eax, seen_gate_first
        movl    16(%esp), %eax
        movl    %eax, seen_gate_esp
        addl    $8, seen_gate_esp
        subl    %esi, seen_gate_esp     # 0: the ESP of the caller
        movw    %cs, seen_gate_cs
        lret    $8

# --- PAE paging --------------------------------------------------------------
# void pae_trip(void): page tables are in pdpt
        .globl  pae_trip
pae_trip:
        movl    %cr4, %eax
        orl     $0x20, %eax
        movl    %eax, %cr4
        movl    $pdpt, %eax
        movl    %eax, %cr3
        movl    %cr0, %eax
        orl     $0x80000000, %eax
        movl    %eax, %cr0
        movl    ALIAS + BIG, %edx
        movl    %edx, seen_pae
        andl    $0x7fffffff, %eax
        movl    %eax, %cr0
        movl    %cr4, %eax
        andl    $~0x20, %eax
        movl    %eax, %cr4
        ret

# --- IA-32e mode -------------------------------------------------------------
# void long_trip(void): compatibility mode, 64-bit mode, and back
        .set    EFER, 0xc0000080
        .globl  long_trip
long_trip:
        pushal
        movl    %esp, saved_esp
        sidt    saved_idt
        movl    %cr4, %eax
        orl     $0x20, %eax
        movl    %eax, %cr4
        movl    $pml4, %eax
        movl    %eax, %cr3
        movl    $EFER, %ecx
        rdmsr
        orl     $0x100, %eax            # LME
        wrmsr
        movl    %cr0, %eax
        orl     $0x80000000, %eax
        movl    %eax, %cr0

        rdmsr                           # compatibility mode
        movl    %eax, seen_efer
        movl    %esp, %ebx
        pushl   %eax
        subl    %esp, %ebx
        movl    %ebx, seen_push32
        movl    $0xffffffff, %eax
        incl    %eax                    # 40: REX in 64-bit mode
        movl    %eax, seen_inc
        movl    %esp, %ebx
        lcall   $GATE64_SEL, $0         # 64-bit code, and back
        subl    %esp, %ebx
        movl    %ebx, seen_gate64_left
        movl    $TASK16_SEL, %eax       # no such TSS here
        xorl    %edx, %edx
        larl    %eax, %ecx
        setz    %dl
        movl    $TSS_SEL, %eax
        larl    %eax, %ecx
        setz    %dh
        movl    %edx, seen_lar
        movl    $EFER, %ecx
        lidt    idt64_register
        ljmp    $CODE64_SEL, $long_mode

        .code64
        .globl  gate64_target
gate64_target:
        movq    8(%rsp), %rax
        movq    %rax, seen_gate64_cs(%rip)
        lretq
long_mode:
        movl    $0, %eax
        movw    %ax, %ss                # null is good here
        movw    %ax, %ds
        movw    %ss, seen_ss(%rip)
        movabsq $0x123456789abcdef0, %r15
        movq    %r15, seen_r15(%rip)
        movq    %rsp, %rbx
        pushq   %rax
        subq    %rsp, %rbx
        movl    %ebx, seen_push64(%rip)
        movabsq $(0xffff800000000000 + BIG), %rbx
        movq    (%rbx), %rax
        movq    %rax, seen_high(%rip)
        movl    $1, %ecx                # 32-bit results clear the upper half
        movq    $-1, %rax
        movl    %ecx, %eax
        movq    %rax, seen_upper(%rip)
        int     $0x31
        movabsq $0x0000800000000000, %rbx
        movb    (%rbx), %al             # not canonical: #GP(0)
        movb    %cs:(%rbx), %al         # 2 and 3 bytes
        sgdt    seen_gdtr(%rip)
        pushq   $CODE32_SEL
        movl    $back_in_compat, %eax
        pushq   %rax
        lretq

# Frames of 64-bit handlers are pushed from a multiple of 16 down.
        .globl  handler_int64, handler_gp64
handler_int64:
        movq    %rsp, seen_frame(%rip)
        movq    8(%rsp), %rax
        movl    %eax, seen_frame_cs(%rip)
        movq    32(%rsp), %rax
        movl    %eax, seen_frame_ss(%rip)
        iretq
handler_gp64:
        incl    seen_gp64(%rip)
        popq    %rax                    # error code
        orl     %eax, seen_gp64_code(%rip)
        movq    (%rsp), %rax
        addq    $2, (%rsp)
        cmpb    $0x2e, (%rax)           # CS prefix: a byte more
        jne     1f
        incq    (%rsp)
1:      iretq

        .code32
back_in_compat:
        flat_segments
        movl    saved_esp, %esp
        movl    %cr0, %eax
        andl    $0x7fffffff, %eax
        movl    %eax, %cr0              # leaves IA-32e mode
        movl    $EFER, %ecx
        rdmsr
        movl    %eax, seen_efer_after
        andl    $~0x100, %eax
        wrmsr
        movl    %cr4, %eax
        andl    $~0x20, %eax
        movl    %eax, %cr4
        lidt    saved_idt
        popal
        ret

# --- 16 bits -----------------------------------------------------------------
# Copied to LOW; everything is addressed from there.
        .section .rodata
        .globl  low, low_end, low_seen, vm86_int, vm86_flags, vm86_ports
        .globl  vm86_hlt, real_gp, real_ss, real_int
        .globl  vm86_forbidden
        .code16
low:
low_protected:
        movw    $DATA16_SEL, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $BIG_SEL, %ax
        movw    %ax, %fs
        movw    $0xf000, %sp
        movw    %sp, %bx
        pushw   %ax
        subw    %sp, %bx
        addw    %bx, %sp
        movw    %bx, seen_push16 - low
        smsw    %ax
        andw    $1, %ax
        movw    %ax, seen_pe - low
        movl    %cr0, %eax
        andb    $0xfe, %al
        movl    %eax, %cr0
        ljmp    $LOW_SEG, $(low_real - low)

low_real:
        smsw    %ax
        andw    $1, %ax
        movw    %ax, %cs:(seen_no_pe - low) # CS is writable here
        movw    $LOW_SEG, %ax
        movw    %ax, %ds
        movw    $REAL_STACK_SEG, %ax
        movw    %ax, %ss
        movw    $0x100, %sp
        movw    $(LOW_SEG + 1), %ax
        movw    %ax, %es
        movw    %es:(real_word - low - 16), %ax
        movw    %ax, seen_word - low
        xorw    %ax, %ax                # FS keeps its limit of 4 GiB
        movw    %ax, %fs
        movl    $BIG, %esi
        movl    %fs:(%esi), %eax
        movl    %eax, seen_unreal - low
        movw    $0xffff, %bx
        movw    (%bx), %ax              # a word at FFFFH: #GP
        movw    %ss:(%bx), %ax          # #SS
        int     $0x40
        lcall   $(LOW_SEG + 2), $(real_far - low - 32)
        movw    %ax, seen_far - low
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmpl   $CODE32_SEL, $back_from_real

real_far:
        movw    %cs, %ax
        lretw

real_gp:                                # the instruction has 2 bytes
        incw    %cs:(seen_gp - low)
        jmp     1f
real_ss:                                # 3 bytes
        incw    %cs:(seen_stack - low)
        pushw   %bp
        movw    %sp, %bp
        incw    2(%bp)
        popw    %bp
1:      pushw   %bp
        movw    %sp, %bp
        addw    $2, 2(%bp)
        popw    %bp
        iretw
real_int:
        incw    %cs:(seen_int - low)
        iretw

vm86_int:
        movw    $LOW_SEG, %ax
        movw    %ax, %ds
        movw    $(LOW_SEG + 1), %ax
        movw    %ax, %es
        movw    %es:(real_word - low - 16), %ax
        movw    %ax, %cs:(seen_vm86 - low)
        int     $0x30
vm86_flags:
        pushfw
        popw    %ax
        movw    %ax, %cs:(seen_vm86_flags - low)
        int     $0x30
vm86_ports:
        movw    $ALLOWED_PORT, %dx
        inb     %dx, %al
vm86_forbidden:
        inb     $FORBIDDEN_PORT, %al
vm86_hlt:
        hlt

        .globl  task16_start
task16_start:                           # IRET with NT: back to the caller
        incw    seen_task16 - low
        iretw
        jmp     task16_start

        .balign 4
low_seen:
seen_push16: .word 0
seen_pe: .word 0
seen_no_pe: .word 0xffff
seen_word: .word 0
seen_unreal: .long 0
seen_gp: .word 0
seen_stack: .word 0
seen_int: .word 0
seen_far: .word 0
seen_vm86: .word 0
seen_vm86_flags: .word 0
seen_task16: .word 0
real_word: .word 0x1ce5
low_end:

        .data
        .balign 8
real_idt:
        .word   0x3ff
        .long   IVT
        .balign 8
        .globl  idt64_register
idt64_register:
        .word   64 * 16 - 1
        .long   idt64

        .bss
        .balign 8
saved_esp: .skip 4
saved_idt: .skip 8
        .globl  seen
seen:
seen_task: .skip 4
seen_pae: .skip 4
seen_efer: .skip 4
seen_efer_after: .skip 4
seen_push32: .skip 4
seen_inc: .skip 4
seen_push64: .skip 4
seen_frame_cs: .skip 4
seen_frame_ss: .skip 4
seen_gp64: .skip 4
seen_gp64_code: .skip 4
seen_ss: .skip 4
seen_task_error: .skip 4
seen_gate_first: .skip 4
seen_gate_last: .skip 4
seen_gate_esp: .skip 4
seen_gate_cs: .skip 4
seen_gate_left: .skip 4
seen_gate64_left: .skip 4
seen_lar: .skip 4
seen_gate64_cs: .skip 8
seen_r15: .skip 8
seen_high: .skip 8
seen_upper: .skip 8
seen_frame: .skip 8
seen_gdtr: .skip 16

        .section .note.GNU-stack, "", @progbits
