// SPDX-License-Identifier: MIT
/*
 * How many interrupts a context has: one for each event or, with the module's parameter
 * irq_coalesce_us, one for several; but the last one is never late.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_harness.h"
#include "ipu_rv.h"
#include "ipu_test.h"

#define COALESCE "/sys/module/ipu/parameters/irq_coalesce_us"
#define BUSY_WAIT "/sys/module/ipu/parameters/busy_wait_us"

/* What the driver makes of a longer time, the longest that the card has; and of how many events. */
#define LONGEST_MS 65
#define SHARE 8

#define EVENTS 64
#define TRIES 20

/* Interrupts of all cards so far, or -1. */
static long interrupts(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	char line[1024], *at, *end;
	long sum = 0;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		at = strchr(line, ':');
		end = strstr(line, " ipu\n");
		if (!at || !end)
			continue;
		/* A number for each processor, and then words. */
		for (at++;; at = end) {
			long number = strtol(at, &end, 10);

			if (end == at)
				break;
			sum += number;
		}
	}
	fclose(file);
	return sum;
}

static int64_t now_ms(void)
{
	return ipu_deadline(0) / 1000000;
}

FIXTURE(irq)
{
	char coalesce[32], busy_wait[32];
	struct ipu_session s;
};

FIXTURE_SETUP(irq)
{
	ASSERT_EQ(0, ipu_read_file(COALESCE, self->coalesce, sizeof(self->coalesce)));
	ASSERT_EQ(0, ipu_read_file(BUSY_WAIT, self->busy_wait, sizeof(self->busy_wait)));
	/* A wait is to end by the interrupt. */
	ASSERT_EQ(0, ipu_write_file(BUSY_WAIT, "0"));
}

FIXTURE_TEARDOWN(irq)
{
	EXPECT_EQ(0, ipu_write_file(COALESCE, self->coalesce));
	EXPECT_EQ(0, ipu_write_file(BUSY_WAIT, self->busy_wait));
}

/* A RUN of some milliseconds, so that the processor takes one interrupt before the next. */
static void add_run(struct ipu_session *s)
{
	static const uint32_t code[] = {
		RV_LUI(RV_T0, 1 << 9), /* lui t0, 0x200 */
		RV_ADDI(RV_T0, RV_T0, -1), /* 1: addi t0, t0, -1 */
		RV_BNE(RV_T0, 0, -4), /* bnez t0, 1b */
		RV_IPU_EXIT(0), /* ipu.exit zero */
	};

	if (s->end == s->first)
		ipu_add_code(s, code, ARRAY_LEN(code));
	ipu_add_run(s, 0, false);
}

/*
 * One job with EVENTS events, each behind a RUN, in a context of its own. Returns how many
 * interrupts came, and how many may when events share them, or -errno.
 */
static int job_of_events(struct ipu_session *s, const char *coalesce_us, long *most)
{
	struct ipu_cmd_fence fence = { .op = IPU_CMD_FENCE | IPU_CMD_FENCE_IRQ, .value = 1 };
	int ret = ipu_write_file(COALESCE, coalesce_us);
	int64_t begun;
	long before;
	int i;

	ret = ret ? ret : ipu_session_open(s, 1, 0);
	if (ret)
		return ret;
	fence.va = ipu_mem_va(s, IPU_MEM_DATA);
	for (i = 0; i < EVENTS; i++) {
		add_run(s);
		ipu_add(s, &fence);
	}
	before = interrupts();
	begun = now_ms();
	ret = ipu_run(s);
	/* The job's own event is one more; one message is the last, and some whose time is over. */
	*most = (EVENTS + 1) / SHARE + (now_ms() - begun) / LONGEST_MS + 2;
	ret = ret ? ret : (int)(interrupts() - before);
	ipu_session_close(s);
	return ret;
}

TEST_F(irq, events_share_interrupts)
{
	long most;
	int count = job_of_events(&self->s, "1000000", &most);

	EXPECT_LT(0, count);
	EXPECT_GE(most, count);
}

/* Where the processor is busy with other things it may miss some, but not each time. */
TEST_F(irq, each_event_has_one)
{
	int count = 0, i;
	long most;

	for (i = 0; i < TRIES && count >= 0 && count < EVENTS / 2; i++)
		count = job_of_events(&self->s, "0", &most);
	EXPECT_LE(EVENTS / 2, count);
	EXPECT_GE(EVENTS + 1, count);
}

/* If it were held back for its time, each of these would take longer. */
TEST_F(irq, the_last_one_is_never_late)
{
	int64_t took = LONGEST_MS, begun;
	int i;

	ASSERT_EQ(0, ipu_write_file(COALESCE, "1000000"));
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 0));
	for (i = 0; i < 10 * TRIES && took >= LONGEST_MS / 2; i++) {
		ipu_add_fill(&self->s, IPU_TILE_DATA, 4, 1);
		begun = now_ms();
		ASSERT_EQ(0, ipu_run(&self->s));
		took = now_ms() - begun;
	}
	EXPECT_GT(LONGEST_MS / 2, took);
	ipu_session_close(&self->s);
}

TEST_HARNESS_MAIN
