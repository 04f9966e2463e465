// SPDX-License-Identifier: MIT
/*
 * The primes below 2^17 by the sieve of Eratosthenes, a byte for each number.
 */
#include "bench.h"

#define LIMIT 131072
#define PRIMES 12251

static uint8_t composite[LIMIT];

static uint32_t sieve(void)
{
	uint32_t i, k, primes = 0;

	for (i = 0; i < LIMIT; i++)
		composite[i] = 0;
	for (i = 2; i < LIMIT; i++) {
		if (composite[i])
			continue;
		primes++;
		for (k = 2 * i; k < LIMIT; k += i)
			composite[k] = 1;
	}
	return primes;
}

uint32_t bench_run(uint32_t rounds)
{
	while (rounds--)
		if (sieve() != PRIMES)
			return BENCH_WRONG;
	return PRIMES;
}
