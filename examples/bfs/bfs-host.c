// SPDX-License-Identifier: MIT
/*
 * The host's side of breadth-first search:
 *
 *	bfs-host make GRAPH.txt.gz SOURCE GRAPH.npy EDGES.npy
 *	bfs-host check GRAPH.npy EDGES.npy DISTANCES.npy
 *
 * A line of the graph's file is the name of a vertex and those of the vertices to which edges
 * lead. make numbers the vertices by lines; check compares with a search on the host, and prints
 * how many vertices are how far away.
 */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "example_host.h"

#define MAX_BYTES (64u << 20)
#define MAX_VERTICES 131072

struct graph {
	char **names; /* sorted, as the file is */
	uint32_t vertices;
	uint32_t (*edges)[2];
	uint32_t count;
};

static char *read_text(const char *path)
{
	char *text = allocate(MAX_BYTES + 1, 1);
	gzFile file = gzopen(path, "rb");
	int bytes;

	if (!file)
		fail("%s cannot be opened", path);
	bytes = gzread(file, text, MAX_BYTES);
	if (bytes <= 0 || gzclose(file) != Z_OK)
		fail("%s cannot be read", path);
	text[bytes] = '\0';
	return text;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static uint32_t find(const struct graph *graph, const char *name)
{
	char **found =
		bsearch(&name, graph->names, graph->vertices, sizeof(*graph->names), by_name);

	if (!found)
		fail("the graph has no vertex %s", name);
	return (uint32_t)(found - graph->names);
}

/* First the names at the start of lines, then, from each line's second word on, the edges. */
static void parse(struct graph *graph, char *text)
{
	char **lines = allocate(MAX_VERTICES, sizeof(*lines)), *rest, *name;
	size_t bytes = strlen(text);

	graph->names = allocate(MAX_VERTICES, sizeof(*graph->names));
	graph->edges = allocate(bytes, sizeof(*graph->edges));
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (graph->vertices == MAX_VERTICES)
			fail("the graph has more than %d vertices", MAX_VERTICES);
		graph->names[graph->vertices] = strtok_r(line, " ", &lines[graph->vertices]);
		if (!graph->names[graph->vertices] ||
		    (graph->vertices && by_name(&graph->names[graph->vertices - 1],
						&graph->names[graph->vertices]) >= 0))
			fail("line %u: names must be sorted", graph->vertices + 1);
		graph->vertices++;
	}
	for (uint32_t vertex = 0; vertex < graph->vertices; vertex++)
		while ((name = strtok_r(NULL, " ", &lines[vertex]))) {
			graph->edges[graph->count][0] = vertex;
			graph->edges[graph->count++][1] = find(graph, name);
		}
	free(lines);
}

static void make(char **argv)
{
	struct graph graph = { 0 };
	char *text = read_text(argv[0]);
	uint32_t about[2];

	parse(&graph, text);
	about[0] = graph.vertices;
	about[1] = find(&graph, argv[1]);
	array_write(argv[2], "<u4", about, 2, 0);
	array_write(argv[3], "<u4", graph.edges, graph.count, 2);
	free(graph.names);
	free(graph.edges);
	free(text);
}

/* Rounds over all edges, as simple as can be. Return: the greatest distance. */
static int32_t search(int32_t *distances, const uint32_t *edges, uint64_t count)
{
	bool any = true;
	int32_t distance;

	for (distance = 0; any; distance++) {
		any = false;
		for (uint64_t i = 0; i < count; i++) {
			const uint32_t from = edges[2 * i], to = edges[2 * i + 1];

			if (distances[from] == distance && distances[to] < 0) {
				distances[to] = distance + 1;
				any = true;
			}
		}
	}
	return distance - 1;
}

static void check(char **argv)
{
	struct npy graph, edges, got;
	const uint32_t *about;
	int32_t *want, farthest;

	array_read(argv[0], "<u4", 1, &graph);
	array_read(argv[1], "<u4", 2, &edges);
	array_read(argv[2], "<i4", 1, &got);
	about = graph.data;
	if (got.shape[0] != about[0])
		fail("there are %llu distances for %u vertices", (unsigned long long)got.shape[0],
		     about[0]);
	want = allocate(about[0], sizeof(*want));
	for (uint32_t i = 0; i < about[0]; i++)
		want[i] = i == about[1] ? 0 : -1;
	farthest = search(want, edges.data, edges.shape[0]);
	for (uint32_t i = 0; i < about[0]; i++)
		if (want[i] != ((const int32_t *)got.data)[i])
			fail("vertex %u is %d away on the tiles, and %d on the host", i,
			     ((const int32_t *)got.data)[i], want[i]);
	printf("%u vertices, %llu edges; away from vertex %u:\n", about[0],
	       (unsigned long long)edges.shape[0], about[1]);
	for (int32_t distance = 0; distance <= farthest; distance++) {
		uint32_t vertices = 0;

		for (uint32_t i = 0; i < about[0]; i++)
			vertices += want[i] == distance;
		printf("  %d edge%s: %u\n", distance, distance == 1 ? "" : "s", vertices);
	}
	free(want);
}

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "make"))
		make(argv + 2);
	else if (argc == 5 && !strcmp(argv[1], "check"))
		check(argv + 2);
	else
		fail("usage: bfs-host make GRAPH.txt.gz SOURCE GRAPH.npy EDGES.npy, or\n"
		     "       bfs-host check GRAPH.npy EDGES.npy DISTANCES.npy");
	return 0;
}
