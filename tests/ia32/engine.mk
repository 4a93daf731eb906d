# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_DIST += tests/ia32/rig.h
if HAVE_CUNIT
ia32_engine_tests = \
	tests/ia32/test-cycles \
	tests/ia32/test-exec \
	tests/ia32/test-forms \
	tests/ia32/test-links \
	tests/ia32/test-mem \
	tests/ia32/test-paging \
	tests/ia32/test-replay \
	tests/ia32/test-smc \
	tests/ia32/test-tlb
check_PROGRAMS += $(ia32_engine_tests) tests/ia32/bench-exec
TESTS += $(ia32_engine_tests)
tests_ia32_test_cycles_SOURCES = tests/ia32/test-cycles.c
tests_ia32_test_cycles_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_cycles_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_exec_SOURCES = tests/ia32/test-exec.c
tests_ia32_test_exec_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_exec_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_forms_SOURCES = tests/ia32/test-forms.c
tests_ia32_test_forms_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_forms_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_links_SOURCES = tests/ia32/test-links.c
tests_ia32_test_links_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_links_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_mem_SOURCES = tests/ia32/test-mem.c
tests_ia32_test_mem_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_mem_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_paging_SOURCES = tests/ia32/test-paging.c
tests_ia32_test_paging_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_paging_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_replay_SOURCES = tests/ia32/test-replay.c
tests_ia32_test_replay_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_replay_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_smc_SOURCES = tests/ia32/test-smc.c
tests_ia32_test_smc_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_smc_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_tlb_SOURCES = tests/ia32/test-tlb.c
tests_ia32_test_tlb_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_tlb_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_bench_exec_SOURCES = tests/ia32/bench-exec.c
tests_ia32_bench_exec_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_bench_exec_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
endif
