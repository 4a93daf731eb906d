/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bit manipulation: BMI1, BMI2, LZCNT, POPCNT, ADCX and ADOX, and the two
 * that move and sum bytes, MOVBE and CRC32.
 *
 * Flags that the manual leaves undefined are those of a logical operation on
 * the result: SF and PF from it, AF clear.
 * SDM 325462, Vol 2, "Instruction Set Reference", each one's page; Vol 1,
 * "Operations in 64-Bit Mode". */
#include "sim/ia32/alu.h"

/* Operands of 32 bits, or 64 with W. */
#define OP_Y(name, body)                                                    \
    enum ia32_status ia32_op_##name(struct ia32_cpu *cpu,                   \
                                    const struct ia32_insn *insn)           \
    {                                                                       \
        return insn->opsize == 8 ? body(cpu, insn, 8) : body(cpu, insn, 4); \
    }
#define OP_Y_WITH(name, body, with)                                         \
    enum ia32_status ia32_op_##name(struct ia32_cpu *cpu,                   \
                                    const struct ia32_insn *insn)           \
    {                                                                       \
        return insn->opsize == 8 ? body(cpu, insn, with, 8)                 \
                                 : body(cpu, insn, with, 4);                \
    }

/* B: the register that VEX.vvvv names. */
IA32_INLINE uint64_t get_b(const struct ia32_cpu *cpu,
                           const struct ia32_insn *insn, unsigned size)
{
    return ia32_get_gpr(cpu, insn->vvvv, size);
}

/* --- counting ------------------------------------------------------------- */

static unsigned count_ones(uint64_t v)
{
    v -= v >> 1 & UINT64_C(0x5555555555555555);
    v = (v & UINT64_C(0x3333333333333333)) +
        (v >> 2 & UINT64_C(0x3333333333333333));
    v = (v + (v >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)(v * UINT64_C(0x0101010101010101) >> 56);
}

/* Zeros below the lowest one, or all bits. */
IA32_INLINE unsigned trailing_zeros(uint64_t v, unsigned size)
{
    return v ? count_ones(~v & (v - 1)) : 8 * size;
}

IA32_INLINE unsigned leading_zeros(uint64_t v, unsigned size)
{
    for (unsigned i = 1; i < 64; i *= 2)
        v |= v >> i;
    return 8 * size - count_ones(v);
}

IA32_INLINE enum ia32_status popcnt(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    ia32_set_g(cpu, insn, size, count_ones(v));
    ia32_set_arith_flags(cpu, v ? 0 : FL_ZF);
    return IA32_OK;
}

IA32_INLINE enum ia32_status count_zeros(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn,
                                         bool leading, unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    unsigned n = leading ? leading_zeros(v, size) : trailing_zeros(v, size);
    ia32_set_g(cpu, insn, size, n);
    ia32_logic_flags(cpu, n, size);
    ia32_set_cf(cpu, v == 0);
    return IA32_OK;
}

IA32_OP_SIZED(popcnt_gv_ev, popcnt)
IA32_OP_SIZED_WITH(tzcnt_gv_ev, count_zeros, false)
IA32_OP_SIZED_WITH(lzcnt_gv_ev, count_zeros, true)

/* --- BMI1 ----------------------------------------------------------------- */

IA32_INLINE enum ia32_status andn(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn,
                                  unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    v &= ~get_b(cpu, insn, size);
    ia32_set_g(cpu, insn, size, v);
    ia32_logic_flags(cpu, v, size);
    return IA32_OK;
}

enum lowest { CLEAR_LOWEST, MASK_TO_LOWEST, ISOLATE_LOWEST };

/* BLSR, BLSMSK and BLSI: the destination is in VEX.vvvv. */
IA32_INLINE enum ia32_status lowest(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    enum lowest what, unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    uint64_t r = what == CLEAR_LOWEST     ? v & (v - 1)
                 : what == MASK_TO_LOWEST ? v ^ (v - 1)
                                          : v & (0 - v);
    bool is_zero = v == 0;
    ia32_set_gpr(cpu, insn->vvvv, size, r);
    ia32_logic_flags(cpu, r, size);
    ia32_set_cf(cpu, what == ISOLATE_LOWEST ? !is_zero : is_zero);
    return IA32_OK;
}

/* Start in bits 7:0 of the second source, length in 15:8. */
IA32_INLINE enum ia32_status bextr(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    uint64_t control = get_b(cpu, insn, size);
    unsigned start = control & 0xff, length = control >> 8 & 0xff;
    v = start < 64 ? v >> start : 0;
    if (length < 64)
        v &= VT_BIT(length) - 1;
    ia32_set_g(cpu, insn, size, v);
    ia32_logic_flags(cpu, v, size);
    return IA32_OK;
}

OP_Y(andn, andn)
OP_Y_WITH(blsr, lowest, CLEAR_LOWEST)
OP_Y_WITH(blsmsk, lowest, MASK_TO_LOWEST)
OP_Y_WITH(blsi, lowest, ISOLATE_LOWEST)
OP_Y(bextr, bextr)

/* --- BMI2 ----------------------------------------------------------------- */

/* Zero the bits from an index in bits 7:0 of the second source on. */
IA32_INLINE enum ia32_status bzhi(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn,
                                  unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    unsigned index = get_b(cpu, insn, size) & 0xff;
    bool beyond = index >= 8 * size;
    if (!beyond)
        v &= VT_BIT(index) - 1;
    ia32_set_g(cpu, insn, size, v);
    ia32_logic_flags(cpu, v, size);
    ia32_set_cf(cpu, beyond);
    return IA32_OK;
}

/* PDEP scatters the low bits of its first source to where the mask has ones;
 * PEXT gathers them from there. */
static uint64_t deposit(uint64_t v, uint64_t mask)
{
    uint64_t r = 0;
    for (; mask; mask &= mask - 1, v >>= 1)
        if (v & 1)
            r |= mask & (0 - mask);
    return r;
}

static uint64_t extract(uint64_t v, uint64_t mask)
{
    uint64_t r = 0;
    for (uint64_t to = 1; mask; mask &= mask - 1, to <<= 1)
        if (v & mask & (0 - mask))
            r |= to;
    return r;
}

IA32_INLINE enum ia32_status scatter(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     bool deposits, unsigned size)
{
    uint64_t mask;
    IA32_TRY(ia32_read_e(cpu, insn, size, &mask));
    uint64_t v = get_b(cpu, insn, size);
    ia32_set_g(cpu, insn, size,
               deposits ? deposit(v, mask) : extract(v, mask));
    return IA32_OK;
}

enum shift { SHIFT_LEFT, SHIFT_RIGHT, SHIFT_ARITHMETIC, ROTATE };

IA32_INLINE uint64_t shifted(uint64_t v, enum shift how, unsigned count,
                             unsigned size)
{
    unsigned bits = 8 * size;
    uint64_t s = ia32_sign_extend(v, size);
    switch (how) {
    case SHIFT_LEFT: return v << count;
    case SHIFT_RIGHT: return v >> count;
    case SHIFT_ARITHMETIC:
        return s >> 63 ? ~(~s >> count) : s >> count;
    case ROTATE: break;
    }
    return count ? v >> count | v << (bits - count) : v;
}

IA32_INLINE enum ia32_status shift(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   enum shift how, unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    uint64_t count = how == ROTATE ? insn->imm : get_b(cpu, insn, size);
    ia32_set_g(cpu, insn, size,
               shifted(v, how, (unsigned)count & (8 * size - 1), size));
    return IA32_OK;
}

OP_Y(bzhi, bzhi)
OP_Y_WITH(pdep, scatter, true)
OP_Y_WITH(pext, scatter, false)
OP_Y_WITH(shlx, shift, SHIFT_LEFT)
OP_Y_WITH(shrx, shift, SHIFT_RIGHT)
OP_Y_WITH(sarx, shift, SHIFT_ARITHMETIC)
OP_Y_WITH(rorx, shift, ROTATE)

/* --- ADX ------------------------------------------------------------------ */

/* The sum of two numbers and one flag, which gets the carry; no other flag
 * changes. */
IA32_INLINE enum ia32_status add_with(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      uint64_t flag, unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    bool in = flag == FL_CF ? ia32_cf(cpu) : ia32_of(cpu);
    uint64_t g = ia32_get_g(cpu, insn, size), sum = g + v + in;
    bool out = ia32_carries_add(g, v, sum) >> (8 * size - 1) & 1;
    ia32_set_g(cpu, insn, size, sum & ia32_mask(size));
    ia32_set_cf_of(cpu, flag == FL_CF ? out : ia32_cf(cpu),
                   flag == FL_CF ? ia32_of(cpu) : out);
    return IA32_OK;
}

OP_Y_WITH(adcx, add_with, FL_CF)
OP_Y_WITH(adox, add_with, FL_OF)

/* --- bytes ---------------------------------------------------------------- */

IA32_INLINE uint64_t swapped(uint64_t v, unsigned size)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < size; i++)
        r = r << 8 | (v >> 8 * i & 0xff);
    return r;
}

IA32_INLINE enum ia32_status movbe_load(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn,
                                        unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    ia32_set_g(cpu, insn, size, swapped(v, size));
    return IA32_OK;
}

IA32_INLINE enum ia32_status movbe_store(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn,
                                         unsigned size)
{
    return ia32_write_e(cpu, insn, size,
                        swapped(ia32_get_g(cpu, insn, size), size));
}

IA32_OP_SIZED(movbe_gv_mv, movbe_load)
IA32_OP_SIZED(movbe_mv_gv, movbe_store)

/* The remainder by the polynomial 11EDC6F41H over GF(2), bits reflected. */
#define CRC32C_REFLECTED 0x82f63b78u

IA32_INLINE enum ia32_status crc32(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    uint32_t crc = (uint32_t)ia32_get_g(cpu, insn, 4);
    for (unsigned i = 0; i < size; i++) {
        crc ^= (uint32_t)(v >> 8 * i & 0xff);
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? CRC32C_REFLECTED : 0);
    }
    ia32_set_g(cpu, insn, 4, crc);
    return IA32_OK;
}

IA32_OP(crc32_gd_eb, crc32, 1)
IA32_OP_SIZED(crc32_gd_ev, crc32)
