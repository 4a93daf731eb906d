# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_DIST += tests/devices/suite.h
if HAVE_CUNIT
devices_tests = \
	tests/devices/test-pitcount
check_PROGRAMS += $(devices_tests)
TESTS += $(devices_tests)
tests_devices_test_pitcount_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_devices_test_pitcount_LDADD = libvtdevices.a libvtmachine.a $(CUNIT_LIBS)
endif
