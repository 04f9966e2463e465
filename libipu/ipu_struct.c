// SPDX-License-Identifier: MIT
/*
 * Structures that grow. A caller passes the size that a structure has in its
 * header, so that it may differ from the library's: a caller with an older header
 * has a shorter one, down to that of the first version, and one with a newer header
 * a longer one. New members are added at the end, and never where the structure had
 * padding, which callers need not have set.
 */
#include <errno.h>
#include <string.h>

#include "ipu_internal.h"

/* Far above every structure: a larger size is one that was not set. */
#define MAX_SIZE 4096

int ipu_struct_check(size_t size, size_t first, const char *name)
{
	if (size < first || size > MAX_SIZE)
		return ipu_fail(-EINVAL,
				"The size member of struct %s is %zu; set it to sizeof(struct %s), "
				"which is %zu or more.",
				name, size, name, first);
	return 0;
}

void ipu_struct_out(void *user, const void *ours, size_t bytes)
{
	size_t size;

	memcpy(&size, user, sizeof(size));
	memset(user, 0, size);
	memcpy(user, ours, size < bytes ? size : bytes);
	memcpy(user, &size, sizeof(size));
}

int ipu_struct_in(void *ours, const void *user, size_t bytes, size_t first, const char *name)
{
	const unsigned char *from = user;
	size_t size;
	int err;

	memset(ours, 0, bytes);
	if (!user)
		return 0;

	memcpy(&size, user, sizeof(size));
	err = ipu_struct_check(size, first, name);
	if (err)
		return err;

	for (size_t i = bytes; i < size; i++)
		if (from[i])
			return ipu_fail(-EINVAL,
					"struct %s sets an option that libipu %s does not know; "
					"use a newer libipu.",
					name, ipu_version());
	memcpy(ours, user, size < bytes ? size : bytes);
	return 0;
}
