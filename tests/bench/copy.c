// SPDX-License-Identifier: MIT
/* memcpy() of two threads: see copy.h. */
#include "copy.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"

struct copier {
	char *to;
	const char *from;
	size_t bytes;
	pthread_t thread;
};

static void *copy(void *arg)
{
	const struct copier *copier = arg;

	memcpy(copier->to, copier->from, copier->bytes);
	return NULL;
}

double bench_copy_seconds(size_t bytes, unsigned int rounds)
{
	struct copier copiers[2];
	char *memory = malloc(2 * bytes);
	double began = 0;
	unsigned int i, round;

	if (!memory)
		return 0;
	memset(memory, 1, 2 * bytes);
	for (i = 0; i < 2; i++)
		copiers[i] = (struct copier){ .to = memory + bytes + i * (bytes / 2),
					      .from = memory + i * (bytes / 2),
					      .bytes = bytes / 2 };
	for (round = 0; round <= rounds; round++) {
		if (round == 1)
			began = bench_now();
		pthread_create(&copiers[1].thread, NULL, copy, &copiers[1]);
		copy(&copiers[0]);
		pthread_join(copiers[1].thread, NULL);
	}
	began = bench_now() - began;
	free(memory);
	return began / rounds;
}
