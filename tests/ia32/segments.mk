# SPDX-License-Identifier: GPL-3.0-or-later
# Segmentation and modes.
EXTRA_DIST += tests/ia32/syscase.h tests/ia32/taskrig.h
if HAVE_CUNIT
ia32_segment_tests = \
	tests/ia32/test-long-segments \
	tests/ia32/test-real \
	tests/ia32/test-segment-random \
	tests/ia32/test-task \
	tests/ia32/test-task-effects
check_PROGRAMS += $(ia32_segment_tests)
TESTS += $(ia32_segment_tests)
tests_ia32_test_real_SOURCES = tests/ia32/test-real.c
tests_ia32_test_real_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_real_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_long_segments_SOURCES = tests/ia32/test-long-segments.c
tests_ia32_test_long_segments_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_long_segments_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_task_SOURCES = tests/ia32/test-task.c
tests_ia32_test_task_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_task_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_task_effects_SOURCES = tests/ia32/test-task-effects.c
tests_ia32_test_task_effects_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_task_effects_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_segment_random_SOURCES = tests/ia32/test-segment-random.c
tests_ia32_test_segment_random_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_segment_random_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
endif
