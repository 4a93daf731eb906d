/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One 8254 counter against the waveforms of the data sheet (order number
 * 231164, figures of "Mode Definitions"), pulse by pulse. */
#include "tests/devices/suite.h"

#include "sim/devices/pitcount.h"

#include <stdio.h>
#include <stdlib.h>

#define CW(mode) (0x10 | (mode) << 1)     /* LSB only, as in the figures */
#define CW_WORD(mode) (0x30 | (mode) << 1) /* LSB, then MSB */

static struct pit_counter new_counter(bool gate)
{
    return (struct pit_counter){.gate = gate, .out = true};
}

/* One CLK pulse at a time: OUT and CE after each, "1:4 1:3 ...". */
static void check_wave(struct pit_counter *c, const char *expected)
{
    char wave[400] = "", *to = wave;
    for (const char *p = expected; *p; p++) {
        if (*p != ':')
            continue;
        pit_counter_advance(c, c->tick + 1);
        to += sprintf(to, "%s%d:%u", to == wave ? "" : " ", c->out,
                      (unsigned)(c->ce & 0xffff));
    }
    if (strcmp(wave, expected) != 0) {
        fprintf(stderr, "\n  got      %s\n  expected %s\n", wave, expected);
        CU_FAIL("waveform");
    }
}

static void mode0(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW(0));
    CU_ASSERT_FALSE(c.out);
    check_wave(&c, "0:0 0:0");
    pit_counter_write(&c, 4);
    check_wave(&c, "0:4 0:3 0:2 0:1 1:0 1:65535 1:65534");
}

static void mode0_gate(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW(0));
    pit_counter_write(&c, 3);
    check_wave(&c, "0:3 0:2");
    pit_counter_set_gate(&c, false);
    check_wave(&c, "0:2 0:2");
    pit_counter_set_gate(&c, true);
    check_wave(&c, "0:1 1:0 1:65535");
}

static void mode0_new_count(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW(0));
    pit_counter_write(&c, 3);
    check_wave(&c, "0:3 0:2");
    pit_counter_write(&c, 2);
    check_wave(&c, "0:2 0:1 1:0");
    pit_counter_write(&c, 1);
    CU_ASSERT_FALSE(c.out);
    check_wave(&c, "0:1 1:0");
}

static void mode0_two_bytes(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW_WORD(0));
    pit_counter_write(&c, 3);
    pit_counter_write(&c, 0);
    check_wave(&c, "0:3 0:2 0:1 1:0");
    pit_counter_write(&c, 2);
    CU_ASSERT_FALSE(c.out);
    check_wave(&c, "0:0 0:0"); /* counting is disabled between the bytes */
    pit_counter_write(&c, 0);
    check_wave(&c, "0:2 0:1 1:0");
}

static void mode0_loads_with_gate_low(void)
{
    struct pit_counter c = new_counter(false);
    pit_counter_control(&c, CW(0));
    pit_counter_write(&c, 2);
    check_wave(&c, "0:2 0:2");
    pit_counter_set_gate(&c, true);
    check_wave(&c, "0:1 1:0");
}

static void trigger(struct pit_counter *c)
{
    pit_counter_set_gate(c, false);
    pit_counter_set_gate(c, true);
}

static void mode1(void)
{
    struct pit_counter c = new_counter(false);
    pit_counter_control(&c, CW(1));
    pit_counter_write(&c, 3);
    check_wave(&c, "1:0 1:0");
    trigger(&c);
    check_wave(&c, "0:3 0:2 0:1 1:0 1:65535");
    trigger(&c);
    check_wave(&c, "0:3 0:2");
    trigger(&c); /* retriggered */
    check_wave(&c, "0:3 0:2 0:1 1:0");
}

static void mode1_new_count(void)
{
    struct pit_counter c = new_counter(false);
    pit_counter_control(&c, CW(1));
    pit_counter_write(&c, 2);
    trigger(&c);
    check_wave(&c, "0:2 0:1");
    pit_counter_write(&c, 4); /* for the next trigger */
    check_wave(&c, "1:0 1:65535");
    trigger(&c);
    check_wave(&c, "0:4 0:3");
}

static void mode2(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW(2));
    pit_counter_write(&c, 3);
    check_wave(&c, "1:3 1:2 0:1 1:3 1:2 0:1 1:3");
}

static void mode2_gate(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW(2));
    pit_counter_write(&c, 3);
    check_wave(&c, "1:3 1:2 0:1");
    pit_counter_set_gate(&c, false);
    CU_ASSERT_TRUE(c.out); /* at once */
    check_wave(&c, "1:1 1:1");
    pit_counter_set_gate(&c, true);
    check_wave(&c, "1:3 1:2 0:1 1:3");
}

static void mode2_new_count(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW(2));
    pit_counter_write(&c, 4);
    check_wave(&c, "1:4 1:3");
    pit_counter_write(&c, 5);
    check_wave(&c, "1:2 0:1 1:5 1:4 1:3");
    pit_counter_write(&c, 3);
    trigger(&c);
    check_wave(&c, "1:3 1:2 0:1 1:3");
}

static void mode3(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW(3));
    pit_counter_write(&c, 4);
    check_wave(&c, "1:4 1:2 0:4 0:2 1:4 1:2 0:4");
}

static void mode3_odd(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW(3));
    pit_counter_write(&c, 5);
    check_wave(&c, "1:4 1:2 1:0 0:4 0:2 1:4 1:2 1:0 0:4");
}

static void mode3_gate(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW(3));
    pit_counter_write(&c, 4);
    check_wave(&c, "1:4 1:2 0:4");
    pit_counter_set_gate(&c, false);
    CU_ASSERT_TRUE(c.out);
    check_wave(&c, "1:4 1:4");
    pit_counter_set_gate(&c, true);
    check_wave(&c, "1:4 1:2 0:4 0:2 1:4");
}

/* A new count waits for the end of the half-cycle. */
static void mode3_new_count(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW(3));
    pit_counter_write(&c, 4);
    check_wave(&c, "1:4");
    pit_counter_write(&c, 6);
    check_wave(&c, "1:2 0:6 0:4 0:2 1:6");
}

static void mode4(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW(4));
    pit_counter_write(&c, 3);
    check_wave(&c, "1:3 1:2 1:1 0:0 1:65535 1:65534");
    pit_counter_write(&c, 2);
    check_wave(&c, "1:2 1:1");
    pit_counter_write(&c, 2); /* a new count is loaded at once */
    check_wave(&c, "1:2 1:1 0:0");
    pit_counter_write(&c, 3); /* during the strobe, which ends all the same */
    check_wave(&c, "1:3 1:2 1:1 0:0 1:65535");
    CU_ASSERT_EQUAL(pit_counter_next_event(&c), PIT_NO_EVENT);
}

static void mode4_gate(void)
{
    struct pit_counter c = new_counter(false);
    pit_counter_control(&c, CW(4));
    pit_counter_write(&c, 2);
    check_wave(&c, "1:2 1:2");
    pit_counter_set_gate(&c, true);
    check_wave(&c, "1:1 0:0 1:65535");
}

static void mode5(void)
{
    struct pit_counter c = new_counter(false);
    pit_counter_control(&c, CW(5));
    pit_counter_write(&c, 3);
    check_wave(&c, "1:0");
    trigger(&c);
    check_wave(&c, "1:3 1:2");
    trigger(&c);
    check_wave(&c, "1:3 1:2 1:1 0:0 1:65535");
}

static void zero_is_the_largest(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW_WORD(0));
    pit_counter_write(&c, 0);
    pit_counter_write(&c, 0);
    pit_counter_advance(&c, 65536);
    CU_ASSERT_FALSE(c.out);
    pit_counter_advance(&c, 65537);
    CU_ASSERT_TRUE(c.out);
}

static void high_byte_only(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, 0x24); /* MSB only, mode 2 */
    pit_counter_write(&c, 3);
    pit_counter_advance(&c, 1 + 1);
    CU_ASSERT_EQUAL(c.ce, 0x2ff);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0x02);
    pit_counter_latch_count(&c);
    pit_counter_latch_status(&c);
    pit_counter_latch_status(&c);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0xa4);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0x02);
}

static void bcd(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW_WORD(0) | 1);
    pit_counter_write(&c, 0x02);
    pit_counter_write(&c, 0x10); /* 1002 */
    pit_counter_advance(&c, 4);  /* loaded at 1 */
    pit_counter_latch_count(&c);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0x99);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0x09);
    pit_counter_advance(&c, 1 + 1002);
    CU_ASSERT_TRUE(c.out);
    pit_counter_advance(&c, 1 + 1003);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0x99); /* rolls over to 9999 */
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0x99);
}

static void latched_counts_hold(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW_WORD(2));
    pit_counter_write(&c, 0x34);
    pit_counter_write(&c, 0x12);
    pit_counter_advance(&c, 1);
    pit_counter_latch_count(&c);
    pit_counter_advance(&c, 100);
    pit_counter_latch_count(&c); /* ignored: the first was not read */
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0x34);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0x12);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0x34 - 99 + 256);
}

static void status_comes_before_count(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW_WORD(3));
    pit_counter_write(&c, 6);
    pit_counter_write(&c, 0);
    pit_counter_latch_status(&c);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0xc0 | 0x36); /* null count */
    pit_counter_advance(&c, 5); /* 6 4 2 | 6 4 */
    pit_counter_latch_count(&c);
    pit_counter_latch_status(&c);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0x36); /* OUT low, loaded */
    CU_ASSERT_EQUAL(pit_counter_read(&c), 4);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0);
}

static void control_word_forgets_latches(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW(2));
    pit_counter_write(&c, 9);
    pit_counter_advance(&c, 1);
    pit_counter_latch_count(&c);
    pit_counter_latch_status(&c);
    pit_counter_control(&c, CW(0));
    pit_counter_write(&c, 7);
    pit_counter_advance(&c, 2);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 7);
}

/* A control word between the two bytes, or before the count is loaded. */
static void control_word_starts_afresh(void)
{
    struct pit_counter c = new_counter(true);
    pit_counter_control(&c, CW_WORD(0));
    pit_counter_write(&c, 9);
    pit_counter_control(&c, CW_WORD(2));
    check_wave(&c, "1:0");
    pit_counter_write(&c, 4); /* a first byte again */
    pit_counter_write(&c, 0);
    pit_counter_control(&c, CW_WORD(2));
    check_wave(&c, "1:0 1:0"); /* that count is never loaded */
    pit_counter_read(&c);      /* low byte */
    pit_counter_control(&c, CW_WORD(2));
    pit_counter_write(&c, 4);
    pit_counter_write(&c, 0);
    check_wave(&c, "1:4 1:3");
    CU_ASSERT_EQUAL(pit_counter_read(&c), 3); /* the low byte first */
    pit_counter_control(&c, CW_WORD(2));
    check_wave(&c, "1:3 1:3");
    pit_counter_latch_status(&c);
    CU_ASSERT_EQUAL(pit_counter_read(&c), 0xf4); /* null count */
    trigger(&c); /* there is no count to load */
    check_wave(&c, "1:3");
}

static void illegal_count_stands_still(void)
{
    for (unsigned mode = 2; mode <= 3; mode++) {
        struct pit_counter c = new_counter(true);
        pit_counter_control(&c, (uint8_t)CW(mode));
        pit_counter_write(&c, 1);
        pit_counter_advance(&c, 1000);
        CU_ASSERT_TRUE(c.out);
        CU_ASSERT_EQUAL(pit_counter_next_event(&c), PIT_NO_EVENT);
        pit_counter_write(&c, 2); /* and comes back with a legal one */
        pit_counter_advance(&c, 1003);
        CU_ASSERT_NOT_EQUAL(pit_counter_next_event(&c), PIT_NO_EVENT);
    }
}

static void disturb(struct pit_counter *c, unsigned what)
{
    switch (what) {
    case 0:
        pit_counter_set_gate(c, false);
        break;
    case 1:
        pit_counter_set_gate(c, true);
        break;
    case 2:
        pit_counter_write(c, 7);
        break;
    default:
        pit_counter_write(c, 2);
    }
}

static bool same(const struct pit_counter *a, const struct pit_counter *b)
{
    return a->tick == b->tick && a->ce == b->ce && a->out == b->out &&
           a->null_count == b->null_count && a->strobe == b->strobe;
}

/* Jumping to a tick and going there pulse by pulse are the same, whatever
 * is written or gated on the way. */
static void jumps_equal_steps(void)
{
    uint32_t seed = 12345;
    for (unsigned run = 0; run < 600; run++) {
        struct pit_counter a = new_counter(true), b;
        pit_counter_control(&a, (uint8_t)(CW(run % 6) | (run / 6 & 1)));
        pit_counter_write(&a, 5);
        b = a;
        for (unsigned i = 0; i < 20; i++) {
            seed = seed * 1664525 + 1013904223;
            uint64_t to = a.tick + (seed >> 24) % 60;
            pit_counter_advance(&a, to);
            while (b.tick < to)
                pit_counter_advance(&b, b.tick + 1);
            if (!same(&a, &b)) {
                CU_FAIL("jump and steps differ");
                return;
            }
            disturb(&a, seed >> 8 & 3);
            disturb(&b, seed >> 8 & 3);
        }
    }
}

/* next_event never comes after an edge. */
static void events_foretell_edges(void)
{
    for (unsigned mode = 0; mode < 6; mode++) {
        struct pit_counter c = new_counter(false);
        pit_counter_control(&c, (uint8_t)CW(mode));
        pit_counter_write(&c, 5);
        trigger(&c);
        for (unsigned i = 0; i < 40; i++) {
            uint64_t next = pit_counter_next_event(&c);
            bool before = c.out;
            pit_counter_advance(&c, c.tick + 1);
            if (c.out != before)
                CU_ASSERT_EQUAL(next, c.tick);
        }
    }
}

int main(void)
{
    static const struct test_case cases[] = {
        {"mode 0: OUT rises N + 1 pulses after the write", mode0},
        {"mode 0: GATE low suspends counting", mode0_gate},
        {"mode 0: a new count is loaded at the next pulse", mode0_new_count},
        {"mode 0: the first of two bytes stops it", mode0_two_bytes},
        {"mode 0: a count is loaded while GATE is low",
         mode0_loads_with_gate_low},
        {"mode 1: low for N pulses after a trigger", mode1},
        {"mode 1: a new count waits for the trigger", mode1_new_count},
        {"mode 2: low for one pulse in N", mode2},
        {"mode 2: GATE low sets OUT high, a trigger reloads", mode2_gate},
        {"mode 2: a new count waits for the period's end", mode2_new_count},
        {"mode 3: an even count gives a square wave", mode3},
        {"mode 3: an odd count is high one pulse longer", mode3_odd},
        {"mode 3: GATE low sets OUT high, a trigger reloads", mode3_gate},
        {"mode 3: a new count waits for the half-cycle's end",
         mode3_new_count},
        {"mode 4: one low pulse N + 1 pulses after the write", mode4},
        {"mode 4: GATE low suspends counting", mode4_gate},
        {"mode 5: one low pulse N + 1 pulses after the trigger", mode5},
        {"count 0 is 65536", zero_is_the_largest},
        {"a counter can be accessed by its high byte", high_byte_only},
        {"BCD counts in decimal", bcd},
        {"a latched count holds until it is read", latched_counts_hold},
        {"a latched status is read before a latched count",
         status_comes_before_count},
        {"a control word forgets what was latched",
         control_word_forgets_latches},
        {"a control word starts everything afresh",
         control_word_starts_afresh},
        {"count 1 in modes 2 and 3 stands still", illegal_count_stands_still},
        {"a jump equals its single pulses", jumps_equal_steps},
        {"no edge comes before the foretold event", events_foretell_edges},
    };
    return run_suite("pitcount", cases, ARRAY_SIZE(cases));
}
