# SPDX-License-Identifier: GPL-3.0-or-later
# Events and their returns.
EXTRA_DIST += tests/ia32/longrig.h tests/ia32/realrig.h
if HAVE_CUNIT
ia32_event_tests = \
	tests/ia32/test-eflags \
	tests/ia32/test-iret \
	tests/ia32/test-long-debug \
	tests/ia32/test-long-events \
	tests/ia32/test-priority \
	tests/ia32/test-random-events \
	tests/ia32/test-real-events \
	tests/ia32/test-restart \
	tests/ia32/test-syscall \
	tests/ia32/test-vm86
check_PROGRAMS += $(ia32_event_tests)
TESTS += $(ia32_event_tests)
tests_ia32_test_eflags_SOURCES = tests/ia32/test-eflags.c
tests_ia32_test_eflags_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_eflags_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_iret_SOURCES = tests/ia32/test-iret.c
tests_ia32_test_iret_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_iret_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_long_debug_SOURCES = tests/ia32/test-long-debug.c
tests_ia32_test_long_debug_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_long_debug_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_long_events_SOURCES = tests/ia32/test-long-events.c
tests_ia32_test_long_events_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_long_events_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_priority_SOURCES = tests/ia32/test-priority.c
tests_ia32_test_priority_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_priority_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_random_events_SOURCES = tests/ia32/test-random-events.c
tests_ia32_test_random_events_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_random_events_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_real_events_SOURCES = tests/ia32/test-real-events.c
tests_ia32_test_real_events_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_real_events_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_restart_SOURCES = tests/ia32/test-restart.c
tests_ia32_test_restart_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_restart_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_syscall_SOURCES = tests/ia32/test-syscall.c
tests_ia32_test_syscall_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_syscall_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_vm86_SOURCES = tests/ia32/test-vm86.c
tests_ia32_test_vm86_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_vm86_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
endif
