// SPDX-License-Identifier: MIT
/*
 * Files and messages, see command.h.
 */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool diff_report(bool good, unsigned int test, const char *name)
{
	printf("%sok %u - %s\n", good ? "" : "not ", test, name);
	fflush(stdout);
	return good;
}

void diff_print_code(const uint8_t *sram, uint32_t from, uint32_t to)
{
	FILE *pipe;
	uint32_t at;

	printf("# code at 0x%x:\n", from);
	fflush(stdout);
	pipe = popen("llvm-mc-19 --disassemble --triple=riscv32 "
		     "-mattr=+m,+a,+f,+c,+zba,+zbb,+zfh,+v,+zvfh 2>/dev/null | sed 's/^/#/'",
		     "w");
	for (at = from; at < to; at++) {
		uint8_t byte = sram[at - IPU_SRAM_BASE];

		if (pipe)
			fprintf(pipe, "0x%02x ", byte);
		else
			printf("%s%02x", (at - from) % 16 ? " " : "\n# ", byte);
	}
	if (pipe)
		pclose(pipe);
	else
		printf("\n");
}
