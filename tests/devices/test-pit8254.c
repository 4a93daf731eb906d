/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The 8254 in the machine: ports, port 61h, and the exact relation between
 * CLK pulses and cycles.  test-pitcount.c tests the counters' modes. */
#include "tests/devices/suite.h"

#include "sim/devices/pit8254.h"

#include <stdlib.h>

struct bench {
    struct vt_profile profile;
    struct vt_machine *m;
    struct vt_pit *pit;
    bool out0;
    unsigned rises;
    uint64_t last_rise; /* cycle */
};

static void out0_changed(void *opaque, unsigned line, bool level)
{
    struct bench *b = opaque;
    CU_ASSERT_EQUAL(line, 0);
    if (level && !b->out0) {
        b->rises++;
        b->last_rise = vt_machine_now(b->m);
    }
    b->out0 = level;
}

static void build(struct bench *b, uint64_t hz)
{
    memset(b, 0, sizeof *b);
    b->m = new_machine(&b->profile, hz);
    const struct vt_irq irq0 = {.set = out0_changed, .opaque = b};
    b->out0 = true;
    enum vt_err failed = vt_pit_add(b->m, &irq0, &b->pit, NULL);
    CU_ASSERT_EQUAL_FATAL(failed, VT_OK);
}

static void finish(struct bench *b)
{
    vt_machine_free(b->m);
}

static void program(struct bench *b, unsigned n, unsigned mode,
                    unsigned count)
{
    out8(b->m, 0x43, n << 6 | 0x30 | mode << 1);
    out8(b->m, (uint16_t)(0x40 + n), count & 0xff);
    out8(b->m, (uint16_t)(0x40 + n), count >> 8);
}

static void one_shot_time(void)
{
    struct bench b;
    build(&b, VT_PIT_HZ * UINT64_C(1000));
    program(&b, 0, 0, 100);
    CU_ASSERT_FALSE(b.out0);
    run_to(b.m, 1000000);
    CU_ASSERT_EQUAL(b.rises, 1);
    CU_ASSERT_EQUAL(b.last_rise, 101000); /* N + 1 pulses */
    finish(&b);
}

/* A count written between two pulses is loaded at the next one. */
static void writes_wait_for_the_pulse(void)
{
    struct bench b;
    build(&b, VT_PIT_HZ * UINT64_C(1000));
    run_to(b.m, 5999);
    program(&b, 0, 0, 1);
    run_to(b.m, 100000);
    CU_ASSERT_EQUAL(b.last_rise, 7000);
    finish(&b);
}

/* With a clock that is no multiple of the timer's, the k-th period ends at
 * the first cycle not before its exact time, for any k: no drift. */
static void no_drift(void)
{
    static const uint64_t clocks[] = {1000000000, 3800000000, 2933437500,
                                      999999937};
    for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
        struct bench b;
        uint64_t hz = clocks[i];
        build(&b, hz);
        program(&b, 0, 2, 1193);
        for (uint64_t k = 1; k <= 3000; k++) {
            uint64_t tick = 1 + 1193 * k;
            uint64_t exact = tick / VT_PIT_HZ * hz +
                             (tick % VT_PIT_HZ * hz + VT_PIT_HZ - 1) /
                                 VT_PIT_HZ;
            run_to(b.m, exact - 1);
            unsigned before = b.rises;
            run_to(b.m, exact + 1);
            if (before != k - 1 || b.rises != k || b.last_rise != exact) {
                CU_FAIL("period");
                break;
            }
        }
        finish(&b);
    }
}

static void a_second_has_all_ticks(void)
{
    struct bench b;
    build(&b, UINT64_C(3800000000));
    program(&b, 0, 2, 2);
    run_to(b.m, UINT64_C(380000000)); /* a tenth of a second */
    CU_ASSERT_EQUAL(b.rises, (VT_PIT_HZ / 10 - 1) / 2);
    finish(&b);
}

/* A clock slower than the timer: several periods in one cycle. */
static void slow_clock(void)
{
    struct bench b;
    build(&b, 1000);
    program(&b, 0, 2, 100);
    run_to(b.m, 500);
    CU_ASSERT_TRUE(b.rises >= 499);
    finish(&b);
}

static void no_timer_when_nothing_comes(void)
{
    struct bench b;
    build(&b, 1000000000);
    CU_ASSERT_EQUAL(run_to(b.m, UINT64_MAX), VT_STOP_DEADLOCK);
    program(&b, 2, 3, 100); /* nobody watches counter 2 */
    CU_ASSERT_EQUAL(run_to(b.m, UINT64_MAX), VT_STOP_DEADLOCK);
    program(&b, 0, 0, 100); /* one edge, then silence */
    CU_ASSERT_EQUAL(run_to(b.m, UINT64_MAX), VT_STOP_DEADLOCK);
    CU_ASSERT_EQUAL(b.rises, 1);
    finish(&b);
}

static void read_back(void)
{
    struct bench b;
    build(&b, VT_PIT_HZ);
    program(&b, 0, 2, 0x1234);
    program(&b, 1, 3, 0x4000);
    run_to(b.m, 5);
    out8(b.m, 0x43, 0xc6); /* count and status of counters 0 and 1 */
    run_to(b.m, 50);
    CU_ASSERT_EQUAL(in8(b.m, 0x40), 0xb4);
    CU_ASSERT_EQUAL(in8(b.m, 0x40), 0x30); /* 1234h - 4 */
    CU_ASSERT_EQUAL(in8(b.m, 0x40), 0x12);
    CU_ASSERT_EQUAL(in8(b.m, 0x41), 0xb6);
    CU_ASSERT_EQUAL(in8(b.m, 0x41), 0xf8); /* by twos */
    CU_ASSERT_EQUAL(in8(b.m, 0x41), 0x3f);
    out8(b.m, 0x43, 0xe2); /* status alone */
    CU_ASSERT_EQUAL(in8(b.m, 0x40), 0xb4);
    CU_ASSERT_EQUAL(in8(b.m, 0x40), 0x34 - 49);
    finish(&b);
}

static void latch_command(void)
{
    struct bench b;
    build(&b, VT_PIT_HZ);
    program(&b, 0, 2, 0x8000);
    run_to(b.m, 1 + 0x100);
    out8(b.m, 0x43, 0x00);
    run_to(b.m, 5000);
    CU_ASSERT_EQUAL(in8(b.m, 0x40), 0x00);
    CU_ASSERT_EQUAL(in8(b.m, 0x40), 0x7f);
    CU_ASSERT_EQUAL(in8(b.m, 0x43), 0xff);
    finish(&b);
}

static void speaker_gate(void)
{
    struct bench b;
    build(&b, VT_PIT_HZ);
    program(&b, 2, 0, 10);
    run_to(b.m, 100);
    CU_ASSERT_EQUAL(in8(b.m, 0x61) & 0x20, 0); /* GATE 2 is low */
    out8(b.m, 0x61, 0x01);
    run_to(b.m, 109);
    CU_ASSERT_EQUAL(in8(b.m, 0x61) & 0x2f, 0x01);
    run_to(b.m, 110);
    CU_ASSERT_EQUAL(in8(b.m, 0x61) & 0x2f, 0x21);
    finish(&b);
}

static void refresh_toggles(void)
{
    struct bench b;
    build(&b, VT_PIT_HZ);
    unsigned before = in8(b.m, 0x61) & 0x10;
    run_to(b.m, 18);
    CU_ASSERT_NOT_EQUAL(in8(b.m, 0x61) & 0x10, before);
    run_to(b.m, 36);
    CU_ASSERT_EQUAL(in8(b.m, 0x61) & 0x10, before);
    finish(&b);
}

/* Saved between the two bytes of a count and in mid-period. */
static void snapshot(void)
{
    struct bench a, b;
    build(&a, UINT64_C(2933437500));
    build(&b, UINT64_C(2933437500));
    program(&a, 0, 3, 999);
    out8(a.m, 0x61, 1);
    program(&a, 2, 2, 500);
    run_to(a.m, 1234567);
    out8(a.m, 0x40, 0x77);
    out8(a.m, 0x43, 0x80); /* latch counter 2 */
    b.out0 = a.out0;
    b.rises = a.rises;
    CU_ASSERT_TRUE(copy_state(a.m, b.m));
    struct bench *both[] = {&a, &b};
    for (unsigned i = 0; i < 2; i++) {
        run_to(both[i]->m, 2000000);
        out8(both[i]->m, 0x40, 0x01);
        run_to(both[i]->m, 9000000);
    }
    CU_ASSERT_EQUAL(in8(a.m, 0x42), in8(b.m, 0x42));
    CU_ASSERT_EQUAL(a.rises, b.rises);
    CU_ASSERT_EQUAL(a.last_rise, b.last_rise);
    CU_ASSERT_EQUAL(vt_machine_hash(a.m), vt_machine_hash(b.m));
    finish(&a);
    finish(&b);
}

static void reset(void)
{
    struct bench b;
    build(&b, 1000000000);
    program(&b, 0, 2, 100);
    run_to(b.m, 1000000);
    vt_machine_reset(b.m);
    unsigned before = b.rises;
    run_to(b.m, 2000000);
    CU_ASSERT_EQUAL(b.rises, before);
    CU_ASSERT_TRUE(b.out0);
    finish(&b);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a one-shot takes N + 1 pulses", one_shot_time},
        {"a count is loaded at the pulse after the write",
         writes_wait_for_the_pulse},
        {"no period drifts, whatever the clock", no_drift},
        {"a tenth of a second has its ticks", a_second_has_all_ticks},
        {"a clock slower than the timer still ticks", slow_clock},
        {"no timed event when OUT 0 will not change",
         no_timer_when_nothing_comes},
        {"read-back latches several counters", read_back},
        {"the latch command holds a count", latch_command},
        {"port 61h gates counter 2 and shows its output", speaker_gate},
        {"port 61h shows the memory refresh", refresh_toggles},
        {"saved in mid-period, continues as if never stopped", snapshot},
        {"reset stops the counters", reset},
    };
    return run_suite("pit8254", cases, ARRAY_SIZE(cases));
}
