/* SPDX-License-Identifier: MIT */
/* Tensors of every type go in and come out again, as they are. */
#include <string.h>

#include <ipu/tile.h>

#define COPY(type, short_name)                                                                    \
	IPU_INPUT(type, short_name, IPU_SHARDED, 600, 3);                                         \
	IPU_OUTPUT(type, short_name##_out, IPU_SHARDED, 600, 3);                                  \
	static void copy_##short_name(void)                                                       \
	{                                                                                         \
		IPU_ROWS(short_name##_out) = IPU_ROWS(short_name);                                \
		memcpy(short_name##_out, short_name, IPU_ROWS(short_name) * sizeof(*short_name)); \
	}                                                                                         \
	static void copy_##short_name(void)

COPY(float, f4);
COPY(_Float16, f2);
COPY(int32_t, i4);
COPY(uint32_t, u4);
COPY(int16_t, i2);
COPY(uint16_t, u2);
COPY(int8_t, i1);
COPY(uint8_t, u1);

/* In place, in six dimensions, on every tile. */
IPU_INOUT(int32_t, deep, IPU_BROADCAST, 2, 3, 2, 1, 2, 2);

/* Only the even tiles give a row, which says who they are. */
IPU_OUTPUT(uint32_t, even, IPU_SHARDED, 1);

int main(void)
{
	copy_f4();
	copy_f2();
	copy_i4();
	copy_u4();
	copy_i2();
	copy_u2();
	copy_i1();
	copy_u1();
	for (uint32_t i = 0; i < 48; i++)
		((int32_t *)deep)[i] += 1;
	IPU_ROWS(even) = ipu_tile_id() % 2 == 0;
	even[0] = ipu_tile_id();
	return 0;
}
