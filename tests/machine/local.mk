# SPDX-License-Identifier: GPL-3.0-or-later
if HAVE_CUNIT
machine_suites = \
	tests/machine/test-physmem \
	tests/machine/test-run
check_PROGRAMS += $(machine_suites)
TESTS += $(machine_suites)
machine_test_common = tests/machine/suite.h
machine_test_libs = libvtmachine.a $(CUNIT_LIBS)

tests_machine_test_physmem_SOURCES = tests/machine/test-physmem.c $(machine_test_common)
tests_machine_test_physmem_LDADD = $(machine_test_libs)
tests_machine_test_run_SOURCES = tests/machine/test-run.c \
	tests/machine/fake_cpu.c tests/machine/fake_cpu.h $(machine_test_common)
tests_machine_test_run_LDADD = $(machine_test_libs)
endif
