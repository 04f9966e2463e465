/* SPDX-License-Identifier: MIT */
/*
 * The stress test's parts: what its threads do, and what they tell the process that watches.
 */
#ifndef STRESS_H
#define STRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What a thread does until its time is over; each process has one of each. */
#define STRESS_ROLES(ROLE) \
	ROLE(submits)      \
	ROLE(maps)         \
	ROLE(debugs)       \
	ROLE(rings)        \
	ROLE(closes)       \
	ROLE(destroys)     \
	ROLE(uses)

enum stress_role {
#define STRESS_ENUM(name) STRESS_##name,
	STRESS_ROLES(STRESS_ENUM)
#undef STRESS_ENUM
		STRESS_ROLE_COUNT,
};

/**
 * struct stress_shared - what all processes tell, in shared memory
 * @done: of each role, how often it was through
 * @failed: somebody writes, or has written, @wrong
 * @wrong: what is not as it should be, empty if nothing
 */
struct stress_shared {
	_Atomic uint64_t done[STRESS_ROLE_COUNT];
	_Atomic bool failed;
	char wrong[160];
};
extern struct stress_shared *stress_shared;

/**
 * struct stress_worker - a thread
 * @seed: what it does follows from that, and when from the machine
 * @end: CLOCK_MONOTONIC time in ns at which it ends
 */
struct stress_worker {
	pthread_t thread;
	enum stress_role role;
	uint64_t seed;
	int64_t end;
};

/* The role's name, for messages. */
const char *stress_role_name(unsigned int role);

/* What several threads of a process use. Returns 0 or a negative errno. */
int stress_common_open(void);

/* The thread: do what the role is, over and over; arg is a struct stress_worker. */
void *stress_work(void *arg);

#endif /* STRESS_H */
