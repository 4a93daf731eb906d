/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One instruction in the simulator, from state to outcome.  What it raises
 * goes through an IDT to CPL 0, where nothing runs: the vector is told by the
 * address, the rest by the frame. */
#include "tests/silicon/sim_run.h"

#include "sim/ia32/event.h"
#include "sim/ia32/exec.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/segment.h"
#include "sim/machine/machine.h"

const uint64_t *sil_sim_features(const struct sil_sim *s)
{
    return s->cpu->features;
}

unsigned sil_sim_mode_bits(const struct sil_sim *s)
{
    return IA32_MODE_PROT | IA32_MODE_STACK32 |
           (s->mode == 64 ? IA32_MODE_LONG64 : IA32_MODE_CODE32);
}

bool sil_sim_has_nx(const struct sil_sim *s)
{
    return s->nx;
}

const char *sil_sim_why(const struct sil_sim *s)
{
    return s->why;
}

/* --- state in and out --------------------------------------------------------------------- */

/* Selectors other than the usual ones are loaded as the processor does it. */
static void load_segments(struct sil_sim *s, const struct sil_state *b)
{
    static const enum ia32_seg_index loaded[] = { IA32_ES, IA32_DS, IA32_FS,
                                                  IA32_GS };
    struct ia32_cpu *cpu = s->cpu;
    cpu->seg[IA32_CS] = s->user_cs;
    cpu->seg[IA32_SS] = s->user_data;
    cpu->cpl = 3;
    ia32_update_mode(cpu);
    for (unsigned i = 0; i < ARRAY_SIZE(loaded); i++) {
        enum ia32_seg_index r = loaded[i];
        if (b->sel[r] == SIL_DS)
            cpu->seg[r] = s->user_data;
        else if (cpu->seg[r].selector != b->sel[r])
            sil_must(ia32_load_selector(cpu, r, b->sel[r]) == IA32_OK,
                 "a selector to start with cannot be loaded");
    }
    if (s->mode == 64) {
        cpu->seg[IA32_FS].base = b->fs_base;
        cpu->seg[IA32_GS].base = b->gs_base;
    }
}

static void load_state(struct sil_sim *s, const struct sil_state *b)
{
    struct ia32_cpu *cpu = s->cpu;
    memcpy(cpu->gpr, b->gpr, sizeof b->gpr);
    cpu->rip = b->rip;
    ia32_set_rflags(cpu, b->rflags);
    load_segments(s, b);
    cpu->blocking = 0;
    cpu->pending_debug = 0;
    cpu->repeating = false;
    cpu->base.activity = VT_ACTIVE;
    cpu->base.attention = 0;
    sil_fx_load(cpu, &s->fx, b->fx);
}

static void store_state(struct sil_sim *s, struct sil_state *a)
{
    const struct ia32_cpu *cpu = s->cpu;
    memcpy(a->gpr, cpu->gpr, sizeof a->gpr);
    a->rip = cpu->rip;
    a->rflags = ia32_get_rflags(cpu);
    for (unsigned i = 0; i < 6; i++)
        a->sel[i] = cpu->seg[i].selector;
    a->fs_base = cpu->seg[IA32_FS].base;
    a->gs_base = cpu->seg[IA32_GS].base;
    sil_fx_store(cpu, &s->fx, a->fx);
}

/* --- one instruction ------------------------------------------------------------------------ */

static bool has_error_code(unsigned vector)
{
    return vector == IA32_DF || vector == IA32_AC ||
           (vector >= IA32_TS && vector <= IA32_PF);
}

/* Something was delivered: back to what was interrupted. */
static void read_frame(struct sil_sim *s, struct sil_outcome *out)
{
    unsigned size = s->ia32e ? 8 : 4;
    uint64_t sp = PA_STACK0 - 5 * size;
    out->result = SIL_FAULT;
    out->vector = (unsigned)((s->cpu->rip - system_la(s) - HANDLERS) / 16);
    if (has_error_code(out->vector))
        out->error_code =
            (uint32_t)vt_physmem_read(s->pm, sp - size, size);
    out->cr2 = out->vector == IA32_PF ? s->cpu->cr2 : 0;
    out->after.rip = vt_physmem_read(s->pm, sp, size);
    out->after.sel[IA32_CS] = (uint16_t)vt_physmem_read(s->pm, sp + size, 2);
    out->after.rflags = vt_physmem_read(s->pm, sp + 2 * size, size);
    out->after.gpr[IA32_RSP] = vt_physmem_read(s->pm, sp + 3 * size, size);
    out->after.sel[IA32_SS] =
        (uint16_t)vt_physmem_read(s->pm, sp + 4 * size, 2);
}

#define MOST_ITERATIONS 100000u

/* A step is an instruction, an iteration of a repeated one, or a delivery; a
 * fault is delivered in the step that raises it, a single-step trap in the
 * next. */
static bool goes_on(const struct ia32_cpu *cpu)
{
    if (cpu->cpl != 3 || cpu->base.activity != VT_ACTIVE ||
        (cpu->base.attention & VT_ATT_STOP))
        return false;
    return cpu->repeating || cpu->pending_debug;
}

void sil_sim_run(struct sil_sim *s, const struct sil_case *c,
                 struct sil_outcome *out)
{
    struct ia32_cpu *cpu = s->cpu;
    unsigned steps = 0;
    load_state(s, &c->before);
    do
        ia32_step(&cpu->base);
    while (goes_on(cpu) && steps++ < MOST_ITERATIONS);
    memset(out, 0, offsetof(struct sil_outcome, after));
    out->result = steps > MOST_ITERATIONS ? SIL_HANG : SIL_DONE;
    store_state(s, &out->after);
    if (cpu->base.activity != VT_ACTIVE ||
        (cpu->base.attention & VT_ATT_STOP))
        out->result = SIL_LOST;
    else if (cpu->cpl != 3)
        read_frame(s, out);
}

void sil_sim_code(struct sil_sim *s, uint64_t la, const uint8_t *bytes,
                  unsigned length)
{
    uint64_t from = la - sil_pages[SIL_CODE0].la;
    if (from + length > 2 * SIL_PAGE_BYTES)
        length = (unsigned)(2 * SIL_PAGE_BYTES - from);
    sil_must(vt_physmem_put(s->pm, PA_ARENA + SIL_CODE0 * SIL_PAGE_BYTES + from,
                        bytes, length),
         "no RAM for code");
}
