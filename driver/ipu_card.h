/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_CARD_H_
#define _IPU_CARD_H_

#include "ipu_ctx.h"

struct ipu_device;
struct work_struct;

int ipu_card_reset(struct ipu_device *ipu);
void ipu_card_reset_work(struct work_struct *work);
int ipu_card_force_reset(struct ipu_device *ipu);
int ipu_card_power_get(struct ipu_device *ipu);
void ipu_card_power_put(struct ipu_device *ipu);
int ipu_card_sleep(struct ipu_device *ipu);
int ipu_card_lock_up(struct ipu_device *ipu);
int ipu_card_hold(struct ipu_device *ipu, int *idx);
int ipu_card_release(struct ipu_device *ipu, int idx);
void ipu_card_leave(struct ipu_device *ipu, enum ipu_ctx_why why);
void ipu_card_shutdown(struct ipu_device *ipu);
void ipu_card_cut_off(struct ipu_device *ipu, int error);
int ipu_card_return(struct ipu_device *ipu);
void ipu_card_retire(struct ipu_device *ipu);

#endif /* _IPU_CARD_H_ */
