// SPDX-License-Identifier: MIT
/*
 * usage: suspend LEVEL/STATE...
 *
 * The machine is suspended and resumed while one card works and another one sleeps: what ran is
 * lost at once, with an error; what was in memory is there; and the cards work again, with the
 * right results. STATE is what is written to /sys/power/state, and LEVEL to
 * /sys/power/pm_test: how far the kernel goes before it turns back, or `none` for all the way.
 * Then tests/vm/test-suspend wakes the machine.
 *
 * The guest's file system does not survive that, nor may its consoles. So this stays
 * in memory, writes TAP to the serial console, and resets the machine at the end;
 * tests/vm/test-suspend reads its log.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "ipu_userq.h"

static int log_file;
static unsigned int count;

static void check(bool ok, const char *what)
{
	dprintf(log_file, "TAP: %sok %u - %s\n", ok ? "" : "not ", ++count, what);
}

static void check_value(int value, int wanted, const char *what)
{
	check(value == wanted, what);
	if (value != wanted)
		dprintf(log_file, "TAP: # %d instead of %d\n", value, wanted);
}

/* Input at this port wakes the machine, as long as it is open. It answers nothing. */
static int open_port(void)
{
	int port = open("/dev/ttyS1", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	struct termios mode;

	if (port < 0 || tcgetattr(port, &mode))
		return -errno;
	cfmakeraw(&mode);
	return tcsetattr(port, TCSANOW, &mode) ? -errno : port;
}

/*
 * Suspend the machine; returns after it has been resumed. The kernel does not set the port up
 * again that has lost its power, but when it is opened. And the firmware does not set up again
 * where the chipset has its registers of ACPI, without which the machine could not be suspended
 * to RAM a second time.
 */
static int suspend(const char *level, const char *state)
{
	int chipset = open("/sys/bus/pci/devices/0000:00:1f.0/config", O_RDWR | O_CLOEXEC);
	int port = open_port();
	int ret = port < 0 ? port : ipu_write_file("/sys/power/pm_test", level);
	uint64_t place;

	if (pread(chipset, &place, sizeof(place), 0x40) != sizeof(place))
		ret = -errno;
	ret = ret ? ret : ipu_write_file("/sys/power/state", state);
	if (!ret && pwrite(chipset, &place, sizeof(place), 0x40) != sizeof(place))
		ret = -errno;
	close(port);
	close(chipset);
	return ret;
}

/* ---- results ----------------------------------------------------------------------- */

/* Twice the sum of the word at IPU_TILE_DATA and the tile's number, into the next word. */
static const uint32_t code[] = {
	RV_LUI(RV_T2, IPU_TILE_DATA >> 12),
	RV_LW(RV_T0, 0, RV_T2),
	RV_CSRR(RV_T1, IPU_CSR_TILE),
	RV_ADD(RV_T0, RV_T0, RV_T1),
	RV_ADD(RV_T0, RV_T0, RV_T0),
	RV_SW(RV_T0, 4, RV_T2),
	RV_IPU_EXIT(0),
};

/* The tiles calculate with the card's copy of what this process wrote: 0, or an error. */
static int calculate(struct ipu_session *s, uint32_t seed)
{
	uint32_t *in = ipu_mem(s, IPU_MEM_DATA);
	uint32_t *out = in + s->tiles;
	uint32_t i;

	for (i = 0; i < s->tiles; i++)
		in[i] = seed + i * i;
	memset(out, 0, s->tiles * 4);
	ipu_add_code(s, code, ARRAY_LEN(code));
	ipu_add_copy(s, IPU_CMD_COPY_TO_TILES, 0, s->tiles, IPU_TILE_DATA,
		     ipu_mem_va(s, IPU_MEM_DATA), 4, 4);
	ipu_add_run(s, 0, false);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, s->tiles, IPU_TILE_DATA + 4,
		     ipu_mem_va(s, IPU_MEM_DATA) + s->tiles * 4, 4, 4);
	return ipu_run(s);
}

static bool are_right(struct ipu_session *s, uint32_t seed)
{
	const uint32_t *out = (uint32_t *)ipu_mem(s, IPU_MEM_DATA) + s->tiles;
	uint32_t i;

	for (i = 0; i < s->tiles && out[i] == 2 * (seed + i * i + i); i++)
		;
	return i == s->tiles;
}

/* The card copies the results that another context had before, from the same buffer. */
static int copy_old(struct ipu_session *s, struct ipu_session *old)
{
	uint32_t bytes = old->tiles * 4;
	uint32_t place = IPU_MEM_DATA + bytes;
	struct ipu_bo bo = {};
	int ret;

	ret = ipu_bo_import(s->fd, ipu_bo_export(old->fd, old->mem.handle), IPU_MEM_SIZE, &bo);
	ret = ret ? ret : ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &bo);
	if (ret)
		return ret;
	ipu_add_copy(s, IPU_CMD_COPY_TO_TILES, 0, 1, IPU_TILE_DATA, bo.va + place, 0, bytes);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, ipu_mem_va(s, IPU_MEM_DATA),
		     0, bytes);
	ret = ipu_run(s);
	if (!ret && memcmp(ipu_mem(s, IPU_MEM_DATA), ipu_mem(old, place), bytes))
		ret = -EBADMSG;
	ipu_bo_unmap(s->fd, s->ctx, bo.va);
	ipu_bo_close(s->fd, &bo);
	return ret;
}

static void check_works(unsigned int card, uint32_t seed)
{
	struct ipu_session s;

	check_value(ipu_session_open_card(&s, card, 0, 0), 0, "a new context");
	check_value(calculate(&s, seed), 0, "its tiles calculate");
	check(are_right(&s, seed), "the results are right");
	ipu_session_close(&s);
}

/* ---- what is going on when the machine is suspended ----------------------------------- */

/**
 * struct work - two contexts, one of which runs a program and the other copies, for ever
 * @seed: of what @tiles has calculated before
 * @running: the program's job; @waiter waits for it
 * @queued: a job behind it, which signals @fence
 * @queue: a user queue, whose command waits for its turn
 */
struct work {
	uint32_t seed;
	struct ipu_session tiles;
	struct ipu_session copy;
	uint64_t running;
	uint64_t copying;
	uint64_t queued;
	uint32_t fence;
	struct ipu_uq queue;
	pthread_t waiter;
	int waited;
};

static void *wait_running(void *arg)
{
	struct work *w = arg;
	int status = 0;
	int ret = ipu_wait(w->tiles.fd, w->tiles.ctx, w->running, IPU_TEST_WAIT_MS, &status);

	w->waited = ret ? ret : status;
	return NULL;
}

static void start(struct work *w, uint32_t tiles)
{
	struct ipu_session *s = &w->tiles;

	check_value(ipu_session_open(s, tiles / 4, IPU_TEST_WAIT_MS), 0, "a context");
	check_value(calculate(s, w->seed), 0, "its tiles calculate");
	check_value(ipu_start_loop(s, &w->running), 0, "they run on");
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	check_value(ipu_syncobj_new(s->fd, &w->fence) ?: ipu_submit_out(s, w->fence, &w->queued), 0,
		    "another job waits");
	check_value(uq_open(&w->queue, s), 0, "so does a user queue");
	uq_fence(&w->queue, 1);
	uq_ring(&w->queue);
	check_value(ipu_session_open(&w->copy, tiles / 4, 0), 0, "another context");
	ipu_add_write(&w->copy, 1024, 1);
	ipu_add_endless_copy(&w->copy);
	check_value(ipu_submit(&w->copy, &w->copying), 0, "copies into memory");
	check_value(-pthread_create(&w->waiter, NULL, wait_running, w), 0, "a thread waits");
}

static void check_job_lost(struct ipu_session *s, uint64_t seqno, const char *what)
{
	int status = 1;

	check_value(ipu_wait(s->fd, s->ctx, seqno, 0, &status), 0, what);
	check_value(status, -EIO, "with EIO");
}

/* All have ended before the machine was suspended, so nobody has to wait for them. */
static void check_lost(struct work *w)
{
	struct ipu_session *s = &w->tiles;
	struct drm_ipu_ctx_query state = {};
	uint64_t seqno;
	uint32_t all;

	check_job_lost(s, w->running, "the job that ran has ended");
	check_job_lost(s, w->queued, "so has the one behind it");
	check_job_lost(&w->copy, w->copying, "so has the copy");
	check_value(ipu_syncobj_status(s->fd, w->fence), -EIO, "and the fence");
	pthread_join(w->waiter, NULL);
	check_value(w->waited, -EIO, "the thread that waited knows it");
	check_value(ipu_ctx_query(s->fd, s->ctx, &state), 0, "the context tells its state");
	check_value((int)state.why, DRM_IPU_CTX_WHY_SUSPEND, "lost by suspending");
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	check_value(ipu_submit(s, &seqno), -EIO, "it takes no job");
	check_value(ipu_ctx_create(s->fd, 4 * s->tiles, 0, &all), -EBUSY, "it keeps its tiles");
}

/* Its doorbell is a page of memory, on a card that has no power as on one that has it back. */
static void check_queue_lost(struct ipu_uq *q)
{
	check_value(uq_wait(q, 1, 0), -EIO, "the user queue is lost");
	*q->bell.page = 0x7777;
	check_value((int)*q->bell.page, 0x7777, "and its doorbell rings nothing");
	check_value(uq_destroy(q), 0, "it can be destroyed");
	uq_unmap(q);
}

static void check_memory(struct work *w)
{
	struct ipu_session s;

	check(are_right(&w->tiles, w->seed), "earlier results are in memory");
	check_value(ipu_session_open(&s, w->tiles.tiles, 0), 0,
		    "a context beside those that are lost");
	check_value(copy_old(&s, &w->tiles), 0, "the card finds them there");
	ipu_session_close(&s);
}

/* ---- a card that sleeps ---------------------------------------------------------------- */

static int sleeper_file(int fd, const char *name, char *path, size_t size)
{
	char folder[256];
	int ret = ipu_sysfs_of(fd, folder, sizeof(folder));

	snprintf(path, size, "%s/power/%s", folder, name);
	return ret;
}

static bool sleeps_soon(int fd)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	char path[288], text[32] = "";
	int ret = sleeper_file(fd, "runtime_status", path, sizeof(path));

	while (!ret && strncmp(text, "suspended", 9) && ipu_deadline(0) < deadline) {
		ipu_sleep_ms(10);
		ret = ipu_read_file(path, text, sizeof(text));
	}
	return !ret && !strncmp(text, "suspended", 9);
}

/* Nobody uses it, so the driver has it in D3hot already. Its buffers may be there. */
static int open_sleeper(struct ipu_bo *bo)
{
	int fd = ipu_open_card(1);
	char path[288];
	int ret;

	ret = sleeper_file(fd, "autosuspend_delay_ms", path, sizeof(path));
	check_value(ret ? ret : ipu_write_file(path, "10"), 0, "another card");
	check_value(ipu_bo_new(fd, 1 << 16, bo), 0, "which has a buffer");
	memset(bo->map, 0x5a, bo->size);
	check(sleeps_soon(fd), "sleeps");
	return fd;
}

static void check_sleeper(int fd, struct ipu_bo *bo, uint32_t seed)
{
	check_works(1, seed);
	check(sleeps_soon(fd), "the card sleeps again");
	check_works(1, seed + 1);
	check(*(uint32_t *)bo->map == 0x5a5a5a5a, "its buffer is as it was");
	ipu_bo_close(fd, bo);
	close(fd);
}

/* ---- all of it --------------------------------------------------------------------------- */

static void test(const char *level, const char *state, uint32_t tiles, uint32_t seed)
{
	struct work w = { .seed = seed };
	struct ipu_bo bo;
	int sleeper = open_sleeper(&bo);

	start(&w, tiles);
	check_value(suspend(level, state), 0, "the machine was suspended and resumed");
	check_lost(&w);
	check_queue_lost(&w.queue);
	check_memory(&w);
	ipu_session_close(&w.tiles);
	ipu_session_close(&w.copy);
	check_works(0, seed);
	check_sleeper(sleeper, &bo, seed);
}

static int prepare(struct drm_ipu_query_info *info)
{
	int fd, ret;

	log_file = open("/dev/ttyS0", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (log_file < 0 || mlockall(MCL_CURRENT | MCL_FUTURE))
		return -errno;
	ret = ipu_write_file("/sys/class/tty/ttyS1/power/wakeup", "enabled");
	ret = ret ? ret : ipu_write_file("/sys/module/suspend/parameters/pm_test_delay", "1");
	fd = ret ? ret : ipu_open();
	ret = fd < 0 ? fd : ipu_query_info(fd, info);
	close(fd);
	return ret;
}

int main(int argc, char **argv)
{
	struct drm_ipu_query_info info;
	int i, ret;

	ret = prepare(&info);
	if (ret) {
		fprintf(stderr, "suspend: the machine is not ready: %s\n", strerror(-ret));
		return 1;
	}
	for (i = 1; i < argc; i++) {
		const char *level = argv[i];
		char *state = strchr(argv[i], '/');

		if (!state) {
			fprintf(stderr, "suspend: %s: not LEVEL/STATE\n", level);
			return 2;
		}
		*state++ = 0;
		dprintf(log_file, "TAP: # %s, as far as %s\n", state, level);
		test(level, state, info.tiles, 0x1000 * i);
	}
	dprintf(log_file, "TAP: 1..%u\n", count);
	ipu_sleep_ms(1000);
	ipu_write_file("/proc/sysrq-trigger", "b");
	return 1;
}
