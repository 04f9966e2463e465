// SPDX-License-Identifier: MIT
/*
 * The calls of the ioctl fuzzer that are about user queues, and about contexts that are
 * linked.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "ipu_test.h"

/* ---- user queues -------------------------------------------------------------------------- */

/*
 * Put a queue's doorbell where an earlier one is, or memory that is none: a thread that writes
 * there meanwhile finds either.
 */
static int map_bell(struct fuzz_process *p, uint32_t i, uint64_t offset)
{
	char *at = p->bells + i * FUZZ_BELL_BYTES;
	int ret = 0;

	if (mmap(at, FUZZ_BELL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, p->fd[0],
		 (off_t)offset) == MAP_FAILED) {
		ret = -errno;
		/* What was there may be gone. */
		mmap(at, FUZZ_BELL_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	}
	return ret;
}

/* Its ring is a part of the list, in which jobs have their commands, too. */
int fuzz_userq_create(struct fuzz_process *p, uint64_t *seed)
{
	uint32_t first = fuzz_below(seed, FUZZ_LIST_CMDS), i = fuzz_below(seed, FUZZ_BELLS);
	struct drm_ipu_userq_create args = {
		.ctx = (uint32_t)fuzz_some(p, seed, FUZZ_CTX),
		.ring_va = FUZZ_LIST_VA + first * IPU_CMD_SIZE,
		.ring_count = 4u << fuzz_below(seed, 4),
	};
	int ret = fuzz_ioctl(p, seed, DRM_IOCTL_IPU_USERQ_CREATE, &args);

	if (ret)
		return ret;
	fuzz_remember(p, seed, FUZZ_USERQ, fuzz_of(args.ctx, args.queue));
	atomic_store(&p->rings[i].first, first);
	atomic_store(&p->rings[i].mask, args.ring_count - 1);
	atomic_store(&p->rings[i].rung, 0);
	return map_bell(p, i, args.doorbell);
}

int fuzz_userq_destroy(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_userq_destroy args = { 0 };

	args.queue = (uint32_t)fuzz_some_of(p, seed, FUZZ_USERQ, &args.ctx);
	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_USERQ_DESTROY, &args);
}

int fuzz_userq_wait(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_userq_wait args = {
		.value = 1 + fuzz_below(seed, FUZZ_VALUES),
		.timeout_ns = fuzz_soon(seed),
	};

	args.queue = (uint32_t)fuzz_some_of(p, seed, FUZZ_USERQ, &args.ctx);
	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_USERQ_WAIT, &args);
}

/* A few more commands; or any number, so that the ring has those of jobs, or none. */
int fuzz_userq_ring(struct fuzz_process *p, uint64_t *seed)
{
	uint32_t i = fuzz_below(seed, FUZZ_BELLS), count = 1 + fuzz_below(seed, 4);
	struct fuzz_ring *ring = &p->rings[i];
	uint32_t rung = atomic_fetch_add(&ring->rung, count), place;

	while (count--) {
		place = (ring->first + (rung++ & ring->mask)) % FUZZ_LIST_CMDS;
		fuzz_command(seed, (char *)p->cmds + place * IPU_CMD_SIZE, true);
	}
	if (fuzz_one_in(seed, 16))
		rung = (uint32_t)fuzz_odd(seed);
	atomic_thread_fence(memory_order_seq_cst);
	*(volatile uint32_t *)(void *)(p->bells + i * FUZZ_BELL_BYTES) = rung;
	return 0;
}

/* ---- linked contexts ---------------------------------------------------------------------- */

int fuzz_link_create(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_link_create args = { .count = 1 + fuzz_below(seed, 3) };
	int ret = fuzz_ioctl(p, seed, DRM_IOCTL_IPU_LINK_CREATE, &args);

	if (!ret)
		fuzz_remember_file(p, seed, FUZZ_LINK, args.fd);
	return ret;
}

int fuzz_ctx_linked(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_ctx_create args = {
		.tiles = 1 + fuzz_below(seed, 2),
		.flags = DRM_IPU_CTX_LINKED | fuzz_below(seed, 2),
		.watchdog_ms = 10 + fuzz_below(seed, 200),
		.link_fd = (int)fuzz_some(p, seed, FUZZ_LINK),
		.link_rank = fuzz_below(seed, 3),
	};

	return fuzz_ctx(p, seed, &args);
}
