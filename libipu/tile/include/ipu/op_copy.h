/* SPDX-License-Identifier: MIT */
/* Copies of arrays: in another order, in parts, put together. Included by <ipu/ops.h>. */
#ifndef IPU_OP_COPY_H
#define IPU_OP_COPY_H

#include <ipu/ops.h>

struct ipu_view;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_make_copy - elements of an array, in any order that strides can say
 * @ops: the operations
 * @to: as many elements as the view has, of the same type
 * @from: another array
 * @view: which elements of it (<ipu/step.h>): its shape need not be that of @to
 *
 * One exchange. A tile receives what it holds, in runs of elements that follow each other in
 * @from; a run takes 16 bytes of its memory, and one whose elements do not follow each other
 * 16 bytes and 4 received bytes for each of them.
 */
void ipu_make_copy(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *from,
		   const struct ipu_view *view);

#ifdef __cplusplus
}
#endif

#endif /* IPU_OP_COPY_H */
