/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of the checks on VMX controls, on the host-state area, and on the
 * entries of the MSR-load area.
 * SDM 325462, Vol 3C, "Checks on VMX Controls", "Checks on Host Control
 * Registers and MSRs", "Checks on Host Segment and Descriptor-Table
 * Registers", "Loading MSRs". */
#include "vmx-model/vmx_priv.h"

static bool bits_ok(const struct vmx *vmx, const struct vmx_check *check)
{
    uint64_t must_be_1, may_be_1, value = vmx_val(vmx, check, 0);
    vmx_check_bits(vmx, check, &must_be_1, &may_be_1);
    return !(must_be_1 & ~value) && !(value & ~may_be_1);
}

bool vmx_rule_word(const struct vmx *vmx, const struct vmx_check *check)
{
    return bits_ok(vmx, check);
}

bool vmx_rule_fixed(const struct vmx *vmx, const struct vmx_check *check)
{
    return bits_ok(vmx, check);
}

bool vmx_rule_cr3_count(const struct vmx *vmx, const struct vmx_check *check)
{
    return vmx_val(vmx, check, 0) <= VMX_CR3_TARGETS;
}

/* arg is the control that makes the address count. */
bool vmx_rule_page_aligned(const struct vmx *vmx,
                           const struct vmx_check *check)
{
    return !vmx_on(vmx, (enum vmx_control_id)check->arg) ||
           !(vmx_val(vmx, check, 0) & 0xfff);
}

bool vmx_rule_in_width(const struct vmx *vmx, const struct vmx_check *check)
{
    return !vmx_on(vmx, (enum vmx_control_id)check->arg) ||
           !(vmx_val(vmx, check, 0) & vmx_beyond_width(vmx));
}

/* --- MSR areas: field 0 address, field 1 count -------------------------- */

bool vmx_rule_area_aligned(const struct vmx *vmx,
                           const struct vmx_check *check)
{
    return !vmx_val(vmx, check, 1) || !(vmx_val(vmx, check, 0) & 0xf);
}

bool vmx_rule_area_width(const struct vmx *vmx, const struct vmx_check *check)
{
    return !vmx_val(vmx, check, 1) ||
           !(vmx_val(vmx, check, 0) & vmx_beyond_width(vmx));
}

/* An address that is itself too wide is the row before's business. */
bool vmx_rule_area_end(const struct vmx *vmx, const struct vmx_check *check)
{
    uint64_t address = vmx_val(vmx, check, 0), count = vmx_val(vmx, check, 1);
    return !count || (address & vmx_beyond_width(vmx)) ||
           !((address + count * 16 - 1) & vmx_beyond_width(vmx));
}

/* --- event injection --------------------------------------------------- */

static uint64_t vector(const struct vmx *vmx)
{
    return vmx->field[VMX_F_ENTRY_INTR_INFO] & INTR_VECTOR;
}

static bool injects_any(const struct vmx *vmx)
{
    return vmx->field[VMX_F_ENTRY_INTR_INFO] & INTR_VALID;
}

/* "Other event" needs the monitor trap flag, which is not there. */
bool vmx_rule_inject_type(const struct vmx *vmx, const struct vmx_check *check)
{
    (void)check;
    return !vmx_injects(vmx, (enum ia32_event_type)1) &&
           !vmx_injects(vmx, IA32_OTHER_EVENT);
}

bool vmx_rule_inject_nmi_vector(const struct vmx *vmx,
                                const struct vmx_check *check)
{
    (void)check;
    return !vmx_injects(vmx, IA32_EV_NMI) || vector(vmx) == IA32_NMI;
}

bool vmx_rule_inject_exception_vector(const struct vmx *vmx,
                                      const struct vmx_check *check)
{
    (void)check;
    return !vmx_injects(vmx, IA32_HW_EXC) || vector(vmx) <= 31;
}

static bool has_error_code(uint64_t v)
{
    return v == IA32_DF || (v >= IA32_TS && v <= IA32_PF) || v == IA32_AC;
}

bool vmx_rule_inject_deliver_error_code(const struct vmx *vmx,
                                        const struct vmx_check *check)
{
    bool delivers = (vmx_val(vmx, check, 0) & INTR_ERROR_CODE) != 0;
    bool should =
        vmx_injects(vmx, IA32_HW_EXC) && has_error_code(vector(vmx));
    return !injects_any(vmx) || delivers == should;
}

bool vmx_rule_inject_reserved(const struct vmx *vmx,
                              const struct vmx_check *check)
{
    return !injects_any(vmx) || !(vmx_val(vmx, check, 0) & INTR_RESERVED);
}

/* NOTE: later editions reserve bits 31:16 only; the first ones 31:15. */
bool vmx_rule_inject_error_code(const struct vmx *vmx,
                                const struct vmx_check *check)
{
    return !injects_any(vmx) ||
           !(vmx_val(vmx, check, 1) & INTR_ERROR_CODE) ||
           !(vmx_val(vmx, check, 0) & 0xffff8000);
}

bool vmx_rule_inject_insn_length(const struct vmx *vmx,
                                 const struct vmx_check *check)
{
    uint64_t length = vmx_val(vmx, check, 0);
    bool software = vmx_injects(vmx, IA32_SW_INT) ||
                    vmx_injects(vmx, IA32_PRIV_SW_EXC) ||
                    vmx_injects(vmx, IA32_SW_EXC);
    return !software || (length >= 1 && length <= 15);
}

/* --- host state -------------------------------------------------------- */

bool vmx_rule_host_selector(const struct vmx *vmx,
                            const struct vmx_check *check)
{
    return !(vmx_val(vmx, check, 0) & 7);
}

/* Natural-width fields of a processor without Intel 64 have 32 bits: all
 * canonical. */
bool vmx_rule_canonical(const struct vmx *vmx, const struct vmx_check *check)
{
    return ia32_canonical(vmx_val(vmx, check, 0));
}

bool vmx_rule_cr3_width(const struct vmx *vmx, const struct vmx_check *check)
{
    return !vmx_intel64(vmx_cpu(vmx)) ||
           !(vmx_val(vmx, check, 0) & vmx_beyond_width(vmx));
}

static bool wide_host(const struct vmx *vmx)
{
    return vmx_on(vmx, VMX_C_HOST_ADDRESS_SPACE_SIZE);
}

static bool in_ia32e_mode(const struct vmx *vmx)
{
    return vmx_cpu(vmx)->efer & EFER_LMA;
}

bool vmx_rule_host_ss_not_null(const struct vmx *vmx,
                               const struct vmx_check *check)
{
    return wide_host(vmx) || vmx_val(vmx, check, 0) != 0;
}

bool vmx_rule_space_guest(const struct vmx *vmx,
                          const struct vmx_check *check)
{
    (void)check;
    return in_ia32e_mode(vmx) || !vmx_ia32e_guest(vmx);
}

bool vmx_rule_space_32bit(const struct vmx *vmx,
                          const struct vmx_check *check)
{
    (void)check;
    return in_ia32e_mode(vmx) || !wide_host(vmx);
}

bool vmx_rule_space_64bit(const struct vmx *vmx,
                          const struct vmx_check *check)
{
    (void)check;
    return !in_ia32e_mode(vmx) || wide_host(vmx);
}

bool vmx_rule_space_rip_high(const struct vmx *vmx,
                             const struct vmx_check *check)
{
    return wide_host(vmx) || !(vmx_val(vmx, check, 0) >> 32);
}

bool vmx_rule_space_pae(const struct vmx *vmx, const struct vmx_check *check)
{
    return !wide_host(vmx) || (vmx_val(vmx, check, 0) & CR4_PAE);
}

bool vmx_rule_space_rip(const struct vmx *vmx, const struct vmx_check *check)
{
    return !wide_host(vmx) || ia32_canonical(vmx_val(vmx, check, 0));
}

bool vmx_rule_not_null(const struct vmx *vmx, const struct vmx_check *check)
{
    return vmx_val(vmx, check, 0) != 0;
}

/* --- entries of the VM-entry MSR-load area ------------------------------ */

bool vmx_rule_msr_reserved(const struct vmx *vmx,
                           const struct vmx_check *check)
{
    (void)check;
    return !vmx->msr_reserved;
}

/* They belong to the segments, which the entry has loaded. */
bool vmx_rule_msr_base(const struct vmx *vmx, const struct vmx_check *check)
{
    (void)check;
    return vmx->msr_index != 0xc0000100u && vmx->msr_index != 0xc0000101u;
}

/* "A processor may prevent loading of certain MSRs for model-specific
 * reasons"; loading microcode in the middle of an entry is one. */
bool vmx_rule_msr_microcode(const struct vmx *vmx,
                            const struct vmx_check *check)
{
    (void)check;
    return vmx->msr_index != 0x79 && vmx->msr_index != MSR_BIOS_SIGN_ID;
}

bool vmx_rule_msr_wrmsr(const struct vmx *vmx, const struct vmx_check *check)
{
    (void)check;
    return ia32_wrmsr_ok(vmx_cpu(vmx), vmx->msr_index, vmx->msr_value);
}

bool vmx_rule_msr_count(const struct vmx *vmx, const struct vmx_check *check)
{
    return vmx_val(vmx, check, 0) <= VMX_MSR_LIST_MAX;
}
