/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_RECOVERY_H_
#define _IPU_RECOVERY_H_

struct dma_fence;
struct ipu_ctx;
struct ipu_device;
struct work_struct;

void ipu_ctx_events(struct ipu_ctx *ctx);
void ipu_ctx_job_timeout(struct ipu_ctx *ctx, struct dma_fence *fence);
void ipu_ctx_forget_translations(struct ipu_ctx *ctx);
void ipu_ctx_leave_card(struct ipu_ctx *ctx, int error);

int ipu_card_reset(struct ipu_device *ipu);
void ipu_card_reset_work(struct work_struct *work);
void ipu_card_reset_begin(struct ipu_device *ipu);
void ipu_card_reset_end(struct ipu_device *ipu);

#endif /* _IPU_RECOVERY_H_ */
