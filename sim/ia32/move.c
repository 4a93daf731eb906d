/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves and exchanges: MOV MOVZX MOVSX LEA XCHG XADD CMPXCHG CMPXCHG8B
 * BSWAP XLAT CBW CWD SETcc CMOVcc, and the instructions on single flags.
 * SDM 325462, Vol 1, "Data Transfer Instructions"; Vol 2, "Instruction Set
 * Reference", each one's page.
 *
 * Left out: MOV to and from segment, control and debug registers, which are
 * the system's.  LOCK has nothing to do here: instructions of one CPU are
 * not interleaved with another's. */
#include "sim/ia32/alu.h"

/* --- MOV ---------------------------------------------------------------- */

IA32_INLINE enum ia32_status mov_e_g(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     unsigned size)
{
    return ia32_write_e(cpu, insn, size, ia32_get_g(cpu, insn, size));
}

IA32_INLINE enum ia32_status mov_g_e(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    ia32_set_g(cpu, insn, size, v);
    return IA32_OK;
}

IA32_INLINE enum ia32_status mov_e_i(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     unsigned size)
{
    return ia32_write_e(cpu, insn, size, insn->imm);
}

IA32_INLINE enum ia32_status mov_z_i(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     unsigned size)
{
    ia32_set_g(cpu, insn, size, insn->imm);
    return IA32_OK;
}

IA32_INLINE enum ia32_status mov_ax_o(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read(cpu, insn->seg, insn->imm, size, &v));
    ia32_set_gpr(cpu, IA32_RAX, size, v);
    return IA32_OK;
}

IA32_INLINE enum ia32_status mov_o_ax(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      unsigned size)
{
    return ia32_write(cpu, insn->seg, insn->imm, size,
                      ia32_get_gpr(cpu, IA32_RAX, size));
}

IA32_OP(mov_eb_gb, mov_e_g, 1)
IA32_OP(mov_gb_eb, mov_g_e, 1)
IA32_OP(mov_eb_ib, mov_e_i, 1)
IA32_OP(mov_zb_ib, mov_z_i, 1)
IA32_OP(mov_al_ob, mov_ax_o, 1)
IA32_OP(mov_ob_al, mov_o_ax, 1)
IA32_OP_SIZED(mov_ev_gv, mov_e_g)
IA32_OP_SIZED(mov_gv_ev, mov_g_e)
IA32_OP_SIZED(mov_ev_iz, mov_e_i)
IA32_OP_SIZED(mov_zv_iv, mov_z_i)
IA32_OP_SIZED(mov_eax_ov, mov_ax_o)
IA32_OP_SIZED(mov_ov_eax, mov_o_ax)

IA32_INLINE enum ia32_status movzx(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned from_size, unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, from_size, &v));
    ia32_set_g(cpu, insn, size, v);
    return IA32_OK;
}

IA32_INLINE enum ia32_status movsx(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned from_size, unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, from_size, &v));
    ia32_set_g(cpu, insn, size, ia32_sign_extend(v, from_size));
    return IA32_OK;
}

/* MOVSXD: with a 16-bit operand size it moves only 16 bits. */
IA32_INLINE enum ia32_status movsxd(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unsigned size)
{
    return movsx(cpu, insn, size == 2 ? 2 : 4, size);
}
IA32_OP_SIZED(movsxd_gv_ed, movsxd)

IA32_OP_SIZED_WITH(movzx_gv_eb, movzx, 1)
IA32_OP_SIZED_WITH(movzx_gv_ew, movzx, 2)
IA32_OP_SIZED_WITH(movsx_gv_eb, movsx, 1)
IA32_OP_SIZED_WITH(movsx_gv_ew, movsx, 2)

/* LEA: the offset alone, cut or zero-extended to the operand size; no
 * access, so no segment and no fault. */
IA32_INLINE enum ia32_status lea(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, unsigned size)
{
    ia32_set_g(cpu, insn, size, ia32_ea(cpu, insn));
    return IA32_OK;
}
IA32_OP_SIZED(lea_gv_m, lea)

IA32_INLINE enum ia32_status xlat(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, unsigned size)
{
    uint64_t offset = cpu->gpr[IA32_RBX] + (cpu->gpr[IA32_RAX] & 0xff);
    uint64_t v;
    IA32_TRY(ia32_read(cpu, insn->seg, offset & ia32_mask(insn->addrsize),
                       size, &v));
    ia32_set_gpr(cpu, IA32_RAX, size, v);
    return IA32_OK;
}
IA32_OP(xlat, xlat, 1)

/* --- exchanges ---------------------------------------------------------- */

/* Memory first: the register may be part of its address. */
IA32_INLINE enum ia32_status xchg_e_g(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      unsigned size)
{
    uint64_t e, g = ia32_get_g(cpu, insn, size);
    IA32_TRY(ia32_modify_e(cpu, insn, size, &e));
    IA32_TRY(ia32_write_e(cpu, insn, size, g));
    ia32_set_g(cpu, insn, size, e);
    return IA32_OK;
}

IA32_INLINE enum ia32_status xchg_z_ax(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn,
                                       unsigned size)
{
    uint64_t z = ia32_get_g(cpu, insn, size);
    ia32_set_g(cpu, insn, size, ia32_get_gpr(cpu, IA32_RAX, size));
    ia32_set_gpr(cpu, IA32_RAX, size, z);
    return IA32_OK;
}

/* XADD of a register to itself leaves the sum: it is written last. */
IA32_INLINE enum ia32_status xadd_e_g(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      unsigned size)
{
    uint64_t e, g = ia32_get_g(cpu, insn, size);
    IA32_TRY(ia32_modify_e(cpu, insn, size, &e));
    uint64_t sum = ia32_alu(cpu, IA32_ADD, e, g, size);
    if (insn->is_reg) {
        ia32_set_g(cpu, insn, size, e);
        return ia32_write_e(cpu, insn, size, sum);
    }
    IA32_TRY(ia32_write_e(cpu, insn, size, sum));
    ia32_set_g(cpu, insn, size, e);
    return IA32_OK;
}

/* The destination is written in either case, as the manual says: with the
 * source, or with what it held. */
IA32_INLINE enum ia32_status cmpxchg_e_g(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn,
                                         unsigned size)
{
    uint64_t e, a = ia32_get_gpr(cpu, IA32_RAX, size);
    IA32_TRY(ia32_modify_e(cpu, insn, size, &e));
    ia32_alu(cpu, IA32_CMP, a, e, size);
    if (ia32_zf(cpu))
        return ia32_write_e(cpu, insn, size, ia32_get_g(cpu, insn, size));
    /* Memory "receives a write cycle" all the same.  A register does not:
     * the upper half of a 64-bit one stays. */
    if (!insn->is_reg)
        IA32_TRY(ia32_write_e(cpu, insn, size, e));
    ia32_set_gpr(cpu, IA32_RAX, size, e);
    return IA32_OK;
}

IA32_OP(xchg_eb_gb, xchg_e_g, 1)
IA32_OP(xadd_eb_gb, xadd_e_g, 1)
IA32_OP(cmpxchg_eb_gb, cmpxchg_e_g, 1)
IA32_OP_SIZED(xchg_ev_gv, xchg_e_g)
IA32_OP_SIZED(xchg_zv_eax, xchg_z_ax)
IA32_OP_SIZED(xadd_ev_gv, xadd_e_g)
IA32_OP_SIZED(cmpxchg_ev_gv, cmpxchg_e_g)

static uint64_t pair(const struct ia32_cpu *cpu, unsigned high, unsigned low)
{
    return cpu->gpr[high] << 32 | (uint32_t)cpu->gpr[low];
}

/* Of the flags only ZF changes. */
static enum ia32_status cmpxchg8b(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn)
{
    uint64_t v;
    IA32_TRY(ia32_modify_e(cpu, insn, 8, &v));
    bool equal = v == pair(cpu, IA32_RDX, IA32_RAX);
    cpu->cc_z = !equal;
    if (equal)
        return ia32_write_e(cpu, insn, 8, pair(cpu, IA32_RCX, IA32_RBX));
    IA32_TRY(ia32_write_e(cpu, insn, 8, v));
    ia32_set_reg(cpu, IA32_RAX, 4, v);
    ia32_set_reg(cpu, IA32_RDX, 4, v >> 32);
    return IA32_OK;
}

enum ia32_status ia32_op_cmpxchg8b_mq_16(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn)
{
    return cmpxchg8b(cpu, insn);
}

enum ia32_status ia32_op_cmpxchg8b_mq_32(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn)
{
    return cmpxchg8b(cpu, insn);
}

/* CMPXCHG16B, with REX.W: the operand must be aligned, and is written back
 * when it is not equal. */
enum ia32_status ia32_op_cmpxchg8b_mq_64(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn)
{
    uint64_t ea = ia32_ea(cpu, insn), la, v[2];
    if (!ia32_has(cpu, IA32_F_CX16))
        return ia32_fault_noerr(cpu, IA32_UD);
    IA32_TRY(ia32_linear(cpu, insn->seg, ea, 16, IA32_ACC_W, &la));
    if (la & 15)
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_la_probe(cpu, la, 16, IA32_ACC_W));
    IA32_TRY(ia32_read128(cpu, insn->seg, ea, true, v));
    bool equal =
        v[0] == cpu->gpr[IA32_RAX] && v[1] == cpu->gpr[IA32_RDX];
    const uint64_t pair[2] = {cpu->gpr[IA32_RBX], cpu->gpr[IA32_RCX]};
    IA32_TRY(ia32_write128(cpu, insn->seg, ea, true, equal ? pair : v));
    cpu->cc_z = !equal;
    if (equal)
        return IA32_OK;
    cpu->gpr[IA32_RAX] = v[0];
    cpu->gpr[IA32_RDX] = v[1];
    return IA32_OK;
}

/* The manual leaves BSWAP of a 16-bit register undefined; processors give
 * zero. */
enum ia32_status ia32_op_bswap_zv_16(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn)
{
    ia32_set_g(cpu, insn, 2, 0);
    return IA32_OK;
}

enum ia32_status ia32_op_bswap_zv_32(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn)
{
    uint64_t v = ia32_get_g(cpu, insn, 4);
    v = (v & 0x00ff00ff) << 8 | (v >> 8 & 0x00ff00ff);
    ia32_set_g(cpu, insn, 4, v << 16 | v >> 16);
    return IA32_OK;
}

enum ia32_status ia32_op_bswap_zv_64(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn)
{
    uint8_t bytes[8];
    vt_st64le(bytes, ia32_get_g(cpu, insn, 8));
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v = v << 8 | bytes[i];
    ia32_set_g(cpu, insn, 8, v);
    return IA32_OK;
}

/* --- sign extension of the accumulator ---------------------------------- */

IA32_INLINE enum ia32_status cbw(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, unsigned size)
{
    (void)insn;
    uint64_t half = ia32_get_gpr(cpu, IA32_RAX, size / 2);
    ia32_set_gpr(cpu, IA32_RAX, size, ia32_sign_extend(half, size / 2));
    return IA32_OK;
}

IA32_INLINE enum ia32_status cwd(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, unsigned size)
{
    (void)insn;
    uint64_t a = ia32_get_gpr(cpu, IA32_RAX, size);
    ia32_set_gpr(cpu, IA32_RDX, size, a >> (8 * size - 1) ? ~UINT64_C(0) : 0);
    return IA32_OK;
}

IA32_OP_SIZED(cbw, cbw)
IA32_OP_SIZED(cwd, cwd)

/* --- conditions --------------------------------------------------------- */

IA32_INLINE enum ia32_status setcc(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned code, unsigned size)
{
    return ia32_write_e(cpu, insn, size, ia32_condition(cpu, code));
}

/* The source is read, with its faults, whatever the condition says; and the
 * upper half of a 64-bit register is cleared. */
IA32_INLINE enum ia32_status cmovcc(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unsigned code, unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    if (!ia32_condition(cpu, code))
        v = ia32_get_g(cpu, insn, size);
    ia32_set_g(cpu, insn, size, v);
    return IA32_OK;
}

#define SETCC(name, code) IA32_OP(set##name, setcc, code, 1)
#define CMOVCC(name, code) IA32_OP_SIZED_WITH(cmov##name, cmovcc, code)
IA32_CONDITIONS(SETCC)
IA32_CONDITIONS(CMOVCC)

/* --- single flags, and nothing at all ------------------------------------ */

#define AH_FLAGS (FL_SF | FL_ZF | FL_AF | FL_PF | FL_CF)

enum ia32_status ia32_op_lahf(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    (void)insn;
    uint64_t fl = (ia32_get_rflags(cpu) & AH_FLAGS) | FL_FIXED1;
    ia32_set8(cpu, IA32_REG_HIGH8 + IA32_RAX, (uint8_t)fl);
    return IA32_OK;
}

enum ia32_status ia32_op_sahf(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    (void)insn;
    uint64_t ah = ia32_get8(cpu, IA32_REG_HIGH8 + IA32_RAX);
    ia32_set_arith_flags(cpu, (ah & AH_FLAGS) |
                                  (ia32_of(cpu) ? FL_OF : 0));
    return IA32_OK;
}

IA32_INLINE enum ia32_status put_cf(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn, bool cf)
{
    (void)insn;
    ia32_set_cf(cpu, cf);
    return IA32_OK;
}
IA32_OP(clc, put_cf, false)
IA32_OP(stc, put_cf, true)
IA32_OP(cmc, put_cf, !ia32_cf(cpu))

IA32_INLINE enum ia32_status put_df(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn, bool df)
{
    (void)insn;
    cpu->rflags = (cpu->rflags & ~FL_DF) | (df ? FL_DF : 0);
    return IA32_OK;
}
IA32_OP(cld, put_df, false)
IA32_OP(std, put_df, true)

/* SALC, not in the manual but in every processor: AL = CF ? FF : 0. */
enum ia32_status ia32_op_salc(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    (void)insn;
    ia32_set8(cpu, IA32_RAX, ia32_cf(cpu) ? 0xff : 0);
    return IA32_OK;
}

/* NOP with or without operand, and PAUSE: an operand is never accessed. */
enum ia32_status ia32_op_nop(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    (void)cpu;
    (void)insn;
    return IA32_OK;
}

enum ia32_status ia32_op_ud(struct ia32_cpu *cpu,
                            const struct ia32_insn *insn)
{
    (void)insn;
    return ia32_fault_noerr(cpu, IA32_UD);
}
