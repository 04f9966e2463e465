/* SPDX-License-Identifier: MIT */
/*
 * The parts of the benchmark. Each has a file, a table of its programs and two
 * entries here, which main.c calls.
 */
#ifndef BENCH_SUITES_H
#define BENCH_SUITES_H

#include <stdbool.h>

#include "report.h"

/**
 * struct bench_options - from the command line
 * @programs: the folder of the programs
 * @qemu: qemu-riscv32
 * @turns: how often everything is measured
 * @avx2: as on a processor without AVX-512
 */
struct bench_options {
	const char *programs;
	const char *qemu;
	unsigned int turns;
	bool avx2;
};

/**
 * struct bench_check - results in TAP
 * @number: of the last one
 * @failed: how many failed
 */
struct bench_check {
	unsigned int number;
	unsigned int failed;
};

void bench_check_result(struct bench_check *check, bool good, const char *name, const char *what);

/** bench_scalar - measure; false if a program failed, which is on standard error */
bool bench_scalar(const struct bench_options *options, struct bench_report *report);

/** bench_scalar_check - run each program once each way and compare the results */
void bench_scalar_check(const struct bench_options *options, struct bench_check *check);

/** bench_vector, bench_vector_check - the same of programs with vectors */
bool bench_vector(const struct bench_options *options, struct bench_report *report);
void bench_vector_check(const struct bench_options *options, struct bench_check *check);

/** bench_gemm, bench_gemm_check - the same of products of matrices, against OpenBLAS */
bool bench_gemm(const struct bench_options *options, struct bench_report *report);
void bench_gemm_check(const struct bench_options *options, struct bench_check *check);

/** bench_machine, bench_machine_check - of all tiles together, through libipu */
bool bench_machine(const struct bench_options *options, struct bench_report *report);
void bench_machine_check(const struct bench_options *options, struct bench_check *check);

/** bench_stream, bench_stream_check - the same of a stream from memory, against memcpy() */
bool bench_stream(const struct bench_options *options, struct bench_report *report);
void bench_stream_check(const struct bench_options *options, struct bench_check *check);

/** bench_matmul, bench_matmul_check - the same of products of matrices over all tiles */
bool bench_matmul(const struct bench_options *options, struct bench_report *report);
void bench_matmul_check(const struct bench_options *options, struct bench_check *check);

/** bench_operations, bench_operations_check - the same of operations on arrays over all tiles */
bool bench_operations(const struct bench_options *options, struct bench_report *report);
void bench_operations_check(const struct bench_options *options, struct bench_check *check);

/** bench_train, bench_train_check - the same of training a network */
bool bench_train(const struct bench_options *options, struct bench_report *report);
void bench_train_check(const struct bench_options *options, struct bench_check *check);

#endif /* BENCH_SUITES_H */
