/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real-address mode and virtual-8086 mode for tests, on the machine of
 * sysrig.h.
 *
 * Real-address mode has its interrupt vector table at 0, every entry to
 * REAL_HANDLER(vector).  Virtual-8086 mode runs a task under the tables of
 * sysrig.h, CPL 0 being its monitor; its own vector table, which redirected
 * interrupts use, is the same.
 *
 * SDM Vol 3B, "8086 Emulation". */
#ifndef TEST_REALRIG_H
#define TEST_REALRIG_H

#include "tests/ia32/sysrig.h"

#define REAL_CODE 0x100u /* CS; code at SYS_CODE is 0100:0000 */
#define REAL_DATA 0x3000u
#define REAL_STACK 0x2000u
#define REAL_SP 0x1000u
#define REAL_HANDLER_CS 0x500u
#define REAL_HANDLER(vector) ((vector) * 16u)
#define VM86_TSS_LIMIT 0xa7u      /* with the redirection bit map */
#define VM86_IO_MAP 0x88u         /* its offset; the redirection map is */
#define VM86_REDIRECTION 0x68u    /* the 32 bytes below */

/* The segment registers as 16-bit software finds them. */
static inline void real_segments(struct sys *s, uint32_t ar)
{
    static const uint16_t selector[] = {
        [IA32_ES] = REAL_DATA, [IA32_CS] = REAL_CODE,
        [IA32_SS] = REAL_STACK, [IA32_DS] = REAL_DATA,
        [IA32_FS] = REAL_DATA + 1, [IA32_GS] = REAL_DATA + 2};
    for (unsigned i = IA32_ES; i <= IA32_GS; i++) {
        struct ia32_seg seg =
            sys_seg(selector[i], (uint32_t)selector[i] << 4, 0xffff, ar);
        ia32_set_seg(s->cpu, (enum ia32_seg_index)i, &seg);
    }
    s->cpu->gpr[IA32_RSP] = REAL_SP;
    s->cpu->rip = 0;
}

static inline void real_vectors(struct sys *s)
{
    for (unsigned v = 0; v < 256; v++)
        sys_put32(s, v * 4, REAL_HANDLER_CS << 16 | REAL_HANDLER(v));
}

static inline void real_init(struct sys *s, const char *model)
{
    sys_init(s, model, 0);
    real_vectors(s);
    s->cpu->cr0 &= ~CR0_PE;
    s->cpu->idtr = (struct ia32_dtr){0, 0x3ff};
    real_segments(s, 0x93);
    ia32_update_mode(s->cpu);
}

/* EFLAGS.VM = 1, and what else: FL_IOPL, FL_IF ... */
static inline void vm86_init(struct sys *s, const char *model,
                             uint64_t flags)
{
    sys_init(s, model, 0);
    real_vectors(s);
    ia32_set_rflags(s->cpu, flags | FL_VM);
    real_segments(s, 0xf3);
    s->cpu->seg[IA32_TR].limit = VM86_TSS_LIMIT;
    vt_physmem_write(s->pm, SYS_TSS + 102, VM86_IO_MAP, 2);
    ia32_update_mode(s->cpu);
}

/* 16-bit item n of the stack. */
static inline unsigned real_stack(struct sys *s, unsigned n)
{
    uint64_t sp = s->cpu->gpr[IA32_RSP] & 0xffff;
    return (unsigned)vt_physmem_read(
        s->pm, s->cpu->seg[IA32_SS].base + ((sp + 2 * n) & 0xffff), 2);
}

#endif
