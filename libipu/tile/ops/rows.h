/* SPDX-License-Identifier: MIT */
/*
 * Operations on whole rows: each tile has rows of all arrays, its own ones where these lie so,
 * and otherwise brought here and put back by exchanges. Workers share the rows.
 */
#ifndef IPU_OPS_ROWS_H
#define IPU_OPS_ROWS_H

#include "floats.h"

/**
 * struct rows - how rows lie over the tiles
 * @all: of the whole
 * @columns: elements of a row
 * @per: rows of a tile at most
 * @first: this tile's first one
 * @count: this tile's
 */
struct rows {
	uint32_t all;
	uint32_t columns;
	uint32_t per;
	uint32_t first;
	uint32_t count;
};

/** rows_of - the rows of an array, its last dimension */
struct rows rows_of(const struct ipu_array *array);

/** rows_get - this tile's rows of an array with @width elements in each: adds an exchange if need be */
const void *rows_get(struct ipu_ops *ops, const struct rows *rows, const struct ipu_array *array,
		     uint32_t width);

/** rows_room - where this tile's rows of a result go: in place, or scratch */
void *rows_room(struct ipu_ops *ops, const struct rows *rows, const struct ipu_array *array,
		uint32_t width);

/** rows_put - add the exchange that brings a result from rows_room() to where it belongs, if need be */
void rows_put(struct ipu_ops *ops, const struct rows *rows, const struct ipu_array *array,
	      uint32_t width, void *room);

/** array_everywhere - all elements of an array, on this tile */
const void *array_everywhere(struct ipu_ops *ops, const struct ipu_array *array);

/** check_count - refuse an array that has not so many elements, or is NULL; @what for the text */
void check_count(const struct ipu_ops *ops, const struct ipu_array *array, uint32_t count,
		 const char *what);

/** check_type - the same for types */
void check_type(const struct ipu_ops *ops, const struct ipu_array *array, enum ipu_dtype dtype,
		const char *what);

/* ---- Vectors of any type, which is as float_index() has it --------------------------- */

static inline __attribute__((always_inline)) vfloat32m4_t get(uint32_t type, const void *data,
							      uint32_t at, size_t vl)
{
	if (type == 0)
		return LOAD(f32, data, at, vl);
	return type == 1 ? LOAD(f16, data, at, vl) : LOAD(bf16, data, at, vl);
}

static inline __attribute__((always_inline)) void put(uint32_t type, void *data, uint32_t at,
						      vfloat32m4_t value, size_t vl)
{
	if (type == 0)
		STORE(f32, data, at, value, vl);
	else if (type == 1)
		STORE(f16, data, at, value, vl);
	else
		STORE(bf16, data, at, value, vl);
}

static inline float get_one(uint32_t type, const void *data, uint32_t at)
{
	return __riscv_vfmv_f(get(type, data, at, 1));
}

/** EACH_VECTOR - for vectors of elements @begin to @end, from @at on, of @vl */
#define EACH_VECTOR(at, vl, begin, end) \
	for (uint32_t at = (begin), vl; \
	     at < (end) && (vl = (uint32_t)__riscv_vsetvl_e32m4((end) - at)); at += vl)

static inline __attribute__((always_inline)) float total(vfloat32m4_t x)
{
	return __riscv_vfmv_f(
		__riscv_vfredusum(x, __riscv_vfmv_s_f_f32m1(0, 1), __riscv_vsetvlmax_e32m4()));
}

static inline __attribute__((always_inline)) vfloat32m4_t splat(float x)
{
	return __riscv_vfmv_v_f_f32m4(x, __riscv_vsetvlmax_e32m4());
}

#endif /* IPU_OPS_ROWS_H */
