# SPDX-License-Identifier: GPL-3.0-or-later
check_PROGRAMS += tests/vmx-model/print-tables
tests_vmx_model_print_tables_SOURCES = tests/vmx-model/print-tables.c
tests_vmx_model_print_tables_LDADD = libvmxmodel.a libia32.a libvtmachine.a $(ZYDIS_LIBS)
dist_check_SCRIPTS += tests/vmx-model/test-vmx-doc
TESTS += tests/vmx-model/test-vmx-doc

if HAVE_CUNIT
vmx_suites = \
	tests/vmx-model/test-checks \
	tests/vmx-model/test-insn \
	tests/vmx-model/test-exits \
	tests/vmx-model/test-events \
	tests/vmx-model/test-long \
	tests/vmx-model/test-resume \
	tests/vmx-model/test-v86
check_PROGRAMS += $(vmx_suites)
TESTS += $(vmx_suites)
vmx_test_common = tests/suite.h tests/vmx-model/exits.h \
	tests/vmx-model/vmx_test.c tests/vmx-model/vmx_test.h
vmx_test_libs = libvmxmodel.a libia32.a libvtmachine.a $(CUNIT_LIBS) $(ZYDIS_LIBS)

tests_vmx_model_test_checks_SOURCES = tests/vmx-model/test-checks.c \
	tests/vmx-model/check_cases.c tests/vmx-model/check_cases.h \
	$(vmx_test_common)
tests_vmx_model_test_checks_LDADD = $(vmx_test_libs)
tests_vmx_model_test_insn_SOURCES = tests/vmx-model/test-insn.c $(vmx_test_common)
tests_vmx_model_test_insn_LDADD = $(vmx_test_libs)
tests_vmx_model_test_exits_SOURCES = tests/vmx-model/test-exits.c $(vmx_test_common)
tests_vmx_model_test_exits_LDADD = $(vmx_test_libs)
tests_vmx_model_test_events_SOURCES = tests/vmx-model/test-events.c $(vmx_test_common)
tests_vmx_model_test_events_LDADD = $(vmx_test_libs)
tests_vmx_model_test_long_SOURCES = tests/vmx-model/test-long.c $(vmx_test_common)
tests_vmx_model_test_long_LDADD = $(vmx_test_libs)
tests_vmx_model_test_resume_SOURCES = tests/vmx-model/test-resume.c $(vmx_test_common)
tests_vmx_model_test_resume_LDADD = $(vmx_test_libs)
tests_vmx_model_test_v86_SOURCES = tests/vmx-model/test-v86.c $(vmx_test_common)
tests_vmx_model_test_v86_LDADD = $(vmx_test_libs)
endif
