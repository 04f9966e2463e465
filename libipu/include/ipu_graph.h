/* SPDX-License-Identifier: MIT */
/*
 * libipu: graphs of tensor operations that lie over any number of tiles.
 *
 * A graph says which operations there are, on which tensors. It is planned and given its place in
 * the tiles' memory once, for a number of tiles; then it is run as often as needed, with no
 * compiler and nothing to load: one resident program that comes with libipu makes the tables of
 * the operations from a script, and walks them.
 *
 *	struct ipu_pool *pool;
 *	struct ipu_engine *engine;
 *	struct ipu_graph *graph;
 *	struct ipu_executable *add;
 *	uint32_t x, y, z;
 *
 *	ipu_pool_create(dev, &pool);
 *	ipu_engine_create(pool, NULL, &engine);
 *	ipu_graph_create(&graph);
 *	x = ipu_graph_tensor(graph, "x", IPU_F32, 2, (uint32_t[]){ 64, 100 }, IPU_GRAPH_IN);
 *	y = ipu_graph_tensor(graph, "y", IPU_F32, 1, (uint32_t[]){ 100 }, IPU_GRAPH_IN);
 *	z = ipu_graph_tensor(graph, "z", IPU_F32, 2, (uint32_t[]){ 64, 100 }, IPU_GRAPH_OUT);
 *	ipu_graph_map(graph, &(struct ipu_graph_map){
 *		.op = IPU_MAP_ADD, .to = z, .operand = { x, y, IPU_NO_TENSOR },
 *		.given = IPU_NO_TENSOR });
 *	ipu_compile(engine, graph, NULL, &add);
 *	ipu_execute(add, (void *[]){ x_data, y_data, z_data });
 *	ipu_engine_wait(engine);
 *
 * Types and shapes are those of the tiles (<ipu/array.h>): up to 6 dimensions, row by row, and
 * fewer than 2^31 elements. What an operation computes, how exactly, and how it lies over the
 * tiles, the page of each says ("Operations" in the documentation).
 *
 * Errors while a graph is built are kept: ipu_graph_tensor() returns IPU_NO_TENSOR, other calls
 * an errno value, and ipu_compile() fails with the first of them. What only the tiles check, such
 * as shapes that do not fit together, fails in ipu_compile(), too, with the label of the
 * operation.
 *
 * Memory. A pool has memory that all engines of a device can use, where it is, without a copy.
 * What is elsewhere is copied.
 *
 * Threads. A graph belongs to one thread at a time. Pools, engines and executables may be used by
 * several; calls on engines of one pool wait for one another.
 */
#ifndef IPU_GRAPH_H
#define IPU_GRAPH_H

#include <ipu.h>
#include <ipu/op_numbers.h>
#include <ipu/plan.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IPU_NO_TENSOR 0xffffffffu /* in place of a tensor of a graph */
#define IPU_GRAPH_DIMS 6

struct ipu_graph;
struct ipu_pool;
struct ipu_engine;
struct ipu_executable;

/* ---- Building graphs ------------------------------------------------------ */

/** ipu_graph_create - begin a graph, empty; -ENOMEM */
int ipu_graph_create(struct ipu_graph **graph);

/** ipu_graph_destroy - what was compiled from it remains; NULL is allowed */
void ipu_graph_destroy(struct ipu_graph *graph);

/**
 * ipu_graph_label - name the operations that follow, for messages: a layer, or a source line
 * @label: copied; cut off behind 127 bytes
 */
void ipu_graph_label(struct ipu_graph *graph, const char *label);

/**
 * enum ipu_graph_role - what a tensor is for, to be combined
 * @IPU_GRAPH_IN: its elements are copied from the host's memory before each run
 * @IPU_GRAPH_OUT: they are copied to the host's memory after each run
 * @IPU_GRAPH_KEEP: with IPU_GRAPH_IN: they stay in the tiles' memory between runs. They are
 *	copied in before the first run, and when the address given has changed; and out, with
 *	IPU_GRAPH_OUT, by ipu_engine_flush(), or when another executable needs the memory
 * @IPU_GRAPH_COPIES: every tile has all elements
 * @IPU_GRAPH_WIDE: the host has int64, of which the tiles take the low 32 bits, and give those with
 *	their sign in the upper ones; of IPU_I32
 */
enum ipu_graph_role {
	IPU_GRAPH_IN = 1,
	IPU_GRAPH_OUT = 2,
	IPU_GRAPH_KEEP = 4,
	IPU_GRAPH_COPIES = 8,
	IPU_GRAPH_WIDE = 16,
};

/**
 * ipu_graph_tensor - add a tensor
 * @graph: the graph
 * @name: for messages; may be NULL
 * @dtype: enum ipu_dtype
 * @ndim: 0 to IPU_GRAPH_DIMS
 * @shape: that many extents
 * @role: of enum ipu_graph_role; 0 for one within the graph
 *
 * Return: its number: 0, 1 and so on; IPU_NO_TENSOR if it cannot be.
 */
uint32_t ipu_graph_tensor(struct ipu_graph *graph, const char *name, uint32_t dtype, uint32_t ndim,
			  const uint32_t *shape, uint32_t role);

/** ipu_graph_view - a tensor that is another one's elements, in their order, with another shape */
uint32_t ipu_graph_view(struct ipu_graph *graph, uint32_t of, uint32_t ndim, const uint32_t *shape);

/**
 * struct ipu_graph_map - an operation on each element, <ipu/op_map.h>
 * @op: enum ipu_map
 * @to: the result
 * @operand: as many as it takes, or IPU_NO_TENSOR for @scalar
 * @given: f32 (i32 for integers) of 3 elements with IPU_GRAPH_COPIES: the scalar, alpha and beta
 *	of each run; IPU_NO_TENSOR for those below
 * @scalar: bits of a float, or an integer
 * @alpha: the same
 * @beta: the same
 */
struct ipu_graph_map {
	uint32_t op;
	uint32_t to;
	uint32_t operand[3];
	uint32_t given;
	uint32_t scalar;
	uint32_t alpha;
	uint32_t beta;
};

int ipu_graph_map(struct ipu_graph *graph, const struct ipu_graph_map *map);

/** ipu_graph_copy - elements of a tensor by strides: counted in elements, from @offset on */
int ipu_graph_copy(struct ipu_graph *graph, uint32_t to, uint32_t from, uint32_t offset,
		   uint32_t ndim, const uint32_t *shape, const int32_t *stride);

/** ipu_graph_fill - set all elements to a number: bits of a float, or an integer */
int ipu_graph_fill(struct ipu_graph *graph, uint32_t to, uint32_t value);

/** ipu_graph_arange - element i is @start + i * @step, which are as @value above */
int ipu_graph_arange(struct ipu_graph *graph, uint32_t to, uint32_t start, uint32_t step);

/** ipu_graph_cast - to another type */
int ipu_graph_cast(struct ipu_graph *graph, uint32_t to, uint32_t from);

/**
 * enum ipu_graph_random - numbers of a distribution, <ipu/op_random.h>
 * @IPU_GRAPH_UNIFORM: from @a to below @b
 * @IPU_GRAPH_NORMAL: mean @a, standard deviation @b
 * @IPU_GRAPH_BERNOULLI: 1 with probability @a
 */
enum ipu_graph_random { IPU_GRAPH_UNIFORM, IPU_GRAPH_NORMAL, IPU_GRAPH_BERNOULLI };

/**
 * ipu_graph_random - fill a tensor with random numbers
 * @generator: u32 of 4 elements with IPU_GRAPH_COPIES: two words of seed, two of offset. The
 *	offset is incremented by each operation that uses it
 */
int ipu_graph_random(struct ipu_graph *graph, uint32_t kind, uint32_t to, uint32_t generator,
		     float a, float b);

/** ipu_graph_dropout - @mask is u8: what was kept */
int ipu_graph_dropout(struct ipu_graph *graph, uint32_t to, uint32_t mask, uint32_t from,
		      uint32_t generator, float p);

int ipu_graph_dropout_grad(struct ipu_graph *graph, uint32_t to, uint32_t grad, uint32_t mask,
			   float p);

/** ipu_graph_reduce - enum ipu_reduce over the dimensions whose bits are set in @dims */
int ipu_graph_reduce(struct ipu_graph *graph, uint32_t op, uint32_t to, uint32_t from,
		     uint32_t dims);

/** ipu_graph_softmax - over the last dimension; @scale and @queries are of softmax only */
int ipu_graph_softmax(struct ipu_graph *graph, bool log, uint32_t to, uint32_t from, float scale,
		      uint32_t queries);

int ipu_graph_softmax_grad(struct ipu_graph *graph, bool log, uint32_t to, uint32_t y, uint32_t dy,
			   float scale, uint32_t queries);

/**
 * struct ipu_graph_norm - layer norm or batch norm, <ipu/op_rows.h>
 * @batch: it is batch norm, with channels last
 * @gradient: compute dx, dgamma and dbeta
 * @inference: of batch norm: apply the mean, and the variance in @rstd
 * @to: the result, or dx
 *
 * The others as ipu_make_layer_norm(), ipu_make_batch_norm() and their gradients have them, or
 * IPU_NO_TENSOR.
 */
struct ipu_graph_norm {
	bool batch;
	bool gradient;
	bool inference;
	uint32_t to;
	uint32_t x;
	uint32_t gamma;
	uint32_t beta;
	uint32_t mean;
	uint32_t rstd;
	uint32_t running_mean;
	uint32_t running_var;
	uint32_t dy;
	uint32_t dgamma;
	uint32_t dbeta;
	float momentum;
	float epsilon;
};

int ipu_graph_norm(struct ipu_graph *graph, const struct ipu_graph_norm *norm);

/**
 * struct ipu_graph_lstm - a step of an LSTM
 * @row: where the step's rows begin, in @out and @x
 * @out: or IPU_NO_TENSOR
 *
 * All as struct ipu_lstm_args has them.
 */
struct ipu_graph_lstm {
	uint32_t row;
	uint32_t hy;
	uint32_t cy;
	uint32_t gates;
	uint32_t out;
	uint32_t x;
	uint32_t h;
	uint32_t cx;
};

int ipu_graph_lstm(struct ipu_graph *graph, const struct ipu_graph_lstm *lstm);

/**
 * struct ipu_graph_lstm_grad - the gradient of a step of an LSTM
 * @row: where the step's rows begin, in @all and @dout
 * @all: or IPU_NO_TENSOR, as may be
 * @dhy: and
 * @dcy:
 *
 * All as struct ipu_lstm_grad_args has them.
 */
struct ipu_graph_lstm_grad {
	uint32_t row;
	uint32_t dgates;
	uint32_t all;
	uint32_t dcx;
	uint32_t dout;
	uint32_t dhy;
	uint32_t dcy;
	uint32_t gates;
	uint32_t cx;
	uint32_t cy;
};

int ipu_graph_lstm_grad(struct ipu_graph *graph, const struct ipu_graph_lstm_grad *lstm);

/**
 * struct ipu_graph_loss - cross entropy, or negative log likelihood
 * @nll: of what is log softmax already
 * @gradient: compute dx from the gradient of the loss
 * @reduction: enum ipu_loss
 * @ignore: label of rows without a loss
 * @loss: the loss, or its gradient
 * @total: f32, []: rows that count; made by the one, used by the other
 * @x: logits, or log softmax; IPU_NO_TENSOR for the gradient of nll
 * @labels: i32
 * @dx: with @gradient
 */
struct ipu_graph_loss {
	bool nll;
	bool gradient;
	uint32_t reduction;
	int32_t ignore;
	uint32_t loss;
	uint32_t total;
	uint32_t x;
	uint32_t labels;
	uint32_t dx;
};

int ipu_graph_loss(struct ipu_graph *graph, const struct ipu_graph_loss *loss);

int ipu_graph_mse(struct ipu_graph *graph, uint32_t reduction, uint32_t loss, uint32_t a,
		  uint32_t b);

int ipu_graph_mse_grad(struct ipu_graph *graph, uint32_t reduction, uint32_t dloss, uint32_t a,
		       uint32_t b, uint32_t da);

/** ipu_graph_matmul - @flags: IPU_TRANS_A, IPU_TRANS_B, IPU_ACCUMULATE of <ipu/plan.h> */
int ipu_graph_matmul(struct ipu_graph *graph, uint32_t to, uint32_t a, uint32_t b, uint32_t flags);

/**
 * struct ipu_graph_conv - a two-dimensional convolution, <ipu/op_conv.h>: channels last, weights
 *	[kernel height, kernel width, input channels of a group, output channels]
 * @pass: enum ipu_conv_pass: 0 forward, 1 gradient of the input, 2 gradient of the weights
 * @to: y; dx; dw
 * @a: x; dy; x
 * @b: w; w; dy
 * @bias: of the forward pass, or IPU_NO_TENSOR
 * @stride: of rows, and of positions in a row; the following, too
 * @padding: zeros on each side
 * @dilation: 1 or more
 * @groups: 1 or more
 */
struct ipu_graph_conv {
	uint32_t pass;
	uint32_t to;
	uint32_t a;
	uint32_t b;
	uint32_t bias;
	uint32_t stride[2];
	uint32_t padding[2];
	uint32_t dilation[2];
	uint32_t groups;
};

int ipu_graph_conv2d(struct ipu_graph *graph, const struct ipu_graph_conv *conv);

/**
 * struct ipu_graph_pool - pooling in two dimensions, channels last, <ipu/op_pool.h>
 * @mean: instead of the largest
 * @gradient: of the input, from that of the result
 * @x: the input, or its gradient
 * @y: the result, or its gradient
 * @index: i32: where the largest are, made by the one, used by the other; or IPU_NO_TENSOR
 * @kernel: extent of the window
 * @stride: 1 or more
 * @padding: on each side
 * @dilation: 1 or more
 * @include_padding: of the mean
 */
struct ipu_graph_pool {
	bool mean;
	bool gradient;
	uint32_t x;
	uint32_t y;
	uint32_t index;
	uint32_t kernel[2];
	uint32_t stride[2];
	uint32_t padding[2];
	uint32_t dilation[2];
	bool include_padding;
};

int ipu_graph_pool2d(struct ipu_graph *graph, const struct ipu_graph_pool *pool);

/** ipu_graph_embedding - rows of a table by their numbers, i32 */
int ipu_graph_embedding(struct ipu_graph *graph, uint32_t to, uint32_t table, uint32_t index);

/** ipu_graph_scatter_add - add rows to those that @index names, but for the index @skip */
int ipu_graph_scatter_add(struct ipu_graph *graph, uint32_t to, uint32_t from, uint32_t index,
			  int32_t skip);

/** ipu_graph_scatter - put rows where @index says; of several for one place, the last */
int ipu_graph_scatter(struct ipu_graph *graph, uint32_t to, uint32_t from, uint32_t index);

/** ipu_graph_take_along - torch.gather */
int ipu_graph_take_along(struct ipu_graph *graph, uint32_t to, uint32_t from, uint32_t index,
			 uint32_t dim);

/** ipu_graph_place - put @from into @to, at @offset of dimension @dim; the rest stays */
int ipu_graph_place(struct ipu_graph *graph, uint32_t to, uint32_t from, uint32_t dim,
		    uint32_t offset);

/** ipu_graph_sort - the first elements of each row in order; @indices may be IPU_NO_TENSOR */
int ipu_graph_sort(struct ipu_graph *graph, uint32_t values, uint32_t indices, uint32_t from,
		   bool descending);

/** enum ipu_graph_optimiser - <ipu/op_optim.h> */
enum ipu_graph_optimiser { IPU_GRAPH_SGD, IPU_GRAPH_ADAM, IPU_GRAPH_ADADELTA, IPU_GRAPH_RMSPROP };

/**
 * struct ipu_graph_optim - a step of an optimiser for one parameter
 * @kind: enum ipu_graph_optimiser
 * @param: in and out
 * @grad: its gradient
 * @state: momentum; mean, square and, for AMSGrad, the largest; square and change; square, mean
 *	and momentum; IPU_NO_TENSOR for what there is not
 * @rate: f32, []
 * @step: f32, []: number of the step, from 1 on; or IPU_NO_TENSOR
 * @weight_decay: often 0
 * @momentum: of SGD and RMSprop
 * @dampening: of SGD
 * @epsilon: of all others
 * @keep: beta1; rho; alpha
 * @keep2: beta2
 * @flag: nesterov; decoupled (AdamW); centered
 */
struct ipu_graph_optim {
	uint32_t kind;
	uint32_t param;
	uint32_t grad;
	uint32_t state[3];
	uint32_t rate;
	uint32_t step;
	float weight_decay;
	float momentum;
	float dampening;
	float epsilon;
	float keep;
	float keep2;
	bool flag;
};

int ipu_graph_optim(struct ipu_graph *graph, const struct ipu_graph_optim *optim);

/* ---- Memory --------------------------------------------------------------- */

/** ipu_pool_create - memory for the engines of a device; destroy it after the last of them */
int ipu_pool_create(struct ipu_device *dev, struct ipu_pool **pool);

/** ipu_pool_destroy - NULL is allowed */
void ipu_pool_destroy(struct ipu_pool *pool);

/**
 * ipu_pool_alloc - memory that the card can use
 * @bytes: 0 or more; aligned to 64 bytes
 *
 * Not initialised. Return: the memory; NULL when there is no more.
 */
void *ipu_pool_alloc(struct ipu_pool *pool, size_t bytes);

/**
 * ipu_pool_free - give it back; NULL is allowed
 *
 * Jobs that use it need not have ended: what has it next comes after them, if it is a job of the
 * same pool. The host writes into memory that it gets only after ipu_pool_wait().
 */
void ipu_pool_free(struct ipu_pool *pool, void *data);

/** ipu_pool_has - is @data in memory of the pool? */
bool ipu_pool_has(struct ipu_pool *pool, const void *data);

/** ipu_pool_wait - ipu_engine_wait() for the engine that was used last */
int ipu_pool_wait(struct ipu_pool *pool);

/**
 * struct ipu_pool_usage - how much of a pool is in use
 * @size: sizeof(struct ipu_pool_usage)
 * @allocated: bytes
 * @most: the most so far
 * @reserved: bytes of the buffers that there are
 */
struct ipu_pool_usage {
	size_t size;
	uint64_t allocated;
	uint64_t most;
	uint64_t reserved;
};

int ipu_pool_get_usage(struct ipu_pool *pool, struct ipu_pool_usage *usage);

/* ---- Engines -------------------------------------------------------------- */

/**
 * struct ipu_engine_options - what an engine has
 * @size: sizeof(struct ipu_engine_options)
 * @tiles: 0 takes every tile of the card
 * @cycles: plan for the least card cycles, instead of the least time of the host that emulates it
 * @watchdog_ms: host time that one run may take; 0 takes 60,000
 * @flags: of its context: IPU_CONTEXT_USER_QUEUE, or 0
 */
struct ipu_engine_options {
	size_t size;
	uint32_t tiles;
	bool cycles;
	uint32_t watchdog_ms;
	uint64_t flags;
};

/** ipu_engine_create - a context with the resident program; fails as ipu_load() does */
int ipu_engine_create(struct ipu_pool *pool, const struct ipu_engine_options *options,
		      struct ipu_engine **engine);

/** ipu_engine_destroy - with its executables; what they keep is flushed; NULL is allowed */
void ipu_engine_destroy(struct ipu_engine *engine);

/** ipu_engine_tiles - its tiles */
uint32_t ipu_engine_tiles(const struct ipu_engine *engine);

/**
 * ipu_engine_context - its context, whose runs can be profiled with ipu_profile.h
 *
 * Those calls come when no run is under way, after ipu_engine_wait(); nothing else may be done with
 * it. After ipu_engine_wait() has returned an error it is another one. Return: the context; NULL if
 * the engine cannot be used any more.
 */
struct ipu_context *ipu_engine_context(const struct ipu_engine *engine);

/**
 * ipu_engine_get_submission - how its jobs get to the card, as ipu_get_submission()
 *
 * Counts begin anew after a failure. By any thread: it waits while another one waits for a run of
 * the pool. Return: 0; -EINVAL for a wrong size; -EPERM in a child of
 * fork(); -EIO if the engine cannot be used any more.
 */
int ipu_engine_get_submission(struct ipu_engine *engine, struct ipu_submission *submission);

/**
 * ipu_engine_wait - wait until all that was executed is done
 *
 * Return: 0; if any of it has failed, what it failed with, and ipu_error() says what and where.
 * The results of what came after it are not to be trusted either; the engine can be used again.
 */
int ipu_engine_wait(struct ipu_engine *engine);

/**
 * ipu_engine_flush - bring what executables keep on the tiles to the host's memory, and wait
 * @forget: it is not on the tiles any more: for who is going to write to that memory
 */
int ipu_engine_flush(struct ipu_engine *engine, bool forget);

/**
 * enum ipu_run_moment - what an observer is told
 * @IPU_RUN_SUBMITTED: a run was submitted
 * @IPU_RUN_OP: how long one of its operations took; before it ends, if it is profiled
 * @IPU_RUN_ENDED: it has ended, and not failed
 */
enum ipu_run_moment { IPU_RUN_SUBMITTED, IPU_RUN_OP, IPU_RUN_ENDED };

/**
 * struct ipu_run_event - what an observer is told
 * @size: sizeof(struct ipu_run_event)
 * @moment: enum ipu_run_moment
 * @tiles: that it uses
 * @number: of the run, among all of its engine; they end in the order of their numbers
 * @name: of the executable, or of the operation; until the observer returns
 * @label: of the operation, or ""; likewise
 * @cycles: of the card, in the run or in the operation; 0 when it was submitted
 */
struct ipu_run_event {
	size_t size;
	uint32_t moment;
	uint32_t tiles;
	uint64_t number;
	const char *name;
	const char *label;
	uint64_t cycles;
};

/*
 * Is told of runs, by the threads that submit them and that wait for them. It must not call functions
 * of the engine, its pool, or its executables. A run that fails does not end, nor do those after
 * it that were submitted before somebody waited.
 */
typedef void (*ipu_run_observer)(const struct ipu_run_event *event, void *data);

/** ipu_engine_observe - tell @observer of runs from now on; NULL for nobody */
void ipu_engine_observe(struct ipu_engine *engine, ipu_run_observer observer, void *data);

/**
 * ipu_engine_smallest - tiles that a graph needs at least, for its tensors
 * @graph: the graph
 * @room: bytes of a tile's memory that they may take; 0 for as many as there can be
 *
 * Return: from 1 on; more than ipu_engine_tiles() if it does not fit.
 */
uint32_t ipu_engine_smallest(const struct ipu_engine *engine, const struct ipu_graph *graph,
			     uint32_t room);

/**
 * struct ipu_compile_options - how a graph is compiled
 * @size: sizeof(struct ipu_compile_options)
 * @name: for messages and profiles; copied; may be NULL
 * @tiles: to use, 0 for all of the engine
 * @profile: note how long each operation takes, see ipu_executable_get_op(); runs then wait for
 *	each other
 */
struct ipu_compile_options {
	size_t size;
	const char *name;
	uint32_t tiles;
	bool profile;
};

/**
 * ipu_compile - plan a graph, give it its place, and make it on the tiles
 * @engine: where
 * @graph: what; it can be destroyed
 * @options: NULL for the defaults
 * @exe: out: destroy it with ipu_executable_destroy(), before the engine
 *
 * Return: 0; -EINVAL for what was wrong with the graph; -ENOSPC when it does not fit into the
 * tiles' memory: ipu_error() names the operation, the largest tensors, and what would help; -E2BIG
 * when the host has more tensors than one job can bring; -EIO
 * when the tiles refused an operation, with their message; -ENOMEM; -ENODEV.
 */
int ipu_compile(struct ipu_engine *engine, const struct ipu_graph *graph,
		const struct ipu_compile_options *options, struct ipu_executable **exe);

/** ipu_executable_destroy - NULL is allowed */
void ipu_executable_destroy(struct ipu_executable *exe);

/** ipu_executable_save - write it to a file, for ipu_executable_load() */
int ipu_executable_save(const struct ipu_executable *exe, const char *path);

/**
 * ipu_executable_load - read what ipu_executable_save() wrote
 *
 * Return: as ipu_compile(); -ENOEXEC for a file that is not one, or was made by another version
 * of libipu; -ENOSPC also if the engine has fewer tiles than it was compiled for.
 */
int ipu_executable_load(struct ipu_engine *engine, const char *path, struct ipu_executable **exe);

/**
 * ipu_execute - run
 * @exe: what
 * @data: for each tensor with IPU_GRAPH_IN or IPU_GRAPH_OUT, in the order in which they were
 *	added, its elements in the host's memory
 *
 * It returns when the run is submitted, unless an output is outside of the pool. Runs come one
 * after the other in the order of submission; ipu_engine_wait() says when they are done. Memory
 * outside of the pool that is only read can be reused at once.
 *
 * Return: 0; -EIO when the card is lost; -ENOMEM; -ENODEV.
 */
int ipu_execute(struct ipu_executable *exe, void *const *data);

/**
 * ipu_execute_steps - run several times, with other data each time, as one submission
 * @exe: what
 * @steps: how often, 1 or more
 * @data: as with ipu_execute(), of the first time
 * @stride: for each of them, bytes from one time to the next; 0 for the same memory
 *
 * While the card runs, the host can prepare what comes next. What is kept on the tiles has a stride
 * of 0. Return: as ipu_execute(); -EINVAL.
 */
int ipu_execute_steps(struct ipu_executable *exe, uint32_t steps, void *const *data,
		      const size_t *stride);

/**
 * struct ipu_executable_info - what is known of an executable
 * @size: sizeof(struct ipu_executable_info)
 * @name: as given
 * @tiles: that it uses
 * @tensor_bytes: of a tile's memory
 * @table_bytes: of the fullest tile
 * @runs: that have ended
 * @cycles: of the card, in all of them
 * @operations: as they are run
 * @chains: how many of them are chains of the graph's, see Documentation/graph.rst
 */
struct ipu_executable_info {
	size_t size;
	char name[128];
	uint32_t tiles;
	uint32_t tensor_bytes;
	uint32_t table_bytes;
	uint64_t runs;
	uint64_t cycles;
	uint32_t operations;
	uint32_t chains;
};

int ipu_executable_get_info(struct ipu_executable *exe, struct ipu_executable_info *info);

/**
 * struct ipu_executable_op - an operation of an executable
 * @size: sizeof(struct ipu_executable_op)
 * @name: "matmul" and so on
 * @label: that it has from ipu_graph_label(), or ""
 * @cycles: of the card, in all runs that have ended, if they are profiled; as tile 0 saw it
 */
struct ipu_executable_op {
	size_t size;
	char name[32];
	char label[128];
	uint64_t cycles;
};

/** ipu_executable_get_op - describe operation @index, in their order; -EINVAL if there are fewer */
int ipu_executable_get_op(struct ipu_executable *exe, uint32_t index, struct ipu_executable_op *op);

#ifdef __cplusplus
}
#endif

#endif /* IPU_GRAPH_H */
