/* SPDX-License-Identifier: MIT */
/* The command line of ipu-run. */
#ifndef IPU_RUN_OPTIONS_H
#define IPU_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile.h"

/**
 * struct run_file - a tensor and its file, "name=file.npy"
 */
struct run_file {
	char *name;
	const char *path;
};

/**
 * struct run_stream - a stream and its file, "name=file"
 * @input: --stream-in
 * @path: "-" for standard input or output
 * @fd: it, once it is open, else -1
 */
struct run_stream {
	bool input;
	char *name;
	const char *path;
	int fd;
};

/**
 * struct run_options - what was asked for
 * @program: path of the ELF file
 * @device: as ipu_open() takes it, NULL for the default
 * @tiles: 0 for all
 * @watchdog_ms: 0 for the default
 * @user_queue: submit by a user queue, if there is one
 * @gdb: gdb controls the run
 * @gdb_port: where it connects, 0 for any port
 * @json: print the report in JSON
 * @info: do not run the program but describe it
 * @profile: profiles to make
 * @inputs: -i, in order
 * @outputs: -o, in order
 * @streams: --stream-in and --stream-out, in order
 * @entries: --entry, in order; none for main()
 */
struct run_options {
	const char *program;
	const char *device;
	uint32_t tiles;
	uint32_t watchdog_ms;
	bool user_queue;
	bool gdb;
	uint32_t gdb_port;
	bool json;
	bool info;
	struct profile_options profile;
	struct run_file *inputs;
	size_t input_count;
	struct run_file *outputs;
	size_t output_count;
	struct run_stream *streams;
	size_t stream_count;
	const char **entries;
	size_t entry_count;
};

/**
 * run_options_parse - parse the command line
 * @status: out: exit code when there is nothing to run
 *
 * Return: true to continue. Call run_options_free() in any case.
 */
bool run_options_parse(int argc, char **argv, struct run_options *options, int *status);
void run_options_free(struct run_options *options);

#endif /* IPU_RUN_OPTIONS_H */
