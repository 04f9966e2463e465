/* SPDX-License-Identifier: MIT */
/*
 * Tensors: how a tile program names the data it exchanges with the host.
 * Included by <ipu/tile.h>.
 *
 *	IPU_INPUT(float, x, IPU_SHARDED, 256, 64);
 *
 * declares the array `float x[256][64]` and says in an ELF note (<ipu/note.h>)
 * that the host fills it before the run. Sharded, the host's tensor is cut
 * along its first dimension and every tile gets the next rows; IPU_ROWS(x) says
 * how many, 0 to 256. With IPU_BROADCAST every tile gets all of it.
 */
#ifndef IPU_TENSOR_H
#define IPU_TENSOR_H

#include <ipu/note.h>

/**
 * IPU_INPUT - declare a tensor that the host writes before the run
 * @type: float, _Float16, __bf16 or an integer type of 8 to 32 bits with a sign of its
 *	own (int8_t, not char)
 * @name: C identifier, at most 31 characters; the host uses the same name
 * @layout: IPU_SHARDED or IPU_BROADCAST
 * @...: 1 to 6 dimensions: what one tile can hold
 *
 * At file scope, once for each tensor. Elements beyond IPU_ROWS(@name) are not
 * written. The array is aligned to 64 bytes and can be used as any other.
 */
#define IPU_INPUT(type, name, layout, ...) \
	IPU_TENSOR_(type, name, IPU_TENSOR_IN, layout, 0, __VA_ARGS__)

/**
 * IPU_OUTPUT - declare a tensor that the host reads after the run
 *
 * Arguments as for IPU_INPUT(). Of a sharded one the host takes IPU_ROWS(@name)
 * rows of each tile, in the order of the tiles; a broadcast one is read from
 * tile 0. The contents of the array are undefined before the program writes it.
 */
#define IPU_OUTPUT(type, name, layout, ...) \
	IPU_TENSOR_(type, name, IPU_TENSOR_OUT, layout, IPU_FIRST_(__VA_ARGS__, 0), __VA_ARGS__)

/** IPU_INOUT - declare a tensor that is both; arguments as for IPU_INPUT() */
#define IPU_INOUT(type, name, layout, ...) \
	IPU_TENSOR_(type, name, IPU_TENSOR_IN | IPU_TENSOR_OUT, layout, 0, __VA_ARGS__)

/**
 * IPU_ROWS - rows of a tensor on this tile, a uint32_t
 * @name: the tensor
 *
 * The host writes it for an input. For an output it starts as the first
 * dimension; assign it when the tile has fewer rows to give.
 */
#define IPU_ROWS(name) (ipu_rows_##name)

/* ---- How the macros work ---------------------------------------------------- */

struct ipu_tensor_record {
	uint32_t name_size;
	uint32_t desc_size;
	uint32_t type;
	char owner[4];
	struct ipu_note_tensor tensor;
};

/* 0, and so a compile error, for a type that tensors cannot have. */
#define IPU_DTYPE_(type)                 \
	_Generic(*(type *)0,             \
		float: IPU_F32,          \
		_Float16: IPU_F16,       \
		__bf16: IPU_BF16,        \
		int: IPU_I32,            \
		unsigned int: IPU_U32,   \
		long: IPU_I32,           \
		unsigned long: IPU_U32,  \
		short: IPU_I16,          \
		unsigned short: IPU_U16, \
		signed char: IPU_I8,     \
		unsigned char: IPU_U8,   \
		default: 0)

#define IPU_FIRST_(first, ...) (first)
#define IPU_PASTE_(a, b) a##b
#define IPU_PASTE(a, b) IPU_PASTE_(a, b)
/* How many arguments, 1 to 6; a seventh gives an undeclared IPU_ARRAY_TOO_MANY_DIMENSIONS. */
#define IPU_COUNT_(...) IPU_SEVENTH_(__VA_ARGS__, TOO_MANY_DIMENSIONS, 6, 5, 4, 3, 2, 1, 0)
#define IPU_SEVENTH_(a, b, c, d, e, f, g, n, ...) n
#define IPU_ARRAY_1(n, a) n[a]
#define IPU_ARRAY_2(n, a, b) n[a][b]
#define IPU_ARRAY_3(n, a, b, c) n[a][b][c]
#define IPU_ARRAY_4(n, a, b, c, d) n[a][b][c][d]
#define IPU_ARRAY_5(n, a, b, c, d, e) n[a][b][c][d][e]
#define IPU_ARRAY_6(n, a, b, c, d, e, f) n[a][b][c][d][e][f]
#define IPU_ARRAY_(n, ...) IPU_PASTE(IPU_ARRAY_, IPU_COUNT_(__VA_ARGS__))(n, __VA_ARGS__)

#define IPU_IN_NOTE_ __attribute__((section(".note.ipu"), used, aligned(4)))

/*
 * The array and the row count have external linkage, so that the compiler
 * cannot conclude that nobody writes them. The array's section is one that the
 * linker script keeps out of the loaded image: the host need not zero it.
 */
#define IPU_TENSOR_(type_, name_, direction_, layout_, rows_, ...)                            \
	enum { ipu_dtype_##name_ = IPU_DTYPE_(type_) };                                       \
	_Static_assert(ipu_dtype_##name_ != 0,                                                \
		       "tensor " #name_ ": a tile tensor cannot hold " #type_                 \
		       ", only float, _Float16, __bf16, int8_t, uint8_t, int16_t, uint16_t, " \
		       "int32_t and uint32_t");                                               \
	_Static_assert(sizeof(#name_) <= IPU_NOTE_NAME_SIZE,                                  \
		       "tensor " #name_ ": the name has more than 31 characters");            \
	_Static_assert((layout_) == IPU_SHARDED || (layout_) == IPU_BROADCAST,                \
		       "tensor " #name_ ": the layout is IPU_SHARDED or IPU_BROADCAST");      \
	type_ IPU_ARRAY_(name_, __VA_ARGS__)                                                  \
		__attribute__((aligned(64), section(".bss..ipu_tensor." #name_)));            \
	uint32_t ipu_rows_##name_ = (rows_);                                                  \
	IPU_IN_NOTE_ static const struct ipu_tensor_record ipu_note_##name_ = { \
		.name_size = sizeof(IPU_NOTE_OWNER), \
		.desc_size = sizeof(struct ipu_note_tensor), \
		.type = IPU_NOTE_TENSOR, \
		.owner = IPU_NOTE_OWNER, \
		.tensor = { \
			.version = IPU_NOTE_VERSION, \
			.dtype = ipu_dtype_##name_, \
			.direction = (direction_), \
			.layout = (layout_), \
			.ndim = IPU_COUNT_(__VA_ARGS__), \
			.shape = { __VA_ARGS__ }, \
			.data = (uint32_t)(name_), \
			.rows = (uint32_t)&ipu_rows_##name_, \
			.name = #name_, \
		}, \
	};             \
	extern uint32_t ipu_rows_##name_

#endif /* IPU_TENSOR_H */
