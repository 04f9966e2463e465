// SPDX-License-Identifier: MIT
/*
 * Contexts of linked cards, whose runs are one.
 */
#include <stdint.h>
#include <string.h>

#include "ipu_test.h"

int ipu_link_create(int fd, uint32_t count)
{
	struct drm_ipu_link_create args = { .count = count };
	int ret = ipu_do(fd, DRM_IOCTL_IPU_LINK_CREATE, &args);

	return ret ? ret : args.fd;
}

int ipu_link_ctx_create(int fd, uint32_t tiles, int link_fd, uint32_t rank, uint32_t watchdog_ms,
			uint32_t *ctx)
{
	struct drm_ipu_ctx_create args = {
		.tiles = tiles,
		.flags = DRM_IPU_CTX_LINKED,
		.watchdog_ms = watchdog_ms,
		.link_fd = link_fd,
		.link_rank = rank,
	};
	int ret = ipu_do(fd, DRM_IOCTL_IPU_CTX_CREATE, &args);

	*ctx = args.ctx;
	return ret;
}

int ipu_session_open_member(struct ipu_session *s, unsigned int card, uint32_t tiles, int link_fd,
			    uint32_t rank, uint32_t watchdog_ms)
{
	int ret = ipu_session_open_card(s, card, tiles, 0);

	if (!ret)
		ret = ipu_ctx_destroy(s->fd, s->ctx);
	if (!ret)
		ret = ipu_link_ctx_create(s->fd, tiles, link_fd, rank, watchdog_ms, &s->ctx);
	s->list.va = s->mem.va = 0;
	if (!ret)
		ret = ipu_bo_map(s->fd, s->ctx, 0, &s->list);
	if (!ret)
		ret = ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &s->mem);
	return ret;
}

void ipu_add_linked_run(struct ipu_session *s)
{
	const struct ipu_cmd_run cmd = {
		.op = IPU_CMD_RUN | IPU_CMD_RUN_LINKED,
		.tile_count = s->tiles,
		.entry = IPU_TILE_CODE,
		.report_va = ipu_mem_va(s, IPU_MEM_REPORT),
		.sp = IPU_SRAM_END,
	};

	ipu_add(s, &cmd);
}
