/* SPDX-License-Identifier: MIT */
/* Losses and their gradients, <ipu/op_rows.h>. */
#include "reduce.h"
#include "rows.h"
#include "share.h"

/**
 * struct loss - this tile's part of a loss of rows or its gradient
 * @type: of logits
 * @logs: they are log softmax already
 * @reduction: of the rows' losses
 * @rows: on this tile
 * @ignore: label of a row without a loss
 * @x: logits
 * @labels: of rows
 * @loss: of rows
 * @valid: 1 for rows that are not ignored, else 0
 * @dloss: gradient of the loss, or of each
 * @total: rows that are not ignored
 * @dx: gradient of logits
 */
struct loss {
	uint32_t type;
	bool logs;
	enum ipu_loss reduction;
	struct rows rows;
	int32_t ignore;
	const void *x;
	const int32_t *labels;
	float *loss;
	float *valid;
	const float *dloss;
	const float *total;
	void *dx;
};

static uint32_t label_of(const struct loss *l, uint32_t row)
{
	const uint32_t label = (uint32_t)l->labels[row];

	if (label >= l->rows.columns)
		ipu_ops_refuse_here("loss",
				    "label %lu is %ld, and must be from 0 to %ld, or %ld, which is "
				    "ignored",
				    (unsigned long)(l->rows.first + row), (long)l->labels[row],
				    (long)l->rows.columns - 1, (long)l->ignore);
	return label;
}

/* The row's largest element, and the sum of exp of the differences to it. */
static float sum_of_exp(const struct loss *l, uint32_t begin, uint32_t end, float *largest)
{
	vfloat32m4_t most = splat(-__builtin_inff()), sum = splat(0);

	EACH_VECTOR(at, vl, begin, end)
	most = __riscv_vfmax_tu(most, most, get(l->type, l->x, at, vl), vl);
	*largest = __riscv_vfmv_f(__riscv_vfredmax(
		most, __riscv_vfmv_s_f_f32m1(-__builtin_inff(), 1), __riscv_vsetvlmax_e32m4()));
	EACH_VECTOR(at, vl, begin, end)
	{
		const vfloat32m4_t x = __riscv_vfsub(get(l->type, l->x, at, vl), *largest, vl);

		sum = __riscv_vfadd_tu(sum, sum, ipu_vexp_v_f32m4(x, vl), vl);
	}
	return total(sum);
}

static void forward(void *args)
{
	const struct loss *l = args;
	const struct ipu_range share = ipu_worker_range(l->rows.count);

	for (uint32_t r = share.begin; r < share.end; r++) {
		const uint32_t begin = r * l->rows.columns, end = begin + l->rows.columns;
		float largest = 0, log = 0;

		l->loss[r] = l->valid[r] = 0;
		if (l->labels[r] == l->ignore)
			continue;
		l->valid[r] = 1;
		if (!l->logs)
			log = ipu_log(sum_of_exp(l, begin, end, &largest));
		l->loss[r] = log + (largest - get_one(l->type, l->x, begin + label_of(l, r)));
	}
}

static void zero_row(const struct loss *l, uint32_t begin, uint32_t end)
{
	EACH_VECTOR(at, vl, begin, end)
	put(l->type, l->dx, at, __riscv_vfmv_v_f_f32m4(0, vl), vl);
}

/* @label: the element that the label names; the gradient may take the place of logits. */
static void gradient_of_row(const struct loss *l, uint32_t begin, uint32_t end, uint32_t label,
			    float factor)
{
	const float x = get_one(l->type, l->x, label);
	float largest, sum, y;

	sum = sum_of_exp(l, begin, end, &largest);
	y = factor * (ipu_exp(x - largest) / sum - 1);
	EACH_VECTOR(at, vl, begin, end)
	{
		const vfloat32m4_t d = __riscv_vfsub(get(l->type, l->x, at, vl), largest, vl);

		put(l->type, l->dx, at, __riscv_vfmul(ipu_vexp_v_f32m4(d, vl), factor / sum, vl),
		    vl);
	}
	put(l->type, l->dx, label, __riscv_vfmv_v_f_f32m4(y, 1), 1);
}

static void backward(void *args)
{
	const struct loss *l = args;
	const struct ipu_range share = ipu_worker_range(l->rows.count);

	for (uint32_t r = share.begin; r < share.end; r++) {
		const uint32_t begin = r * l->rows.columns, end = begin + l->rows.columns;
		float factor = l->dloss[l->reduction == IPU_LOSS_NONE ? r : 0];

		if (l->labels[r] == l->ignore) {
			zero_row(l, begin, end);
			continue;
		}
		if (l->reduction == IPU_LOSS_MEAN)
			factor /= *l->total;
		if (l->logs) {
			zero_row(l, begin, end);
			put(l->type, l->dx, begin + label_of(l, r),
			    __riscv_vfmv_v_f_f32m4(-factor, 1), 1);
		} else {
			gradient_of_row(l, begin, end, begin + label_of(l, r), factor);
		}
	}
}

/* The mean, where the sum is. */
static void divide(void *args)
{
	const struct loss *l = args;

	if (ipu_worker_id() == 0)
		*l->loss /= *l->total;
}

static void check_loss(struct ipu_ops *ops, const struct loss *l, const struct ipu_array *loss,
		       const struct ipu_array *total, const struct ipu_array *labels)
{
	check_count(ops, loss, l->reduction == IPU_LOSS_NONE ? l->rows.all : 1, "the loss");
	check_type(ops, loss, IPU_F32, "the loss");
	check_count(ops, total, 1, "the number of rows that count");
	check_type(ops, total, IPU_F32, "the number of rows that count");
	check_count(ops, labels, l->rows.all, "the array of labels");
	check_type(ops, labels, IPU_I32, "the array of labels");
	if (!l->rows.columns)
		ipu_ops_refuse(ops, "there are no classes");
}

static void make_loss(struct ipu_ops *ops, struct loss l, const struct ipu_array *loss,
		      const struct ipu_array *total, const struct ipu_array *x,
		      const struct ipu_array *labels)
{
	struct loss *kept;
	struct ipu_array each = { .dtype = IPU_F32, .ndim = 1 };

	l.type = float_index(ops, x->dtype);
	l.rows = rows_of(x);
	check_loss(ops, &l, loss, total, labels);
	l.x = rows_get(ops, &l.rows, x, l.rows.columns);
	l.labels = rows_get(ops, &l.rows, labels, 1);
	l.loss = l.reduction == IPU_LOSS_NONE ? rows_room(ops, &l.rows, loss, 1) :
						ipu_ops_scratch(ops, l.rows.per * 4);
	l.valid = ipu_ops_scratch(ops, l.rows.per * 4);
	kept = ipu_ops_keep(ops, sizeof(l));
	*kept = l;
	ipu_add_work(ops, l.rows.count ? forward : NULL, kept);
	each.shape[0] = each.count = l.rows.all;
	each.chunk = l.rows.per;
	each.data = l.valid;
	reduce_sum(ops, total, &each, 1);
	if (l.reduction == IPU_LOSS_NONE) {
		rows_put(ops, &l.rows, loss, 1, l.loss);
		return;
	}
	each.data = l.loss;
	reduce_sum(ops, loss, &each, 1);
	if (l.reduction == IPU_LOSS_SUM || (loss->chunk && ipu_tile_id()))
		return;
	kept = ipu_ops_keep(ops, sizeof(l));
	kept->loss = loss->data;
	/* Tile 0 has it, or, if all of them divide, they need it. */
	kept->total = loss->chunk ? total->data : array_everywhere(ops, total);
	ipu_add_work(ops, divide, kept);
}

static void make_grad(struct ipu_ops *ops, struct loss l, const struct ipu_array *dx,
		      const struct ipu_array *dloss, const struct ipu_array *total,
		      const struct ipu_array *x, const struct ipu_array *labels)
{
	struct loss *kept;

	l.type = float_index(ops, dx->dtype);
	l.rows = rows_of(dx);
	check_loss(ops, &l, dloss, total, labels);
	if (x) {
		check_count(ops, x, dx->count, "the array of logits");
		check_type(ops, x, dx->dtype, "the array of logits");
		l.x = rows_get(ops, &l.rows, x, l.rows.columns);
	}
	l.labels = rows_get(ops, &l.rows, labels, 1);
	l.dloss = l.reduction == IPU_LOSS_NONE ? rows_get(ops, &l.rows, dloss, 1) :
						 array_everywhere(ops, dloss);
	l.total = array_everywhere(ops, total);
	l.dx = rows_room(ops, &l.rows, dx, l.rows.columns);
	kept = ipu_ops_keep(ops, sizeof(l));
	*kept = l;
	ipu_add_work(ops, l.rows.count ? backward : NULL, kept);
	rows_put(ops, &l.rows, dx, l.rows.columns, l.dx);
}

void ipu_make_cross_entropy(struct ipu_ops *ops, enum ipu_loss reduction,
			    const struct ipu_array *loss, const struct ipu_array *total,
			    const struct ipu_array *logits, const struct ipu_array *labels,
			    int32_t ignore)
{
	ipu_ops_begin(ops, "cross entropy");
	make_loss(ops, (struct loss){ .reduction = reduction, .ignore = ignore }, loss, total,
		  logits, labels);
}

void ipu_make_cross_entropy_grad(struct ipu_ops *ops, enum ipu_loss reduction,
				 const struct ipu_array *dx, const struct ipu_array *dloss,
				 const struct ipu_array *total, const struct ipu_array *logits,
				 const struct ipu_array *labels, int32_t ignore)
{
	ipu_ops_begin(ops, "gradient of cross entropy");
	make_grad(ops, (struct loss){ .reduction = reduction, .ignore = ignore }, dx, dloss, total,
		  logits, labels);
}

void ipu_make_nll_loss(struct ipu_ops *ops, enum ipu_loss reduction, const struct ipu_array *loss,
		       const struct ipu_array *total, const struct ipu_array *log,
		       const struct ipu_array *labels, int32_t ignore)
{
	ipu_ops_begin(ops, "negative log likelihood");
	make_loss(ops, (struct loss){ .logs = true, .reduction = reduction, .ignore = ignore },
		  loss, total, log, labels);
}

void ipu_make_nll_loss_grad(struct ipu_ops *ops, enum ipu_loss reduction,
			    const struct ipu_array *dx, const struct ipu_array *dloss,
			    const struct ipu_array *total, const struct ipu_array *labels,
			    int32_t ignore)
{
	ipu_ops_begin(ops, "gradient of negative log likelihood");
	make_grad(ops, (struct loss){ .logs = true, .reduction = reduction, .ignore = ignore }, dx,
		  dloss, total, NULL, labels);
}

/* ---- Mean square error -------------------------------------------------------------- */

/**
 * struct squares - this tile's part of it
 * @type: of the elements
 * @each: @dloss is of each element
 * @count: on this tile
 * @a: elements
 * @b: others
 * @dloss: gradient of the loss
 * @scale: of the gradient
 * @sums: of each worker, and two zeros; or NULL
 * @to: squares, or gradients
 */
struct squares {
	uint32_t type;
	bool each;
	uint32_t count;
	const void *a;
	const void *b;
	const void *dloss;
	float scale;
	float *sums;
	void *to;
};

static void square(void *args)
{
	const struct squares *s = args;
	const struct ipu_range share = share_of(s->count);
	vfloat32m4_t sum = splat(0);

	EACH_VECTOR(at, vl, share.begin, share.end)
	{
		const vfloat32m4_t d =
			__riscv_vfsub(get(s->type, s->a, at, vl), get(s->type, s->b, at, vl), vl);

		if (s->sums)
			sum = __riscv_vfmacc_tu(sum, d, d, vl);
		else
			put(s->type, s->to, at, __riscv_vfmul(d, d, vl), vl);
	}
	if (!s->sums)
		return;
	s->sums[ipu_worker_id()] = total(sum);
	if (ipu_worker_id() == 0)
		s->sums[6] = s->sums[7] = 0;
}

static void square_grad(void *args)
{
	const struct squares *s = args;
	const struct ipu_range share = share_of(s->count);
	const float factor = s->each ? s->scale : *(const float *)s->dloss * s->scale;

	EACH_VECTOR(at, vl, share.begin, share.end)
	{
		vfloat32m4_t d =
			__riscv_vfsub(get(s->type, s->a, at, vl), get(s->type, s->b, at, vl), vl);

		d = __riscv_vfmul(d, factor, vl);
		if (s->each)
			d = __riscv_vfmul(d, get(s->type, s->dloss, at, vl), vl);
		put(s->type, s->to, at, d, vl);
	}
}

/* Elements as they lie in @like. */
static struct squares *make_squares(struct ipu_ops *ops, const struct ipu_array *like,
				    const struct ipu_array *a, const struct ipu_array *b)
{
	const struct ipu_range own = ipu_array_own(like);
	struct squares s = { .type = float_index(ops, like->dtype), .count = own.end - own.begin };
	struct squares *kept = ipu_ops_keep(ops, sizeof(s));

	check_count(ops, a, like->count, "a");
	check_count(ops, b, like->count, "b");
	check_type(ops, a, like->dtype, "a");
	check_type(ops, b, like->dtype, "b");
	s.a = ipu_operand(ops, a, like);
	s.b = ipu_operand(ops, b, like);
	*kept = s;
	return kept;
}

static void check_scalar(struct ipu_ops *ops, const struct ipu_array *loss)
{
	check_count(ops, loss, 1, "the loss");
	check_type(ops, loss, IPU_F32, "the loss");
}

void ipu_make_mse_loss(struct ipu_ops *ops, enum ipu_loss reduction, const struct ipu_array *loss,
		       const struct ipu_array *a, const struct ipu_array *b)
{
	struct ipu_array sums = { .dtype = IPU_F32, .chunk = 8, .count = 8 * ipu_tile_count() };
	struct squares *s;

	ipu_ops_begin(ops, "mean square error");
	s = make_squares(ops, reduction == IPU_LOSS_NONE ? loss : a, a, b);
	if (reduction == IPU_LOSS_NONE) {
		s->to = loss->data;
		ipu_add_work(ops, s->count ? square : NULL, s);
		return;
	}
	check_scalar(ops, loss);
	if (!a->chunk && ipu_tile_id())
		s->count = 0;
	s->sums = sums.data = ipu_ops_scratch(ops, 32);
	ipu_add_work(ops, square, s);
	reduce_sum(ops, loss, &sums, reduction == IPU_LOSS_MEAN ? 1 / (float)a->count : 1);
}

void ipu_make_mse_loss_grad(struct ipu_ops *ops, enum ipu_loss reduction,
			    const struct ipu_array *da, const struct ipu_array *dloss,
			    const struct ipu_array *a, const struct ipu_array *b)
{
	struct squares *s;

	ipu_ops_begin(ops, "gradient of mean square error");
	s = make_squares(ops, da, a, b);
	s->scale = reduction == IPU_LOSS_MEAN ? 2 / (float)a->count : 2;
	s->each = reduction == IPU_LOSS_NONE;
	s->to = da->data;
	if (s->each) {
		check_type(ops, dloss, da->dtype, "the gradient of the loss");
		s->dloss = ipu_operand(ops, dloss, da);
	} else {
		check_scalar(ops, dloss);
		s->dloss = array_everywhere(ops, dloss);
	}
	ipu_add_work(ops, s->count ? square_grad : NULL, s);
}
