// SPDX-License-Identifier: MIT
/*
 * The machine is suspended while the card works, and resumed: the contexts are lost
 * at once, with an error, and the card works again.
 *
 * The guest's file system does not survive that, nor may its consoles. So this stays
 * in memory, writes TAP to the serial console, and resets the machine at the end;
 * tests/vm/test-suspend reads its log.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ipu_userq.h"

static int log_file;
static unsigned int count;

static void check(bool ok, const char *what)
{
	dprintf(log_file, "TAP: %sok %u - %s\n", ok ? "" : "not ", ++count, what);
}

static void check_value(int value, int wanted, const char *what)
{
	check(value == wanted, what);
	if (value != wanted)
		dprintf(log_file, "TAP: # %d instead of %d\n", value, wanted);
}

/* Everything that suspending does to devices, and nothing else. */
static int suspend_devices(void)
{
	int ret = ipu_write_file("/sys/power/pm_test", "devices");

	ipu_write_file("/sys/module/suspend/parameters/pm_test_delay", "1");
	return ret ? ret : ipu_write_file("/sys/power/state", "freeze");
}

/* Both have ended before the machine was suspended, so nobody has to wait for them. */
static void check_lost(struct ipu_session *s, uint64_t running, uint64_t queued)
{
	int status = 1;
	uint64_t seqno;

	check_value(ipu_wait(s->fd, s->ctx, running, 0, &status), 0, "the job that ran has ended");
	check_value(status, -EIO, "with EIO");
	status = 1;
	check_value(ipu_wait(s->fd, s->ctx, queued, 0, &status), 0, "so has the one behind it");
	check_value(status, -EIO, "with EIO, too");
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	check_value(ipu_submit(s, &seqno), -EIO, "the context takes no job");
}

/* Its doorbell is a page of memory, on a card that has no power as on one that has it back. */
static void check_queue_lost(struct ipu_uq *q)
{
	check_value(uq_wait(q, 1, 0), -EIO, "the user queue is lost");
	*q->bell.page = 0x7777;
	check_value((int)*q->bell.page, 0x7777, "and its doorbell rings nothing");
	check_value(uq_destroy(q), 0, "it can be destroyed");
	uq_unmap(q);
}

static void check_works(uint32_t tiles)
{
	struct ipu_session s;
	uint32_t *out;

	check_value(ipu_session_open(&s, tiles, 0), 0, "a new context");
	out = ipu_mem(&s, IPU_MEM_DATA);
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 0x600d);
	ipu_add_copy(&s, IPU_CMD_COPY_FROM_TILES, s.tiles - 1, 1, IPU_TILE_DATA,
		     ipu_mem_va(&s, IPU_MEM_DATA), 0, 4);
	check_value(ipu_run(&s), 0, "its job completes");
	check(out[0] == 0x600d, "and does what it should");
	ipu_session_close(&s);
}

int main(void)
{
	uint64_t running, queued;
	struct ipu_session s;
	struct ipu_uq q;
	int i;

	log_file = open("/dev/ttyS0", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (log_file < 0 || mlockall(MCL_CURRENT | MCL_FUTURE)) {
		perror("suspend: /dev/ttyS0, or memory");
		return 1;
	}
	for (i = 0; i < 2; i++) {
		check_value(ipu_session_open(&s, 0, 0xffffffff), 0, "a context");
		check_value(ipu_start_loop(&s, &running), 0, "a job runs");
		ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
		check_value(ipu_submit(&s, &queued), 0, "another one waits");
		check_value(uq_open(&q, &s), 0, "so does a user queue");
		uq_fence(&q, 1);
		uq_ring(&q);
		check_value(suspend_devices(), 0, "the machine was suspended and resumed");
		check_lost(&s, running, queued);
		check_queue_lost(&q);
		ipu_session_close(&s);
		check_works(0);
	}
	dprintf(log_file, "TAP: 1..%u\n", count);
	ipu_sleep_ms(1000);
	ipu_write_file("/proc/sysrq-trigger", "b");
	return 1;
}
