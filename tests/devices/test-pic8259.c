/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pair of 8259As against its data sheet (order number 231468). */
#include "tests/devices/suite.h"

#include "sim/devices/pic8259.h"

struct bench {
    struct vt_profile profile;
    struct vt_machine *m;
    struct vt_pic *pic;
    bool intr;
    unsigned intr_edges;
};

static void intr_changed(void *opaque, unsigned line, bool level)
{
    struct bench *b = opaque;
    (void)line;
    b->intr_edges += level && !b->intr;
    b->intr = level;
}

static void build(struct bench *b)
{
    memset(b, 0, sizeof *b);
    b->m = new_machine(&b->profile, 1000000);
    const struct vt_irq intr = {.set = intr_changed, .opaque = b};
    enum vt_err failed = vt_pic_add(b->m, &intr, &b->pic, NULL);
    CU_ASSERT_EQUAL_FATAL(failed, VT_OK);
}

/* ICW1-ICW4 as PC software does it: vectors 20h and 28h, all unmasked. */
static void initialize(struct bench *b, unsigned icw1, unsigned icw4)
{
    out8(b->m, 0x20, icw1);
    out8(b->m, 0x21, 0x20);
    out8(b->m, 0x21, 0x04);
    out8(b->m, 0x21, icw4);
    out8(b->m, 0xa0, icw1);
    out8(b->m, 0xa1, 0x28);
    out8(b->m, 0xa1, 0x02);
    out8(b->m, 0xa1, icw4);
    out8(b->m, 0x21, 0);
    out8(b->m, 0xa1, 0);
}

static void start(struct bench *b)
{
    build(b);
    initialize(b, 0x11, 0x01);
}

static void finish(struct bench *b)
{
    vt_machine_free(b->m);
}

static void raise_line(struct bench *b, unsigned line)
{
    vt_pic_set_irq(b->pic, line, true);
}

static void lower_line(struct bench *b, unsigned line)
{
    vt_pic_set_irq(b->pic, line, false);
}

static unsigned isr_of(struct bench *b, uint16_t port)
{
    out8(b->m, port, 0x0b);
    return in8(b->m, port);
}

static unsigned irr_of(struct bench *b, uint16_t port)
{
    out8(b->m, port, 0x0a);
    return in8(b->m, port);
}

static void ack_and_eoi(struct bench *b, unsigned vector)
{
    CU_ASSERT_TRUE(b->intr);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b->pic), vector);
    if (vector >= 0x28)
        out8(b->m, 0xa0, 0x20);
    out8(b->m, 0x20, 0x20);
}

static void silent_until_initialized(void)
{
    struct bench b;
    build(&b);
    out8(b.m, 0x21, 0);
    raise_line(&b, 1);
    CU_ASSERT_FALSE(b.intr);
    lower_line(&b, 1);
    out8(b.m, 0x20, 0x11); /* and not half way, either */
    out8(b.m, 0x21, 0x20);
    raise_line(&b, 1);
    CU_ASSERT_FALSE(b.intr);
    out8(b.m, 0x21, 0x04);
    out8(b.m, 0x21, 0x01);
    CU_ASSERT_TRUE(b.intr);
    finish(&b);
}

static void single_without_icw4(void)
{
    struct bench b;
    build(&b);
    out8(b.m, 0x20, 0x12); /* SNGL, no ICW4: only ICW2 follows */
    out8(b.m, 0x21, 0x40);
    out8(b.m, 0x21, 0xfd); /* so this is OCW1 */
    CU_ASSERT_EQUAL(in8(b.m, 0x21), 0xfd);
    raise_line(&b, 1);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x41);
    finish(&b);
}

static void cascade_without_icw4(void)
{
    struct bench b;
    build(&b);
    out8(b.m, 0x20, 0x10);
    out8(b.m, 0x21, 0x20);
    out8(b.m, 0x21, 0x04); /* ICW3, and that is all */
    out8(b.m, 0x21, 0xf7);
    CU_ASSERT_EQUAL(in8(b.m, 0x21), 0xf7);
    raise_line(&b, 3);
    ack_and_eoi(&b, 0x23);
    finish(&b);
}

/* Without the slave's bit in ICW3, input 2 is a line like any other. */
static void icw3_names_the_slave(void)
{
    struct bench b;
    start(&b);
    out8(b.m, 0x20, 0x11);
    out8(b.m, 0x21, 0x20);
    out8(b.m, 0x21, 0x00);
    out8(b.m, 0x21, 0x01);
    raise_line(&b, 9);
    ack_and_eoi(&b, 0x22);
    finish(&b);
}

static void icw1_restores_priorities(void)
{
    struct bench b;
    start(&b);
    out8(b.m, 0x20, 0xc0 | 4);
    out8(b.m, 0x20, 0x0b); /* and IRR is what is read */
    initialize(&b, 0x11, 0x01);
    raise_line(&b, 5);
    raise_line(&b, 0);
    CU_ASSERT_EQUAL(in8(b.m, 0x20), 0x21);
    ack_and_eoi(&b, 0x20);
    finish(&b);
}

static void idle_eoi_does_not_rotate(void)
{
    struct bench b;
    start(&b);
    out8(b.m, 0x20, 0xa0);
    raise_line(&b, 1);
    raise_line(&b, 0);
    ack_and_eoi(&b, 0x20);
    finish(&b);
}

static void priorities(void)
{
    struct bench b;
    start(&b);
    static const unsigned lines[] = {7, 3, 12, 0, 8, 1};
    static const unsigned vectors[] = {0x20, 0x21, 0x28, 0x2c, 0x23, 0x27};
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        raise_line(&b, lines[i]);
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
        ack_and_eoi(&b, vectors[i]);
    CU_ASSERT_FALSE(b.intr);
    finish(&b);
}

static void every_line_has_its_vector(void)
{
    struct bench b;
    start(&b);
    for (unsigned line = 0; line < 16; line++) {
        if (line == 2)
            continue;
        raise_line(&b, line);
        ack_and_eoi(&b, 0x20 + line);
        lower_line(&b, line);
        CU_ASSERT_FALSE(b.intr);
    }
    finish(&b);
}

static void masks(void)
{
    struct bench b;
    start(&b);
    out8(b.m, 0x21, 0x08);
    raise_line(&b, 3);
    CU_ASSERT_FALSE(b.intr);
    CU_ASSERT_EQUAL(irr_of(&b, 0x20), 0x08); /* requested all the same */
    out8(b.m, 0x21, 0);
    CU_ASSERT_TRUE(b.intr);
    CU_ASSERT_EQUAL(in8(b.m, 0x21), 0);
    finish(&b);
}

static void nesting(void)
{
    struct bench b;
    start(&b);
    raise_line(&b, 4);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x24);
    raise_line(&b, 5);
    CU_ASSERT_FALSE(b.intr); /* lower than what is served */
    raise_line(&b, 1);
    CU_ASSERT_TRUE(b.intr);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x21);
    CU_ASSERT_EQUAL(isr_of(&b, 0x20), 0x12);
    out8(b.m, 0x20, 0x20); /* ends 1, the highest */
    CU_ASSERT_EQUAL(isr_of(&b, 0x20), 0x10);
    CU_ASSERT_FALSE(b.intr);
    out8(b.m, 0x20, 0x20);
    CU_ASSERT_TRUE(b.intr);
    ack_and_eoi(&b, 0x25);
    finish(&b);
}

static void specific_eoi(void)
{
    struct bench b;
    start(&b);
    raise_line(&b, 4);
    vt_pic_int_ack(b.pic);
    raise_line(&b, 1);
    vt_pic_int_ack(b.pic);
    out8(b.m, 0x20, 0x64); /* level 4, out of order */
    CU_ASSERT_EQUAL(isr_of(&b, 0x20), 0x02);
    finish(&b);
}

static void cascade_nests(void)
{
    struct bench b;
    start(&b);
    raise_line(&b, 12);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x2c);
    CU_ASSERT_EQUAL(isr_of(&b, 0x20), 0x04);
    CU_ASSERT_EQUAL(isr_of(&b, 0xa0), 0x10);
    raise_line(&b, 9); /* higher in the slave, equal for the master */
    CU_ASSERT_FALSE(b.intr);
    out8(b.m, 0xa0, 0x20);
    out8(b.m, 0x20, 0x20);
    ack_and_eoi(&b, 0x29);
    finish(&b);
}

static void special_fully_nested(void)
{
    struct bench b;
    build(&b);
    initialize(&b, 0x11, 0x11); /* SFNM */
    raise_line(&b, 12);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x2c);
    raise_line(&b, 9);
    CU_ASSERT_TRUE(b.intr); /* the master lets the slave through */
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x29);
    CU_ASSERT_EQUAL(isr_of(&b, 0xa0), 0x12);
    raise_line(&b, 5);
    CU_ASSERT_FALSE(b.intr); /* but nothing below the slave's level */
    out8(b.m, 0x4d0, 0x08);
    out8(b.m, 0x20, 0x20);
    out8(b.m, 0x20, 0xc0 | 2); /* 3 is the highest */
    raise_line(&b, 3);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x23);
    CU_ASSERT_FALSE(b.intr); /* no slave at 3: its level does not nest */
    finish(&b);
}

static void edge_needs_a_rise(void)
{
    struct bench b;
    start(&b);
    raise_line(&b, 3);
    ack_and_eoi(&b, 0x23);
    CU_ASSERT_FALSE(b.intr); /* still high: no new request */
    lower_line(&b, 3);
    raise_line(&b, 3);
    CU_ASSERT_TRUE(b.intr);
    finish(&b);
}

static void level_asks_again(void)
{
    struct bench b;
    start(&b);
    out8(b.m, 0x4d1, 0x08); /* line 11 */
    raise_line(&b, 11);
    ack_and_eoi(&b, 0x2b);
    CU_ASSERT_TRUE(b.intr); /* still high */
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x2b);
    lower_line(&b, 11);
    out8(b.m, 0xa0, 0x20);
    out8(b.m, 0x20, 0x20);
    CU_ASSERT_FALSE(b.intr);
    finish(&b);
}

static void elcr_fixed_lines(void)
{
    struct bench b;
    start(&b);
    out8(b.m, 0x4d0, 0xff);
    out8(b.m, 0x4d1, 0xff);
    CU_ASSERT_EQUAL(in8(b.m, 0x4d0), 0xf8);
    CU_ASSERT_EQUAL(in8(b.m, 0x4d1), 0xde);
    raise_line(&b, 5);
    vt_pic_int_ack(b.pic);
    out8(b.m, 0x20, 0x20);
    CU_ASSERT_TRUE(b.intr);
    out8(b.m, 0x4d0, 0); /* an edge line from now on: served already */
    CU_ASSERT_FALSE(b.intr);
    finish(&b);
}

static void icw1_level_mode(void)
{
    struct bench b;
    build(&b);
    initialize(&b, 0x19, 0x01); /* LTIM */
    raise_line(&b, 3);
    ack_and_eoi(&b, 0x23);
    CU_ASSERT_TRUE(b.intr);
    finish(&b);
}

static void icw1_forgets_edges(void)
{
    struct bench b;
    start(&b);
    raise_line(&b, 3);
    initialize(&b, 0x11, 0x01);
    CU_ASSERT_FALSE(b.intr); /* a rise after ICW1 is needed */
    CU_ASSERT_EQUAL(irr_of(&b, 0x20), 0);
    finish(&b);
}

static void spurious7(void)
{
    struct bench b;
    start(&b);
    raise_line(&b, 3);
    lower_line(&b, 3); /* gone before the INTA */
    CU_ASSERT_FALSE(b.intr);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x27);
    CU_ASSERT_EQUAL(isr_of(&b, 0x20), 0); /* nothing is in service */
    finish(&b);
}

/* The slave's request goes away after the master was served and before the
 * slave is, which polling can bring about. */
static void spurious15(void)
{
    struct bench b;
    start(&b);
    out8(b.m, 0x20, 0x0c); /* poll: the master serves the cascade */
    raise_line(&b, 10);
    CU_ASSERT_EQUAL(in8(b.m, 0x20), 0x82);
    lower_line(&b, 10);
    out8(b.m, 0xa0, 0x0c);
    CU_ASSERT_EQUAL(in8(b.m, 0xa0), 0x07); /* I = 0: nobody there */
    CU_ASSERT_EQUAL(isr_of(&b, 0xa0), 0);
    CU_ASSERT_EQUAL(isr_of(&b, 0x20), 0x04); /* wants its EOI */
    finish(&b);
}

static void automatic_eoi(void)
{
    struct bench b;
    build(&b);
    initialize(&b, 0x11, 0x03);
    raise_line(&b, 3);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x23);
    CU_ASSERT_EQUAL(isr_of(&b, 0x20), 0);
    raise_line(&b, 5);
    CU_ASSERT_TRUE(b.intr);
    finish(&b);
}

static void rotation(void)
{
    struct bench b;
    start(&b);
    raise_line(&b, 3);
    vt_pic_int_ack(b.pic);
    out8(b.m, 0x20, 0xa0); /* rotate on non-specific EOI: 3 is lowest */
    lower_line(&b, 3);
    raise_line(&b, 3);
    raise_line(&b, 6);
    raise_line(&b, 1);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x26); /* order 4 5 6 7 0 1 2 3 */
    out8(b.m, 0x20, 0x20);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x21);
    out8(b.m, 0x20, 0x20);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x23);
    finish(&b);
}

static void set_priority(void)
{
    struct bench b;
    start(&b);
    out8(b.m, 0x20, 0xc0 | 4); /* 4 is lowest, 5 highest */
    raise_line(&b, 4);
    raise_line(&b, 0);
    raise_line(&b, 5);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x25);
    out8(b.m, 0x20, 0xe0 | 5); /* rotate on specific EOI: 5 lowest */
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x20);
    out8(b.m, 0x20, 0x60);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x24);
    finish(&b);
}

static void rotation_in_aeoi(void)
{
    struct bench b;
    build(&b);
    initialize(&b, 0x11, 0x03);
    out8(b.m, 0x20, 0x80);
    raise_line(&b, 3);
    vt_pic_int_ack(b.pic);
    raise_line(&b, 1);
    raise_line(&b, 4);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x24);
    finish(&b);
}

static void special_mask(void)
{
    struct bench b;
    start(&b);
    raise_line(&b, 1);
    vt_pic_int_ack(b.pic);
    raise_line(&b, 6);
    CU_ASSERT_FALSE(b.intr);
    out8(b.m, 0x21, 0x02); /* mask what is served */
    CU_ASSERT_FALSE(b.intr);
    out8(b.m, 0x20, 0x68); /* set special mask mode */
    CU_ASSERT_TRUE(b.intr);
    CU_ASSERT_EQUAL(vt_pic_int_ack(b.pic), 0x26);
    out8(b.m, 0x20, 0x20); /* does not end a masked level */
    CU_ASSERT_EQUAL(isr_of(&b, 0x20), 0x02);
    out8(b.m, 0x20, 0x20);
    CU_ASSERT_EQUAL(isr_of(&b, 0x20), 0x02);
    out8(b.m, 0x20, 0x48); /* leave the mode */
    out8(b.m, 0x20, 0x20);
    CU_ASSERT_EQUAL(isr_of(&b, 0x20), 0);
    finish(&b);
}

static void poll(void)
{
    struct bench b;
    start(&b);
    out8(b.m, 0x20, 0x0c);
    CU_ASSERT_EQUAL(in8(b.m, 0x20) & 0x80, 0);
    raise_line(&b, 5);
    out8(b.m, 0x20, 0x0c);
    CU_ASSERT_EQUAL(in8(b.m, 0x20), 0x85);
    CU_ASSERT_FALSE(b.intr);
    CU_ASSERT_EQUAL(isr_of(&b, 0x20), 0x20); /* served as by an INTA */
    out8(b.m, 0x20, 0x0e); /* poll and read register: the poll is first */
    raise_line(&b, 1);
    CU_ASSERT_EQUAL(in8(b.m, 0x20), 0x81);
    CU_ASSERT_EQUAL(in8(b.m, 0x20), 0); /* IRR: one poll, one read */
    raise_line(&b, 12);
    out8(b.m, 0xa0, 0x0c);
    CU_ASSERT_EQUAL(in8(b.m, 0xa0), 0x84);
    finish(&b);
}

static void intr_falls_while_served(void)
{
    struct bench b;
    start(&b);
    raise_line(&b, 3);
    raise_line(&b, 4);
    CU_ASSERT_EQUAL(b.intr_edges, 1);
    vt_pic_int_ack(b.pic);
    CU_ASSERT_FALSE(b.intr);
    out8(b.m, 0x20, 0x20);
    CU_ASSERT_TRUE(b.intr);
    CU_ASSERT_EQUAL(b.intr_edges, 2);
    finish(&b);
}

static void count_event(void *opaque, const struct vt_event *event)
{
    unsigned *sum = opaque;
    *sum = *sum * 100 + (unsigned)event->u.io.address * 10 +
           (unsigned)event->u.io.value;
}

static void lines_are_events(void)
{
    struct bench b;
    unsigned sum = 0;
    start(&b);
    vt_event_listen(vt_machine_bus(b.m), VT_EV_MASK(VT_EV_IRQ), count_event,
                    &sum);
    raise_line(&b, 3);
    raise_line(&b, 3); /* no change, no event */
    lower_line(&b, 3);
    CU_ASSERT_EQUAL(sum, 3130);
    finish(&b);
}

static void snapshot(void)
{
    struct bench a, b;
    start(&a);
    build(&b);
    raise_line(&a, 4);
    vt_pic_int_ack(a.pic);
    raise_line(&a, 9);
    raise_line(&a, 6);
    out8(a.m, 0x20, 0xc0 | 2);
    out8(a.m, 0xa0, 0x11); /* in the middle of its ICWs */
    out8(a.m, 0xa1, 0x70);
    CU_ASSERT_TRUE(copy_state(a.m, b.m));
    struct bench *both[] = {&a, &b};
    for (unsigned i = 0; i < 2; i++) {
        out8(both[i]->m, 0xa1, 2);
        out8(both[i]->m, 0xa1, 1);
        lower_line(both[i], 9);
        raise_line(both[i], 9);
        out8(both[i]->m, 0x20, 0x20);
        CU_ASSERT_EQUAL(vt_pic_int_ack(both[i]->pic), 0x26);
        out8(both[i]->m, 0x20, 0x20);
        CU_ASSERT_EQUAL(vt_pic_int_ack(both[i]->pic), 0x71);
    }
    CU_ASSERT_EQUAL(vt_machine_hash(a.m), vt_machine_hash(b.m));
    finish(&a);
    finish(&b);
}

static void reset(void)
{
    struct bench b;
    start(&b);
    raise_line(&b, 3);
    CU_ASSERT_TRUE(b.intr);
    vt_machine_reset(b.m);
    CU_ASSERT_FALSE(b.intr);
    CU_ASSERT_EQUAL(in8(b.m, 0x21), 0xff);
    finish(&b);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"silent until the last ICW", silent_until_initialized},
        {"SNGL and no IC4 spare ICW3 and ICW4", single_without_icw4},
        {"without IC4, ICW3 is the last", cascade_without_icw4},
        {"ICW3 names the slave's line", icw3_names_the_slave},
        {"ICW1 restores the priorities", icw1_restores_priorities},
        {"an EOI with nothing in service rotates nothing",
         idle_eoi_does_not_rotate},
        {"requests are served by priority", priorities},
        {"every line has its vector", every_line_has_its_vector},
        {"a masked line asks for nothing", masks},
        {"higher requests nest, lower ones wait for the EOI", nesting},
        {"a specific EOI ends the level it names", specific_eoi},
        {"the slave waits while its level is served", cascade_nests},
        {"special fully nested mode lets the slave nest",
         special_fully_nested},
        {"an edge line asks once for each rise", edge_needs_a_rise},
        {"a level line asks as long as it is high", level_asks_again},
        {"ELCR keeps the board's own lines edge-triggered",
         elcr_fixed_lines},
        {"LTIM makes all lines level-triggered", icw1_level_mode},
        {"ICW1 forgets earlier edges", icw1_forgets_edges},
        {"a request that went away gives level 7", spurious7},
        {"a slave that lost its request serves nothing", spurious15},
        {"automatic EOI ends a level at once", automatic_eoi},
        {"rotate on non-specific EOI", rotation},
        {"set priority, rotate on specific EOI", set_priority},
        {"rotate in automatic EOI mode", rotation_in_aeoi},
        {"special mask mode lets lower levels through", special_mask},
        {"a poll serves like an INTA", poll},
        {"INT falls at the INTA and rises after the EOI",
         intr_falls_while_served},
        {"each change of a line is one event", lines_are_events},
        {"a restored pair goes on as the saved one", snapshot},
        {"reset silences the pair", reset},
    };
    return run_suite("pic8259", cases, ARRAY_SIZE(cases));
}
