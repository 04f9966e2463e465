/* SPDX-License-Identifier: MIT */
/*
 * A user queue by the driver's own interface, for the driver's tests and the benchmark of the
 * VM: its ring of UQ_COUNT commands, and behind it, from UQ_PAGE on, memory for values.
 */
#ifndef USERQ_BELL_H
#define USERQ_BELL_H

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <drm.h>
#include <drm/ipu_accel.h>

#include "ipu_hw.h"

#define UQ_PAGE 4096u
#define UQ_COUNT 16u

/**
 * struct uq_bell - a user queue
 * @id: its id in the context
 * @page: the card's page that rings it
 * @written: commands so far
 */
struct uq_bell {
	uint32_t id;
	volatile uint32_t *page;
	uint32_t written;
};

static inline void *uq_mmap(int fd, uint64_t offset)
{
	return mmap(NULL, UQ_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
}

/** uq_bell_create - a queue whose ring is mapped at @va; 0 or a negative errno */
static inline int uq_bell_create(struct uq_bell *bell, int fd, uint32_t ctx, uint64_t va)
{
	struct drm_ipu_userq_create args = { .ctx = ctx, .ring_va = va, .ring_count = UQ_COUNT };
	void *page;
	int ret;

	do
		ret = ioctl(fd, DRM_IOCTL_IPU_USERQ_CREATE, &args);
	while (ret && errno == EINTR);
	if (ret)
		return -errno;
	page = uq_mmap(fd, args.doorbell);
	if (page == MAP_FAILED)
		return -errno;
	*bell = (struct uq_bell){ .id = args.queue, .page = page };
	return 0;
}

/** uq_bell_put - write the next command to @ring */
static inline void uq_bell_put(struct uq_bell *bell, void *ring, const void *cmd)
{
	uint32_t place = bell->written++ % UQ_COUNT;

	memcpy((char *)ring + place * IPU_CMD_SIZE, cmd, IPU_CMD_SIZE);
}

/** uq_bell_fence - the same with a FENCE that writes @value behind the ring, mapped at @va */
static inline void uq_bell_fence(struct uq_bell *bell, void *ring, uint64_t va, uint64_t value)
{
	const struct ipu_cmd_fence cmd = {
		.op = IPU_CMD_FENCE,
		.va = va + UQ_PAGE,
		.value = value,
	};

	uq_bell_put(bell, ring, &cmd);
}

/* Barriers against the card's accesses: on arm64, those of C are among processors only. */
static inline void uq_wmb(void)
{
#ifdef __aarch64__
	__asm__ volatile("dmb oshst" : : : "memory");
#else
	__sync_synchronize();
#endif
}

static inline void uq_rmb(void)
{
#ifdef __aarch64__
	__asm__ volatile("dmb oshld" : : : "memory");
#else
	__sync_synchronize();
#endif
}

/**
 * uq_bell_value - what the last FENCE has written behind @ring; what commands before it wrote
 * is visible then
 */
static inline uint64_t uq_bell_value(const void *ring)
{
	uint64_t value = *(const volatile uint64_t *)(const void *)((const char *)ring + UQ_PAGE);

	uq_rmb();
	return value;
}

/** uq_bell_ring - have the card execute what has been written */
static inline void uq_bell_ring(struct uq_bell *bell)
{
	uq_wmb();
	*bell->page = bell->written;
}

static inline void uq_bell_unmap(struct uq_bell *bell)
{
	munmap((void *)(uintptr_t)bell->page, UQ_PAGE);
}

#endif /* USERQ_BELL_H */
