// SPDX-License-Identifier: MIT
/* What tests of ipu-run --gdb debug. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gdb_debuggee.h"

struct ipu_device *device;
struct ipu_program *program;

int open_all(void **state)
{
	const struct ipu_sim_options options = {
		.size = sizeof(options),
		.tiles = TILES,
		.threads = 1,
	};
	const char *elf = getenv("IPU_TEST_ELF");

	(void)state;
	if (!elf) {
		print_error("IPU_TEST_ELF is not set\n");
		return -1;
	}
	if (ipu_program_open(elf, &program) || ipu_open_sim(&options, &device)) {
		print_error("%s\n", ipu_error());
		return -1;
	}
	return 0;
}

int close_all(void **state)
{
	(void)state;
	ipu_close(device);
	ipu_program_close(program);
	return 0;
}
