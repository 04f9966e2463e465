/* SPDX-License-Identifier: MIT */
/* Text files that results go to, written in large pieces. */
#ifndef IPU_TEXT_FILE_H
#define IPU_TEXT_FILE_H

#include "output.h"

/**
 * struct text_file - a file that is being written
 * @out: where to
 * @err: the first error, after which nothing more is written
 * @used: bytes in @text
 * @text: what is not written yet
 */
struct text_file {
	struct output out;
	int err;
	size_t used;
	char text[65536];
};

/** text_open - begin to write @path, as output_open(); returns 0 or a negative errno */
int text_open(struct text_file *file, const char *path);

/** text_print - append to it; at most 4096 bytes, and more are cut */
void text_print(struct text_file *file, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** text_quoted - append a JSON string; bytes that are not printable ASCII become ? */
void text_quoted(struct text_file *file, const char *text);

/** text_close - end it, as output_close(); returns 0 or the first error */
int text_close(struct text_file *file);

#endif /* IPU_TEXT_FILE_H */
