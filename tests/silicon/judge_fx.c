/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x87, MMX and SSE state: which parts of two FXSAVE images must agree.
 * SDM 325462, Vol 1, "x87 FPU Instruction and Data (Operand) Pointers". */
#include "tests/silicon/silicon.h"

#include <stdio.h>

static uint64_t get(const uint8_t *p, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static bool differ(const uint8_t *here, const uint8_t *there, unsigned at,
                   unsigned bytes, uint64_t mask, const char *name,
                   unsigned number, char *why, size_t size)
{
    uint64_t a = get(here + at, bytes) & mask;
    uint64_t b = get(there + at, bytes) & mask;
    if (a == b)
        return false;
    snprintf(why, size, "%s%.0u: simulator %llx, host %llx", name, number,
             (unsigned long long)a, (unsigned long long)b);
    return true;
}

/* Physical register i of an image, whose ST0 stands first. */
static unsigned place_of(const uint8_t *fx, unsigned i)
{
    unsigned top = (unsigned)get(fx + 2, 2) >> 11 & 7;
    return 32 + 16 * ((i - top) & 7);
}

/* Two extended reals of the same sign are at most two units of the last
 * place apart.  As integers, exponent * 2^63 + significand, they follow each
 * other. */
static bool is_near(const uint8_t *here, const uint8_t *there, unsigned at)
{
    uint64_t exponents = get(here + at + 8, 2) - get(there + at + 8, 2);
    uint64_t apart = get(here + at, 8) - get(there + at, 8) +
                     (exponents << 63);
    if (exponents + 1 > 2)
        return false;
    return apart <= 2 || 0 - apart <= 2;
}

static bool stack_differs(const uint8_t *here, const uint8_t *there,
                          bool top_free, bool near, char *why, size_t size)
{
    if (top_free) {
        for (unsigned i = 0; i < 8; i++)
            if (memcmp(here + place_of(here, i), there + place_of(there, i),
                       10) != 0) {
                snprintf(why, size, "register R%u", i);
                return true;
            }
        return false;
    }
    for (unsigned i = 0; i < 8; i++)
        if (!(near && is_near(here, there, 32 + 16 * i)) &&
            (differ(here, there, 32 + 16 * i, 8, ~UINT64_C(0),
                    "significand of ST", i, why, size) ||
             differ(here, there, 40 + 16 * i, 2, ~UINT64_C(0),
                    "exponent of ST", i, why, size)))
            return true;
    return false;
}

/* Two approximations of one single-precision number, each with a relative
 * error of no more than 1.5 * 2^-12: as integers they are no further apart
 * than three times that in units of the last place, of which a number just
 * below a power of 2 has 2^24. */
static bool near(uint32_t a, uint32_t b)
{
    uint32_t difference = a > b ? a - b : b - a;
    return difference <= 3u << (24 - 12);
}

/* A result that may be tiny may also be flushed to zero: "RCPPS--Compute
 * Reciprocals of Packed Single Precision Floating-Point Values". */
static bool both_near(uint32_t a, uint32_t b)
{
    const uint32_t sign = 0x80000000, least_normal = 0x00800000;
    if (near(a, b))
        return true;
    if ((a ^ b) & sign)
        return false;
    a &= ~sign;
    b &= ~sign;
    return (a == 0 && near(b, least_normal)) ||
           (b == 0 && near(a, least_normal));
}

static bool xmm_differ(const uint8_t *here, const uint8_t *there,
                       bool approximate, char *why, size_t size)
{
    for (unsigned i = 0; i < 64; i++) {
        unsigned at = 160 + 4 * i;
        if (approximate && both_near((uint32_t)get(here + at, 4),
                                     (uint32_t)get(there + at, 4)))
            continue;
        if (differ(here, there, at, 4, ~UINT64_C(0), "quarter of XMM", i / 4,
                   why, size))
            return true;
    }
    return false;
}

/* Where the last instruction and its operand are: AMD's keep and save that
 * only while an unmasked exception of it waits, and makers differ as to which
 * instructions count.  "x87 FPU Instruction and Data (Operand) Pointers". */
static bool pointers_differ(const uint8_t *here, const uint8_t *there,
                            char *why, size_t size)
{
    if (!(get(there + 2, 2) & FSW_ES))
        return false;
    return differ(here, there, 8, 8, ~UINT64_C(0), "FIP", 0, why, size) ||
           differ(here, there, 16, 8, ~UINT64_C(0), "FDP", 0, why, size) ||
           differ(here, there, 6, 2, ~UINT64_C(0), "FOP", 0, why, size);
}

bool sil_fx_differ(uint16_t free_fsw, unsigned free,
                   const struct sil_state *a, const struct sil_state *b,
                   char *why, size_t size)
{
    const uint8_t *here = a->fx, *there = b->fx;
    const uint64_t all = ~UINT64_C(0);
    const bool top_free = free & FX_TOP;
    const uint64_t fsw = ~(uint64_t)(free_fsw | (top_free ? FSW_TOP : 0));
    if (memcmp(here, there, 28) == 0 &&
        memcmp(here + 32, there + 32, 384) == 0)
        return false;
    return differ(here, there, 0, 2, all, "FCW", 0, why, size) ||
           differ(here, there, 2, 2, fsw, "FSW", 0, why, size) ||
           (!top_free &&
            differ(here, there, 4, 1, all, "tags", 0, why, size)) ||
           differ(here, there, 24, 4, all, "MXCSR", 0, why, size) ||
           pointers_differ(here, there, why, size) ||
           stack_differs(here, there, top_free, free & FX_PLACES, why,
                         size) ||
           xmm_differ(here, there, free & FX_APPROXIMATE, why, size);
}
