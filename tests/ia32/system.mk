# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_DIST += tests/ia32/sysrig.h
if HAVE_CUNIT
ia32_system_tests = \
	tests/ia32/test-segment \
	tests/ia32/test-transfer \
	tests/ia32/test-deliver
check_PROGRAMS += $(ia32_system_tests)
TESTS += $(ia32_system_tests)
tests_ia32_test_segment_SOURCES = tests/ia32/test-segment.c
tests_ia32_test_segment_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_segment_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_transfer_SOURCES = tests/ia32/test-transfer.c
tests_ia32_test_transfer_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_transfer_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_deliver_SOURCES = tests/ia32/test-deliver.c
tests_ia32_test_deliver_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_deliver_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
endif
