/* SPDX-License-Identifier: MIT */
/* The program that tests of ipu-run --gdb debug, and a simulated card for it. */
#ifndef IPU_GDB_DEBUGGEE_H
#define IPU_GDB_DEBUGGEE_H

#include <ipu.h>

#define TILES 2

extern struct ipu_device *device;
extern struct ipu_program *program;

/* Before and after all tests; IPU_TEST_ELF names the program. */
int open_all(void **state);
int close_all(void **state);

#endif /* IPU_GDB_DEBUGGEE_H */
