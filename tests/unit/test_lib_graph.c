// SPDX-License-Identifier: MIT
/* Graphs: building, memory, what is refused, and files. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib_graph.h"

/* ---- Building ------------------------------------------------------------- */

static void test_build(void **state)
{
	const uint32_t large[] = { 70000, 70000 }, seven[7] = { 1, 1, 1, 1, 1, 1, 1 };
	struct ipu_graph *graph = test_graph();
	uint32_t x;

	(void)state;
	assert_int_equal(ipu_graph_tensor(graph, "wide", IPU_F32, 2, large, 0), IPU_NO_TENSOR);
	/* The first error is the one that is told, whatever follows. */
	assert_int_equal(ipu_graph_tensor(graph, NULL, 99, 1, large, 0), IPU_NO_TENSOR);
	assert_fails(ipu_graph_fill(graph, 7, 0), -EINVAL, "wide");
	test_refuse(graph, -EINVAL, "2^31");

	graph = test_graph();
	assert_int_equal(ipu_graph_tensor(graph, NULL, 99, 1, large, 0), IPU_NO_TENSOR);
	test_refuse(graph, -EINVAL, "unknown type");
	graph = test_graph();
	assert_int_equal(ipu_graph_tensor(graph, NULL, IPU_F32, 7, seven, 0), IPU_NO_TENSOR);
	test_refuse(graph, -EINVAL, "7 dimensions");
	graph = test_graph();
	assert_int_equal(test_vector(graph, "k", IPU_F32, 4, IPU_GRAPH_KEEP), IPU_NO_TENSOR);
	test_refuse(graph, -EINVAL, "role");
	graph = test_graph();
	assert_int_equal(test_vector(graph, "k", IPU_F32, 4, IPU_GRAPH_WIDE | IPU_GRAPH_IN),
			 IPU_NO_TENSOR);
	test_refuse(graph, -EINVAL, "role");

	graph = test_graph();
	x = test_vector(graph, "x", IPU_F32, 12, IPU_GRAPH_IN);
	assert_int_equal(ipu_graph_view(graph, x, 2, (const uint32_t[]){ 3, 5 }), IPU_NO_TENSOR);
	test_refuse(graph, -EINVAL, "15 elements");
	graph = test_graph();
	x = test_vector(graph, "x", IPU_F32, 12, IPU_GRAPH_IN);
	assert_fails(ipu_graph_softmax(graph, false, x, x, 1, 0), -EINVAL, "write over");
	ipu_graph_destroy(graph);
	ipu_graph_destroy(NULL);
}

/* What only the tiles know is told with the operation's number and label. */
static void test_refusals(void **state)
{
	struct ipu_graph *graph = test_graph();
	const uint32_t x = test_vector(graph, "x", IPU_F32, 10, IPU_GRAPH_IN);
	const uint32_t y = test_vector(graph, "y", IPU_F32, 12, IPU_GRAPH_OUT);
	struct ipu_executable *exe = test_doubling(5, TILES);
	float five[5] = { 1, 2, 3, 4, 5 }, ten[5];

	(void)state;
	ipu_graph_label(graph, "net.py:7 relu");
	test_map(graph, IPU_MAP_RELU, y, x, IPU_NO_TENSOR);
	test_refuse(graph, -EIO,
		    "Operation 0 (map, net.py:7 relu): map: an operand has 10 elements");
	/* The engine goes on, and what it had is made again. */
	test_run(exe, (void *[]){ five, ten });
	assert_true(ten[4] == 10);
	ipu_executable_destroy(exe);
}

static void test_room(void **state)
{
	struct ipu_graph *graph = test_graph();
	const uint32_t x = test_vector(graph, "activations", IPU_F32, 1 << 20, IPU_GRAPH_IN);
	const uint32_t y = test_vector(graph, "y", IPU_F32, 1 << 20, IPU_GRAPH_OUT);

	(void)state;
	ipu_graph_label(graph, "layer 3");
	test_map(graph, IPU_MAP_RELU, y, x, IPU_NO_TENSOR);
	assert_true(ipu_engine_smallest(graph_machine.engine, graph, 0) > TILES);
	test_refuse(
		graph, -ENOSPC,
		"operation 0 (map, layer 3): with 6 tiles the tensors that live then take 1398144 bytes");
	graph = test_graph();
	test_vector(graph, "alone", IPU_F32, 1 << 20, IPU_GRAPH_IN);
	test_refuse(graph, -ENOSPC, "with 6 tiles the tensors take 699072 bytes of each");
}

/* Memory is shared by tensors that do not live at the same time: a chain of any length fits. */
static void test_liveness(void **state)
{
	struct ipu_graph *graph = test_graph();
	uint32_t x = test_vector(graph, "x", IPU_F32, 100000, IPU_GRAPH_IN), y;
	struct ipu_executable_info info = { .size = sizeof(info) };
	struct ipu_executable *exe;
	float *data = ipu_pool_alloc(graph_machine.pool, 400000);

	(void)state;
	for (uint32_t i = 0; i < 20; i++, x = y) {
		y = test_vector(graph, NULL, IPU_F32, 100000, i == 19 ? IPU_GRAPH_OUT : 0);
		test_map(graph, IPU_MAP_ADD, y, x, x);
	}
	exe = test_compile(graph, 0);
	for (uint32_t i = 0; i < 100000; i++)
		data[i] = (float)(i % 13);
	test_run(exe, (void *[]){ data, data });
	for (uint32_t i = 0; i < 100000; i++)
		assert_true(data[i] == (float)(i % 13) * 1048576);
	assert_ok(ipu_executable_get_info(exe, &info));
	assert_string_equal(info.name, "the test");
	assert_true(info.tiles == TILES && info.tensor_bytes < 4 * 67000 && info.runs == 1 &&
		    info.cycles > 0);
	ipu_executable_destroy(exe);
	ipu_pool_free(graph_machine.pool, data);
}

/* ---- Files ---------------------------------------------------------------- */

static void read_back(const char *path, unsigned char **bytes, size_t *count)
{
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	*bytes = malloc(1 << 20);
	assert_non_null(*bytes);
	*count = fread(*bytes, 1, 1 << 20, file);
	fclose(file);
}

static void write_file(const char *path, const unsigned char *bytes, size_t count)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, count, file), count);
	fclose(file);
}

static void test_files(void **state)
{
	char path[] = "/tmp/ipu-graph-test.XXXXXX";
	struct ipu_executable *exe = test_counting(), *again;
	float *count = ipu_pool_alloc(graph_machine.pool, 40), x[10];
	unsigned char *bytes;
	size_t size;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	memset(count, 0, 40);
	assert_ok(ipu_executable_save(exe, path));
	assert_fails(ipu_executable_save(exe, "/nowhere/file"), -ENOENT, "/nowhere/file");
	ipu_executable_destroy(exe);
	assert_ok(ipu_executable_load(graph_machine.engine, path, &again));
	test_run(again, (void *[]){ count, x });
	test_run(again, (void *[]){ count, x });
	assert_true(x[3] == 2);
	ipu_executable_destroy(again);

	read_back(path, &bytes, &size);
	/* Of each byte that is changed, something is told. */
	for (size_t at = 0; at < size; at += at < 300 ? 1 : 37) {
		bytes[at] ^= 0x41;
		write_file(path, bytes, size);
		if (!ipu_executable_load(graph_machine.engine, path, &again))
			/* The name is nobody's business but the reader's. */
			ipu_executable_destroy(again);
		else
			assert_null(again);
		bytes[at] ^= 0x41;
	}
	for (size_t count_bytes = 0; count_bytes < size; count_bytes += 61) {
		write_file(path, bytes, count_bytes);
		assert_fails(ipu_executable_load(graph_machine.engine, path, &again), -ENOEXEC,
			     "again");
	}
	unlink(path);
	assert_fails(ipu_executable_load(graph_machine.engine, path, &again), -ENOENT,
		     "No such file");
	free(bytes);
	ipu_pool_free(graph_machine.pool, count);
}

/* ---- The pool ------------------------------------------------------------- */

static void test_pool(void **state)
{
	struct ipu_pool_usage usage = { .size = sizeof(usage) };
	void *block[200];

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		block[i] = ipu_pool_alloc(graph_machine.pool, i * i * 17);
		assert_non_null(block[i]);
		assert_int_equal((uintptr_t)block[i] % 64, 0);
		memset(block[i], (int)i, i * i * 17);
	}
	for (uint32_t i = 0; i < 200; i++)
		for (uint32_t at = 0; at < i * i * 17; at += 97)
			assert_int_equal(((unsigned char *)block[i])[at], i);
	for (uint32_t i = 0; i < 200; i++)
		ipu_pool_free(graph_machine.pool, block[i]);
	assert_ok(ipu_pool_get_usage(graph_machine.pool, &usage));
	assert_int_equal(usage.allocated, 0);
	assert_true(usage.most >= 45 * 1000 * 1000 && usage.reserved >= usage.most);
	assert_null(ipu_pool_alloc(graph_machine.pool, SIZE_MAX / 2));
	assert_null(ipu_pool_alloc(graph_machine.pool, SIZE_MAX));
	ipu_pool_free(graph_machine.pool, NULL);
}

int lib_test_graph(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_room),  cmocka_unit_test(test_liveness),
		cmocka_unit_test(test_files), cmocka_unit_test(test_pool),
	};

	return cmocka_run_group_tests_name("libipu graphs", tests, graph_setup, graph_teardown);
}
