// SPDX-License-Identifier: MIT
/* ipu-run: run a tile program on arrays from files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ipu.h>

#include "cli.h"
#include "gdb_server.h"
#include "run_info.h"
#include "run_options.h"
#include "run_report.h"
#include "run_streams.h"
#include "run_tensors.h"

#define DEFAULT_WATCHDOG_MS 10000

/* Exit code for a device that could not be opened, or a context that could not be created. */
static int fail_device(int err)
{
	return cli_fail(err == -ENOMEM ? CLI_INTERNAL : CLI_DEVICE, "%s", ipu_error());
}

/*
 * Run until the program has exited. The card's watchdog is for one part, from sync to sync;
 * the sum is watched here, and -ETIME says that it was too much. A stream may be endless, so
 * of a program with streams what counts is the time since the last block.
 */
static int run_entry(struct ipu_context *ctx, const struct run_options *options,
		     struct run_result *result)
{
	uint32_t watchdog_ms = options->watchdog_ms ? options->watchdog_ms : DEFAULT_WATCHDOG_MS;
	struct ipu_report part = { .size = sizeof(part) };
	int err = ipu_run(ctx, &part);
	uint64_t host_ns = 0, blocks = 0, now;

	for (;;) {
		if (err)
			return err;
		run_add_report(result, &part);
		if (!part.at_sync)
			break;
		now = run_streams_blocks(ctx, options);
		host_ns = now == blocks ? host_ns + part.host_ns : 0;
		blocks = now;
		if (host_ns / 1000000 >= watchdog_ms)
			return -ETIME;
		result->external_syncs++;
		err = ipu_resume(ctx, &part);
	}
	return 0;
}

/* All entry points, or main(), until one fails. */
static int run_to_exit(struct ipu_context *ctx, const struct run_options *options,
		       struct run_result *result)
{
	int err = options->entry_count ? 0 : run_entry(ctx, options, result);

	for (size_t i = 0; !err && !result->total.exit_code && i < options->entry_count; i++) {
		err = ipu_set_entry(ctx, options->entries[i]);
		if (!err)
			err = run_entry(ctx, options, result);
	}
	return err;
}

static int check_entries(const struct ipu_program *prog, const struct run_options *options)
{
	for (size_t i = 0; i < options->entry_count; i++) {
		bool known = !strcmp(options->entries[i], "main");

		for (size_t j = 0; !known && j < ipu_program_entry_count(prog); j++)
			known = !strcmp(options->entries[i], ipu_program_entry_name(prog, j));
		if (!known)
			return cli_fail(CLI_INPUT,
					"%s has no entry point \"%s\": declare it with "
					"IPU_ENTRY(%s) in the program.",
					options->program, options->entries[i], options->entries[i]);
	}
	return CLI_OK;
}

static int status_of(int err)
{
	switch (err) {
	case -ETIMEDOUT:
		return CLI_WATCHDOG;
	case -EIO:
		return CLI_FAULT;
	case -ENODEV:
		return CLI_DEVICE;
	/* A stream has more rows than there is room for, as an output may have. */
	case -ERANGE:
		return CLI_OUTPUT;
	/* The simulator's trace. */
	case -EDQUOT:
	case -EFBIG:
	case -ENOSPC:
	case -EPIPE:
		return CLI_OUTPUT;
	default:
		return CLI_INTERNAL;
	}
}

/* Exit code for a run that did not complete. */
static int fail_run(int err, struct ipu_context *ctx, struct ipu_program *prog,
		    const struct run_options *options, struct run_result *result)
{
	int status = status_of(err);
	const char *said;
	char reason[1024];

	if (err == -ECANCELED)
		return cli_fail(CLI_INTERNAL, "%s was killed from gdb.", result->program);
	if (err == -ETIME)
		return cli_fail(CLI_WATCHDOG,
				"%s was stopped by the watchdog at external sync %u: it keeps "
				"syncing. If it needs more time, raise --watchdog.",
				result->program, result->external_syncs + 1);
	snprintf(reason, sizeof(reason), "%s", ipu_error());
	status = run_streams_failed(ctx, options, status);
	result->fault.size = sizeof(result->fault);
	result->source.size = sizeof(result->source);
	if (status != CLI_FAULT && status != CLI_WATCHDOG)
		return cli_fail(status, "%s", reason);
	if (ipu_get_fault(ctx, 0, &result->fault))
		return cli_fail(run_failed(ctx, err, status), "%s", reason);
	result->faulted = true;
	said = ipu_program_fault_text(prog, &result->fault);
	snprintf(result->said, sizeof(result->said), "%s", said ? said : "");
	if (result->fault.tile != IPU_NO_TILE)
		ipu_program_source(prog, result->fault.pc, &result->source);
	run_print_fault(result);
	return status;
}

/* As on Linux, a process's exit status is the low 8 bits of its exit code. */
static int exit_status(const struct run_result *result)
{
	uint32_t code = result->total.exit_code;

	if (!code)
		return CLI_OK;
	cli_fail(0, "%s: tile %u exited with code %u.", result->program, result->total.exit_tile,
		 code);
	return code & 0xff ? (int)(code & 0xff) : CLI_EXIT_CODE;
}

/* What was asked for of a profile, also of a run that faulted or lost a stream. */
static int show_profile(struct ipu_context *ctx, struct ipu_program *prog,
			const struct run_options *options, struct run_result *result)
{
	struct profile_view view;
	int status;

	if (!profile_wanted(&options->profile))
		return CLI_OK;
	status = profile_open(ctx, prog, result, &options->profile, &view);
	if (!status)
		status = profile_write_files(&view);
	if (!status && options->profile.summary)
		status = profile_summarize(&view, &result->profile);
	return status;
}

static int run_program(struct ipu_context *ctx, struct ipu_program *prog,
		       struct run_options *options, const struct gdb_server *gdb,
		       struct run_result *result)
{
	int err = ipu_load(ctx, prog);
	int status;

	if (err)
		return run_fail(ctx, err, err == -ENOEXEC ? CLI_INPUT : CLI_INTERNAL, NULL);
	status = run_set_inputs(ctx, prog, options);
	if (!status)
		status = run_streams_attach(ctx, options);
	if (!status)
		status = profile_begin(ctx, &options->profile);
	if (status)
		return status;
	err = ipu_set_print(ctx, run_print_line, NULL);
	if (err)
		return run_fail(ctx, err, CLI_INTERNAL, NULL);
	if (gdb && options->entry_count)
		ipu_set_entry(ctx, options->entries[0]);
	err = gdb ? gdb_serve(gdb, ctx, result) : run_to_exit(ctx, options, result);
	run_streams_report(ctx, options, result);
	if (options->user_queue)
		result->submission_known = !ipu_get_submission(ctx, &result->submission);
	if (err) {
		status = fail_run(err, ctx, prog, options, result);
		if (status != CLI_DEVICE && status != CLI_INTERNAL &&
		    !show_profile(ctx, prog, options, result) && result->profile && !options->json)
			profile_print(result->profile);
		return status;
	}
	result->exited = true;

	status = run_get_outputs(ctx, prog, options);
	if (!status)
		status = show_profile(ctx, prog, options, result);
	if (status)
		return status;
	if (!options->json)
		run_print_text(result);
	status = cli_flush();
	return status ? status : exit_status(result);
}

static int run_in_context(struct ipu_device *dev, struct ipu_program *prog,
			  struct run_options *options, const struct gdb_server *gdb,
			  struct run_result *result)
{
	const struct ipu_context_options context_options = {
		.size = sizeof(context_options),
		.tiles = options->tiles,
		.watchdog_ms = options->watchdog_ms,
		.flags = options->user_queue ? IPU_CONTEXT_USER_QUEUE : 0,
	};
	struct ipu_info info = { .size = sizeof(info) };
	struct ipu_context *ctx;
	int err, status;

	err = ipu_get_info(dev, &info);
	if (!err)
		err = ipu_context_create(dev, &context_options, &ctx);
	if (err)
		return fail_device(err);
	snprintf(result->device, sizeof(result->device), "%s", info.name);
	result->tiles = ipu_context_tiles(ctx);
	result->clock_khz = info.clock_khz;
	result->vlen = info.vlen;
	status = run_program(ctx, prog, options, gdb, result);
	ipu_context_destroy(ctx);
	run_streams_close(options);
	return status;
}

static int run_on_device(struct ipu_device *dev, struct ipu_program *prog,
			 struct run_options *options, struct run_result *result)
{
	struct gdb_server gdb;
	int status;

	if (!options->gdb)
		return run_in_context(dev, prog, options, NULL, result);
	status = gdb_listen(&gdb, options->gdb_port);
	if (status)
		return status;
	status = run_in_context(dev, prog, options, &gdb, result);
	close(gdb.listener);
	return status;
}

static int open_and_run(struct run_options *options, struct run_result *result)
{
	struct ipu_program *prog;
	struct ipu_device *dev;
	int status, err;

	if (ipu_program_open(options->program, &prog))
		return cli_fail(CLI_INPUT, "%s", ipu_error());
	status = run_check_names(prog, options);
	if (!status)
		status = run_streams_check(prog, options);
	if (!status)
		status = check_entries(prog, options);
	if (!status)
		status = run_check_outputs(options);
	if (!status)
		status = profile_check(&options->profile);
	if (!status) {
		err = ipu_open(options->device, &dev);
		status = err ? fail_device(err) : run_on_device(dev, prog, options, result);
		ipu_close(dev);
	}
	ipu_program_close(prog);
	return status;
}

/* In JSON there is a report of a run that failed, too. */
static int run(struct run_options *options)
{
	struct run_result result = {
		.program = options->program,
		.submission = { .size = sizeof(result.submission) },
	};
	int status = open_and_run(options, &result);

	if (options->json) {
		run_print_json(&result, status, cli_last_message());
		if (cli_flush())
			status = CLI_OUTPUT;
	}
	profile_summary_free(result.profile);
	return status;
}

int main(int argc, char **argv)
{
	struct run_options options;
	int status;

	cli_start("ipu-run");
	if (run_options_parse(argc, argv, &options, &status))
		status = options.info ? run_info(options.program, options.json) : run(&options);
	else if (status == CLI_OK)
		status = cli_flush();
	run_options_free(&options);
	return status;
}
