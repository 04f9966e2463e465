/* SPDX-License-Identifier: MIT */
/* The tensors of ipu-run: between npy files and the tiles. */
#ifndef IPU_RUN_TENSORS_H
#define IPU_RUN_TENSORS_H

#include <ipu.h>

#include "run_options.h"

/**
 * run_failed - the exit code for a call about @ctx that failed with @err: @otherwise, or
 * CLI_DEVICE when the card or the context is gone, which is not the program's doing
 */
int run_failed(struct ipu_context *ctx, int err, int otherwise);

/** run_fail - print libipu's message for that call, after @path if it is about a file; the same */
int run_fail(struct ipu_context *ctx, int err, int otherwise, const char *path);

/* All print a message and return an exit code on failure, and CLI_OK otherwise. */

/** run_check_names - do the named tensors exist, and does every input have a file? */
int run_check_names(const struct ipu_program *prog, const struct run_options *options);

/** run_check_outputs - can the outputs be written? For use before a run that may take long. */
int run_check_outputs(const struct run_options *options);

/** run_set_inputs - read the files and give the program its inputs */
int run_set_inputs(struct ipu_context *ctx, const struct ipu_program *prog,
		   const struct run_options *options);

/** run_get_outputs - write the outputs asked for */
int run_get_outputs(struct ipu_context *ctx, const struct ipu_program *prog,
		    const struct run_options *options);

#endif /* IPU_RUN_TENSORS_H */
