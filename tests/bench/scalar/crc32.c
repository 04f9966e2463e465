// SPDX-License-Identifier: MIT
/*
 * CRC-32 (the one of Ethernet) of 64 KiB, a byte at a time by a table.
 */
#include "bench.h"

#define BYTES 65536
#define POLYNOMIAL 0xedb88320

/* the CRC of the digits 1 to 9, as in catalogues of CRCs */
#define CRC_OF_DIGITS 0xcbf43926

static uint32_t table[256];
static uint8_t data[BYTES];

static void fill_table(void)
{
	uint32_t i, bit, value;

	for (i = 0; i < 256; i++) {
		value = i;
		for (bit = 0; bit < 8; bit++)
			value = value & 1 ? value >> 1 ^ POLYNOMIAL : value >> 1;
		table[i] = value;
	}
}

static uint32_t crc_of(const uint8_t *bytes, uint32_t count)
{
	uint32_t crc = ~0u;

	while (count--)
		crc = crc >> 8 ^ table[(crc ^ *bytes++) & 0xff];
	return ~crc;
}

uint32_t bench_run(uint32_t rounds)
{
	static const uint8_t digits[] = "123456789";
	uint32_t i, seed = 1, sum = 0;

	fill_table();
	if (crc_of(digits, 9) != CRC_OF_DIGITS)
		return BENCH_WRONG;
	for (i = 0; i < BYTES; i++)
		data[i] = bench_random(&seed);
	while (rounds--) {
		sum = bench_checksum(sum, crc_of(data, BYTES));
		data[rounds % BYTES]++;
	}
	return sum;
}
