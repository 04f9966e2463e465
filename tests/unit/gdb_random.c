// SPDX-License-Identifier: MIT
/* Random numbers for the fuzzers of ipu-run --gdb. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gdb_random.h"

static uint64_t random_state;

uint32_t random_below(uint32_t limit)
{
	/* splitmix64 */
	uint64_t z = random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) % limit);
}

unsigned long setting(const char *name, unsigned long value)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : value;
}

void random_start(void)
{
	random_state = setting("IPU_TEST_SEED", 1);
	print_message("# seed %llu\n", (unsigned long long)random_state);
}
