# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libdebugger.a
libdebugger_a_SOURCES = \
	debugger/core/dbg.h debugger/core/dbg_priv.h \
	debugger/core/session.c debugger/core/runcmd.c debugger/core/show.c \
	debugger/core/virt.c debugger/core/state.c debugger/core/complete.c \
	debugger/cli/cli.h debugger/cli/cli_priv.h \
	debugger/cli/cli.c debugger/cli/readline.c
libdebugger_a_CFLAGS = $(AM_CFLAGS) $(READLINE_CFLAGS)

# The program.  Libraries from the top of the house down.
bin_PROGRAMS += vtsim
vtsim_SOURCES = \
	debugger/cmd/cmd.h debugger/cmd/board.h debugger/cmd/graphfile.h \
	debugger/cmd/stale.h debugger/cmd/why.h \
	debugger/cmd/main.c debugger/cmd/options.c debugger/cmd/board.c \
	debugger/cmd/run.c debugger/cmd/graphfile.c debugger/cmd/stale.c \
	debugger/cmd/why.c \
	debugger/cmd/debug.c debugger/cmd/cpu.c debugger/cmd/explain.c
vtsim_LDADD = libdebugger.a libtraces.a libvmxmodel.a libvtdevices.a \
	libia32.a libvtmachine.a \
	$(READLINE_LIBS) $(GRAPHVIZ_LIBS) $(ZYDIS_LIBS)
