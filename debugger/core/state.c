/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands on the state as a whole: snapshots and the hash. */
#include "debugger/core/dbg_priv.h"

#include <inttypes.h>

DBG_COMMAND(dbg_snapshot)
{
    struct vt_error err = {.kind = VT_OK};
    (void)argc;
    if (strcmp(argv[1], "save") == 0) {
        if (vt_machine_save_file(d->m, argv[2], &err) != VT_OK)
            return dbg_error(d, "%s", err.text);
        dbg_say(d, "saved at cycle %" PRIu64 " to %s\n",
                vt_machine_now(d->m), argv[2]);
    } else if (strcmp(argv[1], "load") == 0) {
        if (vt_machine_load_file(d->m, argv[2], &err) != VT_OK)
            return dbg_error(d, "%s", err.text);
        dbg_forget_past(d);
        dbg_say(d, "loaded %s; the exit table counts from here\n", argv[2]);
        dbg_say_where(d);
    } else {
        dbg_error(d, "snapshot: '%s' is neither save nor load", argv[1]);
    }
    return DBG_GO_ON;
}

DBG_COMMAND(dbg_hash)
{
    (void)argc, (void)argv;
    dbg_say(d, "%016" PRIx64 "\n", vt_machine_hash(d->m));
    return DBG_GO_ON;
}
