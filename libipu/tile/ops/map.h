/* SPDX-License-Identifier: MIT */
/*
 * What the operations of <ipu/op_map.h> compute: functions on vectors that the loops of map.c
 * call. Vectors are passed in registers, so a call costs a few instructions and each function
 * is there once for all types and all loops.
 */
#ifndef IPU_OPS_MAP_H
#define IPU_OPS_MAP_H

#include <riscv_vector.h>

#include <ipu/step.h>

/** map_function - the results for @vl elements; integers are in vectors of floats as well */
typedef vfloat32m4_t map_function(vfloat32m4_t a, vfloat32m4_t b, vfloat32m4_t c, size_t vl,
				  float alpha, float beta);

/** map_test - which elements have a property */
typedef vbool8_t map_test(vfloat32m4_t a, vfloat32m4_t b, size_t vl);

/* By enum ipu_map; NULL where there is none. */
extern map_function *const map_floats[IPU_MAP_OPS];
extern map_function *const map_integers[IPU_MAP_OPS];
extern map_test *const map_float_tests[IPU_MAP_OPS];
extern map_test *const map_integer_tests[IPU_MAP_OPS];

#define MAP_FUNCTION(name)                                                                      \
	static vfloat32m4_t name(                                                               \
		__attribute__((unused)) vfloat32m4_t a, __attribute__((unused)) vfloat32m4_t b, \
		__attribute__((unused)) vfloat32m4_t c, __attribute__((unused)) size_t vl,      \
		__attribute__((unused)) float alpha, __attribute__((unused)) float beta)

#endif /* IPU_OPS_MAP_H */
