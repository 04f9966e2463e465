/* SPDX-License-Identifier: MIT */
/* What fuzzers of files and of packets choose by: the same for the same IPU_TEST_SEED. */
#ifndef IPU_FUZZ_RANDOM_H
#define IPU_FUZZ_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/** setting - the number in variable @name of the environment, or @value without it */
unsigned long setting(const char *name, unsigned long value);

/** random_start - begin at IPU_TEST_SEED, which is printed */
void random_start(void);

/** random_below - the next number, from 0 to @limit - 1 */
uint32_t random_below(uint32_t limit);

/**
 * random_spoil - bits and bytes of a file become others, and words such as sizes go wrong by
 * @bytes: the file
 * @size: how long it is, not 0
 * @most: errors at most; there is one at least
 */
void random_spoil(void *bytes, size_t size, uint32_t most);

#endif /* IPU_FUZZ_RANDOM_H */
