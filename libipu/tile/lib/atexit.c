/* SPDX-License-Identifier: MIT */
/* atexit(): what it was given is called before the program's destructors. */
#include <stdlib.h>
#include <sys/lock.h>

#include <ipu/tile.h>

#define MOST 32 /* what the C standard asks for */

static void (*functions[MOST])(void);
static uint32_t count;

int atexit(void (*function)(void))
{
	int status = -1;

	__LIBC_LOCK();
	if (count < MOST) {
		functions[count++] = function;
		status = 0;
	}
	__LIBC_UNLOCK();
	return status;
}

__attribute__((destructor(65535))) static void call_functions(void)
{
	while (count)
		functions[--count]();
}
