// SPDX-License-Identifier: MIT
/* Where dumps come from. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "dump_file.h"
#include "dump_find.h"

#define CLASS "/sys/class/devcoredump"

/* Other drivers' dumps are there, too. */
static int is_ours(const char *path)
{
	char magic[sizeof(IPU_DUMP_MAGIC)] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t bytes;

	if (fd < 0)
		return -errno;
	bytes = read(fd, magic, sizeof(magic));
	close(fd);
	return bytes == sizeof(magic) && !memcmp(magic, IPU_DUMP_MAGIC, sizeof(magic));
}

bool dump_find_pending(char path[PATH_MAX], int *status)
{
	unsigned long oldest = 0, number;
	struct dirent *entry;
	char name[PATH_MAX];
	DIR *folder = opendir(CLASS);
	int ours;

	*status = CLI_OK;
	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "devcd", 5))
			continue;
		number = strtoul(entry->d_name + 5, NULL, 10);
		snprintf(name, sizeof(name), CLASS "/%.200s/data", entry->d_name);
		ours = is_ours(name);
		if (ours == -EACCES)
			*status = CLI_DEVICE;
		if (ours <= 0 || (oldest && oldest <= number))
			continue;
		oldest = number;
		snprintf(path, PATH_MAX, "%s", name);
	}
	if (folder)
		closedir(folder);
	return oldest;
}

static bool read_all(int fd, const char *path, uint8_t *data, size_t *size)
{
	ssize_t bytes;

	*size = 0;
	do {
		bytes = read(fd, data + *size, DUMP_MAX_BYTES + 1 - *size);
		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < 0) {
			cli_fail(CLI_INPUT, "Cannot read %s: %s.", path, strerror(errno));
			return false;
		}
		*size += (size_t)bytes;
	} while (bytes && *size <= DUMP_MAX_BYTES);
	if (*size <= DUMP_MAX_BYTES)
		return true;
	cli_fail(CLI_INPUT, "%s is no dump: it has more than %u MiB.", path, DUMP_MAX_BYTES >> 20);
	return false;
}

bool dump_read(const char *path, void **data, size_t *size)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	bool done;

	if (fd < 0) {
		cli_fail(CLI_INPUT, "Cannot open %s: %s%s.", path, strerror(errno),
			 errno == EACCES ?
				 "; a dump has what programs had in memory, so only root may "
				 "read it: use sudo" :
				 "");
		return false;
	}
	*data = malloc(DUMP_MAX_BYTES + 1);
	done = *data && read_all(fd, path, *data, size);
	if (!*data)
		cli_fail(CLI_INTERNAL, "Out of memory.");
	if (fd != STDIN_FILENO)
		close(fd);
	if (!done)
		free(*data);
	return done;
}

int dump_clear(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t bytes = fd < 0 ? -1 : write(fd, "1", 1);

	if (bytes < 0)
		return cli_fail(CLI_OUTPUT, "Cannot remove %s: %s.", path, strerror(errno));
	close(fd);
	return CLI_OK;
}
