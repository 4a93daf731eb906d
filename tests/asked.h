/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often a randomized test runs, and from which seed: what its author
 * thought enough for `make check`, unless the environment asks for more, as
 * scripts/long-runs does.
 *   VTSIM_TEST_COUNT  1 to 4294967295; what is counted is the test's matter
 *   VTSIM_TEST_SEED   1 to 4294967295
 * Such a test prints a line "RESULT counts, seed". */
#ifndef TESTS_ASKED_H
#define TESTS_ASKED_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* standard, or the number in the environment's variable; a value that is no
 * such number ends the program, lest it test nothing in silence. */
static inline uint32_t asked(const char *variable, uint32_t standard)
{
    const char *text = getenv(variable);
    if (!text)
        return standard;
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || value < 1 ||
        value > UINT32_MAX) {
        fprintf(stderr, "%s=%s: not a number from 1 to 4294967295\n",
                variable, text);
        exit(2);
    }
    return (uint32_t)value;
}

static inline uint32_t asked_count(uint32_t standard)
{
    return asked("VTSIM_TEST_COUNT", standard);
}

static inline uint32_t asked_seed(uint32_t standard)
{
    return asked("VTSIM_TEST_SEED", standard);
}

#endif
