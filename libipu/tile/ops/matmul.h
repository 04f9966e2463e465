/* SPDX-License-Identifier: MIT */
/* What workers do for a product of matrices: matmul_work.c, used by matmul.c. */
#ifndef IPU_OPS_MATMUL_H
#define IPU_OPS_MATMUL_H

#include <ipu/step.h>

/**
 * struct unpack - operands that are converted to f32, transposed, or both
 * @from: as they were received
 * @to: as they are multiplied
 * @lead: elements before the first one in @from
 * @batches: matrices
 * @rows: of each, in @from
 * @columns: likewise
 * @from_batch: elements from a matrix to the next
 * @from_pitch: from a row to the next
 * @to_batch: the same of @to
 * @to_pitch: the same of @to
 * @work: what does it
 */
struct unpack {
	const void *from;
	void *to;
	uint32_t lead;
	uint32_t batches;
	uint32_t rows;
	uint32_t columns;
	uint32_t from_batch;
	uint32_t from_pitch;
	uint32_t to_batch;
	uint32_t to_pitch;
	void (*work)(void *args);
};

/** matmul_unpack - what unpacks a type, and transposes it if @turns */
void (*matmul_unpack(enum ipu_dtype dtype, bool turns))(void *args);

struct multiply;

/** typedef matmul_block_fn - compute a block of at most 8 x 32 elements of C */
typedef void matmul_block_fn(const struct multiply *multiply, const void *a, const void *b,
			     float *c, uint32_t rows, uint32_t columns);

/**
 * struct multiply - a tile's product: C = A B, or C += A B
 * @a: A, of f32 or f16
 * @b: B
 * @c: C, its rows and matrices one after the other
 * @lda: elements from a row of A to the next
 * @ldb: of B
 * @a_batch: elements from a matrix of A to the next
 * @b_batch: of B
 * @batches: matrices
 * @m: rows of C
 * @n: columns of C
 * @k: what is added up
 * @first: C has nothing to add to yet
 * @block: computes a block
 */
struct multiply {
	const void *a;
	const void *b;
	float *c;
	uint32_t lda;
	uint32_t ldb;
	uint32_t a_batch;
	uint32_t b_batch;
	uint32_t batches;
	uint32_t m;
	uint32_t n;
	uint32_t k;
	bool first;
	matmul_block_fn *block;
};

/** matmul_block - for f16 or f32, with A transposed or not */
matmul_block_fn *matmul_block(bool halves, bool transposed);

/** matmul_multiply - this worker's share of the blocks; @args is a struct multiply */
void matmul_multiply(void *args);

/**
 * struct add_parts - partial sums
 * @sums: what they are added to
 * @parts: one after the other
 * @pitch: elements from one to the next
 * @part_count: how many
 * @count: elements of each
 */
struct add_parts {
	float *sums;
	float *parts;
	uint32_t pitch;
	uint32_t part_count;
	uint32_t count;
};

/** matmul_add_parts - workers share the elements */
void matmul_add_parts(void *args);

/** matmul_add_groups - workers share the parts: each leaves a sum in the first of its own */
void matmul_add_groups(void *args);

/** matmul_add_group_sums - after that: workers share the elements */
void matmul_add_group_sums(void *args);

/**
 * struct finish - the result, rounded to its type
 * @to: where it goes
 * @from: as it was computed
 * @count: elements
 * @adds: to what is there
 * @kernel: for its type
 */
struct finish {
	void *to;
	const float *from;
	uint32_t count;
	bool adds;
	void (*kernel)(const struct finish *finish, uint32_t at, uint32_t end);
};

/** matmul_finish - the kernel for a type */
void (*matmul_finish(const struct ipu_ops *ops, enum ipu_dtype dtype))(const struct finish *finish,
								       uint32_t at, uint32_t end);

/** matmul_finish_share - this worker's share; @args is a struct finish */
void matmul_finish_share(void *args);

#endif /* IPU_OPS_MATMUL_H */
