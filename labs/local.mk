# SPDX-License-Identifier: MIT
# The labs' programs: freestanding 32-bit x86, built by GUEST_CC in one step
# each.  Only what is marked inline is inlined, so that the exit graph and the
# debugger can name the function that handled an exit.  Built images travel in
# the release under labs/prebuilt (not at their own place, where make would
# take them for fresh), so that a machine without such a compiler runs the
# labs all the same.
LAB_CC = $(GUEST_CC) -std=c11 -m32 -march=i686 -O2 -Wall -Wextra \
	-ffreestanding -fno-pic -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fcf-protection=none -mno-sse \
	-mgeneral-regs-only -fno-inline-functions \
	-fno-inline-small-functions -fno-inline-functions-called-once \
	-fno-ipa-cp \
	-nostdlib -static -Wl,--build-id=none \
	-I$(srcdir) -I.

lab_lib = labs/lib/console.c labs/lib/loader.c labs/lib/start.S \
	labs/lib/timer.c labs/lib/vmx.c
lab_headers = labs/lib/console.h labs/lib/loader.h labs/lib/multiboot.h \
	labs/lib/timer.h labs/lib/vmx.h labs/lib/x86.h
vmcs_tables = vmx-model/fields.def vmx-model/controls.def \
	vmx-model/reasons.def

hello = labs/01-hello-vmx
hello_headers = $(hello)/hypercall.h $(hello)/vmm/vmm.h
hello_vmm = $(hello)/vmm/enter.S $(hello)/vmm/exits.c $(hello)/vmm/vmcs.c \
	$(hello)/vmm/vmm.c
hello_guest = $(hello)/guest/guest.c $(hello)/guest/start.S

lab_images = $(hello)/vmm.elf $(hello)/guest.elf

EXTRA_DIST += labs/LICENSE labs/lib/link.ld labs/lib/vmcs.awk $(lab_lib) \
	$(lab_headers) $(hello_headers) $(hello_vmm) $(hello_guest) \
	$(hello)/guest/link.ld $(hello)/README.md $(hello)/check \
	$(hello)/expected/output.txt

if HAVE_GUEST_CC
noinst_DATA = $(lab_images)
CLEANFILES += $(lab_images) labs/lib/vmcs.h

labs/lib/vmcs.h: labs/lib/vmcs.awk $(vmcs_tables)
	$(AM_V_GEN)$(MKDIR_P) labs/lib && cd $(srcdir) && \
	$(AWK) -f labs/lib/vmcs.awk $(vmcs_tables) >$(abs_builddir)/$@-tmp && \
	mv $(abs_builddir)/$@-tmp $(abs_builddir)/$@

$(hello)/vmm.elf: labs/lib/vmcs.h $(lab_lib) $(lab_headers) $(hello_vmm) \
	$(hello_headers) labs/lib/link.ld labs/local.mk
	$(AM_V_GEN)$(MKDIR_P) $(hello) && sources= && \
	for f in $(lab_lib) $(hello_vmm); do \
	    sources="$$sources $(srcdir)/$$f"; done && \
	$(LAB_CC) -T $(srcdir)/labs/lib/link.ld -o $(hello)/vmm.elf $$sources

# The generated header is no part of the guest.  Like the other images it waits
# for it, so that make does not take a release's image in the source folder
# for the one to be made here.
$(hello)/guest.elf: labs/lib/vmcs.h labs/lib/console.c $(lab_headers) $(hello_guest) \
	$(hello_headers) $(hello)/guest/link.ld labs/local.mk
	$(AM_V_GEN)$(MKDIR_P) $(hello) && sources= && \
	for f in labs/lib/console.c $(hello_guest); do \
	    sources="$$sources $(srcdir)/$$f"; done && \
	$(LAB_CC) -T $(srcdir)/$(hello)/guest/link.ld -o $(hello)/guest.elf \
	    $$sources
else
# The images of the release, copied to where built ones would be.
noinst_DATA = labs/prebuilt-images
CLEANFILES += labs/prebuilt-images

labs/prebuilt-images:
	$(AM_V_GEN)for f in $(lab_images) $(test_images); do \
	    $(MKDIR_P) `dirname $$f` || exit; \
	    test ! -f $(srcdir)/labs/prebuilt/$$f || \
	    cp $(srcdir)/labs/prebuilt/$$f $$f || exit; done; touch $@
$(lab_images) $(test_images): labs/prebuilt-images

clean-local:
	rm -f $(lab_images) $(test_images)
endif

dist-hook: dist-images
.PHONY: dist-images
dist-images: $(lab_images) $(test_images)
	for f in $(lab_images) $(test_images); do \
	    $(MKDIR_P) $(distdir)/labs/prebuilt/`dirname $$f` && \
	    cp $$f $(distdir)/labs/prebuilt/$$f || exit; done
