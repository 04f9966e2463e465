/* SPDX-License-Identifier: MIT */
/*
 * Files that results go to. A regular file is replaced in one step by a complete
 * one with its owner and mode, where that is possible without anyone noticing;
 * otherwise, and whatever is no regular file, it is written in place:
 *
 * - pipes, devices, and links of /proc such as /dev/fd/3;
 * - a file with other names (hard links), with an access control list, of an owner
 *   that cannot be kept, or that something is mounted on;
 * - a file in a folder where no other can be created.
 *
 * A symbolic link is followed, also to a file that does not exist yet. While a new
 * file is incomplete it has a name of its own, in the same folder; it is removed when
 * writing fails and when SIGHUP, SIGINT, SIGQUIT or SIGTERM ends the process.
 */
#ifndef IPU_OUTPUT_H
#define IPU_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct output - a file that is being written
 * @fd: where to
 * @folder: of the file, AT_FDCWD or one to be closed
 * @name: its name there
 * @temporary: the new file's name there until it is complete, or ""
 * @is_stdout: it is the process's standard output
 */
struct output {
	int fd;
	int folder;
	char name[NAME_MAX + 1];
	char temporary[32];
	bool is_stdout;
};

/**
 * output_check - can a file be written?
 * @path: its name
 *
 * For use before the work whose result it is. Changes nothing that stays: a file is
 * created in the folder and removed again, and nothing is opened that could wait for a
 * reader.
 *
 * Return: 0 or a negative errno, for output_describe().
 */
int output_check(const char *path);

/** output_same - are these two names of one regular file, now or once it is written? */
bool output_same(const char *path, const char *other);

/**
 * output_open - begin to write a file
 * @path: its name
 * @out: out
 *
 * One at a time in a process. Opening a named pipe waits for its reader. Until
 * output_close(), SIGPIPE and SIGXFSZ do not end the process, so that writing fails.
 *
 * Return: 0 or a negative errno, and then there is nothing to close.
 */
int output_open(const char *path, struct output *out);

/** output_put - append @bytes bytes. Return: 0 or a negative errno. */
int output_put(struct output *out, const void *from, size_t bytes);

/**
 * output_close - end it
 * @out: what output_open() began
 * @err: 0, or why what was written is of no use: a file is then not replaced
 *
 * When it was the process's own standard output, standard output is standard error
 * from now on, so that nothing follows the result.
 *
 * Return: @err, or 0, or a negative errno when it is not all written after all.
 */
int output_close(struct output *out, int err);

/** output_describe - "cannot be written: ..." for a negative errno, with what to do about it */
void output_describe(int err, char *text, size_t bytes);

#endif /* IPU_OUTPUT_H */
