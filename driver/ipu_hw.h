/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The IPU card's host interface: PCI identity, BAR0 registers, doorbells and page tables.
 * What programs see of it as well, commands, run reports, profiles and fault causes, is in
 * drm/ipu_cmd.h, which belongs to the driver's interface to user space.
 *
 * These two are the one declaration of them. The driver, the card model (QEMU and
 * the in-process simulator) and the tests all include this file, so they need
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
 */
#ifndef IPU_HW_H
#define IPU_HW_H

#include <linux/types.h>

/* Beside this file in QEMU, in the folder of the uAPI elsewhere. */
#include "drm/ipu_cmd.h"

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
#define IPU_REG_CAPS		0x000c	/* RO: optional features, IPU_CAP_* */
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
#define IPU_CTX_FAULT_UNIT	0x048	/* RO: worker 0..5, IPU_UNIT_SUPERVISOR, or IPU_UNIT_NONE */
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
#define   IPU_DBG_POINT_TILE	0x4	/* RW: tile within the context, or IPU_DBG_ALL_TILES */
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

#endif /* IPU_HW_H */
