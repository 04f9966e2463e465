/* SPDX-License-Identifier: MIT */
/* What the fuzzers of ipu-run --gdb choose by: the same for the same IPU_TEST_SEED. */
#ifndef IPU_GDB_RANDOM_H
#define IPU_GDB_RANDOM_H

#include <stdint.h>

/** setting - the number in variable @name of the environment, or @value without it */
unsigned long setting(const char *name, unsigned long value);

/** random_start - begin at IPU_TEST_SEED, which is printed */
void random_start(void);

/** random_below - the next number, from 0 to @limit - 1 */
uint32_t random_below(uint32_t limit);

#endif /* IPU_GDB_RANDOM_H */
