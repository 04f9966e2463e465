// SPDX-License-Identifier: MIT
/*
 * Many contexts, and the module loaded and unloaded many times: nothing of them stays. How
 * many is for the environment to say: IPU_TEST_CONTEXTS (200), IPU_TEST_RELOADS (10). Memory
 * that the kernel lost track of is for ipu-vm --check-leaks to find; pages, which kmemleak
 * does not know, are counted here.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

/* What the machine's own work changes in the meantime, in KiB. */
#define NOISE_KIB 16384

static unsigned int times(const char *name, unsigned int otherwise)
{
	const char *value = getenv(name);

	return value ? (unsigned int)strtoul(value, NULL, 10) : otherwise;
}

static int64_t free_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	long long free = -1, cached = 0, value;
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "MemFree: %lld", &value) == 1)
			free = value;
		else if (sscanf(line, "Cached: %lld", &value) == 1)
			cached += value;
		else if (sscanf(line, "Buffers: %lld", &value) == 1)
			cached += value;
	}
	if (file)
		fclose(file);
	return free < 0 ? -1 : free + cached;
}

static int use(struct ipu_session *s)
{
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	return ipu_run(s);
}

/* Used and not, destroyed and left to the end of the file; with things of all kinds. */
static int make_context(unsigned int number)
{
	struct drm_ipu_queue_create queue = {};
	struct ipu_session s;
	uint32_t syncobj;
	uint64_t seqno;
	int ret = ipu_session_open(&s, 1, 0);

	if (ret)
		return ret;
	queue.ctx = s.ctx;
	if (number % 2)
		ret = use(&s);
	if (!ret && number % 3 == 0)
		ret = ipu_do(s.fd, DRM_IOCTL_IPU_QUEUE_CREATE, &queue);
	if (!ret && number % 5 == 0) {
		ret = ipu_syncobj_new(s.fd, &syncobj);
		ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
		if (!ret)
			ret = ipu_submit_out(&s, syncobj, &seqno);
	}
	if (!ret && number % 4 == 0)
		ret = ipu_ctx_destroy(s.fd, s.ctx);
	ipu_session_close(&s);
	return ret;
}

/* As long as it takes; scripts/check has a limit of its own. */
#define TIMEOUT_S 3600

FIXTURE(leaks){};

FIXTURE_SETUP(leaks)
{
}

FIXTURE_TEARDOWN(leaks)
{
}

TEST_F_TIMEOUT(leaks, contexts, TIMEOUT_S)
{
	unsigned int count = times("IPU_TEST_CONTEXTS", 200), i;
	int64_t before = 0, after;

	for (i = 0; i < count; i++) {
		/* Caches are full by now. */
		if (i == count / 3) {
			ASSERT_EQ(0, ipu_wait_freed());
			before = free_kib();
		}
		ASSERT_EQ(0, make_context(i))
		{
			TH_LOG("context %u", i);
		}
	}
	ASSERT_EQ(0, ipu_wait_freed());
	after = free_kib();
	TH_LOG("%u contexts took %lld KiB", count - count / 3, (long long)(before - after));
	EXPECT_LT(before - NOISE_KIB, after);
}

TEST_F_TIMEOUT(leaks, reloads, TIMEOUT_S)
{
	unsigned int count = times("IPU_TEST_RELOADS", 10), i;
	struct ipu_session s;
	int64_t before = 0, after;

	if (!getenv("IPU_MODULE"))
		SKIP(return, "IPU_MODULE is not set");
	for (i = 0; i < count; i++) {
		if (i == count / 3)
			before = free_kib();
		ASSERT_EQ(0, ipu_session_open(&s, 0, 0));
		ASSERT_EQ(0, use(&s));
		ipu_session_close(&s);
		ASSERT_EQ(0, ipu_reload(""));
	}
	after = free_kib();
	TH_LOG("%u reloads took %lld KiB", count - count / 3, (long long)(before - after));
	EXPECT_LT(before - NOISE_KIB, after);
}

TEST_HARNESS_MAIN
