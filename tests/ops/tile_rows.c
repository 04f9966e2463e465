// SPDX-License-Identifier: MIT
/* Reductions, and operations on rows. */
#include "ops-tile.h"

static void do_softmax(uint32_t kind, struct ipu_array *to, struct ipu_array *x,
		       struct ipu_array *dy, float scale, uint32_t queries)
{
	if (kind == 0)
		ipu_make_softmax(&ops, to, x, scale, queries);
	else if (kind == 1)
		ipu_make_log_softmax(&ops, to, x);
	else if (kind == 2)
		ipu_make_softmax_grad(&ops, to, x, dy, scale, queries);
	else
		ipu_make_log_softmax_grad(&ops, to, x, dy);
}

static void do_layer_norm(const uint32_t *word)
{
	if (word[1] == 0)
		ipu_make_layer_norm(&ops, array(word[2]), array(word[3]), array(word[4]),
				    array(word[5]), array(word[6]), array(word[7]),
				    float_of(word[14]));
	else
		ipu_make_layer_norm_grad(&ops, array(word[2]), array(word[11]), array(word[12]),
					 array(word[10]), array(word[3]), array(word[4]),
					 array(word[6]), array(word[7]));
}

static void do_batch_norm(const uint32_t *word)
{
	if (word[1] == 0)
		ipu_make_batch_norm(&ops, array(word[2]), array(word[3]), array(word[4]),
				    array(word[5]), array(word[6]), array(word[7]), array(word[8]),
				    array(word[9]), float_of(word[13]), float_of(word[14]));
	else if (word[1] == 1)
		ipu_make_batch_norm_grad(&ops, array(word[2]), array(word[11]), array(word[12]),
					 array(word[10]), array(word[3]), array(word[4]),
					 array(word[6]), array(word[7]));
	else
		ipu_make_batch_norm_apply(&ops, array(word[2]), array(word[3]), array(word[4]),
					  array(word[5]), array(word[6]), array(word[7]),
					  float_of(word[14]));
}

static void do_loss(const uint32_t *word)
{
	struct ipu_array *loss = array(word[2]), *total = array(word[3]), *x = array(word[4]);
	struct ipu_array *labels = array(word[5]), *dx = array(word[6]), *dloss = array(word[7]);

	if (word[0]) {
		ipu_make_nll_loss(&ops, word[1], loss, total, x, labels, -100);
		ipu_make_nll_loss_grad(&ops, word[1], dx, dloss, total, labels, -100);
	} else {
		ipu_make_cross_entropy(&ops, word[1], loss, total, x, labels, -100);
		ipu_make_cross_entropy_grad(&ops, word[1], dx, dloss, total, x, labels, -100);
	}
}

bool do_rows(uint32_t code, const uint32_t *word)
{
	switch (code) {
	case DO_REDUCE:
		ipu_make_reduction(&ops, word[0], array(word[1]), array(word[2]), word[3]);
		return true;
	case DO_SOFTMAX:
		do_softmax(word[0], array(word[1]), array(word[2]), array(word[3]),
			   float_of(word[4]), word[5]);
		return true;
	case DO_NORM:
		if (word[0])
			do_batch_norm(word);
		else
			do_layer_norm(word);
		return true;
	case DO_LOSS:
		do_loss(word);
		return true;
	case DO_MSE:
		ipu_make_mse_loss(&ops, word[0], array(word[1]), array(word[2]), array(word[3]));
		ipu_make_mse_loss_grad(&ops, word[0], array(word[4]), array(word[5]),
				       array(word[2]), array(word[3]));
		return true;
	default:
		return false;
	}
}
