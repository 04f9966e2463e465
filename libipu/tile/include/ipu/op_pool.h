/* SPDX-License-Identifier: MIT */
/*
 * Pooling in two dimensions, and its gradients. Included by <ipu/ops.h>.
 *
 * Activations are [images, height, width, channels], PyTorch's channels_last, of f32, f16 or
 * bfloat16.
 *
 * Layout: a tile computes its own elements of the result. For each position it pulls the
 * rows of the window, one range of neighbours each, and finds the result for 64 channels at
 * a time. One exchange.
 *
 * Cost: 160 cycles, a cycle for 4 bytes of all windows of a tile's positions (for the gradient
 * of the largest with their indices), and for each element of a window, 64 channels at a time,
 * about 640 cycles of one of the six workers, who share a tile's positions.
 *
 * Errors: shapes that do not belong together, types that differ, padding of more than half of
 * the window, and windows that do not fit into scratch memory are refused by a text and a
 * fault.
 */
#ifndef IPU_OP_POOL_H
#define IPU_OP_POOL_H

#include <ipu/ops.h>

/**
 * struct ipu_pool - parameters of pooling, of both axes: rows, then positions in a row
 * @kernel: extent of the window
 * @stride: 1 or more
 * @padding: on each side, at most half of the window
 * @dilation: 1 or more; of average pooling 1
 * @include_padding: average pooling: padding counts as zeros, PyTorch's count_include_pad
 */
struct ipu_pool {
	uint32_t kernel[2];
	uint32_t stride[2];
	uint32_t padding[2];
	uint32_t dilation[2];
	bool include_padding;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_make_max_pool2d - the largest element of each window
 * @ops: the operations
 * @y: [images, oh, ow, channels]: oh = (h + 2 padding - dilation (kernel - 1) - 1) / stride
 *	+ 1, rounded down, or up as PyTorch's ceil_mode does
 * @index: i32 of the same shape: where in its plane the element is, row * w + position; or NULL
 * @x: [images, h, w, channels]
 * @pool: parameters
 *
 * As torch.nn.functional.max_pool2d(): of equal ones the first, and a NaN is larger than
 * anything. Exact.
 */
void ipu_make_max_pool2d(struct ipu_ops *ops, const struct ipu_array *y,
			 const struct ipu_array *index, const struct ipu_array *x,
			 const struct ipu_pool *pool);

/**
 * ipu_make_max_pool2d_grad - the gradient of the input
 * @ops: the operations
 * @dx: as x of ipu_make_max_pool2d()
 * @dy: as y
 * @index: as it was made
 * @pool: the parameters that y was made with
 *
 * Tolerance: sums are of f32, in the order of the windows, and rounded once.
 */
void ipu_make_max_pool2d_grad(struct ipu_ops *ops, const struct ipu_array *dx,
			      const struct ipu_array *dy, const struct ipu_array *index,
			      const struct ipu_pool *pool);

/**
 * ipu_make_avg_pool2d - the mean of each window
 * @ops: the operations
 * @y: as of ipu_make_max_pool2d()
 * @x: [images, h, w, channels]
 * @pool: parameters
 *
 * As torch.nn.functional.avg_pool2d().
 *
 * Tolerance: an element is off by at most the window's elements * 2^-24 * their mean
 * magnitude, and then rounded to the type of y.
 */
void ipu_make_avg_pool2d(struct ipu_ops *ops, const struct ipu_array *y, const struct ipu_array *x,
			 const struct ipu_pool *pool);

/**
 * ipu_make_avg_pool2d_grad - the gradient of the input
 * @ops: the operations
 * @dx: as x of ipu_make_avg_pool2d()
 * @dy: as y
 * @pool: the parameters that y was made with
 *
 * Tolerance: as ipu_make_avg_pool2d().
 */
void ipu_make_avg_pool2d_grad(struct ipu_ops *ops, const struct ipu_array *dx,
			      const struct ipu_array *dy, const struct ipu_pool *pool);

#ifdef __cplusplus
}
#endif

#endif /* IPU_OP_POOL_H */
