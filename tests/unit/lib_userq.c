// SPDX-License-Identifier: MIT
/* What the tests of user queues share. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipu_hw.h"
#include "lib_userq.h"

#define SLOW_WATCHDOG_MS 3000

bool uq_on_card(void)
{
	return getenv("IPU_DEVICE");
}

struct ipu_device *uq_open_device(void)
{
	struct ipu_device *dev;

	if (!uq_on_card())
		return lib_open_sim(UQ_TILES);
	assert_ok(ipu_open(NULL, &dev));
	return dev;
}

struct ipu_context *uq_make_context(struct ipu_device *dev, uint32_t watchdog_ms)
{
	const struct ipu_context_options options = {
		.size = sizeof(options),
		.tiles = UQ_TILES,
		.watchdog_ms = watchdog_ms,
		.flags = IPU_CONTEXT_USER_QUEUE,
	};
	struct ipu_context *ctx;

	assert_ok(ipu_context_create(dev, &options, &ctx));
	return ctx;
}

struct ipu_cmds *uq_make_run(struct ipu_context *ctx, uint32_t insn)
{
	const struct ipu_launch launch = {
		.size = sizeof(launch),
		.tile_count = 1,
		.entry = UQ_ADDR + 4,
		.sp = IPU_SRAM_BASE + 0x4000,
	};
	struct ipu_cmds *cmds;

	assert_ok(ipu_cmds_create(ctx, 2, &cmds));
	assert_ok(ipu_cmds_fill(cmds, 0, 1, UQ_ADDR + 4, 4, insn));
	assert_ok(ipu_cmds_run(cmds, &launch));
	return cmds;
}

struct uq_bench uq_begin_with(uint32_t watchdog_ms)
{
	static const uint32_t jump_self = 0x0000006f;
	struct uq_bench b = { .dev = uq_open_device() };

	b.ctx = uq_make_context(b.dev, watchdog_ms);
	assert_ok(ipu_cmds_create(b.ctx, 1, &b.good));
	assert_ok(ipu_cmds_fill(b.good, 0, UQ_TILES, UQ_ADDR, 4, 1));
	assert_ok(ipu_cmds_create(b.ctx, 1, &b.bad));
	assert_ok(ipu_cmds_fill(b.bad, UQ_TILES, 1, UQ_ADDR, 4, 1));
	b.loop = uq_make_run(b.ctx, jump_self);
	return b;
}

struct uq_bench uq_begin(void)
{
	return uq_begin_with(UQ_WATCHDOG_MS);
}

struct uq_bench uq_begin_slow(void)
{
	return uq_begin_with(SLOW_WATCHDOG_MS);
}

void uq_end(struct uq_bench *b)
{
	ipu_cmds_destroy(b->good);
	ipu_cmds_destroy(b->bad);
	ipu_cmds_destroy(b->loop);
	ipu_context_destroy(b->ctx);
	ipu_close(b->dev);
}

struct ipu_submission uq_submission(struct ipu_context *ctx)
{
	struct ipu_submission now = { .size = sizeof(now) };

	assert_ok(ipu_get_submission(ctx, &now));
	return now;
}

uint64_t uq_submit(struct ipu_cmds *cmds)
{
	uint64_t seqno = 0;

	assert_ok(ipu_cmds_submit(cmds, &seqno));
	return seqno;
}

void uq_check_works(struct uq_bench *b)
{
	assert_ok(ipu_wait(b->ctx, uq_submit(b->good), -1));
}

uint64_t uq_submit_until_room(struct uq_bench *b)
{
	uint64_t seqno;

	for (int tries = 0; ipu_cmds_submit(b->good, &seqno); tries++) {
		assert_true(tries < 10000);
		usleep(1000);
	}
	return seqno;
}

struct ipu_bo *uq_make_fences(struct uq_bench *b, const uint64_t *values, size_t count,
			      uint64_t *va)
{
	static const uint32_t no_command = UINT32_MAX;
	struct ipu_cmd_fence *fence;
	struct ipu_bo *bo;

	assert_ok(ipu_bo_create(b->dev, 4096, &bo));
	assert_ok(ipu_bo_map(b->ctx, bo, IPU_BO_WRITE, va));
	fence = ipu_bo_data(bo);
	for (size_t i = 0; i < count; i++)
		fence[i] = (struct ipu_cmd_fence){
			.op = IPU_CMD_FENCE,
			.va = *va + 2048,
			.value = values[i],
		};
	memcpy(fence + count, &no_command, sizeof(no_command));
	return bo;
}
