/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of the model as C data, made from the .def files, and look-ups
 * in them.  SDM 325462, Vol 3C, Appendices A, B and C, "VMX Capability
 * Reporting Facility", "Field Encoding in VMCS", "VMX Basic Exit Reasons". */
#include "vmx-model/vmx.h"

const struct vmx_field vmx_fields[VMX_FIELD_COUNT] = {
#define X(id, encoding, width, area, type, first, name, cite)       \
    {#id, encoding, width, VMX_AREA_##area, VMX_TYPE_##type,        \
     VMX_##first, name, cite},
#include "vmx-model/fields.def"
#undef X
};

const struct vmx_word vmx_words[VMX_WORD_COUNT] = {
#define WORD(id, name, field, msr, default1) \
    {name, VMX_F_##field, msr, default1},
#include "vmx-model/controls.def"
};

const struct vmx_control vmx_controls[VMX_CONTROL_COUNT] = {
#define X(id, word, bit, cap, feature, name, what, cite)            \
    {#id, VMX_WORD_##word, bit, VMX_CTL_##cap, IA32_F_##feature,    \
     name, what, cite},
#include "vmx-model/controls.def"
};

const struct vmx_reason vmx_reasons[] = {
#define X(number, id, here, name, linux_name, control, q, when)     \
    {number, here, VMX_C_##control, VMX_Q_##q, #id, name, linux_name, when},
#include "vmx-model/reasons.def"
#undef X
};
const size_t vmx_reason_count = ARRAY_SIZE(vmx_reasons);

const struct vmx_error vmx_errors[] = {
#define X(number, id, here, words, meaning) \
    {number, here, #id, words, meaning},
#include "vmx-model/errors.def"
#undef X
};
const size_t vmx_error_count = ARRAY_SIZE(vmx_errors);

unsigned vmx_field_bits(enum vmx_field_id id, bool intel64)
{
    unsigned width = vmx_fields[id].width;
    return width ? width : intel64 ? 64 : 32;
}

const struct vmx_reason *vmx_reason(uint32_t reason)
{
    for (size_t i = 0; i < vmx_reason_count; i++)
        if (vmx_reasons[i].number == (reason & 0xffff))
            return &vmx_reasons[i];
    return NULL;
}

const struct vmx_error *vmx_error(uint32_t number)
{
    for (size_t i = 0; i < vmx_error_count; i++)
        if (vmx_errors[i].number == number)
            return &vmx_errors[i];
    return NULL;
}
