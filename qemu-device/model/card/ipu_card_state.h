/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * DOC: how the card executes
 *
 * A context is a state machine, not a thread. The card's pool threads take
 * slices of work from the contexts, round robin, so that several contexts make
 * progress even on one thread:
 *
 *  - A control slice has exclusive use of its context. It fetches and executes
 *    commands, at most about IPU_SLICE_BYTES of copying, and decides what comes
 *    next when a round ends.
 *  - A tile slice is a few tiles of the context's current round. A round is a
 *    list of tiles, each of which gets one quantum of the same work: executing
 *    instructions, or one of the passes of the exchange. Tile slices of a round
 *    run in parallel; when the last one is over, a control slice follows.
 *
 * All that a context must keep from slice to slice is in struct ipu_context and
 * struct ipu_slot, so a context can be stopped between any two.
 *
 * Locking. One mutex, card->lock, held for bookkeeping only: never while a tile
 * runs, during DMA or in a callback. It protects the registers and the members
 * marked (L). Members marked (C) belong to the control slice in progress, or to
 * the lock's holder when there is none. Members of a slot belong to the tile
 * slice that has taken it, or otherwise are like (C).
 */
#ifndef IPU_CARD_STATE_H
#define IPU_CARD_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipu_card.h"
#include "ipu_hw.h"
#include "isa/ipu_isa.h"
#include "tile/ipu_tile.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || UINTPTR_MAX < UINT64_MAX
#error "the card model needs a little-endian 64-bit host: it shares structures with the guest"
#endif

/*
 * The slots (ipu_cost.h) that a tile executes before it is another tile's or context's turn, of
 * ipu.amp more: see ipu_tile_run().
 */
#define IPU_QUANTUM		32768

/* About how much a control slice copies, and a tile moves in a round of an exchange. */
#define IPU_SLICE_BYTES		(1u << 20)
#define IPU_EXCHANGE_BYTES	(256u << 10)

/* The cost of one step of a control slice in addition to the bytes it copies. */
#define IPU_STEP_COST		512

/* Tiles that a step of a control slice clears at ENABLE, or whose memory a slice releases. */
#define IPU_CLEAR_TILES		16

/* How long a slice of a round takes before other contexts have their turn; one tile more at most. */
#define IPU_SLICE_NS		200000u

/* How much memory a slice releases at once. */
#define IPU_RELEASE_BYTES	(8u << 20)

#define IPU_MAX_THREADS		256

/* Parts of a round that can be put back: each thread's, and of a round that was loaded others' */
#define IPU_MAX_BACK		(2 * IPU_MAX_THREADS)
#define IPU_LIST_BATCH		(IPU_PAGE_SIZE / IPU_CMD_SIZE)

/* The longest that a card which waits for linked ones does not look at its watchdogs. */
#define IPU_MEET_NS		10000000u

#define IPU_CARD_REGS		(IPU_REG_ENERGY_HI / 4 + 1)
#define IPU_CTX_REGS		(IPU_CTX_UQ(IPU_USER_QUEUES) / 4)

/* Tiles of a round, as indices in a context's @live. */
struct ipu_tile_range {
	uint32_t first;
	uint32_t end;
};

/**
 * struct ipu_round_part - a thread's part of a round, on a cache line of its own
 * @range: what nobody has taken, as indices in a context's @live: the first in the upper
 *	half, the end in the lower
 */
struct ipu_round_part {
	_Alignas(64) _Atomic uint64_t range;
};

/**
 * struct ipu_round_sum - what came of a round, and of those since the last barrier
 * @fault: of this round: least index in @live of a tile with a fault, UINT32_MAX if none
 * @more: of this round: tiles that want another
 * @ns: of this round: time of its slices
 * @internal: least tile of the run that has arrived at an internal sync, likewise
 * @external: at an external one
 * @exited: a tile has exited
 * @pulls: a tile has a transfer table
 * @changed: of those tables, one is not as it was checked, or not the same tiles have one
 * @slowest: the latest clock of those that have arrived
 * @bytes: that the exchange moves
 * @busiest: the most of them that a tile receives
 * @beats: of a linked RUN, what comes from each member over links, in IPU_LINK_BEAT_BYTES
 */
struct ipu_round_sum {
	uint32_t fault;
	uint32_t more;
	uint64_t ns;
	uint32_t internal;
	uint32_t external;
	bool exited;
	bool pulls;
	bool changed;
	uint64_t slowest;
	uint64_t bytes;
	uint64_t busiest;
	uint64_t beats[IPU_LINK_CARDS];
};

/* A fault record before it is in the registers of that name; cause 0 is none. */
struct ipu_fault {
	uint32_t cause;
	uint32_t tile;
	uint32_t unit;
	uint32_t pc;
	uint64_t addr;
	uint32_t info;
};

/**
 * struct ipu_slot - a tile's place on the card
 * @tile: created when it is first run
 * @sram: its part of the card's
 * @stage: likewise: an image of its SRAM for what it receives, then room for a copy of
 *	its transfer table
 * @stage_low, @stage_high: what of the image has been counted, in tile addresses; equal
 *	if nothing
 * @stage_table: bytes of the table's copy that have been counted
 * @zero: all of its SRAM is 0: nothing has written to it since its memory was released
 * @fresh: the RUN has not started it yet
 * @more: it wants another quantum of the same work
 * @run_first: first tile of the RUN it was last part of
 * @run_count: tiles of that RUN, 0 for none since ENABLE
 * @received: bytes that exchanges have moved to it
 * @swept: bytes that its loops over arrays have accessed, see ipu_tile_swept()
 * @fault: of its transfer table or its start
 * @xfer: what it receives, see ipu_exchange.c
 * @xfer.table, @xfer.count: its transfer table at this barrier; no entries: none
 * @xfer.checked_table, @xfer.checked_count: that of which the stage has a copy
 * @xfer.same: they are the same
 * @xfer.planned: it took part in the last exchange that was planned
 * @xfer.staged: what it receives goes to the stage first
 * @xfer.dense: what it receives leaves no gaps from @xfer.dst_low to @xfer.dst_high
 * @xfer.entry, @xfer.offset: how far the exchange has come
 * @xfer.bytes: of all entries
 * @xfer.beats: of a linked RUN, those from each member, see &struct ipu_round_sum
 * @xfer.src_low, @xfer.src_high: the addresses it reads, on whichever tiles
 * @xfer.dst_low, @xfer.dst_high: those it writes
 */
struct ipu_slot {
	struct ipu_tile *tile;
	uint8_t *sram;
	uint8_t *stage;
	uint32_t stage_low, stage_high;
	uint32_t stage_table;
	bool zero;
	bool fresh;
	bool more;
	uint32_t run_first;
	uint32_t run_count;
	uint64_t received;
	uint64_t swept;
	struct ipu_fault fault;
	struct {
		uint32_t table, count;
		uint32_t checked_table, checked_count;
		bool same;
		bool planned;
		bool staged;
		bool dense;
		uint32_t entry;
		uint32_t offset;
		uint64_t bytes;
		uint32_t beats[IPU_LINK_CARDS];
		uint32_t src_low, src_high;
		uint32_t dst_low, dst_high;
	} xfer;
};

/* Why a context halts for its debugger, see the registers IPU_CTX_DBG_STOP_*; reason 0: no. */
struct ipu_debug_stop {
	uint32_t reason;
	uint32_t tile;
	uint32_t unit;
	uint32_t pc;
	uint32_t addr;
	uint32_t cause;
	uint32_t info;
};

/**
 * struct ipu_debugger - a context that is debugged, see ipu_debug.c
 * @wanted: DBG_CTRL.ENABLE
 * @asked: DBG_CMD.HALT was written, and it is not yet halted
 * @halted: (L) no slice of the context is taken
 * @go: (C) DBG_CMD of the GO that the next control slice carries out
 * @target_tile, @target_unit: (C) what the flags of @go refer to
 * @on: (C) @wanted as last read; the tiles know it, too
 * @since_ns: (C) the card's time when it became so
 * @at_start, @at_end: (C) likewise, of DBG_CTRL
 * @alone: (C) only the target continues
 * @ended: (C) the RUN's end has been reported
 * @points: (C) those the tiles use
 * @stop: (C) why it halts when this slice is over
 * @held: (C) the fault that has been reported; the context faults when it continues
 * @touched: (C) it has written registers or memory of tiles since the last barrier, so that what
 *	they arrived with there is not known any more; set by register accesses, while halted
 */
struct ipu_debugger {
	atomic_bool wanted;
	atomic_bool asked;
	bool halted;
	uint32_t go;
	uint32_t target_tile;
	uint32_t target_unit;
	bool on;
	uint64_t since_ns;
	bool at_start;
	bool at_end;
	bool alone;
	bool ended;
	struct ipu_tile_points points;
	struct ipu_debug_stop stop;
	struct ipu_fault held;
	bool touched;
};

/* A tile as the present superstep found it. */
struct ipu_profile_past {
	uint64_t instructions;
	bool exited;
};

/**
 * struct ipu_profiler - the profile of a RUN, see ipu_profile.c
 * @on: the RUN has one
 * @va: where it is
 * @head: as it is to be there
 * @begin: when the present superstep began
 * @memory: of what follows; there is none before the context's first profile
 * @samples: IPU_SAMPLES counters, which tiles share
 * @past: of each tile of the context
 * @tile: likewise; of those recorded, what they note
 */
struct ipu_profiler {
	bool on;
	uint64_t va;
	struct ipu_profile head;
	uint64_t begin;
	struct ipu_mapping memory;
	uint32_t *samples;
	struct ipu_profile_past *past;
	struct ipu_tile_profile *tile;
};

/**
 * struct ipu_sensors - what the card's sensors measure, see ipu_sensors.c
 * @running: (L) tiles of RUNs in progress
 * @since_ns: (L) the card's time up to which the others count
 * @energy_mj: (L) energy used
 * @temp: (L) temperature in millidegrees Celsius
 */
struct ipu_sensors {
	uint32_t running;
	uint64_t since_ns;
	double energy_mj;
	double temp;
};

/* What the next slice of a context does. */
enum ipu_step {
	IPU_STEP_WAIT,		/* nothing: disabled, faulted, or the ring is empty */
	IPU_STEP_STUCK,		/* nothing, until it is disabled: IPU_INJECT_STUCK_RUNS */
	IPU_STEP_CLEAR,		/* discard what was in SRAM before ENABLE */
	IPU_STEP_FETCH,		/* the next command */
	IPU_STEP_COPY,		/* continue a copy */
	IPU_STEP_FILL,		/* continue a fill */
	/* Rounds of tile slices; a control slice follows each. */
	IPU_STEP_TILES,		/* tiles execute */
	/* Those of an exchange, see ipu_ctx_exchanges(). */
	IPU_STEP_XFER_CHECK,	/* copy and check transfer tables */
	IPU_STEP_XFER_MARK,	/* note what is read of each tile */
	IPU_STEP_XFER_MOVE,	/* move from SRAM to SRAM, or to the stage */
	IPU_STEP_XFER_COMMIT,	/* move from the stage to SRAM */
	/* Nothing, until the members of a linked RUN have met: in an exchange, or else. */
	IPU_STEP_MEET_XFER,
	IPU_STEP_MEET,
	IPU_STEPS
};

/* What the members of a linked RUN meet for. */
enum ipu_meeting {
	IPU_MEETING_BEGIN,	/* the RUN begins */
	IPU_MEETING_BARRIER,	/* no tile is running */
	IPU_MEETING_PLAN,	/* all transfer tables are checked */
	IPU_MEETING_MARKED,	/* all that is read is marked */
	IPU_MEETING_MOVED,	/* all data has been read */
	IPU_MEETING_END,	/* the RUN ends */
};

/**
 * struct ipu_link_sum - what the members of a linked RUN say when they meet
 * @fault: least member with a fault of a tile, UINT32_MAX if none
 * @begins, @resumes: some RUN begins, or is a RESUME
 * @tiles: of each member
 * @cycles: the latest clock of any tile
 * @internal, @external: least tile of the RUN that waits at such a sync, UINT32_MAX if none
 * @pulls, @changed, @slowest, @busiest: as &struct ipu_round_sum
 * @src_low, @src_high, @dst_low, @dst_high: addresses that the exchange reads and writes
 * @beats: of each member from each other one, as &struct ipu_round_sum
 */
struct ipu_link_sum {
	uint32_t fault;
	bool begins, resumes;
	uint32_t tiles[IPU_LINK_CARDS];
	uint64_t cycles;
	uint32_t internal, external;
	bool pulls, changed;
	uint64_t slowest, busiest;
	uint32_t src_low, src_high;
	uint32_t dst_low, dst_high;
	uint64_t beats[IPU_LINK_CARDS][IPU_LINK_CARDS];
};

struct ipu_link_run;

/**
 * struct ipu_link_member - a context as a member of a linked RUN, see ipu_link.c
 * @run: under the link's lock: the RUN that it is a member of, or NULL
 * @reads: likewise: it is in an exchange
 * @rank: (C) which member it is
 * @count: (C) how many there are
 * @meeting: (C) what it meets for, or last did
 * @go: it is over: there is a sum, or the RUN has failed
 * @met: the meeting's sum is in @sum
 * @again: (C) it was saved while it waited, and arrives for @meeting once more when it goes on
 * @loaded: under the link's lock: it is to join its RUN when the first card of the chain goes on
 * @failed: others have ended the RUN, for the @reason and at the place @where
 * @sum: of the last meeting
 * @held: (C) a fault of a tile, for the next meeting
 * @base: (C) first tile of each member, in the RUN; then how many there are
 * @peer: (C) the members, whose cards may be gone but for an exchange
 * @place: (C) the places of their cards in the chain
 */
struct ipu_link_member {
	struct ipu_link_run *run;
	bool reads;
	uint32_t rank;
	uint32_t count;
	enum ipu_meeting meeting;
	atomic_bool go;
	bool met;
	bool again;
	bool loaded;
	atomic_bool failed;
	uint32_t reason;
	uint64_t where;
	struct ipu_link_sum sum;
	struct ipu_fault held;
	uint32_t base[IPU_LINK_CARDS + 1];
	struct ipu_context *peer[IPU_LINK_CARDS];
	uint32_t place[IPU_LINK_CARDS];
};

/* A command as fetched. */
union ipu_command {
	uint32_t word[IPU_CMD_SIZE / 4];
	struct ipu_cmd_copy copy;
	struct ipu_cmd_fill fill;
	struct ipu_cmd_run run;
	struct ipu_cmd_fence fence;
	struct ipu_cmd_exec exec;
};

/**
 * struct ipu_context - one context
 * @card: its card
 * @index: which one it is
 * @reg: (L) its registers
 * @slices: (L) slices in progress
 * @exclusive: (L) one of them is a control slice
 * @inval_wait: (L) TLB_INVAL reads 1
 * @irqs_due: (L) interrupts of faults that pool threads must send
 * @held: (L) events for which no message has been sent yet, and since when
 * @armed: (L) a bit for each user queue whose value is waited for
 * @busy_since_ns: (L) the card's time up to which that of the user queue that is busy counts
 * @register_fault: (L) a fault found by a register access, to be entered when
 *	the slices in progress are over
 * @running: (L) tiles of the RUN in progress, as the sensors know it
 * @owns: (L) it has its tiles: enabled, with a valid configuration
 * @ready: (C) what its tiles had before ENABLE is gone: they can be read when it has faulted
 * @discard: (L) STOPPING: the tiles' SRAM is to become 0
 * @release: what it had before it was disabled and is still to be released; neither it nor
 *	another context that gets one of those tiles executes anything meanwhile
 * @release.due: (L) there is anything
 * @release.taken: (L) a pool thread is releasing some of it
 * @release.next: the first of the card's tiles whose memory has not been released
 * @release.first, @release.end: all of those tiles
 * @release.discard: their SRAM as well
 * @stop: it must stop; slices check it between steps
 * @stuck: (L) it does not stop: IPU_INJECT_STUCK_STOPS
 * @round_count: tiles of this round, 0 while none is open; (C)
 * @round_part: those that nobody has taken, a part for each thread, see ipu_round.h
 * @round_threads: threads that the round is for
 * @round_again: it is for tiles that want another quantum of the same work
 * @round_ns: time that the last round of each step took, of all threads, and the last such
 * @round_sum: (L) what came of it
 * @round_back: (L) of this round, what slices have taken and not done for a pause
 * @num_back: (L) how many
 * @tile_first: (C) configuration as read at ENABLE
 * @tile_count: likewise
 * @vector: likewise
 * @privileged: likewise
 * @clear: likewise
 * @root: likewise
 * @ring: likewise
 * @ring_mask: likewise
 * @step: (C) what comes next
 * @fault: (C) why it stops
 * @source: (C) whose commands are executed: 0 the ring, or 1 + a user queue
 * @turn: (C) whose turn it is next, likewise
 * @cmd: (C) the command being executed
 * @cmd_va: (C) the address it was fetched from, 0 for none
 * @cursor: (C) its progress
 * @list: (C) the EXEC list being executed
 * @run: (C) the RUN being executed
 * @link: as a member of a linked RUN
 * @unsettled: (L) it has stopped, but linked cards may still read its tiles
 * @debug: what its debugger wants
 * @profile: (C) the profile of @run; tile slices use what a tile notes
 * @budget: host memory beyond its tiles' own; @code locks it
 * @code: (C) the tiles' decoded code, from the first RUN on
 * @code_memory: what is left of its memory when it is released
 * @live: (C) tiles of the round or of more, numbered within the context, ascending
 * @tlb: (C) translations of this control slice
 */
struct ipu_context {
	struct ipu_card *card;
	unsigned int index;

	uint32_t reg[IPU_CTX_REGS];
	unsigned int slices;
	bool exclusive;
	bool inval_wait;
	unsigned int irqs_due;
	struct {
		uint32_t count;
		uint64_t since_ns;
	} held;
	uint32_t armed;
	uint64_t busy_since_ns;
	struct ipu_fault register_fault;
	uint32_t running;
	bool owns;
	bool ready;
	bool discard;
	struct {
		bool due;
		bool taken;
		bool discard;
		uint32_t first;
		uint32_t next;
		uint32_t end;
	} release;
	atomic_bool stop;
	bool stuck;
	uint32_t round_count;
	struct ipu_round_part *round_part;
	uint32_t round_threads;
	bool round_again;
	uint64_t round_ns[IPU_STEPS][2];
	struct ipu_round_sum round_sum;
	struct ipu_tile_range round_back[IPU_MAX_BACK];
	unsigned int num_back;

	uint32_t tile_first;
	uint32_t tile_count;
	uint32_t vector;
	bool privileged;
	bool clear;
	uint64_t root;
	uint64_t ring;
	uint32_t ring_mask;

	enum ipu_step step;
	struct ipu_fault fault;
	uint32_t source;
	uint32_t turn;
	union ipu_command cmd;
	uint64_t cmd_va;

	struct {
		uint32_t tile;
		uint32_t row;
		uint32_t offset;
	} cursor;

	struct {
		bool active;
		uint64_t va;		/* of the next command */
		uint32_t left;		/* commands not yet executed */
		uint32_t fetched;	/* of them, those in @batch */
		uint32_t next;		/* index in @batch of the next one */
		union ipu_command batch[IPU_LIST_BATCH];
	} list;

	struct {
		uint32_t first;
		uint32_t count;
		bool linked;		/* it spans cards: @link counts */
		uint32_t tile_base;	/* what the program calls the first of the tiles */
		uint32_t tiles;		/* how many the program has, on all cards */
		bool at_sync;		/* of a linked RUN that ends: at an external sync */
		uint64_t slowest;	/* of a linked RUN, at the last barrier */
		uint64_t exchange_at;	/* when this superstep's exchange begins, in cycles */
		uint64_t end_at;	/* and when it ends */
		uint32_t short_tile;	/* the one that the exchange has no memory for */
		uint64_t began_ns;
		uint64_t limit_ns;	/* 0 is no limit */
		atomic_bool expired;
		uint64_t base_cycles;
		uint64_t base_instructions;
		uint64_t supersteps;
		uint64_t exchange_bytes;
		bool releases;		/* the round's tiles leave a barrier, at @release_at */
		uint64_t release_at;	/* cycles */
		uint32_t num_members;	/* tiles that have not exited, as of the last barrier */
		uint16_t members[IPU_MAX_TILES];
		bool planned;		/* the last exchange's plan counts for the same tables */
		bool staged;		/* in it, some of the data goes to the stage first */
	} run;

	struct ipu_link_member link;
	bool unsettled;

	struct ipu_debugger debug;
	struct ipu_profiler profile;

	struct ipu_budget budget;
	struct ipu_code_cache *code;
	struct ipu_mapping code_memory;

	uint16_t live[IPU_MAX_TILES];

	struct {
		bool valid;
		uint64_t region;	/* VA of the first byte @pte translates */
		uint64_t pte[IPU_PT_ENTRIES];
	} tlb;
};

/**
 * struct ipu_slots - the card's tiles and their host memory
 * @tile: their places, config.tiles of them
 * @sram: of all tiles, reserved and touched only where it is used
 * @stage: likewise, twice as large, see &struct ipu_slot
 * @place: likewise, of what a tile is beside its SRAM
 * @marks: likewise, what exchanges read and write of tiles, see ipu_exchange.c
 * @code: contexts' decoded code, after a reset
 */
struct ipu_slots {
	struct ipu_slot *tile;
	struct ipu_mapping sram;
	struct ipu_mapping stage;
	struct ipu_mapping place;
	struct ipu_mapping marks;
	struct ipu_mapping code[IPU_MAX_CONTEXTS];
};

/**
 * struct ipu_faulty - what is wrong with the card, see ipu_inject.h
 * @due: events of each kind that are to go wrong
 * @slow_tile: takes @slow_factor times as long, if that is above 1
 * @lost: (L) words of SRAM that are lost: each a tile of the card and a tile address
 * @num_lost: how many; changed with the lock held
 */
struct ipu_faulty {
	atomic_uint due[IPU_INJECTIONS];
	atomic_uint slow_tile;
	atomic_uint slow_factor;
	struct {
		uint32_t tile;
		uint32_t addr;
	} lost[IPU_LOST_WORDS];
	atomic_uint num_lost;
};

/**
 * struct ipu_pool_thread - a thread of the pool
 * @card: its card
 * @id: the thread
 */
struct ipu_pool_thread {
	struct ipu_card *card;
	pthread_t id;
};

/**
 * struct ipu_card - the card
 * @config: how it was built, with the number of threads filled in
 * @ops: its host
 * @host: for @ops
 * @lock: see the head of this file
 * @work: signalled when there may be a slice to take
 * @idle: signalled when @active falls to 0
 * @active: (L) pool threads with a slice
 * @waiting: (L) pool threads that wait for one
 * @quit: (L) the pool's threads must end
 * @pausing: no slice is taken, and control slices end early
 * @paused: for the host's thread that pauses: none is in progress, either
 * @paused_since: likewise: the host's time then
 * @paused_ns: how long the card has been paused; changes only while it is
 * @resetting: (L) resets in progress; while there are any, no other slice is taken
 * @reset_due: (L) a pool thread must do the reset
 * @reset_stuck: (L) nobody does: IPU_INJECT_STUCK_RESETS
 * @next: (L) context whose turn it is
 * @started: (L) pool threads that the host knows
 * @telling: (L) pool threads that tell the host that the card is quiet
 * @looking: (L) pool threads that look out for a slice for a short time
 * @news: changes when there may be one
 * @parts: of all contexts' rounds
 * @threads: those of the pool
 * @num_threads: of them, those that were started
 * @reg: (L) its registers
 * @ctx: its contexts
 * @slots: its tiles
 * @old: those from before the last reset, while their memory is being released
 * @old_due: (L) there are any; until they are gone contexts execute nothing, so that no
 *	more memory is in use than config.max_host_memory
 * @releasing: (L) a pool thread is releasing some of @old
 * @faulty: what is wrong with it
 * @link: (L) the chain of cards that it belongs to, or NULL; once set, it stays
 * @link_index: its place there
 */
struct ipu_card {
	struct ipu_card_config config;
	const struct ipu_host_ops *ops;
	void *host;

	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_cond_t idle;
	unsigned int active;
	unsigned int waiting;
	unsigned int started;
	unsigned int telling;
	bool quit;
	atomic_bool pausing;
	bool paused;
	uint64_t paused_since;
	uint64_t paused_ns;
	unsigned int resetting;
	bool reset_due;
	bool reset_stuck;
	unsigned int next;

	unsigned int looking;
	atomic_uint news;
	struct ipu_round_part *parts;

	struct ipu_pool_thread *threads;
	unsigned int num_threads;

	uint32_t reg[IPU_CARD_REGS];
	struct ipu_sensors sensors;
	struct ipu_context ctx[IPU_MAX_CONTEXTS];

	struct ipu_slots slots;
	struct ipu_slots old;
	bool old_due;
	bool releasing;

	struct ipu_faulty faulty;

	struct ipu_link *link;
	uint32_t link_index;
};

static inline uint32_t ipu_ctx_reg(const struct ipu_context *ctx, uint32_t offset)
{
	return ctx->reg[offset / 4];
}

static inline void ipu_ctx_set_reg(struct ipu_context *ctx, uint32_t offset, uint32_t value)
{
	ctx->reg[offset / 4] = value;
}

static inline uint32_t ipu_ctx_state(const struct ipu_context *ctx)
{
	return ipu_ctx_reg(ctx, IPU_CTX_STATUS) & IPU_CTX_STATUS_STATE;
}

/* The slot of tile @tile of the context. */
static inline struct ipu_slot *ipu_ctx_slot(const struct ipu_context *ctx, uint32_t tile)
{
	return &ctx->card->slots.tile[ctx->tile_first + tile];
}

static inline bool ipu_in_sram(uint32_t addr)
{
	return addr >= IPU_SRAM_BASE && addr < IPU_SRAM_END;
}

static inline bool ipu_ctx_stops(const struct ipu_context *ctx)
{
	return atomic_load_explicit(&ctx->stop, memory_order_relaxed);
}

/* Its debugger wants it to halt. */
static inline bool ipu_ctx_halts(const struct ipu_context *ctx)
{
	return atomic_load_explicit(&ctx->debug.asked, memory_order_relaxed);
}

static inline bool ipu_card_pauses(const struct ipu_card *card)
{
	return atomic_load_explicit(&card->pausing, memory_order_relaxed);
}

/*
 * Whether a slice of the context is to end, as the card is being paused. An exchange is
 * completed first: a state in the middle of one would be hard to save.
 */
static inline bool ipu_ctx_exchanges(const struct ipu_context *ctx)
{
	return ctx->step >= IPU_STEP_XFER_CHECK && ctx->step <= IPU_STEP_MEET_XFER;
}

static inline bool ipu_ctx_pauses(const struct ipu_context *ctx)
{
	return ipu_card_pauses(ctx->card) && !ipu_ctx_exchanges(ctx);
}

/* It waits for other members of a linked RUN, or has just met them. */
static inline bool ipu_ctx_meets(const struct ipu_context *ctx)
{
	return ctx->step == IPU_STEP_MEET || ctx->step == IPU_STEP_MEET_XFER;
}

/* The members of a linked RUN have met, or it is over. */
static inline bool ipu_link_goes(const struct ipu_context *ctx)
{
	return atomic_load_explicit(&ctx->link.go, memory_order_acquire);
}

/* Others have ended the linked RUN that the context is in. */
static inline bool ipu_link_failed(const struct ipu_context *ctx)
{
	return ctx->run.linked && atomic_load_explicit(&ctx->link.failed, memory_order_acquire);
}

/* The clock of watchdogs and sensors; stands still while the card is paused, once it resumes. */
static inline uint64_t ipu_card_now(const struct ipu_card *card)
{
	return card->ops->now_ns(card->host) - card->paused_ns;
}

/* In a loop that waits for another thread for a short time. */
static inline void ipu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* There may be a slice to take; lock held. */
static inline void ipu_card_wake(struct ipu_card *card)
{
	atomic_fetch_add_explicit(&card->news, 1, memory_order_relaxed);
	if (!card->looking)
		pthread_cond_signal(&card->work);
}

/** ipu_fault - stop with a fault of the command processor. Return: false, for the caller's use */
static inline bool ipu_fault(struct ipu_context *ctx, uint32_t cause, uint64_t addr, uint32_t info)
{
	ctx->fault = (struct ipu_fault) {
		.cause = cause,
		.tile = IPU_FAULT_NO_TILE,
		.unit = IPU_UNIT_NONE,
		.addr = addr,
		.info = info,
	};
	return false;
}

#endif /* IPU_CARD_STATE_H */
