/* SPDX-License-Identifier: MIT */
/*
 * The driver's interface without a library: fill some SRAM of every tile with a
 * pattern, copy it back and look at it.
 *
 *	cc -o fill fill.c $(pkg-config --cflags --libs libdrm) -I driver -I driver/include/uapi
 *	./fill /dev/accel/accel0
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <xf86drm.h>

#include <drm/ipu_accel.h>
#include <ipu_hw.h>

#define TILES 4
#define BYTES 1024 /* of each tile */
#define PATTERN 0x600df00d

static void die(const char *what)
{
	fprintf(stderr, "fill: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* drmIoctl() begins again when a signal interrupts. */
static void call(int fd, unsigned long request, void *arg, const char *what)
{
	if (drmIoctl(fd, request, arg))
		die(what);
}

/* A buffer object, mapped into this process and into the context. */
static void *make_buffer(int fd, uint32_t ctx, uint64_t size, uint32_t flags, __u64 *va)
{
	struct drm_ipu_bo_create create = { .size = size };
	struct drm_ipu_bo_mmap_offset offset = { 0 };
	struct drm_ipu_bo_map map = { .ctx = ctx, .flags = flags };
	void *memory;

	call(fd, DRM_IOCTL_IPU_BO_CREATE, &create, "BO_CREATE");
	offset.handle = create.handle;
	call(fd, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &offset, "BO_MMAP_OFFSET");
	memory = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		      (off_t)offset.offset);
	if (memory == MAP_FAILED)
		die("mmap");
	map.handle = create.handle;
	call(fd, DRM_IOCTL_IPU_BO_MAP, &map, "BO_MAP");
	*va = map.va;
	return memory;
}

/* Two commands: fill SRAM, and gather what is there, tile by tile. */
static void write_commands(unsigned char *list, uint64_t data_va)
{
	const struct ipu_cmd_fill fill = {
		.op = IPU_CMD_FILL,
		.tile_count = TILES,
		.tile_addr = 0x4c000,
		.bytes = BYTES,
		.value = PATTERN,
	};
	const struct ipu_cmd_copy copy = {
		.op = IPU_CMD_COPY_FROM_TILES,
		.tile_count = TILES,
		.tile_addr = 0x4c000,
		.host_va = data_va,
		.host_tile_stride = BYTES,
		.row_bytes = BYTES,
		.rows = 1,
	};

	memcpy(list, &fill, sizeof(fill));
	memcpy(list + IPU_CMD_SIZE, &copy, sizeof(copy));
}

static void wait_for(int fd, uint32_t ctx, uint64_t seqno)
{
	struct drm_ipu_get_fault fault = { .ctx = ctx, .seqno = seqno };
	struct drm_ipu_wait wait = { .ctx = ctx, .seqno = seqno };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	wait.timeout_ns = (now.tv_sec + 10) * 1000000000ll + now.tv_nsec;
	call(fd, DRM_IOCTL_IPU_WAIT, &wait, "WAIT");
	if (!wait.status)
		return;

	fprintf(stderr, "fill: the job failed: %s\n", strerror(-wait.status));
	if (!drmIoctl(fd, DRM_IOCTL_IPU_GET_FAULT, &fault))
		fprintf(stderr, "fill: cause 0x%x, address 0x%llx, info 0x%x\n", fault.cause,
			(unsigned long long)fault.addr, fault.info);
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	const char *node = argc > 1 ? argv[1] : "/dev/accel/accel0";
	struct drm_ipu_ctx_create create = { .tiles = TILES };
	struct drm_ipu_submit submit = { .cmd_count = 2 };
	__u64 data_va;
	uint32_t *data;
	int fd;

	fd = open(node, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die(node);

	call(fd, DRM_IOCTL_IPU_CTX_CREATE, &create, "CTX_CREATE");
	data = make_buffer(fd, create.ctx, TILES * BYTES, DRM_IPU_MAP_WRITE, &data_va);
	write_commands(make_buffer(fd, create.ctx, 4096, 0, &submit.cmd_va), data_va);

	submit.ctx = create.ctx;
	call(fd, DRM_IOCTL_IPU_SUBMIT, &submit, "SUBMIT");
	wait_for(fd, create.ctx, submit.seqno);

	for (int i = 0; i < TILES * BYTES / 4; i++) {
		if (data[i] != PATTERN) {
			fprintf(stderr, "fill: word %d is 0x%x\n", i, data[i]);
			return EXIT_FAILURE;
		}
	}
	printf("%d bytes of %d tiles, as they should be\n", BYTES, TILES);
	close(fd); /* ends the context and frees the buffers */
	return EXIT_SUCCESS;
}
