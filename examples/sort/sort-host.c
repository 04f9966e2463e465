// SPDX-License-Identifier: MIT
/*
 * The host's side of the sort:
 *
 *	sort-host make X.npy COUNT
 *	sort-host check X.npy SORTED.npy
 *
 * make writes random numbers, one in eight of which is one of a few; check compares with qsort().
 */
#include <stdio.h>
#include <string.h>

#include "example_host.h"

static void make(char **argv)
{
	const uint32_t count = number(argv[1], 100000000);
	int32_t *x = allocate(count, sizeof(*x));
	uint64_t state = 1;

	for (uint32_t i = 0; i < count; i++) {
		x[i] = (int32_t)random_word(&state);
		if (random_word(&state) % 8 == 0)
			x[i] %= 3;
	}
	array_write(argv[0], "<i4", x, count, 0);
	free(x);
}

static int order(const void *a, const void *b)
{
	const int32_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static void check(char **argv)
{
	struct npy x, sorted;
	int32_t *want;

	array_read(argv[0], "<i4", 1, &x);
	array_read(argv[1], "<i4", 1, &sorted);
	if (sorted.shape[0] != x.shape[0])
		fail("%s has another number of elements than %s", argv[1], argv[0]);
	want = allocate(x.shape[0], sizeof(*want));
	memcpy(want, x.data, x.bytes);
	qsort(want, x.shape[0], sizeof(*want), order);
	for (uint64_t i = 0; i < x.shape[0]; i++)
		if (want[i] != ((const int32_t *)sorted.data)[i])
			fail("element %llu is %d instead of %d", (unsigned long long)i,
			     ((const int32_t *)sorted.data)[i], want[i]);
	printf("%llu numbers are sorted\n", (unsigned long long)x.shape[0]);
	free(want);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "make"))
		make(argv + 2);
	else if (argc == 4 && !strcmp(argv[1], "check"))
		check(argv + 2);
	else
		fail("usage: sort-host make X.npy COUNT, or sort-host check X.npy SORTED.npy");
	return 0;
}
