/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The 8254 timer of a PC at ports 40h-43h and the system control port 61h:
 * counter 0 drives IRQ 0, counter 1 once refreshed memory, counter 2 drives
 * the speaker and is gated by port 61h.  pitcount.c holds the counters; this
 * file has the ports and the relation between CLK pulses and cycles:
 *
 *     pulse t happens at cycle ceil(t * hz / 1193182)
 *
 * counted from cycle 0 with integers, so the timer never drifts against the
 * clock.  A timed event of the machine exists only while OUT 0 will change;
 * the other counters are brought up to date when they are looked at.
 *
 * Source: Intel, 8254 data sheet, order number 231164, "Control Word
 * Format", "Read-Back Command"; IBM PC/AT Technical Reference, "System
 * Board", port 61h.
 *
 * NOTE: after reset the counters stand still with OUT high until they are
 * programmed (in the chip all is undefined, and on a PC the firmware starts
 * counter 0 with 18.2 Hz).
 * Left out: sound.  Bits 6-7 of port 61h (parity and channel check). */
#include "sim/devices/pit8254.h"

#include "sim/devices/pitcount.h"

#include <inttypes.h>
#include <stdlib.h>

#define COUNTERS 3u
#define CONTROL_PORT 3u
#define READ_BACK 3u
#define RB_NO_COUNT 0x20u
#define RB_NO_STATUS 0x10u
#define RESET_CONTROL 0x36 /* mode 3, two bytes, binary */

#define PORT61_GATE2 0x01u
#define PORT61_WRITABLE 0x0fu
#define PORT61_REFRESH 0x10u /* toggles with each memory refresh */
#define PORT61_OUT2 0x20u
#define REFRESH_TICKS 18u /* 15.1 us */

struct vt_pit {
    struct vt_device dev;
    struct vt_machine *machine;
    struct vt_irq irq0;
    struct vt_timer *timer;
    struct pit_counter counters[COUNTERS];
    uint8_t port61;
};

#define PIT_REG(n, field, bits_, format_, flags_, section)                  \
    VT_REG(struct vt_pit, counters[n].field, "counter" #n "." #field, bits_, \
           "pit", format_, flags_, "8254, \"" section "\"")
#define PIT_FLAG(n, field, section)                                         \
    PIT_REG(n, field, 1, VT_FMT_BOOL, VT_REG_HIDDEN, section)
#define PIT_COUNTER_REGS(n)                                                 \
    PIT_REG(n, tick, 64, VT_FMT_DEC, VT_REG_HIDDEN, "Mode Definitions"),    \
        PIT_REG(n, ce, 17, VT_FMT_DEC, 0, "Counters"),                      \
        PIT_REG(n, cr, 16, VT_FMT_HEX, 0, "Counters"),                      \
        PIT_REG(n, control, 6, VT_FMT_HEX, 0, "Control Word Format"),       \
        PIT_REG(n, gate, 1, VT_FMT_BOOL, VT_REG_READONLY, "Gate"),          \
        PIT_REG(n, out, 1, VT_FMT_BOOL, VT_REG_READONLY,                    \
                "Mode Definitions"),                                        \
        PIT_FLAG(n, have_count, "Write Operations"),                        \
        PIT_FLAG(n, null_count, "Read-Back Command"),                       \
        PIT_FLAG(n, load_next, "Mode Definitions"),                         \
        PIT_FLAG(n, running, "Mode Definitions"),                           \
        PIT_FLAG(n, held, "Mode 0: Interrupt on Terminal Count"),           \
        PIT_FLAG(n, armed, "Mode Definitions"),                             \
        PIT_FLAG(n, strobe, "Mode 4: Software Triggered Strobe"),           \
        PIT_FLAG(n, odd, "Mode 3: Square Wave Mode"),                       \
        PIT_FLAG(n, write_second, "Write Operations"),                      \
        PIT_FLAG(n, read_second, "Read Operations"),                        \
        PIT_REG(n, first_byte, 8, VT_FMT_HEX, VT_REG_HIDDEN,                \
                "Write Operations"),                                        \
        PIT_FLAG(n, latched, "Counter Latch Command"),                      \
        PIT_FLAG(n, status_latched, "Read-Back Command"),                   \
        PIT_REG(n, latch, 16, VT_FMT_HEX, VT_REG_HIDDEN,                    \
                "Counter Latch Command"),                                   \
        PIT_REG(n, status, 8, VT_FMT_HEX, VT_REG_HIDDEN,                    \
                "Read-Back Command")

static const struct vt_reg pit_regs[] = {
    PIT_COUNTER_REGS(0),
    PIT_COUNTER_REGS(1),
    PIT_COUNTER_REGS(2),
    VT_REG(struct vt_pit, port61, "port61", 8, "pit", VT_FMT_HEX, 0,
           "IBM PC/AT Technical Reference, \"System Board\""),
};

/* ---- cycles and CLK pulses ---- */

/* The last pulse at or before cycle.  Whole seconds and the rest of one are
 * converted apart, so that no product leaves 64 bits. */
static uint64_t tick_at(const struct vt_pit *p, uint64_t cycle)
{
    uint64_t hz = vt_machine_hz(p->machine);
    return cycle / hz * VT_PIT_HZ + cycle % hz * VT_PIT_HZ / hz;
}

/* The first cycle at which pulse tick has happened; UINT64_MAX for one that
 * the clock will never reach. */
static uint64_t cycle_of(const struct vt_pit *p, uint64_t tick)
{
    uint64_t hz = vt_machine_hz(p->machine);
    if (tick / VT_PIT_HZ >= UINT64_MAX / hz)
        return UINT64_MAX;
    return tick / VT_PIT_HZ * hz +
           (tick % VT_PIT_HZ * hz + VT_PIT_HZ - 1) / VT_PIT_HZ;
}

static uint64_t now_tick(const struct vt_pit *p)
{
    return tick_at(p, vt_machine_now(p->machine));
}

static struct pit_counter *counter_now(struct vt_pit *p, unsigned n)
{
    pit_counter_advance(&p->counters[n], now_tick(p));
    return &p->counters[n];
}

static void arm(struct vt_pit *p)
{
    uint64_t tick = pit_counter_next_event(&p->counters[0]);
    uint64_t cycle = tick == PIT_NO_EVENT ? UINT64_MAX : cycle_of(p, tick);
    if (cycle == UINT64_MAX)
        vt_timer_cancel(p->timer);
    else
        vt_timer_arm(p->timer, cycle);
}

static void timer_due(void *opaque, uint64_t cycle)
{
    struct vt_pit *p = opaque;
    pit_counter_advance(&p->counters[0], tick_at(p, cycle));
    arm(p);
}

static void out0_changed(void *opaque, bool level)
{
    struct vt_pit *p = opaque;
    vt_irq_set(&p->irq0, level);
}

/* ---- ports ---- */

static void read_back(struct vt_pit *p, uint8_t command)
{
    for (unsigned n = 0; n < COUNTERS; n++) {
        if (!(command >> (n + 1) & 1))
            continue;
        struct pit_counter *c = counter_now(p, n);
        if (!(command & RB_NO_COUNT))
            pit_counter_latch_count(c);
        if (!(command & RB_NO_STATUS))
            pit_counter_latch_status(c);
    }
}

static void write_control(struct vt_pit *p, uint8_t value)
{
    unsigned n = value >> 6;
    if (n == READ_BACK)
        read_back(p, value);
    else if ((value & 0x30) == 0)
        pit_counter_latch_count(counter_now(p, n));
    else
        pit_counter_control(counter_now(p, n), value);
}

static void pit_write(void *opaque, uint16_t port, uint32_t value,
                      unsigned size)
{
    struct vt_pit *p = opaque;
    (void)size;
    unsigned n = port & 3;
    if (n == CONTROL_PORT)
        write_control(p, (uint8_t)value);
    else
        pit_counter_write(counter_now(p, n), (uint8_t)value);
    arm(p);
}

/* The control port cannot be read: nobody drives the bus. */
static uint32_t pit_read(void *opaque, uint16_t port, unsigned size)
{
    struct vt_pit *p = opaque;
    (void)size;
    unsigned n = port & 3;
    return n == CONTROL_PORT ? 0xff : pit_counter_read(counter_now(p, n));
}

static uint32_t port61_read(void *opaque, uint16_t port, unsigned size)
{
    struct vt_pit *p = opaque;
    (void)port, (void)size;
    uint32_t value = p->port61;
    if (now_tick(p) / REFRESH_TICKS & 1)
        value |= PORT61_REFRESH;
    if (counter_now(p, 2)->out)
        value |= PORT61_OUT2;
    return value;
}

static void port61_write(void *opaque, uint16_t port, uint32_t value,
                         unsigned size)
{
    struct vt_pit *p = opaque;
    (void)port, (void)size;
    p->port61 = (uint8_t)(value & PORT61_WRITABLE);
    pit_counter_set_gate(counter_now(p, 2), value & PORT61_GATE2);
}

/* ---- the rest of the machine ---- */

static void set_reset_state(struct vt_pit *p)
{
    for (unsigned n = 0; n < COUNTERS; n++) {
        struct pit_counter *c = &p->counters[n];
        memset(c, 0, sizeof *c);
        c->tick = now_tick(p);
        c->control = RESET_CONTROL;
        c->null_count = c->out = true;
        c->gate = n != 2;
    }
    p->counters[0].out_changed = out0_changed;
    p->counters[0].opaque = p;
    p->port61 = 0;
    vt_irq_set(&p->irq0, true);
}

static void pit_reset(struct vt_device *dev)
{
    struct vt_pit *p = (struct vt_pit *)dev;
    set_reset_state(p);
    vt_timer_cancel(p->timer);
}

static void pit_free(struct vt_device *dev)
{
    free(dev);
}

static void pit_save(struct vt_device *dev, struct vt_writer *w)
{
    (void)dev, (void)w; /* the registers are all there is */
}

static void pit_load(struct vt_device *dev, struct vt_reader *r)
{
    const struct vt_pit *p = (struct vt_pit *)dev;
    for (unsigned n = 0; n < COUNTERS; n++)
        if (p->counters[n].ce > 65536)
            vt_reader_reject(r, "counter %u of the 8254 holds %" PRIu32, n,
                             p->counters[n].ce);
}

enum vt_err vt_pit_add(struct vt_machine *m, const struct vt_irq *irq0,
                       struct vt_pit **to, struct vt_error *err)
{
    static const struct vt_device_ops ops = {.reset = pit_reset,
                                             .free = pit_free,
                                             .save = pit_save,
                                             .load = pit_load};
    static const struct vt_port_ops ports = {
        .read = pit_read, .write = pit_write, .sizes = 1};
    static const struct vt_port_ops port61 = {
        .read = port61_read, .write = port61_write, .sizes = 1};
    struct vt_pit *p = vt_alloc(1, sizeof *p);
    p->dev = (struct vt_device){.ops = &ops,
                                .name = "pit",
                                .regs = pit_regs,
                                .reg_rows = ARRAY_SIZE(pit_regs)};
    p->machine = m;
    p->irq0 = *irq0;
    p->timer = vt_timer_new(m, "pit.out0", timer_due, p);
    set_reset_state(p);
    vt_machine_add_device(m, &p->dev);
    *to = p;
    enum vt_err failed = vt_ports_add(vt_machine_ports(m), "pit", 0x40, 4,
                                      &ports, p, err);
    if (!failed)
        failed = vt_ports_add(vt_machine_ports(m), "port61", 0x61, 1, &port61,
                              p, err);
    return failed;
}
