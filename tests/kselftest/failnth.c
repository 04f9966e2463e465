// SPDX-License-Identifier: MIT

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failnth.h"
#include "ipu_test.h"

/* Where a function of the kernel's is: from its symbol to the next one after it. */
static int find_function(const char *name, unsigned long long *start, unsigned long long *end)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	unsigned long long at;
	char symbol[256];

	*start = 0;
	*end = UINT64_MAX;
	while (file && !*start && fscanf(file, "%llx %*c %255s%*[^\n]", &at, symbol) == 2) {
		if (!strcmp(symbol, name))
			*start = at;
	}
	if (file)
		rewind(file);
	while (*start && fscanf(file, "%llx %*c %255s%*[^\n]", &at, symbol) == 2) {
		if (at > *start && at < *end)
			*end = at;
	}
	if (file)
		fclose(file);
	return *start ? 0 : -ENOENT;
}

/* Where a module's code is. */
static int find_module(const char *name, unsigned long long *start, unsigned long long *end)
{
	FILE *file = fopen("/proc/modules", "r");
	unsigned long long at, size;
	char module[64];

	*start = 0;
	while (file && !*start &&
	       fscanf(file, "%63s %llu %*s %*s %*s %llx%*[^\n]", module, &size, &at) == 3) {
		if (!strcmp(module, name)) {
			*start = at;
			*end = at + size;
		}
	}
	if (file)
		fclose(file);
	return *start ? 0 : -ENOENT;
}

/* Set a range of addresses of both kinds of allocation, or another number. */
static int set_all(const char *setting, unsigned long long value)
{
	static const char *const folders[] = { "failslab", "fail_page_alloc" };
	char path[128], text[32];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_LEN(folders) && !ret; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", folders[i], setting);
		snprintf(text, sizeof(text), "0x%llx", value);
		ret = ipu_write_file(path, text);
	}
	return ret;
}

int failnth_only(const char *module, unsigned int depth)
{
	unsigned long long start, end;
	int ret = find_module(module, &start, &end);

	if (!ret)
		ret = set_all("require-start", start);
	if (!ret)
		ret = set_all("require-end", end);
	return ret ? ret : set_all("stacktrace-depth", depth);
}

int failnth_spare(const char *function)
{
	unsigned long long start, end;
	int ret = find_function(function, &start, &end);

	if (!ret)
		ret = set_all("reject-start", start);
	return ret ? ret : set_all("reject-end", end);
}

static int set_up(void)
{
	static const struct {
		const char *file, *value;
	} settings[] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },
		{ "fail_usercopy/verbose", "0" },
	};
	char path[128];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_LEN(settings) && !ret; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s", settings[i].file);
		ret = ipu_write_file(path, settings[i].value);
	}
	/* kmemleak's own, for each of the others, which it can do without. */
	if (!ret)
		ret = failnth_spare("__alloc_object");
	return ret == -ENOENT ? 0 : ret;
}

int failnth_prepare(void)
{
	static bool done;
	static int ret;

	if (!done)
		ret = set_up();
	done = true;
	return ret;
}

int failnth_open(struct failnth *f)
{
	int ret = failnth_prepare();

	if (ret)
		return ret;
	f->file = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return f->file < 0 ? -errno : 0;
}

void failnth_arm(struct failnth *f)
{
	char text[16];
	int bytes = snprintf(text, sizeof(text), "%u", f->nth);

	f->reached = pwrite(f->file, text, bytes, 0) != bytes;
}

void failnth_disarm(struct failnth *f)
{
	char text[16] = "";
	/* Fails when the point that is left is that of this very call. */
	ssize_t bytes = pread(f->file, text, sizeof(text) - 1, 0);

	f->reached = bytes > 0 && !strtoul(text, NULL, 10);
	/* So may this, and then no point is left. */
	bytes = pwrite(f->file, "0", 1, 0);
	(void)bytes;
}

int failnth_do(struct failnth *f, int fd, unsigned long request, void *arg)
{
	int ret;

	f->request = request;
	failnth_arm(f);
	ret = ipu_do(fd, request, arg);
	failnth_disarm(f);
	return ret;
}
