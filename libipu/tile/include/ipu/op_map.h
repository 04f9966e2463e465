/* SPDX-License-Identifier: MIT */
/*
 * Operations on each element by itself. Included by <ipu/ops.h>.
 *
 *	ipu_make_map2(&ops, IPU_MAP_ADD, &y, &x, &bias);
 *	ipu_make_map1(&ops, IPU_MAP_GELU, &y, &y);
 *	ipu_make_map2_scalar(&ops, IPU_MAP_MUL, &y, &y, 0.5f);
 *	ipu_make_map(&ops, &(struct ipu_map_args){
 *		.op = IPU_MAP_CLAMP, .to = &y, .a = &y, .alpha.real = -1, .beta.real = 1 });
 *
 * What there is, and how exact each is, is in <ipu/op_numbers.h>: enum ipu_map.
 *
 * The operands are broadcast to the shape of the result, as NumPy does: dimensions are counted
 * from the last one, and one of 1, or a missing one, is repeated. The result may be an operand.
 *
 * Types: the operands have the type of the result, of which enum ipu_map says which there are.
 * Floats may also be of different types. The result of a comparison or a test is u8, and so is
 * a of IPU_MAP_SELECT; u8 of 0 and 1 is what PyTorch calls bool. Floats are computed in f32 and
 * rounded once; integers of 8 and 16 bits in 32 bits, and then cut off.
 *
 * Layout: a tile computes the elements that it has of the result, and its six workers share
 * these in units of 16. Nothing is exchanged for operands that lie as the result does, or of
 * which every tile has all elements. One element is exchanged for an operand that has only one.
 * Another operand costs an exchange of the elements that a tile needs, and scratch memory for
 * as many as it has of the result.
 *
 * Cost: in card cycles of a tile with n elements, with vectors of 512 bits:
 *
 *	600 + 6 * ceil(ceil(n / 64) / 6) * (4 * (loads + stores + instructions) + 18)
 *
 * where a load or store of an f32 counts 1, of an f16 2.5, and of a bfloat16 2.5 to load and 9
 * to store; and instructions are 1 or 2 for most of the operations, 4 for functions such as
 * exp, 3 for a division, about 60 for erf and gelu. ADD, SUB and MUL of two arrays that are f32
 * or f16 have 128 or 256 elements instead of 64, and 34 for the last factor. Operands of
 * different types, integers of 8 and 16 bits, and SELECT cost about 40 more in that factor.
 *
 * A call that cannot be is refused with a text: types that do not fit, a missing operand,
 * shapes that cannot be broadcast, too little scratch memory.
 */
#ifndef IPU_OP_MAP_H
#define IPU_OP_MAP_H

#include <ipu/op_numbers.h>
#include <ipu/ops.h>

/**
 * union ipu_scalar - a number, of the type that the operation has
 * @real: for floats
 * @whole: for integers
 */
union ipu_scalar {
	float real;
	int32_t whole;
};

/**
 * struct ipu_map_args - an operation, with all that it can have
 * @op: which one
 * @to: the result
 * @a: the first operand
 * @b: the second
 * @c: the third
 * @scalar: what each operand that is needed and NULL is, one of them at least not being so
 * @alpha: for operations that have it
 * @beta: the same
 * @given: or where each tile finds these three when the operation runs, one after the other, in
 *	memory that is kept: for numbers that change from run to run, as a scheduled rate does.
 *	NULL for those above
 */
struct ipu_map_args {
	enum ipu_map op;
	const struct ipu_array *to;
	const struct ipu_array *a;
	const struct ipu_array *b;
	const struct ipu_array *c;
	union ipu_scalar scalar;
	union ipu_scalar alpha;
	union ipu_scalar beta;
	const union ipu_scalar *given;
};

#ifdef __cplusplus
extern "C" {
#endif

/** ipu_make_map - any operation; see the top of <ipu/op_map.h> */
void ipu_make_map(struct ipu_ops *ops, const struct ipu_map_args *args);

/**
 * ipu_make_chain - operations one after the other, as one
 * @count: how many, from 1 on
 * @args: each; their results have one shape, and @given is NULL
 *
 * What they compute is what they would by themselves, to the bit; but an operand that one before
 * has written must have the shape of the results. It takes less time than these: workers go
 * through the elements once.
 */
void ipu_make_chain(struct ipu_ops *ops, uint32_t count, const struct ipu_map_args *args);

/** ipu_make_map1 - an operation on one array */
void ipu_make_map1(struct ipu_ops *ops, enum ipu_map op, const struct ipu_array *to,
		   const struct ipu_array *a);

/** ipu_make_map2 - an operation on two arrays */
void ipu_make_map2(struct ipu_ops *ops, enum ipu_map op, const struct ipu_array *to,
		   const struct ipu_array *a, const struct ipu_array *b);

/**
 * ipu_make_map2_scalar - an operation on an array and a number
 *
 * For integers @b is cut off to one. ipu_make_map() takes the number as the first operand, too.
 */
void ipu_make_map2_scalar(struct ipu_ops *ops, enum ipu_map op, const struct ipu_array *to,
			  const struct ipu_array *a, float b);

/** ipu_make_map3 - an operation on three arrays */
void ipu_make_map3(struct ipu_ops *ops, enum ipu_map op, const struct ipu_array *to,
		   const struct ipu_array *a, const struct ipu_array *b, const struct ipu_array *c);

#ifdef __cplusplus
}
#endif

#endif /* IPU_OP_MAP_H */
