/* SPDX-License-Identifier: MIT */
/* What the halves of tensors share: inputs (ipu_tensor.c) and outputs (ipu_fetch.c). */
#ifndef IPU_TENSOR_PRIVATE_H
#define IPU_TENSOR_PRIVATE_H

#include "ipu_internal.h"
#include "ipu_program.h"

/* Elements of as many tiles as fit into this are moved at a time; more than the SRAM of one. */
#define IPU_STAGE_MAX (16u * 1024 * 1024)
#define IPU_STAGE_MIN (64u * 1024)
#define IPU_ROWS_WORD sizeof(uint32_t)

/* So that elements do not share a line of the host's cache with those of another tensor. */
static inline size_t ipu_tensor_padded(uint64_t bytes)
{
	return ((size_t)bytes + 63) & ~(size_t)63;
}

/** ipu_tensor_find - the tensor of that name, if the program's state allows access; lock held */
int ipu_tensor_find(struct ipu_context *ctx, const char *name, uint32_t direction,
		    const struct ipu_tensor **tensor);

/** ipu_tensor_flush - execute what is in @setup; if it fails the program has to be loaded again */
int ipu_tensor_flush(struct ipu_context *ctx);

#endif /* IPU_TENSOR_PRIVATE_H */
