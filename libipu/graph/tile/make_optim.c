// SPDX-License-Identifier: MIT
/* Optimisers. */
#include "make.h"

static void make_sgd(struct making *making, const struct optim_words *w)
{
	const struct ipu_sgd_args args = {
		.param = array_of(making, w->param),
		.grad = array_of(making, w->grad),
		.buffer = maybe_array(making, w->state[0]),
		.rate = array_of(making, w->rate),
		.step = maybe_array(making, w->step),
		.weight_decay = float_of(w->decay),
		.momentum = float_of(w->momentum),
		.dampening = float_of(w->dampening),
		.nesterov = w->flag,
	};

	ipu_make_sgd(&making->ops, &args);
}

static void make_adam(struct making *making, const struct optim_words *w)
{
	const struct ipu_adam_args args = {
		.param = array_of(making, w->param),
		.grad = array_of(making, w->grad),
		.mean = array_of(making, w->state[0]),
		.square = array_of(making, w->state[1]),
		.largest = maybe_array(making, w->state[2]),
		.rate = array_of(making, w->rate),
		.step = array_of(making, w->step),
		.beta1 = (double)float_of(w->keep),
		.beta2 = (double)float_of(w->keep2),
		.epsilon = float_of(w->epsilon),
		.weight_decay = float_of(w->decay),
		.decoupled = w->flag,
	};

	ipu_make_adam(&making->ops, &args);
}

static void make_adadelta(struct making *making, const struct optim_words *w)
{
	const struct ipu_adadelta_args args = {
		.param = array_of(making, w->param),
		.grad = array_of(making, w->grad),
		.square = array_of(making, w->state[0]),
		.change = array_of(making, w->state[1]),
		.rate = array_of(making, w->rate),
		.rho = (double)float_of(w->keep),
		.epsilon = float_of(w->epsilon),
		.weight_decay = float_of(w->decay),
	};

	ipu_make_adadelta(&making->ops, &args);
}

static void make_rmsprop(struct making *making, const struct optim_words *w)
{
	const struct ipu_rmsprop_args args = {
		.param = array_of(making, w->param),
		.grad = array_of(making, w->grad),
		.square = array_of(making, w->state[0]),
		.mean = w->flag ? array_of(making, w->state[1]) : NULL,
		.buffer = maybe_array(making, w->state[2]),
		.rate = array_of(making, w->rate),
		.alpha = (double)float_of(w->keep),
		.epsilon = float_of(w->epsilon),
		.weight_decay = float_of(w->decay),
		.momentum = float_of(w->momentum),
	};

	ipu_make_rmsprop(&making->ops, &args);
}

static void (*const optimisers[OPTIMS])(struct making *making, const struct optim_words *w) = {
	[OPTIM_SGD] = make_sgd,
	[OPTIM_ADAM] = make_adam,
	[OPTIM_ADADELTA] = make_adadelta,
	[OPTIM_RMSPROP] = make_rmsprop,
};

bool make_optim(struct making *making, uint32_t code, const uint32_t *word)
{
	if (code != DO_OPTIM)
		return false;
	ipu_assert(word[0] < OPTIMS);
	optimisers[word[0]](making, (const struct optim_words *)word);
	return true;
}
