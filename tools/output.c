// SPDX-License-Identifier: MIT
/* Files that results go to. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "output.h"

#define MAX_LINKS 40 /* as the kernel */

/**
 * struct place - where a path leads
 * @folder: the last folder, AT_FDCWD or one to be closed
 * @name: the name in it, which is not that of a symbolic link, unless @magic
 * @magic: it is a link of procfs, which leads where its text does not say
 * @exists: @st is valid
 * @st: of what it leads to
 */
struct place {
	int folder;
	char name[NAME_MAX + 1];
	bool magic;
	bool exists;
	struct stat st;
};

static void leave(int folder)
{
	if (folder != AT_FDCWD)
		close(folder);
}

/* Go on from the folder of @place to where @path leads. */
static int follow(struct place *place, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *text;
	int folder;

	if (!*path)
		return -ENOENT;
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EISDIR;
	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	if (slash) {
		text = strndup(path, (size_t)(name - path));
		if (!text)
			return -ENOMEM;
		folder = openat(place->folder, text, O_PATH | O_DIRECTORY | O_CLOEXEC);
		free(text);
		if (folder < 0)
			return -errno;
		leave(place->folder);
		place->folder = folder;
	}
	strcpy(place->name, name);
	return 0;
}

static bool in_proc(int folder)
{
	struct statfs fs;

	return !(folder == AT_FDCWD ? statfs(".", &fs) : fstatfs(folder, &fs)) &&
	       fs.f_type == PROC_SUPER_MAGIC;
}

/* One step on the way to a place; returns 1 when it is reached. */
static int step(struct place *place)
{
	char link[PATH_MAX];
	ssize_t length;

	if (fstatat(place->folder, place->name, &place->st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 1 : -errno;
	place->magic = S_ISLNK(place->st.st_mode) && in_proc(place->folder);
	if (place->magic && fstatat(place->folder, place->name, &place->st, 0))
		return -errno;
	place->exists = place->magic || !S_ISLNK(place->st.st_mode);
	if (place->exists)
		return 1;
	length = readlinkat(place->folder, place->name, link, sizeof(link) - 1);
	if (length < 0)
		return -errno;
	link[length] = '\0';
	return follow(place, link);
}

/* Close @place->folder afterwards in any case. */
static int find(const char *path, struct place *place)
{
	int err;

	*place = (struct place){ .folder = AT_FDCWD };
	/* The kernel itself says first which links in others' folders are not to be followed. */
	if (stat(path, &place->st) && errno != ENOENT)
		return -errno;
	err = follow(place, path);
	for (int links = 0; !err; links++)
		err = links > MAX_LINKS ? -ELOOP : step(place);
	if (err > 0)
		err = place->exists && S_ISDIR(place->st.st_mode) ? -EISDIR : 0;
	return err;
}

static bool is_stdout(const struct place *place)
{
	struct stat st;

	return place->exists && !S_ISCHR(place->st.st_mode) && !fstat(STDOUT_FILENO, &st) &&
	       st.st_dev == place->st.st_dev && st.st_ino == place->st.st_ino;
}

/* Would another file in its place be the same to everybody? @fd is the file. */
static bool can_replace(const struct place *place, int fd)
{
	struct statx more;

	return !place->magic && place->st.st_nlink == 1 && flistxattr(fd, NULL, 0) <= 0 &&
	       !statx(place->folder, place->name, AT_SYMLINK_NOFOLLOW, 0, &more) &&
	       !(more.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* ---- What a signal must not leave behind ---- */

static const int endings[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXFSZ };
#define ENDINGS (sizeof(endings) / sizeof(endings[0]))

static struct sigaction usual[ENDINGS];
static const struct output *volatile incomplete;

static void remove_and_end(int sig)
{
	const struct output *out = incomplete;

	if (out)
		unlinkat(out->folder, out->temporary, 0);
	raise(sig);
}

static void guard(void)
{
	for (size_t i = 0; i < ENDINGS; i++) {
		struct sigaction action = { .sa_handler = remove_and_end,
					    .sa_flags = (int)SA_RESETHAND };

		if (endings[i] == SIGPIPE || endings[i] == SIGXFSZ)
			action.sa_handler = SIG_IGN;
		sigaction(endings[i], NULL, &usual[i]);
		if (usual[i].sa_handler == SIG_DFL)
			sigaction(endings[i], &action, NULL);
	}
}

static void unguard(void)
{
	incomplete = NULL;
	for (size_t i = 0; i < ENDINGS; i++)
		sigaction(endings[i], &usual[i], NULL);
}

/* ---- Writing ---- */

static void discard(struct output *out)
{
	unlinkat(out->folder, out->temporary, 0);
	out->temporary[0] = '\0';
	incomplete = NULL;
}

/* The owner and mode of the file that it is to replace, which has no ACL; an owner is root's to give. */
static int give_owner(int fd, const struct stat *replaced)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if ((st.st_uid != replaced->st_uid || st.st_gid != replaced->st_gid) &&
	    fchown(fd, replaced->st_uid, replaced->st_gid))
		return -errno;
	/* One that the folder gives to new files would let others in. */
	if (fremovexattr(fd, "system.posix_acl_access") && errno != ENODATA && errno != EOPNOTSUPP)
		return -EPERM;
	return fchmod(fd, replaced->st_mode & 0777) ? -errno : 0;
}

/* A new file in the folder of @place. No signal comes between it and the note of it. */
static int create_temporary(const struct place *place, mode_t mode, struct output *out)
{
	sigset_t all, before;
	int err = -EEXIST;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	for (unsigned int i = 0; i < 1000 && err == -EEXIST; i++) {
		snprintf(out->temporary, sizeof(out->temporary), ".ipu-%ld.%u", (long)getpid(), i);
		out->fd = openat(place->folder, out->temporary,
				 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		err = out->fd < 0 ? -errno : 0;
	}
	if (err)
		out->temporary[0] = '\0';
	else
		incomplete = out;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

/* A new file, which is going to be what @place names. */
static int create_beside(const struct place *place, struct output *out)
{
	int err = create_temporary(place, place->exists ? 0600 : 0666, out);

	if (err)
		return err;
	strcpy(out->name, place->name);
	if (place->exists)
		err = give_owner(out->fd, &place->st);
	if (err) {
		close(out->fd);
		discard(out);
	}
	return err;
}

static int open_there(const struct place *place)
{
	int follow_it = place->magic ? 0 : O_NOFOLLOW;
	int fd = openat(place->folder, place->name, O_WRONLY | O_NOCTTY | O_CLOEXEC | follow_it);

	return fd < 0 ? -errno : fd;
}

/* Nothing new may be there, as opposed to: there is no room for it. */
static bool is_forbidden(int err)
{
	return err == -EACCES || err == -EPERM || err == -EROFS;
}

/* @fd is the file; it stays open only if it is to be written in place. */
static int open_regular(const struct place *place, int fd, struct output *out)
{
	int err = can_replace(place, fd) ? create_beside(place, out) : -EPERM;

	if (is_forbidden(err)) {
		out->fd = fd;
		if (!ftruncate(fd, 0))
			return 0;
		err = -errno;
	}
	close(fd);
	return err;
}

/* What exists: a regular file is replaced if it can be, all others are written in place. */
static int open_existing(const struct place *place, struct output *out)
{
	int fd = open_there(place);

	if (fd < 0)
		return fd;
	if (S_ISREG(place->st.st_mode))
		return open_regular(place, fd, out);
	out->fd = fd;
	return 0;
}

static int open_stdout(struct output *out)
{
	fflush(stdout);
	out->is_stdout = true;
	out->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	return out->fd < 0 ? -errno : 0;
}

int output_open(const char *path, struct output *out)
{
	struct place place;
	int err = find(path, &place);

	*out = (struct output){ .folder = place.folder };
	guard();
	if (!err)
		err = is_stdout(&place) ? open_stdout(out) :
		      place.exists	? open_existing(&place, out) :
					  create_beside(&place, out);
	if (err) {
		unguard();
		leave(place.folder);
	}
	return err;
}

int output_put(struct output *out, const void *from, size_t bytes)
{
	const unsigned char *at = from;

	while (bytes) {
		ssize_t put = write(out->fd, at, bytes);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		at += put;
		bytes -= (size_t)put;
	}
	return 0;
}

int output_close(struct output *out, int err)
{
	/* The file system may report an error only now. */
	if (close(out->fd) && !err)
		err = -errno;
	if (out->temporary[0]) {
		if (!err && renameat(out->folder, out->temporary, out->folder, out->name))
			err = -errno;
		if (err)
			discard(out);
	}
	if (out->is_stdout && !err && dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		err = -errno;
	unguard();
	leave(out->folder);
	return err;
}

int output_check(const char *path)
{
	struct output out;
	struct place place;
	int err = find(path, &place);
	int fd;

	if (!err && !is_stdout(&place)) {
		if (!place.exists) {
			err = output_open(path, &out);
			if (!err)
				output_close(&out, -ECANCELED);
		} else if (S_ISREG(place.st.st_mode)) {
			fd = open_there(&place);
			if (fd >= 0)
				close(fd);
			else
				err = fd;
		} else if (S_ISSOCK(place.st.st_mode)) {
			err = -ENXIO;
		} else if (faccessat(place.folder, place.name, W_OK, AT_EACCESS)) {
			err = -errno;
		}
	}
	leave(place.folder);
	return err;
}

/* A file that is not there yet is the same by its folder and name. */
static bool same_place(const struct place *one, const struct place *two)
{
	struct stat a, b;

	if (one->exists || two->exists)
		return one->exists && two->exists && S_ISREG(one->st.st_mode) &&
		       one->st.st_dev == two->st.st_dev && one->st.st_ino == two->st.st_ino;
	return !strcmp(one->name, two->name) && !fstatat(one->folder, ".", &a, 0) &&
	       !fstatat(two->folder, ".", &b, 0) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool output_same(const char *path, const char *other)
{
	struct place one, two;
	int first = find(path, &one), second = find(other, &two);
	bool same = !first && !second && same_place(&one, &two);

	leave(one.folder);
	leave(two.folder);
	return same;
}

void output_describe(int err, char *text, size_t bytes)
{
	static const struct {
		int err;
		const char *advice;
	} advices[] = {
		{ EACCES, "choose a file and a folder that you may write to" },
		{ EDQUOT, "make room, or choose another disk" },
		{ EFBIG, "raise the limit of a file's size, ulimit -f" },
		{ EISDIR, "name a file in it" },
		{ ENAMETOOLONG, "choose a shorter name" },
		{ ENOENT, "create its folder, or open that descriptor, first" },
		{ ENOSPC, "make room, or choose another disk" },
		{ ENOTDIR, "what is named as its folder is none" },
		{ ENXIO, "a socket or a device that is gone cannot be opened: choose a file" },
		{ EPERM, "choose a file and a folder that you may write to" },
		{ EPIPE, "its reader must read to the end" },
		{ EROFS, "choose a folder that you may write to" },
	};
	const char *advice = NULL;

	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (advices[i].err == -err)
			advice = advices[i].advice;
	snprintf(text, bytes, "cannot be written: %s%s%s", strerror(-err), advice ? "; " : "",
		 advice ? advice : "");
}
