// SPDX-License-Identifier: MIT
/* npy files: what is read, what is refused and why, and what is written. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib_test.h"
#include "npy.h"

#define ROOM 2048

/* A file of version @major with @header and @bytes bytes of elements; returns its length. */
static size_t make(unsigned char *to, unsigned char major, const char *header, size_t bytes)
{
	size_t len = strlen(header), at = major == 1 ? 10 : 12;

	memcpy(to, "\x93NUMPY", 6);
	to[6] = major;
	to[7] = 0;
	to[8] = len & 0xff;
	to[9] = (unsigned char)(len >> 8);
	to[10] = to[11] = 0;
	memcpy(to + at, header, len);
	for (size_t i = 0; i < bytes; i++)
		to[at + len + i] = (unsigned char)i;
	return at + len + bytes;
}

static void test_good(void **state)
{
	static const struct {
		const char *header;
		unsigned char major;
		const char *descr;
		uint32_t ndim;
		uint64_t shape[3];
		size_t bytes;
	} good[] = {
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }   \n",
		  1,
		  "<f4",
		  1,
		  { 3 },
		  12 },
		{ "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 5), }\n",
		  1,
		  "<f2",
		  2,
		  { 2, 5 },
		  20 },
		{ "{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3, 4), }\n",
		  2,
		  "|i1",
		  3,
		  { 2, 3, 4 },
		  24 },
		{ "{'descr': '<u4', 'fortran_order': False, 'shape': (0, 4), }\n",
		  3,
		  "<u4",
		  2,
		  { 0, 4 },
		  0 },
		{ "{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n",
		  1,
		  "<f8",
		  0,
		  { 0 },
		  8 },
		/* In one dimension the order has no meaning. */
		{ "{'descr': '<i2', 'fortran_order': True, 'shape': (4,), }\n",
		  1,
		  "<i2",
		  1,
		  { 4 },
		  8 },
		/* Nor where all others are 1, or where there is no element. */
		{ "{'descr': '<i2', 'fortran_order': True, 'shape': (1, 4), }\n",
		  1,
		  "<i2",
		  2,
		  { 1, 4 },
		  8 },
		{ "{'descr': '<i2', 'fortran_order': True, 'shape': (4, 1), }\n",
		  1,
		  "<i2",
		  2,
		  { 4, 1 },
		  8 },
		{ "{'descr': '<i2', 'fortran_order': True, 'shape': (4, 0, 3), }\n",
		  1,
		  "<i2",
		  3,
		  { 4, 0, 3 },
		  0 },
		/* Another order of keys, other quotes, no comma at the end, Python 2's long numbers. */
		{ "{\"shape\":(3L, 1L),\"fortran_order\":False,\"descr\":\"<i4\"}",
		  1,
		  "<i4",
		  2,
		  { 3, 1 },
		  12 },
		{ " { 'descr' : '|b1' , 'shape' : ( 7 , ) , 'fortran_order' : False } ",
		  1,
		  "|b1",
		  1,
		  { 7 },
		  7 },
		/* A large count times none is none. */
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 18446744073709551615), }",
		  1,
		  "<f4",
		  2,
		  { 0, UINT64_MAX },
		  0 },
	};
	char error[NPY_ERROR_SIZE];
	unsigned char file[ROOM];
	struct npy npy;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size_t size = make(file, good[i].major, good[i].header, good[i].bytes);

		if (npy_parse(file, size, &npy, error))
			fail_msg("%s: %s", good[i].header, error);
		assert_string_equal(npy.descr, good[i].descr);
		assert_int_equal(npy.ndim, good[i].ndim);
		assert_memory_equal(npy.shape, good[i].shape, good[i].ndim * sizeof(uint64_t));
		assert_int_equal(npy.bytes, good[i].bytes);
		assert_ptr_equal((const unsigned char *)npy.data + npy.bytes, file + size);
	}
}

static void test_bad_headers(void **state)
{
	static const struct {
		const char *header;
		const char *words;
	} bad[] = {
		{ "", "not a dictionary" },
		{ "[]", "not a dictionary" },
		{ "{", "not a dictionary" },
		{ "{}", "is missing" },
		{ "{'descr': '<f4', 'shape': (3,)}", "is missing" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)} x",
		  "something follows" },
		{ "{'descr': '<f4' 'fortran_order': False, 'shape': (3,)}", "not a dictionary" },
		{ "{'descr' '<f4'}", "not a dictionary" },
		{ "{'descr: '<f4', 'fortran_order': False, 'shape': (3,)}", "not a dictionary" },
		{ "{'colour': 'red'}", "unknown key" },
		{ "{'descr': '<f4', 'descr': '<f4'}", "a key twice" },
		{ "{'descr': 4, 'fortran_order': False, 'shape': (3,)}", "not a short string" },
		{ "{'descr': '<f4', 'fortran_order': 0, 'shape': (3,)}", "neither True nor False" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': 3}", "not a tuple" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (3)}", "not a tuple" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (3", "not a tuple" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}", "whole numbers" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (3 4)}", "whole numbers" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (3,,)}", "whole numbers" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551616,)}",
		  "absurdly large" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
		  "absurdly large" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		  "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)}",
		  "more than 32 dimensions" },
		{ "{'descr': '<f2', 'fortran_order': True, 'shape': (2, 1, 3)}", "Fortran order" },
		{ "{'descr': '>f4', 'fortran_order': False, 'shape': (3,)}", "big endian" },
		{ "{'descr': '|O', 'fortran_order': False, 'shape': (3,)}", "Python objects" },
		{ "{'descr': '<U1', 'fortran_order': False, 'shape': (3,)}", "holds text" },
		{ "{'descr': '|S4', 'fortran_order': False, 'shape': (3,)}", "holds text" },
		{ "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (3,)}", "not numbers" },
		{ "{'descr': '<f99999999999', 'fortran_order': False, 'shape': (3,)}",
		  "not numbers" },
		{ "{'descr': '<f', 'fortran_order': False, 'shape': (3,)}", "no size" },
		{ "{'descr': 'f4', 'fortran_order': False, 'shape': (3,)}", "is unknown" },
		{ "{'descr': '', 'fortran_order': False, 'shape': (3,)}", "is unknown" },
		{ "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}",
		  "structured array" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}", "truncated" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "too long" },
	};
	char error[NPY_ERROR_SIZE];
	unsigned char file[ROOM];
	struct npy npy;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		size_t size = make(file, 1, bad[i].header, 12);

		error[0] = '\0';
		assert_int_equal(npy_parse(file, size, &npy, error), -EINVAL);
		if (!strstr(error, bad[i].words))
			fail_msg("%s: \"%s\" says nothing of \"%s\"", bad[i].header, error,
				 bad[i].words);
	}
}

static void test_bad_files(void **state)
{
	static const char header[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}";
	char error[NPY_ERROR_SIZE];
	unsigned char file[ROOM];
	struct npy npy;
	size_t size = make(file, 1, header, 12);

	(void)state;
	/* Any truncated valid file is refused, and nothing past its end is read. */
	for (size_t cut = 0; cut < size; cut++) {
		unsigned char *part = malloc(cut ? cut : 1);

		assert_non_null(part);
		memcpy(part, file, cut);
		assert_int_equal(npy_parse(part, cut, &npy, error), -EINVAL);
		assert_non_null(strstr(error, cut < 6 ? "not an npy file" : "truncated"));
		free(part);
	}

	file[6] = 4;
	assert_int_equal(npy_parse(file, size, &npy, error), -EINVAL);
	assert_non_null(strstr(error, "version 4.0"));
	file[6] = 1;
	file[7] = 1;
	assert_int_equal(npy_parse(file, size, &npy, error), -EINVAL);
	assert_non_null(strstr(error, "version 1.1"));

	size = make(file, 2, header, 12);
	file[11] = 0x7f;
	assert_int_equal(npy_parse(file, size, &npy, error), -EINVAL);
	assert_non_null(strstr(error, "truncated: its npy header"));
}

/* NumPy writes the fields of a structured array into the header, as many as there are. */
static void test_long_header(void **state)
{
	static const char start[] = "{'descr': [";
	const size_t len = 70000;
	unsigned char *file = calloc(1, len + 12);
	char error[NPY_ERROR_SIZE];
	struct npy npy;

	(void)state;
	assert_non_null(file);
	memcpy(file, "\x93NUMPY\x02\x00", 8);
	for (unsigned int i = 0; i < 4; i++)
		file[8 + i] = len >> 8 * i & 0xff;
	memset(file + 12, ' ', len);
	memcpy(file + 12, start, strlen(start));
	assert_int_equal(npy_parse(file, len + 12, &npy, error), -EINVAL);
	assert_non_null(strstr(error, "structured array"));
	free(file);
}

/* ---- Files on disk ---- */

static char folder[64];
static int before; /* the folder that the tests were started in */

static int enter_folder(void **state)
{
	(void)state;
	before = open(".", O_RDONLY | O_DIRECTORY);
	snprintf(folder, sizeof(folder), "/tmp/ipu-npy-XXXXXX");
	return before >= 0 && mkdtemp(folder) ? chdir(folder) : -1;
}

static int leave_folder(void **state)
{
	char command[96];
	int err = fchdir(before);

	(void)state;
	close(before);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return err || system(command);
}

static size_t read_file(const char *path, unsigned char *to)
{
	FILE *f = fopen(path, "rb");
	size_t size;

	assert_non_null(f);
	size = fread(to, 1, ROOM, f);
	fclose(f);
	return size;
}

static const float elements[6] = { 0, 1.5f, -2, 1e30f, 0.1f, 7 };

static struct npy small_array(void)
{
	return (struct npy){
		.descr = "<f4",
		.ndim = 2,
		.shape = { 3, 2 },
		.data = elements,
		.bytes = sizeof(elements),
	};
}

static void count_files(unsigned int expected)
{
	char command[128];

	snprintf(command, sizeof(command), "test $(find . -mindepth 1 | wc -l) -eq %u", expected);
	if (system(command))
		fail_msg("not %u files are there", expected);
}

static void test_round_trip(void **state)
{
	struct npy npy = small_array(), back;
	char error[NPY_ERROR_SIZE];
	struct stat st;
	mode_t mask = umask(022);

	(void)state;
	assert_int_equal(npy_write("a.npy", &npy, error), 0);
	umask(mask);
	assert_int_equal(stat("a.npy", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	count_files(1);

	assert_int_equal(npy_read("a.npy", &back, error), 0);
	assert_string_equal(back.descr, "<f4");
	assert_int_equal(back.ndim, 2);
	assert_int_equal(back.shape[0], 3);
	assert_int_equal(back.shape[1], 2);
	assert_int_equal(back.bytes, sizeof(elements));
	assert_memory_equal(back.data, elements, sizeof(elements));
	npy_close(&back);
}

/* Byte for byte what numpy.save() wrote, version 1.24. */
static void test_same_as_numpy(void **state)
{
	static const struct {
		uint32_t ndim;
		uint64_t shape[8];
		size_t size;
		const char *dictionary;
	} saved[] = {
		{ 0, { 0 }, 128, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }" },
		{ 1, { 0 }, 128, "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }" },
		{ 2, { 3, 2 }, 128, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }" },
		/* Would fit in 128, but for the room in which the first dimension may grow. */
		{ 8,
		  { 5, 6, 7, 8, 9, 10000000000, 1000, 12000000 },
		  192,
		  "{'descr': '<f4', 'fortran_order': False, "
		  "'shape': (5, 6, 7, 8, 9, 10000000000, 1000, 12000000), }" },
	};
	unsigned char file[ROOM], want[ROOM];
	char error[NPY_ERROR_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(saved) / sizeof(saved[0]); i++) {
		struct npy npy = { .descr = "<f4", .ndim = saved[i].ndim, .data = elements };
		size_t len = strlen(saved[i].dictionary);

		memcpy(npy.shape, saved[i].shape, sizeof(saved[i].shape));
		assert_int_equal(npy_write("b.npy", &npy, error), 0);
		memset(want, ' ', sizeof(want));
		memcpy(want, "\x93NUMPY\x01\x00", 8);
		want[8] = (unsigned char)(saved[i].size - 10);
		want[9] = 0;
		memcpy(want + 10, saved[i].dictionary, len);
		want[saved[i].size - 1] = '\n';
		assert_int_equal(read_file("b.npy", file), saved[i].size);
		assert_memory_equal(file, want, saved[i].size);
	}
	assert_int_equal(unlink("b.npy"), 0);
}

static void test_write_replaces(void **state)
{
	struct npy npy = small_array();
	char error[NPY_ERROR_SIZE];
	unsigned char file[ROOM];
	struct stat st;

	(void)state;
	/* What a link names is replaced, with its mode, and the link stays. */
	assert_int_equal(chmod("a.npy", 0600), 0);
	assert_int_equal(symlink("a.npy", "link.npy"), 0);
	assert_int_equal(npy_write("link.npy", &npy, error), 0);
	assert_int_equal(lstat("link.npy", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat("a.npy", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(read_file("a.npy", file), 128 + sizeof(elements));
	count_files(2);

	/* A device stays a device. */
	assert_int_equal(npy_write("/dev/null", &npy, error), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

/* A write that fails leaves what was there, and no file of its own. */
static void test_write_fails(void **state)
{
	struct rlimit usual, little = { .rlim_cur = 140 };
	struct npy npy = small_array();
	char error[NPY_ERROR_SIZE];
	unsigned char file[ROOM];

	(void)state;
	assert_int_equal(npy_write("nowhere/a.npy", &npy, error), -ENOENT);
	assert_non_null(strstr(error, "No such file"));
	assert_int_equal(mkdir("folder.npy", 0755), 0);
	assert_int_equal(npy_write("folder.npy", &npy, error), -EISDIR);
	assert_int_equal(rmdir("folder.npy"), 0);
	assert_int_equal(npy_write("/dev/full", &npy, error), -ENOSPC);
	assert_non_null(strstr(error, "No space left"));

	/* In the middle of the elements. */
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &usual);
	little.rlim_max = usual.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	assert_int_equal(npy_write("a.npy", &npy, error), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
	assert_int_equal(read_file("a.npy", file), 128 + sizeof(elements));
	assert_memory_equal(file + 128, elements, sizeof(elements));
	count_files(2);
}

static void test_read_fails(void **state)
{
	char error[NPY_ERROR_SIZE];
	struct npy npy;

	(void)state;
	assert_int_equal(npy_read("nowhere.npy", &npy, error), -ENOENT);
	assert_string_equal(error, "cannot be opened: No such file or directory");
	assert_int_equal(npy_read(".", &npy, error), -EINVAL);
	assert_string_equal(error, "is not a regular file: save the array to one first");
	assert_int_equal(npy_read("/dev/null", &npy, error), -EINVAL);
	npy_close(&npy);
}

static void test_names(void **state)
{
	char text[32];

	(void)state;
	assert_string_equal(npy_descr_name("<f4", text), "float32");
	assert_string_equal(npy_descr_name("<f8", text), "float64");
	assert_string_equal(npy_descr_name("|i1", text), "int8");
	assert_string_equal(npy_descr_name("<u2", text), "uint16");
	assert_string_equal(npy_descr_name("|b1", text), "bool");
	assert_string_equal(npy_descr_name("<c16", text), "complex128");
	assert_string_equal(npy_descr_name("|S7", text), "'|S7'");
}

int lib_test_npy(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	      cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_bad_files),     cmocka_unit_test(test_long_header),
		cmocka_unit_test(test_names),	      cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_same_as_numpy), cmocka_unit_test(test_write_replaces),
		cmocka_unit_test(test_write_fails),   cmocka_unit_test(test_read_fails),
	};

	return cmocka_run_group_tests_name("npy", tests, enter_folder, leave_folder);
}
