// SPDX-License-Identifier: MIT
/*
 * Jobs that do nothing: how long one takes, by the kernel and by a doorbell, against a read of
 * a disk that does nothing either, and how many there are in a second.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

#define BLOCK 4096

/* Of one job or read after the other, in a turn that measures. */
#define SAMPLES 500
#define QUEUES 8
/* Jobs that have not ended, of each queue; all queues together have no more than a context may. */
#define DEPTH 16

/* One that sleeps until the job has ended. */
static void time_jobs(const struct guest_card *card, double *us, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		double began = guest_now();

		guest_wait(card, guest_submit(card, 0));
		us[i] = guest_now() - began;
	}
}

static void time_reads(int disk, void *block, double *us, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		double began = guest_now();

		if (pread(disk, block, BLOCK, (off_t)(i * BLOCK)) != BLOCK)
			guest_fail("a read of the NVMe disk");
		us[i] = guest_now() - began;
	}
}

static void time_doorbell(struct guest_doorbell *bell, double *us, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		double began = guest_now();

		guest_doorbell_submit(bell);
		guest_doorbell_wait(bell);
		us[i] = guest_now() - began;
	}
}

/**
 * struct latency - what is done one after the other
 * @median: its line of the report
 * @p99: likewise
 */
struct latency {
	struct bench_line *median;
	struct bench_line *p99;
};

static void add_times(struct latency *of, double *us, size_t count)
{
	bench_series_add(&of->median->value, guest_percentile(us, count, 50));
	bench_series_add(&of->p99->value, guest_percentile(us, count, 99));
}

static void compare_times(struct latency *of, const struct latency *read)
{
	of->median->ratio = bench_series_ratio(&read->median->value, &of->median->value);
	of->p99->ratio = bench_series_ratio(&read->p99->value, &of->p99->value);
}

static void measure_latency(const struct guest_options *options, const struct guest_card *card,
			    struct bench_report *report)
{
	const size_t count = options->times > 1 ? SAMPLES : 1;
	struct latency job = { bench_report_add(report, "job_empty_vs_nvme", "us", "NVMe"),
			       bench_report_add(report, "job_empty_p99_vs_nvme", "us", "NVMe") };
	struct latency ring = { bench_report_add(report, "doorbell_vs_nvme", "us", "NVMe"),
				bench_report_add(report, "doorbell_p99_vs_nvme", "us", "NVMe") };
	struct latency read = { bench_report_add(report, "nvme_read", "us", NULL),
				bench_report_add(report, "nvme_read_p99", "us", NULL) };
	int disk = open(options->nvme, O_RDONLY | O_DIRECT | O_CLOEXEC);
	struct guest_doorbell bell;
	double us[SAMPLES];
	unsigned int turn;
	void *block;

	if (disk < 0)
		guest_fail(options->nvme);
	if (posix_memalign(&block, BLOCK, BLOCK)) {
		errno = ENOMEM;
		guest_fail("a block");
	}
	guest_doorbell_open(card, &bell);
	/* What is done for the first time takes longer. */
	time_jobs(card, us, 1);
	time_doorbell(&bell, us, 1);
	time_reads(disk, block, us, 1);
	for (turn = 0; turn < options->turns; turn++) {
		time_jobs(card, us, count);
		add_times(&job, us, count);
		time_doorbell(&bell, us, count);
		add_times(&ring, us, count);
		time_reads(disk, block, us, count);
		add_times(&read, us, count);
	}
	compare_times(&job, &read);
	compare_times(&ring, &read);
	guest_doorbell_close(card, &bell);
	free(block);
	close(disk);
}

/* @times jobs in each of so many queues, a few of each at a time. */
static double jobs_per_second(const struct guest_card *card, const uint32_t *queue,
			      unsigned int queues, unsigned int times)
{
	uint64_t last[QUEUES][DEPTH] = { 0 };
	double began = guest_now();
	unsigned int i, q;

	for (i = 0; i < times; i++) {
		for (q = 0; q < queues; q++) {
			uint64_t *slot = &last[q][i % DEPTH];

			if (*slot)
				guest_wait(card, *slot);
			*slot = guest_submit(card, queue[q]);
		}
	}
	for (i = 0; i < DEPTH; i++)
		for (q = 0; q < queues; q++)
			if (last[q][i])
				guest_wait(card, last[q][i]);
	return times * queues / (guest_now() - began) * 1e6;
}

/* The same of FENCEs in a user queue, of which as many are under way as its ring has room for. */
static double fences_per_second(struct guest_doorbell *bell, unsigned int times)
{
	double began = guest_now();
	unsigned int i;

	for (i = 0; i < times; i++)
		guest_doorbell_submit(bell);
	guest_doorbell_wait(bell);
	return times / (guest_now() - began) * 1e6;
}

static void measure_throughput(const struct guest_options *options, const struct guest_card *card,
			       struct bench_report *report)
{
	struct bench_line *one = bench_report_add(report, "jobs_per_second_1_queue", "1/s", NULL);
	struct bench_line *all = bench_report_add(report, "jobs_per_second_8_queues", "1/s", NULL);
	struct bench_line *user =
		bench_report_add(report, "jobs_per_second_user_queue", "1/s", "driver");
	uint32_t queue[QUEUES] = { 0 };
	struct guest_doorbell bell;
	unsigned int i, turn;

	for (i = 1; i < QUEUES; i++) {
		struct drm_ipu_queue_create create = { .ctx = card->ctx };

		guest_ioctl(card, DRM_IOCTL_IPU_QUEUE_CREATE, &create, "QUEUE_CREATE");
		queue[i] = create.queue;
	}
	guest_doorbell_open(card, &bell);
	for (turn = 0; turn < options->turns; turn++) {
		bench_series_add(&one->value,
				 jobs_per_second(card, queue, 1, options->times * QUEUES));
		bench_series_add(&all->value, jobs_per_second(card, queue, QUEUES, options->times));
		bench_series_add(&user->value, fences_per_second(&bell, options->times * QUEUES));
	}
	user->ratio = bench_series_ratio(&user->value, &one->value);
	guest_doorbell_close(card, &bell);
}

void guest_jobs(const struct guest_options *options, struct bench_report *report)
{
	const uint32_t nop[IPU_CMD_SIZE / 4] = { IPU_CMD_NOP };
	struct guest_card card;

	guest_card_open(&card);
	guest_command(&card, nop);
	measure_latency(options, &card, report);
	measure_throughput(options, &card, report);
	guest_card_close(&card);
}
