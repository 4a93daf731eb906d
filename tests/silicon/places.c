/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses and selectors for random operands. */
#include "tests/silicon/places.h"

#define SPAN 64u /* bytes that an operand may have, roughly */

static uint64_t wild_address(struct sil_random *r, unsigned mode)
{
    static const uint64_t wild64[] = {
        0x0000800000000000, 0x00007ffffffffff8, 0xffff7ffffffffff8,
        0xffff800000000000, 0xffff900000000010, 0x7fffffffffffffff,
        0x8000000000000000, 0x0001612345678000, 0xffffa00000000ffc
    };
    if (mode == 64 && sil_chance(r, 60))
        return wild64[sil_below(r, ARRAY_SIZE(wild64))];
    return 0x50000000 + (sil_next(r) & 0x1fffffff);
}

uint64_t sil_pick_address(struct sil_random *r, unsigned mode)
{
    static const uint8_t writable[] = { SIL_DATA0, SIL_DATA1, SIL_DATA2,
                                        SIL_HIGH, SIL_FAR };
    uint64_t x = sil_next(r);
    unsigned offset = x >> 8 & 0xfff;
    unsigned page = writable[sil_below(r, mode == 64 ? 5 : 4)];
    unsigned percent = sil_below(r, 100);
    if (percent < 82) {
        if (x >> 32 & 1)
            offset &= ~15u;
        else if (x >> 33 & 1)
            offset &= ~7u;
        if (offset > SIL_PAGE_BYTES - SPAN)
            offset -= SPAN;
    } else if (percent < 88) { /* from a page into the next */
        page = SIL_DATA1;
        offset = SIL_PAGE_BYTES - (x >> 40 & 31);
    } else if (percent < 91) { /* and into nothing */
        offset = SIL_PAGE_BYTES - (x >> 40 & 31);
    } else if (percent < 94) {
        page = SIL_READ_ONLY;
    } else if (percent < 96) {
        page = SIL_CODE0; /* where no code ever is */
        offset = x >> 40 & 31;
    } else if (percent < 98) {
        offset += 2 * SIL_PAGE_BYTES; /* a hole */
    } else {
        return wild_address(r, mode);
    }
    return sil_pages[page].la + offset;
}

uint64_t sil_pick_code(struct sil_random *r, unsigned mode)
{
    unsigned percent = sil_below(r, 100);
    if (percent < 90)
        return sil_pages[SIL_CODE0].la + 0x80 +
               sil_below(r, 2 * SIL_PAGE_BYTES - 0x90);
    if (percent < 96)
        return sil_pages[SIL_CODE1].la + SIL_PAGE_BYTES +
               sil_below(r, 0x8000);
    return mode == 64 && sil_chance(r, 50)
               ? wild_address(r, mode)
               : 0x50000000 + (sil_next(r) & 0x1fffffff);
}

uint64_t sil_pick_stack(struct sil_random *r)
{
    unsigned percent = sil_below(r, 100);
    uint64_t x = sil_next(r);
    uint64_t at = sil_pages[SIL_STACK0].la + 0x400 + (x & 0x17ff);
    if (percent < 4)
        at = sil_pages[SIL_STACK0].la + (x & 63);
    else if (percent < 8)
        at = sil_pages[SIL_STACK1].la + SIL_PAGE_BYTES - (x & 63);
    else if (percent < 9)
        at = sil_pages[SIL_STACK1].la + 3 * SIL_PAGE_BYTES + (x & 0xff);
    return sil_chance(r, 80) ? at & ~UINT64_C(7) : at;
}

uint16_t sil_pick_selector(struct sil_random *r, unsigned mode, bool code)
{
    static const uint16_t all[] = {
        SIL_DS, SIL_DS, SIL_DS, SIL_CS32, SIL_LDT_FS, SIL_LDT_GS, SIL_LDT_RO,
        SIL_LDT_DOWN, SIL_LDT_ABSENT, 0, 1, 3, 0x28, 0x20, 0x10, 0x18, 0x08,
        0x40, 0x53, 0x2f, 0x83, 0xffff, 0x63, 0x1b, 0x04, 0x0c, 0x2a
    };
    uint16_t own = mode == 64 ? SIL_CS64 : SIL_CS32;
    if (code && sil_chance(r, 70))
        return own;
    uint16_t s = all[sil_below(r, ARRAY_SIZE(all))];
    return code && s == SIL_CS32 ? own : s;
}
