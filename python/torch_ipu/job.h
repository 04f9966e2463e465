/* SPDX-License-Identifier: MIT */
/*
 * An operation under way: found among those that were made before, or made; and submitted.
 *
 *	struct job job;
 *
 *	job_begin(&job, "relu");
 *	job_use(&job, to);
 *	job_use(&job, from);
 *	if (job_is_new(&job)) {
 *		uint32_t x = job_in(&job, 1), y = job_out(&job, 0);
 *
 *		ipu_graph_map(job.graph, ...);
 *	}
 *	return job_run(&job);
 *
 * What is made depends on the name, on types, shapes and strides of what is used, and on job_word()s.
 */
#ifndef TORCH_IPU_JOB_H
#define TORCH_IPU_JOB_H

#include "ops.h"

#define JOB_USES 80
#define JOB_WORDS 1200

/**
 * struct job_use - what it uses
 * @tensor: a copy, or with no dtype
 * @number: of the tensor of the graph whose elements are at @data; IPU_NO_TENSOR for none
 */
struct job_use {
	struct it_tensor tensor;
	uint32_t number;
};

/* A result that is not as it is in memory, and where that goes. */
struct job_later {
	uint32_t use;
	uint32_t from;
	uint32_t to;
};

struct entry;

struct job {
	const char *name;
	uint32_t word[JOB_WORDS];
	uint32_t words;
	struct job_use use[JOB_USES];
	uint32_t uses;
	struct ipu_graph *graph;
	struct entry *found; /* made before, while made.lock is held */
	struct job_later later[8];
	uint32_t laters;
	uint64_t work;
	uint32_t card; /* whose tensors it uses; IT_CARDS while that is not known */
	int error;
};

void job_begin(struct job *job, const char *name);

/** job_use - it uses a tensor; returns its number. NULL is allowed */
uint32_t job_use(struct job *job, const struct it_tensor *tensor);

/** job_numbers - it uses @count numbers of the host, which every tile gets */
uint32_t job_numbers(struct job *job, const void *data, uint32_t dtype, uint32_t count);

/** job_word - another number that what is made depends on */
void job_word(struct job *job, uint32_t word);
void job_double(struct job *job, double value);

/** job_is_new - it has to be made: job->graph is empty */
bool job_is_new(struct job *job);

/** job_in - its elements, row by row; job_shrunk() with an extent of 1 where the stride is 0 */
uint32_t job_in(struct job *job, uint32_t use);
uint32_t job_shrunk(struct job *job, uint32_t use);

/** job_out - where its elements go, row by row */
uint32_t job_out(struct job *job, uint32_t use);

/** job_change - elements that are read and written */
uint32_t job_change(struct job *job, uint32_t use);

/** job_copies - of job_numbers(): every tile has them; job_scalar() is of no dimensions */
uint32_t job_copies(struct job *job, uint32_t use);
uint32_t job_scalar(struct job *job, uint32_t use);

/** job_work - it is worth as many tiles as if it had so many elements */
void job_work(struct job *job, uint64_t elements);

/** job_temp - a tensor within */
uint32_t job_temp(struct job *job, uint32_t dtype, uint32_t ndim, const uint32_t *shape);

/** job_cast - the same elements as @dtype; @tensor itself if they are that already */
uint32_t job_cast(struct job *job, uint32_t tensor, uint32_t dtype, uint32_t ndim,
		  const uint32_t *shape, uint32_t to_dtype);

/** job_convert - elements of @from, a tensor of the graph of another type, become those of @number, which @to is */
void job_convert(struct job *job, const struct it_tensor *to, uint32_t number, uint32_t from);

/** job_finish - results go to where they are in memory; job_run() does it when it makes one */
void job_finish(struct job *job);

/** job_run - submit it */
int job_run(struct job *job);

/* ---- Tensors --------------------------------------------------------------- */

uint32_t it_count(const struct it_tensor *tensor);
bool it_is_float(uint32_t dtype);

/** it_order - the order of dimensions in memory; false for gaps, or elements that overlap */
bool it_order(const struct it_tensor *tensor, uint32_t *order);

/** it_permuted - with its dimensions in another order */
struct it_tensor it_permuted(const struct it_tensor *tensor, const uint32_t *order);

bool it_is_contiguous(const struct it_tensor *tensor);

/** it_with_last - with dimension @dim as the last one */
struct it_tensor it_with_last(const struct it_tensor *tensor, uint32_t dim);

/** it_bits_of - a number as operations on @dtype take it: bits of a float, or an integer */
uint32_t it_bits_of(double value, uint32_t dtype);

#endif /* TORCH_IPU_JOB_H */
