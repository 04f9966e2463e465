/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The IPU card's host interface: PCI identity, BAR0 registers, doorbells,
 * page tables, command rings, commands, run reports and fault causes.
 *
 * This is the one declaration of them. The driver, the card model (QEMU and
 * the in-process simulator) and the tests all include this file, so it needs
 * nothing but the kernel's fixed-size types. Documentation/hw/ says the same in
 * prose; what tile programs see (SRAM map, CSRs, Xipu instructions) is in
 * qemu-device/model/isa/ipu_isa.h.
 *
 * Conventions
 *  - Registers are 32 bits wide, little endian, and are accessed with aligned
 *    32-bit loads and stores. An access of another size or alignment, and one
 *    to an offset not named here, reads as 0xffffffff and writes nothing; the
 *    model logs it as a guest error.
 *  - A 64-bit value has two registers, _LO and _HI.
 *  - Bits not named here read as zero; writing them as one is a guest error and
 *    has no effect.
 *  - A field is declared as its mask; FIELD_GET()/FIELD_PREP() take it as is.
 *  - Structures in host memory are little endian. Reserved members must be zero
 *    and the card checks that they are.
 */
#ifndef IPU_HW_H
#define IPU_HW_H

#include <linux/types.h>

/* ---- PCI identity ------------------------------------------------------- */

/* 0x1234 is the vendor id QEMU's own teaching devices use (bochs-display, edu). */
#define IPU_PCI_VENDOR_ID	0x1234
#define IPU_PCI_DEVICE_ID	0x1900
#define IPU_PCI_CLASS		0x1200	/* processing accelerator */
#define IPU_PCI_REVISION	0x01

#define IPU_BAR_REGS		0	/* 64-bit, not prefetchable, IPU_BAR_REGS_SIZE */
#define IPU_BAR_MSIX		2	/* 64-bit, MSI-X table and PBA */
#define IPU_BAR_REGS_SIZE	0x100000

/* ---- Limits -------------------------------------------------------------- */

#define IPU_MAX_TILES		1472	/* tiles of a Mk2 IPU */
#define IPU_MAX_CONTEXTS	32
#define IPU_USER_QUEUES		2	/* of each context */
#define IPU_NUM_VECTORS		(1 + IPU_MAX_CONTEXTS)

/* ---- Card registers, BAR0 + 0x0000 ---------------------------------------- */

#define IPU_REG_ID		0x0000	/* RO: IPU_ID */
#define   IPU_ID		0x30555049u	/* "IPU0" */
#define IPU_REG_VERSION		0x0004	/* RO: version of this interface */
#define   IPU_VERSION_MAJOR	0xffff0000u	/* a driver refuses another one */
#define   IPU_VERSION_MINOR	0x0000ffffu	/* only adds */
/*
 * 1.3: profiles; 1.4: reads after faults, large pages, ECC; 1.5: sensors; 1.6: user queues,
 * links; 1.7: time of user queues
 */
#define   IPU_VERSION		0x00010007u
#define IPU_REG_FW_VERSION	0x0008	/* RO: version of the card's firmware (the model) */
#define   IPU_FW_MAJOR		0xff000000u
#define   IPU_FW_MINOR		0x00ff0000u
#define   IPU_FW_PATCH		0x0000ffffu
#define IPU_REG_CAPS		0x000c	/* RO: optional features */
#define   IPU_CAP_DEBUG		0x00000001u	/* contexts can be debugged: IPU_CTX_DBG_* */
#define   IPU_CAP_PROFILE	0x00000002u	/* RUNs can be profiled: struct ipu_profile */
#define   IPU_CAP_LARGE_PAGES	0x00000004u	/* page tables may have IPU_PTE_L */
#define   IPU_CAP_ECC		0x00000008u	/* errors of SRAM are counted: IPU_REG_ECC_* */
#define   IPU_CAP_SENSORS	0x00000010u	/* there are sensors: IPU_REG_TEMP and others */
#define   IPU_CAP_USER_QUEUES	0x00000020u	/* contexts have user queues: IPU_CTX_UQ() */
#define   IPU_CAP_LINK		0x00000040u	/* cards can be linked: IPU_REG_LINK_* */
#define   IPU_CAP_QUEUE_TIME	0x00000080u	/* user queues' time is counted: IPU_UQ_NS_* */
#define IPU_REG_TILES		0x0010	/* RO: tiles on the card, 1..IPU_MAX_TILES */
#define IPU_REG_SRAM_BASE	0x0014	/* RO: tile address of the first byte of SRAM */
#define IPU_REG_SRAM_SIZE	0x0018	/* RO: bytes of SRAM of one tile */
#define IPU_REG_WORKERS		0x001c	/* RO: workers of one tile */
#define IPU_REG_CLOCK_KHZ	0x0020	/* RO: tile clock in kHz */
#define IPU_REG_CONTEXTS	0x0024	/* RO: contexts, 1..IPU_MAX_CONTEXTS */
#define IPU_REG_VECTORS		0x0028	/* RO: MSI-X vectors */
#define IPU_REG_SERIAL_LO	0x002c	/* RO: serial number */
#define IPU_REG_SERIAL_HI	0x0030
#define IPU_REG_ISA		0x0034	/* RO: tile ISA extensions, IPU_ISA_* */
#define   IPU_ISA_M		0x00000001u
#define   IPU_ISA_A		0x00000002u
#define   IPU_ISA_F		0x00000004u
#define   IPU_ISA_C		0x00000008u
#define   IPU_ISA_ZICSR		0x00000010u
#define   IPU_ISA_ZIFENCEI	0x00000020u
#define   IPU_ISA_ZBA		0x00000040u
#define   IPU_ISA_ZBB		0x00000080u
#define   IPU_ISA_ZFH		0x00000100u
#define   IPU_ISA_ZVE32F	0x00000200u
#define   IPU_ISA_ZVFH		0x00000400u
#define   IPU_ISA_XIPU		0x80000000u
#define IPU_REG_VLEN		0x0038	/* RO: vector register length in bits, 0 without vectors */
#define IPU_REG_CTRL		0x0040	/* RW, reset 0 */
#define   IPU_CTRL_RESET	0x00000001u	/* write 1: reset all but PCI state; 0 when done */
#define IPU_REG_STATUS		0x0044	/* RO */
#define   IPU_STATUS_READY	0x00000001u	/* the card takes contexts */
/* Both count from the card's reset on, and stay at their highest value. */
#define IPU_REG_ECC_CORRECTED	0x0050	/* RO: words of SRAM with one flipped bit, corrected */
#define IPU_REG_ECC_FATAL	0x0054	/* RO: words with more, lost: see IPU_FAULT_SRAM */
/*
 * Linked cards are a chain: link n is between those with the indices n and n + 1. A reset
 * does not change these registers; the last one grows when a card is added to the chain.
 */
#define IPU_REG_LINK_GROUP	0x0060	/* RO: the same for all cards of a chain, 0: not linked */
#define IPU_REG_LINK_INDEX	0x0064	/* RO: the card's place in the chain, from 0 on */
#define IPU_REG_LINK_CARDS	0x0068	/* RO: cards of the chain, IPU_LINK_CARDS at most */
#define   IPU_LINK_CARDS	8

/* ---- Sensors, BAR0 + 0x0100 ------------------------------------------------ */
/*
 * Modelled, from what the card does. Let u be the tiles of RUNs in progress by all tiles of
 * the card, from 0 to 1, as of now in the host's time. A RUN that is halted for a debugger
 * is in progress.
 *
 *  - Power is IPU_POWER_IDLE + u * (IPU_POWER_FULL - IPU_POWER_IDLE).
 *  - Energy is the integral of power over time, from when the card was made.
 *  - Temperature follows IPU_TEMP_AMBIENT + power * IPU_TEMP_PER_WATT with a lag of first
 *    order, of IPU_TEMP_LAG_MS. It starts at what an idle card tends to.
 *  - The tiles' clock is IPU_REG_CLOCK_KHZ while any RUN is in progress, and otherwise
 *    that divided by IPU_CLOCK_IDLE_DIV. Nothing slows it down when it is hot.
 *
 * A reset of the card does not reset them.
 */
#define IPU_REG_TEMP		0x0100	/* RO: temperature in millidegrees Celsius, signed */
#define   IPU_TEMP_AMBIENT	30000
#define   IPU_TEMP_PER_WATT	250
#define   IPU_TEMP_LAG_MS	20000
#define   IPU_TEMP_CRIT		95000	/* a card this hot is not well */
#define IPU_REG_POWER		0x0104	/* RO: in mW */
#define   IPU_POWER_IDLE	60000
#define   IPU_POWER_FULL	185000
#define IPU_REG_CLOCK_NOW	0x0108	/* RO: the tiles' clock in kHz */
#define   IPU_CLOCK_IDLE_DIV	4
#define IPU_REG_TILES_NOW	0x010c	/* RO: tiles of RUNs in progress */
/* Of the two halves, read HI, LO and HI until HI has not changed. */
#define IPU_REG_ENERGY_LO	0x0110	/* RO: in mJ */
#define IPU_REG_ENERGY_HI	0x0114

/* ---- Context registers, BAR0 + IPU_CTX_BASE(ctx) --------------------------- */
/*
 * A context owns a contiguous range of tiles, a page table and a command ring.
 * Those marked "config" are read when CTRL.ENABLE goes from 0 to 1 and can be
 * written only while STATUS.STATE is DISABLED; a write at another time is a
 * guest error and has no effect. All reset to 0 unless stated.
 */
#define IPU_CTX_BASE(ctx)	(0x10000 + (ctx) * 0x1000)

#define IPU_CTX_CTRL		0x000	/* RW */
#define   IPU_CTX_CTRL_ENABLE	0x00000001u	/* 1 starts the context, 0 stops it */
#define   IPU_CTX_CTRL_CLEAR	0x00000002u	/* with ENABLE 0->1, 1->0: zero SRAM; reads 0 */
#define   IPU_CTX_CTRL_PRIV	0x00000004u	/* with ENABLE 0->1: ring commands are privileged */
#define IPU_CTX_STATUS		0x004	/* RO */
#define   IPU_CTX_STATUS_STATE	0x0000000fu
#define     IPU_CTX_DISABLED	0	/* not enabled; nothing of it runs */
#define     IPU_CTX_IDLE	1	/* enabled, ring empty */
#define     IPU_CTX_RUNNING	2	/* enabled, executing commands */
#define     IPU_CTX_FAULTED	3	/* stopped by a fault; needs ENABLE = 0, then 1 */
#define     IPU_CTX_STOPPING	4	/* ENABLE was cleared; DISABLED once it has stopped */
#define IPU_CTX_TILE_FIRST	0x008	/* config: first tile of the range */
#define IPU_CTX_TILE_COUNT	0x00c	/* config: tiles in it, at least 1, no other context's */
#define IPU_CTX_PT_LO		0x010	/* config: bus address of the root table, 4 KiB aligned */
#define IPU_CTX_PT_HI		0x014
#define IPU_CTX_RING_LO		0x018	/* config: virtual address of the ring, 64-byte aligned */
#define IPU_CTX_RING_HI		0x01c
#define IPU_CTX_RING_LOG2	0x020	/* config: log2 of its entries, IPU_RING_LOG2_MIN.._MAX */
#define   IPU_RING_LOG2_MIN	2
#define   IPU_RING_LOG2_MAX	12
#define IPU_CTX_VECTOR		0x024	/* config: MSI-X vector of this context's events */
#define IPU_CTX_WATCHDOG_MS	0x028	/* RW, reset 10000: host ms a RUN may take, 0 = no limit */
#define IPU_CTX_HEAD		0x02c	/* RO: ring commands completed since ENABLE, free running */
#define IPU_CTX_TAIL		0x030	/* RO: the last value rung, free running */
#define IPU_CTX_RETIRED		0x034	/* RO: commands retired since ENABLE, EXEC lists' too */
#define IPU_CTX_EVENT		0x038	/* W1C: what the context's interrupt was for */
#define   IPU_CTX_EVENT_FENCE	0x00000001u	/* a FENCE with IPU_CMD_FENCE_IRQ completed */
#define   IPU_CTX_EVENT_FAULT	0x00000002u	/* the context is FAULTED */
#define   IPU_CTX_EVENT_DEBUG	0x00000004u	/* the context is halted for its debugger */
#define   IPU_CTX_EVENT_QUEUE	0x00000008u	/* a user queue's value has reached IPU_UQ_ARM_* */
/*
 * Write any value: invalidate cached translations. Reads 1 until no access that
 * was translated before the write is still in flight.
 */
#define IPU_CTX_TLB_INVAL	0x03c
/* The fault record: valid while FAULTED and until the next ENABLE. */
#define IPU_CTX_FAULT_CAUSE	0x040	/* RO: enum ipu_fault_cause */
#define IPU_CTX_FAULT_TILE	0x044	/* RO: tile within the context, or IPU_FAULT_NO_TILE */
#define   IPU_FAULT_NO_TILE	0xffffffffu
#define IPU_CTX_FAULT_UNIT	0x048	/* RO: worker 0..5, IPU_UNIT_SUPERVISOR, or IPU_UNIT_NONE */
#define   IPU_UNIT_SUPERVISOR	6
#define   IPU_UNIT_NONE		7
#define IPU_CTX_FAULT_PC	0x04c	/* RO: tile address of the instruction, 0 if no tile */
#define IPU_CTX_FAULT_ADDR_LO	0x050	/* RO: address, see enum ipu_fault_cause */
#define IPU_CTX_FAULT_ADDR_HI	0x054
#define IPU_CTX_FAULT_INFO	0x058	/* RO: detail, see enum ipu_fault_cause */
#define IPU_CTX_FAULT_CMD_LO	0x05c	/* RO: context virtual address of the command, 0 if none */
#define IPU_CTX_FAULT_CMD_HI	0x060
#define IPU_CTX_FAULT_QUEUE	0x064	/* RO: 1 + the user queue of the command; 0: the ring's */
/*
 * Messages of FENCE and QUEUE events are held back while the context has more to execute,
 * until there are COUNT of them, or for US after the first. With COUNT 0 or 1 none is.
 */
#define IPU_CTX_COALESCE	0x068	/* RW */
#define   IPU_CTX_COALESCE_COUNT	0x000000ffu
#define   IPU_CTX_COALESCE_US		0x00ffff00u	/* microseconds of host time */

/*
 * Linked RUNs, see IPU_CMD_RUN_LINKED. The contexts with the same key, of cards of one chain,
 * are members of the same linked RUNs, and reach each other's tiles there: so the key is the
 * host's to give, and no other contexts' of the chain.
 */
#define IPU_CTX_LINK_KEY_LO	0x070	/* config: not 0, unless LINK_COUNT is */
#define IPU_CTX_LINK_KEY_HI	0x074
#define IPU_CTX_LINK_RANK	0x078	/* config: which of the members it is, from 0 on */
#define IPU_CTX_LINK_COUNT	0x07c	/* config: members, 1..IPU_LINK_CARDS; 0: it is none */

/* ---- Debugging a context --------------------------------------------------- */
/*
 * The context's units halt together: when one stops, the others stop before the
 * halt is reported, each between two instructions. While a context is halted it
 * executes no commands and no tiles, and its watchdog is stopped. HALTED is left
 * only by a GO, by DBG_CTRL = 0, or when the context is disabled.
 *
 * DBG_CTRL and the points stay as they are when the context is disabled and
 * enabled again, unless with CTRL.CLEAR, which sets them to 0.
 */
#define IPU_CTX_DBG_CTRL	0x080	/* RW */
#define   IPU_CTX_DBG_ENABLE	0x00000001u	/* debugging is on; RUNs have no watchdog */
#define   IPU_CTX_DBG_AT_START	0x00000002u	/* halt where a RUN begins, IPU_DBG_START */
#define   IPU_CTX_DBG_AT_END	0x00000004u	/* halt where a RUN ends, IPU_DBG_END */
#define IPU_CTX_DBG_CMD		0x084	/* RW, reads 0: with ENABLE only */
#define   IPU_CTX_DBG_HALT	0x00000001u	/* halt soon; also a context with nothing to do */
#define   IPU_CTX_DBG_GO	0x00000002u	/* resume; while HALTED only */
#define   IPU_CTX_DBG_STEP	0x00000004u	/* with GO: the unit executes one instruction */
#define   IPU_CTX_DBG_ALONE	0x00000008u	/* with GO: only the unit resumes */
#define IPU_CTX_DBG_STATUS	0x088	/* RO */
#define   IPU_CTX_DBG_HALTED	0x00000001u
/* Why: valid while HALTED. */
#define IPU_CTX_DBG_REASON	0x08c	/* RO: enum ipu_dbg_reason */
#define IPU_CTX_DBG_STOP_TILE	0x090	/* RO: tile within the context that stopped */
#define IPU_CTX_DBG_STOP_UNIT	0x094	/* RO: worker 0..5 or IPU_UNIT_SUPERVISOR */
#define IPU_CTX_DBG_STOP_PC	0x098	/* RO: what it executes next */
#define IPU_CTX_DBG_STOP_ADDR	0x09c	/* RO: see enum ipu_dbg_reason */
#define IPU_CTX_DBG_STOP_CAUSE	0x0a0	/* RO: likewise */
#define IPU_CTX_DBG_STOP_INFO	0x0a4	/* RO: likewise */
/* Registers and memory: while HALTED, or, to read, FAULTED; else DATA reads as 0xffffffff. */
#define IPU_CTX_DBG_TILE	0x0a8	/* RW: tile within the context; of a GO, too */
#define IPU_CTX_DBG_UNIT	0x0ac	/* RW: its unit */
#define IPU_CTX_DBG_ADDR	0x0b0	/* RW: IPU_DBG_REG and its number, or a tile address */
#define   IPU_DBG_REG		0x80000000u
#define IPU_CTX_DBG_DATA	0x0b4	/* RW: the word there; then ADDR advances */
#define IPU_CTX_DBG_ERROR	0x0b8	/* RO: 1 if the last access to DATA failed: nothing there */
/*
 * Breakpoints and watchpoints, each of four registers; changes take effect when
 * a RUN begins and at a GO.
 */
#define IPU_DBG_POINTS		32
#define IPU_CTX_DBG_POINT_SIZE	0x10
#define IPU_CTX_DBG_POINT(n)	(0x200 + (n) * IPU_CTX_DBG_POINT_SIZE)
#define   IPU_DBG_POINT_ACCESS	0x0	/* RW: 0 for none, EXEC, or READ and WRITE */
#define     IPU_DBG_EXEC	0x00000001u
#define     IPU_DBG_READ	0x00000002u
#define     IPU_DBG_WRITE	0x00000004u
#define   IPU_DBG_POINT_TILE	0x4	/* RW: tile within the context, or IPU_DBG_ALL_TILES */
#define     IPU_DBG_ALL_TILES	0xffffffffu
#define   IPU_DBG_POINT_ADDR	0x8	/* RW: tile address */
#define   IPU_DBG_POINT_LEN	0xc	/* RW: bytes that are watched */

/* ---- User queues, of a card with IPU_CAP_USER_QUEUES -------------------------- */
/*
 * More rings of a context, whose commands are executed without privilege, as those of an
 * EXEC list are; EXEC is allowed in them. Each has a doorbell page that can be mapped into
 * a process.
 *
 * The context executes one command at a time. The ring and the queues take turns: one of a
 * queue ends with each of its commands, one of the ring with a FENCE, or when the ring is
 * empty. A fault in a queue faults the context; commands of the ring that were rung up to
 * its last FENCE have then been executed either completely or not at all.
 *
 * ENABLE can be set while the context is IDLE or RUNNING, and starts with HEAD, TAIL and
 * VALUE at 0; with an invalid configuration it stays 0. When it is cleared a command in
 * progress goes on, see BUSY. A context that is disabled clears it.
 */
#define IPU_CTX_UQ_SIZE		0x40
#define IPU_CTX_UQ(n)		(IPU_CTX_DBG_POINT(IPU_DBG_POINTS) + (n) * IPU_CTX_UQ_SIZE)
#define   IPU_UQ_CTRL		0x00	/* RW */
#define     IPU_UQ_ENABLE	0x00000001u
#define   IPU_UQ_STATUS		0x04	/* RO */
#define     IPU_UQ_BUSY		0x00000001u	/* one of its commands is being executed */
/* These two can be written only while ENABLE is 0. */
#define   IPU_UQ_RING_LO	0x08	/* RW: virtual address of its ring, 64-byte aligned */
#define   IPU_UQ_RING_HI	0x0c
#define   IPU_UQ_RING_LOG2	0x10	/* RW: as IPU_CTX_RING_LOG2; likewise */
#define   IPU_UQ_HEAD		0x14	/* RO: commands completed since ENABLE, free running */
#define   IPU_UQ_TAIL		0x18	/* RO: the last value rung, free running */
/* Of the two halves, read HI, LO and HI until HI has not changed. */
#define   IPU_UQ_VALUE_LO	0x1c	/* RO: what its last FENCE has written */
#define   IPU_UQ_VALUE_HI	0x20
/* Once VALUE is at least this, after HI was written: one QUEUE event. */
#define   IPU_UQ_ARM_LO		0x24	/* RW */
#define   IPU_UQ_ARM_HI		0x28	/* RW: arms it */
/* Of a card with IPU_CAP_QUEUE_TIME; of the two halves, read HI, LO and HI as above. */
#define   IPU_UQ_NS_LO		0x2c	/* RO: host ns for which it has been BUSY since ENABLE */
#define   IPU_UQ_NS_HI		0x30

/* Registers' numbers in IPU_CTX_DBG_ADDR. */
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
 * "addr", "cause" and "info" are IPU_CTX_DBG_STOP_*; those not mentioned are 0. Of
 * several tiles that stop in the same round the lowest is reported first, the next
 * one after the context has been resumed.
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

/* ---- Doorbell pages, BAR0 + IPU_DOORBELL(ctx) ------------------------------ */
/*
 * One 4 KiB page for each context, so that a page can be mapped into a
 * process. Writing the first word sets TAIL; the other words are reserved.
 */
#define IPU_DOORBELL(ctx)	(0x80000 + (ctx) * 0x1000)
/*
 * And one for each user queue: n is IPU_USER_QUEUES times the context, plus the queue. Writing
 * its first word sets IPU_UQ_TAIL. A queue or a context that is not enabled ignores it. What
 * is more than the ring's size ahead of IPU_UQ_HEAD is IPU_FAULT_BAD_TAIL, when it is the
 * queue's turn.
 */
#define IPU_UQ_DOORBELL(n)	(0xa0000 + (n) * 0x1000)

/* ---- Page tables ------------------------------------------------------------ */
/*
 * Three levels of 512 64-bit entries, each table a 4 KiB page: level 2 (root)
 * is indexed by VA[38:30], level 1 by VA[29:21], level 0 by VA[20:12].
 * In levels 2 and 1 an entry has V and the address of the next table; or, in level 1
 * of a card with IPU_CAP_LARGE_PAGES, V and L and maps 2 MiB, with W and P as in level 0
 * and an address that is a multiple of 2 MiB.
 */
#define IPU_VA_BITS		39
#define IPU_PT_LEVELS		3
#define IPU_PT_ENTRIES		512
#define IPU_PAGE_SHIFT		12
#define IPU_PAGE_SIZE		4096
#define IPU_LARGE_PAGE_SHIFT	21
#define IPU_LARGE_PAGE_SIZE	0x200000
#define IPU_PTE_V		0x0000000000000001ull	/* valid */
#define IPU_PTE_W		0x0000000000000002ull	/* of a page: the card may write */
#define IPU_PTE_P		0x0000000000000004ull	/* of a page: privileged accesses only */
#define IPU_PTE_L		0x0000000000000008ull	/* level 1: a page of 2 MiB */
#define IPU_PTE_ADDR		0x000ffffffffff000ull	/* bus address */

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

#endif /* IPU_HW_H */
