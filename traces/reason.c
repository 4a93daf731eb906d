/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of exit reasons and errors for people; the tables are vmx-model's. */
#include "traces/exits.h"

#include <inttypes.h>

#include "vmx-model/vmx.h"

void trc_reason_name(uint32_t reason, char *to, size_t size)
{
    const struct vmx_reason *row = vmx_reason(reason);
    snprintf(to, size, "%" PRIu32 " %s", reason & UINT32_C(0xffff),
             row ? row->name : "(not in the manual)");
}

void trc_error_name(uint32_t error, char *to, size_t size)
{
    const struct vmx_error *row = vmx_error(error);
    if (!error)
        snprintf(to, size, "VMfailInvalid (no current VMCS)");
    else
        snprintf(to, size, "error %" PRIu32 ", %s", error,
                 row ? row->words : "(not in the manual)");
}
