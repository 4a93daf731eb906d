/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory operands of more than eight bytes, made of smaller accesses: x87
 * numbers and environments, XMM registers, save areas.
 *
 * SDM 325462, Vol 1, "Memory Data Formats"; Vol 3A, "Alignment Check
 * Exception (#AC)", whose table says that what is checked is the alignment
 * of the parts.  Nothing is written before all of it may be. */
#include "sim/ia32/event.h"
#include "sim/ia32/mem.h"

/* The next piece: a unit, or what is left of it. */
static unsigned piece(unsigned left, unsigned unit)
{
    while (unit > left)
        unit /= 2;
    return unit;
}

enum ia32_status ia32_read_wide(struct ia32_cpu *cpu, unsigned seg,
                                uint64_t offset, unsigned bytes,
                                unsigned unit, uint8_t *to)
{
    uint64_t la, value;

    IA32_TRY(ia32_linear(cpu, seg, offset, bytes, IA32_ACC_R, &la));
    IA32_TRY(ia32_la_probe(cpu, la, bytes, IA32_ACC_R));
    for (unsigned done = 0, n; done < bytes; done += n) {
        n = piece(bytes - done, unit);
        IA32_TRY(ia32_la_read(cpu, la + done, n, 0, &value));
        for (unsigned i = 0; i < n; i++)
            to[done + i] = (uint8_t)(value >> 8 * i);
    }
    return IA32_OK;
}

enum ia32_status ia32_write_wide(struct ia32_cpu *cpu, unsigned seg,
                                 uint64_t offset, unsigned bytes,
                                 unsigned unit, const uint8_t *from)
{
    uint64_t la;

    IA32_TRY(ia32_linear(cpu, seg, offset, bytes, IA32_ACC_W, &la));
    IA32_TRY(ia32_la_probe(cpu, la, bytes, IA32_ACC_W));
    for (unsigned done = 0, n; done < bytes; done += n) {
        uint64_t value = 0;

        n = piece(bytes - done, unit);
        for (unsigned i = 0; i < n; i++)
            value |= (uint64_t)from[done + i] << 8 * i;
        IA32_TRY(ia32_la_write(cpu, la + done, n, 0, value));
    }
    return IA32_OK;
}

/* No multiple of 16 is #GP(0) "regardless of segment": before #SS, which
 * stands in the same class of priority. */
static enum ia32_status linear128(struct ia32_cpu *cpu, unsigned seg,
                                  uint64_t offset, bool aligned, unsigned acc,
                                  uint64_t *la)
{
    bool based = !(cpu->mode & IA32_MODE_LONG64) || seg == IA32_FS ||
                 seg == IA32_GS;

    if (aligned && ((offset + (based ? cpu->seg[seg].base : 0)) & 15))
        return ia32_fault(cpu, IA32_GP, 0);
    return ia32_linear(cpu, seg, offset, 16, acc, la);
}

enum ia32_status ia32_read128(struct ia32_cpu *cpu, unsigned seg,
                              uint64_t offset, bool aligned, uint64_t q[2])
{
    const uint8_t *p = ia32_find_16(cpu, false, seg, offset);
    uint64_t la, low;

    if (VT_LIKELY(p != NULL)) {
        q[0] = vt_ld64le(p);
        q[1] = vt_ld64le(p + 8);
        return IA32_OK;
    }
    IA32_TRY(linear128(cpu, seg, offset, aligned, IA32_ACC_R, &la));
    if ((la & VT_PAGE_MASK) > VT_PAGE_BYTES - 16)
        IA32_TRY(ia32_la_probe(cpu, la, 16, IA32_ACC_R));
    IA32_TRY(ia32_la_read(cpu, la, 8, 0, &low));
    IA32_TRY(ia32_la_read(cpu, la + 8, 8, 0, &q[1]));
    q[0] = low;
    return IA32_OK;
}

enum ia32_status ia32_write128(struct ia32_cpu *cpu, unsigned seg,
                               uint64_t offset, bool aligned,
                               const uint64_t q[2])
{
    uint8_t *p = ia32_find_16(cpu, true, seg, offset);
    uint64_t la;

    if (VT_LIKELY(p != NULL)) {
        vt_st64le(p, q[0]);
        vt_st64le(p + 8, q[1]);
        return IA32_OK;
    }
    IA32_TRY(linear128(cpu, seg, offset, aligned, IA32_ACC_W, &la));
    if ((la & VT_PAGE_MASK) > VT_PAGE_BYTES - 16)
        IA32_TRY(ia32_la_probe(cpu, la, 16, IA32_ACC_W));
    IA32_TRY(ia32_la_write(cpu, la, 8, 0, q[0]));
    return ia32_la_write(cpu, la + 8, 8, 0, q[1]);
}
