// SPDX-License-Identifier: MIT
/* Operations that ran on the CPU, by name; and whether they may. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"

#define MOST 400 /* names; operations beyond are counted as the last one */

static struct {
	pthread_mutex_t lock;
	struct {
		char name[96];
		unsigned long count;
	} op[MOST];
	unsigned int ops;
	bool registered;
	int strict; /* 0: not asked yet, 1: no, 2: yes */
} fallbacks = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* One line: the most frequent first. */
static void report(void)
{
	unsigned long all = 0;
	bool shown[MOST] = { false };
	char text[400] = "";

	for (unsigned int i = 0; i < fallbacks.ops; i++)
		all += fallbacks.op[i].count;
	if (!all)
		return;
	for (unsigned int k = 0; k < 6 && k < fallbacks.ops; k++) {
		unsigned int best = MOST;

		for (unsigned int i = 0; i < fallbacks.ops; i++)
			if (!shown[i] &&
			    (best == MOST || fallbacks.op[i].count > fallbacks.op[best].count))
				best = i;
		shown[best] = true;
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s %lu",
			 k ? ", " : "", fallbacks.op[best].name, fallbacks.op[best].count);
	}
	fprintf(stderr, "torch.ipu: %lu ops ran on the CPU: %s%s (torch.ipu.fallbacks())\n", all,
		text, fallbacks.ops > 6 ? ", ..." : "");
}

void it_count_fallback(const char *op)
{
	unsigned int i = 0;

	pthread_mutex_lock(&fallbacks.lock);
	if (!fallbacks.registered)
		atexit(report);
	fallbacks.registered = true;
	while (i < fallbacks.ops && strncmp(fallbacks.op[i].name, op, 95) != 0)
		i++;
	if (i == MOST)
		i = MOST - 1;
	if (i == fallbacks.ops) {
		snprintf(fallbacks.op[i].name, 96, "%s", op);
		fallbacks.op[i].count = 0;
		fallbacks.ops++;
	}
	fallbacks.op[i].count++;
	pthread_mutex_unlock(&fallbacks.lock);
}

const char *it_fallback(unsigned int i, unsigned long *count)
{
	if (i >= fallbacks.ops)
		return NULL;
	*count = fallbacks.op[i].count;
	return fallbacks.op[i].name;
}

void it_forget_fallbacks(void)
{
	pthread_mutex_lock(&fallbacks.lock);
	fallbacks.ops = 0;
	pthread_mutex_unlock(&fallbacks.lock);
}

bool it_strict(void)
{
	if (!fallbacks.strict) {
		const char *text = getenv("IPU_TORCH_STRICT");

		fallbacks.strict = text && *text && strcmp(text, "0") != 0 ? 2 : 1;
	}
	return fallbacks.strict == 2;
}

void it_set_strict(bool strict)
{
	fallbacks.strict = strict ? 2 : 1;
}
