// SPDX-License-Identifier: MIT
/*
 * fuzz_ioctl: processes that make calls of the driver at random, as a program could or
 * slightly wrong, in several threads, and end or are killed in the midst of it. No call has
 * an error that it does not document, a process that is killed is gone soon, nothing of it is
 * left, and the card works. What the kernel itself notices (KASAN, lockdep) is for ipu-vm.
 *
 * What is called follows from the seed, which is printed, and when that is from the machine.
 * The calls of a round that went wrong are printed as --calls takes them, to be made again
 * and again. Where the kernel has kcov, calls that came to new places are made again, with
 * others after them.
 */
#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "ipu_test.h"
#include "options.h"

#define PROCESSES 2
#define MOST_THREADS 3
#define SEGMENTS 6
#define MOST_STEPS 150 /* of a segment */
#define CORPUS 64
#define SHARE "/sys/module/ipu/parameters/user_share"
#define PERCENT "25" /* of the machine's memory, for buffers of all processes */
#define WAITS_S 10 /* a process that has not made its calls by then is killed, too */

/**
 * struct stem - the calls of a round: so many of each seed, one after the other
 */
struct stem {
	unsigned int count;
	struct {
		uint64_t seed;
		uint32_t steps;
	} segments[SEGMENTS];
};

/* What processes tell this one. */
static struct shared {
	struct fuzz_cover cover;
	struct fuzz_counts counts[64];
	/* Calls that the processes of this round have made. */
	_Atomic uint32_t steps[PROCESSES];
	_Atomic int unexpected;
	_Atomic unsigned int call;
} *shared;

static struct stem corpus[CORPUS];
static unsigned int corpus_count;
/* Rounds that came to new places, and places after the first round. */
static unsigned int new_rounds, first_places;

/* ---- a process -------------------------------------------------------------------------- */

static struct fuzz_process process;

struct thread {
	pthread_t thread;
	const struct stem *stem;
	/* Which process and which thread of it, so that not all do the same. */
	uint64_t number;
};

static void *run(void *arg)
{
	const struct thread *thread = arg;
	unsigned int i;
	uint32_t step;

	fuzz_cover_start();
	for (i = 0; i < thread->stem->count; i++) {
		uint64_t seed = thread->stem->segments[i].seed + thread->number * 0x9e3779b9u;

		for (step = 0; step < thread->stem->segments[i].steps; step++) {
			fuzz_call(&process, &seed);
			fuzz_cover_add(&shared->cover);
			atomic_fetch_add(&shared->steps[thread->number / MOST_THREADS], 1);
		}
	}
	return NULL;
}

/* Root has no limits otherwise, and memory that is pinned for a buffer is gone for all others. */
static int have_limits(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, caps))
		return -errno;
	caps[CAP_TO_INDEX(CAP_SYS_RESOURCE)].effective &= ~CAP_TO_MASK(CAP_SYS_RESOURCE);
	return syscall(SYS_capset, &header, caps) ? -errno : 0;
}

static int run_process(const struct stem *stem, unsigned int number, unsigned int count)
{
	struct thread threads[MOST_THREADS];
	uint64_t seed = stem->segments[0].seed + number;
	unsigned int i;
	int ret = have_limits();

	if (!ret)
		ret = fuzz_process_open(&process, &seed);
	/* The other one has all that is allowed. */
	if (ret == -EDQUOT)
		return 0;
	if (ret) {
		printf("# a process cannot start: %s\n", strerror(-ret));
		return 1;
	}
	for (i = 0; i < count; i++) {
		threads[i].stem = stem;
		threads[i].number = number * MOST_THREADS + i;
		if (pthread_create(&threads[i].thread, NULL, run, &threads[i]))
			return 1;
	}
	for (i = 0; i < count; i++)
		pthread_join(threads[i].thread, NULL);
	if (process.unexpected && !atomic_exchange(&shared->unexpected, process.unexpected))
		atomic_store(&shared->call, process.call);
	return 0;
}

/* ---- rounds ----------------------------------------------------------------------------- */

static void add_segment(struct stem *stem, uint64_t *seed)
{
	unsigned int i = stem->count++;

	stem->segments[i].seed =
		(uint64_t)fuzz_below(seed, UINT32_MAX) << 32 | fuzz_below(seed, UINT32_MAX);
	stem->segments[i].steps = 1 + fuzz_below(seed, MOST_STEPS);
}

/* A new one; or how one began that came to new places, and something new after that. */
static void make_stem(struct stem *stem, uint64_t *seed)
{
	stem->count = 0;
	if (corpus_count && !fuzz_one_in(seed, 3)) {
		*stem = corpus[fuzz_below(seed, corpus_count)];
		if (stem->count == SEGMENTS)
			stem->count = 1 + fuzz_below(seed, SEGMENTS - 1);
	}
	add_segment(stem, seed);
}

/* SEED:STEPS, with commas between them. */
static void show_stem(const struct stem *stem)
{
	unsigned int i;

	printf("# again with --calls ");
	for (i = 0; i < stem->count; i++)
		printf("%s%llx:%u", i ? "," : "", (unsigned long long)stem->segments[i].seed,
		       stem->segments[i].steps);
	printf("\n");
}

static bool read_stem(const char *text, struct stem *stem)
{
	unsigned long long number;
	int bytes;

	stem->count = 0;
	while (stem->count < SEGMENTS && sscanf(text, "%llx:%u%n", &number,
						&stem->segments[stem->count].steps, &bytes) == 2) {
		stem->segments[stem->count++].seed = number;
		text += bytes;
		if (*text != ',')
			return !*text;
		text++;
	}
	return false;
}

static void keep_stem(const struct stem *stem, uint64_t *seed)
{
	if (corpus_count < CORPUS)
		corpus[corpus_count++] = *stem;
	else
		corpus[fuzz_below(seed, CORPUS)] = *stem;
}

/* A call may have had the kernel write to the process's own memory. */
static bool ended_well(int status)
{
	if (WIFEXITED(status))
		return !WEXITSTATUS(status);
	return WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGSEGV ||
	       WTERMSIG(status) == SIGBUS;
}

/* When processes are killed: after so many calls, or at that time if they wait for ever. */
struct ends {
	uint32_t most[PROCESSES];
	int64_t waits;
};

static bool is_due(unsigned int i, const void *arg)
{
	const struct ends *ends = arg;

	return shared->steps[i] > ends->most[i] || ipu_deadline(0) > ends->waits;
}

/* Processes that make the same calls, each in its way. */
static int run_stem(const struct stem *stem, uint64_t *seed)
{
	pid_t pids[PROCESSES];
	struct ends ends;
	const struct ipu_children children = { pids, PROCESSES, ended_well, is_due, &ends };
	uint32_t calls = 0;
	int wrong;

	for (unsigned int i = 0; i < stem->count; i++)
		calls += stem->segments[i].steps;
	fflush(stdout);
	for (unsigned int i = 0; i < PROCESSES; i++) {
		unsigned int threads = 1 + fuzz_below(seed, MOST_THREADS);

		/* Half of them end by themselves. */
		ends.most[i] = fuzz_below(seed, 2 * threads * calls);
		atomic_store(&shared->steps[i], 0);
		pids[i] = fork();
		if (!pids[i]) {
			wrong = run_process(stem, i, threads);
			fflush(stdout);
			_exit(wrong);
		}
		if (pids[i] < 0)
			return 1;
	}
	ends.waits = ipu_deadline(WAITS_S * 1000);
	return ipu_reap(&children);
}

static int do_round(const struct stem *given, uint64_t seed)
{
	uint32_t places = shared->cover.count;
	struct stem stem;
	int wrong;

	if (given)
		stem = *given;
	else
		make_stem(&stem, &seed);
	wrong = run_stem(&stem, &seed);
	if (shared->cover.count > places) {
		keep_stem(&stem, &seed);
		new_rounds++;
	}
	if (!first_places)
		first_places = shared->cover.count;
	if (shared->unexpected) {
		printf("# %s: %s, which is no error of it\n", fuzz_call_name(shared->call),
		       strerror(shared->unexpected));
		wrong = 1;
	}
	wrong = wrong || ipu_wait_freed() || ipu_check_works();
	if (wrong)
		show_stem(&stem);
	return wrong;
}

static void show_counts(void)
{
	unsigned int i;

	for (i = 0; i < fuzz_calls(); i++)
		printf("# %-15s %8llu succeeded, %8llu failed\n", fuzz_call_name(i),
		       (unsigned long long)fuzz_counts[i].succeeded,
		       (unsigned long long)fuzz_counts[i].failed);
	if (fuzz_cover_available())
		printf("# %u places in the driver, %u of them in the first round; %u rounds came to new ones\n",
		       shared->cover.count, first_places, new_rounds);
}

/* Whether a card is in a chain with others, so that its contexts can be linked. */
static bool is_linked(void)
{
	struct drm_ipu_query_info info = { 0 };
	int fd = ipu_open();

	if (fd < 0)
		return false;
	ipu_query_info(fd, &info);
	close(fd);
	return info.caps & IPU_CAP_LINK;
}

static bool is_made(const char *call)
{
	unsigned int i;

	for (i = 0; i < fuzz_calls(); i++) {
		if (!strcmp(fuzz_call_name(i), call))
			return fuzz_counts[i].succeeded;
	}
	return false;
}

/* Without these, hardly anything is tested; what rarely works comes in a long run only. */
static int check_counts(uint64_t rounds)
{
	bool is_long = rounds >= 50;

	return !is_made("ctx_create") || !is_made("bo_create") || !is_made("submit") ||
	       !is_made("userq_create") || !is_made("link_create") ||
	       (is_long && !is_made("userq_wait")) ||
	       (is_long && is_linked() && !is_made("ctx_linked"));
}

/* kcov tells of places, and of others in later rounds, if there were a few of them. */
static int check_cover(uint64_t rounds)
{
	bool works = first_places && (rounds < 4 || new_rounds > 1);

	if (fuzz_cover_available())
		printf("%s 3 - kcov says where calls came by\n", works ? "ok" : "not ok");
	else
		printf("ok 3 # SKIP this kernel has no kcov; that of ipu-vm --debug does\n");
	return fuzz_cover_available() && !works;
}

int main(int argc, char **argv)
{
	uint64_t seconds = 20, seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32;
	const char *calls = NULL;
	const struct option_entry options[] = {
		{ "seconds", "N", "how long (20)", .number = &seconds },
		{ "seed", "N", "instead of one from the time", .number = &seed },
		{ "calls", "LIST", "those of a round that went wrong, as it was printed",
		  .text = &calls },
		{ 0 },
	};
	uint64_t round = 0;
	struct stem stem;
	int64_t end;
	int wrong = 0, idle;

	options_parse(argc, argv, options, "make calls of the driver at random");
	if (calls && !read_stem(calls, &stem)) {
		fprintf(stderr, "fuzz_ioctl: --calls %s: not SEED:STEPS,...\n", calls);
		return 2;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 1;
	fuzz_counts = shared->counts;
	if (ipu_write_file(SHARE, PERCENT)) {
		printf("Bail out! no " SHARE "\n");
		return 1;
	}
	end = ipu_deadline(0) + (int64_t)seconds * 1000000000ll;
	printf("TAP version 13\n1..%d\n# seed %llu\n", calls ? 1 : 3, (unsigned long long)seed);
	while (!wrong && ipu_deadline(0) < end)
		wrong = do_round(calls ? &stem : NULL, seed + ++round * 0xd1342543de82ef95u);
	show_counts();
	printf("%s 1 - %llu rounds\n", wrong ? "not ok" : "ok", (unsigned long long)round);
	if (calls)
		return wrong;
	idle = check_counts(round);
	printf("%s 2 - contexts, buffers, jobs, user queues and links were made\n",
	       idle ? "not ok" : "ok");
	return check_cover(round) || wrong || idle;
}
