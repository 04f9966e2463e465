// SPDX-License-Identifier: MIT
/* Optimisers: a few steps, with the same gradient, against PyTorch's formulas in double. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <ipu/op_numbers.h>

#include "families.h"
#include "shapes.h"

#define STEPS 3

/* The constants of a case, as the tiles have them. */
struct constants {
	double rate, decay, momentum, dampening, epsilon, keep, keep2;
	bool flag;
	bool largest;
};

/*
 * One element: the parameter, what is kept, and how far off each may be; and the gradient with the
 * weight decay, as a part of itself: where these cancel each other it is large.
 */
struct element {
	double param, grad, state[3], off[3], moved, unsure;
};

static double lerp(double a, double b, double part)
{
	return a + part * (b - a);
}

/* What a state is, and that it may be off by 4 ulp of the greatest of its terms. */
static void keep(struct element *e, uint32_t which, double old, double new)
{
	const double most = fmax(fabs(old), fabs(new));

	e->state[which] = old + new;
	e->off[which] += 4 * 0x1p-23 * most;
}

static double sgd(struct element *e, const struct constants *c, double g, uint32_t step)
{
	const double new = step == 1 ? g : (1 - c->dampening) * g;

	if (c->momentum == 0)
		return c->rate * g;
	keep(e, 0, step == 1 ? 0 : c->momentum * e->state[0], new);
	return c->rate * (c->flag ? g + c->momentum * e->state[0] : e->state[0]);
}

static double adam(struct element *e, const struct constants *c, double g, uint32_t step)
{
	const double fix1 = 1 - pow(c->keep, step), fix2 = 1 - pow(c->keep2, step);

	keep(e, 0, e->state[0], (1 - c->keep) * (g - e->state[0]));
	keep(e, 1, c->keep2 * e->state[1], (1 - c->keep2) * g * g);
	if (!c->largest)
		return c->rate / fix1 * e->state[0] / (sqrt(e->state[1]) / sqrt(fix2) + c->epsilon);
	e->state[2] = fmax(e->state[2], e->state[1]);
	e->off[2] = fmax(e->off[2], e->off[1]);
	return c->rate / fix1 * e->state[0] / (sqrt(e->state[2]) / sqrt(fix2) + c->epsilon);
}

static double adadelta(struct element *e, const struct constants *c, double g)
{
	double change;

	keep(e, 0, c->keep * e->state[0], (1 - c->keep) * g * g);
	change = sqrt(e->state[1] + c->epsilon) / sqrt(e->state[0] + c->epsilon) * g;
	keep(e, 1, c->keep * e->state[1], (1 - c->keep) * change * change);
	return c->rate * change;
}

static double rmsprop(struct element *e, const struct constants *c, double g)
{
	double square, change;

	keep(e, 0, c->keep * e->state[0], (1 - c->keep) * g * g);
	square = e->state[0];
	if (c->flag) {
		const double last = e->state[1];

		e->state[1] = lerp(last, g, 1 - c->keep);
		e->off[1] += 4 * 0x1p-23 * fmax(fabs(last), fabs(g));
		square -= e->state[1] * e->state[1];
	}
	change = g / (sqrt(square) + c->epsilon);
	if (c->momentum == 0)
		return c->rate * change;
	keep(e, 2, c->momentum * e->state[2], change);
	e->off[2] += (8 * 0x1p-23 + e->unsure) * fabs(change);
	return c->rate * e->state[2];
}

static void one_step(struct element *e, uint32_t kind, uint32_t dtype, const struct constants *c,
		     uint32_t step)
{
	const bool decoupled = kind == OPTIM_ADAM && c->flag;
	const double g = e->grad + (decoupled ? 0 : c->decay * e->param);
	const double shrunk = decoupled ? e->param * (1 - c->rate * c->decay) : e->param;
	double change;

	e->unsure = 0;
	if (c->decay > 0 && !decoupled)
		e->unsure += 4 *
			     (c->decay * e->moved +
			      0x1p-23 * (fabs(e->grad) + c->decay * fabs(e->param))) /
			     fabs(g);
	change = kind == OPTIM_SGD	? sgd(e, c, g, step) :
		 kind == OPTIM_ADAM	? adam(e, c, g, step) :
		 kind == OPTIM_ADADELTA ? adadelta(e, c, g) :
					  rmsprop(e, c, g);
	e->moved += fabs(change) * (16 * 0x1p-23 + e->unsure) + tolerance(dtype, e->param) +
		    tolerance(IPU_F32, e->param);
	e->param = rounded(dtype, shrunk - change);
}

static double choice(struct sheet *sheet, double value)
{
	return random_below(sheet, 2) ? rounded(IPU_F32, value) : 0;
}

static struct constants constants_of(struct sheet *sheet, uint32_t kind)
{
	struct constants c = {
		.rate = rounded(IPU_F32, 0.01),
		.decay = choice(sheet, 0.1),
		.momentum = choice(sheet, 0.9),
		.epsilon = rounded(IPU_F32, 1e-6),
		.keep = rounded(IPU_F32, 0.9),
		.keep2 = rounded(IPU_F32, 0.999),
		.flag = random_below(sheet, 2),
		.largest = kind == OPTIM_ADAM && random_below(sheet, 2),
	};

	if (kind == OPTIM_SGD) {
		c.flag = c.flag && c.momentum > 0;
		c.dampening = c.flag ? 0 : choice(sheet, 0.25);
	}
	return c;
}

/* The script of all steps: the number of the step is incremented, then the parameter updated. */
static void add_steps(struct sheet *sheet, const struct optim_words *words, uint32_t step)
{
	uint32_t word[sizeof(*words) / sizeof(uint32_t)];

	memcpy(word, words, sizeof(word));
	for (uint32_t i = 0; i < STEPS; i++) {
		SCRIPT(sheet, DO_MAP, IPU_MAP_ADD, step, step, NO_ARRAY, NO_ARRAY, float_bits(1), 0,
		       0, NO_ARRAY);
		script_add(sheet, DO_OPTIM, sizeof(word) / sizeof(word[0]), word);
	}
}

static void expect(struct sheet *sheet, const struct optim_words *words, const struct constants *c)
{
	const struct array *param = &sheet->array[words->param];

	for (uint32_t i = 0; i < param->count; i++) {
		struct element e = { .param = param->value[i],
				     .grad = sheet->array[words->grad].value[i] };

		for (uint32_t step = 1; step <= STEPS; step++)
			one_step(&e, words->kind, param->dtype, c, step);
		array_expect(sheet, words->param, i, e.param, e.moved);
		/* Decay takes the gradient's error from the parameter. */
		for (uint32_t j = 0; j < 3 && words->state[j] != NO_ARRAY; j++)
			array_expect(sheet, words->state[j], i, e.state[j],
				     e.off[j] + 10 * c->decay * e.moved * fabs(e.grad));
	}
}

static void add_optim(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	static const char *const names[] = { "sgd", "adam", "adadelta", "rmsprop" };
	const uint32_t kind = random_below(sheet, OPTIMS);
	const struct constants c = constants_of(sheet, kind);
	uint32_t shape[DIMS], ndim = random_shape(sheet, size / 4, shape), step;
	struct optim_words words = { .kind = kind,
				     .decay = float_bits(c.decay),
				     .momentum = float_bits(c.momentum),
				     .dampening = float_bits(c.dampening),
				     .epsilon = float_bits(c.epsilon),
				     .keep = float_bits(c.keep),
				     .keep2 = float_bits(c.keep2),
				     .flag = c.flag };

	snprintf(sheet->what, sizeof(sheet->what), "optim: %s of %s, %s", names[kind],
		 type_name(dtype), shape_text(ndim, shape));
	words.param = array_random(sheet, dtype, ndim, shape);
	words.grad = array_random(sheet, random_below(sheet, 2) ? IPU_F32 : dtype, ndim, shape);
	for (uint32_t i = 0; i < 3; i++)
		words.state[i] = array_add(sheet, IPU_F32, ndim, shape);
	if (kind == OPTIM_ADAM && !c.largest)
		words.state[2] = NO_ARRAY;
	words.rate = array_add(sheet, IPU_F32, 0, NULL);
	array_set(sheet, words.rate, 0, c.rate);
	step = words.step = array_add(sheet, IPU_F32, 0, NULL);
	add_steps(sheet, &words, step);
	expect(sheet, &words, &c);
}

const struct family family_optim = { "optim",
				     { IPU_F32, IPU_F16, IPU_BF16 },
				     add_optim,
				     .alike = true };
