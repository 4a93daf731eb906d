/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of judge.def, as judge.c finds those of a case for compare.c. */
#ifndef TESTS_SILICON_JUDGE_H
#define TESTS_SILICON_JUDGE_H

#include "tests/silicon/silicon.h"

enum { FAULT_WHICH = 1, FAULT_REGISTERS = 2, FAULT_FPU = 4, FAULT_CR2 = 8,
       FAULT_INSTEAD = 16 };
enum sil_rule_kind { K_FLAGS, K_FSW, K_RESULT, K_BITS, K_MEMORY, K_FAULT,
                     K_FX, K_NO_CASE, K_NO_JUDGE };

/* What the rules of one kind leave free, together; *any: one applies. */
uint64_t sil_freedom(const struct sil_case *c, const struct sil_host *host,
                     enum sil_rule_kind kind, bool *any);

#endif
