# SPDX-License-Identifier: GPL-3.0-or-later
debugger_sessions = steps memory errors snapshots faults disassembly \
	failed-entry
EXTRA_DIST += tests/debugger/make-tiny \
	$(debugger_sessions:%=tests/debugger/golden/%.in) \
	$(debugger_sessions:%=tests/debugger/golden/%.out)
debugger_checks = tests/debugger/test-cli tests/debugger/test-options \
	tests/debugger/test-sessions
dist_check_SCRIPTS += $(debugger_checks)
TESTS += $(debugger_checks)
if HAVE_CUNIT
check_PROGRAMS += tests/debugger/test-core
TESTS += tests/debugger/test-core
tests_debugger_test_core_SOURCES = tests/debugger/test-core.c \
	tests/suite.h
tests_debugger_test_core_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_debugger_test_core_LDADD = libdebugger.a libtraces.a libvmxmodel.a \
	libvtdevices.a libia32.a libvtmachine.a \
	$(READLINE_LIBS) $(GRAPHVIZ_LIBS) $(ZYDIS_LIBS) $(CUNIT_LIBS)
endif
