/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MONITOR and MWAIT: faults, and what ends the wait.  SDM Vol 2B, "MONITOR"
 * and "MWAIT"; Vol 3A, "MONITOR/MWAIT Instruction". */
#include "sim/ia32/boundary.h"
#include "tests/ia32/fakevirt.h"

#define MODEL "merom,+monitor"
#define LINE SYS_DATA

/* MONITOR, MWAIT, then NOPs. */
static void begin(struct sys *s, const char *model, unsigned cpl)
{
    sys_init(s, model, cpl);
    SYS_CODE_BYTES(s, 0x0f, 0x01, 0xc8, 0x0f, 0x01, 0xc9, 0x90, 0x90, 0x90);
    s->cpu->gpr[IA32_RAX] = LINE + 8;
    s->cpu->gpr[IA32_RCX] = s->cpu->gpr[IA32_RDX] = 0;
}

static void step(struct sys *s, unsigned count)
{
    while (count-- > 0)
        ia32_step(&s->cpu->base);
}

#define AT_NOP(n) (SYS_CODE + 6 + (n))

static bool waits(const struct sys *s)
{
    return s->cpu->base.activity == VT_HALTED;
}

static void a_write_ends_the_wait(void)
{
    static const struct { uint32_t at; bool ends; } items[] = {
        {LINE, true},      {LINE + 63, true},    {LINE + 8, true},
        {LINE - 1, false}, {LINE + 64, false},   {LINE + 0x1000, false},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        begin(&s, MODEL, 0);
        step(&s, 2);
        CU_ASSERT(waits(&s));
        CU_ASSERT_EQUAL(s.cpu->rip, AT_NOP(0));
        step(&s, 1);
        CU_ASSERT(waits(&s));
        vt_physmem_write(s.pm, items[i].at, 5, 1); /* a device, say */
        step(&s, 1);
        CU_ASSERT_EQUAL(waits(&s), !items[i].ends);
        CU_ASSERT_EQUAL(s.cpu->rip, AT_NOP(items[i].ends ? 1 : 0));
        sys_done(&s);
    }
}

/* Without an armed monitor MWAIT does not wait. */
static void only_an_armed_monitor_waits(void)
{
    struct sys s;
    begin(&s, MODEL, 0);
    step(&s, 1);
    CU_ASSERT(s.cpu->monitor_armed);
    vt_physmem_write(s.pm, LINE, 1, 4);
    CU_ASSERT_FALSE(s.cpu->monitor_armed);
    step(&s, 1);
    CU_ASSERT_FALSE(waits(&s));
    CU_ASSERT_EQUAL(s.cpu->rip, AT_NOP(0));
    sys_done(&s);
    begin(&s, MODEL, 0);
    s.cpu->rip += 3;
    step(&s, 1);
    CU_ASSERT_FALSE(waits(&s));
    sys_done(&s);
}

/* Interrupts end it when they are taken; with ECX[0] masked ones do too, and
 * are not taken. */
static void interrupts_end_the_wait(void)
{
    static const struct { bool flag_if; unsigned ecx; bool ends; } items[] = {
        {true, 0, true}, {false, 0, false}, {false, 1, true},
        {true, 1, true},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        begin(&s, MODEL, 0);
        step(&s, 1);
        s.cpu->gpr[IA32_RCX] = items[i].ecx;
        if (items[i].flag_if)
            s.cpu->rflags |= FL_IF;
        step(&s, 1);
        CU_ASSERT(waits(&s));
        CU_ASSERT_EQUAL(ia32_wakes_on_intr(&s.cpu->base),
                        items[i].flag_if || items[i].ecx);
        ia32_set_intr(&s.cpu->base, true);
        step(&s, 1);
        CU_ASSERT_EQUAL(waits(&s), !items[i].ends);
        if (!items[i].flag_if)
            CU_ASSERT_EQUAL(s.cpu->rip, AT_NOP(items[i].ends ? 1 : 0));
        sys_done(&s);
    }
}

static void faults_of_both(void)
{
    static const struct {
        const char *name, *model;
        unsigned cpl, skip;
        uint64_t ecx;
        unsigned vector;
        uint32_t error;
    } items[] = {
        {"MONITOR at CPL 3", MODEL, 3, 0, 0, IA32_UD, NO_CODE},
        {"MWAIT at CPL 3", MODEL, 3, 3, 0, IA32_UD, NO_CODE},
        {"MONITOR with an extension", MODEL, 0, 0, 1, IA32_GP, 0},
        {"MWAIT with bit 1", MODEL, 0, 3, 2, IA32_GP, 0},
        {"MWAIT: masked interrupts on a Pentium 4", "prescott,+monitor", 0,
         3, 1, IA32_GP, 0},
        {"MONITOR without it", "pentium-pro", 0, 0, 0, IA32_UD, NO_CODE},
        {"MWAIT without it", "pentium-pro", 0, 3, 0, IA32_UD, NO_CODE},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        begin(&s, items[i].model, items[i].cpl);
        s.cpu->rip += items[i].skip;
        s.cpu->gpr[IA32_RCX] = items[i].ecx;
        sys_report(items[i].name,
                   sys_faulted(&s, sys_exec(&s), items[i].vector,
                               items[i].error));
        sys_done(&s);
    }
}

/* IA32_MISC_ENABLE can take both away; the address is checked as a load. */
static void misc_enable_and_addresses(void)
{
    struct sys s;
    begin(&s, MODEL, 0);
    CU_ASSERT_TRUE(ia32_wrmsr(s.cpu, MSR_MISC_ENABLE, 0));
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_UD, NO_CODE));
    sys_done(&s);
    begin(&s, MODEL, 0);
    s.cpu->seg[IA32_DS].limit = 0xfff;
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"MWAIT: a write to the line ends it", a_write_ends_the_wait},
    {"MWAIT: needs an armed monitor", only_an_armed_monitor_waits},
    {"MWAIT: interrupts", interrupts_end_the_wait},
    {"MONITOR, MWAIT: faults", faults_of_both},
    {"MONITOR: IA32_MISC_ENABLE, segment limits", misc_enable_and_addresses},
};

int main(void)
{
    return sys_main("monitor", cases, ARRAY_SIZE(cases));
}
