# SPDX-License-Identifier: GPL-3.0-or-later
# Guests that test the simulator, and the labs' own checks.
empty = tests/labs/empty-exit
empty_sources = $(empty)/main.c $(empty)/switch.S $(hello)/vmm/vmcs.c
checks = tests/labs/guest-checks
checks_sources = $(checks)/main.c $(checks)/catch.S
walk = tests/labs/mode-walk
walk_sources = $(walk)/main.c $(walk)/walk.S $(checks)/catch.S
vmx_checks = tests/labs/vmx-checks
vmx_checks_sources = $(vmx_checks)/main.c $(vmx_checks)/snippets.S \
	$(hello)/vmm/enter.S $(hello)/vmm/vmcs.c
test_images = $(empty)/empty-exit.elf $(checks)/guest-checks.elf \
	$(vmx_checks)/vmx-checks.elf $(walk)/mode-walk.elf

EXTRA_DIST += $(empty)/main.c $(empty)/switch.S $(checks_sources) \
	$(walk)/main.c $(walk)/walk.S $(walk)/walk.h \
	$(vmx_checks)/main.c $(vmx_checks)/snippets.S \
	$(vmx_checks)/expected.txt
dist_check_SCRIPTS += tests/labs/test-hello-vmx tests/labs/test-empty-exit \
	tests/labs/test-guest-checks tests/labs/test-vmx-checks \
	tests/labs/test-mode-walk
TESTS += tests/labs/test-hello-vmx tests/labs/test-empty-exit \
	tests/labs/test-guest-checks tests/labs/test-vmx-checks \
	tests/labs/test-mode-walk

if HAVE_GUEST_CC
noinst_DATA += $(test_images)
CLEANFILES += $(test_images)

$(empty)/empty-exit.elf: labs/lib/vmcs.h $(lab_lib) $(lab_headers) \
	$(empty_sources) $(hello_headers) labs/lib/link.ld labs/local.mk
	$(AM_V_GEN)$(MKDIR_P) $(empty) && sources= && \
	for f in $(lab_lib) $(empty_sources); do \
	    sources="$$sources $(srcdir)/$$f"; done && \
	$(LAB_CC) -T $(srcdir)/labs/lib/link.ld -o $(empty)/empty-exit.elf \
	    $$sources

$(checks)/guest-checks.elf: $(lab_lib) $(lab_headers) $(checks_sources) \
	labs/lib/link.ld labs/lib/vmcs.h labs/local.mk
	$(AM_V_GEN)$(MKDIR_P) $(checks) && sources= && \
	for f in $(lab_lib) $(checks_sources); do \
	    sources="$$sources $(srcdir)/$$f"; done && \
	$(LAB_CC) -T $(srcdir)/labs/lib/link.ld -o $(checks)/guest-checks.elf \
	    $$sources

$(walk)/mode-walk.elf: labs/lib/console.c labs/lib/start.S $(lab_headers) \
	$(walk_sources) $(walk)/walk.h labs/lib/link.ld labs/lib/vmcs.h \
	labs/local.mk
	$(AM_V_GEN)$(MKDIR_P) $(walk) && sources= && \
	for f in labs/lib/console.c labs/lib/start.S $(walk_sources); do \
	    sources="$$sources $(srcdir)/$$f"; done && \
	$(LAB_CC) -T $(srcdir)/labs/lib/link.ld -o $(walk)/mode-walk.elf \
	    $$sources

$(vmx_checks)/vmx-checks.elf: labs/lib/vmcs.h $(lab_lib) $(lab_headers) \
	$(vmx_checks_sources) $(hello_headers) labs/lib/link.ld labs/local.mk
	$(AM_V_GEN)$(MKDIR_P) $(vmx_checks) && sources= && \
	for f in $(lab_lib) $(vmx_checks_sources); do \
	    sources="$$sources $(srcdir)/$$f"; done && \
	$(LAB_CC) -T $(srcdir)/labs/lib/link.ld \
	    -o $(vmx_checks)/vmx-checks.elf $$sources
endif
