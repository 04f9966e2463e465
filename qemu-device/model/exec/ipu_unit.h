/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Units and the tile that holds them, as instructions see and change them, and the
 * functions of the tile's other parts that execution calls: they are defined in tile/,
 * whose headers are not included here.
 */
#ifndef IPU_UNIT_H
#define IPU_UNIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipu_hw.h"
#include "ipu_tile_state.h"
#include "isa/ipu_isa.h"
#include "isa/ipu_op.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || UINTPTR_MAX < UINT64_MAX
#error "the tile engine needs a little-endian 64-bit host"
#endif

#define ipu_likely(x)	__builtin_expect(!!(x), 1)
#define ipu_unlikely(x)	__builtin_expect(!!(x), 0)

struct ipu_code_cache;
struct ipu_code_page;

/* Vector registers: VLEN is 128, 256, 512 or 1024. */
#define IPU_VLENB_MAX	128
#define IPU_VREGS	32

/* Room for the largest group and for accesses past its end. */
#define IPU_VSCRATCH	(8 * IPU_VLENB_MAX + 128)

/* How many guesses the uses of IPU_BRANCH share. */
#define IPU_GUESSES	16

/*
 * The arguments of every handler, so that one can jump to the next with these still
 * in the host's registers.
 * @u: the unit
 * @op: the instruction
 * @left: slots that are left of its slice, this instruction's not counted yet
 * @sram: the tile's SRAM
 * @last: what the previous integer instruction wrote to its register, for an op that
 *	is known to follow it (ipu_fuse.h); otherwise undefined
 */
#define IPU_HANDLER_ARGS \
	struct ipu_unit *u, const struct ipu_op *op, int64_t left __attribute__((unused)), \
	uint8_t *sram __attribute__((unused)), uint32_t last __attribute__((unused))

/* Why a unit stopped executing. */
enum ipu_stop {
	IPU_STOP_NONE = 0,
	IPU_STOP_SLICE,		/* its slice is over */
	IPU_STOP_YIELD,		/* it started workers, whose clocks may be earlier */
	IPU_STOP_PAGES,		/* it continues with code pages of the other kind */
	IPU_STOP_TRAP,		/* it continues with its trap handler */
	IPU_STOP_FENCE_I,	/* the tile's decoded code must be dropped */
	IPU_STOP_SYNC,		/* the supervisor waits, in tile->waits */
	IPU_STOP_EXIT,		/* code in tile->exit_code */
	IPU_STOP_FAULT,		/* in tile->fault */
	IPU_STOP_DEBUG,		/* in tile->debug.stop */
	IPU_STOP_SAMPLE,	/* it continues at once, before or after a sample, see ipu_unit_run() */
};

enum ipu_unit_state {
	IPU_UNIT_IDLE,
	IPU_UNIT_RUNNING,
	IPU_UNIT_WAITING,	/* the supervisor waits for its workers, then does tile->waits */
};

/* What the supervisor does when its workers are idle. */
enum ipu_wait {
	IPU_WAIT_LOCAL,
	IPU_WAIT_INTERNAL,
	IPU_WAIT_EXTERNAL,
	IPU_WAIT_EXIT,
};

/**
 * struct ipu_machine - the CSRs of machine mode, the only mode (ipu_csr_machine.c)
 * @mstatus: except MPP, which is always M, and SD
 * @mtvec, @mscratch, @mepc, @mcause, @mtval: as they read
 * @cycle_offset: mcycle less the clock
 * @instret_offset: minstret less the instructions retired
 */
struct ipu_machine {
	uint32_t mstatus;
	uint32_t mtvec;
	uint32_t mscratch;
	uint32_t mepc;
	uint32_t mcause;
	uint32_t mtval;
	uint64_t cycle_offset;
	uint64_t instret_offset;
};

/**
 * struct ipu_unit_debug - a unit that is debugged
 * @passing: it ignores a breakpoint at its next instruction
 * @resumes: its next instruction is the one before which a watchpoint has stopped it
 * @unwatched: that is the present instruction
 * @stepped: it steps and has begun its instruction
 */
struct ipu_unit_debug {
	bool passing;
	bool resumes;
	bool unwatched;
	bool stepped;
};

/**
 * struct ipu_unit - the supervisor or a worker
 * @r: x0..x31, the sink, f0..f31, the new sp
 * @checked: it executes checked pages, see ipu_check.h
 * @pages: the tile's pages of that kind
 * @page: the code page being executed
 * @guess: where branches went, see ipu_guessed()
 * @op, @last: of the next op, in builds where handlers return (see ipu_exec.h)
 * @tile: its tile
 * @pc: of the next instruction, while the unit does not execute
 * @stop: why it stopped
 * @rest: slots of its slice that it is still to be given, see ipu_slice_over()
 * @slice: slots it was given
 * @left: how many of these were left when it stopped
 * @stalls: those of the slice's slots in which it has not retired an instruction
 * @light: those of the slice's slots that do not count in a quantum, see ipu_tile_run()
 * @clock: its clock in cycles, at the slice's start
 * @began: its clock when it was last started, of a worker
 * @instret: instructions retired, at the slice's start
 * @index: worker 0..5, IPU_UNIT_SUPERVISOR
 * @state: enum ipu_unit_state
 * @frm: rounding mode
 * @fflags: accrued exceptions, except those still in the host's FPU
 * @prng: state of its random number generator, bits 63..0 and 127..64
 * @rm_host, @rm_host_fma, @rm_host_half: bit n is set if the host's FPU now rounds as
 *	rm = n requires, in general, for multiply-adds, and for halves
 * @stack_end, @stack_room: sp may be at most @stack_room above @stack_end, and not below it
 * @vkey: SEW and LMUL, see ipu_vec_key(); IPU_VKEY_NONE with vill or a vstart other than 0
 * @vregs: registers of a group, 1 if LMUL is a fraction
 * @vdirty: the vector state differs from that of a unit that has just been started
 * @vxrm, @vxsat: CSRs
 * @vlenb: bytes of a vector register
 * @vl, @vstart, @vtype: CSRs
 * @v: the vector registers, IPU_VREGS * vlenb bytes, aligned to 64; see tile/ipu_tile_vectors.c
 * @machine: its CSRs of machine mode
 * @debug: what a debugger wants of it
 * @vscratch: IPU_VSCRATCH bytes for vector handlers, after all units' registers, so that
 *	handlers may read past a register; aligned to 64
 * @vactive: room for a mask, and for reads past its end
 */
struct ipu_unit {
	uint32_t r[IPU_REGS];
	uint8_t index;
	uint8_t state;
	uint8_t frm;
	uint8_t fflags;
	uint8_t rm_host;
	uint8_t rm_host_fma;
	uint8_t rm_host_half;
	uint8_t vkey;
	uint8_t vregs;
	bool vdirty;
	uint8_t vxrm;
	uint8_t vxsat;
	uint32_t vlenb;
	uint32_t vl;
	uint32_t vstart;
	uint32_t vtype;
	uint32_t stack_end;
	uint32_t stack_room;
	uint8_t *v;
	uint8_t *vscratch;
	uint32_t pc;
	enum ipu_stop stop;
	bool checked;
	struct ipu_code_page **pages;
	const struct ipu_code_page *page;
	const struct ipu_op *op;
	uint32_t last;
	uint32_t rest;
	const struct ipu_op *guess[IPU_GUESSES];
	struct ipu_tile *tile;
	int64_t slice;
	int64_t left;
	uint64_t stalls;
	int64_t light;
	uint64_t clock;
	uint64_t began;
	uint64_t instret;
	struct ipu_machine machine;
	struct ipu_unit_debug debug;
	uint64_t prng[2];
	uint8_t vactive[IPU_VLENB_MAX + 8];
};

#define IPU_UNITS	(IPU_WORKERS + 1)

_Static_assert(IPU_UNIT_SUPERVISOR == IPU_WORKERS, "the supervisor comes after the workers");

/**
 * struct ipu_watched - memory that is watched for one kind of access (tile/ipu_access.h)
 * @count: how many ranges
 * @range: tile addresses of their first and last bytes, ascending; no two touch
 */
struct ipu_watched {
	unsigned int count;
	struct ipu_watched_range {
		uint32_t first;
		uint32_t last;
	} range[IPU_TILE_POINTS];
};

/**
 * struct ipu_tile_debugger - what a debugger wants of a tile
 * @points: NULL while the tile is not debugged
 * @number: the tile's number in @points
 * @step: the unit that steps, or IPU_UNIT_NONE
 * @only: the only unit that executes, or IPU_UNIT_NONE
 * @breaks: some of @points are breakpoints of this tile
 * @watches: some are watchpoints of it
 * @reads, @writes: what they watch
 * @stop: why it has stopped
 */
struct ipu_tile_debugger {
	const struct ipu_tile_points *points;
	uint32_t number;
	unsigned int step;
	unsigned int only;
	bool breaks;
	bool watches;
	struct ipu_watched reads;
	struct ipu_watched writes;
	struct ipu_tile_stop stop;
};

/* The arguments of ipu_tile_trace(); tracer is NULL without. */
struct ipu_tile_trace {
	ipu_tile_tracer *tracer;
	void *arg;
	uint32_t number;
};

/**
 * struct ipu_tile - a tile
 * @bytes: of host memory, of which this structure is the start
 * @mapped: with the page behind it, if it has a mapping of its own; else 0
 * @sram: its memory, owned by the card
 * @cache: where decoded code comes from
 * @state: enum ipu_tile_state
 * @waits: what a WAITING supervisor does next
 * @running: workers that are RUNNING
 * @lent: bit n is set while worker n has vector registers of the host thread's
 * @last: the unit that ran last
 * @reserved: lr.w has reserved a word, and no other unit has run since
 * @reservation: that word's offset in SRAM
 * @xtab, @xcnt: CSRs
 * @id, @tiles: this tile's number in the run, and how many tiles the run has
 * @held: code pages in @pages and @checked_pages
 * @held_first, @held_last: these are of code no lower than the one and no higher than the
 *	other, if there are any
 * @swept: bytes that loops over arrays have accessed in this ipu_tile_run()
 * @fetched: code pages it has got since that was last charged
 * @must_stop: see &struct ipu_tile_start
 * @fault: of a FAULTED tile
 * @exit_code: of each unit the first code that is not 0
 * @units: the workers and the supervisor
 * @debug: what a debugger wants
 * @trace: the tracer that is called for every instruction
 * @profile: what a profile asks and is told, or NULL
 * @pages: IPU_CODE_PAGES of them: code as it was when first executed since it was last
 *	dropped, or NULL
 * @checked_pages: likewise, checked ones
 */
struct ipu_tile {
	size_t bytes;
	size_t mapped;
	uint8_t *sram;
	struct ipu_code_cache *cache;
	enum ipu_tile_state state;
	enum ipu_wait waits;
	unsigned int running;
	unsigned int lent;
	unsigned int last;
	bool reserved;
	uint32_t reservation;
	uint32_t xtab;
	uint32_t xcnt;
	uint32_t id;
	uint32_t tiles;
	unsigned int held;
	unsigned int held_first;
	unsigned int held_last;
	unsigned int fetched;
	uint64_t swept;
	const atomic_bool *must_stop;
	struct ipu_tile_fault fault;
	uint32_t exit_code[IPU_UNITS];
	struct ipu_unit units[IPU_UNITS];
	struct ipu_tile_debugger debug;
	struct ipu_tile_trace trace;
	struct ipu_tile_profile *profile;
	struct ipu_code_page **pages;
	struct ipu_code_page **checked_pages;
};

/** ipu_tile_must_stop - what the tile does is not wanted any more */
static inline bool ipu_tile_must_stop(const struct ipu_tile *tile)
{
	return tile->must_stop && atomic_load_explicit(tile->must_stop, memory_order_relaxed);
}

/* ---- One unit: tile/ipu_unit.c ----------------------------------------------------------- */

/** ipu_unit_start - RUNNING, all registers 0 but pc and x10; clock and instret are kept */
void ipu_unit_start(struct ipu_unit *u, uint32_t entry, uint32_t arg);

/** ipu_unit_set_stack - write IPU_CSR_STACK: sp is not to be below @end, nor above SRAM; 0: any sp */
void ipu_unit_set_stack(struct ipu_unit *u, uint32_t end);

/** ipu_unit_pc - the address of the instruction of @op, an op of the unit's page */
uint32_t ipu_unit_pc(const struct ipu_unit *u, const struct ipu_op *op);

/** ipu_unit_clock - the clock, while the unit executes with @left slots left */
uint64_t ipu_unit_clock(const struct ipu_unit *u, int64_t left);

/** ipu_unit_stop - stop before @op; the caller returns from its handler */
void ipu_unit_stop(struct ipu_unit *u, const struct ipu_op *op, int64_t left, enum ipu_stop why);

/** ipu_unit_stop_at - stop before the instruction at @pc */
void ipu_unit_stop_at(struct ipu_unit *u, uint32_t pc, int64_t left, enum ipu_stop why);

/** ipu_unit_fault - stop at @op with a fault; the caller returns from its handler */
void ipu_unit_fault(struct ipu_unit *u, const struct ipu_op *op, int64_t left, uint32_t cause,
		    uint32_t addr, uint32_t info);

/** ipu_unit_illegal - the fault of an illegal instruction */
void ipu_unit_illegal(struct ipu_unit *u, const struct ipu_op *op, int64_t left);

/**
 * ipu_unit_fetch - find the op at @pc the slow way, decoding it if necessary
 * Return: the op, with u->page set; NULL with a fault if there is none.
 */
const struct ipu_op *ipu_unit_fetch(struct ipu_unit *u, uint32_t pc, int64_t left);

/* ---- Traps: tile/ipu_trap.c --------------------------------------------------------------- */

/** ipu_unit_has_handler - mtvec holds a trap handler, so that traps are not faults */
static inline bool ipu_unit_has_handler(const struct ipu_unit *u)
{
	return u->machine.mtvec >> 2;
}

/** ipu_trap_return - what mret does to the unit's CSRs. Return: where execution continues */
uint32_t ipu_trap_return(struct ipu_unit *u);

/* ---- Profiles: tile/ipu_tile_profile.c ----------------------------------------------------- */

/** ipu_profile_check - samples before @op, in a profiled tile. Return: false if the unit has stopped */
bool ipu_profile_check(struct ipu_unit *u, const struct ipu_op *op, int64_t left);

/** ipu_profile_aims - whether the unit must stop at the end of a slice's part to go on, for samples */
static inline bool ipu_profile_aims(const struct ipu_unit *u)
{
	const struct ipu_tile_profile *profile = u->tile->profile;

	return profile && profile->samples && !(profile->near & 1u << u->index);
}

/* ---- CSRs: tile/ipu_csr.c ----------------------------------------------------------------- */

/*
 * Both return false for a CSR that this unit does not have. @left: as in the handler of
 * the access. @next: what will be left at the next instruction; a counter then has the
 * value written, and has not counted this one.
 */
bool ipu_csr_read(struct ipu_unit *u, uint32_t csr, int64_t left, uint32_t *value);
bool ipu_csr_write(struct ipu_unit *u, uint32_t csr, int64_t left, int64_t next, uint32_t value);

/* Fields of mstatus. FS and VS have two states, Off and Dirty. */
#define IPU_MSTATUS_MIE		0x00000008u
#define IPU_MSTATUS_MPIE	0x00000080u
#define IPU_MSTATUS_VS		0x00000600u
#define IPU_MSTATUS_MPP		0x00001800u
#define IPU_MSTATUS_FS		0x00006000u
#define IPU_MSTATUS_SD		0x80000000u

static inline bool ipu_float_off(const struct ipu_unit *u)
{
	return !(u->machine.mstatus & IPU_MSTATUS_FS);
}

static inline bool ipu_vector_off(const struct ipu_unit *u)
{
	return !(u->machine.mstatus & IPU_MSTATUS_VS);
}

/* ---- Debugging: tile/ipu_tile_debug.c ------------------------------------------------------ */

/** ipu_unit_debug_stop - stop the unit before @op for a debugger; the caller returns from its handler */
void ipu_unit_debug_stop(struct ipu_unit *u, const struct ipu_op *op, int64_t left, uint32_t reason);

/** ipu_unit_debug_check - breakpoints and steps before @op. Return: false if the unit has stopped */
bool ipu_unit_debug_check(struct ipu_unit *u, const struct ipu_op *op, int64_t left);

/**
 * ipu_unit_debug_access - watchpoints before @op, the check of an instruction that accesses
 * memory and that mstatus does not make illegal. Return: false if the unit has stopped
 */
bool ipu_unit_debug_access(struct ipu_unit *u, const struct ipu_op *op, int64_t left);

#endif /* IPU_UNIT_H */
