/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of an instance of a row (encode.c). */
#ifndef TESTS_SILICON_ENCODE_H
#define TESTS_SILICON_ENCODE_H

#include "tests/silicon/traits.h"

struct encoder {
    struct sil_random *r;
    const struct ia32_row *row;
    unsigned mode;
    uint8_t *bytes;
    unsigned n;
    unsigned disp_at, disp_bytes; /* 0 bytes: none */
    unsigned rest_at;             /* immediates, after all else */
    bool sib;
};

/* Choose prefixes, opcode, operands and immediates. */
void sil_encode(struct encoder *e);
/* Let the decoder say what that is: c->row, insn, length, undefined.  false:
 * nothing that a processor could be asked about. */
bool sil_decode(struct encoder *e, struct sil_case *c, unsigned mode_bits,
                const uint64_t *features);

#endif
