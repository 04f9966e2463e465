/* SPDX-License-Identifier: MIT */
/*
 * Two-dimensional convolutions and their gradients. Included by <ipu/ops.h>.
 *
 * Activations are [images, height, width, channels] and weights [kernel height, kernel width,
 * input channels of a group, output channels]: PyTorch's channels_last, and its weights
 * permuted by (2, 3, 1, 0). Output channels of a group follow each other, as PyTorch's do.
 * All arrays of an operation have one type: f32, f16 or bfloat16.
 */
#ifndef IPU_OP_CONV_H
#define IPU_OP_CONV_H

#include <ipu/conv_plan.h>
#include <ipu/ops.h>

/**
 * struct ipu_conv - parameters of a convolution, of both axes: rows, then positions in a row
 * @stride: 1 or more
 * @padding: zeros on each side
 * @dilation: 1 or more
 * @groups: 1 or more
 * @host: plan for the least time on the host, instead of card cycles
 * @plan: a plan of ipu_conv_choose(), for the same shape, pass and at most as many tiles; or
 *	NULL to make one here, which takes the host a while where there are many tiles
 */
struct ipu_conv {
	uint32_t stride[2];
	uint32_t padding[2];
	uint32_t dilation[2];
	uint32_t groups;
	bool host;
	const struct ipu_conv_plan *plan;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_make_conv2d - y = convolution of x with w, + bias
 * @ops: the operations
 * @y: [images, oh, ow, output channels]
 * @x: [images, h, w, input channels]
 * @w: [kh, kw, input channels / groups, output channels]
 * @bias: [output channels], or NULL
 * @conv: parameters: oh = (h + 2 padding - dilation (kh - 1) - 1) / stride + 1, ow alike
 *
 * As torch.nn.functional.conv2d().
 *
 * Layout: a tile computes a block of y (<ipu/conv_plan.h>), for which it pulls the part of x
 * that the block sees into a buffer with borders of zeros, and the weights of its channels;
 * then each tile pulls its own elements of y, in f32, adds the bias and rounds once. Two
 * exchanges, and another one where input channels are shared. A block is computed by matrix
 * instructions, 8 positions of a row by 32 output channels at a time, which sum over the
 * kernel in registers. Where each group has one input and one output channel, vectors along
 * the channels are used instead.
 *
 * Cost: where all is shared well, images * oh * ow * kh * kw * (input channels / groups) *
 * output channels / (16 * tiles) cycles with f32 and bfloat16, a quarter of that with f16, and
 * for the exchanges 160 cycles and a byte of a tile's operands in a quarter of one, each. 8
 * positions and 32 channels are computed even if there are fewer.
 *
 * Tolerance: products are added in f32 (those of f16 are exact), so that an element is off
 * by at most the products' number * 2^-24 * the sum of their magnitudes, and is then rounded
 * to the type of y. How the sum is divided depends on the number of tiles, and so do the
 * last bits.
 *
 * Errors: an extent of 0, shapes that do not belong together, types that differ, and operands
 * that do not fit into scratch memory, with the bytes of each, are refused by a text and a
 * fault.
 */
void ipu_make_conv2d(struct ipu_ops *ops, const struct ipu_array *y, const struct ipu_array *x,
		     const struct ipu_array *w, const struct ipu_array *bias,
		     const struct ipu_conv *conv);

/**
 * ipu_make_conv2d_input_grad - dx, from the gradient of the output
 * @ops: the operations
 * @dx: as x of ipu_make_conv2d()
 * @dy: as y
 * @w: the weights
 * @conv: the parameters that y was made with
 *
 * As torch.nn.grad.conv2d_input().
 *
 * Layout: as ipu_make_conv2d(), the roles of x and y exchanged. A tile transposes its weights
 * once, and computes the positions of dx by their phase, position modulo stride, as these
 * see the same weights. Those of a row are put in reverse order, so that what a position sees
 * is summed along with the positions of dy in one go, where the stride is a multiple of the
 * dilation.
 *
 * Cost: as ipu_make_conv2d(), and about a cycle for each of a tile's weights to transpose them.
 *
 * Tolerance and errors: as ipu_make_conv2d().
 */
void ipu_make_conv2d_input_grad(struct ipu_ops *ops, const struct ipu_array *dx,
				const struct ipu_array *dy, const struct ipu_array *w,
				const struct ipu_conv *conv);

/**
 * ipu_make_conv2d_weight_grad - dw, from the input and the gradient of the output
 * @ops: the operations
 * @dw: as w of ipu_make_conv2d()
 * @x: the input
 * @dy: as y
 * @conv: the parameters that y was made with
 *
 * As torch.nn.grad.conv2d_weight(). The gradient of a bias is a sum over all positions.
 *
 * Layout: a tile has a range of positions and of both kinds of channels, and computes what
 * its positions add to the weights of its channels, 8 input channels (or neighbours in a row
 * of the kernel) by 32 output channels at a time. Tiles that have the same channels add
 * their sums, each a slice of them, in the order of the positions; then each tile pulls its
 * own elements of dw, in f32, and rounds once.
 *
 * Cost: as ipu_make_conv2d(), and kh * kw * the channels of a block cycles to add the sums.
 *
 * Tolerance and errors: as ipu_make_conv2d(); the sum is over images * oh * ow products.
 */
void ipu_make_conv2d_weight_grad(struct ipu_ops *ops, const struct ipu_array *dw,
				 const struct ipu_array *x, const struct ipu_array *dy,
				 const struct ipu_conv *conv);

#ifdef __cplusplus
}
#endif

#endif /* IPU_OP_CONV_H */
