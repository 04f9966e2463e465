/* SPDX-License-Identifier: MIT */
/*
 * Ending a program by the C library's means. On a worker, exit() ends the worker, as
 * ipu_exit() does, and nothing is called.
 */
#include <stdlib.h>
#include <unistd.h>

#include <ipu/tile.h>

extern void (*const __ipu_fini_start[])(void);
extern void (*const __ipu_fini_end[])(void);

/* In the order of crt0.S */
void exit(int code)
{
	void (*const *function)(void) = __ipu_fini_end;

	if (ipu_unit() == IPU_WORKERS)
		while (function != __ipu_fini_start)
			(*--function)();
	ipu_exit((uint32_t)code);
}

void _exit(int code)
{
	ipu_exit((uint32_t)code);
}

void _Exit(int code)
{
	ipu_exit((uint32_t)code);
}

void abort(void)
{
	ipu_trap_text("abort() was called");
}
