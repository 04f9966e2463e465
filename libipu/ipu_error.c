// SPDX-License-Identifier: MIT
/* The sentence behind an error, one for each thread. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "ipu_internal.h"

static _Thread_local char message[1024];

const char *ipu_error(void)
{
	return message;
}

int ipu_fail(int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return err;
}

int ipu_fail_nomem(const char *what)
{
	return ipu_fail(-ENOMEM, "Out of memory for %s.", what);
}
