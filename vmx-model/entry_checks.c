/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of checks that VM entries make, and the loop over it.  Rows are
 * in entry_checks.def, what the rules mean in check_*.c.
 *
 * The manual lets a processor make the checks on controls and host state in
 * any order, and on guest state in any order after them; this one takes the
 * manual's order and stops at the first row that does not hold.
 * SDM 325462, Vol 3C, "Basic VM-Entry Checks", "Checks on VMX Controls and
 * Host-State Area", "Checking and Loading Guest State". */
#include "vmx-model/vmx_priv.h"

enum { VMX_F__ = VMX_FIELD_COUNT }; /* a row's unused field */

static const struct vmx_check checks[] = {
#define CHECK(id, gives, rule, arg, f1, f2, f3, section, text)           \
    {id, section, text, VMX_GIVES_##gives, arg,                          \
     {VMX_F_##f1, VMX_F_##f2, VMX_F_##f3}},
#include "vmx-model/entry_checks.def"
};

static vmx_rule *const rules[] = {
#define CHECK(id, gives, rule, arg, f1, f2, f3, section, text) \
    vmx_rule_##rule,
#include "vmx-model/entry_checks.def"
};

_Static_assert(ARRAY_SIZE(checks) <= VMX_CHECK_WORDS * 64,
               "every row has a bit in check_off");

unsigned vmx_check_count(void)
{
    return ARRAY_SIZE(checks);
}

const struct vmx_check *vmx_check_at(unsigned i)
{
    return i < ARRAY_SIZE(checks) ? &checks[i] : NULL;
}

const struct vmx_check *vmx_check_find(const char *id)
{
    for (unsigned i = 0; i < ARRAY_SIZE(checks); i++)
        if (strcmp(checks[i].id, id) == 0)
            return &checks[i];
    return NULL;
}

static bool is_off(const struct vmx *vmx, unsigned i)
{
    return vmx->check_off[i / 64] >> (i % 64) & 1;
}

const struct vmx_check *vmx_run_checks(struct vmx *vmx, enum vmx_gives from,
                                       enum vmx_gives to)
{
    for (unsigned i = 0; i < ARRAY_SIZE(checks); i++) {
        const struct vmx_check *check = &checks[i];
        if (check->gives < from || check->gives > to || is_off(vmx, i))
            continue;
        if (!rules[i](vmx, check)) {
            vmx->check_failed[i]++;
            return check;
        }
    }
    return NULL;
}

bool vmx_check_bits(const struct vmx *vmx, const struct vmx_check *check,
                    uint64_t *must_be_1, uint64_t *may_be_1)
{
    vmx_rule *rule = rules[check - checks];
    *must_be_1 = 0;
    *may_be_1 = ~UINT64_C(0);
    if (rule == vmx_rule_word) {
        *must_be_1 = vmx_words[check->arg].default1;
        *may_be_1 = vmx->offered[check->arg];
    } else if (rule == vmx_rule_fixed) {
        *must_be_1 = check->arg == 0 ? vmx->cr0_fixed0 : vmx->cr4_fixed0;
        *may_be_1 = check->arg == 0 ? vmx->cr0_fixed1 : vmx->cr4_fixed1;
    } else {
        return false;
    }
    return true;
}

static uint64_t extra_value(const struct vmx *vmx,
                            const struct vmx_check *check)
{
    vmx_rule *rule = rules[check - checks];
    if (rule == vmx_rule_link_revision)
        return ia32_pa_read(vmx_cpu(vmx),
                            vmx->field[VMX_F_VMCS_LINK_POINTER], 4);
    return check->gives == VMX_GIVES_EXIT_34 ? vmx->msr_index : 0;
}

void vmx_note_values(const struct vmx *vmx, struct vmx_failure *failure)
{
    const struct vmx_check *check = failure->check;
    if (!check)
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(failure->values); i++)
        if (check->fields[i] < VMX_FIELD_COUNT)
            failure->values[i] = vmx->field[check->fields[i]];
    vmx_check_bits(vmx, check, &failure->must_be_1, &failure->may_be_1);
    failure->extra = extra_value(vmx, check);
}

/* --- test hooks -------------------------------------------------------- */

void vmx_switch_check(struct ia32_cpu *cpu, unsigned check, bool on)
{
    uint64_t *word = &vmx_from(cpu->virt)->check_off[check / 64];
    *word = on ? *word & ~VT_BIT(check % 64) : *word | VT_BIT(check % 64);
}

uint64_t vmx_check_failures(const struct ia32_cpu *cpu, unsigned check)
{
    return vmx_from(cpu->virt)->check_failed[check];
}
