/* SPDX-License-Identifier: MIT */
/*
 * Optimisers, <ipu/op_optim.h>: one loop, which calls what computes the new parameter from the
 * old one and its gradient, in vector registers.
 */
#include "elements.h"
#include "share.h"

typedef vfloat32m4_t vector;

/**
 * struct optim - this tile's part of an operation
 * @param: the parameter
 * @grad: its gradient
 * @state: what is kept from step to step
 * @count: elements
 * @load: of the parameter's type
 * @store: of the same
 * @load_grad: of the gradient's
 * @numbers: where the learning rate and the number of the step are
 * @decay: weight decay that is added to the gradient
 * @shrink: weight decay that is not
 * @epsilon: as in PyTorch
 * @momentum: the same
 * @dampened: 1 - dampening
 * @nesterov: look ahead
 * @keep: how much of each running mean is kept
 * @rest: 1 - @keep
 * @log: logarithm of @keep
 * @rate: learning rate, in this step, with the bias correction
 * @root: bias correction of a root, in this step
 * @old: what the parameter is multiplied by, or how much of the buffer is kept, in this step
 * @new: how much of the gradient goes into the buffer, in this step
 * @update: computes parameters
 */
struct optim {
	void *param;
	const void *grad;
	float *state[3];
	uint32_t count;
	element_load *load;
	element_store *store;
	element_load *load_grad;
	const void *numbers[2];
	float decay;
	float shrink;
	float epsilon;
	float momentum;
	float dampened;
	bool nesterov;
	float keep[2];
	float rest[2];
	float log[2];
	float rate;
	float root;
	float old;
	float new;
	vector (*update)(vector p, vector g, const struct optim *o, uint32_t at, size_t vl);
};

/* ---- Updates ---------------------------------------------------------------------- */

static inline vector state(const struct optim *o, uint32_t which, uint32_t at, size_t vl)
{
	return __riscv_vle32_v_f32m4(o->state[which] + at, vl);
}

static inline void set_state(const struct optim *o, uint32_t which, uint32_t at, vector value,
			     size_t vl)
{
	__riscv_vse32(o->state[which] + at, value, vl);
}

/* keep * old + rest * x * x, kept. */
static inline vector mean_square(const struct optim *o, uint32_t which, uint32_t at, vector x,
				 uint32_t mean, size_t vl)
{
	const vector old = __riscv_vfmul(state(o, which, at, vl), o->keep[mean], vl);
	const vector result = __riscv_vfmacc(old, o->rest[mean], __riscv_vfmul(x, x, vl), vl);

	set_state(o, which, at, result, vl);
	return result;
}

/* old + rest * (x - old), kept. */
static inline vector mean(const struct optim *o, uint32_t which, uint32_t at, vector x, size_t vl)
{
	const vector old = state(o, which, at, vl);
	const vector result = __riscv_vfmacc(old, o->rest[0], __riscv_vfsub(x, old, vl), vl);

	set_state(o, which, at, result, vl);
	return result;
}

/* old * buffer + new * x, kept. */
static inline vector buffered(const struct optim *o, uint32_t which, uint32_t at, vector x,
			      size_t vl)
{
	const vector old = __riscv_vfmul(state(o, which, at, vl), o->old, vl);
	const vector result = __riscv_vfmacc(old, o->new, x, vl);

	set_state(o, which, at, result, vl);
	return result;
}

static vector sgd(vector p, vector g, const struct optim *o, uint32_t at, size_t vl)
{
	if (o->state[0]) {
		const vector buffer = buffered(o, 0, at, g, vl);

		g = o->nesterov ? __riscv_vfmacc(g, o->momentum, buffer, vl) : buffer;
	}
	return __riscv_vfnmsac(p, o->rate, g, vl);
}

static vector adam(vector p, vector g, const struct optim *o, uint32_t at, size_t vl)
{
	const vector m = mean(o, 0, at, g, vl);
	vector v = mean_square(o, 1, at, g, 1, vl), change;

	if (o->state[2]) {
		v = __riscv_vfmax(v, state(o, 2, at, vl), vl);
		set_state(o, 2, at, v, vl);
	}
	change = __riscv_vfmul(__riscv_vfsqrt(v, vl), o->root, vl);
	change = __riscv_vfdiv(m, __riscv_vfadd(change, o->epsilon, vl), vl);
	if (o->shrink != 0)
		p = __riscv_vfmul(p, o->old, vl);
	return __riscv_vfnmsac(p, o->rate, change, vl);
}

static vector adadelta(vector p, vector g, const struct optim *o, uint32_t at, size_t vl)
{
	const vector square = mean_square(o, 0, at, g, 0, vl);
	const vector last = __riscv_vfadd(state(o, 1, at, vl), o->epsilon, vl);
	const vector ratio =
		__riscv_vfdiv(__riscv_vfsqrt(last, vl),
			      __riscv_vfsqrt(__riscv_vfadd(square, o->epsilon, vl), vl), vl);
	const vector change = __riscv_vfmul(ratio, g, vl);

	mean_square(o, 1, at, change, 0, vl);
	return __riscv_vfnmsac(p, o->rate, change, vl);
}

static vector rmsprop(vector p, vector g, const struct optim *o, uint32_t at, size_t vl)
{
	vector square = mean_square(o, 0, at, g, 0, vl), change;

	if (o->state[1]) {
		const vector m = mean(o, 1, at, g, vl);

		/* The variance; rounding must not make it negative. */
		square = __riscv_vfmax(__riscv_vfnmsac(square, m, m, vl), 0.0f, vl);
	}
	change = __riscv_vfdiv(g, __riscv_vfadd(__riscv_vfsqrt(square, vl), o->epsilon, vl), vl);
	if (o->state[2])
		change = buffered(o, 2, at, change, vl);
	return __riscv_vfnmsac(p, o->rate, change, vl);
}

static void optim_share(void *args)
{
	const struct optim *o = args;
	const struct ipu_range share = share_of(o->count);

	for (uint32_t vl, at = share.begin; at < share.end; at += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(share.end - at);
		const vector p = o->load(o->param, at, vl);
		vector g = o->load_grad(o->grad, at, vl);

		if (o->decay != 0)
			g = __riscv_vfmacc(g, o->decay, p, vl);
		o->store(o->param, at, o->update(p, g, o, at, vl), vl);
	}
}

/* ---- Before each step --------------------------------------------------------------- */

static float number(const struct optim *o, uint32_t which)
{
	return *(const float *)o->numbers[which];
}

/* log(1 - x), also for small x: see map_log1p(). */
static float log_of_rest(float x)
{
	const float u = 1 - x, d = u - 1;

	return d == 0 ? -x : ipu_log(u) * (-x / d);
}

/* 1 - exp(x), also for small x: see map_expm1(). */
static float one_minus_exp(float x)
{
	const float u = ipu_exp(x), d = u - 1;

	if (d == 0)
		return -x;
	return x < -40 ? 1 : -d * (x / ipu_log(u));
}

static void prepare_plain(void *args)
{
	struct optim *o = args;
	const bool first = o->numbers[1] && number(o, 1) == 1;

	o->rate = number(o, 0);
	o->old = first ? 0 : o->momentum;
	o->new = first ? 1 : o->dampened;
}

static void prepare_adam(void *args)
{
	struct optim *o = args;
	const float rate = number(o, 0), step = number(o, 1);

	o->rate = rate / one_minus_exp(step * o->log[0]);
	o->root = ipu_rsqrt(one_minus_exp(step * o->log[1]));
	o->old = 1 - rate * o->shrink;
}

/* ---- Making ----------------------------------------------------------------------- */

static void check_float(struct ipu_ops *ops, const char *what, const struct ipu_array *array)
{
	if (!element_is_float(array->dtype))
		ipu_ops_refuse(ops, "%s is %s, and not f32, f16 or bfloat16", what,
			       element_name(array->dtype));
}

static void check_number(struct ipu_ops *ops, const char *what, const struct ipu_array *array)
{
	if (array->dtype != IPU_F32 || array->count != 1)
		ipu_ops_refuse(ops, "%s has %lu elements of %s, and not one f32", what,
			       (unsigned long)array->count, element_name(array->dtype));
}

/* Begin one: the parameter, its gradient, the learning rate and, if it is needed, the step. */
static struct optim *begin(struct ipu_ops *ops, const struct ipu_array *param,
			   const struct ipu_array *grad, const struct ipu_array *rate,
			   const struct ipu_array *step)
{
	const struct ipu_array *const numbers[] = { rate, step };
	const struct ipu_range own = ipu_array_own(param);
	struct optim *o = ipu_ops_keep(ops, sizeof(*o));

	check_float(ops, "the parameter", param);
	check_float(ops, "the gradient", grad);
	check_number(ops, "the learning rate", rate);
	if (step)
		check_number(ops, "the step", step);
	*o = (struct optim){
		.param = param->data,
		.grad = ipu_operand(ops, grad, param),
		.count = own.end - own.begin,
		.load = element_load_of(param->dtype),
		.store = element_store_of(param->dtype),
		.load_grad = element_load_of(grad->dtype),
	};
	ipu_operand_numbers(ops, step ? 2 : 1, numbers, o->numbers);
	return o;
}

static float *state_of(struct ipu_ops *ops, const struct ipu_array *param,
		       const struct ipu_array *array)
{
	if (array->dtype != IPU_F32 || array->count != param->count || array->chunk != param->chunk)
		ipu_ops_refuse(ops,
			       "a state has %lu elements of %s, %lu on a tile, where the parameter "
			       "needs %lu of f32, %lu on a tile",
			       (unsigned long)array->count, element_name(array->dtype),
			       (unsigned long)array->chunk, (unsigned long)param->count,
			       (unsigned long)param->chunk);
	return array->data;
}

/* Constants of a running mean, exact though 1 - keep is small. */
static void set_mean(struct ipu_ops *ops, struct optim *o, uint32_t which, double keep)
{
	if (!(keep >= 0 && keep < 1))
		ipu_ops_refuse(ops, "how much of a mean is kept has to be from 0 to below 1");
	o->keep[which] = (float)keep;
	o->rest[which] = (float)(1 - keep);
	o->log[which] = log_of_rest(o->rest[which]);
}

static void finish(struct ipu_ops *ops, struct optim *o, void (*prepare)(void *args))
{
	if (o->count)
		ipu_add_work(ops, optim_share, o)->prepare = prepare;
}

void ipu_make_sgd(struct ipu_ops *ops, const struct ipu_sgd_args *args)
{
	struct optim *o;

	ipu_ops_begin(ops, "sgd");
	if (args->dampening != 0 && !args->step)
		ipu_ops_refuse(ops, "dampening needs the number of the step");
	if (args->nesterov && (args->momentum == 0 || args->dampening != 0))
		ipu_ops_refuse(ops, "nesterov needs a momentum, and no dampening");
	o = begin(ops, args->param, args->grad, args->rate, args->step);
	if (args->momentum != 0)
		o->state[0] = state_of(ops, args->param, args->buffer);
	o->decay = args->weight_decay;
	o->momentum = args->momentum;
	o->dampened = 1 - args->dampening;
	o->nesterov = args->nesterov;
	o->update = sgd;
	finish(ops, o, prepare_plain);
}

void ipu_make_adam(struct ipu_ops *ops, const struct ipu_adam_args *args)
{
	struct optim *o;

	ipu_ops_begin(ops, args->decoupled ? "adamw" : "adam");
	if (!args->step)
		ipu_ops_refuse(ops, "it needs the number of the step");
	o = begin(ops, args->param, args->grad, args->rate, args->step);
	o->state[0] = state_of(ops, args->param, args->mean);
	o->state[1] = state_of(ops, args->param, args->square);
	if (args->largest)
		o->state[2] = state_of(ops, args->param, args->largest);
	set_mean(ops, o, 0, args->beta1);
	set_mean(ops, o, 1, args->beta2);
	o->epsilon = args->epsilon;
	o->decay = args->decoupled ? 0 : args->weight_decay;
	o->shrink = args->decoupled ? args->weight_decay : 0;
	o->update = adam;
	finish(ops, o, prepare_adam);
}

void ipu_make_adadelta(struct ipu_ops *ops, const struct ipu_adadelta_args *args)
{
	struct optim *o;

	ipu_ops_begin(ops, "adadelta");
	o = begin(ops, args->param, args->grad, args->rate, NULL);
	o->state[0] = state_of(ops, args->param, args->square);
	o->state[1] = state_of(ops, args->param, args->change);
	set_mean(ops, o, 0, args->rho);
	o->epsilon = args->epsilon;
	o->decay = args->weight_decay;
	o->update = adadelta;
	finish(ops, o, prepare_plain);
}

void ipu_make_rmsprop(struct ipu_ops *ops, const struct ipu_rmsprop_args *args)
{
	struct optim *o;

	ipu_ops_begin(ops, "rmsprop");
	o = begin(ops, args->param, args->grad, args->rate, NULL);
	o->state[0] = state_of(ops, args->param, args->square);
	if (args->mean)
		o->state[1] = state_of(ops, args->param, args->mean);
	if (args->momentum != 0)
		o->state[2] = state_of(ops, args->param, args->buffer);
	set_mean(ops, o, 0, args->alpha);
	o->epsilon = args->epsilon;
	o->decay = args->weight_decay;
	o->momentum = args->momentum;
	o->dampened = 1;
	o->update = rmsprop;
	finish(ops, o, prepare_plain);
}
