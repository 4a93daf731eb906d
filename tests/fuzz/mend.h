/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots whose fields were changed, with their CRCs made right again, so
 * that a fuzz target gets behind the CRCs. */
#ifndef TESTS_FUZZ_MEND_H
#define TESTS_FUZZ_MEND_H

#include "sim/machine/snapshot.h"

/* Make the CRC of every section that is whole right again. */
static inline void mend_crcs(uint8_t *data, size_t bytes)
{
    size_t at = 12;
    while (at < bytes && bytes - at > 13 + (size_t)data[at]) {
        size_t start = at;
        at += 1 + (size_t)data[at];
        uint64_t payload = vt_ld64le(data + at);
        at += 8;
        if (payload > bytes - at - 4)
            return;
        at += (size_t)payload;
        vt_st32le(data + at, vt_crc32(data + start, at - start));
        at += 4;
    }
}

#endif
