# SPDX-License-Identifier: GPL-3.0-or-later
# Paging in all modes, TLBs, the memory path.
EXTRA_DIST += tests/ia32/pgrig.h
if HAVE_CUNIT
ia32_paging_tests = \
	tests/ia32/test-mem64 \
	tests/ia32/test-paging-control \
	tests/ia32/test-paging-entries \
	tests/ia32/test-paging-random \
	tests/ia32/test-paging-rights \
	tests/ia32/test-stale
check_PROGRAMS += $(ia32_paging_tests)
TESTS += $(ia32_paging_tests)
tests_ia32_test_paging_control_SOURCES = tests/ia32/test-paging-control.c
tests_ia32_test_paging_control_LDADD = \
	libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_paging_entries_SOURCES = tests/ia32/test-paging-entries.c
tests_ia32_test_paging_entries_LDADD = \
	libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_paging_random_SOURCES = tests/ia32/test-paging-random.c
tests_ia32_test_paging_random_LDADD = \
	libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_mem64_SOURCES = tests/ia32/test-mem64.c
tests_ia32_test_mem64_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_stale_SOURCES = tests/ia32/test-stale.c
tests_ia32_test_stale_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_paging_rights_SOURCES = tests/ia32/test-paging-rights.c
tests_ia32_test_paging_rights_LDADD = \
	libia32.a libvtmachine.a $(CUNIT_LIBS)
endif
