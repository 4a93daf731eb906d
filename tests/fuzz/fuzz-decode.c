/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz the decoder and the disassembler.  The first byte chooses the mode,
 * the second features to take away, the rest is code, in a buffer of exactly
 * its size, so that a sanitizer sees any read beyond it.  What must hold:
 * what is decoded lies within the buffer and within 15 bytes, all indices
 * are in range, and the answer depends on no byte after the instruction. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "sim/ia32/rows.h"

const unsigned long fuzz_default_count = 500000;

static const uint8_t seeds[][8] = {
    { IA32_MODE_CODE32, 0, 0x8b, 0x84, 0x8d, 0x78, 0x56, 0x34 },
    { 0, 0, 0x66, 0x67, 0xc7, 0x80, 0x01, 0x02 },
    { IA32_MODE_CODE32, 0, 0xf0, 0x0f, 0xc7, 0x0f, 0xf3, 0xa4 },
    { IA32_MODE_CODE32 | IA32_MODE_NONROOT, 0, 0x0f, 0x01, 0xc1, 0x9a, 1, 2 },
    { IA32_MODE_CODE32, 3, 0xc8, 0x10, 0x00, 0x02, 0xd6, 0x82 },
};

size_t fuzz_seed(unsigned i, uint8_t *to, size_t max_bytes)
{
    if (i >= ARRAY_SIZE(seeds))
        return SIZE_MAX;
    vt_assert(sizeof seeds[i] <= max_bytes);
    memcpy(to, seeds[i], sizeof seeds[i]);
    return sizeof seeds[i];
}

static void check_fields(const struct ia32_insn *insn, unsigned available)
{
    vt_assert(insn->length >= 1 && insn->length <= 15);
    vt_assert(insn->length <= available);
    vt_assert(insn->row < IA32_ROW_COUNT && insn->handler != NULL);
    vt_assert(insn->opsize == 2 || insn->opsize == 4);
    vt_assert(insn->addrsize == 2 || insn->addrsize == 4);
    vt_assert(insn->base <= IA32_REG_ZERO && insn->index <= IA32_REG_ZERO);
    vt_assert(insn->scale <= 3 && insn->seg <= IA32_GS);
    vt_assert(insn->reg < IA32_REG_HIGH8 + 4);
    vt_assert(insn->rm < IA32_REG_HIGH8 + 4);
}

/* Exactly its bytes are enough, and one less is not. */
static void check_length(const uint8_t *code, unsigned mode,
                         const uint64_t *features,
                         const struct ia32_insn *insn)
{
    struct ia32_insn again;
    vt_assert(ia32_decode(code, insn->length, mode, features, &again) ==
              DECODE_OK);
    vt_assert(again.row == insn->row && again.length == insn->length &&
              again.imm == insn->imm && again.disp == insn->disp);
    vt_assert(ia32_decode(code, insn->length - 1u, mode, features, &again) ==
              DECODE_MORE);
}

static void check_code(const uint8_t *code, unsigned available,
                       unsigned mode, const uint64_t *features)
{
    struct ia32_insn insn;
    char text[120];
    unsigned length = 0;
    switch (ia32_decode(code, available, mode, features, &insn)) {
    case DECODE_OK:
        check_fields(&insn, available);
        check_length(code, mode, features, &insn);
        break;
    case DECODE_MORE: vt_assert(available < 15); break;
    case DECODE_LONG: vt_assert(available >= 15); break;
    case DECODE_UD: break;
    }
    if (ia32_disassemble(code, available, mode, 0, text, sizeof text,
                         &length))
        vt_assert(length >= 1 && length <= available);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const unsigned modes = IA32_MODE_CODE32 | IA32_MODE_STACK32 |
                           IA32_MODE_PROT | IA32_MODE_NONROOT;
    if (bytes < 3 || bytes > 100)
        return 0;
    uint64_t features[IA32_FEATURE_WORDS];
    memset(features, 0xff, sizeof features);
    features[0] &= ~(uint64_t)data[1] | VT_BIT(IA32_F_BASE);
    size_t available = bytes - 2;
    uint8_t *code = malloc(available);
    if (!code)
        return 0;
    memcpy(code, data + 2, available);
    check_code(code, (unsigned)available, data[0] & modes, features);
    free(code);
    return 0;
}
