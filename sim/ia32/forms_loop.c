/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms that return to a loop (form.h): on every compiler. */
#define IA32_TAIL 0
#include "sim/ia32/forms.h"

const struct ia32_forms ia32_forms_loop = {"loop", choose, choose_end};
