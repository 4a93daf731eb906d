/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Near branches: Jcc JCXZ LOOP JMP CALL RET.  Far ones are the system's.
 * SDM 325462, Vol 1, "Control Transfer Instructions"; Vol 2, "Instruction
 * Set Reference", each one's page.
 *
 * A target is cut to the operand size (a 16-bit branch clears the upper half
 * of EIP) and compared with the limit of CS before anything changes: #GP(0)
 * belongs to the branch, not to its target.  In 64-bit mode the operand size
 * is always 64 and the target must be canonical. */
#include "sim/ia32/operand.h"

IA32_INLINE enum ia32_status check_target(struct ia32_cpu *cpu,
                                          uint64_t target)
{
    bool ok = cpu->mode & IA32_MODE_LONG64
                  ? ia32_canonical(target)
                  : target <= cpu->seg[IA32_CS].limit;
    if (VT_UNLIKELY(!ok))
        return ia32_fault(cpu, IA32_GP, 0);
    return IA32_OK;
}

IA32_INLINE enum ia32_status jump_to(struct ia32_cpu *cpu, uint64_t target,
                                     unsigned size)
{
    target &= ia32_mask(size);
    IA32_TRY(check_target(cpu, target));
    cpu->rip = target;
    return IA32_JUMP;
}

/* --- relative ----------------------------------------------------------- */

IA32_INLINE enum ia32_status jmp_j(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    return jump_to(cpu, ia32_next_rip(cpu) + insn->imm, size);
}
IA32_OP_SIZED(jmp_j, jmp_j)

IA32_INLINE enum ia32_status jcc(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, unsigned code,
                                 unsigned size)
{
    return ia32_condition(cpu, code) ? jmp_j(cpu, insn, size) : IA32_OK;
}

#define JCC(name, code) IA32_OP_SIZED_WITH(j##name, jcc, code)
IA32_CONDITIONS(JCC)

/* The counter's width is the address size, the target's the operand size. */
IA32_INLINE enum ia32_status jcxz(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, unsigned size)
{
    if (ia32_get_gpr(cpu, IA32_RCX, insn->addrsize) != 0)
        return IA32_OK;
    return jmp_j(cpu, insn, size);
}
IA32_OP_SIZED(jcxz, jcxz)

enum loop_kind { LOOP_ANY, LOOP_WHILE_Z, LOOP_WHILE_NZ };

/* ECX is decremented also when the loop ends, but not when the target is
 * beyond the limit. */
IA32_INLINE enum ia32_status loop(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn,
                                  enum loop_kind kind, unsigned size)
{
    uint64_t old = cpu->gpr[IA32_RCX];
    uint64_t count = (old - 1) & ia32_mask(insn->addrsize);
    bool again = count != 0 && (kind == LOOP_ANY ||
                                ia32_zf(cpu) == (kind == LOOP_WHILE_Z));
    ia32_set_reg(cpu, IA32_RCX, insn->addrsize, count);
    if (!again)
        return IA32_OK;
    enum ia32_status status = jmp_j(cpu, insn, size);
    if (status == IA32_FAULT)
        cpu->gpr[IA32_RCX] = old;
    return status;
}
IA32_OP_SIZED_WITH(loop, loop, LOOP_ANY)
IA32_OP_SIZED_WITH(loope, loop, LOOP_WHILE_Z)
IA32_OP_SIZED_WITH(loopne, loop, LOOP_WHILE_NZ)

/* --- calls and returns --------------------------------------------------- */

IA32_INLINE enum ia32_status call_to(struct ia32_cpu *cpu, uint64_t target,
                                     unsigned size)
{
    target &= ia32_mask(size);
    IA32_TRY(check_target(cpu, target));
    IA32_TRY(ia32_push(cpu, size, ia32_next_rip(cpu) & ia32_mask(size)));
    cpu->rip = target;
    return IA32_JUMP;
}

IA32_INLINE enum ia32_status call_j(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unsigned size)
{
    return call_to(cpu, ia32_next_rip(cpu) + insn->imm, size);
}

IA32_INLINE enum ia32_status call_e(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    unsigned size)
{
    uint64_t target;
    IA32_TRY(ia32_read_e(cpu, insn, size, &target));
    return call_to(cpu, target, size);
}

IA32_INLINE enum ia32_status jmp_e(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    uint64_t target;
    IA32_TRY(ia32_read_e(cpu, insn, size, &target));
    return jump_to(cpu, target, size);
}

IA32_OP_SIZED(call_jz, call_j)
IA32_OP_SIZED(call_ev, call_e)
IA32_OP_SIZED(jmp_ev, jmp_e)

/* C2 also releases its immediate in bytes of parameters; for C3 that is 0. */
IA32_INLINE enum ia32_status ret(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, unsigned size)
{
    uint64_t target, old = cpu->gpr[IA32_RSP];
    IA32_TRY(ia32_pop(cpu, size, &target));
    enum ia32_status status = jump_to(cpu, target, size);
    if (status == IA32_FAULT)
        cpu->gpr[IA32_RSP] = old;
    else
        ia32_set_reg(cpu, IA32_RSP, ia32_stack_size(cpu),
                     cpu->gpr[IA32_RSP] + insn->imm);
    return status;
}
IA32_OP_SIZED(ret, ret)
IA32_OP_SIZED(ret_iw, ret)
