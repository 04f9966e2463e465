// SPDX-License-Identifier: MIT
/* The message of the last error, one for each thread. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

int ipu_fail_device(const struct ipu_device *dev, int err, const char *what, ...)
{
	const char *name = dev->info.name;
	char action[128];
	va_list args;

	va_start(args, what);
	vsnprintf(action, sizeof(action), what, args);
	va_end(args);
	if (err == -ENODEV)
		return ipu_fail(err,
				"%s: cannot %s: the card is gone, or its driver was unbound. Close "
				"the device, and open it again once ipu-info shows it.",
				name, action);
	return ipu_fail(err, "%s: cannot %s: %s.", name, action, strerror(-err));
}

int ipu_fail_nomem(const char *what)
{
	return ipu_fail(-ENOMEM, "Out of memory for %s.", what);
}
