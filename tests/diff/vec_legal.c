// SPDX-License-Identifier: MIT
/*
 * Which vector instructions are illegal, and under which vtype: random encodings,
 * most of them of the decode table's rows and with random registers, on the model
 * and under qemu-riscv32. They run with vl = 0, so that legality is all that can
 * differ. Prints TAP, a test for each image of them.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../options.h"
#include "command.h"
#include "isa/ipu_isa.h"
#include "vector/ipu_vec.h"
#include "peers.h"
#include "vec_encode.h"
#include "vec_generate.h"

#define IMAGE_INSTRUCTIONS 30000
#define DEFAULT_IMAGES 8

#define RESULTS (IPU_SRAM_END - 0x10000)
#define MEMORY (IPU_SRAM_END - 0x8000)

/* shared by vec_legal.S and this program, after its first instruction */
struct head {
	uint32_t finish;
	uint32_t runtime_end;
	uint32_t code;
	uint32_t results;
	uint32_t results_end;
	uint32_t memory;
};

/**
 * struct trial - an instruction and the state it runs under
 * @vtype: SEW, LMUL
 * @vstart: 0 or 1
 * @frm: rounding mode
 */
struct trial {
	uint32_t bits;
	uint8_t vtype;
	uint8_t vstart;
	uint8_t frm;
};

static uint8_t sram[IPU_SRAM_SIZE];
static struct trial trials[IMAGE_INSTRUCTIONS];
static uint8_t by_model[IMAGE_INSTRUCTIONS];
static uint8_t by_qemu[IMAGE_INSTRUCTIONS];

/* ---- Trials -------------------------------------------------------------------------------- */

/*
 * Any encoding of the vector opcodes, except loads and stores of 64 bits, which QEMU
 * executes even if elements have at most 32.
 */
static uint32_t pick_encoding(struct diff_random *random)
{
	static const uint8_t opcodes[] = { 0x57, 0x57, 0x07, 0x27 };
	static const uint8_t widths[] = { 0, 5, 6 };
	uint32_t bits = diff_set(diff_bits(random), 6, 0, opcodes[diff_below(random, 4)]);

	if (diff_get(bits, 6, 0) != 0x57)
		return diff_set(bits, 14, 12, widths[diff_below(random, 3)]);
	return diff_set(bits, 14, 12, diff_below(random, 7));
}

/* more often than not, registers that are the first of a group */
static uint32_t align_registers(struct diff_random *random, uint32_t bits)
{
	uint32_t mask = ~0u << diff_below(random, 4);

	bits = diff_set_rd(bits, diff_get(bits, 11, 7) & mask);
	bits = diff_set_rs1(bits, diff_get(bits, 19, 15) & mask);
	return diff_set(bits, 24, 20, diff_get(bits, 24, 20) & (mask | diff_below(random, 4)));
}

/* keep the registers that the runtime needs */
static uint32_t tame(struct diff_random *random, uint32_t bits)
{
	if (vec_is_load(bits) || vec_is_store(bits))
		return diff_set_rs1(bits, 10 + diff_below(random, 18));
	/* OPMVV of VWXUNARY0 writes an x register */
	if (diff_get(bits, 14, 12) == 2 && diff_get(bits, 31, 26) == 0x10)
		return diff_set_rd(bits, 28 + diff_below(random, 4));
	return bits;
}

static void pick_trial(struct diff_random *random, struct trial *t)
{
	static const uint8_t lmuls[] = { 0, 1, 2, 3, 5, 6, 7 };

	do {
		uint32_t row = vec_random_row(random);
		uint32_t any = pick_encoding(random);

		t->bits = align_registers(random, diff_chance(random, 3) ? any : row);
		t->bits = tame(random, t->bits);
		do
			t->vtype = diff_below(random, 3) << 3 | lmuls[diff_below(random, 7)];
		while (t->vtype != ipu_vec_vtype_key(t->vtype) || t->vtype == 5);
		t->vstart = diff_chance(random, 16);
		t->frm = diff_chance(random, 16) ? 5 : 0;
	} while (vec_reads_twice(t->bits, t->vtype));
}

/* ---- Images -------------------------------------------------------------------------------- */

static void append(uint32_t *at, uint32_t bits)
{
	memcpy(sram + (*at - IPU_SRAM_BASE), &bits, sizeof(bits));
	*at += sizeof(bits);
}

static bool fits(uint32_t at)
{
	return at + 64 < RESULTS;
}

/* as many trials as fit; returns how many */
static unsigned int build(const uint8_t *runtime, size_t runtime_bytes, uint64_t seed)
{
	struct diff_random random;
	struct head head;
	unsigned int count = 0;
	uint32_t at;

	memset(sram, 0, sizeof(sram));
	memcpy(sram, runtime, runtime_bytes);
	memcpy(&head, runtime + 4, sizeof(head));
	at = head.runtime_end;
	head.code = at;
	head.results = RESULTS;
	head.memory = MEMORY;
	diff_seed(&random, seed, 0);
	while (count < IMAGE_INSTRUCTIONS && fits(at)) {
		struct trial *t = &trials[count++];

		pick_trial(&random, t);
		append(&at, vec_vsetivli(0, 0, t->vtype));
		if (t->frm)
			append(&at, vec_csrwi(VEC_CSR_FRM, t->frm));
		if (t->vstart)
			append(&at, vec_csrwi(VEC_CSR_VSTART, t->vstart));
		append(&at, t->bits);
		if (t->frm)
			append(&at, vec_csrwi(VEC_CSR_FRM, 0));
		append(&at, diff_addi(5, 5, 1));
	}
	append(&at, diff_jal(0, head.finish - at));
	head.results_end = RESULTS + count;
	memcpy(sram + 4, &head, sizeof(head));
	return count;
}

/* ---- Running ------------------------------------------------------------------------------- */

static bool run_model(unsigned int count, char message[DIFF_MESSAGE])
{
	struct diff_model model;
	bool done;

	diff_model_start(&model, sram, 128);
	done = diff_model_run(&model, message) == IPU_TILE_EXITED;
	memcpy(by_model, model.sram + (RESULTS - IPU_SRAM_BASE), count);
	diff_model_end(&model);
	return done;
}

static bool run_qemu(const char *qemu, unsigned int count, char message[DIFF_MESSAGE])
{
	const char *const argv[] = {
		qemu,	 "-cpu", "rv32,v=false,zve32f=true,zvfh=true,zfh=true,elen=32,vlen=128",
		"IMAGE", NULL,
	};

	return diff_child_run(sram, argv, by_qemu, count, message);
}

static bool compare(const char *qemu, unsigned int count)
{
	char message[DIFF_MESSAGE];
	unsigned int i, lines = 0;

	if (!run_model(count, message) || !run_qemu(qemu, count, message)) {
		printf("# %s\n", message);
		return false;
	}
	for (i = 0; i < count && lines < 20; i++) {
		const struct trial *t = &trials[i];
		const char *name = vec_row_name(t->bits);

		if (by_model[i] == by_qemu[i])
			continue;
		lines++;
		printf("# %08x (%s: vd %u vs1 %u vs2 %u vm %u nf %u), vtype %02x, vstart %u, "
		       "frm %u: %s only for %s\n",
		       t->bits, name ? name : "no row", diff_get(t->bits, 11, 7),
		       diff_get(t->bits, 19, 15), diff_get(t->bits, 24, 20), t->bits >> 25 & 1,
		       diff_get(t->bits, 31, 29), t->vtype, t->vstart, t->frm, "illegal",
		       by_model[i] ? "the model" : "QEMU");
	}
	return !lines;
}

/* ---- The program ---------------------------------------------------------------------------- */

struct options {
	const char *runtime;
	const char *qemu;
	uint64_t seed;
	uint64_t images;
};

static void parse(int argc, char **argv, struct options *options)
{
	const struct option_entry entries[] = {
		{ "runtime", "FILE", "the assembled runtime; needed", .text = &options->runtime,
		  .needed = true },
		{ "qemu", "PROGRAM", "qemu-riscv32; needed", .text = &options->qemu,
		  .needed = true },
		{ "seed", "N", "of the random sequence (the time of day)",
		  .number = &options->seed },
		{ "images", "N", "how many images of 30000 instructions (8)",
		  .number = &options->images, .least = 1, .most = UINT32_MAX },
		{ 0 },
	};

	options_parse(argc, argv, entries,
		      "Compare which vector instructions are illegal on the model and for "
		      "qemu-riscv32.");
}

int main(int argc, char **argv)
{
	static uint8_t runtime[IPU_SRAM_SIZE];
	struct options options = { .seed = time(NULL), .images = DEFAULT_IMAGES };
	bool good = true;
	size_t bytes;
	unsigned int i;
	char name[80];

	parse(argc, argv, &options);
	bytes = diff_read_runtime(options.runtime, runtime, 4 + sizeof(struct head));
	printf("# seed %llu\n1..%llu\n", (unsigned long long)options.seed,
	       (unsigned long long)options.images);
	for (i = 0; i < options.images; i++) {
		unsigned int count = build(runtime, bytes, options.seed + i);
		bool same = compare(options.qemu, count);

		snprintf(name, sizeof(name), "seed %llu: %u instructions",
			 (unsigned long long)(options.seed + i), count);
		good &= diff_report(same, i + 1, name);
	}
	return !good;
}
