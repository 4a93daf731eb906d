# SPDX-License-Identifier: GPL-3.0-or-later
# Decoder and integer instructions.
if HAVE_CUNIT
check_PROGRAMS += tests/ia32/test-decode
TESTS += tests/ia32/test-decode
tests_ia32_test_decode_SOURCES = tests/ia32/test-decode.c
tests_ia32_test_decode_LDADD = libia32.a libvtmachine.a $(CUNIT_LIBS)
endif
