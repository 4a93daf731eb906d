/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See fake_cpu.h.  An interrupt that is taken costs FAKE_DELIVERY_CYCLES,
 * lowers its line and goes on at the same instruction. */
#include "tests/machine/fake_cpu.h"

#include <stdlib.h>

static struct fake_cpu *from(struct vt_cpu *cpu)
{
    return (struct fake_cpu *)cpu;
}

static void attend(struct fake_cpu *cpu)
{
    uint32_t *attention = &cpu->base.attention;
    *attention &= ~(VT_ATT_INTR | VT_ATT_NMI);
    *attention |= cpu->intr ? VT_ATT_INTR : 0;
    *attention |= cpu->nmi ? VT_ATT_NMI : 0;
}

static void fake_reset(struct vt_cpu *base)
{
    struct fake_cpu *cpu = from(base);
    cpu->pc = cpu->acc = 0;
    cpu->takes_intr = cpu->intr = cpu->nmi = false;
    attend(cpu);
}

static void fake_free(struct vt_cpu *cpu)
{
    free(cpu);
}

/* Take an event if there is one; true when one was taken. */
static bool boundary(struct fake_cpu *cpu)
{
    if (!cpu->nmi && !(cpu->intr && cpu->takes_intr))
        return false;
    if (cpu->base.activity == VT_SHUTDOWN)
        return false;
    if (cpu->intr_count < FAKE_LOG_MAX)
        cpu->intr_cycles[cpu->intr_count] = cpu->base.now_cycles;
    cpu->intr_count++;
    if (cpu->nmi)
        cpu->nmi = false;
    else
        cpu->intr = false;
    cpu->base.activity = VT_ACTIVE;
    attend(cpu);
    vt_cpu_charge(&cpu->base, VT_WHAT_DELIVERY, FAKE_DELIVERY_CYCLES);
    return true;
}

static void execute(struct fake_cpu *cpu)
{
    const struct fake_insn *insn = &cpu->program[cpu->pc++];
    vt_cpu_charge(&cpu->base, VT_WHAT_INSTRUCTION, insn->cycles);
    switch (insn->op) {
    case FAKE_WORK:
        if (insn->a)
            vt_physmem_write(cpu->base.physmem, insn->a, cpu->acc, 4);
        break;
    case FAKE_ADD:
        cpu->acc = cpu->acc * 3 + insn->a;
        break;
    case FAKE_LOAD:
        cpu->acc += vt_physmem_read(cpu->base.physmem, insn->a, 4);
        break;
    case FAKE_JUMP:
        cpu->pc = insn->a;
        break;
    case FAKE_STI:
    case FAKE_CLI:
        cpu->takes_intr = insn->op == FAKE_STI;
        break;
    case FAKE_HALT:
        cpu->base.activity = VT_HALTED;
        break;
    case FAKE_CALL:
        insn->fn(cpu);
    }
}

static void fake_step(struct vt_cpu *base)
{
    struct fake_cpu *cpu = from(base);
    if (!boundary(cpu) && base->activity == VT_ACTIVE)
        execute(cpu);
}

static void fake_run(struct vt_cpu *base, bool observed)
{
    (void)observed;
    from(base)->runs++;
    do {
        if (base->attention & VT_ATT_STOP)
            return;
        fake_step(base);
    } while (base->activity == VT_ACTIVE &&
             base->now_cycles < base->deadline_cycles);
}

static uint64_t fake_get_pc(const struct vt_cpu *cpu)
{
    return ((const struct fake_cpu *)cpu)->pc;
}

#define ROW(field) \
    VT_REG(struct fake_cpu, field, #field, 64, "general", VT_FMT_HEX, 0, "")
#define FLAG(field) \
    VT_REG(struct fake_cpu, field, #field, 1, "general", VT_FMT_BOOL, 0, "")
static const struct vt_reg rows[] = {
    ROW(pc),         ROW(acc),   ROW(intr_count),
    FLAG(takes_intr), FLAG(intr), FLAG(nmi),
};

static const struct vt_reg *fake_regs(const struct vt_cpu *cpu,
                                      size_t *count)
{
    (void)cpu;
    *count = ARRAY_SIZE(rows);
    return rows;
}

static void fake_save(struct vt_cpu *cpu, struct vt_writer *w)
{
    vt_save_regs(w, rows, ARRAY_SIZE(rows), cpu);
}

static void fake_load(struct vt_cpu *cpu, struct vt_reader *r)
{
    vt_load_regs(r, rows, ARRAY_SIZE(rows), cpu);
}

static bool fake_wakes_on_intr(const struct vt_cpu *cpu)
{
    return ((const struct fake_cpu *)cpu)->takes_intr;
}

static void fake_set_intr(struct vt_cpu *base, bool level)
{
    from(base)->intr = level;
    attend(from(base));
}

static void fake_raise_nmi(struct vt_cpu *base)
{
    from(base)->nmi = true;
    attend(from(base));
}

static void fake_kick(struct vt_cpu *base)
{
    from(base)->kicks++;
}

static const struct vt_cpu_ops fake_ops = {
    .isa = "fake",
    .reset = fake_reset,
    .free = fake_free,
    .run = fake_run,
    .step = fake_step,
    .regs = fake_regs,
    .get_pc = fake_get_pc,
    .save = fake_save,
    .load = fake_load,
    .wakes_on_intr = fake_wakes_on_intr,
    .set_intr = fake_set_intr,
    .raise_nmi = fake_raise_nmi,
    .kick = fake_kick,
};

struct fake_cpu *fake_cpu_new(struct vt_machine *m,
                              const struct fake_insn *program)
{
    struct fake_cpu *cpu = vt_alloc(1, sizeof *cpu);
    cpu->base.ops = &fake_ops;
    cpu->program = program;
    vt_machine_add_cpu(m, &cpu->base);
    return cpu;
}
