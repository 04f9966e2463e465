// SPDX-License-Identifier: MIT
/* Reading programs: each error in an ELF file has its own message. */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>

#include "isa/ipu_isa.h"
#include "ipu_program.h"
#include "lib_asm.h"
#include "lib_elf_make.h"

#define TENSOR_AT (IPU_SRAM_BASE + 0x1000)
#define ROWS_AT (IPU_SRAM_BASE + 0x800)

static const uint32_t code[] = { 0x13, 0x13, 0x73 };
static unsigned char file[MAKE_ELF_BYTES];

/* A valid program: code, data and zeroes, an input and an output. */
static const struct make_elf good = {
	.segments = {
		{ .addr = IPU_SRAM_BASE, .data = code, .file_bytes = sizeof(code),
		  .flags = PF_R | PF_X },
		{ .addr = IPU_SRAM_BASE + 0x800, .data = code, .file_bytes = sizeof(code),
		  .bytes = 0x4000, .flags = PF_R | PF_W },
	},
	.tensors = {
		{ .version = 1, .dtype = IPU_F32, .direction = IPU_TENSOR_IN, .layout = IPU_SHARDED,
		  .ndim = 2, .shape = { 10, 3 }, .data = TENSOR_AT, .rows = ROWS_AT, .name = "x" },
		{ .version = 1, .dtype = IPU_I8, .direction = IPU_TENSOR_OUT,
		  .layout = IPU_BROADCAST, .ndim = 1, .shape = { 5 }, .data = TENSOR_AT + 0x101,
		  .rows = ROWS_AT + 4, .name = "y_2" },
	},
	.tensor_count = 2,
	.symbol = "start",
};

static void refuse_bytes(const void *bytes, size_t size, const char *words)
{
	/* In memory of its own, so that a sanitizer sees reads past the end. */
	unsigned char *copy = malloc(size ? size : 1);
	struct ipu_program *prog;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	assert_fails(ipu_program_open_memory(copy, size, "bad.elf", &prog), -ENOEXEC, words);
	assert_null(prog);
	assert_non_null(strstr(ipu_error(), "bad.elf"));
	free(copy);
}

static void refuse(const struct make_elf *make, const char *words)
{
	refuse_bytes(file, make_elf(make, file), words);
}

static void test_good(void **state)
{
	struct ipu_tensor_desc desc = { .size = sizeof(desc) };
	struct ipu_program *prog = make_program(&good);

	(void)state;
	assert_int_equal(ipu_program_entry(prog), IPU_SRAM_BASE);
	assert_int_equal(prog->sp, IPU_SRAM_END - 64);
	assert_int_equal(prog->segment_count, 2);
	assert_int_equal(ipu_program_tensor_count(prog), 2);
	assert_ok(ipu_program_tensor(prog, 0, &desc));
	assert_string_equal(desc.name, "x");
	assert_int_equal(desc.dtype, IPU_F32);
	assert_int_equal(desc.direction, IPU_TENSOR_IN);
	assert_int_equal(desc.layout, IPU_SHARDED);
	assert_int_equal(desc.ndim, 2);
	assert_int_equal(desc.shape[0], 10);
	assert_int_equal(desc.shape[1], 3);
	assert_int_equal(desc.row_bytes, 12);
	assert_ok(ipu_program_find_tensor(prog, "y_2", &desc));
	assert_int_equal(desc.row_bytes, 1);
	assert_fails(ipu_program_tensor(prog, 2, &desc), -EINVAL, "no tensor 2");
	assert_fails(ipu_program_find_tensor(prog, "z", &desc), -ENOENT, "x (input), y_2 (output)");
	desc.size = 3;
	assert_fails(ipu_program_tensor(prog, 0, &desc), -EINVAL, "sizeof(struct ipu_tensor_desc)");
	ipu_program_close(prog);
	ipu_program_close(NULL);
}

static void test_symbols(void **state)
{
	struct ipu_source source = { .size = sizeof(source) };
	struct ipu_program *prog = make_program(&good);

	(void)state;
	assert_ok(ipu_program_source(prog, IPU_SRAM_BASE + 8, &source));
	assert_string_equal(source.function, "start");
	assert_int_equal(source.offset, 8);
	assert_int_equal(source.line, 0);
	assert_string_equal(source.file, "");
	assert_fails(ipu_program_source(prog, IPU_SRAM_BASE + 0x900, &source), -ENOENT, "0x4c900");
	assert_fails(ipu_program_source(prog, 0, &source), -ENOENT, "compile it with -g");
	ipu_program_close(prog);
}

/* Without tensors or symbols it is a program, too. */
static void test_bare(void **state)
{
	struct make_elf make = { .segments = { good.segments[0] } };
	struct ipu_source source = { .size = sizeof(source) };
	struct ipu_tensor_desc desc = { .size = sizeof(desc) };
	struct ipu_program *prog = make_program(&make);

	(void)state;
	assert_int_equal(ipu_program_tensor_count(prog), 0);
	assert_fails(ipu_program_find_tensor(prog, "x", &desc), -ENOENT, "declares none");
	assert_fails(ipu_program_source(prog, IPU_SRAM_BASE, &source), -ENOENT,
		     "compile it with -g");
	ipu_program_close(prog);
}

static void test_header(void **state)
{
	static const struct {
		size_t at;
		uint16_t value;
		const char *words;
	} bad[] = {
		{ 0, 0x7f7f, "not an ELF file" },
		{ offsetof(Elf32_Ehdr, e_machine), EM_X86_64, "a program for x86-64" },
		{ offsetof(Elf32_Ehdr, e_machine), 0x7777, "ELF machine 30583" },
		{ EI_CLASS, ELFCLASS64 | ELFDATA2LSB << 8, "a 64-bit program" },
		{ EI_CLASS, 9 | ELFDATA2LSB << 8, "a 64-bit program" },
		{ EI_CLASS, ELFCLASS32 | ELFDATA2MSB << 8, "big endian" },
		{ EI_CLASS, ELFCLASS32 | 7 << 8, "byte order 7" },
		{ EI_VERSION, 9, "unknown version" },
		{ offsetof(Elf32_Ehdr, e_version), 0, "unknown version" },
		{ offsetof(Elf32_Ehdr, e_type), ET_REL, "not linked" },
		{ offsetof(Elf32_Ehdr, e_type), ET_DYN, "-static -no-pie" },
		{ offsetof(Elf32_Ehdr, e_type), ET_CORE, "a core file" },
		{ offsetof(Elf32_Ehdr, e_type), 0x1234, "type 4660" },
		{ offsetof(Elf32_Ehdr, e_phnum), 0, "nothing to load" },
		{ offsetof(Elf32_Ehdr, e_phentsize), 31, "nothing to load" },
		{ offsetof(Elf32_Ehdr, e_phnum), 0xfffe, "truncated" },
		{ offsetof(Elf32_Ehdr, e_phoff) + 2, 0x7fff, "truncated" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		size_t size = make_elf(&good, file);

		memcpy(file + bad[i].at, &bad[i].value, sizeof(bad[i].value));
		refuse_bytes(file, size, bad[i].words);
	}
	refuse_bytes("", 0, "not an ELF file");
	refuse_bytes("#!/bin/sh\n", 10, "not an ELF file");
}

/* A file may end anywhere. Where it does so behind the segments, sections are lost at most. */
static void test_truncated(void **state)
{
	size_t size = make_elf(&good, file);
	unsigned char *copy;

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		struct ipu_program *prog;

		copy = malloc(cut ? cut : 1);
		assert_non_null(copy);
		memcpy(copy, file, cut);
		if (!ipu_program_open_memory(copy, cut, "cut.elf", &prog)) {
			assert_true(cut > sizeof(Elf32_Ehdr) + 2 * sizeof(Elf32_Phdr));
			ipu_program_close(prog);
		} else {
			assert_sentence(ipu_error(), "cut.elf");
		}
		free(copy);
	}
	refuse_bytes(file, 40, "truncated: it has 40 bytes");
	refuse_bytes(file, sizeof(Elf32_Ehdr) + 10, "its program headers lie beyond its 62 bytes");
	refuse_bytes(file, sizeof(Elf32_Ehdr) + MAKE_MAX * sizeof(Elf32_Phdr) + 4,
		     "its segment at 0x4c000 lies beyond");
}

static void test_segments(void **state)
{
	struct make_elf make = good;

	(void)state;
	make.segments[1].addr = IPU_SRAM_BASE - 4;
	refuse(&make,
	       "segment at 0x4bffc to 0x4fffc, outside the SRAM of a tile, 0x4c000 to 0xe8000");
	make.segments[1].addr = IPU_SRAM_END - 0x3ffc;
	refuse(&make, "outside the SRAM");
	make.segments[1].addr = 0xfffffff0;
	refuse(&make, "segment at 0xfffffff0 to 0x100003ff0");
	make.segments[1].addr = IPU_SRAM_BASE + 8;
	refuse(&make, "overlap: 0x4c000 to 0x4c00c and 0x4c008 to 0x50008");
	make = good;
	make.segments[1].bytes = 4;
	refuse(&make, "larger in the file than in memory");
	make.segments[1].bytes = 0xffffffff;
	refuse(&make, "outside the SRAM");
	make.segments[1] = good.segments[1];
	make.segments[0] = (struct make_segment){ 0 };
	make.entry = IPU_SRAM_BASE;
	refuse(&make, "starts at 0x4c000, which is not in its code");
	make.segments[1] = (struct make_segment){ 0 };
	refuse(&make, "no program headers");
}

static void test_dynamic(void **state)
{
	size_t size = make_elf(&good, file);
	uint32_t type = PT_INTERP;

	(void)state;
	memcpy(file + sizeof(Elf32_Ehdr), &type, sizeof(type));
	refuse_bytes(file, size, "dynamically linked");
	type = PT_NOTE;
	memcpy(file + sizeof(Elf32_Ehdr), &type, sizeof(type));
	memcpy(file + sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr), &type, sizeof(type));
	refuse_bytes(file, size, "nothing to load");
}

static void test_entry(void **state)
{
	struct make_elf make = good;

	(void)state;
	make.entry = IPU_SRAM_BASE + sizeof(code);
	refuse(&make, "which is not in its code");
	make.entry = IPU_SRAM_BASE + 0x800; /* data */
	refuse(&make, "which is not in its code");
	make.entry = IPU_SRAM_BASE + 1;
	refuse(&make, "which is not in its code");
	make.entry = 0x10;
	refuse(&make, "is there a symbol _start?");
}

/* The stack is below the segment at the top of SRAM. */
static void test_stack(void **state)
{
	static const unsigned char contents[64 * 1024];
	struct make_elf make = { .segments = { good.segments[0] } };
	struct ipu_program *prog;

	(void)state;
	make.segments[1] = (struct make_segment){
		.addr = IPU_SRAM_END - 100,
		.data = contents,
		.file_bytes = 100,
	};
	prog = make_program(&make);
	assert_int_equal(prog->sp, ((IPU_SRAM_END - 100) & ~15u) - 64);
	ipu_program_close(prog);

	/* Just enough room above it. */
	make.segments[1].addr = IPU_SRAM_END - 164;
	prog = make_program(&make);
	assert_int_equal(prog->sp, IPU_SRAM_END - 64);
	ipu_program_close(prog);

	/* Two in a row at the top, and a gap that is too small between them. */
	make.segments[1].addr = IPU_SRAM_END - 100;
	make.segments[2] = (struct make_segment){
		.addr = IPU_SRAM_END - 1024,
		.data = contents,
		.file_bytes = 1024 - 100 - 63,
	};
	prog = make_program(&make);
	assert_int_equal(prog->sp, IPU_SRAM_END - 1024 - 64);
	ipu_program_close(prog);

	make = (struct make_elf){ .segments = { good.segments[0] } };
	make.segments[0].bytes = IPU_SRAM_SIZE;
	refuse(&make, "leaves no room for a stack");
}

static void test_notes(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *words;
	} bad[] = {
		{ offsetof(struct ipu_note_tensor, version), 2, "version 2" },
		{ offsetof(struct ipu_note_tensor, dtype), 0, "element type (0x0)" },
		{ offsetof(struct ipu_note_tensor, dtype), 9, "element type (0x9)" },
		{ offsetof(struct ipu_note_tensor, direction), 0, "direction" },
		{ offsetof(struct ipu_note_tensor, direction), 4, "direction" },
		{ offsetof(struct ipu_note_tensor, layout), 3, "layout" },
		{ offsetof(struct ipu_note_tensor, ndim), 0, "number of dimensions" },
		{ offsetof(struct ipu_note_tensor, ndim), 7, "number of dimensions" },
		{ offsetof(struct ipu_note_tensor, ndim), 1, "size of a dimension (0x3)" },
		{ offsetof(struct ipu_note_tensor, ndim), 3, "size of a dimension (0x0)" },
		{ offsetof(struct ipu_note_tensor, shape), 0, "size of a dimension" },
		{ offsetof(struct ipu_note_tensor, shape), 0xffffffff, "size of a dimension" },
		{ offsetof(struct ipu_note_tensor, shape) + 4, IPU_SRAM_SIZE, "size of a row" },
		{ offsetof(struct ipu_note_tensor, shape), IPU_SRAM_SIZE, "outside SRAM" },
		{ offsetof(struct ipu_note_tensor, data), IPU_SRAM_BASE - 4, "outside SRAM" },
		{ offsetof(struct ipu_note_tensor, data), IPU_SRAM_END - 116, "outside SRAM" },
		{ offsetof(struct ipu_note_tensor, data), 0xfffffffc, "outside SRAM" },
		{ offsetof(struct ipu_note_tensor, data), TENSOR_AT + 2, "not aligned" },
		{ offsetof(struct ipu_note_tensor, rows), IPU_SRAM_END, "row count is outside" },
		{ offsetof(struct ipu_note_tensor, rows), ROWS_AT + 2, "row count is not aligned" },
		{ offsetof(struct ipu_note_tensor, name), 0, "not an identifier" },
		{ offsetof(struct ipu_note_tensor, name), '1', "not an identifier" },
		{ offsetof(struct ipu_note_tensor, name), 'a' | '\n' << 8, "not an identifier" },
		{ offsetof(struct ipu_note_tensor, name), 'y' | '_' << 8 | '2' << 16, "twice" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct make_elf make = good;

		memcpy((unsigned char *)&make.tensors[0] + bad[i].at, &bad[i].value,
		       sizeof(bad[i].value));
		refuse(&make, bad[i].words);
	}
}

static void test_note_names(void **state)
{
	struct make_elf make = good;
	struct ipu_program *prog;

	(void)state;
	memset(make.tensors[0].name, 'a', sizeof(make.tensors[0].name));
	refuse(&make, "not an identifier of up to 31 characters");
	make.tensors[0].name[31] = '\0';
	prog = make_program(&make);
	ipu_program_close(prog);
}

/* Where the notes are in the file: after the contents of both segments. */
static size_t find_notes(void)
{
	return sizeof(Elf32_Ehdr) + MAKE_MAX * sizeof(Elf32_Phdr) + 2 * sizeof(code);
}

static void set_note_word(size_t at, uint32_t value)
{
	memcpy(file + find_notes() + at, &value, sizeof(value));
}

/* Notes that are truncated, and notes of another owner. */
static void test_note_frames(void **state)
{
	struct ipu_program *prog;
	size_t size;

	(void)state;
	size = make_elf(&good, file);
	set_note_word(offsetof(Elf32_Nhdr, n_descsz), 8);
	refuse_bytes(file, size, "broken note: a tensor's has 8 bytes");
	size = make_elf(&good, file);
	set_note_word(offsetof(Elf32_Nhdr, n_descsz), 0x10000);
	refuse_bytes(file, size, "a note does not end in it");
	size = make_elf(&good, file);
	set_note_word(offsetof(Elf32_Nhdr, n_namesz), 0xfffffff0);
	refuse_bytes(file, size, "a note does not end in it");

	size = make_elf(&good, file);
	set_note_word(offsetof(Elf32_Nhdr, n_type), 99);
	assert_ok(ipu_program_open_memory(file, size, "other.elf", &prog));
	assert_int_equal(ipu_program_tensor_count(prog), 1);
	ipu_program_close(prog);
	size = make_elf(&good, file);
	set_note_word(sizeof(Elf32_Nhdr), 'G' | 'N' << 8 | 'U' << 16);
	assert_ok(ipu_program_open_memory(file, size, "other.elf", &prog));
	assert_int_equal(ipu_program_tensor_count(prog), 1);
	ipu_program_close(prog);
}

static void test_files(void **state)
{
	struct ipu_program *prog;

	(void)state;
	assert_fails(ipu_program_open("/nowhere.elf", &prog), -ENOENT,
		     "Cannot open /nowhere.elf: No such file or directory");
	assert_fails(ipu_program_open("/", &prog), -ENOEXEC, "/ is not a regular file");
	assert_fails(ipu_program_open("/proc/self/exe", &prog), -ENOEXEC, "a program for x86-64");
}

static void test_dtypes(void **state)
{
	(void)state;
	assert_string_equal(ipu_dtype_name(IPU_F16), "float16");
	assert_int_equal(ipu_dtype_size(IPU_F16), 2);
	assert_null(ipu_dtype_name(0));
	assert_null(ipu_dtype_name(9));
	assert_int_equal(ipu_dtype_size(0), 0);
	assert_int_equal(ipu_dtype_size(1000), 0);
}

int lib_test_elf(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	   cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_bare),	   cmocka_unit_test(test_header),
		cmocka_unit_test(test_truncated),  cmocka_unit_test(test_segments),
		cmocka_unit_test(test_dynamic),	   cmocka_unit_test(test_entry),
		cmocka_unit_test(test_stack),	   cmocka_unit_test(test_notes),
		cmocka_unit_test(test_note_names), cmocka_unit_test(test_note_frames),
		cmocka_unit_test(test_files),	   cmocka_unit_test(test_dtypes),
	};

	return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
