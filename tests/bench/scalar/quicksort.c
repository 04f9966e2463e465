// SPDX-License-Identifier: MIT
/*
 * Sorting 16384 numbers by quicksort, with insertion for short pieces.
 */
#include "bench.h"

#define COUNT 16384
#define SHORT 12

static int32_t numbers[COUNT];

static void insertion_sort(int32_t *a, int32_t count)
{
	int32_t i, k, value;

	for (i = 1; i < count; i++) {
		value = a[i];
		for (k = i; k > 0 && a[k - 1] > value; k--)
			a[k] = a[k - 1];
		a[k] = value;
	}
}

static int32_t median(int32_t a, int32_t b, int32_t c)
{
	if (a < b)
		return b < c ? b : a < c ? c : a;
	return a < c ? a : b < c ? c : b;
}

static void quicksort(int32_t *a, int32_t count)
{
	while (count > SHORT) {
		int32_t pivot = median(a[0], a[count / 2], a[count - 1]);
		int32_t i = 0, k = count - 1;

		while (i <= k) {
			while (a[i] < pivot)
				i++;
			while (a[k] > pivot)
				k--;
			if (i <= k) {
				int32_t swap = a[i];

				a[i++] = a[k];
				a[k--] = swap;
			}
		}
		quicksort(a, k + 1);
		a += i;
		count -= i;
	}
	insertion_sort(a, count);
}

uint32_t bench_run(uint32_t rounds)
{
	uint32_t i, seed = 1, sum = 0;

	while (rounds--) {
		uint32_t before = 0, after = 0;

		for (i = 0; i < COUNT; i++) {
			numbers[i] = bench_random(&seed) - (1 << 23);
			before += numbers[i];
		}
		quicksort(numbers, COUNT);
		for (i = 0; i < COUNT; i++) {
			after += numbers[i];
			if (i && numbers[i - 1] > numbers[i])
				return BENCH_WRONG;
		}
		if (before != after)
			return BENCH_WRONG;
		sum = bench_checksum(sum, numbers[COUNT / 2]);
	}
	return sum;
}
