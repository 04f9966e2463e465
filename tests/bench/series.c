// SPDX-License-Identifier: MIT
#include "series.h"

#include <math.h>
#include <stdlib.h>

void bench_series_add(struct bench_series *series, double value)
{
	if (series->count < BENCH_SERIES_MAX)
		series->value[series->count++] = value;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct bench_series sorted(const struct bench_series *series)
{
	struct bench_series copy = *series;

	qsort(copy.value, copy.count, sizeof(copy.value[0]), compare);
	return copy;
}

double bench_series_median(const struct bench_series *series)
{
	struct bench_series s = sorted(series);

	return (s.value[(s.count - 1) / 2] + s.value[s.count / 2]) / 2;
}

double bench_series_min(const struct bench_series *series)
{
	return sorted(series).value[0];
}

double bench_series_max(const struct bench_series *series)
{
	return sorted(series).value[series->count - 1];
}

void bench_series_scale(struct bench_series *series, double factor)
{
	unsigned int i;

	for (i = 0; i < series->count; i++)
		series->value[i] *= factor;
}

struct bench_series bench_series_ratio(const struct bench_series *a, const struct bench_series *b)
{
	struct bench_series ratio = { 0 };
	unsigned int i;

	for (i = 0; i < a->count && i < b->count; i++)
		bench_series_add(&ratio, a->value[i] / b->value[i]);
	return ratio;
}

struct bench_series bench_series_mean(const struct bench_series *series, unsigned int count)
{
	struct bench_series mean = { 0 };
	unsigned int i, turn;

	for (turn = 0; turn < series[0].count; turn++) {
		double sum = 0;

		for (i = 0; i < count; i++)
			sum += log(series[i].value[turn]);
		bench_series_add(&mean, exp(sum / count));
	}
	return mean;
}
