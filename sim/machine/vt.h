/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every file of vtsim may rely on: attributes with fallbacks, error
 * kinds, assertions, byte-order-neutral loads and stores.
 *
 * Three kinds of trouble have three paths (CONTRIBUTING.md, "Errors"):
 * guest faults are architecture and belong to the CPU; user errors are an
 * enum vt_err with a message in a struct vt_error; our own bugs end in
 * vt_assert. */
#ifndef VT_VT_H
#define VT_VT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#define VT_MUST_CHECK __attribute__((warn_unused_result))
#define VT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define VT_NORETURN __attribute__((noreturn))
#define VT_LIKELY(x) __builtin_expect(!!(x), 1)
#define VT_UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define VT_MUST_CHECK
#define VT_PRINTF(fmt, args)
#define VT_NORETURN _Noreturn
#define VT_LIKELY(x) (x)
#define VT_UNLIKELY(x) (x)
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* One bit, and bits hi..lo (inclusive) of a 64-bit word, as manuals count. */
#define VT_BIT(n) (UINT64_C(1) << (n))
#define VT_BITS(hi, lo) \
    ((~UINT64_C(0) >> (63 - (hi))) & ~(VT_BIT(lo) - 1))

/* Who is to blame decides the exit status of the program; see vtsim(1). */
enum vt_err {
    VT_OK = 0,
    VT_ERR_INPUT,  /* a file, option or argument from the user is wrong */
    VT_ERR_OUTPUT, /* something could not be written */
    VT_ERR_MEMORY, /* the host has no memory left */
    VT_ERR_LIMIT   /* a limit the user set was reached */
};

/* The one line that the user will read: it names the thing and the place. */
struct vt_error {
    enum vt_err kind;
    char text[400];
};

/* Fill *err (may be NULL) and return kind, so that callers can write
 * `return vt_fail(err, VT_ERR_INPUT, "...")`. */
enum vt_err vt_fail(struct vt_error *err, enum vt_err kind,
                    const char *format, ...) VT_PRINTF(3, 4);

/* An invariant of ours is broken: say which and where, then abort. */
VT_NORETURN void vt_assert_failed(const char *what, const char *file,
                                  int line);
#define vt_assert(cond) \
    ((cond) ? (void)0 : vt_assert_failed(#cond, __FILE__, __LINE__))

/* Allocate zeroed memory; out of memory ends the program with status 2 and
 * one line, since no caller could continue. */
void *vt_alloc(size_t count, size_t size_bytes);
void *vt_realloc(void *old, size_t count, size_t size_bytes);
char *vt_strdup(const char *text);

/* 0 to 15 for a hexadecimal digit of either case, else -1. */
int vt_hex_digit(char c);
/* A whole number, decimal or hexadecimal after 0x, and nothing around it.
 * False when text is no such number or does not fit 64 bits; *n is then
 * undefined. */
bool vt_parse_u64(const char *text, uint64_t *n) VT_MUST_CHECK;

/* Read a whole file into new memory, which the caller frees.
 * Returns VT_ERR_INPUT with one line when it cannot be read or is longer than
 * max_bytes. */
enum vt_err vt_read_file(const char *path, size_t max_bytes, uint8_t **data,
                         size_t *bytes, struct vt_error *err) VT_MUST_CHECK;

/* Guest memory is little-endian on every host. */
static inline uint16_t vt_ld16le(const void *p)
{
    const uint8_t *b = p;
    return (uint16_t)(b[0] | (unsigned)b[1] << 8);
}

static inline uint32_t vt_ld32le(const void *p)
{
    const uint8_t *b = p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

static inline uint64_t vt_ld64le(const void *p)
{
    const uint8_t *b = p;
    return (uint64_t)vt_ld32le(b) | (uint64_t)vt_ld32le(b + 4) << 32;
}

static inline void vt_st16le(void *p, uint16_t v)
{
    uint8_t *b = p;
    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
}

static inline void vt_st32le(void *p, uint32_t v)
{
    uint8_t *b = p;
    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
    b[2] = (uint8_t)(v >> 16);
    b[3] = (uint8_t)(v >> 24);
}

static inline void vt_st64le(void *p, uint64_t v)
{
    vt_st32le(p, (uint32_t)v);
    vt_st32le((uint8_t *)p + 4, (uint32_t)(v >> 32));
}

/* size_bytes is 1, 2, 4 or 8. */
uint64_t vt_ldle(const void *p, unsigned size_bytes);
void vt_stle(void *p, uint64_t v, unsigned size_bytes);

#endif
