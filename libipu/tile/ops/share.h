/* SPDX-License-Identifier: MIT */
/* How the six workers share the elements of a tile. */
#ifndef IPU_OPS_SHARE_H
#define IPU_OPS_SHARE_H

#include <ipu/tile.h>

/** share_of - this worker's part of @count elements: whole units of 16, but for the last one */
static inline struct ipu_range share_of(uint32_t count)
{
	struct ipu_range share = ipu_worker_range((count + 15) / 16);

	share.begin = share.begin * 16 < count ? share.begin * 16 : count;
	share.end = share.end * 16 < count ? share.end * 16 : count;
	return share;
}

#endif /* IPU_OPS_SHARE_H */
