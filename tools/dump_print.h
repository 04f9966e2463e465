/* SPDX-License-Identifier: MIT */
/* What ipu-dump prints. */
#ifndef IPU_DUMP_PRINT_H
#define IPU_DUMP_PRINT_H

#include "dump_program.h"

/**
 * dump_print - a dump as text
 * @program: the program that ran, or NULL
 * @all: all registers of all units, and all that is shortened otherwise
 */
void dump_print(const struct dump *dump, const struct dump_program *program, bool all);

/** dump_print_json - a dump as JSON, with all that is in it but SRAM */
void dump_print_json(const struct dump *dump, const struct dump_program *program);

#endif /* IPU_DUMP_PRINT_H */
