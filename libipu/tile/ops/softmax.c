/* SPDX-License-Identifier: MIT */
/* Softmax and its gradient, <ipu/op_rows.h>. */
#include "rows.h"

/**
 * struct softmax - this tile's part
 * @type: of all arrays
 * @log: the logarithm
 * @rows: on this tile
 * @queries: rows of a causal mask; 0 for none
 * @scale: elements are multiplied with
 * @x: what is given; for gradients the results
 * @dy: gradients of these; NULL if this is not the gradient
 * @to: what is computed
 */
struct softmax {
	uint32_t type;
	bool log;
	struct rows rows;
	uint32_t queries;
	float scale;
	const void *x;
	const void *dy;
	void *to;
};

static void forward(const struct softmax *s, uint32_t begin, uint32_t end)
{
	vfloat32m4_t most = splat(-__builtin_inff()), sum = splat(0);
	float largest, factor;

	EACH_VECTOR(at, vl, begin, end)
	most = __riscv_vfmax_tu(most, most, __riscv_vfmul(get(s->type, s->x, at, vl), s->scale, vl),
				vl);
	largest = __riscv_vfmv_f(__riscv_vfredmax(
		most, __riscv_vfmv_s_f_f32m1(-__builtin_inff(), 1), __riscv_vsetvlmax_e32m4()));
	EACH_VECTOR(at, vl, begin, end)
	{
		const vfloat32m4_t x = __riscv_vfmul(get(s->type, s->x, at, vl), s->scale, vl);
		const vfloat32m4_t e = ipu_vexp_v_f32m4(__riscv_vfsub(x, largest, vl), vl);

		sum = __riscv_vfadd_tu(sum, sum, e, vl);
	}
	factor = s->log ? ipu_log(total(sum)) : 1 / total(sum);
	EACH_VECTOR(at, vl, begin, end)
	{
		const vfloat32m4_t x = __riscv_vfmul(get(s->type, s->x, at, vl), s->scale, vl);
		vfloat32m4_t y = __riscv_vfsub(x, largest, vl);

		if (s->log)
			y = __riscv_vfsub(y, factor, vl);
		else
			y = __riscv_vfmul(ipu_vexp_v_f32m4(y, vl), factor, vl);
		put(s->type, s->to, at, y, vl);
	}
}

static void backward(const struct softmax *s, uint32_t begin, uint32_t end)
{
	vfloat32m4_t sum = splat(0);
	float dot;

	EACH_VECTOR(at, vl, begin, end)
	{
		const vfloat32m4_t dy = get(s->type, s->dy, at, vl);

		if (s->log)
			sum = __riscv_vfadd_tu(sum, sum, dy, vl);
		else
			sum = __riscv_vfmacc_tu(sum, dy, get(s->type, s->x, at, vl), vl);
	}
	dot = total(sum);
	EACH_VECTOR(at, vl, begin, end)
	{
		const vfloat32m4_t y = get(s->type, s->x, at, vl);
		vfloat32m4_t dx = get(s->type, s->dy, at, vl);

		if (s->log)
			dx = __riscv_vfnmsac(dx, dot, ipu_vexp_v_f32m4(y, vl), vl);
		else
			dx = __riscv_vfmul(__riscv_vfsub(dx, dot, vl), y, vl);
		put(s->type, s->to, at, __riscv_vfmul(dx, s->scale, vl), vl);
	}
}

static void share(void *args)
{
	const struct softmax *s = args;
	const struct ipu_range rows = ipu_worker_range(s->rows.count);
	const uint32_t columns = s->rows.columns;

	for (uint32_t r = rows.begin; r < rows.end; r++) {
		const uint32_t begin = r * columns, end = begin + columns;
		uint32_t seen = end;

		if (s->queries)
			seen -= s->queries - 1 - (s->rows.first + r) % s->queries;
		if (s->dy)
			backward(s, begin, seen);
		else
			forward(s, begin, seen);
		EACH_VECTOR(at, vl, seen, end)
		put(s->type, s->to, at, __riscv_vfmv_v_f_f32m4(0, vl), vl);
	}
}

static void make(struct ipu_ops *ops, struct softmax s, const struct ipu_array *to,
		 const struct ipu_array *x, const struct ipu_array *dy)
{
	struct softmax *kept;

	s.type = float_index(ops, to->dtype);
	s.rows = rows_of(to);
	check_count(ops, x, to->count, "what is given");
	check_type(ops, x, to->dtype, "what is given");
	if (dy) {
		check_count(ops, dy, to->count, "the gradient of the result");
		check_type(ops, dy, to->dtype, "the gradient of the result");
	}
	if (s.queries > s.rows.columns || (s.queries && s.rows.all % s.queries))
		ipu_ops_refuse(ops, "a causal mask of %lu rows does not fit %lu rows of %lu",
			       (unsigned long)s.queries, (unsigned long)s.rows.all,
			       (unsigned long)s.rows.columns);
	if (!to->count)
		return;
	s.x = rows_get(ops, &s.rows, x, s.rows.columns);
	s.dy = dy ? rows_get(ops, &s.rows, dy, s.rows.columns) : NULL;
	s.to = rows_room(ops, &s.rows, to, s.rows.columns);
	kept = ipu_ops_keep(ops, sizeof(s));
	*kept = s;
	ipu_add_work(ops, s.rows.count ? share : NULL, kept);
	rows_put(ops, &s.rows, to, s.rows.columns, s.to);
}

void ipu_make_softmax(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *from,
		      float scale, uint32_t queries)
{
	ipu_ops_begin(ops, "softmax");
	make(ops, (struct softmax){ .scale = scale, .queries = queries }, to, from, NULL);
}

void ipu_make_softmax_grad(struct ipu_ops *ops, const struct ipu_array *to,
			   const struct ipu_array *y, const struct ipu_array *dy, float scale,
			   uint32_t queries)
{
	ipu_ops_begin(ops, "gradient of softmax");
	make(ops, (struct softmax){ .scale = scale, .queries = queries }, to, y, dy);
}

void ipu_make_log_softmax(struct ipu_ops *ops, const struct ipu_array *to,
			  const struct ipu_array *from)
{
	ipu_ops_begin(ops, "log softmax");
	make(ops, (struct softmax){ .log = true, .scale = 1 }, to, from, NULL);
}

void ipu_make_log_softmax_grad(struct ipu_ops *ops, const struct ipu_array *to,
			       const struct ipu_array *y, const struct ipu_array *dy)
{
	ipu_ops_begin(ops, "gradient of log softmax");
	make(ops, (struct softmax){ .log = true, .scale = 1 }, to, y, dy);
}
