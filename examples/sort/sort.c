/* SPDX-License-Identifier: MIT */
/*
 * Sort a tensor over all tiles. First each tile sorts what it has. Then pairs of tiles swap
 * copies of what they have, merge them, and keep the lower half on the one and the upper half on
 * the other. Which pairs, and when, is Batcher's merge exchange (Knuth, The Art of Computer
 * Programming, 5.2.2, algorithm M), a network that sorts any number of things: 66 steps for 1472
 * tiles. Every tile holds as much at the end as at the beginning, whatever the values are.
 *
 * Within a tile the workers share a merge: each makes a sixth of the result, and finds out by
 * bisection where in the two inputs that begins.
 */
#include <ipu/tile.h>

#define ROWS 16384 /* on a tile, at most */

IPU_INOUT(int32_t, x, IPU_SHARDED, ROWS);

/* What another tile has, and the result of a merge; sorting uses them in turn. */
static int32_t theirs[ROWS];
static int32_t merged[ROWS];

/* ---- On one tile ---------------------------------------------------------------- */

static void sift_down(int32_t *heap, uint32_t at, uint32_t count)
{
	const int32_t value = heap[at];

	for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && heap[child + 1] > heap[child])
			child++;
		if (heap[child] <= value)
			break;
		heap[at] = heap[child];
	}
	heap[at] = value;
}

static void heap_sort(int32_t *array, uint32_t count)
{
	for (uint32_t i = count / 2; i-- > 0;)
		sift_down(array, i, count);
	for (uint32_t i = count; i-- > 1;) {
		const int32_t greatest = array[0];

		array[0] = array[i];
		array[i] = greatest;
		sift_down(array, 0, i);
	}
}

/* A merge of two sorted arrays, of which the results from @first on are wanted, @count of them. */
struct merge {
	const int32_t *a;
	const int32_t *b;
	uint32_t a_count;
	uint32_t b_count;
	int32_t *to;
	uint32_t first;
	uint32_t count;
};

/* How many of the first @n results are from a: those not greater than what is left of b. */
static uint32_t split(const struct merge *merge, uint32_t n)
{
	uint32_t low = n > merge->b_count ? n - merge->b_count : 0;
	uint32_t high = n < merge->a_count ? n : merge->a_count;

	while (low < high) {
		const uint32_t middle = (low + high) / 2;

		if (merge->a[middle] <= merge->b[n - middle - 1])
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void merge_share(void *arg)
{
	const struct merge *merge = arg;
	const struct ipu_range range = ipu_worker_range(merge->count);
	uint32_t i = split(merge, merge->first + range.begin);
	uint32_t j = merge->first + range.begin - i;

	for (uint32_t at = range.begin; at < range.end; at++) {
		if (j == merge->b_count || (i < merge->a_count && merge->a[i] <= merge->b[j]))
			merge->to[at] = merge->a[i++];
		else
			merge->to[at] = merge->b[j++];
	}
}

static void copy_share(void *arg)
{
	const struct ipu_range range = ipu_worker_range(*(const uint32_t *)arg);

	for (uint32_t i = range.begin; i < range.end; i++)
		x[i] = merged[i];
}

static void sort_share(void *arg)
{
	const struct ipu_range range = ipu_worker_range(*(const uint32_t *)arg);

	heap_sort(x + range.begin, range.end - range.begin);
}

/* Each worker sorts a sixth, and then these are merged, one after the other. */
static void sort_own(uint32_t count)
{
	const uint32_t part = count / IPU_WORKERS, rest = count % IPU_WORKERS;
	uint32_t done = part + (rest > 0);

	ipu_run_workers(sort_share, &count);
	for (uint32_t i = 1; i < IPU_WORKERS; i++) {
		const uint32_t more = part + (i < rest);
		struct merge merge = { x, x + done, done, more, merged, 0, done + more };

		ipu_run_workers(merge_share, &merge);
		done += more;
		ipu_run_workers(copy_share, &done);
	}
}

/* ---- Between tiles -------------------------------------------------------------- */

/* Swap copies with tile @other, and keep the lower or the upper half of both. */
static void merge_with(uint32_t other, uint32_t count)
{
	const bool pair = other != ipu_tile_id(), upper = other < ipu_tile_id();
	const struct ipu_xfer pull = ipu_pull(other, x, theirs, count * sizeof(x[0]));
	/* Both must merge in the same order: equal values are no different from each other. */
	struct merge merge = { x, theirs, count, count, merged, upper ? count : 0, count };

	ipu_exchange(&pull, pair);
	if (!pair)
		return;
	ipu_run_workers(merge_share, &merge);
	ipu_run_workers(copy_share, &count);
}

/* The tile that this one is paired with: those whose bits are as @wanted with @distance. */
static uint32_t partner(uint32_t bit, uint32_t wanted, uint32_t distance)
{
	const uint32_t tile = ipu_tile_id();

	if ((tile & bit) == wanted && tile + distance < ipu_tile_count())
		return tile + distance;
	if (tile >= distance && ((tile - distance) & bit) == wanted)
		return tile - distance;
	return tile;
}

static void sort_tiles(uint32_t count)
{
	uint32_t top = 1;

	while (2 * top < ipu_tile_count())
		top *= 2;
	for (uint32_t bit = top; bit && ipu_tile_count() > 1; bit /= 2) {
		uint32_t wanted = 0, distance = bit;

		for (uint32_t q = top;; q /= 2) {
			merge_with(partner(bit, wanted, distance), count);
			if (q == bit)
				break;
			distance = q - bit;
			wanted = bit;
		}
	}
}

int main(void)
{
	/* As many everywhere: the last tiles are filled up with what comes last. */
	const uint32_t count = IPU_PLACE(x).full_rows;

	for (uint32_t i = IPU_ROWS(x); i < count; i++)
		x[i] = INT32_MAX;
	sort_own(count);
	sort_tiles(count);
	return 0;
}
