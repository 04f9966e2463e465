// SPDX-License-Identifier: MIT
/*
 * What the calls of the ioctl fuzzer are filled with: things that there are, and now and then
 * values that break a rule.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz.h"
#include "ipu_test.h"

/* One at which something could go wrong. */
uint64_t fuzz_odd(uint64_t *seed)
{
	static const uint64_t values[] = {
		0,
		1,
		2,
		3,
		4,
		7,
		8,
		15,
		16,
		31,
		32,
		63,
		64,
		255,
		256,
		1023,
		1024,
		1025,
		4095,
		4096,
		4097,
		65535,
		65536,
		65537,
		0x1fffff,
		0x200000,
		0x200001,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		0x7ffffff000,
		0x7fffe00000,
		0x8000000000,
		INT64_MAX,
		UINT64_MAX,
	};
	uint32_t i = fuzz_below(seed, ARRAY_LEN(values) + 8);

	if (i < ARRAY_LEN(values))
		return values[i];
	return (uint64_t)fuzz_below(seed, UINT32_MAX) << 32 | fuzz_below(seed, UINT32_MAX);
}

void fuzz_remember(struct fuzz_process *p, uint64_t *seed, enum fuzz_kind kind, uint64_t value)
{
	atomic_store(&p->pool[kind][fuzz_below(seed, FUZZ_POOL)], value);
}

/* One that was remembered; the earlier a slot is tried that has one, the likelier it is there. */
uint64_t fuzz_some(struct fuzz_process *p, uint64_t *seed, enum fuzz_kind kind)
{
	uint64_t value = 0;
	int i;

	for (i = 0; i < FUZZ_POOL && !value; i++)
		value = atomic_load(&p->pool[kind][fuzz_below(seed, FUZZ_POOL)]);
	return value;
}

/* Take it out, so that hardly anybody else uses it. */
uint64_t fuzz_take(struct fuzz_process *p, uint64_t *seed, enum fuzz_kind kind)
{
	return atomic_exchange(&p->pool[kind][fuzz_below(seed, FUZZ_POOL)], 0);
}

void fuzz_remember_file(struct fuzz_process *p, uint64_t *seed, enum fuzz_kind kind, int fd)
{
	int old = (int)fuzz_take(p, seed, kind);

	fuzz_remember(p, seed, kind, (uint64_t)fd);
	if (old > p->fd[1])
		close(old);
}

/* Addresses have 39 bits; numbers of jobs and queues do not grow that large. */
#define CTX_SHIFT 40

uint64_t fuzz_of(uint32_t ctx, uint64_t value)
{
	return (uint64_t)ctx << CTX_SHIFT | value;
}

uint64_t fuzz_some_of(struct fuzz_process *p, uint64_t *seed, enum fuzz_kind kind, uint32_t *ctx)
{
	uint64_t both = fuzz_some(p, seed, kind);

	if (!both || fuzz_one_in(seed, 8))
		*ctx = (uint32_t)fuzz_some(p, seed, FUZZ_CTX);
	else
		*ctx = (uint32_t)(both >> CTX_SHIFT);
	return both & ((1ull << CTX_SHIFT) - 1);
}

uint32_t fuzz_debugged(struct fuzz_process *p, uint64_t *seed)
{
	uint64_t ctx = fuzz_one_in(seed, 8) ? 0 : fuzz_some(p, seed, FUZZ_DEBUGGED);

	return (uint32_t)(ctx ? ctx : fuzz_some(p, seed, FUZZ_CTX));
}

/* A time to give up at: now, soon, or later than that. */
int64_t fuzz_soon(uint64_t *seed)
{
	return fuzz_one_in(seed, 4) ? 0 : ipu_deadline(fuzz_below(seed, 10));
}

/* Replace a word. */
void fuzz_spoil(uint64_t *seed, void *args, size_t bytes)
{
	uint32_t words = (uint32_t)bytes / 4;
	uint64_t value = fuzz_odd(seed);

	if (fuzz_one_in(seed, 2)) {
		memcpy((char *)args + 4 * fuzz_below(seed, words), &value, 4);
	} else {
		words = (uint32_t)bytes / 8;
		memcpy((char *)args + 8 * fuzz_below(seed, words), &value, 8);
	}
}

/* An ioctl, mostly as it is meant. */
int fuzz_ioctl(struct fuzz_process *p, uint64_t *seed, unsigned long request, void *args)
{
	size_t bytes = _IOC_SIZE(request);
	unsigned char longer[512];
	int fd = p->fd[fuzz_one_in(seed, 32)], ret;

	if (fuzz_one_in(seed, 8))
		fuzz_spoil(seed, args, bytes);
	if (fuzz_one_in(seed, 64))
		return ioctl(fd, request, (void *)(uintptr_t)fuzz_odd(seed)) ? -errno : 0;
	if (!fuzz_one_in(seed, 64))
		return ioctl(fd, request, args) ? -errno : 0;

	/* Of a program that knows more of the structure, or less. */
	memset(longer, fuzz_one_in(seed, 2) ? 0 : 0xa5, sizeof(longer));
	memcpy(longer, args, bytes);
	request &= ~(unsigned long)IOCSIZE_MASK;
	request |= (unsigned long)fuzz_below(seed, sizeof(longer)) << IOCSIZE_SHIFT;
	ret = ioctl(fd, request, longer) ? -errno : 0;
	memcpy(args, longer, bytes);
	return ret;
}

/* Up to two syncobjs, some with points. */
void fuzz_syncs(struct fuzz_process *p, uint64_t *seed, struct drm_ipu_sync sync[2],
		struct drm_ipu_obj_array *array)
{
	uint32_t count = fuzz_below(seed, 3), i;

	for (i = 0; i < count; i++)
		sync[i] = (struct drm_ipu_sync){
			.handle = (uint32_t)fuzz_some(p, seed, FUZZ_SYNCOBJ),
			.point = fuzz_one_in(seed, 2) ? fuzz_below(seed, 8) : 0,
		};
	*array = (struct drm_ipu_obj_array){
		.stride = sizeof(sync[0]),
		.count = count,
		.array = count ? (uintptr_t)sync : 0,
	};
	if (count && fuzz_one_in(seed, 32))
		fuzz_spoil(seed, sync, count * sizeof(sync[0]));
}
