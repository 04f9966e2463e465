// SPDX-License-Identifier: MIT
/*
 * The machine is migrated while a job runs on the card: the job ends there as it does here.
 *
 * All that this machine has is a kernel, the driver and this program, which writes TAP to the
 * serial console; tests/vm/test-migration reads it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ipu_test.h"

static int log_file;
static unsigned int count;

static void check(bool ok, const char *what)
{
	dprintf(log_file, "TAP: %sok %u - %s\n", ok ? "" : "not ", ++count, what);
}

/* Tiles count to 2^28, which takes seconds. */
static const uint32_t code[] = {
	0x100002b7, /* lui t0, 0x10000 */
	0xfff28293, /* 1: addi t0, t0, -1 */
	0xfe029ee3, /* bnez t0, 1b */
	IPU_F3_EXIT << 12 | IPU_OPCODE,
};

static int start(struct ipu_session *s, uint64_t *seqno)
{
	memset(ipu_mem(s, IPU_MEM_REPORT), 0, sizeof(struct ipu_run_report));
	ipu_add_code(s, code, ARRAY_LEN(code));
	ipu_add_run(s, 0, true);
	return ipu_submit(s, seqno);
}

static int finish(struct ipu_session *s, uint64_t seqno, struct ipu_run_report *report)
{
	int status = 1;
	int ret = ipu_wait(s->fd, s->ctx, seqno, 5 * IPU_TEST_WAIT_MS, &status);

	memcpy(report, ipu_mem(s, IPU_MEM_REPORT), sizeof(*report));
	return ret ? ret : status;
}

int main(void)
{
	struct ipu_run_report here = { 0 }, there = { 0 };
	struct ipu_session s;
	uint64_t seqno = 0;

	log_file = open("/dev/ttyS0", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (log_file < 0)
		return 1;
	check(!ipu_session_open(&s, 0, 0xffffffff), "a context");
	check(!start(&s, &seqno) && !finish(&s, seqno, &here), "a job");
	check(!start(&s, &seqno), "it runs again");
	ipu_sleep_ms(100);
	dprintf(log_file, "TAP: # migrate now\n");
	check(!finish(&s, seqno, &there), "it completes");
	check(here.instructions && !memcmp(&here, &there, sizeof(here)),
	      "in the same number of cycles");
	check(!start(&s, &seqno) && !finish(&s, seqno, &there), "the next job");
	ipu_session_close(&s);
	dprintf(log_file, "TAP: 1..%u\n", count);
	return 0;
}
