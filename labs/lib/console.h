/* SPDX-License-Identifier: MIT */
/* A console, and the ways to stop the machine. */
#ifndef LAB_CONSOLE_H
#define LAB_CONSOLE_H

#include <stdint.h>

#define COM1 0x3f8u       /* 16550 UART */
#define UART_DATA 0u      /* transmit; divisor low while LCR.DLAB = 1 */
#define UART_LCR 3u
#define UART_LCR_DLAB 0x80u
#define UART_LSR 5u
#define UART_LSR_READY 0x60u /* transmitter empty */

enum console {
    CONSOLE_UART,  /* COM1, at the speed of the line */
    CONSOLE_DEBUG  /* the debug console, where there is one, else COM1 */
};
void console_init(enum console which);
void console_putc(char c);
/* Knows %s, %c, %x (hexadecimal), %u (decimal, with an optional width of
 * one digit, as in %3u) and %%. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* status 0: power off.  Others: hand it to the debug-exit port, so that the
 * simulator ends with (status << 1) | 1.  Does not return. */
void machine_stop(uint8_t status) __attribute__((noreturn));

/* Say why, with a number in hexadecimal, and stop with status 1. */
void fail(const char *why, uint32_t number) __attribute__((noreturn));

/* The compiler may call these two by itself. */
void *memcpy(void *to, const void *from, __SIZE_TYPE__ bytes);
void *memset(void *to, int value, __SIZE_TYPE__ bytes);

#endif
