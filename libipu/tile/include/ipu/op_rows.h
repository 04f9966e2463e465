/* SPDX-License-Identifier: MIT */
/*
 * Operations on rows, which are the last dimension of an array: softmax, norms and losses.
 * Included by <ipu/ops.h>.
 *
 * Slots in what follows were counted in the kernels; figures in cycles were measured.
 *
 * A tile needs whole rows. Where the result lies so, and the operands as it does, there is no
 * exchange for them; an array that lies otherwise is brought here, or put back, by an exchange
 * of what a tile has of it, and takes as much scratch. If that does not fit, the refusal says
 * how much is missing. Workers share the rows of a tile: tiles should have six, or many, of
 * them. A result may be an operand.
 */
#ifndef IPU_OP_ROWS_H
#define IPU_OP_ROWS_H

#include <ipu/op_numbers.h>
#include <ipu/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_make_softmax - softmax over the last dimension
 * @ops: the operations
 * @to: f32, f16 or bfloat16
 * @from: of the same shape and type
 * @scale: what elements are multiplied with before, 1 for nothing (attention: one over the
 *	square root of the head's size)
 * @queries: 0; or a causal mask, for an array of [..., @queries, keys]: of its keys, a query
 *	does not see the last @queries - 1 - its number, and the result is 0 there
 *
 * exp(scale x - m) / sum of exp(scale x - m), m the row's largest: PyTorch's
 * softmax(scale * x + mask, dim=-1).
 *
 * Cost: about 140 slots of a worker for each 64 elements (VLEN 512) of a row, begun or whole, 6
 * cycles each: [8832, 1024] on 1,472 tiles takes 13,500 cycles in f32, and 13,900 in f16.
 *
 * Tolerance, relative: 2^-22 (1 + |scale (x - m)|), and one rounding to the type.
 */
void ipu_make_softmax(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *from,
		      float scale, uint32_t queries);

/**
 * ipu_make_softmax_grad - gradient of softmax
 * @ops: the operations
 * @to: gradient of what softmax was computed of
 * @y: what softmax gave; all three of one shape and type
 * @dy: gradient of that
 * @scale: as in ipu_make_softmax()
 * @queries: the same
 *
 * scale y (dy - sum of y dy). Cost: about 85 slots for each 64 elements.
 *
 * Tolerance: 2^-22 |scale y| (|dy| + sum of |y dy|), and one rounding to the type.
 */
void ipu_make_softmax_grad(struct ipu_ops *ops, const struct ipu_array *to,
			   const struct ipu_array *y, const struct ipu_array *dy, float scale,
			   uint32_t queries);

/**
 * ipu_make_log_softmax - logarithm of softmax over the last dimension
 * @ops: the operations
 * @to: f32, f16 or bfloat16
 * @from: of the same shape and type
 *
 * x - m - log(sum of exp(x - m)). Cost: as ipu_make_softmax(), without the second exp.
 *
 * Tolerance: 2^-22 (1 + |x - m|), and one rounding to the type.
 */
void ipu_make_log_softmax(struct ipu_ops *ops, const struct ipu_array *to,
			  const struct ipu_array *from);

/**
 * ipu_make_log_softmax_grad - gradient of log softmax
 * @ops: the operations
 * @to: gradient of what it was computed of
 * @y: what it gave; all three of one shape and type
 * @dy: gradient of that
 *
 * dy - exp(y) sum of dy. Cost: about 60 slots for each 64 elements.
 *
 * Tolerance: 2^-22 (|dy| + exp(y) (1 + |y|) sum of |dy|), and one rounding to the type.
 */
void ipu_make_log_softmax_grad(struct ipu_ops *ops, const struct ipu_array *to,
			       const struct ipu_array *y, const struct ipu_array *dy);

/**
 * ipu_make_layer_norm - layer norm over the last dimension
 * @ops: the operations
 * @to: f32, f16 or bfloat16
 * @from: of the same shape and type
 * @gamma: as many elements as a row, of the same type; or NULL for 1
 * @beta: the same; or NULL for 0
 * @mean: f32, an element for each row: its mean
 * @rstd: f32, the same: 1 / sqrt(its variance + @epsilon)
 * @epsilon: 1e-5 in PyTorch
 *
 * (x - mean) rstd gamma + beta; the variance is that of the differences to the mean, divided by
 * their number. @gamma and @beta are brought to all tiles, @mean and @rstd to where they lie:
 * up to 4 exchanges.
 *
 * Cost: [8832, 768] in f32 on 1,472 tiles takes 11,500 cycles.
 *
 * Tolerance, relative to |x| rstd |gamma| + |beta| for the row's largest |x|: 2^-20, and one
 * rounding to the type; rstd 2^-20 relative where epsilon or the variance is not small against
 * the mean's square.
 */
void ipu_make_layer_norm(struct ipu_ops *ops, const struct ipu_array *to,
			 const struct ipu_array *from, const struct ipu_array *gamma,
			 const struct ipu_array *beta, const struct ipu_array *mean,
			 const struct ipu_array *rstd, float epsilon);

/**
 * ipu_make_layer_norm_grad - gradients of layer norm
 * @ops: the operations
 * @dx: gradient of @x: of its shape and type
 * @dgamma: that of gamma, of a float type; or NULL
 * @dbeta: that of beta, of a float type; or NULL
 * @dy: gradient of the result
 * @x: what the norm was computed of
 * @gamma: or NULL, as in ipu_make_layer_norm()
 * @mean: as ipu_make_layer_norm() gave it
 * @rstd: the same
 *
 * With h = (x - mean) rstd and g = dy gamma: dx = rstd (g - mean of g - h mean of g h), dgamma
 * the sum of dy h over rows, and dbeta that of dy.
 *
 * Cost: [8832, 768] in f32 on 1,472 tiles takes 28,000 cycles with @dgamma and @dbeta. These
 * cost one or two exchanges each (ipu_make_reduction()), and as scratch two rows of f32 for a
 * tile, seven times as much from 12 rows on.
 *
 * Tolerance: 2^-19 of the largest of the terms added, and one rounding to the type.
 */
void ipu_make_layer_norm_grad(struct ipu_ops *ops, const struct ipu_array *dx,
			      const struct ipu_array *dgamma, const struct ipu_array *dbeta,
			      const struct ipu_array *dy, const struct ipu_array *x,
			      const struct ipu_array *gamma, const struct ipu_array *mean,
			      const struct ipu_array *rstd);

/**
 * ipu_make_batch_norm - batch norm over all but the last dimension, for training
 * @ops: the operations
 * @to: f32, f16 or bfloat16: channels are the last dimension (NHWC)
 * @from: of the same shape and type
 * @gamma: an element for each channel, of the same type; or NULL for 1
 * @beta: the same; or NULL for 0
 * @mean: f32, [channels]: the batch's mean, for the gradient; this, @rstd and the running ones lie
 *	over the tiles as ipu_array_new() has them, or the call is refused
 * @rstd: f32, [channels]: 1 / sqrt(the batch's variance + @epsilon)
 * @running_mean: f32, [channels]: becomes (1 - @momentum) times itself and @momentum times the
 *	mean; or NULL
 * @running_var: the same of the variance, times rows / (rows - 1); or NULL
 * @momentum: 0.1 in PyTorch
 * @epsilon: 1e-5 in PyTorch
 *
 * All arrays of [channels] must be arrays of one dimension, made by ipu_array_new(). The mean
 * is computed first, and the variance from differences to it: each is a sum over rows on the
 * tiles, one or two exchanges, and one that brings it to all tiles.
 *
 * Cost: [50176, 64] in f32 on 1,472 tiles takes 29,000 cycles.
 *
 * Tolerance: as ipu_make_layer_norm().
 */
void ipu_make_batch_norm(struct ipu_ops *ops, const struct ipu_array *to,
			 const struct ipu_array *from, const struct ipu_array *gamma,
			 const struct ipu_array *beta, const struct ipu_array *mean,
			 const struct ipu_array *rstd, const struct ipu_array *running_mean,
			 const struct ipu_array *running_var, float momentum, float epsilon);

/**
 * ipu_make_batch_norm_apply - batch norm with given statistics, for inference
 * @ops: the operations
 * @to: f32, f16 or bfloat16: channels are the last dimension
 * @from: of the same shape and type
 * @gamma: as in ipu_make_batch_norm()
 * @beta: the same
 * @mean: f32, [channels]
 * @var: f32, [channels]: the variance
 * @epsilon: added to it
 *
 * Cost: about 45 slots of a worker for each 64 channels of a row; four exchanges that bring
 * what there is of channels to all tiles. Tolerance: as ipu_make_layer_norm().
 */
void ipu_make_batch_norm_apply(struct ipu_ops *ops, const struct ipu_array *to,
			       const struct ipu_array *from, const struct ipu_array *gamma,
			       const struct ipu_array *beta, const struct ipu_array *mean,
			       const struct ipu_array *var, float epsilon);

/**
 * ipu_make_batch_norm_grad - gradients of batch norm with the batch's statistics
 * @ops: the operations
 * @dx: gradient of @x: of its shape and type
 * @dgamma: f32, [channels]: that of gamma
 * @dbeta: f32, [channels]: that of beta
 * @dy: gradient of the result
 * @x: what the norm was computed of
 * @gamma: or NULL, as in ipu_make_batch_norm()
 * @mean: as ipu_make_batch_norm() gave it
 * @rstd: the same
 *
 * With h = (x - mean) rstd: dgamma = sum of dy h, dbeta = sum of dy, and
 * dx = gamma rstd (dy - dbeta / rows - h dgamma / rows).
 *
 * Cost: [50176, 64] in f32 on 1,472 tiles takes 25,000 cycles. Tolerance: as
 * ipu_make_layer_norm_grad().
 */
void ipu_make_batch_norm_grad(struct ipu_ops *ops, const struct ipu_array *dx,
			      const struct ipu_array *dgamma, const struct ipu_array *dbeta,
			      const struct ipu_array *dy, const struct ipu_array *x,
			      const struct ipu_array *gamma, const struct ipu_array *mean,
			      const struct ipu_array *rstd);

/**
 * ipu_make_cross_entropy - cross entropy of logits and labels
 * @ops: the operations
 * @reduction: what becomes of the losses of rows
 * @loss: f32: [] for the mean or the sum, [rows] for IPU_LOSS_NONE
 * @total: f32, []: the number of rows that are not ignored
 * @logits: f32, f16 or bfloat16, [rows, classes]
 * @labels: i32, [rows]
 * @ignore: label of rows that have no loss; -100 in PyTorch
 *
 * log(sum of exp(x - m)) + m - x[label]. A label that is no class, and not @ignore, is a fault.
 * The mean of no rows is NaN. Labels are brought to where rows are, and two sums over tiles
 * follow.
 *
 * Cost: [8832, 1000] in f32 on 1,472 tiles takes 25,000 cycles.
 *
 * Tolerance: 2^-21 (1 + |m| + |x[label]|) for a row.
 */
void ipu_make_cross_entropy(struct ipu_ops *ops, enum ipu_loss reduction,
			    const struct ipu_array *loss, const struct ipu_array *total,
			    const struct ipu_array *logits, const struct ipu_array *labels,
			    int32_t ignore);

/**
 * ipu_make_cross_entropy_grad - gradient of cross entropy
 * @ops: the operations
 * @reduction: as in ipu_make_cross_entropy()
 * @dx: gradient of the logits: of their shape and type
 * @dloss: f32, gradient of the loss: of its shape
 * @total: as ipu_make_cross_entropy() gave it
 * @logits: the same as there
 * @labels: the same
 * @ignore: the same
 *
 * (softmax - 1 at the label) dloss, divided by @total for the mean; 0 in rows that are ignored.
 *
 * Cost: about 120 slots for each 64 classes of a row. Tolerance: 2^-21 (1 + |x - m|) |dloss|,
 * divided as well, and one rounding to the type.
 */
void ipu_make_cross_entropy_grad(struct ipu_ops *ops, enum ipu_loss reduction,
				 const struct ipu_array *dx, const struct ipu_array *dloss,
				 const struct ipu_array *total, const struct ipu_array *logits,
				 const struct ipu_array *labels, int32_t ignore);

/**
 * ipu_make_nll_loss - negative log likelihood: ipu_make_cross_entropy() of what is log softmax
 * already
 * @ops: the operations
 * @reduction: what becomes of the losses of rows
 * @loss: f32: [] for the mean or the sum, [rows] for IPU_LOSS_NONE
 * @total: f32, []: the number of rows that are not ignored
 * @log: f32, f16 or bfloat16, [rows, classes]
 * @labels: i32, [rows]
 * @ignore: label of rows that have no loss
 *
 * -x[label]. Cost: about 40 slots of a worker for a row; exchanges. Tolerance: a row is exact.
 */
void ipu_make_nll_loss(struct ipu_ops *ops, enum ipu_loss reduction, const struct ipu_array *loss,
		       const struct ipu_array *total, const struct ipu_array *log,
		       const struct ipu_array *labels, int32_t ignore);

/** ipu_make_nll_loss_grad - its gradient: as ipu_make_cross_entropy_grad(), -dloss at the label */
void ipu_make_nll_loss_grad(struct ipu_ops *ops, enum ipu_loss reduction,
			    const struct ipu_array *dx, const struct ipu_array *dloss,
			    const struct ipu_array *total, const struct ipu_array *labels,
			    int32_t ignore);

/**
 * ipu_make_mse_loss - squares of differences
 * @ops: the operations
 * @reduction: what becomes of them
 * @loss: f32, [] for the mean or the sum; for IPU_LOSS_NONE of the shape and type of @a
 * @a: f32, f16 or bfloat16
 * @b: the same shape and type
 *
 * Cost: about 20 slots of a worker for each 64 elements (f32), 40 (others), and a sum over
 * tiles.
 *
 * Tolerance: 2^-20 relative for the mean and the sum.
 */
void ipu_make_mse_loss(struct ipu_ops *ops, enum ipu_loss reduction, const struct ipu_array *loss,
		       const struct ipu_array *a, const struct ipu_array *b);

/**
 * ipu_make_mse_loss_grad - its gradient
 * @ops: the operations
 * @reduction: as in ipu_make_mse_loss()
 * @da: gradient of @a, of its shape and type; that of @b is the negative
 * @dloss: f32, []; for IPU_LOSS_NONE of the shape and type of @a
 * @a: as there
 * @b: the same
 *
 * 2 (a - b) dloss, divided by the number of elements for the mean. Tolerance: 2^-22 relative,
 * and one rounding to the type.
 */
void ipu_make_mse_loss_grad(struct ipu_ops *ops, enum ipu_loss reduction,
			    const struct ipu_array *da, const struct ipu_array *dloss,
			    const struct ipu_array *a, const struct ipu_array *b);

#ifdef __cplusplus
}
#endif

#endif /* IPU_OP_ROWS_H */
