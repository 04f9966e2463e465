/* SPDX-License-Identifier: MIT */
/*
 * A unit whose stack overflows. The input says which, and by what: an entry of `ways`. The
 * lines that overflow are marked, so that a test can look for their numbers.
 */
#include <ipu/tile.h>

#define DEEP 2000

IPU_INPUT(uint32_t, which, IPU_BROADCAST, 2);

/* A recursion with frames of @bytes and what the compiler adds. */
#define FRAME(bytes)                                                                    \
	static __attribute__((noinline)) uint32_t frame_##bytes(uint32_t depth)         \
	{                                                                               \
		volatile uint8_t pad[bytes];                                            \
                                                                                        \
		pad[depth % (bytes)] = (uint8_t)depth;                                  \
		return depth ? frame_##bytes(depth - 1) + pad[depth % (bytes)] : depth; \
	}

FRAME(1) /* MARK 0 */
FRAME(64) /* MARK 1 */
FRAME(500) /* MARK 2 */
FRAME(3000) /* MARK 3 */
FRAME(30000) /* MARK 4 */
FRAME(300000) /* MARK 5 */

static __attribute__((noinline)) uint32_t take(uint32_t bytes, uint32_t depth)
{
	volatile uint8_t *pad = __builtin_alloca(bytes); /* MARK alloca */

	pad[0] = (uint8_t)depth;
	return depth ? take(bytes, depth - 1) + pad[0] : depth;
}

static uint32_t alloca_small(uint32_t depth)
{
	return take(100, depth);
}

static uint32_t alloca_large(uint32_t depth)
{
	return take(0x90000, depth);
}

/* more than there is below the stack, so that sp wraps */
static uint32_t alloca_wraps(uint32_t depth)
{
	return take(0xfff00000, depth);
}

/* frames that fit: no overflow */
static uint32_t shallow(uint32_t depth)
{
	return frame_64(depth % 8);
}

static uint32_t (*const ways[])(uint32_t depth) = {
	frame_1,      frame_64,	    frame_500,	  frame_3000,	frame_30000,
	frame_300000, alloca_small, alloca_large, alloca_wraps, shallow,
};

static void work(void *arg)
{
	(void)arg;
	if (ipu_unit() == which[0])
		which[1] = ways[which[1]](DEEP);
}

int main(void)
{
	work(NULL);
	ipu_run_workers(work, NULL);
	return 0;
}
