/* SPDX-License-Identifier: MIT */
/* Tensors in a grid of tiles (IPU_GRID), and the places of tensors. */
#ifndef IPU_GRID_H
#define IPU_GRID_H

#include <stdbool.h>

#include "ipu_internal.h"
#include "ipu_program.h"

/**
 * ipu_place_add - add commands to @ctx->setup that say how a tensor is distributed
 * @rows: of the whole tensor
 * @full_rows: of a tile that is full, 0 if broadcast
 *
 * For layouts other than IPU_GRID. At most two commands. Return: 0, or what ipu_cmds_fill() does.
 */
int ipu_place_add(struct ipu_context *ctx, const struct ipu_tensor *tensor, uint64_t rows,
		  uint64_t full_rows);

/**
 * ipu_grid_set - give a tensor in a grid its elements, see ipu_tensor_set()
 * @sent: out: commands were submitted, so that after an error the tiles are in no known state
 *
 * The context's lock is held.
 */
int ipu_grid_set(struct ipu_context *ctx, const struct ipu_tensor *tensor, const void *data,
		 size_t bytes, uint64_t rows, bool *sent);

/**
 * ipu_grid_get - read a tensor in a grid
 * @data: out: NULL for its size alone
 * @bytes: room at @data
 * @rows: out
 * @columns: out
 * @sent: as for ipu_grid_set()
 *
 * The context's lock is held.
 */
int ipu_grid_get(struct ipu_context *ctx, const struct ipu_tensor *tensor, void *data, size_t bytes,
		 uint64_t *rows, uint64_t *columns, bool *sent);

#endif /* IPU_GRID_H */
