# SPDX-License-Identifier: GPL-3.0-or-later
empty = tests/labs/empty-exit
empty_sources = $(empty)/main.c $(empty)/switch.S $(hello)/vmm/vmcs.c
EXTRA_DIST += $(empty)/main.c $(empty)/switch.S $(empty)/empty-exit.elf
dist_check_SCRIPTS += tests/labs/test-hello-vmx tests/labs/test-empty-exit
TESTS += tests/labs/test-hello-vmx tests/labs/test-empty-exit

if HAVE_GUEST_CC
noinst_DATA += $(empty)/empty-exit.elf
CLEANFILES += $(empty)/empty-exit.elf

$(empty)/empty-exit.elf: labs/lib/vmcs.h $(lab_lib) $(lab_headers) \
	$(empty_sources) $(hello_headers) labs/lib/link.ld
	$(AM_V_GEN)$(MKDIR_P) $(empty) && sources= && \
	for f in $(lab_lib) $(empty_sources); do \
	    sources="$$sources $(srcdir)/$$f"; done && \
	$(LAB_CC) -T $(srcdir)/labs/lib/link.ld -o $(empty)/empty-exit.elf \
	    $$sources
endif
