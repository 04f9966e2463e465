// SPDX-License-Identifier: MIT
/*
 * fork(). A child has copies of its parent's objects, but not the threads of a
 * simulated card, and it shares an open card with the parent: whatever it did with
 * them would hang, or take the card from the parent. So in the child calls on the
 * parent's devices fail, and those that destroy an object release the child's copy
 * of its memory. Programs are memory alone, and are the child's to use.
 *
 * A process is a number, which changes in the child of a fork: to compare it costs
 * a call less than to ask the kernel.
 */
#include <errno.h>

#include "ipu_internal.h"

static unsigned int process;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int init_error;

/* Nobody is reading debug information while the process forks, see ipu_source.c. */
static void before_fork(void)
{
	ipu_source_lock();
}

static void in_parent(void)
{
	ipu_source_unlock();
}

static void in_child(void)
{
	process++;
	ipu_source_unlock();
}

static void init(void)
{
	init_error = -pthread_atfork(before_fork, in_parent, in_child);
}

int ipu_process_init(void)
{
	pthread_once(&once, init);
	return init_error ? ipu_fail_nomem("what follows a fork") : 0;
}

unsigned int ipu_process(void)
{
	return process;
}

int ipu_check_process(const struct ipu_device *dev)
{
	if (!ipu_is_parents(dev))
		return 0;
	return ipu_fail(
		-EPERM,
		"%s was opened by the parent of this process, before fork(), and belongs to "
		"it: close it here, and open it again.",
		dev->info.name);
}
