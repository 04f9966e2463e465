// SPDX-License-Identifier: MIT
/*
 * A Fourier transform of 1024 complex floats by halving, and back.
 */
#include "bench.h"

#define BITS 10
#define SIZE (1 << BITS)

struct complex {
	float re, im;
};

static struct complex roots[SIZE / 2], data[SIZE];
static float first[SIZE];

static struct complex times(struct complex a, struct complex b)
{
	return (struct complex){ a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re };
}

/* exp(-2 pi i k / SIZE): each bit of k has a root, by halving the angle of -1 */
static void fill_roots(void)
{
	struct complex root = { -1, 0 };
	uint32_t bit, k;

	roots[0] = (struct complex){ 1, 0 };
	for (bit = SIZE / 4; bit; bit /= 2) {
		root = (struct complex){ __builtin_sqrtf((1 + root.re) / 2),
					 -__builtin_sqrtf((1 - root.re) / 2) };
		for (k = 0; k < SIZE / 2; k += 2 * bit)
			roots[k + bit] = times(roots[k], root);
	}
}

static void reverse(void)
{
	uint32_t i, k = 0, bit;

	for (i = 0; i < SIZE; i++) {
		if (i < k) {
			struct complex swap = data[i];

			data[i] = data[k];
			data[k] = swap;
		}
		for (bit = SIZE / 2; bit && k & bit; bit /= 2)
			k ^= bit;
		k |= bit;
	}
}

static void transform(void)
{
	uint32_t half, i, k;

	reverse();
	for (half = 1; half < SIZE; half *= 2) {
		for (i = 0; i < SIZE; i += 2 * half) {
			for (k = 0; k < half; k++) {
				struct complex *a = &data[i + k], *b = a + half;
				struct complex t = times(*b, roots[k * (SIZE / 2 / half)]);

				*b = (struct complex){ a->re - t.re, a->im - t.im };
				*a = (struct complex){ a->re + t.re, a->im + t.im };
			}
		}
	}
}

uint32_t bench_run(uint32_t rounds)
{
	uint32_t i, seed = 1, sum = 0;

	fill_roots();
	while (rounds--) {
		for (i = 0; i < SIZE; i++) {
			first[i] = (float)(bench_random(&seed) & 0xfff) / 4096;
			data[i] = (struct complex){ first[i], 0 };
		}
		transform();
		sum = bench_checksum(sum, (int32_t)(data[SIZE / 3].re * 1e4f));
		/* the transform applied twice is the inverse, except for the order and a factor */
		transform();
		for (i = 0; i < SIZE; i++)
			if (!bench_near(data[-i % SIZE].re / SIZE, first[i], 1e-5f) ||
			    !bench_near(data[-i % SIZE].im / SIZE, 0, 1e-5f))
				return BENCH_WRONG;
	}
	return sum;
}
