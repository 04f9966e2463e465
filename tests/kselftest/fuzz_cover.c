// SPDX-License-Identifier: MIT
/*
 * The kernel's coverage of a thread's system calls, by kcov: it writes the addresses that
 * it comes by into memory that it shares with the thread.
 */
#include <fcntl.h>
#include <linux/kcov.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define KCOV "/sys/kernel/debug/kcov"

/* Words of that memory; a call that comes by more places is recorded up to there. */
#define WORDS 16384u

static _Thread_local unsigned long *trace;

bool fuzz_cover_available(void)
{
	return !access(KCOV, R_OK | W_OK);
}

void fuzz_cover_start(void)
{
	int fd = open(KCOV, O_RDWR | O_CLOEXEC);
	void *memory;

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, (unsigned long)WORDS))
		return;
	memory = mmap(NULL, WORDS * sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		return;
	trace = memory;
	/* The first word is how many of the others are in use. */
	__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
}

static void add_place(struct fuzz_cover *cover, unsigned long place)
{
	uint32_t hash = (uint32_t)((place * 0x9e3779b97f4a7c15ull) >> 32) % FUZZ_PLACES;
	uint32_t bit = 1u << hash % 32;

	if (!(atomic_fetch_or(&cover->places[hash / 32], bit) & bit))
		atomic_fetch_add(&cover->count, 1);
}

void fuzz_cover_add(struct fuzz_cover *cover)
{
	unsigned long count, i;

	if (!trace)
		return;
	count = __atomic_load_n(&trace[0], __ATOMIC_RELAXED);
	for (i = 1; i <= count && i < WORDS; i++)
		add_place(cover, trace[i]);
	__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
}
