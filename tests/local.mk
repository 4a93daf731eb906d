# SPDX-License-Identifier: GPL-3.0-or-later
include tests/machine/local.mk
include tests/ia32/local.mk
include tests/devices/local.mk
include tests/vmx-model/local.mk
include tests/traces/local.mk
include tests/debugger/local.mk
include tests/labs/local.mk
include tests/fuzz/local.mk
include tests/integration/local.mk
include tests/bench/local.mk
include tests/silicon/local.mk

dist_check_SCRIPTS += tests/test-include-edges
TESTS += tests/test-include-edges
EXTRA_DIST += tests/include-edges.txt tests/suite.h tests/asked.h
