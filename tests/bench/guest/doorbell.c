// SPDX-License-Identifier: MIT
/*
 * How long an empty job takes in a VM, in three ways: rung by its process, which polls; rung by
 * it, and waited for in the kernel; and submitted to the kernel and waited for.
 *
 * usage: doorbell [SAMPLES]
 *
 * Prints a line for each: its name, the median and the 99th percentile in microseconds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ipu_userq.h"

#define SAMPLES 2000
#define MOST 1000000

static double now_us(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec * 1e6 + (double)at.tv_nsec * 1e-3;
}

static void fail(const char *what, int error)
{
	fprintf(stderr, "doorbell: %s: %s\n", what, strerror(-error));
	exit(1);
}

/* By its doorbell, until its value is in memory. */
static void by_polling(struct ipu_uq *q, uint64_t value)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	unsigned int looks = 0;

	uq_fence(q, value);
	uq_ring(q);
	while (uq_value(q) < value)
		if (!(++looks % 1000000) && ipu_deadline(0) > deadline)
			fail("a job", -ETIME);
}

static void by_waiting(struct ipu_uq *q, uint64_t value)
{
	int ret;

	uq_fence(q, value);
	uq_ring(q);
	ret = uq_wait(q, value, IPU_TEST_WAIT_MS);
	if (ret)
		fail("a wait", ret);
}

static void by_kernel(struct ipu_uq *q, uint64_t value)
{
	const struct ipu_cmd_fence fence = {
		.op = IPU_CMD_FENCE,
		.va = ipu_mem_va(q->s, IPU_MEM_DATA),
		.value = value,
	};
	int ret;

	ipu_add(q->s, &fence);
	ret = ipu_run(q->s);
	if (ret)
		fail("a job of the kernel", ret);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const char *name, void (*job)(struct ipu_uq *q, uint64_t value),
		    struct ipu_uq *q, uint64_t *value, double *us, size_t count)
{
	size_t i;

	for (i = 0; i < 10; i++)
		job(q, ++*value);
	for (i = 0; i < count; i++) {
		double began = now_us();

		job(q, ++*value);
		us[i] = now_us() - began;
	}
	qsort(us, count, sizeof(us[0]), compare);
	printf("%-16s %10.2f %10.2f\n", name, us[count / 2], us[(count - 1) * 99 / 100]);
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 0) : SAMPLES;
	struct ipu_session s;
	uint64_t value = 0;
	struct ipu_uq q;
	double *us;
	int ret;

	if (count < 1 || count > MOST) {
		fprintf(stderr, "usage: doorbell [SAMPLES], from 1 to %u\n", MOST);
		return 1;
	}
	us = calloc(count, sizeof(*us));
	if (!us)
		fail("memory", -ENOMEM);
	ret = ipu_session_open(&s, 1, 0);
	if (ret)
		fail("the card", ret);
	ret = uq_open(&q, &s);
	if (ret)
		fail("a user queue", ret);
	measure("doorbell", by_polling, &q, &value, us, count);
	measure("doorbell_wait", by_waiting, &q, &value, us, count);
	measure("kernel", by_kernel, &q, &value, us, count);
	ipu_session_close(&s);
	free(us);
	return 0;
}
