/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The card's sensors: power, energy, temperature and clock, modelled from which tiles are
 * in a RUN, as ipu_hw.h has it. Call all of this with the lock held.
 */
#ifndef IPU_SENSORS_H
#define IPU_SENSORS_H

#include "ipu_card_state.h"
#include "tile/ipu_image.h"

/** ipu_sensors_init - the state of a card that has long been idle; before it has threads */
void ipu_sensors_init(struct ipu_card *card);

/** ipu_sensors_run - the context has a RUN in progress on @tiles tiles; 0: none */
void ipu_sensors_run(struct ipu_context *ctx, uint32_t tiles);

/** ipu_sensors_read - the value of register IPU_REG_@offset, as of now */
uint32_t ipu_sensors_read(struct ipu_card *card, uint32_t offset);

/**
 * ipu_sensors_image - energy and temperature, saved from a paused card or loaded into one
 *
 * Which tiles are in a RUN follows from the contexts; the time from one card to the other does
 * not count. To be loaded after all contexts.
 */
bool ipu_sensors_image(struct ipu_card *card, struct ipu_image *image);

#endif /* IPU_SENSORS_H */
