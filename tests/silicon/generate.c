/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A random instance of a row: bytes (encode.c), then registers and memory that
 * make sense for them.
 *
 * The decoder under test says where the operands are; the generator then sets
 * the base register (or the displacement) so that the address comes out in
 * the arena.  Were the decoder wrong, the host would access something else,
 * fault or give another result, and the case would differ. */
#include "tests/silicon/encode.h"
#include "tests/silicon/places.h"

#include "sim/ia32/rows.h"

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
        c->image[sil_below(r, 26)] ^= (uint8_t)(1u << sil_below(r, 8));
}

/* The mask of XSAVE and its like: nothing that the host has alone.  RAX may
 * be part of the address. */
static void set_mask(struct sil_case *c, uint64_t offset)
{
    uint64_t *rax = &c->before.gpr[IA32_RAX];
    uint64_t alone = *rax & 0xfc, times = c->insn.base == IA32_RAX;
    if (ia32_rows[c->row].mnemonic[0] != 'X')
        return;
    if (c->insn.index == IA32_RAX)
        times += UINT64_C(1) << c->insn.scale;
    *rax -= alone;
    offset = (offset - alone * times) & size_mask(c->insn.addrsize);
    c->target = segment_base(c, c->insn.seg) + offset;
    if (c->mode != 64)
        c->target = (uint32_t)c->target;
}

static void aim_memory(struct encoder *e, struct sil_case *c)
{
    const struct ia32_row *row = &ia32_rows[c->row];
    struct sil_random *r = e->r;
    bool moffs = has_operand(row, "O");
    if (!moffs && (!ia32_row_has_modrm(row) || c->insn.is_reg))
        return;
    uint64_t la = sil_pick_address(r, c->mode);
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
    if (is(row, G_IMAGE))
        set_mask(c, offset);
    struct sil_poke *p = poke(c, la, 32);
    sil_fill(r, p->bytes, p->length);
    if (is(row, G_FBLD) && sil_chance(r, 90))
        sil_fill_bcd(r, p->bytes);
    else if (traits_of(row)->f80)
        sil_fill_f80(r, p->bytes);
    if (is(row, G_LDMXCSR) && sil_chance(r, 85))
        patch(p->bytes, 4, sil_mxcsr(r));
    if (is(row, G_LDMXCSR))
        p->bytes[2] &= 0xfd; /* bit 17, which AMD's have */
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
        uint64_t la = sil_pick_address(r, c->mode);
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
            gpr[c->insn.rm & 15] = sil_pick_code(r, c->mode);
        else
            poke_value(c, c->target, sil_pick_code(r, c->mode), 8);
    }
    if (is(row, G_NEAR) && has_operand(row, "M")) {
        poke_value(c, c->target, sil_pick_code(r, c->mode), size);
        poke_value(c, c->target + size, sil_pick_selector(r, c->mode, true), 2);
    }
    if (is(row, G_RET))
        poke_value(c, sp, sil_pick_code(r, c->mode), 8);
    if (is(row, G_FAR_RETURN)) {
        poke_value(c, sp, sil_pick_code(r, c->mode), size);
        poke_value(c, sp + size, sil_pick_selector(r, c->mode, true), 2);
    }
    if (is(row, G_IRET)) {
        poke_value(c, sp + 2 * size, sil_next(r) & 0x3c8dd7 & ~FL_TF, size);
        if (c->mode == 64) {
            poke_value(c, sp + 3 * size, sil_pick_stack(r), size);
            poke_value(c, sp + 4 * size, sil_pick_selector(r, 64, false), 2);
        }
    }
    if (is(row, G_POPF))
        poke_value(c, sp, sil_next(r) & ~FL_TF, 8);
    if (is(row, G_POP) && !has_operand(row, "EZ"))
        poke_value(c, sp, sil_pick_selector(r, c->mode, false), 2);
    bool selects = has_operand(row, "S") ||
                   is(row, G_ASKS);
    if (selects && c->insn.is_reg)
        gpr[c->insn.rm & 15] = (gpr[c->insn.rm & 15] & 0xffff0000) |
                               sil_pick_selector(r, c->mode, false);
    else if (selects)
        poke_value(c, c->target, sil_pick_selector(r, c->mode, false), 2);
    if (is(row, G_POINTER))
        poke_value(c, c->target + size, sil_pick_selector(r, c->mode, false), 2);
}

static void set_branch(struct encoder *e, struct sil_case *c)
{
    const struct ia32_row *row = &ia32_rows[c->row];
    struct sil_random *r = e->r;
    if (is(row, G_COUNTED))
        set_offset(r, c, IA32_RCX, sil_below(r, 4));
    if (traits_of(row)->jz && c->insn.opsize != 2)
        patch(e->bytes + e->rest_at, 4,
              sil_pick_code(r, 32) - (c->before.rip + c->length));
    if (has_operand(row, "A")) {
        unsigned size = c->insn.opsize == 2 ? 2 : 4;
        patch(e->bytes + e->rest_at, size, sil_pick_code(r, 32));
        patch(e->bytes + e->rest_at + size, 2,
              sil_pick_selector(r, c->mode, true));
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
        gpr[IA32_RSP] = sil_pick_stack(r);
    if (traits_of(row)->shift_by_cl && sil_chance(r, 80))
        gpr[IA32_RCX] = (gpr[IA32_RCX] & ~UINT64_C(0xff)) | sil_below(r, 70);
    if (is(row, G_FRAME))
        gpr[IA32_RBP] = sil_pick_stack(r);
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
        uint64_t la = tame(c, c->insn.seg, sil_pick_address(r, c->mode));
        set_offset(r, c, IA32_RDI, la - segment_base(c, c->insn.seg));
        sil_fill(r, poke(c, la, 32)->bytes, 32);
    }
    if (is(row, G_XLAT)) {
        uint64_t la = tame(c, c->insn.seg, sil_pick_address(r, c->mode));
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
    sil_encode(&e);
    if (!sil_decode(&e, c, mode_bits, features))
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
        unsigned found = c->row, length = c->length;
        if (!sil_decode(&e, c, mode_bits, features) || c->undefined ||
            c->row != found || c->length != length)
            return false;
    }
    if (ia32_rows[c->row].checks & (CHK_FPU | CHK_MMX | CHK_SSE))
        sil_fill_fx(r, c->before.fx);
    return true;
}
