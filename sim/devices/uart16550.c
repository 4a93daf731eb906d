/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The 16550A UART: eight ports, two FIFOs of 16 characters, one interrupt.
 *
 *   THR -> transmit FIFO -> shift register -> put()       (or, in loopback,
 *   RBR <- receive FIFO <------------------- take()        to the receiver)
 *
 * A character occupies the shift register for its time on the line:
 * (start + data + parity + stop bits) * divisor / 115200 s, in cycles of the
 * machine.  Received characters come as fast as the FIFO has room, since the
 * host's end waits for us; so only loopback can overrun.
 *
 * Source: National Semiconductor, PC16550D Universal Asynchronous
 * Receiver/Transmitter with FIFOs, June 1995; section titles at the code.
 *
 * NOTE: after reset the line is set to 115200 baud, 8N1, as a PC's firmware
 * with a serial console leaves it, not 5N1 with an undefined divisor.
 * Left out: parity and framing errors (the host's line has none), the delay
 * of the THR-empty indication for a lone character, DMA signals. */
#include "sim/devices/uart16550.h"

#include <stdio.h>
#include <stdlib.h>

/* Offsets from the first port ("Register Addresses"). */
enum { REG_DATA, REG_IER, REG_IIR_FCR, REG_LCR, REG_MCR, REG_LSR, REG_MSR,
       REG_SCR };

#define IER_ERBFI 0x01u /* received data, and character timeout */
#define IER_ETBEI 0x02u /* transmitter holding register empty */
#define IER_ELSI 0x04u  /* receiver line status */
#define IER_EDSSI 0x08u /* modem status */

#define IIR_NONE 0x01u
#define IIR_MODEM 0x00u
#define IIR_THRE 0x02u
#define IIR_RECEIVED 0x04u
#define IIR_LINE 0x06u
#define IIR_TIMEOUT 0x0cu
#define IIR_FIFOS 0xc0u

#define FCR_ENABLE 0x01u
#define FCR_CLEAR_RX 0x02u
#define FCR_CLEAR_TX 0x04u
#define FCR_KEPT 0xc9u /* trigger level, DMA mode, enable */

#define LCR_WORD 0x03u /* word length less 5 */
#define LCR_STOP 0x04u
#define LCR_PARITY 0x08u
#define LCR_BREAK 0x40u
#define LCR_DLAB 0x80u

#define MCR_DTR 0x01u
#define MCR_RTS 0x02u
#define MCR_OUT1 0x04u
#define MCR_OUT2 0x08u /* on a PC: lets INTR through to the IRQ line */
#define MCR_LOOP 0x10u

#define LSR_DR 0x01u
#define LSR_OE 0x02u
#define LSR_BI 0x10u
#define LSR_ERRORS 0x1eu
#define LSR_THRE 0x20u
#define LSR_TEMT 0x40u
#define LSR_FIFO_ERROR 0x80u

#define MSR_DELTAS 0x0fu
#define MSR_TERI 0x04u
#define MSR_CTS 0x10u
#define MSR_DSR 0x20u
#define MSR_RI 0x40u
#define MSR_DCD 0x80u
/* The other end is there and ready as long as the machine runs. */
#define MSR_CONNECTED (MSR_CTS | MSR_DSR | MSR_DCD)

#define FIFO_CHARS 16u
#define BAUD_BASE UINT64_C(115200) /* 1.8432 MHz / 16 */
#define TIMEOUT_CHARS 4u

struct vt_uart {
    struct vt_device dev;
    struct vt_machine *machine;
    struct vt_irq irq;
    bool (*put)(void *opaque, uint8_t byte);
    void *put_opaque;
    bool instant;
    uint16_t port;
    char name[16], send_name[24], timeout_name[24];
    struct vt_timer *send_timer, *timeout_timer;

    uint16_t divisor;
    uint8_t ier, fcr, lcr, mcr, msr, scr;
    uint8_t line_errors; /* LSR bits 1-4, cleared by reading LSR */
    uint8_t rx[FIFO_CHARS], rx_errors[FIFO_CHARS]; /* [0] is read next */
    uint8_t rx_count;
    uint8_t tx[FIFO_CHARS]; /* [0] is sent next */
    uint8_t tx_count;
    uint8_t shift; /* the character on the line */
    bool shifting;
    bool thre_pending; /* THR became empty and nobody was told yet */
    bool timed_out;    /* characters lie in the FIFO unread */
};

#define UART_REG(field, name_, bits_, format_, flags_, section)             \
    VT_REG(struct vt_uart, field, name_, bits_, "uart", format_, flags_,    \
           "PC16550D, \"" section "\"")

static const struct vt_reg uart_regs[] = {
    UART_REG(divisor, "DL", 16, VT_FMT_DEC, 0, "Programmable Baud Generator"),
    UART_REG(ier, "IER", 8, VT_FMT_HEX, 0, "Interrupt Enable Register"),
    UART_REG(fcr, "FCR", 8, VT_FMT_HEX, 0, "FIFO Control Register"),
    UART_REG(lcr, "LCR", 8, VT_FMT_HEX, 0, "Line Control Register"),
    UART_REG(mcr, "MCR", 8, VT_FMT_HEX, 0, "MODEM Control Register"),
    UART_REG(msr, "MSR", 8, VT_FMT_HEX, 0, "MODEM Status Register"),
    UART_REG(scr, "SCR", 8, VT_FMT_HEX, 0, "Scratchpad Register"),
    UART_REG(line_errors, "line_errors", 8, VT_FMT_HEX, 0,
             "Line Status Register"),
    VT_REG_ARRAY(struct vt_uart, rx, "rx", 8, "uart", 0,
                 "PC16550D, \"FIFO Interrupt Mode Operation\""),
    VT_REG_ARRAY(struct vt_uart, rx_errors, "rx_errors", 8, "uart",
                 VT_REG_HIDDEN, "PC16550D, \"Line Status Register\""),
    UART_REG(rx_count, "rx_count", 5, VT_FMT_DEC, VT_REG_READONLY,
             "FIFO Interrupt Mode Operation"),
    VT_REG_ARRAY(struct vt_uart, tx, "tx", 8, "uart", 0,
                 "PC16550D, \"FIFO Interrupt Mode Operation\""),
    UART_REG(tx_count, "tx_count", 5, VT_FMT_DEC, VT_REG_READONLY,
             "FIFO Interrupt Mode Operation"),
    UART_REG(shift, "TSR", 8, VT_FMT_HEX, 0, "Line Status Register"),
    UART_REG(shifting, "sending", 1, VT_FMT_BOOL, VT_REG_READONLY,
             "Line Status Register"),
    UART_REG(thre_pending, "thre_pending", 1, VT_FMT_BOOL, 0,
             "Interrupt Identification Register"),
    UART_REG(timed_out, "timed_out", 1, VT_FMT_BOOL, 0,
             "FIFO Interrupt Mode Operation"),
};

static bool fifos_on(const struct vt_uart *u)
{
    return u->fcr & FCR_ENABLE;
}

/* Characters that a FIFO, or the single register without it, can hold. */
static unsigned depth(const struct vt_uart *u)
{
    return fifos_on(u) ? FIFO_CHARS : 1;
}

static unsigned trigger_level(const struct vt_uart *u)
{
    static const uint8_t levels[] = {1, 4, 8, 14};
    return fifos_on(u) ? levels[u->fcr >> 6] : 1;
}

static unsigned word_bits(const struct vt_uart *u)
{
    return 5 + (u->lcr & LCR_WORD);
}

/* Time of one character on the line, in cycles.  Half bits, because five
 * data bits go with one and a half stop bits.  A divisor of 0 makes the
 * baud generator count through all 16 bits. */
static uint64_t char_cycles(const struct vt_uart *u)
{
    uint64_t half_bits = 2 * (1 + word_bits(u));
    if (u->lcr & LCR_PARITY)
        half_bits += 2;
    if (!(u->lcr & LCR_STOP))
        half_bits += 2;
    else
        half_bits += word_bits(u) == 5 ? 3 : 4;
    uint64_t divisor = u->divisor ? u->divisor : 65536;
    return vt_machine_hz(u->machine) * half_bits * divisor / (2 * BAUD_BASE);
}

/* ---- interrupts: "Interrupt Identification Register" ---- */

/* The pending enabled interrupt of the highest priority. */
static uint8_t interrupt_id(const struct vt_uart *u)
{
    if ((u->ier & IER_ELSI) && u->line_errors)
        return IIR_LINE;
    if ((u->ier & IER_ERBFI) && u->rx_count >= trigger_level(u))
        return IIR_RECEIVED;
    if ((u->ier & IER_ERBFI) && u->timed_out)
        return IIR_TIMEOUT;
    if ((u->ier & IER_ETBEI) && u->thre_pending)
        return IIR_THRE;
    if ((u->ier & IER_EDSSI) && (u->msr & MSR_DELTAS))
        return IIR_MODEM;
    return IIR_NONE;
}

/* OUT2 gates the interrupt on a PC, and loopback makes OUT2 inactive at the
 * pin; so in loopback the IRQ line is silent though IIR works. */
static void update_irq(struct vt_uart *u)
{
    bool gate = (u->mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;
    vt_irq_set(&u->irq, gate && interrupt_id(u) != IIR_NONE);
}

/* ---- receiver ---- */

static void restart_timeout(struct vt_uart *u)
{
    if (!fifos_on(u) || u->rx_count == 0)
        vt_timer_cancel(u->timeout_timer);
    else
        vt_timer_arm(u->timeout_timer, vt_machine_now(u->machine) +
                                           TIMEOUT_CHARS * char_cycles(u));
}

static void timeout_due(void *opaque, uint64_t cycle)
{
    struct vt_uart *u = opaque;
    (void)cycle;
    u->timed_out = true;
    update_irq(u);
}

/* Errors of a character show in LSR when it is the next to be read. */
static void show_errors(struct vt_uart *u)
{
    if (u->rx_count > 0)
        u->line_errors |= u->rx_errors[0];
    u->rx_errors[0] = 0;
}

/* A full FIFO keeps what it has and loses the new character; without FIFO
 * the new one takes the place of the old ("Line Status Register", OE). */
static void receive(struct vt_uart *u, uint8_t byte, uint8_t errors)
{
    if (u->rx_count == depth(u))
        u->line_errors |= LSR_OE;
    if (u->rx_count == FIFO_CHARS && fifos_on(u))
        return;
    if (u->rx_count == depth(u))
        u->rx_count--;
    u->rx[u->rx_count] = byte;
    u->rx_errors[u->rx_count] = errors;
    u->rx_count++;
    if (u->rx_count == 1)
        show_errors(u);
    restart_timeout(u);
}

static uint8_t read_rbr(struct vt_uart *u)
{
    if (u->rx_count == 0)
        return 0;
    uint8_t byte = u->rx[0];
    u->rx_count--;
    memmove(u->rx, u->rx + 1, FIFO_CHARS - 1);
    memmove(u->rx_errors, u->rx_errors + 1, FIFO_CHARS - 1);
    u->rx_errors[FIFO_CHARS - 1] = 0;
    show_errors(u);
    u->timed_out = false;
    restart_timeout(u);
    return byte;
}

static void clear_rx(struct vt_uart *u)
{
    u->rx_count = 0;
    memset(u->rx_errors, 0, sizeof u->rx_errors);
    u->timed_out = false;
    restart_timeout(u);
}

size_t vt_uart_take(void *uart, const uint8_t *bytes, size_t count)
{
    struct vt_uart *u = uart;
    size_t taken = 0;
    if (u->mcr & MCR_LOOP)
        return 0; /* the receiver is not connected to the line */
    unsigned mask = (1u << word_bits(u)) - 1;
    for (; taken < count && u->rx_count < depth(u); taken++)
        receive(u, (uint8_t)(bytes[taken] & mask), 0);
    update_irq(u);
    return taken;
}

/* ---- transmitter ---- */

static bool put_out(struct vt_uart *u, uint8_t byte)
{
    return !u->put || u->put(u->put_opaque, byte);
}

/* The character has left the shift register. */
static void deliver(struct vt_uart *u, uint8_t byte)
{
    byte &= (uint8_t)((1u << word_bits(u)) - 1);
    if (u->lcr & LCR_BREAK)
        return; /* the line is held at 0 and carries nothing */
    if (u->mcr & MCR_LOOP)
        receive(u, byte, 0);
    else if (!put_out(u, byte))
        vt_machine_request_stop(u->machine, VT_STOP_OUTPUT, 0, 0,
                                "%s: the output could not be written",
                                u->name);
}

/* Move the next character to the shift register at cycle. */
static void start_sending(struct vt_uart *u, uint64_t cycle)
{
    while (!u->shifting && u->tx_count > 0) {
        u->shift = u->tx[0];
        u->tx_count--;
        memmove(u->tx, u->tx + 1, FIFO_CHARS - 1);
        u->thre_pending = u->thre_pending || u->tx_count == 0;
        if (u->instant) {
            deliver(u, u->shift);
        } else {
            u->shifting = true;
            vt_timer_arm(u->send_timer, cycle + char_cycles(u));
        }
    }
}

static void send_due(void *opaque, uint64_t cycle)
{
    struct vt_uart *u = opaque;
    u->shifting = false;
    deliver(u, u->shift);
    start_sending(u, cycle);
    update_irq(u);
}

/* A character written to a full FIFO is lost; one written to a full THR
 * takes the old one's place. */
static void write_thr(struct vt_uart *u, uint8_t byte)
{
    u->thre_pending = false;
    if (u->tx_count < depth(u))
        u->tx[u->tx_count++] = byte;
    else if (!fifos_on(u))
        u->tx[0] = byte;
    start_sending(u, vt_machine_now(u->machine));
}

bool vt_uart_drain(struct vt_uart *u)
{
    bool ok = true;
    bool audible = !(u->mcr & MCR_LOOP) && !(u->lcr & LCR_BREAK);
    uint8_t mask = (uint8_t)((1u << word_bits(u)) - 1);
    if (u->shifting && audible)
        ok = put_out(u, u->shift & mask);
    for (unsigned i = 0; i < u->tx_count && audible; i++)
        ok = put_out(u, u->tx[i] & mask) && ok;
    u->shifting = false;
    u->tx_count = 0;
    vt_timer_cancel(u->send_timer);
    return ok;
}

/* ---- registers ---- */

/* "FIFO Control Register": the other bits count only with bit 0 set. */
static void write_fcr(struct vt_uart *u, uint8_t value)
{
    bool toggled = (value ^ u->fcr) & FCR_ENABLE;
    u->fcr = value & FCR_ENABLE ? value & FCR_KEPT : 0;
    if (toggled || (value & (FCR_ENABLE | FCR_CLEAR_RX)) ==
                       (FCR_ENABLE | FCR_CLEAR_RX))
        clear_rx(u);
    if (toggled || (value & (FCR_ENABLE | FCR_CLEAR_TX)) ==
                       (FCR_ENABLE | FCR_CLEAR_TX)) {
        u->thre_pending = u->thre_pending || toggled || u->tx_count > 0;
        u->tx_count = 0;
    }
}

/* Enabling the THRE interrupt while THR is empty raises it at once. */
static void write_ier(struct vt_uart *u, uint8_t value)
{
    if (value & ~u->ier & IER_ETBEI)
        u->thre_pending = u->tx_count == 0;
    u->ier = value & 0x0f;
}

/* A break sent in loopback arrives as one zero character with BI set. */
static void write_lcr(struct vt_uart *u, uint8_t value)
{
    bool begins = value & ~u->lcr & LCR_BREAK;
    u->lcr = value;
    if (begins && (u->mcr & MCR_LOOP))
        receive(u, 0, LSR_BI);
}

/* The modem lines as the UART sees them: in loopback its own outputs. */
static uint8_t modem_inputs(const struct vt_uart *u)
{
    if (!(u->mcr & MCR_LOOP))
        return MSR_CONNECTED;
    return (uint8_t)((u->mcr & MCR_RTS ? MSR_CTS : 0) |
                     (u->mcr & MCR_DTR ? MSR_DSR : 0) |
                     (u->mcr & MCR_OUT1 ? MSR_RI : 0) |
                     (u->mcr & MCR_OUT2 ? MSR_DCD : 0));
}

/* Changes leave a mark in MSR; RI only when it ends. */
static void write_mcr(struct vt_uart *u, uint8_t value)
{
    u->mcr = value & 0x1f;
    unsigned inputs = modem_inputs(u);
    unsigned changed = (inputs ^ u->msr) & 0xf0u;
    unsigned deltas = changed >> 4;
    if (inputs & MSR_RI)
        deltas &= ~MSR_TERI;
    u->msr = (uint8_t)(inputs | (u->msr & MSR_DELTAS) | deltas);
}

static uint8_t line_status(const struct vt_uart *u)
{
    unsigned lsr = u->line_errors;
    if (u->rx_count > 0)
        lsr |= LSR_DR;
    if (u->tx_count == 0)
        lsr |= LSR_THRE;
    if (u->tx_count == 0 && !u->shifting)
        lsr |= LSR_TEMT;
    for (unsigned i = 0; i < u->rx_count; i++)
        if (fifos_on(u) && u->rx_errors[i])
            lsr |= LSR_FIFO_ERROR;
    if (fifos_on(u) && (u->line_errors & LSR_BI))
        lsr |= LSR_FIFO_ERROR;
    return (uint8_t)lsr;
}

static uint8_t read_iir(struct vt_uart *u)
{
    uint8_t id = interrupt_id(u);
    if (id == IIR_THRE)
        u->thre_pending = false;
    return fifos_on(u) ? id | IIR_FIFOS : id;
}

static uint8_t read_lsr(struct vt_uart *u)
{
    uint8_t lsr = line_status(u);
    u->line_errors = 0;
    return lsr;
}

static uint8_t read_msr(struct vt_uart *u)
{
    uint8_t msr = u->msr;
    u->msr &= (uint8_t)~MSR_DELTAS;
    return msr;
}

static uint8_t read_register(struct vt_uart *u, unsigned reg)
{
    bool dlab = u->lcr & LCR_DLAB;
    switch (reg) {
    case REG_DATA:
        return dlab ? (uint8_t)u->divisor : read_rbr(u);
    case REG_IER:
        return dlab ? (uint8_t)(u->divisor >> 8) : u->ier;
    case REG_IIR_FCR:
        return read_iir(u);
    case REG_LCR:
        return u->lcr;
    case REG_MCR:
        return u->mcr;
    case REG_LSR:
        return read_lsr(u);
    case REG_MSR:
        return read_msr(u);
    default:
        return u->scr;
    }
}

static void write_data(struct vt_uart *u, uint8_t value)
{
    if (u->lcr & LCR_DLAB)
        u->divisor = (uint16_t)((u->divisor & 0xff00u) | value);
    else
        write_thr(u, value);
}

static void write_register(struct vt_uart *u, unsigned reg, uint8_t value)
{
    switch (reg) {
    case REG_DATA:
        write_data(u, value);
        break;
    case REG_IER:
        if (u->lcr & LCR_DLAB)
            u->divisor = (uint16_t)((u->divisor & 0xffu) | value << 8);
        else
            write_ier(u, value);
        break;
    case REG_IIR_FCR:
        write_fcr(u, value);
        break;
    case REG_LCR:
        write_lcr(u, value);
        break;
    case REG_MCR:
        write_mcr(u, value);
        break;
    case REG_SCR:
        u->scr = value;
        break;
    default: /* LSR and MSR are for reading */
        break;
    }
}

static uint32_t uart_read(void *opaque, uint16_t port, unsigned size)
{
    struct vt_uart *u = opaque;
    (void)size;
    uint8_t value = read_register(u, port - u->port);
    update_irq(u);
    return value;
}

static void uart_write(void *opaque, uint16_t port, uint32_t value,
                       unsigned size)
{
    struct vt_uart *u = opaque;
    (void)size;
    write_register(u, port - u->port, (uint8_t)value);
    update_irq(u);
}

/* ---- the rest of the machine ---- */

/* "Reset", but see NOTE at the top for divisor and LCR. */
static void set_reset_state(struct vt_uart *u)
{
    u->ier = u->fcr = u->mcr = u->scr = 0;
    u->line_errors = 0;
    u->lcr = 3;
    u->divisor = 1;
    u->msr = MSR_CONNECTED;
    u->rx_count = u->tx_count = 0;
    memset(u->rx, 0, sizeof u->rx);
    memset(u->rx_errors, 0, sizeof u->rx_errors);
    memset(u->tx, 0, sizeof u->tx);
    u->shift = 0;
    u->shifting = u->thre_pending = u->timed_out = false;
}

static void uart_reset(struct vt_device *dev)
{
    struct vt_uart *u = (struct vt_uart *)dev;
    set_reset_state(u);
    vt_timer_cancel(u->send_timer);
    vt_timer_cancel(u->timeout_timer);
    update_irq(u);
}

static void uart_free(struct vt_device *dev)
{
    free(dev);
}

static void uart_save(struct vt_device *dev, struct vt_writer *w)
{
    (void)dev, (void)w; /* the registers are all there is */
}

static void uart_load(struct vt_device *dev, struct vt_reader *r)
{
    const struct vt_uart *u = (struct vt_uart *)dev;
    if (u->rx_count > depth(u) || u->tx_count > depth(u))
        vt_reader_reject(r, "%s holds %u and %u characters, at most %u fit",
                         u->name, u->rx_count, u->tx_count, depth(u));
}

enum vt_err vt_uart_add(struct vt_machine *m,
                        const struct vt_uart_options *options,
                        struct vt_uart **to, struct vt_error *err)
{
    static const struct vt_device_ops ops = {.reset = uart_reset,
                                             .free = uart_free,
                                             .save = uart_save,
                                             .load = uart_load};
    static const struct vt_port_ops ports = {
        .read = uart_read, .write = uart_write, .sizes = 1};
    struct vt_uart *u = vt_alloc(1, sizeof *u);
    snprintf(u->name, sizeof u->name, "%s", options->name);
    snprintf(u->send_name, sizeof u->send_name, "%s.send", u->name);
    snprintf(u->timeout_name, sizeof u->timeout_name, "%s.timeout", u->name);
    u->dev = (struct vt_device){.ops = &ops,
                                .name = u->name,
                                .regs = uart_regs,
                                .reg_rows = ARRAY_SIZE(uart_regs)};
    u->machine = m;
    u->port = options->port;
    u->irq = options->irq;
    u->put = options->put;
    u->put_opaque = options->put_opaque;
    u->instant = options->instant;
    u->send_timer = vt_timer_new(m, u->send_name, send_due, u);
    u->timeout_timer = vt_timer_new(m, u->timeout_name, timeout_due, u);
    set_reset_state(u);
    vt_machine_add_device(m, &u->dev);
    *to = u;
    return vt_ports_add(vt_machine_ports(m), u->name, u->port, 8, &ports, u,
                        err);
}
