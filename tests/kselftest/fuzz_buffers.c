// SPDX-License-Identifier: MIT
/*
 * The calls of the ioctl fuzzer that make, map and destroy things.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "ipu_test.h"

/* ---- contexts and queues ---------------------------------------------------------------- */

static int map_at(struct fuzz_process *p, uint32_t ctx, uint32_t handle, uint64_t va)
{
	struct drm_ipu_bo_map args = {
		.ctx = ctx,
		.handle = handle,
		.flags = DRM_IPU_MAP_FIXED | DRM_IPU_MAP_WRITE,
		.va = va,
	};

	return ioctl(p->fd[0], DRM_IOCTL_IPU_BO_MAP, &args) ? -errno : 0;
}

int fuzz_ctx(struct fuzz_process *p, uint64_t *seed, struct drm_ipu_ctx_create *args)
{
	int ret = fuzz_ioctl(p, seed, DRM_IOCTL_IPU_CTX_CREATE, args);

	if (ret)
		return ret;
	fuzz_remember(p, seed, FUZZ_CTX, args->ctx);
	if (fuzz_one_in(seed, 8))
		return 0;
	map_at(p, args->ctx, p->list, FUZZ_LIST_VA);
	map_at(p, args->ctx, p->mem, FUZZ_MEM_VA);
	return 0;
}

int fuzz_ctx_create(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_ctx_create args = {
		.tiles = 1 + fuzz_below(seed, 4),
		.flags = fuzz_below(seed, 2),
		.watchdog_ms = 10 + fuzz_below(seed, 200),
	};

	return fuzz_ctx(p, seed, &args);
}

int fuzz_ctx_destroy(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_ctx_destroy args = { .ctx = (uint32_t)fuzz_take(p, seed, FUZZ_CTX) };

	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_CTX_DESTROY, &args);
}

int fuzz_ctx_query(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_ctx_query args = { .ctx = (uint32_t)fuzz_some(p, seed, FUZZ_CTX) };

	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_CTX_QUERY, &args);
}

int fuzz_queue_create(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_queue_create args = {
		.ctx = (uint32_t)fuzz_some(p, seed, FUZZ_CTX),
		.priority = fuzz_below(seed, 3),
	};
	int ret = fuzz_ioctl(p, seed, DRM_IOCTL_IPU_QUEUE_CREATE, &args);

	if (!ret)
		fuzz_remember(p, seed, FUZZ_QUEUE, fuzz_of(args.ctx, args.queue));
	return ret;
}

int fuzz_queue_destroy(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_queue_destroy args = { 0 };

	args.queue = (uint32_t)fuzz_some_of(p, seed, FUZZ_QUEUE, &args.ctx);
	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_QUEUE_DESTROY, &args);
}

int fuzz_dev_query(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_query_limits limits;
	struct drm_ipu_dev_query args = {
		.type = fuzz_below(seed, DRM_IPU_QUERY_LINK + 1),
		.size = fuzz_below(seed, sizeof(limits) + 1),
		.data = (uintptr_t)&limits,
	};

	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_DEV_QUERY, &args);
}

/* ---- buffers ------------------------------------------------------------------------------ */

int fuzz_bo_create(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_bo_create args = {
		.size = 1 + fuzz_below(seed, fuzz_one_in(seed, 8) ? 0x600000 : 0x8000),
		.flags = fuzz_below(seed, 2),
	};
	int ret = fuzz_ioctl(p, seed, DRM_IOCTL_IPU_BO_CREATE, &args);

	if (!ret)
		fuzz_remember(p, seed, FUZZ_HANDLE, args.handle);
	return ret;
}

int fuzz_bo_from_user(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_bo_from_user args = {
		.addr = (uintptr_t)p->memory + 4096ull * fuzz_below(seed, FUZZ_MEMORY_PAGES),
		.size = 4096ull * (1 + fuzz_below(seed, 4)),
	};
	int ret = fuzz_ioctl(p, seed, DRM_IOCTL_IPU_BO_FROM_USER, &args);

	if (!ret)
		fuzz_remember(p, seed, FUZZ_HANDLE, args.handle);
	return ret;
}

int fuzz_gem_close(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_gem_close args = { .handle = (uint32_t)fuzz_take(p, seed, FUZZ_HANDLE) };

	return fuzz_ioctl(p, seed, DRM_IOCTL_GEM_CLOSE, &args);
}

int fuzz_bo_madvise(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_bo_madvise args = {
		.handle = (uint32_t)fuzz_some(p, seed, FUZZ_HANDLE),
		.madv = fuzz_below(seed, 2),
	};

	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_BO_MADVISE, &args);
}

/* Map it into the process, and look at it through the kernel, which survives a SIGBUS. */
int fuzz_bo_mmap(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_bo_mmap_offset args = { .handle =
						       (uint32_t)fuzz_some(p, seed, FUZZ_HANDLE) };
	int ret = fuzz_ioctl(p, seed, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &args), fds[2];
	void *at;

	if (ret)
		return ret;
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd[0], (off_t)args.offset);
	if (at == MAP_FAILED)
		return -errno;
	if (!pipe(fds)) {
		ret = write(fds[1], at, 64) == 64 && read(fds[0], at, 64) == 64 ? 0 : -EFAULT;
		close(fds[0]);
		close(fds[1]);
	}
	munmap(at, 4096);
	return ret;
}

int fuzz_prime_export(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_prime_handle args = {
		.handle = (uint32_t)fuzz_some(p, seed, FUZZ_HANDLE),
		.flags = DRM_CLOEXEC,
	};
	int ret = fuzz_ioctl(p, seed, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);

	if (!ret)
		fuzz_remember_file(p, seed, FUZZ_DMABUF, args.fd);
	return ret;
}

int fuzz_prime_import(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_prime_handle args = { .fd = (int)fuzz_some(p, seed, FUZZ_DMABUF) };
	int ret = fuzz_ioctl(p, seed, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);

	if (!ret)
		fuzz_remember(p, seed, FUZZ_HANDLE, args.handle);
	return ret;
}

/* ---- address spaces ----------------------------------------------------------------------- */

/* A page of a few, in the gap between tables or not. */
static uint64_t some_page(uint64_t *seed)
{
	static const uint64_t bases[] = { 0x1000,     0x1ff000,	    0x200000,	0x3fe00000,
					  0x40000000, FUZZ_LIST_VA, FUZZ_MEM_VA };

	return bases[fuzz_below(seed, ARRAY_LEN(bases))] + 4096ull * fuzz_below(seed, 4);
}

int fuzz_bo_map(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_bo_map args = {
		.ctx = (uint32_t)fuzz_some(p, seed, FUZZ_CTX),
		.handle = (uint32_t)fuzz_some(p, seed, FUZZ_HANDLE),
		.flags = fuzz_below(seed, 4),
	};
	int ret;

	if (args.flags & DRM_IPU_MAP_FIXED)
		args.va = some_page(seed);
	ret = fuzz_ioctl(p, seed, DRM_IOCTL_IPU_BO_MAP, &args);
	if (!ret)
		fuzz_remember(p, seed, FUZZ_VA, fuzz_of(args.ctx, args.va));
	return ret;
}

int fuzz_bo_unmap(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_bo_unmap args = { 0 };

	args.va = fuzz_some_of(p, seed, FUZZ_VA, &args.ctx);
	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_BO_UNMAP, &args);
}

static void fill_bind_op(struct fuzz_process *p, uint64_t *seed, struct drm_ipu_bind_op *op)
{
	*op = (struct drm_ipu_bind_op){
		.type = fuzz_below(seed, 2),
		.va = some_page(seed),
		.size = 4096ull * (1 + fuzz_below(seed, fuzz_one_in(seed, 8) ? 1024 : 4)),
	};
	if (op->type != DRM_IPU_BIND_MAP)
		return;
	op->handle = (uint32_t)fuzz_some(p, seed, FUZZ_HANDLE);
	op->flags = fuzz_below(seed, 2);
	op->bo_offset = 4096ull * fuzz_below(seed, 3);
}

int fuzz_vm_bind(struct fuzz_process *p, uint64_t *seed)
{
	struct drm_ipu_bind_op ops[4];
	struct drm_ipu_sync in[2], out[2];
	struct drm_ipu_vm_bind args = {
		.ctx = (uint32_t)fuzz_some(p, seed, FUZZ_CTX),
		.flags = fuzz_below(seed, 2),
		.ops = { sizeof(ops[0]), 1 + fuzz_below(seed, 4), (uintptr_t)ops },
	};
	uint32_t i;

	for (i = 0; i < args.ops.count; i++)
		fill_bind_op(p, seed, &ops[i]);
	if (fuzz_one_in(seed, 16))
		fuzz_spoil(seed, ops, args.ops.count * sizeof(ops[0]));
	if (args.flags) {
		fuzz_syncs(p, seed, in, &args.in_syncs);
		fuzz_syncs(p, seed, out, &args.out_syncs);
	}
	return fuzz_ioctl(p, seed, DRM_IOCTL_IPU_VM_BIND, &args);
}
