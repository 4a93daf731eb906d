/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of the checks on guest segment and descriptor-table registers.  A
 * row's arg is the segment; its field 0 is what the rule is about.
 * SDM 325462, Vol 3C, "Checks on Guest Segment Registers" and "Checks on
 * Guest Descriptor-Table Registers". */
#include "vmx-model/vmx_priv.h"

/* Access rights of the VMCS:
 *
 *    31      17 16 15 14 13  12  11   8 7 6 5 4 3    0
 *   | reserved | U| G|DB| L|AVL|reserved|P|DPL|S| type |     U unusable */
#define TYPE_CODE 8u
#define TYPE_CONFORMING 4u
#define TYPE_READABLE 2u
#define TYPE_ACCESSED 1u

static bool is_v86(const struct vmx *vmx)
{
    return vmx->field[VMX_F_GUEST_RFLAGS] & FL_VM;
}

/* The fields of the eight segments stand in the order of ia32_seg_index. */
static uint64_t ar_of(const struct vmx *vmx, unsigned seg)
{
    return vmx->field[VMX_F_GUEST_ES_AR + seg];
}

static uint64_t selector_of(const struct vmx *vmx, unsigned seg)
{
    return vmx->field[VMX_F_GUEST_ES_SELECTOR + seg];
}

static uint64_t limit_of(const struct vmx *vmx, unsigned seg)
{
    return vmx->field[VMX_F_GUEST_ES_LIMIT + seg];
}

static unsigned type_of(const struct vmx *vmx, unsigned seg)
{
    return (unsigned)ar_of(vmx, seg) & AR_TYPE;
}

static unsigned dpl_of(const struct vmx *vmx, unsigned seg)
{
    return (unsigned)(ar_of(vmx, seg) & AR_DPL) >> AR_DPL_SHIFT;
}

static unsigned rpl_of(const struct vmx *vmx, unsigned seg)
{
    return (unsigned)selector_of(vmx, seg) & 3;
}

static bool usable(const struct vmx *vmx, unsigned seg)
{
    return !(ar_of(vmx, seg) & AR_UNUSABLE);
}

/* Rows on access rights hold for CS and TR always, for the others when they
 * are usable; those of the six code and data segments not in virtual-8086
 * mode, which has rows of its own. */
static bool applies(const struct vmx *vmx, unsigned seg)
{
    if (seg < IA32_LDTR && is_v86(vmx))
        return false;
    return seg == IA32_CS || seg == IA32_TR || usable(vmx, seg);
}

/* --- selectors --------------------------------------------------------- */

bool vmx_rule_seg_ti(const struct vmx *vmx, const struct vmx_check *check)
{
    return !applies(vmx, check->arg) || !(vmx_val(vmx, check, 0) & 4);
}

bool vmx_rule_ss_rpl(const struct vmx *vmx, const struct vmx_check *check)
{
    (void)check;
    return is_v86(vmx) || rpl_of(vmx, IA32_SS) == rpl_of(vmx, IA32_CS);
}

/* --- virtual-8086 mode ------------------------------------------------- */

bool vmx_rule_v86_base(const struct vmx *vmx, const struct vmx_check *check)
{
    return !is_v86(vmx) ||
           vmx_val(vmx, check, 0) == selector_of(vmx, check->arg) << 4;
}

bool vmx_rule_v86_limit(const struct vmx *vmx, const struct vmx_check *check)
{
    return !is_v86(vmx) || vmx_val(vmx, check, 0) == 0xffff;
}

bool vmx_rule_v86_ar(const struct vmx *vmx, const struct vmx_check *check)
{
    return !is_v86(vmx) || vmx_val(vmx, check, 0) == 0xf3;
}

/* --- bases --------------------------------------------------------------- */

/* TR, FS and GS always; LDTR when usable. */
bool vmx_rule_seg_base_canonical(const struct vmx *vmx,
                                 const struct vmx_check *check)
{
    return (check->arg == IA32_LDTR && !usable(vmx, IA32_LDTR)) ||
           ia32_canonical(vmx_val(vmx, check, 0));
}

bool vmx_rule_seg_base_high(const struct vmx *vmx,
                            const struct vmx_check *check)
{
    return (check->arg != IA32_CS && !usable(vmx, check->arg)) ||
           !(vmx_val(vmx, check, 0) >> 32);
}

/* --- type -------------------------------------------------------------- */

bool vmx_rule_cs_type(const struct vmx *vmx, const struct vmx_check *check)
{
    unsigned want = TYPE_CODE | TYPE_ACCESSED;
    return !applies(vmx, check->arg) || (type_of(vmx, IA32_CS) & want) == want;
}

bool vmx_rule_ss_type(const struct vmx *vmx, const struct vmx_check *check)
{
    unsigned type = type_of(vmx, IA32_SS);
    return !applies(vmx, check->arg) || type == 3 || type == 7;
}

bool vmx_rule_seg_accessed(const struct vmx *vmx,
                           const struct vmx_check *check)
{
    return !applies(vmx, check->arg) ||
           (type_of(vmx, check->arg) & TYPE_ACCESSED);
}

bool vmx_rule_seg_readable(const struct vmx *vmx,
                           const struct vmx_check *check)
{
    unsigned type = type_of(vmx, check->arg);
    return !applies(vmx, check->arg) || !(type & TYPE_CODE) ||
           (type & TYPE_READABLE);
}

bool vmx_rule_tr_type(const struct vmx *vmx, const struct vmx_check *check)
{
    unsigned type = type_of(vmx, check->arg);
    return type == 3 || type == 11;
}

bool vmx_rule_tr_type_ia32e(const struct vmx *vmx,
                            const struct vmx_check *check)
{
    return !vmx_ia32e_guest(vmx) || type_of(vmx, check->arg) == 11;
}

bool vmx_rule_cs_d(const struct vmx *vmx, const struct vmx_check *check)
{
    (void)check;
    return !vmx_64bit_guest(vmx) || !(ar_of(vmx, IA32_CS) & AR_DB);
}

bool vmx_rule_ldtr_type(const struct vmx *vmx, const struct vmx_check *check)
{
    return !applies(vmx, check->arg) || type_of(vmx, check->arg) == 2;
}

/* --- S, DPL, P --------------------------------------------------------- */

bool vmx_rule_seg_s_1(const struct vmx *vmx, const struct vmx_check *check)
{
    return !applies(vmx, check->arg) || (ar_of(vmx, check->arg) & AR_S);
}

bool vmx_rule_seg_s_0(const struct vmx *vmx, const struct vmx_check *check)
{
    return !applies(vmx, check->arg) || !(ar_of(vmx, check->arg) & AR_S);
}

bool vmx_rule_cs_dpl_non_conforming(const struct vmx *vmx,
                                    const struct vmx_check *check)
{
    unsigned type = type_of(vmx, IA32_CS);
    return !applies(vmx, check->arg) || !(type & TYPE_CODE) ||
           (type & TYPE_CONFORMING) ||
           dpl_of(vmx, IA32_CS) == rpl_of(vmx, IA32_CS);
}

bool vmx_rule_cs_dpl_conforming(const struct vmx *vmx,
                                const struct vmx_check *check)
{
    unsigned both = TYPE_CODE | TYPE_CONFORMING;
    return !applies(vmx, check->arg) ||
           (type_of(vmx, IA32_CS) & both) != both ||
           dpl_of(vmx, IA32_CS) <= rpl_of(vmx, IA32_CS);
}

/* For SS also when it is unusable: its DPL is the guest's CPL. */
bool vmx_rule_ss_dpl(const struct vmx *vmx, const struct vmx_check *check)
{
    (void)check;
    return is_v86(vmx) || dpl_of(vmx, IA32_SS) == rpl_of(vmx, IA32_SS);
}

bool vmx_rule_data_dpl(const struct vmx *vmx, const struct vmx_check *check)
{
    unsigned both = TYPE_CODE | TYPE_CONFORMING;
    return !applies(vmx, check->arg) ||
           (type_of(vmx, check->arg) & both) == both ||
           dpl_of(vmx, check->arg) >= rpl_of(vmx, check->arg);
}

bool vmx_rule_seg_p(const struct vmx *vmx, const struct vmx_check *check)
{
    return !applies(vmx, check->arg) || (ar_of(vmx, check->arg) & AR_P);
}

/* --- reserved bits, granularity, usable --------------------------------- */

bool vmx_rule_seg_reserved_low(const struct vmx *vmx,
                               const struct vmx_check *check)
{
    return !applies(vmx, check->arg) || !(ar_of(vmx, check->arg) & 0xf00);
}

bool vmx_rule_seg_reserved_high(const struct vmx *vmx,
                                const struct vmx_check *check)
{
    return !applies(vmx, check->arg) ||
           !(ar_of(vmx, check->arg) & 0xfffe0000);
}

/* The limit field is in bytes; with G = 1 it must end a 4-KiB page, with
 * G = 0 it must fit the descriptor's 20 bits. */
bool vmx_rule_seg_g_low(const struct vmx *vmx, const struct vmx_check *check)
{
    return !applies(vmx, check->arg) || !(ar_of(vmx, check->arg) & AR_G) ||
           (limit_of(vmx, check->arg) & 0xfff) == 0xfff;
}

bool vmx_rule_seg_g_high(const struct vmx *vmx, const struct vmx_check *check)
{
    return !applies(vmx, check->arg) || (ar_of(vmx, check->arg) & AR_G) ||
           !(limit_of(vmx, check->arg) & 0xfff00000);
}

bool vmx_rule_tr_usable(const struct vmx *vmx, const struct vmx_check *check)
{
    return usable(vmx, check->arg);
}

bool vmx_rule_dtr_limit(const struct vmx *vmx, const struct vmx_check *check)
{
    return vmx_val(vmx, check, 0) <= 0xffff;
}
