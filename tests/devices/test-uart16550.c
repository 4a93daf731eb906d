/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The UART against the PC16550D data sheet. */
#include "tests/devices/suite.h"

#include "sim/devices/uart16550.h"

#define HZ UINT64_C(115200000)
#define CHAR_CYCLES 10000u /* 10 bits at 115200 baud */
#define BASE 0x3f8

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR };
#define FCR IIR

struct bench {
    struct vt_profile profile;
    struct vt_machine *m;
    struct vt_uart *uart;
    bool irq;
    char sent[64];
    size_t sent_count;
    bool disk_full;
};

static void irq_changed(void *opaque, unsigned line, bool level)
{
    struct bench *b = opaque;
    CU_ASSERT_EQUAL(line, 4);
    b->irq = level;
}

static bool put(void *opaque, uint8_t byte)
{
    struct bench *b = opaque;
    if (b->disk_full || b->sent_count + 1 >= sizeof b->sent)
        return false;
    b->sent[b->sent_count++] = (char)byte;
    b->sent[b->sent_count] = '\0';
    return true;
}

static void build(struct bench *b, bool instant)
{
    memset(b, 0, sizeof *b);
    b->m = new_machine(&b->profile, HZ);
    const struct vt_uart_options options = {
        .name = "uart0",
        .port = BASE,
        .irq = {.set = irq_changed, .opaque = b, .line = 4},
        .put = put,
        .put_opaque = b,
        .instant = instant};
    enum vt_err failed = vt_uart_add(b->m, &options, &b->uart, NULL);
    CU_ASSERT_EQUAL_FATAL(failed, VT_OK);
}

static void finish(struct bench *b)
{
    vt_machine_free(b->m);
}

static void wr(struct bench *b, unsigned reg, unsigned value)
{
    out8(b->m, (uint16_t)(BASE + reg), value);
}

static unsigned rd(struct bench *b, unsigned reg)
{
    return in8(b->m, (uint16_t)(BASE + reg));
}

static void pass(struct bench *b, uint64_t cycles)
{
    run_to(b->m, vt_machine_now(b->m) + cycles);
}

static void send(struct bench *b, const char *text)
{
    for (; *text; text++)
        wr(b, DATA, (uint8_t)*text);
}

static size_t arrive(struct bench *b, const char *text)
{
    return vt_uart_take(b->uart, (const uint8_t *)text, strlen(text));
}

static void reset_values(void)
{
    struct bench b;
    build(&b, false);
    CU_ASSERT_EQUAL(rd(&b, IER), 0);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x01);
    CU_ASSERT_EQUAL(rd(&b, MCR), 0);
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
    CU_ASSERT_EQUAL(rd(&b, MSR), 0xb0); /* DCD, DSR, CTS: connected */
    finish(&b);
}

static void divisor_and_scratch(void)
{
    struct bench b;
    build(&b, false);
    wr(&b, LCR, 0x83);
    wr(&b, DATA, 0x34);
    wr(&b, IER, 0x12);
    CU_ASSERT_EQUAL(rd(&b, DATA), 0x34);
    CU_ASSERT_EQUAL(rd(&b, IER), 0x12);
    wr(&b, LCR, 0x03);
    CU_ASSERT_EQUAL(rd(&b, IER), 0);
    wr(&b, SCR, 0xa5);
    CU_ASSERT_EQUAL(rd(&b, SCR), 0xa5);
    wr(&b, IER, 0xff);
    CU_ASSERT_EQUAL(rd(&b, IER), 0x0f);
    CU_ASSERT_EQUAL(b.sent_count, 0);
    finish(&b);
}

static void character_time(void)
{
    struct bench b;
    build(&b, false);
    send(&b, "A");
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x20); /* THR empty, shifter not */
    pass(&b, CHAR_CYCLES - 1);
    CU_ASSERT_EQUAL(b.sent_count, 0);
    pass(&b, 1);
    CU_ASSERT_STRING_EQUAL(b.sent, "A");
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
    finish(&b);
}

/* 9600 baud, 7E2 has 11 bits; 5N1.5 at 115200 baud has 7.5. */
static void character_time_by_format(void)
{
    static const struct {
        unsigned divisor, lcr, cycles;
    } rows[] = {{12, 0x1e, 12 * 11000}, {1, 0x04, 7500}, {1, 0x0b, 11000},
                {1, 0x07, 11000}, {2, 0x02, 18000}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bench b;
        build(&b, false);
        wr(&b, LCR, 0x80);
        wr(&b, DATA, rows[i].divisor);
        wr(&b, IER, 0);
        wr(&b, LCR, rows[i].lcr);
        send(&b, "!");
        pass(&b, rows[i].cycles - 1);
        CU_ASSERT_EQUAL(b.sent_count, 0);
        pass(&b, 1);
        CU_ASSERT_EQUAL(b.sent_count, 1);
        finish(&b);
    }
}

static void word_length_cuts(void)
{
    struct bench b;
    build(&b, true);
    wr(&b, LCR, 0x02);
    wr(&b, DATA, 0xc1);
    CU_ASSERT_EQUAL(b.sent[0], 0x41);
    finish(&b);
}

static void fifo_sends_back_to_back(void)
{
    struct bench b;
    build(&b, false);
    wr(&b, FCR, 0x01);
    send(&b, "0123456789abcdef+lost");
    pass(&b, 17 * CHAR_CYCLES);
    CU_ASSERT_STRING_EQUAL(b.sent, "0123456789abcdef+");
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
    finish(&b);
}

static void without_fifo_thr_holds_one(void)
{
    struct bench b;
    build(&b, false);
    send(&b, "A");
    send(&b, "B");
    CU_ASSERT_EQUAL(rd(&b, LSR), 0);
    send(&b, "C"); /* overwrites B */
    pass(&b, 2 * CHAR_CYCLES);
    CU_ASSERT_STRING_EQUAL(b.sent, "AC");
    finish(&b);
}

static void instant_line(void)
{
    struct bench b;
    build(&b, true);
    send(&b, "all at once");
    CU_ASSERT_STRING_EQUAL(b.sent, "all at once");
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
    finish(&b);
}

static void thre_interrupt(void)
{
    struct bench b;
    build(&b, false);
    wr(&b, MCR, 0x08);
    wr(&b, IER, 0x02);
    CU_ASSERT_TRUE(b.irq); /* enabling it while empty */
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x02);
    CU_ASSERT_FALSE(b.irq); /* reading IIR takes it back */
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x01);
    send(&b, "AB"); /* A goes to the shifter, B stays in THR */
    CU_ASSERT_FALSE(b.irq);
    pass(&b, CHAR_CYCLES);
    CU_ASSERT_TRUE(b.irq);
    send(&b, "C"); /* writing THR takes it back, too */
    CU_ASSERT_FALSE(b.irq);
    wr(&b, IER, 0);
    pass(&b, 3 * CHAR_CYCLES);
    CU_ASSERT_FALSE(b.irq);
    wr(&b, IER, 0x02);
    CU_ASSERT_TRUE(b.irq);
    finish(&b);
}

static void out2_gates(void)
{
    struct bench b;
    build(&b, false);
    wr(&b, IER, 0x02);
    CU_ASSERT_FALSE(b.irq);
    wr(&b, MCR, 0x08);
    CU_ASSERT_TRUE(b.irq);
    wr(&b, MCR, 0x18); /* loopback: OUT2 is inactive at the pin */
    CU_ASSERT_FALSE(b.irq);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x02);
    finish(&b);
}

static void receive_without_fifo(void)
{
    struct bench b;
    build(&b, false);
    wr(&b, MCR, 0x08);
    wr(&b, IER, 0x01);
    CU_ASSERT_EQUAL(arrive(&b, "xy"), 1); /* there is room for one */
    CU_ASSERT_TRUE(b.irq);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x04);
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x61);
    CU_ASSERT_EQUAL(rd(&b, DATA), 'x');
    CU_ASSERT_FALSE(b.irq);
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
    finish(&b);
}

static void trigger_levels(void)
{
    static const unsigned levels[] = {1, 4, 8, 14};
    for (unsigned i = 0; i < 4; i++) {
        struct bench b;
        build(&b, false);
        wr(&b, MCR, 0x08);
        wr(&b, FCR, 0x01 | i << 6);
        wr(&b, IER, 0x01);
        for (unsigned n = 1; n < levels[i]; n++)
            CU_ASSERT_EQUAL(arrive(&b, "x"), 1);
        CU_ASSERT_FALSE(b.irq);
        arrive(&b, "x");
        CU_ASSERT_TRUE(b.irq);
        CU_ASSERT_EQUAL(rd(&b, IIR), 0xc4);
        rd(&b, DATA);
        CU_ASSERT_FALSE(b.irq); /* below the level again */
        finish(&b);
    }
}

static void fifo_takes_16(void)
{
    struct bench b;
    build(&b, false);
    wr(&b, FCR, 0x01);
    CU_ASSERT_EQUAL(arrive(&b, "0123456789abcdefgh"), 16);
    for (unsigned i = 0; i < 16; i++)
        CU_ASSERT_EQUAL(rd(&b, DATA), (uint8_t)"0123456789abcdef"[i]);
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
    arrive(&b, "abc");
    wr(&b, FCR, 0x03); /* clear the receiver's FIFO */
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
    finish(&b);
}

static void character_timeout(void)
{
    struct bench b;
    build(&b, false);
    wr(&b, MCR, 0x08);
    wr(&b, FCR, 0xc1);
    wr(&b, IER, 0x01);
    arrive(&b, "ab");
    pass(&b, 4 * CHAR_CYCLES - 1);
    CU_ASSERT_FALSE(b.irq);
    arrive(&b, "c"); /* begins anew */
    pass(&b, 4 * CHAR_CYCLES - 1);
    CU_ASSERT_FALSE(b.irq);
    pass(&b, 1);
    CU_ASSERT_TRUE(b.irq);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0xcc);
    CU_ASSERT_EQUAL(rd(&b, DATA), 'a');
    CU_ASSERT_FALSE(b.irq);
    pass(&b, 4 * CHAR_CYCLES);
    CU_ASSERT_TRUE(b.irq); /* for what is left */
    rd(&b, DATA);
    rd(&b, DATA);
    pass(&b, 8 * CHAR_CYCLES);
    CU_ASSERT_FALSE(b.irq); /* an empty FIFO does not time out */
    finish(&b);
}

static void loopback_data(void)
{
    struct bench b;
    build(&b, false);
    wr(&b, MCR, 0x10);
    send(&b, "Q");
    CU_ASSERT_EQUAL(arrive(&b, "x"), 0); /* disconnected */
    pass(&b, CHAR_CYCLES);
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x61);
    CU_ASSERT_EQUAL(rd(&b, DATA), 'Q');
    CU_ASSERT_EQUAL(b.sent_count, 0);
    finish(&b);
}

static void loopback_modem(void)
{
    static const uint8_t rows[][2] = {
        {0x01, 0x20}, {0x02, 0x10}, {0x04, 0x40}, {0x08, 0x80}};
    struct bench b;
    build(&b, false);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        wr(&b, MCR, 0x10u | rows[i][0]);
        CU_ASSERT_EQUAL(rd(&b, MSR) & 0xf0, rows[i][1]);
    }
    wr(&b, MCR, 0x10);
    rd(&b, MSR);
    wr(&b, MCR, 0x14); /* RI rises: no mark */
    CU_ASSERT_EQUAL(rd(&b, MSR), 0x40);
    wr(&b, IER, 0x08);
    wr(&b, MCR, 0x10); /* RI falls */
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x00);
    CU_ASSERT_EQUAL(rd(&b, MSR), 0x04);
    CU_ASSERT_EQUAL(rd(&b, MSR), 0x00);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x01);
    wr(&b, MCR, 0x03); /* the line's own levels again, all three changed */
    CU_ASSERT_EQUAL(rd(&b, MSR), 0xbb);
    wr(&b, MCR, 0x00); /* outputs do not come back without loopback */
    CU_ASSERT_EQUAL(rd(&b, MSR), 0xb0);
    finish(&b);
}

static void overrun(void)
{
    struct bench b;
    build(&b, true);
    wr(&b, MCR, 0x10);
    send(&b, "AB");
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x63);
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x61); /* told once */
    CU_ASSERT_EQUAL(rd(&b, DATA), 'B'); /* without FIFO the old is lost */
    wr(&b, FCR, 0x01);
    send(&b, "0123456789abcdefX");
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x63);
    for (unsigned i = 0; i < 15; i++)
        rd(&b, DATA);
    CU_ASSERT_EQUAL(rd(&b, DATA), 'f'); /* with FIFO the new one is */
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
    finish(&b);
}

static void break_in_loopback(void)
{
    struct bench b;
    build(&b, true);
    wr(&b, FCR, 0x01);
    wr(&b, MCR, 0x10);
    wr(&b, IER, 0x04);
    send(&b, "A");
    wr(&b, LCR, 0x43);
    CU_ASSERT_EQUAL(rd(&b, LSR) & 0x91, 0x81); /* in the FIFO, not on top */
    CU_ASSERT_EQUAL(rd(&b, DATA), 'A');
    CU_ASSERT_EQUAL(rd(&b, IIR), 0xc6);
    CU_ASSERT_EQUAL(rd(&b, LSR) & 0x91, 0x91);
    CU_ASSERT_EQUAL(rd(&b, LSR) & 0x91, 0x01);
    CU_ASSERT_EQUAL(rd(&b, DATA), 0);
    finish(&b);
}

static void priorities(void)
{
    struct bench b;
    build(&b, true);
    wr(&b, MCR, 0x10);
    wr(&b, IER, 0x0f);
    wr(&b, MCR, 0x12); /* CTS changes: modem status */
    send(&b, "AB");    /* received, overrun, THR empty */
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x06);
    rd(&b, LSR);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x04);
    rd(&b, DATA);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x02); /* and this read takes it back */
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x00);
    rd(&b, MSR);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x01);
    finish(&b);
}

/* All four causes are there; each shows only when its bit enables it. */
static void ier_enables(void)
{
    static const uint8_t rows[][2] = {
        {0x00, 0x01}, {0x01, 0x04}, {0x02, 0x02}, {0x04, 0x06}, {0x08, 0x00}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bench b;
        build(&b, true);
        wr(&b, MCR, 0x12);
        send(&b, "AB");
        wr(&b, IER, rows[i][0]);
        CU_ASSERT_EQUAL(rd(&b, IIR), rows[i][1]);
        finish(&b);
    }
    struct bench b; /* and the timeout goes with received data */
    build(&b, false);
    wr(&b, FCR, 0xc1);
    arrive(&b, "x");
    pass(&b, 4 * CHAR_CYCLES);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0xc1);
    wr(&b, IER, 0x01);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0xcc);
    wr(&b, FCR, 0xc3); /* nothing is left to time out */
    CU_ASSERT_EQUAL(rd(&b, IIR), 0xc1);
    finish(&b);
}

static void enabling_thre_again(void)
{
    struct bench b;
    build(&b, false);
    wr(&b, IER, 0x02);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x02);
    wr(&b, IER, 0x03); /* it was enabled already: told once is enough */
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x01);
    send(&b, "AB");
    wr(&b, IER, 0x00);
    wr(&b, IER, 0x02); /* THR is not empty */
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x01);
    finish(&b);
}

static void fifo_clearing(void)
{
    struct bench b;
    build(&b, false);
    wr(&b, FCR, 0x01);
    wr(&b, IER, 0x02);
    rd(&b, IIR);
    send(&b, "ABC");
    rd(&b, IIR);
    arrive(&b, "xy");
    wr(&b, FCR, 0x41); /* only the trigger level: nothing is cleared */
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x01);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0xc1);
    wr(&b, FCR, 0x45); /* the transmitter's: the shifter goes on */
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x21);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0xc2);
    wr(&b, FCR, 0x45); /* it was empty: no news */
    CU_ASSERT_EQUAL(rd(&b, IIR), 0xc1);
    CU_ASSERT_EQUAL(rd(&b, DATA), 'x');
    wr(&b, FCR, 0x43);
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x20);
    pass(&b, 5 * CHAR_CYCLES);
    CU_ASSERT_STRING_EQUAL(b.sent, "A");
    finish(&b);
}

static void break_on_the_line(void)
{
    struct bench b;
    build(&b, true);
    wr(&b, LCR, 0x43);
    CU_ASSERT_EQUAL(rd(&b, LCR), 0x43);
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60); /* nobody hears oneself */
    send(&b, "lost");
    wr(&b, LCR, 0x03);
    send(&b, "heard");
    CU_ASSERT_STRING_EQUAL(b.sent, "heard");
    wr(&b, MCR, 0x10);
    wr(&b, LCR, 0x43);
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x71);
    CU_ASSERT_EQUAL(rd(&b, DATA), 0);
    wr(&b, LCR, 0x42); /* the same break */
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
    wr(&b, LSR, 0xff); /* not to be written */
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
    CU_ASSERT_EQUAL(rd(&b, DATA), 0);
    finish(&b);
}

static void silent_drains(void)
{
    static const uint8_t rows[][2] = {{MCR, 0x10}, {LCR, 0x43}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bench b;
        build(&b, false);
        send(&b, "AB");
        wr(&b, rows[i][0], rows[i][1]);
        CU_ASSERT_TRUE(vt_uart_drain(b.uart));
        CU_ASSERT_EQUAL(b.sent_count, 0);
        CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
        finish(&b);
    }
}

static void fcr_needs_bit_0(void)
{
    struct bench b;
    build(&b, false);
    wr(&b, FCR, 0xc0);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0x01);
    wr(&b, FCR, 0x01);
    CU_ASSERT_EQUAL(rd(&b, IIR), 0xc1);
    arrive(&b, "a");
    wr(&b, FCR, 0x00); /* leaving FIFO mode clears both */
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
    finish(&b);
}

static void full_disk_stops(void)
{
    struct bench b;
    build(&b, false);
    b.disk_full = true;
    send(&b, "A");
    struct vt_stop stop = vt_machine_run(b.m, 10 * CHAR_CYCLES, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_OUTPUT);
    CU_ASSERT_EQUAL(vt_machine_now(b.m), CHAR_CYCLES);
    CU_ASSERT_PTR_NOT_NULL(strstr(stop.text, "uart0"));
    finish(&b);
}

static void drain(void)
{
    struct bench b;
    build(&b, false);
    wr(&b, FCR, 0x01);
    send(&b, "bye\n");
    pass(&b, CHAR_CYCLES + 1);
    CU_ASSERT_TRUE(vt_uart_drain(b.uart));
    CU_ASSERT_STRING_EQUAL(b.sent, "bye\n");
    CU_ASSERT_EQUAL(rd(&b, LSR), 0x60);
    CU_ASSERT_TRUE(vt_uart_drain(b.uart));
    pass(&b, 10 * CHAR_CYCLES);
    CU_ASSERT_EQUAL(b.sent_count, 4); /* not twice */
    send(&b, "x");
    b.disk_full = true;
    CU_ASSERT_FALSE(vt_uart_drain(b.uart));
    finish(&b);
}

/* Saved in the middle of a character, with characters in both FIFOs. */
static void snapshot(void)
{
    struct bench a, b;
    build(&a, false);
    build(&b, false);
    wr(&a, FCR, 0x81);
    wr(&a, MCR, 0x08);
    wr(&a, IER, 0x03);
    send(&a, "hello");
    arrive(&a, "in");
    pass(&a, 2 * CHAR_CYCLES + 123);
    CU_ASSERT_TRUE(copy_state(a.m, b.m));
    memcpy(b.sent, a.sent, sizeof b.sent);
    b.sent_count = a.sent_count;
    struct bench *both[] = {&a, &b};
    for (unsigned i = 0; i < 2; i++) {
        pass(both[i], 2 * CHAR_CYCLES);
        CU_ASSERT_TRUE(both[i]->irq); /* timeout */
        pass(both[i], CHAR_CYCLES);
        CU_ASSERT_STRING_EQUAL(both[i]->sent, "hello");
        CU_ASSERT_EQUAL(rd(both[i], DATA), 'i');
    }
    CU_ASSERT_EQUAL(vt_machine_hash(a.m), vt_machine_hash(b.m));
    finish(&a);
    finish(&b);
}

/* The most that fits is a state that can be loaded; and what was cleared
 * leaves no error behind for later characters. */
static void full_snapshot(void)
{
    struct bench a, b;
    build(&a, false);
    build(&b, false);
    wr(&a, MCR, 0x10);
    wr(&a, FCR, 0x01);
    send(&a, "A");
    wr(&a, LCR, 0x43); /* a break, behind which */
    wr(&a, LCR, 0x03);
    wr(&a, FCR, 0x03); /* the FIFO is cleared */
    rd(&a, LSR);
    wr(&a, MCR, 0x00);
    arrive(&a, "0123456789abcdef");
    send(&a, "0123456789abcdef");
    CU_ASSERT_EQUAL(rd(&a, LSR), 0x01);
    CU_ASSERT_TRUE(copy_state(a.m, b.m));
    for (unsigned i = 0; i < 16; i++)
        CU_ASSERT_EQUAL(rd(&b, DATA), (uint8_t)"0123456789abcdef"[i]);
    pass(&b, 17 * CHAR_CYCLES);
    CU_ASSERT_STRING_EQUAL(b.sent, "A0123456789abcdef");
    finish(&a);
    finish(&b);
}

/* Reset in the middle of everything equals a new UART. */
static void reset_equals_new(void)
{
    struct bench a, b;
    build(&a, false);
    build(&b, false);
    wr(&a, FCR, 0xc1);
    wr(&a, IER, 0x0f);
    wr(&a, MCR, 0x1f);
    wr(&a, LCR, 0x43);
    send(&a, "ABC");
    wr(&a, SCR, 1);
    vt_machine_reset(a.m);
    vt_machine_reset(b.m);
    CU_ASSERT_EQUAL(vt_machine_hash(a.m), vt_machine_hash(b.m));
    finish(&a);
    finish(&b);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"registers after reset", reset_values},
        {"DLAB shows the divisor; SCR holds what is written",
         divisor_and_scratch},
        {"a character takes its time on the line", character_time},
        {"the time follows divisor, word, parity and stop bits",
         character_time_by_format},
        {"short words lose their high bits", word_length_cuts},
        {"the FIFO sends without gaps and loses what does not fit",
         fifo_sends_back_to_back},
        {"without FIFO, THR holds one character",
         without_fifo_thr_holds_one},
        {"an instant line takes no time", instant_line},
        {"THRE interrupt: raised when empty, taken back by IIR and THR",
         thre_interrupt},
        {"OUT2 gates the IRQ, loopback closes it", out2_gates},
        {"reception without FIFO", receive_without_fifo},
        {"reception interrupts at the trigger level", trigger_levels},
        {"the FIFO takes 16 characters", fifo_takes_16},
        {"a timeout tells of characters below the trigger level",
         character_timeout},
        {"loopback receives what is sent", loopback_data},
        {"loopback connects the modem lines", loopback_modem},
        {"overrun keeps the FIFO, overwrites RBR", overrun},
        {"a break in loopback shows when it is on top", break_in_loopback},
        {"interrupts have their priorities", priorities},
        {"IER enables each interrupt by itself", ier_enables},
        {"THRE is raised by enabling it, not by leaving it on",
         enabling_thre_again},
        {"FCR clears the FIFO it names", fifo_clearing},
        {"a break swallows what is sent", break_on_the_line},
        {"draining a line that carries nothing is silent", silent_drains},
        {"FCR bits count only with bit 0", fcr_needs_bit_0},
        {"output that cannot be written stops the machine",
         full_disk_stops},
        {"draining sends the rest once", drain},
        {"full FIFOs can be saved", full_snapshot},
        {"reset leaves nothing behind", reset_equals_new},
        {"saved in mid-character, continues as if never stopped", snapshot},
    };
    return run_suite("uart16550", cases, ARRAY_SIZE(cases));
}
