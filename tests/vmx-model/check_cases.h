/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One case for each row of the entry checks: how to break that row alone,
 * starting from a valid VMCS, and how to come as near as the rule allows. */
#ifndef TESTS_VMX_CHECK_CASES_H
#define TESTS_VMX_CHECK_CASES_H

#include "vmx-model/vmx.h"

#define CASE_SETS 32

/* field = value, or four bytes of memory = value, or the state of the
 * processor that executes VMLAUNCH. */
#define CASE_MEMORY 0x10000u
#define CASE_LONG 0x8000u /* 64-bit mode */
struct case_set {
    uint32_t what; /* 0 ends the list; VMX_F_* + 1; CASE_MEMORY + address;
                      CASE_LONG */
    uint64_t value;
};

struct check_case {
    char id[48];
    struct case_set broken[CASE_SETS];
    struct case_set edge[CASE_SETS]; /* empty: the valid VMCS is the edge */
};

/* Write the cases to to (room for max); returns how many there are. */
unsigned check_cases(struct check_case *to, unsigned max);

/* Where the cases have MSR areas: entries with MSR 174H, value 8. */
#define CASE_MSRS UINT32_C(0x100000)
#define CASE_MISALIGNED UINT32_C(0x6208)

#endif
