/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_FENCE_H_
#define _IPU_FENCE_H_

#include <linux/dma-fence.h>

struct ipu_ctx;

struct dma_fence *ipu_fence_alloc(void);
void ipu_fence_init(struct dma_fence *fence, struct ipu_ctx *ctx, u64 timeline, u64 seqno,
		    bool exported);
void ipu_fence_free(struct dma_fence *fence);
void ipu_fence_signal(struct dma_fence *fence, int error);

#endif /* _IPU_FENCE_H_ */
