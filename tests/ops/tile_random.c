// SPDX-License-Identifier: MIT
/* Random numbers, dropout, and optimisers. */
#include "ops-tile.h"

static struct ipu_generator generators[MAX_ARRAYS];

static void do_generator(const uint32_t *word)
{
	generators[word[0]] = (struct ipu_generator){ .seed = { word[1], word[2] },
						      .offset = { word[3], word[4] } };
}

bool do_random(uint32_t code, const uint32_t *word)
{
	struct ipu_generator *generator = &generators[word[1] % MAX_ARRAYS];

	switch (code) {
	case DO_GENERATOR:
		do_generator(word);
		return true;
	case DO_UNIFORM:
		ipu_make_uniform(&ops, array(word[0]), generator, float_of(word[2]),
				 float_of(word[3]));
		return true;
	case DO_NORMAL:
		ipu_make_normal(&ops, array(word[0]), generator, float_of(word[2]),
				float_of(word[3]));
		return true;
	case DO_BERNOULLI:
		ipu_make_bernoulli(&ops, array(word[0]), generator, float_of(word[2]));
		return true;
	case DO_DROPOUT:
		ipu_make_dropout(&ops, array(word[0]), array(word[3]), array(word[4]), generator,
				 float_of(word[2]));
		return true;
	case DO_DROPOUT_GRAD:
		ipu_make_dropout_grad(&ops, array(word[0]), array(word[1]), array(word[2]),
				      float_of(word[3]));
		return true;
	default:
		return false;
	}
}

/* ---- Optimisers ------------------------------------------------------------------- */

static const struct ipu_array *maybe(uint32_t number)
{
	return number == NO_ARRAY ? NULL : array(number);
}

static void do_one(const struct optim_words *w)
{
	const struct ipu_array *param = array(w->param), *grad = array(w->grad);
	const struct ipu_array *rate = array(w->rate), *step = maybe(w->step);
	const float decay = float_of(w->decay), epsilon = float_of(w->epsilon);
	const float momentum = float_of(w->momentum);
	const double keep = (double)float_of(w->keep), keep2 = (double)float_of(w->keep2);

	if (w->kind == OPTIM_SGD)
		ipu_make_sgd(&ops, &(struct ipu_sgd_args){ param, grad, maybe(w->state[0]), rate,
							   step, decay, momentum,
							   float_of(w->dampening), w->flag });
	else if (w->kind == OPTIM_ADAM)
		ipu_make_adam(&ops, &(struct ipu_adam_args){ param, grad, array(w->state[0]),
							     array(w->state[1]), rate, step, keep,
							     keep2, epsilon, decay, w->flag });
	else if (w->kind == OPTIM_ADADELTA)
		ipu_make_adadelta(&ops, &(struct ipu_adadelta_args){
						param, grad, array(w->state[0]), array(w->state[1]),
						rate, keep, epsilon, decay });
	else
		ipu_make_rmsprop(&ops,
				 &(struct ipu_rmsprop_args){ param, grad, array(w->state[0]),
							     w->flag ? array(w->state[1]) : NULL,
							     maybe(w->state[2]), rate, keep,
							     epsilon, decay, momentum });
}

bool do_optim(uint32_t code, const uint32_t *word)
{
	if (code == DO_OPTIM)
		do_one((const struct optim_words *)word);
	return code == DO_OPTIM;
}
