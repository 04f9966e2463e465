/* SPDX-License-Identifier: MIT */
/*
 * What a program of the benchmark is: one C file that is compiled for a tile, which
 * qemu-riscv32 runs as well, and for the host. It has no library but memcpy() and
 * its like, keeps its data in static memory and within a tile's SRAM, and checks
 * its own results.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* What bench_run() returns if its results are not what they must be. */
#define BENCH_WRONG 0

/**
 * bench_run - the program
 * @rounds: how often to do its work, at least 1
 * Return: a checksum of the results that is not BENCH_WRONG. The same for each
 * number of rounds on all RISC-V machines; the host may round floats otherwise.
 */
uint32_t bench_run(uint32_t rounds);

/** bench_random - the next of a series of pseudo-random numbers */
static inline uint32_t bench_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/** bench_checksum - @sum with @value added, never BENCH_WRONG */
static inline uint32_t bench_checksum(uint32_t sum, uint32_t value)
{
	return (((sum << 5) | (sum >> 27)) ^ value) | 1u << 31;
}

/** bench_near - whether a float is within @error of the expected value */
static inline bool bench_near(float got, float want, float error)
{
	return got - want < error && want - got < error;
}

#endif /* BENCH_H */
