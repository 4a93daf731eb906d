/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole machine that runs labs/01-hello-vmx, for tests of what must hold
 * of a run: CPU with VT-x, PC, boot. */
#ifndef TEST_WHOLE_H
#define TEST_WHOLE_H

#include "sim/devices/pc.h"
#include "sim/ia32/cpu.h"
#include "sim/machine/machine.h"

struct whole {
    struct vt_profile *profile;
    struct vt_machine *machine;
    struct ia32_cpu *cpu;
    struct vt_pc *pc;
};

/* Where the build left the lab, seen from the build folder. */
#define WHOLE_VMM "labs/01-hello-vmx/vmm.elf"
#define WHOLE_GUEST "labs/01-hello-vmx/guest.elf"

/* Stops the test program with a line when the machine cannot be built.
 * serial: as vt_pc_options has it. */
void whole_build(struct whole *w, const char *cpu, const char *profile,
                 const char *serial, uint64_t memory_bytes);
void whole_boot(struct whole *w);
void whole_free(struct whole *w);
/* false when the lab's images are not there. */
bool whole_available(void);

#endif
