// SPDX-License-Identifier: MIT
/*
 * What the tests share: the kernel's log, files of sysfs and procfs, the module, and the
 * card's place on the bus.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ipu_test.h"

bool ipu_log_has(const char *text)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bool found = false;
	/* The longest record, escapes and dictionary included: a shorter buffer is refused. */
	char line[8192];
	ssize_t bytes;

	/* EPIPE: the oldest lines were overwritten meanwhile. */
	while (fd >= 0 && !found) {
		bytes = read(fd, line, sizeof(line) - 1);
		if (bytes < 0 && errno != EPIPE)
			break;
		line[bytes > 0 ? bytes : 0] = '\0';
		found = strstr(line, text);
	}
	if (fd >= 0)
		close(fd);
	return found;
}

const char *ipu_sysfs(void)
{
	static char found[PATH_MAX];
	const char *folder = "/sys/bus/pci/devices";
	char path[PATH_MAX], id[16];
	struct dirent *entry;
	DIR *dir = opendir(folder);

	found[0] = '\0';
	while (dir && !found[0] && (entry = readdir(dir))) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%.64s/vendor", folder, entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fgets(id, sizeof(id), file) && strtoul(id, NULL, 16) == IPU_PCI_VENDOR_ID) {
			snprintf(path, sizeof(path), "%s/%.64s", folder, entry->d_name);
			if (!realpath(path, found))
				found[0] = '\0';
		}
		fclose(file);
	}
	if (dir)
		closedir(dir);

	return found[0] ? found : NULL;
}

int ipu_read_file(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t bytes;

	if (fd < 0)
		return -errno;
	do {
		bytes = read(fd, text + used, room - 1 - used);
		if (bytes < 0) {
			close(fd);
			return -errno;
		}
		used += bytes;
	} while (bytes && used < room - 1);
	text[used] = '\0';
	close(fd);
	return 0;
}

int ipu_read_sysfs(const char *name, char *text, size_t room)
{
	const char *folder = ipu_sysfs();
	char path[PATH_MAX + 64];
	int ret;

	if (!folder)
		return -ENODEV;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	ret = ipu_read_file(path, text, room);
	if (!ret)
		text[strcspn(text, "\n")] = '\0';
	return ret;
}

bool ipu_state_becomes(const char *wanted)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	char state[32];

	while (!ipu_read_sysfs("ipu/state", state, sizeof(state))) {
		if (!strcmp(state, wanted))
			return true;
		if (ipu_deadline(0) > deadline)
			break;
		ipu_sleep_ms(10);
	}
	return false;
}

int ipu_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t done;
	int ret;

	if (fd < 0)
		return -errno;
	done = write(fd, text, strlen(text));
	ret = done < 0 ? -errno : 0;
	close(fd);
	return ret;
}

int ipu_write_sysfs(const char *name, const char *text)
{
	const char *folder = ipu_sysfs();
	char path[PATH_MAX + 64];

	if (!folder)
		return -ENODEV;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return ipu_write_file(path, text);
}

int ipu_reload(const char *parameters)
{
	const char *path = getenv("IPU_MODULE");
	int64_t deadline = ipu_deadline(20000);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	int ret = fd < 0 ? -errno : -EAGAIN;

	/* What was in use is freed a moment after it is closed. */
	while (ret == -EAGAIN && ipu_deadline(0) < deadline) {
		ret = syscall(SYS_delete_module, "ipu", O_NONBLOCK) ? -errno : 0;
		if (ret)
			ipu_sleep_ms(10);
	}
	if (!ret && syscall(SYS_finit_module, fd, parameters, 0))
		ret = -errno;
	if (fd >= 0)
		close(fd);
	return ret;
}

/* Set or clear bits of a byte of configuration space. */
static int config_bits(unsigned int at, uint8_t bits, bool set)
{
	char path[PATH_MAX + 16];
	uint8_t value;
	int fd, ret = -EIO;

	snprintf(path, sizeof(path), "%s/config", ipu_sysfs());
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (pread(fd, &value, 1, at) == 1) {
		value = set ? value | bits : value & ~bits;
		if (pwrite(fd, &value, 1, at) == 1)
			ret = 0;
	}
	close(fd);
	return ret;
}

/* Where the MSI-X capability is, 0 if there is none. */
static unsigned int find_msix(void)
{
	char path[PATH_MAX + 16];
	uint8_t config[256] = {};
	unsigned int at;
	FILE *file;

	snprintf(path, sizeof(path), "%s/config", ipu_sysfs());
	file = fopen(path, "r");
	if (!file || fread(config, 1, sizeof(config), file) < 64)
		config[PCI_CAPABILITY_LIST] = 0;
	if (file)
		fclose(file);
	for (at = config[PCI_CAPABILITY_LIST]; at && at < 255; at = config[at + 1]) {
		if (config[at] == PCI_CAP_ID_MSIX)
			return at;
	}
	return 0;
}

int ipu_answer(bool answer)
{
	return config_bits(PCI_COMMAND, PCI_COMMAND_MEMORY, answer);
}

int ipu_mask_interrupts(bool mask)
{
	unsigned int msix = find_msix();

	if (!msix)
		return -ENODEV;
	return config_bits(msix + PCI_MSIX_FLAGS + 1, PCI_MSIX_FLAGS_MASKALL >> 8, mask);
}

void ipu_sleep_ms(unsigned int ms)
{
	const struct timespec time = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000l,
	};

	nanosleep(&time, NULL);
}

int ipu_wait_freed(void)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	struct drm_ipu_query_limits limits;
	int fd = ipu_open(), ret = fd < 0 ? fd : -EBUSY;

	while (ret == -EBUSY && ipu_deadline(0) < deadline) {
		ret = ipu_query_limits(fd, &limits);
		if (!ret && (limits.used_contexts || limits.used_tiles || limits.used_bytes)) {
			ret = -EBUSY;
			ipu_sleep_ms(5);
		}
	}
	if (ret == -EBUSY)
		printf("# left: %u contexts, %u tiles, %llu bytes of buffers\n",
		       limits.used_contexts, limits.used_tiles,
		       (unsigned long long)limits.used_bytes);
	if (fd >= 0)
		close(fd);
	return ret;
}
