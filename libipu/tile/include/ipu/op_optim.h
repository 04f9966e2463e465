/* SPDX-License-Identifier: MIT */
/*
 * Optimisers: a step of training for one parameter, in place and in one pass over it. Included
 * by <ipu/ops.h>.
 *
 *	ipu_make_map2_scalar(&train, IPU_MAP_ADD, &step, &step, 1);
 *	ipu_make_adam(&train, &(struct ipu_adam_args){
 *		.param = &w, .grad = &dw, .mean = &m, .square = &v, .rate = &rate, .step = &step,
 *		.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8f });
 *
 * All compute what PyTorch's optimisers of these names compute, with the same defaults if so
 * called. A parameter is f32, f16 or bfloat16, and so is its gradient; what is kept from step
 * to step is f32, lies as the parameter does, and has to be 0 before the first step
 * (ipu_make_fill()).
 *
 * The learning rate, and where it is needed the number of the step, are arrays of one f32: so
 * that schedules, and the bias correction, need not make the operation again. The number of
 * the step is 1 in the first one; the program increments it, once for all parameters. To clip
 * gradients by their norm, multiply them by an array of one element first:
 * ipu_make_map2() with IPU_MAP_MUL.
 *
 * Layout: each tile updates the elements that it has of the parameter. One exchange of 4 or 8
 * bytes, unless every tile has the rate and the step (ipu_array_copies()); and one for a
 * gradient that lies otherwise.
 *
 * Cost: 600 + 6 * ceil(ceil(n / 64) / 6) * s card cycles for n elements of a tile in f32, where
 * s is 75 for SGD, 100 with momentum, 167 for Adam and AdamW, 176 for Adadelta and 132 for
 * RMSprop; f16 and bfloat16 have dearer loads and stores, see <ipu/op_map.h>.
 *
 * Tolerance: in units of the f32 below it, each state and the change of the parameter is within
 * 4 ulp of the greatest of the terms that make it up, given the states before, save that the
 * changes of Adam and AdamW are within 16 ulp (for the bias correction); the parameter is then
 * rounded once.
 *
 * Refused with a text: types and layouts that do not fit, and constants out of range.
 */
#ifndef IPU_OP_OPTIM_H
#define IPU_OP_OPTIM_H

#include <ipu/ops.h>

/**
 * struct ipu_sgd_args - stochastic gradient descent
 * @param: the parameter, in and out
 * @grad: its gradient
 * @buffer: of the momentum, in and out; not used if that is 0
 * @rate: learning rate
 * @step: number of the step; NULL if @dampening is 0
 * @weight_decay: this times the parameter is added to the gradient; often 0
 * @momentum: often 0, or 0.9
 * @dampening: the buffer gets 1 - this of the gradient, but all of it in the first step; often
 *	0
 * @nesterov: look ahead by the momentum
 */
struct ipu_sgd_args {
	const struct ipu_array *param;
	const struct ipu_array *grad;
	const struct ipu_array *buffer;
	const struct ipu_array *rate;
	const struct ipu_array *step;
	float weight_decay;
	float momentum;
	float dampening;
	bool nesterov;
};

/**
 * struct ipu_adam_args - Adam, and AdamW
 * @param: the parameter, in and out
 * @grad: its gradient
 * @mean: running mean of the gradient, in and out
 * @square: running mean of its square, in and out
 * @largest: the largest that @square has been, in and out, used in its place (AMSGrad); or NULL
 * @rate: learning rate
 * @step: number of the step
 * @beta1: how much of @mean is kept, from 0 to below 1; often 0.9
 * @beta2: how much of @square is kept; often 0.999
 * @epsilon: added to the root of @square; often 1e-8
 * @weight_decay: often 0, or 0.01 for AdamW
 * @decoupled: false for Adam: @weight_decay times the parameter is added to the gradient. True
 *	for AdamW: the parameter is multiplied by 1 - rate * @weight_decay
 */
struct ipu_adam_args {
	const struct ipu_array *param;
	const struct ipu_array *grad;
	const struct ipu_array *mean;
	const struct ipu_array *square;
	const struct ipu_array *largest;
	const struct ipu_array *rate;
	const struct ipu_array *step;
	double beta1;
	double beta2;
	float epsilon;
	float weight_decay;
	bool decoupled;
};

/**
 * struct ipu_adadelta_args - Adadelta
 * @param: the parameter, in and out
 * @grad: its gradient
 * @square: running mean of the gradient's square, in and out
 * @change: running mean of the square of changes, in and out
 * @rate: learning rate; often 1
 * @rho: how much of the means is kept, from 0 to below 1; often 0.9
 * @epsilon: often 1e-6
 * @weight_decay: this times the parameter is added to the gradient; often 0
 */
struct ipu_adadelta_args {
	const struct ipu_array *param;
	const struct ipu_array *grad;
	const struct ipu_array *square;
	const struct ipu_array *change;
	const struct ipu_array *rate;
	double rho;
	float epsilon;
	float weight_decay;
};

/**
 * struct ipu_rmsprop_args - RMSprop
 * @param: the parameter, in and out
 * @grad: its gradient
 * @square: running mean of the gradient's square, in and out
 * @mean: running mean of the gradient, in and out, if its variance is used ("centered"); or
 *	NULL
 * @buffer: of the momentum, in and out; not used if that is 0
 * @rate: learning rate; often 0.01
 * @alpha: how much of the means is kept, from 0 to below 1; often 0.99
 * @epsilon: often 1e-8
 * @weight_decay: this times the parameter is added to the gradient; often 0
 * @momentum: often 0
 */
struct ipu_rmsprop_args {
	const struct ipu_array *param;
	const struct ipu_array *grad;
	const struct ipu_array *square;
	const struct ipu_array *mean;
	const struct ipu_array *buffer;
	const struct ipu_array *rate;
	double alpha;
	float epsilon;
	float weight_decay;
	float momentum;
};

#ifdef __cplusplus
extern "C" {
#endif

/** ipu_make_sgd - a step of SGD, with or without momentum */
void ipu_make_sgd(struct ipu_ops *ops, const struct ipu_sgd_args *args);

/** ipu_make_adam - a step of Adam or AdamW */
void ipu_make_adam(struct ipu_ops *ops, const struct ipu_adam_args *args);

/** ipu_make_adadelta - a step of Adadelta */
void ipu_make_adadelta(struct ipu_ops *ops, const struct ipu_adadelta_args *args);

/** ipu_make_rmsprop - a step of RMSprop */
void ipu_make_rmsprop(struct ipu_ops *ops, const struct ipu_rmsprop_args *args);

#ifdef __cplusplus
}
#endif

#endif /* IPU_OP_OPTIM_H */
