/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_DEBUGFS_H_
#define _IPU_DEBUGFS_H_

struct ipu_device;

#ifdef CONFIG_DEBUG_FS
void ipu_debugfs_init(struct ipu_device *ipu);
#else
static inline void ipu_debugfs_init(struct ipu_device *ipu)
{
}
#endif

#endif /* _IPU_DEBUGFS_H_ */
