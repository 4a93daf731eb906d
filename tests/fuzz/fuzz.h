/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a fuzz target gives.  LLVMFuzzerTestOneInput is libFuzzer's entry
 * point, so a target also links with clang -fsanitize=fuzzer; driver.c runs
 * it without libFuzzer, the same way on every host. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* One input.  Returns 0; a defect shows as a crash, a sanitizer's report or
 * a call of abort. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* The i-th good input to start from, at most max_bytes; returns its length,
 * SIZE_MAX when there is no such input.  There is at least one. */
size_t fuzz_seed(unsigned i, uint8_t *to, size_t max_bytes);

/* How many executions `make check` asks for. */
extern const unsigned long fuzz_default_count;

#endif
