/* SPDX-License-Identifier: MIT */
/* What ipu-run --info says of a program, without running it. */
#ifndef IPU_RUN_INFO_H
#define IPU_RUN_INFO_H

#include <stdbool.h>

/** run_info - print a program's tensors and what fills a tile's SRAM. Return: the exit code. */
int run_info(const char *path, bool json);

#endif /* IPU_RUN_INFO_H */
