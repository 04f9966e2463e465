// SPDX-License-Identifier: MIT
/* The card through the driver's own interface, see guest.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define DEVICE "/dev/accel/accel0"

/* Long enough for any job, in nanoseconds; it fails the benchmark. */
#define PATIENCE_NS 60000000000ll

void guest_fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

void guest_ioctl(const struct guest_card *card, unsigned long request, void *arg, const char *what)
{
	int ret;

	do
		ret = ioctl(card->fd, request, arg);
	while (ret && (errno == EINTR || errno == EAGAIN));
	if (ret)
		guest_fail(what);
}

double guest_now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec * 1e6 + (double)at.tv_nsec * 1e-3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double guest_percentile(double *values, size_t count, unsigned int percent)
{
	qsort(values, count, sizeof(values[0]), compare);
	return values[(count - 1) * percent / 100];
}

void guest_buffer_new(const struct guest_card *card, uint64_t bytes, struct guest_buffer *buffer)
{
	struct drm_ipu_bo_create create = { .size = bytes };
	struct drm_ipu_bo_mmap_offset offset = { 0 };
	struct drm_ipu_bo_map map = { .ctx = card->ctx, .flags = DRM_IPU_MAP_WRITE };

	guest_ioctl(card, DRM_IOCTL_IPU_BO_CREATE, &create, "BO_CREATE");
	offset.handle = map.handle = create.handle;
	guest_ioctl(card, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &offset, "BO_MMAP_OFFSET");
	guest_ioctl(card, DRM_IOCTL_IPU_BO_MAP, &map, "BO_MAP");
	buffer->handle = create.handle;
	buffer->bytes = create.size;
	buffer->va = map.va;
	buffer->map = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, card->fd,
			   (off_t)offset.offset);
	if (buffer->map == MAP_FAILED)
		guest_fail("mmap of a buffer");
}

void guest_buffer_free(const struct guest_card *card, struct guest_buffer *buffer)
{
	struct drm_ipu_bo_unmap unmap = { .ctx = card->ctx, .va = buffer->va };
	struct drm_gem_close close_args = { .handle = buffer->handle };

	munmap(buffer->map, buffer->bytes);
	guest_ioctl(card, DRM_IOCTL_IPU_BO_UNMAP, &unmap, "BO_UNMAP");
	guest_ioctl(card, DRM_IOCTL_GEM_CLOSE, &close_args, "GEM_CLOSE");
}

void guest_card_open(struct guest_card *card)
{
	struct drm_ipu_query_info info = { 0 };
	struct drm_ipu_dev_query query = { .type = DRM_IPU_QUERY_INFO,
					   .size = sizeof(info),
					   .data = (uintptr_t)&info };
	struct drm_ipu_ctx_create create = { 0 };

	card->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (card->fd < 0)
		guest_fail(DEVICE);
	guest_ioctl(card, DRM_IOCTL_IPU_DEV_QUERY, &query, "DEV_QUERY");
	card->tiles = create.tiles = info.tiles;
	guest_ioctl(card, DRM_IOCTL_IPU_CTX_CREATE, &create, "CTX_CREATE");
	card->ctx = create.ctx;
	guest_buffer_new(card, IPU_CMD_SIZE, &card->commands);
}

void guest_card_close(struct guest_card *card)
{
	guest_buffer_free(card, &card->commands);
	close(card->fd);
}

void guest_command(struct guest_card *card, const void *command)
{
	memcpy(card->commands.map, command, IPU_CMD_SIZE);
}

uint64_t guest_submit(const struct guest_card *card, uint32_t queue)
{
	struct drm_ipu_submit args = {
		.ctx = card->ctx, .cmd_va = card->commands.va, .cmd_count = 1, .queue = queue
	};

	guest_ioctl(card, DRM_IOCTL_IPU_SUBMIT, &args, "SUBMIT");
	return args.seqno;
}

void guest_wait(const struct guest_card *card, uint64_t seqno)
{
	struct drm_ipu_wait args = { .ctx = card->ctx,
				     .seqno = seqno,
				     .timeout_ns = (int64_t)(guest_now() * 1e3) + PATIENCE_NS };

	guest_ioctl(card, DRM_IOCTL_IPU_WAIT, &args, "WAIT");
	if (args.status) {
		errno = -args.status;
		guest_fail("a job");
	}
}
