/* SPDX-License-Identifier: MIT */
/*
 * Elements of any type, loaded and stored by functions that are found by the type: slower than
 * LOAD() and STORE() of floats.h by two calls, and no larger for many types than for one.
 *
 * In a vector a float is an f32; an integer is 32 bits, in a vector of f32 as well, where it is
 * sign- or zero-extended. Storing an integer cuts it off.
 */
#ifndef IPU_OPS_ELEMENTS_H
#define IPU_OPS_ELEMENTS_H

#include <riscv_vector.h>

#include <ipu/step.h>

typedef vfloat32m4_t element_load(const void *data, uint32_t at, size_t vl);
typedef void element_store(void *data, uint32_t at, vfloat32m4_t value, size_t vl);

/** element_load_of - loads @vl elements from number @at on, by enum ipu_dtype */
element_load *element_load_of(enum ipu_dtype dtype);

/** element_store_of - puts them back: floats are rounded to nearest, ties to even */
element_store *element_store_of(enum ipu_dtype dtype);

/** element_is_float - is a type f32, f16 or bfloat16? */
static inline bool element_is_float(enum ipu_dtype dtype)
{
	return dtype == IPU_F32 || dtype == IPU_F16 || dtype == IPU_BF16;
}

/** element_name - of a type, for messages */
const char *element_name(enum ipu_dtype dtype);

#endif /* IPU_OPS_ELEMENTS_H */
