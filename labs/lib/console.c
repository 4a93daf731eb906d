/* SPDX-License-Identifier: MIT */
/* A polled driver for a 16550 UART, the debug console of Bochs, QEMU and
 * vtsim, which takes a character at once, and just enough of printf.  Host and
 * guest use the same file: the guest's port accesses become VM exits, and
 * the driver cannot tell. */
#include "labs/lib/console.h"

#include <stdarg.h>

#include "labs/lib/x86.h"

#define DEBUG_CONSOLE_PORT 0xe9u /* reads as E9h when it is there */
#define DEBUG_EXIT_PORT 0xf4u /* as QEMU's isa-debug-exit */
#define PM1A_CNT_PORT 0x604u  /* ACPI power management of QEMU's PC */
#define PM1A_CNT_SLP_EN 0x2000u

static bool debug_console;

void console_init(enum console which)
{
    debug_console = which == CONSOLE_DEBUG &&
                    inb(DEBUG_CONSOLE_PORT) == DEBUG_CONSOLE_PORT;
    if (debug_console)
        return;
    outb(COM1 + UART_LCR, UART_LCR_DLAB); /* divisor 1: 115200 baud */
    outb(COM1 + UART_DATA, 1);
    outb(COM1 + 1, 0);
    outb(COM1 + UART_LCR, 3); /* 8 data bits, no parity, 1 stop bit */
}

void console_putc(char c)
{
    if (debug_console) {
        outb(DEBUG_CONSOLE_PORT, (uint8_t)c);
        return;
    }
    while ((inb(COM1 + UART_LSR) & UART_LSR_READY) != UART_LSR_READY)
        ;
    outb(COM1 + UART_DATA, (uint8_t)c);
}

static void print_string(const char *s)
{
    while (*s)
        console_putc(*s++);
}

static void print_number(uint32_t n, uint32_t base, int width)
{
    char text[11], *p = text + sizeof text - 1;
    *p = '\0';
    do {
        *--p = "0123456789abcdef"[n % base];
        n /= base;
    } while (n);
    for (width -= (int)(text + sizeof text - 1 - p); width > 0; width--)
        console_putc(' ');
    print_string(p);
}

void print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (; *format; format++) {
        if (*format != '%') {
            console_putc(*format);
            continue;
        }
        int width = 0;
        if (*++format >= '0' && *format <= '9')
            width = *format++ - '0';
        switch (*format) {
        case 's': print_string(va_arg(args, const char *)); break;
        case 'c': console_putc((char)va_arg(args, int)); break;
        case 'x': print_number(va_arg(args, uint32_t), 16, width); break;
        case 'u': print_number(va_arg(args, uint32_t), 10, width); break;
        default: console_putc(*format); break;
        }
    }
    va_end(args);
}

void machine_stop(uint8_t status)
{
    if (status == 0)
        outw(PM1A_CNT_PORT, PM1A_CNT_SLP_EN);
    else
        outb(DEBUG_EXIT_PORT, status);
    for (;;) /* a machine without these ports */
        __asm__ volatile("cli; hlt");
}

void fail(const char *why, uint32_t number)
{
    print("failed: %s (%x)\n", why, number);
    machine_stop(1);
}

void *memcpy(void *to, const void *from, __SIZE_TYPE__ bytes)
{
    void *end = to;
    __asm__ volatile("rep movsb"
                     : "+D"(end), "+S"(from), "+c"(bytes) : : "memory");
    return to;
}

void *memset(void *to, int value, __SIZE_TYPE__ bytes)
{
    void *end = to;
    __asm__ volatile("rep stosb"
                     : "+D"(end), "+c"(bytes) : "a"(value) : "memory");
    return to;
}
