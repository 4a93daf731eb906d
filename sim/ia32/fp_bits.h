/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What floating-point arithmetic needs of integers: leading zeros, products
 * of 128 bits, shifts that remember what fell out, quotients and roots.
 * Plain C11; where the compiler has a 128-bit type it is used for products,
 * with the same result (FP_PORTABLE switches it off, for the tests). */
#ifndef IA32_FP_BITS_H
#define IA32_FP_BITS_H

#include "sim/machine/vt.h"

#if defined(__GNUC__) || defined(__clang__)
#define FP_INLINE static inline __attribute__((always_inline, unused))
#define FP_NOINLINE __attribute__((noinline))
#else
#define FP_INLINE static inline
#define FP_NOINLINE
#endif

/* Zeros above the highest bit set; v is not 0. */
FP_INLINE unsigned fp_leading_zeros(uint64_t v)
{
#if defined(__GNUC__) && !defined(FP_PORTABLE)
    return (unsigned)__builtin_clzll(v);
#else
    unsigned n = 0;
    for (unsigned step = 32; step != 0; step /= 2)
        if (v >> (64 - step) == 0) {
            v <<= step;
            n += step;
        }
    return n;
#endif
}

/* a * b. */
FP_INLINE void fp_multiply(uint64_t a, uint64_t b, uint64_t *hi, uint64_t *lo)
{
#if defined(__SIZEOF_INT128__) && !defined(FP_PORTABLE)
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    *hi = (uint64_t)(product >> 64);
    *lo = (uint64_t)product;
#else
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0, cross = a1 * b0 + (low >> 32);
    uint64_t middle = a0 * b1 + (uint32_t)cross;
    *hi = a1 * b1 + (cross >> 32) + (middle >> 32);
    *lo = middle << 32 | (uint32_t)low;
#endif
}

/* Shift right; what falls out leaves a 1 in the lowest bit ("sticky"). */
FP_INLINE void fp_shift_right(uint64_t *hi, uint64_t *lo, unsigned n)
{
    uint64_t lost;
    if (n == 0)
        return;
    if (n < 64) {
        lost = *lo << (64 - n);
        *lo = *hi << (64 - n) | *lo >> n;
        *hi >>= n;
    } else if (n == 64) {
        lost = *lo;
        *lo = *hi;
        *hi = 0;
    } else if (n < 128) {
        lost = *lo | *hi << (128 - n);
        *lo = *hi >> (n - 64);
        *hi = 0;
    } else {
        lost = *hi | *lo;
        *hi = *lo = 0;
    }
    *lo |= lost != 0;
}

/* Shift left until bit 63 of *hi is set; not both are 0.  Returns by how
 * many bits. */
FP_INLINE unsigned fp_normalize(uint64_t *hi, uint64_t *lo)
{
    unsigned n = 0;
    if (*hi == 0) {
        *hi = *lo;
        *lo = 0;
        n = 64;
    }
    unsigned zeros = fp_leading_zeros(*hi);
    if (zeros != 0) {
        *hi = *hi << zeros | *lo >> (64 - zeros);
        *lo <<= zeros;
    }
    return n + zeros;
}

/* One digit of 32 bits of a quotient: (*rem * 2^32 + next) / d, where
 * *rem < d and d has bit 63 set.  The estimate from d's upper half is at
 * most 2 too large. */
FP_INLINE uint64_t fp_quotient_digit(uint64_t *rem, uint64_t next, uint64_t d)
{
    uint64_t d1 = d >> 32, d0 = (uint32_t)d;
    uint64_t digit = *rem / d1, left = *rem % d1;
    while (digit >> 32 != 0 || digit * d0 > (left << 32 | next)) {
        digit--;
        left += d1;
        if (left >> 32 != 0)
            break;
    }
    *rem = (*rem << 32 | next) - digit * d; /* modulo 2^64: fits */
    return digit;
}

/* hi:lo / d with hi < d and bit 63 of d set. */
FP_INLINE uint64_t fp_divide(uint64_t hi, uint64_t lo, uint64_t d,
                             uint64_t *remainder)
{
    uint64_t rem = hi;
    uint64_t upper = fp_quotient_digit(&rem, lo >> 32, d);
    uint64_t lower = fp_quotient_digit(&rem, (uint32_t)lo, d);
    *remainder = rem;
    return upper << 32 | lower;
}

/* Square root of v, at least 2^30, a bit at a time, and what is left. */
FP_INLINE uint32_t fp_root16(uint32_t v, uint32_t *left)
{
    uint32_t root = 0;
    for (uint32_t bit = UINT32_C(1) << 30; bit != 0; bit >>= 2) {
        uint32_t with = root + bit, fits = 0 - (uint32_t)(v >= with);
        v -= with & fits;
        root = root >> 1 | (bit & fits);
    }
    *left = v;
    return root;
}

/* Square root of v, at least 2^62, and what is left: the upper half of the
 * root comes from that of v, the lower from a division by twice that, which
 * may be one too large. */
FP_INLINE uint64_t fp_root32(uint64_t v, uint64_t *left)
{
    uint32_t upper_left;
    uint64_t upper = fp_root16((uint32_t)(v >> 32), &upper_left);
    uint64_t dividend = (uint64_t)upper_left << 16 | (v >> 16 & 0xffff);
    uint64_t lower = dividend / (2 * upper);
    uint64_t rest = dividend % (2 * upper) << 16 | (v & 0xffff);
    uint64_t root = (upper << 16) + lower;
    if (rest < lower * lower) {
        root--;
        rest += 2 * root + 1;
    }
    *left = rest - lower * lower;
    return root;
}

/* floor(sqrt(hi:lo)), hi at least 2^62; *exact: nothing is left over.
 * *above: what is left over is more than the root, so that the exact root
 * lies above floor + 1/2.  The upper half of the root comes from hi, the
 * lower from a division by twice that. */
FP_INLINE uint64_t fp_root64(uint64_t hi, uint64_t lo, bool *exact,
                             bool *above)
{
    uint64_t left, upper = fp_root32(hi, &left);
    /* left <= 2 * upper < 2^33: the dividend has up to 65 bits; halve it. */
    uint64_t half = left << 31 | lo >> 33;
    uint64_t lower = half / upper;
    uint64_t rest = (half % upper) << 1 | (lo >> 32 & 1);
    /* remainder = rest * 2^32 + low half of lo - lower^2, in 128 bits.
     * lower may be 2^32, one too large. */
    uint64_t square_hi, square_lo, rem_hi = rest >> 32;
    uint64_t rem_lo = rest << 32 | (uint32_t)lo;
    fp_multiply(lower, lower, &square_hi, &square_lo);
    uint64_t root = (upper << 32) + lower;
    bool negative = rem_hi < square_hi ||
                    (rem_hi == square_hi && rem_lo < square_lo);
    rem_hi = rem_hi - square_hi - (rem_lo < square_lo);
    rem_lo -= square_lo;
    if (negative) { /* one less: add 2 * root - 1 */
        root--;
        uint64_t add_hi = root >> 63, add_lo = root << 1 | 1;
        rem_lo += add_lo;
        rem_hi += add_hi + (rem_lo < add_lo);
    }
    *exact = (rem_hi | rem_lo) == 0;
    *above = rem_hi != 0 || rem_lo > root;
    return root;
}

#endif
