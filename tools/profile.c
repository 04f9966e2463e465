// SPDX-License-Identifier: MIT
/* ipu-run's profiles: options, and what all three forms need. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "output.h"
#include "profile.h"
#include "run_report.h"

/*
 * Cycles to a sample: the card's host takes two or three times as long then. Of so many slots it is
 * a prime, so that samples are not in step with loops.
 */
#define DEFAULT_PERIOD 1986
#define CYCLES_OF_SLOT 6
#define MOST_MIB (IPU_PROFILE_MAX_BYTES >> 20)

static bool take_number(const char *arg, const char *option, uint32_t most, uint32_t *value)
{
	if (cli_parse_number(arg, 1, most, value))
		return true;
	cli_fail(CLI_USAGE, "%s wants a whole number from 1 to %u, not \"%s\"; " CLI_SEE_HELP ".",
		 option, most, arg);
	return false;
}

bool profile_take_option(int c, const char *arg, struct profile_options *options, bool *ok)
{
	*ok = true;
	switch (c) {
	case PROFILE_TRACE:
		options->trace = arg;
		return true;
	case PROFILE_SUMMARY:
		options->summary = true;
		return true;
	case PROFILE_PLOT:
		options->plot = arg;
		return true;
	case PROFILE_SAMPLE:
		*ok = take_number(arg, "--profile-sample", UINT32_MAX, &options->step_stride);
		return true;
	case PROFILE_TILES:
		*ok = take_number(arg, "--profile-tiles", UINT32_MAX, &options->tile_stride);
		return true;
	case PROFILE_PERIOD:
		*ok = take_number(arg, "--profile-period", UINT32_MAX, &options->period);
		return true;
	case PROFILE_SIZE:
		*ok = take_number(arg, "--profile-size", MOST_MIB, &options->mib);
		return true;
	default:
		return false;
	}
}

static uint32_t period_of(const struct profile_options *options)
{
	const uint32_t period = options->period ? options->period : DEFAULT_PERIOD;
	const uint32_t over = period % CYCLES_OF_SLOT;

	return !over || period > UINT32_MAX - CYCLES_OF_SLOT ? period :
							       period + CYCLES_OF_SLOT - over;
}

bool profile_wanted(const struct profile_options *options)
{
	return options->trace || options->plot || options->summary;
}

int profile_fail_output(const char *path, int err)
{
	char reason[256];

	output_describe(err, reason, sizeof(reason));
	return cli_fail(CLI_OUTPUT, "The profile %s %s.", path, reason);
}

static int check_file(const char *path)
{
	const int err = path ? output_check(path) : 0;

	return err ? profile_fail_output(path, err) : CLI_OK;
}

int profile_check(const struct profile_options *options)
{
	int status = check_file(options->trace);

	if (!status)
		status = check_file(options->plot);
	if (!status && options->trace && options->plot &&
	    output_same(options->trace, options->plot))
		return cli_fail(CLI_USAGE,
				"The trace and the plot are one file, %s; give each its own.",
				options->plot);
	return status;
}

int profile_begin(struct ipu_context *ctx, const struct profile_options *options)
{
	const struct ipu_profile_options ask = {
		.size = sizeof(ask),
		.bytes = (uint64_t)options->mib << 20,
		.sample_cycles = options->summary ? period_of(options) : 0,
		.step_stride = options->step_stride,
		.tile_stride = options->tile_stride,
	};

	if (!profile_wanted(options) || !ipu_profile_start(ctx, &ask))
		return CLI_OK;
	return cli_fail(CLI_DEVICE, "%s", ipu_error());
}

/* What is not in the records is said where the user looks for it. */
static void warn_dropped(const struct profile_view *view)
{
	const uint32_t mib = view->options->mib;

	if (view->totals.dropped)
		cli_fail(0,
			 "%llu records of the profile did not fit into its %u MiB: the sums are "
			 "complete, but the rest shows only the beginning. Record less "
			 "(--profile-sample, --profile-tiles), or raise --profile-size.",
			 (unsigned long long)view->totals.dropped,
			 mib ? mib : IPU_PROFILE_DEFAULT_BYTES >> 20);
	if (view->totals.lost)
		cli_fail(0,
			 "%llu marks and starts of workers are not in the profile: they came too "
			 "fast. Make fewer marks.",
			 (unsigned long long)view->totals.lost);
}

int profile_open(struct ipu_context *ctx, struct ipu_program *prog, const struct run_result *result,
		 const struct profile_options *options, struct profile_view *view)
{
	struct ipu_profile_totals *totals = &view->totals;

	*view = (struct profile_view){
		.prog = prog,
		.ctx = ctx,
		.result = result,
		.options = options,
		.period = period_of(options),
		.totals = { .size = sizeof(view->totals) },
	};
	if (ipu_profile_get_totals(ctx, totals))
		return cli_fail(CLI_INTERNAL, "%s", ipu_error());
	view->cycles = totals->compute_cycles + totals->sync_cycles + totals->exchange_cycles +
		       totals->host_cycles;
	warn_dropped(view);
	return CLI_OK;
}

int profile_write_files(const struct profile_view *view)
{
	int status = CLI_OK;

	if (view->options->trace)
		status = profile_write_trace(view, view->options->trace);
	if (!status && view->options->plot)
		status = profile_write_plot(view, view->options->plot);
	return status;
}
