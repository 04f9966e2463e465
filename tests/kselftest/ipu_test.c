// SPDX-License-Identifier: MIT

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "ipu_rv.h"
#include "ipu_test.h"

/* ---- the device -------------------------------------------------------- */

int ipu_do(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR);

	return ret < 0 ? -errno : 0;
}

static bool is_ipu(int fd)
{
	char name[16] = "";
	struct drm_version version = {
		.name = name,
		.name_len = sizeof(name) - 1,
	};

	return !ipu_do(fd, DRM_IOCTL_VERSION, &version) && !strcmp(name, "ipu");
}

int ipu_open_card(unsigned int n)
{
	char path[64];
	int fd, i;

	for (i = 0; i < 64; i++) {
		snprintf(path, sizeof(path), "/dev/accel/accel%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && is_ipu(fd) && !n--)
			return fd;
		if (fd >= 0)
			close(fd);
	}

	return -ENODEV;
}

int ipu_open(void)
{
	return ipu_open_card(0);
}

static int query(int fd, uint32_t type, void *data, uint32_t size)
{
	struct drm_ipu_dev_query args = {
		.type = type,
		.size = size,
		.data = (uintptr_t)data,
	};

	return ipu_do(fd, DRM_IOCTL_IPU_DEV_QUERY, &args);
}

int ipu_query_info(int fd, struct drm_ipu_query_info *info)
{
	memset(info, 0, sizeof(*info));
	return query(fd, DRM_IPU_QUERY_INFO, info, sizeof(*info));
}

int ipu_query_usage(int fd, struct drm_ipu_query_usage *usage)
{
	memset(usage, 0, sizeof(*usage));
	return query(fd, DRM_IPU_QUERY_USAGE, usage, sizeof(*usage));
}

int ipu_query_limits(int fd, struct drm_ipu_query_limits *limits)
{
	memset(limits, 0, sizeof(*limits));
	return query(fd, DRM_IPU_QUERY_LIMITS, limits, sizeof(*limits));
}

int ipu_ctx_create(int fd, uint32_t tiles, uint32_t watchdog_ms, uint32_t *ctx)
{
	struct drm_ipu_ctx_create args = {
		.tiles = tiles,
		.watchdog_ms = watchdog_ms,
	};
	int ret = ipu_do(fd, DRM_IOCTL_IPU_CTX_CREATE, &args);

	if (!ret)
		*ctx = args.ctx;
	return ret;
}

int ipu_ctx_destroy(int fd, uint32_t ctx)
{
	struct drm_ipu_ctx_destroy args = { .ctx = ctx };

	return ipu_do(fd, DRM_IOCTL_IPU_CTX_DESTROY, &args);
}

int ipu_ctx_query(int fd, uint32_t ctx, struct drm_ipu_ctx_query *state)
{
	memset(state, 0, sizeof(*state));
	state->ctx = ctx;
	return ipu_do(fd, DRM_IOCTL_IPU_CTX_QUERY, state);
}

int64_t ipu_deadline(unsigned int ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec + ms * 1000000ll;
}

int ipu_wait(int fd, uint32_t ctx, uint64_t seqno, unsigned int ms, int *status)
{
	struct drm_ipu_wait args = {
		.ctx = ctx,
		.seqno = seqno,
		.timeout_ns = ms ? ipu_deadline(ms) : 0,
	};
	int ret = ipu_do(fd, DRM_IOCTL_IPU_WAIT, &args);

	if (!ret)
		*status = args.status;
	return ret;
}

/* ---- buffers ------------------------------------------------------------- */

int ipu_bo_new(int fd, uint64_t size, struct ipu_bo *bo)
{
	struct drm_ipu_bo_create create = { .size = size };
	struct drm_ipu_bo_mmap_offset offset = {};
	int ret;

	memset(bo, 0, sizeof(*bo));
	ret = ipu_do(fd, DRM_IOCTL_IPU_BO_CREATE, &create);
	if (ret)
		return ret;
	bo->handle = create.handle;
	bo->size = create.size;

	offset.handle = bo->handle;
	ret = ipu_do(fd, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &offset);
	if (ret)
		return ret;

	bo->map = mmap(NULL, bo->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset.offset);
	if (bo->map == MAP_FAILED) {
		bo->map = NULL;
		return -errno;
	}
	return 0;
}

void ipu_bo_close(int fd, struct ipu_bo *bo)
{
	struct drm_gem_close args = { .handle = bo->handle };

	if (bo->map)
		munmap(bo->map, bo->size);
	if (bo->handle)
		ipu_do(fd, DRM_IOCTL_GEM_CLOSE, &args);
	memset(bo, 0, sizeof(*bo));
}

int ipu_bo_map(int fd, uint32_t ctx, uint32_t flags, struct ipu_bo *bo)
{
	struct drm_ipu_bo_map args = {
		.ctx = ctx,
		.handle = bo->handle,
		.flags = flags,
		.va = bo->va,
	};
	int ret = ipu_do(fd, DRM_IOCTL_IPU_BO_MAP, &args);

	if (!ret)
		bo->va = args.va;
	return ret;
}

int ipu_bo_unmap(int fd, uint32_t ctx, uint64_t va)
{
	struct drm_ipu_bo_unmap args = {
		.ctx = ctx,
		.va = va,
	};

	return ipu_do(fd, DRM_IOCTL_IPU_BO_UNMAP, &args);
}

int ipu_bo_from_user(int fd, void *addr, uint64_t size, struct ipu_bo *bo)
{
	struct drm_ipu_bo_from_user args = { .addr = (uintptr_t)addr, .size = size };
	int ret = ipu_do(fd, DRM_IOCTL_IPU_BO_FROM_USER, &args);

	*bo = (struct ipu_bo){ .handle = args.handle, .size = size };
	return ret;
}

/* ---- a session ------------------------------------------------------------------ */

int ipu_session_open(struct ipu_session *s, uint32_t tiles, uint32_t watchdog_ms)
{
	return ipu_session_open_card(s, 0, tiles, watchdog_ms);
}

int ipu_session_open_card(struct ipu_session *s, unsigned int card, uint32_t tiles,
			  uint32_t watchdog_ms)
{
	struct drm_ipu_query_info info;
	int ret;

	memset(s, 0, sizeof(*s));
	s->fd = ipu_open_card(card);
	if (s->fd < 0)
		return s->fd;

	ret = ipu_query_info(s->fd, &info);
	s->tiles = tiles ? tiles : info.tiles;
	if (!ret)
		ret = ipu_ctx_create(s->fd, s->tiles, watchdog_ms, &s->ctx);
	if (!ret)
		ret = ipu_bo_new(s->fd, IPU_LIST_MAX * IPU_CMD_SIZE, &s->list);
	if (!ret)
		ret = ipu_bo_map(s->fd, s->ctx, 0, &s->list);
	if (!ret)
		ret = ipu_bo_new(s->fd, IPU_MEM_SIZE, &s->mem);
	if (!ret)
		ret = ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &s->mem);
	if (ret)
		ipu_session_close(s);
	return ret;
}

void ipu_session_close(struct ipu_session *s)
{
	if (s->fd < 0)
		return;
	if (s->list.map)
		munmap(s->list.map, s->list.size);
	if (s->mem.map)
		munmap(s->mem.map, s->mem.size);
	close(s->fd);
	s->fd = -1;
}

void *ipu_mem(struct ipu_session *s, uint32_t offset)
{
	return (char *)s->mem.map + offset;
}

uint64_t ipu_mem_va(struct ipu_session *s, uint32_t offset)
{
	return s->mem.va + offset;
}

void ipu_add(struct ipu_session *s, const void *cmd)
{
	if (s->end == IPU_LIST_MAX && s->first == s->end)
		s->first = s->end = 0;
	if (s->end == IPU_LIST_MAX) {
		fprintf(stderr, "# the test's list of commands is full\n");
		abort();
	}
	memcpy((char *)s->list.map + s->end++ * IPU_CMD_SIZE, cmd, IPU_CMD_SIZE);
}

void ipu_add_copy(struct ipu_session *s, enum ipu_cmd_op op, uint32_t tile_first,
		  uint32_t tile_count, uint32_t tile_addr, uint64_t host, uint64_t stride,
		  uint32_t bytes)
{
	const struct ipu_cmd_copy cmd = {
		.op = op,
		.tile_first = tile_first,
		.tile_count = tile_count,
		.tile_addr = tile_addr,
		.host_va = host,
		.host_tile_stride = stride,
		.row_bytes = bytes,
		.rows = 1,
	};

	ipu_add(s, &cmd);
}

void ipu_add_write(struct ipu_session *s, unsigned int word, uint64_t value)
{
	const struct ipu_cmd_fence cmd = {
		.op = IPU_CMD_FENCE,
		.va = ipu_mem_va(s, IPU_MEM_DATA) + 8 * word,
		.value = value,
	};

	ipu_add(s, &cmd);
}

void ipu_add_fill(struct ipu_session *s, uint32_t tile_addr, uint32_t bytes, uint32_t value)
{
	const struct ipu_cmd_fill cmd = {
		.op = IPU_CMD_FILL,
		.tile_count = s->tiles,
		.tile_addr = tile_addr,
		.bytes = bytes,
		.value = value,
	};

	ipu_add(s, &cmd);
}

void ipu_add_code(struct ipu_session *s, const uint32_t *code, size_t words)
{
	memcpy(ipu_mem(s, IPU_MEM_CODE), code, words * 4);
	ipu_add_copy(s, IPU_CMD_COPY_TO_TILES, 0, s->tiles, IPU_TILE_CODE,
		     ipu_mem_va(s, IPU_MEM_CODE), 0, words * 4);
}

void ipu_add_run(struct ipu_session *s, uint32_t arg, bool report)
{
	const struct ipu_cmd_run cmd = {
		.op = IPU_CMD_RUN,
		.tile_count = s->tiles,
		.entry = IPU_TILE_CODE,
		.report_va = report ? ipu_mem_va(s, IPU_MEM_REPORT) : 0,
		.sp = IPU_SRAM_END,
		.arg = arg,
	};

	ipu_add(s, &cmd);
}

int ipu_submit_args(struct ipu_session *s, struct drm_ipu_submit *args)
{
	args->ctx = s->ctx;
	args->cmd_va = s->list.va + s->first * IPU_CMD_SIZE;
	args->cmd_count = s->end - s->first;
	s->first = s->end;

	return ipu_do(s->fd, DRM_IOCTL_IPU_SUBMIT, args);
}

int ipu_submit(struct ipu_session *s, uint64_t *seqno)
{
	struct drm_ipu_submit args = {};
	int ret = ipu_submit_args(s, &args);

	if (!ret)
		*seqno = args.seqno;
	return ret;
}

void ipu_add_endless_copy(struct ipu_session *s)
{
	const struct ipu_cmd_copy copy = {
		.op = IPU_CMD_COPY_FROM_TILES,
		.tile_count = 1,
		.tile_addr = IPU_SRAM_BASE,
		.host_va = ipu_mem_va(s, IPU_MEM_DATA),
		.row_bytes = 4096,
		.rows = 0xffffffff,
	};

	ipu_add(s, &copy);
}

int ipu_run(struct ipu_session *s)
{
	uint64_t seqno;
	int ret, status;

	ret = ipu_submit(s, &seqno);
	if (!ret)
		ret = ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status);
	return ret ? ret : status;
}

int ipu_queue_new(struct ipu_session *s, uint32_t priority, uint32_t *queue)
{
	struct drm_ipu_queue_create args = { .ctx = s->ctx, .priority = priority };
	int ret = ipu_do(s->fd, DRM_IOCTL_IPU_QUEUE_CREATE, &args);

	*queue = args.queue;
	return ret;
}

int ipu_job_cancel(struct ipu_session *s, uint64_t seqno)
{
	struct drm_ipu_job_cancel args = { .ctx = s->ctx, .seqno = seqno };

	return ipu_do(s->fd, DRM_IOCTL_IPU_JOB_CANCEL, &args);
}

int ipu_start_loop(struct ipu_session *s, uint64_t *seqno)
{
	static const uint32_t code[] = {
		RV_JUMP_SELF, /* 1: j 1b */
	};
	const struct ipu_cmd_fence started = {
		.op = IPU_CMD_FENCE,
		.va = ipu_mem_va(s, IPU_MEM_REPORT),
		.value = 1,
	};
	volatile uint64_t *word = ipu_mem(s, IPU_MEM_REPORT);
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	int ret;

	*word = 0;
	ipu_add_code(s, code, ARRAY_LEN(code));
	ipu_add(s, &started);
	ipu_add_run(s, 0, false);
	ret = ipu_submit(s, seqno);
	while (!ret && !*word) {
		if (ipu_deadline(0) > deadline)
			return -ETIME;
		ipu_sleep_ms(1);
	}
	return ret;
}

int ipu_card_copy(struct ipu_session *s, const struct ipu_bo *from, const struct ipu_bo *to)
{
	ipu_add_copy(s, IPU_CMD_COPY_TO_TILES, 0, 1, IPU_TILE_DATA, from->va, 0, from->size);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, to->va, 0, from->size);
	return ipu_run(s);
}

/* The compiler says if one is missing here. */
bool ipu_is_cause(enum ipu_fault_cause number)
{
	switch (number) {
	case IPU_FAULT_NONE:
		return false;
	case IPU_FAULT_BAD_CONFIG:
	case IPU_FAULT_BAD_TAIL:
	case IPU_FAULT_BAD_OPCODE:
	case IPU_FAULT_BAD_FIELD:
	case IPU_FAULT_PRIVILEGE:
	case IPU_FAULT_LINK:
	case IPU_FAULT_DMA_UNMAPPED:
	case IPU_FAULT_DMA_READONLY:
	case IPU_FAULT_DMA_PRIV:
	case IPU_FAULT_DMA_RESERVED:
	case IPU_FAULT_DMA_BUS:
	case IPU_FAULT_DMA_RANGE:
	case IPU_FAULT_ILLEGAL_INSN:
	case IPU_FAULT_FETCH:
	case IPU_FAULT_LOAD:
	case IPU_FAULT_STORE:
	case IPU_FAULT_MISALIGNED:
	case IPU_FAULT_EBREAK:
	case IPU_FAULT_ECALL:
	case IPU_FAULT_TRAP:
	case IPU_FAULT_BAD_RUN:
	case IPU_FAULT_BAD_SYNC:
	case IPU_FAULT_SYNC_MISMATCH:
	case IPU_FAULT_EXCHANGE:
	case IPU_FAULT_STACK:
	case IPU_FAULT_WATCHDOG:
	case IPU_FAULT_SRAM:
	case IPU_FAULT_INTERNAL:
	case IPU_FAULT_HOST_MEMORY:
		return true;
	}
	return false;
}

int ipu_check_works(void)
{
	struct ipu_session s;
	uint32_t *out;
	int ret = ipu_session_open(&s, 4, 0);

	if (!ret) {
		out = ipu_mem(&s, IPU_MEM_DATA);
		ipu_add_fill(&s, IPU_TILE_DATA, 4, 0x600d);
		ipu_add_copy(&s, IPU_CMD_COPY_FROM_TILES, 3, 1, IPU_TILE_DATA,
			     ipu_mem_va(&s, IPU_MEM_DATA), 0, 4);
		ret = ipu_run(&s);
		if (!ret && *out != 0x600d)
			ret = -EBADMSG;
		ipu_session_close(&s);
	}
	if (ret)
		printf("# the next program fails: %s\n", strerror(-ret));
	return !!ret;
}
