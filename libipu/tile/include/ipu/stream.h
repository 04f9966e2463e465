/* SPDX-License-Identifier: MIT */
/*
 * Streams: blocks of data that a running program takes from the host and gives to it.
 * Included by <ipu/tile.h>.
 *
 *	IPU_STREAM_IN(float, x, IPU_SHARDED, 1024);
 *	IPU_STREAM_OUT(float, y, IPU_SHARDED, 1024);
 *
 *	while (ipu_stream_next(x)) {
 *		ipu_run_workers(work, NULL);
 *		IPU_ROWS(y) = IPU_ROWS(x);
 *		ipu_stream_put(y);
 *	}
 *
 * A block is an array like a tensor's, sharded or broadcast like one, and IPU_ROWS()
 * says how many of its rows are valid on this tile. Blocks change hands at external
 * syncs, all of them at the next one: what was put is taken there, and what was asked for
 * is here afterwards. Each sync costs a round trip to the host, so a program puts its
 * output and asks for its next input with one, as above.
 *
 * The functions are called by the supervisor, on all tiles that have not exited, in the
 * same order.
 */
#ifndef IPU_STREAM_TILE_H
#define IPU_STREAM_TILE_H

#include <ipu/tensor.h>

/**
 * IPU_STREAM_IN - declare a stream of blocks from the host
 *
 * Arguments as for IPU_INPUT(); the dimensions are what one tile can hold of a block.
 * Every block is full, but the last may have fewer rows, and some tiles none.
 */
#define IPU_STREAM_IN(type, name, layout, ...) \
	IPU_TENSOR_(type, name, IPU_TENSOR_IN | IPU_TENSOR_STREAM, layout, 0, __VA_ARGS__)

/**
 * IPU_STREAM_OUT - declare a stream of blocks to the host
 *
 * Arguments as for IPU_OUTPUT(). IPU_ROWS(@name) is the first dimension whenever a block
 * has been taken; assign it when this tile has fewer rows to give.
 */
#define IPU_STREAM_OUT(type, name, layout, ...)                             \
	IPU_TENSOR_(type, name, IPU_TENSOR_OUT | IPU_TENSOR_STREAM, layout, \
		    IPU_FIRST_(__VA_ARGS__, 0), __VA_ARGS__)

/** ipu_stream_ask - want the next block of a stream, which is here after the next external sync */
#define ipu_stream_ask(name) ((void)(IPU_ROWS(name) = IPU_STREAM_ASK))

/**
 * ipu_stream_got - whether there was a block, after ipu_stream_ask() and the sync
 * @name: the stream
 *
 * Return: true, and IPU_ROWS(@name) is its rows on this tile, perhaps 0; false at the end
 * of the stream, on all tiles, and then it is 0.
 */
#define ipu_stream_got(name) ipu_stream_got_(&IPU_ROWS(name))

/** ipu_stream_next - ask for the next block, sync, and return whether there is one */
#define ipu_stream_next(name) (ipu_stream_ask(name), ipu_sync_external(), ipu_stream_got(name))

/**
 * ipu_stream_put - offer a block, which is taken at the next external sync or the exit
 * @name: the stream; IPU_ROWS(@name) is how many rows this tile gives
 *
 * Until then neither the block nor IPU_ROWS(@name) may be changed. Without such a sync
 * another ipu_stream_put() of the stream is a fault; so is one of too many rows.
 */
#define ipu_stream_put(name)                                                    \
	do {                                                                    \
		ipu_assert(IPU_ROWS(name) <= sizeof(name) / sizeof((name)[0])); \
		IPU_ROWS(name) |= IPU_STREAM_OFFER;                             \
	} while (0)

IPU_INLINE_ bool ipu_stream_got_(uint32_t *rows)
{
	if (!(*rows & IPU_STREAM_END))
		return true;
	*rows = 0;
	return false;
}

#endif /* IPU_STREAM_TILE_H */
