# SPDX-License-Identifier: GPL-3.0-or-later
# make bench: guest instructions a second beside other emulators.  Not part
# of make all or make check.
bench = tests/bench
bench_sources = $(bench)/start.S $(bench)/loops.S $(bench)/guest.c \
	$(bench)/mix.c
EXTRA_DIST += $(bench_sources) $(bench)/boot.S $(bench)/guest.h \
	$(bench)/link.ld
CLEANFILES += $(bench)/guest.elf $(bench)/guest.bin $(bench)/boot.bin

.PHONY: bench
if HAVE_GUEST_CC
BENCH_CC = $(GUEST_CC) -std=c11 -m32 -march=i686 -O2 -Wall -Wextra \
	-ffreestanding -fno-pic -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fcf-protection=none -mno-sse \
	-mgeneral-regs-only -nostdlib -static -Wl,--build-id=none \
	-I$(srcdir)

# For Multiboot loaders, and as it stands in memory for boot.S.
$(bench)/guest.elf $(bench)/guest.bin: $(bench_sources) $(bench)/guest.h \
	$(bench)/link.ld $(bench)/local.mk
	$(AM_V_GEN)$(MKDIR_P) $(bench) && sources= && \
	for f in $(bench_sources); do sources="$$sources $(srcdir)/$$f"; done && \
	case $@ in *.bin) format=binary;; *) format=elf32-i386;; esac && \
	$(BENCH_CC) -Wl,--oformat=$$format -T $(srcdir)/$(bench)/link.ld \
	    -o $@ $$sources

$(bench)/boot.bin: $(bench)/boot.S $(bench)/local.mk
	$(AM_V_GEN)$(MKDIR_P) $(bench) && \
	$(BENCH_CC) -Wl,-Ttext=0x7c00,-e,boot,--oformat=binary -o $@ \
	    $(srcdir)/$(bench)/boot.S

bench: vtsim$(EXEEXT) $(bench)/guest.elf $(bench)/guest.bin $(bench)/boot.bin
	$(srcdir)/scripts/bench -b .
else
bench:
	@echo "SKIP: bench: no compiler for guests (GUEST_CC)"
endif
