/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The serial port of a PC: a 16550A UART. */
#ifndef VT_UART16550_H
#define VT_UART16550_H

#include "sim/machine/device.h"
#include "sim/machine/machine.h"

struct vt_uart;

struct vt_uart_options {
    const char *name; /* "uart0" */
    uint16_t port;    /* first of eight: 3F8h */
    struct vt_irq irq;
    /* Where sent characters go; false means that it could not be written,
     * and the machine stops with VT_STOP_OUTPUT.  NULL: nowhere. */
    bool (*put)(void *opaque, uint8_t byte);
    void *put_opaque;
    /* Send a character in no time instead of at the programmed baud rate. */
    bool instant;
};

/* Make a UART and add it to the machine, which owns it. */
enum vt_err vt_uart_add(struct vt_machine *m,
                        const struct vt_uart_options *options,
                        struct vt_uart **uart,
                        struct vt_error *err) VT_MUST_CHECK;
/* Characters arrive on the line; takes what there is room for and returns
 * how many (struct vt_uart as opaque: a sink of vt_input). */
size_t vt_uart_take(void *uart, const uint8_t *bytes, size_t count);
/* Hand over what is still in the transmitter, as if the machine had been
 * left on until the line fell silent.  False when it could not be written. */
bool vt_uart_drain(struct vt_uart *uart) VT_MUST_CHECK;

#endif
