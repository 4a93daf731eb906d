# SPDX-License-Identifier: GPL-3.0-or-later
# One instruction on the host's processor and in the simulator.  No stack
# protector: signal handlers run while FS is not the C library's.
check_PROGRAMS += tests/silicon/test-silicon
TESTS += tests/silicon/test-silicon
tests_silicon_test_silicon_SOURCES = tests/silicon/arena.c \
	tests/silicon/compare.c tests/silicon/encode.c tests/silicon/encode.h \
	tests/silicon/generate.c tests/silicon/host_enter.c \
	tests/silicon/host_enter.h tests/silicon/host_open.c \
	tests/silicon/host_run.c tests/silicon/host_signal.c tests/silicon/judge.c \
	tests/silicon/judge.def tests/silicon/judge.h tests/silicon/judge_fx.c \
	tests/silicon/memory.c tests/silicon/places.c tests/silicon/places.h \
	tests/silicon/report.c tests/silicon/run.h tests/silicon/run_case.c \
	tests/silicon/silicon.h tests/silicon/sim_build.c \
	tests/silicon/sim_fx.c tests/silicon/sim_run.c \
	tests/silicon/sim_run.h tests/silicon/test-silicon.c tests/silicon/traits.c \
	tests/silicon/traits.h tests/silicon/values.c
tests_silicon_test_silicon_CFLAGS = $(AM_CFLAGS) -fno-stack-protector
tests_silicon_test_silicon_LDADD = libia32.a libvtmachine.a $(ZYDIS_LIBS)
if HAVE_CUNIT
check_PROGRAMS += tests/ia32/test-int64
TESTS += tests/ia32/test-int64
tests_ia32_test_int64_SOURCES = tests/ia32/test-int64.c
tests_ia32_test_int64_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
endif
