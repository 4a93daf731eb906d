/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shifts and rotates: SHL SHR SAR ROL ROR RCL RCR SHLD SHRD.
 * SDM 325462, Vol 2, "SAL/SAR/SHL/SHR--Shift", "RCL/RCR/ROL/ROR--Rotate",
 * "SHLD--Double Precision Shift Left", "SHRD".
 *
 * The count is taken modulo 32, modulo 64 for 64-bit operands, and a count of
 * 0 changes no flag.  What the manual leaves undefined is here what Intel
 * processors were measured to do (Xeon, 2020s): OF for any count as if the
 * operand had been moved by one, but kept by ROL and ROR with an immediate
 * count other than 1; AF 0 after shifts; CF 0 when all bits have gone; double
 * shifts of 16-bit operands by more than 16 take the destination in again
 * behind the source. */
#include "sim/ia32/shift.h"

enum shift { ROL, ROR, RCL, RCR, SHL, SHR, SAR };

IA32_INLINE unsigned count_mask(unsigned size)
{
    return size == 8 ? 63 : 31;
}

/* --- rotates: only CF and OF --------------------------------------------- */

IA32_INLINE uint64_t rol(struct ia32_cpu *cpu, uint64_t a, unsigned count,
                         unsigned size)
{
    unsigned bits = 8 * size, n = count % bits;
    uint64_t r = n ? a << n | a >> (bits - n) : a;
    ia32_set_cf_of(cpu, r & 1, ia32_sign_changes_left(a, size));
    return r;
}

IA32_INLINE uint64_t ror(struct ia32_cpu *cpu, uint64_t a, unsigned count,
                         unsigned size)
{
    unsigned bits = 8 * size, n = count % bits;
    uint64_t r = n ? a >> n | a << (bits - n) : a;
    ia32_set_cf_of(cpu, ia32_top_bit(r, size), (a & 1) != ia32_top_bit(a, size));
    return r;
}

/* Rings of 65 bits, in two parts. */
static uint64_t rcl64(struct ia32_cpu *cpu, uint64_t a, unsigned count)
{
    uint64_t r = a << count | (uint64_t)ia32_cf(cpu) << (count - 1) |
                 (count > 1 ? a >> (65 - count) : 0);
    ia32_set_cf_of(cpu, a >> (64 - count) & 1, ia32_sign_changes_left(a, 8));
    return r;
}

static uint64_t rcr64(struct ia32_cpu *cpu, uint64_t a, unsigned count)
{
    bool cf = ia32_cf(cpu);
    uint64_t r = a >> count | (uint64_t)cf << (64 - count) |
                 (count > 1 ? a << (65 - count) : 0);
    ia32_set_cf_of(cpu, a >> (count - 1) & 1, cf != ia32_top_bit(a, 8));
    return r;
}

/* Through carry: CF and operand make a ring of bits + 1. */
IA32_INLINE uint64_t rcl(struct ia32_cpu *cpu, uint64_t a, unsigned count,
                         unsigned size)
{
    unsigned bits = 8 * size, n = count % (bits + 1);
    if (size == 8)
        return rcl64(cpu, a, count);
    if (n == 0)
        return a;
    uint64_t ring = a | (uint64_t)ia32_cf(cpu) << bits;
    uint64_t r = ring << n | ring >> (bits + 1 - n);
    ia32_set_cf_of(cpu, r >> bits & 1, ia32_sign_changes_left(a, size));
    return r;
}

IA32_INLINE uint64_t rcr(struct ia32_cpu *cpu, uint64_t a, unsigned count,
                         unsigned size)
{
    unsigned bits = 8 * size, n = count % (bits + 1);
    if (size == 8)
        return rcr64(cpu, a, count);
    if (n == 0)
        return a;
    bool cf = ia32_cf(cpu);
    uint64_t ring = a | (uint64_t)cf << bits;
    uint64_t r = ring >> n | ring << (bits + 1 - n);
    ia32_set_cf_of(cpu, r >> bits & 1, cf != ia32_top_bit(a, size));
    return r;
}

/* --- forms ------------------------------------------------------------------ */

IA32_INLINE uint64_t shift(struct ia32_cpu *cpu, enum shift op, uint64_t a,
                           unsigned count, unsigned size)
{
    switch (op) {
    case ROL: return rol(cpu, a, count, size);
    case ROR: return ror(cpu, a, count, size);
    case RCL: return rcl(cpu, a, count, size);
    case RCR: return rcr(cpu, a, count, size);
    case SHL: return ia32_shl(cpu, a, count, size);
    case SHR: return ia32_shr(cpu, a, count, size);
    case SAR: break;
    }
    return ia32_sar(cpu, a, count, size);
}

/* A destination in memory must be writable whatever the count. */
IA32_INLINE enum ia32_status shift_e(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     enum shift op, uint64_t count,
                                     unsigned size)
{
    uint64_t a;
    unsigned n = (unsigned)count & count_mask(size);
    IA32_TRY(ia32_modify_e(cpu, insn, size, &a));
    return ia32_write_e(cpu, insn, size,
                        n ? shift(cpu, op, a, n, size) : a);
}

IA32_INLINE enum ia32_status e_1(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, enum shift op,
                                 unsigned size)
{
    return shift_e(cpu, insn, op, 1, size);
}

IA32_INLINE enum ia32_status e_ib(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, enum shift op,
                                  unsigned size)
{
    bool of = ia32_of(cpu);
    IA32_TRY(shift_e(cpu, insn, op, insn->imm, size));
    if ((op == ROL || op == ROR) && (insn->imm & count_mask(size)) != 1)
        ia32_set_cf_of(cpu, ia32_cf(cpu), of);
    return IA32_OK;
}

IA32_INLINE enum ia32_status e_cl(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, enum shift op,
                                  unsigned size)
{
    return shift_e(cpu, insn, op, cpu->gpr[IA32_RCX], size);
}

#define FORMS(name, op)                                                      \
    IA32_OP(name##_eb_1, e_1, op, 1)                                         \
    IA32_OP(name##_eb_ib, e_ib, op, 1)                                       \
    IA32_OP(name##_eb_cl, e_cl, op, 1)                                       \
    IA32_OP_SIZED_WITH(name##_ev_1, e_1, op)                                 \
    IA32_OP_SIZED_WITH(name##_ev_ib, e_ib, op)                               \
    IA32_OP_SIZED_WITH(name##_ev_cl, e_cl, op)

FORMS(rol, ROL)
FORMS(ror, ROR)
FORMS(rcl, RCL)
FORMS(rcr, RCR)
FORMS(shl, SHL)
FORMS(shr, SHR)
FORMS(sar, SAR)

/* --- double shifts ------------------------------------------------------------ */

/* The bits that move, most significant first: two operands of 32 bits, or
 * three of 16, of which the outer ones are the destination; operands of 64
 * bits stay apart. */
IA32_INLINE uint64_t shld(struct ia32_cpu *cpu, uint64_t a, uint64_t b,
                          unsigned count, unsigned size)
{
    uint64_t r, cf;
    if (size == 2) {
        uint64_t train = a << 32 | b << 16 | a;
        r = train >> (32 - count);
        cf = train >> (48 - count);
    } else if (size == 8) {
        r = a << count | b >> (64 - count);
        cf = a >> (64 - count);
    } else {
        uint64_t train = a << 32 | b;
        r = train >> (32 - count);
        cf = train >> (64 - count);
    }
    ia32_shift_flags(cpu, r, cf & 1, ia32_sign_changes_left(a, size), size);
    return r;
}

IA32_INLINE uint64_t shrd(struct ia32_cpu *cpu, uint64_t a, uint64_t b,
                          unsigned count, unsigned size)
{
    uint64_t train = size == 2 ? a << 32 | b << 16 | a : b << 32 | a;
    uint64_t r = train >> count;
    if (size == 8) {
        train = a;
        r = a >> count | b << (64 - count);
    }
    ia32_shift_flags(cpu, r, train >> (count - 1) & 1,
                (b & 1) != ia32_top_bit(a, size), size);
    return r;
}

IA32_INLINE enum ia32_status double_shift(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn,
                                          bool left, uint64_t count,
                                          unsigned size)
{
    uint64_t a, b = ia32_get_g(cpu, insn, size);
    unsigned n = (unsigned)count & count_mask(size);
    IA32_TRY(ia32_modify_e(cpu, insn, size, &a));
    if (n != 0)
        a = left ? shld(cpu, a, b, n, size) : shrd(cpu, a, b, n, size);
    return ia32_write_e(cpu, insn, size, a);
}

IA32_INLINE enum ia32_status double_ib(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn,
                                       bool left, unsigned size)
{
    return double_shift(cpu, insn, left, insn->imm, size);
}

IA32_INLINE enum ia32_status double_cl(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn,
                                       bool left, unsigned size)
{
    return double_shift(cpu, insn, left, cpu->gpr[IA32_RCX], size);
}

IA32_OP_SIZED_WITH(shld_ev_gv_ib, double_ib, true)
IA32_OP_SIZED_WITH(shld_ev_gv_cl, double_cl, true)
IA32_OP_SIZED_WITH(shrd_ev_gv_ib, double_ib, false)
IA32_OP_SIZED_WITH(shrd_ev_gv_cl, double_cl, false)
