/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From bytes to a decoded instruction, driven by the operand letters of the
 * row that fits.  SDM 325462, Vol 2A, "Instruction Format".
 *
 *   prefixes │ opcode (1-3 bytes) │ ModRM │ SIB │ displacement │ immediate
 *
 * Left out: 64-bit mode.  Its REX prefix would be read after the others,
 * and widen reg, rm, base, index and opsize, which have room for it. */
#include "sim/ia32/rows.h"

#define MAX_LENGTH 15

struct decoder {
    const uint8_t *bytes;
    unsigned available, pos;
    enum ia32_decode result; /* the first thing that went wrong */
    const uint64_t *features;
    struct ia32_insn *insn;
    const struct ia32_row *row;
    bool code32;
    int seg_override; /* enum ia32_seg_index; -1: none */
};

/* The next byte; 0 once something is wrong, so that callers need not look
 * before the end. */
static unsigned fetch8(struct decoder *d)
{
    if (d->result != DECODE_OK)
        return 0;
    if (d->pos >= MAX_LENGTH)
        d->result = DECODE_LONG;
    else if (d->pos >= d->available)
        d->result = DECODE_MORE;
    else
        return d->bytes[d->pos++];
    return 0;
}

/* A little-endian number of 1, 2 or 4 bytes, zero-extended. */
static uint32_t fetch(struct decoder *d, unsigned size_bytes)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size_bytes; i++)
        value |= (uint32_t)fetch8(d) << (8 * i);
    return value;
}

static uint64_t fetch_signed(struct decoder *d, unsigned size_bytes)
{
    uint64_t sign = VT_BIT(8 * size_bytes - 1);
    return (fetch(d, size_bytes) ^ sign) - sign;
}

/* Take note of a prefix; false: b is none.  The last segment override wins,
 * and the last of F2 and F3. */
static bool take_prefix(struct decoder *d, unsigned b)
{
    const uint8_t reps = IA32_PFX_REP | IA32_PFX_REPNE;
    uint8_t *prefixes = &d->insn->prefixes;
    switch (b) {
    case 0x26: d->seg_override = IA32_ES; return true;
    case 0x2e: d->seg_override = IA32_CS; return true;
    case 0x36: d->seg_override = IA32_SS; return true;
    case 0x3e: d->seg_override = IA32_DS; return true;
    case 0x64: d->seg_override = IA32_FS; return true;
    case 0x65: d->seg_override = IA32_GS; return true;
    case 0x66: *prefixes |= IA32_PFX_OPSIZE; return true;
    case 0x67: d->insn->addrsize = d->code32 ? 2 : 4; return true;
    case 0xf0: *prefixes |= IA32_PFX_LOCK; return true;
    case 0xf2:
        *prefixes = (uint8_t)((*prefixes & ~reps) | IA32_PFX_REPNE);
        return true;
    case 0xf3:
        *prefixes = (uint8_t)((*prefixes & ~reps) | IA32_PFX_REP);
        return true;
    default: return false;
    }
}

/* Prefixes and opcode bytes: *map and *opcode. */
static void read_opcode(struct decoder *d, unsigned *map, unsigned *opcode)
{
    struct ia32_insn *insn = d->insn;
    insn->addrsize = d->code32 ? 4 : 2;
    do
        *opcode = fetch8(d);
    while (d->result == DECODE_OK && take_prefix(d, *opcode));
    bool flipped = (insn->prefixes & IA32_PFX_OPSIZE) != 0;
    insn->opsize = d->code32 != flipped ? 4 : 2;

    *map = 1;
    if (*opcode != 0x0f)
        return;
    *map = 2;
    *opcode = fetch8(d);
    if (*opcode == 0x38 || *opcode == 0x3a) {
        *map = *opcode == 0x38 ? 3 : 4;
        *opcode = fetch8(d);
    }
}

static int prefix_of(const struct ia32_insn *insn)
{
    if (insn->prefixes & IA32_PFX_REP)
        return IA32_RP_PF3;
    if (insn->prefixes & IA32_PFX_REPNE)
        return IA32_RP_PF2;
    return insn->prefixes & IA32_PFX_OPSIZE ? IA32_RP_P66 : IA32_RP_NP;
}

/* "16-Bit Addressing Forms with the ModR/M Byte". */
static unsigned read_memory16(struct decoder *d, unsigned mod, unsigned rm)
{
    static const uint8_t base[8] = { IA32_RBX, IA32_RBX, IA32_RBP, IA32_RBP,
                                     IA32_RSI, IA32_RDI, IA32_RBP, IA32_RBX };
    struct ia32_insn *insn = d->insn;
    if (mod == 0 && rm == 6) {
        insn->disp = (int32_t)fetch(d, 2);
        return IA32_DS;
    }
    insn->base = base[rm];
    if (rm < 4)
        insn->index = rm & 1 ? IA32_RDI : IA32_RSI;
    if (mod != 0)
        insn->disp = (int32_t)fetch_signed(d, mod == 1 ? 1 : 2);
    return insn->base == IA32_RBP ? IA32_SS : IA32_DS;
}

/* "32-Bit Addressing Forms with the ModR/M Byte" and "... with the SIB
 * Byte". */
static unsigned read_memory32(struct decoder *d, unsigned mod, unsigned rm)
{
    struct ia32_insn *insn = d->insn;
    if (rm == 4) {
        unsigned sib = fetch8(d);
        rm = sib & 7;
        if ((sib >> 3 & 7) != 4) {
            insn->index = sib >> 3 & 7;
            insn->scale = (uint8_t)(sib >> 6);
        }
    }
    if (mod == 0 && rm == 5) {
        insn->disp = (int32_t)fetch_signed(d, 4);
        return IA32_DS;
    }
    insn->base = (uint8_t)rm;
    if (mod != 0)
        insn->disp = (int32_t)fetch_signed(d, mod == 1 ? 1 : 4);
    return rm == IA32_RSP || rm == IA32_RBP ? IA32_SS : IA32_DS;
}

/* A register operand's number; AH CH DH BH have their own. */
static uint8_t register_number(unsigned number, char size)
{
    return (uint8_t)(size == 'b' && number >= 4
                         ? number - 4 + IA32_REG_HIGH8 : number);
}

static void read_rm(struct decoder *d, char size)
{
    struct ia32_insn *insn = d->insn;
    unsigned mod = insn->modrm >> 6, rm = insn->modrm & 7;
    if (mod == 3) {
        insn->is_reg = true;
        insn->rm = register_number(rm, size);
        return;
    }
    unsigned seg = insn->addrsize == 2 ? read_memory16(d, mod, rm)
                                       : read_memory32(d, mod, rm);
    if (d->seg_override < 0)
        insn->seg = (uint8_t)seg;
}

static void set_undefined(struct decoder *d, bool undefined)
{
    if (undefined && d->result == DECODE_OK)
        d->result = DECODE_UD;
}

/* Immediates come after everything else, so they wait for the second pass
 * over the operands. */
static void read_modrm_operand(struct decoder *d, char letter, char size,
                               bool first)
{
    struct ia32_insn *insn = d->insn;
    unsigned reg = insn->modrm >> 3 & 7;
    switch (letter) {
    case 'E': case 'M':
        read_rm(d, size);
        break;
    case 'R':
        insn->is_reg = true;
        insn->rm = insn->modrm & 7;
        break;
    case 'G':
        insn->reg = register_number(reg, size);
        break;
    case 'S':
        set_undefined(d, reg > IA32_GS || (first && reg == IA32_CS));
        insn->reg = (uint8_t)reg;
        break;
    case 'C':
        set_undefined(d, reg == 1 || reg > 4);
        insn->reg = (uint8_t)reg;
        break;
    case 'D':
        insn->reg = (uint8_t)reg;
        break;
    default: break;
    }
}

static void read_immediate(struct decoder *d, const char *operand,
                           bool *have_one)
{
    struct ia32_insn *insn = d->insn;
    unsigned size_bytes = operand[1] == 'b' ? 1
                          : operand[1] == 'w' ? 2
                          : insn->opsize == 2 ? 2 : 4;
    bool is_signed = operand[1] == 'z' || operand[2] == 's';
    uint64_t value = is_signed ? fetch_signed(d, size_bytes)
                               : fetch(d, size_bytes);
    if (*have_one)
        insn->imm2 = (uint16_t)value;
    else
        insn->imm = value;
    *have_one = true;
}

static void read_rest(struct decoder *d, const char *operand, char letter,
                      char size, unsigned opcode, bool *have_imm)
{
    struct ia32_insn *insn = d->insn;
    switch (letter) {
    case 'Z':
        insn->reg = register_number(opcode & 7, size);
        break;
    case 'I':
        read_immediate(d, operand, have_imm);
        break;
    case 'J':
        insn->imm = fetch_signed(d, size == 'b' ? 1 : insn->opsize == 2 ? 2
                                                                        : 4);
        break;
    case 'A':
        insn->imm = fetch(d, insn->opsize == 2 ? 2 : 4);
        insn->imm2 = (uint16_t)fetch(d, 2);
        break;
    case 'O':
        insn->imm = fetch(d, insn->addrsize);
        break;
    default: break;
    }
}

static void read_operands(struct decoder *d, unsigned opcode)
{
    const char *list = d->row->operands;
    char letter, size;
    for (const char *p = list, *next;
         (next = ia32_next_operand(p, &letter, &size)) != NULL; p = next)
        read_modrm_operand(d, letter, size, p == list);
    bool have_imm = false;
    for (const char *p = list, *next;
         (next = ia32_next_operand(p, &letter, &size)) != NULL; p = next)
        read_rest(d, p, letter, size, opcode, &have_imm);
}

static bool needs_guard(const struct ia32_row *row, unsigned mode)
{
    return (row->checks & ~CHK_LOCKABLE) != 0 ||
           (row->stage == IA32_ST_EARLY && (mode & IA32_MODE_NONROOT));
}

static void find_row(struct decoder *d, unsigned map, unsigned opcode)
{
    struct ia32_encoding e = { map, opcode, prefix_of(d->insn), 0,
                               d->features };
    if (ia32_opcode_has_modrm(&e))
        e.modrm = d->insn->modrm = (uint8_t)fetch8(d);
    if (d->result == DECODE_OK)
        d->row = ia32_find_row(&e);
    set_undefined(d, !d->row);
}

/* LOCK is for read-modify-write of memory.  SDM Vol 2A, "LOCK--Assert LOCK#
 * Signal Prefix". */
static bool bad_lock(const struct ia32_insn *insn, const struct ia32_row *row)
{
    return (insn->prefixes & IA32_PFX_LOCK) &&
           (!(row->checks & CHK_LOCKABLE) || insn->is_reg);
}

enum ia32_decode ia32_decode(const uint8_t *bytes, unsigned available,
                             unsigned mode,
                             const uint64_t features[IA32_FEATURE_WORDS],
                             struct ia32_insn *insn)
{
    struct decoder d = { .bytes = bytes, .available = available,
                         .result = DECODE_OK, .features = features,
                         .insn = insn, .code32 = mode & IA32_MODE_CODE32,
                         .seg_override = -1 };
    unsigned map, opcode;
    memset(insn, 0, sizeof *insn);
    insn->base = insn->index = IA32_REG_ZERO;
    read_opcode(&d, &map, &opcode);
    insn->seg = d.seg_override < 0 ? IA32_DS : (uint8_t)d.seg_override;
    if (d.result == DECODE_OK)
        find_row(&d, map, opcode);
    if (d.result == DECODE_OK)
        read_operands(&d, opcode);
    if (d.result == DECODE_OK)
        set_undefined(&d, bad_lock(insn, d.row));
    if (d.result != DECODE_OK)
        return d.result;

    insn->row = (uint16_t)(d.row - ia32_rows);
    insn->length = (uint8_t)d.pos;
    insn->handler = needs_guard(d.row, mode)
                        ? ia32_op_guarded
                        : ia32_row_handler(d.row, insn->opsize);
    return DECODE_OK;
}
