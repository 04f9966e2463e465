/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The card as a library: what a host (QEMU's glue, libipu's simulator, a test)
 * gives it and what it offers. Plain C11 and POSIX threads.
 *
 * The host places the card's registers in its address space and passes accesses
 * on; the card calls back for DMA, interrupts and time. All work is done on
 * threads that the card starts itself, so a register access never waits for a
 * tile or for DMA (ipu_card_reset and ipu_card_free do wait, for at most one
 * quantum of a tile).
 *
 * This is the interface of the folder card/: host interface, contexts, commands, copies,
 * exchange, runs, threads. It decides when tiles run, but not what they do.
 * Knows: tile, isa.
 */
#ifndef IPU_CARD_H
#define IPU_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipu_card;

/**
 * struct ipu_host_ops - what the card asks of its host
 * @dma_read: copy @len bytes at bus address @addr into @buf. Returns 0, or a
 *	negative value if the host refuses (no memory there, bus mastering off).
 *	Called on the card's threads, several at once.
 * @dma_write: the other way
 * @interrupt: send MSI-X message @vector; called on the card's threads and
 *	must not wait for a thread that is inside a call of this interface
 * @now_ns: monotonic time in ns, for watchdogs and sensors; called on the card's threads,
 *	in ipu_card_new(), ipu_card_pause(), ipu_card_try_pause() and ipu_card_resume(),
 *	and by accesses to registers, with a lock held
 * @thread_start: may be NULL; called first on every thread the card starts
 * @thread_stop: may be NULL; called last there
 * @guest_error: may be NULL; describes an invalid register access, called on
 *	the thread that made the access
 * @insn: may be NULL; an instruction that a tile of the card is about to execute;
 *	called on the card's threads. Tiles are many times slower with it.
 * @trace: may be NULL; one event of the card, see &enum ipu_trace_event
 * @quiet: may be NULL; the last work in progress is over while the card is being
 *	paused, see ipu_card_try_pause(); called on one of the card's threads
 */
enum ipu_trace_event {
	IPU_TRACE_CTX_STATE,	/* a = context, b = state, c = 0 */
	IPU_TRACE_CMD,		/* a = context, b = first word, c = virtual address of the command */
	IPU_TRACE_RUN_DONE,	/* a = context, b = supersteps, c = cycles */
	IPU_TRACE_FENCE,	/* a = context, b = 1 with interrupt, c = value */
	IPU_TRACE_FAULT,	/* a = context, b = cause, c = address */
};

struct ipu_host_ops {
	int (*dma_read)(void *host, uint64_t addr, void *buf, size_t len);
	int (*dma_write)(void *host, uint64_t addr, const void *buf, size_t len);
	void (*interrupt)(void *host, unsigned int vector);
	uint64_t (*now_ns)(void *host);
	void (*thread_start)(void *host);
	void (*thread_stop)(void *host);
	void (*guest_error)(void *host, const char *message);
	void (*insn)(void *host, uint32_t tile, uint32_t unit, uint32_t pc, uint32_t bits);
	void (*trace)(void *host, enum ipu_trace_event event, uint32_t a, uint32_t b, uint64_t c);
	void (*quiet)(void *host);
};

/**
 * struct ipu_card_config - how a card is built
 * @tiles: tiles, 1..IPU_MAX_TILES
 * @threads: host threads that execute, 1..256; 0 for one per online CPU
 * @vlen: bits of a vector register, 128, 256, 512 or 1024; 0 takes IPU_VLEN_DEFAULT
 * @serial: serial number
 * @max_host_memory: bytes of the host's memory that programs can make the card use at most;
 *	0 takes 64 MiB and 2 MiB for each tile. It is divided among contexts: each has
 *	its tiles' SRAM and registers; of the rest one half is divided by contexts, as
 *	many as there can be, and the other one by tiles. So no context can take
 *	another's part. A context that needs more stops with IPU_FAULT_HOST_MEMORY.
 */
struct ipu_card_config {
	uint32_t tiles;
	uint32_t threads;
	uint32_t vlen;
	uint64_t serial;
	uint64_t max_host_memory;
};

/**
 * ipu_card_new - build a card in its reset state and start its threads
 * @config: copied
 * @ops: kept by reference, must outlive the card
 * @host: handed to every callback
 * @error: set to an error message on failure, which the caller frees with
 *	free(); may be NULL
 *
 * A tile's memory is reserved but not touched, so a card of 1472 tiles starts
 * quickly and costs little until tiles are used. What a program took, except for SRAM,
 * is released when its context has been disabled, and all of it after a reset.
 *
 * Return: the card, or NULL with errno set: EINVAL for an invalid @config.
 */
struct ipu_card *ipu_card_new(const struct ipu_card_config *config,
			      const struct ipu_host_ops *ops, void *host, char **error);

/** ipu_card_free - stop everything, join the threads, release the card; NULL is allowed */
void ipu_card_free(struct ipu_card *card);

/**
 * ipu_card_reset - bring the card back to its reset state (power-on, FLR)
 *
 * Waits until no callback is in progress. The host may still have to deliver
 * interrupts that were raised before. The memory of tiles is released afterwards, on the
 * card's threads; until then contexts can be enabled, but execute nothing.
 */
void ipu_card_reset(struct ipu_card *card);

/**
 * ipu_card_stopping - whether ipu_card_reset() would have to wait
 *
 * For a host that must not wait, as linked cards' DMA needs its thread: it writes
 * IPU_CTRL_RESET, calls this until it is false, and then ipu_card_reset(). Thread safe.
 *
 * Return: whether contexts' slices go on, or linked cards still read tiles of this one.
 */
bool ipu_card_stopping(struct ipu_card *card);

/**
 * ipu_card_forget_host - call the host no more, as it is about to go
 * @card: is paused, and is next to be freed; IPU_CTRL_RESET has been written
 * @ops: from now on, called with NULL as the host: only @now_ns, which must be there, and
 *	@thread_stop. Must outlive the card.
 *
 * Waits until all threads have made their call of @thread_start and no callback of the host is in
 * progress.
 */
void ipu_card_forget_host(struct ipu_card *card, const struct ipu_host_ops *ops);

/**
 * ipu_card_pause - have the card stop where it is
 *
 * The card takes up no more work; what its threads have begun, a piece of a copy or
 * a tile's quantum each, ends first, and so does an exchange. From then on until ipu_card_resume() they make no callback, so
 * there is no DMA and no interrupt, the clocks of watchdogs stand still, and the
 * card's whole state is in its data structures. Nothing is lost, and a program
 * computes the same in the same number of cycles.
 *
 * Registers work meanwhile. What a write gives the card to do is done after
 * ipu_card_resume(): a doorbell's commands, an interrupt, a reset by
 * IPU_CTRL_RESET. A paused card can be reset, which leaves it paused, and freed.
 * To pause it again changes nothing.
 *
 * Waits for the slices in progress, and so for DMA. A host whose DMA needs the
 * thread that pauses uses ipu_card_try_pause(). Pausing and resuming are
 * serialised by the host; all else may go on at the same time.
 */
void ipu_card_pause(struct ipu_card *card);

/**
 * ipu_card_try_pause - ipu_card_pause() that does not wait
 *
 * The card takes up no more work from the first call on. While slices are in
 * progress the answer is no; when the last one is over the host's @quiet is
 * called, and it is time to ask again.
 *
 * Return: whether the card is paused.
 */
bool ipu_card_try_pause(struct ipu_card *card);

/** ipu_card_resume - have the card go on; allowed before a pause is complete, and without one */
void ipu_card_resume(struct ipu_card *card);

/**
 * ipu_card_busy - whether the card is doing something, or is about to
 *
 * It does nothing while it is paused, while all rings are empty, and while what goes on waits for
 * the host: contexts that have faulted or are halted. Thread safe.
 */
bool ipu_card_busy(struct ipu_card *card);

/*
 * ---- Linked cards ----
 *
 * Up to IPU_LINK_CARDS cards of a process can be linked to a chain, in which RUNs span several
 * of them, see IPU_CTX_LINK_KEY_LO. A card that is freed leaves its place, and no RUN goes
 * across it any more. The caller keeps both cards from being freed meanwhile.
 */

/**
 * ipu_card_link - put @card next to the card @to, in the place behind it
 * @card: in no chain
 * @to: in one, or else it is the first one of a new chain; it may have work
 *
 * Return: 0; -EINVAL if @card is in a chain, or is @to; -EBUSY if there is a card behind @to;
 * -ENOSPC if the chain has no more places; -ENOMEM.
 */
int ipu_card_link(struct ipu_card *card, struct ipu_card *to);

/**
 * ipu_card_unlink - leave the chain before the card is freed, if it is in one
 * @card: is paused; IPU_CTRL_RESET has been written, and ipu_card_stopping() is false. It is
 *	only to be freed.
 *
 * Once this returns its place is free, and other cards do not know it any more.
 */
void ipu_card_unlink(struct ipu_card *card);

/**
 * ipu_card_cut_link - take the link to the card before @card down, or up again
 *
 * RUNs that it is needed for end with IPU_FAULT_LINK, then and until it is up. Thread safe.
 * Return: false if there is no such link.
 */
bool ipu_card_cut_link(struct ipu_card *card, bool down);

/** ipu_card_link_is_down - whether it is; thread safe */
bool ipu_card_link_is_down(struct ipu_card *card);

/*
 * ---- State ----
 *
 * All of a card's state, as a stream of bytes: registers, contexts in the middle of their
 * commands, tiles in the middle of their programs, SRAM. What it is loaded into goes on as the
 * card that was saved would have: with the same results in the same number of cycles. Pages of
 * SRAM that are 0 are left out, so what a tile has not used costs next to nothing.
 *
 * The stream has a version, and is in the order of little-endian memory. It does not hold what
 * the host has of its own: host memory, interrupts that the host has not delivered, faults that
 * it has requested, which cards are linked.
 *
 * Linked cards are paused, all of those of a chain; then each is saved, and the streams of all are
 * loaded, in any order, into the cards of a chain in which those with members of linked RUNs are
 * in the same places; then the first of them goes on. A RUN of which a member was not loaded ends
 * for the others with IPU_FAULT_LINK then. All of this is serialised by the host.
 */

/**
 * ipu_card_stream - move @bytes of the stream from or to @data
 *
 * The card is locked: this must not call it, nor wait for anyone who may.
 *
 * Return: false if that failed
 */
typedef bool ipu_card_stream(void *arg, void *data, size_t bytes);

/**
 * ipu_card_save - save the state of a paused card
 * @write: called in order with all of the stream
 * @error: set to an error message on failure, which the caller frees with free(); may be NULL
 *
 * Memory that is due to be released is released first. May call @trace.
 *
 * Return: false if the card, or one that it is linked with, is not paused, or @write failed.
 */
bool ipu_card_save(struct ipu_card *card, ipu_card_stream *write, void *arg, char **error);

/** ipu_card_most_state - no card of this configuration has a state of more bytes */
uint64_t ipu_card_most_state(const struct ipu_card *card);

/**
 * ipu_card_load - load a state into a paused card
 * @read: called in order until the stream's end, which it knows
 *
 * The card must have been built with the same tiles, vlen, serial number and max_host_memory;
 * the number of threads may differ. A stream that no card can have written is refused, at
 * whatever place it is wrong; nothing relies on it. So is one that says other things of linked
 * RUNs than that of a card of the chain that was loaded before, since cards went on last or a
 * stream was refused.
 *
 * Return: false with @error if it was refused: the card has been reset then, and is paused.
 */
bool ipu_card_load(struct ipu_card *card, ipu_card_stream *read, void *arg, char **error);

/*
 * ---- Faults of the hardware, on request ----
 *
 * For tests of what software makes of them. They outlast a reset, but for errors of SRAM.
 * All of it is thread safe, and costs nothing while nothing is requested.
 */

/* Events of which the next ones go wrong, see ipu_card_inject(). */
enum ipu_injection {
	IPU_INJECT_DMA_ERRORS,	/* an access to host memory is refused: IPU_FAULT_DMA_BUS */
	IPU_INJECT_STUCK_RUNS,	/* a RUN hangs, and no watchdog ends it, until CTRL.ENABLE is 0 */
	IPU_INJECT_STUCK_STOPS,	/* a context whose ENABLE becomes 0 stops when the card is reset */
	IPU_INJECT_STUCK_RESETS, /* a reset by IPU_REG_CTRL does not end before ipu_card_reset() */
	IPU_INJECTIONS
};

/** ipu_card_inject - have the next @count events of a kind go wrong; 0: no more */
void ipu_card_inject(struct ipu_card *card, enum ipu_injection kind, uint32_t count);

/** ipu_card_injected - how many of them are still to come */
uint32_t ipu_card_injected(const struct ipu_card *card, enum ipu_injection kind);

/* A tile is no slower than so many times. */
#define IPU_SLOWEST	1000

/**
 * ipu_card_slow_tile - have a tile take @factor times the cycles that it should
 * @tile: of the card
 * @factor: 1 to IPU_SLOWEST; 1: no longer
 *
 * One tile at a time. What it computes is the same.
 *
 * Return: false, and nothing has changed, if there is no such tile or factor.
 */
bool ipu_card_slow_tile(struct ipu_card *card, uint32_t tile, uint32_t factor);

/* So many words of a card's SRAM can be lost at a time. */
#define IPU_LOST_WORDS	64

/**
 * ipu_card_flip - flip bits of a word of SRAM
 * @tile: of the card
 * @addr: tile address of any byte of the word
 * @bits: 1, which is corrected at once and counted; or 2, and the word is lost: whoever
 *	uses the tile next gets IPU_FAULT_SRAM
 *
 * Return: false, and nothing has changed, if there is no such word or number of bits, or if
 * IPU_LOST_WORDS are lost already.
 */
bool ipu_card_flip(struct ipu_card *card, uint32_t tile, uint32_t addr, unsigned int bits);

/**
 * ipu_card_read - read BAR0
 * @offset: byte offset in BAR0
 * @size: bytes, 1 to 8; other than 4 is a guest error
 *
 * Thread safe. Return: the value; 0xffffffff for an invalid access.
 */
uint32_t ipu_card_read(struct ipu_card *card, uint64_t offset, unsigned int size);

/** ipu_card_write - write BAR0; the same rules */
void ipu_card_write(struct ipu_card *card, uint64_t offset, uint64_t value, unsigned int size);

#endif /* IPU_CARD_H */
