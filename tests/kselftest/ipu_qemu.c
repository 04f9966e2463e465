// SPDX-License-Identifier: MIT
/*
 * What tests have done to the card from outside: by QEMU, and by the port that it is plugged into.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipu_test.h"

/* More than it takes a machine to let go of a card. */
#define PATIENCE_MS (2 * IPU_TEST_WAIT_MS)

/* The request appears as a whole. */
static int send_request(const char *folder, const char *request)
{
	char from[PATH_MAX], to[PATH_MAX];
	FILE *file;

	snprintf(from, sizeof(from), "%s/new", folder);
	snprintf(to, sizeof(to), "%s/request", folder);
	file = fopen(from, "w");
	if (!file)
		return -errno;
	fprintf(file, "%s\n", request);
	if (fclose(file) || rename(from, to))
		return -errno;
	return 0;
}

static long take_answer(const char *folder)
{
	int64_t deadline = ipu_deadline(PATIENCE_MS);
	char path[PATH_MAX];
	long value = -EBADMSG;
	FILE *file;

	snprintf(path, sizeof(path), "%s/answer", folder);
	while (access(path, F_OK)) {
		if (ipu_deadline(0) > deadline)
			return -ETIME;
		ipu_sleep_ms(10);
	}
	file = fopen(path, "r");
	if (!file)
		return -errno;
	if (fscanf(file, "%ld", &value) != 1)
		value = -EBADMSG;
	fclose(file);
	unlink(path);
	return value;
}

long ipu_ask(const char *format, ...)
{
	const char *folder = getenv("IPU_INJECT");
	char request[128];
	va_list args;
	int ret;

	if (!folder)
		return -ENOENT;
	va_start(args, format);
	vsnprintf(request, sizeof(request), format, args);
	va_end(args);
	ret = send_request(folder, request);
	return ret ? ret : take_answer(folder);
}

/* Open the configuration space of the card's port, and find its PCI Express capability. */
static int open_port(unsigned int *express)
{
	uint8_t config[256] = {};
	char path[PATH_MAX + 16];
	const char *folder = ipu_sysfs();
	unsigned int at;
	int fd;

	if (!folder)
		return -ENODEV;
	snprintf(path, sizeof(path), "%s/../config", folder);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (pread(fd, config, sizeof(config), 0) == sizeof(config))
		for (at = config[PCI_CAPABILITY_LIST]; at && at < 255; at = config[at + 1])
			if (config[at] == PCI_CAP_ID_EXP) {
				*express = at;
				return fd;
			}
	close(fd);
	return -ENXIO;
}

bool ipu_slot_is_native(void)
{
	char path[PATH_MAX + 64], port[PATH_MAX];
	const char *folder = ipu_sysfs();

	if (!folder)
		return false;
	snprintf(port, sizeof(port), "%s", folder);
	*strrchr(port, '/') = '\0';
	snprintf(path, sizeof(path), "/sys/bus/pci_express/drivers/pciehp/%s:pcie004",
		 strrchr(port, '/') + 1);
	return !access(path, F_OK);
}

/*
 * What the kernel's own driver for slots does when a card is unplugged is not what lockdep
 * expects: reset_lock inside pci_rescan_remove_lock, whose order is the other one elsewhere. By
 * then lockdep has watched the card's driver in the same functions, in test_recovery, which removes
 * the card by sysfs.
 */
void ipu_slot_mute_lockdep(void)
{
	if (ipu_slot_is_native())
		ipu_write_file("/proc/sys/kernel/prove_locking", "0");
}

bool ipu_link_is_reported(void)
{
	uint16_t status = 0;
	unsigned int express;
	int fd = open_port(&express);

	if (fd < 0)
		return false;
	if (pread(fd, &status, sizeof(status), express + PCI_EXP_LNKSTA) != sizeof(status))
		status = 0;
	close(fd);
	return status & PCI_EXP_LNKSTA_DLLLA;
}

#define SLOT_OFF (PCI_EXP_SLTCTL_PWR_OFF | PCI_EXP_SLTCTL_PWR_IND_OFF)

/* Until the kernel has turned the slot off, whoever plugs in a card sees it go with the old one. */
static int wait_for_slot(int fd, unsigned int control)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	uint16_t value;

	do {
		ipu_sleep_ms(10);
		if (pread(fd, &value, sizeof(value), control) != sizeof(value))
			return -EIO;
		if ((value & SLOT_OFF) == SLOT_OFF)
			return 0;
	} while (ipu_deadline(0) < deadline);
	return -ETIME;
}

/*
 * QEMU unplugs the card when the power goes. The slot reports nothing before it is back: as it
 * would if the card had been pulled out, and unlike one that the kernel has turned off.
 */
int ipu_slot_pull_out(void)
{
	unsigned int express, at;
	uint16_t on, off;
	int fd = open_port(&express), ret = -EIO;

	if (fd < 0)
		return fd;
	at = express + PCI_EXP_SLTCTL;
	if (pread(fd, &on, sizeof(on), at) == sizeof(on)) {
		off = (on & ~PCI_EXP_SLTCTL_HPIE) | SLOT_OFF;
		if (pwrite(fd, &off, sizeof(off), at) == sizeof(off) &&
		    pwrite(fd, &on, sizeof(on), at) == sizeof(on))
			ret = wait_for_slot(fd, at);
	}
	close(fd);
	return ret;
}
