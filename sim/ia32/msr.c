/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RDMSR and WRMSR over the table msrs.def, and the MSRs that belong to
 * nothing else.
 * SDM 325462, Vol 4, "Model-Specific Registers"; Vol 2B, "RDMSR" and
 * "WRMSR".  Left out: every MSR that the table does not name. */
#include "sim/ia32/msr.h"

#include "sim/ia32/event.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/virt.h"

/* --- what the rows name ----------------------------------------------- */

bool ia32_msr_read_plain(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                         unsigned index, uint64_t *value)
{
    *value = *ia32_msr_field(cpu, msr, index);
    return true;
}

bool ia32_msr_write_plain(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                          unsigned index, uint64_t value, bool commit)
{
    if (commit)
        *ia32_msr_field(cpu, msr, index) = value;
    return true;
}

bool ia32_msr_read_none(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                        unsigned index, uint64_t *value)
{
    (void)cpu;
    (void)msr;
    (void)index;
    (void)value;
    return false;
}

bool ia32_msr_write_none(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                         unsigned index, uint64_t value, bool commit)
{
    (void)cpu;
    (void)msr;
    (void)index;
    (void)value;
    (void)commit;
    return false;
}

/* BIOS_UPDT_TRIG: the address of an update that is none for this processor
 * is ignored, and none is. */
bool ia32_msr_write_nothing(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                            unsigned index, uint64_t value, bool commit)
{
    (void)cpu;
    (void)msr;
    (void)index;
    (void)value;
    (void)commit;
    return true;
}

/* A linear address: canonical with Intel 64, else 32 bits. */
bool ia32_msr_write_address(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                            unsigned index, uint64_t value, bool commit)
{
    bool ok = ia32_has(cpu, IA32_F_LM) ? ia32_canonical(value)
                                       : value >> 32 == 0;
    return ok && ia32_msr_write_plain(cpu, msr, index, value, commit);
}

/* Bits 52:50 say which package; microcode updates are chosen by them. */
bool ia32_msr_read_platform_id(struct ia32_cpu *cpu,
                               const struct ia32_msr *msr, unsigned index,
                               uint64_t *value)
{
    (void)msr;
    (void)index;
    *value = (uint64_t)cpu->model->platform_id << 50;
    return true;
}

/* Bits 15:8: the ratio of the TSC to the bus clock. */
bool ia32_msr_read_platform_info(struct ia32_cpu *cpu,
                                 const struct ia32_msr *msr, unsigned index,
                                 uint64_t *value)
{
    uint64_t bus_hz = UINT64_C(1000000) * cpu->model->bus_mhz;
    uint64_t ratio =
        bus_hz ? (vt_machine_hz(cpu->base.machine) + bus_hz / 2) / bus_hz : 0;
    (void)msr;
    (void)index;
    *value = (ratio & 0xff) << 8;
    return true;
}

/* Limits and demotion of C-states deeper than C1, of which there are none.
 * Bit 15 locks bits 15:0. */
bool ia32_msr_write_pkg_cst(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                            unsigned index, uint64_t value, bool commit)
{
    if ((cpu->pkg_cst & 0x8000) && ((cpu->pkg_cst ^ value) & 0xffff))
        return false;
    return ia32_msr_write_plain(cpu, msr, index, value, commit);
}

/* Bit 0 is the lock: once set, writes fault until reset. */
bool ia32_msr_write_feature_control(struct ia32_cpu *cpu,
                                    const struct ia32_msr *msr,
                                    unsigned index, uint64_t value,
                                    bool commit)
{
    if (cpu->feature_control & 1)
        return false;
    return ia32_msr_write_plain(cpu, msr, index, value, commit);
}

/* --- IA32_APIC_BASE ---------------------------------------------------- */

/* EN and EXTD as a number: 0 disabled, 1 (EXTD without EN) invalid, 2 xAPIC,
 * 3 x2APIC. */
static unsigned apic_mode(uint64_t apic_base)
{
    return (apic_base & APIC_BASE_EN ? 2u : 0u) |
           (apic_base & APIC_BASE_EXTD ? 1u : 0u);
}

/* From x2APIC mode only to disabled; x2APIC mode only from xAPIC mode.
 * SDM Vol 3A, "x2APIC State Transitions". */
bool ia32_msr_write_apic_base(struct ia32_cpu *cpu,
                              const struct ia32_msr *msr, unsigned index,
                              uint64_t value, bool commit)
{
    uint64_t allowed = APIC_BASE_BSP | APIC_BASE_EN |
                       (VT_BIT(cpu->pa_bits) - VT_BIT(12));
    unsigned from = apic_mode(cpu->apic_base), to = apic_mode(value);
    if (ia32_has(cpu, IA32_F_X2APIC))
        allowed |= APIC_BASE_EXTD;
    if ((value & ~allowed) || to == 1 || (from == 3 && to == 2) ||
        (from == 0 && to == 3))
        return false;
    return ia32_msr_write_plain(cpu, msr, index, value, commit);
}

/* --- IA32_EFER and IA32_MISC_ENABLE -------------------------------------- */

bool ia32_nx_offered(const struct ia32_cpu *cpu)
{
    return ia32_has(cpu, IA32_F_NX) &&
           !(cpu->misc_enable & MISC_ENABLE_XD_DISABLE);
}

bool ia32_monitor_offered(const struct ia32_cpu *cpu)
{
    return ia32_has(cpu, IA32_F_MONITOR) &&
           (!ia32_has(cpu, IA32_F_MISC_ENABLE) ||
            (cpu->misc_enable & MISC_ENABLE_MONITOR));
}

/* LMA only shows that IA-32e mode is active: a write does not reach it.  LME
 * cannot change while paging is on.  SDM Vol 3A, "Paging-Mode Enabling". */
bool ia32_msr_write_efer(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                         unsigned index, uint64_t value, bool commit)
{
    uint64_t changed = (cpu->efer ^ value) & ~EFER_LMA, allowed = EFER_LMA;
    (void)msr;
    (void)index;
    if (ia32_has(cpu, IA32_F_LM))
        allowed |= EFER_LME;
    if (ia32_has(cpu, IA32_F_SYSCALL))
        allowed |= EFER_SCE;
    if (ia32_nx_offered(cpu))
        allowed |= EFER_NXE;
    if ((value & ~allowed) || ((changed & EFER_LME) && ia32_paging_on(cpu)))
        return false;
    if (!commit)
        return true;
    cpu->efer ^= changed;
    if (changed & EFER_NXE)
        ia32_tlb_drop_fast(cpu); /* it has the answer to NXE built in */
    return true;
}

/* Bits that only inform are ignored: performance monitoring, branch trace
 * and event-based sampling are not there.  SDM Vol 4, "Architectural MSRs",
 * 1A0H. */
bool ia32_msr_write_misc_enable(struct ia32_cpu *cpu,
                                const struct ia32_msr *msr, unsigned index,
                                uint64_t value, bool commit)
{
    uint64_t inform = MISC_ENABLE_PERFMON | MISC_ENABLE_NO_BTS |
                      MISC_ENABLE_NO_PEBS;
    uint64_t allowed = MISC_ENABLE_FAST_STRINGS | MISC_ENABLE_LIMIT_CPUID;
    if (ia32_has(cpu, IA32_F_MONITOR))
        allowed |= MISC_ENABLE_MONITOR;
    if (ia32_has(cpu, IA32_F_NX))
        allowed |= MISC_ENABLE_XD_DISABLE;
    if (value & ~(allowed | inform))
        return false;
    value = (value & allowed) | (cpu->misc_enable & inform);
    return ia32_msr_write_plain(cpu, msr, index, value, commit);
}

/* --- the table -------------------------------------------------------- */

static const struct ia32_msr msrs[] = {
#define NOWHERE 0
#define AT(member) offsetof(struct ia32_cpu, member)
#define MSR(id, name, address, count, feature, place, read, write, writable, \
            cite)                                                            \
    {IA32_MSR_##id, name, address, count, IA32_F_##feature, place,           \
     ia32_msr_##read, ia32_msr_##write, writable, cite},
#include "sim/ia32/msrs.def"
#undef MSR
#undef AT
#undef NOWHERE
};

const struct ia32_msr *ia32_msr_at(unsigned i)
{
    return i < ARRAY_SIZE(msrs) ? &msrs[i] : NULL;
}

/* Row of an MSR that this CPU has, or NULL. */
static const struct ia32_msr *find(const struct ia32_cpu *cpu,
                                   uint32_t address)
{
    for (unsigned i = 0; i < ARRAY_SIZE(msrs); i++) {
        const struct ia32_msr *m = &msrs[i];
        if (address - m->address >= m->count || !ia32_has(cpu, m->feature))
            continue;
        return m->feature == IA32_F_VMX && !cpu->virt ? NULL : m;
    }
    return NULL;
}

bool ia32_rdmsr(struct ia32_cpu *cpu, uint32_t msr, uint64_t *value)
{
    const struct ia32_msr *row = find(cpu, msr);
    if (row)
        return row->read(cpu, row, msr - row->address, value);
    return cpu->virt && ia32_has(cpu, IA32_F_VMX) &&
           cpu->virt->ops->rdmsr(cpu->virt, msr, value);
}

static bool write_msr(struct ia32_cpu *cpu, uint32_t msr, uint64_t value,
                      bool commit)
{
    const struct ia32_msr *row = find(cpu, msr);
    if (!row || (value & ~row->writable))
        return false;
    return row->write(cpu, row, msr - row->address, value, commit);
}

bool ia32_wrmsr(struct ia32_cpu *cpu, uint32_t msr, uint64_t value)
{
    return write_msr(cpu, msr, value, true);
}

bool ia32_wrmsr_ok(struct ia32_cpu *cpu, uint32_t msr, uint64_t value)
{
    return write_msr(cpu, msr, value, false);
}

/* --- instructions ------------------------------------------------------ */

enum ia32_status ia32_op_rdmsr(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn)
{
    uint32_t msr = (uint32_t)cpu->gpr[IA32_RCX];
    uint64_t value;
    (void)insn;
    if (!ia32_rdmsr(cpu, msr, &value))
        return ia32_fault(cpu, IA32_GP, 0);
    if (msr == MSR_TSC && cpu->non_root)
        value += cpu->virt->ops->tsc_offset(cpu->virt);
    cpu->gpr[IA32_RAX] = (uint32_t)value;
    cpu->gpr[IA32_RDX] = value >> 32;
    return IA32_OK;
}

enum ia32_status ia32_op_wrmsr(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn)
{
    uint64_t value =
        (uint32_t)cpu->gpr[IA32_RAX] | cpu->gpr[IA32_RDX] << 32;
    (void)insn;
    if (!ia32_wrmsr(cpu, (uint32_t)cpu->gpr[IA32_RCX], value))
        return ia32_fault(cpu, IA32_GP, 0);
    ia32_end_block(cpu);
    return IA32_OK;
}
