// SPDX-License-Identifier: MIT
/*
 * The files of devcoredump, and uevents.
 */
#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipu_dumped.h"
#include "ipu_test.h"

/* More than any dump has. */
#define DUMP_MAX (2u << 20)

/* The file of the dump that there is; at most one. */
static bool find_dump(struct ipu_dumped *dump)
{
	DIR *folder = opendir(IPU_DUMPS);
	struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "devcd", 5))
			continue;
		snprintf(dump->path, sizeof(dump->path), IPU_DUMPS "%.200s/data", entry->d_name);
		found = true;
	}
	if (folder)
		closedir(folder);
	return found;
}

bool ipu_dump_take(struct ipu_dumped *dump, unsigned int ms)
{
	int64_t deadline = ipu_deadline(ms);
	ssize_t bytes = 1;
	int fd;

	*dump = (struct ipu_dumped){ 0 };
	/* Its folder is there before its file. */
	while (!find_dump(dump) || (fd = open(dump->path, O_RDONLY | O_CLOEXEC)) < 0) {
		if (ipu_deadline(0) > deadline)
			return false;
		ipu_sleep_ms(10);
	}
	dump->data = malloc(DUMP_MAX);
	while (dump->data && bytes > 0) {
		bytes = read(fd, dump->data + dump->size, DUMP_MAX - dump->size);
		dump->size += bytes > 0 ? (size_t)bytes : 0;
	}
	close(fd);
	return dump->size > sizeof(struct ipu_dump_header);
}

/* Devcoredump removes it in a work item. */
void ipu_dump_clear(void)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	struct ipu_dumped dump;

	while (find_dump(&dump) && ipu_deadline(0) < deadline) {
		ipu_write_file(dump.path, "1");
		ipu_sleep_ms(10);
	}
}

uint32_t ipu_dump_take_kind(void)
{
	struct ipu_dumped dump;
	uint32_t kind = 0;

	if (ipu_dump_take(&dump, IPU_TEST_WAIT_MS))
		kind = le32toh(ipu_dump_header(&dump)->kind);
	free(dump.data);
	ipu_dump_clear();
	return kind;
}

int ipu_uevents_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	return fd;
}

bool ipu_uevents_have(int fd, const char *want)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char text[4097];

	while (ipu_deadline(0) < deadline && poll(&poll_fd, 1, 1000) >= 0) {
		ssize_t bytes = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT), i;
		bool found = false, accel = false;

		if (bytes <= 0)
			continue;
		text[bytes] = '\0';
		for (i = 0; i < bytes; i += (ssize_t)strlen(text + i) + 1) {
			found |= !strcmp(text + i, want);
			accel |= !strcmp(text + i, "SUBSYSTEM=accel");
		}
		if (found && accel)
			return true;
	}
	return false;
}
