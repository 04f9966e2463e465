/* SPDX-License-Identifier: MIT */
/*
 * Failures of the nth allocation, or copy from or to user space, of what a thread does in the
 * kernel: its fault injection, by /proc/thread-self/fail-nth.
 */
#ifndef FAILNTH_H
#define FAILNTH_H

#include <stdbool.h>

/* More points than anything has that is tested. */
#define FAILNTH_MOST 5000

#define FAILNTH_NONE "this kernel has no fault injection; that of ipu-vm --debug does"

/**
 * struct failnth - which point fails
 * @file: this thread's fail-nth
 * @nth: the next call's point that fails, from 1 on
 * @reached: the last call had so many points
 * @request: the last ioctl
 */
struct failnth {
	int file;
	unsigned int nth;
	bool reached;
	unsigned long request;
};

/*
 * All allocations count, and nothing is logged. Returns 0, or -errno if the kernel cannot. What
 * takes long is done once by a process and those that it forks, in failnth_prepare() or later.
 */
int failnth_prepare(void);
int failnth_open(struct failnth *f);

/*
 * Only allocations fail that a module makes, or that are made for it: by functions that it
 * calls, and those that they call, of at most @depth in all. Returns 0 or -errno.
 */
int failnth_only(const char *module, unsigned int depth);
/* Nothing fails within a function of the kernel, and what that calls. Returns 0 or -errno. */
int failnth_spare(const char *function);

/* The nth point of what this thread does from now on fails, until failnth_disarm(). */
void failnth_arm(struct failnth *f);
void failnth_disarm(struct failnth *f);

/* An ioctl of which it fails. */
int failnth_do(struct failnth *f, int fd, unsigned long request, void *arg);

#endif /* FAILNTH_H */
