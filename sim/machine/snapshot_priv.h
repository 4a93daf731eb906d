/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What writer and reader of snapshots must agree on. */
#ifndef VT_SNAPSHOT_PRIV_H
#define VT_SNAPSHOT_PRIV_H

/* CR and LF show a transfer that "corrected" line ends, as in PNG. */
#define SNAP_MAGIC "VTSNAP\r\n"
#define SNAP_MAGIC_BYTES 8u
#define SNAP_HEADER_BYTES (SNAP_MAGIC_BYTES + 4u)
#define SNAP_END "end"
#define SNAP_NAME_MAX 63u

#endif
