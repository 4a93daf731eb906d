# SPDX-License-Identifier: GPL-3.0-or-later
# Fuzz targets with a deterministic driver.  Add a target by adding its name
# to fuzz_targets and its two lines; see tests/fuzz/fuzz.h for what it gives.
fuzz_targets = \
	tests/fuzz/fuzz-decode \
	tests/fuzz/fuzz-multiboot \
	tests/fuzz/fuzz-pcstate \
	tests/fuzz/fuzz-snapshot
fuzz_common = tests/fuzz/driver.c tests/fuzz/fuzz.h
check_PROGRAMS += $(fuzz_targets)
TESTS += $(fuzz_targets)

tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz-decode.c $(fuzz_common)
tests_fuzz_fuzz_decode_LDADD = libia32.a libvtmachine.a $(ZYDIS_LIBS)
tests_fuzz_fuzz_multiboot_SOURCES = tests/fuzz/fuzz-multiboot.c \
	tests/devices/elfimage.h $(fuzz_common)
tests_fuzz_fuzz_multiboot_LDADD = libvtdevices.a libvtmachine.a
tests_fuzz_fuzz_pcstate_SOURCES = tests/fuzz/fuzz-pcstate.c tests/fuzz/mend.h \
	tests/machine/fake_cpu.c tests/machine/fake_cpu.h $(fuzz_common)
tests_fuzz_fuzz_pcstate_LDADD = libvtdevices.a libvtmachine.a
tests_fuzz_fuzz_snapshot_SOURCES = tests/fuzz/fuzz-snapshot.c tests/fuzz/mend.h \
	tests/machine/fake_cpu.c tests/machine/fake_cpu.h \
	tests/machine/small_machine.c tests/machine/small_machine.h \
	$(fuzz_common)
tests_fuzz_fuzz_snapshot_LDADD = libvtmachine.a
