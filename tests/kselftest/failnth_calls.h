/* SPDX-License-Identifier: MIT */
/*
 * Calls of which test_failnth has each point fail: those of queues, links and debugging.
 */
#ifndef FAILNTH_CALLS_H
#define FAILNTH_CALLS_H

#include <stdint.h>

#include "failnth.h"
#include "ipu_test.h"

/* Where buffers are mapped that a case needs mapped. */
#define AT 0x40000000ull

/**
 * struct state - what a call needs, made before it
 * @s: a session on the first card
 * @faults: its point that fails
 * @bo: a buffer of two pages
 * @in: a syncobj that has signaled
 * @out: one that has not
 * @point: its last point that was used
 * @seqno: a job
 * @memory: two pages of the process
 * @queue: a user queue
 * @doorbell: where it is mapped
 * @other: the second card
 */
struct state {
	struct ipu_session s;
	struct failnth faults;
	struct ipu_bo bo;
	uint32_t in, out;
	uint64_t point;
	uint64_t seqno;
	void *memory;
	uint32_t queue;
	uint64_t doorbell;
	int other;
};

/*
 * What has to be there before a call, and the call. Each returns 0 or a negative errno, and
 * -EBADE if a call that failed has done its work all the same, or half of it.
 */
int do_queue_create(struct state *st);
int do_queue_destroy(struct state *st);

int need_userq(struct state *st);
int do_userq_create(struct state *st);
int do_userq_destroy(struct state *st);
int do_userq_wait(struct state *st);
/* Map the page that rings it, and write to it. */
int do_userq_mmap(struct state *st);

int do_link_create(struct state *st);
int do_ctx_create_linked(struct state *st);

int do_debug_ctl(struct state *st);
int need_halted(struct state *st);
int do_debug_wait(struct state *st);
int do_debug_point(struct state *st);
int do_debug_read(struct state *st);
int do_debug_write(struct state *st);

#endif /* FAILNTH_CALLS_H */
