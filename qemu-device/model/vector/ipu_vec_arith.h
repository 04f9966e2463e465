/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Rows of vector integer arithmetic, for every SEW they have: what the sources
 * of additions and of products share.
 * @sign, @asign, @bsign: s or u, the signedness of elements
 * @from: where b comes from, see IPU_VEC_BINARY
 * @value: a macro of sew, a and b
 */
#ifndef IPU_VEC_ARITH_H
#define IPU_VEC_ARITH_H

#include "ipu_vec_loops.h"

#define SAME(name, sign, from, value) \
	IPU_VEC_BINARY(name, 0, ipu_u0, ipu_u0, ipu_##sign##0, ipu_##sign##0, from, value) \
	IPU_VEC_BINARY(name, 1, ipu_u1, ipu_u1, ipu_##sign##1, ipu_##sign##1, from, value) \
	IPU_VEC_BINARY(name, 2, ipu_u2, ipu_u2, ipu_##sign##2, ipu_##sign##2, from, value) \
	IPU_VEC_ROW(name)

#define SAME_VX(name, sign, value) \
	SAME(name##_vv, sign, V, value) \
	SAME(name##_vx, sign, X, value)

/* from the width to twice the width */
#define WIDEN(name, asign, bsign, from, value) \
	IPU_VEC_BINARY(name, 0, ipu_wu0, ipu_wu0, ipu_##asign##0, ipu_##bsign##0, from, value) \
	IPU_VEC_BINARY(name, 1, ipu_wu1, ipu_wu1, ipu_##asign##1, ipu_##bsign##1, from, value) \
	IPU_VEC_ROW_01(name)

#define WIDEN_VX(name, asign, bsign, value) \
	WIDEN(name##_vv, asign, bsign, V, value) \
	WIDEN(name##_vx, asign, bsign, X, value)

#endif /* IPU_VEC_ARITH_H */
