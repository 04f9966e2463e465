/* SPDX-License-Identifier: MIT */
/* Constants, counted numbers and casts, <ipu/op_fill.h>. */
#include "elements.h"
#include "share.h"

/* ---- Fill and arange -------------------------------------------------------------- */

/**
 * struct fill - this tile's part
 * @to: the results
 * @first: number of the first of them
 * @count: how many
 * @start: of element 0
 * @step: from each to the next
 * @store: of the type
 * @values: computes some of them
 */
struct fill {
	void *to;
	uint32_t first;
	uint32_t count;
	union ipu_scalar start;
	union ipu_scalar step;
	element_store *store;
	vfloat32m4_t (*values)(const struct fill *fill, uint32_t number, size_t vl);
};

static vfloat32m4_t constant(const struct fill *fill, uint32_t number, size_t vl)
{
	(void)number;
	return __riscv_vfmv_v_f_f32m4(fill->start.real, vl);
}

static vfloat32m4_t counted_floats(const struct fill *fill, uint32_t number, size_t vl)
{
	const vuint32m4_t i = __riscv_vadd(__riscv_vid_v_u32m4(vl), number, vl);
	const vuint32m4_t low = __riscv_vand(i, 0xffff, vl), high = __riscv_vsub(i, low, vl);
	vfloat32m4_t value = __riscv_vfmv_v_f_f32m4(fill->start.real, vl);

	value = __riscv_vfmacc(value, fill->step.real, __riscv_vfcvt_f_xu_v_f32m4(high, vl), vl);
	return __riscv_vfmacc(value, fill->step.real, __riscv_vfcvt_f_xu_v_f32m4(low, vl), vl);
}

static vfloat32m4_t counted_integers(const struct fill *fill, uint32_t number, size_t vl)
{
	const vint32m4_t i = __riscv_vreinterpret_v_u32m4_i32m4(
		__riscv_vadd(__riscv_vid_v_u32m4(vl), number, vl));

	return __riscv_vreinterpret_v_i32m4_f32m4(
		__riscv_vadd(__riscv_vmul(i, fill->step.whole, vl), fill->start.whole, vl));
}

static void fill_share(void *args)
{
	const struct fill *fill = args;
	const struct ipu_range share = share_of(fill->count);

	for (uint32_t vl, at = share.begin; at < share.end; at += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(share.end - at);
		fill->store(fill->to, at, fill->values(fill, fill->first + at, vl), vl);
	}
}

static void make_fill(struct ipu_ops *ops, const struct ipu_array *to, struct fill fill)
{
	const struct ipu_range own = ipu_array_own(to);
	struct fill *args = ipu_ops_keep(ops, sizeof(*args));

	*args = fill;
	args->to = to->data;
	args->first = own.begin;
	args->count = own.end - own.begin;
	args->store = element_store_of(to->dtype);
	if (args->count)
		ipu_add_work(ops, fill_share, args);
}

void ipu_make_fill(struct ipu_ops *ops, const struct ipu_array *to, union ipu_scalar value)
{
	ipu_ops_begin(ops, "fill");
	make_fill(ops, to, (struct fill){ .start = value, .values = constant });
}

void ipu_make_arange(struct ipu_ops *ops, const struct ipu_array *to, union ipu_scalar start,
		     union ipu_scalar step)
{
	const bool is_float = element_is_float(to->dtype);

	ipu_ops_begin(ops, "arange");
	make_fill(ops, to,
		  (struct fill){ .start = start,
				 .step = step,
				 .values = is_float ? counted_floats : counted_integers });
}

/* ---- Casts ------------------------------------------------------------------------ */

typedef vfloat32m4_t conversion(vfloat32m4_t value, size_t vl);

/* This tile's part of a cast. */
struct cast {
	void *to;
	const void *from;
	uint32_t count;
	element_load *load;
	conversion *convert;
	element_store *store;
};

static vfloat32m4_t to_signed(vfloat32m4_t value, size_t vl)
{
	return __riscv_vreinterpret_v_i32m4_f32m4(__riscv_vfcvt_rtz_x_f_v_i32m4(value, vl));
}

static vfloat32m4_t to_unsigned(vfloat32m4_t value, size_t vl)
{
	return __riscv_vreinterpret_v_u32m4_f32m4(__riscv_vfcvt_rtz_xu_f_v_u32m4(value, vl));
}

static vfloat32m4_t from_signed(vfloat32m4_t value, size_t vl)
{
	return __riscv_vfcvt_f_x_v_f32m4(__riscv_vreinterpret_v_f32m4_i32m4(value), vl);
}

static vfloat32m4_t from_unsigned(vfloat32m4_t value, size_t vl)
{
	return __riscv_vfcvt_f_xu_v_f32m4(__riscv_vreinterpret_v_f32m4_u32m4(value), vl);
}

static conversion *conversion_of(enum ipu_dtype to, enum ipu_dtype from)
{
	if (element_is_float(to) == element_is_float(from))
		return NULL;
	if (element_is_float(to))
		return from == IPU_U32 ? from_unsigned : from_signed;
	return to == IPU_U32 ? to_unsigned : to_signed;
}

static void cast_share(void *args)
{
	const struct cast *cast = args;
	const struct ipu_range share = share_of(cast->count);

	for (uint32_t vl, at = share.begin; at < share.end; at += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(share.end - at);
		vfloat32m4_t value = cast->load(cast->from, at, vl);

		if (cast->convert)
			value = cast->convert(value, vl);
		cast->store(cast->to, at, value, vl);
	}
}

void ipu_make_cast(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *from)
{
	const struct ipu_range own = ipu_array_own(to);
	struct cast *cast;

	ipu_ops_begin(ops, "cast");
	if (to->data == from->data && ipu_dtype_bytes(to->dtype) != ipu_dtype_bytes(from->dtype))
		ipu_ops_refuse(ops, "its result, of type %s, is where its operand is, of type %s",
			       element_name(to->dtype), element_name(from->dtype));
	cast = ipu_ops_keep(ops, sizeof(*cast));
	*cast = (struct cast){
		.to = to->data,
		.from = ipu_operand(ops, from, to),
		.count = own.end - own.begin,
		.load = element_load_of(from->dtype),
		.convert = conversion_of(to->dtype, from->dtype),
		.store = element_store_of(to->dtype),
	};
	if (cast->count)
		ipu_add_work(ops, cast_share, cast);
}
