// SPDX-License-Identifier: MIT
/* Running the loaded program. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ipu_flow.h"
#include "ipu_hw.h"
#include "ipu_internal.h"
#include "ipu_print.h"
#include "ipu_program.h"

/* What no card writes into a report: one that still has it was not written. */
#define NOT_WRITTEN 0xff

/*
 * An output that is not an input starts with all its rows, and in a grid columns; the last
 * run may have lowered them.
 */
static int restore_rows(struct ipu_context *ctx)
{
	const struct ipu_program *prog = ctx->program;
	int err = 0;

	for (size_t i = 0; !err && i < prog->tensor_count; i++) {
		const struct ipu_tensor *tensor = &prog->tensors[i];

		if (tensor->desc.direction != IPU_TENSOR_OUT)
			continue;
		err = ipu_cmds_fill(ctx->setup, 0, ctx->tiles, tensor->rows, sizeof(uint32_t),
				    tensor->desc.shape[0]);
		if (!err && tensor->desc.layout == IPU_GRID)
			err = ipu_cmds_fill(ctx->setup, 0, ctx->tiles,
					    tensor->place +
						    (uint32_t)offsetof(struct ipu_place, columns),
					    sizeof(uint32_t), tensor->desc.shape[1]);
	}
	return err;
}

/*
 * One job: what waits in the list, which is the inputs, the run, and copies of the outputs.
 * If it cannot be submitted the inputs wait for the next one.
 */
static int launch(struct ipu_context *ctx, bool resume)
{
	const struct ipu_launch how = {
		.size = sizeof(how),
		.tile_count = ctx->tiles,
		.entry = resume ? 0 : ctx->program->entry,
		.sp = resume ? 0 : ctx->program->sp,
		.arg = resume ? 0 : ctx->entry,
		.resume = resume,
		.report_va = ctx->report_va,
		.profile_va = ctx->profile.on ? ctx->profile.va : 0,
	};
	uint32_t waiting = ipu_cmds_count(ctx->setup);
	int err = resume ? 0 : restore_rows(ctx);

	if (!err)
		err = ipu_flows_before(ctx, resume);
	if (!err)
		err = ipu_cmds_run(ctx->setup, &how);
	if (!err)
		err = ipu_flows_after(ctx);
	if (!err)
		err = ipu_print_ahead(ctx);
	if (!err)
		err = ipu_fetch_add(ctx);
	ipu_report_expect(ctx->report->data);
	if (!err)
		err = ipu_cmds_submit_locked(ctx->setup, &ctx->run_seqno);
	if (err) {
		ipu_cmds_truncate(ctx->setup, waiting);
		ipu_flows_undo(ctx);
		ipu_fetch_drop(ctx);
	} else {
		ctx->state = IPU_CONTEXT_STARTED;
		ctx->run_served = false;
	}
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

static int find_entry(struct ipu_context *ctx, const char *name)
{
	const struct ipu_program *prog = ctx->program;
	char known[600] = "main";
	size_t used = strlen(known);

	if (!strcmp(name, "main")) {
		ctx->entry = 0;
		return 0;
	}
	for (size_t i = 0; i < prog->entry_count; i++) {
		if (!strcmp(prog->entries[i].name, name)) {
			ctx->entry = prog->entries[i].addr;
			return 0;
		}
		if (used < sizeof(known))
			used += (size_t)snprintf(known + used, sizeof(known) - used, ", %s",
						 prog->entries[i].name);
	}
	return ipu_fail(-ENOENT, "%s has no entry point \"%s\"; it has %s.", prog->name, name,
			known);
}

int ipu_set_entry(struct ipu_context *ctx, const char *name)
{
	int err = ipu_context_lock(ctx);

	if (err)
		return err;
	err = check_state(ctx, false);
	if (!err)
		err = find_entry(ctx, name);
	pthread_mutex_unlock(&ctx->lock);
	return err;
}

static int start(struct ipu_context *ctx, bool resume)
{
	int err = ipu_context_lock(ctx);

	if (err)
		return err;
	err = check_state(ctx, resume);
	if (!err)
		err = ipu_flows_check(ctx);
	if (!err) {
		ctx->run_total = (struct ipu_report){ .size = sizeof(ctx->run_total) };
		ctx->run_start_ns = ipu_now_ns();
		err = launch(ctx, resume);
	}
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

static void add_report(struct ipu_context *ctx)
{
	const struct ipu_run_report *run = ctx->report->data;
	struct ipu_report *total = &ctx->run_total;

	total->at_sync = run->state == IPU_RUN_AT_SYNC;
	total->exit_tile = run->exit_tile;
	total->exit_code = run->exit_code;
	total->cycles += run->cycles;
	total->instructions += run->instructions;
	total->supersteps += run->supersteps;
	total->exchange_bytes += run->exchange_bytes;
}

void ipu_report_expect(struct ipu_run_report *report)
{
	memset(report, NOT_WRITTEN, sizeof(*report));
}

int ipu_report_check(const struct ipu_device *dev, const struct ipu_run_report *report)
{
	if (report->state == IPU_RUN_EXITED || report->state == IPU_RUN_AT_SYNC)
		return 0;
	return ipu_fail(-EIO,
			"%s: the run ended without an error, but the card has written no report of "
			"it, so nothing that it wrote can be trusted. The card and this process do "
			"not see the same memory: dmesg may say more about the card, its driver or "
			"the IOMMU.",
			dev->info.name);
}

/* A job of the run has ended with @status; the lock is held. */
static int finish(struct ipu_context *ctx, int status)
{
	ipu_context_setup_drop(ctx);
	if (status)
		return ipu_fail_status(ctx, ctx->run_seqno, status);
	status = ipu_report_check(ctx->dev, ctx->report->data);
	if (status)
		return status;
	add_report(ctx);
	ctx->run_served = true;
	return ipu_flows_ended(ctx);
}

/*
 * What was printed is fetched first, so that the message is that of the run's failure;
 * that of a run which has not failed is a failure of its own.
 */
static int finish_and_print(struct ipu_context *ctx, int status, struct ipu_lines *lines)
{
	const struct ipu_run_report *run = ctx->report->data;
	int print_err, err;

	ipu_context_setup_drop(ctx);
	print_err = ipu_print_fetch(ctx, status, status || run->state == IPU_RUN_EXITED, lines);
	err = finish(ctx, status);
	return err ? err : print_err;
}

/* Wait for a job of the run, and hand on what tiles print meanwhile; no lock is held. */
static int wait_for_job(struct ipu_context *ctx, uint64_t seqno, bool prints, int64_t deadline_ns,
			int *status)
{
	return prints ? ipu_print_wait(ctx, seqno, deadline_ns, status) :
			ipu_wait_status(ctx, seqno, deadline_ns, status);
}

/* The run has come to its end, or to a sync that is the caller's. */
static void end(struct ipu_context *ctx, struct ipu_report *report)
{
	ctx->state = ctx->run_total.at_sync ? IPU_CONTEXT_AT_SYNC : IPU_CONTEXT_LOADED;
	ctx->run_total.host_ns = ipu_now_ns() - ctx->run_start_ns;
	if (report)
		ipu_struct_out(report, &ctx->run_total, sizeof(ctx->run_total));
}

/*
 * What follows the end of a job: its streams are served, and the tiles resumed if they
 * wait for one. The lock is held. Return: 0, and @more if another job is under way; -ETIME
 * when there was no time for all of it.
 */
static int go_on(struct ipu_context *ctx, int64_t deadline_ns, bool *more)
{
	bool exited = !ctx->run_total.at_sync;
	int err = ipu_flows_serve(ctx, exited, deadline_ns, more);

	*more = *more && !exited && !err;
	return *more ? launch(ctx, true) : err;
}

/* Checked before anything is started: a call that fails has changed nothing. */
static int check_report(const struct ipu_report *report)
{
	return report ? IPU_STRUCT_CHECK(report, ipu_report, host_ns) : 0;
}

/* One step on the way to the end of the run: a job, and what follows it. */
static int wait_step(struct ipu_context *ctx, int64_t deadline_ns, struct ipu_report *report,
		     bool *more)
{
	struct ipu_lines lines = { 0 };
	ipu_print_fn print = NULL;
	void *print_data = NULL;
	uint64_t seqno;
	bool started, ended;
	int status = 0, err;

	*more = false;
	pthread_mutex_lock(&ctx->lock);
	started = ctx->state == IPU_CONTEXT_STARTED;
	if (started && !ctx->run_serving)
		ipu_flows_pump(ctx);
	seqno = ctx->run_seqno;
	ended = ctx->run_served;
	if (ipu_prints(ctx)) {
		print = ctx->print->fn;
		print_data = ctx->print->data;
	}
	pthread_mutex_unlock(&ctx->lock);
	if (!started)
		return ipu_fail(-EINVAL, "No run is under way: start one with ipu_run_start().");
	err = ended ? 0 : wait_for_job(ctx, seqno, print, deadline_ns, &status);
	if (err)
		return err;

	pthread_mutex_lock(&ctx->lock);
	if (ctx->state != IPU_CONTEXT_STARTED || ctx->run_seqno != seqno ||
	    ctx->run_served != ended || ctx->run_serving) {
		pthread_mutex_unlock(&ctx->lock);
		return ipu_fail(-EINVAL, "Another thread has waited for this run already.");
	}
	ctx->run_serving = true;
	if (!ended)
		err = finish_and_print(ctx, status, &lines);
	if (!err)
		err = go_on(ctx, deadline_ns, more);
	ctx->run_serving = false;
	if (err && err != -ETIME)
		ctx->state = IPU_CONTEXT_FAULTED;
	else if (!err && !*more)
		end(ctx, report);
	pthread_mutex_unlock(&ctx->lock);
	ipu_print_deliver(&lines, print, print_data);
	return err;
}

int ipu_run_wait(struct ipu_context *ctx, int64_t timeout_ns, struct ipu_report *report)
{
	int64_t deadline_ns = ipu_deadline_ns(timeout_ns);
	bool more = true;
	int err = check_report(report);

	if (!err)
		err = ipu_check_process(ctx->dev);
	while (!err && more)
		err = wait_step(ctx, deadline_ns, report, &more);
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
