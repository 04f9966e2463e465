/* SPDX-License-Identifier: MIT */
/*
 * A context with a user queue, for tests: on the simulator, or on the card that $IPU_DEVICE
 * names.
 */
#ifndef LIB_USERQ_H
#define LIB_USERQ_H

#include "isa/ipu_isa.h"
#include "lib_test.h"

#define UQ_TILES 2
#define UQ_ROOM 511u /* jobs that its ring has room for */
#define UQ_ADDR (IPU_SRAM_BASE + 0x1000)
#define UQ_WATCHDOG_MS 200

/* A context with a user queue, and lists: one for each of the kinds of jobs. */
struct uq_bench {
	struct ipu_device *dev;
	struct ipu_context *ctx;
	struct ipu_cmds *good; /* a fill of one word */
	struct ipu_cmds *bad; /* one of no tile */
	struct ipu_cmds *loop; /* a run of a jump to itself */
};

bool uq_on_card(void);
struct ipu_device *uq_open_device(void);
struct ipu_context *uq_make_context(struct ipu_device *dev, uint32_t watchdog_ms);

/* A list that runs one instruction. */
struct ipu_cmds *uq_make_run(struct ipu_context *ctx, uint32_t insn);

/*
 * The slow one is for tests that see the loop before it is stopped, on a machine that may stand
 * still a while.
 */
struct uq_bench uq_begin(void);
struct uq_bench uq_begin_slow(void);
struct uq_bench uq_begin_with(uint32_t watchdog_ms);
void uq_end(struct uq_bench *b);

struct ipu_submission uq_submission(struct ipu_context *ctx);
uint64_t uq_submit(struct ipu_cmds *cmds);

/* The ring is full; that its first job has failed is noticed although nobody waits for it. */
uint64_t uq_submit_until_room(struct uq_bench *b);

/* A job is over that was not to be seen: the context works. */
void uq_check_works(struct uq_bench *b);

/*
 * A list of FENCEs of its own, which write @values behind it, and a command that faults: a buffer
 * that is mapped at @va.
 */
struct ipu_bo *uq_make_fences(struct uq_bench *b, const uint64_t *values, size_t count,
			      uint64_t *va);

#endif /* LIB_USERQ_H */
