/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a vector to its handler, through a table of far pointers:
 *
 *   real-address mode   the interrupt vector table, at IDTR's base
 *   virtual-8086 mode   the program's own, at linear address 0, for INT n
 *                       that CR4.VME and a bit map in the TSS leave to it
 *
 * The frame is FLAGS, CS, IP of 16 bits; there are no error codes.
 *
 * INT n in virtual-8086 mode, the six methods of the manual:
 *
 *   VME IOPL bit          where
 *    0   3    -   1       through the IDT, to CPL 0
 *    0  <3    -   2       #GP(0)
 *    1  <3    1   3       #GP(0)
 *    1   3    1   4       as 1
 *    1   3    0   5       program's table; IF and TF cleared
 *    1  <3    0   6       program's table; VIF for IF, IOPL shown as 3
 *
 * SDM 325462, Vol 2A, "INT n/INTO/INT3/INT1--Call to Interrupt Procedure",
 * REAL-ADDRESS-MODE; Vol 3B, "Class 3--Software Interrupt Handling in
 * Virtual-8086 Mode". */
#include "sim/ia32/gate.h"

#include "sim/ia32/eflags.h"
#include "sim/ia32/segment.h"

/* Push FLAGS, CS and IP on the current stack and go to table[vector].
 * All of it is checked first. */
static enum ia32_status enter(struct ia32_cpu *cpu, uint64_t table,
                              const struct ia32_event *event, uint64_t flags)
{
    unsigned acc = IA32_ACC_R | IA32_ACC_IMPLICIT;
    uint64_t la = table + event->vector * 4u, ip, cs;
    struct ia32_stack st = ia32_current_stack(cpu, 0);
    IA32_TRY(ia32_stack_reserve(cpu, &st, 3, 2));
    IA32_TRY(ia32_la_read(cpu, (uint32_t)la, 2, acc, &ip));
    IA32_TRY(ia32_la_read(cpu, (uint32_t)(la + 2), 2, acc, &cs));

    uint64_t frame[] = {flags, cpu->seg[IA32_CS].selector,
                        ia32_event_rip(cpu, event)};
    for (unsigned i = 0; i < ARRAY_SIZE(frame); i++)
        IA32_TRY(ia32_stack_push(cpu, &st, 2, (uint16_t)frame[i]));
    cpu->gpr[IA32_RSP] = st.sp;
    cpu->rip = ip;
    cpu->repeating = false;
    ia32_load_real_seg(cpu, IA32_CS, (uint16_t)cs);
    return IA32_OK;
}

/* --- real-address mode ---------------------------------------------------- */

enum ia32_status ia32_through_ivt(struct ia32_cpu *cpu,
                                  const struct ia32_event *event)
{
    uint64_t flags = ia32_event_flags(cpu, event, false);
    if (event->vector * 4u + 3 > cpu->idtr.limit)
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(enter(cpu, cpu->idtr.base, event, flags));
    cpu->rflags &= ~(FL_IF | FL_TF | FL_AC | FL_RF);
    return IA32_OK;
}

/* --- virtual-8086 mode ---------------------------------------------------- */

/* The redirection bit map: 32 bytes below the I/O permission bit map.
 * NOTE: the manual does not say what happens when the TSS has none; here
 * #GP(0), as for an I/O permission bit outside the TSS. */
static enum ia32_status redirection_bit(struct ia32_cpu *cpu, uint8_t vector,
                                        bool *set)
{
    const struct ia32_seg *tr = &cpu->seg[IA32_TR];
    unsigned acc = IA32_ACC_R | IA32_ACC_IMPLICIT;
    uint64_t map, byte;
    if (!(tr->ar & 8) || tr->limit < 103)
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_la_read(cpu, (uint32_t)(tr->base + 102), 2, acc, &map));
    uint32_t at = (uint32_t)map - 32 + vector / 8;
    if (map < 32 || at > tr->limit)
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_la_read(cpu, (uint32_t)(tr->base + at), 1, acc, &byte));
    *set = byte >> (vector % 8) & 1;
    return IA32_OK;
}

enum ia32_status ia32_vm86_int(struct ia32_cpu *cpu, uint8_t vector,
                               bool *to_program)
{
    bool to_monitor = true;
    if (cpu->cr4 & CR4_VME)
        IA32_TRY(redirection_bit(cpu, vector, &to_monitor));
    *to_program = !to_monitor;
    if (to_monitor && ia32_iopl(cpu) < 3)
        return ia32_fault(cpu, IA32_GP, 0);
    return IA32_OK;
}

/* The program sees VIF where its IF would be, and thinks it has IOPL 3. */
enum ia32_status ia32_redirect(struct ia32_cpu *cpu,
                               const struct ia32_event *event)
{
    bool virtual_if = ia32_iopl(cpu) < 3;
    uint64_t flags = ia32_event_flags(cpu, event, false);
    if (virtual_if)
        flags = ia32_show_vif(flags);
    IA32_TRY(enter(cpu, 0, event, flags));
    cpu->rflags &= ~(FL_TF | FL_RF | (virtual_if ? FL_VIF : FL_IF));
    return IA32_OK;
}
