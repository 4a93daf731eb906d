# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_DIST += tests/ia32/sysrig.h tests/ia32/fakevirt.h
if HAVE_CUNIT
ia32_system_tests = \
	tests/ia32/test-breakpoint \
	tests/ia32/test-segment \
	tests/ia32/test-transfer \
	tests/ia32/test-deliver \
	tests/ia32/test-control \
	tests/ia32/test-cpuid \
	tests/ia32/test-portio \
	tests/ia32/test-virt
check_PROGRAMS += $(ia32_system_tests)
TESTS += $(ia32_system_tests)
tests_ia32_test_breakpoint_SOURCES = tests/ia32/test-breakpoint.c
tests_ia32_test_breakpoint_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_breakpoint_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_segment_SOURCES = tests/ia32/test-segment.c
tests_ia32_test_segment_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_segment_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_transfer_SOURCES = tests/ia32/test-transfer.c
tests_ia32_test_transfer_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_transfer_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_deliver_SOURCES = tests/ia32/test-deliver.c
tests_ia32_test_deliver_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_deliver_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_control_SOURCES = tests/ia32/test-control.c
tests_ia32_test_control_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_control_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_cpuid_SOURCES = tests/ia32/test-cpuid.c
tests_ia32_test_cpuid_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_cpuid_CPPFLAGS = $(AM_CPPFLAGS) \
	-DTOP_SRCDIR='"$(abs_top_srcdir)"'
tests_ia32_test_cpuid_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_portio_SOURCES = tests/ia32/test-portio.c
tests_ia32_test_portio_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_portio_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_virt_SOURCES = tests/ia32/test-virt.c
tests_ia32_test_virt_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_virt_CPPFLAGS = $(AM_CPPFLAGS) \
	-DTOP_SRCDIR='"$(abs_top_srcdir)"'
tests_ia32_test_virt_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
endif
