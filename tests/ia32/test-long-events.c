/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events in IA-32e mode: stacks of the 64-bit TSS, gates, frames, returns.
 * SDM Vol 2A, "INT n/INTO/INT3/INT1--Call to Interrupt Procedure"; Vol 3A,
 * "Exception and Interrupt Handling in 64-bit Mode". */
#include "tests/ia32/longrig.h"

/* --- the rig itself --------------------------------------------------- */

/* 48 B8+r imm64 is MOV RAX, imm64 in 64-bit mode and DEC EAX; MOV in 32-bit
 * code: the system runs what it says it runs. */
static void the_three_code_sizes(void)
{
    static const uint8_t code[] = {0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 0x90};
    static const struct {
        unsigned bits;
        uint64_t rax, rip;
    } cases[] = {{64, UINT64_C(0x0807060504030201), 10},
                 {32, 0xffffffff, 1},
                 {16, 0x0000ffff, 1}};
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        long_init(&s, cases[i].bits == 16 ? 3 : 0, cases[i].bits);
        sys_code(&s, code, sizeof code);
        ia32_step(&s.cpu->base);
        CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RAX], cases[i].rax);
        CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + cases[i].rip);
        CU_ASSERT_EQUAL(s.events[VT_EV_FAULT], 0);
        sys_done(&s);
    }
}

/* --- stacks of the 64-bit TSS ------------------------------------------- */

static void stacks_of_the_tss(void)
{
    static const struct {
        unsigned dpl, ist;
        uint64_t at;
    } cases[] = {{0, 0, SYS_STACK0}, {1, 0, SYS_STACK1},
                 {2, 0, LONG_STACK2}, {0, 1, LONG_IST(1)},
                 {2, 4, LONG_IST(4)}, {0, 7, LONG_IST(7)}};
    struct sys s;
    long_init(&s, 3, 64);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ia32_stack st;
        CU_ASSERT_EQUAL(ia32_long_stack(s.cpu, cases[i].dpl, cases[i].ist, 0,
                                        &st),
                        IA32_OK);
        CU_ASSERT_EQUAL(st.sp, cases[i].at);
    }
    sys_done(&s);
}

/* All eight bytes must be inside the TSS; the error code names it. */
static void stack_outside_the_tss(void)
{
    struct sys s;
    struct ia32_stack st;
    long_init(&s, 3, 64);
    s.cpu->seg[IA32_TR].limit = 4 + 8 * 2 + 7;
    CU_ASSERT_EQUAL(ia32_long_stack(s.cpu, 2, 0, 0, &st), IA32_OK);
    s.cpu->seg[IA32_TR].limit--;
    CU_ASSERT(sys_faulted(&s, ia32_long_stack(s.cpu, 2, 0, 1, &st), IA32_TS,
                          L_TSS | 1));
    CU_ASSERT_EQUAL(ia32_long_stack(s.cpu, 1, 0, 0, &st), IA32_OK);
    CU_ASSERT(sys_faulted(&s, ia32_long_stack(s.cpu, 0, 1, 0, &st), IA32_TS,
                          L_TSS));
    sys_done(&s);
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"the three code sizes", the_three_code_sizes},
        {"stacks of the 64-bit TSS", stacks_of_the_tss},
        {"a stack outside the TSS", stack_outside_the_tss},
    };
    return sys_main("events in IA-32e mode", cases, ARRAY_SIZE(cases));
}
