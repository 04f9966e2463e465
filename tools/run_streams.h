/* SPDX-License-Identifier: MIT */
/* The streams of ipu-run: between files or pipes and the tiles. */
#ifndef IPU_RUN_STREAMS_H
#define IPU_RUN_STREAMS_H

#include <ipu_stream.h>

#include "run_options.h"
#include "run_report.h"

/* All that return an int print a message and return an exit code on failure. */

/** run_streams_check - do the named streams exist, and does every input have a source? */
int run_streams_check(const struct ipu_program *prog, const struct run_options *options);

/**
 * run_streams_attach - open the files and attach the streams
 *
 * From now on, if one goes to standard output, what the process prints there goes to
 * standard error. Call run_streams_close() in any case, after the context is destroyed.
 */
int run_streams_attach(struct ipu_context *ctx, struct run_options *options);
void run_streams_close(struct run_options *options);

/** run_streams_report - note in @result what went through */
void run_streams_report(struct ipu_context *ctx, const struct run_options *options,
			struct run_result *result);

/** run_streams_blocks - how many blocks have gone through them, all together */
uint64_t run_streams_blocks(struct ipu_context *ctx, const struct run_options *options);

/** run_streams_failed - the exit code if a stream is why the run failed, else @otherwise */
int run_streams_failed(struct ipu_context *ctx, const struct run_options *options, int otherwise);

#endif /* IPU_RUN_STREAMS_H */
