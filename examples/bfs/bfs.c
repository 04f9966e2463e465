/* SPDX-License-Identifier: MIT */
/*
 * Breadth-first search in a graph: how many edges each vertex is away from a source. The edges
 * are distributed over the tiles, in any order. The vertices that have been reached are bits, of
 * which every tile has all. In each round every tile looks for edges from a vertex of the last
 * round to one that has not been reached, and then all tiles combine what they have found.
 */
#include <ipu/tile.h>
#include <string.h>

#define EDGES 16384 /* on a tile, at most */
#define VERTICES 131072 /* of the graph, at most */
#define WORDS (VERTICES / 32)
#define HELD 16384 /* vertices whose distances a tile has, at most */

/* The number of vertices, and the source. */
IPU_INPUT(uint32_t, graph, IPU_BROADCAST, 2);
IPU_INPUT(uint32_t, edges, IPU_SHARDED, EDGES, 2);
/* -1 for a vertex that is not reached. */
IPU_OUTPUT(int32_t, distances, IPU_SHARDED, HELD);

static uint32_t reached[WORDS]; /* by the rounds so far */
static uint32_t last[WORDS]; /* by the last one */
static uint32_t found[IPU_WORKERS][WORDS]; /* by each worker, in this one */
static uint32_t next[WORDS]; /* by all of them on all tiles */
static uint32_t scratch[IPU_REDUCE_SCRATCH(WORDS)];
IPU_COLLECTIVE(combine, IPU_COLLECTIVE_ROOM);

static bool has(const uint32_t *bits, uint32_t vertex)
{
	return bits[vertex / 32] >> vertex % 32 & 1;
}

static void look(void *arg)
{
	const struct ipu_range range = ipu_worker_range(IPU_ROWS(edges));
	uint32_t *mine = found[ipu_worker_id()];

	memset(mine, 0, *(const uint32_t *)arg * sizeof(*mine));
	for (uint32_t i = range.begin; i < range.end; i++) {
		const uint32_t from = edges[i][0], to = edges[i][1];

		if (has(last, from) && !has(reached, to))
			mine[to / 32] |= 1u << to % 32;
	}
}

/* Of the words that a worker shares in: what all six have found. */
static void collect(void *arg)
{
	const struct ipu_range range = ipu_worker_range(*(const uint32_t *)arg);

	for (uint32_t i = range.begin; i < range.end; i++) {
		next[i] = 0;
		for (uint32_t worker = 0; worker < IPU_WORKERS; worker++)
			next[i] |= found[worker][i];
	}
}

/* Vertices are shared by tiles as the rows of an input would be. */
static uint32_t first_vertex;

static void write_distances(int32_t distance)
{
	for (uint32_t i = 0; i < IPU_ROWS(distances); i++)
		if (has(last, first_vertex + i))
			distances[i] = distance;
}

static void set_up(uint32_t vertices)
{
	const uint32_t held = (vertices + ipu_tile_count() - 1) / ipu_tile_count();
	uint32_t left;

	ipu_assert(vertices <= VERTICES && held <= HELD && graph[1] < vertices);
	first_vertex = ipu_tile_id() * held;
	left = first_vertex < vertices ? vertices - first_vertex : 0;
	IPU_ROWS(distances) = left < held ? left : held;
	for (uint32_t i = 0; i < IPU_ROWS(distances); i++)
		distances[i] = -1;
	memset(reached, 0, sizeof(reached));
	memset(last, 0, sizeof(last));
}

int main(void)
{
	const uint32_t vertices = graph[0];
	uint32_t words = (vertices + 31) / 32;
	bool any = true;

	set_up(vertices);
	ipu_make_all_reduce(&combine, next, next, words, IPU_U32, IPU_OR, scratch);
	last[graph[1] / 32] = reached[graph[1] / 32] = 1u << graph[1] % 32;
	for (int32_t distance = 0; any; distance++) {
		write_distances(distance);
		ipu_run_workers(look, &words);
		ipu_run_workers(collect, &words);
		ipu_run_collective(&combine);

		any = false;
		for (uint32_t i = 0; i < words; i++) {
			last[i] = next[i];
			reached[i] |= next[i];
			any |= next[i] != 0;
		}
	}
	return 0;
}
