/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Into the host's processor with a whole state, and back.
 *
 * IRET goes in: it loads CS, RIP, RFLAGS, SS and RSP at once, and because it
 * is serializing, the bytes of the instruction may have been written a moment
 * ago through another mapping.  A jump comes back: the instruction is
 * followed by one to a stub that stores the registers at fixed addresses
 * (there is no register to spare).  FS needs care, since it is the C
 * library's: it is changed only for cases that may see it.
 *
 * Not C, because C cannot say it. */
#include "tests/silicon/host_enter.h"

#if SILICON_HOST

#define TEXT1(x) #x
#define TEXT(x) TEXT1(x)
#define P(offset) TEXT(HOST_PAGE) "+" TEXT(offset)

_Static_assert(offsetof(struct host_page, rip) == 128, "see P(128)");
_Static_assert(offsetof(struct host_page, cs) == 144, "see P(144)");
_Static_assert(offsetof(struct host_page, load) == 208, "see P(208)");
_Static_assert(offsetof(struct host_page, leave) == 232, "see P(232)");
_Static_assert(offsetof(struct host_page, running) == 272, "see P(272)");
_Static_assert(offsetof(struct host_page, fx) == 512, "see P(512)");
_Static_assert(offsetof(struct host_page, clean_fx) == 1024, "see P(1024)");

/* The sixteen registers in the order of their numbers, RSP apart. */
#define EACH_REGISTER(X)                                                     \
    X(rax, 0) X(rcx, 8) X(rdx, 16) X(rbx, 24) X(rbp, 40) X(rsi, 48)          \
    X(rdi, 56) X(r8, 64) X(r9, 72) X(r10, 80) X(r11, 88) X(r12, 96)          \
    X(r13, 104) X(r14, 112) X(r15, 120)
#define LOAD(name, offset) "movq " P(offset) ", %" #name "\n"
#define STORE(name, offset) "movq %" #name ", " P(offset) "\n"

/* arch_prctl(code, *at): ARCH_SET_GS is 1001h, ARCH_SET_FS 1002h. */
#define ARCH_PRCTL(code, at)                                                 \
    "movl $158, %eax\n"                                                      \
    "movl $" code ", %edi\n"                                                 \
    "movq " at ", %rsi\n"                                                    \
    "syscall\n"

__asm__(
    ".text\n"
    ".p2align 4\n"
    ".globl host_enter\n"
    ".type host_enter, @function\n"
    "host_enter:\n"
    "pushq %rbx\n pushq %rbp\n pushq %r12\n"
    "pushq %r13\n pushq %r14\n pushq %r15\n"
    "movq %rsp, " P(224) "\n"
    "movq $1, " P(272) "\n"
    "fxrstor64 " P(512) "\n"
    "cmpq $0, " P(208) "\n"
    "je 1f\n"
    "movl " P(160) ", %eax\n movl %eax, %ds\n"
    "movl " P(168) ", %eax\n movl %eax, %es\n"
    "movl " P(176) ", %eax\n movl %eax, %fs\n"
    "movl " P(184) ", %eax\n movl %eax, %gs\n"
    "cmpq $2, " P(208) "\n"
    "jb 1f\n"
    "ja 2f\n"
    "movq " P(192) ", %rax\n wrfsbase %rax\n"
    "movq " P(200) ", %rax\n wrgsbase %rax\n"
    "jmp 1f\n"
    "2:\n"
    ARCH_PRCTL("0x1002", P(192))
    ARCH_PRCTL("0x1001", P(200))
    "1:\n"
    "pushq " P(152) "\n" /* SS, RSP, RFLAGS, CS, RIP */
    "pushq " P(32) "\n"
    "pushq " P(136) "\n"
    "pushq " P(144) "\n"
    "pushq " P(128) "\n"
    EACH_REGISTER(LOAD)
    "iretq\n"
    ".size host_enter, . - host_enter\n"

    /* Stack is ours again, general registers are stored, flags are not. */
    ".globl host_leave\n"
    ".type host_leave, @object\n"
    "host_leave:\n"
    "pushfq\n popq " P(136) "\n"
    "pushq $2\n popfq\n"
    "movl %ds, %eax\n movq %rax, " P(160) "\n"
    "movl %es, %eax\n movq %rax, " P(168) "\n"
    "movl %fs, %eax\n movq %rax, " P(176) "\n"
    "movl %gs, %eax\n movq %rax, " P(184) "\n"
    "movl %ss, %eax\n movq %rax, " P(152) "\n"
    "fxsave64 " P(512) "\n"
    "cmpq $2, " P(208) "\n"
    "jne 3f\n"
    "rdfsbase %rax\n movq %rax, " P(192) "\n"
    "rdgsbase %rax\n movq %rax, " P(200) "\n"
    "3:\n"
    "jmp host_unwind_here\n"

    ".globl host_unwind\n"
    ".type host_unwind, @function\n"
    "host_unwind:\n"
    "movq " P(224) ", %rsp\n"
    "host_unwind_here:\n"
    "movl $" TEXT(0x2b) ", %eax\n"
    "movl %eax, %ss\n"
    "fxrstor64 " P(1024) "\n"
    "cmpq $0, " P(208) "\n"
    "je 5f\n"
    "xorl %eax, %eax\n"
    "movl %eax, %fs\n"
    "cmpq $2, " P(208) "\n"
    "je 4f\n"
    "cmpb $0, host_has_fsgsbase(%rip)\n"
    "jne 4f\n"
    ARCH_PRCTL("0x1002", P(240))
    "jmp 5f\n"
    "4:\n"
    "movq " P(240) ", %rax\n wrfsbase %rax\n"
    "5:\n"
    "movq $0, " P(272) "\n"
    "popq %r15\n popq %r14\n popq %r13\n"
    "popq %r12\n popq %rbp\n popq %rbx\n"
    "ret\n"
    ".size host_unwind, . - host_unwind\n"

    ".globl host_stub_sequential\n"
    "host_stub_sequential:\n"
    "movl $1, " P(216) "\n"
    "jmp 6f\n"
    ".globl host_stub_target\n"
    "host_stub_target:\n"
    "movl $2, " P(216) "\n"
    "6:\n"
    EACH_REGISTER(STORE)
    "movq %rsp, " P(32) "\n"
    "movq " P(224) ", %rsp\n"
    "jmp *" P(232) "\n"
    ".globl host_stubs_end\n"
    "host_stubs_end:\n"

    ".data\n"
    ".globl host_has_fsgsbase\n"
    "host_has_fsgsbase: .byte 0\n"
    ".text\n");

#endif
