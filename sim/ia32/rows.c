/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decode table itself, and the search in it.
 *
 * decode.def is several files, each sorted by map and opcode (tested), so
 * an opcode's rows stand together in each of them; an index by map and opcode
 * says where.  A row with a Z operand stands at the first of its eight
 * opcodes.
 * SDM 325462, Vol 2, Appendix A, "Opcode Map". */
#include "sim/ia32/rows.h"

#include "sim/ia32/ops.h"

/* Columns as decode.def spells them. */
#define RP_ANY IA32_RP_ANY
#define RP_NP IA32_RP_NP
#define RP_P66 IA32_RP_P66
#define RP_PF3 IA32_RP_PF3
#define RP_PF2 IA32_RP_PF2
#define RD__ (-1)
#define RD_0 0
#define RD_1 1
#define RD_2 2
#define RD_3 3
#define RD_4 4
#define RD_5 5
#define RD_6 6
#define RD_7 7
#define RM__ (-1)
#define RM_M 0
#define RM_R 1
#define RE_GO 0
#define RE_END 1
#define RH_ONE(name) { ia32_op_##name, ia32_op_##name, ia32_op_##name }
#define RH_SIZED(name)                                                         \
    { ia32_op_##name##_16, ia32_op_##name##_32, ia32_op_##name##_64 }
#define RH_LEGACY(name) { ia32_op_##name##_16, ia32_op_##name##_32, NULL }

const struct ia32_row ia32_rows[IA32_ROW_COUNT] = {
#define ROW(id, map, opcode, prefix, ext, mod, rm, mnemonic, operands, checks, \
            intercept, stage, ends, cost, feature, handlers, cite)             \
    { #id, map, opcode, RP_##prefix, RD_##ext, RM_##mod, RD_##rm, mnemonic,    \
      operands, checks, IA32_IX_##intercept, IA32_ST_##stage, RE_##ends,       \
      IA32_COST_##cost, IA32_F_##feature, RH_##handlers, cite },
#include "sim/ia32/decode.def"
#undef ROW
};

/* Where each of the files ends. */
#define ROW(...) +1
enum {
    INT_END = 0
#include "sim/ia32/decode_int.def"
    ,
    SYS_END = INT_END
#include "sim/ia32/decode_sys.def"
    ,
    VMX_END = SYS_END
#include "sim/ia32/decode_vmx.def"
    ,
    X87_END = VMX_END
#include "sim/ia32/decode_x87.def"
    ,
    MMX_END = X87_END
#include "sim/ia32/decode_mmx.def"
    ,
    SSE_END = MMX_END
#include "sim/ia32/decode_sse.def"
    ,
    EXT_END = SSE_END
#include "sim/ia32/decode_ext.def"
};
#undef ROW
static const uint16_t file_end[] = { INT_END, SYS_END, VMX_END, X87_END,
                                     MMX_END, SSE_END, EXT_END };
#define FILES ARRAY_SIZE(file_end)

/* Of each file and place (map, opcode) the last row there, and one more: 0 says
 * that there is none.  Of several initializers for one element the last one
 * counts, which is what is wanted. */
#define PLACES (8u << 8)
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winitializer-overrides"
#elif defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
#define ROW(id, map, opcode, ...) [(map) << 8 | (opcode)] = IA32_ROW_##id + 1,
static const uint16_t last_at[FILES][PLACES] = {
    {
#include "sim/ia32/decode_int.def"
    },
    {
#include "sim/ia32/decode_sys.def"
    },
    {
#include "sim/ia32/decode_vmx.def"
    },
    {
#include "sim/ia32/decode_x87.def"
    },
    {
#include "sim/ia32/decode_mmx.def"
    },
    {
#include "sim/ia32/decode_sse.def"
    },
    {
#include "sim/ia32/decode_ext.def"
    },
};
#undef ROW
#if defined(__clang__)
#pragma clang diagnostic pop
#elif defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

const char *ia32_next_operand(const char *list, char *letter, char *size)
{
    if (!list || !*list)
        return NULL;
    bool implied = !(list[0] >= 'A' && list[0] <= 'Z') ||
                   (list[1] >= 'A' && list[1] <= 'Z');
    *letter = implied ? '\0' : list[0];
    *size = implied || list[1] == ',' ? '\0' : list[1];
    const char *comma = strchr(list, ',');
    return comma ? comma + 1 : "";
}

bool ia32_row_has_modrm(const struct ia32_row *row)
{
    if (row->ext >= 0 || row->mod >= 0 || row->rm >= 0)
        return true;
    char letter, size;
    for (const char *p = row->operands;
         (p = ia32_next_operand(p, &letter, &size)) != NULL;)
        if (letter && strchr("EGMRSCDPQNVWU", letter))
            return true;
    return false;
}

bool ia32_row_has_z(const struct ia32_row *row)
{
    const char *ops = row->operands;
    return ops[0] == 'Z' || strstr(ops, ",Z") != NULL;
}

/* Place of a row in its file's order. */
static unsigned place(const struct ia32_row *row)
{
    return row->map << 8 | row->opcode;
}

/* The rows of one place in a file: [*from, *to). */
static void rows_at(size_t file, unsigned wanted, unsigned *from,
                    unsigned *to)
{
    unsigned start = file ? file_end[file - 1] : 0;

    *from = *to = last_at[file][wanted];
    while (*from > start && place(&ia32_rows[*from - 1]) == wanted)
        (*from)--;
}

static bool field_fits(int column, unsigned value)
{
    return column < 0 || (unsigned)column == value;
}

static bool feature_there(const struct ia32_row *row,
                          const struct ia32_encoding *e)
{
    return e->features[row->feature / 64] >> (row->feature % 64) & 1;
}

static bool row_fits(const struct ia32_row *row,
                     const struct ia32_encoding *e)
{
    return field_fits(row->prefix, (unsigned)e->prefix) &&
           field_fits(row->ext, e->modrm >> 3 & 7) &&
           field_fits(row->mod, e->modrm >> 6 == 3) &&
           field_fits(row->rm, e->modrm & 7) &&
           !(row->checks & (e->long64 ? CHK_I64 : CHK_O64)) &&
           (!e->z_only || ia32_row_has_z(row)) && feature_there(row, e);
}

/* Call visit for the rows of one place until it returns true. */
typedef bool visit_row(const struct ia32_row *row,
                       const struct ia32_encoding *e,
                       const struct ia32_row **found);

static void each_row_at(unsigned wanted, bool only_z,
                        const struct ia32_encoding *e, visit_row *visit,
                        const struct ia32_row **found)
{
    for (size_t file = 0; file < FILES; file++) {
        unsigned i, end;

        if (last_at[file][wanted] == 0)
            continue;
        for (rows_at(file, wanted, &i, &end); i < end; i++) {
            const struct ia32_row *row = &ia32_rows[i];
            if ((!only_z || ia32_row_has_z(row)) && visit(row, e, found))
                return;
        }
    }
}

/* No column but the opcode: what more special rows leave over (ESC). */
static bool is_general(const struct ia32_row *row)
{
    return row->ext < 0 && row->mod < 0 && row->rm < 0;
}

/* A mandatory prefix beats ANY, a single opcode beats a Z row, a row with a
 * fixed ModRM field one without: the first that fits is kept unless a better
 * one follows. */
static bool keep_best(const struct ia32_row *row,
                      const struct ia32_encoding *e,
                      const struct ia32_row **found)
{
    if (!row_fits(row, e))
        return false;
    if (!*found || (row->prefix >= 0 && (*found)->prefix < 0) ||
        (ia32_row_has_z(*found) && !ia32_row_has_z(row)) ||
        (is_general(*found) && !is_general(row)))
        *found = row;
    return false;
}

const struct ia32_row *ia32_find_row(const struct ia32_encoding *e)
{
    const struct ia32_row *found = NULL;
    unsigned wanted = e->map << 8 | e->opcode;
    each_row_at(wanted, false, e, keep_best, &found);
    if (!found && (wanted & 7) != 0)
        each_row_at(wanted & ~7u, true, e, keep_best, &found);
    return found;
}

static bool keep_with_modrm(const struct ia32_row *row,
                            const struct ia32_encoding *e,
                            const struct ia32_row **found)
{
    if (!feature_there(row, e) || !ia32_row_has_modrm(row) ||
        (row->checks & (e->long64 ? CHK_I64 : CHK_O64)))
        return false;
    *found = row;
    return true;
}

bool ia32_opcode_has_modrm(const struct ia32_encoding *e)
{
    const struct ia32_row *found = NULL;
    each_row_at(e->map << 8 | e->opcode, false, e, keep_with_modrm, &found);
    return found != NULL;
}
