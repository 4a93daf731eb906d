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

bool sil_fx_differ(uint16_t free_fsw, const struct sil_state *a,
                   const struct sil_state *b, char *why, size_t size)
{
    const uint8_t *here = a->fx, *there = b->fx;
    const uint64_t all = ~UINT64_C(0);
    if (memcmp(here, there, 5) == 0 && memcmp(here + 24, there + 24, 4) == 0 &&
        memcmp(here + 32, there + 32, 384) == 0)
        return false;
    if (differ(here, there, 0, 2, all, "FCW", 0, why, size) ||
        differ(here, there, 2, 2, (uint16_t)~free_fsw, "FSW", 0, why, size) ||
        differ(here, there, 4, 1, all, "tags", 0, why, size) ||
        differ(here, there, 24, 4, all, "MXCSR", 0, why, size))
        return true;
    for (unsigned i = 0; i < 8; i++)
        if (differ(here, there, 32 + 16 * i, 8, all, "significand of ST", i,
                   why, size) ||
            differ(here, there, 40 + 16 * i, 2, all, "exponent of ST", i, why,
                   size))
            return true;
    for (unsigned i = 0; i < 16; i++)
        if (differ(here, there, 160 + 16 * i, 8, all, "low half of XMM", i,
                   why, size) ||
            differ(here, there, 168 + 16 * i, 8, all, "high half of XMM", i,
                   why, size))
            return true;
    return false;
}
