// SPDX-License-Identifier: MIT
/*
 * usage: kexec reboot|crash KERNEL INITRAMFS COMMAND-LINE
 *
 * Start another kernel, or have this one crash and that one started, while the card
 * writes into this one's memory for ever. Does not return if that works. For
 * tests/vm/test-kexec.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ipu_test.h"

static int load(bool crash, const char *kernel, const char *initramfs, const char *line)
{
	int image = open(kernel, O_RDONLY | O_CLOEXEC);
	int files = open(initramfs, O_RDONLY | O_CLOEXEC);

	if (image < 0 || files < 0)
		return -errno;
	if (syscall(SYS_kexec_file_load, image, files, strlen(line) + 1, line,
		    crash ? (unsigned long)KEXEC_FILE_ON_CRASH : 0ul))
		return -errno;
	return 0;
}

int main(int argc, char **argv)
{
	bool crash = argc == 5 && !strcmp(argv[1], "crash");
	struct ipu_session s;
	uint64_t seqno;
	int ret;

	if (argc != 5 || (!crash && strcmp(argv[1], "reboot"))) {
		fprintf(stderr, "usage: kexec reboot|crash KERNEL INITRAMFS COMMAND-LINE\n");
		return 2;
	}
	ret = load(crash, argv[2], argv[3], argv[4]);
	if (ret) {
		fprintf(stderr, "kexec_file_load: %s\n", strerror(-ret));
		return 1;
	}
	ret = ipu_session_open(&s, 0, 0);
	if (!ret) {
		ipu_add_endless_copy(&s);
		ret = ipu_submit(&s, &seqno);
	}
	if (ret) {
		fprintf(stderr, "no job: %s\n", strerror(-ret));
		return 1;
	}
	ipu_sleep_ms(200);

	if (crash)
		ret = ipu_write_file("/proc/sysrq-trigger", "c");
	else if (syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			 LINUX_REBOOT_CMD_KEXEC, NULL))
		ret = -errno;
	fprintf(stderr, "this kernel goes on: %s\n", strerror(-ret));
	return 1;
}
