// SPDX-License-Identifier: MIT
/*
 * LZ compression of 48 KiB of text-like data, and back: a byte says how many bytes
 * stand as they are and how many are to be repeated from earlier, as in LZ4.
 */
#include "bench.h"

#define BYTES 49152
#define ROOM (BYTES + BYTES / 64)
#define HASH_BITS 12
#define MATCH_MIN 4
#define LENGTH_MAX 255

static uint8_t text[BYTES];
static uint8_t packed[ROOM];
static uint8_t unpacked[BYTES];
static uint16_t last_seen[1 << HASH_BITS];

/* words of two to nine letters, from a small vocabulary */
static void make_text(uint32_t *seed)
{
	uint32_t at = 0;

	while (at < BYTES) {
		uint32_t word = bench_random(seed) % 512;
		uint32_t letters = 2 + word % 8;

		while (letters-- && at < BYTES) {
			word = word * 31 + 7;
			text[at++] = 'a' + word % 26;
		}
		if (at < BYTES)
			text[at++] = ' ';
	}
}

static uint32_t four_bytes(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint8_t *put_literals(uint8_t *out, const uint8_t *from, uint32_t count)
{
	*out++ = count;
	while (count--)
		*out++ = *from++;
	return out;
}

/* a record: literals, then how many bytes to repeat (0: none) from how far back */
static uint32_t pack(void)
{
	const uint8_t *in = text, *end = text + BYTES, *literals = text;
	uint8_t *out = packed;
	uint32_t i;

	for (i = 0; i < 1 << HASH_BITS; i++)
		last_seen[i] = 0;
	while (in + MATCH_MIN <= end) {
		uint32_t hash = four_bytes(in) * 2654435761u >> (32 - HASH_BITS);
		const uint8_t *match = text + last_seen[hash];
		uint32_t length = 0;

		last_seen[hash] = in - text;
		if (match < in && four_bytes(match) == four_bytes(in)) {
			length = MATCH_MIN;
			while (length < LENGTH_MAX && in + length < end &&
			       in[length] == match[length])
				length++;
		} else if (in - literals < LENGTH_MAX) {
			in++;
			continue;
		}
		out = put_literals(out, literals, in - literals);
		*out++ = length;
		*out++ = (in - match) & 0xff;
		*out++ = (in - match) >> 8;
		in += length;
		literals = in;
	}
	out = put_literals(out, literals, end - literals);
	*out++ = 0;
	return out - packed;
}

static uint32_t unpack(uint32_t bytes)
{
	const uint8_t *in = packed, *end = packed + bytes;
	uint8_t *out = unpacked;

	while (in < end) {
		uint32_t count = *in++;
		const uint8_t *from;

		while (count--)
			*out++ = *in++;
		count = *in++;
		if (in == end)
			break;
		from = out - (in[0] | in[1] << 8);
		in += 2;
		while (count--)
			*out++ = *from++;
	}
	return out - unpacked;
}

uint32_t bench_run(uint32_t rounds)
{
	uint32_t i, bytes, seed = 1, sum = 0;

	while (rounds--) {
		make_text(&seed);
		bytes = pack();
		if (bytes >= BYTES || unpack(bytes) != BYTES)
			return BENCH_WRONG;
		for (i = 0; i < BYTES; i++)
			if (unpacked[i] != text[i])
				return BENCH_WRONG;
		sum = bench_checksum(sum, bytes);
	}
	return sum;
}
