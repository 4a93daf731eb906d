/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run loop and timers, with a CPU of a handful of instructions. */
#include "tests/machine/fake_cpu.h"
#include "tests/suite.h"

struct bench {
    struct vt_profile profile;
    struct vt_machine *m;
    struct fake_cpu *cpu, *cpu2;
    struct vt_timer *timer[3];
    unsigned fired;
    struct {
        int timer;
        uint64_t cycle, now;
    } log[32];
    uint64_t rearm_cycles;  /* timer 0 arms itself again after this */
    unsigned raise_timers;  /* bit n: timer n raises CPU 0's INTR */
};

static void log_fire(struct bench *b, int timer, uint64_t cycle)
{
    if (b->fired < 32) {
        b->log[b->fired].timer = timer;
        b->log[b->fired].cycle = cycle;
        b->log[b->fired].now = vt_machine_now(b->m);
    }
    b->fired++;
    if (b->raise_timers >> timer & 1)
        b->cpu->base.ops->set_intr(&b->cpu->base, true);
}

static void fire0(void *opaque, uint64_t cycle)
{
    struct bench *b = opaque;
    log_fire(b, 0, cycle);
    if (b->rearm_cycles)
        vt_timer_arm(b->timer[0], cycle + b->rearm_cycles);
}

static void fire1(void *opaque, uint64_t cycle)
{
    log_fire(opaque, 1, cycle);
}

static void fire2(void *opaque, uint64_t cycle)
{
    log_fire(opaque, 2, cycle);
}

static void open_bench(struct bench *b, const struct fake_insn *program,
                       const struct fake_insn *program2)
{
    struct vt_error err;
    memset(b, 0, sizeof *b);
    b->profile.hz = 1000000;
    b->m = vt_machine_new(&b->profile);
    CU_ASSERT_EQUAL_FATAL(vt_physmem_add_ram(vt_machine_physmem(b->m), 0,
                                             1u << 20, &err),
                          VT_OK);
    if (program)
        b->cpu = fake_cpu_new(b->m, program);
    if (program2)
        b->cpu2 = fake_cpu_new(b->m, program2);
    if (b->cpu)
        b->cpu->test = b;
    b->timer[0] = vt_timer_new(b->m, "t0", fire0, b);
    b->timer[1] = vt_timer_new(b->m, "t1", fire1, b);
    b->timer[2] = vt_timer_new(b->m, "t2", fire2, b);
}

static void ledger_is_clock(struct bench *b)
{
    for (unsigned i = 0; i < vt_machine_cpu_count(b->m); i++) {
        struct vt_cpu *cpu = vt_machine_cpu(b->m, i);
        CU_ASSERT_EQUAL(vt_ledger_total(&cpu->ledger), cpu->now_cycles);
    }
}

static void close_bench(struct bench *b)
{
    ledger_is_clock(b);
    vt_machine_free(b->m);
}

static const struct fake_insn loop7[] = {
    {FAKE_WORK, 7, 0, NULL}, {FAKE_JUMP, 0, 0, NULL}};

static void limit_is_exact(void)
{
    struct bench b;
    open_bench(&b, loop7, NULL);
    struct vt_stop stop = vt_machine_run(b.m, 70, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_LIMIT);
    CU_ASSERT_EQUAL(stop.value, 70);
    CU_ASSERT_EQUAL(vt_machine_now(b.m), 70);
    stop = vt_machine_run(b.m, 71, false);
    CU_ASSERT_EQUAL(vt_machine_now(b.m), 77); /* first boundary >= 71 */
    stop = vt_machine_run(b.m, 77, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_LIMIT);
    CU_ASSERT_EQUAL(vt_machine_now(b.m), 77); /* nothing ran */
    close_bench(&b);
}

static void timers_fire_in_order(void)
{
    struct bench b;
    open_bench(&b, loop7, NULL);
    vt_timer_arm(b.timer[2], 20);
    vt_timer_arm(b.timer[1], 20);
    vt_timer_arm(b.timer[0], 21);
    vt_machine_run(b.m, 100, false);
    CU_ASSERT_EQUAL(b.fired, 3);
    /* 20: t1 was made before t2; both at the first boundary >= 20. */
    CU_ASSERT_EQUAL(b.log[0].timer, 1);
    CU_ASSERT_EQUAL(b.log[0].cycle, 20);
    CU_ASSERT_EQUAL(b.log[0].now, 21);
    CU_ASSERT_EQUAL(b.log[1].timer, 2);
    CU_ASSERT_EQUAL(b.log[1].now, 21);
    CU_ASSERT_EQUAL(b.log[2].timer, 0);
    CU_ASSERT_EQUAL(b.log[2].now, 21);
    close_bench(&b);
}

static void periodic_timers_keep_their_cycles(void)
{
    struct bench b;
    open_bench(&b, loop7, NULL);
    b.rearm_cycles = 3; /* shorter than an instruction */
    vt_timer_arm(b.timer[0], 3);
    vt_machine_run(b.m, 21, false);
    CU_ASSERT_EQUAL(b.fired, 7);
    for (unsigned i = 0; i < 7; i++) {
        CU_ASSERT_EQUAL(b.log[i].cycle, 3 * (i + 1));
        CU_ASSERT_EQUAL(b.log[i].now, (3 * (i + 1) + 6) / 7 * 7);
    }
    close_bench(&b);
}

static void cancelled_timers_do_not_fire(void)
{
    struct bench b;
    open_bench(&b, loop7, NULL);
    uint64_t cycle = 0;
    vt_timer_arm(b.timer[0], 10);
    vt_timer_arm(b.timer[1], 10);
    vt_timer_arm(b.timer[0], 50); /* moves it */
    vt_timer_cancel(b.timer[1]);
    CU_ASSERT_FALSE(vt_timer_armed(b.timer[1], &cycle));
    CU_ASSERT_TRUE(vt_timer_armed(b.timer[0], &cycle));
    CU_ASSERT_EQUAL(cycle, 50);
    vt_machine_run(b.m, 49, false);
    CU_ASSERT_EQUAL(b.fired, 0); /* 49 is a boundary, 50 is not due */
    vt_machine_run(b.m, 50, false);
    CU_ASSERT_EQUAL(b.fired, 1);
    CU_ASSERT_EQUAL(b.log[0].timer, 0);
    CU_ASSERT_EQUAL(b.log[0].now, 56);
    close_bench(&b);
}

static void arm_soon(struct fake_cpu *cpu)
{
    struct bench *b = cpu->test;
    vt_timer_arm(b->timer[1], cpu->base.now_cycles + 10);
}

static void arm_past(struct fake_cpu *cpu)
{
    struct bench *b = cpu->test;
    vt_timer_arm(b->timer[1], 0);
}

static void arming_pulls_the_deadline_in(void)
{
    static const struct fake_insn program[] = {
        {FAKE_WORK, 7, 0, NULL}, {FAKE_CALL, 1, 0, arm_soon},
        {FAKE_WORK, 4, 0, NULL}, {FAKE_JUMP, 0, 2, NULL}};
    struct bench b;
    open_bench(&b, program, NULL);
    vt_timer_arm(b.timer[0], 500);
    vt_machine_run(b.m, 100, false);
    CU_ASSERT_EQUAL(b.fired, 1);
    CU_ASSERT_EQUAL(b.log[0].cycle, 18);
    CU_ASSERT_EQUAL(b.log[0].now, 20);
    CU_ASSERT_EQUAL(b.cpu->kicks, 1);
    close_bench(&b);
}

static void arming_in_the_past_fires_at_once(void)
{
    static const struct fake_insn program[] = {
        {FAKE_WORK, 7, 0, NULL}, {FAKE_CALL, 1, 0, arm_past},
        {FAKE_WORK, 4, 0, NULL}, {FAKE_JUMP, 0, 2, NULL}};
    struct bench b;
    open_bench(&b, program, NULL);
    vt_machine_run(b.m, 100, false);
    CU_ASSERT_EQUAL(b.fired, 1);
    CU_ASSERT_EQUAL(b.log[0].now, 8);
    close_bench(&b);
}

static const struct fake_insn sti_halt[] = {{FAKE_STI, 1, 0, NULL},
                                            {FAKE_HALT, 1, 0, NULL},
                                            {FAKE_WORK, 10, 0, NULL},
                                            {FAKE_JUMP, 0, 1, NULL}};
static const struct fake_insn cli_halt[] = {{FAKE_CLI, 1, 0, NULL},
                                            {FAKE_HALT, 1, 0, NULL},
                                            {FAKE_JUMP, 1, 1, NULL}};

static void idle_time_is_skipped_and_charged(void)
{
    struct bench b;
    open_bench(&b, sti_halt, NULL);
    b.raise_timers = 1;
    vt_timer_arm(b.timer[0], 1000000);
    struct vt_stop stop = vt_machine_run(b.m, UINT64_MAX, false);
    CU_ASSERT_EQUAL(b.log[0].now, 1000000);
    CU_ASSERT_EQUAL(b.cpu->intr_count, 1);
    CU_ASSERT_EQUAL(b.cpu->intr_cycles[0], 1000000);
    CU_ASSERT_EQUAL(
        vt_ledger_sum(&b.cpu->base.ledger, VT_WHO_NATIVE, VT_WHAT_IDLE),
        1000000 - 2);
    /* It works, halts again, and now nothing is armed. */
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_DEADLOCK);
    CU_ASSERT_EQUAL(vt_machine_now(b.m), 1000000 + 5 + 10 + 1);
    CU_ASSERT_STRING_EQUAL(stop.text, "CPU 0 is halted at 0x00000002 and no "
                                      "device will raise an interrupt");
    close_bench(&b);
}

static void a_limit_ends_idle_time(void)
{
    struct bench b;
    open_bench(&b, sti_halt, NULL);
    vt_timer_arm(b.timer[0], 1000);
    vt_timer_arm(b.timer[1], 2000);
    CU_ASSERT_EQUAL(vt_machine_run(b.m, 600, false).kind, VT_STOP_LIMIT);
    CU_ASSERT_EQUAL(vt_machine_now(b.m), 600);
    CU_ASSERT_EQUAL(b.fired, 0);
    CU_ASSERT_EQUAL(vt_machine_run(b.m, 1000, false).kind, VT_STOP_LIMIT);
    CU_ASSERT_EQUAL(vt_machine_now(b.m), 1000);
    CU_ASSERT_EQUAL(b.fired, 1); /* what is due at the limit has fired */
    close_bench(&b);
}

static void deaf_cpu_is_a_deadlock(void)
{
    struct bench b;
    open_bench(&b, cli_halt, NULL);
    b.raise_timers = 1;
    b.rearm_cycles = 100;
    vt_timer_arm(b.timer[0], 100);
    struct vt_stop stop = vt_machine_run(b.m, UINT64_MAX, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_DEADLOCK);
    CU_ASSERT_EQUAL(stop.cpu, 0);
    CU_ASSERT_STRING_EQUAL(stop.text, "CPU 0 is halted at 0x00000002 and no "
                                      "interrupt can wake it");
    /* An NMI from outside is something else. */
    b.cpu->base.ops->raise_nmi(&b.cpu->base);
    stop = vt_machine_run(b.m, UINT64_MAX, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_DEADLOCK);
    CU_ASSERT_EQUAL(b.cpu->intr_count, 1);
    close_bench(&b);
}

static void raised_line_of_a_deaf_cpu_is_a_deadlock(void)
{
    struct bench b;
    open_bench(&b, cli_halt, NULL);
    b.cpu->base.ops->set_intr(&b.cpu->base, true);
    CU_ASSERT_EQUAL(vt_machine_run(b.m, UINT64_MAX, false).kind,
                    VT_STOP_DEADLOCK);
    CU_ASSERT_EQUAL(b.cpu->intr_count, 0);
    /* It looked in vain; it looks again when somebody did something. */
    b.cpu->base.ops->raise_nmi(&b.cpu->base);
    vt_machine_run(b.m, UINT64_MAX, false);
    CU_ASSERT_EQUAL(b.cpu->intr_count, 1);
    close_bench(&b);
}

static void halt_with_nmi(struct fake_cpu *cpu)
{
    cpu->base.activity = VT_HALTED;
    cpu->base.ops->raise_nmi(&cpu->base);
}

static void halting_with_an_event_pending_wakes(void)
{
    static const struct fake_insn program[] = {
        {FAKE_STI, 1, 0, NULL}, {FAKE_HALT, 1, 0, NULL},
        {FAKE_CALL, 1, 0, halt_with_nmi}, {FAKE_CLI, 1, 0, NULL},
        {FAKE_HALT, 1, 0, NULL}};
    struct bench b;
    open_bench(&b, program, NULL);
    b.raise_timers = 1;
    vt_timer_arm(b.timer[0], 100);
    vt_machine_run(b.m, UINT64_MAX, false);
    CU_ASSERT_EQUAL(b.cpu->intr_count, 2);
    CU_ASSERT_EQUAL(b.cpu->intr_cycles[1], 106); /* no time is lost */
    CU_ASSERT_EQUAL(b.cpu->pc, 5);
    close_bench(&b);
}

static void masked_line_does_not_wake_but_time_goes_on(void)
{
    /* CPU 0 is deaf with its line raised, CPU 1 waits for nobody: it works.
     * The raised line must not keep the loop busy without progress. */
    struct bench b;
    open_bench(&b, cli_halt, loop7);
    b.raise_timers = 1;
    vt_timer_arm(b.timer[0], 50);
    CU_ASSERT_EQUAL(vt_machine_run(b.m, 5000, false).kind, VT_STOP_LIMIT);
    CU_ASSERT_EQUAL(b.cpu->intr_count, 0);
    CU_ASSERT_TRUE(b.cpu->runs < 20);
    close_bench(&b);
}

static void shut_down(struct fake_cpu *cpu)
{
    cpu->base.activity = VT_SHUTDOWN;
}

static void shutdown_is_a_deadlock(void)
{
    static const struct fake_insn program[] = {
        {FAKE_STI, 1, 0, NULL}, {FAKE_CALL, 1, 0, shut_down}};
    struct bench b;
    open_bench(&b, program, NULL);
    b.raise_timers = 1;
    vt_timer_arm(b.timer[0], 100);
    struct vt_stop stop = vt_machine_run(b.m, UINT64_MAX, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_DEADLOCK);
    CU_ASSERT_PTR_NOT_NULL(strstr(stop.text, "CPU 0 is shut down at"));
    CU_ASSERT_EQUAL(vt_machine_now(b.m), 2); /* no waiting for the timer */
    close_bench(&b);
}

static void ask_to_stop(struct fake_cpu *cpu)
{
    vt_machine_request_stop(cpu->base.machine, VT_STOP_DEBUG_EXIT,
                            cpu->base.id, 42, "value %d", 42);
    vt_machine_request_stop(cpu->base.machine, VT_STOP_POWER_OFF, 0, 1,
                            "too late");
}

static void first_stop_wins_at_the_next_boundary(void)
{
    static const struct fake_insn program[] = {
        {FAKE_WORK, 7, 0, NULL}, {FAKE_CALL, 1, 0, ask_to_stop},
        {FAKE_WORK, 4, 0, NULL}, {FAKE_JUMP, 0, 2, NULL}};
    struct bench b;
    open_bench(&b, program, NULL);
    struct vt_stop stop = vt_machine_run(b.m, 1000, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_DEBUG_EXIT);
    CU_ASSERT_EQUAL(stop.value, 42);
    CU_ASSERT_STRING_EQUAL(stop.text, "value 42");
    CU_ASSERT_EQUAL(vt_machine_now(b.m), 8);
    CU_ASSERT_EQUAL(b.cpu->base.attention, 0);
    /* The machine can go on. */
    CU_ASSERT_EQUAL(vt_machine_run(b.m, 1000, false).kind, VT_STOP_LIMIT);
    vt_machine_request_stop(b.m, VT_STOP_BREAK, 0, 0, "%s", "");
    CU_ASSERT_EQUAL(vt_machine_run(b.m, 2000, false).kind, VT_STOP_BREAK);
    CU_ASSERT_EQUAL(vt_machine_now(b.m), 1000);
    close_bench(&b);
}

static void a_step_fires_what_falls_due(void)
{
    struct bench b;
    open_bench(&b, loop7, NULL);
    vt_timer_arm(b.timer[0], 3);
    vt_machine_step(b.m, 0);
    CU_ASSERT_EQUAL(b.fired, 1);
    CU_ASSERT_EQUAL(b.log[0].now, 7);
    close_bench(&b);
}

static void step_is_one_instruction(void)
{
    struct bench b;
    open_bench(&b, sti_halt, NULL);
    b.raise_timers = 1;
    vt_timer_arm(b.timer[0], 100);
    CU_ASSERT_EQUAL(vt_machine_step(b.m, 0).kind, VT_STOP_NONE);
    CU_ASSERT_EQUAL(vt_machine_now(b.m), 1);
    CU_ASSERT_EQUAL(vt_machine_step(b.m, 0).kind, VT_STOP_NONE);
    CU_ASSERT_EQUAL(b.cpu->base.activity, VT_HALTED);
    CU_ASSERT_EQUAL(vt_machine_now(b.m), 2);
    /* Idle time, timer and delivery are one step. */
    CU_ASSERT_EQUAL(vt_machine_step(b.m, 0).kind, VT_STOP_NONE);
    CU_ASSERT_EQUAL(b.cpu->intr_count, 1);
    CU_ASSERT_EQUAL(b.cpu->intr_cycles[0], 100);
    CU_ASSERT_EQUAL(b.cpu->pc, 2);
    vt_machine_step(b.m, 0);
    CU_ASSERT_EQUAL(b.cpu->pc, 3);
    for (int i = 0; i < 2; i++)
        vt_machine_step(b.m, 0);
    CU_ASSERT_EQUAL(vt_machine_step(b.m, 0).kind, VT_STOP_DEADLOCK);
    close_bench(&b);
}

/* Stop a run at every cycle, or step it: the end is the same. */
static uint64_t hash_at(uint64_t every, uint64_t end, bool step)
{
    static const struct fake_insn program[] = {
        {FAKE_STI, 1, 0, NULL},       {FAKE_ADD, 3, 5, NULL},
        {FAKE_WORK, 4, 0x1000, NULL}, {FAKE_HALT, 2, 0, NULL},
        {FAKE_ADD, 1, 7, NULL},       {FAKE_JUMP, 2, 1, NULL}};
    struct bench b;
    open_bench(&b, program, NULL);
    b.raise_timers = 7;
    b.rearm_cycles = 37;
    vt_timer_arm(b.timer[0], 11);
    vt_timer_arm(b.timer[1], 100);
    vt_timer_arm(b.timer[2], 101);
    if (step)
        while (vt_machine_now(b.m) < end - 40)
            vt_machine_step(b.m, 0);
    for (uint64_t t = every; t < end; t += every)
        vt_machine_run(b.m, t, false);
    vt_machine_run(b.m, end, false);
    uint64_t hash = vt_machine_hash(b.m);
    close_bench(&b);
    return hash;
}

static void stopping_changes_nothing(void)
{
    uint64_t whole = hash_at(3000, 3000, false);
    for (uint64_t every = 1; every < 60; every++)
        CU_ASSERT_EQUAL(hash_at(every, 3000, false), whole);
    CU_ASSERT_EQUAL(hash_at(3000, 3000, true), whole);
    CU_ASSERT_NOT_EQUAL(hash_at(3000, 3040, false), whole);
}

/* --- two CPUs --------------------------------------------------------------- */

static const struct fake_insn racer0[] = {{FAKE_ADD, 3, 1, NULL},
                                          {FAKE_WORK, 5, 0x2000, NULL},
                                          {FAKE_LOAD, 4, 0x2004, NULL},
                                          {FAKE_JUMP, 1, 0, NULL}};
static const struct fake_insn racer1[] = {{FAKE_LOAD, 6, 0x2000, NULL},
                                          {FAKE_WORK, 2, 0x2004, NULL},
                                          {FAKE_ADD, 1, 9, NULL},
                                          {FAKE_JUMP, 2, 0, NULL}};

static uint64_t race(uint64_t every, uint64_t end)
{
    struct bench b;
    open_bench(&b, racer0, racer1);
    b.rearm_cycles = 333;
    vt_timer_arm(b.timer[0], 10);
    for (uint64_t t = every; t < end; t += every)
        vt_machine_run(b.m, t, false);
    vt_machine_run(b.m, end, false);
    uint64_t hash = vt_machine_hash(b.m);
    close_bench(&b);
    return hash;
}

static void two_cpus_interleave_the_same_way(void)
{
    uint64_t whole = race(20000, 20000);
    static const uint64_t every[] = {1, 7, 50, 333, 999, 1000, 1001, 4096};
    for (size_t i = 0; i < ARRAY_SIZE(every); i++)
        CU_ASSERT_EQUAL(race(every[i], 20000), whole);
}

static void clocks_stay_close(void)
{
    struct bench b;
    open_bench(&b, racer0, racer1);
    for (uint64_t t = 100; t < 20000; t += 100) {
        vt_machine_run(b.m, t, false);
        uint64_t c0 = b.cpu->base.now_cycles, c1 = b.cpu2->base.now_cycles;
        CU_ASSERT_TRUE((c0 > c1 ? c0 - c1 : c1 - c0) < 1010);
    }
    CU_ASSERT_TRUE(b.cpu2->base.now_cycles > 18000);
    close_bench(&b);
}

static void wake_other(struct fake_cpu *cpu)
{
    struct bench *b = cpu->test;
    b->cpu2->base.ops->set_intr(&b->cpu2->base, true);
}

static void one_cpu_wakes_another(void)
{
    static const struct fake_insn waker[] = {
        {FAKE_WORK, 2500, 0, NULL}, {FAKE_CALL, 1, 0, wake_other},
        {FAKE_WORK, 10, 0, NULL},   {FAKE_JUMP, 1, 2, NULL}};
    struct bench b;
    open_bench(&b, waker, sti_halt);
    CU_ASSERT_EQUAL(vt_machine_run(b.m, 10000, false).kind, VT_STOP_LIMIT);
    CU_ASSERT_EQUAL(b.cpu2->intr_count, 1);
    CU_ASSERT_TRUE(b.cpu2->intr_cycles[0] >= 2501);
    CU_ASSERT_TRUE(b.cpu2->intr_cycles[0] < 3501 + 20);
    close_bench(&b);
}

static void all_halted_with_different_clocks(void)
{
    static const struct fake_insn slow[] = {{FAKE_WORK, 900, 0, NULL},
                                            {FAKE_STI, 1, 0, NULL},
                                            {FAKE_HALT, 1, 0, NULL}};
    struct bench b;
    open_bench(&b, sti_halt, slow);
    b.raise_timers = 1;
    vt_timer_arm(b.timer[0], 400); /* CPU 0 is at 2, CPU 1 at 902 */
    struct vt_stop stop = vt_machine_run(b.m, UINT64_MAX, false);
    CU_ASSERT_EQUAL(b.cpu->intr_cycles[0], 400);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_DEADLOCK);
    close_bench(&b);
}

static void machine_without_cpus(void)
{
    struct bench b;
    open_bench(&b, NULL, NULL);
    b.rearm_cycles = 100;
    vt_timer_arm(b.timer[0], 100);
    CU_ASSERT_EQUAL(vt_machine_run(b.m, 1000, false).kind, VT_STOP_LIMIT);
    CU_ASSERT_EQUAL(vt_machine_now(b.m), 1000);
    CU_ASSERT_EQUAL(b.fired, 10);
    vt_timer_cancel(b.timer[0]);
    CU_ASSERT_EQUAL(vt_machine_run(b.m, UINT64_MAX, false).kind,
                    VT_STOP_DEADLOCK);
    close_bench(&b);
}

static void reset_keeps_clock_and_memory(void)
{
    struct bench b;
    open_bench(&b, racer0, NULL);
    vt_machine_run(b.m, 500, false);
    uint64_t now = vt_machine_now(b.m);
    uint64_t word = vt_physmem_read(vt_machine_physmem(b.m), 0x2000, 4);
    b.cpu->base.activity = VT_HALTED;
    vt_machine_reset(b.m);
    CU_ASSERT_EQUAL(b.cpu->pc, 0);
    CU_ASSERT_EQUAL(b.cpu->base.activity, VT_ACTIVE);
    CU_ASSERT_EQUAL(vt_machine_now(b.m), now);
    CU_ASSERT_EQUAL(vt_physmem_read(vt_machine_physmem(b.m), 0x2000, 4),
                    word);
    close_bench(&b);
}

static const struct test_case cases[] = {
    {"a limit falls at the first boundary at or after it", limit_is_exact},
    {"timers fire by cycle, then by the order they were made",
     timers_fire_in_order},
    {"periodic timers keep their own cycles",
     periodic_timers_keep_their_cycles},
    {"cancelled timers do not fire; moved ones move",
     cancelled_timers_do_not_fire},
    {"arming an earlier timer pulls the deadline in",
     arming_pulls_the_deadline_in},
    {"a timer armed in the past fires at the next boundary",
     arming_in_the_past_fires_at_once},
    {"idle time is skipped and charged to IDLE",
     idle_time_is_skipped_and_charged},
    {"a limit ends idle time", a_limit_ends_idle_time},
    {"a halted CPU that is deaf to INTR is a deadlock",
     deaf_cpu_is_a_deadlock},
    {"a raised line of a deaf CPU is a deadlock",
     raised_line_of_a_deaf_cpu_is_a_deadlock},
    {"a CPU that halts with an event pending wakes at once",
     halting_with_an_event_pending_wakes},
    {"a step fires what falls due", a_step_fires_what_falls_due},
    {"a masked line does not wake, and time goes on",
     masked_line_does_not_wake_but_time_goes_on},
    {"a CPU that is shut down is a deadlock", shutdown_is_a_deadlock},
    {"the first stop wins, at the next boundary",
     first_stop_wins_at_the_next_boundary},
    {"a step is one instruction or delivery", step_is_one_instruction},
    {"stopping at any cycle or stepping changes nothing",
     stopping_changes_nothing},
    {"two CPUs interleave the same way wherever the run is stopped",
     two_cpus_interleave_the_same_way},
    {"clocks of two CPUs stay within a quantum", clocks_stay_close},
    {"one CPU wakes another within a quantum", one_cpu_wakes_another},
    {"halted CPUs with different clocks wake at the timer",
     all_halted_with_different_clocks},
    {"a machine without CPUs moves from timer to timer",
     machine_without_cpus},
    {"reset keeps clock and memory", reset_keeps_clock_and_memory},
};

int main(void)
{
    return run_suite("run", cases, ARRAY_SIZE(cases));
}
