# SPDX-License-Identifier: GPL-3.0-or-later
# Exceptions of a guest that tests exceptions: catch(f) runs f and says which
# vector ended it; the frame that the processor pushed is in caught.
        .file   "catch.S"

        .text
# uint32_t catch(void (*f)(void)): the vector, or -1 when f returned
        .globl  catch
catch:
        pushal
        movl    %esp, catch_esp
        call    *36(%esp)
        movl    $-1, %eax
1:      movl    catch_esp, %esp
        movl    %eax, 28(%esp)          # EAX as POPAL will load it
        popal
        ret

common: movl    $0x10, %eax             # f may have changed them
        movl    %eax, %ds
        movl    %eax, %es
        movl    %esp, %esi
        movl    $caught, %edi
        movl    $7, %ecx                # vector .. SS
        cld
        rep movsl
        movl    caught, %eax
        jmp     1b

# to_user(f): run f at privilege level 3 on a stack of its own
        .globl  to_user
to_user:
        movl    4(%esp), %eax
        pushl   $0x23
        pushl   $user_stack_top
        pushl   $2
        pushl   $0x1b
        pushl   %eax
        movl    $0x23, %ecx
        movl    %ecx, %ds
        movl    %ecx, %es
        iretl

# Vectors 0 to 63.  Those with an error code: 8, 10 to 14, 17.
        .set    vector, 0
        .rept   64
        .balign 16
        .if     vector == 0
        .globl  vectors
vectors:
        .endif
        .if     vector != 8 && (vector < 10 || vector > 14) && vector != 17
        pushl   $0
        .endif
        pushl   $vector
        jmp     common
        .set    vector, vector + 1
        .endr

        .bss
        .align  16
        .globl  caught, user_stack_top
caught: .skip   28
catch_esp:
        .skip   4
        .align  4096
        .skip   4096
user_stack_top:

        .section .note.GNU-stack, "", @progbits
