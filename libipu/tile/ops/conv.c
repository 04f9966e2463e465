/* SPDX-License-Identifier: MIT */
/* Convolutions over the tiles, <ipu/op_conv.h>. */
#include "conv.h"
#include "floats.h"

static struct ipu_conv_axis axis_of(struct ipu_ops *ops, const struct ipu_conv *conv, uint32_t d,
				    const struct ipu_array *x, const struct ipu_array *y,
				    const struct ipu_array *w)
{
	static const char *const names[] = { "rows", "positions in a row" };
	const struct ipu_conv_axis axis = {
		.in = x->shape[1 + d],
		.out = y->shape[1 + d],
		.kernel = w->shape[d],
		.stride = conv->stride[d],
		.padding = conv->padding[d],
		.dilation = conv->dilation[d],
	};
	uint32_t span, want;

	if (!axis.stride || !axis.dilation || !axis.kernel || !axis.in)
		ipu_ops_refuse(ops,
			       "along %s the stride, the dilation, the kernel or the input is 0",
			       names[d]);
	span = (axis.kernel - 1) * axis.dilation + 1;
	if (axis.in + 2 * axis.padding < span)
		ipu_ops_refuse(
			ops, "the input has %lu %s with its padding, and the kernel spans %lu",
			(unsigned long)(axis.in + 2 * axis.padding), names[d], (unsigned long)span);
	want = (axis.in + 2 * axis.padding - span) / axis.stride + 1;
	if (axis.out != want)
		ipu_ops_refuse(ops, "the output has %lu %s, and %lu follow from the input's %lu",
			       (unsigned long)axis.out, names[d], (unsigned long)want,
			       (unsigned long)axis.in);
	return axis;
}

static void check_types(const struct conv_making *making)
{
	const enum ipu_dtype dtype = making->to->dtype;

	if (making->a->dtype != dtype || making->b->dtype != dtype ||
	    (making->bias && making->bias->dtype != dtype))
		ipu_ops_refuse(making->ops, "its operands and its result are of different types");
}

static void read_shape(struct conv_making *making, const struct ipu_conv *conv,
		       const struct ipu_array *x, const struct ipu_array *y,
		       const struct ipu_array *w)
{
	struct ipu_ops *ops = making->ops;
	const uint32_t groups = conv->groups;

	if (x->ndim != 4 || y->ndim != 4 || w->ndim != 4)
		ipu_ops_refuse(ops, "input, output and weights must have 4 dimensions");
	if (!groups || !w->shape[2] || !w->shape[3] || w->shape[3] % groups ||
	    x->shape[3] != groups * w->shape[2] || y->shape[3] != w->shape[3] ||
	    x->shape[0] != y->shape[0])
		ipu_ops_refuse(ops,
			       "%lu images of %lu channels, %lu groups and weights of %lu x %lu "
			       "channels do not give %lu images of %lu channels",
			       (unsigned long)x->shape[0], (unsigned long)x->shape[3],
			       (unsigned long)groups, (unsigned long)w->shape[2],
			       (unsigned long)w->shape[3], (unsigned long)y->shape[0],
			       (unsigned long)y->shape[3]);
	if (making->bias && (making->bias->ndim != 1 || making->bias->count != w->shape[3]))
		ipu_ops_refuse(ops, "the bias has %lu elements, and there are %lu output channels",
			       (unsigned long)making->bias->count, (unsigned long)w->shape[3]);
	check_types(making);
	making->shape = (struct ipu_conv_shape){
		.images = x->shape[0],
		.y = axis_of(ops, conv, 0, x, y, w),
		.x = axis_of(ops, conv, 1, x, y, w),
		.groups = groups,
		.in = w->shape[2],
		.out = w->shape[3] / groups,
		.bytes = ipu_dtype_bytes(y->dtype),
		.halves = float_index(ops, y->dtype) == 1,
	};
	ipu_conv_fold(&making->shape);
}

static void choose_plan(struct conv_making *making, const struct ipu_conv *conv)
{
	static const char *const a_names[] = { "the input", "the output's gradient", "the input" };
	static const char *const b_names[] = { "the weights", "the weights",
					       "the output's gradient" };
	const uint32_t room = making->ops->memory->scratch_bytes;
	struct ipu_conv_plan *plan = &making->plan;

	if (conv->plan)
		*plan = *conv->plan;
	else
		ipu_conv_choose(plan, &making->shape, making->pass, ipu_tile_count(), room,
				conv->host);
	if (!plan->sums)
		ipu_ops_refuse(making->ops, "a tile's part is more than its SRAM: use more tiles");
	if (plan->scratch > room)
		ipu_ops_refuse(
			making->ops,
			"a tile needs %lu bytes for its part of %s, %lu for %s and %lu for the "
			"result; with sums that is %lu bytes of scratch memory, and there are "
			"%lu: %lu too few; use more tiles, or smaller images",
			(unsigned long)plan->a_bytes, a_names[making->pass],
			(unsigned long)plan->b_bytes, b_names[making->pass],
			(unsigned long)plan->c_bytes, (unsigned long)plan->scratch,
			(unsigned long)room, (unsigned long)(plan->scratch - room));
}

static bool has_border(const struct window *window)
{
	return window->count < window->local;
}

static void add_compute(struct conv_making *making)
{
	static void (*const kernels[])(void *args) = { conv_taps, conv_depthwise_taps, conv_weights,
						       conv_depthwise_weights };
	const bool weights = making->pass == IPU_CONV_WEIGHT_GRAD;
	struct conv_tile *tile = making->tile;
	struct ipu_ops *ops = making->ops;

	if (!making->idle) {
		conv_describe_block(making);
		if (has_border(&tile->y) || has_border(&tile->x))
			ipu_add_work(ops, conv_clear_border, tile);
	}
	ipu_add_exchange(ops);
	if (making->idle)
		return;
	box_pull(ops, &tile->a);
	box_pull(ops, &tile->b);
	if (tile->a.stage || tile->b.stage)
		ipu_add_work(ops, conv_place, tile);
	if (tile->weights)
		ipu_add_work(ops, conv_transpose, tile);
	ipu_add_work(ops, kernels[2 * weights + ipu_conv_depthwise(&making->shape)], &tile->block);
}

/* What is made is known: add the steps. */
static void make(struct conv_making *making, const struct ipu_conv *conv)
{
	struct ipu_ops *ops = making->ops;
	uint32_t scratch;

	if (!making->to->count)
		return;
	if (!making->shape.images || !making->a->count) {
		struct ipu_array *to = ipu_ops_keep(ops, sizeof(*to));

		*to = *making->to;
		ipu_add_work(ops, conv_clear_result, to);
		return;
	}
	choose_plan(making, conv);
	conv_find_block(making);
	making->tile->block.c = ipu_ops_scratch(ops, making->plan.c_bytes);
	scratch = ops->memory->scratch_used;
	add_compute(making);
	/* Operands are not needed any more; what other tiles pull from is at one place on all. */
	ops->memory->scratch_used = scratch;
	conv_add_reduction(making);
	conv_add_finish(making);
}

void ipu_make_conv2d(struct ipu_ops *ops, const struct ipu_array *y, const struct ipu_array *x,
		     const struct ipu_array *w, const struct ipu_array *bias,
		     const struct ipu_conv *conv)
{
	struct conv_making making = {
		.ops = ops, .pass = IPU_CONV_FORWARD, .to = y, .a = x, .b = w, .bias = bias
	};

	ipu_ops_begin(ops, "conv2d");
	read_shape(&making, conv, x, y, w);
	make(&making, conv);
}

void ipu_make_conv2d_input_grad(struct ipu_ops *ops, const struct ipu_array *dx,
				const struct ipu_array *dy, const struct ipu_array *w,
				const struct ipu_conv *conv)
{
	struct conv_making making = {
		.ops = ops, .pass = IPU_CONV_INPUT_GRAD, .to = dx, .a = dy, .b = w
	};

	ipu_ops_begin(ops, "conv2d_input_grad");
	read_shape(&making, conv, dx, dy, w);
	make(&making, conv);
}

void ipu_make_conv2d_weight_grad(struct ipu_ops *ops, const struct ipu_array *dw,
				 const struct ipu_array *x, const struct ipu_array *dy,
				 const struct ipu_conv *conv)
{
	struct conv_making making = {
		.ops = ops, .pass = IPU_CONV_WEIGHT_GRAD, .to = dw, .a = x, .b = dy
	};

	ipu_ops_begin(ops, "conv2d_weight_grad");
	read_shape(&making, conv, x, dy, dw);
	make(&making, conv);
}
