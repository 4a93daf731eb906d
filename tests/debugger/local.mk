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
