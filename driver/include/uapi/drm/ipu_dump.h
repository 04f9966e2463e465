/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note OR MIT */
/*
 * Dumps of the ipu driver: what /sys/class/devcoredump/devcdN/data has after a job
 * failed or a card was reset.
 *
 * A dump is &struct ipu_dump_header and sections up to its end. A section is &struct
 * ipu_dump_section, the bytes that it says, and zeros up to a multiple of 8. All is
 * little endian. Text is padded with zeros; the last byte is one.
 *
 * Readers skip sections of types that they do not know, and bytes of structures beyond
 * those that they know; what a shorter structure lacks is 0. A new minor version only
 * adds to these. Sections come in any order, and any of them may be missing.
 *
 * Commands and fault causes are those of ipu_cmd.h, registers and page table entries those
 * of ipu_hw.h.
 */
#ifndef _UAPI_IPU_DUMP_H_
#define _UAPI_IPU_DUMP_H_

#include <linux/types.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* IPU_DUMP_MAGIC: the first 8 bytes, "IPUDUMP" and a zero */
#define IPU_DUMP_MAGIC		"IPUDUMP"
#define IPU_DUMP_MAJOR		1
#define IPU_DUMP_MINOR		1
/* IPU_DUMP_ALIGN: sections begin at multiples of it */
#define IPU_DUMP_ALIGN		8
/* IPU_DUMP_NONE: in a section that is of no context, tile or unit */
#define IPU_DUMP_NONE		0xffffffffu

/**
 * enum ipu_dump_kind - what happened
 */
enum ipu_dump_kind {
	/** @IPU_DUMP_FAULT: the card reported a fault; the job ended */
	IPU_DUMP_FAULT = 1,
	/** @IPU_DUMP_OVERDUE: a job took too long and the card did not end it; the driver did */
	IPU_DUMP_OVERDUE = 2,
	/** @IPU_DUMP_INVALIDATE: the card did not forget a mapping; the job that ran ended */
	IPU_DUMP_INVALIDATE = 3,
	/** @IPU_DUMP_STUCK: a context did not stop, so the driver resets the card */
	IPU_DUMP_STUCK = 4,
	/** @IPU_DUMP_RESET: the PCI core resets the card, for which someone asked */
	IPU_DUMP_RESET = 5,
	/** @IPU_DUMP_LINK: an error of the PCI link; the card cannot be accessed */
	IPU_DUMP_LINK = 6,
	/** @IPU_DUMP_FORCED: debugfs had a job fault, or a context or the card reset */
	IPU_DUMP_FORCED = 7,
};

/**
 * enum ipu_dump_flags - how complete a dump is
 */
enum ipu_dump_flags {
	/** @IPU_DUMP_NO_MEMORY: it ends where the driver got no more memory for it */
	IPU_DUMP_NO_MEMORY = 1 << 0,
	/** @IPU_DUMP_NO_TIME: registers or SRAM are missing, to read them took too long */
	IPU_DUMP_NO_TIME = 1 << 1,
	/** @IPU_DUMP_VM_BUSY: no walk and no commands: mappings were being changed */
	IPU_DUMP_VM_BUSY = 1 << 2,
};

/**
 * struct ipu_dump_header - how a dump begins
 */
struct ipu_dump_header {
	/** @magic: IPU_DUMP_MAGIC */
	__u8 magic[8];
	/** @major: IPU_DUMP_MAJOR; of another one a reader understands nothing else */
	__le16 major;
	/** @minor: IPU_DUMP_MINOR */
	__le16 minor;
	/** @bytes: of this structure; the first section follows */
	__le32 bytes;
	/** @size: bytes of the dump */
	__le64 size;
	/** @kind: &enum ipu_dump_kind */
	__le32 kind;
	/** @flags: &enum ipu_dump_flags */
	__le32 flags;
	/** @time_ns: when it happened, in ns since 1970 */
	__le64 time_ns;
	/** @boot_ns: the same, in ns since the machine was started */
	__le64 boot_ns;
	/** @took_us: how long the driver took for the dump */
	__le32 took_us;
	/** @error: negative errno that the job ended with, 0 if it is not one job */
	__le32 error;
};

/**
 * enum ipu_dump_type - what is in a section
 */
enum ipu_dump_type {
	/** @IPU_DUMP_HOST: &struct ipu_dump_host */
	IPU_DUMP_HOST = 1,
	/** @IPU_DUMP_CARD: &struct ipu_dump_card */
	IPU_DUMP_CARD = 2,
	/**
	 * @IPU_DUMP_REGS: array of &struct ipu_dump_reg: registers of the card, by their
	 * offsets in BAR0; or, with a slot, of that context, by their offsets in its page
	 */
	IPU_DUMP_REGS = 3,
	/** @IPU_DUMP_CONTEXT: &struct ipu_dump_context of a slot */
	IPU_DUMP_CONTEXT = 4,
	/** @IPU_DUMP_JOBS: array of &struct ipu_dump_job: what the ring has, the first one runs */
	IPU_DUMP_JOBS = 5,
	/** @IPU_DUMP_RING: the ring of a slot; addr is its context virtual address */
	IPU_DUMP_RING = 6,
	/**
	 * @IPU_DUMP_COMMANDS: commands of the job that ran, at most 64, with the one that
	 * faulted, if one did; addr is the context virtual address of the first
	 */
	IPU_DUMP_COMMANDS = 7,
	/**
	 * @IPU_DUMP_WALK: array of __le64: the page table entries that lead to the address
	 * in addr, from the root on, up to one that leads no further
	 */
	IPU_DUMP_WALK = 8,
	/**
	 * @IPU_DUMP_UNIT: array of &struct ipu_dump_reg: registers of a unit of a tile, by
	 * their numbers in IPU_CTX_DBG_ADDR, without IPU_DBG_REG
	 */
	IPU_DUMP_UNIT = 9,
	/** @IPU_DUMP_TILE: &struct ipu_dump_tile: the SRAM that was read */
	IPU_DUMP_TILE = 10,
	/** @IPU_DUMP_SRAM: a part of it, at tile address addr; parts that are left out are 0 */
	IPU_DUMP_SRAM = 11,
};

/**
 * struct ipu_dump_section - how a section begins
 */
struct ipu_dump_section {
	/** @type: &enum ipu_dump_type */
	__le32 type;
	/** @slot: the card's context that it is of, or IPU_DUMP_NONE */
	__le32 slot;
	/** @tile: tile within the context, or IPU_DUMP_NONE */
	__le32 tile;
	/** @unit: worker 0..5, 6 the supervisor, or IPU_DUMP_NONE */
	__le32 unit;
	/** @addr: see the type, else 0 */
	__le64 addr;
	/** @bytes: that follow, without the padding */
	__le64 bytes;
};

/**
 * struct ipu_dump_host - the machine
 */
struct ipu_dump_host {
	/** @driver_major: DRM_IPU_VERSION_MAJOR of the driver */
	__le32 driver_major;
	/** @driver_minor: DRM_IPU_VERSION_MINOR of the driver */
	__le32 driver_minor;
	/** @kernel: its release, as uname -r prints it */
	char kernel[64];
	/** @device: the card on the bus, 0000:01:00.0 */
	char device[32];
};

/**
 * struct ipu_dump_card - the card, as read when the driver was bound
 *
 * Members are those of &struct drm_ipu_query_info.
 */
struct ipu_dump_card {
	/** @hw_version: IPU_REG_VERSION */
	__le32 hw_version;
	/** @fw_version: IPU_REG_FW_VERSION */
	__le32 fw_version;
	/** @caps: IPU_REG_CAPS */
	__le32 caps;
	/** @isa: IPU_REG_ISA */
	__le32 isa;
	/** @vlen: vector register length in bits */
	__le32 vlen;
	/** @tiles: tiles on the card */
	__le32 tiles;
	/** @sram_base: tile address of SRAM */
	__le32 sram_base;
	/** @sram_size: bytes of one tile's SRAM */
	__le32 sram_size;
	/** @workers: workers of one tile */
	__le32 workers;
	/** @clock_khz: tile clock in kHz */
	__le32 clock_khz;
	/** @contexts: most contexts at a time */
	__le32 contexts;
	/** @pad: zero */
	__le32 pad;
	/** @serial: serial number */
	__le64 serial;
	/** @resets: contexts and cards that were reset before, since the driver was bound */
	__le64 resets;
};

/**
 * struct ipu_dump_context - a context
 */
struct ipu_dump_context {
	/** @id: its handle in the process */
	__le32 id;
	/** @pid: the process that made it, in the first pid namespace */
	__le32 pid;
	/** @comm: name of that process, which may have chosen it to mislead */
	char comm[16];
	/** @tile_first: its first tile on the card */
	__le32 tile_first;
	/** @tile_count: its tiles */
	__le32 tile_count;
	/** @watchdog_ms: time limit of a run in host ms, 0 for none */
	__le32 watchdog_ms;
	/** @state: &enum drm_ipu_ctx_state before what happened */
	__le32 state;
	/** @why: &enum drm_ipu_ctx_why of that state */
	__le32 why;
	/** @guilt: how often the driver had to stop it, this time included */
	__le32 guilt;
	/** @debugged: 1 if it has a debugger */
	__le32 debugged;
	/** @tail: commands written to the ring since it was enabled */
	__le32 tail;
	/** @last_seqno: number of the job that was submitted last */
	__le64 last_seqno;
	/** @fence: number of the last job that is complete */
	__le64 fence;
};

/**
 * struct ipu_dump_job - a job in the ring
 */
struct ipu_dump_job {
	/** @seqno: its number */
	__le64 seqno;
	/** @cmd_va: context virtual address of its commands */
	__le64 cmd_va;
	/** @cmd_count: how many */
	__le32 cmd_count;
	/** @ring_pos: place of its first command in the ring, free running */
	__le32 ring_pos;
};

/**
 * struct ipu_dump_reg - a register
 */
struct ipu_dump_reg {
	/** @number: see the section's type */
	__le32 number;
	/** @value: what was read */
	__le32 value;
};

/**
 * struct ipu_dump_tile - what was read of a tile's SRAM
 */
struct ipu_dump_tile {
	/** @base: tile address of the first byte */
	__le32 base;
	/** @bytes: how many; those in no section IPU_DUMP_SRAM of the tile are 0 */
	__le32 bytes;
};

#if defined(__cplusplus)
}
#endif

#endif /* _UAPI_IPU_DUMP_H_ */
