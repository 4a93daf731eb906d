/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which form an instruction gets, lint: template (see forms.h).  By opcode, as
 * the opcode maps group them: SDM 325462, Vol 2, Appendix A, "Opcode Map". */

/* What is known of an instruction when its form is chosen. */
struct choice {
    struct ia32_insn *insn;
    const struct ia32_row *row;
    unsigned mode, page_offset;
    unsigned natural; /* operand, address and stack size of the mode */
};

/* Index of a size of 1, 2, 4 or 8 bytes. */
static unsigned size_index(unsigned size)
{
    return size == 8 ? 3 : size / 2;
}

/* Operand size: 1 for the even ones of a pair of opcodes. */
static unsigned pair_size(const struct choice *c)
{
    return c->row->opcode & 1 ? c->insn->opsize : 1;
}

/* May this memory operand be found by its offset alone? */
static bool is_flat_memory(const struct choice *c)
{
    const struct ia32_insn *insn = c->insn;

    return (c->mode & IA32_MODE_FLAT_DATA) && insn->addrsize == c->natural &&
           (insn->seg == IA32_DS || insn->seg == IA32_SS ||
            insn->seg == IA32_ES);
}

static bool is_indexed(const struct ia32_insn *insn)
{
    return insn->index != IA32_REG_ZERO;
}

static ia32_form *by_operand(const struct choice *c,
                             const struct data_forms *forms)
{
    if (c->insn->is_reg)
        return forms->reg;
    if (!is_flat_memory(c))
        return any;
    return is_indexed(c->insn) ? forms->index : forms->base;
}

static bool has_flat_stack(const struct choice *c)
{
    return (c->mode & IA32_MODE_FLAT_DATA) &&
           (c->mode & (IA32_MODE_STACK32 | IA32_MODE_LONG64)) &&
           c->insn->opsize == c->natural;
}

/* --- branches ----------------------------------------------------------------- */

/* Is the target in the page?  Then near_delta is set. */
static bool is_near(struct ia32_insn *insn, unsigned page_offset,
                    int64_t delta)
{
    int64_t at = (int64_t)page_offset + delta;

    if (at < 0 || at > (int64_t)VT_PAGE_MASK)
        return false;
    insn->near_delta = (int16_t)delta;
    return true;
}

/* Does this row branch to a displacement? */
static bool is_relative(const struct ia32_row *row)
{
    return row->operands[0] == 'J';
}

static bool is_jcc(const struct ia32_row *row)
{
    return (row->map == 1 && row->opcode >> 4 == 7) ||
           (row->map == 2 && row->opcode >> 4 == 8);
}

static ia32_form *choose_relative(const struct choice *c)
{
    struct ia32_insn *insn = c->insn;
    unsigned after = insn->offset + (unsigned)insn->length;
    bool near = is_near(insn, c->page_offset,
                        (int64_t)((uint64_t)after + insn->imm));
    bool next_near = c->page_offset + after < VT_PAGE_BYTES;
    const struct call_forms *calls = &call_forms[c->natural == 8];

    insn->link = &ia32_no_block;
    if (insn->opsize != c->natural)
        return any;
    if (is_jcc(c->row))
        return jcc_forms[c->row->opcode & 15][!(near && next_near)];
    switch (c->row->opcode) { /* of map 1 */
    case 0xe9: case 0xeb:
        return near ? jmp_near : jmp_far;
    case 0xe8:
        if (!has_flat_stack(c))
            return any;
        return near ? calls->call_near : calls->call_far;
    default: /* JCXZ, LOOP */
        return any;
    }
}

/* FF /2 /4 /6: CALL, JMP, PUSH. */
static ia32_form *choose_group5(const struct choice *c)
{
    const struct call_forms *calls = &call_forms[c->natural == 8];
    bool reg = c->insn->is_reg;

    if (c->insn->opsize != c->natural || (!reg && !is_flat_memory(c)))
        return any;
    if (c->row->ext == 4)
        return reg ? calls->jmp_reg : calls->jmp_mem;
    if (c->row->ext == 2 && has_flat_stack(c))
        return reg ? calls->call_reg : calls->call_mem;
    return any;
}

/* --- the rest --------------------------------------------------------------------- */

/* 00 to 3D: an operation in every eight opcodes. */
static ia32_form *choose_alu(const struct choice *c)
{
    const struct two_operands *op = &two_operands[c->row->opcode >> 3 & 7];
    unsigned size = size_index(pair_size(c));

    switch (c->row->opcode & 7) {
    case 0: case 1:
        return by_operand(c, &op->e_g[size]);
    case 2: case 3:
        return by_operand(c, &op->g_e[size]);
    case 4: case 5:
        return op->a_i[size];
    default: /* segment registers, decimal adjustment */
        return any;
    }
}

/* C1 D1 D3: shifts by an immediate, by 1, by CL. */
static ia32_form *choose_shift(const struct choice *c)
{
    static const int8_t shifts[8] = {-1, -1, -1, -1, 0, 1, 0, 2};
    const struct ia32_insn *insn = c->insn;
    const struct shift_forms *forms;

    if (!insn->is_reg || insn->opsize == 2 || shifts[c->row->ext] < 0)
        return any;
    forms = &shift_forms[shifts[c->row->ext]][insn->opsize == 8];
    if (c->row->opcode == 0xd1)
        return forms->one;
    if (c->row->opcode == 0xd3)
        return forms->cl;
    return insn->imm & (insn->opsize == 8 ? 63 : 31) ? forms->i : any;
}

/* F6 F7: TEST, NOT, NEG; multiplications and divisions stay. */
static ia32_form *choose_group3(const struct choice *c)
{
    const struct ia32_insn *insn = c->insn;
    bool wide = insn->opsize == 8;

    if (c->row->ext <= 1)
        return by_operand(c, &two_operands[8].e_i[size_index(pair_size(c))]);
    if (!insn->is_reg || !(c->row->opcode & 1) || insn->opsize == 2)
        return any;
    if (c->row->ext == 2)
        return wide ? not_8 : not_4;
    if (c->row->ext == 3)
        return wide ? neg_8 : neg_4;
    return any;
}

static ia32_form *choose_lea(const struct choice *c)
{
    const struct ia32_insn *insn = c->insn;

    if (insn->addrsize != c->natural || insn->opsize == 2)
        return any;
    if (insn->opsize == 8)
        return is_indexed(insn) ? lea_8_index : lea_8_base;
    return is_indexed(insn) ? lea_4_index : lea_4_base;
}

static ia32_form *choose_stack(const struct choice *c)
{
    const struct stack_forms *forms = &stack_forms[c->natural == 8];

    if (!has_flat_stack(c))
        return any;
    switch (c->row->opcode) {
    case 0x50: return forms->push_z;
    case 0x58: return forms->pop_z;
    case 0x68: case 0x6a: return forms->push_i;
    case 0xc2: case 0xc3: return call_forms[c->natural == 8].ret;
    default: return forms->leave;
    }
}

static ia32_form *choose_one_byte(const struct choice *c)
{
    static ia32_form *const inc_z[2] = {inc_z_2, inc_z_4};
    static ia32_form *const dec_z[2] = {dec_z_2, dec_z_4};
    const struct ia32_insn *insn = c->insn;
    unsigned size = size_index(pair_size(c));

    switch (c->row->opcode) {
    case 0x40: return inc_z[insn->opsize == 4];
    case 0x48: return dec_z[insn->opsize == 4];
    case 0x63:
        return c->natural == 8 && insn->opsize == 8 ? by_operand(c, &movsxd)
                                                    : any;
    case 0x80: case 0x81: case 0x82:
        return by_operand(c, &two_operands[c->row->ext].e_i[size]);
    case 0x83:
        return by_operand(
            c, &two_operands[c->row->ext].e_i[size_index(insn->opsize)]);
    case 0x84: case 0x85:
        return by_operand(c, &two_operands[8].e_g[size]);
    case 0x88: case 0x89: return by_operand(c, &mov_e_g[size]);
    case 0x8a: case 0x8b: return by_operand(c, &mov_g_e[size]);
    case 0x8d: return choose_lea(c);
    case 0x90: return c->row->operands[0] ? any : nop;
    case 0xa8: case 0xa9: return two_operands[8].a_i[size];
    case 0xb0: return mov_z_i[0];
    case 0xb8: return mov_z_i[size_index(insn->opsize)];
    case 0xc1: case 0xd1: case 0xd3: return choose_shift(c);
    case 0xc6: case 0xc7: return by_operand(c, &mov_e_i[size]);
    case 0x50: case 0x58: case 0x68: case 0x6a:
    case 0xc2: case 0xc3: case 0xc9:
        return choose_stack(c);
    case 0xf6: case 0xf7: return choose_group3(c);
    case 0xfe: case 0xff:
        if (c->row->ext > 1)
            return choose_group5(c);
        return by_operand(c, c->row->ext ? &dec_e[size] : &inc_e[size]);
    default: return c->row->opcode < 0x40 ? choose_alu(c) : any;
    }
}

static ia32_form *choose_two_byte(const struct choice *c)
{
    const struct ia32_insn *insn = c->insn;
    unsigned opcode = c->row->opcode, wide = insn->opsize == 8;

    switch (opcode) {
    case 0xb6: case 0xb7:
        return insn->opsize == 2 ? any
                                 : by_operand(c, &movzx[opcode & 1][wide]);
    case 0xbe: case 0xbf:
        return insn->opsize == 2 ? any
                                 : by_operand(c, &movsx[opcode & 1][wide]);
    case 0x1f: return nop;
    default: break;
    }
    if (opcode >> 4 == 9 && insn->is_reg)
        return condition_forms[opcode & 15].set;
    if (opcode >> 4 == 4 && insn->is_reg && insn->opsize != 2)
        return condition_forms[opcode & 15].cmov[wide];
    return any;
}

static ia32_form *choose(struct ia32_insn *insn, unsigned mode,
                         unsigned page_offset)
{
    struct choice c = {.insn = insn,
                       .row = &ia32_rows[insn->row],
                       .mode = mode,
                       .page_offset = page_offset,
                       .natural = mode & IA32_MODE_LONG64   ? 8
                                  : mode & IA32_MODE_CODE32 ? 4
                                                            : 0};

    if (insn->handler != ia32_row_handler(c.row, insn->opsize))
        return any; /* the guard, or no instruction at all */
    if (!(mode & IA32_MODE_FLAT_CODE) || c.row->prefix >= 0)
        return any;
    if (is_relative(c.row))
        return choose_relative(&c);
    if (c.row->map == 1)
        return choose_one_byte(&c);
    return c.row->map == 2 ? choose_two_byte(&c) : any;
}

/* Conditional branches go on when they are not taken; whatever else ends a
 * block and goes on may have changed anything. */
static ia32_form *choose_end(struct ia32_insn *end,
                             const struct ia32_insn *last, unsigned mode,
                             unsigned page_offset)
{
    const struct ia32_row *row = &ia32_rows[last->row];

    if (!(mode & IA32_MODE_FLAT_CODE) ||
        (row->ends_block && !is_relative(row)))
        return end_leave;
    return is_near(end, page_offset, end->offset) ? end_near : end_far;
}
