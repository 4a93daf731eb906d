/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From bytes to a decoded instruction, driven by the operand letters of the
 * row that fits.  SDM 325462, Vol 2A, "Instruction Format".
 *
 *   prefixes │ REX │ opcode (1-3 bytes) │ ModRM │ SIB │ disp. │ immediate
 *   VEX (2-3 bytes) │ opcode           │ ModRM │ SIB │ disp. │ immediate
 *
 * REX and VEX give registers a fourth bit and operands 64 bits.  "REX
 * Prefixes"; "The VEX Prefix".  Left out: everything that VEX encodes but
 * for BMI: there is no AVX, so a vector length of 256 bits is #UD. */
#include "sim/ia32/rows.h"

#define MAX_LENGTH 15

struct decoder {
    const uint8_t *bytes;
    unsigned available, pos;
    enum ia32_decode result; /* the first thing that went wrong */
    const uint64_t *features;
    struct ia32_insn *insn;
    const struct ia32_row *row;
    bool code32, long64;
    bool vex_ok;   /* C4 and C5 may begin a VEX prefix: neither real-address
                      nor virtual-8086 mode */
    bool vex;      /* one was there */
    unsigned rex;  /* 0, or the REX prefix; VEX's bits in its form */
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

/* A little-endian number of 1, 2, 4 or 8 bytes, zero-extended. */
static uint64_t fetch(struct decoder *d, unsigned size_bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size_bytes; i++)
        value |= (uint64_t)fetch8(d) << (8 * i);
    return value;
}

static uint64_t fetch_signed(struct decoder *d, unsigned size_bytes)
{
    uint64_t sign = VT_BIT(8 * size_bytes - 1);
    return (fetch(d, size_bytes) ^ sign) - sign;
}

#define REX_W 8u
#define REX_R 4u
#define REX_X 2u
#define REX_B 1u

/* A register number's fourth bit. */
static unsigned high_bit(const struct decoder *d, unsigned rex_bit)
{
    return d->rex & rex_bit ? 8 : 0;
}

/* In 64-bit mode ES, CS, SS and DS overrides are null prefixes. */
static bool override(struct decoder *d, enum ia32_seg_index seg)
{
    if (!d->long64 || seg == IA32_FS || seg == IA32_GS)
        d->seg_override = seg;
    return true;
}

/* Take note of a prefix; false: b is none.  The last segment override wins,
 * and the last of F2 and F3. */
static bool take_prefix(struct decoder *d, unsigned b)
{
    const uint8_t reps = IA32_PFX_REP | IA32_PFX_REPNE;
    uint8_t *prefixes = &d->insn->prefixes;
    switch (b) {
    case 0x26: return override(d, IA32_ES);
    case 0x2e: return override(d, IA32_CS);
    case 0x36: return override(d, IA32_SS);
    case 0x3e: return override(d, IA32_DS);
    case 0x64: return override(d, IA32_FS);
    case 0x65: return override(d, IA32_GS);
    case 0x66: *prefixes |= IA32_PFX_OPSIZE; return true;
    case 0x67:
        d->insn->addrsize = d->code32 && !d->long64 ? 2 : 4;
        return true;
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

static void set_undefined(struct decoder *d, bool undefined)
{
    if (undefined && d->result == DECODE_OK)
        d->result = DECODE_UD;
}

/* Prefixes, then REX, which counts only right before the opcode.  Returns
 * the first byte that is neither. */
static unsigned read_prefixes(struct decoder *d)
{
    unsigned b;
    for (;;) {
        b = fetch8(d);
        if (d->result != DECODE_OK)
            return b;
        if (d->long64 && (b & 0xf0) == 0x40)
            d->rex = b;
        else if (take_prefix(d, b))
            d->rex = 0;
        else
            return b;
    }
}

/* Operand size before the row has its say. */
static uint8_t plain_opsize(const struct decoder *d)
{
    bool flipped = (d->insn->prefixes & IA32_PFX_OPSIZE) != 0 && !d->vex;
    if (d->long64)
        return d->rex & REX_W ? 8 : flipped ? 2 : 4;
    return d->code32 != flipped ? 4 : 2;
}

/* C4 and C5 are LES and LDS when a memory operand follows, outside 64-bit
 * mode. */
static bool is_vex(struct decoder *d, unsigned b)
{
    if (!d->vex_ok || (b != 0xc4 && b != 0xc5))
        return false;
    if (d->long64)
        return true;
    if (d->pos >= d->available || d->pos >= MAX_LENGTH)
        return false; /* the ModRM byte will be missed later */
    return d->bytes[d->pos] >= 0xc0;
}

/*   C5 │ R' vvvv' L pp
 *   C4 │ R' X' B' mmmmm │ W vvvv' L pp        ' means inverted
 * Outside 64-bit mode only three bits of vvvv count, and W does not. */
static unsigned read_vex(struct decoder *d, unsigned b, unsigned *map)
{
    static const uint8_t implied[4] = {0, IA32_PFX_OPSIZE, IA32_PFX_REP,
                                       IA32_PFX_REPNE};
    const uint8_t forbidden = IA32_PFX_LOCK | IA32_PFX_REP | IA32_PFX_REPNE |
                              IA32_PFX_OPSIZE;
    struct ia32_insn *insn = d->insn;
    bool bad = d->rex || (insn->prefixes & forbidden);
    unsigned first = fetch8(d), mmmmm = 1, last = first;
    unsigned rex = ~first >> 5 & REX_R;
    if (b == 0xc4) {
        last = fetch8(d);
        mmmmm = first & 31;
        rex = (~first >> 5 & (REX_R | REX_X | REX_B)) | (last >> 4 & REX_W);
    }
    d->vex = true;
    d->rex = d->long64 ? rex : 0;
    insn->vvvv = (uint8_t)(~last >> 3 & (d->long64 ? 15 : 7));
    insn->prefixes |= implied[last & 3];
    *map = mmmmm == 2 ? IA32_MAP_VEX_0F38 : mmmmm == 3 ? IA32_MAP_VEX_0F3A
                                                       : IA32_MAP_VEX_0F;
    bad |= mmmmm == 0 || mmmmm > 3 || (last & 4); /* L: 256 bits */
    unsigned opcode = fetch8(d);
    set_undefined(d, bad);
    return opcode;
}

/* Prefixes and opcode bytes: *map and *opcode. */
static void read_opcode(struct decoder *d, unsigned *map, unsigned *opcode)
{
    struct ia32_insn *insn = d->insn;
    insn->addrsize = d->long64 ? 8 : d->code32 ? 4 : 2;
    *opcode = read_prefixes(d);
    *map = 1;
    if (d->result == DECODE_OK && is_vex(d, *opcode))
        *opcode = read_vex(d, *opcode, map);
    insn->opsize = plain_opsize(d);
    if (d->vex || *opcode != 0x0f)
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
        insn->disp = (int64_t)fetch(d, 2);
        return IA32_DS;
    }
    insn->base = base[rm];
    if (rm < 4)
        insn->index = rm & 1 ? IA32_RDI : IA32_RSI;
    if (mod != 0)
        insn->disp = (int64_t)fetch_signed(d, mod == 1 ? 1 : 2);
    return insn->base == IA32_RBP ? IA32_SS : IA32_DS;
}

/* "32-Bit Addressing Forms with the ModR/M Byte" and "... with the SIB
 * Byte"; in 64-bit mode the same with wider registers, where a displacement
 * alone is relative to the next instruction ("RIP-Relative Addressing"). */
static unsigned read_memory32(struct decoder *d, unsigned mod, unsigned rm)
{
    struct ia32_insn *insn = d->insn;
    bool sib_byte = rm == 4;
    if (sib_byte) {
        unsigned sib = fetch8(d);
        unsigned index = (sib >> 3 & 7) | high_bit(d, REX_X);
        rm = sib & 7;
        if (index != 4) {
            insn->index = (uint8_t)index;
            insn->scale = (uint8_t)(sib >> 6);
        }
    }
    if (mod == 0 && rm == 5) {
        insn->disp = (int64_t)fetch_signed(d, 4);
        if (d->long64 && !sib_byte)
            insn->base = IA32_REG_RIP;
        return IA32_DS;
    }
    insn->base = (uint8_t)(rm | high_bit(d, REX_B));
    if (mod != 0)
        insn->disp = (int64_t)fetch_signed(d, mod == 1 ? 1 : 4);
    return insn->base == IA32_RSP || insn->base == IA32_RBP ? IA32_SS
                                                            : IA32_DS;
}

/* A general register's number.  AH CH DH BH have their own, unless a REX
 * prefix makes them SPL BPL SIL DIL. */
static uint8_t register_number(const struct decoder *d, unsigned number,
                               unsigned rex_bit, char size)
{
    if (size == 'b' && number >= 4 && !d->rex)
        return (uint8_t)(number - 4 + IA32_REG_HIGH8);
    return (uint8_t)(number | high_bit(d, rex_bit));
}

static void read_rm(struct decoder *d, char size)
{
    struct ia32_insn *insn = d->insn;
    unsigned mod = insn->modrm >> 6, rm = insn->modrm & 7;
    if (mod == 3) {
        insn->is_reg = true;
        insn->rm = register_number(d, rm, REX_B, size);
        return;
    }
    unsigned seg = insn->addrsize == 2 ? read_memory16(d, mod, rm)
                                       : read_memory32(d, mod, rm);
    if (d->seg_override < 0)
        insn->seg = (uint8_t)seg;
}

/* MMX registers are eight; REX changes nothing. */
static void read_mmx_rm(struct decoder *d)
{
    read_rm(d, 'q');
    d->insn->rm &= 7;
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
    case 'W': case 'U': /* no byte registers, whatever the size letter */
        read_rm(d, 'x');
        break;
    case 'Q': case 'N':
        read_mmx_rm(d);
        break;
    case 'R':
        insn->is_reg = true;
        insn->rm = (uint8_t)((insn->modrm & 7) | high_bit(d, REX_B));
        break;
    case 'G':
        insn->reg = register_number(d, reg, REX_R, size);
        break;
    case 'V':
        insn->reg = (uint8_t)(reg | high_bit(d, REX_R));
        break;
    case 'P':
        insn->reg = (uint8_t)reg;
        break;
    case 'S':
        set_undefined(d, reg > IA32_GS || (first && reg == IA32_CS));
        insn->reg = (uint8_t)reg;
        break;
    case 'C': /* CR8 only in 64-bit mode: nowhere else is there a REX */
        reg |= high_bit(d, REX_R);
        set_undefined(d, reg == 1 || (reg > 4 && reg != 8));
        insn->reg = (uint8_t)reg;
        break;
    case 'D':
        set_undefined(d, (d->rex & REX_R) != 0);
        insn->reg = (uint8_t)reg;
        break;
    default: break;
    }
}

static void read_immediate(struct decoder *d, const char *operand,
                           bool *have_one)
{
    struct ia32_insn *insn = d->insn;
    unsigned size_bytes = operand[1] == 'b'   ? 1
                          : operand[1] == 'w' ? 2
                          : operand[1] == 'v' ? insn->opsize
                          : insn->opsize == 2 ? 2
                                              : 4;
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
        insn->reg = register_number(d, opcode & 7, REX_B, size);
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
    return (row->checks & ~CHK_DECODER) != 0 ||
           (row->stage == IA32_ST_EARLY && (mode & IA32_MODE_NONROOT));
}

static void find_row(struct decoder *d, unsigned map, unsigned opcode)
{
    struct ia32_encoding e = {
        .map = map,
        .opcode = opcode,
        .prefix = prefix_of(d->insn),
        .long64 = d->long64,
        .z_only = map == 1 && opcode == 0x90 && (d->rex & REX_B),
        .features = d->features,
    };
    if (ia32_opcode_has_modrm(&e))
        e.modrm = d->insn->modrm = (uint8_t)fetch8(d);
    if (d->result == DECODE_OK)
        d->row = ia32_find_row(&e);
    set_undefined(d, !d->row);
}

/* In 64-bit mode some rows have 64 bits without REX.W: stack operations, of
 * which 66 still makes 16-bit ones, and near branches and the like, of which
 * nothing makes anything else. */
static void adjust_opsize(struct decoder *d)
{
    struct ia32_insn *insn = d->insn;
    if (!d->long64)
        return;
    if ((d->row->checks & CHK_F64) ||
        ((d->row->checks & CHK_D64) && insn->opsize == 4))
        insn->opsize = 8;
}

/* LOCK is for read-modify-write of memory.  SDM Vol 2A, "LOCK--Assert LOCK#
 * Signal Prefix". */
static bool bad_lock(const struct ia32_insn *insn, const struct ia32_row *row)
{
    return (insn->prefixes & IA32_PFX_LOCK) &&
           (!(row->checks & CHK_LOCKABLE) || insn->is_reg);
}

/* VEX.vvvv of an instruction that has no such operand must be 1111B. */
static bool bad_vvvv(const struct decoder *d)
{
    return d->vex && d->insn->vvvv != 0 && !strchr(d->row->operands, 'B');
}

enum ia32_decode ia32_decode(const uint8_t *bytes, unsigned available,
                             unsigned mode,
                             const uint64_t features[IA32_FEATURE_WORDS],
                             struct ia32_insn *insn)
{
    struct decoder d = { .bytes = bytes, .available = available,
                         .result = DECODE_OK, .features = features,
                         .insn = insn, .code32 = mode & IA32_MODE_CODE32,
                         .long64 = mode & IA32_MODE_LONG64,
                         .vex_ok = (mode & IA32_MODE_PROT) &&
                                   !(mode & IA32_MODE_VM86),
                         .seg_override = -1 };
    unsigned map, opcode;
    memset(insn, 0, sizeof *insn);
    insn->base = insn->index = IA32_REG_ZERO;
    read_opcode(&d, &map, &opcode);
    insn->seg = d.seg_override < 0 ? IA32_DS : (uint8_t)d.seg_override;
    if (d.result == DECODE_OK)
        find_row(&d, map, opcode);
    if (d.result == DECODE_OK) {
        adjust_opsize(&d);
        read_operands(&d, opcode);
    }
    if (d.result == DECODE_OK)
        set_undefined(&d, bad_lock(insn, d.row) || bad_vvvv(&d));
    if (d.result != DECODE_OK)
        return d.result;

    insn->row = (uint16_t)(d.row - ia32_rows);
    insn->length = (uint8_t)d.pos;
    if (insn->base == IA32_REG_RIP)
        insn->disp += d.pos;
    insn->handler = needs_guard(d.row, mode)
                        ? ia32_op_guarded
                        : ia32_row_handler(d.row, insn->opsize);
    return DECODE_OK;
}
