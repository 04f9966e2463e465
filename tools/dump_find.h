/* SPDX-License-Identifier: MIT */
/* Where dumps come from: a file, or what the kernel keeps. */
#ifndef IPU_DUMP_FIND_H
#define IPU_DUMP_FIND_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * dump_find_pending - the file of a dump that the kernel keeps, of an IPU card
 * @path: out
 * @status: out: CLI_OK, or CLI_DEVICE when only root may see whether there is one
 * Return: whether there is one; of several the oldest.
 */
bool dump_find_pending(char path[PATH_MAX], int *status);

/**
 * dump_read - read a file of a dump
 * @path: its name; "-" is standard input
 * @data: out: free() it
 * @size: out
 * Return: false with a message printed.
 */
bool dump_read(const char *path, void **data, size_t *size);

/** dump_clear - have the kernel forget the dump of this file; returns a CLI_ code */
int dump_clear(const char *path);

#endif /* IPU_DUMP_FIND_H */
