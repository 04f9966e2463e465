// SPDX-License-Identifier: MIT

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_test.h"

#define HANGS_S 120 /* a process that is not gone by then never is */

/* Whether one of the processes is gone now, and if so, whether it ended well. */
static bool is_gone(const struct ipu_children *children, unsigned int i, int *wrong)
{
	int status;

	if (!waitpid(children->pids[i], &status, WNOHANG))
		return false;
	*wrong |= !children->ended_well(status);
	return true;
}

int ipu_reap(const struct ipu_children *children)
{
	int64_t hangs = ipu_deadline(HANGS_S * 1000);
	unsigned int left = children->count;
	int wrong = 0;

	while (left && ipu_deadline(0) < hangs) {
		for (unsigned int i = 0; i < children->count; i++) {
			if (!children->pids[i])
				continue;
			if (is_gone(children, i, &wrong)) {
				children->pids[i] = 0;
				left--;
			} else if (children->is_due(i, children->arg)) {
				kill(children->pids[i], SIGKILL);
			}
		}
		usleep(500);
	}
	if (left)
		printf("# a process hangs\n");
	return wrong || left;
}
