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
static _Alignas(8) unsigned char file[MAKE_ELF_BYTES];

/* A valid program: code, data and zeroes, an input and an output. */
static const struct make_elf good = {
	.segments = {
		{ .addr = IPU_SRAM_BASE, .data = code, .file_bytes = sizeof(code),
		  .flags = PF_R | PF_X },
		{ .addr = IPU_SRAM_BASE + 0x800, .data = code, .file_bytes = sizeof(code),
		  .bytes = 0x4000, .flags = PF_R | PF_W },
	},
	.tensors = {
		{ .version = 2, .dtype = IPU_F32, .direction = IPU_TENSOR_IN, .layout = IPU_SHARDED,
		  .ndim = 2, .shape = { 10, 3 }, .data = TENSOR_AT, .rows = ROWS_AT, .name = "x" },
		{ .version = 2, .dtype = IPU_I8, .direction = IPU_TENSOR_OUT,
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

static Elf32_Ehdr *file_header(void)
{
	return (Elf32_Ehdr *)file;
}

static Elf32_Shdr *file_section(size_t index)
{
	return (Elf32_Shdr *)(file + file_header()->e_shoff) + index;
}

/* A file may end anywhere. */
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
		assert_fails(ipu_program_open_memory(copy, cut, "cut.elf", &prog), -ENOEXEC,
			     "cut.elf");
		free(copy);
	}
	refuse_bytes(file, 40, "truncated: it has 40 bytes");
	refuse_bytes(file, sizeof(Elf32_Ehdr) + 10, "its program headers lie beyond its 62 bytes");
	file_header()->e_shoff = 0;
	refuse_bytes(file, sizeof(Elf32_Ehdr) + MAKE_MAX * sizeof(Elf32_Phdr) + 4,
		     "its segment at 0x4c000 lies beyond");
}

/* What libelf would take for a file without sections, and so without tensors. */
static void test_section_table(void **state)
{
	size_t size = make_elf(&good, file);
	uint32_t table = file_header()->e_shoff;

	(void)state;
	refuse_bytes(file, size - 4, "truncated: its section headers lie beyond");
	file_header()->e_shoff = (uint32_t)size - 8;
	refuse_bytes(file, size, "its section headers lie beyond");
	file_header()->e_shoff = 0xfffffff0;
	refuse_bytes(file, size, "its section headers lie beyond");
	file_header()->e_shoff = table;
	file_header()->e_shnum++;
	refuse_bytes(file, size, "its section headers lie beyond");
	/* With more sections than the header can count, the first one has the number. */
	file_header()->e_shnum = 0;
	file_section(0)->sh_size = 60000;
	refuse_bytes(file, size, "its section headers lie beyond");
	file_section(0)->sh_size = 0x10000000;
	refuse_bytes(file, size, "268435456 sections, more than 65535");
	make_elf(&good, file);
	file_header()->e_shentsize = 12;
	refuse_bytes(file, size, "section headers of 12 bytes");
	make_elf(&good, file);
	file_header()->e_phnum = PN_XNUM;
	refuse_bytes(file, size, "more than 65534 program headers");
}

/* A section that is in memory is what a segment loads there, or the file is refused. */
static void test_section_contents(void **state)
{
	static const struct {
		uint32_t addr; /* after the start of SRAM */
		uint32_t size;
		uint32_t type;
		uint32_t shift; /* of its place in the file */
		bool good;
	} sections[] = {
		{ 0, 12, SHT_PROGBITS, 0, true },	 { 4, 8, SHT_PROGBITS, 4, true },
		{ 0x800, 12, SHT_PROGBITS, 12, true },	 { 0x80c, 0x3ff4, SHT_NOBITS, 0, true },
		{ 0x100, 0, SHT_PROGBITS, 0, true },	 { 0x100, 4, SHT_PROGBITS, 0, false },
		{ 4, 12, SHT_PROGBITS, 4, false },	 { 4, 8, SHT_PROGBITS, 0, false },
		{ 0x80c, 4, SHT_PROGBITS, 24, false },	 { 0x4800, 4, SHT_NOBITS, 0, false },
		{ 0x80c, 0x3ff8, SHT_NOBITS, 0, false }, { 4, 0xfffffffc, SHT_PROGBITS, 4, false },
		{ -4u, 4, SHT_PROGBITS, 0, false },	 { -IPU_SRAM_BASE, 4, SHT_NOTE, 0, false },
	};
	struct ipu_program *prog;
	size_t size = make_elf(&good, file);
	Elf32_Shdr *section = file_section(5); /* one that is not used */
	uint32_t contents = sizeof(Elf32_Ehdr) + MAKE_MAX * sizeof(Elf32_Phdr);

	(void)state;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		section->sh_type = sections[i].type;
		section->sh_flags = SHF_ALLOC;
		section->sh_addr = IPU_SRAM_BASE + sections[i].addr;
		section->sh_size = sections[i].size;
		section->sh_offset = contents + sections[i].shift;
		if (!sections[i].good) {
			refuse_bytes(file, size, "has a section .riscv.attributes at 0x");
			assert_sentence(ipu_error(), "that no segment loads: give it one");
		} else {
			assert_ok(ipu_program_open_memory(file, size, "good.elf", &prog));
			ipu_program_close(prog);
		}
		/* It matters for what is in memory only. */
		section->sh_flags = SHF_WRITE;
		assert_ok(ipu_program_open_memory(file, size, "good.elf", &prog));
		ipu_program_close(prog);
	}
}

/* More tensors than any tile has, whose names would have to be compared with each other. */
static void test_many_tensors(void **state)
{
	struct ipu_program *prog;
	size_t notes = (make_elf(&good, file) + 3) & ~(size_t)3, each;
	Elf32_Shdr *section = file_section(1);

	(void)state;
	each = section->sh_size / 2;
	for (int i = 0; i < 4097; i++) {
		unsigned char *note = file + notes + (size_t)i * each;

		assert_true(notes + (size_t)(i + 1) * each <= sizeof(file));
		memcpy(note, file + section->sh_offset, each);
		snprintf((char *)note + sizeof(Elf32_Nhdr) + 4 +
				 offsetof(struct ipu_note_tensor, name),
			 IPU_NOTE_NAME_SIZE, "x%d", i);
	}
	section->sh_offset = (Elf32_Off)notes;
	section->sh_size = (Elf32_Word)(4097 * each);
	refuse_bytes(file, notes + 4097 * each, "more than 4096 tensors");
	section->sh_size = (Elf32_Word)(4096 * each);
	assert_ok(ipu_program_open_memory(file, notes + 4097 * each, "good.elf", &prog));
	assert_int_equal(ipu_program_tensor_count(prog), 4096);
	ipu_program_close(prog);
}

static void test_segments(void **state)
{
	struct make_elf make = good;
	size_t size;

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
	size = make_elf(&good, file);
	((Elf32_Phdr *)(file + sizeof(Elf32_Ehdr)))[1].p_memsz = 0;
	refuse_bytes(file, size, "larger in the file than in memory");
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
		{ offsetof(struct ipu_note_tensor, version), 3, "version 3" },
		{ offsetof(struct ipu_note_tensor, dtype), 0, "element type (0x0)" },
		{ offsetof(struct ipu_note_tensor, dtype), 10, "element type (0xa)" },
		{ offsetof(struct ipu_note_tensor, direction), 0, "direction" },
		{ offsetof(struct ipu_note_tensor, direction), 4, "direction" },
		{ offsetof(struct ipu_note_tensor, layout), 4, "layout" },
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
		{ offsetof(struct ipu_note_tensor, layout), IPU_GRID, "its place is outside" },
		{ offsetof(struct ipu_note_tensor, place), IPU_SRAM_END - 20,
		  "its place is outside" },
		{ offsetof(struct ipu_note_tensor, place), ROWS_AT + 2,
		  "its place is not aligned" },
		{ offsetof(struct ipu_note_tensor, pitch), 64, "bytes from row to row (0x40)" },
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

/* In a grid a row has a pitch, and room for it. In version 1 a note has neither that nor a place. */
static void test_note_versions(void **state)
{
	struct make_elf make = good;
	struct ipu_program *prog;

	(void)state;
	make.tensors[0].layout = IPU_GRID;
	make.tensors[0].place = ROWS_AT;
	make.tensors[0].pitch = 4;
	refuse(&make, "bytes from row to row (0x4)");
	make.tensors[0].pitch = IPU_SRAM_SIZE + 4;
	refuse(&make, "bytes from row to row");
	make.tensors[0].pitch = IPU_SRAM_SIZE;
	refuse(&make, "its data is outside SRAM");
	make.tensors[0].pitch = 64;
	prog = make_program(&make);
	ipu_program_close(prog);
	make.tensors[0].ndim = 1;
	make.tensors[0].shape[1] = 0;
	refuse(&make, "number of dimensions of a grid");

	make = good;
	make.tensors[0].version = 1;
	make.tensors[0].place = 7;
	make.tensors[0].pitch = 7;
	prog = make_program(&make);
	ipu_program_close(prog);
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
	assert_null(ipu_dtype_name(10));
	assert_int_equal(ipu_dtype_size(0), 0);
	assert_int_equal(ipu_dtype_size(1000), 0);
}

int lib_test_elf(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_dynamic),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_note_versions),
		cmocka_unit_test(test_note_names),
		cmocka_unit_test(test_note_frames),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_dtypes),
		cmocka_unit_test(test_section_table),
		cmocka_unit_test(test_section_contents),
		cmocka_unit_test(test_many_tensors),
	};

	return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
