/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operands for floating-point tests: mostly such that something happens,
 * that is corners of each format, neighbours, and few random bits at the
 * ends of the significand. */
#ifndef TESTS_IA32_FPRANDOM_H
#define TESTS_IA32_FPRANDOM_H

#include "sim/ia32/fp.h"

static inline uint64_t fp_random(uint64_t *state)
{
    /* splitmix64 */
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* bits wide: all zeros, all ones, one bit, ones at an end, random. */
static inline uint64_t fp_random_field(uint64_t *state, unsigned bits)
{
    uint64_t r = fp_random(state), v = fp_random(state);
    unsigned n = (unsigned)(r >> 8 & 63);
    switch (r & 7) {
    case 0: v = 0; break;
    case 1: v = ~UINT64_C(0); break;
    case 2: v = UINT64_C(1) << n; break;
    case 3: v = ~UINT64_C(0) << n; break;
    case 4: v = ~UINT64_C(0) >> n; break;
    case 5: v <<= n; break;
    default: break;
    }
    return bits == 64 ? v : v & ((UINT64_C(1) << bits) - 1);
}

/* A biased exponent: the ends, the middle, anything. */
static inline unsigned fp_random_exponent(uint64_t *state, unsigned all_ones)
{
    uint64_t r = fp_random(state);
    unsigned v = (unsigned)(r >> 16);
    switch (r & 15) {
    case 0: return 0;
    case 1: return all_ones;
    case 2: return 1 + v % 4;
    case 3: return all_ones - 1 - v % 4;
    case 4: case 5: return v % (all_ones + 1);
    case 6: return 1 + v % (all_ones < 128 ? 30 : 70);
    case 7: return all_ones - 1 - v % (all_ones < 128 ? 30 : 70);
    default: return all_ones / 2 - 70 % (all_ones / 4) + v % 140 %
                    (all_ones / 2);
    }
}

static inline uint32_t fp_random32(uint64_t *state)
{
    uint32_t sign = (uint32_t)fp_random(state) & UINT32_C(0x80000000);
    return sign | fp_random_exponent(state, 0xff) << 23 |
           (uint32_t)fp_random_field(state, 23);
}

static inline uint64_t fp_random64(uint64_t *state)
{
    uint64_t sign = fp_random(state) & UINT64_C(1) << 63;
    return sign | (uint64_t)fp_random_exponent(state, 0x7ff) << 52 |
           fp_random_field(state, 52);
}

static inline struct ia32_f80 fp_random80(uint64_t *state)
{
    uint64_t r = fp_random(state);
    struct ia32_f80 v = {fp_random_field(state, 63),
                     (uint16_t)fp_random_exponent(state, 0x7fff)};
    bool integer = v.se != 0;
    if ((r & 31) == 0) /* pseudo-denormal, unsupported */
        integer = !integer;
    v.frac |= (uint64_t)integer << 63;
    v.se = (uint16_t)(v.se | (r >> 8 & 1) << 15);
    if ((r >> 16 & 15) == 0) /* a value of a shorter format */
        v.frac &= ~UINT64_C(0) << (r >> 20 & 1 ? 40 : 11);
    return v;
}

/* The second operand of a pair: often a neighbour of the first. */
static inline struct ia32_f80 fp_random80_near(uint64_t *state, struct ia32_f80 a)
{
    uint64_t r = fp_random(state);
    struct ia32_f80 b = fp_random80(state);
    if ((r & 3) == 0)
        return b;
    if ((r & 3) == 1)
        b.frac = a.frac + (r >> 8 & 3) - 1;
    b.se = (uint16_t)((a.se + (r >> 16) % 140 % (r & 4 ? 140 : 4) -
                       (r & 4 ? 70 : 1)) ^ (r & 8 ? 0x8000 : 0));
    if ((b.se & 0x7fff) != 0)
        b.frac |= UINT64_C(1) << 63;
    return b;
}

static inline uint64_t fp_random64_near(uint64_t *state, uint64_t a)
{
    uint64_t r = fp_random(state), b = fp_random64(state);
    if ((r & 3) == 0)
        return b;
    if ((r & 3) == 1)
        return (a + (r >> 8 & 3) - 1) ^ (r & 8 ? UINT64_C(1) << 63 : 0);
    return (b & ~(UINT64_C(0x7ff) << 52)) |
           ((a + ((r >> 16) % 128 << 52) - (UINT64_C(64) << 52)) &
            UINT64_C(0x7ff) << 52);
}

static inline uint32_t fp_random32_near(uint64_t *state, uint32_t a)
{
    uint64_t r = fp_random(state);
    uint32_t b = fp_random32(state);
    if ((r & 3) == 0)
        return b;
    if ((r & 3) == 1)
        return (a + (uint32_t)(r >> 8 & 3) - 1) ^
               (r & 8 ? UINT32_C(1) << 31 : 0);
    return (b & ~(UINT32_C(0xff) << 23)) |
           ((a + ((uint32_t)(r >> 16) % 64 << 23) - (UINT32_C(32) << 23)) &
            UINT32_C(0xff) << 23);
}

#endif
