# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libvtdevices.a
libvtdevices_a_SOURCES = \
	sim/devices/chardev.c sim/devices/chardev.h \
	sim/devices/debugcon.c \
	sim/devices/debugexit.c \
	sim/devices/elf32.c sim/devices/elf32.h \
	sim/devices/elfsyms.c sim/devices/elfsyms.h \
	sim/devices/mbinfo.c sim/devices/mbinfo.h \
	sim/devices/multiboot.c sim/devices/multiboot.h \
	sim/devices/pc.c sim/devices/pc.h \
	sim/devices/pcboot.c \
	sim/devices/pcports.h \
	sim/devices/pic8259.c sim/devices/pic8259.h \
	sim/devices/pit8254.c sim/devices/pit8254.h \
	sim/devices/pitcount.c sim/devices/pitcount.h \
	sim/devices/poweroff.c \
	sim/devices/uart16550.c sim/devices/uart16550.h
