/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A random instance of a row of the decode table: bytes, then registers and
 * memory that make sense for them.
 *
 * The decoder under test says where the operands are; the generator then sets
 * the base register (or the displacement) so that the address comes out in
 * the arena.  Were the decoder wrong, the host would access something else,
 * fault or give another result, and the case would differ. */
#include "sim/ia32/rows.h"
#include "tests/silicon/silicon.h"

/* --- what a row is like -------------------------------------------------------- */

/* Instructions whose operands mean something; X(name, "mnemonics"). */
#define GROUPS(X)                                                            \
    X(NEAR, "JMP CALL") X(RET, "RET") X(FAR_RETURN, "RETF IRET")             \
    X(IRET, "IRET") X(POPF, "POPF") X(POP, "POP")                            \
    X(ASKS, "LAR LSL VERR VERW ARPL LLDT LTR")                               \
    X(POINTER, "LDS LES LSS LFS LGS") X(FRAME, "ENTER LEAVE")                \
    X(ENTER, "ENTER") X(DIVIDE, "DIV IDIV") X(XLAT, "XLAT")                  \
    X(BIT, "BT BTS BTR BTC") X(INT3, "INT3") X(INT, "INT")                   \
    X(COUNTED, "LOOP LOOPE LOOPNE JCXZ JECXZ JRCXZ")                         \
    X(MASKMOV, "MASKMOVQ MASKMOVDQU")                                        \
    X(FBLD, "FBLD") X(LDMXCSR, "LDMXCSR")                                    \
    X(IMAGE, "FXSAVE FXRSTOR FXSAVE64 FXRSTOR64 FLDENV FRSTOR FNSTENV "      \
             "FNSAVE XSAVE XSAVE64 XRSTOR XRSTOR64 XSAVEC XSAVEC64 "         \
             "XSAVEOPT XSAVEOPT64 XSAVES XSAVES64 XRSTORS XRSTORS64")        \
    X(UNDEFINED, "UD0 UD1 UD2")                                              \
    X(BASES, "RDFSBASE RDGSBASE WRFSBASE WRGSBASE")
enum group {
#define X(name, mnemonics) G_##name,
    GROUPS(X)
#undef X
    G_COUNT
};
static const char *const group_names[G_COUNT] = {
#define X(name, mnemonics) mnemonics,
    GROUPS(X)
#undef X
};

/* What is asked again and again, found once. */
static struct traits {
    uint32_t groups;    /* bit: enum group */
    uint32_t operands;  /* bit: letter - 'A' */
    bool selector;      /* names a segment register */
    bool shift_by_cl, byte_operand, jz;
    bool f80;           /* a memory operand of ten bytes */
} traits[IA32_ROW_COUNT];

static bool named(const char *mnemonic, const char *names)
{
    size_t length = strlen(mnemonic);
    for (const char *p = names; (p = strstr(p, mnemonic)) != NULL; p++)
        if ((p == names || p[-1] == ' ') &&
            (p[length] == ' ' || p[length] == '\0'))
            return true;
    return false;
}

void sil_learn_rows(void)
{
    static const char *const segments[] = { "ES", "CS", "SS", "DS", "FS",
                                            "GS" };
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++) {
        const char *o = ia32_rows[i].operands;
        struct traits *t = &traits[i];
        char letter, size;
        for (const char *p = o;
             (p = ia32_next_operand(p, &letter, &size)) != NULL;)
            if (letter)
                t->operands |= 1u << (letter - 'A');
        for (unsigned g = 0; g < G_COUNT; g++)
            if (named(ia32_rows[i].mnemonic, group_names[g]))
                t->groups |= 1u << g;
        for (unsigned s = 0; s < ARRAY_SIZE(segments); s++)
            t->selector = t->selector || strstr(o, segments[s]);
        t->shift_by_cl = strstr(o, "CL") != NULL;
        t->byte_operand = strstr(o, "Eb") != NULL;
        t->jz = strstr(o, "Jz") != NULL;
        t->f80 = strstr(o, "Mt") != NULL;
    }
}

static const struct traits *traits_of(const struct ia32_row *row)
{
    return &traits[row - ia32_rows];
}

static bool is(const struct ia32_row *row, enum group group)
{
    return traits_of(row)->groups >> group & 1;
}

static bool has_operand(const struct ia32_row *row, const char *letters)
{
    for (; *letters; letters++)
        if (traits_of(row)->operands >> (*letters - 'A') & 1)
            return true;
    return false;
}

static bool is_string(const struct ia32_row *row)
{
    return has_operand(row, "XY");
}

/* --- bytes ------------------------------------------------------------------------ */

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

static void encode(struct encoder *e)
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

static bool decode(struct encoder *e, struct sil_case *c, unsigned mode_bits,
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

/* --- addresses -------------------------------------------------------------------------- */

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

/* Where an operand shall be. */
static uint64_t pick_address(struct sil_random *r, unsigned mode)
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

static uint64_t pick_code(struct sil_random *r, unsigned mode)
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

static uint64_t pick_stack(struct sil_random *r)
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

static uint16_t pick_selector(struct sil_random *r, unsigned mode, bool code)
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

/* --- registers and memory ----------------------------------------------------------------- */

static struct sil_poke *poke(struct sil_case *c, uint64_t la, unsigned length)
{
    struct sil_poke *p = &c->poke[c->pokes < SIL_POKES - 1 ? c->pokes++
                                                           : SIL_POKES - 1];
    p->la = la;
    p->length = length;
    return p;
}

static void poke_value(struct sil_case *c, uint64_t la, uint64_t value,
                       unsigned bytes)
{
    struct sil_poke *p = poke(c, la, bytes);
    for (unsigned i = 0; i < bytes; i++)
        p->bytes[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t size_mask(unsigned bytes)
{
    return bytes >= 8 ? ~UINT64_C(0) : VT_BIT(8 * bytes) - 1;
}

static uint64_t segment_base(const struct sil_case *c, unsigned seg)
{
    if (c->mode == 64)
        return seg == IA32_FS   ? c->before.fs_base
               : seg == IA32_GS ? c->before.gs_base
                                : 0;
    uint16_t sel = c->before.sel[seg];
    return (sel & 4) && sel >> 3 < SIL_LDT_ENTRIES ? sil_ldt[sel >> 3].base
                                                   : 0;
}

/* Make a register hold an offset; bits beyond the address size are free. */
static void set_offset(struct sil_random *r, struct sil_case *c,
                       unsigned reg, uint64_t offset)
{
    uint64_t mask = size_mask(c->insn.addrsize);
    uint64_t above = c->mode == 64 && sil_chance(r, 50) ? sil_next(r) : 0;
    if (c->mode == 32)
        above = c->insn.addrsize == 2 ? sil_next(r) & 0xffffffff : 0;
    c->before.gpr[reg] = (offset & mask) | (above & ~mask);
}

static void patch(uint8_t *at, unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* Solve base + (index << scale) + disp = offset for whatever is free. */
static void aim_modrm(struct encoder *e, struct sil_case *c, uint64_t offset)
{
    const struct ia32_insn *insn = &c->insn;
    unsigned base = insn->base, index = insn->index;
    uint64_t *gpr = c->before.gpr;
    uint64_t disp = (uint64_t)insn->disp;
    if (base == IA32_REG_RIP) {
        patch(e->bytes + e->disp_at, 4,
              offset - (c->before.rip + c->length));
    } else if (base == IA32_REG_ZERO) {
        if (e->disp_bytes == 0)
            return;
        if (index != IA32_REG_ZERO && sil_chance(e->r, 70))
            gpr[index] &= 0xff;
        uint64_t rest = index == IA32_REG_ZERO ? 0
                                               : gpr[index] << insn->scale;
        patch(e->bytes + e->disp_at, e->disp_bytes, offset - rest);
    } else if (base == index) {
        set_offset(e->r, c, base,
                   ((offset - disp) & size_mask(insn->addrsize)) /
                       (1 + (UINT64_C(1) << insn->scale)));
    } else {
        uint64_t rest = index == IA32_REG_ZERO ? 0
                                               : gpr[index] << insn->scale;
        set_offset(e->r, c, base, offset - rest - disp);
    }
}

/* What an instruction loads that loads a whole state: one that was saved,
 * more often than not, and at an address that is aligned. */
static void set_image(struct sil_random *r, struct sil_case *c)
{
    c->image_la = c->target;
    c->image_length = SIL_IMAGE_BYTES;
    c->pokes--;
    sil_fill_fx(r, c->image);
    sil_fill_xsave_header(r, c->image + 512);
    if (sil_chance(r, 10))
        c->image[sil_below(r, 32)] ^= (uint8_t)(1u << sil_below(r, 8));
    c->before.gpr[IA32_RAX] &= ~UINT64_C(0xfc); /* XSAVE's mask: nothing that
                                                   the host has alone */
}

static void aim_memory(struct encoder *e, struct sil_case *c)
{
    const struct ia32_row *row = &ia32_rows[c->row];
    struct sil_random *r = e->r;
    bool moffs = has_operand(row, "O");
    if (!moffs && (!ia32_row_has_modrm(row) || c->insn.is_reg))
        return;
    uint64_t la = pick_address(r, c->mode);
    if (is(row, G_IMAGE) && sil_chance(r, 80))
        la &= ~UINT64_C(63);
    if (c->insn.addrsize == 2 || (c->mode == 32 && c->insn.seg >= IA32_FS))
        la = segment_base(c, c->insn.seg) + sil_below(r, 0x1040);
    uint64_t offset = la - segment_base(c, c->insn.seg);
    c->target = la;
    if (moffs)
        patch(e->bytes + e->rest_at, c->insn.addrsize, offset);
    else
        aim_modrm(e, c, offset);
    struct sil_poke *p = poke(c, la, 32);
    sil_fill(r, p->bytes, p->length);
    if (is(row, G_FBLD) && sil_chance(r, 90))
        sil_fill_bcd(r, p->bytes);
    else if (traits_of(row)->f80)
        sil_fill_f80(r, p->bytes);
    if (is(row, G_LDMXCSR) && sil_chance(r, 85))
        patch(p->bytes, 4, sil_mxcsr(r));
    if (is(row, G_IMAGE))
        set_image(r, c);
}

/* Strings in the code page would run into the code; wild offsets in a segment
 * differ by maker (OFFSET_NOT_CANONICAL in judge.def). */
static uint64_t tame(const struct sil_case *c, unsigned seg, uint64_t la)
{
    if (sil_find_page(la) == SIL_CODE0 ||
        (c->mode == 64 && seg >= IA32_FS && (la + 0x1000) >> 47))
        return sil_pages[SIL_DATA0].la + (la & 0xfff);
    return la;
}

static void set_string_registers(struct encoder *e, struct sil_case *c)
{
    struct sil_random *r = e->r;
    static const uint8_t pointers[] = { IA32_RSI, IA32_RDI };
    for (unsigned i = 0; i < 2; i++) {
        unsigned seg = i == 0 ? c->insn.seg : IA32_ES;
        uint64_t la = pick_address(r, c->mode);
        if (c->mode == 32 && seg >= IA32_FS)
            la = segment_base(c, seg) + sil_below(r, 0x1040);
        la = tame(c, seg, la);
        set_offset(r, c, pointers[i], la - segment_base(c, seg));
        struct sil_poke *p = poke(c, la & ~UINT64_C(31), 64);
        if (i == 1 && sil_chance(r, 60)) /* comparisons that go on */
            memcpy(p->bytes, c->poke[0].bytes, 64);
        else if (sil_chance(r, 50))
            memset(p->bytes, (int)c->before.gpr[IA32_RAX] & 0xff, 64);
        else
            sil_fill(r, p->bytes, 64);
    }
    unsigned count = sil_below(r, 100) < 80 ? sil_below(r, 12)
                                            : sil_below(r, 600);
    if (c->insn.prefixes & (IA32_PFX_REP | IA32_PFX_REPNE))
        set_offset(r, c, IA32_RCX, count);
}

/* Values that are addresses of code, or selectors, or flags. */
static void set_special(struct encoder *e, struct sil_case *c)
{
    const struct ia32_row *row = &ia32_rows[c->row];
    struct sil_random *r = e->r;
    uint64_t *gpr = c->before.gpr, sp = gpr[IA32_RSP];
    unsigned size = c->insn.opsize;
    if (is(row, G_NEAR) && has_operand(row, "E")) {
        if (c->insn.is_reg)
            gpr[c->insn.rm & 15] = pick_code(r, c->mode);
        else
            poke_value(c, c->target, pick_code(r, c->mode), 8);
    }
    if (is(row, G_NEAR) && has_operand(row, "M")) {
        poke_value(c, c->target, pick_code(r, c->mode), size);
        poke_value(c, c->target + size, pick_selector(r, c->mode, true), 2);
    }
    if (is(row, G_RET))
        poke_value(c, sp, pick_code(r, c->mode), 8);
    if (is(row, G_FAR_RETURN)) {
        poke_value(c, sp, pick_code(r, c->mode), size);
        poke_value(c, sp + size, pick_selector(r, c->mode, true), 2);
    }
    if (is(row, G_IRET)) {
        poke_value(c, sp + 2 * size, sil_next(r) & 0x3c8dd7 & ~FL_TF, size);
        if (c->mode == 64) {
            poke_value(c, sp + 3 * size, pick_stack(r), size);
            poke_value(c, sp + 4 * size, pick_selector(r, 64, false), 2);
        }
    }
    if (is(row, G_POPF))
        poke_value(c, sp, sil_next(r) & ~FL_TF, 8);
    if (is(row, G_POP) && !has_operand(row, "EZ"))
        poke_value(c, sp, pick_selector(r, c->mode, false), 2);
    bool selects = has_operand(row, "S") ||
                   is(row, G_ASKS);
    if (selects && c->insn.is_reg)
        gpr[c->insn.rm & 15] = (gpr[c->insn.rm & 15] & 0xffff0000) |
                               pick_selector(r, c->mode, false);
    else if (selects)
        poke_value(c, c->target, pick_selector(r, c->mode, false), 2);
    if (is(row, G_POINTER))
        poke_value(c, c->target + size, pick_selector(r, c->mode, false), 2);
}

static void set_branch(struct encoder *e, struct sil_case *c)
{
    const struct ia32_row *row = &ia32_rows[c->row];
    struct sil_random *r = e->r;
    if (is(row, G_COUNTED))
        set_offset(r, c, IA32_RCX, sil_below(r, 4));
    if (traits_of(row)->jz && c->insn.opsize != 2)
        patch(e->bytes + e->rest_at, 4,
              pick_code(r, 32) - (c->before.rip + c->length));
    if (has_operand(row, "A")) {
        unsigned size = c->insn.opsize == 2 ? 2 : 4;
        patch(e->bytes + e->rest_at, size, pick_code(r, 32));
        patch(e->bytes + e->rest_at + size, 2,
              pick_selector(r, c->mode, true));
    }
}

static void set_registers(struct encoder *e, struct sil_case *c)
{
    struct sil_random *r = e->r;
    const struct ia32_row *row = &ia32_rows[c->row];
    uint64_t *gpr = c->before.gpr;
    for (unsigned i = 0; i < 16; i++)
        gpr[i] = c->mode == 64 ? sil_value(r, 8)
                               : i < 8 ? sil_value(r, 4) : 0;
    if (!has_operand(row, "EG") || c->insn.is_reg == false ||
        sil_chance(r, 60))
        gpr[IA32_RSP] = pick_stack(r);
    if (traits_of(row)->shift_by_cl && sil_chance(r, 80))
        gpr[IA32_RCX] = (gpr[IA32_RCX] & ~UINT64_C(0xff)) | sil_below(r, 70);
    if (is(row, G_FRAME))
        gpr[IA32_RBP] = pick_stack(r);
    if (is(row, G_ENTER) && !c->undefined && sil_chance(r, 80))
        e->bytes[e->rest_at + 1] = (uint8_t)sil_below(r, 4);
    if (is(row, G_DIVIDE) && sil_chance(r, 75)) {
        uint64_t sign = sil_next(r) & 1 ? ~UINT64_C(0) : 0;
        gpr[IA32_RDX] = c->mode == 64 ? sign : (uint32_t)sign;
        if (traits_of(row)->byte_operand)
            gpr[IA32_RAX] = (gpr[IA32_RAX] & ~UINT64_C(0xff00)) |
                            (sign & 0xff00);
    }
    if (is(row, G_MASKMOV)) {
        uint64_t la = tame(c, c->insn.seg, pick_address(r, c->mode));
        set_offset(r, c, IA32_RDI, la - segment_base(c, c->insn.seg));
        sil_fill(r, poke(c, la, 32)->bytes, 32);
    }
    if (is(row, G_XLAT)) {
        uint64_t la = tame(c, c->insn.seg, pick_address(r, c->mode));
        set_offset(r, c, IA32_RBX, la - segment_base(c, c->insn.seg));
        sil_fill(r, poke(c, la, 64)->bytes, 64);
    }
    if (is(row, G_BIT) && !c->insn.is_reg && sil_chance(r, 90))
        gpr[c->insn.reg] = c->mode == 64
                               ? (sil_next(r) & 0xfff) - 0x800
                               : (uint32_t)((sil_next(r) & 0xfff) - 0x800);
}

static void set_flags(struct encoder *e, struct sil_case *c)
{
    uint64_t x = sil_next(e->r);
    uint64_t flags = (x & FL_ARITH) | FL_FIXED1 | FL_IF;
    if ((x >> 32 & 7) == 0)
        flags |= FL_DF;
    if ((x >> 36 & 31) == 0)
        flags |= FL_AC;
    if ((x >> 42 & 15) == 0)
        flags |= FL_ID;
    if ((x >> 48 & 63) == 0 && !is(&ia32_rows[c->row], G_IRET))
        flags |= FL_NT;
    /* Single-step: a trap after the instruction.  Where the next one is in a
     * shadow, or flags are loaded, it would come elsewhere. */
    if ((x >> 54 & 127) == 0 && !c->uses_fs && !c->traps &&
        !is(&ia32_rows[c->row], G_POPF) && !is(&ia32_rows[c->row], G_INT) &&
        !c->leaves_cs)
        flags |= FL_TF;
    c->before.rflags = flags;
}

static void set_place(struct encoder *e, struct sil_case *c)
{
    uint64_t base = sil_pages[SIL_CODE0].la;
    unsigned percent = sil_below(e->r, 100);
    if (percent < 85 || c->undefined)
        c->before.rip = base + 0x80 + sil_below(e->r, 0xe00);
    else if (percent < 93) /* from a page into the next */
        c->before.rip = base + SIL_PAGE_BYTES - sil_below(e->r, c->length + 1);
    else if (percent < 97) /* up to the end */
        c->before.rip = base + 2 * SIL_PAGE_BYTES - c->length;
    else
        c->before.rip = base + 2 * SIL_PAGE_BYTES - 1 -
                        sil_below(e->r, c->length);
}

static void set_segments(const struct sil_host *host, struct sil_case *c)
{
    struct sil_state *b = &c->before;
    b->sel[IA32_CS] = c->mode == 64 ? SIL_CS64 : SIL_CS32;
    b->sel[IA32_SS] = b->sel[IA32_DS] = b->sel[IA32_ES] = SIL_DS;
    b->sel[IA32_FS] = b->sel[IA32_GS] = 0;
    b->fs_base = b->gs_base = 0;
    if (c->mode == 64) {
        b->fs_base = SIL_FS_BASE64;
        b->gs_base = SIL_GS_BASE64;
    } else if (host->ldt) {
        b->sel[IA32_FS] = SIL_LDT_FS;
        b->sel[IA32_GS] = SIL_LDT_GS;
        b->fs_base = sil_ldt[SIL_LDT_FS >> 3].base;
        b->gs_base = sil_ldt[SIL_LDT_GS >> 3].base;
    }
}

static void note_segments(const struct encoder *e, struct sil_case *c)
{
    const struct ia32_row *row = &ia32_rows[c->row];
    c->uses_fs = has_operand(row, "S") || traits_of(row)->selector ||
                 is(row, G_POINTER) || is(row, G_FAR_RETURN) ||
                 is(row, G_BASES);
    for (unsigned i = 0; i < e->rest_at; i++)
        if (c->bytes[i] == 0x64)
            c->uses_fs = true;
    c->traps = is(row, G_INT3) ||
               (is(row, G_INT) && c->insn.imm == IA32_BP);
    c->leaves_cs = is(row, G_FAR_RETURN) ||
                   (is(row, G_NEAR) && has_operand(row, "MA"));
}

bool sil_generate(struct sil_random *r, const struct ia32_row *row,
                  unsigned mode, unsigned mode_bits,
                  const uint64_t *features, const struct sil_host *host,
                  struct sil_case *c)
{
    struct encoder e = { .r = r, .row = row, .mode = mode,
                         .bytes = c->bytes };
    c->mode = mode;
    c->pokes = 0;
    c->image_length = 0;
    c->target = 0;
    encode(&e);
    if (!decode(&e, c, mode_bits, features))
        return false;
    set_place(&e, c);
    set_segments(host, c);
    set_registers(&e, c);
    note_segments(&e, c);
    set_flags(&e, c);
    if (!c->undefined) {
        aim_memory(&e, c);
        if (is_string(&ia32_rows[c->row]))
            set_string_registers(&e, c);
        set_special(&e, c);
        set_branch(&e, c);
        /* Operands in the bytes have changed, the instruction has not. */
        if (!decodes(c, mode_bits, features, &c->insn) ||
            c->insn.row != c->row || c->insn.length != c->length)
            return false;
    }
    if (ia32_rows[c->row].checks & (CHK_FPU | CHK_MMX | CHK_SSE))
        sil_fill_fx(r, c->before.fx);
    return true;
}
