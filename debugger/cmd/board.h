/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole simulated PC from command-line options: what `vtsim run` and
 * `vtsim debug` have in common. */
#ifndef CMD_BOARD_H
#define CMD_BOARD_H

#include "debugger/cmd/cmd.h"
#include "sim/devices/pc.h"
#include "sim/ia32/cpu.h"
#include "traces/places.h"

struct board {
    struct vt_profile *profile;
    struct vt_machine *m;
    struct ia32_cpu *cpu;
    struct vt_pc *pc;
    struct vt_pc_booted booted;
    struct trc_places *places;
    uint64_t max_cycles; /* UINT64_MAX for none */
};

/* Rows of the options that say what machine to build. */
extern const struct cmd_option board_options[];
extern const size_t board_option_count;
#define BOARD_OPTION_COUNT 12

/* Build and boot.  serial: --serial's standard value for the command.
 * Returns CMD_OK; else what was built is freed and the status of the error,
 * whose line has been printed. */
int board_build(struct board *b, const struct cmd_args *args,
                const char *serial);
/* Send what the guest still had to say and close its files: status, or
 * CMD_OUTPUT when that failed. */
int board_finish(struct board *b, int status);
void board_free(struct board *b);

/* The program's exit status for a stop, said in words on standard error. */
int board_say_stop(const struct board *b, const struct vt_stop *stop);

#endif
