/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The threads that execute slices.
 */
#ifndef IPU_POOL_H
#define IPU_POOL_H

#include "ipu_card_state.h"

/** ipu_pool_start - start the threads; a negative errno if one could not be started */
int ipu_pool_start(struct ipu_card *card);

/** ipu_pool_exchanges - whether the card cannot be paused yet, as an exchange goes on; lock held */
bool ipu_pool_exchanges(struct ipu_card *card);

/** ipu_pool_pending - whether there is a slice to take; lock held */
bool ipu_pool_pending(struct ipu_card *card);

/** ipu_pool_stop - end them; no slice is in progress and none can be taken */
void ipu_pool_stop(struct ipu_card *card);

#endif /* IPU_POOL_H */
