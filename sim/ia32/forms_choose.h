/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which form an instruction gets, lint: template (see forms.h). */

/* Operand and stack size that a mode has by itself; 0: no forms. */
static unsigned natural_size(unsigned mode)
{
    if (mode & IA32_MODE_LONG64)
        return 8;
    return mode & IA32_MODE_CODE32 ? 4 : 0;
}

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
    return is_relative(row) && ((row->map == 1 && row->opcode >> 4 == 7) ||
                                (row->map == 2 && row->opcode >> 4 == 8));
}

static bool is_jmp(const struct ia32_row *row)
{
    return row->map == 1 && (row->opcode == 0xe9 || row->opcode == 0xeb);
}

static ia32_form *choose_branch(struct ia32_insn *insn, unsigned page_offset)
{
    const struct ia32_row *row = &ia32_rows[insn->row];
    int64_t delta =
        (int64_t)((uint64_t)insn->offset + insn->length + insn->imm);
    bool near = is_near(insn, page_offset, delta);
    bool next_near =
        page_offset + insn->offset + insn->length < VT_PAGE_BYTES;

    insn->link = &ia32_no_block;
    if (is_jmp(row))
        return near ? jmp_near : jmp_far;
    if (is_jcc(row))
        return jcc_forms[row->opcode & 15][!(near && next_near)];
    return any;
}

static ia32_form *choose(struct ia32_insn *insn, unsigned mode,
                         unsigned page_offset)
{
    const struct ia32_row *row = &ia32_rows[insn->row];
    unsigned size = natural_size(mode);

    if (insn->handler != ia32_row_handler(row, insn->opsize))
        return any; /* the guard, or no instruction at all */
    if (!(mode & IA32_MODE_FLAT_CODE) || size == 0)
        return any;
    if (is_relative(row))
        return insn->opsize == size ? choose_branch(insn, page_offset) : any;
    return any;
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
