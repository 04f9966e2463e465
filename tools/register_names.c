// SPDX-License-Identifier: MIT
/* Names of a unit's registers: as GDB and assemblers have them. */
#include "isa/ipu_isa.h"

#include "register_names.h"

const char *const register_x_names[32] = {
	"zero", "ra", "sp", "gp", "tp",	 "t0",	"t1", "t2", "fp", "s1", "a0",
	"a1",	"a2", "a3", "a4", "a5",	 "a6",	"a7", "s2", "s3", "s4", "s5",
	"s6",	"s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};

const char *const register_f_names[32] = {
	"ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1",  "fa0",
	"fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4",  "fs5",
	"fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
};

const struct register_csr register_csrs[REGISTER_CSRS] = {
	{ "fflags", 0x001 },	    { "frm", 0x002 },
	{ "fcsr", 0x003 },	    { "vstart", 0x008 },
	{ "vxsat", 0x009 },	    { "vxrm", 0x00a },
	{ "vcsr", 0x00f },	    { "vl", 0xc20 },
	{ "vtype", 0xc21 },	    { "vlenb", 0xc22 },
	{ "mstatus", 0x300 },	    { "misa", 0x301 },
	{ "mie", 0x304 },	    { "mtvec", 0x305 },
	{ "mstatush", 0x310 },	    { "mscratch", 0x340 },
	{ "mepc", 0x341 },	    { "mcause", 0x342 },
	{ "mtval", 0x343 },	    { "mip", 0x344 },
	{ "mvendorid", 0xf11 },	    { "marchid", 0xf12 },
	{ "mimpid", 0xf13 },	    { "mhartid", 0xf14 },
	{ "mconfigptr", 0xf15 },    { "mcycle", 0xb00 },
	{ "minstret", 0xb02 },	    { "mcycleh", 0xb80 },
	{ "minstreth", 0xb82 },	    { "cycle", 0xc00 },
	{ "time", 0xc01 },	    { "instret", 0xc02 },
	{ "cycleh", 0xc80 },	    { "timeh", 0xc81 },
	{ "instreth", 0xc82 },	    { "xtab", IPU_CSR_XTAB },
	{ "xcnt", IPU_CSR_XCNT },   { "prng0", IPU_CSR_PRNG0 },
	{ "prng1", IPU_CSR_PRNG1 }, { "prng2", IPU_CSR_PRNG2 },
	{ "prng3", IPU_CSR_PRNG3 }, { "tile", IPU_CSR_TILE },
	{ "unit", IPU_CSR_UNIT },   { "tiles", IPU_CSR_TILES },
};
