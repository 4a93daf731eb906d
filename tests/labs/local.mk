# SPDX-License-Identifier: GPL-3.0-or-later
# Guests that test the simulator, and the labs' own checks.
empty = tests/labs/empty-exit
empty_sources = $(empty)/main.c $(empty)/switch.S $(hello)/vmm/vmcs.c
checks = tests/labs/guest-checks
checks_sources = $(checks)/main.c $(checks)/catch.S
test_images = $(empty)/empty-exit.elf $(checks)/guest-checks.elf

EXTRA_DIST += $(empty)/main.c $(empty)/switch.S $(checks_sources) \
	$(test_images)
dist_check_SCRIPTS += tests/labs/test-hello-vmx tests/labs/test-empty-exit \
	tests/labs/test-guest-checks
TESTS += tests/labs/test-hello-vmx tests/labs/test-empty-exit \
	tests/labs/test-guest-checks

if HAVE_GUEST_CC
noinst_DATA += $(test_images)
CLEANFILES += $(test_images)

$(empty)/empty-exit.elf: labs/lib/vmcs.h $(lab_lib) $(lab_headers) \
	$(empty_sources) $(hello_headers) labs/lib/link.ld
	$(AM_V_GEN)$(MKDIR_P) $(empty) && sources= && \
	for f in $(lab_lib) $(empty_sources); do \
	    sources="$$sources $(srcdir)/$$f"; done && \
	$(LAB_CC) -T $(srcdir)/labs/lib/link.ld -o $(empty)/empty-exit.elf \
	    $$sources

$(checks)/guest-checks.elf: $(lab_lib) $(lab_headers) $(checks_sources) \
	labs/lib/link.ld labs/lib/vmcs.h
	$(AM_V_GEN)$(MKDIR_P) $(checks) && sources= && \
	for f in $(lab_lib) $(checks_sources); do \
	    sources="$$sources $(srcdir)/$$f"; done && \
	$(LAB_CC) -T $(srcdir)/labs/lib/link.ld -o $(checks)/guest-checks.elf \
	    $$sources
endif
