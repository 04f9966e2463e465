// SPDX-License-Identifier: MIT
/* Running the loaded program. */
#include <errno.h>
#include <string.h>

#include "ipu_hw.h"
#include "ipu_internal.h"
#include "ipu_program.h"

/* What no card writes into a report: one that still has it was not written. */
#define NOT_WRITTEN 0xff

/* An output that is not an input starts with all its rows; the last run may have lowered them. */
static int restore_rows(struct ipu_context *ctx)
{
	const struct ipu_program *prog = ctx->program;
	int err = 0;

	for (size_t i = 0; !err && i < prog->tensor_count; i++)
		if (prog->tensors[i].desc.direction == IPU_TENSOR_OUT)
			err = ipu_cmds_fill(ctx->launch, 0, ctx->tiles, prog->tensors[i].rows,
					    sizeof(uint32_t), prog->tensors[i].desc.shape[0]);
	return err;
}

static int launch(struct ipu_context *ctx, bool resume)
{
	const struct ipu_launch how = {
		.size = sizeof(how),
		.tile_count = ctx->tiles,
		.entry = resume ? 0 : ctx->program->entry,
		.sp = resume ? 0 : ctx->program->sp,
		.resume = resume,
		.report_va = ctx->report_va,
		.profile_va = ctx->profile.on ? ctx->profile.va : 0,
	};
	int err = ipu_cmds_reset(ctx->launch);

	if (!err && !resume)
		err = restore_rows(ctx);
	if (!err)
		err = ipu_cmds_run(ctx->launch, &how);
	if (err)
		return err;

	memset(ctx->report->data, NOT_WRITTEN, sizeof(struct ipu_run_report));
	ctx->run_start_ns = ipu_now_ns();
	err = ipu_cmds_submit(ctx->launch, &ctx->run_seqno);
	if (!err)
		ctx->state = IPU_CONTEXT_STARTED;
	return err;
}

static int check_state(struct ipu_context *ctx, bool resume)
{
	switch (ctx->state) {
	case IPU_CONTEXT_EMPTY:
		return ipu_fail(-EINVAL, "No program is loaded: call ipu_load() first.");
	case IPU_CONTEXT_FAULTED:
		if (!ipu_context_usable(ctx))
			return ipu_fail_lost(ctx, -EIO, "run the program");
		return ipu_fail(-EINVAL, "The program has faulted: load it again before it is "
					 "run.");
	case IPU_CONTEXT_STARTED:
		return ipu_fail(-EBUSY, "A run is under way: wait for it with ipu_run_wait().");
	case IPU_CONTEXT_LOADED:
		if (resume)
			return ipu_fail(-EINVAL, "The program does not wait at an external sync: "
						 "start it with ipu_run().");
		return 0;
	case IPU_CONTEXT_AT_SYNC:
		return 0;
	}
	return -EINVAL;
}

static int start(struct ipu_context *ctx, bool resume)
{
	int err = ipu_context_lock(ctx);

	if (err)
		return err;
	err = check_state(ctx, resume);
	if (!err)
		err = launch(ctx, resume);
	pthread_mutex_unlock(&ctx->lock);
	return err;
}

int ipu_run_start(struct ipu_context *ctx)
{
	return start(ctx, false);
}

int ipu_resume_start(struct ipu_context *ctx)
{
	return start(ctx, true);
}

static void read_report(struct ipu_context *ctx, struct ipu_report *report)
{
	const struct ipu_run_report *run = ctx->report->data;

	*report = (struct ipu_report){
		.size = sizeof(*report),
		.at_sync = run->state == IPU_RUN_AT_SYNC,
		.exit_tile = run->exit_tile,
		.exit_code = run->exit_code,
		.cycles = run->cycles,
		.instructions = run->instructions,
		.supersteps = run->supersteps,
		.exchange_bytes = run->exchange_bytes,
		.host_ns = ipu_now_ns() - ctx->run_start_ns,
	};
}

static bool has_report(const struct ipu_context *ctx)
{
	const struct ipu_run_report *run = ctx->report->data;

	return run->state == IPU_RUN_EXITED || run->state == IPU_RUN_AT_SYNC;
}

/* The run has ended with @status; the lock is held. */
static int finish(struct ipu_context *ctx, int status, struct ipu_report *report)
{
	struct ipu_report done;

	if (status) {
		ctx->state = IPU_CONTEXT_FAULTED;
		return ipu_fail_status(ctx, ctx->run_seqno, status);
	}
	if (!has_report(ctx)) {
		ctx->state = IPU_CONTEXT_FAULTED;
		return ipu_fail(
			-EIO,
			"%s: the run ended without an error, but the card has written no report "
			"of it, so nothing that it wrote can be trusted. The card and this "
			"process do not see the same memory: dmesg may say more about the card, "
			"its driver or the IOMMU.",
			ctx->dev->info.name);
	}
	read_report(ctx, &done);
	ctx->state = done.at_sync ? IPU_CONTEXT_AT_SYNC : IPU_CONTEXT_LOADED;
	if (report)
		ipu_struct_out(report, &done, sizeof(done));
	return 0;
}

/* Checked before anything is started: a call that fails has changed nothing. */
static int check_report(const struct ipu_report *report)
{
	return report ? IPU_STRUCT_CHECK(report, ipu_report, host_ns) : 0;
}

int ipu_run_wait(struct ipu_context *ctx, int64_t timeout_ns, struct ipu_report *report)
{
	enum ipu_context_state state;
	uint64_t seqno;
	int status = 0;
	int err = check_report(report);

	if (!err)
		err = ipu_context_lock(ctx);
	if (err)
		return err;
	state = ctx->state;
	seqno = ctx->run_seqno;
	pthread_mutex_unlock(&ctx->lock);
	if (state != IPU_CONTEXT_STARTED)
		return ipu_fail(-EINVAL, "No run is under way: start one with ipu_run_start().");

	err = ipu_wait_status(ctx, seqno, timeout_ns, &status);
	if (err)
		return err;

	pthread_mutex_lock(&ctx->lock);
	if (ctx->state == IPU_CONTEXT_STARTED && ctx->run_seqno == seqno)
		err = finish(ctx, status, report);
	else
		err = ipu_fail(-EINVAL, "Another thread has waited for this run already.");
	pthread_mutex_unlock(&ctx->lock);
	return err;
}

static int run(struct ipu_context *ctx, bool resume, struct ipu_report *report)
{
	int err = check_report(report);

	if (!err)
		err = start(ctx, resume);
	return err ? err : ipu_run_wait(ctx, -1, report);
}

int ipu_run(struct ipu_context *ctx, struct ipu_report *report)
{
	return run(ctx, false, report);
}

int ipu_resume(struct ipu_context *ctx, struct ipu_report *report)
{
	return run(ctx, true, report);
}
