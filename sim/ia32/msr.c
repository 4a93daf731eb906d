/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RDMSR and WRMSR over the table msrs.def.
 * SDM 325462, Vol 4, "Model-Specific Registers"; Vol 2B, "RDMSR" and
 * "WRMSR".  Left out: every MSR that the table does not name. */
#include "sim/ia32/msr.h"

#include "sim/ia32/event.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/virt.h"

/* --- what the rows name ----------------------------------------------- */

/* Where the value of a plain MSR lives; NULL for the computed ones. */
static uint64_t *field_of(struct ia32_cpu *cpu, enum ia32_msr_id id)
{
    switch (id) {
    case IA32_MSR_FEATURE_CONTROL:
        return &cpu->feature_control;
    case IA32_MSR_SYSENTER_CS:
        return &cpu->sysenter_cs;
    case IA32_MSR_SYSENTER_ESP:
        return &cpu->sysenter_esp;
    case IA32_MSR_SYSENTER_EIP:
        return &cpu->sysenter_eip;
    case IA32_MSR_DEBUGCTL:
        return &cpu->debugctl;
    case IA32_MSR_PAT:
        return &cpu->pat;
    default:
        return NULL;
    }
}

typedef uint64_t read_fn(struct ia32_cpu *cpu, enum ia32_msr_id id);
/* false: #GP(0).  With commit false nothing changes. */
typedef bool write_fn(struct ia32_cpu *cpu, enum ia32_msr_id id,
                      uint64_t value, bool commit);

static uint64_t read_field(struct ia32_cpu *cpu, enum ia32_msr_id id)
{
    return *field_of(cpu, id);
}

static bool write_field(struct ia32_cpu *cpu, enum ia32_msr_id id,
                        uint64_t value, bool commit)
{
    if (commit)
        *field_of(cpu, id) = value;
    return true;
}

static uint64_t read_zero(struct ia32_cpu *cpu, enum ia32_msr_id id)
{
    (void)cpu;
    (void)id;
    return 0;
}

/* Software writes 0 here before it reads the microcode revision; there is
 * no microcode, so the revision stays 0. */
static bool write_nothing(struct ia32_cpu *cpu, enum ia32_msr_id id,
                          uint64_t value, bool commit)
{
    (void)cpu;
    (void)id;
    (void)value;
    (void)commit;
    return true;
}

static uint64_t read_tsc(struct ia32_cpu *cpu, enum ia32_msr_id id)
{
    (void)id;
    return ia32_tsc(cpu);
}

/* Older parts take only the low 32 bits of a write and clear the others;
 * from family 0FH model 3 and family 06H model 0EH on, all 64 bits count.
 * SDM Vol 3B, "Time-Stamp Counter". */
static bool tsc_takes_64_bits(const struct ia32_model *model)
{
    unsigned family = model->signature >> 8 & 15;
    unsigned number = model->signature >> 4 & 15;
    return family == 15 ? number >= 3 : number >= 14;
}

static bool write_tsc(struct ia32_cpu *cpu, enum ia32_msr_id id,
                      uint64_t value, bool commit)
{
    (void)id;
    if (!commit)
        return true;
    if (!tsc_takes_64_bits(cpu->model))
        value = (uint32_t)value;
    ia32_settle(cpu);
    cpu->tsc_offset_base = value - cpu->base.now_cycles;
    return true;
}

/* Bit 0 is the lock: once set, writes fault until reset. */
static bool write_feature_control(struct ia32_cpu *cpu, enum ia32_msr_id id,
                                  uint64_t value, bool commit)
{
    (void)id;
    if (cpu->feature_control & 1)
        return false;
    if (commit)
        cpu->feature_control = value;
    return true;
}

/* Eight entries of memory types 0, 1, 4, 5, 6, 7. */
static bool write_pat(struct ia32_cpu *cpu, enum ia32_msr_id id,
                      uint64_t value, bool commit)
{
    for (unsigned i = 0; i < 64; i += 8) {
        unsigned type = value >> i & 0xff;
        if (type == 2 || type == 3) /* above 7: reserved bits in the row */
            return false;
    }
    return write_field(cpu, id, value, commit);
}

/* --- the table -------------------------------------------------------- */

static const struct {
    struct ia32_msr info;
    read_fn *read;
    write_fn *write;
} msrs[] = {
#define MSR(id, name, address, feature, read, write, writable, cite)       \
    {{IA32_MSR_##id, name, address, IA32_F_##feature, writable, cite},      \
     read, write},
#include "sim/ia32/msrs.def"
#undef MSR
};

const struct ia32_msr *ia32_msr_at(unsigned i)
{
    return i < ARRAY_SIZE(msrs) ? &msrs[i].info : NULL;
}

/* Row of an MSR that this CPU has, or -1. */
static int find(const struct ia32_cpu *cpu, uint32_t address)
{
    for (unsigned i = 0; i < ARRAY_SIZE(msrs); i++) {
        if (msrs[i].info.address != address)
            continue;
        if (msrs[i].info.feature == IA32_F_VMX && !cpu->virt)
            return -1;
        return ia32_has(cpu, msrs[i].info.feature) ? (int)i : -1;
    }
    return -1;
}

bool ia32_rdmsr(struct ia32_cpu *cpu, uint32_t msr, uint64_t *value)
{
    int row = find(cpu, msr);
    if (row >= 0) {
        *value = msrs[row].read(cpu, msrs[row].info.id);
        return true;
    }
    return cpu->virt && ia32_has(cpu, IA32_F_VMX) &&
           cpu->virt->ops->rdmsr(cpu->virt, msr, value);
}

static bool write_msr(struct ia32_cpu *cpu, uint32_t msr, uint64_t value,
                      bool commit)
{
    int row = find(cpu, msr);
    if (row < 0 || (value & ~msrs[row].info.writable))
        return false;
    return msrs[row].write(cpu, msrs[row].info.id, value, commit);
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
