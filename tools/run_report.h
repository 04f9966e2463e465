/* SPDX-License-Identifier: MIT */
/* What ipu-run says about a run. */
#ifndef IPU_RUN_REPORT_H
#define IPU_RUN_REPORT_H

#include <ipu.h>

/**
 * struct run_result - a run from its start to its exit
 * @program: path of the program
 * @device: what it ran on
 * @tiles: how many tiles
 * @clock_khz: their clock
 * @total: the sum of all parts of the run, and the last one's exit code
 * @external_syncs: times it was resumed
 * @faulted: it faulted, and @total is what it did before
 * @fault: why
 * @source: where, all empty if not known
 */
struct run_result {
	const char *program;
	const char *device;
	uint32_t tiles;
	uint32_t clock_khz;
	struct ipu_report total;
	uint32_t external_syncs;
	bool faulted;
	struct ipu_fault fault;
	struct ipu_source source;
};

/** run_print_text - a table for people, on standard output */
void run_print_text(const struct run_result *result);

/** run_print_json - the same as a JSON object, the fault included; an exit code */
int run_print_json(const struct run_result *result);

/** run_print_fault - the fault for people, on standard error */
void run_print_fault(const struct run_result *result);

#endif /* IPU_RUN_REPORT_H */
