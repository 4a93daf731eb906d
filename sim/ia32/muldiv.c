/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MUL IMUL DIV IDIV, and the decimal adjustments.
 * SDM 325462, Vol 1, "Decimal Arithmetic Instructions"; Vol 2, "Instruction
 * Set Reference", each one's page.
 *
 * Undefined flags are what Intel processors were measured to do (Xeon,
 * 2020s): after a multiplication SF and PF come from the lower half, ZF and
 * AF are 0; a division changes none.  The decimal adjustments were compared
 * with one for all values of AX, CF and AF. */
#include "sim/ia32/alu.h"
#include "sim/ia32/fp_bits.h"

/* A number of 128 bits. */
struct wide {
    uint64_t high, low;
};

IA32_INLINE struct wide wide_product(uint64_t a, uint64_t b)
{
    struct wide p;
    fp_multiply(a, b, &p.high, &p.low);
    return p;
}

/* Twos complement. */
IA32_INLINE struct wide wide_negate(struct wide v)
{
    return (struct wide){~v.high + (v.low == 0), 0 - v.low};
}

/* Quotient and remainder of v / divisor, bit by bit; the quotient fits when
 * v.high < divisor. */
static void wide_divide(struct wide v, uint64_t divisor, uint64_t *quotient,
                        uint64_t *remainder)
{
    if (v.high == 0) {
        *quotient = v.low / divisor;
        *remainder = v.low % divisor;
        return;
    }
    for (unsigned i = 0; i < 64; i++) {
        uint64_t out = v.high >> 63;
        v.high = v.high << 1 | v.low >> 63;
        v.low <<= 1;
        if (out || v.high >= divisor) {
            v.high -= divisor;
            v.low |= 1;
        }
    }
    *quotient = v.low;
    *remainder = v.high;
}

/* The pair eDX:eAX (AH:AL for bytes). */
IA32_INLINE uint64_t get_pair(const struct ia32_cpu *cpu, unsigned size)
{
    if (size == 1)
        return cpu->gpr[IA32_RAX] & 0xffff;
    return ia32_get_gpr(cpu, IA32_RDX, size) << (8 * size) |
           ia32_get_gpr(cpu, IA32_RAX, size);
}

IA32_INLINE void set_pair(struct ia32_cpu *cpu, uint64_t high, uint64_t low,
                          unsigned size)
{
    ia32_set_gpr(cpu, size == 1 ? IA32_REG_HIGH8 + IA32_RAX : IA32_RDX, size,
                 high);
    ia32_set_gpr(cpu, IA32_RAX, size, low);
}

/* --- multiplication ------------------------------------------------------ */

/* CF and OF say that the lower half is not the whole product. */
IA32_INLINE void product_flags(struct ia32_cpu *cpu, uint64_t product,
                               bool overflow, unsigned size)
{
    ia32_logic_flags(cpu, product, size);
    cpu->cc_z = 1;
    ia32_set_cf_of(cpu, overflow, overflow);
}

IA32_INLINE uint64_t signed_product(struct ia32_cpu *cpu, uint64_t a,
                                    uint64_t b, unsigned size)
{
    uint64_t product = ia32_sign_extend(a, size) * ia32_sign_extend(b, size);
    product_flags(cpu, product, product != ia32_sign_extend(product, size),
                  size);
    return product;
}

IA32_INLINE enum ia32_status mul_e(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    uint64_t b;
    IA32_TRY(ia32_read_e(cpu, insn, size, &b));
    uint64_t product = ia32_get_gpr(cpu, IA32_RAX, size) * b;
    set_pair(cpu, product >> (8 * size), product, size);
    product_flags(cpu, product, product >> (8 * size) != 0, size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status imul_e(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unsigned size)
{
    uint64_t b;
    IA32_TRY(ia32_read_e(cpu, insn, size, &b));
    uint64_t a = ia32_get_gpr(cpu, IA32_RAX, size);
    uint64_t product = signed_product(cpu, a, b, size);
    set_pair(cpu, product >> (8 * size), product, size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status imul_g_e(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      unsigned size)
{
    uint64_t b;
    IA32_TRY(ia32_read_e(cpu, insn, size, &b));
    uint64_t a = ia32_get_g(cpu, insn, size);
    ia32_set_g(cpu, insn, size, signed_product(cpu, a, b, size));
    return IA32_OK;
}

IA32_INLINE enum ia32_status imul_g_e_i(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn,
                                        unsigned size)
{
    uint64_t a;
    IA32_TRY(ia32_read_e(cpu, insn, size, &a));
    ia32_set_g(cpu, insn, size, signed_product(cpu, a, insn->imm, size));
    return IA32_OK;
}

IA32_OP(mul_eb, mul_e, 1)
IA32_OP(imul_eb, imul_e, 1)
IA32_OP_LEGACY(mul_ev, mul_e)
IA32_OP_LEGACY(imul_ev, imul_e)
IA32_OP_LEGACY(imul_gv_ev, imul_g_e)
IA32_OP_LEGACY(imul_gv_ev_i, imul_g_e_i)

/* The same with 64-bit operands, whose product has 128. */
enum ia32_status ia32_op_mul_ev_64(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn)
{
    uint64_t b;
    IA32_TRY(ia32_read_e(cpu, insn, 8, &b));
    struct wide p = wide_product(cpu->gpr[IA32_RAX], b);
    set_pair(cpu, p.high, p.low, 8);
    product_flags(cpu, p.low, p.high != 0, 8);
    return IA32_OK;
}

/* MULX: EDX or RDX times the operand, no flags; when both destinations are
 * one register, it holds the upper half. */
enum ia32_status ia32_op_mulx(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    unsigned size = insn->opsize == 8 ? 8 : 4;
    uint64_t b;
    IA32_TRY(ia32_read_e(cpu, insn, size, &b));
    uint64_t a = ia32_get_gpr(cpu, IA32_RDX, size);
    struct wide p = wide_product(a, b);
    if (size == 4)
        p = (struct wide){p.low >> 32, (uint32_t)p.low};
    ia32_set_gpr(cpu, insn->vvvv, size, p.low);
    ia32_set_g(cpu, insn, size, p.high);
    return IA32_OK;
}

static struct wide signed_wide_product(struct ia32_cpu *cpu, uint64_t a,
                                       uint64_t b)
{
    struct wide p = wide_product(a, b);
    p.high -= (a >> 63 ? b : 0) + (b >> 63 ? a : 0);
    product_flags(cpu, p.low, p.high != 0 - (p.low >> 63), 8);
    return p;
}

enum ia32_status ia32_op_imul_ev_64(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn)
{
    uint64_t b;
    IA32_TRY(ia32_read_e(cpu, insn, 8, &b));
    struct wide p = signed_wide_product(cpu, cpu->gpr[IA32_RAX], b);
    set_pair(cpu, p.high, p.low, 8);
    return IA32_OK;
}

enum ia32_status ia32_op_imul_gv_ev_64(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn)
{
    uint64_t b;
    IA32_TRY(ia32_read_e(cpu, insn, 8, &b));
    uint64_t a = ia32_get_g(cpu, insn, 8);
    ia32_set_g(cpu, insn, 8, signed_wide_product(cpu, a, b).low);
    return IA32_OK;
}

enum ia32_status ia32_op_imul_gv_ev_i_64(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn)
{
    uint64_t a;
    IA32_TRY(ia32_read_e(cpu, insn, 8, &a));
    ia32_set_g(cpu, insn, 8, signed_wide_product(cpu, a, insn->imm).low);
    return IA32_OK;
}

/* --- division -------------------------------------------------------------- */

/* #DE for a divisor of zero or a quotient that does not fit. */
IA32_INLINE enum ia32_status div_e(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    uint64_t divisor;
    IA32_TRY(ia32_read_e(cpu, insn, size, &divisor));
    uint64_t dividend = get_pair(cpu, size);
    if (divisor == 0 || dividend / divisor > ia32_mask(size))
        return ia32_fault_noerr(cpu, IA32_DE);
    set_pair(cpu, dividend % divisor, dividend / divisor, size);
    return IA32_OK;
}

IA32_INLINE uint64_t magnitude(uint64_t v)
{
    return v >> 63 ? 0 - v : v;
}

/* On magnitudes, so that nothing overflows in C: the quotient is cut toward
 * zero and the remainder has the dividend's sign. */
IA32_INLINE enum ia32_status idiv_e(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unsigned size)
{
    uint64_t b;
    IA32_TRY(ia32_read_e(cpu, insn, size, &b));
    b = ia32_sign_extend(b, size);
    uint64_t a = ia32_sign_extend(get_pair(cpu, size), 2 * size);
    if (b == 0)
        return ia32_fault_noerr(cpu, IA32_DE);
    bool negative = (a ^ b) >> 63;
    uint64_t quotient = magnitude(a) / magnitude(b);
    uint64_t remainder = magnitude(a) % magnitude(b);
    if (quotient > (ia32_mask(size) >> 1) + negative)
        return ia32_fault_noerr(cpu, IA32_DE);
    set_pair(cpu, a >> 63 ? 0 - remainder : remainder,
             negative ? 0 - quotient : quotient, size);
    return IA32_OK;
}

IA32_OP(div_eb, div_e, 1)
IA32_OP(idiv_eb, idiv_e, 1)
IA32_OP_LEGACY(div_ev, div_e)
IA32_OP_LEGACY(idiv_ev, idiv_e)

enum ia32_status ia32_op_div_ev_64(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn)
{
    uint64_t divisor, quotient, remainder;
    IA32_TRY(ia32_read_e(cpu, insn, 8, &divisor));
    struct wide dividend = {cpu->gpr[IA32_RDX], cpu->gpr[IA32_RAX]};
    if (dividend.high >= divisor)
        return ia32_fault_noerr(cpu, IA32_DE);
    wide_divide(dividend, divisor, &quotient, &remainder);
    set_pair(cpu, remainder, quotient, 8);
    return IA32_OK;
}

enum ia32_status ia32_op_idiv_ev_64(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn)
{
    uint64_t b, quotient, remainder;
    IA32_TRY(ia32_read_e(cpu, insn, 8, &b));
    struct wide a = {cpu->gpr[IA32_RDX], cpu->gpr[IA32_RAX]};
    bool minus = a.high >> 63, negative = minus != (b >> 63);
    if (minus)
        a = wide_negate(a);
    if (a.high >= magnitude(b))
        return ia32_fault_noerr(cpu, IA32_DE);
    wide_divide(a, magnitude(b), &quotient, &remainder);
    if (quotient > (ia32_mask(8) >> 1) + negative)
        return ia32_fault_noerr(cpu, IA32_DE);
    set_pair(cpu, minus ? 0 - remainder : remainder,
             negative ? 0 - quotient : quotient, 8);
    return IA32_OK;
}

/* --- decimal ---------------------------------------------------------------- */

/* SF ZF PF of AL; CF and AF as given; OF, undefined, is 0. */
static void decimal_flags(struct ia32_cpu *cpu, bool cf, bool af)
{
    ia32_logic_flags(cpu, cpu->gpr[IA32_RAX] & 0xff, 1);
    ia32_set_cf_of(cpu, cf, false);
    cpu->cc_c |= af ? 8u : 0u;
}

/* Packed: each nibble that left 0..9, or carried, is put right by 6.
 * sign 1 after an addition, -1 after a subtraction.  A borrow of DAS's own
 * AL - 6 counts, as does DAA's carry of AL + 6. */
static enum ia32_status adjust_packed(struct ia32_cpu *cpu, bool subtract)
{
    unsigned old = cpu->gpr[IA32_RAX] & 0xff, al = old;
    bool old_cf = ia32_cf(cpu);
    bool af = (old & 15) > 9 || ia32_af(cpu);
    bool cf = old > 0x99 || old_cf;
    if (af)
        al = subtract ? al - 6 : al + 6;
    bool wrapped = af && al > 0xff;
    if (cf)
        al = subtract ? al - 0x60 : al + 0x60;
    ia32_set8(cpu, IA32_RAX, (uint8_t)al);
    decimal_flags(cpu, cf || (subtract && wrapped), af);
    return IA32_OK;
}

enum ia32_status ia32_op_daa(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    (void)insn;
    return adjust_packed(cpu, false);
}

enum ia32_status ia32_op_das(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    (void)insn;
    return adjust_packed(cpu, true);
}

/* Unpacked: one digit in AL, the carry goes to AH. */
static enum ia32_status adjust_unpacked(struct ia32_cpu *cpu, unsigned by)
{
    bool adjust = (cpu->gpr[IA32_RAX] & 15) > 9 || ia32_af(cpu);
    uint64_t ax = cpu->gpr[IA32_RAX] + (adjust ? by : 0);
    ia32_set_reg(cpu, IA32_RAX, 2, ax & 0xff0f);
    decimal_flags(cpu, adjust, adjust);
    return IA32_OK;
}

enum ia32_status ia32_op_aaa(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    (void)insn;
    return adjust_unpacked(cpu, 0x106);
}

enum ia32_status ia32_op_aas(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    (void)insn;
    return adjust_unpacked(cpu, 0u - 0x106u);
}

/* AAM and AAD work in the base that the immediate gives, 10 as a rule.  CF,
 * OF and AF are undefined: 0 after AAM, those of the sum after AAD. */
enum ia32_status ia32_op_aam(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    unsigned al = cpu->gpr[IA32_RAX] & 0xff, base = (unsigned)insn->imm;
    if (base == 0)
        return ia32_fault_noerr(cpu, IA32_DE);
    ia32_set_reg(cpu, IA32_RAX, 2, (al / base) << 8 | al % base);
    decimal_flags(cpu, false, false);
    return IA32_OK;
}

enum ia32_status ia32_op_aad(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    uint64_t ax = cpu->gpr[IA32_RAX];
    uint64_t tens = (ax >> 8 & 0xff) * insn->imm;
    uint64_t al = ia32_alu(cpu, IA32_ADD, ax & 0xff, tens & 0xff, 1);
    ia32_set_reg(cpu, IA32_RAX, 2, al & 0xff);
    return IA32_OK;
}
