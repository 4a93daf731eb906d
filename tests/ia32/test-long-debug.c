/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Debugging in IA-32e mode: MOV DR of 64 bits, breakpoints in the upper half
 * of the address space, tracing.
 * SDM Vol 3B, "Debug Registers and Intel 64 Processors", "Debug Exceptions";
 * Vol 2B, "MOV--Move to/from Debug Registers". */
#include "tests/ia32/longrig.h"

#define HIGH(n) (LONG_HIGH + (n))
#define RW_EXEC 0u
#define RW_WRITE 1u
#define RW_ACCESS 3u
#define LEN1 0u
#define LEN2 1u
#define LEN8 2u
#define LEN4 3u

static void arm(struct sys *s, uint64_t la, unsigned rw, unsigned len)
{
    s->cpu->dr[0] = la;
    s->cpu->dr[7] = DR7_FIXED1 | 1 | (uint64_t)rw << 16 |
                    (uint64_t)len << 18;
    ia32_attend(s->cpu);
}

/* --- MOV DR ------------------------------------------------------------------- */

/* 0F 23 /r: MOV DRn, RAX, and 0F 21 /r back to RBX. */
static const struct {
    const char *name;
    unsigned bits, number, prefix; /* of code; of the register */
    uint64_t value;
    unsigned fault;
    uint64_t stored;
} moves[] = {
    {"64 bits of DR0", 64, 0, 0, UINT64_C(0x123456789abcdef0), NO_FAULT,
     UINT64_C(0x123456789abcdef0)},
    {"DR3 need not be canonical", 64, 3, 0, UINT64_C(0x8000000000000000),
     NO_FAULT, UINT64_C(0x8000000000000000)},
    {"operand-size prefix is ignored", 64, 1, 0x66,
     UINT64_C(0xffff800000001234), NO_FAULT, UINT64_C(0xffff800000001234)},
    {"DR6: fixed bits", 64, 6, 0, 0xffffffff, NO_FAULT, 0xffffefff},
    {"DR6: upper bits", 64, 6, 0, UINT64_C(0x100000000), IA32_GP, 0},
    {"DR7: fixed bits", 64, 7, 0, 0xffffdbff & ~0x2000u, NO_FAULT,
     0xffff07ff & ~0x2000u},
    {"DR7: upper bits", 64, 7, 0, UINT64_C(0x8000000000000000), IA32_GP, 0},
    {"compatibility mode: upper half becomes 0", 32, 2, 0,
     UINT64_C(0x123456789abcdef0), NO_FAULT, 0x9abcdef0},
    {"compatibility mode: DR7 takes the lower half", 32, 7, 0,
     UINT64_C(0x100000400), NO_FAULT, 0x400},
};

static bool move(unsigned row)
{
    struct sys s;
    unsigned n = moves[row].number;
    const uint8_t in[] = {0x66, 0x0f, 0x23, (uint8_t)(0xc0 | n << 3)};
    const uint8_t out[] = {0x66, 0x0f, 0x21, (uint8_t)(0xc3 | n << 3)};
    bool bare = moves[row].prefix == 0;
    long_init(&s, 0, moves[row].bits);
    s.cpu->dr[n] |= UINT64_C(0x5555555500000000) & (n < 4 ? ~UINT64_C(0) : 0);
    s.cpu->gpr[IA32_RAX] = moves[row].value;
    sys_code(&s, in + bare, sizeof in - bare);
    bool ok = sys_faulted(&s, sys_exec(&s), moves[row].fault, 0);
    if (ok && moves[row].fault == NO_FAULT) {
        s.cpu->gpr[IA32_RBX] = UINT64_MAX;
        s.cpu->dr[7] &= ~DR7_GD;
        sys_code(&s, out + bare, sizeof out - bare);
        ok = sys_exec(&s) == IA32_OK && s.cpu->dr[n] == moves[row].stored &&
             s.cpu->gpr[IA32_RBX] == moves[row].stored;
    }
    sys_done(&s);
    return ok;
}

static void mov_dr(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(moves); i++)
        sys_report(moves[i].name, move(i));
}

/* Outside 64-bit mode only the lower half is read. */
static void compatibility_mode_reads_the_lower_half(void)
{
    struct sys s;
    long_init(&s, 0, 32);
    s.cpu->dr[0] = HIGH(0x1234);
    SYS_CODE_BYTES(&s, 0x0f, 0x21, 0xc3);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RBX], 0x1234);
    sys_done(&s);
}

/* DR8 to DR15 (REX.R) do not exist; DR4 and DR5 with CR4.DE neither. */
static void registers_that_do_not_exist(void)
{
    struct sys s;
    long_init(&s, 0, 64);
    SYS_CODE_BYTES(&s, 0x44, 0x0f, 0x23, 0xc0);
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_UD, NO_CODE));
    s.cpu->cr4 |= CR4_DE;
    SYS_CODE_BYTES(&s, 0x0f, 0x21, 0xe3);
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_UD, NO_CODE));
    sys_done(&s);
}

static void general_detect(void)
{
    struct sys s;
    long_init(&s, 0, 64);
    s.cpu->dr[7] |= DR7_GD;
    SYS_CODE_BYTES(&s, 0x0f, 0x21, 0xc3);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_DB));
    CU_ASSERT_EQUAL(long_stack(&s, 0), SYS_CODE);
    CU_ASSERT(s.cpu->dr[6] & DR6_BD);
    CU_ASSERT_EQUAL(s.cpu->dr[7] & DR7_GD, 0);
    sys_done(&s);
}

/* --- breakpoints ----------------------------------------------------------------- */

/* All 64 bits of a code address are compared; RF lets it run once. */
static void code_in_the_upper_half(void)
{
    static const struct {
        uint64_t at;
        bool hits;
    } cases[] = {{HIGH(SYS_CODE), true},
                 {SYS_CODE, false},
                 {HIGH(SYS_CODE) ^ UINT64_C(0x100000000), false},
                 {HIGH(SYS_CODE + 1), false}};
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        long_init(&s, 0, 64);
        long_paging(&s);
        SYS_CODE_BYTES(&s, 0x90, 0x90);
        s.cpu->rip = HIGH(SYS_CODE);
        arm(&s, cases[i].at, RW_EXEC, LEN1);
        ia32_step(&s.cpu->base);
        CU_ASSERT_EQUAL(s.cpu->rip, cases[i].hits ? SYS_HANDLER(IA32_DB)
                                                  : HIGH(SYS_CODE + 1));
        if (cases[i].hits) {
            CU_ASSERT_EQUAL(long_stack(&s, 0), HIGH(SYS_CODE));
            CU_ASSERT_EQUAL(s.cpu->dr[6] & 0xf, 1);
            vt_physmem_write(s.pm, s.cpu->gpr[IA32_RSP] + 16, FL_RF | 2, 8);
            SYS_CODE_BYTES(&s, 0x48, 0xcf); /* IRETQ */
            ia32_step(&s.cpu->base);
            CU_ASSERT_EQUAL(s.cpu->rip, HIGH(SYS_CODE));
            ia32_step(&s.cpu->base);
            CU_ASSERT_EQUAL(s.cpu->rip, HIGH(SYS_CODE + 1));
        }
        sys_done(&s);
    }
}

/* MOV [RBX], RAX against ranges of 8 bytes and less. */
static void data_of_8_bytes(void)
{
    static const struct {
        uint64_t at, la;
        unsigned rw, len;
        bool hits;
    } cases[] = {
        {HIGH(SYS_DATA), HIGH(SYS_DATA), RW_WRITE, LEN8, true},
        {HIGH(SYS_DATA + 3), HIGH(SYS_DATA), RW_WRITE, LEN8, true},
        {HIGH(SYS_DATA), HIGH(SYS_DATA - 8), RW_WRITE, LEN8, false},
        {HIGH(SYS_DATA), HIGH(SYS_DATA - 7), RW_WRITE, LEN8, true},
        {HIGH(SYS_DATA), HIGH(SYS_DATA + 7), RW_ACCESS, LEN8, true},
        {HIGH(SYS_DATA), HIGH(SYS_DATA + 8), RW_ACCESS, LEN8, false},
        {HIGH(SYS_DATA + 7), HIGH(SYS_DATA), RW_ACCESS, LEN1, true},
        {HIGH(SYS_DATA + 8), HIGH(SYS_DATA), RW_ACCESS, LEN4, false},
        {SYS_DATA, HIGH(SYS_DATA), RW_WRITE, LEN8, false},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        long_init(&s, 0, 64);
        long_paging(&s);
        SYS_CODE_BYTES(&s, 0x48, 0x89, 0x03);
        s.cpu->gpr[IA32_RBX] = cases[i].la;
        arm(&s, cases[i].at, cases[i].rw, cases[i].len);
        ia32_step(&s.cpu->base);
        CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 3);
        ia32_step(&s.cpu->base);
        CU_ASSERT_EQUAL(s.cpu->rip == SYS_HANDLER(IA32_DB), cases[i].hits);
        sys_done(&s);
    }
}

/* A breakpoint in the upper half does not fire for compatibility mode's
 * addresses, whose lower halves are the same; it does for what the processor
 * writes by itself while compatibility mode runs: here the frame of an
 * interrupt. */
static void compatibility_mode(void)
{
    struct sys s;
    long_init(&s, 3, 32);
    long_paging(&s);
    SYS_CODE_BYTES(&s, 0x89, 0x03, 0xcd, 0x80); /* MOV [EBX], EAX; INT 80H */
    s.cpu->gpr[IA32_RBX] = SYS_DATA;
    arm(&s, HIGH(SYS_DATA), RW_ACCESS, LEN8);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->pending_debug, 0);
    sys_put64(&s, SYS_TSS + 4, HIGH(SYS_STACK0));
    arm(&s, HIGH(SYS_STACK0 - 8), RW_WRITE, LEN8);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(0x80));
    CU_ASSERT(s.cpu->pending_debug & DR6_B0);
    sys_done(&s);
}

/* --- tracing ---------------------------------------------------------------------- */

/* TF traps after each instruction, but INT n clears it before its handler
 * runs, and IRETQ that sets it lets one instruction go. */
static void single_step(void)
{
    struct sys s;
    long_init(&s, 3, 64);
    SYS_CODE_BYTES(&s, 0x90, 0xcd, 0x80, 0x90, 0x90);
    ia32_set_rflags(s.cpu, FL_TF);
    ia32_step(&s.cpu->base); /* NOP */
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_DB));
    CU_ASSERT_EQUAL(long_stack(&s, 0), SYS_CODE + 1);
    CU_ASSERT(s.cpu->dr[6] & DR6_BS);
    CU_ASSERT_EQUAL(s.cpu->rflags & FL_TF, 0);
    SYS_CODE_BYTES(&s, 0x48, 0xcf);
    ia32_step(&s.cpu->base); /* IRETQ sets TF */
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 1);
    ia32_step(&s.cpu->base); /* INT 80H */
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(0x80));
    CU_ASSERT_EQUAL(s.cpu->pending_debug, 0);
    SYS_CODE_BYTES(&s, 0x48, 0xcf);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 3);
    CU_ASSERT_EQUAL(s.cpu->pending_debug, 0);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 4);
    CU_ASSERT_EQUAL(s.cpu->pending_debug, DR6_BS);
    sys_done(&s);
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"MOV DR", mov_dr},
        {"MOV DR: compatibility mode reads the lower half",
         compatibility_mode_reads_the_lower_half},
        {"MOV DR: registers that do not exist", registers_that_do_not_exist},
        {"general detect", general_detect},
        {"code in the upper half", code_in_the_upper_half},
        {"data of 8 bytes", data_of_8_bytes},
        {"compatibility mode", compatibility_mode},
        {"single step", single_step},
    };
    return sys_main("debugging in IA-32e mode", cases, ARRAY_SIZE(cases));
}
