/* SPDX-License-Identifier: GPL-3.0-or-later */
/* String and text instructions of SSE4.2: PCMPESTRI, PCMPESTRM, PCMPISTRI,
 * PCMPISTRM.
 * SDM 325462, Vol 2B, "Imm8 Control Byte Operation for PCMPESTRI /
 * PCMPESTRM / PCMPISTRI / PCMPISTRM"; Vol 1, "String and Text Processing
 * Instructions".
 *
 * The immediate:
 *   7 6      5    4     3      2    1       0
 *   0 output polarity   aggregation signed  words
 *
 * Names here: the set is the first operand, the text the second.  A result
 * has one bit for each element of the text. */
#include "sim/ia32/simd.h"

enum aggregation { EQUAL_ANY, RANGES, EQUAL_EACH, EQUAL_ORDERED };

struct fragment {
    struct ia32_xmm v;
    unsigned length; /* elements that are valid, from the first */
};

struct comparison {
    struct fragment set, text;
    unsigned bits;   /* of an element: 8 or 16 */
    unsigned count;  /* of elements in a register: 16 or 8 */
    bool is_signed;
};

static int64_t element(const struct comparison *c, const struct fragment *f,
                       unsigned i)
{
    unsigned at = i * c->bits;
    uint64_t word = f->v.q[at / 64];
    return c->is_signed ? simd_signed_lane(word, at % 64, c->bits)
                        : (int64_t)simd_lane(word, at % 64, c->bits);
}

/* Elements before the first that is zero. */
static unsigned implicit_length(const struct comparison *c,
                                const struct fragment *f)
{
    unsigned n = 0;
    while (n < c->count && element(c, f, n) != 0)
        n++;
    return n;
}

/* The absolute value of a register, at most what there is room for. */
static unsigned explicit_length(const struct comparison *c, uint64_t v,
                                unsigned size)
{
    int64_t n = (int64_t)ia32_sign_extend(v, size);
    if (n < 0)
        n = n == INT64_MIN ? INT64_MAX : -n;
    return n > c->count ? c->count : (unsigned)n;
}

/* Does an element of the text lie in one of the ranges?  The set is pairs of
 * a lower and an upper bound; an invalid bound holds nothing. */
static bool in_ranges(const struct comparison *c, int64_t text)
{
    for (unsigned i = 0; i + 1 < c->set.length; i += 2)
        if (text >= element(c, &c->set, i) &&
            text <= element(c, &c->set, i + 1))
            return true;
    return false;
}

static bool in_set(const struct comparison *c, int64_t text)
{
    for (unsigned i = 0; i < c->set.length; i++)
        if (text == element(c, &c->set, i))
            return true;
    return false;
}

/* Two ends of strings are equal, an end and an element are not. */
static bool equal_each(const struct comparison *c, unsigned i)
{
    bool in_one = i < c->set.length, in_other = i < c->text.length;
    if (!in_one || !in_other)
        return in_one == in_other;
    return element(c, &c->set, i) == element(c, &c->text, i);
}

/* Does the set, as a string, stand at this place of the text?  As far as the
 * register reaches; the set's end equals anything. */
static bool stands_at(const struct comparison *c, unsigned place)
{
    for (unsigned i = 0; i < c->set.length && place + i < c->count; i++)
        if (place + i >= c->text.length ||
            element(c, &c->set, i) != element(c, &c->text, place + i))
            return false;
    return true;
}

static bool compare_one(const struct comparison *c, enum aggregation how,
                        unsigned i)
{
    bool valid = i < c->text.length;
    switch (how) {
    case EQUAL_ANY: return valid && in_set(c, element(c, &c->text, i));
    case RANGES: return valid && in_ranges(c, element(c, &c->text, i));
    case EQUAL_EACH: return equal_each(c, i);
    case EQUAL_ORDERED: break;
    }
    return stands_at(c, i);
}

/* "IntRes2": one bit an element, after the polarity. */
static unsigned compare(const struct comparison *c, unsigned imm)
{
    unsigned result = 0, all = (1u << c->count) - 1;
    for (unsigned i = 0; i < c->count; i++)
        if (compare_one(c, (enum aggregation)(imm >> 2 & 3), i))
            result |= 1u << i;
    if (!(imm & 0x10))
        return result;
    return result ^ (imm & 0x20 ? (1u << c->text.length) - 1 : all);
}

static unsigned first_or_last(unsigned result, bool last, unsigned count)
{
    if (result == 0)
        return count;
    for (unsigned i = 0; i < count; i++) {
        unsigned place = last ? count - 1 - i : i;
        if (result >> place & 1)
            return place;
    }
    return count;
}

/* XMM0: the bits, or all bits of each element. */
static struct ia32_xmm mask_of(const struct comparison *c, unsigned result,
                               bool whole)
{
    struct ia32_xmm mask = { { result, 0 } };
    if (!whole)
        return mask;
    mask.q[0] = 0;
    for (unsigned i = 0; i < c->count; i++)
        mask.q[i * c->bits / 64] |=
            simd_low(simd_truth(result >> i & 1), c->bits)
            << i * c->bits % 64;
    return mask;
}

static void set_flags(struct ia32_cpu *cpu, const struct comparison *c,
                      unsigned result)
{
    ia32_set_arith_flags(cpu,
                         (result != 0 ? FL_CF : 0) |
                             (c->text.length < c->count ? FL_ZF : 0) |
                             (c->set.length < c->count ? FL_SF : 0) |
                             (result & 1 ? FL_OF : 0));
}

enum output { INDEX, MASK };

/* size: of the registers with the lengths; 0: the strings end with zeros. */
static enum ia32_status string_compare(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn,
                                       enum output output, unsigned size)
{
    const unsigned imm = (unsigned)insn->imm;
    struct comparison c = { .bits = imm & 1 ? 16 : 8,
                            .count = imm & 1 ? 8 : 16,
                            .is_signed = imm & 2 };
    c.set.v = *simd_v(cpu, insn);
    IA32_TRY(simd_read_any(cpu, insn, false, &c.text.v));
    if (size != 0) {
        c.set.length = explicit_length(&c, cpu->gpr[IA32_RAX], size);
        c.text.length = explicit_length(&c, cpu->gpr[IA32_RDX], size);
    } else {
        c.set.length = implicit_length(&c, &c.set);
        c.text.length = implicit_length(&c, &c.text);
    }
    const unsigned result = compare(&c, imm);
    if (output == INDEX)
        cpu->gpr[IA32_RCX] = first_or_last(result, imm & 0x40, c.count);
    else
        cpu->xmm[0] = mask_of(&c, result, imm & 0x40);
    set_flags(cpu, &c, result);
    return IA32_OK;
}

IA32_OP(pcmpistri_vx_wx_ib, string_compare, INDEX, 0)
IA32_OP(pcmpistrm_vx_wx_ib, string_compare, MASK, 0)

/* The lengths are EAX and EDX; RAX and RDX with REX.W. */
#define EXPLICIT(name, output)                                              \
    IA32_OP(name##_16, string_compare, output, 4)                           \
    IA32_OP(name##_32, string_compare, output, 4)                           \
    IA32_OP(name##_64, string_compare, output, 8)
EXPLICIT(pcmpestri_vx_wx_ib, INDEX)
EXPLICIT(pcmpestrm_vx_wx_ib, MASK)
