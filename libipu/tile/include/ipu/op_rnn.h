/* SPDX-License-Identifier: MIT */
/*
 * Cells of recurrent networks: what a step of an LSTM computes from the products of its weights.
 * Included by <ipu/ops.h>.
 *
 * The arrays of a step have a row for each example. Those of all steps have one for each example of
 * each step, and the row is given where the step's begin: so nothing has to be cut out or put together.
 * All arrays are of one type, f32, f16 or bfloat16; of two bytes with an even number of columns.
 * Where arrays lie as @hy does there is no exchange for them; the others take part in one
 * before the cell and one behind it, and their rows take scratch.
 */
#ifndef IPU_OP_RNN_H
#define IPU_OP_RNN_H

#include <ipu/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct ipu_lstm_args - a step of an LSTM
 * @hy: the new state [rows, columns], also the next step's operand
 * @cy: the new state of the cell [rows, columns]
 * @gates: input, forget, cell and output gate [rows, 4 * columns], for the gradient
 * @out: the new states of all steps [any, columns], or NULL; not where @hy is
 * @x: what the inputs of all steps give the gates [any, 4 * columns], with all biases
 * @row: the row of @out and of @x where this step's begin
 * @h: what the old state gives the gates [rows, 4 * columns]
 * @cx: the old state of the cell [rows, columns]
 */
struct ipu_lstm_args {
	const struct ipu_array *hy;
	const struct ipu_array *cy;
	const struct ipu_array *gates;
	const struct ipu_array *out;
	const struct ipu_array *x;
	uint32_t row;
	const struct ipu_array *h;
	const struct ipu_array *cx;
};

/**
 * ipu_make_lstm_cell - a step of an LSTM
 * @ops: the operations
 * @args: copied
 *
 * With the four parts of x + h: i, f and o their sigmoids, g the hyperbolic tangent;
 * cy = f cx + i g, hy = o tanh(cy). Gates and states are rounded to the type before they are used.
 *
 * Tolerance, relative: that of the functions of <ipu/op_map.h>, and one rounding to the type each.
 */
void ipu_make_lstm_cell(struct ipu_ops *ops, const struct ipu_lstm_args *args);

/**
 * struct ipu_lstm_grad_args - the gradient of a step of an LSTM
 * @dgates: of x + h [rows, 4 * columns]
 * @all: the same of all steps [any, 4 * columns], or NULL; not where @dgates is
 * @dcx: of the old state of the cell [rows, columns]
 * @dout: of the new states of all steps [any, columns]
 * @row: the row of @all and of @dout where this step's begin
 * @dhy: of the new state, by the next step [rows, columns]; or NULL
 * @dcy: of the new state of the cell, by the next step [rows, columns]; or NULL
 * @gates: as ipu_make_lstm_cell() gave it
 * @cx: the old state of the cell
 * @cy: the new one
 */
struct ipu_lstm_grad_args {
	const struct ipu_array *dgates;
	const struct ipu_array *all;
	const struct ipu_array *dcx;
	const struct ipu_array *dout;
	uint32_t row;
	const struct ipu_array *dhy;
	const struct ipu_array *dcy;
	const struct ipu_array *gates;
	const struct ipu_array *cx;
	const struct ipu_array *cy;
};

/** ipu_make_lstm_cell_grad - the gradient of a step of an LSTM; @args are copied */
void ipu_make_lstm_cell_grad(struct ipu_ops *ops, const struct ipu_lstm_grad_args *args);

#ifdef __cplusplus
}
#endif

#endif /* IPU_OP_RNN_H */
