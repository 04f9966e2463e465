// SPDX-License-Identifier: MIT
/*
 * What tiles have printed: the program's note, the order of lines, and memory that is not
 * what a program of the SDK leaves. The programs here end at once; what they "printed" is
 * in their file.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>

#include "isa/ipu_isa.h"
#include "lib_asm.h"
#include "lib_elf_make.h"

#define STATE_AT (IPU_SRAM_BASE + 0x1000)
#define RING_AT (IPU_SRAM_BASE + 0x2000)
#define RING_BYTES 512u

static _Alignas(8) unsigned char file[MAKE_ELF_BYTES];
static struct ipu_print_state printed;
static unsigned char ring[RING_BYTES];
static const struct ipu_note_print good = { 1, STATE_AT, RING_AT, RING_BYTES };

/* The file of a program with the note, which is put where that of a tensor was. */
static size_t make_file(const struct ipu_note_print *note, const uint32_t *code, size_t code_bytes)
{
	const struct make_elf make = {
		.segments = {
			{ .addr = IPU_SRAM_BASE, .data = code, .file_bytes = (uint32_t)code_bytes },
			{ .addr = STATE_AT, .data = &printed, .file_bytes = sizeof(printed) },
			{ .addr = RING_AT, .data = ring, .file_bytes = sizeof(ring) },
		},
		.tensors = { { .version = 1 } },
		.tensor_count = 1,
	};
	const size_t size = make_elf(&make, file);
	const uint32_t type = IPU_NOTE_PRINT;
	unsigned char *owner = memmem(file, size, IPU_NOTE_OWNER, sizeof(IPU_NOTE_OWNER));

	assert_non_null(owner);
	memcpy(owner - sizeof(type), &type, sizeof(type));
	memcpy(owner + sizeof(IPU_NOTE_OWNER), note, sizeof(*note));
	return size;
}

static void refuse(struct ipu_note_print note, const char *words)
{
	const uint32_t code = asm_exit(ZERO);
	const size_t size = make_file(&note, &code, sizeof(code));
	struct ipu_program *prog;

	assert_fails(ipu_program_open_memory(file, size, "bad.elf", &prog), -ENOEXEC, words);
	assert_null(prog);
}

static void test_notes(void **state)
{
	(void)state;
	refuse((struct ipu_note_print){ 2, STATE_AT, RING_AT, 512 }, "prints in version 2");
	refuse((struct ipu_note_print){ 1, STATE_AT, RING_AT, 0 }, "buffer of 0 bytes");
	refuse((struct ipu_note_print){ 1, STATE_AT, RING_AT, 256 }, "buffer of 256 bytes");
	refuse((struct ipu_note_print){ 1, STATE_AT, RING_AT, 1000 }, "a power of two");
	refuse((struct ipu_note_print){ 1, STATE_AT, RING_AT, 131072 }, "from 512 to 65536");
	refuse((struct ipu_note_print){ 1, STATE_AT + 2, RING_AT, 512 }, "outside a tile's SRAM");
	refuse((struct ipu_note_print){ 1, IPU_SRAM_BASE - 4, RING_AT, 512 }, "outside");
	refuse((struct ipu_note_print){ 1, IPU_SRAM_END - 16, RING_AT, 512 }, "outside");
	refuse((struct ipu_note_print){ 1, 0xfffffffc, RING_AT, 512 }, "outside");
	refuse((struct ipu_note_print){ 1, STATE_AT, RING_AT + 1, 512 }, "outside");
	refuse((struct ipu_note_print){ 1, STATE_AT, IPU_SRAM_END - 508, 512 }, "outside");
	refuse((struct ipu_note_print){ 1, STATE_AT, 0, 512 }, "outside");
}

/* ---- Lines --------------------------------------------------------------------------- */

static void clear(void)
{
	memset(&printed, 0, sizeof(printed));
	memset(ring, 0, sizeof(ring));
}

/* Add a line to what has been printed. */
static void add(uint32_t cycles, uint32_t unit, uint32_t bytes, const char *text)
{
	const struct ipu_print_record record = { .cycles = { cycles, 0 },
						 .number = printed.count++,
						 .unit = (uint16_t)unit,
						 .bytes = (uint16_t)bytes };
	const size_t padded = sizeof(record) + ((strlen(text) + 3) & ~(size_t)3);

	for (size_t i = 0; i < padded; i++) {
		unsigned char c = 0;

		if (i < sizeof(record))
			c = ((const unsigned char *)&record)[i];
		else if (i - sizeof(record) < strlen(text))
			c = (unsigned char)text[i - sizeof(record)];
		ring[(printed.head + i) % RING_BYTES] = c;
	}
	printed.head += (uint32_t)padded;
}

static void collect(const struct ipu_printed *line, void *data)
{
	char *to = data;
	char one[320];

	if (line->dropped) {
		snprintf(one, sizeof(one), "%u.%u -%u\n", line->tile, line->unit, line->dropped);
		strncat(to, one, 4095 - strlen(to));
	}
	snprintf(one, sizeof(one), "%u.%u %s\n", line->tile, line->unit, line->text);
	assert_true(strlen(line->text) <= line->bytes);
	strncat(to, one, 4095 - strlen(to));
}

/* Run it on two tiles, twice: what is printed is as expected, and gone the second time. */
static void expect(const char *want)
{
	const uint32_t code = asm_exit(ZERO);
	const size_t size = make_file(&good, &code, sizeof(code));
	struct ipu_device *dev = lib_open_sim(2);
	struct ipu_context *ctx = lib_make_context(dev, 2);
	char *text = calloc(1, 4096);
	struct ipu_program *prog;

	assert_non_null(text);
	assert_ok(ipu_program_open_memory(file, size, "print.elf", &prog));
	assert_ok(ipu_load(ctx, prog));
	assert_ok(ipu_set_print(ctx, collect, text));
	assert_ok(ipu_run(ctx, NULL));
	assert_string_equal(text, want);
	text[0] = '\0';
	assert_ok(ipu_run(ctx, NULL));
	assert_string_equal(text, "");
	ipu_context_destroy(ctx);
	ipu_program_close(prog);
	ipu_close(dev);
	free(text);
}

static void test_order(void **state)
{
	(void)state;
	clear();
	expect("");
	add(50, 0, 3, "two");
	add(40, 6, 3, "one");
	add(50, 5, 0, "");
	expect("0.6 one\n1.6 one\n0.0 two\n0.5 \n1.0 two\n1.5 \n");
}

/* A ring that has gone round, lines that have not ended, and lines that were lost. */
static void test_rest(void **state)
{
	(void)state;
	clear();
	printed.head = printed.tail = RING_BYTES - 16;
	printed.count = 9;
	add(1, 1, 21, "across the ring's end");
	printed.lines[2].used = 4;
	memcpy(printed.lines[2].text, "rest", 4);
	expect("0.1 -9\n0.1 across the ring's end\n1.1 -9\n1.1 across the ring's end\n"
	       "0.2 rest\n1.2 rest\n");
}

static void test_hostile(void **state)
{
	static const char damage[] = "0.6 (the program has overwritten what it printed here)\n"
				     "1.6 (the program has overwritten what it printed here)\n";

	(void)state;
	clear();
	printed.head = 0x80000000;
	expect(damage);
	printed.head = RING_BYTES + 4;
	expect(damage);
	printed.head = 3;
	expect(damage);
	clear();
	add(0, 0, 65535, "long");
	expect(damage);
	clear();
	add(0, 7, 4, "unit");
	expect(damage);
	clear();
	add(0, 0, 253, "longer than a line");
	expect(damage);
}

/* A line that claims to be longer than it can be is cut off. */
static void test_used(void **state)
{
	char want[2 * (IPU_PRINT_LINE_TEXT + 8)];

	(void)state;
	clear();
	printed.lines[6].used = 0xffffffff;
	memset(printed.lines[6].text, 'x', IPU_PRINT_LINE_TEXT);
	snprintf(want, sizeof(want), "0.6 %.*s\n1.6 %.*s\n", IPU_PRINT_LINE_TEXT,
		 printed.lines[6].text, IPU_PRINT_LINE_TEXT, printed.lines[6].text);
	expect(want);
}

int lib_test_print(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notes), cmocka_unit_test(test_order),
		cmocka_unit_test(test_rest),  cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_used),
	};

	return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}
