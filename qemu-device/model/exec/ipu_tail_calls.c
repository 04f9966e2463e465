// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * For meson.build: exits with 0 if this compiler makes a call at the end of a function a
 * jump, as the handlers of instructions need it (exec/ipu_exec.h). The stack must not grow
 * from the first call to the last.
 */
#include <stddef.h>
#include <stdint.h>

#define CALLS	10000
#define GROWTH	1024

struct op;
typedef void handler(uint8_t *unit, const struct op *op, int64_t left, uintptr_t first);

struct op {
	handler *fn;
};

static ptrdiff_t growth;

static __attribute__((noinline)) void last(uint8_t *unit, const struct op *op, int64_t left,
					   uintptr_t first)
{
	(void)unit;
	(void)op;
	(void)left;
	growth = first - (uintptr_t)__builtin_frame_address(0);
}

static __attribute__((noinline)) void step(uint8_t *unit, const struct op *op, int64_t left,
					   uintptr_t first)
{
	unit[left % 16]++;
	if (--left == 0) {
		last(unit, op, left, first);
		return;
	}
	__atomic_load_n(&op->fn, __ATOMIC_RELAXED)(unit, op, left, first);
}

int main(void)
{
	static struct op op = { step };
	uint8_t unit[16] = { 0 };

	op.fn(unit, &op, CALLS, (uintptr_t)__builtin_frame_address(0));
	return growth > GROWTH;
}
