/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FXSAVE, FXRSTOR, LDMXCSR and STMXCSR, and the image of x87 and SSE state
 * that the XSAVE feature set shares with them.
 *
 * While CR4.OSFXSR is 0, FXSAVE and FXRSTOR leave XMM registers and MXCSR
 * alone; the manual allows either.  Reserved bytes of what is saved are
 * written as 0; bytes 416 to 511 are not touched.
 * SDM 325462, Vol 2A, the instructions' pages. */
#include "sim/ia32/xsave.h"

#include "sim/ia32/operand.h"
#include "sim/ia32/x87.h"

/* --- the image -------------------------------------------------------------- */

struct ia32_span ia32_span_xmm(const struct ia32_cpu *cpu)
{
    unsigned registers = cpu->mode & IA32_MODE_LONG64 ? 16 : 8;
    return (struct ia32_span){160, (uint16_t)(160 + 16 * registers)};
}

static void put_pointer(uint8_t *to, bool wide, uint64_t offset,
                        uint16_t selector)
{
    vt_st64le(to, wide ? offset : (uint32_t)offset);
    if (!wide)
        vt_st16le(to + 4, selector);
}

void ia32_fx_image(const struct ia32_cpu *cpu, bool wide, uint8_t area[416])
{
    const struct ia32_fpu *fpu = &cpu->fpu;
    bool selectors = !ia32_has(cpu, IA32_F_ZERO_FCS_FDS);
    memset(area, 0, 416);
    vt_st16le(area, fpu->cw);
    vt_st16le(area + 2, fpu->sw);
    area[4] = fpu->valid;
    vt_st16le(area + 6, fpu->fop);
    put_pointer(area + 8, wide, fpu->fip, selectors ? fpu->fcs : 0);
    put_pointer(area + 16, wide, fpu->fdp, selectors ? fpu->fds : 0);
    vt_st32le(area + 24, cpu->mxcsr);
    vt_st32le(area + 28, ia32_mxcsr_mask(cpu));
    for (unsigned i = 0; i < 8; i++)
        ia32_x87_to_bytes(ia32_x87_st(cpu, i), area + 32 + 16 * i);
    for (unsigned i = 0; i < 16; i++) {
        vt_st64le(area + 160 + 16 * i, cpu->xmm[i].q[0]);
        vt_st64le(area + 168 + 16 * i, cpu->xmm[i].q[1]);
    }
}

void ia32_fx_load_x87(struct ia32_cpu *cpu, bool wide,
                      const uint8_t area[416])
{
    struct ia32_fpu *fpu = &cpu->fpu;
    ia32_x87_set_words(cpu, vt_ld16le(area), vt_ld16le(area + 2));
    fpu->fop = vt_ld16le(area + 6) & 0x7ff;
    fpu->fip = wide ? vt_ld64le(area + 8) : vt_ld32le(area + 8);
    fpu->fdp = wide ? vt_ld64le(area + 16) : vt_ld32le(area + 16);
    fpu->fcs = wide ? 0 : vt_ld16le(area + 12);
    fpu->fds = wide ? 0 : vt_ld16le(area + 20);
    for (unsigned i = 0; i < 8; i++)
        ia32_x87_set_st(cpu, i, ia32_x87_from_bytes(area + 32 + 16 * i));
    fpu->valid = area[4];
}

void ia32_fx_load_xmm(struct ia32_cpu *cpu, const uint8_t area[416])
{
    unsigned registers = cpu->mode & IA32_MODE_LONG64 ? 16 : 8;
    for (unsigned i = 0; i < registers; i++) {
        cpu->xmm[i].q[0] = vt_ld64le(area + 160 + 16 * i);
        cpu->xmm[i].q[1] = vt_ld64le(area + 168 + 16 * i);
    }
}

enum ia32_status ia32_save_area(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn, unsigned bytes,
                                unsigned align, bool write, uint64_t *offset)
{
    unsigned acc = write ? IA32_ACC_W : IA32_ACC_R;
    uint64_t la;
    *offset = ia32_ea(cpu, insn);
    IA32_TRY(ia32_linear(cpu, insn->seg, *offset, bytes, acc, &la));
    if (la & (align - 1))
        return ia32_fault(cpu, IA32_GP, 0);
    return ia32_la_probe(cpu, la, bytes, acc);
}

/* --- the instructions -------------------------------------------------------- */

static enum ia32_status fx_check(struct ia32_cpu *cpu)
{
    if (cpu->cr0 & CR0_EM)
        return ia32_fault_noerr(cpu, IA32_UD);
    if (cpu->cr0 & CR0_TS)
        return ia32_fault_noerr(cpu, IA32_NM);
    return IA32_OK;
}

enum ia32_status ia32_op_fxsave(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    uint8_t area[416];
    uint64_t at;
    IA32_TRY(fx_check(cpu));
    IA32_TRY(ia32_save_area(cpu, insn, IA32_FXSAVE_BYTES, 16, true, &at));
    ia32_fx_image(cpu, insn->opsize == 8, area);
    if (cpu->cr4 & CR4_OSFXSR)
        return ia32_write_wide(cpu, insn->seg, at, ia32_span_xmm(cpu).to, 8,
                               area);
    IA32_TRY(ia32_write_wide(cpu, insn->seg, at, 24, 8, area));
    return ia32_write_wide(cpu, insn->seg, at + 32, 128, 8, area + 32);
}

enum ia32_status ia32_op_fxrstor(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    bool sse = (cpu->cr4 & CR4_OSFXSR) != 0;
    uint8_t area[416];
    uint64_t at;
    IA32_TRY(fx_check(cpu));
    IA32_TRY(ia32_save_area(cpu, insn, IA32_FXSAVE_BYTES, 16, false, &at));
    IA32_TRY(ia32_read_wide(cpu, insn->seg, at, sizeof area, 8, area));
    if (sse && (vt_ld32le(area + 24) & ~ia32_mxcsr_mask(cpu)))
        return ia32_fault(cpu, IA32_GP, 0);
    ia32_fx_load_x87(cpu, insn->opsize == 8, area);
    if (!sse)
        return IA32_OK;
    cpu->mxcsr = vt_ld32le(area + 24);
    ia32_fx_load_xmm(cpu, area);
    return IA32_OK;
}

enum ia32_status ia32_op_ldmxcsr(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    uint64_t value;
    IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), 4, &value));
    if (value & ~(uint64_t)ia32_mxcsr_mask(cpu))
        return ia32_fault(cpu, IA32_GP, 0);
    cpu->mxcsr = (uint32_t)value;
    return IA32_OK;
}

enum ia32_status ia32_op_stmxcsr(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    return ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), 4, cpu->mxcsr);
}
