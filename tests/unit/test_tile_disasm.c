// SPDX-License-Identifier: MIT
/*
 * The disassembler: random instructions of every row of the decode table are
 * disassembled, and LLVM's assembler must turn the text into the same bits
 * again. It does not know Xipu's, for which a table here has the words. Prints
 * TAP.
 */
#include "isa/ipu_decode.h"
#include "isa/ipu_disasm.h"
#include "isa/ipu_vec_shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIES 200 /* random instructions of a row */
#define PC 0x100000 /* far enough from 0 for jumps back */
#define MATTR "-mattr=+m,+a,+f,+c,+zba,+zbb,+zfh,+zve32f,+zvfh,-relax"

struct row {
	const char *name;
	uint32_t mask;
	uint32_t match;
};

static const struct row rows[] = {
#define IPU_INSN(name, mask, match, format, handler, slots) { #name, mask, match },
#define IPU_VECTOR(name, mask, match, format, shape, slots) { #name, mask, match },
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* xorshift, by Marsaglia */
static uint32_t next_random(void)
{
	static uint32_t state = 2463534242;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static bool is_xipu(const struct row *row)
{
	return !strncmp(row->name, "ipu_", 4);
}

/* What the text does not show: bits without a meaning, hints, registers no vtype allows. */
static bool is_plain(const struct row *row, uint32_t bits, const struct ipu_insn *insn)
{
	if (!strcmp(row->name, "fence"))
		return bits == 0x0ff0000f;
	if (!strcmp(row->name, "fence_i"))
		return bits == 0x0000100f;
	if (insn->shape)
		return insn->op.imm & ((1 << IPU_VEC_KEYS) - 1);
	if (insn->bytes == 2 && insn->op.rd == IPU_REG_SINK)
		return !strcmp(row->name, "c_j") || !strcmp(row->name, "c_jr");
	if (insn->bytes == 2 && !insn->op.imm)
		return strcmp(row->name, "c_addi") && strcmp(row->name, "c_slli") &&
		       strcmp(row->name, "c_srli") && strcmp(row->name, "c_srai");
	return true;
}

/* the assembler takes the distance of a jump from the jump's own address */
static void make_relative(char *text, const struct ipu_insn *insn)
{
	char *operand = strrchr(text, '\t') + 1, *comma = strrchr(text, ',');

	if (comma)
		operand = comma + 2;
	sprintf(operand, ". + %d", (int)(insn->target - PC));
}

/* an instruction of the row in words, or false if this try gave none */
static bool describe(const struct row *row, unsigned int index, uint32_t bits, char *text)
{
	struct ipu_insn insn;

	if (ipu_decode(bits, PC, &insn) != (int)index || !is_plain(row, bits, &insn))
		return false;
	ipu_disasm(bits, PC, text);
	if (insn.target)
		make_relative(text, &insn);
	return true;
}

/* ---- Standard instructions, against LLVM ---------------------------------------------------- */

/**
 * struct batch - what the assembler gets, and what it should make of it
 * @source: its input
 * @bits, @text: each instruction and its words
 * @count: how many
 */
struct batch {
	FILE *source;
	uint32_t bits[ROWS * (TRIES + 2)];
	char text[ROWS * (TRIES + 2)][2 * IPU_DISASM_TEXT];
	size_t count;
};

static struct batch batch;

static void add_row(unsigned int index)
{
	const struct row *row = &rows[index];
	unsigned int i;

	for (i = 0; i < TRIES + 2; i++) {
		uint32_t random = i == TRIES ? 0 : i == TRIES + 1 ? 0x0ff00000 : next_random();
		uint32_t bits = row->match | (random & ~row->mask);
		char *text = batch.text[batch.count];

		if ((bits & 3) != 3)
			bits &= 0xffff;
		if (!describe(row, index, bits, text))
			continue;
		fprintf(batch.source, "%s\n", text);
		batch.bits[batch.count++] = bits;
	}
}

/* returns whether the assembler's output is what it should be */
static bool compare(FILE *output)
{
	uint32_t bits;
	size_t i, bytes;

	for (i = 0; i < batch.count; i++) {
		bytes = ipu_insn_bytes(batch.bits[i]);
		bits = 0;
		if (fread(&bits, bytes, 1, output) != 1) {
			printf("# the assembler's output ends before: %s\n", batch.text[i]);
			return false;
		}
		if (bits != batch.bits[i]) {
			printf("# 0x%08x came back as 0x%08x: %s\n", batch.bits[i], bits,
			       batch.text[i]);
			return false;
		}
	}
	return fgetc(output) == EOF;
}

/* run the assembler in a folder of its own; its messages become comments */
static bool assemble_and_compare(const char *folder)
{
	static const char script[] =
		"cd %s && { llvm-mc-19 --triple=riscv32 " MATTR " --filetype=obj in.s -o out.o &&"
		" llvm-objcopy-19 -O binary -j .text out.o out.bin; } 2>&1 | sed 's/^/# /'";
	char command[512], path[256];
	bool same = false;
	FILE *output;

	snprintf(command, sizeof(command), script, folder);
	if (system(command))
		return false;
	snprintf(path, sizeof(path), "%s/out.bin", folder);
	output = fopen(path, "rb");
	if (output) {
		same = compare(output);
		fclose(output);
	}
	return same;
}

static bool standard_instructions(void)
{
	char folder[] = "/tmp/tile-disasm.XXXXXX", path[64], command[64];
	unsigned int i;
	bool same;

	if (!mkdtemp(folder))
		return false;
	snprintf(path, sizeof(path), "%s/in.s", folder);
	batch.source = fopen(path, "w");
	if (!batch.source)
		return false;
	for (i = 0; i < ROWS; i++) {
		if (is_xipu(&rows[i]))
			continue;
		fprintf(batch.source, ".option %s\n", (rows[i].match & 3) == 3 ? "norvc" : "rvc");
		add_row(i);
	}
	fclose(batch.source);
	printf("# %zu instructions of %zu rows\n", batch.count, ROWS);
	same = assemble_and_compare(folder);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return !system(command) && same;
}

/* ---- Xipu's, and what is no instruction -------------------------------------------------------- */

static const struct {
	uint32_t bits;
	const char *text;
} known[] = {
	{ 0x60c5800b, "ipu.run\ta1, a2, a2" },
	{ 0x00c5900b, "ipu.runall\ta1, a2" },
	{ 0x0010200b, "ipu.sync\t1" },
	{ 0x0005300b, "ipu.exit\ta0" },
	{ 0x0005400b, "ipu.trap\ta0" },
	{ 0x0005d50b, "ipu.exp.s\tfa0, fa1" },
	{ 0x60b5780b, "ipu.amp.s\tv16, a0, a1, a2" },
	{ 0x0005708b, ".word\t0x0005708b" },
	{ 0xffffffff, ".word\t0xffffffff" },
	{ 0x0000, ".half\t0x0000" },
};

static bool known_instructions(void)
{
	char text[IPU_DISASM_TEXT];
	bool same = true;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		ipu_disasm(known[i].bits, PC, text);
		if (strcmp(text, known[i].text)) {
			printf("# 0x%08x is \"%s\", not \"%s\"\n", known[i].bits, text,
			       known[i].text);
			same = false;
		}
	}
	return same;
}

static bool report(bool good, unsigned int test, const char *name)
{
	printf("%sok %u - %s\n", good ? "" : "not ", test, name);
	return good;
}

int main(void)
{
	bool good = report(standard_instructions(), 1, "LLVM assembles what is disassembled");

	good &= report(known_instructions(), 2, "Xipu's instructions have their names");
	printf("1..2\n");
	return !good;
}
