/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages of the arena.  After each group comes nothing, so that operands
 * can run out of a page, and two groups have two pages each, so that they can
 * run from one into the next. */
#include "tests/silicon/silicon.h"

const struct sil_page sil_pages[SIL_PAGES] = {
    [SIL_CODE0] = { 0x10000000, SIL_R | SIL_X, "code" },
    [SIL_CODE1] = { 0x10001000, SIL_R | SIL_X, "code" },
    [SIL_DATA0] = { 0x10010000, SIL_R | SIL_W, "data" },
    [SIL_DATA1] = { 0x10020000, SIL_R | SIL_W, "data" },
    [SIL_DATA2] = { 0x10021000, SIL_R | SIL_W, "data" },
    [SIL_READ_ONLY] = { 0x10030000, SIL_R, "read-only data" },
    [SIL_STACK0] = { 0x10040000, SIL_R | SIL_W, "stack" },
    [SIL_STACK1] = { 0x10041000, SIL_R | SIL_W, "stack" },
    /* Negative as a signed number of 32 bits. */
    [SIL_HIGH] = { 0xe0010000, SIL_R | SIL_W, "data above 2 GiB" },
    [SIL_FAR] = { 0x612345678000, SIL_R | SIL_W | SIL_64,
                  "data above 4 GiB" },
};

const struct sil_segment sil_ldt[SIL_LDT_ENTRIES] = {
    [SIL_LDT_FS >> 3] = { 0x10010000, 0xfff, .big = true },
    [SIL_LDT_GS >> 3] = { 0x10020800, 0x1fff, .big = true },
    [SIL_LDT_RO >> 3] = { 0, 0xfffff, .limit_in_pages = true,
                          .read_only = true, .big = true },
    [SIL_LDT_DOWN >> 3] = { 0x10020000, 0xff, .expand_down = true },
    [SIL_LDT_ABSENT >> 3] = { 0, 0xfffff, .limit_in_pages = true,
                              .absent = true, .big = true },
};

int sil_find_page(uint64_t la)
{
    for (int i = 0; i < SIL_PAGES; i++)
        if ((la & ~UINT64_C(0xfff)) == sil_pages[i].la)
            return i;
    return -1;
}
