/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A virtualization model that notes what it is asked and answers as the test
 * says: which operations "exit". */
#ifndef TEST_FAKEVIRT_H
#define TEST_FAKEVIRT_H

#include "sim/ia32/virt.h"
#include "tests/ia32/sysrig.h"

struct fake {
    struct ia32_virt virt; /* first */
    char log[400];         /* one word a call */
    const char *exits;     /* the word that exits, or NULL */
    bool window_clears;    /* boundary clears VT_ATT_MODEL */
    uint64_t info, la;
    struct ia32_event seen, vectoring; /* in the last event call */
    bool delivering;
};

static inline enum ia32_status fake_note(struct ia32_virt *virt,
                                         const char *word)
{
    struct fake *f = (struct fake *)virt;
    size_t used = strlen(f->log);
    snprintf(f->log + used, sizeof f->log - used, "%s%s", used ? " " : "",
             word);
    return f->exits && strcmp(f->exits, word) == 0 ? IA32_VMEXIT : IA32_OK;
}

static inline enum ia32_status fake_intercept(struct ia32_virt *virt,
                                              enum ia32_ix which,
                                              const struct ia32_insn *insn,
                                              uint64_t info, uint64_t la)
{
    static const char *const names[] = {
#define X(id, name) #id,
#include "sim/ia32/intercepts.def"
#undef X
    };
    struct fake *f = (struct fake *)virt;
    (void)insn;
    f->info = info;
    f->la = la;
    return fake_note(virt, names[which]);
}

static inline enum ia32_status fake_cr_write(struct ia32_virt *virt,
                                             unsigned which, unsigned kind,
                                             const struct ia32_insn *insn,
                                             uint64_t *value)
{
    struct fake *f = (struct fake *)virt;
    (void)insn;
    f->info = *value;
    f->la = which << 4 | kind;
    if (kind == 3) /* LMSW gives its operand and wants the whole register */
        *value = virt->cpu->cr0 | (*value & 0xe);
    return fake_note(virt, "cr_write");
}

static inline enum ia32_status fake_cr_read(struct ia32_virt *virt,
                                            unsigned which, unsigned kind,
                                            const struct ia32_insn *insn,
                                            uint64_t *value)
{
    (void)which;
    (void)kind;
    (void)insn;
    *value ^= 0x8; /* a read shadow */
    return fake_note(virt, "cr_read");
}

static inline bool fake_fixed(struct ia32_virt *virt, unsigned which,
                              uint64_t value)
{
    (void)virt;
    return which == 0 ? (value & CR0_NE) != 0 : (value & CR4_VMXE) != 0;
}

static inline enum ia32_status fake_event(struct ia32_virt *virt,
                                          const struct ia32_event *event)
{
    struct fake *f = (struct fake *)virt;
    char word[16];
    f->seen = *event;
    f->delivering = virt->cpu->delivering;
    f->vectoring = virt->cpu->vectoring;
    snprintf(word, sizeof word, "event%u", event->vector);
    return fake_note(virt, word);
}

static inline enum ia32_status fake_external(struct ia32_virt *virt)
{
    return fake_note(virt, "external");
}

static inline bool fake_external_exits(const struct ia32_virt *virt)
{
    const struct fake *f = (const struct fake *)virt;
    return f->exits && strcmp(f->exits, "external") == 0;
}

static inline enum ia32_status fake_triple(struct ia32_virt *virt)
{
    ((struct fake *)virt)->delivering = virt->cpu->delivering;
    fake_note(virt, "triple");
    return IA32_VMEXIT;
}

static inline enum ia32_status fake_task(struct ia32_virt *virt,
                                         uint16_t selector, unsigned source,
                                         const struct ia32_insn *insn)
{
    struct fake *f = (struct fake *)virt;
    (void)insn;
    f->info = selector;
    f->la = source;
    fake_note(virt, "task");
    return IA32_VMEXIT;
}

static inline enum ia32_status fake_boundary(struct ia32_virt *virt)
{
    virt->cpu->base.attention &= ~VT_ATT_MODEL;
    return fake_note(virt, "boundary");
}

static inline uint64_t fake_tsc_offset(struct ia32_virt *virt)
{
    (void)virt;
    return UINT64_C(0x100000000);
}

static inline bool fake_rdmsr(struct ia32_virt *virt, uint32_t msr,
                              uint64_t *value)
{
    (void)virt;
    *value = 0x55;
    return msr == MSR_VMX_BASIC;
}

static inline void fake_nothing(struct ia32_virt *virt)
{
    (void)virt;
}

static inline enum ia32_status fake_vmx_insn(struct ia32_virt *virt,
                                             enum ia32_vmx_insn which,
                                             const struct ia32_insn *insn)
{
    (void)which;
    (void)insn;
    return fake_note(virt, "vmx");
}

static const struct ia32_virt_ops fake_ops = {
    .reset = fake_nothing,
    .free = fake_nothing,
    .vmx_insn = fake_vmx_insn,
    .intercept = fake_intercept,
    .cr_write = fake_cr_write,
    .cr_read = fake_cr_read,
    .cr_fixed_ok = fake_fixed,
    .event = fake_event,
    .external_interrupt = fake_external,
    .external_interrupt_exits = fake_external_exits,
    .triple_fault = fake_triple,
    .task_switch = fake_task,
    .boundary = fake_boundary,
    .tsc_offset = fake_tsc_offset,
    .rdmsr = fake_rdmsr,
};

/* Attach, outside VMX operation. */
static inline void fake_attach(struct sys *s, struct fake *f)
{
    memset(f, 0, sizeof *f);
    f->virt.ops = &fake_ops;
    ia32_attach_virt(s->cpu, &f->virt);
}

/* A guest at this CPL. */
static inline void fake_guest(struct sys *s, struct fake *f, unsigned cpl)
{
    sys_init(s, "merom", cpl);
    fake_attach(s, f);
    s->cpu->in_vmx = s->cpu->non_root = true;
    s->cpu->cr0 |= CR0_NE;
    s->cpu->cr4 |= CR4_VMXE;
    ia32_update_mode(s->cpu);
}

#endif
