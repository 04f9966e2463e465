/* SPDX-License-Identifier: MIT */
/*
 * What a program that runs as a process writes to standard output.
 */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include <stdint.h>

/**
 * struct bench_answer - of one call of bench_run()
 * @ns: processor time that it took, in nanoseconds
 * @checksum: what it returned
 * @zero: padding
 */
struct bench_answer {
	uint64_t ns;
	uint32_t checksum;
	uint32_t zero;
};

#endif /* BENCH_ANSWER_H */
