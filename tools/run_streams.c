// SPDX-License-Identifier: MIT
/* The streams of ipu-run: between files or pipes and the tiles. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

static bool is_standard(const struct run_stream *stream)
{
	return !strcmp(stream->path, "-") ||
	       !strcmp(stream->path, stream->input ? "/dev/stdin" : "/dev/stdout");
}

/* Nothing is changed: what a file has is cut off when all streams are open. */
static int open_stream(struct run_stream *stream)
{
	if (is_standard(stream))
		stream->fd = fcntl(stream->input ? STDIN_FILENO : STDOUT_FILENO, F_DUPFD_CLOEXEC,
				   STDERR_FILENO + 1);
	else if (stream->input)
		stream->fd = open(stream->path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	else
		stream->fd = open(stream->path, O_WRONLY | O_CREAT | O_NOCTTY | O_CLOEXEC, 0666);
	if (stream->fd >= 0)
		return CLI_OK;
	return cli_fail(stream->input ? CLI_INPUT : CLI_OUTPUT,
			"Cannot open %s for stream \"%s\": %s.", stream->path, stream->name,
			strerror(errno));
}

static bool is_same(const struct stat *one, const struct stat *two)
{
	return one->st_dev == two->st_dev && one->st_ino == two->st_ino;
}

/* Two that read or write one file or pipe; devices such as /dev/null are for any number. */
static bool shares(const struct run_stream *stream, const struct stat *file,
		   const struct run_stream *other, const struct stat *others)
{
	if (!is_same(file, others))
		return false;
	if (stream->input != other->input)
		return S_ISREG(file->st_mode);
	return !S_ISCHR(file->st_mode) || (stream->input && isatty(stream->fd));
}

static int check_streams(const struct run_options *options, const struct run_stream *stream,
			 const struct stat *file)
{
	for (const struct run_stream *other = options->streams; other < stream; other++) {
		struct stat others;

		if (!fstat(other->fd, &others) && shares(stream, file, other, &others))
			return cli_fail(
				CLI_USAGE,
				"The streams \"%s\" and \"%s\" have one file, %s: give each "
				"its own.",
				other->name, stream->name, stream->path);
	}
	return CLI_OK;
}

/* What is written when the run has ended would take the place of a stream's file. */
static int check_result(const struct run_stream *stream, const struct stat *file, const char *path)
{
	struct stat others;

	if (!path || S_ISCHR(file->st_mode) || stat(path, &others) || !is_same(file, &others))
		return CLI_OK;
	return cli_fail(CLI_USAGE,
			"The stream \"%s\" and a result have one file, %s: give each its own.",
			stream->name, path);
}

/* A file that two have would be spoiled, and an input that is an output, too, before it is read. */
static int check_apart(const struct run_options *options)
{
	int status = CLI_OK;

	for (size_t i = 0; !status && i < options->stream_count; i++) {
		const struct run_stream *stream = &options->streams[i];
		struct stat file;

		if (fstat(stream->fd, &file))
			continue;
		status = check_streams(options, stream, &file);
		if (status || stream->input)
			continue;
		for (size_t j = 0; !status && j < options->output_count; j++)
			status = check_result(stream, &file, options->outputs[j].path);
		if (!status)
			status = check_result(stream, &file, options->profile.trace);
		if (!status)
			status = check_result(stream, &file, options->profile.plot);
	}
	return status;
}

/* Standard output is the stream's alone: what else is printed goes to standard error. */
static int take_stdout(void)
{
	fflush(stdout);
	return dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ? -1 : 0;
}

/* An output begins where its file does, or on standard output where the caller wants it. */
static int begin_output(const struct run_stream *stream)
{
	struct stat file;
	int failed;

	if (is_standard(stream))
		failed = take_stdout();
	else
		failed = fstat(stream->fd, &file) ||
			 (S_ISREG(file.st_mode) && ftruncate(stream->fd, 0));
	return failed ? cli_fail(CLI_OUTPUT, "Cannot write to %s for stream \"%s\": %s.",
				 stream->path, stream->name, strerror(errno)) :
			CLI_OK;
}

static int attach(struct ipu_context *ctx, const struct run_stream *stream)
{
	int status = stream->input ? CLI_OK : begin_output(stream);
	int err = status ? 0 : ipu_stream_fd(ctx, stream->name, stream->fd);

	return err ? run_fail(ctx, err, CLI_INTERNAL, NULL) : status;
}

int run_streams_attach(struct ipu_context *ctx, struct run_options *options)
{
	int status = CLI_OK;

	for (size_t i = 0; !status && i < options->stream_count; i++)
		status = open_stream(&options->streams[i]);
	if (!status)
		status = check_apart(options);
	for (size_t i = 0; !status && i < options->stream_count; i++)
		status = attach(ctx, &options->streams[i]);
	return status;
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
