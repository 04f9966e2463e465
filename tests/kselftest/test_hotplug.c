// SPDX-License-Identifier: MIT
/*
 * The card is unplugged while it works, with the machine's consent and without, and another
 * one is plugged in: run by tests/vm/test-inject.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_lost.h"
#include "ipu_userq.h"

#define MARK 0x600df00du
#define SHARED_SIZE 65536

/*
 * @running: a copy that never ends, into memory of others'; @queued: a job behind it
 * @shared: that memory: a buffer that is imported, and the process's own mapping of it
 * @exported: a dma-buf of the session's memory, which is mapped through it, too
 * @child: another process, which waits for the user queue
 */
FIXTURE(card)
{
	struct ipu_session s;
	struct waiter running;
	struct waiter queued;
	struct ipu_uq queue;
	struct ipu_bo shared;
	int exported;
	uint32_t *through;
	pid_t child;
};

/*
 * How it goes.
 * @go: returns once QEMU's card is gone, or a negative errno
 * @is_reported: the port has to report it
 */
FIXTURE_VARIANT(card)
{
	int (*go)(void);
	bool is_reported;
};

static int unplug(void)
{
	return (int)ipu_ask("ipu0 unplug");
}

/* It is dead by the time that the machine is asked to let go of it. */
static int die_and_unplug(void)
{
	int ret = (int)ipu_ask("ipu0 inject-dead-registers 1");

	return ret ? ret : unplug();
}

FIXTURE_VARIANT_ADD(card, unplugged){
	.go = unplug,
};

FIXTURE_VARIANT_ADD(card, dead_then_unplugged){
	.go = die_and_unplug,
};

/* Nobody is asked. */
FIXTURE_VARIANT_ADD(card, pulled_out){
	.go = ipu_slot_pull_out,
	.is_reported = true,
};

/* A dma-buf of memory that the process has mapped as @map. */
static int new_udmabuf(void **map)
{
	struct udmabuf_create create = { .size = SHARED_SIZE };
	int dev, dma_buf = -1, memory = memfd_create("ipu", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	create.memfd = memory;
	*map = MAP_FAILED;
	dev = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (!ftruncate(memory, SHARED_SIZE) && !fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK)) {
		*map = mmap(NULL, SHARED_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
		dma_buf = ioctl(dev, UDMABUF_CREATE, &create);
	}
	close(dev);
	close(memory);
	return dma_buf;
}

static void add_endless_copy(struct ipu_session *s, uint64_t va)
{
	const struct ipu_cmd_copy copy = {
		.op = IPU_CMD_COPY_FROM_TILES,
		.tile_count = 1,
		.tile_addr = IPU_TILE_DATA,
		.host_va = va,
		.row_bytes = 4096,
		.rows = 0xffffffff,
	};

	ipu_add_fill(s, IPU_TILE_DATA, 4096, MARK);
	ipu_add(s, &copy);
}

FIXTURE_SETUP(card)
{
	struct ipu_session *s = &self->s;
	int dma_buf;

	if (variant->is_reported && !ipu_slot_is_native())
		SKIP(return, "ACPI has this slot, and its port reports nothing; see test-inject");
	ipu_slot_mute_lockdep();
	ASSERT_EQ(0, ipu_session_open(s, 0, 0xffffffff));
	self->exported = ipu_bo_export(s->fd, s->mem.handle);
	ASSERT_LE(0, self->exported);
	self->through =
		mmap(NULL, IPU_MEM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->exported, 0);
	ASSERT_NE(MAP_FAILED, self->through);

	void *map;

	dma_buf = new_udmabuf(&map);
	ASSERT_LE(0, dma_buf);
	ASSERT_EQ(0, ipu_bo_import(s->fd, dma_buf, SHARED_SIZE, &self->shared));
	close(dma_buf);
	self->shared.map = map;
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &self->shared));
	ASSERT_EQ(0, uq_open(&self->queue, s));

	self->running.s = self->queued.s = s;
	add_endless_copy(s, self->shared.va);
	ASSERT_EQ(0, ipu_submit(s, &self->running.seqno));
	while (*(volatile uint32_t *)self->shared.map != MARK)
		ipu_sleep_ms(1);
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	ASSERT_EQ(0, ipu_submit(s, &self->queued.seqno));
	uq_fence(&self->queue, 1);
	uq_ring(&self->queue);
	self->child = fork();
	ASSERT_LE(0, self->child);
	if (!self->child)
		_exit(uq_wait(&self->queue, 1, IPU_TEST_WAIT_MS) != -ENODEV);
	ASSERT_EQ(0, start_waiter(&self->running));
	ASSERT_EQ(0, start_waiter(&self->queued));
}

FIXTURE_TEARDOWN(card)
{
	munmap(self->through, IPU_MEM_SIZE);
	munmap(self->shared.map, SHARED_SIZE);
	close(self->exported);
	uq_unmap(&self->queue);
	ipu_session_close(&self->s);
	EXPECT_EQ(0, works());
}

/* All that the card had to do has ended, and it writes nowhere any more. */
static void expect_gone(struct __test_metadata *_metadata, FIXTURE_DATA(card) * self)
{
	volatile uint32_t *written = self->shared.map;
	int status = -1;

	EXPECT_JOBS_END(self, -ENODEV);
	*written = 1;
	EXPECT_EQ(self->child, waitpid(self->child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(NULL, ipu_sysfs());
	EXPECT_EQ(-ENODEV, ipu_open());
	EXPECT_GONE(&self->s);
	EXPECT_SILENT(&self->queue);
	EXPECT_EQ(-ENODEV, uq_wait(&self->queue, 1, 0));
	EXPECT_EQ(-ENODEV, uq_destroy(&self->queue));
	EXPECT_EQ(1, *written);
	EXPECT_EQ(0x5a5a5a5a, self->through[0]);
}

/* The new card works, also with memory of the old one, whose files remain of no use. */
static void plug_in(struct __test_metadata *_metadata, FIXTURE_DATA(card) * self)
{
	struct ipu_session s;
	struct ipu_bo old;

	ASSERT_EQ(0, ipu_ask("ipu0 plug"));
	ASSERT_EQ(0, works());
	EXPECT_GONE(&self->s);
	EXPECT_SILENT(&self->queue);

	ASSERT_EQ(0, ipu_session_open(&s, 1, 0));
	ASSERT_EQ(0, ipu_bo_import(s.fd, self->exported, IPU_MEM_SIZE, &old));
	ASSERT_EQ(0, ipu_bo_map(s.fd, s.ctx, DRM_IPU_MAP_WRITE, &old));
	self->through[0] = MARK;
	ipu_add_copy(&s, IPU_CMD_COPY_TO_TILES, 0, 1, IPU_TILE_DATA, old.va, 0, 4);
	ipu_add_copy(&s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, old.va + 4, 0, 4);
	EXPECT_EQ(0, ipu_run(&s));
	EXPECT_EQ(MARK, self->through[1]);
	ipu_session_close(&s);
}

TEST_F(card, goes)
{
	ASSERT_EQ(0, variant->go());
	expect_gone(_metadata, self);
	plug_in(_metadata, self);
}

/* It sleeps, while a file is open. */
TEST(asleep)
{
	struct drm_ipu_query_usage usage;
	int fd;

	ipu_slot_mute_lockdep();
	fd = ipu_open();
	ASSERT_LE(0, fd);
	ASSERT_TRUE(ipu_state_becomes("asleep"));
	ASSERT_EQ(0, ipu_ask("ipu0 unplug"));
	EXPECT_EQ(-ENODEV, ipu_query_usage(fd, &usage));
	ASSERT_EQ(0, ipu_ask("ipu0 plug"));
	EXPECT_EQ(0, works());
	EXPECT_EQ(-ENODEV, ipu_query_usage(fd, &usage));
	close(fd);
}

TEST_HARNESS_MAIN
