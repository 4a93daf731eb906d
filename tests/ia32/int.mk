# SPDX-License-Identifier: GPL-3.0-or-later
# Decoder and integer instructions.
check_PROGRAMS += tests/ia32/test-decode-zydis
TESTS += tests/ia32/test-decode-zydis
tests_ia32_test_decode_zydis_SOURCES = tests/ia32/test-decode-zydis.c
tests_ia32_test_decode_zydis_LDADD = \
	libia32.a libvtmachine.a $(ZYDIS_LIBS)
if HAVE_CUNIT
check_PROGRAMS += tests/ia32/test-decode tests/ia32/test-int tests/ia32/test-guard
TESTS += tests/ia32/test-decode tests/ia32/test-int tests/ia32/test-guard
tests_ia32_test_guard_SOURCES = tests/ia32/test-guard.c
tests_ia32_test_guard_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_int_SOURCES = tests/ia32/test-int.c
tests_ia32_test_int_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
tests_ia32_test_decode_SOURCES = tests/ia32/test-decode.c
tests_ia32_test_decode_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
endif
