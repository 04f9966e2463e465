// SPDX-License-Identifier: MIT
/*
 * stress: processes of several threads that submit, map, debug, ring, close and destroy at the
 * same time, and are killed in the midst of it or end by themselves. What a thread does with a
 * context of its own has the right result whatever the others do; a process that ends is gone
 * soon, nothing of it is left, and the next job works. What the kernel itself notices (KASAN,
 * lockdep, KCSAN) is for ipu-vm.
 *
 * What is done follows from the seed, which is printed, and when that is from the machine.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "ipu_test.h"
#include "options.h"
#include "stress.h"

#define PROCESSES 3
#define MOST_MS 3000 /* that a process works */

static int run_process(uint64_t seed, unsigned int ms)
{
	struct stress_worker workers[STRESS_ROLE_COUNT];
	unsigned int i;
	int ret = stress_common_open();

	if (ret) {
		printf("# a process cannot start: %s\n", strerror(-ret));
		return 1;
	}
	for (i = 0; i < STRESS_ROLE_COUNT; i++) {
		workers[i].role = i;
		workers[i].seed = seed + i * 0x9e3779b97f4a7c15ull;
		workers[i].end = ipu_deadline(ms);
		if (pthread_create(&workers[i].thread, NULL, stress_work, &workers[i]))
			return 1;
	}
	for (i = 0; i < STRESS_ROLE_COUNT; i++)
		pthread_join(workers[i].thread, NULL);
	return stress_shared->failed;
}

static bool ended_well(int status)
{
	return WIFEXITED(status) ? !WEXITSTATUS(status) : WTERMSIG(status) == SIGKILL;
}

/* Some have a time at which they are killed. */
static bool is_due(unsigned int i, const void *arg)
{
	const int64_t *killed = arg;

	return killed[i] && ipu_deadline(0) > killed[i];
}

static int do_round(uint64_t seed)
{
	int64_t killed[PROCESSES];
	pid_t pids[PROCESSES];
	const struct ipu_children children = { pids, PROCESSES, ended_well, is_due, killed };
	int wrong;

	fflush(stdout);
	for (unsigned int i = 0; i < PROCESSES; i++) {
		unsigned int ms = 1 + fuzz_below(&seed, MOST_MS);

		/* Two of three are killed; some before they have begun. */
		killed[i] = fuzz_one_in(&seed, 3) ? 0 : ipu_deadline(fuzz_below(&seed, ms));
		pids[i] = fork();
		if (!pids[i]) {
			wrong = run_process(seed + i, ms);
			fflush(stdout);
			_exit(wrong);
		}
		if (pids[i] < 0)
			return 1;
	}
	wrong = ipu_reap(&children);
	if (stress_shared->failed)
		printf("# %s\n", stress_shared->wrong);
	return wrong || stress_shared->failed || ipu_wait_freed() || ipu_check_works();
}

/* A role that was never through tests nothing. */
static int check_done(void)
{
	int wrong = 0;

	for (unsigned int i = 0; i < STRESS_ROLE_COUNT; i++) {
		printf("# %-8s %8llu times\n", stress_role_name(i),
		       (unsigned long long)stress_shared->done[i]);
		wrong |= !stress_shared->done[i];
	}
	return wrong;
}

int main(int argc, char **argv)
{
	uint64_t seconds = 60, seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32, round = 0;
	const struct option_entry options[] = {
		{ "seconds", "N", "how long (60)", .number = &seconds },
		{ "seed", "N", "instead of one from the time", .number = &seed },
		{ 0 },
	};
	int64_t end;
	int wrong = 0, idle;

	options_parse(argc, argv, options, "use the driver from many threads at once");
	stress_shared = mmap(NULL, sizeof(*stress_shared), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stress_shared == MAP_FAILED)
		return 1;
	end = ipu_deadline(0) + (int64_t)seconds * 1000000000ll;
	printf("TAP version 13\n1..2\n# seed %llu\n", (unsigned long long)seed);
	while (!wrong && ipu_deadline(0) < end)
		wrong = do_round(seed + ++round * 0xd1342543de82ef95u);
	idle = check_done();
	printf("%s 1 - %llu rounds\n", wrong ? "not ok" : "ok", (unsigned long long)round);
	printf("%s 2 - all that threads do was done\n", idle ? "not ok" : "ok");
	return wrong || idle;
}
