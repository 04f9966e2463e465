/* SPDX-License-Identifier: MIT */
/* ipu-run's profiles: what is asked for, and the three forms in which one is shown. */
#ifndef IPU_RUN_PROFILE_H
#define IPU_RUN_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ipu.h>
#include <ipu_profile.h>

struct json;
struct profile_summary;
struct run_result;

/* Options of getopt_long() that have no letter. */
enum profile_option {
	PROFILE_TRACE = 0x1000,
	PROFILE_SUMMARY,
	PROFILE_PLOT,
	PROFILE_SAMPLE,
	PROFILE_TILES,
	PROFILE_PERIOD,
	PROFILE_SIZE,
};

/**
 * struct profile_options - what was asked for
 * @trace: file for a trace, or NULL
 * @plot: file for a picture, or NULL
 * @summary: print a summary
 * @step_stride: record tiles of one superstep of so many, 0 of all
 * @tile_stride: record one tile of so many, 0 all
 * @period: cycles to a sample, 0 for the default; without a summary no samples are taken
 * @mib: MiB of memory, 0 for the default
 */
struct profile_options {
	const char *trace;
	const char *plot;
	bool summary;
	uint32_t step_stride;
	uint32_t tile_stride;
	uint32_t period;
	uint32_t mib;
};

/* The names of all options, for getopt_long(). */
#define PROFILE_OPTIONS                                                        \
	{ "profile", required_argument, NULL, PROFILE_TRACE },                 \
		{ "profile-summary", no_argument, NULL, PROFILE_SUMMARY },     \
		{ "plot", required_argument, NULL, PROFILE_PLOT },             \
		{ "profile-sample", required_argument, NULL, PROFILE_SAMPLE }, \
		{ "profile-tiles", required_argument, NULL, PROFILE_TILES },   \
		{ "profile-period", required_argument, NULL, PROFILE_PERIOD }, \
	{                                                                      \
		"profile-size", required_argument, NULL, PROFILE_SIZE          \
	}

/** profile_take_option - is @c one of them? @ok: out: its argument @arg is right */
bool profile_take_option(int c, const char *arg, struct profile_options *options, bool *ok);

/** profile_wanted - was any of the three forms asked for? */
bool profile_wanted(const struct profile_options *options);

/**
 * struct profile_view - a profile that is shown
 * @prog: the program
 * @ctx: the context that ran it
 * @result: its run
 * @options: what was asked for
 * @period: cycles to a sample, as the card rounds them
 * @totals: of the profile
 * @cycles: the four times of @totals together
 */
struct profile_view {
	struct ipu_program *prog;
	struct ipu_context *ctx;
	const struct run_result *result;
	const struct profile_options *options;
	uint32_t period;
	struct ipu_profile_totals totals;
	uint64_t cycles;
};

/* All print a message and return an exit code on failure, and CLI_OK otherwise. */

/** profile_check - can the files be written? For use before the run. */
int profile_check(const struct profile_options *options);

/** profile_begin - the next run is profiled, if that was asked for */
int profile_begin(struct ipu_context *ctx, const struct profile_options *options);

/**
 * profile_open - the run is over: look at its profile
 * @view: out: all of it; @result and @options as given
 */
int profile_open(struct ipu_context *ctx, struct ipu_program *prog, const struct run_result *result,
		 const struct profile_options *options, struct profile_view *view);

/** profile_write_files - the trace and the plot, if they were asked for */
int profile_write_files(const struct profile_view *view);

/* ---- profile_summary.c ---- */

/** profile_fail_events - the message for events that could not be read: -ENOMEM or -EIO */
int profile_fail_events(int err);

/** profile_summarize - read what a summary needs; free it with profile_summary_free() */
int profile_summarize(const struct profile_view *view, struct profile_summary **summary);

/** profile_summary_free - NULL is allowed */
void profile_summary_free(struct profile_summary *summary);

/** profile_print - the summary, for people */
void profile_print(const struct profile_summary *summary);

/** profile_add_json - the summary as member "profile" of an object */
void profile_add_json(const struct profile_summary *summary, struct json *json);

/* ---- profile_trace.c, profile_plot.c ---- */

/** profile_write_trace - events in Chrome's trace format, which Perfetto reads */
int profile_write_trace(const struct profile_view *view, const char *path);

/** profile_write_plot - an SVG picture of tiles by time */
int profile_write_plot(const struct profile_view *view, const char *path);

/** profile_fail_output - the message for a file that could not be written; CLI_OUTPUT */
int profile_fail_output(const char *path, int err);

#endif /* IPU_RUN_PROFILE_H */
