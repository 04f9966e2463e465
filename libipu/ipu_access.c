// SPDX-License-Identifier: MIT
/* Permissions of a device file: why it cannot be opened, and what to do about it. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipu_internal.h"

/* How to get access to a device file whose mode keeps this user out. */
static void advise(const char *node, const struct stat *st, const char *group, char *text,
		   size_t bytes)
{
	struct passwd entry, *user = NULL;
	const char *name = "USER";
	char buffer[1024];

	if (!getpwuid_r(geteuid(), &entry, buffer, sizeof(buffer), &user) && user)
		name = user->pw_name;
	/* Nobody should have to join root's own group. */
	if (st->st_gid && *group && (st->st_mode & 0060) == 0060)
		snprintf(text, bytes,
			 "Join that group, as root: usermod -aG %s %s. Then log in again.", group,
			 name);
	else
		snprintf(text, bytes,
			 "No group of users may open it: is the driver's udev rule installed "
			 "(60-ipu.rules, of make install)? Until the next boot, as root: "
			 "chgrp render %s && chmod 660 %s. Then join that group, as root: "
			 "usermod -aG render %s, and log in again.",
			 node, node, name);
}

int ipu_fail_access(const char *node, int err)
{
	struct group entry, *group = NULL;
	const char *group_name;
	char buffer[1024];
	char text[512];
	struct stat st;

	if (stat(node, &st))
		return ipu_fail(-EACCES, "No permission to open %s, nor the folder it is in.",
				node);
	if (err == -EPERM || !faccessat(AT_FDCWD, node, R_OK | W_OK, AT_EACCESS))
		return ipu_fail(-EACCES,
				"No permission to open %s, although its mode %04o allows it: a "
				"container has to be given the device (docker run --device %s), or "
				"a security module forbids it, and the audit log says which.",
				node, (unsigned int)st.st_mode & 07777, node);
	getgrgid_r(st.st_gid, &entry, buffer, sizeof(buffer), &group);
	group_name = group ? group->gr_name : "";
	advise(node, &st, group_name, text, sizeof(text));
	return ipu_fail(
		-EACCES,
		"No permission to open %s: it has mode %04o, owner %u and group %u%s%s%s, and "
		"you are user %u. %s",
		node, (unsigned int)st.st_mode & 07777, st.st_uid, st.st_gid, group ? " (" : "",
		group_name, group ? ")" : "", geteuid(), text);
}
