/* SPDX-License-Identifier: MIT */
/*
 * Running an image of vector programs, which keeps a log, on the model: in the test,
 * and as its peer.
 */
#ifndef DIFF_VEC_PEERS_H
#define DIFF_VEC_PEERS_H

#include "peers.h"
#include "vec_image.h"

/**
 * vec_model_run - run until there is more log, or the end
 * @log: what was logged meanwhile; valid until the next call
 * @bytes: how much
 * @message: empty, or why it could not continue
 * Return: whether there is more to come.
 */
bool vec_model_run(struct diff_model *model, const uint8_t **log, size_t *bytes,
		   char message[DIFF_MESSAGE]);

/** vec_serve - be a peer: run the ELF file at @path and write the log; the exit status */
int vec_serve(const char *path, unsigned int vlen);

#endif /* DIFF_VEC_PEERS_H */
