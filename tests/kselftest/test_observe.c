// SPDX-License-Identifier: MIT
/*
 * What is seen of the card from outside: fdinfo, sysfs, hwmon, debugfs, trace events. The
 * files are read as monitors read them, while the card works.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipu_dumped.h"
#include "ipu_harness.h"
#include "ipu_test.h"
#include "ipu_userq.h"

#define DEBUGFS "/sys/kernel/debug/accel/"
#define TRACEFS "/sys/kernel/tracing/"

/* ---- fdinfo ------------------------------------------------------------- */

/* The number behind a key, in bytes if it has a unit; UINT64_MAX if there is no such line. */
static uint64_t fdinfo(int fd, const char *key)
{
	char path[64], text[4096], *line, *unit;
	size_t len = strlen(key);
	uint64_t value;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (ipu_read_file(path, text, sizeof(text)))
		return UINT64_MAX;
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, key, len) || line[len] != ':')
			continue;
		value = strtoull(line + len + 1, &unit, 10);
		if (!strcmp(unit, " KiB"))
			value <<= 10;
		else if (!strcmp(unit, " MiB"))
			value <<= 20;
		return value;
	}
	return UINT64_MAX;
}

/* How much the engine's time grows meanwhile. */
static uint64_t used_in(int fd, unsigned int ms)
{
	uint64_t before = fdinfo(fd, "drm-engine-tiles");

	ipu_sleep_ms(ms);
	return fdinfo(fd, "drm-engine-tiles") - before;
}

/* Wait until the engine's time is more than that. */
static bool grows(int fd, uint64_t ns)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);

	while (fdinfo(fd, "drm-engine-tiles") <= ns) {
		if (ipu_deadline(0) > deadline)
			return false;
		ipu_sleep_ms(2);
	}
	return true;
}

/*
 * Does a file use all of the card for a second, as nvtop and other monitors compute it: two
 * samples of the engine's time, divided by the time between and the capacity? Reading one may
 * take a busy machine long, so the time between is one of two at least, and of two at most.
 */
static bool uses_all(int fd)
{
	double tiles = fdinfo(fd, "drm-engine-capacity-tiles"), ns;
	uint64_t begin, end;
	int64_t times[4];

	times[0] = ipu_deadline(0);
	begin = fdinfo(fd, "drm-engine-tiles");
	times[1] = ipu_deadline(0);
	ipu_sleep_ms(1000);
	times[2] = ipu_deadline(0);
	end = fdinfo(fd, "drm-engine-tiles");
	times[3] = ipu_deadline(0);
	ns = (end - begin) / tiles;
	printf("# busy for %.0f ns of %lld to %lld\n", ns, (long long)(times[2] - times[1]),
	       (long long)(times[3] - times[0]));
	return ns > 0.9 * (times[2] - times[1]) && ns < 1.1 * (times[3] - times[0]);
}

TEST(fdinfo_of_an_idle_file)
{
	char path[64], text[4096], address[64];
	int fd = ipu_open();

	ASSERT_LE(0, fd);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	ASSERT_EQ(0, ipu_read_file(path, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "\ndrm-driver:\tipu\n"));
	EXPECT_NE(NULL, strstr(text, "\ndrm-client-id:\t"));
	snprintf(address, sizeof(address), "\ndrm-pdev:\t%.32s\n", strrchr(ipu_sysfs(), '/') + 1);
	EXPECT_NE(NULL, strstr(text, address));
	EXPECT_NE(NULL, strstr(text, "\ndrm-engine-tiles:\t0 ns\n"));
	EXPECT_EQ(0, fdinfo(fd, "drm-total-memory"));
	EXPECT_EQ(0, fdinfo(fd, "drm-total-sram"));
	EXPECT_EQ(0, fdinfo(fd, "ipu-contexts"));
	EXPECT_EQ(0, fdinfo(fd, "ipu-jobs"));
	EXPECT_EQ(0, used_in(fd, 50));
	close(fd);
}

TEST(fdinfo_of_memory)
{
	const uint64_t size = 1 << 20;
	struct drm_ipu_bo_create unused = { .size = size };
	struct drm_gem_close gem_close = {};
	struct ipu_bo bo;
	int fd = ipu_open(), other = ipu_open();
	uint32_t ctx;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ipu_ctx_create(fd, 1, 0, &ctx));
	ASSERT_EQ(0, ipu_bo_new(fd, size, &bo));
	EXPECT_EQ(size, fdinfo(fd, "drm-total-memory"));
	EXPECT_EQ(0, fdinfo(fd, "drm-shared-memory"));
	ASSERT_EQ(0, ipu_bo_map(fd, ctx, 0, &bo));
	EXPECT_EQ(size, fdinfo(fd, "drm-resident-memory"));
	/* One that nobody has mapped has no pages. */
	ASSERT_EQ(0, ipu_do(fd, DRM_IOCTL_IPU_BO_CREATE, &unused));
	EXPECT_EQ(2 * size, fdinfo(fd, "drm-total-memory"));
	EXPECT_EQ(size, fdinfo(fd, "drm-resident-memory"));
	gem_close.handle = unused.handle;
	ASSERT_EQ(0, ipu_do(fd, DRM_IOCTL_GEM_CLOSE, &gem_close));
	EXPECT_EQ(0, fdinfo(fd, "drm-active-memory"));
	EXPECT_EQ(0, fdinfo(fd, "drm-purgeable-memory"));
	EXPECT_EQ(1, fdinfo(fd, "ipu-contexts"));
	EXPECT_EQ(1, fdinfo(fd, "ipu-tiles"));
	EXPECT_EQ(IPU_SRAM_SIZE, fdinfo(fd, "drm-total-sram"));
	EXPECT_EQ(0, fdinfo(fd, "drm-active-sram"));
	/* Another file has none of it. */
	EXPECT_EQ(0, fdinfo(other, "drm-total-memory"));
	EXPECT_EQ(0, fdinfo(other, "ipu-contexts"));
	EXPECT_NE(fdinfo(fd, "drm-client-id"), fdinfo(other, "drm-client-id"));

	ipu_bo_close(fd, &bo);
	ASSERT_EQ(0, ipu_ctx_destroy(fd, ctx));
	EXPECT_EQ(0, fdinfo(fd, "drm-total-memory"));
	EXPECT_EQ(0, fdinfo(fd, "drm-total-sram"));
	EXPECT_EQ(0, fdinfo(fd, "ipu-contexts"));
	close(other);
	close(fd);
}

/* A context with all tiles, and a program on them that never ends. */
FIXTURE(busy)
{
	struct ipu_session s;
	uint64_t seqno;
	char address[64];
	unsigned int slot;
};

FIXTURE_SETUP(busy)
{
	ASSERT_EQ(0, ipu_session_open(&self->s, 0, 600000));
	ASSERT_EQ(0, ipu_start_loop(&self->s, &self->seqno));
	snprintf(self->address, sizeof(self->address), "%.32s", strrchr(ipu_sysfs(), '/') + 1);
	/* The only context of the card has the first slot. */
	self->slot = 0;
}

FIXTURE_TEARDOWN(busy)
{
	ipu_session_close(&self->s);
}

TEST_F(busy, fdinfo)
{
	int fd = self->s.fd;

	EXPECT_TRUE(uses_all(fd));
	EXPECT_LT(0, fdinfo(fd, "drm-active-memory"));
	EXPECT_EQ(fdinfo(fd, "drm-total-sram"), fdinfo(fd, "drm-active-sram"));
	EXPECT_EQ(0, fdinfo(fd, "ipu-jobs"));

	/* What has been used stays when the context goes, and the job counts as failed. */
	ASSERT_EQ(0, ipu_ctx_destroy(fd, self->s.ctx));
	EXPECT_LT(1000000000, fdinfo(fd, "drm-engine-tiles") / self->s.tiles);
	EXPECT_EQ(0, used_in(fd, 50));
	EXPECT_EQ(1, fdinfo(fd, "ipu-jobs"));
	EXPECT_EQ(1, fdinfo(fd, "ipu-jobs-failed"));
	EXPECT_EQ(0, fdinfo(fd, "drm-active-memory"));
}

/* As a job, though nobody tells the driver of it; and once only while there is a job as well. */
TEST(fdinfo_of_a_user_queue)
{
	struct ipu_session s;
	struct ipu_uq q;
	uint64_t seqno, ns;

	ASSERT_EQ(0, ipu_session_open(&s, 0, 600000));
	ASSERT_EQ(0, uq_open(&q, &s));
	ASSERT_EQ(0, uq_load_loop(&s));
	EXPECT_EQ(0, used_in(s.fd, 50));
	ns = fdinfo(s.fd, "drm-engine-tiles");
	/* A short one */
	uq_fence(&q, 1);
	uq_ring(&q);
	ASSERT_EQ(0, uq_wait(&q, 1, IPU_TEST_WAIT_MS));
	EXPECT_TRUE(grows(s.fd, ns));
	ns = fdinfo(s.fd, "drm-engine-tiles");
	uq_put_loop(&q);
	uq_ring(&q);
	ASSERT_TRUE(grows(s.fd, ns));
	EXPECT_TRUE(uses_all(s.fd));
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
	ASSERT_EQ(0, ipu_submit(&s, &seqno));
	EXPECT_TRUE(uses_all(s.fd));
	/* What has been used stays. */
	ns = fdinfo(s.fd, "drm-engine-tiles");
	ASSERT_EQ(0, ipu_ctx_destroy(s.fd, s.ctx));
	EXPECT_LE(ns, fdinfo(s.fd, "drm-engine-tiles"));
	EXPECT_LT(2000000000, ns / s.tiles);
	EXPECT_EQ(0, used_in(s.fd, 50));
	EXPECT_EQ(2, fdinfo(s.fd, "ipu-jobs"));
	EXPECT_EQ(1, fdinfo(s.fd, "ipu-queue-commands"));
	uq_unmap(&q);
	ipu_session_close(&s);
}

/* Without the reader of a file who asks in between: the end of a queue, and of its context. */
TEST(fdinfo_of_user_queues_that_ended)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	struct ipu_session s;
	struct ipu_uq q;
	uint64_t ns;

	/* The watchdog ends the first, and all that there is the second. */
	ASSERT_EQ(0, ipu_session_open(&s, 1, 300));
	ASSERT_EQ(0, uq_open(&q, &s));
	ASSERT_EQ(0, uq_load_loop(&s));
	ns = fdinfo(s.fd, "drm-engine-tiles");
	uq_put_loop(&q);
	uq_ring(&q);
	EXPECT_EQ(-EIO, uq_wait(&q, 1, IPU_TEST_WAIT_MS));
	/* The card's clock need not run as fast as the machine's. */
	EXPECT_LE(270000000, fdinfo(s.fd, "drm-engine-tiles") - ns);
	ASSERT_EQ(0, uq_destroy(&q));
	ASSERT_EQ(0, uq_create(&q));
	ns = fdinfo(s.fd, "drm-engine-tiles");
	uq_fence(&q, 1);
	uq_put_loop(&q);
	uq_ring(&q);
	while (uq_value(&q) < 1 && ipu_deadline(0) < deadline)
		ipu_sleep_ms(1);
	ipu_sleep_ms(200);
	ASSERT_EQ(0, ipu_ctx_destroy(s.fd, s.ctx));
	EXPECT_LE(150000000, fdinfo(s.fd, "drm-engine-tiles") - ns);
	uq_unmap(&q);
	ipu_session_close(&s);
}

/* ---- sysfs --------------------------------------------------------------- */

/* The text of a file of the card's folder "ipu", without the end of the line. */
static const char *sysfs(const char *name)
{
	static char text[256];
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/ipu/%s", ipu_sysfs(), name);
	if (ipu_read_file(path, text, sizeof(text)))
		return "";
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static uint64_t sysfs_number(const char *name)
{
	return strtoull(sysfs(name), NULL, 0);
}

/* All that were complete count, though nobody looked before the queue has ended. */
TEST(sysfs_queue_commands)
{
	uint64_t before = sysfs_number("queue_commands"), i;
	struct ipu_session s;
	struct ipu_uq q;

	ASSERT_EQ(0, ipu_session_open(&s, 1, 0));
	ASSERT_EQ(0, uq_open(&q, &s));
	for (i = 1; i <= 5; i++)
		uq_fence(&q, i);
	uq_ring(&q);
	ASSERT_EQ(0, uq_wait(&q, 5, IPU_TEST_WAIT_MS));
	ASSERT_EQ(0, uq_destroy(&q));
	EXPECT_EQ(before + 5, sysfs_number("queue_commands"));
	ipu_session_close(&s);
}

TEST(sysfs_constants)
{
	struct drm_ipu_query_info info;
	char serial[32];
	uint32_t ctx;
	int fd = ipu_open();

	ASSERT_EQ(0, ipu_query_info(fd, &info));
	EXPECT_EQ(info.tiles, sysfs_number("tiles"));
	EXPECT_EQ(info.sram_size, sysfs_number("sram_size"));
	EXPECT_EQ(info.workers, sysfs_number("workers"));
	EXPECT_EQ(info.contexts, sysfs_number("contexts"));
	EXPECT_EQ(info.clock_khz, sysfs_number("clock_khz"));
	EXPECT_EQ(info.vlen, sysfs_number("vector_bits"));
	EXPECT_EQ(info.isa, sysfs_number("isa"));
	snprintf(serial, sizeof(serial), "%016llx", (unsigned long long)info.serial);
	EXPECT_STREQ(serial, sysfs("serial_number"));
	EXPECT_STREQ("0.1.0", sysfs("firmware_version"));
	EXPECT_EQ(info.hw_version >> 16, sysfs_number("interface_version"));
	EXPECT_STREQ("0", sysfs("contexts_in_use"));
	/* It may be asleep without a context. */
	ASSERT_EQ(0, ipu_ctx_create(fd, 1, 0, &ctx));
	EXPECT_STREQ("up", sysfs("state"));
	EXPECT_STREQ("1", sysfs("contexts_in_use"));
	close(fd);
}

TEST_F(busy, sysfs)
{
	uint64_t jobs = sysfs_number("jobs"), busy = sysfs_number("tile_busy_ns");

	EXPECT_EQ(1, sysfs_number("contexts_in_use"));
	EXPECT_EQ(self->s.tiles, sysfs_number("tiles_in_use"));
	EXPECT_EQ(self->s.tiles, sysfs_number("tiles_running"));
	ipu_sleep_ms(100);
	EXPECT_LE(100000000ull * self->s.tiles, sysfs_number("tile_busy_ns") - busy);
	ASSERT_EQ(0, ipu_ctx_destroy(self->s.fd, self->s.ctx));
	EXPECT_EQ(jobs + 1, sysfs_number("jobs"));
	EXPECT_EQ(0, sysfs_number("contexts_in_use"));
	EXPECT_EQ(0, sysfs_number("tiles_in_use"));
	EXPECT_EQ(0, sysfs_number("tiles_running"));
}

/* ---- hwmon --------------------------------------------------------------- */

/* A sensor's value; -errno if it has none. */
static int64_t sensor(const char *name)
{
	char path[PATH_MAX + 300], text[64];
	struct dirent *entry;
	int ret = -ENOENT;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/hwmon", ipu_sysfs());
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "hwmon", 5))
			continue;
		snprintf(path, sizeof(path), "%s/hwmon/%.64s/%s", ipu_sysfs(), entry->d_name, name);
		ret = ipu_read_file(path, text, sizeof(text));
		break;
	}
	if (dir)
		closedir(dir);
	return ret ? ret : strtoll(text, NULL, 10);
}

TEST(hwmon_of_an_idle_card)
{
	int64_t energy = sensor("energy1_input");

	EXPECT_EQ(IPU_POWER_IDLE * 1000ll, sensor("power1_input"));
	EXPECT_EQ(IPU_POWER_FULL * 1000ll, sensor("power1_rated_max"));
	EXPECT_EQ(IPU_CLOCK_KHZ * 1000ll / IPU_CLOCK_IDLE_DIV, sensor("freq1_input"));
	EXPECT_LE(IPU_TEMP_AMBIENT + IPU_POWER_IDLE / 1000 * IPU_TEMP_PER_WATT,
		  sensor("temp1_input"));
	EXPECT_GT(IPU_TEMP_CRIT, sensor("temp1_input"));
	EXPECT_EQ(IPU_TEMP_CRIT, sensor("temp1_crit"));
	ipu_sleep_ms(200);
	/* 60 W for 200 ms are 12 J; the card's clock need not run as fast as the machine's. */
	EXPECT_LE(11000000, sensor("energy1_input") - energy);
}

TEST_F(busy, hwmon)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS), temp = sensor("temp1_input");

	/* The job has begun; its RUN is about to. */
	while (sensor("power1_input") == IPU_POWER_IDLE * 1000ll && ipu_deadline(0) < deadline)
		ipu_sleep_ms(1);
	EXPECT_EQ(IPU_POWER_FULL * 1000ll, sensor("power1_input"));
	EXPECT_EQ(IPU_CLOCK_KHZ * 1000ll, sensor("freq1_input"));
	ipu_sleep_ms(1000);
	EXPECT_LT(temp, sensor("temp1_input"));
	ASSERT_EQ(0, ipu_ctx_destroy(self->s.fd, self->s.ctx));
	EXPECT_EQ(IPU_POWER_IDLE * 1000ll, sensor("power1_input"));
}

/* ---- debugfs ------------------------------------------------------------- */

static const char *debugfs(const char *address, const char *name)
{
	static char text[65536];
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "%s/%s", address, name);
	return ipu_read_file(path, text, sizeof(text)) ? "" : text;
}

/* Write a line to a file there; 0 or -errno. */
static int force(const char *address, const char *name, const char *line)
{
	char path[128];
	int fd, ret = 0;

	snprintf(path, sizeof(path), DEBUGFS "%s/%s", address, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		ret = -errno;
	if (fd >= 0)
		close(fd);
	return ret;
}

TEST_F(busy, debugfs)
{
	const char *text;
	char want[128];

	snprintf(want, sizeof(want), "slot 0: context %u of test_observe", self->s.ctx);
	text = debugfs(self->address, "contexts");
	EXPECT_EQ(text, strstr(text, want));
	EXPECT_NE(NULL, strstr(text, ", usable, 1 jobs queued, last job 1,"));

	text = debugfs(self->address, "rings");
	EXPECT_EQ(text, strstr(text, want));
	EXPECT_NE(NULL, strstr(text, ", on, error 0\n"));
	EXPECT_NE(NULL, strstr(text, "  registers: status 0x2, "));
	EXPECT_NE(NULL, strstr(text, "  job 1: at 0, "));

	snprintf(want, sizeof(want), "0-%u: slot 0, context %u of test_observe", self->s.tiles - 1,
		 self->s.ctx);
	text = debugfs(self->address, "tiles");
	EXPECT_EQ(text, strstr(text, want));

	/* The session's list, its memory, and the driver's two pages. */
	text = debugfs(self->address, "page_tables");
	snprintf(want, sizeof(want), "slot 0, context %u: 0x%010llx-", self->s.ctx,
		 (unsigned long long)self->s.list.va);
	EXPECT_NE(NULL, strstr(text, want));
	snprintf(want, sizeof(want), "slot 0, context %u: 0x%010llx-", self->s.ctx,
		 (unsigned long long)self->s.mem.va);
	EXPECT_NE(NULL, strstr(text, want));
	EXPECT_NE(NULL, strstr(text, ", r-, privileged\n"));
	EXPECT_NE(NULL, strstr(text, ", rw, privileged\n"));

	ASSERT_EQ(0, ipu_ctx_destroy(self->s.fd, self->s.ctx));
	EXPECT_STREQ("", debugfs(self->address, "contexts"));
	EXPECT_STREQ("", debugfs(self->address, "page_tables"));
	snprintf(want, sizeof(want), "0-%u: free\n", self->s.tiles - 1);
	EXPECT_STREQ(want, debugfs(self->address, "tiles"));
}

TEST_F(busy, force_refused)
{
	const char *a = self->address;

	EXPECT_EQ(-EINVAL, force(a, "force_fault", "0"));
	EXPECT_EQ(-EINVAL, force(a, "force_fault", "0 0"));
	EXPECT_EQ(-EINVAL, force(a, "force_fault", "0 0x7f"));
	EXPECT_EQ(-EINVAL, force(a, "force_fault", "0 0x22 x"));
	EXPECT_EQ(-EINVAL, force(a, "force_fault", "0 0x22 0000000000000000000000000000000000"));
	EXPECT_EQ(-ENOENT, force(a, "force_fault", "31 0x22"));
	EXPECT_EQ(-ENOENT, force(a, "force_fault", "4294967295 0x22"));
	EXPECT_EQ(-EINVAL, force(a, "force_reset", "world"));
	EXPECT_EQ(-EINVAL, force(a, "force_reset", "tile 0"));
	EXPECT_EQ(-EINVAL, force(a, "force_reset", "job"));
	EXPECT_EQ(-ENOENT, force(a, "force_reset", "job 31"));
	/* Nothing has happened. */
	EXPECT_EQ(self->s.tiles, sysfs_number("tiles_running"));
}

/* Each number is a cause, after which the context goes on, or is refused. */
TEST_F(busy, force_each_fault)
{
	uint64_t faults = sysfs_number("faults");
	unsigned int number, causes = 0;
	char line[32];

	ipu_dump_clear();
	for (number = 0; number <= UINT8_MAX; number++) {
		struct drm_ipu_get_fault fault = { .ctx = self->s.ctx, .seqno = self->seqno };
		int status = 0;

		snprintf(line, sizeof(line), "%u 0x%x\n", self->slot, number);
		if (!ipu_is_cause(number)) {
			EXPECT_EQ(-EINVAL, force(self->address, "force_fault", line));
			continue;
		}
		causes++;
		ASSERT_EQ(0, force(self->address, "force_fault", line));
		ASSERT_EQ(0, ipu_wait(self->s.fd, self->s.ctx, self->seqno, IPU_TEST_WAIT_MS,
				      &status));
		EXPECT_EQ(number == IPU_FAULT_WATCHDOG ? -ETIMEDOUT : -EIO, status);
		ASSERT_EQ(0, ipu_do(self->s.fd, DRM_IOCTL_IPU_GET_FAULT, &fault));
		EXPECT_EQ(number, fault.cause);
		ASSERT_EQ(0, ipu_start_loop(&self->s, &self->seqno));
	}
	EXPECT_EQ(faults + causes, sysfs_number("faults"));
	EXPECT_EQ(IPU_DUMP_FORCED, ipu_dump_take_kind());
}

/* The job, three times, after which the context is banned. */
TEST_F(busy, force_reset_of_the_job)
{
	struct drm_ipu_ctx_query state = {};
	uint64_t hangs = sysfs_number("hangs");
	int i, status = 0;

	ipu_dump_clear();
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, force(self->address, "force_reset", "job 0\n"));
		ASSERT_EQ(0, ipu_wait(self->s.fd, self->s.ctx, self->seqno, IPU_TEST_WAIT_MS,
				      &status));
		EXPECT_EQ(-ETIMEDOUT, status);
		if (i < 2)
			ASSERT_EQ(0, ipu_start_loop(&self->s, &self->seqno));
	}
	ASSERT_EQ(0, ipu_ctx_query(self->s.fd, self->s.ctx, &state));
	EXPECT_EQ(DRM_IPU_CTX_BANNED, state.state);
	EXPECT_EQ(-ENODEV, force(self->address, "force_reset", "job 0"));
	EXPECT_EQ(hangs + 3, sysfs_number("hangs"));
	EXPECT_EQ(IPU_DUMP_OVERDUE, ipu_dump_take_kind());
}

/* A larger one; a context can be made afterwards. */
static void force_reset(struct __test_metadata *_metadata, FIXTURE_DATA(busy) * self,
			const char *line, unsigned int card_resets, enum ipu_dump_kind kind)
{
	struct drm_ipu_ctx_query state = {};
	uint64_t before = sysfs_number("card_resets"), resets = sysfs_number("resets");
	int status = 0;

	ipu_dump_clear();
	ASSERT_EQ(0, force(self->address, "force_reset", line));
	ASSERT_EQ(0, ipu_wait(self->s.fd, self->s.ctx, self->seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-EIO, status);
	EXPECT_EQ((uint32_t)kind, ipu_dump_take_kind());
	ASSERT_EQ(0, ipu_ctx_query(self->s.fd, self->s.ctx, &state));
	EXPECT_EQ(DRM_IPU_CTX_LOST, state.state);
	EXPECT_EQ(DRM_IPU_CTX_WHY_RESET, state.why);
	EXPECT_EQ(before + card_resets, sysfs_number("card_resets"));
	EXPECT_EQ(resets + 1, sysfs_number("resets"));
	ipu_session_close(&self->s);
	ASSERT_EQ(0, ipu_session_open(&self->s, 0, 600000));
	ASSERT_EQ(0, ipu_start_loop(&self->s, &self->seqno));
}

TEST_F(busy, force_reset_of_the_context)
{
	force_reset(_metadata, self, "context 0", 0, IPU_DUMP_FORCED);
}

TEST_F(busy, force_reset_of_the_card)
{
	force_reset(_metadata, self, "card", 1, IPU_DUMP_FORCED);
}

TEST_F(busy, force_reset_of_the_function)
{
	force_reset(_metadata, self, "function", 1, IPU_DUMP_RESET);
}

/* A card that does not come back says so in its state, and has no sensors. */
TEST_F(busy, no_answer)
{
	ASSERT_EQ(0, ipu_answer(false));
	EXPECT_EQ(-ENODEV, sensor("temp1_input"));
	EXPECT_EQ(-ENODEV, force(self->address, "force_reset", "card"));
	EXPECT_STREQ("dead", sysfs("state"));
	EXPECT_EQ(-ENODATA, sensor("temp1_input"));
	EXPECT_EQ(-EBUSY, force(self->address, "force_reset", "card"));
	ASSERT_EQ(0, ipu_answer(true));
	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
	EXPECT_STREQ("up", sysfs("state"));
	EXPECT_LT(0, sensor("temp1_input"));
}

/* ---- trace events ---------------------------------------------------------- */

static int trace(const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), TRACEFS "%s", file);
	return ipu_write_file(path, text);
}

/* How many lines of the trace have both texts. */
static unsigned int traced(const char *event, const char *text)
{
	unsigned int count = 0;
	char line[1024];
	FILE *file = fopen(TRACEFS "trace", "r");

	while (file && fgets(line, sizeof(line), file))
		count += strstr(line, event) && strstr(line, text);
	if (file)
		fclose(file);
	return count;
}

TEST(trace_events)
{
	struct ipu_session s;
	uint64_t seqno;
	char text[128], address[64];
	int status;

	snprintf(address, sizeof(address), "%.32s", strrchr(ipu_sysfs(), '/') + 1);
	ASSERT_EQ(0, trace("trace", "\n"));
	ASSERT_EQ(0, trace("events/ipu_accel/enable", "1"));
	ASSERT_EQ(0, ipu_session_open(&s, 1, 0));
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
	EXPECT_EQ(0, ipu_run(&s));
	ASSERT_EQ(0, ipu_start_loop(&s, &seqno));
	EXPECT_EQ(0, force(address, "force_fault", "0 0x23"));
	EXPECT_EQ(0, ipu_wait(s.fd, s.ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(0, force(address, "force_reset", "card"));
	ipu_session_close(&s);
	ASSERT_EQ(0, trace("events/ipu_accel/enable", "0"));

	snprintf(text, sizeof(text), "dev=%s pid=%d ctx=%u slot=0 ", address, getpid(), s.ctx);
	EXPECT_EQ(2, traced("ipu_job_submit: ", text));
	EXPECT_EQ(2, traced("ipu_job_run: ", text));
	EXPECT_EQ(1, traced("ipu_job_done: ", " seqno=1 error=0\n"));
	EXPECT_EQ(1, traced("ipu_job_done: ", " seqno=2 error=-5\n"));
	EXPECT_EQ(1, traced("ipu_fault: ", " seqno=2 cause=0x23 tile=-1 unit=7 pc=0x0 "));
	EXPECT_EQ(1, traced("ipu_reset: ", " slot=0 stage=job why=fault\n"));
	EXPECT_EQ(1, traced("ipu_reset: ", " slot=0 stage=context why=reset\n"));
	EXPECT_EQ(1, traced("ipu_reset: ", " slot=-1 stage=card why=reset\n"));
	EXPECT_EQ(2, traced("ipu_map: ", text));
	EXPECT_EQ(2, traced("ipu_unmap: ", text));
	snprintf(text, sizeof(text), " va=0x%llx size=0x%x flags=0x", (unsigned long long)s.mem.va,
		 IPU_MEM_SIZE);
	EXPECT_EQ(1, traced("ipu_map: ", text));
}

TEST_HARNESS_MAIN
