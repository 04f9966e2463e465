/* SPDX-License-Identifier: MIT */
/*
 * How long a small job takes, submitted by the driver and by a user queue:
 *
 *	small-jobs [JOBS]
 *
 * Each job fills one word of one tile and copies it back; the next is submitted when it has
 * ended. The device is the one that $IPU_DEVICE names, or the first card.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ipu.h>

#define MOST 1000000

static void check(int err)
{
	if (!err)
		return;
	fprintf(stderr, "small-jobs: %s\n", ipu_error());
	exit(1);
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* One job, which has the tile give @value back to the word at @va. */
static void do_job(struct ipu_context *ctx, struct ipu_cmds *cmds, uint32_t addr, uint64_t va,
		   uint32_t value)
{
	const struct ipu_copy back = {
		.size = sizeof(back),
		.tile_count = 1,
		.tile_addr = addr,
		.row_bytes = sizeof(value),
		.rows = 1,
		.host_va = va,
	};
	uint64_t seqno;

	check(ipu_cmds_reset(cmds));
	check(ipu_cmds_fill(cmds, 0, 1, addr, sizeof(value), value));
	check(ipu_cmds_copy_from_tiles(cmds, &back));
	check(ipu_cmds_submit(cmds, &seqno));
	check(ipu_wait(ctx, seqno, -1));
}

/* Microseconds that a job takes on average, or less than 0 without a user queue. */
static double measure(struct ipu_device *dev, uint64_t flags, uint32_t jobs)
{
	const struct ipu_context_options options = {
		.size = sizeof(options),
		.tiles = 1,
		.flags = flags,
	};
	struct ipu_submission how = { .size = sizeof(how) };
	struct ipu_info info = { .size = sizeof(info) };
	struct ipu_context *ctx;
	struct ipu_cmds *cmds;
	struct ipu_bo *bo;
	uint64_t va;
	double us = -1;

	check(ipu_get_info(dev, &info));
	check(ipu_context_create(dev, &options, &ctx));
	check(ipu_get_submission(ctx, &how));
	if (flags && !how.user_queue) {
		printf("no user queue: %s\n", how.why_not);
		ipu_context_destroy(ctx);
		return us;
	}
	check(ipu_bo_create(dev, sizeof(uint32_t), &bo));
	check(ipu_bo_map(ctx, bo, IPU_BO_WRITE, &va));
	check(ipu_cmds_create(ctx, 2, &cmds));
	us = now_us();
	for (uint32_t i = 1; i <= jobs; i++) {
		do_job(ctx, cmds, info.sram_base, va, i);
		if (*(uint32_t *)ipu_bo_data(bo) != i) {
			fprintf(stderr, "small-jobs: job %u gave back another value\n", i);
			exit(1);
		}
	}
	us = (now_us() - us) / jobs;
	ipu_cmds_destroy(cmds);
	ipu_bo_destroy(bo);
	ipu_context_destroy(ctx);
	return us;
}

int main(int argc, char **argv)
{
	unsigned long jobs = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	struct ipu_device *dev;
	double us;

	if (argc > 2 || !jobs || jobs > MOST) {
		fprintf(stderr, "usage: small-jobs [JOBS], 1 to %d\n", MOST);
		return 2;
	}
	check(ipu_open(NULL, &dev));
	printf("by the driver: %.1f us a job\n", measure(dev, 0, (uint32_t)jobs));
	us = measure(dev, IPU_CONTEXT_USER_QUEUE, (uint32_t)jobs);
	if (us >= 0)
		printf("by a user queue: %.1f us a job\n", us);
	ipu_close(dev);
	return 0;
}
