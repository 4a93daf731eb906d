/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bit tests and scans: BT BTS BTR BTC BSF BSR.
 * SDM 325462, Vol 1, "Bit and Byte Instructions"; Vol 2, the pages.
 *
 * Undefined flags, as Intel processors were measured (Xeon, 2020s): bit
 * tests change only CF; scans set PF from the index that they found and
 * clear CF, OF, SF and AF.  A scan of zero leaves its destination alone and
 * sets ZF, and PF with it. */
#include "sim/ia32/alu.h"

enum bit_op { BT, BTS, BTR, BTC };

IA32_INLINE uint64_t change_bit(enum bit_op op, uint64_t v, uint64_t bit)
{
    switch (op) {
    case BTS: return v | bit;
    case BTR: return v & ~bit;
    case BTC: return v ^ bit;
    case BT: break;
    }
    return v;
}

IA32_INLINE enum ia32_status bit_at(struct ia32_cpu *cpu, unsigned seg,
                                    uint64_t ea, enum bit_op op,
                                    unsigned number, unsigned size)
{
    uint64_t v;
    if (op == BT)
        IA32_TRY(ia32_read(cpu, seg, ea, size, &v));
    else
        IA32_TRY(ia32_read_for_write(cpu, seg, ea, size, &v));
    ia32_set_cf(cpu, v >> number & 1);
    if (op == BT)
        return IA32_OK;
    return ia32_write(cpu, seg, ea, size,
                      change_bit(op, v, VT_BIT(number)));
}

IA32_INLINE enum ia32_status bit_of_register(struct ia32_cpu *cpu,
                                             const struct ia32_insn *insn,
                                             enum bit_op op, unsigned number,
                                             unsigned size)
{
    uint64_t v = ia32_get_gpr(cpu, insn->rm, size);
    ia32_set_cf(cpu, v >> number & 1);
    if (op != BT)
        ia32_set_gpr(cpu, insn->rm, size,
                     change_bit(op, v, VT_BIT(number)));
    return IA32_OK;
}

/* A register as bit number is a signed offset into a string of bits that
 * reaches to both sides of a memory operand; the word that holds the bit is
 * what is accessed. */
IA32_INLINE enum ia32_status bit_e_g(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     enum bit_op op, unsigned size)
{
    uint64_t offset = ia32_get_g(cpu, insn, size);
    unsigned number = (unsigned)offset & (8 * size - 1);
    if (insn->is_reg)
        return bit_of_register(cpu, insn, op, number, size);
    uint64_t bits = ia32_sign_extend(offset, size) - number;
    uint64_t bytes = bits >> 3 | (bits >> 63 ? UINT64_C(7) << 61 : 0);
    uint64_t ea = (ia32_ea(cpu, insn) + bytes) & ia32_mask(insn->addrsize);
    return bit_at(cpu, insn->seg, ea, op, number, size);
}

/* An immediate one stays inside the operand. */
IA32_INLINE enum ia32_status bit_e_i(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     enum bit_op op, unsigned size)
{
    unsigned number = (unsigned)insn->imm & (8 * size - 1);
    if (insn->is_reg)
        return bit_of_register(cpu, insn, op, number, size);
    return bit_at(cpu, insn->seg, ia32_ea(cpu, insn), op, number, size);
}

#define FORMS(name, op)                                                      \
    IA32_OP_SIZED_WITH(name##_ev_gv, bit_e_g, op)                            \
    IA32_OP_SIZED_WITH(name##_ev_ib, bit_e_i, op)

FORMS(bt, BT)
FORMS(bts, BTS)
FORMS(btr, BTR)
FORMS(btc, BTC)

/* --- scans ------------------------------------------------------------------ */

IA32_INLINE unsigned lowest_bit(uint64_t v)
{
    unsigned n = 0;
    for (; !(v & 1); v >>= 1)
        n++;
    return n;
}

IA32_INLINE unsigned highest_bit(uint64_t v)
{
    unsigned n = 0;
    for (; v >>= 1; )
        n++;
    return n;
}

IA32_INLINE enum ia32_status scan(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, bool forward,
                                  unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    unsigned n = v == 0 ? 0 : forward ? lowest_bit(v) : highest_bit(v);
    ia32_logic_flags(cpu, n, size);
    cpu->cc_z = v != 0;
    if (v != 0)
        ia32_set_g(cpu, insn, size, n);
    return IA32_OK;
}

IA32_OP_SIZED_WITH(bsf_gv_ev, scan, true)
IA32_OP_SIZED_WITH(bsr_gv_ev, scan, false)
