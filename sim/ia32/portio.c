/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Port input and output: IN, OUT, INS, OUTS.
 *
 * Order: permission (IOPL, else the I/O permission bit map in the TSS; in
 * virtual-8086 mode the bit map alone), the VMM's wish, the memory operand,
 * the port.  A port access cannot be taken back, so whatever may fault is
 * tried before.
 *
 * SDM 325462, Vol 1, "Input/Output"; Vol 2, "IN", "INS/INSB/INSW/INSD",
 * "OUT", "OUTS/OUTSB/OUTSW/OUTSD". */
#include "sim/ia32/breakpoint.h"
#include "sim/ia32/exec.h"
#include "sim/ia32/operand.h"
#include "sim/ia32/segment.h"
#include "sim/ia32/string.h"
#include "sim/ia32/virt.h"

/* One access. */
struct port_access {
    const struct ia32_insn *insn;
    uint16_t port;
    unsigned size_bytes;
    bool in, string, immediate;
};

/* The bit map in a 32-bit or 64-bit TSS: its base is the word at offset 102;
 * two bytes are read always, so that an access of four ports can look at all
 * its bits.  SDM Vol 1, "I/O Permission Bit Map". */
static enum ia32_status bit_map_allows(struct ia32_cpu *cpu, uint16_t port,
                                       unsigned size_bytes)
{
    const struct ia32_seg *tr = &cpu->seg[IA32_TR];
    uint64_t base, bits;
    bool is_tss32 = (tr->ar & (AR_S | AR_P | 9u)) == (AR_P | 9u);
    if ((tr->ar & AR_UNUSABLE) || !is_tss32 || tr->limit < 103)
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_la_read(cpu, ia32_system_la(cpu, tr->base + 102), 2,
                          IA32_ACC_R | IA32_ACC_IMPLICIT, &base));
    uint64_t at = base + port / 8;
    if (at + 1 > tr->limit)
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_la_read(cpu, ia32_system_la(cpu, tr->base + at), 2,
                          IA32_ACC_R | IA32_ACC_IMPLICIT, &bits));
    if (bits >> (port % 8) & ((1u << size_bytes) - 1))
        return ia32_fault(cpu, IA32_GP, 0);
    return IA32_OK;
}

static enum ia32_status check_permission(struct ia32_cpu *cpu,
                                         const struct port_access *a)
{
    unsigned iopl = (unsigned)((cpu->rflags & FL_IOPL) >> FL_IOPL_SHIFT);
    if (cpu->cpl <= iopl && !(cpu->rflags & FL_VM))
        return IA32_OK;
    return bit_map_allows(cpu, a->port, a->size_bytes);
}

/* la: linear address of a string access's memory operand. */
static enum ia32_status ask_model(struct ia32_cpu *cpu,
                                  const struct port_access *a, uint64_t la)
{
    bool rep = a->string &&
               (a->insn->prefixes & (IA32_PFX_REP | IA32_PFX_REPNE));
    uint64_t info = (uint64_t)a->port | (uint64_t)a->size_bytes << 16 |
                    (uint64_t)a->in << 24 | (uint64_t)a->string << 25 |
                    (uint64_t)rep << 26 | (uint64_t)a->immediate << 27;
    if (!cpu->non_root)
        return IA32_OK;
    return cpu->virt->ops->intercept(cpu->virt,
                                     a->in ? IA32_IX_IN : IA32_IX_OUT,
                                     a->insn, info, la);
}

/* --- the bus ---------------------------------------------------------- */

static void emit_port(struct ia32_cpu *cpu, const struct port_access *a,
                      uint32_t value)
{
    struct vt_event event = {.kind = VT_EV_PORT};
    event.u.io.address = a->port;
    event.u.io.value = value;
    event.u.io.size_bytes = a->size_bytes;
    event.u.io.is_write = !a->in;
    ia32_emit(cpu, &event);
}

/* The device sees the clock at the end of the wait for it. */
static uint32_t port_read(struct ia32_cpu *cpu, const struct port_access *a)
{
    ia32_charge(cpu, VT_WHAT_DEVICE, cpu->cost[IA32_COST_DEVICE]);
    uint32_t value = vt_ports_read(vt_machine_ports(cpu->base.machine),
                                   a->port, a->size_bytes);
    emit_port(cpu, a, value);
    ia32_break_io(cpu, a->port, a->size_bytes);
    return value;
}

static void port_write(struct ia32_cpu *cpu, const struct port_access *a,
                       uint32_t value)
{
    ia32_charge(cpu, VT_WHAT_DEVICE, cpu->cost[IA32_COST_DEVICE]);
    vt_ports_write(vt_machine_ports(cpu->base.machine), a->port, value,
                   a->size_bytes);
    emit_port(cpu, a, value);
    ia32_break_io(cpu, a->port, a->size_bytes);
}

/* --- IN and OUT ------------------------------------------------------- */

static enum ia32_status in(struct ia32_cpu *cpu, struct port_access a)
{
    a.in = true;
    IA32_TRY(check_permission(cpu, &a));
    IA32_TRY(ask_model(cpu, &a, 0));
    uint32_t value = port_read(cpu, &a);
    if (a.size_bytes == 1)
        ia32_set8(cpu, IA32_RAX, (uint8_t)value);
    else
        ia32_set_reg(cpu, IA32_RAX, a.size_bytes, value);
    return IA32_OK;
}

static enum ia32_status out(struct ia32_cpu *cpu, struct port_access a)
{
    IA32_TRY(check_permission(cpu, &a));
    IA32_TRY(ask_model(cpu, &a, 0));
    uint64_t mask = a.size_bytes == 1   ? 0xff
                    : a.size_bytes == 2 ? 0xffff
                                        : 0xffffffff;
    port_write(cpu, &a, (uint32_t)(cpu->gpr[IA32_RAX] & mask));
    return IA32_OK;
}

/* There are no ports of 64 bits: REX.W changes nothing. */
static unsigned port_bytes(const struct ia32_insn *insn)
{
    return insn->opsize == 2 ? 2 : 4;
}

/* name, direction, port from imm8 or DX, bytes */
#define IN_OUT(name, body, is_imm, bytes)                                   \
    enum ia32_status ia32_op_##name(struct ia32_cpu *cpu,                   \
                                    const struct ia32_insn *insn)           \
    {                                                                       \
        uint64_t port = (is_imm) ? insn->imm & 0xff : cpu->gpr[IA32_RDX];   \
        return body(cpu, (struct port_access){.insn = insn,                 \
                                              .port = (uint16_t)port,       \
                                              .size_bytes = (bytes),        \
                                              .immediate = (is_imm)});      \
    }
IN_OUT(in_al_ib, in, true, 1)
IN_OUT(in_eax_ib, in, true, port_bytes(insn))
IN_OUT(in_al_dx, in, false, 1)
IN_OUT(in_eax_dx, in, false, port_bytes(insn))
IN_OUT(out_ib_al, out, true, 1)
IN_OUT(out_ib_eax, out, true, port_bytes(insn))
IN_OUT(out_dx_al, out, false, 1)
IN_OUT(out_dx_eax, out, false, port_bytes(insn))

/* --- INS and OUTS: one iteration each --------------------------------- */

/* Linear address of the memory operand, for the VMM, who is asked before it
 * is checked. */
static uint64_t operand_la(const struct ia32_cpu *cpu, unsigned seg,
                           uint64_t offset)
{
    if (!(cpu->mode & IA32_MODE_LONG64))
        return (uint32_t)(cpu->seg[seg].base + offset);
    return seg == IA32_FS || seg == IA32_GS ? cpu->seg[seg].base + offset
                                            : offset;
}

static void advance(struct ia32_cpu *cpu, const struct ia32_insn *insn,
                    unsigned r, unsigned size_bytes)
{
    uint64_t v = cpu->gpr[r];
    ia32_set_reg(cpu, r, insn->addrsize,
                 cpu->rflags & FL_DF ? v - size_bytes : v + size_bytes);
}

static enum ia32_status ins(struct ia32_cpu *cpu,
                            const struct ia32_insn *insn, unsigned size)
{
    struct port_access a = {.insn = insn,
                            .port = (uint16_t)cpu->gpr[IA32_RDX],
                            .size_bytes = size,
                            .in = true,
                            .string = true};
    uint64_t offset = cpu->gpr[IA32_RDI] & ia32_mask(insn->addrsize);
    IA32_TRY(check_permission(cpu, &a));
    IA32_TRY(ask_model(cpu, &a, operand_la(cpu, IA32_ES, offset)));
    IA32_TRY(ia32_probe_write(cpu, IA32_ES, offset, size));
    IA32_TRY(ia32_write(cpu, IA32_ES, offset, size, port_read(cpu, &a)));
    advance(cpu, insn, IA32_RDI, size);
    return IA32_OK;
}

static enum ia32_status outs(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn, unsigned size)
{
    struct port_access a = {.insn = insn,
                            .port = (uint16_t)cpu->gpr[IA32_RDX],
                            .size_bytes = size,
                            .string = true};
    uint64_t value, offset = cpu->gpr[IA32_RSI] & ia32_mask(insn->addrsize);
    IA32_TRY(check_permission(cpu, &a));
    IA32_TRY(ask_model(cpu, &a, operand_la(cpu, insn->seg, offset)));
    IA32_TRY(ia32_read(cpu, insn->seg, offset, size, &value));
    port_write(cpu, &a, (uint32_t)value);
    advance(cpu, insn, IA32_RSI, size);
    return IA32_OK;
}

#define STRING_IO(name, body, bytes)                                      \
    static enum ia32_status name##_1(struct ia32_cpu *cpu,                \
                                     const struct ia32_insn *insn)        \
    {                                                                     \
        return body(cpu, insn, bytes);                                    \
    }                                                                     \
    enum ia32_status ia32_op_##name(struct ia32_cpu *cpu,                 \
                                    const struct ia32_insn *insn)         \
    {                                                                     \
        return ia32_repeat(cpu, insn, name##_1, false);                   \
    }
STRING_IO(ins_b, ins, 1)
STRING_IO(ins_v, ins, port_bytes(insn))
STRING_IO(outs_b, outs, 1)
STRING_IO(outs_v, outs, port_bytes(insn))
