# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_DIST += tests/traces/rig.h tests/traces/check-svg
if HAVE_CUNIT
traces_tests = tests/traces/test-exits tests/traces/test-graph
check_PROGRAMS += $(traces_tests)
TESTS += $(traces_tests)
traces_test_libs = libtraces.a libvmxmodel.a libvtdevices.a libia32.a \
	libvtmachine.a $(GRAPHVIZ_LIBS) $(ZYDIS_LIBS) $(CUNIT_LIBS)
traces_test_fake = tests/machine/fake_cpu.c tests/machine/fake_cpu.h \
	tests/suite.h
tests_traces_test_exits_SOURCES = tests/traces/test-exits.c \
	$(traces_test_fake)
tests_traces_test_exits_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_traces_test_exits_LDADD = $(traces_test_libs)
tests_traces_test_graph_SOURCES = tests/traces/test-graph.c \
	$(traces_test_fake)
tests_traces_test_graph_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_traces_test_graph_LDADD = $(traces_test_libs)
endif
dist_check_SCRIPTS += tests/traces/test-watching tests/traces/test-svg
TESTS += tests/traces/test-watching tests/traces/test-svg
