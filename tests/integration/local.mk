# SPDX-License-Identifier: GPL-3.0-or-later
# Whole machines: CPU, VT-x, PC and the lab's images.
if HAVE_CUNIT
check_PROGRAMS += tests/integration/test-whole
TESTS += tests/integration/test-whole
tests_integration_test_whole_SOURCES = tests/integration/test-whole.c \
	tests/integration/whole.c tests/integration/whole.h
tests_integration_test_whole_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_integration_test_whole_LDADD = libvtdevices.a libvmxmodel.a \
	libia32.a libvtmachine.a $(CUNIT_LIBS) $(ZYDIS_LIBS)
endif
