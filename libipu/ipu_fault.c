// SPDX-License-Identifier: MIT
/* Faults: fetching them and describing them in words. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <ipu/trap.h>

#include "isa/ipu_disasm.h"
#include "ipu_hw.h"
#include "ipu_internal.h"
#include "isa/ipu_isa.h"

/* What "addr" and "info" hold. */
enum detail {
	DETAIL_NONE,
	DETAIL_ADDR, /* an address */
	DETAIL_INSN, /* info: an instruction */
	DETAIL_CODE, /* info: a number of the program's */
	DETAIL_ECALL, /* info: a7 */
	DETAIL_WORKER, /* info: a worker */
	DETAIL_ZONE, /* info: a sync zone */
	DETAIL_FIRST_WORD, /* info: a command's first word */
	DETAIL_MEMBER, /* info: offset of a member; addr: its value */
	DETAIL_REGISTER, /* info: a register */
	DETAIL_TAIL, /* info: value rung */
	DETAIL_TRANSFER, /* addr: a transfer; info: what is wrong with it */
	DETAIL_STACK, /* addr: the stack pointer; info: its lowest value */
	DETAIL_LIMIT, /* info: KiB */
	DETAIL_LINK, /* info: enum ipu_link_reason; addr: where */
};

struct cause {
	uint32_t cause;
	enum detail detail;
	const char *name;
	const char *advice;
};

#define ADVICE_LIBRARY                                                           \
	"This is a mistake in the commands, not in the tile program: if libipu " \
	"made them, please report it."
#define ADVICE_MAPPING                                                          \
	"Map the buffer into the context with ipu_bo_map(), with IPU_BO_WRITE " \
	"where the card is to write, and keep it mapped until the job has ended."
#define ADVICE_POINTER                                                         \
	"Look for a null or stray pointer, an index out of range, or a stack " \
	"that has overflowed."
#define ADVICE_STACK                                                                    \
	"Link with larger stacks, with -Wl,--defsym=__ipu_worker_stack_size=8192 for "  \
	"workers or --defsym=__ipu_stack_size=16384 for the supervisor, or look for a " \
	"recursion that does not end or an alloca() that is too large."

#define ADVICE_TEXT "The program checks this itself, and stopped itself there."

static const struct cause causes[] = {
	{ IPU_FAULT_NONE, DETAIL_NONE, "no fault", "Nothing to do." },
	{ IPU_FAULT_BAD_CONFIG, DETAIL_REGISTER, "bad configuration of a context", ADVICE_LIBRARY },
	{ IPU_FAULT_BAD_TAIL, DETAIL_TAIL, "doorbell beyond the ring", ADVICE_LIBRARY },
	{ IPU_FAULT_BAD_OPCODE, DETAIL_FIRST_WORD, "unknown command", ADVICE_LIBRARY },
	{ IPU_FAULT_BAD_FIELD, DETAIL_MEMBER, "bad member in a command",
	  "Check the command's tile range, addresses, alignment and reserved members." },
	{ IPU_FAULT_PRIVILEGE, DETAIL_FIRST_WORD, "EXEC inside a list of commands",
	  "A list of commands cannot execute another one: submit them one by one." },
	{ IPU_FAULT_LINK, DETAIL_LINK, "linked run ended",
	  "Look at what happened to the link, or to the other cards of the run; the program must "
	  "be loaded again on all of them." },
	{ IPU_FAULT_DMA_UNMAPPED, DETAIL_ADDR, "DMA to an address that is not mapped",
	  ADVICE_MAPPING },
	{ IPU_FAULT_DMA_READONLY, DETAIL_ADDR, "DMA write to a read-only mapping", ADVICE_MAPPING },
	{ IPU_FAULT_DMA_PRIV, DETAIL_ADDR, "DMA to memory of the driver's own", ADVICE_MAPPING },
	{ IPU_FAULT_DMA_RESERVED, DETAIL_ADDR, "bad page table", ADVICE_LIBRARY },
	{ IPU_FAULT_DMA_BUS, DETAIL_ADDR, "the host refused a DMA access",
	  "The card may have lost the bus: dmesg may say why." },
	{ IPU_FAULT_DMA_RANGE, DETAIL_ADDR, "DMA beyond the address space", ADVICE_MAPPING },
	{ IPU_FAULT_ILLEGAL_INSN, DETAIL_INSN, "illegal instruction",
	  "Compile for the card's own ISA (ipu-info shows it), look for a jump into data, and leave "
	  "ipu_exchange() to the supervisor." },
	{ IPU_FAULT_FETCH, DETAIL_ADDR, "jump outside SRAM",
	  "Look for a null function pointer or an overwritten return address." },
	{ IPU_FAULT_LOAD, DETAIL_ADDR, "load outside SRAM", ADVICE_POINTER },
	{ IPU_FAULT_STORE, DETAIL_ADDR, "store outside SRAM", ADVICE_POINTER },
	{ IPU_FAULT_MISALIGNED, DETAIL_ADDR, "misaligned atomic access",
	  "Align the variable to its size." },
	{ IPU_FAULT_EBREAK, DETAIL_NONE, "breakpoint",
	  "The program ran into ebreak, a failed assertion or a compiler's trap, and no debugger "
	  "is attached." },
	{ IPU_FAULT_ECALL, DETAIL_ECALL, "system call that a tile does not have",
	  "Only exit (a7 = 93) and exit_group (a7 = 94) exist on a tile." },
	{ IPU_FAULT_TRAP, DETAIL_CODE, "the program called ipu.trap",
	  "The program stopped itself; the meaning of the code is its own." },
	{ IPU_FAULT_BAD_RUN, DETAIL_WORKER, "worker that cannot be started",
	  "Only the supervisor starts workers 0 to 5, and only idle ones: wait for them with a "
	  "local sync first." },
	{ IPU_FAULT_BAD_SYNC, DETAIL_ZONE, "bad sync",
	  "Only the supervisor syncs, in the zones 0 (local), 1 (internal) and 2 (external)." },
	{ IPU_FAULT_SYNC_MISMATCH, DETAIL_ZONE, "tiles wait for each other in different zones",
	  "Every tile of a run must reach the same syncs in the same order." },
	{ IPU_FAULT_EXCHANGE, DETAIL_TRANSFER, "bad transfer in an exchange",
	  "Check the table of this tile: each transfer's tile, its addresses (multiples of 4, inside SRAM), "
	  "its length, and that it writes nowhere that another one writes." },
	{ IPU_FAULT_STACK, DETAIL_STACK, "stack overflow", ADVICE_STACK },
	{ IPU_FAULT_WATCHDOG, DETAIL_NONE, "the run took too long",
	  "Look for an endless loop there; if the program needs more time, raise the watchdog." },
	{ IPU_FAULT_SRAM, DETAIL_ADDR, "SRAM has lost a word",
	  "Its bits flipped, more than can be corrected: run again, which writes the word anew. If that "
	  "happens again on the same tile, leave that tile out, or replace the card." },
	{ IPU_FAULT_INTERNAL, DETAIL_NONE, "the card ran out of host memory",
	  "Use fewer tiles, or give the machine more memory." },
	{ IPU_FAULT_HOST_MEMORY, DETAIL_LIMIT,
	  "the context has used up the host memory that it may have",
	  "Let tiles run the same code at the same addresses, which costs nothing more, and exchange "
	  "less at a time; or give the card more: max-host-memory=SIZE, of QEMU's -device ipu or as "
	  "in \"sim:max-host-memory=4G\"." },
};

static const struct cause *find_cause(uint32_t cause)
{
	static const struct cause unknown = {
		.name = "unknown fault",
		.advice = "The card is newer than this libipu: use a newer one.",
	};

	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		if (causes[i].cause == cause)
			return &causes[i];
	return &unknown;
}

const char *ipu_fault_name(uint32_t cause)
{
	return find_cause(cause)->name;
}

const char *ipu_fault_advice(uint32_t cause)
{
	return find_cause(cause)->advice;
}

/* The SDK has codes of its own. */
static void describe_trap(uint32_t code, char *text, size_t bytes)
{
	if (code == IPU_TRAP_ASSERT)
		snprintf(text, bytes, "code 0x%x: an ipu_assert() was false", code);
	else if (code == IPU_TRAP_TABLE)
		snprintf(text, bytes, "code 0x%x: a collective's table has too little room", code);
	else if (code == IPU_TRAP_COLLECTIVE)
		snprintf(text, bytes,
			 "code 0x%x: a collective's tile, type, address or length is wrong", code);
	else if (code == IPU_TRAP_OPS)
		snprintf(
			text, bytes,
			"code 0x%x: an operation or an array cannot be; what the program printed says "
			"why",
			code);
	else
		snprintf(text, bytes, "code %u", code);
}

/* Does an instruction access a CSR of the exchange? */
static bool is_exchange_csr(uint32_t bits)
{
	uint32_t csr = bits >> 20;

	return (bits & 0x7f) == 0x73 && bits & 0x3000 &&
	       (csr == IPU_CSR_XTAB || csr == IPU_CSR_XCNT);
}

/* An instruction that exists can be illegal, too: by its registers, vtype or mstatus. */
static void describe_insn(const struct ipu_fault *fault, char *text, size_t bytes)
{
	const char *why = is_exchange_csr(fault->info) && fault->unit < IPU_WORKERS ?
				  "; a worker has no CSR of the exchange" :
				  "";
	uint32_t bits = fault->info;
	char words[IPU_DISASM_TEXT];
	char *tab;

	ipu_disasm(bits, fault->pc, words);
	tab = strchr(words, '\t');
	if (tab)
		*tab = ' ';
	if (words[0] == '.')
		snprintf(text, bytes, "instruction 0x%08x", bits);
	else
		snprintf(text, bytes, "instruction 0x%08x, %s%s", bits, words, why);
}

static const char *transfer_error(uint32_t info)
{
	switch (info) {
	case offsetof(struct ipu_xfer, src_tile):
		return "its source is no tile of the run";
	case offsetof(struct ipu_xfer, src_addr):
		return "its source is outside SRAM or not a multiple of 4";
	case offsetof(struct ipu_xfer, dst_addr):
		return "its destination is outside SRAM or not a multiple of 4";
	case offsetof(struct ipu_xfer, bytes):
		return "it ends outside SRAM, or not at a multiple of 4";
	case IPU_XFER_OVERLAP:
		return "it writes where another one does";
	default:
		return "it is outside SRAM itself";
	}
}

static void describe_link(const struct ipu_fault *fault, char *text, size_t bytes)
{
	unsigned long long where = fault->addr;

	if (fault->info == IPU_LINK_DOWN)
		snprintf(text, bytes, "the link between cards %llu and %llu is down", where,
			 where + 1);
	else if (fault->info == IPU_LINK_PEER)
		snprintf(text, bytes, "member %llu of the run has faulted or was stopped", where);
	else
		snprintf(text, bytes, "member %llu of the run does not fit the others", where);
}

void ipu_fault_detail(const struct ipu_fault *fault, char *text, size_t bytes)
{
	unsigned long long addr = fault->addr;

	if (!bytes)
		return;
	text[0] = '\0';
	switch (find_cause(fault->cause)->detail) {
	case DETAIL_NONE:
		break;
	case DETAIL_ADDR:
		snprintf(text, bytes, "address 0x%llx", addr);
		break;
	case DETAIL_INSN:
		describe_insn(fault, text, bytes);
		break;
	case DETAIL_CODE:
		describe_trap(fault->info, text, bytes);
		break;
	case DETAIL_ECALL:
		snprintf(text, bytes, "a7 = %u", fault->info);
		break;
	case DETAIL_WORKER:
		snprintf(text, bytes, "worker %u", fault->info);
		break;
	case DETAIL_ZONE:
		snprintf(text, bytes, "zone %u", fault->info);
		break;
	case DETAIL_FIRST_WORD:
		snprintf(text, bytes, "first word 0x%08x", fault->info);
		break;
	case DETAIL_MEMBER:
		snprintf(text, bytes, "member at byte %u is 0x%llx", fault->info, addr);
		break;
	case DETAIL_REGISTER:
		snprintf(text, bytes, "register 0x%03x", fault->info);
		break;
	case DETAIL_TAIL:
		snprintf(text, bytes, "value 0x%x", fault->info);
		break;
	case DETAIL_TRANSFER:
		snprintf(text, bytes, "the transfer at 0x%llx: %s", addr,
			 transfer_error(fault->info));
		break;
	case DETAIL_STACK:
		snprintf(text, bytes, "sp would be 0x%llx, and the stack ends at 0x%x", addr,
			 fault->info);
		break;
	case DETAIL_LIMIT:
		snprintf(text, bytes, "its limit is %u KiB", fault->info);
		break;
	case DETAIL_LINK:
		describe_link(fault, text, bytes);
		break;
	}
}

/* "tile 3, worker 2, pc 0x4c124 (in work, vadd.c:12)"; "" for a fault of no tile */
static void describe_place(const struct ipu_fault *fault, struct ipu_program *prog, char *text,
			   size_t bytes)
{
	struct ipu_source source = { .size = sizeof(source) };
	char unit[32] = "supervisor";
	char place[480] = "";

	text[0] = '\0';
	if (fault->tile == IPU_NO_TILE)
		return;
	if (fault->unit < IPU_WORKERS)
		snprintf(unit, sizeof(unit), "worker %u", fault->unit);
	if (prog && !ipu_program_source(prog, fault->pc, &source)) {
		if (source.line)
			snprintf(place, sizeof(place), " (in %s, %s:%u)", source.function,
				 source.file, source.line);
		else
			snprintf(place, sizeof(place), " (in %s+0x%x)", source.function,
				 source.offset);
	}
	snprintf(text, bytes, " on tile %u, %s, pc 0x%x%s", fault->tile, unit, fault->pc, place);
}

int ipu_fail_fault(int err, const struct ipu_fault *fault, struct ipu_program *prog)
{
	const struct cause *cause = find_cause(fault->cause);
	const char *said = prog ? ipu_program_fault_text(prog, fault) : NULL;
	char place[640];
	char detail[96];

	describe_place(fault, prog, place, sizeof(place));
	if (said)
		return ipu_fail(err, "Fault%s: %s. %s", place, said, ADVICE_TEXT);
	ipu_fault_detail(fault, detail, sizeof(detail));
	return ipu_fail(err, "Fault%s: %s%s%s. %s", place, cause->name, *detail ? ", " : "", detail,
			cause->advice);
}

int ipu_get_fault(struct ipu_context *ctx, uint64_t seqno, struct ipu_fault *fault)
{
	struct ipu_fault found = { .size = sizeof(found) };
	int err = IPU_STRUCT_CHECK(fault, ipu_fault, cmd_va);

	if (err)
		return err;
	err = ipu_check_process(ctx->dev);
	if (err)
		return err;
	err = ipu_ctx_fault(ctx, seqno, &found);
	if (err == -ENODATA && !seqno)
		return ipu_fail(err, "No job of this context has faulted.");
	if (err == -ENODATA)
		return ipu_fail(err, "Job %llu did not fault, or too long ago.",
				(unsigned long long)seqno);
	if (err)
		return ipu_fail_device(ctx->dev, err, "ask for the fault of job %llu",
				       (unsigned long long)seqno);
	ipu_struct_out(fault, &found, sizeof(found));
	return 0;
}
