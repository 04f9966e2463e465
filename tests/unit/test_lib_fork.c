// SPDX-License-Identifier: MIT
/*
 * fork() with a device open, on the simulator: what the child is told, what it can
 * release, and that the parent has lost nothing. The child is no place for
 * cmocka: there what fails is printed, and is the exit status. One that hangs is
 * ended by its alarm.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ipu_debug.h>

#include "isa/ipu_isa.h"
#include "lib_asm.h"
#include "lib_elf_make.h"

#define TILES 3
#define SECONDS 60
#define DATA_AT (IPU_SRAM_BASE + 0x1000)

/* All kinds of objects, of the parent. */
struct objects {
	struct ipu_device *dev;
	struct ipu_context *ctx;
	struct ipu_program *prog;
	struct ipu_bo *bo;
	struct ipu_cmds *cmds;
	uint64_t va;
};

/* x += 1 on each tile */
static struct ipu_program *make_counter(void)
{
	const uint32_t code[] = {
		asm_lui(T0, DATA_AT), asm_lw(T1, T0, 0), asm_addi(T1, T1, 1),
		asm_sw(T1, T0, 0),    asm_exit(ZERO),
	};
	const struct make_elf make = {
		.segments = {
			{ .addr = IPU_SRAM_BASE, .data = code, .file_bytes = sizeof(code) },
			{ .addr = DATA_AT, .bytes = 16 },
		},
		.tensors = { make_tensor("x", IPU_U32, IPU_TENSOR_IN | IPU_TENSOR_OUT,
					 IPU_SHARDED, 1, 1, DATA_AT, DATA_AT + 8) },
		.tensor_count = 1,
		.symbol = "count",
	};

	return make_program(&make);
}

static struct objects make_objects(void)
{
	const uint32_t start[TILES] = { 10, 20, 30 };
	struct objects o = { .dev = lib_open_sim(TILES), .prog = make_counter() };

	o.ctx = lib_make_context(o.dev, TILES);
	assert_ok(ipu_bo_create(o.dev, 4096, &o.bo));
	assert_ok(ipu_bo_map(o.ctx, o.bo, IPU_BO_WRITE, &o.va));
	assert_ok(ipu_cmds_create(o.ctx, 4, &o.cmds));
	assert_ok(ipu_cmds_fill(o.cmds, 0, TILES, DATA_AT + 12, 4, 7));
	assert_ok(ipu_load(o.ctx, o.prog));
	assert_ok(ipu_tensor_set(o.ctx, "x", start, sizeof(start), TILES));
	assert_ok(ipu_run(o.ctx, NULL));
	return o;
}

static void free_objects(const struct objects *o)
{
	ipu_cmds_destroy(o->cmds);
	ipu_bo_destroy(o->bo);
	ipu_context_destroy(o->ctx);
	ipu_program_close(o->prog);
	ipu_close(o->dev);
}

/* The parent's objects do what they did before. */
static void check_objects(const struct objects *o, uint32_t runs)
{
	uint32_t x[TILES];
	uint64_t seqno;

	assert_ok(ipu_tensor_get(o->ctx, "x", x, sizeof(x), NULL));
	for (uint32_t tile = 0; tile < TILES; tile++)
		assert_int_equal(x[tile], 10 * (tile + 1) + runs);
	assert_int_equal(ipu_cmds_count(o->cmds), 1);
	assert_ok(ipu_cmds_submit(o->cmds, &seqno));
	assert_ok(ipu_wait(o->ctx, seqno, -1));
	assert_ok(ipu_run(o->ctx, NULL));
}

/* Run @child in a child process; it returns 0 and ends in time. */
static void in_child(int (*child)(const struct objects *o), const struct objects *o)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		alarm(SECONDS);
		_exit(child(o));
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		fail_msg("the child was ended by signal %d", WTERMSIG(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* The call is refused, in words. */
#define REFUSED(call)                                                                    \
	do {                                                                             \
		int refused_ = (call);                                                   \
		if (refused_ != -EPERM || !strstr(ipu_error(), "before fork()")) {       \
			fprintf(stderr, "# %s: %d, %s\n", #call, refused_, ipu_error()); \
			return 1;                                                        \
		}                                                                        \
	} while (0)
#define EXPECT(what)                                                                \
	do {                                                                        \
		if (!(what)) {                                                      \
			fprintf(stderr, "# not so: %s (%s)\n", #what, ipu_error()); \
			return 1;                                                   \
		}                                                                   \
	} while (0)

static int commands(const struct objects *o)
{
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = 1,
		.tile_addr = DATA_AT,
		.row_bytes = 4,
		.rows = 1,
		.host_va = o->va,
	};
	const struct ipu_launch launch = { .size = sizeof(launch), .tile_count = 1 };
	struct ipu_fault fault = { .size = sizeof(fault) };
	struct ipu_cmds *cmds;
	uint64_t seqno;

	REFUSED(ipu_cmds_create(o->ctx, 4, &cmds));
	EXPECT(!cmds);
	REFUSED(ipu_cmds_reset(o->cmds));
	EXPECT(ipu_cmds_count(o->cmds) == 1);
	REFUSED(ipu_cmds_copy_to_tiles(o->cmds, &copy));
	REFUSED(ipu_cmds_copy_from_tiles(o->cmds, &copy));
	REFUSED(ipu_cmds_fill(o->cmds, 0, 1, DATA_AT, 4, 0));
	REFUSED(ipu_cmds_run(o->cmds, &launch));
	REFUSED(ipu_cmds_submit(o->cmds, &seqno));
	REFUSED(ipu_submit(o->ctx, o->va, 1, &seqno));
	REFUSED(ipu_wait(o->ctx, 1, -1));
	REFUSED(ipu_get_fault(o->ctx, 0, &fault));
	return 0;
}

static int running(const struct objects *o)
{
	struct ipu_report report = { .size = sizeof(report) };
	uint32_t x[TILES];
	uint64_t rows;

	REFUSED(ipu_load(o->ctx, o->prog));
	REFUSED(ipu_tensor_set(o->ctx, "x", x, sizeof(x), TILES));
	REFUSED(ipu_tensor_rows(o->ctx, "x", &rows));
	REFUSED(ipu_tensor_get(o->ctx, "x", x, sizeof(x), &rows));
	REFUSED(ipu_run(o->ctx, &report));
	REFUSED(ipu_resume(o->ctx, &report));
	REFUSED(ipu_run_start(o->ctx));
	REFUSED(ipu_resume_start(o->ctx));
	REFUSED(ipu_run_wait(o->ctx, -1, NULL));
	return 0;
}

static int debugging(const struct objects *o)
{
	const struct ipu_debug_point point = {
		.size = sizeof(point),
		.access = IPU_DEBUG_EXEC,
		.tile = IPU_DEBUG_ALL_TILES,
		.addr = IPU_SRAM_BASE,
	};
	uint32_t word;

	REFUSED(ipu_debug_attach(o->ctx, 0));
	REFUSED(ipu_debug_halt(o->ctx));
	REFUSED(ipu_debug_wait(o->ctx, -1, NULL));
	REFUSED(ipu_debug_resume(o->ctx, NULL));
	REFUSED(ipu_debug_insert(o->ctx, &point));
	REFUSED(ipu_debug_remove(o->ctx, &point));
	REFUSED(ipu_debug_read_reg(o->ctx, 0, 0, IPU_DEBUG_PC, &word, 4));
	REFUSED(ipu_debug_write_reg(o->ctx, 0, 0, IPU_DEBUG_PC, &word, 4));
	REFUSED(ipu_debug_read_mem(o->ctx, 0, IPU_SRAM_BASE, &word, 4));
	REFUSED(ipu_debug_write_mem(o->ctx, 0, IPU_SRAM_BASE, &word, 4));
	REFUSED(ipu_debug_detach(o->ctx));
	return 0;
}

static int every_call(const struct objects *o)
{
	struct ipu_usage usage = { .size = sizeof(usage) };
	struct ipu_info info = { .size = sizeof(info) };
	struct ipu_context *ctx;
	struct ipu_bo *bo;
	uint64_t va;

	REFUSED(ipu_get_usage(o->dev, &usage));
	REFUSED(ipu_context_create(o->dev, NULL, &ctx));
	REFUSED(ipu_bo_create(o->dev, 1, &bo));
	EXPECT(!ctx && !bo);
	REFUSED(ipu_bo_map(o->ctx, o->bo, IPU_BO_READ, &va));
	REFUSED(ipu_bo_unmap(o->ctx, o->va));
	if (commands(o) || running(o) || debugging(o))
		return 1;
	/* What asks neither the card nor a lock. */
	EXPECT(!ipu_get_info(o->dev, &info) && info.tiles == TILES);
	EXPECT(ipu_context_tiles(o->ctx) == TILES && ipu_bo_size(o->bo) == 4096);
	EXPECT(ipu_bo_data(o->bo));
	free_objects(o);
	return 0;
}

static void test_every_call(void **state)
{
	struct objects o = make_objects();

	(void)state;
	for (uint32_t i = 1; i < 4; i++) {
		in_child(every_call, &o);
		check_objects(&o, i);
	}
	free_objects(&o);
}

/* Programs are the child's to use, with a device of its own; and its own child is another. */
static int own_device(const struct objects *o)
{
	struct ipu_source source = { .size = sizeof(source) };
	struct objects mine = { .prog = o->prog };
	struct ipu_report report = { .size = sizeof(report) };
	int status;
	pid_t pid;

	EXPECT(!ipu_program_source(o->prog, IPU_SRAM_BASE + 4, &source));
	EXPECT(!ipu_open("sim:tiles=2,threads=1", &mine.dev));
	EXPECT(!ipu_context_create(mine.dev, NULL, &mine.ctx));
	EXPECT(!ipu_load(mine.ctx, mine.prog) && !ipu_run(mine.ctx, &report));
	EXPECT(report.instructions == 2 * 5);
	pid = fork();
	if (!pid) {
		alarm(SECONDS);
		_exit(ipu_run(mine.ctx, NULL) == -EPERM && ipu_run(o->ctx, NULL) == -EPERM ? 0 : 1);
	}
	EXPECT(pid > 0 && waitpid(pid, &status, 0) == pid && !status);
	EXPECT(!ipu_run(mine.ctx, &report));
	free_objects(o);
	ipu_context_destroy(mine.ctx);
	ipu_close(mine.dev);
	return 0;
}

static void test_own_device(void **state)
{
	struct objects o = make_objects();

	(void)state;
	in_child(own_device, &o);
	check_objects(&o, 1);
	free_objects(&o);
}

/* Threads that hold the locks of an object at any time, while the process forks. */
struct busy {
	struct objects o;
	atomic_bool stop;
};

static void *run_and_run(void *arg)
{
	struct busy *b = arg;

	while (!atomic_load(&b->stop))
		if (ipu_load(b->o.ctx, b->o.prog) || ipu_run(b->o.ctx, NULL))
			return b;
	return NULL;
}

static void *look_up(void *arg)
{
	struct busy *b = arg;
	struct ipu_source source = { .size = sizeof(source) };

	while (!atomic_load(&b->stop))
		if (ipu_program_source(b->o.prog, IPU_SRAM_BASE + 4, &source))
			return b;
	return NULL;
}

static void *make_buffers(void *arg)
{
	struct busy *b = arg;

	while (!atomic_load(&b->stop)) {
		struct ipu_bo *bo;

		if (ipu_bo_create(b->o.dev, 65536, &bo))
			return b;
		ipu_bo_destroy(bo);
	}
	return NULL;
}

static int look_up_and_close(const struct objects *o)
{
	struct ipu_source source = { .size = sizeof(source) };

	REFUSED(ipu_run(o->ctx, NULL));
	EXPECT(!ipu_program_source(o->prog, IPU_SRAM_BASE + 4, &source));
	free_objects(o);
	return 0;
}

static void test_busy_parent(void **state)
{
	void *(*const work[])(void *) = { run_and_run, look_up, make_buffers };
	struct busy b = { .o = make_objects() };
	pthread_t threads[3];
	void *failed;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work[i], &b), 0);
	for (int i = 0; i < 100; i++)
		in_child(look_up_and_close, &b.o);
	atomic_store(&b.stop, true);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	free_objects(&b.o);
}

/* exec() closes what the library has opened: a trace here, as the device file in test_lib_drm.c. */
static void test_exec(void **state)
{
	char path[] = "/tmp/ipu-trace-XXXXXX";
	struct ipu_sim_options options = { .size = sizeof(options), .tiles = 1, .trace = path };
	int fd = mkstemp(path);
	const struct lib_files files = lib_open_files();
	struct ipu_device *dev;

	(void)state;
	assert_true(fd >= 0);
	assert_ok(ipu_open_sim(&options, &dev));
	lib_check_cloexec(&files);
	ipu_close(dev);
	close(fd);
	assert_int_equal(unlink(path), 0);
}

/* The trace has each line once, even if a child ends as programs do. */
static void test_trace(void **state)
{
	char path[] = "/tmp/ipu-trace-XXXXXX", line[256];
	struct ipu_sim_options options = { .size = sizeof(options), .tiles = 1, .trace = path };
	int fd = mkstemp(path), lines = 0;
	struct ipu_program *prog = make_counter();
	struct ipu_context *ctx;
	struct ipu_device *dev;
	FILE *trace;
	int status;
	pid_t pid;

	(void)state;
	assert_true(fd >= 0);
	assert_ok(ipu_open_sim(&options, &dev));
	ctx = lib_make_context(dev, 1);
	assert_ok(ipu_load(ctx, prog));
	assert_ok(ipu_run(ctx, NULL));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		fflush(NULL); /* as exit() does */
		ipu_context_destroy(ctx);
		ipu_close(dev);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	ipu_context_destroy(ctx);
	ipu_close(dev);
	ipu_program_close(prog);
	trace = fdopen(fd, "r");
	assert_non_null(trace);
	while (fgets(line, sizeof(line), trace))
		lines++;
	assert_int_equal(lines, 5);
	fclose(trace);
	assert_int_equal(unlink(path), 0);
}

int lib_test_fork(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_call),  cmocka_unit_test(test_own_device),
		cmocka_unit_test(test_busy_parent), cmocka_unit_test(test_exec),
		cmocka_unit_test(test_trace),
	};

	return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
