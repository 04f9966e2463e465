// SPDX-License-Identifier: MIT
/*
 * SHA-256 (FIPS 180-4) of 16 KiB.
 */
#include "bench.h"

#define WORDS 4096
#define BLOCK 16

static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static const uint32_t start[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* the digest of "abc", from the standard's examples */
static const uint32_t digest_abc[8] = {
	0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
	0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad,
};

static uint32_t message[WORDS];
static uint32_t schedule[64];

static uint32_t rotate(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static void compress(uint32_t state[8], const uint32_t block[BLOCK])
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t i, t1, t2;

	for (i = 0; i < BLOCK; i++)
		schedule[i] = block[i];
	for (; i < 64; i++) {
		const uint32_t x = schedule[i - 15], y = schedule[i - 2];

		schedule[i] = schedule[i - 16] + schedule[i - 7] +
			      (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) +
			      (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
	}
	for (i = 0; i < 64; i++) {
		t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) +
		     constants[i] + schedule[i];
		t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
		h = g;
		g = f;
		f = e;
		e = d + t1;
		d = c;
		c = b;
		b = a;
		a = t1 + t2;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

/* of whole blocks that hold the padding already */
static void digest(uint32_t state[8], const uint32_t *words, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < 8; i++)
		state[i] = start[i];
	for (i = 0; i < count; i += BLOCK)
		compress(state, words + i);
}

uint32_t bench_run(uint32_t rounds)
{
	static const uint32_t abc[BLOCK] = { [0] = 0x61626380, [15] = 24 };
	uint32_t state[8], i, seed = 1, sum = 0;

	digest(state, abc, BLOCK);
	for (i = 0; i < 8; i++)
		if (state[i] != digest_abc[i])
			return BENCH_WRONG;
	for (i = 0; i < WORDS; i++)
		message[i] = bench_random(&seed);
	while (rounds--) {
		digest(state, message, WORDS);
		for (i = 0; i < 8; i++)
			sum = bench_checksum(sum, state[i]);
		message[rounds % WORDS]++;
	}
	return sum;
}
