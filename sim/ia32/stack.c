/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PUSH and POP in their forms, PUSHA POPA, ENTER LEAVE, BOUND.
 * SDM 325462, Vol 1, "Stacks" and "Procedure Calls for Block-Structured
 * Languages"; Vol 2, the instructions' pages.
 *
 * Operand size says how much moves, the B bit of SS whether SP or ESP counts.
 * Left out: POP to segment registers, PUSHF and POPF, the system's. */
#include "sim/ia32/operand.h"

/* --- PUSH --------------------------------------------------------------- */

/* PUSH ESP pushes ESP as it was. */
IA32_INLINE enum ia32_status push_z(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unsigned size)
{
    return ia32_push(cpu, size, ia32_get_g(cpu, insn, size));
}

IA32_INLINE enum ia32_status push_i(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unsigned size)
{
    return ia32_push(cpu, size, insn->imm & ia32_mask(size));
}

IA32_INLINE enum ia32_status push_e(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read_e(cpu, insn, size, &v));
    return ia32_push(cpu, size, v);
}

/* Of a 32-bit slot only the lower half is written, as by all processors but
 * the Pentium: SDM Vol 3B, "Selector Pushes and Pops".  A 64-bit slot is
 * written whole: Vol 2B, "PUSH". */
IA32_INLINE enum ia32_status push_s(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    enum ia32_seg_index seg, unsigned size)
{
    (void)insn;
    unsigned stack_size = ia32_stack_size(cpu);
    uint64_t sp = (cpu->gpr[IA32_RSP] - size) & ia32_mask(stack_size);
    IA32_TRY(ia32_write(cpu, IA32_SS, sp, size == 8 ? 8 : 2,
                        cpu->seg[seg].selector));
    ia32_set_reg(cpu, IA32_RSP, stack_size, sp);
    return IA32_OK;
}

IA32_OP_SIZED(push_zv, push_z)
IA32_OP_SIZED(push_i, push_i)
IA32_OP_SIZED(push_ev, push_e)
IA32_OP_LEGACY_WITH(push_es, push_s, IA32_ES)
IA32_OP_LEGACY_WITH(push_cs, push_s, IA32_CS)
IA32_OP_LEGACY_WITH(push_ss, push_s, IA32_SS)
IA32_OP_LEGACY_WITH(push_ds, push_s, IA32_DS)
IA32_OP_SIZED_WITH(push_fs, push_s, IA32_FS)
IA32_OP_SIZED_WITH(push_gs, push_s, IA32_GS)

/* --- POP ---------------------------------------------------------------- */

IA32_INLINE enum ia32_status pop_z(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_pop(cpu, size, &v));
    ia32_set_g(cpu, insn, size, v);
    return IA32_OK;
}

/* An address that uses ESP means ESP after the pop. */
IA32_INLINE enum ia32_status pop_e(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    uint64_t v, old = cpu->gpr[IA32_RSP];
    IA32_TRY(ia32_pop(cpu, size, &v));
    enum ia32_status status = ia32_write_e(cpu, insn, size, v);
    if (status == IA32_FAULT)
        cpu->gpr[IA32_RSP] = old;
    return status;
}

IA32_OP_SIZED(pop_zv, pop_z)
IA32_OP_SIZED(pop_ev, pop_e)

/* --- all registers -------------------------------------------------------- */

/* All eight slots are tried before the first is written. */
IA32_INLINE enum ia32_status pusha(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    (void)insn;
    uint64_t old = cpu->gpr[IA32_RSP];
    uint64_t mask = ia32_mask(ia32_stack_size(cpu));
    for (unsigned i = 1; i <= 8; i++)
        IA32_TRY(ia32_probe_write(cpu, IA32_SS, (old - i * size) & mask,
                                  size));
    for (unsigned r = 0; r < 8; r++) {
        uint64_t v = r == IA32_RSP ? old : cpu->gpr[r];
        IA32_TRY(ia32_push(cpu, size, v & ia32_mask(size)));
    }
    return IA32_OK;
}

/* The value for ESP is read and thrown away. */
IA32_INLINE enum ia32_status popa(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn,
                                  unsigned size)
{
    (void)insn;
    uint64_t v[8], old = cpu->gpr[IA32_RSP];
    for (unsigned r = 8; r-- > 0;) {
        enum ia32_status status = ia32_pop(cpu, size, &v[r]);
        if (status != IA32_OK) {
            cpu->gpr[IA32_RSP] = old;
            return status;
        }
    }
    for (unsigned r = 0; r < 8; r++)
        if (r != IA32_RSP)
            ia32_set_reg(cpu, r, size, v[r]);
    return IA32_OK;
}

IA32_OP_LEGACY(pusha, pusha)
IA32_OP_LEGACY(popa, popa)

/* --- procedure frames ------------------------------------------------------ */

/* ENTER for nesting level n pushes EBP, copies n-1 frame pointers from the
 * enclosing frame, and pushes the new frame's address:
 *
 *      old ESP ->  saved EBP            <- new EBP
 *                  frame pointer 1      (copied from below the old EBP)
 *                  ...
 *                  frame pointer n-1
 *                  new EBP              (for n > 0)
 *      new ESP ->  locals
 */
IA32_INLINE enum ia32_status push_frame(struct ia32_cpu *cpu, unsigned level,
                                        uint64_t *frame, unsigned size)
{
    uint64_t mask = ia32_mask(ia32_stack_size(cpu)), v;
    uint64_t link = cpu->gpr[IA32_RBP];
    IA32_TRY(ia32_push(cpu, size, link & ia32_mask(size)));
    *frame = cpu->gpr[IA32_RSP];
    for (unsigned i = 1; i < level; i++) {
        link = (link - size) & mask;
        IA32_TRY(ia32_read(cpu, IA32_SS, link, size, &v));
        IA32_TRY(ia32_push(cpu, size, v));
    }
    return level ? ia32_push(cpu, size, *frame & ia32_mask(size)) : IA32_OK;
}

/* The stack must also be writable where ESP ends.  On a fault the registers
 * are as before; what was pushed below ESP stays there and is pushed again
 * when the instruction is restarted. */
IA32_INLINE enum ia32_status enter(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    unsigned stack_size = ia32_stack_size(cpu);
    uint64_t old = cpu->gpr[IA32_RSP], frame = 0, sp = 0;
    enum ia32_status status = push_frame(cpu, insn->imm2 & 31, &frame, size);
    if (status == IA32_OK) {
        sp = (cpu->gpr[IA32_RSP] - insn->imm) & ia32_mask(stack_size);
        status = ia32_probe_write(cpu, IA32_SS, sp, size);
    }
    if (status != IA32_OK) {
        cpu->gpr[IA32_RSP] = old;
        return status;
    }
    ia32_set_reg(cpu, IA32_RSP, stack_size, sp);
    ia32_set_reg(cpu, IA32_RBP, size, frame);
    return IA32_OK;
}

IA32_INLINE enum ia32_status leave(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    (void)insn;
    uint64_t v, old = cpu->gpr[IA32_RSP];
    ia32_set_reg(cpu, IA32_RSP, ia32_stack_size(cpu), cpu->gpr[IA32_RBP]);
    enum ia32_status status = ia32_pop(cpu, size, &v);
    if (status != IA32_OK) {
        cpu->gpr[IA32_RSP] = old;
        return status;
    }
    ia32_set_reg(cpu, IA32_RBP, size, v);
    return IA32_OK;
}

IA32_OP_SIZED(enter, enter)
IA32_OP_SIZED(leave, leave)

/* BOUND: signed index against the pair lower, upper in memory. */
IA32_INLINE enum ia32_status bound(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    uint64_t ea = ia32_ea(cpu, insn), lower, upper;
    uint64_t second = (ea + size) & ia32_mask(insn->addrsize);
    IA32_TRY(ia32_read(cpu, insn->seg, ea, size, &lower));
    IA32_TRY(ia32_read(cpu, insn->seg, second, size, &upper));
    /* Flipping the sign bit turns signed order into unsigned order. */
    uint64_t sign = VT_BIT(8 * size - 1);
    uint64_t index = ia32_get_g(cpu, insn, size) ^ sign;
    if (index < (lower ^ sign) || index > (upper ^ sign))
        return ia32_fault_noerr(cpu, IA32_BR);
    return IA32_OK;
}
IA32_OP_LEGACY(bound_gv_ma, bound)
