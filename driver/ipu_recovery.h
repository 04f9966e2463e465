/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_RECOVERY_H_
#define _IPU_RECOVERY_H_

#include "ipu_ctx.h"

struct work_struct;

void ipu_ctx_poll(struct ipu_ctx *ctx);
void ipu_ctx_events(struct ipu_ctx *ctx);
void ipu_ctx_watch(struct ipu_ctx *ctx);
void ipu_ctx_watch_work(struct work_struct *work);
void ipu_ctx_cancelled(struct ipu_ctx *ctx, u64 seqno);
bool ipu_ctx_is_bounded(const struct ipu_ctx *ctx);
void ipu_ctx_lose(struct ipu_ctx *ctx, int error, enum ipu_ctx_why why);
void ipu_ctx_forget_translations(struct ipu_ctx *ctx);
void ipu_ctx_leave_card(struct ipu_ctx *ctx, int error);
int ipu_ctx_force_fault(struct ipu_ctx *ctx, u32 cause);
int ipu_ctx_force_hang(struct ipu_ctx *ctx);
int ipu_ctx_force_lost(struct ipu_ctx *ctx);

#endif /* _IPU_RECOVERY_H_ */
