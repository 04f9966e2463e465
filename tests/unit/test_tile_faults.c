// SPDX-License-Identifier: MIT
/*
 * Every fault a tile can have: its whole record, and that the instruction that
 * faulted changed nothing. Usage: tile_faults IMAGE, the one of tile_programs.S.
 */
#include "tile_env.h"

#include <stdio.h>

static uint32_t supervisor_instret(const struct tile_env *env)
{
	return ipu_tile_instructions(env->tile);
}

/* run @name with a0 = @arg: its second instruction must fault */
static void expect_second(struct tile_env *env, const char *name, uint32_t arg, uint32_t cause,
			  uint32_t addr, uint32_t info)
{
	uint32_t entry = tile_env_entry(env, name);

	assert_int_equal(tile_env_run(env, name, arg), IPU_TILE_FAULTED);
	tile_env_expect_fault(env, cause, IPU_UNIT_SUPERVISOR, entry + 4, addr, info);
	assert_int_equal(tile_env_reg(env, REG_PC), entry + 4);
	assert_int_equal(supervisor_instret(env), 1);
	assert_int_equal(ipu_tile_cycles(env->tile), 6);
	/* nothing else runs any more */
	assert_int_equal(ipu_tile_run(env->tile, 100), IPU_TILE_FAULTED);
	assert_int_equal(supervisor_instret(env), 1);
}

static void loads(void **state)
{
	struct tile_env *env = *state;

	/* the first access is the last that fits */
	expect_second(env, "fault_load", IPU_SRAM_END - 4, IPU_FAULT_LOAD, IPU_SRAM_END, 0);
	expect_second(env, "fault_load", IPU_SRAM_END - 5, IPU_FAULT_LOAD, IPU_SRAM_END - 1, 0);
	expect_second(env, "fault_load", IPU_SRAM_END - 7, IPU_FAULT_LOAD, IPU_SRAM_END - 3, 0);
	expect_second(env, "fault_load_byte", IPU_SRAM_END - 1, IPU_FAULT_LOAD, IPU_SRAM_END, 0);
	expect_second(env, "fault_load_half", IPU_SRAM_END - 2, IPU_FAULT_LOAD, IPU_SRAM_END - 1,
		      0);
	expect_second(env, "fault_load_float", IPU_SRAM_END - 4, IPU_FAULT_LOAD, IPU_SRAM_END, 0);
}

static void stores(void **state)
{
	struct tile_env *env = *state;

	expect_second(env, "fault_store", IPU_SRAM_END - 4, IPU_FAULT_STORE, IPU_SRAM_END, 0);
	expect_second(env, "fault_store", IPU_SRAM_END - 5, IPU_FAULT_STORE, IPU_SRAM_END - 1, 0);
	assert_int_equal(tile_env_word(env, IPU_SRAM_END - 4), (IPU_SRAM_END - 5) >> 8);
	expect_second(env, "fault_store_byte", IPU_SRAM_END - 1, IPU_FAULT_STORE, IPU_SRAM_END, 0);
	expect_second(env, "fault_store_half", IPU_SRAM_END - 2, IPU_FAULT_STORE, IPU_SRAM_END - 1,
		      0);
	expect_second(env, "fault_store_float", IPU_SRAM_END - 4, IPU_FAULT_STORE, IPU_SRAM_END, 0);
}

/* run @name with a0 = @arg: its first instruction must fault, and a1 be as it was */
static void expect_first(struct tile_env *env, const char *name, uint32_t arg, uint32_t cause,
			 uint32_t addr, uint32_t info)
{
	uint32_t entry = tile_env_entry(env, name);

	tile_env_load(env);
	tile_env_start(env, entry, arg);
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_A1, 0x5a5a5a5a);
	assert_int_equal(tile_env_finish(env), IPU_TILE_FAULTED);
	tile_env_expect_fault(env, cause, IPU_UNIT_SUPERVISOR, entry, addr, info);
	assert_int_equal(supervisor_instret(env), 0);
	assert_int_equal(tile_env_reg(env, REG_A1), 0x5a5a5a5a);
	assert_int_equal(tile_env_reg(env, REG_A0), arg);
}

static void edges_of_memory(void **state)
{
	static const uint32_t outside[] = { 0,
					    4,
					    IPU_SRAM_BASE - 1,
					    IPU_SRAM_BASE - 4,
					    IPU_SRAM_END - 3,
					    IPU_SRAM_END,
					    0x7fffffff,
					    0x80000000,
					    0xfffffffc,
					    0xffffffff };
	struct tile_env *env = *state;
	size_t i;

	for (i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		expect_first(env, "fault_load", outside[i], IPU_FAULT_LOAD, outside[i], 0);
		expect_first(env, "fault_store", outside[i], IPU_FAULT_STORE, outside[i], 0);
		expect_first(env, "fault_load_float", outside[i], IPU_FAULT_LOAD, outside[i], 0);
	}
}

static void atomics(void **state)
{
	static const char *const programs[] = { "fault_amo", "fault_lr", "fault_sc" };
	static const uint32_t causes[] = { IPU_FAULT_STORE, IPU_FAULT_LOAD, IPU_FAULT_STORE };
	struct tile_env *env = *state;
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		expect_second(env, programs[i], IPU_SRAM_END, causes[i], IPU_SRAM_END, 0);
		expect_second(env, programs[i], 0, causes[i], 0, 0);
		expect_second(env, programs[i], IPU_SRAM_END - 2, IPU_FAULT_MISALIGNED,
			      IPU_SRAM_END - 2, 0);
		expect_second(env, programs[i], 0x80001, IPU_FAULT_MISALIGNED, 0x80001, 0);
	}
}

static void environment(void **state)
{
	struct tile_env *env = *state;

	expect_second(env, "fault_ebreak", 0, IPU_FAULT_EBREAK, 0, 0);
	expect_second(env, "fault_ebreak_compressed", 0, IPU_FAULT_EBREAK, 0, 0);
	expect_second(env, "fault_ecall", 0, IPU_FAULT_ECALL, 0, 64);
	expect_second(env, "fault_trap", 0xdeadbeef, IPU_FAULT_TRAP, 0, 0xdeadbeef);
	expect_second(env, "fault_sync_zone", 0, IPU_FAULT_BAD_SYNC, 0, 3);
}

/* a jump has been executed when what is there cannot be fetched */
static void fetch(void **state)
{
	static const uint32_t outside[] = { 0, IPU_SRAM_BASE - 2, IPU_SRAM_END, 0xfffffffe };
	struct tile_env *env = *state;
	size_t i;

	for (i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		uint32_t entry = tile_env_entry(env, "fault_jump");

		assert_int_equal(tile_env_run(env, "fault_jump", outside[i]), IPU_TILE_FAULTED);
		tile_env_expect_fault(env, IPU_FAULT_FETCH, IPU_UNIT_SUPERVISOR, outside[i],
				      outside[i], 0);
		assert_int_equal(tile_env_reg(env, REG_A1), entry + 8);
		assert_int_equal(supervisor_instret(env), 2);

		tile_env_start(env, outside[i], 0);
		assert_int_equal(tile_env_finish(env), IPU_TILE_FAULTED);
		tile_env_expect_fault(env, IPU_FAULT_FETCH, IPU_UNIT_SUPERVISOR, outside[i],
				      outside[i], 0);
		assert_int_equal(supervisor_instret(env), 0);
	}
}

/* falling off the end of SRAM, and an instruction with one half in it */
static void fetch_at_the_end(void **state)
{
	struct tile_env *env = *state;
	const uint32_t last = IPU_SRAM_END - 2;

	tile_env_load(env);
	tile_env_set_word(env, IPU_SRAM_END - 4, 0x00010001); /* c.nop, c.nop */
	tile_env_start(env, IPU_SRAM_END - 4, 0);
	assert_int_equal(tile_env_finish(env), IPU_TILE_FAULTED);
	tile_env_expect_fault(env, IPU_FAULT_FETCH, IPU_UNIT_SUPERVISOR, IPU_SRAM_END, IPU_SRAM_END,
			      0);
	assert_int_equal(supervisor_instret(env), 2);

	tile_env_load(env);
	tile_env_set_word(env, IPU_SRAM_END - 4, 0x00130001); /* c.nop, half an addi */
	tile_env_start(env, IPU_SRAM_END - 4, 0);
	assert_int_equal(tile_env_finish(env), IPU_TILE_FAULTED);
	tile_env_expect_fault(env, IPU_FAULT_FETCH, IPU_UNIT_SUPERVISOR, last, last, 0);
	assert_int_equal(supervisor_instret(env), 1);
}

static void expect_illegal(struct tile_env *env, uint32_t bits)
{
	uint32_t at = tile_env_entry(env, "patched");
	uint32_t info = (bits & 3) == 3 ? bits : bits & 0xffff;

	tile_env_load(env);
	tile_env_set_word(env, at, bits);
	tile_env_start(env, at, 0);
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_A0, 0x11111111);
	assert_int_equal(tile_env_finish(env), IPU_TILE_FAULTED);
	tile_env_expect_fault(env, IPU_FAULT_ILLEGAL_INSN, IPU_UNIT_SUPERVISOR, at, 0, info);
	assert_int_equal(supervisor_instret(env), 0);
	assert_int_equal(tile_env_reg(env, REG_A0), 0x11111111);
	assert_int_equal(tile_env_reg(env, REG_FCSR), 0);
}

static void illegal_encodings(void **state)
{
	static const uint32_t illegal[] = {
		0xffffffff, 0x00000007, 0x0000007f, 0x0000001f, /* longer than 32 bits */
		0x00002063, 0x00003063, /* branches, funct3 2 and 3 */
		0x00003003, 0x00006003, 0x00007003, /* ld, lwu */
		0x00003023, /* sd */
		0x00001067, /* jalr, funct3 1 */
		0x02051513, /* slli a0, a0, 32 */
		0x40051513, /* slli with a bit of srai */
		0x04b50533, /* op, funct7 2 */
		0x00200073, 0x10200073, 0x302000f3, /* uret, sret, mret with rd */
		0x12000073, /* sfence.vma */
		0x0ab5052f, /* amoswap, funct3 0 */
		0x10b5252f, /* lr.w with rs2 */
		0x28b5252f, /* no such atomic */
		0x0000302f, /* amoadd.d */
		0x00b55553, 0x00b56553, /* fadd.s, rounding modes 5 and 6 */
		0x02b57553, /* fadd.d */
		0x58157553, /* fsqrt.s with rs2 */
		0xc0257553, /* fcvt.l.s */
		0x20b53553, /* fsgnj, funct3 3 */
		0x60301513, /* clz's group, 3 */
		0x28805013, /* nearly orc.b */
		0x08104033, /* pack that is not zext.h */
		0x48001533, /* bclr, of Zbs */
		0x02000057, /* a vector instruction */
	};
	struct tile_env *env = *state;
	size_t i;

	for (i = 0; i < sizeof(illegal) / sizeof(illegal[0]); i++)
		expect_illegal(env, illegal[i]);
}

static void illegal_xipu(void **state)
{
	static const uint32_t illegal[] = {
		0x0000008b, /* ipu.run with rd */
		0x0200000b, /* with funct2 */
		0x0000108b, /* ipu.runall with rd */
		0x0200100b, /* with funct7 */
		0x0000208b, /* ipu.sync with rd */
		0x0000a00b, /* with rs1 */
		0x0000308b, /* ipu.exit with rd */
		0x0010300b, /* with an immediate */
		0x0000408b, /* ipu.trap with rd */
		0x0010400b, /* with an immediate */
		0x0000700b, /* no such function */
	};
	struct tile_env *env = *state;
	size_t i;

	for (i = 0; i < sizeof(illegal) / sizeof(illegal[0]); i++)
		expect_illegal(env, illegal[i]);
}

/* the upper halfword is the next instruction's and not part of the report */
static void illegal_compressed(void **state)
{
	static const uint32_t illegal[] = {
		0xffff0000, /* all zeros */
		0x0004, /* c.addi4spn a0, 0 */
		0x2000,	    0xa000, /* c.fld, c.fsd */
		0x8000, /* reserved */
		0x6101, /* c.addi16sp 0 */
		0x6501, /* c.lui a0, 0 */
		0x9101,	    0x9501, /* c.srli, c.srai by 32 */
		0x1502, /* c.slli by 32 */
		0x9c01,	    0x9c21, 0x9c41, /* c.subw, c.addw, reserved */
		0x2002,	    0xa002, /* c.fldsp, c.fsdsp */
		0x4002, /* c.lwsp zero */
		0x8002, /* c.jr zero */
	};
	struct tile_env *env = *state;
	size_t i;

	for (i = 0; i < sizeof(illegal) / sizeof(illegal[0]); i++)
		expect_illegal(env, illegal[i]);
}

static uint32_t csr_bits(uint32_t csr, uint32_t funct3, uint32_t rs1, uint32_t rd)
{
	return csr << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x73;
}

static void illegal_csrs(void **state)
{
	static const uint32_t missing[] = { 0x000, 0x004, 0x100, 0x180, 0x302, 0x303,
					    0x3a0, 0x3b0, 0x7a0, 0x7c0, 0x7ff, 0xb01,
					    0xb20, 0xc03, 0xc83, 0xcc3, 0xf10, 0xfff };
	static const uint32_t read_only[] = { 0xc00,	     0xc01, 0xc02,	  0xc80,
					      0xc81,	     0xc82, IPU_CSR_TILE, IPU_CSR_UNIT,
					      IPU_CSR_TILES, 0xf11, 0xf12,	  0xf13,
					      0xf14,	     0xf15 };
	struct tile_env *env = *state;
	uint32_t funct3;
	size_t i;

	for (i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		for (funct3 = 1; funct3 < 8; funct3++)
			expect_illegal(env, csr_bits(missing[i], funct3, REG_A1, REG_A0));
	for (i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++) {
		expect_illegal(env, csr_bits(read_only[i], 1, REG_A1, REG_A0)); /* csrrw */
		expect_illegal(env, csr_bits(read_only[i], 1, 0, 0));
		expect_illegal(env, csr_bits(read_only[i], 2, REG_A1, REG_A0)); /* csrrs */
		expect_illegal(env, csr_bits(read_only[i], 3, REG_A1, REG_A0)); /* csrrc */
		expect_illegal(env, csr_bits(read_only[i], 5, 0, REG_A0)); /* csrrwi */
		expect_illegal(env, csr_bits(read_only[i], 6, 1, REG_A0)); /* csrrsi */
		expect_illegal(env, csr_bits(read_only[i], 7, 1, REG_A0)); /* csrrci */
	}
	expect_illegal(env, csr_bits(0x003, 4, REG_A1, REG_A0)); /* funct3 4 */
}

/* frm 5, 6 and 7 are not rounding modes; instructions that do not use frm still work */
static void illegal_rounding(void **state)
{
	struct tile_env *env = *state;
	uint32_t frm;

	for (frm = 5; frm < 8; frm++) {
		expect_second(env, "fault_frm", frm, IPU_FAULT_ILLEGAL_INSN, 0, 0x00c5f553);
		assert_int_equal(tile_env_reg(env, REG_FCSR), frm << 5);
		expect_second(env, "fault_frm_convert", frm, IPU_FAULT_ILLEGAL_INSN, 0, 0xc00675d3);
	}
}

static void bad_runs(void **state)
{
	struct tile_env *env = *state;
	uint32_t entry;

	/* lla is two instructions */
	tile_env_run(env, "fault_run_no_worker", 0);
	entry = tile_env_entry(env, "fault_run_no_worker");
	tile_env_expect_fault(env, IPU_FAULT_BAD_RUN, IPU_UNIT_SUPERVISOR, entry + 12, 0, 6);

	tile_env_run(env, "fault_run_busy", 0);
	entry = tile_env_entry(env, "fault_run_busy");
	tile_env_expect_fault(env, IPU_FAULT_BAD_RUN, IPU_UNIT_SUPERVISOR, entry + 16, 0, 2);

	tile_env_run(env, "fault_runall_busy", 0);
	entry = tile_env_entry(env, "fault_runall_busy");
	tile_env_expect_fault(env, IPU_FAULT_BAD_RUN, IPU_UNIT_SUPERVISOR, entry + 16, 0, 3);
	/* and has started none */
	assert_int_equal(ipu_tile_get_reg(env->tile, 0, REG_PC), 0);
}

static void supervisor_only(void **state)
{
	struct tile_env *env = *state;
	uint32_t entry;

	tile_env_run(env, "fault_worker", 0);
	entry = tile_env_entry(env, "fault_worker_entry");
	tile_env_expect_fault(env, IPU_FAULT_BAD_RUN, 0, entry + 24, 0, 3);
	tile_env_run(env, "fault_worker", 1);
	tile_env_expect_fault(env, IPU_FAULT_BAD_RUN, 0, entry + 28, 0, 0);
	tile_env_run(env, "fault_worker", 2);
	tile_env_expect_fault(env, IPU_FAULT_BAD_SYNC, 0, entry + 32, 0, IPU_ZONE_LOCAL);
	tile_env_run(env, "fault_worker", 3);
	tile_env_expect_fault(env, IPU_FAULT_ILLEGAL_INSN, 0, entry + 36, 0,
			      csr_bits(IPU_CSR_XTAB, 2, 0, REG_A0));
}

/* where a running tile is: no cause, and a unit that has something to do */
static void running(void **state)
{
	struct tile_env *env = *state;
	struct ipu_tile_fault fault;
	uint32_t entry;

	tile_env_load(env);
	entry = tile_env_entry(env, "endless");
	tile_env_start(env, entry, 0);
	assert_int_equal(ipu_tile_run(env->tile, 1000), IPU_TILE_RUNNING);
	ipu_tile_fault(env->tile, &fault);
	assert_int_equal(fault.cause, IPU_FAULT_NONE);
	assert_int_equal(fault.unit, IPU_UNIT_SUPERVISOR);
	assert_in_range(fault.pc, entry, entry + 4);
}

/* after a fault, a start begins anew */
static void restart(void **state)
{
	struct tile_env *env = *state;
	struct ipu_tile_fault fault;

	tile_env_run(env, "fault_trap", 1);
	assert_int_equal(tile_env_run(env, "exit_xipu", 5), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), 5);
	ipu_tile_fault(env->tile, &fault);
	assert_int_equal(fault.cause, IPU_FAULT_NONE);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(loads, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(stores, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(edges_of_memory, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(atomics, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(environment, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(fetch, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(fetch_at_the_end, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(illegal_encodings, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(illegal_xipu, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(illegal_compressed, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(illegal_csrs, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(illegal_rounding, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(bad_runs, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(supervisor_only, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(running, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(restart, tile_env_setup, tile_env_teardown),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: tile_faults IMAGE\n");
		return 2;
	}
	tile_env_image = argv[1];
	return cmocka_run_group_tests_name("tile_faults", tests, NULL, NULL);
}
