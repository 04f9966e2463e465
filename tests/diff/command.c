// SPDX-License-Identifier: MIT
/*
 * Options and files, see command.h.
 */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t diff_number(const char *program, const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end) {
		fprintf(stderr, "%s: not a number: %s\n", program, text);
		exit(2);
	}
	return value;
}

static void die(const char *what, const char *name)
{
	printf("Bail out! %s %s: %s\n", what, name, strerror(errno));
	exit(1);
}

size_t diff_read_runtime(const char *path, uint8_t runtime[IPU_SRAM_SIZE], size_t least)
{
	FILE *file = fopen(path, "rb");
	size_t bytes;

	if (!file)
		die("cannot open", path);
	bytes = fread(runtime, 1, IPU_SRAM_SIZE, file);
	if (ferror(file) || bytes < least)
		die("cannot read", path);
	fclose(file);
	return bytes;
}
