/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integer instructions of 64-bit mode on registers, one by one: what was
 * found by comparison with a processor (tests/silicon), and what is easily
 * lost.  Handlers run by themselves, without a machine.
 * SDM 325462, Vol 1, "General-Purpose Registers in 64-Bit Mode". */
#include "sim/ia32/flags.h"
#include "sim/ia32/insn.h"
#include "tests/suite.h"

#define LOW UINT64_C(0x1111222233334444)
#define HIGH UINT64_C(0xaaaabbbbccccdddd)

struct regs {
    uint64_t rax, rcx, flags;
};

struct one {
    const char *name;
    uint8_t bytes[8];
    struct regs before, after; /* flags: only those of the mask */
    uint64_t mask;
};

static const struct one cases[] = {
    { "CMOVcc of 32 bits: a condition that fails clears the upper half",
      { 0x0f, 0x44, 0xc1 }, { HIGH, LOW, 0 }, { 0xccccdddd, LOW, 0 }, FL_ZF },
    { "CMOVcc of 32 bits: one that holds does, too", { 0x0f, 0x44, 0xc1 },
      { HIGH, LOW, FL_ZF }, { 0x33334444, LOW, FL_ZF }, FL_ZF },
    { "CMOVcc of 16 bits leaves the rest", { 0x66, 0x0f, 0x44, 0xc1 },
      { HIGH, LOW, 0 }, { HIGH, LOW, 0 }, FL_ZF },
    { "CMPXCHG: a register that differs is not written",
      { 0x0f, 0xb1, 0xc9 }, { HIGH, LOW, 0 }, { 0x33334444, LOW, 0 }, FL_ZF },
    { "CMPXCHG: RAX is not written when they are equal",
      { 0x0f, 0xb1, 0xd1 }, { HIGH, 0xccccdddd, 0 }, { HIGH, 0, FL_ZF },
      FL_ZF },
};

static bool run_one(const struct one *c)
{
    static const uint64_t all[IA32_FEATURE_WORDS] = { ~UINT64_C(0) };
    static struct ia32_cpu cpu;
    struct ia32_insn insn;
    memset(&cpu, 0, sizeof cpu);
    cpu.mode = IA32_MODE_PROT | IA32_MODE_LONG64;
    cpu.gpr[IA32_RAX] = c->before.rax;
    cpu.gpr[IA32_RCX] = c->before.rcx;
    ia32_set_rflags(&cpu, c->before.flags);
    return ia32_decode(c->bytes, sizeof c->bytes, cpu.mode, all, &insn) ==
               DECODE_OK &&
           insn.handler(&cpu, &insn) == IA32_OK &&
           cpu.gpr[IA32_RAX] == c->after.rax &&
           cpu.gpr[IA32_RCX] == c->after.rcx &&
           (ia32_get_rflags(&cpu) & c->mask) == c->after.flags;
}

static void registers_hold(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        bool ok = run_one(&cases[i]);
        if (!ok)
            fprintf(stderr, "\n    failed: %s\n", cases[i].name);
        CU_ASSERT(ok);
    }
}

int main(void)
{
    static const struct test_case tests[] = {
        { "64-bit registers hold what the manual says", registers_hold },
    };
    return run_suite("int64", tests, ARRAY_SIZE(tests));
}
