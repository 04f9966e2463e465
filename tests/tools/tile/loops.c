// SPDX-License-Identifier: MIT
/* The loops of loops.h, as a function of the name LOOPS. */
#include "loops.h"

#include <math.h>

static void whole_numbers(const struct loops_in *restrict in, struct loops_out *restrict out,
			  uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		out->average[i] = (uint8_t)((in->bytes[i] + in->bytes[i + n] + 1) / 2);
	for (i = 0; i < n; i++)
		out->products[i] = (int16_t)(in->halves[i] * in->signed_bytes[i]);
	for (i = 0; i < n; i++)
		out->widened[i] = in->halves[i] * in->halves[n - 1 - i] - in->signed_bytes[i];
	for (i = 0; i < n; i++)
		out->chosen[i] =
			in->words[i] < in->words[i + n] ? in->words[i] >> 3 : in->words[i + n] << 2;
	for (i = 0; i < n; i++)
		out->quotients[i] = in->words[i] / (in->signed_bytes[i] | 1);
}

static void places(const struct loops_in *restrict in, struct loops_out *restrict out, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		out->planes[0][i] = in->bytes[3 * i];
		out->planes[1][i] = in->bytes[3 * i + 1];
		out->planes[2][i] = in->bytes[3 * i + 2];
	}
	for (i = 0; i < n; i++)
		out->even[i] = in->words[2 * i];
	for (i = 0; i < n; i++)
		out->gathered[i] = in->words[in->index[i]];
	for (i = 0; i < n; i++)
		out->reversed[i] = in->words[n - 1 - i];
}

static void sums(const struct loops_in *restrict in, struct loops_out *restrict out, uint32_t n)
{
	int32_t sum = 0, largest = INT32_MIN;
	uint32_t i;

	for (i = 0; i < n; i++)
		sum += in->signed_bytes[i] * in->halves[i];
	for (i = 0; i < n; i++)
		largest = in->words[i] > largest ? in->words[i] : largest;
	out->sum = sum;
	out->largest = largest;
}

static void floats(const struct loops_in *restrict in, struct loops_out *restrict out, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		out->fused[i] = in->floats[i] * 1.1f + in->floats[n - 1 - i];
	for (i = 0; i < n; i++)
		out->roots[i] = sqrtf(fabsf(in->floats[i])) / 3.0f;
	for (i = 0; i < n; i++)
		out->rounded[i] = (int32_t)in->floats[i];
	for (i = 0; i < n; i++)
		out->from_words[i] = (float)in->words[i];
	for (i = 0; i < n; i++)
		out->narrowed[i] = (_Float16)in->floats[i];
	for (i = 0; i < n; i++)
		out->half_sums[i] = in->float16s[i] * (_Float16)0.3f + in->float16s[n - 1 - i];
}

void LOOPS(const struct loops_in *in, struct loops_out *out, uint32_t n)
{
	whole_numbers(in, out, n);
	places(in, out, n);
	sums(in, out, n);
	floats(in, out, n);
}
