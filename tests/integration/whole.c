/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Build and boot the lab's machine; see whole.h. */
#include "tests/integration/whole.h"

#include <stdio.h>
#include <stdlib.h>

#include "vmx-model/vmx.h"

static void need(enum vt_err e, const struct vt_error *err)
{
    if (e == VT_OK)
        return;
    fprintf(stderr, "cannot build the test machine: %s\n", err->text);
    exit(1);
}

bool whole_available(void)
{
    FILE *f = fopen(WHOLE_VMM, "rb");
    if (!f)
        return false;
    fclose(f);
    return true;
}

void whole_build(struct whole *w, const char *cpu, const char *profile,
                 const char *serial, uint64_t memory_bytes)
{
    struct vt_error err;
    struct vt_pc_options options = {.memory_bytes = memory_bytes,
                                    .serial = serial};
    need(vt_profile_open(profile, &w->profile, &err), &err);
    w->machine = vt_machine_new(w->profile);
    need(ia32_new(w->machine, cpu, &w->cpu, &err), &err);
    need(vmx_attach(w->cpu), &err);
    vt_machine_add_cpu(w->machine, &w->cpu->base);
    need(vt_pc_build(w->machine, &options, &w->pc, &err), &err);
}

void whole_boot(struct whole *w)
{
    struct vt_error err;
    struct vt_pc_image kernel = {.path = WHOLE_VMM};
    struct vt_pc_image guest = {.path = WHOLE_GUEST};
    struct vt_pc_booted booted;
    need(vt_pc_boot(w->pc, &kernel, &guest, 1, &booted, &err), &err);
    ia32_set_multiboot_state(w->cpu, booted.start.entry, booted.start.eax,
                             booted.start.ebx);
    vt_pc_booted_free(&booted);
}

void whole_free(struct whole *w)
{
    struct vt_error err;
    need(vt_pc_finish(w->pc, &err), &err);
    vt_pc_free(w->pc);
    vt_machine_free(w->machine);
    vt_profile_free(w->profile);
}
