/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One counter of an 8254: six modes, binary or BCD, in CLK ticks.
 *
 * Counting is lazy: between two events (CE loaded, OUT changed) the counting
 * element is known by subtraction, so advancing costs by the event and not
 * by the tick.  Everything that a write or a gate edge sets off happens, as
 * in the chip, at the next CLK pulse:
 *
 *     mode 2, N = 3     CLK   _|~|_|~|_|~|_|~|_|~|_|~|_
 *                       WR  ~|_|~~
 *                       CE       3   2   1   3   2   1
 *                       OUT ~~~~~~~~~~~~~|___|~~~~~~~|___|
 *
 * Source: Intel, 8254 Programmable Interval Timer data sheet, order number
 * 231164, "Mode Definitions" and "Operation Common to All Modes".
 *
 * NOTE: a count of 1 is illegal in modes 2 and 3; here it makes the counter
 * stand still with OUT high.  BCD digits above 9 count with their weight. */
#include "sim/devices/pitcount.h"

enum { MODE_TERMINAL, MODE_ONE_SHOT, MODE_RATE, MODE_SQUARE, MODE_SOFT_STROBE,
       MODE_HARD_STROBE };

#define RW_LSB 1u
#define RW_MSB 2u
#define STATUS_OUT 0x80u
#define STATUS_NULL 0x40u

/* M2 is "don't care" for modes 2 and 3. */
static unsigned mode_of(const struct pit_counter *c)
{
    unsigned mode = c->control >> 1 & 7;
    return mode > 5 ? mode - 4 : mode;
}

static unsigned rw_of(const struct pit_counter *c)
{
    return c->control >> 4 & 3;
}

static bool is_bcd(const struct pit_counter *c)
{
    return c->control & 1;
}

static uint32_t modulus(const struct pit_counter *c)
{
    return is_bcd(c) ? 10000 : 65536;
}

/* Modes whose GATE enables counting; in the others it only triggers. */
static bool gate_enables(const struct pit_counter *c)
{
    unsigned mode = mode_of(c);
    return mode != MODE_ONE_SHOT && mode != MODE_HARD_STROBE;
}

static bool is_periodic(const struct pit_counter *c)
{
    unsigned mode = mode_of(c);
    return mode == MODE_RATE || mode == MODE_SQUARE;
}

/* The count in CR; 0 stands for the largest. */
static uint32_t initial_count(const struct pit_counter *c)
{
    uint32_t n = c->cr;
    if (is_bcd(c))
        n = ((n >> 12) * 1000 + (n >> 8 & 15) * 100 + (n >> 4 & 15) * 10 +
             (n & 15)) % 10000;
    return n ? n : modulus(c);
}

/* CE as the data bus shows it. */
static uint16_t shown_count(const struct pit_counter *c)
{
    uint32_t n = c->ce % modulus(c);
    if (!is_bcd(c))
        return (uint16_t)n;
    return (uint16_t)((n / 1000) << 12 | (n / 100 % 10) << 8 |
                      (n / 10 % 10) << 4 | n % 10);
}

static void set_out(struct pit_counter *c, bool level)
{
    if (c->out == level)
        return;
    c->out = level;
    if (c->out_changed)
        c->out_changed(c->opaque, level);
}

static bool is_counting(const struct pit_counter *c)
{
    if (!c->running || c->held || (gate_enables(c) && !c->gate))
        return false;
    /* Mode 3 has loaded the illegal count 1 as 0. */
    return !is_periodic(c) || c->null_count || initial_count(c) > 1;
}

/* ---- time passes ---- */

/* CLK pulses until the next event, at least 1. */
static uint64_t ticks_to_event(const struct pit_counter *c)
{
    if (c->load_next || c->strobe)
        return 1;
    if (!is_counting(c))
        return PIT_NO_EVENT;
    uint64_t n;
    switch (mode_of(c)) {
    case MODE_RATE: /* OUT falls at 1 and the next pulse reloads */
        n = c->out && c->ce > 1 ? c->ce - 1 : 1;
        break;
    case MODE_SQUARE: /* by twos; an odd count's high half has one more */
        n = c->ce / 2 + (c->odd && c->out);
        break;
    default:
        if (!c->armed)
            return PIT_NO_EVENT;
        n = c->ce;
    }
    return n ? n : 1;
}

/* Count down n pulses on which nothing else happens. */
static void count_down(struct pit_counter *c, uint64_t n)
{
    if (!is_counting(c))
        return;
    uint32_t m = modulus(c);
    if (mode_of(c) == MODE_SQUARE)
        c->ce -= (uint32_t)(2 * n);
    else if (c->armed || is_periodic(c))
        c->ce -= (uint32_t)n;
    else /* past zero it goes round and round */
        c->ce = (uint32_t)((c->ce + m - n % m) % m);
}

static void load_count(struct pit_counter *c)
{
    uint32_t n = initial_count(c);
    c->odd = n & 1;
    c->ce = mode_of(c) == MODE_SQUARE ? n & ~UINT32_C(1) : n;
    c->null_count = c->load_next = c->strobe = false;
    c->running = c->armed = true;
}

/* The CLK pulse after a write or a trigger. */
static void clock_load(struct pit_counter *c)
{
    load_count(c);
    if (mode_of(c) == MODE_ONE_SHOT)
        set_out(c, false);
    else if (mode_of(c) != MODE_TERMINAL)
        set_out(c, true);
}

/* The CLK pulse that ends a strobe. */
static void clock_strobe_end(struct pit_counter *c)
{
    c->strobe = false;
    count_down(c, 1);
    set_out(c, true);
}

/* Half of a square wave, or one of the two parts of mode 2, is over. */
static void clock_periodic(struct pit_counter *c)
{
    if (mode_of(c) == MODE_RATE && c->out && c->ce > 1) {
        c->ce = 1;
        set_out(c, false);
        return;
    }
    load_count(c);
    set_out(c, mode_of(c) == MODE_RATE || !c->out);
}

/* CE reaches zero in a mode that does not repeat. */
static void clock_zero(struct pit_counter *c)
{
    unsigned mode = mode_of(c);
    c->ce = 0;
    c->armed = false;
    c->strobe = mode == MODE_SOFT_STROBE || mode == MODE_HARD_STROBE;
    set_out(c, !c->strobe);
}

static void clock_event(struct pit_counter *c)
{
    if (c->load_next)
        clock_load(c);
    else if (c->strobe)
        clock_strobe_end(c);
    else if (is_periodic(c))
        clock_periodic(c);
    else
        clock_zero(c);
}

/* Whole periods change nothing.  Where OUT is watched the last one is gone
 * through: whoever watches sees at least one edge of each kind, and more
 * than that could not be told apart at one instruction boundary. */
static void skip_periods(struct pit_counter *c, uint64_t tick)
{
    if (!is_periodic(c) || c->load_next || c->null_count || !is_counting(c))
        return;
    uint64_t period = initial_count(c);
    uint64_t periods = (tick - c->tick) / period;
    if (c->out_changed && periods > 0)
        periods--;
    c->tick += periods * period;
}

void pit_counter_advance(struct pit_counter *c, uint64_t tick)
{
    while (c->tick < tick) {
        skip_periods(c, tick);
        uint64_t n = ticks_to_event(c);
        if (n > tick - c->tick) {
            count_down(c, tick - c->tick);
            c->tick = tick;
            return;
        }
        c->tick += n;
        clock_event(c);
    }
}

uint64_t pit_counter_next_event(const struct pit_counter *c)
{
    uint64_t n = ticks_to_event(c);
    return n > PIT_NO_EVENT - c->tick ? PIT_NO_EVENT : c->tick + n;
}

/* ---- the bus ---- */

void pit_counter_control(struct pit_counter *c, uint8_t control)
{
    c->control = control & 0x3f;
    c->null_count = true;
    c->have_count = c->load_next = c->running = c->held = false;
    c->armed = c->strobe = c->odd = false;
    c->write_second = c->read_second = false;
    c->latched = c->status_latched = false;
    set_out(c, mode_of(c) != MODE_TERMINAL);
}

/* CR holds a new count.  Modes 0 and 4 take it at the next CLK pulse, modes
 * 2 and 3 only if it is the first one, modes 1 and 5 at the next trigger. */
static void count_written(struct pit_counter *c)
{
    unsigned mode = mode_of(c);
    c->have_count = c->null_count = true;
    c->held = false;
    if (mode == MODE_TERMINAL)
        set_out(c, false);
    if (mode == MODE_TERMINAL || mode == MODE_SOFT_STROBE ||
        (is_periodic(c) && !c->running))
        c->load_next = true;
}

void pit_counter_write(struct pit_counter *c, uint8_t byte)
{
    if (rw_of(c) == RW_LSB) {
        c->cr = byte;
    } else if (rw_of(c) == RW_MSB) {
        c->cr = (uint16_t)(byte << 8);
    } else if (!c->write_second) {
        c->first_byte = byte;
        c->write_second = true;
        if (mode_of(c) == MODE_TERMINAL) {
            c->held = true;
            set_out(c, false);
        }
        return;
    } else {
        c->write_second = false;
        c->cr = (uint16_t)(byte << 8 | c->first_byte);
    }
    count_written(c);
}

void pit_counter_set_gate(struct pit_counter *c, bool level)
{
    bool rises = level && !c->gate, falls = !level && c->gate;
    c->gate = level;
    bool triggered = is_periodic(c) || !gate_enables(c);
    if (rises && triggered && c->have_count)
        c->load_next = true;
    if (falls && is_periodic(c))
        set_out(c, true);
}

/* A second latch command before the first was read is ignored. */
void pit_counter_latch_count(struct pit_counter *c)
{
    if (c->latched)
        return;
    c->latched = true;
    c->latch = shown_count(c);
}

void pit_counter_latch_status(struct pit_counter *c)
{
    if (c->status_latched)
        return;
    c->status_latched = true;
    c->status = (uint8_t)((c->out ? STATUS_OUT : 0) |
                          (c->null_count ? STATUS_NULL : 0) | c->control);
}

uint8_t pit_counter_read(struct pit_counter *c)
{
    if (c->status_latched) {
        c->status_latched = false;
        return c->status;
    }
    uint16_t value = c->latched ? c->latch : shown_count(c);
    bool two = rw_of(c) != RW_LSB && rw_of(c) != RW_MSB;
    bool high = two ? c->read_second : rw_of(c) == RW_MSB;
    if (two)
        c->read_second = !c->read_second;
    if (!two || high)
        c->latched = false;
    return (uint8_t)(high ? value >> 8 : value);
}
