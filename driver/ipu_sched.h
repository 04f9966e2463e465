/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_SCHED_H_
#define _IPU_SCHED_H_

struct ipu_ctx;

int ipu_sched_init(struct ipu_ctx *ctx);

#endif /* _IPU_SCHED_H_ */
