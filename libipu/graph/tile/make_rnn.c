// SPDX-License-Identifier: MIT
/* Cells of recurrent networks. */
#include "make.h"

static void make_lstm(struct making *making, const uint32_t *word)
{
	const struct ipu_lstm_args args = {
		.row = word[0],
		.hy = array_of(making, word[1]),
		.cy = array_of(making, word[2]),
		.gates = array_of(making, word[3]),
		.out = maybe_array(making, word[4]),
		.x = array_of(making, word[5]),
		.h = array_of(making, word[6]),
		.cx = array_of(making, word[7]),
	};

	ipu_make_lstm_cell(&making->ops, &args);
}

static void make_lstm_grad(struct making *making, const uint32_t *word)
{
	const struct ipu_lstm_grad_args args = {
		.row = word[0],
		.dgates = array_of(making, word[1]),
		.all = maybe_array(making, word[2]),
		.dcx = array_of(making, word[3]),
		.dout = array_of(making, word[4]),
		.dhy = maybe_array(making, word[5]),
		.dcy = maybe_array(making, word[6]),
		.gates = array_of(making, word[7]),
		.cx = array_of(making, word[8]),
		.cy = array_of(making, word[9]),
	};

	ipu_make_lstm_cell_grad(&making->ops, &args);
}

bool make_rnn(struct making *making, uint32_t code, const uint32_t *word)
{
	switch (code) {
	case DO_LSTM:
		make_lstm(making, word);
		return true;
	case DO_LSTM_GRAD:
		make_lstm_grad(making, word);
		return true;
	default:
		return false;
	}
}
