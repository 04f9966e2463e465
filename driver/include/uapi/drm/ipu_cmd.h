/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note OR MIT */
/*
 * What the IPU card executes, and what it reports, as programs see it: commands, which user
 * space writes into buffer objects (DRM_IOCTL_IPU_SUBMIT, DRM_IOCTL_IPU_USERQ_CREATE), run
 * reports and profiles, which the card writes there, and the causes of faults
 * (DRM_IOCTL_IPU_GET_FAULT).
 *
 * The card defines all of it, so the version is that of its interface, hw_version of &struct
 * drm_ipu_query_info. The driver, the card's model and libipu include this file, too, by way of
 * ipu_hw.h, which has the registers. Documentation/hw/ says the same in prose.
 *
 * Structures in host memory are little endian. Reserved members must be zero, and the card
 * checks that they are. A field is declared as its mask.
 */
#ifndef _UAPI_IPU_CMD_H_
#define _UAPI_IPU_CMD_H_

#include <linux/types.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* ---- What a card has ----------------------------------------------------------- */

/* caps of &struct drm_ipu_query_info */
#define IPU_CAP_DEBUG		0x00000001u	/* contexts can be debugged: IPU_CTX_DBG_* */
#define IPU_CAP_PROFILE		0x00000002u	/* RUNs can be profiled: struct ipu_profile */
#define IPU_CAP_LARGE_PAGES	0x00000004u	/* page tables may have IPU_PTE_L */
#define IPU_CAP_ECC		0x00000008u	/* errors of SRAM are counted: IPU_REG_ECC_* */
#define IPU_CAP_SENSORS		0x00000010u	/* there are sensors: IPU_REG_TEMP and others */
#define IPU_CAP_USER_QUEUES	0x00000020u	/* contexts have user queues: IPU_CTX_UQ() */
#define IPU_CAP_LINK		0x00000040u	/* cards can be linked: IPU_REG_LINK_* */
#define IPU_CAP_QUEUE_TIME	0x00000080u	/* user queues' time is counted: IPU_UQ_NS_* */

/* isa of &struct drm_ipu_query_info: extensions of the tiles' instruction set */
#define IPU_ISA_M		0x00000001u
#define IPU_ISA_A		0x00000002u
#define IPU_ISA_F		0x00000004u
#define IPU_ISA_C		0x00000008u
#define IPU_ISA_ZICSR		0x00000010u
#define IPU_ISA_ZIFENCEI	0x00000020u
#define IPU_ISA_ZBA		0x00000040u
#define IPU_ISA_ZBB		0x00000080u
#define IPU_ISA_ZFH		0x00000100u
#define IPU_ISA_ZVE32F	0x00000200u
#define IPU_ISA_ZVFH		0x00000400u
#define IPU_ISA_XIPU		0x80000000u

#define IPU_USER_QUEUES		2	/* of a context */

/* ---- Command ring ------------------------------------------------------------ */
/*
 * The ring is an array of 64-byte commands in the context's virtual address
 * space. Command n is in slot n mod size. The host writes commands, then rings
 * the doorbell with the number of commands written since ENABLE. The card
 * executes them in order, each complete before the next one starts.
 */
enum ipu_cmd_op {
	IPU_CMD_NOP = 0,
	IPU_CMD_COPY_TO_TILES = 1,	/* struct ipu_cmd_copy */
	IPU_CMD_COPY_FROM_TILES = 2,	/* struct ipu_cmd_copy */
	IPU_CMD_FILL = 3,		/* struct ipu_cmd_fill */
	IPU_CMD_RUN = 4,		/* struct ipu_cmd_run */
	IPU_CMD_FENCE = 5,		/* struct ipu_cmd_fence */
	IPU_CMD_EXEC = 6,		/* struct ipu_cmd_exec */
};

#define IPU_CMD_SIZE		64
/* The first word of every command; other bits of it are IPU_FAULT_BAD_FIELD. */
#define IPU_CMD_OP		0x000000ffu	/* enum ipu_cmd_op */
#define IPU_CMD_RUN_RESUME	0x00000100u	/* RUN: resume after an external sync */
#define IPU_CMD_RUN_LINKED	0x00000200u	/* RUN: with the members of other contexts */
#define IPU_CMD_FENCE_IRQ	0x00000100u	/* FENCE: raise the context's interrupt */

/**
 * struct ipu_cmd_copy - copy between host memory and a range of tiles
 * @op: IPU_CMD_COPY_TO_TILES or IPU_CMD_COPY_FROM_TILES
 * @tile_first: first tile, within the context
 * @tile_count: tiles, at least 1
 * @tile_addr: tile address of the first row
 * @host_va: context virtual address of the first tile's first row
 * @host_tile_stride: bytes from one tile's data to the next one's in host
 *	memory; 0 broadcasts (to tiles only, when tile_count > 1)
 * @row_bytes: bytes of a row, at least 1
 * @rows: rows for each tile, at least 1
 * @host_row_stride: bytes from row to row in host memory
 * @tile_row_stride: bytes from row to row in SRAM
 * @reserved: zero
 *
 * Row r of tile t is the row_bytes bytes at host_va + (t - tile_first) *
 * host_tile_stride + r * host_row_stride, and at tile_addr + r *
 * tile_row_stride in the tile. No address needs alignment. Tiles are processed
 * in ascending order, so where rows overlap in the destination the last one
 * remains. A broadcast reads host memory once, for its first tile.
 */
struct ipu_cmd_copy {
	__le32 op;
	__le32 tile_first;
	__le32 tile_count;
	__le32 tile_addr;
	__le64 host_va;
	__le64 host_tile_stride;
	__le32 row_bytes;
	__le32 rows;
	__le64 host_row_stride;
	__le32 tile_row_stride;
	__le32 reserved[3];
};

/**
 * struct ipu_cmd_fill - fill SRAM of a range of tiles with a 32-bit pattern
 * @op: IPU_CMD_FILL
 * @tile_first: first tile, within the context
 * @tile_count: tiles, at least 1
 * @tile_addr: tile address, 4-byte aligned
 * @bytes: length, a multiple of 4
 * @value: the pattern
 * @reserved: zero
 */
struct ipu_cmd_fill {
	__le32 op;
	__le32 tile_first;
	__le32 tile_count;
	__le32 tile_addr;
	__le32 bytes;
	__le32 value;
	__le32 reserved[10];
};

/**
 * struct ipu_cmd_run - run a program on a range of tiles
 * @op: IPU_CMD_RUN, with IPU_CMD_RUN_RESUME to resume after an external sync, and
 *	IPU_CMD_RUN_LINKED for a linked RUN
 * @tile_first: first tile, within the context; it is tile id 0 to the program
 * @tile_count: tiles, at least 1; a RESUME names the same range as the RUN
 * @entry: PC of every tile's supervisor, 2-byte aligned; 0 with RESUME
 * @report_va: where struct ipu_run_report is written, 8-byte aligned; 0 for none
 * @sp: supervisor's x2 at the start; 0 with RESUME
 * @arg: supervisor's x10 (a0) at the start; 0 with RESUME
 * @profile_va: struct ipu_profile of the run, 64-byte aligned; 0 for none
 * @reserved: zero
 *
 * Ends when every tile has exited, or when every tile that has not is at an
 * external sync. A RESUME with no tile waiting is IPU_FAULT_BAD_FIELD.
 *
 * A linked RUN begins when each context of its LINK_COUNT has begun one. To the program it is
 * one run: tiles are numbered through from the first member's to the last one's, barriers are
 * of all tiles, and a tile pulls from those of any member. It ends on all of them. Its time
 * limit includes the wait for other members. Without LINK_COUNT it is IPU_FAULT_BAD_FIELD.
 */
struct ipu_cmd_run {
	__le32 op;
	__le32 tile_first;
	__le32 tile_count;
	__le32 entry;
	__le64 report_va;
	__le32 sp;
	__le32 arg;
	__le64 profile_va;
	__le32 reserved[6];
};

/**
 * struct ipu_cmd_fence - report that all earlier commands are complete
 * @op: IPU_CMD_FENCE, with IPU_CMD_FENCE_IRQ to interrupt as well
 * @reserved0: zero
 * @va: context virtual address of a 64-bit word, 8-byte aligned
 * @value: written there, after everything the earlier commands wrote; once it
 *	is visible, HEAD is past this command
 * @reserved1: zero
 */
struct ipu_cmd_fence {
	__le32 op;
	__le32 reserved0[3];
	__le64 va;
	__le64 value;
	__le32 reserved1[8];
};

/**
 * struct ipu_cmd_exec - execute a list of commands
 * @op: IPU_CMD_EXEC
 * @reserved0: zero
 * @va: context virtual address of the first command, 64-byte aligned
 * @count: commands in the list; 0 does nothing
 * @reserved1: zero
 *
 * The list is executed without privilege: it cannot reach pages marked
 * IPU_PTE_P, and EXEC in it is IPU_FAULT_PRIVILEGE. FENCE is allowed.
 */
struct ipu_cmd_exec {
	__le32 op;
	__le32 reserved0[3];
	__le64 va;
	__le32 count;
	__le32 reserved1[9];
};

/**
 * struct ipu_run_report - what a RUN wrote when it ended
 * @cycles: card time of this RUN in tile clock cycles
 * @instructions: instructions retired by all tiles in this RUN
 * @supersteps: supersteps of this RUN: internal syncs, and its end
 * @state: IPU_RUN_EXITED or IPU_RUN_AT_SYNC
 * @exit_tile: lowest of this context's tiles whose exit code is not 0, as the run numbers
 *	them, else 0
 * @exit_code: its exit code, else 0
 * @exchange_bytes: bytes moved by exchanges in this RUN
 * @reserved: zero
 *
 * Not written when the RUN faults.
 */
struct ipu_run_report {
	__le64 cycles;
	__le64 instructions;
	__le32 supersteps;
	__le32 state;
#define IPU_RUN_EXITED	0	/* every tile has exited */
#define IPU_RUN_AT_SYNC	1	/* the tiles that have not exited wait at an external sync */
	__le32 exit_tile;
	__le32 exit_code;
	__le64 exchange_bytes;
	__le64 reserved[3];
};

/* ---- Profiles ---------------------------------------------------------------- */
/*
 * A RUN with a profile_va is profiled: card time, where it went, and what the tiles
 * did in each superstep. All times are in tile clock cycles since the RUN without
 * RESUME began; a RESUME goes on from there.
 */

/**
 * struct ipu_profile - the head of a profile in host memory; records follow it
 * @bytes: room for this structure and records, a multiple of 8
 * @samples_va: IPU_SAMPLES counters of 32 bits, 8-byte aligned; 0 for none
 * @sample_cycles: how many cycles of a unit one sample stands for; 0: take none
 * @step_stride: records of tiles are written of one superstep of so many; 0 as 1: of all
 * @tile_stride: and of one tile of so many, as are samples; 0 as 1: of all
 * @reserved0: zero
 * @used: in and out: bytes that are used, this structure included, a multiple of 8
 * @dropped: in and out: records that there was no room for in the buffer
 * @lost: in and out: records of units that there was no room for in their tile
 * @supersteps: in and out: supersteps completed
 * @compute_cycles: in and out: card time from the start of a superstep to its slowest
 *	tile's end
 * @sync_cycles: in and out: card time of internal syncs
 * @exchange_cycles: in and out: card time of exchanges
 * @host_cycles: in and out: card time of resuming after an external sync
 * @reserved1: not read, written as zero
 *
 * The card reads the structure when the RUN begins, and writes all of it at least
 * at the end of every superstep. So RUNs add to what earlier ones wrote,
 * and a RUN that faults leaves what it did before. Of the samples it adds those of
 * the RUN to the counters when that ends other than by a fault. The four sums add
 * up to the cycles in the RUNs' reports. A full buffer is no fault: records are
 * counted in @dropped from then on.
 */
struct ipu_profile {
	__le64 bytes;
	__le64 samples_va;
	__le32 sample_cycles;
	__le32 step_stride;
	__le32 tile_stride;
	__le32 reserved0;
	__le64 used;
	__le64 dropped;
	__le64 lost;
	__le64 supersteps;
	__le64 compute_cycles;
	__le64 sync_cycles;
	__le64 exchange_cycles;
	__le64 host_cycles;
	__le64 reserved1[4];
};

/* One counter for every address that an instruction can have, from that of SRAM on. */
#define IPU_SAMPLES		319488

enum ipu_profile_kind {
	IPU_PROFILE_STEP = 1,	/* struct ipu_profile_step */
	IPU_PROFILE_TILE = 2,	/* struct ipu_profile_tile */
	IPU_PROFILE_WORKER = 3,	/* struct ipu_profile_unit: from a worker's start to its exit */
	IPU_PROFILE_WAIT = 4,	/* likewise: the supervisor waits for its workers */
	IPU_PROFILE_MARK = 5,	/* likewise: the unit wrote IPU_CSR_MARK */
};

/**
 * struct ipu_profile_record - how every record starts
 * @kind: enum ipu_profile_kind; readers skip records of other kinds
 * @bytes: of the record, a multiple of 8
 * @tile: a tile of the run
 */
struct ipu_profile_record {
	__le16 kind;
	__le16 bytes;
	__le32 tile;
};

/**
 * struct ipu_profile_step - a superstep, for which there is always a record
 * @head: its tile is the slowest, the lowest of equal ones
 * @step: number of the superstep, from 0 on
 * @tiles: tiles that took part
 * @end_kind: what it ended with, IPU_PROFILE_END_*
 * @begin: when it began
 * @first: when the first tile arrived at its end
 * @last: when the last one did
 * @exchange: when the exchange began: the cost of the sync later
 * @end: when all of them continued
 * @busy: the sum over tiles of the cycles from the begin to their arrival
 * @instructions: retired by all tiles
 * @exchange_bytes: received by all tiles
 */
struct ipu_profile_step {
	struct ipu_profile_record head;
	__le64 step;
	__le32 tiles;
	__le32 end_kind;
#define IPU_PROFILE_END_INTERNAL	0	/* an internal sync */
#define IPU_PROFILE_END_EXTERNAL	1	/* an external sync, the end of the RUN */
#define IPU_PROFILE_END_EXIT		2	/* all tiles have exited */
	__le64 begin;
	__le64 first;
	__le64 last;
	__le64 exchange;
	__le64 end;
	__le64 busy;
	__le64 instructions;
	__le64 exchange_bytes;
};

/**
 * struct ipu_profile_tile - a tile in the superstep whose record is the last before it
 * @head: the tile
 * @exited: 1 if it exited, else 0
 * @reserved: zero
 * @begin: when the superstep began
 * @arrival: when it arrived at the superstep's end, or exited
 * @instructions: retired by its units
 * @exchange_bytes: what it received
 */
struct ipu_profile_tile {
	struct ipu_profile_record head;
	__le32 exited;
	__le32 reserved;
	__le64 begin;
	__le64 arrival;
	__le64 instructions;
	__le64 exchange_bytes;
};

/**
 * struct ipu_profile_unit - what a unit did, before the superstep's own record
 * @head: the tile
 * @unit: worker 0..5, or IPU_UNIT_SUPERVISOR
 * @value: of a mark what was written; else 0
 * @begin: when it began
 * @end: when it ended; of a mark the same
 */
struct ipu_profile_unit {
	struct ipu_profile_record head;
	__le32 unit;
	__le32 value;
	__le64 begin;
	__le64 end;
};

/* ---- Faults ------------------------------------------------------------------ */

/* Where: a tile of the context or none, and its worker 0..5, its supervisor or none. */
#define IPU_FAULT_NO_TILE	0xffffffffu
#define IPU_UNIT_SUPERVISOR	6
#define IPU_UNIT_NONE		7

/**
 * enum ipu_fault_cause - why a context stopped
 *
 * "addr" and "info" are the fault record's; those not mentioned are 0. Tiles run
 * in rounds of a fixed number of instructions; in the first round in which tiles
 * fault, the lowest of them is reported, so that the report does not depend on
 * the host's threads.
 *
 * Causes below 0x20 are the command processor's: the tile is IPU_FAULT_NO_TILE
 * and the unit IPU_UNIT_NONE. Those from 0x10 on are of its DMA, through the
 * page table.
 */
enum ipu_fault_cause {
	/** @IPU_FAULT_NONE: the context has not faulted */
	IPU_FAULT_NONE = 0,
	/** @IPU_FAULT_BAD_CONFIG: at ENABLE; info: offset of the context register */
	IPU_FAULT_BAD_CONFIG = 1,
	/** @IPU_FAULT_BAD_TAIL: doorbell past a ring's size, or back; info: the value rung */
	IPU_FAULT_BAD_TAIL = 2,
	/** @IPU_FAULT_BAD_OPCODE: unknown command; info: its first word */
	IPU_FAULT_BAD_OPCODE = 3,
	/**
	 * @IPU_FAULT_BAD_FIELD: addr: the member's value; info: its byte offset, which for one
	 * of struct ipu_profile is IPU_CMD_SIZE more than that there
	 */
	IPU_FAULT_BAD_FIELD = 4,
	/** @IPU_FAULT_PRIVILEGE: EXEC in an EXEC list; info: the first word */
	IPU_FAULT_PRIVILEGE = 5,
	/** @IPU_FAULT_LINK: a linked RUN cannot go on; info: enum ipu_link_reason; addr: there */
	IPU_FAULT_LINK = 6,

	/** @IPU_FAULT_DMA_UNMAPPED: no valid entry; addr: VA; info: level, 2 is the root */
	IPU_FAULT_DMA_UNMAPPED = 0x10,
	/** @IPU_FAULT_DMA_READONLY: write to a page without IPU_PTE_W; addr: VA */
	IPU_FAULT_DMA_READONLY = 0x11,
	/** @IPU_FAULT_DMA_PRIV: unprivileged access to a page with IPU_PTE_P; addr: VA */
	IPU_FAULT_DMA_PRIV = 0x12,
	/** @IPU_FAULT_DMA_RESERVED: reserved bits set in an entry; addr: VA; info: level */
	IPU_FAULT_DMA_RESERVED = 0x13,
	/** @IPU_FAULT_DMA_BUS: the host refused the access; addr: VA */
	IPU_FAULT_DMA_BUS = 0x14,
	/** @IPU_FAULT_DMA_RANGE: beyond IPU_VA_BITS; addr: VA */
	IPU_FAULT_DMA_RANGE = 0x15,

	/** @IPU_FAULT_ILLEGAL_INSN: info: the instruction's bits */
	IPU_FAULT_ILLEGAL_INSN = 0x20,
	/** @IPU_FAULT_FETCH: PC outside SRAM; addr: PC */
	IPU_FAULT_FETCH = 0x21,
	/** @IPU_FAULT_LOAD: load outside SRAM; addr: its address */
	IPU_FAULT_LOAD = 0x22,
	/** @IPU_FAULT_STORE: store or atomic outside SRAM; addr: its address */
	IPU_FAULT_STORE = 0x23,
	/** @IPU_FAULT_MISALIGNED: atomic not aligned to its size; addr: its address */
	IPU_FAULT_MISALIGNED = 0x24,
	/** @IPU_FAULT_EBREAK: ebreak with no debugger */
	IPU_FAULT_EBREAK = 0x25,
	/** @IPU_FAULT_ECALL: ecall the tile does not offer; info: a7 */
	IPU_FAULT_ECALL = 0x26,
	/** @IPU_FAULT_TRAP: ipu.trap; info: the program's code */
	IPU_FAULT_TRAP = 0x27,
	/** @IPU_FAULT_BAD_RUN: ipu.run by a worker, of none, or of a busy one; info: worker */
	IPU_FAULT_BAD_RUN = 0x28,
	/** @IPU_FAULT_BAD_SYNC: ipu.sync by a worker, or of no such zone; info: zone */
	IPU_FAULT_BAD_SYNC = 0x29,
	/** @IPU_FAULT_SYNC_MISMATCH: tiles wait in different zones; info: this tile's zone */
	IPU_FAULT_SYNC_MISMATCH = 0x2a,
	/** @IPU_FAULT_EXCHANGE: bad transfer; addr: its tile address; info: what is bad */
	IPU_FAULT_EXCHANGE = 0x2b,
	/** @IPU_FAULT_STACK: sp below IPU_CSR_STACK or above SRAM; addr: it; info: the CSR */
	IPU_FAULT_STACK = 0x2c,
	/** @IPU_FAULT_WATCHDOG: a RUN took too long; the lowest tile that still runs */
	IPU_FAULT_WATCHDOG = 0x30,
	/**
	 * @IPU_FAULT_SRAM: bits of a word of SRAM have flipped, more than can be corrected; addr:
	 * its tile address. The word is lost until it is written as a whole, by a copy or a fill.
	 */
	IPU_FAULT_SRAM = 0x31,

	/** @IPU_FAULT_INTERNAL: the card ran out of memory of its own */
	IPU_FAULT_INTERNAL = 0x40,
	/**
	 * @IPU_FAULT_HOST_MEMORY: a RUN needs more of the host's memory than the context
	 * may have, for decoded code or an exchange; info: that limit in KiB
	 */
	IPU_FAULT_HOST_MEMORY = 0x41,
};

/**
 * enum ipu_link_reason - why a linked RUN cannot go on
 *
 * What tiles of several members do wrong in a superstep is reported by each member for
 * itself, and the others name the lowest; so it does not depend on the host's threads.
 */
enum ipu_link_reason {
	/** @IPU_LINK_DOWN: a link between members is down; addr: its number */
	IPU_LINK_DOWN = 1,
	/** @IPU_LINK_PEER: a member has faulted, was disabled or reset; addr: its rank */
	IPU_LINK_PEER = 2,
	/**
	 * @IPU_LINK_MISMATCH: members do not agree on how many they are, there is another one
	 * with this rank, or some RUN and some RESUME; addr: the member's rank
	 */
	IPU_LINK_MISMATCH = 3,
};

/* ---- Debugging ----------------------------------------------------------------- */

/* Accesses that a breakpoint or watchpoint is for, and its tile if it is for all of them */
#define IPU_DBG_EXEC		0x00000001u
#define IPU_DBG_READ		0x00000002u
#define IPU_DBG_WRITE		0x00000004u
#define IPU_DBG_ALL_TILES	0xffffffffu

/* Set in the address of a tile's register, beside its number; without, it is one of memory. */
#define IPU_DBG_REG		0x80000000u

/* Registers' numbers */
#define IPU_DBG_REG_X		0x0000	/* x0 to x31 */
#define IPU_DBG_REG_PC		0x0020
#define IPU_DBG_REG_STATE	0x0021	/* read only: 0 idle, 1 executes, 2 waits for others */
#define IPU_DBG_REG_STATES	0x0022	/* read only: the same of all units, bits 4n to 4n + 3 */
#define IPU_DBG_REG_F		0x0040	/* f0 to f31 */
#define IPU_DBG_REG_CSR		0x1000	/* CSRs 0 to 0xfff */
#define IPU_DBG_REG_V		0x2000	/* v0 to v31: word w of v0 + n is 0x20 * n + w further */
#define IPU_DBG_REG_V_WORDS	0x20

/**
 * enum ipu_dbg_reason - why a context that is debugged is halted
 *
 * "addr", "cause" and "info" are those of &struct drm_ipu_debug_wait; those not mentioned
 * are 0. Of several tiles that stop in the same round the lowest is reported first, the
 * next one after the context has been resumed.
 */
enum ipu_dbg_reason {
	/** @IPU_DBG_HALT: the host asked for it; a tile that runs, if there is one */
	IPU_DBG_HALT = 1,
	/** @IPU_DBG_START: a RUN is about to execute its first instruction */
	IPU_DBG_START = 2,
	/** @IPU_DBG_END: a RUN is about to end */
	IPU_DBG_END = 3,
	/** @IPU_DBG_STEP: the unit has executed its instruction */
	IPU_DBG_STEP = 4,
	/** @IPU_DBG_BLOCKED: the unit that was to run alone is idle or waits for others */
	IPU_DBG_BLOCKED = 5,
	/** @IPU_DBG_BREAK: before the instruction of a breakpoint */
	IPU_DBG_BREAK = 6,
	/** @IPU_DBG_WATCH: before an access; addr: its lowest watched byte; info: READ or WRITE */
	IPU_DBG_WATCH = 7,
	/** @IPU_DBG_EBREAK: at an ebreak */
	IPU_DBG_EBREAK = 8,
	/** @IPU_DBG_FAULT: at a fault: cause, addr and info are its own; a GO enters FAULTED */
	IPU_DBG_FAULT = 9,
};

#if defined(__cplusplus)
}
#endif

#endif /* _UAPI_IPU_CMD_H_ */
