/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a row to the bytes of a random instance, and back through the decoder
 * under test: legal and illegal prefixes, REX, VEX, ModRM, SIB,
 * displacements.  SDM 325462, Vol 2A, "Instruction Format". */
#include "tests/silicon/encode.h"

#include "sim/ia32/rows.h"

/* --- bytes ------------------------------------------------------------------------ */

static void emit(struct encoder *e, unsigned byte)
{
    if (e->n < 16)
        e->bytes[e->n++] = (uint8_t)byte;
}

static uint8_t redundant_prefix(struct encoder *e)
{
    static const uint8_t any[] = { 0x67, 0x2e, 0x36, 0x3e, 0x65, 0x66 };
    bool free_66 = e->row->prefix == IA32_RP_ANY || e->row->prefix == IA32_RP_P66;
    return any[sil_below(e->r, free_66 && e->row->map < 5 ? 6 : 5)];
}

/* 66, F2, F3 as the row wants them, and what else may stand there. */
static void emit_prefixes(struct encoder *e)
{
    static const uint8_t overrides[] = { 0x64, 0x65, 0x26, 0x2e,
                                         0x36, 0x3e, 0x65, 0x64 };
    static const uint8_t mandatory[] = { 0, 0x66, 0xf3, 0xf2 };
    const struct ia32_row *row = e->row;
    uint8_t list[6];
    unsigned count = 0;
    bool vex = row->map > 4;
    if (row->prefix > IA32_RP_NP && !vex)
        list[count++] = mandatory[row->prefix];
    if (row->prefix == IA32_RP_ANY) {
        if (sil_chance(e->r, 20))
            list[count++] = 0x66;
        if (sil_chance(e->r, is_string(row) ? 65 : 3))
            list[count++] = sil_next(e->r) & 1 ? 0xf2 : 0xf3;
    }
    if (sil_chance(e->r, row->checks & CHK_LOCKABLE ? 20 : 1) && !vex)
        list[count++] = 0xf0;
    if (sil_chance(e->r, 12))
        list[count++] = overrides[sil_below(e->r, 8)];
    if (sil_chance(e->r, 10))
        list[count++] = 0x67;
    if (sil_chance(e->r, 4)) /* once more, or one that another overrides */
        list[count++] = redundant_prefix(e);
    for (unsigned i = 0; i < count; i++) {
        unsigned j = i + sil_below(e->r, count - i);
        uint8_t swap = list[i];
        list[i] = list[j];
        list[j] = swap;
        if (e->mode == 64 && !vex && sil_chance(e->r, 2))
            emit(e, 0x40 | (sil_next(e->r) & 15)); /* too early to count */
        emit(e, list[i]);
    }
    bool lost = e->mode == 64 && (row->checks & CHK_I64);
    if (!lost && sil_below(e->r, 300) == 0) /* over 15 bytes: #GP(0) */
        while (e->n < 13 + sil_below(e->r, 3))
            emit(e, 0x3e);
    if (e->mode == 64 && !vex && sil_chance(e->r, 60))
        emit(e, 0x40 | (sil_next(e->r) & 15));
}

static void emit_vex(struct encoder *e)
{
    static const uint8_t map[] = { [5] = 2, [6] = 3, [7] = 1 };
    const struct ia32_row *row = e->row;
    unsigned x = (unsigned)sil_next(e->r);
    unsigned vvvv = has_operand(row, "B") ? x >> 8 & 15 : 15;
    if (e->mode == 32)
        x |= 0xc0; /* or it would be LES */
    emit(e, 0xc4);
    emit(e, (x & 0xe0) | map[row->map]);
    emit(e, (x >> 16 & 0x80) | vvvv << 3 | (unsigned)row->prefix);
    emit(e, row->opcode);
}

static void emit_opcode(struct encoder *e)
{
    const struct ia32_row *row = e->row;
    if (row->map > 4) {
        emit_vex(e);
        return;
    }
    if (row->map > 1)
        emit(e, 0x0f);
    if (row->map > 2)
        emit(e, row->map == 3 ? 0x38 : 0x3a);
    emit(e, row->opcode + (ia32_row_has_z(row) ? sil_below(e->r, 8) : 0));
}

static void emit_disp(struct encoder *e, unsigned bytes)
{
    uint64_t v = sil_value(e->r, 4);
    e->disp_at = e->n;
    e->disp_bytes = bytes;
    for (unsigned i = 0; i < bytes; i++)
        emit(e, v >> (8 * i) & 0xff);
}

static void emit_modrm(struct encoder *e, bool address16)
{
    const struct ia32_row *row = e->row;
    unsigned x = (unsigned)sil_next(e->r);
    unsigned mod = x & 1 ? 3 : x >> 1 & 3;
    unsigned reg = row->ext >= 0 ? (unsigned)row->ext : x >> 8 & 7;
    unsigned rm = row->rm >= 0 ? (unsigned)row->rm : x >> 16 & 7;
    if (row->mod == 0)
        mod = (x >> 1 & 3) % 3;
    if (row->mod == 1)
        mod = 3;
    emit(e, mod << 6 | reg << 3 | rm);
    if (mod == 3)
        return;
    if (address16) {
        if (mod != 0 || rm == 6)
            emit_disp(e, mod == 1 ? 1 : 2);
        return;
    }
    unsigned base = rm;
    if (rm == 4) {
        unsigned sib = x >> 24;
        e->sib = true;
        emit(e, sib);
        base = sib & 7;
    }
    if (mod != 0 || base == 5)
        emit_disp(e, mod == 1 ? 1 : 4);
}

static bool has_67(const struct encoder *e)
{
    for (unsigned i = 0; i < e->n; i++)
        if (e->bytes[i] == 0x67)
            return true;
    return false;
}

void sil_encode(struct encoder *e)
{
    emit_prefixes(e);
    bool address16 = e->mode == 32 && has_67(e);
    emit_opcode(e);
    if (ia32_row_has_modrm(e->row))
        emit_modrm(e, address16);
    e->rest_at = e->n;
    uint64_t v = sil_value(e->r, 8);
    for (unsigned i = 0; i < 8; i++)
        emit(e, v >> (8 * i) & 0xff);
    while (e->n < 16)
        e->bytes[e->n++] = 0;
}

/* --- what the decoder makes of it ---------------------------------------------------- */

static bool decodes(const struct sil_case *c, unsigned mode_bits,
                    const uint64_t *features, struct ia32_insn *insn)
{
    return ia32_decode(c->bytes, 15, mode_bits, features, insn) == DECODE_OK;
}

bool sil_nobody_took(const struct ia32_row *row)
{
    static const uint8_t taken[] = { 0x62, 0x63, 0xc4, 0xc5, 0xd5 };
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++)
        if (ia32_rows[i].map == row->map &&
            ia32_rows[i].opcode == row->opcode &&
            (ia32_rows[i].checks & CHK_O64))
            return false;
    return row->map == 1 && (row->opcode & 0xf0) != 0x40 &&
           !memchr(taken, row->opcode, sizeof taken);
}

/* #UD for a reason that every processor knows: LOCK where it may not be, or
 * an opcode that 64-bit mode lost and nobody took since. */
static bool surely_undefined(const struct encoder *e,
                             const struct sil_case *c, unsigned mode_bits,
                             const uint64_t *features)
{
    struct sil_case without = *c;
    struct ia32_insn insn;
    for (unsigned i = 0; i < e->rest_at; i++)
        if (c->bytes[i] == 0xf0) {
            without.bytes[i] = 0x3e;
            return decodes(&without, mode_bits, features, &insn) &&
                   (ia32_rows[insn.row].checks & CHK_CPL0) == 0;
        }
    return e->mode == 64 && (e->row->checks & CHK_I64) &&
           sil_nobody_took(e->row);
}

bool sil_decode(struct encoder *e, struct sil_case *c, unsigned mode_bits,
                const uint64_t *features)
{
    struct ia32_insn insn;
    if (decodes(c, mode_bits, features, &c->insn)) {
        c->row = c->insn.row;
        c->length = c->insn.length;
        c->undefined = false;
        /* A prefix may have made it another row; a NOP is one of many. */
        return ia32_rows[c->row].map == e->row->map;
    }
    c->row = (unsigned)(e->row - ia32_rows);
    c->length = 15;
    c->undefined = true;
    memset(&c->insn, 0, sizeof c->insn);
    if (ia32_decode(c->bytes, 16, mode_bits, features, &insn) ==
        DECODE_LONG) {
        c->length = 16; /* of an undefined opcode #UD may come first */
        return !is(e->row, G_UNDEFINED);
    }
    return surely_undefined(e, c, mode_bits, features);
}
