/* SPDX-License-Identifier: MIT */
/* The command lines of `ipu-info top` and `ipu-info health`. */
#ifndef IPU_INFO_OPTIONS_H
#define IPU_INFO_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No more recorded machines than this. */
#define INFO_MAX_ROOTS 64

/**
 * struct info_options - what both have
 * @device: PCI address of the only card to look at, or NULL
 * @json: print JSON
 * @interval_ms: time between two samples of top
 * @count: how many top prints, 0 for no end
 * @num_roots, @roots: recorded machines to read in place of this one, one after the other
 */
struct info_options {
	const char *device;
	bool json;
	uint32_t interval_ms;
	uint32_t count;
	size_t num_roots;
	const char *roots[INFO_MAX_ROOTS];
};

/**
 * info_parse_options - read a command line
 * @help: what --help prints
 * @is_top: options of top are allowed
 * @status: what to exit with, if there is nothing to do
 *
 * Return: whether there is something to do.
 */
bool info_parse_options(int argc, char **argv, const char *help, bool is_top,
			struct info_options *options, int *status);

/** info_top, info_health - the commands; they return the exit status */
int info_top(int argc, char **argv);
int info_health(int argc, char **argv);

#endif /* IPU_INFO_OPTIONS_H */
