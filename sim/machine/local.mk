# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libvtmachine.a
libvtmachine_a_SOURCES = \
	sim/machine/cpu.h \
	sim/machine/crc32.c \
	sim/machine/device.h \
	sim/machine/event.c sim/machine/event.h \
	sim/machine/file.c \
	sim/machine/input.c sim/machine/input.h \
	sim/machine/ledger.c sim/machine/ledger.h \
	sim/machine/machine.c sim/machine/machine.h sim/machine/machine_priv.h \
	sim/machine/machine_snapshot.c \
	sim/machine/physmem.c sim/machine/physmem.h \
	sim/machine/ports.c \
	sim/machine/profile.c sim/machine/profile.h sim/machine/profiles.h \
	sim/machine/regtab.c sim/machine/regtab.h \
	sim/machine/run.c \
	sim/machine/snapshot.h sim/machine/snapshot_priv.h \
	sim/machine/snapshot_file.c \
	sim/machine/snapshot_read.c \
	sim/machine/snapshot_write.c \
	sim/machine/timers.c \
	sim/machine/vt.c sim/machine/vt.h
nodist_libvtmachine_a_SOURCES = sim/machine/profiles.c

vt_profiles = \
	$(srcdir)/sim/machine/profiles/unit.profile \
	$(srcdir)/sim/machine/profiles/prescott.profile \
	$(srcdir)/sim/machine/profiles/merom.profile
EXTRA_DIST += $(vt_profiles) sim/machine/embed.awk
CLEANFILES += sim/machine/profiles.c sim/machine/profiles.c.tmp
sim/machine/profiles.c: $(vt_profiles) $(srcdir)/sim/machine/embed.awk
	$(AM_V_GEN)$(MKDIR_P) sim/machine && \
	LC_ALL=C $(AWK) -f $(srcdir)/sim/machine/embed.awk $(vt_profiles) >$@.tmp && \
	mv $@.tmp $@
