/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One counter of an 8254, in CLK ticks; knows nothing of cycles, ports or
 * the machine. */
#ifndef VT_PITCOUNT_H
#define VT_PITCOUNT_H

#include "sim/machine/vt.h"

#define PIT_NO_EVENT UINT64_MAX

struct pit_counter {
    /* Told of every change of OUT, at tick; may be NULL. */
    void (*out_changed)(void *opaque, bool level);
    void *opaque;

    uint64_t tick;   /* all below is the state after this CLK pulse */
    uint32_t ce;     /* counting element; the modulus itself for count 0 */
    uint16_t cr;     /* count register: what was written last */
    uint8_t control; /* RW, M, BCD: bits 5-0 of the control word */
    bool gate, out;
    bool have_count; /* CR was written since the control word */
    bool null_count; /* CR was not loaded into CE yet */
    bool load_next;  /* the next CLK pulse loads CE from CR */
    bool running;    /* CE was loaded since the control word */
    bool held;       /* mode 0 between the two bytes of a count */
    bool armed;      /* modes 0, 1, 4, 5: zero is still to come */
    bool strobe;     /* modes 4, 5: OUT is low for this tick */
    bool odd;        /* mode 3: CE was loaded from an odd count */
    /* Access by bytes. */
    bool write_second, read_second;
    uint8_t first_byte;
    bool latched, status_latched;
    uint16_t latch;
    uint8_t status;
};

/* Bring the counter to tick; does nothing when it is there already.  The
 * functions below expect it to be at the present tick. */
void pit_counter_advance(struct pit_counter *c, uint64_t tick);
/* The tick at which OUT may change next, or PIT_NO_EVENT. */
uint64_t pit_counter_next_event(const struct pit_counter *c);

void pit_counter_control(struct pit_counter *c, uint8_t control);
void pit_counter_write(struct pit_counter *c, uint8_t byte);
uint8_t pit_counter_read(struct pit_counter *c);
void pit_counter_set_gate(struct pit_counter *c, bool level);
void pit_counter_latch_count(struct pit_counter *c);
void pit_counter_latch_status(struct pit_counter *c);

#endif
