// SPDX-License-Identifier: MIT
/*
 * Runtime power management: a card that nobody uses is in D3hot, and is back on when
 * somebody does. What it costs to sleep and to wake is waited for with short delays.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipu_harness.h"
#include "ipu_test.h"

/* How long a card may take to sleep whose delay is 10 ms. */
#define SLEEP_MS 20000

static bool has(const char *name, const char *value)
{
	char text[64];

	return !ipu_read_sysfs(name, text, sizeof(text)) && !strcmp(text, value);
}

static bool asleep(void)
{
	return has("power/runtime_status", "suspended") && has("power_state", "D3hot") &&
	       has("ipu/state", "asleep");
}

static bool sleeps_soon(void)
{
	int64_t deadline = ipu_deadline(SLEEP_MS);

	while (!asleep()) {
		if (ipu_deadline(0) > deadline)
			return false;
		ipu_sleep_ms(5);
	}
	return true;
}

/* A file of the card's hwmon device, below its folder. */
static int read_sensor(const char *name, char *text, size_t room)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int ret = -ENOENT;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/hwmon", ipu_sysfs());
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "hwmon/%.64s/%s", entry->d_name, name);
		ret = ipu_read_sysfs(path, text, room);
	}
	if (dir)
		closedir(dir);
	return ret;
}

static int works(struct ipu_session *s)
{
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	return ipu_run(s);
}

FIXTURE(power){};

FIXTURE_SETUP(power)
{
	ASSERT_NE(NULL, ipu_sysfs());
	ASSERT_EQ(0, ipu_write_sysfs("power/control", "auto"));
	ASSERT_EQ(0, ipu_write_sysfs("power/autosuspend_delay_ms", "10"));
}

FIXTURE_TEARDOWN(power)
{
	EXPECT_EQ(0, ipu_write_sysfs("power/control", "auto"));
	EXPECT_EQ(0, ipu_write_sysfs("power/autosuspend_delay_ms", "2000"));
}

TEST_F(power, an_idle_card_sleeps_though_files_are_open)
{
	struct drm_ipu_query_info info;
	struct ipu_bo bo;
	int fd = ipu_open();

	ASSERT_LE(0, fd);
	ASSERT_TRUE(sleeps_soon());
	ASSERT_EQ(0, ipu_bo_new(fd, 1 << 20, &bo));
	memset(bo.map, 1, bo.size);
	EXPECT_EQ(0, ipu_query_info(fd, &info));
	EXPECT_TRUE(asleep());
	ipu_bo_close(fd, &bo);
	close(fd);
}

TEST_F(power, a_context_wakes_it_and_keeps_it_awake)
{
	struct ipu_session s;
	int i;

	for (i = 0; i < 5; i++) {
		ASSERT_TRUE(sleeps_soon());
		ASSERT_EQ(0, ipu_session_open(&s, 0, 0));
		EXPECT_TRUE(has("power/runtime_status", "active"));
		EXPECT_TRUE(has("power_state", "D0"));
		EXPECT_TRUE(has("ipu/state", "up"));
		EXPECT_EQ(0, works(&s));
		ipu_sleep_ms(100);
		EXPECT_TRUE(has("power/runtime_status", "active"));
		EXPECT_EQ(0, works(&s));
		ipu_session_close(&s);
	}
	EXPECT_TRUE(sleeps_soon());
}

TEST_F(power, a_process_that_is_gone_lets_it_sleep)
{
	struct ipu_session s;
	pid_t child = fork();

	if (!child) {
		if (ipu_session_open(&s, 1, 0) || works(&s))
			_exit(1);
		_exit(0);
	}
	EXPECT_TRUE(sleeps_soon());
}

TEST_F(power, a_context_that_is_refused_lets_it_sleep)
{
	struct drm_ipu_query_info info;
	uint32_t ctx, other;
	int fd = ipu_open();

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ipu_query_info(fd, &info));
	ASSERT_EQ(0, ipu_ctx_create(fd, info.tiles, 0, &ctx));
	EXPECT_EQ(-EBUSY, ipu_ctx_create(fd, 1, 0, &other));
	EXPECT_EQ(0, ipu_ctx_destroy(fd, ctx));
	EXPECT_TRUE(sleeps_soon());
	close(fd);
}

TEST_F(power, a_context_that_is_lost_keeps_it_awake)
{
	struct ipu_session s;

	ASSERT_EQ(0, ipu_session_open(&s, 1, 0));
	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
	ipu_sleep_ms(100);
	EXPECT_TRUE(has("power/runtime_status", "active"));
	ipu_session_close(&s);
	EXPECT_TRUE(sleeps_soon());
	ASSERT_EQ(0, ipu_session_open(&s, 1, 0));
	EXPECT_EQ(0, works(&s));
	ipu_session_close(&s);
}

TEST_F(power, a_sensor_is_read)
{
	char text[64];

	ASSERT_TRUE(sleeps_soon());
	ASSERT_EQ(0, read_sensor("temp1_input", text, sizeof(text)));
	EXPECT_LT(0, atoi(text));
	EXPECT_TRUE(sleeps_soon());
}

TEST_F(power, a_sleeping_card_is_reset)
{
	struct ipu_session s;

	ASSERT_TRUE(sleeps_soon());
	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
	ASSERT_EQ(0, ipu_session_open(&s, 0, 0));
	EXPECT_EQ(0, works(&s));
	ipu_session_close(&s);
}

/* The PCI core's reset, from where it does not wake the card before. */
TEST_F(power, a_sleeping_card_is_reset_from_inside)
{
	char path[PATH_MAX];
	struct ipu_session s;

	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%.32s/force_reset",
		 strrchr(ipu_sysfs(), '/') + 1);
	ASSERT_TRUE(sleeps_soon());
	ASSERT_EQ(0, ipu_write_file(path, "function"));
	EXPECT_TRUE(sleeps_soon());
	ASSERT_EQ(0, ipu_session_open(&s, 0, 0));
	EXPECT_TRUE(has("ipu/state", "up"));
	EXPECT_EQ(0, works(&s));
	ipu_session_close(&s);
	EXPECT_TRUE(sleeps_soon());
}

TEST_F(power, it_can_be_told_to_stay_awake)
{
	ASSERT_EQ(0, ipu_write_sysfs("power/control", "on"));
	ipu_sleep_ms(200);
	EXPECT_TRUE(has("power/runtime_status", "active"));
	ASSERT_EQ(0, ipu_write_sysfs("power/control", "auto"));
	EXPECT_TRUE(sleeps_soon());
}

/* ---- At the moment at which it goes to sleep ---- */

static atomic_int failed;

static void *come_and_go(void *arg)
{
	unsigned int i, times = *(unsigned int *)arg;
	struct ipu_session s;
	int ret;

	for (i = 0; i < times; i++) {
		ret = ipu_session_open(&s, 1, 0);
		if (!ret) {
			ret = works(&s);
			ipu_session_close(&s);
		}
		if (ret)
			atomic_store(&failed, ret);
	}
	return NULL;
}

TEST_F(power, contexts_come_while_it_goes_to_sleep)
{
	unsigned int times[] = { 40, 41 }, i;
	pthread_t threads[ARRAY_LEN(times)];
	char text[64];

	ASSERT_EQ(0, ipu_write_sysfs("power/autosuspend_delay_ms", "0"));
	for (i = 0; i < ARRAY_LEN(times); i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, come_and_go, &times[i]));
	for (i = 0; i < 40; i++)
		EXPECT_EQ(0, read_sensor("power1_input", text, sizeof(text)));
	for (i = 0; i < ARRAY_LEN(times); i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, atomic_load(&failed));
	EXPECT_TRUE(sleeps_soon());
}

TEST_F(power, the_module_is_loaded_anew_while_it_sleeps)
{
	struct ipu_session s;
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(sleeps_soon());
		ASSERT_EQ(0, ipu_reload(""));
		ASSERT_EQ(0, ipu_write_sysfs("power/autosuspend_delay_ms", "10"));
	}
	ASSERT_EQ(0, ipu_session_open(&s, 0, 0));
	EXPECT_EQ(0, works(&s));
	ipu_session_close(&s);
}

TEST_HARNESS_MAIN
