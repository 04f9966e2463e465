/* SPDX-License-Identifier: MIT */
/* What the tests of graphs share: a machine, and small graphs. */
#ifndef LIB_GRAPH_H
#define LIB_GRAPH_H

#include "lib_test.h"

#include <ipu/conv_plan.h>
#include <ipu_graph.h>

#define TILES 6

/* A device with a pool and an engine. */
struct graph_machine {
	struct ipu_device *dev;
	struct ipu_pool *pool;
	struct ipu_engine *engine;
};

extern struct graph_machine graph_machine;

int graph_setup(void **state);
int graph_teardown(void **state);

struct ipu_graph *test_graph(void);
uint32_t test_vector(struct ipu_graph *graph, const char *name, uint32_t dtype, uint32_t count,
		     uint32_t role);
void test_map(struct ipu_graph *graph, uint32_t op, uint32_t to, uint32_t a, uint32_t b);

/* On @tiles, 0 for all; destroys the graph. */
struct ipu_executable *test_compile(struct ipu_graph *graph, uint32_t tiles);

/* And wait. */
void test_run(struct ipu_executable *exe, void *const *data);

/* It is not compiled, with @words in the message; destroys it. */
void test_refuse(struct ipu_graph *graph, int err, const char *words);

/* y = x + x, of @count floats. */
struct ipu_executable *test_doubling(uint32_t count, uint32_t tiles);

/* count += 1, in place, and x = count: of 10 floats. */
struct ipu_executable *test_counting(void);

/* A graph that is refused when it is made. */
void test_refuse_shapes(void);

#endif /* LIB_GRAPH_H */
