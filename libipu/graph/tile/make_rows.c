// SPDX-License-Identifier: MIT
/* Reductions, and operations on rows. */
#include "make.h"

static void make_softmax(struct making *making, const uint32_t *word)
{
	struct ipu_ops *ops = &making->ops;
	const struct ipu_array *to = array_of(making, word[1]), *x = array_of(making, word[2]);
	const struct ipu_array *dy = maybe_array(making, word[3]);

	if (word[0] == 0)
		ipu_make_softmax(ops, to, x, float_of(word[4]), word[5]);
	else if (word[0] == 1)
		ipu_make_log_softmax(ops, to, x);
	else if (word[0] == 2)
		ipu_make_softmax_grad(ops, to, x, dy, float_of(word[4]), word[5]);
	else
		ipu_make_log_softmax_grad(ops, to, x, dy);
}

/* The arrays of DO_NORM, in the order of its words. */
enum { TO, X, GAMMA, BETA, MEAN, RSTD, RUNNING_MEAN, RUNNING_VAR, DY, DGAMMA, DBETA, ARRAYS };

static void make_norm(struct making *making, const uint32_t *word)
{
	struct ipu_ops *ops = &making->ops;
	const float momentum = float_of(word[13]), epsilon = float_of(word[14]);
	const struct ipu_array *a[ARRAYS];

	for (uint32_t i = 0; i < ARRAYS; i++)
		a[i] = maybe_array(making, word[2 + i]);
	if (word[0] && word[1] == 0)
		ipu_make_batch_norm(ops, a[TO], a[X], a[GAMMA], a[BETA], a[MEAN], a[RSTD],
				    a[RUNNING_MEAN], a[RUNNING_VAR], momentum, epsilon);
	else if (word[0] && word[1] == 1)
		ipu_make_batch_norm_grad(ops, a[TO], a[DGAMMA], a[DBETA], a[DY], a[X], a[GAMMA],
					 a[MEAN], a[RSTD]);
	else if (word[0])
		ipu_make_batch_norm_apply(ops, a[TO], a[X], a[GAMMA], a[BETA], a[MEAN], a[RSTD],
					  epsilon);
	else if (word[1] == 0)
		ipu_make_layer_norm(ops, a[TO], a[X], a[GAMMA], a[BETA], a[MEAN], a[RSTD], epsilon);
	else
		ipu_make_layer_norm_grad(ops, a[TO], a[DGAMMA], a[DBETA], a[DY], a[X], a[GAMMA],
					 a[MEAN], a[RSTD]);
}

static void make_loss(struct making *making, const uint32_t *word)
{
	struct ipu_ops *ops = &making->ops;
	const struct ipu_array *loss = array_of(making, word[3]),
			       *total = array_of(making, word[4]);
	const struct ipu_array *x = maybe_array(making, word[5]);
	const struct ipu_array *labels = array_of(making, word[6]);
	const struct ipu_array *dx = maybe_array(making, word[7]);
	const int32_t ignore = (int32_t)word[2];

	switch (word[0]) {
	case 0:
		ipu_make_cross_entropy(ops, word[1], loss, total, x, labels, ignore);
		return;
	case 1:
		ipu_make_nll_loss(ops, word[1], loss, total, x, labels, ignore);
		return;
	case 2:
		ipu_make_cross_entropy_grad(ops, word[1], dx, loss, total, x, labels, ignore);
		return;
	default:
		ipu_make_nll_loss_grad(ops, word[1], dx, loss, total, labels, ignore);
	}
}

bool make_rows(struct making *making, uint32_t code, const uint32_t *word)
{
	struct ipu_ops *ops = &making->ops;

	switch (code) {
	case DO_REDUCE:
		ipu_make_reduction(ops, word[0], array_of(making, word[1]),
				   array_of(making, word[2]), word[3]);
		return true;
	case DO_SOFTMAX:
		make_softmax(making, word);
		return true;
	case DO_NORM:
		make_norm(making, word);
		return true;
	case DO_LOSS:
		make_loss(making, word);
		return true;
	case DO_MSE:
		if (word[0])
			ipu_make_mse_loss_grad(ops, word[1], array_of(making, word[5]),
					       array_of(making, word[2]), array_of(making, word[3]),
					       array_of(making, word[4]));
		else
			ipu_make_mse_loss(ops, word[1], array_of(making, word[2]),
					  array_of(making, word[3]), array_of(making, word[4]));
		return true;
	default:
		return false;
	}
}
