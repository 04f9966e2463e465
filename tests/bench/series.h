/* SPDX-License-Identifier: MIT */
/*
 * The same thing measured several times.
 */
#ifndef BENCH_SERIES_H
#define BENCH_SERIES_H

#define BENCH_SERIES_MAX 101

/**
 * struct bench_series - measurements in the order in which they were taken
 * @count: how many, at most BENCH_SERIES_MAX; what is added beyond is dropped
 * @value: the measurements
 */
struct bench_series {
	unsigned int count;
	double value[BENCH_SERIES_MAX];
};

void bench_series_add(struct bench_series *series, double value);

/* Of a series that is not empty. */
double bench_series_median(const struct bench_series *series);
double bench_series_min(const struct bench_series *series);
double bench_series_max(const struct bench_series *series);

/** bench_series_scale - each value times @factor */
void bench_series_scale(struct bench_series *series, double factor);

/** bench_series_ratio - each value of @a over that of @b taken in the same turn */
struct bench_series bench_series_ratio(const struct bench_series *a, const struct bench_series *b);

/** bench_series_mean - the geometric mean of @count series, turn by turn */
struct bench_series bench_series_mean(const struct bench_series *series, unsigned int count);

#endif /* BENCH_SERIES_H */
