# SPDX-License-Identifier: GPL-3.0-or-later
machine_fake = \
	tests/machine/fake_cpu.c tests/machine/fake_cpu.h \
	tests/machine/small_machine.c tests/machine/small_machine.h

check_PROGRAMS += tests/machine/test-threads
TESTS += tests/machine/test-threads
tests_machine_test_threads_SOURCES = tests/machine/test-threads.c $(machine_fake)
tests_machine_test_threads_LDADD = libvtmachine.a

dist_check_SCRIPTS += tests/machine/test-cost-doc
TESTS += tests/machine/test-cost-doc

if HAVE_CUNIT
machine_suites = \
	tests/machine/test-input \
	tests/machine/test-parts \
	tests/machine/test-physmem \
	tests/machine/test-profile \
	tests/machine/test-run \
	tests/machine/test-snapshot
check_PROGRAMS += $(machine_suites)
TESTS += $(machine_suites)
machine_test_libs = libvtmachine.a $(CUNIT_LIBS)

tests_machine_test_input_SOURCES = tests/machine/test-input.c \
	$(machine_fake)
tests_machine_test_input_LDADD = $(machine_test_libs)
tests_machine_test_parts_SOURCES = tests/machine/test-parts.c
tests_machine_test_parts_LDADD = $(machine_test_libs)
tests_machine_test_physmem_SOURCES = tests/machine/test-physmem.c
tests_machine_test_physmem_LDADD = $(machine_test_libs)
tests_machine_test_profile_SOURCES = tests/machine/test-profile.c
tests_machine_test_profile_LDADD = $(machine_test_libs)
tests_machine_test_run_SOURCES = tests/machine/test-run.c \
	tests/machine/fake_cpu.c tests/machine/fake_cpu.h
tests_machine_test_run_LDADD = $(machine_test_libs)
tests_machine_test_snapshot_SOURCES = tests/machine/test-snapshot.c \
	$(machine_fake)
tests_machine_test_snapshot_LDADD = $(machine_test_libs)
endif
