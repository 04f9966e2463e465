// SPDX-License-Identifier: MIT
/* Random numbers and errors for fuzzers of files and of packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz_random.h"
#include "isa/ipu_isa.h"

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

void random_spoil(void *bytes, size_t size, uint32_t most)
{
	/* Each with its neighbours */
	static const uint32_t telling[] = {
		0, 4, 7, 11, 0x10000, 0x80000000, IPU_SRAM_BASE, IPU_SRAM_SIZE, IPU_SRAM_END
	};
	unsigned char *byte = bytes;

	for (uint32_t i = 1 + random_below(most); i; i--) {
		size_t at = random_below((uint32_t)size);
		uint32_t word;

		switch (random_below(4)) {
		case 0:
			byte[at] = (unsigned char)random_below(256);
			break;
		case 1:
			byte[at] ^= (unsigned char)(1u << random_below(8));
			break;
		default:
			at &= ~(size_t)3;
			word = telling[random_below(sizeof(telling) / sizeof(telling[0]))] +
			       random_below(3) - 1;
			memcpy(byte + at, &word, size - at < 4 ? size - at : 4);
		}
	}
}
