/* SPDX-License-Identifier: MIT */
/* Cards on the PCI bus: finding one and opening the device file of its driver. */
#ifndef IPU_CARDS_H
#define IPU_CARDS_H

#include <stdbool.h>

#include <ipu.h>

/** ipu_card_is_address - does @name look like a PCI address, with or without a domain? */
bool ipu_card_is_address(const char *name);

/** ipu_card_find - the card at a PCI address; sets the message of ipu_error() */
int ipu_card_find(const char *address, struct ipu_card_desc *card);

/** ipu_card_open - open the device file of a card; sets the message of ipu_error() */
int ipu_card_open(const struct ipu_card_desc *card, struct ipu_device **dev);

/**
 * ipu_card_list_scan - ipu_card_list_new() for other folders than /sys and /dev
 * @sysfs: used instead of /sys
 * @dev: used instead of /dev
 */
int ipu_card_list_scan(const char *sysfs, const char *dev, struct ipu_card_list **list);

#endif /* IPU_CARDS_H */
