/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One logical processor: made, reset, saved, restored, and handed to the
 * machine as a struct vt_cpu_ops.
 * SDM 325462, Vol 3A, "Processor State After Reset"; Multiboot Specification
 * 0.6.96, "Machine state". */
#include "sim/ia32/cpu.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sim/ia32/blocks.h"
#include "sim/ia32/boundary.h"
#include "sim/ia32/exec.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/regs.h"
#include "sim/ia32/tlb.h"
#include "sim/ia32/virt.h"

/* --- reset ------------------------------------------------------------ */

static const struct ia32_seg reset_segments[IA32_SEG_COUNT] = {
    [IA32_ES] = {0, 0xffff, 0x93, 0},
    [IA32_CS] = {0xffff0000, 0xffff, 0x93, 0xf000},
    [IA32_SS] = {0, 0xffff, 0x93, 0},
    [IA32_DS] = {0, 0xffff, 0x93, 0},
    [IA32_FS] = {0, 0xffff, 0x93, 0},
    [IA32_GS] = {0, 0xffff, 0x93, 0},
    [IA32_LDTR] = {0, 0xffff, 0x82, 0},
    [IA32_TR] = {0, 0xffff, 0x8b, 0},
};

#define PAT_AT_RESET UINT64_C(0x0007040600070406)

static void reset_msrs(struct ia32_cpu *cpu)
{
    cpu->debugctl = cpu->feature_control = 0;
    cpu->apic_base = cpu->misc_enable = 0;
    if (ia32_has(cpu, IA32_F_APIC))
        cpu->apic_base = APIC_BASE_RESET | APIC_BASE_EN |
                         (cpu->base.id == 0 ? APIC_BASE_BSP : 0);
    if (ia32_has(cpu, IA32_F_MISC_ENABLE))
        cpu->misc_enable = MISC_ENABLE_FAST_STRINGS | MISC_ENABLE_NO_BTS |
                           MISC_ENABLE_NO_PEBS;
    if (ia32_has(cpu, IA32_F_MISC_ENABLE) && ia32_has(cpu, IA32_F_MONITOR))
        cpu->misc_enable |= MISC_ENABLE_MONITOR;
    cpu->tsc_adjust = cpu->bios_sign_id = cpu->pkg_cst = cpu->power_ctl = 0;
    memset(&cpu->mtrr, 0, sizeof cpu->mtrr);
    memset(&cpu->mca, 0, sizeof cpu->mca);
}

static void reset_registers(struct ia32_cpu *cpu)
{
    memset(cpu->gpr, 0, sizeof cpu->gpr);
    cpu->gpr[IA32_RDX] = cpu->model->signature;
    cpu->rip = 0xfff0;
    ia32_set_rflags(cpu, 0);
    memcpy(cpu->seg, reset_segments, sizeof cpu->seg);
    cpu->cpl = 0;
    cpu->gdtr = cpu->idtr = (struct ia32_dtr){0, 0xffff};
    cpu->cr0 = CR0_CD | CR0_NW | CR0_ET;
    cpu->cr2 = cpu->cr3 = cpu->cr4 = cpu->cr8 = 0;
    memset(cpu->pdpte, 0, sizeof cpu->pdpte);
    memset(cpu->dr, 0, sizeof cpu->dr);
    cpu->dr[6] = DR6_FIXED1;
    cpu->dr[7] = DR7_FIXED1;
    cpu->efer = 0;
    cpu->star = cpu->lstar = cpu->cstar = cpu->fmask = 0;
    cpu->kernel_gs_base = cpu->tsc_aux = 0;
    cpu->xcr0 = 1;
    cpu->xss = 0;
    cpu->fpu = (struct ia32_fpu){.cw = 0x40};
    for (unsigned i = 0; i < ARRAY_SIZE(cpu->fpu.r); i++)
        cpu->fpu.valid |= (uint8_t)(1u << i); /* +0.0: tags are 5555h */
    memset(cpu->xmm, 0, sizeof cpu->xmm);
    cpu->mxcsr = 0x1f80;
    cpu->sysenter_cs = cpu->sysenter_esp = cpu->sysenter_eip = 0;
    cpu->pat = PAT_AT_RESET;
    reset_msrs(cpu);
    cpu->tsc_offset_base = 0 - cpu->base.now_cycles;
}

static void reset_hidden(struct ia32_cpu *cpu)
{
    cpu->insn = cpu->block_end = NULL;
    cpu->end_cycle = cpu->run_until = 0;
    cpu->in_vmx = cpu->non_root = false;
    cpu->blocking = 0;
    cpu->single_step = cpu->repeating = false;
    cpu->pending_debug = 0;
    cpu->nmi_pending = false;
    cpu->a20 = true;
    cpu->monitor_armed = cpu->mwait = cpu->mwait_masked = false;
    cpu->delivering = cpu->iret_unblocked = false;
    cpu->base.activity = VT_ACTIVE;
    cpu->base.who = VT_WHO_NATIVE;
}

static void op_reset(struct vt_cpu *base)
{
    struct ia32_cpu *cpu = ia32_from(base);
    reset_hidden(cpu);
    reset_registers(cpu);
    if (cpu->virt)
        cpu->virt->ops->reset(cpu->virt);
    ia32_tlb_flush_all(cpu);
    ia32_tlb_drop_fast(cpu);
    ia32_update_mode(cpu);
}

void ia32_set_multiboot_state(struct ia32_cpu *cpu, uint32_t entry,
                              uint32_t eax, uint32_t ebx)
{
    /* The specification leaves GDTR open; selectors as GRUB has them. */
    const struct ia32_seg code = {0, 0xffffffff, 0xc09b, 0x08};
    const struct ia32_seg data = {0, 0xffffffff, 0xc093, 0x10};
    cpu->cr0 = CR0_PE | CR0_ET;
    for (unsigned s = IA32_ES; s <= IA32_GS; s++)
        ia32_set_seg(cpu, (enum ia32_seg_index)s,
                     s == IA32_CS ? &code : &data);
    cpu->gdtr.limit = 0;
    cpu->idtr.limit = 0;
    cpu->gpr[IA32_RAX] = eax;
    cpu->gpr[IA32_RBX] = ebx;
    cpu->rip = entry;
    ia32_set_rflags(cpu, 0);
    ia32_update_mode(cpu);
}

/* --- mode ------------------------------------------------------------- */

static bool is_flat(const struct ia32_seg *s, uint32_t looked_at,
                    uint32_t wanted)
{
    return s->base == 0 && s->limit == 0xffffffff &&
           (s->ar & looked_at) == wanted;
}

static bool has_flat_data(const struct ia32_cpu *cpu)
{
    /* Not code, not expanding down, writable. */
    const uint32_t looked_at = AR_UNUSABLE | 0xeu, wanted = 2;

    return is_flat(&cpu->seg[IA32_ES], looked_at, wanted) &&
           is_flat(&cpu->seg[IA32_SS], looked_at, wanted) &&
           is_flat(&cpu->seg[IA32_DS], looked_at, wanted);
}

/* The mode bits that follow from segments alone: an offset is an address. */
static unsigned flat_bits(const struct ia32_cpu *cpu, bool long64)
{
    unsigned bits = 0;

    if (long64)
        return IA32_MODE_FLAT_CODE | IA32_MODE_FLAT_DATA;
    if (!(cpu->cr0 & CR0_PE) || (cpu->rflags & FL_VM))
        return 0;
    if (is_flat(&cpu->seg[IA32_CS], AR_DB, AR_DB))
        bits |= IA32_MODE_FLAT_CODE;
    if (has_flat_data(cpu))
        bits |= IA32_MODE_FLAT_DATA;
    return bits;
}

void ia32_update_mode(struct ia32_cpu *cpu)
{
    bool long64 =
        (cpu->efer & EFER_LMA) && (cpu->seg[IA32_CS].ar & AR_L);
    unsigned mode = flat_bits(cpu, long64);
    if (cpu->seg[IA32_CS].ar & AR_DB)
        mode |= IA32_MODE_CODE32;
    if (cpu->seg[IA32_SS].ar & AR_DB)
        mode |= IA32_MODE_STACK32;
    if (cpu->cr0 & CR0_PE)
        mode |= IA32_MODE_PROT;
    if (cpu->rflags & FL_VM)
        mode |= IA32_MODE_VM86;
    if (long64)
        mode |= IA32_MODE_LONG64;
    if (cpu->non_root)
        mode |= IA32_MODE_NONROOT;
    if (cpu->mode != mode) /* what follows was decoded for another one */
        ia32_end_block(cpu);
    cpu->mode = (uint8_t)mode;
    cpu->la_mask = long64 ? UINT64_MAX : UINT32_MAX;
    ia32_attend(cpu);
}

void ia32_set_seg(struct ia32_cpu *cpu, enum ia32_seg_index seg,
                  const struct ia32_seg *to)
{
    cpu->seg[seg] = *to;
    if (seg == IA32_SS)
        cpu->cpl = (uint8_t)((to->ar & AR_DPL) >> AR_DPL_SHIFT);
    if (seg == IA32_SS || seg == IA32_CS ||
        ((seg == IA32_DS || seg == IA32_ES) &&
         !(cpu->mode & IA32_MODE_LONG64) &&
         has_flat_data(cpu) != ((cpu->mode & IA32_MODE_FLAT_DATA) != 0)))
        ia32_update_mode(cpu);
}

enum ia32_status ia32_unmodelled(struct ia32_cpu *cpu, const char *what)
{
    ia32_settle(cpu);
    bool is_long = (cpu->mode & IA32_MODE_LONG64) != 0;
    vt_machine_request_stop(
        cpu->base.machine, VT_STOP_UNMODELLED, cpu->base.id, 0,
        "at CS:%s %04X:%0*" PRIX64
        " the guest used what vtsim does not model: %s",
        is_long ? "RIP" : "EIP", (unsigned)cpu->seg[IA32_CS].selector,
        is_long ? 16 : 8, cpu->rip, what);
    return IA32_STOP;
}

/* --- snapshots -------------------------------------------------------- */

/* Arithmetic flags live in another form (flags.h); rflags has them only
 * while somebody outside looks. */
static void op_sync_out(struct vt_cpu *base)
{
    struct ia32_cpu *cpu = ia32_from(base);
    cpu->rflags = ia32_get_rflags(cpu);
}

static void op_sync_in(struct vt_cpu *base)
{
    struct ia32_cpu *cpu = ia32_from(base);
    ia32_set_rflags(cpu, cpu->rflags);
    cpu->cpl = (uint8_t)((cpu->seg[IA32_SS].ar & AR_DPL) >> AR_DPL_SHIFT);
    ia32_tlb_drop_fast(cpu); /* control registers may have changed */
    ia32_update_mode(cpu);
}

static void op_save(struct vt_cpu *base, struct vt_writer *w)
{
    struct ia32_cpu *cpu = ia32_from(base);
    size_t rows;
    const struct vt_reg *table = ia32_regs(base, &rows);
    uint64_t flags = cpu->rflags;
    op_sync_out(base);
    vt_save_regs(w, table, rows, cpu);
    cpu->rflags = flags;
    ia32_tlb_save(cpu, w);
    vt_save_u64(w, "virt", cpu->virt != NULL);
    if (cpu->virt)
        cpu->virt->ops->save(cpu->virt, w);
}

static void op_load(struct vt_cpu *base, struct vt_reader *r)
{
    struct ia32_cpu *cpu = ia32_from(base);
    uint32_t attention = base->attention; /* loaded by the machine */
    size_t rows;
    const struct vt_reg *table = ia32_regs(base, &rows);
    vt_load_regs(r, table, rows, cpu);
    cpu->insn = cpu->block_end = NULL;
    cpu->end_cycle = cpu->run_until = 0;
    cpu->debug_hits = 0;
    cpu->delivering = cpu->iret_unblocked = cpu->single_step = false;
    ia32_tlb_load(cpu, r);
    bool virt = vt_load_u64(r, "virt") != 0;
    if (virt != (cpu->virt != NULL))
        vt_reader_reject(r, "the virtualization model is %s",
                         virt ? "missing here" : "missing in the snapshot");
    else if (virt)
        cpu->virt->ops->load(cpu->virt, r);
    if (!cpu->virt) /* refused; but leave nothing that asks the model */
        cpu->in_vmx = cpu->non_root = false;
    ia32_blocks_flush(cpu->blocks);
    if (cpu->monitor_armed)
        vt_physmem_mark_code(base->physmem, cpu->monitor_pa, 64);
    ia32_tlb_drop_fast(cpu);
    op_sync_in(base);
    base->attention = attention; /* ia32_attend asks for more than is due */
}

/* --- life ------------------------------------------------------------- */

static void op_free(struct vt_cpu *base)
{
    struct ia32_cpu *cpu = ia32_from(base);
    if (cpu->virt)
        cpu->virt->ops->free(cpu->virt);
    ia32_blocks_free(cpu->blocks);
    ia32_tlb_free(cpu->tlb);
    vt_ledger_free(&cpu->base.ledger);
    free(cpu);
}

static const struct vt_cpu_ops ops = {
    .isa = "ia32",
    .reset = op_reset,
    .free = op_free,
    .run = ia32_run,
    .step = ia32_step,
    .sync_out = op_sync_out,
    .sync_in = op_sync_in,
    .regs = ia32_regs,
    .translate = ia32_debug_translate,
    .get_pc = ia32_get_pc,
    .save = op_save,
    .load = op_load,
    .wakes_on_intr = ia32_wakes_on_intr,
    .set_intr = ia32_set_intr,
    .raise_nmi = ia32_raise_nmi,
    .kick = ia32_kick,
};

static const struct {
    const char *key;
    uint64_t fallback;
    bool is_insn;
} costs[IA32_COST_COUNT] = {
#define X(id, key, fallback, meaning) \
    [IA32_COST_##id] = {key, fallback, (fallback) != 0},
#include "sim/ia32/cost.def"
#undef X
};

/* Prices from the machine's profile.  An instruction costs at least one
 * cycle, so that no loop is free. */
static void resolve_costs(struct ia32_cpu *cpu,
                          const struct vt_profile *profile)
{
    for (unsigned i = 0; i < IA32_COST_COUNT; i++) {
        uint64_t cycles = costs[i].fallback;
        if (profile)
            cycles = vt_profile_cost(profile, costs[i].key, cycles);
        if (cycles < costs[i].is_insn)
            cycles = 1;
        cpu->cost[i] = cycles > UINT32_MAX ? UINT32_MAX : (uint32_t)cycles;
    }
}

static unsigned no_interrupt_controller(void *opaque)
{
    (void)opaque;
    return 0xff; /* a bus that nobody drives */
}

enum vt_err ia32_new(struct vt_machine *m, const char *model_spec,
                     struct ia32_cpu **cpu, struct vt_error *err)
{
    const struct ia32_model *model;
    uint64_t features[IA32_FEATURE_WORDS];
    enum vt_err e = ia32_model_parse(model_spec, &model, features, err);
    if (e != VT_OK)
        return e;
    struct ia32_cpu *c = vt_alloc(1, sizeof *c);
    c->base.ops = &ops;
    c->base.machine = m;
    c->base.physmem = vt_machine_physmem(m);
    c->base.int_ack = no_interrupt_controller;
    vt_ledger_init(&c->base.ledger);
    c->model = model;
    memcpy(c->features, features, sizeof features);
    c->pa_bits = model->pa_bits;
    resolve_costs(c, vt_machine_profile(m));
    c->tlb = ia32_tlb_new(model);
    c->blocks = ia32_blocks_new(c);
    op_reset(&c->base);
    *cpu = c;
    return VT_OK;
}

void ia32_attach_virt(struct ia32_cpu *cpu, struct ia32_virt *virt)
{
    cpu->virt = virt;
    virt->cpu = cpu;
}
