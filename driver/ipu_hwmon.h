/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_HWMON_H_
#define _IPU_HWMON_H_

#include <linux/kconfig.h>

struct ipu_device;

#if IS_ENABLED(CONFIG_HWMON)
int ipu_hwmon_init(struct ipu_device *ipu);
#else
static inline int ipu_hwmon_init(struct ipu_device *ipu)
{
	return 0;
}
#endif

#endif /* _IPU_HWMON_H_ */
