/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two 8259A interrupt controllers, cascaded as on a PC/AT: ports 20h-21h
 * (lines 0-7) and A0h-A1h (lines 8-15, through input 2 of the first), and
 * the edge/level registers 4D0h-4D1h.
 *
 *   line -> edge latch or level -> IRR -> mask -> priority -> INT
 *                                               against ISR
 *
 * Source: Intel, 8259A Programmable Interrupt Controller (8259A/8259A-2)
 * data sheet, order number 231468; for the ELCR: Intel 82371SB (PIIX3) data
 * sheet, "Edge/Level Control Registers".
 *
 * Left out: MCS-80/85 mode (uPM = 0 is taken as 1: no PC CPU could make
 * sense of the CALL it sends), the buffered mode (a matter of pins), and a
 * master with more than one slave. */
#include "sim/devices/pic8259.h"

#include <inttypes.h>
#include <stdlib.h>

#define ICW1_IC4 0x01u  /* ICW4 will follow */
#define ICW1_SNGL 0x02u /* no cascade, no ICW3 */
#define ICW1_LTIM 0x08u /* all inputs level-triggered */
#define ICW1_ICW 0x10u  /* what tells ICW1 from an OCW */
#define ICW4_AEOI 0x02u
#define ICW4_SFNM 0x10u /* special fully nested mode */
#define OCW3_OCW3 0x08u /* what tells OCW3 from OCW2 */
#define OCW3_RIS 0x01u
#define OCW3_RR 0x02u
#define OCW3_POLL 0x04u
#define OCW3_SMM 0x20u
#define OCW3_ESMM 0x40u

#define CASCADE_LINE 2u
#define SPURIOUS_LEVEL 7u
/* Lines that the PC's own parts drive are always edge-triggered. */
#define ELCR_MASTER_WRITABLE 0xf8u
#define ELCR_SLAVE_WRITABLE 0xdeu

struct chip {
    uint8_t lines; /* levels at the IR pins */
    uint8_t edges; /* edge latches: a rise that was not served yet */
    uint8_t isr, imr, elcr;
    uint8_t icw1, icw2, icw3, icw4;
    uint8_t next_icw; /* 2..4: which one port 1 expects; 0: none */
    bool ready;       /* initialized since reset */
    uint8_t lowest;   /* level that has the lowest priority now */
    bool rotate_aeoi, special_mask, poll, read_isr;
    bool output; /* INT pin */
};

struct vt_pic {
    struct vt_device dev;
    struct vt_machine *machine;
    struct vt_irq intr;
    struct chip master, slave;
};

#define CHIP_REGS(chip_, tag)                                                \
    VT_REG(struct vt_pic, chip_.lines, tag ".lines", 8, "pic", VT_FMT_HEX,   \
           0, "8259A, \"Interrupt Request Register\""),                      \
        VT_REG(struct vt_pic, chip_.edges, tag ".edges", 8, "pic",           \
               VT_FMT_HEX, 0, "8259A, \"Edge and Level Triggered Modes\""),  \
        VT_REG(struct vt_pic, chip_.isr, tag ".isr", 8, "pic", VT_FMT_HEX,   \
               0, "8259A, \"In-Service Register\""),                         \
        VT_REG(struct vt_pic, chip_.imr, tag ".imr", 8, "pic", VT_FMT_HEX,   \
               0, "8259A, \"Interrupt Mask Register\""),                     \
        VT_REG(struct vt_pic, chip_.elcr, tag ".elcr", 8, "pic",             \
               VT_FMT_HEX, 0, "82371SB, \"Edge/Level Control Registers\""),  \
        VT_REG(struct vt_pic, chip_.icw1, tag ".icw1", 8, "pic",             \
               VT_FMT_HEX, 0, "8259A, \"Initialization Command Words\""),    \
        VT_REG(struct vt_pic, chip_.icw2, tag ".icw2", 8, "pic",             \
               VT_FMT_HEX, 0, "8259A, \"Initialization Command Words\""),    \
        VT_REG(struct vt_pic, chip_.icw3, tag ".icw3", 8, "pic",             \
               VT_FMT_HEX, 0, "8259A, \"Initialization Command Words\""),    \
        VT_REG(struct vt_pic, chip_.icw4, tag ".icw4", 8, "pic",             \
               VT_FMT_HEX, 0, "8259A, \"Initialization Command Words\""),    \
        VT_REG(struct vt_pic, chip_.next_icw, tag ".next_icw", 3, "pic",     \
               VT_FMT_DEC, VT_REG_HIDDEN,                                    \
               "8259A, \"Initialization Sequence\""),                        \
        VT_REG(struct vt_pic, chip_.ready, tag ".ready", 1, "pic",           \
               VT_FMT_BOOL, 0, "8259A, \"Initialization Sequence\""),        \
        VT_REG(struct vt_pic, chip_.lowest, tag ".lowest", 3, "pic",         \
               VT_FMT_DEC, 0, "8259A, \"Specific Rotation\""),               \
        VT_REG(struct vt_pic, chip_.rotate_aeoi, tag ".rotate_aeoi", 1,      \
               "pic", VT_FMT_BOOL, 0, "8259A, \"Automatic Rotation\""),      \
        VT_REG(struct vt_pic, chip_.special_mask, tag ".special_mask", 1,    \
               "pic", VT_FMT_BOOL, 0, "8259A, \"Special Mask Mode\""),       \
        VT_REG(struct vt_pic, chip_.poll, tag ".poll", 1, "pic",             \
               VT_FMT_BOOL, 0, "8259A, \"Poll Command\""),                   \
        VT_REG(struct vt_pic, chip_.read_isr, tag ".read_isr", 1, "pic",     \
               VT_FMT_BOOL, 0, "8259A, \"Reading the 8259A Status\""),       \
        VT_REG(struct vt_pic, chip_.output, tag ".int", 1, "pic",            \
               VT_FMT_BOOL, VT_REG_READONLY, "8259A, \"INT\"")

static const struct vt_reg pic_regs[] = {
    CHIP_REGS(master, "master"),
    CHIP_REGS(slave, "slave"),
};

static uint8_t level_mask(const struct chip *c)
{
    return c->icw1 & ICW1_LTIM ? 0xff : c->elcr;
}

/* IRR as software reads it.  A latched rise counts only while its line stays
 * high: the line must hold until the INTA, or the CPU gets level 7. */
static uint8_t requests(const struct chip *c)
{
    uint8_t level = level_mask(c);
    return (uint8_t)(c->lines & (level | c->edges));
}

/* Levels in the order of priority: rank 0 is served first. */
static unsigned level_of_rank(const struct chip *c, unsigned rank)
{
    return (c->lowest + 1u + rank) & 7;
}

/* Rank of the highest-priority level in set, 8 for none. */
static unsigned best_rank(const struct chip *c, uint8_t set)
{
    unsigned rank = 0;
    while (rank < 8 && !(set >> level_of_rank(c, rank) & 1))
        rank++;
    return rank;
}

/* The level that the chip asks the CPU to serve, or -1.  A request must beat
 * every level in service.  In special mask mode, levels that are masked do
 * not hold others back; in special fully nested mode, the slave's level may
 * be served again while it is in service, for a request that has a higher
 * priority within the slave. */
static int pending_level(const struct chip *c)
{
    if (!c->ready || c->next_icw)
        return -1;
    unsigned rank = best_rank(c, (uint8_t)(requests(c) & ~c->imr));
    if (rank == 8)
        return -1;
    uint8_t serving = c->isr;
    if (c->special_mask)
        serving &= (uint8_t)~c->imr;
    unsigned served = best_rank(c, serving);
    unsigned level = level_of_rank(c, rank);
    bool again = (c->icw4 & ICW4_SFNM) && !(c->icw1 & ICW1_SNGL) &&
                 (c->icw3 >> level & 1) && rank == served;
    return rank < served || again ? (int)level : -1;
}

static void set_chip_line(struct chip *c, unsigned line, bool high)
{
    uint8_t bit = (uint8_t)(1u << line);
    if (high && !(c->lines & bit))
        c->edges |= bit;
    else if (!high)
        c->edges &= (uint8_t)~bit;
    c->lines = (uint8_t)(high ? c->lines | bit : c->lines & ~bit);
}

/* Carry a change from the slave's inputs to the CPU's pin. */
static void propagate(struct vt_pic *p)
{
    p->slave.output = pending_level(&p->slave) >= 0;
    set_chip_line(&p->master, CASCADE_LINE, p->slave.output);
    bool output = pending_level(&p->master) >= 0;
    if (output != p->master.output) {
        p->master.output = output;
        vt_irq_set(&p->intr, output);
    }
}

/* ---- serving and ending ---- */

static void end_level(struct chip *c, unsigned level, bool rotate)
{
    c->isr &= (uint8_t)~(1u << level);
    if (rotate)
        c->lowest = (uint8_t)level;
}

/* The chip's part of an INTA sequence (or of a poll): mark the level as in
 * service and return it; level 7 and no mark when the request has gone. */
static unsigned serve(struct chip *c)
{
    int level = pending_level(c);
    if (level < 0)
        return SPURIOUS_LEVEL;
    c->edges &= (uint8_t) ~(1u << level);
    c->isr |= (uint8_t)(1u << level);
    if (c->icw4 & ICW4_AEOI)
        end_level(c, (unsigned)level, c->rotate_aeoi);
    return (unsigned)level;
}

/* The slave's INT falls with its INTA and rises again for what is left, so
 * that the master's edge-triggered input sees a new rise. */
static unsigned serve_slave(struct vt_pic *p)
{
    unsigned level = serve(&p->slave);
    set_chip_line(&p->master, CASCADE_LINE, false);
    return level;
}

unsigned vt_pic_int_ack(void *opaque)
{
    struct vt_pic *p = opaque;
    unsigned level = serve(&p->master);
    unsigned vector = (p->master.icw2 & 0xf8u) | level;
    if (level == CASCADE_LINE && !(p->master.icw1 & ICW1_SNGL) &&
        (p->master.icw3 >> CASCADE_LINE & 1))
        vector = (p->slave.icw2 & 0xf8u) | serve_slave(p);
    propagate(p);
    return vector;
}

/* ---- command words ---- */

static void write_icw1(struct chip *c, uint8_t value)
{
    c->icw1 = value;
    c->icw4 = 0;
    c->edges = c->isr = c->imr = 0;
    c->lowest = 7;
    c->rotate_aeoi = c->special_mask = c->poll = c->read_isr = false;
    c->next_icw = 2;
    c->ready = true;
}

/* ICW2, ICW3 and ICW4 come in this order, less those that ICW1 spared. */
static void write_next_icw(struct chip *c, uint8_t value)
{
    bool last = !(c->icw1 & ICW1_IC4);
    if (c->next_icw == 2) {
        c->icw2 = value;
        c->next_icw = c->icw1 & ICW1_SNGL ? (last ? 0 : 4) : 3;
    } else if (c->next_icw == 3) {
        c->icw3 = value;
        c->next_icw = last ? 0 : 4;
    } else {
        c->icw4 = value;
        c->next_icw = 0;
    }
}

/* The level a non-specific EOI ends: the highest in service, but in special
 * mask mode not one that is masked.  -1 for none. */
static int highest_in_service(const struct chip *c)
{
    uint8_t set = c->special_mask ? (uint8_t)(c->isr & ~c->imr) : c->isr;
    unsigned rank = best_rank(c, set);
    return rank == 8 ? -1 : (int)level_of_rank(c, rank);
}

/* OCW2: bits 7-5 are R (rotate), SL (the level is in bits 2-0) and EOI. */
static void write_ocw2(struct chip *c, uint8_t value)
{
    unsigned named = value & 7u;
    bool rotate = value & 0x80;
    int level = highest_in_service(c);
    switch (value >> 5) {
    case 0: /* rotate in automatic EOI mode: clear */
    case 4: /* set */
        c->rotate_aeoi = rotate;
        break;
    case 1: /* non-specific EOI */
    case 5: /* rotate on non-specific EOI */
        if (level >= 0)
            end_level(c, (unsigned)level, rotate);
        break;
    case 3: /* specific EOI */
    case 7: /* rotate on specific EOI */
        end_level(c, named, rotate);
        break;
    case 6: /* set priority */
        c->lowest = (uint8_t)named;
        break;
    default: /* 2: no operation */
        break;
    }
}

static void write_ocw3(struct chip *c, uint8_t value)
{
    c->poll = value & OCW3_POLL;
    if (value & OCW3_RR)
        c->read_isr = value & OCW3_RIS;
    if (value & OCW3_ESMM)
        c->special_mask = value & OCW3_SMM;
}

static void write_chip(struct chip *c, bool a0, uint8_t value)
{
    if (!a0 && (value & ICW1_ICW))
        write_icw1(c, value);
    else if (!a0 && (value & OCW3_OCW3))
        write_ocw3(c, value);
    else if (!a0)
        write_ocw2(c, value);
    else if (c->next_icw)
        write_next_icw(c, value);
    else
        c->imr = value;
}

/* ---- ports ---- */

/* A read after a poll command is an INTA without a CPU: it serves the
 * highest request and tells its level. */
static uint8_t read_poll(struct vt_pic *p, struct chip *c)
{
    c->poll = false;
    if (pending_level(c) < 0)
        return SPURIOUS_LEVEL;
    unsigned level = c == &p->slave ? serve_slave(p) : serve(c);
    propagate(p);
    return (uint8_t)(0x80 | level);
}

static uint32_t read_chip(struct vt_pic *p, struct chip *c, bool a0)
{
    if (c->poll)
        return read_poll(p, c);
    if (a0)
        return c->imr;
    return c->read_isr ? c->isr : requests(c);
}

static struct chip *chip_at(struct vt_pic *p, uint16_t port)
{
    return port & 0x80 ? &p->slave : &p->master;
}

static uint32_t pic_read(void *opaque, uint16_t port, unsigned size)
{
    struct vt_pic *p = opaque;
    (void)size;
    return read_chip(p, chip_at(p, port), port & 1);
}

static void pic_write(void *opaque, uint16_t port, uint32_t value,
                      unsigned size)
{
    struct vt_pic *p = opaque;
    (void)size;
    write_chip(chip_at(p, port), port & 1, (uint8_t)value);
    propagate(p);
}

static uint32_t elcr_read(void *opaque, uint16_t port, unsigned size)
{
    const struct vt_pic *p = opaque;
    (void)size;
    return port & 1 ? p->slave.elcr : p->master.elcr;
}

static void elcr_write(void *opaque, uint16_t port, uint32_t value,
                       unsigned size)
{
    struct vt_pic *p = opaque;
    (void)size;
    if (port & 1)
        p->slave.elcr = (uint8_t)(value & ELCR_SLAVE_WRITABLE);
    else
        p->master.elcr = (uint8_t)(value & ELCR_MASTER_WRITABLE);
    propagate(p);
}

/* ---- the rest of the machine ---- */

static void emit_irq(struct vt_pic *p, unsigned line, bool level)
{
    struct vt_event_bus *bus = vt_machine_bus(p->machine);
    if (!(vt_event_mask(bus) & VT_EV_MASK(VT_EV_IRQ)))
        return;
    struct vt_event event = {.cycle = vt_machine_now(p->machine),
                             .kind = VT_EV_IRQ};
    event.u.io.address = line;
    event.u.io.value = level;
    event.u.io.is_write = true;
    vt_event_emit(bus, &event);
}

void vt_pic_set_irq(void *opaque, unsigned line, bool level)
{
    struct vt_pic *p = opaque;
    vt_assert(line < 16 && line != CASCADE_LINE);
    struct chip *c = line < 8 ? &p->master : &p->slave;
    if ((c->lines >> (line & 7) & 1) == level)
        return;
    emit_irq(p, line, level);
    set_chip_line(c, line & 7, level);
    propagate(p);
}

/* A chip that was never initialized asks for nothing. */
static void reset_chip(struct chip *c)
{
    uint8_t lines = c->lines; /* the pins belong to those who drive them */
    memset(c, 0, sizeof *c);
    c->lines = lines;
    c->imr = 0xff;
    c->lowest = 7;
}

static void pic_reset(struct vt_device *dev)
{
    struct vt_pic *p = (struct vt_pic *)dev;
    reset_chip(&p->slave);
    reset_chip(&p->master);
    set_chip_line(&p->master, CASCADE_LINE, false);
    vt_irq_set(&p->intr, false);
}

static void pic_free(struct vt_device *dev)
{
    free(dev);
}

/* Nothing to save beyond the registers. */
static void pic_save(struct vt_device *dev, struct vt_writer *w)
{
    (void)dev, (void)w;
}

static void check_chip(const struct chip *c, const char *name,
                       struct vt_reader *r)
{
    if (c->next_icw == 1 || c->next_icw > 4)
        vt_reader_reject(r, "%s expects ICW%u", name, c->next_icw);
    if (c->lowest > 7)
        vt_reader_reject(r, "%s has lowest priority %u", name, c->lowest);
}

static void pic_load(struct vt_device *dev, struct vt_reader *r)
{
    const struct vt_pic *p = (struct vt_pic *)dev;
    check_chip(&p->master, "the first 8259A", r);
    check_chip(&p->slave, "the second 8259A", r);
}

enum vt_err vt_pic_add(struct vt_machine *m, const struct vt_irq *intr,
                       struct vt_pic **to, struct vt_error *err)
{
    static const struct vt_device_ops ops = {.reset = pic_reset,
                                             .free = pic_free,
                                             .save = pic_save,
                                             .load = pic_load};
    static const struct vt_port_ops ports = {
        .read = pic_read, .write = pic_write, .sizes = 1};
    static const struct vt_port_ops elcr = {
        .read = elcr_read, .write = elcr_write, .sizes = 1};
    struct vt_pic *p = vt_alloc(1, sizeof *p);
    p->dev = (struct vt_device){.ops = &ops,
                                .name = "pic",
                                .regs = pic_regs,
                                .reg_rows = ARRAY_SIZE(pic_regs)};
    p->machine = m;
    p->intr = *intr;
    reset_chip(&p->master);
    reset_chip(&p->slave);
    vt_machine_add_device(m, &p->dev);
    *to = p;
    struct vt_ports *space = vt_machine_ports(m);
    enum vt_err failed =
        vt_ports_add(space, "pic", 0x20, 2, &ports, p, err);
    if (!failed)
        failed = vt_ports_add(space, "pic", 0xa0, 2, &ports, p, err);
    if (!failed)
        failed = vt_ports_add(space, "elcr", 0x4d0, 2, &elcr, p, err);
    return failed;
}
