# SPDX-License-Identifier: GPL-3.0-or-later
# CPU models, MSRs, and the instructions that hang on features.
if HAVE_CUNIT
ia32_models_tests = \
	tests/ia32/test-creg \
	tests/ia32/test-ext \
	tests/ia32/test-monitor \
	tests/ia32/test-msr \
	tests/ia32/test-xsave
check_PROGRAMS += $(ia32_models_tests)
TESTS += $(ia32_models_tests)
tests_ia32_test_msr_SOURCES = tests/ia32/test-msr.c
tests_ia32_test_msr_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_msr_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_creg_SOURCES = tests/ia32/test-creg.c
tests_ia32_test_creg_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_creg_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_ext_SOURCES = tests/ia32/test-ext.c
tests_ia32_test_ext_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_ext_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_xsave_SOURCES = tests/ia32/test-xsave.c
tests_ia32_test_xsave_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_xsave_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_monitor_SOURCES = tests/ia32/test-monitor.c
tests_ia32_test_monitor_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_monitor_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
endif
