// SPDX-License-Identifier: MIT
/* y = relu(x + b), over all tiles. */
#include <ipu/ops.h>

IPU_INPUT(float, x, IPU_SHARDED, 64, 32);
IPU_INPUT(float, b, IPU_BROADCAST, 32);
IPU_OUTPUT(float, y, IPU_SHARDED, 64, 32);

static char room[65536] __attribute__((aligned(64)));

int main(void)
{
	struct ipu_array from, bias, to;
	struct ipu_memory memory;
	struct ipu_ops ops;

	IPU_SAME_PLACE(y, x);
	IPU_ARRAY_OF(&from, x);
	IPU_ARRAY_OF(&bias, b);
	IPU_ARRAY_OF(&to, y);

	ipu_memory_init(&memory, room, sizeof(room), 16384);
	ipu_ops_init(&ops, &memory);
	ipu_make_map2(&ops, IPU_MAP_ADD, &to, &from, &bias);
	ipu_make_map1(&ops, IPU_MAP_RELU, &to, &to);
	ipu_ops_run(&ops);
	return 0;
}
