// SPDX-License-Identifier: MIT
/* The streams of ipu-run: between files or pipes and the tiles. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "run_streams.h"
#include "run_tensors.h"

static int check_one(const struct ipu_program *prog, const struct run_stream *stream)
{
	uint32_t direction = stream->input ? IPU_TENSOR_IN : IPU_TENSOR_OUT;
	struct ipu_tensor_desc desc = { .size = sizeof(desc) };

	if (ipu_program_find_tensor(prog, stream->name, &desc))
		return cli_fail(CLI_INPUT, "%s", ipu_error());
	if (!(desc.direction & IPU_TENSOR_STREAM))
		return cli_fail(CLI_INPUT,
				"\"%s\" is a tensor of the program and no stream: use -%c %s=%s.",
				stream->name, desc.direction & IPU_TENSOR_IN ? 'i' : 'o',
				stream->name, stream->path);
	if (!(desc.direction & direction))
		return cli_fail(CLI_INPUT,
				"Stream \"%s\" is an %s of the program: use --stream-%s %s=%s.",
				stream->name, stream->input ? "output" : "input",
				stream->input ? "out" : "in", stream->name, stream->path);
	return CLI_OK;
}

static bool is_given(const struct run_options *options, const char *name)
{
	for (size_t i = 0; i < options->stream_count; i++)
		if (!strcmp(options->streams[i].name, name))
			return true;
	return false;
}

int run_streams_check(const struct ipu_program *prog, const struct run_options *options)
{
	int status = CLI_OK;

	for (size_t i = 0; !status && i < options->stream_count; i++)
		status = check_one(prog, &options->streams[i]);
	for (size_t i = 0; !status && i < ipu_program_tensor_count(prog); i++) {
		struct ipu_tensor_desc desc = { .size = sizeof(desc) };

		ipu_program_tensor(prog, i, &desc);
		if (desc.direction == (IPU_TENSOR_IN | IPU_TENSOR_STREAM) &&
		    !is_given(options, desc.name))
			status = cli_fail(CLI_INPUT,
					  "Stream \"%s\" has no source: give it with --stream-in "
					  "%s=FILE, or %s=- for standard input; raw %s in rows of "
					  "%u bytes.",
					  desc.name, desc.name, desc.name,
					  ipu_dtype_name(desc.dtype), desc.row_bytes);
	}
	return status;
}

/* Standard output is the stream's alone: what else is printed goes to standard error. */
static int take_stdout(void)
{
	int fd;

	fflush(stdout);
	fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool is_standard(const struct run_stream *stream)
{
	return !strcmp(stream->path, "-") ||
	       !strcmp(stream->path, stream->input ? "/dev/stdin" : "/dev/stdout");
}

static int open_stream(struct run_stream *stream)
{
	if (is_standard(stream))
		stream->fd =
			stream->input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : take_stdout();
	else if (stream->input)
		stream->fd = open(stream->path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	else
		stream->fd = open(stream->path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC,
				  0666);
	if (stream->fd >= 0)
		return CLI_OK;
	return cli_fail(stream->input ? CLI_INPUT : CLI_OUTPUT,
			"Cannot open %s for stream \"%s\": %s.", stream->path, stream->name,
			strerror(errno));
}

int run_streams_attach(struct ipu_context *ctx, struct run_options *options)
{
	for (size_t i = 0; i < options->stream_count; i++) {
		struct run_stream *stream = &options->streams[i];
		int status = open_stream(stream);
		int err;

		if (status)
			return status;
		err = ipu_stream_fd(ctx, stream->name, stream->fd);
		if (err)
			return run_fail(ctx, err, CLI_INTERNAL, NULL);
	}
	return CLI_OK;
}

void run_streams_close(struct run_options *options)
{
	for (size_t i = 0; i < options->stream_count; i++)
		if (options->streams[i].fd >= 0)
			close(options->streams[i].fd);
}

void run_streams_report(struct ipu_context *ctx, const struct run_options *options,
			struct run_result *result)
{
	for (size_t i = 0; i < options->stream_count && i < RUN_MAX_STREAMS; i++) {
		struct run_stream_result *stream = &result->streams[i];

		stream->name = options->streams[i].name;
		stream->input = options->streams[i].input;
		stream->info.size = sizeof(stream->info);
		if (!ipu_stream_get_info(ctx, stream->name, &stream->info))
			result->stream_count = i + 1;
	}
}

uint64_t run_streams_blocks(struct ipu_context *ctx, const struct run_options *options)
{
	uint64_t blocks = 0;

	for (size_t i = 0; i < options->stream_count; i++) {
		struct ipu_stream_info info = { .size = sizeof(info) };

		if (!ipu_stream_get_info(ctx, options->streams[i].name, &info))
			blocks += info.blocks;
	}
	return blocks;
}

int run_streams_failed(struct ipu_context *ctx, const struct run_options *options, int otherwise)
{
	for (size_t i = 0; i < options->stream_count; i++) {
		struct ipu_stream_info info = { .size = sizeof(info) };

		if (!ipu_stream_get_info(ctx, options->streams[i].name, &info) && info.error)
			return options->streams[i].input ? CLI_INPUT : CLI_OUTPUT;
	}
	return otherwise;
}
