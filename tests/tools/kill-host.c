// SPDX-License-Identifier: MIT
/*
 * kill-host: processes that use the card, two at a time, and are killed, end, close the
 * device or destroy contexts at random moments of all that programs do: run, print, stream,
 * profile, exchange. After each pair nothing of them is left, and the card works.
 *
 * What happens follows from the seed, which is printed; when it happens, in microseconds,
 * too, as far as the machine lets it. --round N does that round of the seed alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <drm.h>
#include <drm/ipu_accel.h>

#include <ipu_profile.h>
#include <ipu_stream.h>

#include "options.h"

#define PROCESSES 2
#define MOST_JOBS 2 /* contexts of a process */
#define MOST_TILES 12 /* of a context: all of them fit on a card of 64 */
#define SAMPLES 100000 /* of a stream that ends */
#define HANGS_S 120 /* a process that has not ended by then never does */

static const char *programs, *examples;

/* ---- Random numbers ---- */

static uint32_t below(uint64_t *seed, uint32_t limit)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 32) % limit;
}

/* As many moments between 10 and 100 microseconds as between 0.1 and 1 second. */
static useconds_t moment(uint64_t *seed)
{
	useconds_t most = 20;

	for (uint32_t n = below(seed, 16); n; n--)
		most *= 2;
	return most / 2 + below(seed, most);
}

/* ---- What a context does ---- */

/**
 * struct job - a context, and the thread that uses it
 * @seed: of what it does
 * @ctx: NULL when others have the tiles
 * @in, @out: samples of its stream so far
 * @endless: the stream is
 * @lines: that its program has printed
 * @wrong: what is not as it should be, empty if nothing
 */
struct job {
	pthread_t thread;
	uint64_t seed;
	struct ipu_context *ctx;
	uint64_t in, out;
	bool endless;
	uint32_t lines;
	char wrong[300];
};

static bool expect(struct job *job, bool so, const char *what)
{
	if (!so && !job->wrong[0])
		snprintf(job->wrong, sizeof(job->wrong), "%s (%s)", what, ipu_error());
	return so;
}

static bool load(struct job *job, const char *folder, const char *name)
{
	struct ipu_program *prog;
	char path[500];
	int err;

	snprintf(path, sizeof(path), "%s/%s.elf", folder, name);
	err = ipu_program_open(path, &prog);
	if (!err)
		err = ipu_load(job->ctx, prog);
	if (!err)
		ipu_program_close(prog);
	return expect(job, !err, name);
}

/* Wait a while for the end of the run; true when it is there. */
static bool wait_for_end(struct job *job, struct ipu_report *report)
{
	bool all = below(&job->seed, 2);
	int64_t patience = (int64_t)moment(&job->seed) * 1000;
	int err = ipu_run_wait(job->ctx, all ? -1 : patience, report);

	if (err == -ETIME && !all)
		return false;
	return expect(job, !err, "the run ends");
}

static void count_line(const struct ipu_printed *line, void *data)
{
	struct job *job = data;

	job->lines += !line->dropped || line->bytes;
}

static void prints(struct job *job)
{
	if (!load(job, programs, "print-live") ||
	    !expect(job, !ipu_set_print(job->ctx, count_line, job), "who takes what it prints") ||
	    !expect(job, !ipu_run_start(job->ctx), "print-live starts"))
		return;
	if (wait_for_end(job, NULL))
		expect(job, job->lines == 4 * (6 * 25 + 1) * ipu_context_tiles(job->ctx),
		       "all lines come");
}

/* One that prints and never ends, until its watchdog, or whoever destroys it. */
static void prints_forever(struct job *job)
{
	int err;

	if (!load(job, programs, "print-forever") ||
	    !expect(job, !ipu_set_print(job->ctx, count_line, job), "who takes what it prints") ||
	    !expect(job, !ipu_run_start(job->ctx), "print-forever starts"))
		return;
	err = ipu_run_wait(job->ctx, (int64_t)moment(&job->seed) * 1000, NULL);
	expect(job, err == -ETIME || err == -ETIMEDOUT, "print-forever does not end");
}

static int64_t feed(void *arg, void *data, size_t bytes)
{
	struct job *job = arg;
	size_t count = bytes / sizeof(float);
	float *to = data;

	if (!job->endless && count > SAMPLES - job->in)
		count = SAMPLES - job->in;
	for (size_t i = 0; i < count; i++)
		to[i] = (float)(job->in++ % SAMPLES);
	return (int64_t)(count * sizeof(*to));
}

static int64_t take(void *arg, void *data, size_t bytes)
{
	struct job *job = arg;
	const float *from = data;

	for (size_t i = 0; i < bytes / sizeof(*from); i++)
		if (from[i] != 2 * (float)(job->out++ % SAMPLES))
			return -EILSEQ;
	return (int64_t)bytes;
}

static void streams(struct job *job)
{
	const float tap = 2;
	int pipes[2] = { -1, -1 }, err;

	if (!load(job, examples, "filter/filter") ||
	    !expect(job, !ipu_tensor_set(job->ctx, "h", &tap, sizeof(tap), 1), "a tap"))
		return;
	job->endless = below(&job->seed, 2);
	/* A pipe to which nobody writes is a source that waits for ever. */
	if (job->endless && below(&job->seed, 3) == 0 && !pipe2(pipes, O_CLOEXEC))
		err = ipu_stream_fd(job->ctx, "x", pipes[0]);
	else
		err = ipu_stream_callback(job->ctx, "x", feed, job);
	expect(job, !err, "a source");
	expect(job, !ipu_stream_callback(job->ctx, "y", take, job), "a sink");
	if (!expect(job, !ipu_run_start(job->ctx), "the filter starts"))
		return;
	if (job->endless)
		expect(job,
		       ipu_run_wait(job->ctx, (int64_t)moment(&job->seed) * 1000, NULL) == -ETIME,
		       "an endless stream does not end");
	else if (wait_for_end(job, NULL))
		expect(job, job->out == SAMPLES, "all of the stream comes");
	if (pipes[0] < 0)
		return;
	ipu_context_destroy(job->ctx);
	job->ctx = NULL;
	close(pipes[0]);
	close(pipes[1]);
}

static void profiles(struct job *job)
{
	struct ipu_profile_totals totals = { .size = sizeof(totals) };
	struct ipu_report report = { .size = sizeof(report) };

	if (!load(job, programs, "profile-long") ||
	    !expect(job, !ipu_profile_start(job->ctx, NULL), "a profile") ||
	    !expect(job, !ipu_run_start(job->ctx), "profile-long starts") ||
	    !wait_for_end(job, &report) ||
	    !expect(job, !ipu_profile_get_totals(job->ctx, &totals), "its sums"))
		return;
	expect(job,
	       report.at_sync && report.cycles == totals.compute_cycles + totals.sync_cycles +
							  totals.exchange_cycles +
							  totals.host_cycles,
	       "the phases add up");
}

static void enters(struct job *job)
{
	uint32_t sum[MOST_TILES] = { 0 };

	if (!load(job, programs, "entries"))
		return;
	expect(job, !ipu_run(job->ctx, NULL), "main() runs");
	expect(job, !ipu_set_entry(job->ctx, "add") && !ipu_run(job->ctx, NULL), "add() runs");
	expect(job, !ipu_tensor_get(job->ctx, "sum", sum, sizeof(sum), NULL), "the sums are read");
	for (uint32_t tile = 0; tile < ipu_context_tiles(job->ctx); tile++)
		expect(job, sum[tile] == 100 + tile + 1, "the sums are right");
}

static void *do_job(void *arg)
{
	static void (*const kinds[])(struct job *job) = {
		prints, prints_forever, streams, profiles, enters,
	};
	struct job *job = arg;

	kinds[below(&job->seed, sizeof(kinds) / sizeof(kinds[0]))](job);
	if (below(&job->seed, 4)) {
		ipu_context_destroy(job->ctx);
		job->ctx = NULL;
	}
	return NULL;
}

/* ---- A process ---- */

static unsigned int entries_of(const char *path)
{
	unsigned int count = 0;
	DIR *dir = opendir(path);

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

/* Contexts that are left go on until the process ends; and the device until they do. */
static struct job jobs[MOST_JOBS];

static int start_jobs(struct ipu_device *dev, uint64_t *seed, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct ipu_context_options options = {
			.size = sizeof(options),
			.tiles = 1 + below(seed, MOST_TILES),
			.watchdog_ms = 60000,
			.flags = below(seed, 2) ? IPU_CONTEXT_USER_QUEUE : 0,
		};
		int err = ipu_context_create(dev, &options, &jobs[i].ctx);

		jobs[i].seed = *seed += i;
		if (err && err != -EBUSY) {
			printf("# a context: %s\n", ipu_error());
			return 1;
		}
		if (!err && pthread_create(&jobs[i].thread, NULL, do_job, &jobs[i]))
			return 1;
	}
	return 0;
}

/* What all of it has left in a process in which all is closed. */
static int check_process(unsigned int files, unsigned int threads)
{
	/* The kernel wakes who joins a thread before it takes it off the list. */
	for (int i = 0; i < 1000; i++) {
		if (entries_of("/proc/self/fd") == files &&
		    entries_of("/proc/self/task") == threads)
			return 0;
		usleep(5000);
	}
	printf("# %u files and %u threads instead of %u and %u\n", entries_of("/proc/self/fd"),
	       entries_of("/proc/self/task"), files, threads);
	return 1;
}

static int finish_jobs(uint32_t count)
{
	int wrong = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (jobs[i].thread)
			pthread_join(jobs[i].thread, NULL);
		if (jobs[i].wrong[0])
			wrong = printf("# not so: %s\n", jobs[i].wrong);
		ipu_context_destroy(jobs[i].ctx);
	}
	return wrong != 0;
}

static int process(uint64_t seed)
{
	const unsigned int files = entries_of("/proc/self/fd");
	const unsigned int threads = entries_of("/proc/self/task");
	const uint32_t count = 1 + below(&seed, MOST_JOBS);
	struct ipu_device *dev;
	int wrong;

	if (ipu_open(NULL, &dev)) {
		printf("# %s\n", ipu_error());
		return 1;
	}
	wrong = start_jobs(dev, &seed, count);
	if (below(&seed, 2))
		usleep(moment(&seed));
	switch (wrong ? 0 : below(&seed, 3)) {
	case 0: /* in the middle of it */
		return wrong;
	case 1: /* its contexts go on without it */
		ipu_close(dev);
		return finish_jobs(count);
	default:
		wrong = finish_jobs(count);
		ipu_close(dev);
		wrong |= check_process(files, threads);
		/* With the sanitizers, memory that is left is an error, too. */
		exit(wrong);
	}
}

static pid_t start_process(uint64_t seed)
{
	pid_t pid = fork();

	if (!pid) {
		alarm(HANGS_S);
		pid = process(seed);
		fflush(stdout);
		_exit((int)pid);
	}
	return pid;
}

/* ---- What is left ---- */

/* Buffers, contexts and tiles of this user, on a card; not on the simulator, whose end is its process's. */
static bool is_free(char *why, size_t bytes)
{
	struct drm_ipu_query_limits limits = { 0 };
	struct drm_ipu_dev_query query = {
		.type = DRM_IPU_QUERY_LIMITS,
		.size = sizeof(limits),
		.data = (uintptr_t)&limits,
	};
	int fd = open("/dev/accel/accel0", O_RDWR | O_CLOEXEC);
	bool asked = fd >= 0 && !ioctl(fd, DRM_IOCTL_IPU_DEV_QUERY, &query);

	if (fd >= 0)
		close(fd);
	snprintf(why, bytes, "%u contexts, %u tiles, %llu bytes of buffers", limits.used_contexts,
		 limits.used_tiles, (unsigned long long)limits.used_bytes);
	return asked && !limits.used_contexts && !limits.used_tiles && !limits.used_bytes;
}

static bool on_simulator(void)
{
	const char *device = getenv("IPU_DEVICE");

	return device && !strncmp(device, "sim", 3);
}

/* A process's end does not wait for its contexts'. */
static int check_left(void)
{
	char why[200];

	for (int tries = 0; !on_simulator() && !is_free(why, sizeof(why)); tries++) {
		if (tries == 10 * HANGS_S) {
			printf("# left after %u seconds: %s\n", HANGS_S, why);
			return 1;
		}
		usleep(100000);
	}
	return 0;
}

/* The next program, in a process of its own. */
static int check_next(void)
{
	struct job job = { .seed = 1 };
	const struct ipu_context_options options = { .size = sizeof(options), .tiles = MOST_TILES };
	struct ipu_device *dev;

	if (expect(&job, !ipu_open(NULL, &dev), "the card opens") &&
	    expect(&job, !ipu_context_create(dev, &options, &job.ctx), "a context"))
		enters(&job);
	if (job.wrong[0])
		printf("# the next program: not so: %s\n", job.wrong);
	fflush(stdout);
	return job.wrong[0] != 0;
}

/* ---- Rounds ---- */

static int reap(pid_t pid, bool killed)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return 1;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return 0;
	if (WIFSIGNALED(status))
		printf("# a process ended by signal %d%s\n", WTERMSIG(status),
		       WTERMSIG(status) == SIGALRM ? ": it hangs" : "");
	return 1;
}

static int do_round(uint64_t seed)
{
	pid_t pids[PROCESSES], next;
	bool killed[PROCESSES];
	int wrong = 0;

	fflush(stdout);
	for (int i = 0; i < PROCESSES; i++)
		pids[i] = start_process(seed + (uint64_t)i * 0x9e3779b97f4a7c15u);
	for (int i = 0; i < PROCESSES; i++) {
		killed[i] = below(&seed, 3);
		if (killed[i]) {
			usleep(moment(&seed));
			kill(pids[i], SIGKILL);
		}
	}
	for (int i = 0; i < PROCESSES; i++)
		wrong |= reap(pids[i], killed[i]);
	wrong |= check_left();
	next = fork();
	if (!next) {
		alarm(HANGS_S);
		_exit(check_next());
	}
	return wrong | reap(next, false);
}

int main(int argc, char **argv)
{
	uint64_t seconds = 30, seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32, only = 0;
	const struct option_entry options[] = {
		{ "programs", "FOLDER", "those of tests/tools", .text = &programs, .needed = true },
		{ "examples", "FOLDER", "the examples", .text = &examples, .needed = true },
		{ "seconds", "N", "how long (30)", .number = &seconds },
		{ "seed", "N", "instead of one from the time", .number = &seed },
		{ "round", "N", "only this round of the seed, from 1 on", .number = &only },
		{ 0 },
	};
	uint64_t round = 0;
	time_t end;
	int wrong = 0;

	programs = examples = "";
	options_parse(argc, argv, options, "use the card, and end at random moments");
	end = time(NULL) + (time_t)seconds;
	printf("TAP version 13\n1..1\n# seed %llu\n", (unsigned long long)seed);
	while (!wrong && (only ? round < only : time(NULL) < end)) {
		round++;
		if (!only || round == only)
			wrong = do_round(seed + round * 0xd1342543de82ef95u);
	}
	if (wrong)
		printf("# round %llu: again with --seed %llu --round %llu\n",
		       (unsigned long long)round, (unsigned long long)seed,
		       (unsigned long long)round);
	printf("%s 1 - %llu rounds\n", wrong ? "not ok" : "ok", (unsigned long long)round);
	return wrong;
}
