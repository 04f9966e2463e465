/* SPDX-License-Identifier: MIT */
/*
 * The two that run an image: the model, in this process, and qemu-riscv32.
 */
#ifndef DIFF_PEERS_H
#define DIFF_PEERS_H

#include <stdbool.h>

#include "image.h"

#define DIFF_MESSAGE 512

/**
 * diff_run_model - run an image on a tile
 * @after: the blocks, one for each program, as it left them
 * @message: what went wrong if it returns false
 */
bool diff_run_model(const struct diff_image *image, struct diff_state *after,
		    char message[DIFF_MESSAGE]);

/** diff_run_qemu - run it under the program @qemu; the same otherwise */
bool diff_run_qemu(const struct diff_image *image, const char *qemu, struct diff_state *after,
		   char message[DIFF_MESSAGE]);

#endif /* DIFF_PEERS_H */
