// SPDX-License-Identifier: MIT
/*
 * Kinds of buffers: write-combined, of memory that the process has, purgeable, and from
 * other drivers; and who waits for whom when a buffer is shared.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_harness.h"
#include "ipu_test.h"

#define PAGE 4096u
#define SIZE (16 * PAGE)

FIXTURE(memory)
{
	struct ipu_session s;
};

FIXTURE_SETUP(memory)
{
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 0));
}

FIXTURE_TEARDOWN(memory)
{
	ipu_session_close(&self->s);
}

static void fill(uint32_t *words, size_t bytes, uint32_t seed)
{
	size_t i;

	for (i = 0; i < bytes / 4; i++)
		words[i] = seed + (uint32_t)i * 2654435761u;
}

static int is_filled(const uint32_t *words, size_t bytes, uint32_t seed)
{
	size_t i;

	for (i = 0; i < bytes / 4; i++) {
		if (words[i] != seed + (uint32_t)i * 2654435761u)
			return 0;
	}
	return 1;
}

static void *pages(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int madvise_bo(int fd, uint32_t handle, uint32_t madv, uint32_t *retained)
{
	struct drm_ipu_bo_madvise args = { .handle = handle, .madv = madv, .retained = 7 };
	int ret = ipu_do(fd, DRM_IOCTL_IPU_BO_MADVISE, &args);

	*retained = args.retained;
	return ret;
}

TEST_F(memory, write_combined)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_bo_create create = { .size = SIZE, .flags = DRM_IPU_BO_WC };
	struct drm_ipu_bo_mmap_offset offset = {};
	struct ipu_bo wc = { .size = SIZE }, to;

	ASSERT_EQ(0, ipu_do(s->fd, DRM_IOCTL_IPU_BO_CREATE, &create));
	wc.handle = offset.handle = create.handle;
	ASSERT_EQ(0, ipu_do(s->fd, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &offset));
	wc.map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, offset.offset);
	ASSERT_NE(MAP_FAILED, wc.map);
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, 0, &wc));
	ASSERT_EQ(0, ipu_bo_new(s->fd, SIZE, &to));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &to));
	fill(wc.map, SIZE, 1);
	__sync_synchronize();
	ASSERT_EQ(0, ipu_card_copy(s, &wc, &to));
	EXPECT_TRUE(is_filled(to.map, SIZE, 1));
	ipu_bo_close(s->fd, &wc);
	ipu_bo_close(s->fd, &to);
}

/* A file is read into it with O_DIRECT, and the card sees it; of a disk, in test_disk.c. */
TEST_F(memory, from_user)
{
	struct ipu_session *s = &self->s;
	char path[] = "/tmp/ipu-memory-XXXXXX";
	void *in = pages(SIZE), *out = pages(SIZE);
	struct ipu_bo from, to;
	int file;

	ASSERT_NE(MAP_FAILED, in);
	ASSERT_NE(MAP_FAILED, out);
	file = mkstemp(path);
	ASSERT_LE(0, file);
	fill(in, SIZE, 2);
	ASSERT_EQ(SIZE, write(file, in, SIZE));
	close(file);
	memset(in, 0, SIZE);

	ASSERT_EQ(0, ipu_bo_from_user(s->fd, in, SIZE, &from));
	ASSERT_EQ(0, ipu_bo_from_user(s->fd, out, SIZE, &to));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, 0, &from));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &to));
	file = open(path, O_RDONLY | O_DIRECT);
	ASSERT_LE(0, file);
	ASSERT_EQ(SIZE, read(file, in, SIZE));
	close(file);
	unlink(path);
	ASSERT_EQ(0, ipu_card_copy(s, &from, &to));
	EXPECT_TRUE(is_filled(out, SIZE, 2));

	/* The pages are the buffer's, whatever becomes of the process's mapping. */
	munmap(in, SIZE);
	memset(out, 0, SIZE);
	ASSERT_EQ(0, ipu_card_copy(s, &from, &to));
	EXPECT_TRUE(is_filled(out, SIZE, 2));
	ipu_bo_close(s->fd, &from);
	ipu_bo_close(s->fd, &to);
	munmap(out, SIZE);
}

/* The same memory, in two buffers, one of which the card writes to. */
TEST_F(memory, from_user_twice)
{
	struct ipu_session *s = &self->s;
	uint32_t *memory = pages(2 * SIZE);
	struct ipu_bo from, all, first;

	ASSERT_NE(MAP_FAILED, memory);
	ASSERT_EQ(0, ipu_bo_new(s->fd, SIZE, &from));
	ASSERT_EQ(0, ipu_bo_from_user(s->fd, memory, 2 * SIZE, &all));
	ASSERT_EQ(0, ipu_bo_from_user(s->fd, memory, SIZE, &first));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &from));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &all));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &first));
	fill(from.map, SIZE, 8);
	ASSERT_EQ(0, ipu_card_copy(s, &from, &first));
	EXPECT_TRUE(is_filled(memory, SIZE, 8));
	memset(from.map, 0, SIZE);
	all.size = SIZE;
	ASSERT_EQ(0, ipu_card_copy(s, &all, &from));
	EXPECT_TRUE(is_filled(from.map, SIZE, 8));
	ipu_bo_close(s->fd, &first);
	fill(memory, SIZE, 9);
	ASSERT_EQ(0, ipu_card_copy(s, &all, &from));
	EXPECT_FALSE(is_filled(from.map, SIZE, 8));
	EXPECT_TRUE(is_filled(from.map, SIZE, 9));
	ipu_bo_close(s->fd, &all);
	ipu_bo_close(s->fd, &from);
	munmap(memory, 2 * SIZE);
}

/* What a child writes after fork() is the child's; what the parent writes, the card sees. */
TEST_F(memory, from_user_fork)
{
	struct ipu_session *s = &self->s;
	uint32_t *in = pages(SIZE);
	struct ipu_bo from, to;
	int status;
	pid_t child;

	ASSERT_NE(MAP_FAILED, in);
	fill(in, SIZE, 3);
	ASSERT_EQ(0, ipu_bo_from_user(s->fd, in, SIZE, &from));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, 0, &from));
	ASSERT_EQ(0, ipu_bo_new(s->fd, SIZE, &to));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &to));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		memset(in, 0, SIZE);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	fill(in, SIZE, 4);
	ASSERT_EQ(0, ipu_card_copy(s, &from, &to));
	EXPECT_TRUE(is_filled(to.map, SIZE, 4));
	ipu_bo_close(s->fd, &from);
	ipu_bo_close(s->fd, &to);
}

TEST_F(memory, from_user_refused)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_bo_from_user args = { .flags = 1, .size = PAGE };
	struct drm_ipu_bo_mmap_offset offset = {};
	char *memory = pages(4 * PAGE);
	struct ipu_bo bo;
	uint32_t retained;

	ASSERT_NE(MAP_FAILED, (void *)memory);
	args.addr = (uintptr_t)memory;
	EXPECT_EQ(-EINVAL, ipu_do(s->fd, DRM_IOCTL_IPU_BO_FROM_USER, &args));
	EXPECT_EQ(-EINVAL, ipu_bo_from_user(s->fd, memory, 0, &bo));
	EXPECT_EQ(-EINVAL, ipu_bo_from_user(s->fd, memory + 1, PAGE, &bo));
	EXPECT_EQ(-EINVAL, ipu_bo_from_user(s->fd, memory, PAGE + 1, &bo));
	EXPECT_EQ(-EINVAL, ipu_bo_from_user(s->fd, memory, UINT64_MAX - PAGE + 1, &bo));
	EXPECT_EQ(-EINVAL, ipu_bo_from_user(s->fd, memory, 1ull << 40, &bo));
	EXPECT_EQ(-EFAULT, ipu_bo_from_user(s->fd, NULL, PAGE, &bo));
	EXPECT_EQ(-EFAULT, ipu_bo_from_user(s->fd, (void *)(uintptr_t)-(long)PAGE, PAGE, &bo));
	/* A hole in the middle, and memory that cannot be written to. */
	munmap(memory + 2 * PAGE, PAGE);
	EXPECT_EQ(-EFAULT, ipu_bo_from_user(s->fd, memory, 4 * PAGE, &bo));
	mprotect(memory + PAGE, PAGE, PROT_READ);
	EXPECT_EQ(-EFAULT, ipu_bo_from_user(s->fd, memory, 2 * PAGE, &bo));
	/* A mapping of a device. */
	EXPECT_EQ(-EFAULT, ipu_bo_from_user(s->fd, s->mem.map, PAGE, &bo));

	ASSERT_EQ(0, ipu_bo_from_user(s->fd, memory, PAGE, &bo));
	offset.handle = bo.handle;
	EXPECT_EQ(-EOPNOTSUPP, ipu_do(s->fd, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &offset));
	EXPECT_EQ(-EOPNOTSUPP, ipu_bo_export(s->fd, bo.handle));
	EXPECT_EQ(-EINVAL, madvise_bo(s->fd, bo.handle, DRM_IPU_MADV_DONTNEED, &retained));
	ipu_bo_close(s->fd, &bo);
}

/* Without CAP_IPC_LOCK, no more than RLIMIT_MEMLOCK; what is closed counts no more. */
TEST_F(memory, from_user_limit)
{
	const struct rlimit limit = { 2 * PAGE, 2 * PAGE };
	struct ipu_session *s = &self->s;
	char *memory = pages(4 * PAGE);
	struct ipu_bo bo, more;

	ASSERT_NE(MAP_FAILED, (void *)memory);
	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	ASSERT_EQ(0, seteuid(1000));
	EXPECT_EQ(-ENOMEM, ipu_bo_from_user(s->fd, memory, 3 * PAGE, &bo));
	ASSERT_EQ(0, ipu_bo_from_user(s->fd, memory, 2 * PAGE, &bo));
	EXPECT_EQ(-ENOMEM, ipu_bo_from_user(s->fd, memory + 2 * PAGE, PAGE, &more));
	ipu_bo_close(s->fd, &bo);
	EXPECT_EQ(0, ipu_bo_from_user(s->fd, memory + 2 * PAGE, PAGE, &bo));
	ipu_bo_close(s->fd, &bo);
	EXPECT_EQ(0, seteuid(0));
}

/* Does an access of a child end it with SIGBUS? */
static int is_gone(const volatile char *byte)
{
	int status = 0;
	pid_t child = fork();

	if (!child)
		_exit(*byte & 0);
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
}

TEST_F(memory, purge)
{
	struct ipu_session *s = &self->s;
	struct ipu_bo bo;
	uint32_t retained;

	ASSERT_EQ(0, ipu_bo_new(s->fd, SIZE, &bo));
	fill(bo.map, SIZE, 5);
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, 0, &bo));
	ASSERT_EQ(0, madvise_bo(s->fd, bo.handle, DRM_IPU_MADV_DONTNEED, &retained));
	EXPECT_EQ(1, retained);

	/* Not while a context has it mapped, and not if it is needed. */
	ASSERT_EQ(0, ipu_write_file("/proc/sys/vm/drop_caches", "2"));
	ASSERT_EQ(0, madvise_bo(s->fd, bo.handle, DRM_IPU_MADV_WILLNEED, &retained));
	EXPECT_EQ(1, retained);
	ASSERT_EQ(0, ipu_bo_unmap(s->fd, s->ctx, bo.va));
	ASSERT_EQ(0, ipu_write_file("/proc/sys/vm/drop_caches", "2"));
	ASSERT_EQ(0, madvise_bo(s->fd, bo.handle, DRM_IPU_MADV_DONTNEED, &retained));
	EXPECT_EQ(1, retained);
	EXPECT_TRUE(is_filled(bo.map, SIZE, 5));

	ASSERT_EQ(0, ipu_write_file("/proc/sys/vm/drop_caches", "2"));
	ASSERT_EQ(0, madvise_bo(s->fd, bo.handle, DRM_IPU_MADV_WILLNEED, &retained));
	EXPECT_EQ(0, retained);
	EXPECT_EQ(-EINVAL, ipu_bo_map(s->fd, s->ctx, 0, &bo));
	EXPECT_TRUE(is_gone(bo.map));
	ipu_bo_close(s->fd, &bo);
}

TEST_F(memory, madvise_refused)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_bo_madvise args = { .handle = s->mem.handle, .madv = 2 };
	uint32_t retained;

	EXPECT_EQ(-EINVAL, ipu_do(s->fd, DRM_IOCTL_IPU_BO_MADVISE, &args));
	args = (struct drm_ipu_bo_madvise){ .handle = s->mem.handle, .pad = 1 };
	EXPECT_EQ(-EINVAL, ipu_do(s->fd, DRM_IOCTL_IPU_BO_MADVISE, &args));
	EXPECT_EQ(-ENOENT, madvise_bo(s->fd, 0x1234, DRM_IPU_MADV_WILLNEED, &retained));
	EXPECT_EQ(-ENOENT, madvise_bo(s->fd, 0, DRM_IPU_MADV_DONTNEED, &retained));
}

/* A dma-buf of another driver is read and written by the card. */
static void check_foreign(struct __test_metadata *_metadata, struct ipu_session *s, int dma_buf,
			  uint32_t *map)
{
	struct ipu_bo from, to;
	uint32_t retained;

	ASSERT_EQ(0, ipu_bo_import(s->fd, dma_buf, SIZE, &from));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &from));
	ASSERT_EQ(0, ipu_bo_new(s->fd, SIZE, &to));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &to));
	fill(map, SIZE, 6);
	ASSERT_EQ(0, ipu_card_copy(s, &from, &to));
	EXPECT_TRUE(is_filled(to.map, SIZE, 6));
	fill(to.map, SIZE, 7);
	ASSERT_EQ(0, ipu_card_copy(s, &to, &from));
	EXPECT_TRUE(is_filled(map, SIZE, 7));
	EXPECT_EQ(-EINVAL, madvise_bo(s->fd, from.handle, DRM_IPU_MADV_DONTNEED, &retained));
	ipu_bo_close(s->fd, &from);
	ipu_bo_close(s->fd, &to);
}

TEST_F(memory, udmabuf)
{
	struct udmabuf_create create = { .size = SIZE };
	int dev = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), dma_buf;
	uint32_t *map;

	ASSERT_LE(0, dev);
	create.memfd = memfd_create("ipu", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	ASSERT_LE(0, (int)create.memfd);
	ASSERT_EQ(0, ftruncate(create.memfd, SIZE));
	ASSERT_EQ(0, fcntl(create.memfd, F_ADD_SEALS, F_SEAL_SHRINK));
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, create.memfd, 0);
	ASSERT_NE(MAP_FAILED, (void *)map);
	dma_buf = ioctl(dev, UDMABUF_CREATE, &create);
	ASSERT_LE(0, dma_buf);
	check_foreign(_metadata, &self->s, dma_buf, map);
	munmap(map, SIZE);
	close(dma_buf);
	close(create.memfd);
	close(dev);
}

TEST_F(memory, dma_heap)
{
	struct dma_heap_allocation_data data = { .len = SIZE, .fd_flags = O_RDWR | O_CLOEXEC };
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	uint32_t *map;

	if (heap < 0 && errno == ENOENT)
		SKIP(return, "this kernel has no dma-buf heaps");
	ASSERT_LE(0, heap);
	ASSERT_EQ(0, ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data));
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, data.fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)map);
	check_foreign(_metadata, &self->s, data.fd, map);
	munmap(map, SIZE);
	close(data.fd);
	close(heap);
}

static int can_read(int dma_buf, int ms)
{
	struct pollfd poll_fd = { .fd = dma_buf, .events = POLLIN };

	return poll(&poll_fd, 1, ms) == 1 && poll_fd.revents & POLLIN;
}

/* A job's fence is attached to a shared buffer only by who asks for it. */
TEST_F(memory, explicit_fences)
{
	struct ipu_session *s = &self->s;
	struct dma_buf_import_sync_file import = { .flags = DMA_BUF_SYNC_WRITE };
	struct ipu_bo bo;
	uint64_t loop, seqno;
	uint32_t out;
	int dma_buf;

	ASSERT_EQ(0, ipu_bo_new(s->fd, SIZE, &bo));
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &bo));
	dma_buf = ipu_bo_export(s->fd, bo.handle);
	ASSERT_LE(0, dma_buf);
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &out));
	ASSERT_EQ(0, ipu_start_loop(s, &loop));
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, bo.va, 0, SIZE);
	ASSERT_EQ(0, ipu_submit_out(s, out, &seqno));
	EXPECT_TRUE(can_read(dma_buf, 0));

	import.fd = ipu_syncobj_to_sync_file(s->fd, out);
	ASSERT_LE(0, import.fd);
	ASSERT_EQ(0, ioctl(dma_buf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import));
	EXPECT_FALSE(can_read(dma_buf, 0));
	ASSERT_EQ(0, ipu_ctx_destroy(s->fd, s->ctx));
	ipu_syncobj_wait(s->fd, out, 0, IPU_TEST_WAIT_MS);
	/* Of those who wait for a fence, the dma-buf may be told a little later. */
	EXPECT_TRUE(can_read(dma_buf, IPU_TEST_WAIT_MS));
	close(import.fd);
	close(dma_buf);
	ipu_bo_close(s->fd, &bo);
}

TEST_HARNESS_MAIN
