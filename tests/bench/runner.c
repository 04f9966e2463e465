// SPDX-License-Identifier: MIT
/*
 * Running programs as processes, and measuring, see runner.h.
 */
#include "runner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answer.h"
#include "bench.h"

/* long compared with the clock's resolution, but short enough to wait for */
#define SECONDS 0.08
#define SECONDS_ENOUGH (SECONDS / 4)

static _Noreturn void become(const struct bench_runner *runner, uint32_t rounds, int out)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", rounds);
	dup2(out, STDOUT_FILENO);
	if (runner->qemu)
		execl(runner->qemu, runner->qemu, "-cpu", runner->cpu, runner->path, number,
		      (char *)NULL);
	else
		execl(runner->path, runner->path, number, (char *)NULL);
	fprintf(stderr, "bench: cannot run %s: %s\n", runner->qemu ? runner->qemu : runner->path,
		strerror(errno));
	_exit(127);
}

static size_t read_answer(int fd, struct bench_answer *answer)
{
	size_t done = 0;
	ssize_t got;

	do {
		got = read(fd, (char *)answer + done, sizeof(*answer) - done);
		if (got > 0)
			done += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return done;
}

static bool run_process(const struct bench_runner *runner, uint32_t rounds,
			struct bench_sample *sample)
{
	struct bench_answer answer = { .checksum = BENCH_WRONG };
	int out[2], status = 0;
	size_t got;
	pid_t pid;

	if (pipe(out)) {
		perror("bench: pipe");
		return false;
	}
	pid = fork();
	if (!pid)
		become(runner, rounds, out[1]);
	close(out[1]);
	got = read_answer(out[0], &answer);
	close(out[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("bench: fork");
		return false;
	}
	if (status || got != sizeof(answer)) {
		fprintf(stderr, "bench: %s%s%s ended with status 0x%x and %zu bytes of answer\n",
			runner->qemu ? runner->qemu : "", runner->qemu ? " " : "", runner->path,
			(unsigned int)status, got);
		return false;
	}
	sample->seconds = (double)answer.ns * 1e-9;
	sample->instructions = 0;
	sample->checksum = answer.checksum;
	return true;
}

bool bench_run_once(const struct bench_runner *runner, uint32_t rounds, struct bench_sample *sample)
{
	bool done = runner->tile ? bench_run_tile(runner->path, rounds, sample) :
				   run_process(runner, rounds, sample);

	if (done && sample->checksum == BENCH_WRONG)
		fprintf(stderr, "bench: %s computes wrong results\n", runner->path);
	return done && sample->checksum != BENCH_WRONG;
}

bool bench_runner_prepare(struct bench_runner *runner)
{
	struct bench_sample sample;

	for (runner->rounds = 1;; runner->rounds *= 2) {
		if (!bench_run_once(runner, runner->rounds, &sample))
			return false;
		if (sample.seconds >= SECONDS_ENOUGH || runner->rounds >= 1u << 30)
			break;
	}
	runner->instructions = sample.instructions / runner->rounds;
	runner->rounds = (uint32_t)(runner->rounds * SECONDS / sample.seconds);
	if (!runner->rounds)
		runner->rounds = 1;
	return true;
}

bool bench_runner_measure(struct bench_runner *runner)
{
	struct bench_sample sample;

	if (!bench_run_once(runner, runner->rounds, &sample))
		return false;
	runner->checksum = sample.checksum;
	bench_series_add(&runner->speed, runner->rounds / sample.seconds);
	return true;
}

bool bench_runners_measure(struct bench_runner *runners, unsigned int count, unsigned int turns)
{
	unsigned int turn, i;

	for (i = 0; i < count; i++)
		if (!bench_runner_prepare(&runners[i]))
			return false;
	for (turn = 0; turn < turns; turn++)
		for (i = 0; i < count; i++)
			if (!bench_runner_measure(&runners[i]))
				return false;
	return true;
}
