/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Error records, assertions and host memory: what every other file leans on.
 * Nothing of the simulated machine is modelled here. */
#include "sim/machine/vt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Names out of damaged files may hold anything; a message is one line. */
static void keep_to_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

enum vt_err vt_fail(struct vt_error *err, enum vt_err kind,
                    const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->kind = kind;
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        keep_to_one_line(err->text);
    }
    return kind;
}

VT_NORETURN void vt_assert_failed(const char *what, const char *file,
                                  int line)
{
    fprintf(stderr, "vtsim: a defect of vtsim: %s:%d: %s does not hold\n",
            file, line, what);
    abort();
}

/* No caller could go on without memory, and unwinding would need some. */
static VT_NORETURN void out_of_memory(size_t count, size_t size_bytes)
{
    fprintf(stderr, "vtsim: the host has no memory left (%zu x %zu bytes)\n",
            count, size_bytes);
    exit(2);
}

void *vt_alloc(size_t count, size_t size_bytes)
{
    /* calloc(0) may give NULL, which would look like failure. */
    void *p = calloc(count ? count : 1, size_bytes ? size_bytes : 1);
    if (!p)
        out_of_memory(count, size_bytes);
    return p;
}

void *vt_realloc(void *old, size_t count, size_t size_bytes)
{
    if (size_bytes && count > SIZE_MAX / size_bytes)
        out_of_memory(count, size_bytes);
    size_t bytes = count * size_bytes;
    void *p = realloc(old, bytes ? bytes : 1);
    if (!p)
        out_of_memory(count, size_bytes);
    return p;
}

char *vt_strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = vt_alloc(bytes, 1);
    memcpy(copy, text, bytes);
    return copy;
}

int vt_hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c)
                       : NULL;
    return at ? (int)(at - digits) : -1;
}

bool vt_parse_u64(const char *text, uint64_t *n)
{
    unsigned base = 10;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    *n = 0;
    for (const char *c = text; *c; c++) {
        int digit = vt_hex_digit(*c);
        if (digit < 0 || (unsigned)digit >= base ||
            *n > (UINT64_MAX - (unsigned)digit) / base)
            return false;
        *n = *n * base + (unsigned)digit;
    }
    return *text != '\0';
}

uint64_t vt_ldle(const void *p, unsigned size_bytes)
{
    const uint8_t *b = p;
    uint64_t v = 0;
    for (unsigned i = size_bytes; i-- > 0;)
        v = v << 8 | b[i];
    return v;
}

void vt_stle(void *p, uint64_t v, unsigned size_bytes)
{
    uint8_t *b = p;
    for (unsigned i = 0; i < size_bytes; i++) {
        b[i] = (uint8_t)v;
        v >>= 8;
    }
}
