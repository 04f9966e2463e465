// SPDX-License-Identifier: MIT
/*
 * The machine is migrated while a job runs on a card, and one on two that are linked: they end
 * there as they do here.
 *
 * All that this machine has is a kernel, the driver and this program, which writes TAP to the
 * serial console; tests/vm/test-migration reads it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ipu_rv.h"
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

/* The same, and meet those of the other card after each 2^24. */
static const uint32_t linked_code[] = {
	RV_LI(RV_T1, 16), /* li t1, 16 */
	RV_LUI(RV_T0, 0x1000), /* 1: lui t0, 0x1000 */
	RV_ADDI(RV_T0, RV_T0, -1), /* 2: addi t0, t0, -1 */
	RV_BNE(RV_T0, 0, -4), /* bnez t0, 2b */
	RV_IPU_SYNC(IPU_ZONE_INTERNAL), /* ipu.sync internal */
	RV_ADDI(RV_T1, RV_T1, -1), /* addi t1, t1, -1 */
	RV_BNE(RV_T1, 0, -20), /* bnez t1, 1b */
	RV_IPU_EXIT(0), /* ipu.exit zero */
};

/* A job on a card of its own, and one that two linked cards have together. */
#define SESSIONS 3

static int open_sessions(struct ipu_session s[SESSIONS])
{
	int ret = ipu_session_open(&s[0], 0, 0xffffffff);
	unsigned int i;
	int link;

	if (ret)
		return ret;
	link = ipu_link_create(s[0].fd, 2);
	if (link < 0)
		return link;
	for (i = 1; i < SESSIONS && !ret; i++)
		ret = ipu_session_open_member(&s[i], i, 1, link, i - 1, 0xffffffff);
	close(link);
	return ret;
}

static int start(struct ipu_session s[SESSIONS], uint64_t seqno[SESSIONS])
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < SESSIONS && !ret; i++) {
		memset(ipu_mem(&s[i], IPU_MEM_REPORT), 0, sizeof(struct ipu_run_report));
		if (i) {
			ipu_add_code(&s[i], linked_code, ARRAY_LEN(linked_code));
			ipu_add_linked_run(&s[i]);
		} else {
			ipu_add_code(&s[i], code, ARRAY_LEN(code));
			ipu_add_run(&s[i], 0, true);
		}
		ret = ipu_submit(&s[i], &seqno[i]);
	}
	return ret;
}

static int finish(struct ipu_session s[SESSIONS], const uint64_t seqno[SESSIONS],
		  struct ipu_run_report report[SESSIONS])
{
	unsigned int i;
	int status = 1;
	int ret = 0;

	for (i = 0; i < SESSIONS && !ret; i++) {
		ret = ipu_wait(s[i].fd, s[i].ctx, seqno[i], 5 * IPU_TEST_WAIT_MS, &status);
		ret = ret ? ret : status;
		memcpy(&report[i], ipu_mem(&s[i], IPU_MEM_REPORT), sizeof(report[i]));
	}
	return ret;
}

/* None of the jobs has completed. */
static bool all_run(struct ipu_session s[SESSIONS], const uint64_t seqno[SESSIONS])
{
	unsigned int i;
	int status;

	for (i = 0; i < SESSIONS; i++)
		if (ipu_wait(s[i].fd, s[i].ctx, seqno[i], 0, &status) != -ETIME)
			return false;
	return true;
}

/* On a busy host they may have ended when this process has its turn. */
static bool run_on(struct ipu_session s[SESSIONS], uint64_t seqno[SESSIONS])
{
	struct ipu_run_report report[SESSIONS];
	unsigned int tries;

	for (tries = 0; tries < 20; tries++) {
		if (start(s, seqno))
			return false;
		ipu_sleep_ms(20);
		if (all_run(s, seqno))
			return true;
		if (finish(s, seqno, report))
			return false;
	}
	return false;
}

int main(void)
{
	struct ipu_run_report here[SESSIONS] = { 0 }, there[SESSIONS] = { 0 };
	struct ipu_session s[SESSIONS];
	uint64_t seqno[SESSIONS] = { 0 };
	unsigned int i;

	log_file = open("/dev/ttyS0", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (log_file < 0)
		return 1;
	check(!open_sessions(s), "contexts, of which two are linked");
	check(!start(s, seqno) && !finish(s, seqno, here), "a job on one card, and one on two");
	check(run_on(s, seqno), "they run again, and go on");
	dprintf(log_file, "TAP: # migrate now\n");
	check(!finish(s, seqno, there), "they complete");
	check(here[0].instructions && !memcmp(&here[0], &there[0], sizeof(here[0])),
	      "in the same number of cycles");
	check(here[1].supersteps == 17 && !memcmp(&here[1], &there[1], 2 * sizeof(here[1])),
	      "also on linked cards");
	check(!start(s, seqno) && !finish(s, seqno, there), "the next jobs");
	for (i = 0; i < SESSIONS; i++)
		ipu_session_close(&s[i]);
	dprintf(log_file, "TAP: 1..%u\n", count);
	return 0;
}
