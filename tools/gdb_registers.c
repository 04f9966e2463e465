// SPDX-License-Identifier: MIT
/*
 * The registers that gdb is shown. Names and features of the first five are in
 * GDB's manual, "RISC-V Features"; gdb-multiarch insists on them.
 */
#include "gdb_registers.h"
#include "register_names.h"

enum feature {
	CPU,
	FPU,
	CSR,
	VECTOR,
	XIPU,
	FEATURES,
};

static const char *const feature_names[FEATURES] = {
	[CPU] = "org.gnu.gdb.riscv.cpu", [FPU] = "org.gnu.gdb.riscv.fpu",
	[CSR] = "org.gnu.gdb.riscv.csr", [VECTOR] = "org.gnu.gdb.riscv.vector",
	[XIPU] = "org.ipu.xipu",
};

static const char *const v_names[32] = {
	"v0",  "v1",  "v2",  "v3",  "v4",  "v5",  "v6",	 "v7",	"v8",  "v9",  "v10",
	"v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21",
	"v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31",
};

_Static_assert(GDB_CORE_REGISTERS + 32 + 32 + REGISTER_CSRS <= GDB_MAX_REGISTERS, "room for all");

/* GDB wants those of floating point with its registers, and knows none of Xipu's. */
static enum feature csr_feature(uint32_t number)
{
	if (number <= 0x003)
		return FPU;
	return number >> 4 == 0x80 || number >> 4 == 0x81 || number >> 4 == 0xcc ? XIPU : CSR;
}

static void add(struct gdb_registers *registers, const char *name, enum feature feature,
		uint32_t id, uint32_t size)
{
	registers->at[registers->count++] = (struct gdb_register){
		.name = name,
		.feature = feature,
		.id = id,
		.size = size,
	};
}

/* A supervisor has every CSR that there is. */
static bool has_csr(struct gdb_run *run, uint32_t csr)
{
	uint32_t value;

	return !ipu_debug_read_reg(run->ctx, 0, IPU_SUPERVISOR, IPU_DEBUG_CSR(csr), &value,
				   sizeof(value));
}

void gdb_registers_init(struct gdb_registers *registers, struct gdb_run *run)
{
	registers->count = 0;
	registers->vlen = run->vlen;
	for (uint32_t i = 0; i < 32; i++)
		add(registers, register_x_names[i], CPU, IPU_DEBUG_X(i), 4);
	add(registers, "pc", CPU, IPU_DEBUG_PC, 4);
	for (uint32_t i = 0; i < 32; i++)
		add(registers, register_f_names[i], FPU, IPU_DEBUG_F(i), 4);
	for (uint32_t i = 0; i < REGISTER_CSRS; i++)
		if (has_csr(run, register_csrs[i].number))
			add(registers, register_csrs[i].name, csr_feature(register_csrs[i].number),
			    IPU_DEBUG_CSR(register_csrs[i].number), 4);
	for (uint32_t i = 0; i < 32 && run->vlen; i++)
		add(registers, v_names[i], VECTOR, IPU_DEBUG_V(i), run->vlen / 8);
}

/* A vector register as elements of each kind; $v1.f and so on. */
static void describe_vector_type(uint32_t vlen, struct gdb_text *xml)
{
	static const struct {
		const char *name;
		const char *type;
		uint32_t bits;
	} elements[] = {
		{ "b", "uint8", 8 },	  { "s", "uint16", 16 },      { "w", "uint32", 32 },
		{ "h", "ieee_half", 16 }, { "f", "ieee_single", 32 },
	};
	const size_t count = sizeof(elements) / sizeof(elements[0]);

	for (size_t i = 0; i < count; i++)
		gdb_text_add(xml, "<vector id=\"%s_vector\" type=\"%s\" count=\"%u\"/>\n",
			     elements[i].name, elements[i].type, vlen / elements[i].bits);
	gdb_text_add(xml, "<union id=\"vector\">\n");
	for (size_t i = 0; i < count; i++)
		gdb_text_add(xml, "<field name=\"%s\" type=\"%s_vector\"/>\n", elements[i].name,
			     elements[i].name);
	gdb_text_add(xml, "</union>\n");
}

static const char *register_type(uint32_t id)
{
	if (id == IPU_DEBUG_PC || id == IPU_DEBUG_X(1))
		return "code_ptr";
	if (id >= IPU_DEBUG_X(2) && id <= IPU_DEBUG_X(4)) /* sp, gp, tp */
		return "data_ptr";
	if (id >= IPU_DEBUG_F(0) && id <= IPU_DEBUG_F(31))
		return "ieee_single";
	if (id >= IPU_DEBUG_V(0) && id <= IPU_DEBUG_V(31))
		return "vector";
	return "int";
}

static void describe_register(const struct gdb_register *reg, uint32_t number, struct gdb_text *xml)
{
	gdb_text_add(xml, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\" regnum=\"%u\"%s/>\n",
		     reg->name, reg->size * 8, register_type(reg->id), number,
		     reg->feature == XIPU ? " group=\"xipu\"" : "");
}

void gdb_registers_describe(const struct gdb_registers *registers, struct gdb_text *xml)
{
	gdb_text_add(xml, "<?xml version=\"1.0\"?>\n"
			  "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
			  "<target version=\"1.0\">\n"
			  "<architecture>riscv:rv32</architecture>\n");
	for (uint32_t feature = 0; feature < FEATURES; feature++) {
		if (feature == VECTOR && !registers->vlen)
			continue;
		gdb_text_add(xml, "<feature name=\"%s\">\n", feature_names[feature]);
		if (feature == VECTOR)
			describe_vector_type(registers->vlen, xml);
		for (uint32_t i = 0; i < registers->count; i++)
			if (registers->at[i].feature == feature)
				describe_register(&registers->at[i], i, xml);
		gdb_text_add(xml, "</feature>\n");
	}
	gdb_text_add(xml, "</target>\n");
}
