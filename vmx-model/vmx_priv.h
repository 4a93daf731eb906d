/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of the VMX model and the borders between its files. */
#ifndef VMX_VMX_PRIV_H
#define VMX_VMX_PRIV_H

#include "sim/ia32/event.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/insn.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/virt.h"
#include "sim/machine/snapshot.h"
#include "vmx-model/vmx.h"

/* Our own revision of the VMCS layout (region.c), and the sizes that
 * IA32_VMX_BASIC reports. */
#define VMX_REVISION 0x01u
#define VMX_REGION_BYTES 2048u
#define VMX_CR3_TARGETS 4u
#define VMX_MSR_LIST_MAX 512u /* recommended maximum, IA32_VMX_MISC */

#define VMX_CHECK_WORDS 8 /* rows that can be switched off: 512 */

/* Bits of the interruption-information fields (entry, exit, IDT-vectoring).
 * SDM Vol 3C, "VM-Entry Controls for Event Injection". */
#define INTR_VECTOR 0xffu
#define INTR_TYPE_SHIFT 8
#define INTR_TYPE 0x700u
#define INTR_ERROR_CODE 0x800u
#define INTR_NMI_UNBLOCKING 0x1000u
#define INTR_RESERVED 0x7ffff000u
#define INTR_VALID 0x80000000u

/* Guest activity states.  SDM Vol 3C, "Guest Non-Register State". */
enum vmx_activity { VMX_ACTIVE, VMX_HLT, VMX_SHUTDOWN, VMX_WAIT_FOR_SIPI };

/* Pending debug exceptions (same section). */
#define PENDING_DEBUG_BP VT_BIT(12)
#define PENDING_DEBUG_BS VT_BIT(14)
#define PENDING_DEBUG_ALLOWED (UINT64_C(0xf) | PENDING_DEBUG_BP | PENDING_DEBUG_BS)

#define DEBUGCTL_BTF VT_BIT(1)
/* Bits of CR0 that VM entries and exits leave alone: ET, NW, CD and the
 * reserved ones.  SDM Vol 3C, "Loading Guest Control Registers, Debug
 * Registers, and MSRs". */
#define CR0_UNTOUCHED UINT64_C(0x7ffaffd0)

/* VMX abort indicators.  SDM Vol 3C, "VMX Aborts". */
enum vmx_abort { VMX_ABORT_NONE = 0, VMX_ABORT_MSR_STORE = 1,
                 VMX_ABORT_HOST_PDPTES = 2, VMX_ABORT_MSR_LOAD = 4,
                 VMX_ABORT_MACHINE_CHECK = 5 };

struct vmx {
    struct ia32_virt virt; /* first */
    /* The fixed bits of CR0 and CR4 (capability.c). */
    uint64_t cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
    uint64_t offered[VMX_WORD_COUNT]; /* allowed-1 settings */

    uint64_t vmxon_pointer, current; /* VMX_NO_POINTER: none */
    uint32_t session;   /* VMXONs so far; a VMCS launched in an older one
                           cannot be resumed (error 6) */
    /* The current VMCS while it is current; in its region otherwise. */
    uint32_t launch_session; /* 0: clear; else session of its launch */
    uint64_t field[VMX_FIELD_COUNT];
    uint32_t region_crc;     /* of the region when it was read or written */

    /* The entry of an MSR area that is being looked at. */
    uint32_t msr_index, msr_reserved;
    uint64_t msr_value;

    enum ia32_vmx_insn executing; /* the VMX instruction under way */
    struct vmx_failure failure;
    struct vmx_exit_record exit;
    uint64_t check_off[VMX_CHECK_WORDS];
    uint64_t check_failed[VMX_CHECK_WORDS * 64];
};

static inline struct vmx *vmx_from(struct ia32_virt *virt)
{
    return (struct vmx *)virt;
}

static inline struct ia32_cpu *vmx_cpu(const struct vmx *vmx)
{
    return vmx->virt.cpu;
}

/* Linear address of the current instruction. */
static inline uint64_t vmx_pc(const struct vmx *vmx)
{
    const struct ia32_cpu *cpu = vmx_cpu(vmx);
    if (cpu->mode & IA32_MODE_LONG64)
        return cpu->rip;
    return (uint32_t)(cpu->seg[IA32_CS].base + cpu->rip);
}

/* Is a control 1 in the current VMCS? */
static inline bool vmx_on(const struct vmx *vmx, enum vmx_control_id id)
{
    const struct vmx_control *c = &vmx_controls[id];
    return vmx->field[vmx_words[c->word].field] >> c->bit & 1;
}

/* capability.c */
void vmx_init_capabilities(struct vmx *vmx);
bool vmx_rdmsr(struct ia32_virt *virt, uint32_t msr, uint64_t *value);
bool vmx_cr_fixed_ok(struct ia32_virt *virt, unsigned which, uint64_t value);

/* region.c */
int vmx_field_by_encoding(uint64_t encoding); /* index, or -1 */
uint64_t vmx_field_read(const struct vmx *vmx, int id, bool high);
void vmx_field_write(struct vmx *vmx, int id, bool high, uint64_t value);
/* Address bits that no pointer of this processor may have. */
uint64_t vmx_beyond_width(const struct vmx *vmx);
bool vmx_pointer_ok(const struct vmx *vmx, uint64_t pointer);
void vmx_load_region(struct vmx *vmx, uint64_t pointer);
void vmx_store_region(struct vmx *vmx);
void vmx_clear_region(struct vmx *vmx, uint64_t pointer);
void vmx_write_abort(struct vmx *vmx, enum vmx_abort indicator);

/* insn.c */
enum ia32_status vmx_insn(struct ia32_virt *virt, enum ia32_vmx_insn which,
                          const struct ia32_insn *insn);
const char *vmx_insn_name(enum ia32_vmx_insn which);
void vmx_succeed(struct vmx *vmx);
/* VMfail(error), because of a row of the checks or NULL. */
enum ia32_status vmx_fail(struct vmx *vmx, enum vmx_error_number error,
                          const struct vmx_check *check);

/* A rule of entry_checks.def: does it hold? */
typedef bool vmx_rule(const struct vmx *vmx, const struct vmx_check *check);
#define CHECK(id, gives, rule, arg, f1, f2, f3, section, text) \
    vmx_rule vmx_rule_##rule;
#include "vmx-model/entry_checks.def"

/* Value of the n-th field of a row. */
static inline uint64_t vmx_val(const struct vmx *vmx,
                               const struct vmx_check *check, unsigned n)
{
    return vmx->field[check->fields[n]];
}

/* Is the guest of the current VMCS in IA-32e mode, and in 64-bit mode? */
static inline bool vmx_ia32e_guest(const struct vmx *vmx)
{
    return vmx_on(vmx, VMX_C_IA32E_MODE_GUEST);
}

static inline bool vmx_64bit_guest(const struct vmx *vmx)
{
    return vmx_ia32e_guest(vmx) && (vmx->field[VMX_F_GUEST_CS_AR] & AR_L);
}

/* Does this entry inject an event of this type? */
static inline bool vmx_injects(const struct vmx *vmx,
                               enum ia32_event_type type)
{
    uint64_t info = vmx->field[VMX_F_ENTRY_INTR_INFO];
    return (info & INTR_VALID) &&
           (info & INTR_TYPE) >> INTR_TYPE_SHIFT == type;
}

/* entry_checks.c: a row that does not hold, or NULL.  Rows are gone
 * through in the manual's order from the first that gives FROM to the last
 * that gives TO. */
const struct vmx_check *vmx_run_checks(struct vmx *vmx, enum vmx_gives from,
                                       enum vmx_gives to);
/* Fill vmx->failure and tell the listeners.  hardware_cycles: what the
 * attempt cost, already charged. */
void vmx_report_failure(struct vmx *vmx, const struct vmx_failure *failure,
                        uint64_t hardware_cycles);
/* The values of the fields that a row looks at. */
void vmx_note_values(const struct vmx *vmx, struct vmx_failure *failure);
/* Bits that a row asks to be 1 and allows to be 1; false: not a row of
 * bits. */
bool vmx_check_bits(const struct vmx *vmx, const struct vmx_check *check,
                    uint64_t *must_be_1, uint64_t *may_be_1);

/* entry.c */
enum ia32_status vmx_entry(struct vmx *vmx, bool launch);

/* exit.c */
struct vmx_exit {
    enum vmx_exit_number reason;
    enum vmx_control_id control; /* that asked for it, or ALWAYS ... */
    enum vmx_field_id field;     /* ... and the field that did, or 0 */
    uint64_t qualification;
    uint32_t intr_info, intr_error;
    uint32_t insn_length, insn_info;
    uint64_t guest_la;
    bool keeps_rf;    /* RFLAGS.RF is saved as it is, not cleared */
    bool sets_rf;     /* ... is saved as 1 */
    bool no_vectoring; /* never "during delivery": triple faults */
    bool blocks_nmi;  /* afterwards: NMIs that exit */
};
enum ia32_status vmx_do_exit(struct vmx *vmx, const struct vmx_exit *exit);
/* A VMX abort: the processor shuts down. */
enum ia32_status vmx_do_abort(struct vmx *vmx, enum vmx_abort indicator);
/* For an instruction that exits: reason, length and no more. */
enum ia32_status vmx_insn_exit(struct vmx *vmx, enum vmx_exit_number reason,
                               enum vmx_control_id control,
                               const struct ia32_insn *insn,
                               uint64_t qualification);
uint32_t vmx_memory_insn_info(const struct ia32_insn *insn);

/* state.c */
void vmx_save_guest(struct vmx *vmx, const struct vmx_exit *exit);
void vmx_load_guest(struct vmx *vmx);
enum vmx_abort vmx_load_host(struct vmx *vmx);

/* msr_area.c.  Entries: the row that does not hold (n: of which entry, from
 * 0), or NULL. */
enum vmx_abort vmx_store_msrs(struct vmx *vmx);
enum vmx_abort vmx_exit_load_msrs(struct vmx *vmx);
const struct vmx_check *vmx_entry_load_msrs(struct vmx *vmx, uint64_t *n);

/* intercept.c, event.c: operations of struct ia32_virt_ops. */
enum ia32_status vmx_intercept(struct ia32_virt *virt, enum ia32_ix which,
                               const struct ia32_insn *insn, uint64_t info,
                               uint64_t la);
enum ia32_status vmx_cr_write(struct ia32_virt *virt, unsigned which,
                              unsigned kind, const struct ia32_insn *insn,
                              uint64_t *value);
enum ia32_status vmx_cr_read(struct ia32_virt *virt, unsigned which,
                             unsigned kind, const struct ia32_insn *insn,
                             uint64_t *value);
enum ia32_status vmx_event(struct ia32_virt *virt,
                           const struct ia32_event *event);
enum ia32_status vmx_external_interrupt(struct ia32_virt *virt);
bool vmx_external_interrupt_exits(const struct ia32_virt *virt);
enum ia32_status vmx_triple_fault(struct ia32_virt *virt);
enum ia32_status vmx_task_switch(struct ia32_virt *virt, uint16_t selector,
                                 unsigned source,
                                 const struct ia32_insn *insn);
enum ia32_status vmx_boundary(struct ia32_virt *virt);
uint64_t vmx_tsc_offset(struct ia32_virt *virt);
bool vmx_iret_unblocks_nmi(struct ia32_virt *virt);
/* An event as an interruption-information field says it. */
uint32_t vmx_event_info(const struct ia32_event *event);

#endif
