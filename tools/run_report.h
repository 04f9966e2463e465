/* SPDX-License-Identifier: MIT */
/* ipu-run's report of a run. */
#ifndef IPU_RUN_REPORT_H
#define IPU_RUN_REPORT_H

#include <stdbool.h>

#include <ipu_stream.h>

#define RUN_MAX_STREAMS 16 /* in the report */

struct profile_summary;

/* Runs and resumes whose times are kept. */
#define RUN_HOST_PARTS 512

/**
 * struct run_host - when the host ran a program, in ns since its first run began
 * @count: runs and resumes; of those beyond RUN_HOST_PARTS there is nothing more
 * @origin_ns: CLOCK_MONOTONIC then
 */
struct run_host {
	uint32_t count;
	uint64_t origin_ns;
	uint64_t begin_ns[RUN_HOST_PARTS];
	uint64_t end_ns[RUN_HOST_PARTS];
};

/**
 * struct run_result - a run from its start to its exit
 * @program: path of the program
 * @device: what it ran on
 * @tiles: how many tiles; 0 before it has any
 * @clock_khz: their clock
 * @vlen: bits of their vector registers, 0 without vectors
 * @submission: how its jobs got to the card, if they were to go by a user queue
 * @submission_known: it has run, and that was asked for
 * @total: the sum of all parts of the run, and the last one's exit code
 * @host: when they were
 * @external_syncs: times it was resumed
 * @profile: summary of its profile, or NULL
 * @exited: all tiles have exited
 * @faulted: it faulted, and @total is what it did before
 * @fault: why
 * @said: what an assert() of the program said, "" for other faults
 * @source: where, all empty if not known
 * @streams: what went through each, in the order given
 */
struct run_result {
	const char *program;
	char device[sizeof(((struct ipu_info *)0)->name)];
	uint32_t tiles;
	uint32_t clock_khz;
	uint32_t vlen;
	struct ipu_submission submission;
	bool submission_known;
	struct ipu_report total;
	struct run_host host;
	uint32_t external_syncs;
	struct profile_summary *profile;
	bool exited;
	bool faulted;
	struct ipu_fault fault;
	char said[512];
	struct ipu_source source;
	struct run_stream_result {
		const char *name;
		bool input;
		struct ipu_stream_info info;
	} streams[RUN_MAX_STREAMS];
	size_t stream_count;
};

/** run_add_report - @part of the run is over, as ipu_run() or ipu_resume() reports it */
void run_add_report(struct run_result *result, const struct ipu_report *part);

/** run_print_text - a table for people, on standard output */
void run_print_text(const struct run_result *result);

/**
 * run_print_json - the same as a JSON object
 * @result: as far as it is known
 * @status: the exit code of ipu-run
 * @error: its message, unless that is 0
 */
void run_print_json(const struct run_result *result, int status, const char *error);

/** run_print_line - an ipu_print_fn: "[tile 3.w2] text" on standard error */
void run_print_line(const struct ipu_printed *line, void *data);

/** run_print_fault - the fault for people, on standard error */
void run_print_fault(const struct run_result *result);

#endif /* IPU_RUN_REPORT_H */
