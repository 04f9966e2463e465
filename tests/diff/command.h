/* SPDX-License-Identifier: MIT */
/*
 * What the programs in this folder share: reading files and reporting.
 */
#ifndef DIFF_COMMAND_H
#define DIFF_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/ipu_isa.h"

/**
 * diff_read_runtime - the assembled runtime in the file @path
 * @least: its minimal size in bytes
 * Return: its size. Ends the process if it cannot be read.
 */
size_t diff_read_runtime(const char *path, uint8_t runtime[IPU_SRAM_SIZE], size_t least);

/** diff_report - print the line of test number @test; returns @good */
bool diff_report(bool good, unsigned int test, const char *name);

/** diff_print_code - the code at tile addresses @from to @to, by llvm-mc if it is installed */
void diff_print_code(const uint8_t *sram, uint32_t from, uint32_t to);

#endif /* DIFF_COMMAND_H */
