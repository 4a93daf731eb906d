/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which rules of judge.def are about a row, and which of them apply to a case
 * of it. */
#include "tests/silicon/judge.h"

enum when { ALWAYS, COUNT, COUNT_NOT_1, COUNT_AT_SIZE, COUNT_OVER_SIZE,
            SIZE_16, SIZE_32, SIZE_64, REPEATED, REPEATED_0, CHECKED, SPLIT, NEAR_66, SELECTOR_SLOT,
            OFFSET_NOT_CANONICAL, LOCKED, UNMASKED_INVALID,
            SINGLE_STEP, FROM_MEMORY, WAITING, ST_FROM_1, ST_FROM_QUARTER };
enum where { ANYWHERE, AMD, IN_64 };

/* Everything in one table of rules; which columns count depends on kind. */
static const struct rule {
    enum sil_rule_kind kind;
    const char *mnemonics;
    enum when when;
    enum where where;
    uint64_t bits; /* flags, register bits, first byte << 16 | end, FAULT_* */
    const char *why;
} rules[] = {
#define FREE(mnemonics, when, flags, why)                                   \
    { K_FLAGS, mnemonics, when, ANYWHERE, flags, why },
#define FREE_FPU(mnemonics, when, where, flags, fsw, why)                   \
    { K_FLAGS, mnemonics, when, where, flags, why },                        \
    { K_FSW, mnemonics, when, where, fsw, why },
#define FREE_RESULT(mnemonics, when, why)                                   \
    { K_RESULT, mnemonics, when, ANYWHERE, 0, why },
#define FREE_BITS(mnemonics, bits, why)                                     \
    { K_BITS, mnemonics, ALWAYS, ANYWHERE, bits, why },
#define FREE_MEMORY(mnemonics, when, where, from, to, why)                  \
    { K_MEMORY, mnemonics, when, where, (from) << 16 | (to), why },
#define FREE_FAULT(mnemonics, what, why)                                    \
    { K_FAULT, mnemonics, ALWAYS, ANYWHERE, what, why },
#define FREE_FX(mnemonics, when, what, why)                                 \
    { K_FX, mnemonics, when, ANYWHERE, what, why },
#define NO_CASE(mnemonics, when, where, why)                                \
    { K_NO_CASE, mnemonics, when, where, 0, why },
#define NO_JUDGE(mnemonics, where, why)                                     \
    { K_NO_JUDGE, mnemonics, ALWAYS, where, 0, why },
#include "tests/silicon/judge.def"
};

static bool among(const char *mnemonic, const char *list)
{
    size_t length = strlen(mnemonic);
    if (strcmp(list, "*") == 0)
        return true;
    for (const char *p = list; (p = strstr(p, mnemonic)) != NULL; p++)
        if ((p == list || p[-1] == ' ') &&
            (p[length] == ' ' || p[length] == '\0'))
            return true;
    return false;
}

static bool is_here(const struct rule *rule, unsigned mode,
                    const struct sil_host *host)
{
    return rule->where == ANYWHERE || (rule->where == AMD && host->amd) ||
           (rule->where == IN_64 && mode == 64);
}

/* Is rule i about the row? */
static bool rules_of[IA32_ROW_COUNT][ARRAY_SIZE(rules)];

void sil_learn_rules(void)
{
    for (unsigned r = 0; r < IA32_ROW_COUNT; r++)
        for (unsigned i = 0; i < ARRAY_SIZE(rules); i++)
            if (among(ia32_rows[r].mnemonic, rules[i].mnemonics) ||
                among(ia32_rows[r].id, rules[i].mnemonics))
                rules_of[r][i] = true;
}

static bool is_about(const struct rule *rule, const struct ia32_row *row)
{
    return rules_of[row - ia32_rows][rule - rules];
}

const char *sil_no_judge(const struct ia32_row *row, unsigned mode,
                         const struct sil_host *host)
{
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        if (rules[i].kind == K_NO_JUDGE && is_here(&rules[i], mode, host) &&
            is_about(&rules[i], row))
            return rules[i].why;
    return NULL;
}

/* --- single cases ------------------------------------------------------------------ */

static unsigned operand_bits(const struct sil_case *c)
{
    const char *o = ia32_rows[c->row].operands;
    return o[0] == 'A' || (o[0] && o[1] == 'b') ? 8 : 8u * c->insn.opsize;
}

/* Of shifts and rotates, as the processor masks it. */
static unsigned count_of(const struct sil_case *c)
{
    const char *o = ia32_rows[c->row].operands;
    unsigned count = strstr(o, ",1")   ? 1
                     : strstr(o, "CL") ? (unsigned)c->before.gpr[IA32_RCX]
                                       : (unsigned)c->insn.imm;
    return count & (operand_bits(c) == 64 ? 63 : 31);
}

/* PUSH or POP of a segment register. */
static bool has_selector_slot(const struct ia32_row *row)
{
    const char *o = row->operands;
    return strlen(o) == 2 && o[1] == 'S';
}

/* EFLAGS.AC, or a page's end where the slot is. */
static bool slot_matters(const struct sil_case *c)
{
    uint64_t sp = c->before.gpr[IA32_RSP];
    return has_selector_slot(&ia32_rows[c->row]) &&
           ((c->before.rflags & FL_AC) || ((sp + 8) & 0xfff) < 16);
}

static bool is_near_66(const struct sil_case *c)
{
    const struct ia32_row *row = &ia32_rows[c->row];
    bool branch = row->map == 1 ||
                  (row->map == 2 && (row->opcode & 0xf0) == 0x80);
    return c->mode == 64 && (c->insn.prefixes & IA32_PFX_OPSIZE) && branch &&
           (row->checks & CHK_F64);
}

static bool is_offset_bad(const struct sil_case *c)
{
    uint64_t base = c->insn.seg == IA32_FS   ? c->before.fs_base
                    : c->insn.seg == IA32_GS ? c->before.gs_base
                                             : 0;
    uint64_t offset = c->target - base;
    return c->mode == 64 && base && offset + VT_BIT(47) >= VT_BIT(48);
}

static bool has_lock(const struct sil_case *c)
{
    for (unsigned i = 0; i < c->length && c->bytes[i] != 0x0f; i++)
        if (c->bytes[i] == 0xf0)
            return true;
    return false;
}

static bool is_split(const struct sil_case *c)
{
    uint64_t end = c->before.rip + c->length;
    return end > sil_pages[SIL_CODE1].la + SIL_PAGE_BYTES;
}

static int st_exponent(const struct sil_case *c)
{
    return (int)((c->before.fx[40] | c->before.fx[41] << 8) & 0x7fff) - 16383;
}

static bool applies(enum when when, const struct sil_case *c)
{
    unsigned bits = operand_bits(c), count = count_of(c);
    uint64_t counter = c->insn.addrsize == 8   ? ~UINT64_C(0)
                       : c->insn.addrsize == 4 ? UINT32_MAX
                                               : UINT16_MAX;
    unsigned repeat = c->insn.prefixes & (IA32_PFX_REP | IA32_PFX_REPNE);
    switch (when) {
    case ALWAYS: return true;
    case COUNT: return count != 0;
    case COUNT_NOT_1: return count > 1;
    case COUNT_AT_SIZE: return count >= bits;
    case COUNT_OVER_SIZE: return count > bits;
    case SIZE_16: return bits == 16;
    case SIZE_32: return bits != 16;
    case SIZE_64: return bits == 64;
    case REPEATED: return repeat != 0;
    case REPEATED_0:
        return repeat && (c->before.gpr[IA32_RCX] & counter) == 0;
    case CHECKED: return (c->before.rflags & FL_AC) != 0;
    case SPLIT: return is_split(c);
    case OFFSET_NOT_CANONICAL: return is_offset_bad(c);
    case SELECTOR_SLOT: return slot_matters(c);
    case NEAR_66: return is_near_66(c);
    case LOCKED: return has_lock(c);
    case SINGLE_STEP: return (c->before.rflags & FL_TF) != 0;
    case UNMASKED_INVALID: return !(c->before.fx[0] & 1);
    case ST_FROM_1: return st_exponent(c) >= 0;
    case ST_FROM_QUARTER: return st_exponent(c) >= -2;
    case FROM_MEMORY: return !c->insn.is_reg;
    case WAITING:
        return !c->insn.is_reg && (c->before.fx[2] & FSW_ES);
    }
    return false;
}

uint64_t sil_freedom(const struct sil_case *c, const struct sil_host *host,
                     enum sil_rule_kind kind, bool *any)
{
    uint64_t bits = 0;
    *any = false;
    for (size_t i = 0; i < ARRAY_SIZE(rules) && !c->undefined; i++)
        if (rules[i].kind == kind &&
            is_about(&rules[i], &ia32_rows[c->row]) &&
            is_here(&rules[i], c->mode, host) &&
            applies(rules[i].when, c)) {
            bits |= rules[i].bits;
            *any = true;
        }
    return bits;
}

bool sil_free_result(const struct sil_case *c, const struct sil_host *host)
{
    bool any;
    sil_freedom(c, host, K_RESULT, &any);
    return any;
}

bool sil_free_memory(const struct sil_case *c, const struct sil_host *host,
                     unsigned i, unsigned *from, unsigned *to)
{
    const struct ia32_row *row = &ia32_rows[c->row];
    for (size_t k = 0; k < ARRAY_SIZE(rules) && !c->undefined; k++)
        if (rules[k].kind == K_MEMORY && is_about(&rules[k], row) &&
            is_here(&rules[k], c->mode, host) && applies(rules[k].when, c) &&
            i-- == 0) {
            *from = (unsigned)(rules[k].bits >> 16);
            *to = (unsigned)(rules[k].bits & 0xffff);
            return true;
        }
    return false;
}

/* PUSH of a segment register may leave the upper part of its slot alone or
 * clear it: "PUSH--Push Word, Doubleword or Quadword Onto the Stack". */
unsigned sil_free_push(const struct sil_case *c)
{
    const struct ia32_row *row = &ia32_rows[c->row];
    if (c->undefined || strcmp(row->mnemonic, "PUSH") != 0 ||
        !has_selector_slot(row))
        return 0;
    return c->insn.opsize;
}

static bool crosses_line(uint64_t la, unsigned bytes)
{
    return (la & 63) + bytes > 64;
}

static const char *rule_against(const struct sil_case *c,
                                const struct sil_host *host)
{
    const struct ia32_row *row = &ia32_rows[c->row];
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        if (rules[i].kind == K_NO_CASE && is_here(&rules[i], c->mode, host) &&
            is_about(&rules[i], row) &&
            (!c->undefined || rules[i].when == LOCKED) &&
            applies(rules[i].when, c))
            return rules[i].why;
    return NULL;
}

const char *sil_no_case(const struct sil_case *c,
                        const struct sil_host *host)
{
    const struct ia32_row *row = &ia32_rows[c->row];
    if (c->undefined)
        return rule_against(c, host);
    if (strcmp(row->mnemonic, "INT") == 0 && c->insn.imm == 0x80)
        return "would call the host's kernel";
    bool locked = (c->insn.prefixes & IA32_PFX_LOCK) ||
                  strcmp(row->mnemonic, "XCHG") == 0;
    if (host->split_lock && locked && !c->insn.is_reg &&
        crosses_line(c->target, 16))
        return "the kernel slows locks across cache lines down";
    return rule_against(c, host);
}
