# SPDX-License-Identifier: GPL-3.0-or-later
# Floating point: against the manual, the host's processor and GNU MPFR.
EXTRA_DIST += tests/ia32/fprandom.h tests/ia32/fpmpfr.h
ia32_fp_tests = \
	tests/ia32/test-fp-host \
	tests/ia32/test-fp-mpfr \
	tests/ia32/test-fp-portable \
	tests/ia32/test-fp-same \
	tests/ia32/test-fp-trans
check_PROGRAMS += $(ia32_fp_tests)
TESTS += $(ia32_fp_tests)
tests_ia32_test_fp_host_SOURCES = tests/ia32/test-fp-host.c
tests_ia32_test_fp_host_LDADD = libia32.a libvtmachine.a
tests_ia32_test_fp_mpfr_SOURCES = tests/ia32/test-fp-mpfr.c
tests_ia32_test_fp_mpfr_CFLAGS = $(AM_CFLAGS) $(MPFR_CFLAGS)
tests_ia32_test_fp_mpfr_LDADD = libia32.a libvtmachine.a $(MPFR_LIBS)
tests_ia32_test_fp_trans_SOURCES = tests/ia32/test-fp-trans.c
tests_ia32_test_fp_trans_CFLAGS = $(AM_CFLAGS) $(MPFR_CFLAGS)
tests_ia32_test_fp_trans_LDADD = libia32.a libvtmachine.a $(MPFR_LIBS)
tests_ia32_test_fp_same_SOURCES = tests/ia32/test-fp-same.c
tests_ia32_test_fp_same_LDADD = libia32.a libvtmachine.a
# The same without the compiler's help: 128-bit type, leading zeros.
tests_ia32_test_fp_portable_SOURCES = tests/ia32/test-fp-mpfr.c \
	$(ia32_fp_sources)
tests_ia32_test_fp_portable_CPPFLAGS = $(AM_CPPFLAGS) -DFP_PORTABLE
tests_ia32_test_fp_portable_CFLAGS = $(AM_CFLAGS) $(MPFR_CFLAGS)
tests_ia32_test_fp_portable_LDADD = $(MPFR_LIBS)
if HAVE_CUNIT
check_PROGRAMS += tests/ia32/test-x87 tests/ia32/test-x87-host
TESTS += tests/ia32/test-x87 tests/ia32/test-x87-host
tests_ia32_test_x87_SOURCES = tests/ia32/test-x87.c
tests_ia32_test_x87_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_x87_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_x87_host_SOURCES = tests/ia32/test-x87-host.c
tests_ia32_test_x87_host_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_x87_host_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
check_PROGRAMS += tests/ia32/test-fp
TESTS += tests/ia32/test-fp
tests_ia32_test_fp_SOURCES = tests/ia32/test-fp.c
tests_ia32_test_fp_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_ia32_test_fp_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
endif
