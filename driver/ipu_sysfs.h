/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_SYSFS_H_
#define _IPU_SYSFS_H_

struct attribute_group;

/* For &pci_driver.dev_groups: they exist while the card is bound. */
extern const struct attribute_group *ipu_sysfs_groups[];

#endif /* _IPU_SYSFS_H_ */
