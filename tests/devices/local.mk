# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_DIST += tests/devices/suite.h tests/devices/elfimage.h
if HAVE_CUNIT
devices_tests = \
	tests/devices/test-multiboot \
	tests/devices/test-pc \
	tests/devices/test-pic8259 \
	tests/devices/test-pit8254 \
	tests/devices/test-pitcount \
	tests/devices/test-uart16550
check_PROGRAMS += $(devices_tests)
TESTS += $(devices_tests)
devices_test_libs = libvtdevices.a libvtmachine.a $(CUNIT_LIBS)
devices_test_cppflags = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_devices_test_multiboot_CPPFLAGS = $(devices_test_cppflags)
tests_devices_test_multiboot_LDADD = $(devices_test_libs)
tests_devices_test_pc_SOURCES = tests/devices/test-pc.c \
	tests/machine/fake_cpu.c tests/machine/fake_cpu.h
tests_devices_test_pc_CPPFLAGS = $(devices_test_cppflags)
tests_devices_test_pc_LDADD = $(devices_test_libs)
tests_devices_test_pic8259_CPPFLAGS = $(devices_test_cppflags)
tests_devices_test_pic8259_LDADD = $(devices_test_libs)
tests_devices_test_pit8254_CPPFLAGS = $(devices_test_cppflags)
tests_devices_test_pit8254_LDADD = $(devices_test_libs)
tests_devices_test_pitcount_CPPFLAGS = $(devices_test_cppflags)
tests_devices_test_pitcount_LDADD = $(devices_test_libs)
tests_devices_test_uart16550_CPPFLAGS = $(devices_test_cppflags)
tests_devices_test_uart16550_LDADD = $(devices_test_libs)
endif
