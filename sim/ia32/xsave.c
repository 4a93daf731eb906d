/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The XSAVE feature set for x87 and SSE state: XSAVE, XSAVEOPT, XSAVEC,
 * XSAVES, XRSTOR, XRSTORS, XGETBV and XSETBV.
 *
 * The init optimization is exact: a component counts as in use (XINUSE) when
 * its registers differ from their initial configuration.  The modified
 * optimization is allowed, never required, and not there: what is in use is
 * always saved.  No supervisor components exist (IA32_XSS is 0), and none
 * beyond SSE, so the compacted format only differs in its header.
 *
 * SDM 325462, Vol 1, "Managing State Using the XSAVE Feature Set": the
 * operation of each instruction has a section; Vol 2, their pages. */
#include "sim/ia32/xsave.h"

#include "sim/ia32/operand.h"
#include "sim/ia32/virt.h"
#include "sim/ia32/x87.h"

#define COMPACTED VT_BIT(63) /* of XCOMP_BV */
#define HEADER 512u

struct header {
    uint64_t xstate_bv, xcomp_bv, reserved[6];
};

/* --- what is in use ----------------------------------------------------------- */

static bool x87_in_use(const struct ia32_cpu *cpu)
{
    const struct ia32_fpu *fpu = &cpu->fpu;
    bool used = fpu->cw != X87_CW_INIT || fpu->sw || fpu->valid || fpu->fop ||
                fpu->fip || fpu->fdp || fpu->fcs || fpu->fds;
    for (unsigned i = 0; i < 8; i++)
        used = used || fpu->r[i].frac || fpu->r[i].se;
    return used;
}

/* XMM registers of the mode that runs; MXCSR does not count. */
static bool sse_in_use(const struct ia32_cpu *cpu)
{
    unsigned registers = cpu->mode & IA32_MODE_LONG64 ? 16 : 8;
    uint64_t any = 0;
    for (unsigned i = 0; i < registers; i++)
        any |= cpu->xmm[i].q[0] | cpu->xmm[i].q[1];
    return any != 0;
}

static uint64_t in_use(const struct ia32_cpu *cpu)
{
    return (x87_in_use(cpu) ? IA32_XCR0_X87 : 0) |
           (sse_in_use(cpu) ? IA32_XCR0_SSE : 0);
}

/* --- common to all ------------------------------------------------------------ */

static enum ia32_status enabled(struct ia32_cpu *cpu)
{
    if (!(cpu->cr4 & CR4_OSXSAVE))
        return ia32_fault_noerr(cpu, IA32_UD);
    if (cpu->cr0 & CR0_TS)
        return ia32_fault_noerr(cpu, IA32_NM);
    return IA32_OK;
}

static enum ia32_status enabled_supervisor(struct ia32_cpu *cpu)
{
    if (!(cpu->cr4 & CR4_OSXSAVE))
        return ia32_fault_noerr(cpu, IA32_UD);
    if (cpu->cpl != 0)
        return ia32_fault(cpu, IA32_GP, 0);
    return enabled(cpu);
}

/* The requested-feature bitmap: EDX:EAX and what is enabled. */
static uint64_t requested(const struct ia32_cpu *cpu)
{
    uint64_t mask =
        (uint32_t)cpu->gpr[IA32_RAX] | cpu->gpr[IA32_RDX] << 32;
    return mask & cpu->xcr0;
}

static enum ia32_status write_span(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn, uint64_t at,
                                   struct ia32_span span,
                                   const uint8_t area[416])
{
    return ia32_write_wide(cpu, insn->seg, at + span.from,
                           (unsigned)(span.to - span.from), 8,
                           area + span.from);
}

/* Components by bit; the bit of MXCSR is its own, because it does not always
 * go with the XMM registers. */
#define SAVE_MXCSR VT_BIT(2)
static enum ia32_status write_state(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn, uint64_t at,
                                    uint64_t what)
{
    uint8_t area[416];
    ia32_fx_image(cpu, insn->opsize == 8, area);
    if (what & IA32_XCR0_X87) {
        IA32_TRY(write_span(cpu, insn, at, IA32_SPAN_X87_WORDS, area));
        IA32_TRY(write_span(cpu, insn, at, IA32_SPAN_X87_REGS, area));
    }
    if (what & SAVE_MXCSR)
        IA32_TRY(write_span(cpu, insn, at, IA32_SPAN_MXCSR, area));
    if (what & IA32_XCR0_SSE)
        IA32_TRY(write_span(cpu, insn, at, ia32_span_xmm(cpu), area));
    return IA32_OK;
}

/* --- saving ------------------------------------------------------------------- */

/* XSAVE saves what is requested, XSAVEOPT what is in use of it; both give
 * XSTATE_BV, of the header alone, the bits of what is requested. */
static enum ia32_status save_standard(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      bool optimize)
{
    uint64_t at, old, rfbm = requested(cpu), used = in_use(cpu);
    IA32_TRY(enabled(cpu));
    IA32_TRY(ia32_save_area(cpu, insn, IA32_XSAVE_BYTES, 64, true, &at));
    IA32_TRY(ia32_read(cpu, insn->seg, at + HEADER, 8, &old));
    uint64_t what = optimize ? rfbm & used : rfbm;
    if (rfbm & IA32_XCR0_SSE)
        what |= SAVE_MXCSR;
    IA32_TRY(write_state(cpu, insn, at, what));
    return ia32_write(cpu, insn->seg, at + HEADER, 8,
                      (old & ~rfbm) | (used & rfbm));
}

/* XSAVEC and XSAVES: what is in use, with MXCSR as a part of SSE, and a
 * header of their own. */
static enum ia32_status save_compacted(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn)
{
    uint64_t at, rfbm = requested(cpu), what = rfbm & in_use(cpu);
    IA32_TRY(ia32_save_area(cpu, insn, IA32_XSAVE_BYTES, 64, true, &at));
    if ((rfbm & IA32_XCR0_SSE) && cpu->mxcsr != MXCSR_INIT)
        what |= IA32_XCR0_SSE;
    IA32_TRY(write_state(cpu, insn, at,
                         what | (what & IA32_XCR0_SSE ? SAVE_MXCSR : 0)));
    IA32_TRY(ia32_write(cpu, insn->seg, at + HEADER, 8, what));
    return ia32_write(cpu, insn->seg, at + HEADER + 8, 8, rfbm | COMPACTED);
}

IA32_OP(xsave, save_standard, false)
IA32_OP(xsaveopt, save_standard, true)

enum ia32_status ia32_op_xsavec(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    IA32_TRY(enabled(cpu));
    return save_compacted(cpu, insn);
}

enum ia32_status ia32_op_xsaves(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    IA32_TRY(enabled_supervisor(cpu));
    return save_compacted(cpu, insn);
}

/* --- restoring ---------------------------------------------------------------- */

/* What the header may not say.  Standard form: bytes 23:8 are 0, XSTATE_BV
 * names nothing that is not enabled.  Compacted form: bytes 63:16 are 0,
 * XSTATE_BV names nothing that XCOMP_BV does not, nor that what is not
 * enabled. */
static bool header_ok(const struct ia32_cpu *cpu, const struct header *h)
{
    uint64_t saved = h->xcomp_bv & ~COMPACTED, rest = 0;
    if (saved == h->xcomp_bv)
        return !(h->xstate_bv & ~cpu->xcr0) && h->xcomp_bv == 0 &&
               h->reserved[0] == 0;
    for (unsigned i = 0; i < 6; i++)
        rest |= h->reserved[i];
    return ia32_has(cpu, IA32_F_XSAVEC) && !(saved & ~cpu->xcr0) &&
           !(h->xstate_bv & ~saved) && rest == 0;
}

static enum ia32_status read_header(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn, uint64_t at,
                                    struct header *h)
{
    uint8_t bytes[64];
    IA32_TRY(ia32_read_wide(cpu, insn->seg, at + HEADER, 64, 8, bytes));
    h->xstate_bv = vt_ld64le(bytes);
    h->xcomp_bv = vt_ld64le(bytes + 8);
    for (unsigned i = 0; i < 6; i++)
        h->reserved[i] = vt_ld64le(bytes + 16 + 8 * i);
    return IA32_OK;
}

static void load_x87(struct ia32_cpu *cpu, bool from_memory, bool wide,
                     const uint8_t area[416])
{
    if (from_memory) {
        ia32_fx_load_x87(cpu, wide, area);
        return;
    }
    ia32_x87_init(cpu);
    memset(cpu->fpu.r, 0, sizeof cpu->fpu.r);
}

static void load_xmm(struct ia32_cpu *cpu, bool from_memory,
                     const uint8_t area[416])
{
    static const uint8_t zeros[416];
    ia32_fx_load_xmm(cpu, from_memory ? area : zeros);
}

/* The standard form takes MXCSR from memory even when XSTATE_BV says that
 * SSE is in its initial configuration. */
static enum ia32_status restore(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn, bool supervisor)
{
    uint64_t at, rfbm = requested(cpu);
    uint8_t area[416];
    struct header h;
    IA32_TRY(supervisor ? enabled_supervisor(cpu) : enabled(cpu));
    IA32_TRY(ia32_save_area(cpu, insn, IA32_XSAVE_BYTES, 64, false, &at));
    IA32_TRY(read_header(cpu, insn, at, &h));
    bool compacted = (h.xcomp_bv & COMPACTED) != 0;
    if (!header_ok(cpu, &h) || (supervisor && !compacted))
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_read_wide(cpu, insn->seg, at, sizeof area, 8, area));
    bool sse = (h.xstate_bv & IA32_XCR0_SSE) != 0;
    uint32_t mxcsr = sse || !compacted ? vt_ld32le(area + 24) : MXCSR_INIT;
    if ((rfbm & IA32_XCR0_SSE) && (mxcsr & ~ia32_mxcsr_mask(cpu)))
        return ia32_fault(cpu, IA32_GP, 0);
    if (rfbm & IA32_XCR0_X87)
        load_x87(cpu, h.xstate_bv & IA32_XCR0_X87, insn->opsize == 8, area);
    if (rfbm & IA32_XCR0_SSE) {
        load_xmm(cpu, sse, area);
        cpu->mxcsr = mxcsr;
    }
    return IA32_OK;
}

IA32_OP(xrstor, restore, false)
IA32_OP(xrstors, restore, true)

/* --- XCR0 --------------------------------------------------------------------- */

enum ia32_status ia32_op_xgetbv(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    uint32_t which = (uint32_t)cpu->gpr[IA32_RCX];
    uint64_t value = cpu->xcr0;
    (void)insn;
    if (!(cpu->cr4 & CR4_OSXSAVE))
        return ia32_fault_noerr(cpu, IA32_UD);
    if (which > 1 || (which == 1 && !ia32_has(cpu, IA32_F_XGETBV1)))
        return ia32_fault(cpu, IA32_GP, 0);
    if (which == 1)
        value &= in_use(cpu);
    cpu->gpr[IA32_RAX] = (uint32_t)value;
    cpu->gpr[IA32_RDX] = value >> 32;
    return IA32_OK;
}

/* x87 state cannot be switched off. */
enum ia32_status ia32_op_xsetbv(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    uint64_t value =
        (uint32_t)cpu->gpr[IA32_RAX] | cpu->gpr[IA32_RDX] << 32;
    if (!(cpu->cr4 & CR4_OSXSAVE))
        return ia32_fault_noerr(cpu, IA32_UD);
    if (cpu->cpl != 0)
        return ia32_fault(cpu, IA32_GP, 0);
    if (cpu->non_root)
        IA32_TRY(cpu->virt->ops->intercept(cpu->virt, IA32_IX_XSETBV, insn,
                                           0, 0));
    if ((uint32_t)cpu->gpr[IA32_RCX] != 0 || !(value & IA32_XCR0_X87) ||
        (value & ~IA32_XCR0_KNOWN))
        return ia32_fault(cpu, IA32_GP, 0);
    cpu->xcr0 = value;
    ia32_end_block(cpu);
    return IA32_OK;
}
