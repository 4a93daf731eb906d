/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Run one table of CUnit cases; main returns its value. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stddef.h>

struct test_case {
    const char *name; /* what must hold */
    void (*run)(void);
};

static inline int run_suite(const char *name, const struct test_case *cases,
                            size_t count)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    for (size_t i = 0; i < count; i++)
        if (!suite || !CU_add_test(suite, cases[i].name, cases[i].run))
            return 2;
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_ErrorCode status = CU_basic_run_tests();
    bool good = status == CUE_SUCCESS && CU_get_number_of_failures() == 0 &&
                CU_get_number_of_tests_run() == count;
    CU_cleanup_registry();
    return good ? 0 : 1;
}

#endif
