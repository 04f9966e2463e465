/* SPDX-License-Identifier: MIT */
/*
 * Operations of PyTorch as graphs of libipu: what the C++ glue calls, without PyTorch's headers.
 *
 * Each function makes a small graph of its operation for the types, shapes and strides that it is
 * given, unless there is one already, and submits a run of it. It returns when that is submitted.
 *
 * Return, of all of them: 0, or a negative errno with ipu_error(): -EOPNOTSUPP and -ENOSPC for
 * what the tiles cannot do, or have no room for, and nothing has happened; others are failures.
 *
 * Threads: all functions may be called by several.
 */
#ifndef TORCH_IPU_OPS_H
#define TORCH_IPU_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ipu_graph.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IT_DIMS IPU_GRAPH_DIMS

/**
 * struct it_tensor - a tensor of PyTorch
 * @data: its first element
 * @dtype: enum ipu_dtype; IPU_I32 if it is @wide, IPU_U8 if it is @truth
 * @wide: it is int64
 * @truth: it is bool
 * @ndim: dimensions
 * @size: extents
 * @stride: in elements
 */
struct it_tensor {
	void *data;
	uint32_t dtype;
	bool wide;
	bool truth;
	uint32_t ndim;
	uint32_t size[IT_DIMS];
	int32_t stride[IT_DIMS];
};

/* ---- runtime.c: the cards -------------------------------------------------- */

#define IT_CARDS 16 /* more are not used */

/**
 * it_cards - how many there are; opens none
 *
 * Those that IPU_DEVICES names, separated by spaces; else the one that IPU_DEVICE names; else all that
 * have a device file.
 */
uint32_t it_cards(void);

/** it_current - the card that this thread uses where none is named, 0 at first */
uint32_t it_current(void);
void it_set_current(uint32_t card);

/** it_start - open a card and make its engine, unless that is done */
int it_start(uint32_t card);
bool it_is_started(uint32_t card);

/** it_is_forked - this is a child of the process that has started a card, and can use none */
bool it_is_forked(void);

/** it_watch - call @watch for each card that is started, or was; NULL for nobody */
void it_watch(void (*watch)(uint32_t card, struct ipu_engine *engine));

/** it_pool - a card's pool, or NULL with ipu_error() */
struct ipu_pool *it_pool(uint32_t card);

/** it_user_queue - are jobs to go by a user queue? From it_set_user_queue(), or IPU_TORCH_USER_QUEUE */
bool it_user_queue(void);

/** it_set_user_queue - whether they are, of cards that are started from now on */
void it_set_user_queue(bool wanted);

/** it_device - its device, or NULL */
struct ipu_device *it_device(uint32_t card);

/** it_engine - its engine, or NULL */
struct ipu_engine *it_engine(uint32_t card);

/** it_card_of - the card in whose memory @data is; IT_CARDS if it is in none's */
uint32_t it_card_of(const void *data);

/** it_wait - wait until all that was submitted is done; what failed of it is returned here */
int it_wait(uint32_t card);
int it_wait_all(void);

/** it_error - what the last function that failed in this thread says */
const char *it_error(void);

/* ---- job.c: what was made --------------------------------------------------- */

/** it_made - call @take for each operation that was made, with what is known of it */
void it_made(void (*take)(const struct ipu_executable_info *info, void *data), void *data);

/** it_mixed - what is said of tensors on two devices: PyTorch's words; this thread's, until the next one */
const char *it_mixed(const char *one, const char *other);

/* ---- fallbacks.c ---------------------------------------------------------- */

/** it_count_fallback - an operation ran on the CPU; prints a line about all when the program ends */
void it_count_fallback(const char *op);

/** it_fallback - number @i of those that ran on the CPU, and how often; NULL behind the last */
const char *it_fallback(unsigned int i, unsigned long *count);

/** it_forget_fallbacks - begin to count from 0 */
void it_forget_fallbacks(void);

/** it_strict - must everything run on the tiles? From it_set_strict(), or IPU_TORCH_STRICT */
bool it_strict(void);
void it_set_strict(bool strict);

/* ---- map.c: element by element -------------------------------------------- */

/**
 * struct it_map - an operation on each element
 * @name: of the operation of PyTorch
 * @op: enum ipu_map
 * @dtype: in which it is computed
 * @to: the result
 * @operand: of the same shape, with strides of 0 where they are broadcast; or NULL for @scalar
 * @operands: how many the operation takes
 * @scalar: for operands that are NULL
 * @alpha: of the operation
 * @beta: the same
 */
struct it_map {
	const char *name;
	uint32_t op;
	uint32_t dtype;
	const struct it_tensor *to;
	const struct it_tensor *operand[3];
	uint32_t operands;
	double scalar;
	double alpha;
	double beta;
};

int it_map(const struct it_map *map);
int it_copy(const struct it_tensor *to, const struct it_tensor *from);
int it_fill(const struct it_tensor *to, double value);
int it_arange(const struct it_tensor *to, double start, double step);

/** it_random - @kind: enum ipu_graph_random; @generator: seed and offset, four words */
int it_random(uint32_t kind, const struct it_tensor *to, const uint32_t *generator, double a,
	      double b);
int it_dropout(const struct it_tensor *to, const struct it_tensor *mask,
	       const struct it_tensor *from, const uint32_t *generator, double p);
int it_dropout_grad(const struct it_tensor *to, const struct it_tensor *grad,
		    const struct it_tensor *mask, double scale);

/* ---- chain.c: several operations on each element ------------------------------------ */

#define IT_CHAIN_INPUTS 4
#define IT_CHAIN_STEPS 48
#define IT_NUMBER 0xfffffffeu /* in place of an operand: the step's @scalar */
#define IT_NOTHING 0xffffffffu /* the operation has no such operand */

/**
 * struct it_step - an operation of a chain
 * @op: enum ipu_map
 * @operand: number of an input, or IT_CHAIN_INPUTS and the number of an earlier step; or see above
 * @scalar: the same for all operands that are IT_NUMBER
 * @alpha: of the operation
 * @beta: the same
 */
struct it_step {
	uint32_t op;
	uint32_t operand[3];
	double scalar;
	double alpha;
	double beta;
};

/**
 * struct it_chain - steps, of which the last one's results are the chain's
 * @name: of the operation of PyTorch
 * @dtype: in which numbers are computed: IPU_F32 or IPU_I32
 * @to: the result
 * @input: of the same shape, with strides of 0 where they are broadcast
 * @inputs: how many
 * @step: what is done
 * @steps: how many, 1 to IT_CHAIN_STEPS
 */
struct it_chain {
	const char *name;
	uint32_t dtype;
	const struct it_tensor *to;
	const struct it_tensor *input[IT_CHAIN_INPUTS];
	uint32_t inputs;
	const struct it_step *step;
	uint32_t steps;
};

int it_chain(const struct it_chain *chain);

/* ---- scan.c --------------------------------------------------------------------------- */

/** it_scan - element i of each row along @dim is @op, enum ipu_map, of elements 0 to i */
int it_scan(const char *name, uint32_t op, const struct it_tensor *to, const struct it_tensor *from,
	    uint32_t dim);

/* ---- rows.c: reductions, softmax, norms and losses ------------------------- */

/** it_reduce - @to has the dimensions that are kept, or all of them with an extent of 1 */
int it_reduce(const char *name, uint32_t op, const struct it_tensor *to,
	      const struct it_tensor *from, uint32_t dims, uint32_t as);

/**
 * it_variance - squared distances from the mean, summed and divided by their number less @correction
 * @root: its square root
 * @to: as it_reduce() has it
 * @mean: the same; or NULL
 */
int it_variance(bool root, const struct it_tensor *to, const struct it_tensor *mean,
		const struct it_tensor *from, uint32_t dims, double correction);

int it_softmax(bool log, const struct it_tensor *to, const struct it_tensor *from, uint32_t dim);
int it_softmax_grad(bool log, const struct it_tensor *to, const struct it_tensor *y,
		    const struct it_tensor *dy, uint32_t dim);

/** it_layer_norm - @x as [rows, columns] */
int it_layer_norm(const struct it_tensor *to, const struct it_tensor *mean,
		  const struct it_tensor *rstd, const struct it_tensor *x,
		  const struct it_tensor *gamma, const struct it_tensor *beta, double epsilon);
int it_layer_norm_grad(const struct it_tensor *dx, const struct it_tensor *dgamma,
		       const struct it_tensor *dbeta, const struct it_tensor *dy,
		       const struct it_tensor *x, const struct it_tensor *gamma,
		       const struct it_tensor *mean, const struct it_tensor *rstd);

/** struct it_batch_norm - tensors that are not there are NULL; channels are dimension 1 */
struct it_batch_norm {
	const struct it_tensor *to;
	const struct it_tensor *x;
	const struct it_tensor *gamma;
	const struct it_tensor *beta;
	const struct it_tensor *mean;
	const struct it_tensor *rstd;
	const struct it_tensor *running_mean;
	const struct it_tensor *running_var;
	const struct it_tensor *dy;
	const struct it_tensor *dgamma;
	const struct it_tensor *dbeta;
	double momentum;
	double epsilon;
};

int it_batch_norm(const struct it_batch_norm *norm, bool inference);
int it_batch_norm_grad(const struct it_batch_norm *norm);

int it_nll_loss(const struct it_tensor *loss, const struct it_tensor *total,
		const struct it_tensor *x, const struct it_tensor *labels, uint32_t reduction,
		int32_t ignore);
int it_nll_loss_grad(const struct it_tensor *dx, const struct it_tensor *dloss,
		     const struct it_tensor *total, const struct it_tensor *labels,
		     uint32_t reduction, int32_t ignore);
int it_mse(const struct it_tensor *loss, const struct it_tensor *a, const struct it_tensor *b,
	   uint32_t reduction);
int it_mse_grad(const struct it_tensor *da, const struct it_tensor *dloss,
		const struct it_tensor *a, const struct it_tensor *b, uint32_t reduction);

/* ---- products.c ------------------------------------------------------------ */

/** it_matmul - @to = @beta * @bias + @alpha * @a @b; without @bias if that is NULL */
int it_matmul(const char *name, const struct it_tensor *to, const struct it_tensor *a,
	      const struct it_tensor *b, const struct it_tensor *bias, double beta, double alpha);

/** struct it_conv - as struct ipu_graph_conv, with PyTorch's dimensions */
struct it_conv {
	uint32_t stride[2];
	uint32_t padding[2];
	uint32_t dilation[2];
	uint32_t groups;
};

int it_conv(const struct it_conv *conv, const struct it_tensor *y, const struct it_tensor *x,
	    const struct it_tensor *w, const struct it_tensor *bias);
int it_conv_input_grad(const struct it_conv *conv, const struct it_tensor *dx,
		       const struct it_tensor *dy, const struct it_tensor *w);
int it_conv_weight_grad(const struct it_conv *conv, const struct it_tensor *dw,
			const struct it_tensor *x, const struct it_tensor *dy);

/** struct it_pooling - as struct ipu_graph_pool; a gradient reads @y and @index, and writes @x */
struct it_pooling {
	bool mean;
	bool gradient;
	const struct it_tensor *x;
	const struct it_tensor *y;
	const struct it_tensor *index;
	uint32_t kernel[2];
	uint32_t stride[2];
	uint32_t padding[2];
	uint32_t dilation[2];
	bool include_padding;
};

int it_pool2d(const struct it_pooling *pooling);

/* ---- index.c ---------------------------------------------------------------- */

/** it_embedding - rows of @table by their numbers; @name: of the operation of PyTorch */
int it_embedding(const char *name, const struct it_tensor *to, const struct it_tensor *table,
		 const struct it_tensor *index);
int it_embedding_grad(const struct it_tensor *to, const struct it_tensor *from,
		      const struct it_tensor *index, int32_t skip);

/** it_scatter - rows of @to that @index names become those of @from; the last one, if it names one twice */
int it_scatter(const struct it_tensor *to, const struct it_tensor *from,
	       const struct it_tensor *index);

int it_take_along(const struct it_tensor *to, const struct it_tensor *from,
		  const struct it_tensor *index, uint32_t dim);

/** it_cat - put @parts tensors one after the other */
int it_cat(const struct it_tensor *to, const struct it_tensor *part, uint32_t parts, uint32_t dim);

/** it_place - @to is 0 but for @from, at @offset of @dim */
int it_place(const struct it_tensor *to, const struct it_tensor *from, uint32_t dim,
	     uint32_t offset);
int it_sort(const struct it_tensor *values, const struct it_tensor *indices,
	    const struct it_tensor *from, bool descending);

/* ---- lstm.c ------------------------------------------------------------------- */

/**
 * it_lstm_cell - hy, cy, what the gradient needs, gates of the input and of the state, cx, and two
 *	biases, or NULL: contiguous
 */
int it_lstm_cell(const struct it_tensor *const *t);

/** it_lstm_cell_grad - of gates, of cx; of hy and cy, one of them or NULL; cx, cy, and what it needs */
int it_lstm_cell_grad(const struct it_tensor *const *t);

/* ---- optim.c ----------------------------------------------------------------- */

/** struct it_optim - as struct ipu_graph_optim */
struct it_optim {
	struct ipu_graph_optim how;
	const struct it_tensor *param;
	const struct it_tensor *grad;
	const struct it_tensor *state[3];
	double rate;
	double step;
	const struct it_tensor *step_at; /* f32, one element: instead of @step */
};

int it_optim(const struct it_optim *optim);

#ifdef __cplusplus
}
#endif

#endif /* TORCH_IPU_OPS_H */
