/* SPDX-License-Identifier: MIT */
/*
 * What the programs here share of a command's life.
 */
#ifndef DIFF_COMMAND_H
#define DIFF_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/ipu_isa.h"

/**
 * diff_read_runtime - the assembled runtime in the file @path
 * @least: bytes it must have
 * Return: its size. Ends the process if it cannot be read.
 */
size_t diff_read_runtime(const char *path, uint8_t runtime[IPU_SRAM_SIZE], size_t least);

/** diff_report - print the line of test number @test; returns @good */
bool diff_report(bool good, unsigned int test, const char *name);

/** diff_print_code - what the tile addresses @from to @to hold, by llvm-mc if there is one */
void diff_print_code(const uint8_t *sram, uint32_t from, uint32_t to);

#endif /* DIFF_COMMAND_H */
