// SPDX-License-Identifier: MIT
/*
 * The transport to the driver, with a driver that is a function of this file: it
 * gets what libdrm would pass to the kernel. The device file is /dev/zero, of which
 * a shared mapping is memory. The real driver is tested in the VM.
 */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xf86drm.h>

#include "drm/ipu_accel.h"
#include "ipu_hw.h"
#include "isa/ipu_isa.h"
#include "lib_test.h"

#define NODE "/dev/zero"

/**
 * struct driver - the driver of this file
 * @name: NULL for a file that is no DRM driver's
 * @major: its version
 * @fail: request that fails, 0 for none
 * @error: how, an errno value
 * @status: of every job
 * @caps: of the card
 * @user_contexts: most contexts of a user, who has one
 * @user_tiles: most tiles of a user, who has 10
 * @state: of every context
 * @why: likewise
 * @query: last request for information
 * @ctx: last context asked for
 * @map: last mapping
 * @submit: last job
 * @wait: last wait
 * @handles: buffers that are open
 * @contexts: contexts that are
 * @calls: requests
 */
static struct driver {
	const char *name;
	int major;
	unsigned long fail;
	int error;
	int status;
	uint32_t caps;
	uint32_t user_contexts;
	uint32_t user_tiles;
	uint32_t state;
	uint32_t why;
	struct drm_ipu_ctx_create ctx;
	struct drm_ipu_bo_map map;
	struct drm_ipu_submit submit;
	struct drm_ipu_wait wait;
	int handles;
	int contexts;
	int calls;
} driver;

drmVersionPtr drmGetVersion(int fd)
{
	drmVersionPtr version;

	(void)fd;
	if (!driver.name)
		return NULL;
	version = calloc(1, sizeof(*version));
	assert_non_null(version);
	version->name = strdup(driver.name);
	version->version_major = driver.major;
	version->version_minor = 7;
	version->version_patchlevel = 2;
	return version;
}

void drmFreeVersion(drmVersionPtr version)
{
	free(version->name);
	free(version);
}

int drmCloseBufferHandle(int fd, uint32_t handle)
{
	(void)fd;
	driver.calls++;
	assert_int_equal(handle, 77);
	driver.handles--;
	return 0;
}

static void answer_query(struct drm_ipu_dev_query *args)
{
	/* An older kernel knows less: the rest stays as it was. */
	const struct drm_ipu_query_info info = {
		.hw_version = IPU_VERSION,
		.fw_version = 0x01020003,
		.caps = driver.caps,
		.tiles = 100,
		.sram_base = IPU_SRAM_BASE,
		.sram_size = IPU_SRAM_SIZE,
		.vlen = IPU_VLEN_DEFAULT,
		.clock_khz = 5,
		.contexts = 2,
		.max_cmds = 1000,
		.serial = 0x1122334455667788,
		.va_size = 1ull << 39,
	};
	const struct drm_ipu_query_usage usage = {
		.contexts = 1,
		.tiles = 60,
		.largest_free = 40,
		.resets = 9,
	};
	const struct drm_ipu_query_limits limits = {
		.user_contexts = driver.user_contexts,
		.user_tiles = driver.user_tiles,
		.used_contexts = 1,
		.used_tiles = 10,
		.user_bytes = 500 << 20,
		.used_bytes = 400 << 20,
		.ctx_tables = 1111,
		.ctx_mappings = 2222,
		.ctx_jobs = 3333,
	};
	const struct {
		const void *data;
		uint32_t size;
	} answers[] = {
		[DRM_IPU_QUERY_INFO] = { &info, sizeof(info) },
		[DRM_IPU_QUERY_USAGE] = { &usage, sizeof(usage) },
		[DRM_IPU_QUERY_LIMITS] = { &limits, sizeof(limits) },
	};
	const void *data = answers[args->type].data;
	uint32_t size = answers[args->type].size;

	args->size = args->size < size ? args->size : size;
	memcpy((void *)(uintptr_t)args->data, data, args->size);
}

static int answer_fault(struct drm_ipu_get_fault *args)
{
	if (args->seqno == 4) {
		errno = ENODATA;
		return -1;
	}
	args->seqno = 3;
	args->cause = IPU_FAULT_LOAD;
	args->tile = 5;
	args->unit = 2;
	args->pc = 0x4c010;
	args->addr = 0x10;
	return 0;
}

int drmIoctl(int fd, unsigned long request, void *arg)
{
	struct stat st;

	driver.calls++;
	assert_int_equal(fstat(fd, &st), 0);
	if (driver.fail == request) {
		errno = driver.error;
		return -1;
	}
	switch (request) {
	case DRM_IOCTL_IPU_DEV_QUERY:
		answer_query(arg);
		return 0;
	case DRM_IOCTL_IPU_BO_CREATE:
		((struct drm_ipu_bo_create *)arg)->handle = 77;
		driver.handles++;
		return 0;
	case DRM_IOCTL_IPU_BO_MMAP_OFFSET:
		assert_int_equal(((struct drm_ipu_bo_mmap_offset *)arg)->handle, 77);
		return 0;
	case DRM_IOCTL_IPU_CTX_CREATE:
		driver.ctx = *(struct drm_ipu_ctx_create *)arg;
		((struct drm_ipu_ctx_create *)arg)->ctx = 11;
		driver.contexts++;
		return 0;
	case DRM_IOCTL_IPU_CTX_DESTROY:
		assert_int_equal(((struct drm_ipu_ctx_destroy *)arg)->ctx, 11);
		driver.contexts--;
		return 0;
	case DRM_IOCTL_IPU_BO_MAP:
		driver.map = *(struct drm_ipu_bo_map *)arg;
		((struct drm_ipu_bo_map *)arg)->va = 0x200000;
		return 0;
	case DRM_IOCTL_IPU_BO_UNMAP:
		return 0;
	case DRM_IOCTL_IPU_SUBMIT:
		driver.submit = *(struct drm_ipu_submit *)arg;
		((struct drm_ipu_submit *)arg)->seqno = 3;
		return 0;
	case DRM_IOCTL_IPU_WAIT:
		driver.wait = *(struct drm_ipu_wait *)arg;
		((struct drm_ipu_wait *)arg)->status = driver.status;
		return 0;
	case DRM_IOCTL_IPU_USERQ_CREATE:
		assert_int_equal(((struct drm_ipu_userq_create *)arg)->ctx, 11);
		assert_int_equal(((struct drm_ipu_userq_create *)arg)->ring_va, 0x200000);
		assert_int_equal(((struct drm_ipu_userq_create *)arg)->ring_count, 1024);
		((struct drm_ipu_userq_create *)arg)->queue = 2;
		return 0;
	case DRM_IOCTL_IPU_GET_FAULT:
		return answer_fault(arg);
	case DRM_IOCTL_IPU_CTX_QUERY:
		assert_int_equal(((struct drm_ipu_ctx_query *)arg)->ctx, 11);
		((struct drm_ipu_ctx_query *)arg)->state = driver.state;
		((struct drm_ipu_ctx_query *)arg)->why = driver.why;
		return 0;
	default:
		fail_msg("ioctl 0x%lx is unknown", request);
		return -1;
	}
}

static int reset_driver(void **state)
{
	(void)state;
	driver = (struct driver){
		.name = "ipu",
		.major = DRM_IPU_VERSION_MAJOR,
		.user_contexts = 2,
		.user_tiles = 100,
	};
	return 0;
}

/* Leave no driver behind, for the other tests of opening. */
static int remove_driver(void **state)
{
	int left = driver.handles | driver.contexts;

	(void)state;
	driver = (struct driver){ 0 };
	return left;
}

static void test_refused(void **state)
{
	struct ipu_device *dev;

	(void)state;
	driver.major = DRM_IPU_VERSION_MAJOR + 1;
	assert_fails(ipu_open(NODE, &dev), -EPROTO, "interface version 2.7, and this libipu");
	driver.name = "ivpu";
	assert_fails(ipu_open(NODE, &dev), -EPROTO, "belongs to the driver \"ivpu\"");
	driver.name = NULL;
	assert_fails(ipu_open(NODE, &dev), -EPROTO, "not the device file of a DRM driver");
	reset_driver(NULL);
	driver.fail = DRM_IOCTL_IPU_DEV_QUERY;
	driver.error = ENODEV;
	assert_fails(ipu_open(NODE, &dev), -ENODEV, "is gone");
	driver.error = EIO;
	assert_fails(ipu_open(NODE, &dev), -EIO, "does not describe the card");
	assert_null(dev);
}

static void test_permission(void **state)
{
	char path[] = "/tmp/ipu-node-XXXXXX";
	struct ipu_device *dev;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(chmod(path, 0), 0);
	if (geteuid()) {
		assert_fails(ipu_open(path, &dev), -EACCES, "mode 0000");
	} else {
		struct group *video = getgrnam("video");

		assert_non_null(video);
		assert_int_equal(seteuid(65534), 0);
		assert_fails(ipu_open(path, &dev), -EACCES,
			     "mode 0000, owner 0 and group 0 (root), and you are user 65534");
		/* As the kernel makes it, without a udev rule. */
		assert_int_equal(seteuid(0) || chmod(path, 0600) || seteuid(65534), 0);
		assert_fails(ipu_open(path, &dev), -EACCES, "60-ipu.rules");
		assert_fails(ipu_open(path, &dev), -EACCES, "usermod -aG render nobody");
		/* A group that may not open it helps no one. */
		assert_int_equal(seteuid(0) || chown(path, 0, video->gr_gid) || seteuid(65534), 0);
		assert_fails(ipu_open(path, &dev), -EACCES, "No group of users may open it");
		assert_int_equal(seteuid(0) || chmod(path, 0660) || seteuid(65534), 0);
		assert_fails(ipu_open(path, &dev), -EACCES,
			     "(video), and you are user 65534. Join that group, as root: usermod "
			     "-aG video nobody. Then log in again.");
	}
	assert_int_equal(seteuid(getuid()), 0);
	assert_int_equal(unlink(path), 0);
}

static void test_info(void **state)
{
	struct ipu_usage usage = { .size = sizeof(usage) };
	struct ipu_info info = { .size = sizeof(info) };
	struct ipu_device *dev;

	(void)state;
	assert_ok(ipu_open(NODE, &dev));
	assert_ok(ipu_get_info(dev, &info));
	assert_string_equal(info.name, NODE);
	assert_string_equal(info.driver, "ipu");
	assert_string_equal(info.driver_version, "1.7.2");
	assert_int_equal(info.tiles, 100);
	assert_int_equal(info.fw_version, 0x01020003);
	assert_true(info.serial == 0x1122334455667788);
	assert_ok(ipu_get_usage(dev, &usage));
	assert_int_equal(usage.tiles, 60);
	assert_int_equal(usage.largest_free, 40);
	assert_int_equal(usage.resets, 9);
	driver.fail = DRM_IOCTL_IPU_DEV_QUERY;
	driver.error = ENODEV;
	assert_fails(ipu_get_usage(dev, &usage), -ENODEV, "the card is gone");
	ipu_close(dev);
}

static void test_buffers(void **state)
{
	struct ipu_context *ctx;
	struct ipu_device *dev;
	struct ipu_bo *bo;
	uint64_t va;

	(void)state;
	assert_ok(ipu_open(NODE, &dev));
	ctx = lib_make_context(dev, 3);
	assert_ok(ipu_bo_create(dev, 5000, &bo));
	memset(ipu_bo_data(bo), 1, 8192);
	assert_ok(ipu_bo_map(ctx, bo, IPU_BO_WRITE, &va));
	assert_int_equal(va, 0x200000);
	assert_int_equal(driver.map.ctx, 11);
	assert_int_equal(driver.map.handle, 77);
	assert_int_equal(driver.map.flags, DRM_IPU_MAP_WRITE);
	assert_ok(ipu_bo_map(ctx, bo, IPU_BO_READ, &va));
	assert_int_equal(driver.map.flags, 0);
	driver.fail = DRM_IOCTL_IPU_BO_MAP;
	driver.error = ENOSPC;
	assert_fails(ipu_bo_map(ctx, bo, IPU_BO_READ, &va), -ENOSPC, "no room for 8192 bytes");
	driver.error = EDQUOT;
	assert_fails(ipu_bo_map(ctx, bo, IPU_BO_READ, &va), -EDQUOT,
		     "it may have 2222 mappings and 1111 page tables");
	driver.error = EOPNOTSUPP;
	assert_fails(ipu_bo_map(ctx, bo, IPU_BO_READ, &va), -EOPNOTSUPP, "swiotlb");
	driver.fail = DRM_IOCTL_IPU_BO_UNMAP;
	driver.error = ENOENT;
	assert_fails(ipu_bo_unmap(ctx, 0x5000), -ENOENT, "mapped at 0x5000");
	ipu_bo_destroy(bo);

	/* What was created before the step that failed is freed: remove_driver() checks. */
	driver.fail = DRM_IOCTL_IPU_BO_MMAP_OFFSET;
	driver.error = ENOMEM;
	assert_fails(ipu_bo_create(dev, 1, &bo), -ENOMEM, "cannot make a buffer of 1 bytes");
	driver.fail = DRM_IOCTL_IPU_BO_CREATE;
	driver.error = EDQUOT;
	assert_fails(ipu_bo_create(dev, 1, &bo), -EDQUOT,
		     "one user may have 500 MiB of buffers, and you have 400 MiB");
	driver.error = ENOMEM;
	assert_fails(ipu_bo_create(dev, 1, &bo), -ENOMEM, "cannot make a buffer of 1 bytes");
	driver.fail = 0;
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

static void test_contexts(void **state)
{
	const struct ipu_context_options options = {
		.size = sizeof(options),
		.tiles = 50,
		.watchdog_ms = 123,
	};
	static const unsigned long steps[] = { DRM_IOCTL_IPU_BO_CREATE, DRM_IOCTL_IPU_BO_MAP };
	struct ipu_context *ctx;
	struct ipu_device *dev;

	(void)state;
	assert_ok(ipu_open(NODE, &dev));
	assert_ok(ipu_context_create(dev, &options, &ctx));
	assert_int_equal(driver.ctx.tiles, 50);
	assert_int_equal(driver.ctx.watchdog_ms, 123);
	ipu_context_destroy(ctx);
	assert_ok(ipu_context_create(dev, NULL, &ctx));
	assert_int_equal(driver.ctx.tiles, 100);
	ipu_context_destroy(ctx);

	driver.fail = DRM_IOCTL_IPU_CTX_CREATE;
	driver.error = EBUSY;
	assert_fails(ipu_context_create(dev, &options, &ctx), -EBUSY,
		     "50 tiles in a row are not free: 60 of 100 belong to 1 contexts, and the "
		     "largest free range is 40");
	driver.error = ENODEV;
	assert_fails(ipu_context_create(dev, &options, &ctx), -ENODEV, "open it again");
	driver.error = EDQUOT;
	assert_fails(
		ipu_context_create(dev, &options, &ctx), -EDQUOT,
		"one user may have 100 of the card's 100 tiles; you have 10 and ask for 50 more");
	driver.user_contexts = 1;
	assert_fails(ipu_context_create(dev, &options, &ctx), -EDQUOT,
		     "one user may have 1 of the card's 2 contexts, and you have 1");
	assert_sentence(ipu_error(), "user_share");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		driver.fail = steps[i];
		driver.error = ENOMEM;
		assert_int_equal(ipu_context_create(dev, &options, &ctx), -ENOMEM);
		assert_null(ctx);
	}
	ipu_close(dev);
}

/* Every tile is every tile that one may have; all of them with a driver that has no limits. */
static void test_default_tiles(void **state)
{
	struct ipu_context *ctx;
	struct ipu_device *dev;

	(void)state;
	driver.user_tiles = 33;
	assert_ok(ipu_open(NODE, &dev));
	assert_ok(ipu_context_create(dev, NULL, &ctx));
	assert_int_equal(driver.ctx.tiles, 33);
	assert_int_equal(ipu_context_tiles(ctx), 33);
	ipu_context_destroy(ctx);
	driver.fail = DRM_IOCTL_IPU_DEV_QUERY;
	driver.error = EINVAL;
	assert_ok(ipu_context_create(dev, NULL, &ctx));
	assert_int_equal(driver.ctx.tiles, 100);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

/* What happened to a context is said wherever that is met. */
static void test_health(void **state)
{
	static const struct {
		uint32_t why;
		const char *words;
	} reasons[] = {
		{ DRM_IPU_CTX_WHY_FAULT, "its own jobs faulted" },
		{ DRM_IPU_CTX_WHY_HANG, "its own jobs had to be stopped" },
		{ DRM_IPU_CTX_WHY_RESET, "the card was reset" },
		{ DRM_IPU_CTX_WHY_SUSPEND, "the machine was suspended" },
		{ DRM_IPU_CTX_WHY_PCI, "an error of the PCI link" },
		{ 77, "does not say why" },
	};
	struct ipu_health health = { .size = sizeof(health) };
	struct ipu_context *ctx;
	struct ipu_device *dev;
	uint64_t seqno;

	(void)state;
	assert_ok(ipu_open(NODE, &dev));
	ctx = lib_make_context(dev, 1);
	assert_ok(ipu_get_health(ctx, &health));
	assert_int_equal(health.state, IPU_USABLE);
	assert_int_equal(health.why, IPU_WHY_NONE);

	driver.state = DRM_IPU_CTX_LOST;
	driver.fail = DRM_IOCTL_IPU_SUBMIT;
	driver.error = EIO;
	driver.status = -EIO;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		driver.why = reasons[i].why;
		assert_ok(ipu_get_health(ctx, &health));
		assert_int_equal(health.state, IPU_LOST);
		assert_int_equal(health.why, reasons[i].why);
		assert_fails(ipu_submit(ctx, 0x200000, 1, &seqno), -EIO, reasons[i].words);
		assert_sentence(ipu_error(), "the context is lost");
		assert_sentence(ipu_error(), "create a new one");
		assert_fails(ipu_wait(ctx, 4, 0), -EIO, reasons[i].words);
	}
	driver.state = DRM_IPU_CTX_BANNED;
	driver.why = DRM_IPU_CTX_WHY_HANG;
	assert_fails(ipu_submit(ctx, 0x200000, 1, &seqno), -EIO,
		     "the context is banned: its own jobs had to be stopped");
	assert_sentence(ipu_error(), "mend the program");

	health.size = 1;
	assert_fails(ipu_get_health(ctx, &health), -EINVAL, "struct ipu_health");
	health.size = sizeof(health);
	driver.fail = DRM_IOCTL_IPU_CTX_QUERY;
	driver.error = EINVAL;
	assert_fails(ipu_get_health(ctx, &health), -ENOTSUP, "newer ipu module");
	driver.error = ENODEV;
	assert_fails(ipu_get_health(ctx, &health), -ENODEV, "the card is gone");
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

/* Jobs go by a user queue if card and driver have them; else they say which has not. */
static void test_user_queue(void **state)
{
	static const struct {
		uint32_t caps;
		int error;
		const char *why_not;
	} olds[] = {
		{ 0, 0, "The card has no user queues" },
		{ IPU_CAP_USER_QUEUES, EINVAL, "The driver has no user queues (before version" },
		{ IPU_CAP_USER_QUEUES, EOPNOTSUPP, "The driver has no user queues" },
		{ IPU_CAP_USER_QUEUES, ENOMEM, "There is no memory for a user queue" },
		{ IPU_CAP_USER_QUEUES, EDQUOT, "There is no memory for a user queue" },
	};
	const struct ipu_context_options options = {
		.size = sizeof(options),
		.flags = IPU_CONTEXT_USER_QUEUE,
	};
	struct ipu_submission now = { .size = sizeof(now) };
	struct ipu_context *ctx;
	struct ipu_device *dev;

	(void)state;
	for (size_t i = 0; i < sizeof(olds) / sizeof(olds[0]); i++) {
		driver.caps = olds[i].caps;
		driver.fail = olds[i].error ? DRM_IOCTL_IPU_USERQ_CREATE : 0;
		driver.error = olds[i].error;
		assert_ok(ipu_open(NODE, &dev));
		assert_ok(ipu_context_create(dev, &options, &ctx));
		assert_ok(ipu_get_submission(ctx, &now));
		assert_false(now.user_queue);
		assert_int_equal(now.room, 3333);
		assert_sentence(now.why_not, olds[i].why_not);
		ipu_context_destroy(ctx);
		/* What is no lack of queues or memory is an error, and leaves nothing. */
		driver.error = EIO;
		assert_int_equal(ipu_context_create(dev, &options, &ctx), olds[i].error ? -EIO : 0);
		ipu_context_destroy(ctx);
		ipu_close(dev);
	}
	driver.fail = 0;
	assert_ok(ipu_open(NODE, &dev));
	assert_ok(ipu_context_create(dev, &options, &ctx));
	assert_ok(ipu_get_submission(ctx, &now));
	assert_true(now.user_queue && now.room == 511);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

/* The driver says that every job has completed, but there is no card that wrote anything. */
static void test_no_report(void **state)
{
	struct ipu_report report = { .size = sizeof(report), .cycles = 77 };
	const char *path = getenv("IPU_TEST_ELF");
	struct ipu_program *prog;
	struct ipu_context *ctx;
	struct ipu_device *dev;

	(void)state;
	assert_non_null(path);
	assert_ok(ipu_open(NODE, &dev));
	ctx = lib_make_context(dev, 1);
	assert_ok(ipu_program_open(path, &prog));
	assert_ok(ipu_load(ctx, prog));
	assert_fails(ipu_run(ctx, &report), -EIO, "the card has written no report");
	assert_int_equal(report.cycles, 77);
	assert_fails(ipu_run(ctx, &report), -EINVAL, "load it again");
	ipu_program_close(prog);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

static void test_jobs(void **state)
{
	struct ipu_fault fault = { .size = sizeof(fault) };
	struct ipu_context *ctx;
	struct ipu_device *dev;
	uint64_t seqno;

	(void)state;
	assert_ok(ipu_open(NODE, &dev));
	ctx = lib_make_context(dev, 1);
	assert_ok(ipu_submit(ctx, 0x200000, 12, &seqno));
	assert_int_equal(seqno, 3);
	assert_int_equal(driver.submit.ctx, 11);
	assert_int_equal(driver.submit.cmd_va, 0x200000);
	assert_int_equal(driver.submit.cmd_count, 12);
	assert_int_equal(driver.submit.in_syncs.count | driver.submit.out_syncs.count, 0);
	assert_fails(ipu_submit(ctx, 0x200000, 1001, &seqno), -EINVAL, "1 to 1000 commands");

	assert_ok(ipu_wait(ctx, 3, 0));
	assert_true(driver.wait.timeout_ns == 0);
	assert_ok(ipu_wait(ctx, 3, -5));
	assert_true(driver.wait.timeout_ns == INT64_MAX);
	assert_ok(ipu_wait(ctx, 3, INT64_MAX));
	assert_true(driver.wait.timeout_ns == INT64_MAX);
	assert_ok(ipu_wait(ctx, 3, 1000));
	assert_true(driver.wait.timeout_ns > 1000 && driver.wait.timeout_ns < INT64_MAX);

	driver.status = -EIO;
	assert_fails(ipu_wait(ctx, 3, 0), -EIO,
		     "Fault on tile 5, worker 2, pc 0x4c010: load outside SRAM, address 0x10");
	assert_ok(ipu_get_fault(ctx, 0, &fault));
	assert_int_equal(fault.seqno, 3);
	assert_fails(ipu_wait(ctx, 4, 0), -EIO, "no longer on record");
	assert_fails(ipu_get_fault(ctx, 4, &fault), -ENODATA, "Job 4 did not fault");
	driver.status = -ETIMEDOUT;
	assert_fails(ipu_wait(ctx, 4, 0), -ETIMEDOUT, "took too long");
	driver.status = -ECANCELED;
	assert_fails(ipu_wait(ctx, 4, 0), -ECANCELED, "cannot finish job 4: Operation canceled");
	driver.status = -ENODEV;
	assert_fails(ipu_wait(ctx, 4, 0), -ENODEV, "the card is gone");
	driver.fail = DRM_IOCTL_IPU_WAIT;
	driver.error = ETIME;
	assert_fails(ipu_wait(ctx, 4, 0), -ETIME, "still running");
	driver.error = ENODEV;
	assert_fails(ipu_wait(ctx, 4, 0), -ENODEV, "the card is gone");
	driver.error = ENODATA;
	assert_fails(ipu_wait(ctx, 4, 0), -ENODATA, "it is not known any more how");
	driver.fail = DRM_IOCTL_IPU_SUBMIT;
	driver.error = EIO;
	assert_fails(ipu_submit(ctx, 0x200000, 1, &seqno), -EIO, "context is lost");
	driver.error = EDQUOT;
	assert_fails(ipu_submit(ctx, 0x200000, 1, &seqno), -EDQUOT,
		     "3333 jobs of the context have not ended");
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

/* A child of fork() shares the open file, and with it all that was made: it asks for nothing. */
static int use_parents(struct ipu_device *dev, struct ipu_context *ctx, struct ipu_bo *bo)
{
	int calls = driver.calls;
	uint64_t seqno, va;

	if (ipu_submit(ctx, 0x200000, 1, &seqno) != -EPERM || ipu_wait(ctx, 3, -1) != -EPERM ||
	    ipu_bo_map(ctx, bo, IPU_BO_READ, &va) != -EPERM || ipu_bo_unmap(ctx, 1) != -EPERM ||
	    ipu_context_create(dev, NULL, &ctx) != -EPERM || !strstr(ipu_error(), "before fork()"))
		return 1;
	return driver.calls != calls;
}

static int release_parents(struct ipu_device *dev, struct ipu_context *ctx, struct ipu_bo *bo)
{
	int calls = driver.calls;

	ipu_bo_destroy(bo);
	ipu_context_destroy(ctx);
	ipu_close(dev);
	return driver.calls != calls;
}

static void test_fork(void **state)
{
	struct ipu_context *ctx;
	struct ipu_device *dev;
	struct ipu_bo *bo;
	const struct lib_files files = lib_open_files();
	int status;
	pid_t pid;

	(void)state;
	assert_ok(ipu_open(NODE, &dev));
	ctx = lib_make_context(dev, 1);
	assert_ok(ipu_bo_create(dev, 1, &bo));
	lib_check_cloexec(&files);
	pid = fork();
	if (!pid)
		_exit(use_parents(dev, ctx, bo) || release_parents(dev, ctx, bo));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	ipu_bo_destroy(bo);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

int lib_test_drm(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refused, reset_driver, remove_driver),
		cmocka_unit_test_setup_teardown(test_permission, reset_driver, remove_driver),
		cmocka_unit_test_setup_teardown(test_info, reset_driver, remove_driver),
		cmocka_unit_test_setup_teardown(test_buffers, reset_driver, remove_driver),
		cmocka_unit_test_setup_teardown(test_contexts, reset_driver, remove_driver),
		cmocka_unit_test_setup_teardown(test_default_tiles, reset_driver, remove_driver),
		cmocka_unit_test_setup_teardown(test_health, reset_driver, remove_driver),
		cmocka_unit_test_setup_teardown(test_no_report, reset_driver, remove_driver),
		cmocka_unit_test_setup_teardown(test_user_queue, reset_driver, remove_driver),
		cmocka_unit_test_setup_teardown(test_jobs, reset_driver, remove_driver),
		cmocka_unit_test_setup_teardown(test_fork, reset_driver, remove_driver),
	};

	return cmocka_run_group_tests_name("drm", tests, NULL, NULL);
}
