/* SPDX-License-Identifier: MIT */
/* Layer norm and batch norm, <ipu/op_rows.h>. */
#include "level.h"
#include "reduce.h"
#include "rows.h"
#include "share.h"

/**
 * struct norm - this tile's part
 * @type: of elements, gamma and beta
 * @by_row: mean and rstd are of rows (layer norm), not of columns (batch norm)
 * @square: sums are of the squares of differences to the mean
 * @rows: on this tile
 * @x: elements
 * @dy: gradients of results; for @square unused
 * @gamma: of columns; or NULL
 * @beta: of columns; or NULL
 * @mean: of rows or columns
 * @rstd: the same
 * @sum: of gradients, for each column
 * @dot: of their products with the differences, for each column
 * @to: results
 * @epsilon: added to variances
 * @parts: sums, of each worker's rows or all: @pitch of the first kind, then of the second
 * @pitch: elements of a row of sums
 */
struct norm {
	uint32_t type;
	bool by_row;
	bool square;
	struct rows rows;
	const void *x;
	const void *dy;
	const void *gamma;
	const void *beta;
	float *mean;
	float *rstd;
	const float *sum;
	const float *dot;
	void *to;
	float epsilon;
	float *parts;
	uint32_t pitch;
};

static void each_row(const struct norm *n, void (*row)(const struct norm *n, uint32_t r))
{
	const struct ipu_range rows = ipu_worker_range(n->rows.count);

	for (uint32_t r = rows.begin; r < rows.end; r++)
		row(n, r);
}

/* ---- Layer norm ------------------------------------------------------------------- */

static void layer_row(const struct norm *n, uint32_t r)
{
	const uint32_t columns = n->rows.columns, row = r * columns;
	vfloat32m4_t sum = splat(0), squares = splat(0);
	float mean, rstd;

	EACH_VECTOR(c, vl, 0, columns)
	sum = __riscv_vfadd_tu(sum, sum, get(n->type, n->x, row + c, vl), vl);
	mean = total(sum) / (float)columns;
	EACH_VECTOR(c, vl, 0, columns)
	{
		const vfloat32m4_t d = __riscv_vfsub(get(n->type, n->x, row + c, vl), mean, vl);

		squares = __riscv_vfmacc_tu(squares, d, d, vl);
	}
	rstd = ipu_rsqrt(total(squares) / (float)columns + n->epsilon);
	n->mean[r] = mean;
	n->rstd[r] = rstd;
	EACH_VECTOR(c, vl, 0, columns)
	{
		vfloat32m4_t y = __riscv_vfsub(get(n->type, n->x, row + c, vl), mean, vl);

		y = __riscv_vfmul(y, rstd, vl);
		if (n->gamma)
			y = __riscv_vfmul(y, get(n->type, n->gamma, c, vl), vl);
		if (n->beta)
			y = __riscv_vfadd(y, get(n->type, n->beta, c, vl), vl);
		put(n->type, n->to, row + c, y, vl);
	}
}

static void layer_norm(void *args)
{
	each_row(args, layer_row);
}

static void layer_grad_row(const struct norm *n, uint32_t r)
{
	const uint32_t columns = n->rows.columns, row = r * columns;
	const float mean = n->mean[r], rstd = n->rstd[r];
	vfloat32m4_t sum = splat(0), dot = splat(0);
	float mean_g, mean_gh;

	EACH_VECTOR(c, vl, 0, columns)
	{
		const vfloat32m4_t d = __riscv_vfsub(get(n->type, n->x, row + c, vl), mean, vl);
		vfloat32m4_t g = get(n->type, n->dy, row + c, vl);

		if (n->gamma)
			g = __riscv_vfmul(g, get(n->type, n->gamma, c, vl), vl);
		sum = __riscv_vfadd_tu(sum, sum, g, vl);
		dot = __riscv_vfmacc_tu(dot, g, d, vl);
	}
	mean_g = total(sum) / (float)columns;
	mean_gh = total(dot) / (float)columns * rstd * rstd;
	EACH_VECTOR(c, vl, 0, columns)
	{
		const vfloat32m4_t d = __riscv_vfsub(get(n->type, n->x, row + c, vl), mean, vl);
		vfloat32m4_t g = get(n->type, n->dy, row + c, vl);

		if (n->gamma)
			g = __riscv_vfmul(g, get(n->type, n->gamma, c, vl), vl);
		g = __riscv_vfnmsac(__riscv_vfsub(g, mean_g, vl), mean_gh, d, vl);
		put(n->type, n->to, row + c, __riscv_vfmul(g, rstd, vl), vl);
	}
}

static void layer_grad(void *args)
{
	each_row(args, layer_grad_row);
}

/* ---- Batch norm ------------------------------------------------------------------- */

static void batch_row(const struct norm *n, uint32_t r)
{
	const uint32_t row = r * n->rows.columns;

	EACH_VECTOR(c, vl, 0, n->rows.columns)
	{
		vfloat32m4_t y = __riscv_vfsub(get(n->type, n->x, row + c, vl),
					       LOAD(f32, n->mean, c, vl), vl);

		y = __riscv_vfmul(y, LOAD(f32, n->rstd, c, vl), vl);
		if (n->gamma)
			y = __riscv_vfmul(y, get(n->type, n->gamma, c, vl), vl);
		if (n->beta)
			y = __riscv_vfadd(y, get(n->type, n->beta, c, vl), vl);
		put(n->type, n->to, row + c, y, vl);
	}
}

static void batch_norm(void *args)
{
	each_row(args, batch_row);
}

/* sum and dot are dbeta and dgamma here. */
static void batch_grad_row(const struct norm *n, uint32_t r)
{
	const uint32_t row = r * n->rows.columns;
	const float part = 1 / (float)n->rows.all;

	EACH_VECTOR(c, vl, 0, n->rows.columns)
	{
		const vfloat32m4_t rstd = LOAD(f32, n->rstd, c, vl);
		vfloat32m4_t h = __riscv_vfsub(get(n->type, n->x, row + c, vl),
					       LOAD(f32, n->mean, c, vl), vl);
		vfloat32m4_t g = get(n->type, n->dy, row + c, vl);

		h = __riscv_vfmul(__riscv_vfmul(h, rstd, vl), LOAD(f32, n->dot, c, vl), vl);
		h = __riscv_vfadd(h, LOAD(f32, n->sum, c, vl), vl);
		g = __riscv_vfmul(__riscv_vfnmsac(g, part, h, vl), rstd, vl);
		if (n->gamma)
			g = __riscv_vfmul(g, get(n->type, n->gamma, c, vl), vl);
		put(n->type, n->to, row + c, g, vl);
	}
}

static void batch_grad(void *args)
{
	each_row(args, batch_grad_row);
}

/* ---- Sums over rows --------------------------------------------------------------- */

/* Of some rows, columns @begin to @end: of gradients, and of their products with differences. */
static void sum_part(const struct norm *n, struct ipu_range rows, uint32_t begin, uint32_t end,
		     float *part)
{
	const uint32_t columns = n->rows.columns;

	EACH_VECTOR(c, vl, begin, end)
	{
		vfloat32m4_t sum = __riscv_vfmv_v_f_f32m4(0, vl), dot = sum, d, g;

		for (uint32_t r = rows.begin; r < rows.end; r++) {
			d = get(n->type, n->x, r * columns + c, vl);
			if (n->by_row)
				d = __riscv_vfmul(__riscv_vfsub(d, n->mean[r], vl), n->rstd[r], vl);
			else
				d = __riscv_vfsub(d, LOAD(f32, n->mean, c, vl), vl);
			g = n->square ? d : get(n->type, n->dy, r * columns + c, vl);
			sum = __riscv_vfadd(sum, g, vl);
			dot = __riscv_vfmacc(dot, g, d, vl);
		}
		STORE(f32, part, c, sum, vl);
		STORE(f32, part, n->pitch + c, dot, vl);
	}
}

/* Workers share rows: each has sums of its own. */
static void sum_rows(void *args)
{
	const struct norm *n = args;

	sum_part(n, ipu_worker_range(n->rows.count), 0, n->rows.columns,
		 n->parts + ipu_worker_id() * 2 * n->pitch);
}

/* Workers share columns. */
static void sum_columns(void *args)
{
	const struct norm *n = args;
	const struct ipu_range share = share_of(n->rows.columns);

	sum_part(n, (struct ipu_range){ 0, n->rows.count }, share.begin, share.end, n->parts);
}

/* Sums of a tile's rows, to @room: first the gradients', then the products'. */
static void sum_tile(struct ipu_ops *ops, struct norm *n, float *room)
{
	const bool many = n->rows.per >= 2 * IPU_WORKERS;
	struct norm *kept = ipu_ops_keep(ops, sizeof(*n));
	struct level *level;

	n->parts = many ? ipu_ops_scratch(ops, n->pitch * 8 * IPU_WORKERS) : room;
	*kept = *n;
	ipu_add_work(ops, many ? sum_rows : sum_columns, kept);
	if (!many)
		return;
	level = level_new(ops, (struct how){ .fold = FOLD_SUM, .element = ELEMENT_F32 }, n->parts,
			  (uint32_t *)room, 0);
	level_add(ops, level,
		  (struct item){ .n = IPU_WORKERS,
				 .pitch = 2 * n->pitch,
				 .w = 2 * n->pitch,
				 .step = 1,
				 .times = 1 });
	level_finish(ops, level, 2 * n->pitch);
}

/* Sums over all rows, and of their products, to arrays of f32, or NULL. */
static void make_sums(struct ipu_ops *ops, struct norm *n, const struct ipu_array *sum,
		      const struct ipu_array *dot, float scale)
{
	float *room;

	n->pitch = (n->rows.columns + 3) / 4 * 4;
	room = ipu_ops_scratch(ops, n->pitch * 8);
	sum_tile(ops, n, room);
	if (sum)
		reduce_parts(ops, sum, room, n->pitch, scale);
	if (dot)
		reduce_parts(ops, dot, room + n->pitch, n->pitch, scale);
}

/* ---- Statistics of channels, where these lie ---------------------------------------- */

/**
 * struct channels - this tile's part of arrays of channels
 * @count: on this tile
 * @scale: rows / (rows - 1), for the running variance
 */
struct channels {
	uint32_t count;
	float momentum;
	float epsilon;
	float scale;
	const float *mean;
	float *rstd;
	float *running_mean;
	float *running_var;
};

static void update(float *running, vfloat32m4_t value, float momentum, uint32_t at, size_t vl)
{
	vfloat32m4_t old;

	if (!running)
		return;
	old = __riscv_vfmul(LOAD(f32, running, at, vl), 1 - momentum, vl);
	STORE(f32, running, at, __riscv_vfmacc(old, momentum, value, vl), vl);
}

/* rstd is the variance before. */
static void finish_statistics(void *args)
{
	const struct channels *ch = args;
	const struct ipu_range share = ipu_worker_range(ch->count);

	EACH_VECTOR(at, vl, share.begin, share.end)
	{
		const vfloat32m4_t var = LOAD(f32, ch->rstd, at, vl);

		update(ch->running_mean, LOAD(f32, ch->mean, at, vl), ch->momentum, at, vl);
		update(ch->running_var, __riscv_vfmul(var, ch->scale, vl), ch->momentum, at, vl);
		STORE(f32, ch->rstd, at,
		      ipu_vrsqrt_v_f32m4(__riscv_vfadd(var, ch->epsilon, vl), vl), vl);
	}
}

/* dgamma is the sum of products with differences before: now with normalised elements. */
static void scale_gradient(void *args)
{
	const struct channels *ch = args;
	const struct ipu_range share = ipu_worker_range(ch->count);

	EACH_VECTOR(at, vl, share.begin, share.end)
	STORE(f32, ch->rstd, at,
	      __riscv_vfmul(LOAD(f32, ch->rstd, at, vl), LOAD(f32, ch->mean, at, vl), vl), vl);
}

/* ---- Making them ------------------------------------------------------------------ */

static void check_channels(struct ipu_ops *ops, const struct ipu_array *array, uint32_t columns,
			   const char *what)
{
	if (!array)
		return;
	check_count(ops, array, columns, what);
	check_type(ops, array, IPU_F32, what);
	if (array->chunk != ipu_chunk_of(ipu_tile_count(), 1, &columns))
		ipu_ops_refuse(ops, "%s must lie over the tiles as [%lu] does", what,
			       (unsigned long)columns);
}

/* An array of columns that is brought to all tiles; or NULL. */
static const void *get_columns(struct ipu_ops *ops, const struct norm *n,
			       const struct ipu_array *array, enum ipu_dtype dtype,
			       const char *what)
{
	if (!array)
		return NULL;
	check_count(ops, array, n->rows.columns, what);
	check_type(ops, array, dtype, what);
	return array_everywhere(ops, array);
}

static void check_like(struct ipu_ops *ops, const struct ipu_array *array,
		       const struct ipu_array *like, const char *what)
{
	check_count(ops, array, like->count, what);
	check_type(ops, array, like->dtype, what);
}

/* Begin: elements like @to. */
static struct norm norm_of(struct ipu_ops *ops, const struct ipu_array *to,
			   const struct ipu_array *x, const struct ipu_array *dy,
			   const struct ipu_array *gamma, const struct ipu_array *beta)
{
	struct norm n = { .type = float_index(ops, to->dtype), .rows = rows_of(to) };

	check_like(ops, x, to, "x");
	n.x = rows_get(ops, &n.rows, x, n.rows.columns);
	if (dy) {
		check_like(ops, dy, to, "dy");
		n.dy = rows_get(ops, &n.rows, dy, n.rows.columns);
	}
	n.gamma = get_columns(ops, &n, gamma, to->dtype, "gamma");
	n.beta = get_columns(ops, &n, beta, to->dtype, "beta");
	return n;
}

/* Compute the rows of @to, and put them where they belong. */
static void make_rows(struct ipu_ops *ops, struct norm *n, void (*work)(void *args),
		      const struct ipu_array *to)
{
	struct norm *kept;

	n->to = rows_room(ops, &n->rows, to, n->rows.columns);
	kept = ipu_ops_keep(ops, sizeof(*n));
	*kept = *n;
	ipu_add_work(ops, n->rows.count ? work : NULL, kept);
	rows_put(ops, &n->rows, to, n->rows.columns, n->to);
}

void ipu_make_layer_norm(struct ipu_ops *ops, const struct ipu_array *to,
			 const struct ipu_array *from, const struct ipu_array *gamma,
			 const struct ipu_array *beta, const struct ipu_array *mean,
			 const struct ipu_array *rstd, float epsilon)
{
	struct norm n;

	ipu_ops_begin(ops, "layer norm");
	n = norm_of(ops, to, from, NULL, gamma, beta);
	check_count(ops, mean, n.rows.all, "mean");
	check_type(ops, mean, IPU_F32, "mean");
	check_count(ops, rstd, n.rows.all, "rstd");
	check_type(ops, rstd, IPU_F32, "rstd");
	n.epsilon = epsilon;
	n.mean = rows_room(ops, &n.rows, mean, 1);
	n.rstd = rows_room(ops, &n.rows, rstd, 1);
	make_rows(ops, &n, layer_norm, to);
	rows_put(ops, &n.rows, mean, 1, n.mean);
	rows_put(ops, &n.rows, rstd, 1, n.rstd);
}

void ipu_make_layer_norm_grad(struct ipu_ops *ops, const struct ipu_array *dx,
			      const struct ipu_array *dgamma, const struct ipu_array *dbeta,
			      const struct ipu_array *dy, const struct ipu_array *x,
			      const struct ipu_array *gamma, const struct ipu_array *mean,
			      const struct ipu_array *rstd)
{
	struct norm n;

	ipu_ops_begin(ops, "gradient of layer norm");
	n = norm_of(ops, dx, x, dy, gamma, NULL);
	check_count(ops, mean, n.rows.all, "mean");
	check_count(ops, rstd, n.rows.all, "rstd");
	n.by_row = true;
	n.mean = (float *)rows_get(ops, &n.rows, mean, 1);
	n.rstd = (float *)rows_get(ops, &n.rows, rstd, 1);
	/* First the sums: dx may take the place of dy or x. */
	if (dgamma)
		check_count(ops, dgamma, n.rows.columns, "dgamma");
	if (dbeta)
		check_count(ops, dbeta, n.rows.columns, "dbeta");
	if (dgamma || dbeta)
		make_sums(ops, &n, dbeta, dgamma, 1);
	make_rows(ops, &n, layer_grad, dx);
}

/* The variance of channels, to @rstd; then statistics from it. */
static void make_statistics(struct ipu_ops *ops, struct norm *n, struct channels ch,
			    const struct ipu_array *mean, const struct ipu_array *rstd)
{
	const struct ipu_range own = ipu_array_own(rstd);
	const float rows = (float)n->rows.all;
	struct channels *kept;

	n->mean = (float *)array_everywhere(ops, mean);
	n->square = true;
	make_sums(ops, n, NULL, rstd, 1 / rows);
	ch.count = own.end - own.begin;
	ch.scale = rows / (rows - 1);
	ch.mean = mean->data;
	ch.rstd = rstd->data;
	kept = ipu_ops_keep(ops, sizeof(ch));
	*kept = ch;
	ipu_add_work(ops, finish_statistics, kept);
	n->rstd = (float *)array_everywhere(ops, rstd);
}

void ipu_make_batch_norm(struct ipu_ops *ops, const struct ipu_array *to,
			 const struct ipu_array *from, const struct ipu_array *gamma,
			 const struct ipu_array *beta, const struct ipu_array *mean,
			 const struct ipu_array *rstd, const struct ipu_array *running_mean,
			 const struct ipu_array *running_var, float momentum, float epsilon)
{
	const struct rows rows = rows_of(to);
	struct channels ch = { .momentum = momentum, .epsilon = epsilon };
	struct norm n;

	ipu_ops_begin(ops, "batch norm");
	check_channels(ops, mean, rows.columns, "mean");
	check_channels(ops, rstd, rows.columns, "rstd");
	check_channels(ops, running_mean, rows.columns, "running mean");
	check_channels(ops, running_var, rows.columns, "running variance");
	if (!rows.all || !from->ndim)
		ipu_ops_refuse(ops, "there are no rows to take the mean of");
	ipu_make_reduction(ops, IPU_REDUCE_MEAN, mean, from, (1u << (from->ndim - 1)) - 1);
	ipu_ops_begin(ops, "batch norm");
	n = norm_of(ops, to, from, NULL, gamma, beta);
	ch.running_mean = running_mean ? running_mean->data : NULL;
	ch.running_var = running_var ? running_var->data : NULL;
	make_statistics(ops, &n, ch, mean, rstd);
	make_rows(ops, &n, batch_norm, to);
}

/* 1 / sqrt(variance + epsilon), everywhere. */
static void root_everywhere(void *args)
{
	struct norm *n = args;
	const struct ipu_range share = ipu_worker_range(n->rows.columns);

	EACH_VECTOR(c, vl, share.begin, share.end)
	STORE(f32, n->rstd, c,
	      ipu_vrsqrt_v_f32m4(__riscv_vfadd(LOAD(f32, n->sum, c, vl), n->epsilon, vl), vl), vl);
}

void ipu_make_batch_norm_apply(struct ipu_ops *ops, const struct ipu_array *to,
			       const struct ipu_array *from, const struct ipu_array *gamma,
			       const struct ipu_array *beta, const struct ipu_array *mean,
			       const struct ipu_array *var, float epsilon)
{
	struct norm n, *kept;

	ipu_ops_begin(ops, "batch norm for inference");
	n = norm_of(ops, to, from, NULL, gamma, beta);
	n.mean = (float *)get_columns(ops, &n, mean, IPU_F32, "mean");
	n.sum = get_columns(ops, &n, var, IPU_F32, "variance");
	n.rstd = ipu_ops_scratch(ops, n.rows.columns * 4);
	n.epsilon = epsilon;
	kept = ipu_ops_keep(ops, sizeof(n));
	*kept = n;
	ipu_add_work(ops, root_everywhere, kept);
	make_rows(ops, &n, batch_norm, to);
}

void ipu_make_batch_norm_grad(struct ipu_ops *ops, const struct ipu_array *dx,
			      const struct ipu_array *dgamma, const struct ipu_array *dbeta,
			      const struct ipu_array *dy, const struct ipu_array *x,
			      const struct ipu_array *gamma, const struct ipu_array *mean,
			      const struct ipu_array *rstd)
{
	struct channels *ch;
	struct ipu_range own;
	struct norm n;

	ipu_ops_begin(ops, "gradient of batch norm");
	n = norm_of(ops, dx, x, dy, gamma, NULL);
	check_channels(ops, dgamma, n.rows.columns, "dgamma");
	check_channels(ops, dbeta, n.rows.columns, "dbeta");
	check_channels(ops, rstd, n.rows.columns, "rstd");
	n.mean = (float *)get_columns(ops, &n, mean, IPU_F32, "mean");
	n.rstd = (float *)array_everywhere(ops, rstd);
	make_sums(ops, &n, dbeta, dgamma, 1);
	own = ipu_array_own(dgamma);
	ch = ipu_ops_keep(ops, sizeof(*ch));
	*ch = (struct channels){ .count = own.end - own.begin,
				 .mean = rstd->data,
				 .rstd = dgamma->data };
	ipu_add_work(ops, scale_gradient, ch);
	n.sum = array_everywhere(ops, dbeta);
	n.dot = array_everywhere(ops, dgamma);
	make_rows(ops, &n, batch_grad, dx);
}
