# SPDX-License-Identifier: GPL-3.0-or-later
# The loops that are timed.  Each is void NAME(uint32_t count), in ring 0
# unless said, with paging on; those that compute leave their result in the
# variable `result', so that emulators can be compared.
        .file   "loops.S"
        .text

# A loop's frame: count into ECX, callee-saved registers kept.
        .macro  loop_begin name
        .globl  \name
\name:  pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    20(%esp), %ecx
        .endm
        .macro  loop_end
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret
        .endm

# Integer: xorshift, sums with carry, a branch that no one can foretell.
        loop_begin loop_integer
        movl    $2463534242, %eax
        xorl    %ebx, %ebx
        xorl    %esi, %esi
        xorl    %edi, %edi
1:      movl    %eax, %edx
        shll    $13, %edx
        xorl    %edx, %eax
        movl    %eax, %edx
        shrl    $17, %edx
        xorl    %edx, %eax
        movl    %eax, %edx
        shll    $5, %edx
        xorl    %edx, %eax
        addl    %eax, %esi
        adcl    $0, %ebx
        testb   $1, %al
        jz      2f
        leal    7(%edi,%eax,4), %edi
2:      decl    %ecx
        jnz     1b
        addl    %esi, %ebx
        xorl    %edi, %ebx
        movl    %ebx, result
        loop_end

# Memory: loads, stores and read-modify-writes over 256 KiB.
        loop_begin loop_memory
        xorl    %eax, %eax
1:      movl    $buffer, %esi
        movl    $256 * 1024 / 16, %edx
2:      addl    (%esi), %eax
        movl    4(%esi), %ebx
        addl    %edx, 8(%esi)
        addl    %ebx, %eax
        movl    %eax, 12(%esi)
        movl    %edx, 4(%esi)
        addl    $16, %esi
        decl    %edx
        jnz     2b
        decl    %ecx
        jnz     1b
        movl    %eax, result
        loop_end

# System calls, in ring 3: SYSENTER and SYSEXIT, INT and IRET.
        .globl  loop_sysenter
loop_sysenter:
        movl    %ecx, %ebx
1:      movl    %esp, %ebp
        movl    $2f, %edi
        sysenter
2:      decl    %ebx
        jnz     1b
        int     $0x81
        .globl  sysenter_entry
sysenter_entry:
        incl    result
        movl    %ebp, %ecx
        movl    %edi, %edx
        sysexit

        .globl  loop_int80
loop_int80:
1:      int     $0x80
        decl    %ecx
        jnz     1b
        int     $0x81
        .globl  int80
int80:  incl    result
        iretl

# Page faults: a page that is not there, a handler that brings it, and the
# page taken away again.
        .set    AWAY, 0x800000
        .set    away_entry, page_table + (AWAY >> 12) * 4
        loop_begin loop_fault
        movl    $AWAY, %esi
1:      movl    %ecx, (%esi)
        movl    $0, away_entry
        invlpg  (%esi)
        decl    %ecx
        jnz     1b
        loop_end
        .globl  page_fault
page_fault:
        pushl   %eax
        movl    %cr2, %eax
        cmpl    $AWAY, %eax
        jne     1f
        movl    $buffer + 3, away_entry
        incl    result
1:      popl    %eax
        addl    $4, %esp
        iretl

# Address spaces: a new CR3, then a working set of 16 pages.
        loop_begin loop_cr3
        movl    $directory, %esi
        movl    $directory + 4096, %edi
        xorl    %eax, %eax
1:      movl    %esi, %cr3
        xchgl   %esi, %edi
        .set    page, 0
        .rept   16
        addl    buffer + page * 4096 + page * 64, %eax
        .set    page, page + 1
        .endr
        decl    %ecx
        jnz     1b
        movl    %eax, result
        loop_end

# Strings: a page cleared, a page copied.
        loop_begin loop_string
        movl    %ecx, %edx
        xorl    %eax, %eax
1:      movl    $buffer, %edi
        movl    $1024, %ecx
        rep stosl
        movl    $buffer + 64, %esi
        movl    $buffer + 0x10000, %edi
        movl    $1024, %ecx
        rep movsl
        incl    %eax
        decl    %edx
        jnz     1b
        movl    buffer + 0x10100, %eax
        movl    %eax, result
        loop_end
        .section .note.GNU-stack, "", @progbits
