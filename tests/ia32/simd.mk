# SPDX-License-Identifier: GPL-3.0-or-later
# MMX and SSE.
EXTRA_DIST += tests/ia32/simdrig.h
if HAVE_CUNIT
ia32_simd_tests = tests/ia32/test-mmx tests/ia32/test-sse-fp \
	tests/ia32/test-sse-int
check_PROGRAMS += $(ia32_simd_tests)
TESTS += $(ia32_simd_tests)
tests_ia32_test_mmx_SOURCES = tests/ia32/test-mmx.c
tests_ia32_test_mmx_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_sse_fp_SOURCES = tests/ia32/test-sse-fp.c
tests_ia32_test_sse_fp_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_sse_int_SOURCES = tests/ia32/test-sse-int.c
tests_ia32_test_sse_int_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
endif
