/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_SHRINKER_H_
#define _IPU_SHRINKER_H_

struct ipu_device;

int ipu_shrinker_init(struct ipu_device *ipu);

#endif /* _IPU_SHRINKER_H_ */
