/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms that call the next one as the last thing they do (form.h).  configure
 * has tried that such calls need no stack; a compiler that says it does not
 * optimize, or that instruments, is not trusted with it. */
#include "config.h"

#include "sim/ia32/form.h"

#if defined(HAVE_TAIL_CALLS) && defined(__OPTIMIZE__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define IA32_TAIL 1
#include "sim/ia32/forms.h"

static const struct ia32_forms forms = {"tail", choose, choose_end};
const struct ia32_forms *const ia32_forms_tail = &forms;
#else
const struct ia32_forms *const ia32_forms_tail = &ia32_forms_loop;
#endif
