// SPDX-License-Identifier: MIT
/* Text files that results go to. */
#include <stdarg.h>
#include <stdio.h>

#include "text_file.h"

#define MOST 4096

static void write_out(struct text_file *file)
{
	if (!file->err)
		file->err = output_put(&file->out, file->text, file->used);
	file->used = 0;
}

int text_open(struct text_file *file, const char *path)
{
	file->err = 0;
	file->used = 0;
	return output_open(path, &file->out);
}

void text_print(struct text_file *file, const char *format, ...)
{
	va_list args;
	int length;

	if (sizeof(file->text) - file->used < MOST)
		write_out(file);
	va_start(args, format);
	length = vsnprintf(file->text + file->used, MOST, format, args);
	va_end(args);
	if (length > 0)
		file->used += length < MOST ? (size_t)length : MOST - 1;
}

void text_quoted(struct text_file *file, const char *text)
{
	text_print(file, "\"");
	for (; *text; text++) {
		const char c = *text >= ' ' && *text <= '~' ? *text : '?';

		text_print(file, c == '"' || c == '\\' ? "\\%c" : "%c", c);
	}
	text_print(file, "\"");
}

int text_close(struct text_file *file)
{
	write_out(file);
	return output_close(&file->out, file->err);
}
