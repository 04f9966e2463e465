// SPDX-License-Identifier: MIT
/* Streams on the simulator: every length, source, sink and way to end. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ipu_stream.h>

#include "isa/ipu_isa.h"
#include "lib_asm.h"
#include "lib_elf_make.h"

#define MOST 4 /* rows of one word on a tile */
#define DATA_AT (IPU_SRAM_BASE + 0x1000)
#define X_AT 0x40
#define Y_AT 0x80

static uint32_t asm_branch(uint32_t f3, uint32_t rs1, uint32_t rs2, int32_t to)
{
	uint32_t at = (uint32_t)to;

	return 0x63 | (at >> 11 & 1) << 7 | (at >> 1 & 15) << 8 | f3 << 12 | rs1 << 15 | rs2 << 20 |
	       (at >> 5 & 63) << 25 | (at >> 12 & 1) << 31;
}

#define BLTZ 4
#define BGEU 7

/* y = x + 1, block after block; @extra is added to the rows of an output block. */
static struct ipu_program *make_filter(uint32_t layout, int32_t extra)
{
	const uint32_t code[] = {
		asm_lui(T0, DATA_AT),
		/* again: ask, and stop at the end */
		asm_addi(T1, ZERO, -1),
		asm_sw(T1, T0, 0),
		asm_sync(IPU_ZONE_EXTERNAL),
		asm_lw(T1, T0, 0),
		0, /* bltz t1, end */
		asm_lw(T2, T0, X_AT + 0),
		asm_addi(T2, T2, 1),
		asm_sw(T2, T0, Y_AT + 0),
		asm_lw(T2, T0, X_AT + 4),
		asm_addi(T2, T2, 1),
		asm_sw(T2, T0, Y_AT + 4),
		asm_lw(T2, T0, X_AT + 8),
		asm_addi(T2, T2, 1),
		asm_sw(T2, T0, Y_AT + 8),
		asm_lw(T2, T0, X_AT + 12),
		asm_addi(T2, T2, 1),
		asm_sw(T2, T0, Y_AT + 12),
		asm_lui(A0, 0x80000000),
		asm_addi(T1, T1, extra),
		0x00a36333, /* or t1, t1, a0 */
		asm_sw(T1, T0, 4),
		0, /* bgeu zero, zero, again */
		asm_exit(ZERO),
	};
	const int32_t at_branch = 5, at_back = 22, at_exit = 23;
	uint32_t fixed[sizeof(code) / sizeof(code[0])];
	const struct make_elf make = {
		.segments = {
			{ .addr = IPU_SRAM_BASE, .data = fixed, .file_bytes = sizeof(fixed) },
			{ .addr = DATA_AT, .bytes = 16 },
		},
		.tensors = {
			make_tensor("x", IPU_U32, IPU_TENSOR_IN | IPU_TENSOR_STREAM, layout, MOST, 1,
				    DATA_AT + X_AT, DATA_AT),
			make_tensor("y", IPU_U32, IPU_TENSOR_OUT | IPU_TENSOR_STREAM, layout, MOST, 1,
				    DATA_AT + Y_AT, DATA_AT + 4),
			make_tensor("t", IPU_U32, IPU_TENSOR_IN, IPU_BROADCAST, 1, 1, DATA_AT + 0xc0,
				    DATA_AT + 8),
		},
		.tensor_count = 3,
	};

	memcpy(fixed, code, sizeof(code));
	fixed[at_branch] = asm_branch(BLTZ, T1, ZERO, (at_exit - at_branch) * 4);
	fixed[at_back] = asm_branch(BGEU, ZERO, ZERO, (1 - at_back) * 4);
	return make_program(&make);
}

static struct ipu_context *load(struct ipu_device *dev, uint32_t tiles, uint32_t layout)
{
	struct ipu_context *ctx = lib_make_context(dev, tiles);
	struct ipu_program *prog = make_filter(layout, 0);

	assert_ok(ipu_load(ctx, prog));
	ipu_program_close(prog);
	return ctx;
}

static void check(const uint32_t *in, const uint32_t *out, size_t rows)
{
	for (size_t i = 0; i < rows; i++)
		if (out[i] != in[i] + 1)
			fail_msg("row %zu of %zu: %u of %u", i, rows, out[i], in[i]);
}

static struct ipu_stream_info info_of(struct ipu_context *ctx, const char *name)
{
	struct ipu_stream_info info = { .size = sizeof(info) };

	assert_ok(ipu_stream_get_info(ctx, name, &info));
	return info;
}

/* Every length up to three blocks and a row, twice over, the second time attached anew. */
static void test_lengths(void **state)
{
	static const uint32_t layouts[] = { IPU_SHARDED, IPU_BROADCAST };
	struct ipu_device *dev = lib_open_sim(5);
	uint32_t in[3 * 5 * MOST + 1], out[3 * 5 * MOST + 1];

	(void)state;
	for (uint32_t i = 0; i < 3 * 5 * MOST + 1; i++)
		in[i] = 1000 + i * 7;
	for (uint32_t which = 0; which < 2; which++)
		for (uint32_t tiles = 1; tiles <= 5; tiles += 2) {
			struct ipu_context *ctx = load(dev, tiles, layouts[which]);
			uint32_t block = which ? MOST : tiles * MOST;

			for (size_t rows = 0; rows <= 3 * block + 1; rows++) {
				memset(out, 0, sizeof(out));
				assert_ok(ipu_stream_memory(ctx, "x", in, rows * 4));
				assert_ok(ipu_stream_memory(ctx, "y", out, rows * 4));
				assert_ok(ipu_run(ctx, NULL));
				check(in, out, rows);
				assert_int_equal(info_of(ctx, "x").rows, rows);
				assert_int_equal(info_of(ctx, "y").rows, rows);
				assert_int_equal(info_of(ctx, "y").bytes, rows * 4);
				assert_int_equal(info_of(ctx, "x").blocks,
						 (rows + block - 1) / block);
				assert_ok(ipu_stream_detach(ctx, "x"));
				assert_ok(ipu_stream_detach(ctx, "y"));
			}
			ipu_context_destroy(ctx);
		}
	ipu_close(dev);
}

/* ---- Pipes ---- */

struct pipes {
	struct ipu_device *dev;
	struct ipu_context *ctx;
	int to, from; /* this end of x and of y */
	int x, y; /* the library's */
};

static struct pipes open_pipes(uint32_t tiles)
{
	struct pipes p = { .dev = lib_open_sim(tiles) };
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	p.ctx = load(p.dev, tiles, IPU_SHARDED);
	p.to = in[1];
	p.x = in[0];
	p.from = out[0];
	p.y = out[1];
	assert_ok(ipu_stream_fd(p.ctx, "x", p.x));
	assert_ok(ipu_stream_fd(p.ctx, "y", p.y));
	return p;
}

static void close_pipes(struct pipes *p)
{
	ipu_context_destroy(p->ctx);
	ipu_close(p->dev);
	close(p->x);
	close(p->y);
	if (p->to >= 0)
		close(p->to);
	if (p->from >= 0)
		close(p->from);
}

static void put(int fd, const void *data, size_t bytes)
{
	assert_int_equal(write(fd, data, bytes), bytes);
}

/* A block at a time, as a terminal would: the tiles wait, and go on where they were. */
static void test_piecemeal(void **state)
{
	struct pipes p = open_pipes(2);
	uint32_t in[2 * MOST], out[2 * MOST];

	(void)state;
	assert_ok(ipu_run_start(p.ctx));
	for (uint32_t round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < 2 * MOST; i++)
			in[i] = round * 100 + i;
		put(p.to, in, 10); /* not even whole rows */
		assert_fails(ipu_run_wait(p.ctx, 2000000, NULL), -ETIME, "in time");
		assert_fails(ipu_tensor_set(p.ctx, "t", in, 4, 1), -EBUSY, "under way");
		assert_fails(ipu_stream_detach(p.ctx, "x"), -EBUSY, "under way");
		put(p.to, (char *)in + 10, sizeof(in) - 10);
		/* The output is taken at the next sync, at which the tiles then wait. */
		for (int i = 0; i < 6000 && info_of(p.ctx, "y").bytes < (round + 1) * sizeof(in);
		     i++)
			assert_fails(ipu_run_wait(p.ctx, 10000000, NULL), -ETIME, "in time");
		assert_int_equal(read(p.from, out, sizeof(out)), sizeof(out));
		check(in, out, 2 * MOST);
	}
	close(p.to);
	p.to = -1;
	assert_ok(ipu_run_wait(p.ctx, -1, NULL));
	assert_true(info_of(p.ctx, "x").wait_ns > 0);
	close_pipes(&p);
}

static void *pour(void *arg)
{
	const struct pipes *p = arg;
	uint32_t in[1000];

	for (uint32_t round = 0; round < 500; round++) {
		for (uint32_t i = 0; i < 1000; i++)
			in[i] = round * 1000 + i;
		if (write(p->to, in, sizeof(in)) != sizeof(in))
			break;
	}
	close(p->to);
	return NULL;
}

/* Returns what is wrong, or NULL. */
static void *drain(void *arg)
{
	const struct pipes *p = arg;
	uint32_t out[999], next = 1;
	size_t rest = 0;
	ssize_t got;

	while ((got = read(p->from, (char *)out + rest, sizeof(out) - rest)) > 0) {
		rest += (size_t)got;
		for (size_t i = 0; i < rest / 4; i++)
			if (out[i] != next++)
				return (void *)"wrong";
		memmove(out, (char *)out + rest / 4 * 4, rest % 4);
		rest %= 4;
	}
	return next == 500 * 1000 + 1 && !rest ? NULL : (void *)"short";
}

/* A pipeline, with ends that do not wait for each other. */
static void test_pipeline(void **state)
{
	struct pipes p = open_pipes(7);
	pthread_t in, out;
	void *wrong;

	(void)state;
	assert_int_equal(fcntl(p.x, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fcntl(p.y, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&in, NULL, pour, &p), 0);
	assert_int_equal(pthread_create(&out, NULL, drain, &p), 0);
	assert_ok(ipu_run(p.ctx, NULL));
	assert_ok(ipu_stream_detach(p.ctx, "y"));
	close(p.y);
	pthread_join(in, NULL);
	pthread_join(out, &wrong);
	if (wrong)
		fail_msg("what came out is %s", (char *)wrong);
	p.to = -1;
	p.y = -1;
	close_pipes(&p);
}

/* ---- Failures ---- */

static void test_partial_row(void **state)
{
	struct pipes p = open_pipes(1);

	(void)state;
	put(p.to, "123456789 123456789 ", 18);
	close(p.to);
	p.to = -1;
	assert_fails(
		ipu_run(p.ctx, NULL), -EINVAL,
		"\"x\" ends in the middle of a row: its rows have 4 bytes of uint32, and the last "
		"one 2");
	assert_int_equal(info_of(p.ctx, "x").error, -EINVAL);
	assert_fails(ipu_run(p.ctx, NULL), -EINVAL, "load it again");
	close_pipes(&p);
}

static void test_reader_gone(void **state)
{
	struct pipes p = open_pipes(1);
	uint32_t in[4 * MOST] = { 0 };

	(void)state;
	close(p.from);
	p.from = -1;
	put(p.to, in, sizeof(in));
	assert_fails(ipu_run(p.ctx, NULL), -EPIPE, "\"y\" cannot be written: its reader has gone");
	close_pipes(&p);
}

static void test_memory_full(void **state)
{
	struct ipu_device *dev = lib_open_sim(2);
	struct ipu_context *ctx = load(dev, 2, IPU_SHARDED);
	uint32_t in[50] = { 0 }, out[50] = { 0 };

	(void)state;
	assert_ok(ipu_stream_memory(ctx, "x", in, sizeof(in)));
	assert_ok(ipu_stream_memory(ctx, "y", out, sizeof(out) - 4));
	assert_fails(ipu_run(ctx, NULL), -ENOSPC, "\"y\" cannot be written: its memory is full");
	assert_int_equal(out[48], 1);
	assert_int_equal(out[49], 0);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

static int64_t answer(void *arg, void *data, size_t bytes)
{
	int64_t *left = arg;

	if (*left <= 0)
		return *left;
	memset(data, 0, bytes);
	return (*left)--, 1;
}

static int64_t too_many(void *arg, void *data, size_t bytes)
{
	(void)arg;
	(void)data;
	return (int64_t)bytes + 1;
}

static void test_callbacks(void **state)
{
	struct ipu_device *dev = lib_open_sim(2);
	struct ipu_program *prog = make_filter(IPU_SHARDED, 0);
	struct ipu_context *ctx = lib_make_context(dev, 2);
	int64_t rows = 4 * 40, fails = -ENOKEY;

	(void)state;
	assert_ok(ipu_load(ctx, prog));
	assert_ok(ipu_stream_callback(ctx, "x", answer, &rows));
	assert_ok(ipu_run(ctx, NULL));
	assert_int_equal(info_of(ctx, "x").rows, 40);

	/* A load detaches, and a source that has ended has no more. */
	assert_ok(ipu_run(ctx, NULL));
	assert_ok(ipu_load(ctx, prog));
	assert_ok(ipu_stream_callback(ctx, "x", answer, &fails));
	assert_fails(ipu_run(ctx, NULL), -ENOKEY, "\"x\" cannot be read");
	assert_ok(ipu_load(ctx, prog));
	assert_ok(ipu_stream_callback(ctx, "x", too_many, NULL));
	assert_fails(ipu_run(ctx, NULL), -EPROTO, "returned what it may not");
	ipu_context_destroy(ctx);
	ipu_program_close(prog);
	ipu_close(dev);
}

/* The card reads memory where it is, but for what it has already: another's, or a buffer. */
static void test_same_memory(void **state)
{
	struct ipu_device *dev = lib_open_sim(4);
	struct ipu_context *ctx[2] = { load(dev, 2, IPU_SHARDED), load(dev, 2, IPU_SHARDED) };
	uint32_t out[7 * MOST], *in;
	struct ipu_bo *bo;

	(void)state;
	assert_ok(ipu_bo_create(dev, sizeof(out), &bo));
	for (unsigned int turn = 0; turn < 2; turn++) {
		in = turn ? ipu_bo_data(bo) : test_malloc(sizeof(out));
		for (uint32_t i = 0; i < 7 * MOST; i++)
			in[i] = 1000 * turn + i;
		for (unsigned int i = 0; i < 2; i++)
			assert_ok(ipu_stream_memory(ctx[i], "x", in, sizeof(out)));
		for (unsigned int i = 0; i < 2; i++) {
			memset(out, 0, sizeof(out));
			assert_ok(ipu_stream_memory(ctx[i], "y", out, sizeof(out)));
			assert_ok(ipu_run(ctx[i], NULL));
			check(in, out, 7 * MOST);
			assert_int_equal(info_of(ctx[i], "x").bytes, sizeof(out));
			assert_ok(ipu_stream_detach(ctx[i], "y"));
		}
		for (unsigned int i = 0; i < 2; i++)
			assert_ok(ipu_stream_detach(ctx[i], "x"));
		if (!turn)
			test_free(in);
	}
	ipu_bo_destroy(bo);
	ipu_context_destroy(ctx[0]);
	ipu_context_destroy(ctx[1]);
	ipu_close(dev);
}

/* What the tiles say is not believed. */
static void test_too_many_rows(void **state)
{
	struct ipu_device *dev = lib_open_sim(2);
	struct ipu_program *prog = make_filter(IPU_SHARDED, MOST);
	struct ipu_context *ctx = lib_make_context(dev, 2);
	uint32_t in[2 * MOST] = { 0 };

	(void)state;
	assert_ok(ipu_load(ctx, prog));
	ipu_program_close(prog);
	assert_ok(ipu_stream_memory(ctx, "x", in, sizeof(in)));
	assert_fails(ipu_run(ctx, NULL), -ERANGE, "tile 0 offers 8 rows of stream \"y\"");
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

static void test_mistakes(void **state)
{
	struct ipu_device *dev = lib_open_sim(2);
	struct ipu_context *ctx = lib_make_context(dev, 2);
	struct ipu_stream_info info = { .size = sizeof(info) };
	struct ipu_program *prog = make_filter(IPU_SHARDED, 0);
	uint32_t in[4] = { 0 };
	uint64_t rows;

	(void)state;
	assert_fails(ipu_stream_fd(ctx, "x", 0), -EINVAL, "No program is loaded");
	assert_ok(ipu_load(ctx, prog));
	assert_fails(ipu_run(ctx, NULL), -EINVAL, "Stream \"x\" has no source");
	assert_fails(ipu_stream_fd(ctx, "z", 0), -ENOENT, "x (input stream), y (output stream)");
	assert_fails(ipu_stream_fd(ctx, "t", 0), -EINVAL, "\"t\" is a tensor");
	assert_fails(ipu_stream_fd(ctx, "x", -1), -EINVAL, "descriptor -1");
	assert_fails(ipu_stream_callback(ctx, "x", NULL, NULL), -EINVAL, "needs a function");
	assert_fails(ipu_stream_detach(ctx, "x"), -EINVAL, "not attached");
	assert_fails(ipu_stream_get_info(ctx, "x", &info), -EINVAL, "not attached");
	assert_fails(ipu_tensor_set(ctx, "x", in, 4, 1), -EINVAL, "\"x\" is a stream");
	assert_fails(ipu_tensor_rows(ctx, "y", &rows), -EINVAL, "\"y\" is a stream");
	assert_ok(ipu_stream_memory(ctx, "x", in, sizeof(in)));
	assert_fails(ipu_stream_memory(ctx, "x", in, sizeof(in)), -EBUSY, "attached already");
	info.size = 3;
	assert_fails(ipu_stream_get_info(ctx, "x", &info), -EINVAL, "size");
	/* An output that nobody takes is dropped. */
	assert_ok(ipu_run(ctx, NULL));
	ipu_context_destroy(ctx);
	ipu_program_close(prog);
	ipu_close(dev);
}

/* ---- Ends at any moment ---- */

/* The context goes while its threads wait for both pipes, at once or in the middle of a run. */
static void test_destroy(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		struct pipes p = open_pipes(3);
		uint32_t in[3 * MOST] = { 0 };

		for (int i = 0; i < round % 5; i++)
			put(p.to, in, sizeof(in));
		if (round % 3)
			assert_ok(ipu_run_start(p.ctx));
		if (round % 3 == 2)
			assert_fails(ipu_run_wait(p.ctx, round * 50000, NULL), -ETIME, "in time");
		close_pipes(&p);
	}
}

/* A child releases its copies, and the parent's stream goes on. */
static void test_fork(void **state)
{
	struct pipes p = open_pipes(2);
	uint32_t in[2 * MOST] = { 7 }, out[2 * MOST];
	int status;
	pid_t pid;

	(void)state;
	assert_ok(ipu_run_start(p.ctx));
	pid = fork();
	if (!pid) {
		alarm(60);
		if (ipu_stream_detach(p.ctx, "x") != -EPERM ||
		    ipu_run_wait(p.ctx, 0, NULL) != -EPERM)
			_exit(1);
		ipu_context_destroy(p.ctx);
		ipu_close(p.dev);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	put(p.to, in, sizeof(in));
	close(p.to);
	p.to = -1;
	assert_ok(ipu_run_wait(p.ctx, -1, NULL));
	assert_int_equal(read(p.from, out, sizeof(out)), sizeof(out));
	check(in, out, 2 * MOST);
	close_pipes(&p);
}

/* ---- Many blocks, and many at a time ---- */

/* Counts up to its end; the other way round it checks. */
struct counter {
	uint32_t next, end;
	bool wrong;
};

static int64_t count(void *arg, void *data, size_t bytes)
{
	struct counter *c = arg;
	uint32_t *words = data;
	size_t n = bytes / 4 < c->end - c->next ? bytes / 4 : c->end - c->next;

	for (size_t i = 0; i < n; i++)
		words[i] = c->next++;
	return (int64_t)n * 4;
}

static int64_t expect(void *arg, void *data, size_t bytes)
{
	struct counter *c = arg;
	const uint32_t *words = data;

	for (size_t i = 0; i < bytes / 4; i++)
		c->wrong |= words[i] != ++c->next;
	return (int64_t)bytes;
}

/* What a sanitizer remembers of memory grows. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEASURES_MEMORY false
#else
#define MEASURES_MEMORY true
#endif

static size_t resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	size_t all, pages = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%zu %zu", &all, &pages), 2);
	fclose(file);
	return pages * 4096;
}

/* IPU_STREAM_BLOCKS blocks, 10,000 without it, in memory that does not grow. */
static void test_many(void **state)
{
	const char *text = getenv("IPU_STREAM_BLOCKS");
	uint32_t blocks = text ? (uint32_t)atoi(text) : 10000;
	struct ipu_device *dev = lib_open_sim(2);
	struct ipu_context *ctx = load(dev, 2, IPU_SHARDED);
	struct counter in = { .end = 100 * 2 * MOST }, out = { 0 };
	struct ipu_report report = { .size = sizeof(report) };
	size_t before;

	(void)state;
	assert_ok(ipu_stream_callback(ctx, "x", count, &in));
	assert_ok(ipu_stream_callback(ctx, "y", expect, &out));
	assert_ok(ipu_run(ctx, &report));
	assert_ok(ipu_stream_detach(ctx, "x"));
	before = resident();
	in.end = blocks * 2 * MOST - 1;
	assert_ok(ipu_stream_callback(ctx, "x", count, &in));
	assert_ok(ipu_run(ctx, &report));
	assert_int_equal(info_of(ctx, "x").blocks, blocks - 100);
	assert_int_equal(out.next, in.end);
	assert_false(out.wrong);
	if (MEASURES_MEMORY)
		assert_true(resident() < before + (2 << 20));
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

static void *run_one(void *arg)
{
	return ipu_run(arg, NULL) ? arg : NULL;
}

/* Two contexts on tiles of their own, in two threads. */
static void test_two_contexts(void **state)
{
	struct ipu_device *dev = lib_open_sim(6);
	struct ipu_context *ctx[2] = { load(dev, 2, IPU_SHARDED), load(dev, 4, IPU_BROADCAST) };
	struct counter in[2] = { { .end = 5000 }, { .end = 4999 } }, out[2] = { { 0 } };
	pthread_t threads[2];
	void *failed;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_ok(ipu_stream_callback(ctx[i], "x", count, &in[i]));
		assert_ok(ipu_stream_callback(ctx[i], "y", expect, &out[i]));
		assert_int_equal(pthread_create(&threads[i], NULL, run_one, ctx[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
		assert_int_equal(out[i].next, in[i].end);
		assert_false(out[i].wrong);
		ipu_context_destroy(ctx[i]);
	}
	ipu_close(dev);
}

int lib_test_stream(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),	      cmocka_unit_test(test_piecemeal),
		cmocka_unit_test(test_pipeline),      cmocka_unit_test(test_partial_row),
		cmocka_unit_test(test_reader_gone),   cmocka_unit_test(test_memory_full),
		cmocka_unit_test(test_callbacks),     cmocka_unit_test(test_same_memory),
		cmocka_unit_test(test_too_many_rows), cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_destroy),	      cmocka_unit_test(test_fork),
		cmocka_unit_test(test_many),	      cmocka_unit_test(test_two_contexts),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
