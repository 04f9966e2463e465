/* SPDX-License-Identifier: MIT */
/*
 * Random numbers, and dropout. Included by <ipu/ops.h>.
 *
 * The numbers are counter based: each is a function of a seed, of an offset that every
 * operation increments when it runs, and of the element's number in the whole array. So they
 * are the same on any number of tiles, and for any type as far as that goes; and a run is
 * repeated by setting the offset back.
 *
 * The function is Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel Random Numbers: As Easy
 * as 1, 2, 3", 2011). The key is the seed. The counter of element i is, from its lowest word
 * on, i / 4, 0, and the two words of the offset; and word i % 4 of the four that it gives
 * belongs to element i.
 *
 * Layout of all of them: a tile makes the numbers of the elements that it has; no exchange, but
 * for operands that lie otherwise. Scratch memory: 6 KiB.
 *
 * Cost: about 4,800 * ceil(n / 1536) card cycles for n elements of a tile, the 1536 being 256
 * for each worker; of normal numbers 7,300.
 */
#ifndef IPU_OP_RANDOM_H
#define IPU_OP_RANDOM_H

#include <ipu/ops.h>

/**
 * struct ipu_generator - where an operation's random numbers come from
 * @seed: low and high word
 * @offset: low and high word: of the next operation that runs; incremented by that
 *
 * In the memory of every tile, and the same on each, such as a variable of the program or an
 * IPU_BROADCAST tensor. Operations keep a pointer to it.
 */
struct ipu_generator {
	uint32_t seed[2];
	uint32_t offset[2];
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_make_uniform - numbers that are equally likely from @low to below @high
 * @ops: the operations
 * @to: f32, f16 or bfloat16
 * @generator: kept
 * @low: the least number
 * @high: above it
 *
 * low + u * (high - low), u being the upper 24, 11 or 8 bits of the element's word (f32, f16,
 * bfloat16) as a fraction, in f32, by a fused multiply-add, and rounded once. As in PyTorch
 * rounding may give @high itself.
 *
 * Tolerance: the same bits everywhere.
 */
void ipu_make_uniform(struct ipu_ops *ops, const struct ipu_array *to,
		      struct ipu_generator *generator, float low, float high);

/**
 * ipu_make_normal - numbers of a normal distribution
 * @ops: the operations
 * @to: f32, f16 or bfloat16
 * @generator: kept
 * @mean: of the distribution
 * @deviation: its standard deviation
 *
 * mean + deviation * z, where z is by Box and Muller's method from the words of an even element
 * and the next one, p and q: r = sqrt(-2 * log(((p >> 9) + 0.5) / 2^23)) times the cosine, for
 * the even element, or the sine of 2 * pi * q / 2^32. |z| is at most 5.77.
 *
 * Tolerance: z is within 4 * r * 2^-23 of that; the result is rounded once.
 */
void ipu_make_normal(struct ipu_ops *ops, const struct ipu_array *to,
		     struct ipu_generator *generator, float mean, float deviation);

/**
 * ipu_make_bernoulli - 1 with a probability, or else 0
 * @ops: the operations
 * @to: of any type
 * @generator: kept
 * @p: probability of a 1
 *
 * 1 where the upper 24 bits of the element's word, as a fraction, are below @p.
 *
 * Tolerance: exact.
 */
void ipu_make_bernoulli(struct ipu_ops *ops, const struct ipu_array *to,
			struct ipu_generator *generator, float p);

/**
 * ipu_make_dropout - replace elements by 0 at random, and scale the others
 * @ops: the operations
 * @to: the result: f32, f16 or bfloat16; may be @from
 * @mask: out: 1 where elements were kept, else 0; u8, and of the shape of @to
 * @from: the operand
 * @generator: kept
 * @p: probability of a 0, from 0 to 1
 *
 * As PyTorch's native_dropout in training: kept elements are multiplied by 1 / (1 - p), which
 * is rounded to f32. Kept is what ipu_make_bernoulli() of 1 - p gives.
 *
 * Tolerance: of f32 half an ulp and that of the factor; the mask is exact.
 */
void ipu_make_dropout(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *mask,
		      const struct ipu_array *from, struct ipu_generator *generator, float p);

/**
 * ipu_make_dropout_grad - the gradient of dropout
 * @ops: the operations
 * @to: the gradient with respect to the operand; may be @grad
 * @grad: that with respect to the result
 * @mask: as ipu_make_dropout() left it
 * @p: the same probability
 *
 * Cost: about 600 + 6 * ceil(ceil(n / 64) / 6) * 50 card cycles for n elements of a tile.
 */
void ipu_make_dropout_grad(struct ipu_ops *ops, const struct ipu_array *to,
			   const struct ipu_array *grad, const struct ipu_array *mask, float p);

#ifdef __cplusplus
}
#endif

#endif /* IPU_OP_RANDOM_H */
