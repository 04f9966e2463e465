// SPDX-License-Identifier: MIT
/* Lists of commands, and jobs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_hw.h"
#include "ipu_internal.h"

/**
 * struct ipu_cmds - a list of commands, written directly into a buffer
 * @ctx: whose
 * @bo: the buffer
 * @va: where it is mapped
 * @count: commands written
 * @capacity: room
 * @seqno: last job that uses the list, 0 for none
 */
struct ipu_cmds {
	struct ipu_context *ctx;
	struct ipu_bo *bo;
	uint64_t va;
	uint32_t count;
	uint32_t capacity;
	uint64_t seqno;
};

int ipu_cmds_create(struct ipu_context *ctx, uint32_t capacity, struct ipu_cmds **out)
{
	struct ipu_cmds *cmds;
	int err;

	*out = NULL;
	err = ipu_check_process(ctx->dev);
	if (err)
		return err;
	if (!capacity || capacity > ctx->dev->info.max_cmds)
		return ipu_fail(-EINVAL, "A command list holds 1 to %u commands, not %u.",
				ctx->dev->info.max_cmds, capacity);
	cmds = calloc(1, sizeof(*cmds));
	if (!cmds)
		return ipu_fail_nomem("a command list");
	cmds->ctx = ctx;
	cmds->capacity = capacity;
	err = ipu_bo_create(ctx->dev, (size_t)capacity * IPU_CMD_SIZE, &cmds->bo);
	if (!err)
		err = ipu_bo_map(ctx, cmds->bo, IPU_BO_READ, &cmds->va);
	if (err) {
		ipu_bo_destroy(cmds->bo);
		free(cmds);
		return err;
	}
	*out = cmds;
	return 0;
}

void ipu_cmds_free(struct ipu_cmds *cmds)
{
	if (!cmds)
		return;
	ipu_bo_destroy(cmds->bo);
	free(cmds);
}

void ipu_cmds_destroy(struct ipu_cmds *cmds)
{
	if (!cmds)
		return;
	if (!ipu_is_parents(cmds->bo->dev)) {
		ipu_cmds_reset(cmds);
		ipu_bo_unmap(cmds->ctx, cmds->va);
	}
	ipu_cmds_free(cmds);
}

int ipu_cmds_reset(struct ipu_cmds *cmds)
{
	struct ipu_device *dev = cmds->ctx->dev;
	int status, err = ipu_check_process(dev);

	if (err)
		return err;
	/* The job's own status is reported to those that wait for it. */
	if (cmds->seqno)
		err = ipu_ctx_wait(cmds->ctx, cmds->seqno, INT64_MAX, &status);
	if (err)
		return ipu_fail_device(dev, err, "wait for a command list");
	cmds->seqno = 0;
	cmds->count = 0;
	return 0;
}

uint32_t ipu_cmds_count(const struct ipu_cmds *cmds)
{
	return cmds->count;
}

static int add(struct ipu_cmds *cmds, const void *cmd)
{
	unsigned char *place = cmds->bo->data;
	int err = ipu_check_process(cmds->bo->dev);

	if (err)
		return err;
	if (cmds->count == cmds->capacity)
		return ipu_fail(-ENOSPC, "The command list is full: it holds %u.", cmds->capacity);
	memcpy(place + (size_t)cmds->count * IPU_CMD_SIZE, cmd, IPU_CMD_SIZE);
	cmds->count++;
	return 0;
}

static int add_copy(struct ipu_cmds *cmds, uint32_t op, const struct ipu_copy *user)
{
	struct ipu_copy copy;
	struct ipu_cmd_copy cmd;
	int err;

	if (!user)
		return ipu_fail(-EINVAL, "A struct ipu_copy is needed.");
	err = IPU_STRUCT_IN(&copy, user, ipu_copy, host_row_stride);
	if (err)
		return err;
	cmd = (struct ipu_cmd_copy){
		.op = op,
		.tile_first = copy.tile_first,
		.tile_count = copy.tile_count,
		.tile_addr = copy.tile_addr,
		.host_va = copy.host_va,
		.host_tile_stride = copy.host_tile_stride,
		.row_bytes = copy.row_bytes,
		.rows = copy.rows,
		.host_row_stride = copy.host_row_stride,
		.tile_row_stride = copy.tile_row_stride,
	};
	return add(cmds, &cmd);
}

int ipu_cmds_copy_to_tiles(struct ipu_cmds *cmds, const struct ipu_copy *copy)
{
	return add_copy(cmds, IPU_CMD_COPY_TO_TILES, copy);
}

int ipu_cmds_copy_from_tiles(struct ipu_cmds *cmds, const struct ipu_copy *copy)
{
	return add_copy(cmds, IPU_CMD_COPY_FROM_TILES, copy);
}

int ipu_cmds_fill(struct ipu_cmds *cmds, uint32_t tile_first, uint32_t tile_count,
		  uint32_t tile_addr, uint32_t bytes, uint32_t value)
{
	const struct ipu_cmd_fill cmd = {
		.op = IPU_CMD_FILL,
		.tile_first = tile_first,
		.tile_count = tile_count,
		.tile_addr = tile_addr,
		.bytes = bytes,
		.value = value,
	};

	return add(cmds, &cmd);
}

int ipu_cmds_run(struct ipu_cmds *cmds, const struct ipu_launch *user)
{
	struct ipu_launch launch;
	struct ipu_cmd_run cmd;
	int err;

	if (!user)
		return ipu_fail(-EINVAL, "A struct ipu_launch is needed.");
	err = IPU_STRUCT_IN(&launch, user, ipu_launch, report_va);
	if (err)
		return err;
	cmd = (struct ipu_cmd_run){
		.op = IPU_CMD_RUN | (launch.resume ? IPU_CMD_RUN_RESUME : 0) |
		      (cmds->ctx->linked ? IPU_CMD_RUN_LINKED : 0),
		.tile_first = launch.tile_first,
		.tile_count = launch.tile_count,
		.entry = launch.entry,
		.report_va = launch.report_va,
		.sp = launch.sp,
		.arg = launch.arg,
		.profile_va = launch.profile_va,
	};
	return add(cmds, &cmd);
}

struct ipu_copy ipu_word_copy(const struct ipu_context *ctx, uint32_t addr, uint64_t va)
{
	return (struct ipu_copy){
		.size = sizeof(struct ipu_copy),
		.tile_count = ctx->tiles,
		.tile_addr = addr,
		.row_bytes = sizeof(uint32_t),
		.rows = 1,
		.host_va = va,
		.host_tile_stride = sizeof(uint32_t),
	};
}

void ipu_cmds_truncate(struct ipu_cmds *cmds, uint32_t count)
{
	cmds->count = count;
}

void ipu_cmds_move(struct ipu_cmds *cmds, uint64_t from, size_t bytes, uint64_t to)
{
	unsigned char *place = cmds->bo->data;

	for (uint32_t i = 0; i < cmds->count; i++) {
		struct ipu_cmd_copy cmd;

		memcpy(&cmd, place + (size_t)i * IPU_CMD_SIZE, sizeof(cmd));
		if ((cmd.op != IPU_CMD_COPY_TO_TILES && cmd.op != IPU_CMD_COPY_FROM_TILES) ||
		    cmd.host_va < from || cmd.host_va - from >= bytes)
			continue;
		cmd.host_va += to - from;
		memcpy(place + (size_t)i * IPU_CMD_SIZE, &cmd, sizeof(cmd));
	}
}

int ipu_ctx_wait(struct ipu_context *ctx, uint64_t seqno, int64_t deadline_ns, int *status)
{
	struct ipu_device *dev = ctx->dev;
	int err = ctx->userq ? ipu_userq_wait(ctx, seqno, deadline_ns, status) :
			       dev->ops->wait(dev, ctx->id, seqno, deadline_ns, status);

	if (!err && !*status && dev->ops->trace_status)
		*status = dev->ops->trace_status(dev);
	return err;
}

int ipu_ctx_fault(struct ipu_context *ctx, uint64_t seqno, struct ipu_fault *fault)
{
	if (ctx->userq)
		return ipu_userq_get_fault(ctx, seqno, fault);
	return ctx->dev->ops->get_fault(ctx->dev, ctx->id, seqno, fault);
}

/* The context has as many jobs as it may. */
static int fail_quota(struct ipu_context *ctx)
{
	struct ipu_device *dev = ctx->dev;
	struct ipu_limits limits = { 0 };

	dev->ops->get_limits(dev, &limits);
	return ipu_fail(
		-EDQUOT,
		"%s: %u jobs of the context have not ended, and it may have no more: wait for "
		"one with ipu_wait() before the next is submitted.",
		dev->info.name, ctx->userq ? ipu_userq_room() : limits.ctx_jobs);
}

static int submit(struct ipu_context *ctx, uint64_t cmd_va, uint32_t count, uint64_t *seqno)
{
	struct ipu_device *dev = ctx->dev;
	int err;

	if (cmd_va % IPU_CMD_SIZE)
		return ipu_fail(-EINVAL, "Commands at 0x%llx are not aligned to %d bytes.",
				(unsigned long long)cmd_va, IPU_CMD_SIZE);
	if (!count || count > dev->info.max_cmds)
		return ipu_fail(-EINVAL, "A submission has 1 to %u commands, not %u.",
				dev->info.max_cmds, count);

	err = ctx->userq ? ipu_userq_submit(ctx, cmd_va, count, seqno) :
			   dev->ops->submit(dev, ctx->id, cmd_va, count, seqno);
	if (err == -EIO)
		return ipu_fail_lost(ctx, err, "submit commands");
	if (err == -EDQUOT)
		return fail_quota(ctx);
	if (err)
		return ipu_fail_device(dev, err, "submit %u commands", count);
	return 0;
}

static int submit_list(struct ipu_cmds *cmds, uint64_t *seqno)
{
	int err;

	if (!cmds->count)
		return ipu_fail(-EINVAL, "The command list is empty.");
	err = submit(cmds->ctx, cmds->va, cmds->count, seqno);
	if (!err)
		cmds->seqno = *seqno;
	return err;
}

int ipu_cmds_submit_locked(struct ipu_cmds *cmds, uint64_t *seqno)
{
	*seqno = 0;
	return submit_list(cmds, seqno);
}

int ipu_cmds_submit(struct ipu_cmds *cmds, uint64_t *seqno)
{
	int err;

	*seqno = 0;
	err = ipu_check_process(cmds->ctx->dev);
	if (!err)
		err = ipu_ctx_settle(cmds->ctx);
	return err ? err : submit_list(cmds, seqno);
}

int ipu_submit(struct ipu_context *ctx, uint64_t cmd_va, uint32_t count, uint64_t *seqno)
{
	int err;

	*seqno = 0;
	err = ipu_check_process(ctx->dev);
	if (!err)
		err = ipu_ctx_settle(ctx);
	return err ? err : submit(ctx, cmd_va, count, seqno);
}

int ipu_wait_status(struct ipu_context *ctx, uint64_t seqno, int64_t deadline_ns, int *status)
{
	struct ipu_device *dev = ctx->dev;
	int err = ipu_ctx_wait(ctx, seqno, deadline_ns, status);

	if (err == -EINVAL)
		return ipu_fail(err, "Job %llu was never submitted in this context.",
				(unsigned long long)seqno);
	if (err == -ETIME)
		return ipu_fail(err, "Job %llu has not ended in time; it is still running.",
				(unsigned long long)seqno);
	if (err)
		return ipu_fail_device(dev, err, "wait for job %llu", (unsigned long long)seqno);
	return 0;
}

/* The context is lost, and the job with it; of a user queue all that nobody else will tell of. */
static int fail_lost_job(struct ipu_context *ctx, uint64_t seqno, int status)
{
	uint64_t first = 0, count = ctx->userq ? ipu_userq_lost(ctx, &first) : 0;
	char what[128];

	if (count > 1)
		snprintf(what, sizeof(what), "finish job %llu, one of the %llu from %llu on",
			 (unsigned long long)seqno, (unsigned long long)count,
			 (unsigned long long)first);
	else
		snprintf(what, sizeof(what), "finish job %llu", (unsigned long long)seqno);
	return ipu_fail_lost(ctx, status, what);
}

int ipu_fail_status(struct ipu_context *ctx, uint64_t seqno, int status)
{
	struct ipu_device *dev = ctx->dev;
	struct ipu_fault fault = { .size = sizeof(fault) };

	if (!status)
		return 0;
	if (!ipu_ctx_fault(ctx, seqno, &fault))
		return ipu_fail_fault(status, &fault, ctx->program);
	if (dev->ops->explain && dev->ops->explain(dev, status))
		return status;
	if ((status == -EIO || status == -ETIMEDOUT) && !ipu_context_usable(ctx))
		return fail_lost_job(ctx, seqno, status);
	if (status == -ETIMEDOUT)
		return ipu_fail(status, "%s: job %llu took too long and was stopped.",
				dev->info.name, (unsigned long long)seqno);
	if (status == -EIO)
		return ipu_fail(status,
				"%s: job %llu was stopped by a fault that is no longer on record.",
				dev->info.name, (unsigned long long)seqno);
	if (status == -ENODATA)
		return ipu_fail(
			status,
			"%s: job %llu has ended, but it is not known any more how: too many "
			"jobs of the context have failed since. Wait for a job sooner.",
			dev->info.name, (unsigned long long)seqno);
	return ipu_fail_device(dev, status, "finish job %llu", (unsigned long long)seqno);
}

int ipu_wait(struct ipu_context *ctx, uint64_t seqno, int64_t timeout_ns)
{
	int status = 0;
	int err = ipu_check_process(ctx->dev);

	if (!err)
		err = ipu_wait_status(ctx, seqno, ipu_deadline_ns(timeout_ns), &status);
	if (err || !status)
		return err;
	pthread_mutex_lock(&ctx->lock);
	err = ipu_fail_status(ctx, seqno, status);
	pthread_mutex_unlock(&ctx->lock);
	return err;
}
