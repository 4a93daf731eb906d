/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of the checks on the rest of the guest state: MSRs, RFLAGS, and the
 * state that is in no register.
 * SDM 325462, Vol 3C, "Checks on Guest Control Registers, Debug Registers,
 * and MSRs", "Checks on Guest RIP and RFLAGS", "Checks on Guest Non-Register
 * State". */
#include "sim/ia32/paging.h"
#include "vmx-model/vmx_priv.h"

#define RFLAGS_RESERVED (~UINT64_C(0x3f7fd7)) /* 63:22, 15, 5, 3 */

bool vmx_rule_debugctl(const struct vmx *vmx, const struct vmx_check *check)
{
    return ia32_wrmsr_ok(vmx_cpu(vmx), MSR_DEBUGCTL, vmx_val(vmx, check, 0));
}

bool vmx_rule_guest_pae(const struct vmx *vmx, const struct vmx_check *check)
{
    return !vmx_ia32e_guest(vmx) || (vmx_val(vmx, check, 0) & CR4_PAE);
}

bool vmx_rule_high_half_0(const struct vmx *vmx,
                          const struct vmx_check *check)
{
    return !(vmx_val(vmx, check, 0) >> 32);
}

bool vmx_rule_pdptes(const struct vmx *vmx, const struct vmx_check *check)
{
    bool good = true;
    (void)check;
    if (vmx_ia32e_guest(vmx) || !(vmx->field[VMX_F_GUEST_CR4] & CR4_PAE))
        return true;
    return ia32_check_pdptes(vmx_cpu(vmx), vmx->field[VMX_F_GUEST_CR3],
                             &good) == IA32_OK &&
           good;
}

/* --- RIP and RFLAGS ------------------------------------------------------------ */

static uint64_t rflags(const struct vmx *vmx)
{
    return vmx->field[VMX_F_GUEST_RFLAGS];
}

bool vmx_rule_rip_high(const struct vmx *vmx, const struct vmx_check *check)
{
    return vmx_64bit_guest(vmx) || !(vmx_val(vmx, check, 0) >> 32);
}

bool vmx_rule_rip_canonical(const struct vmx *vmx,
                            const struct vmx_check *check)
{
    return !vmx_64bit_guest(vmx) || ia32_canonical(vmx_val(vmx, check, 0));
}

bool vmx_rule_rflags_vm(const struct vmx *vmx, const struct vmx_check *check)
{
    (void)check;
    return !vmx_ia32e_guest(vmx) || !(rflags(vmx) & FL_VM);
}

bool vmx_rule_rflags_reserved(const struct vmx *vmx,
                              const struct vmx_check *check)
{
    (void)check;
    return !(rflags(vmx) & RFLAGS_RESERVED);
}

bool vmx_rule_rflags_fixed(const struct vmx *vmx,
                           const struct vmx_check *check)
{
    (void)check;
    return rflags(vmx) & FL_FIXED1;
}

bool vmx_rule_rflags_if(const struct vmx *vmx, const struct vmx_check *check)
{
    (void)check;
    return !vmx_injects(vmx, IA32_EXT_INT) || (rflags(vmx) & FL_IF);
}

/* --- activity state ----------------------------------------------------- */

static uint64_t activity(const struct vmx *vmx)
{
    return vmx->field[VMX_F_GUEST_ACTIVITY];
}

static uint64_t blocking(const struct vmx *vmx)
{
    return vmx->field[VMX_F_GUEST_INTERRUPTIBILITY];
}

static bool blocked(const struct vmx *vmx)
{
    return blocking(vmx) & (IA32_BLOCK_STI | IA32_BLOCK_MOV_SS);
}

bool vmx_rule_activity_supported(const struct vmx *vmx,
                                 const struct vmx_check *check)
{
    (void)check;
    return activity(vmx) <= VMX_SHUTDOWN;
}

bool vmx_rule_activity_hlt_dpl(const struct vmx *vmx,
                               const struct vmx_check *check)
{
    return activity(vmx) != VMX_HLT || !(vmx_val(vmx, check, 1) & AR_DPL);
}

bool vmx_rule_activity_blocking(const struct vmx *vmx,
                                const struct vmx_check *check)
{
    (void)check;
    return activity(vmx) == VMX_ACTIVE || !blocked(vmx);
}

static bool injects_exception(const struct vmx *vmx, enum ia32_vector vector)
{
    return vmx_injects(vmx, IA32_HW_EXC) &&
           (vmx->field[VMX_F_ENTRY_INTR_INFO] & INTR_VECTOR) == vector;
}

static bool injects_nothing(const struct vmx *vmx)
{
    return !(vmx->field[VMX_F_ENTRY_INTR_INFO] & INTR_VALID);
}

bool vmx_rule_activity_hlt_event(const struct vmx *vmx,
                                 const struct vmx_check *check)
{
    (void)check;
    return activity(vmx) != VMX_HLT || injects_nothing(vmx) ||
           vmx_injects(vmx, IA32_EXT_INT) || vmx_injects(vmx, IA32_EV_NMI) ||
           injects_exception(vmx, IA32_DB) || injects_exception(vmx, IA32_MC);
}

bool vmx_rule_activity_shutdown_event(const struct vmx *vmx,
                                      const struct vmx_check *check)
{
    (void)check;
    return activity(vmx) != VMX_SHUTDOWN || injects_nothing(vmx) ||
           vmx_injects(vmx, IA32_EV_NMI) || injects_exception(vmx, IA32_MC);
}

/* --- interruptibility state --------------------------------------------- */

bool vmx_rule_intr_state_reserved(const struct vmx *vmx,
                                  const struct vmx_check *check)
{
    (void)check;
    return !(blocking(vmx) & 0xfffffff0);
}

bool vmx_rule_intr_state_both(const struct vmx *vmx,
                              const struct vmx_check *check)
{
    uint64_t both = IA32_BLOCK_STI | IA32_BLOCK_MOV_SS;
    (void)check;
    return (blocking(vmx) & both) != both;
}

bool vmx_rule_intr_state_sti_if(const struct vmx *vmx,
                                const struct vmx_check *check)
{
    (void)check;
    return !(blocking(vmx) & IA32_BLOCK_STI) || (rflags(vmx) & FL_IF);
}

bool vmx_rule_intr_state_ext_sti(const struct vmx *vmx,
                                 const struct vmx_check *check)
{
    (void)check;
    return !vmx_injects(vmx, IA32_EXT_INT) ||
           !(blocking(vmx) & IA32_BLOCK_STI);
}

bool vmx_rule_intr_state_ext_mov_ss(const struct vmx *vmx,
                                    const struct vmx_check *check)
{
    (void)check;
    return !vmx_injects(vmx, IA32_EXT_INT) ||
           !(blocking(vmx) & IA32_BLOCK_MOV_SS);
}

bool vmx_rule_intr_state_nmi_mov_ss(const struct vmx *vmx,
                                    const struct vmx_check *check)
{
    (void)check;
    return !vmx_injects(vmx, IA32_EV_NMI) ||
           !(blocking(vmx) & IA32_BLOCK_MOV_SS);
}

bool vmx_rule_intr_state_smi(const struct vmx *vmx,
                             const struct vmx_check *check)
{
    (void)check;
    return !(blocking(vmx) & IA32_BLOCK_SMI);
}

bool vmx_rule_intr_state_nmi_sti(const struct vmx *vmx,
                                 const struct vmx_check *check)
{
    (void)check;
    return !vmx_injects(vmx, IA32_EV_NMI) ||
           !(blocking(vmx) & IA32_BLOCK_STI);
}

/* --- pending debug exceptions -------------------------------------------- */

bool vmx_rule_pending_reserved(const struct vmx *vmx,
                               const struct vmx_check *check)
{
    return !(vmx_val(vmx, check, 0) & ~PENDING_DEBUG_ALLOWED);
}

/* Where a single-step trap has to be pending, and only there: nothing else
 * would make it come later. */
static bool holds_traps(const struct vmx *vmx)
{
    return blocked(vmx) || activity(vmx) == VMX_HLT;
}

static bool steps(const struct vmx *vmx)
{
    return (rflags(vmx) & FL_TF) &&
           !(vmx->field[VMX_F_GUEST_DEBUGCTL] & DEBUGCTL_BTF);
}

bool vmx_rule_pending_bs_set(const struct vmx *vmx,
                             const struct vmx_check *check)
{
    return !holds_traps(vmx) || !steps(vmx) ||
           (vmx_val(vmx, check, 0) & PENDING_DEBUG_BS);
}

bool vmx_rule_pending_bs_clear(const struct vmx *vmx,
                               const struct vmx_check *check)
{
    return !holds_traps(vmx) || steps(vmx) ||
           !(vmx_val(vmx, check, 0) & PENDING_DEBUG_BS);
}

/* --- VMCS link pointer --------------------------------------------------- */

static bool has_link(const struct vmx *vmx)
{
    return vmx->field[VMX_F_VMCS_LINK_POINTER] != VMX_NO_POINTER;
}

bool vmx_rule_link_align(const struct vmx *vmx, const struct vmx_check *check)
{
    return !has_link(vmx) || !(vmx_val(vmx, check, 0) & 0xfff);
}

bool vmx_rule_link_width(const struct vmx *vmx, const struct vmx_check *check)
{
    return !has_link(vmx) ||
           !(vmx_val(vmx, check, 0) & vmx_beyond_width(vmx));
}

bool vmx_rule_link_revision(const struct vmx *vmx,
                            const struct vmx_check *check)
{
    uint64_t pointer = vmx_val(vmx, check, 0);
    return !has_link(vmx) || !vmx_pointer_ok(vmx, pointer) ||
           ia32_pa_read(vmx_cpu(vmx), pointer, 4) == VMX_REVISION;
}

bool vmx_rule_link_current(const struct vmx *vmx,
                           const struct vmx_check *check)
{
    return !has_link(vmx) || vmx_val(vmx, check, 0) != vmx->current;
}
