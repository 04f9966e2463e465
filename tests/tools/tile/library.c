// SPDX-License-Identifier: MIT
/*
 * What the C library does where the six workers of a tile use it at once. The exit code
 * says what is wrong.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <ipu/tile.h>

#define BLOCKS 12
#define ROUNDS 60

static uint32_t wrong[IPU_WORKERS];

/* Each worker fills its blocks with its own number; another's in there is a broken heap. */
static void use_heap(void *arg)
{
	const uint8_t me = (uint8_t)(ipu_worker_id() + 1);
	uint8_t *blocks[BLOCKS] = { NULL };
	uint32_t seed = me, bytes[BLOCKS] = { 0 };

	(void)arg;
	for (uint32_t i = 0; i < BLOCKS * ROUNDS; i++) {
		const uint32_t n = i % BLOCKS;

		for (uint32_t k = 0; k < bytes[n]; k++)
			wrong[me - 1] += blocks[n][k] != me;
		free(blocks[n]);
		seed = seed * 1664525 + 1013904223;
		bytes[n] = seed >> 24;
		blocks[n] = malloc(bytes[n]);
		if (blocks[n])
			memset(blocks[n], me, bytes[n]);
		else
			wrong[me - 1]++;
	}
	for (uint32_t n = 0; n < BLOCKS; n++)
		free(blocks[n]);
}

/* Each sets its errno, and finds it as it was after the others have set theirs. */
static void set_errno(void *arg)
{
	const int mine = 100 + (int)ipu_worker_id();

	(void)arg;
	errno = mine;
	for (int i = 0; i < 50; i++)
		wrong[ipu_worker_id()] += errno != mine;
	if (ipu_worker_id() == 3)
		strtol("99999999999", NULL, 10);
	wrong[ipu_worker_id()] += errno != (ipu_worker_id() == 3 ? ERANGE : mine);
}

static uint32_t sum_wrong(void)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < IPU_WORKERS; i++)
		sum += wrong[i];
	return sum;
}

/* All of the memory that is left can be had, and no more, and given back. */
static bool exhausts(void)
{
	void *first = NULL, **last = &first;
	uint32_t bytes = 0;
	void **block;

	errno = 0;
	while ((block = malloc(1000))) {
		*last = block;
		last = block;
		bytes += 1000;
	}
	*last = NULL;
	if (errno != ENOMEM || bytes < 500000)
		return false;
	while (first) {
		block = first;
		first = *block;
		free(block);
	}
	return malloc(400000) != NULL;
}

int main(void)
{
	ipu_run_workers(use_heap, NULL);
	if (sum_wrong())
		return 1;
	errno = 7;
	ipu_run_workers(set_errno, NULL);
	if (sum_wrong() || errno != 7)
		return 2;
	if (!exhausts())
		return 3;
	exit(0);
}
