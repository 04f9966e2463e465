// SPDX-License-Identifier: MIT
/*
 * The resident tile program of graphs: it makes what a script says and keeps it in a slot, and
 * runs what a slot has, as often as it is told. The host places arrays; the tables of operations
 * are put before each other from the end of the heap on, as low as the tile that needs the most.
 */
#include "../resident.h"
#include "make.h"

IPU_INPUT(uint32_t, graph_command, IPU_BROADCAST, COMMAND_WORDS);
IPU_OUTPUT(uint32_t, graph_state, IPU_SHARDED, STATE_WORDS);
IPU_INOUT(uint32_t, graph_heap, IPU_SHARDED, HEAP_BYTES / 4);

static struct ipu_step *slots[SLOTS]; /* the first of each */

_Static_assert(sizeof(struct ipu_array) == RESIDENT_ARRAY_BYTES, "the host makes room for them");

bool make_other(struct making *making, uint32_t code, const uint32_t *word)
{
	(void)making;
	(void)code;
	(void)word;
	return false;
}

/* Tables may not reach what arrays of any slot take, nor the script. */
static void make_slot(const uint32_t *command)
{
	char *const heap = (char *)graph_heap;
	struct ipu_memory memory;
	struct making making = {
		.memory = &memory,
		.heap = heap,
		.arrays = (struct ipu_array *)(heap + command[COMMAND_ARRAYS]),
		.most = command[COMMAND_MOST],
		.number = &graph_state[STATE_NUMBER],
	};

	if (command[COMMAND_WHAT] == COMMAND_SIZE)
		making.size = (uint32_t *)(heap + command[COMMAND_SIZES]);

	ipu_assert(command[COMMAND_SLOT] < SLOTS && command[COMMAND_HIGH] <= HEAP_BYTES &&
		   command[COMMAND_LOW] <= command[COMMAND_HIGH]);
	ipu_memory_init(&memory, heap, HEAP_BYTES, command[COMMAND_SCRATCH]);
	memory.low = heap + command[COMMAND_LOW];
	memory.high = heap + command[COMMAND_HIGH];
	make_all(&making, (const uint32_t *)(heap + command[COMMAND_SCRIPT]));
	if (!making.size)
		slots[command[COMMAND_SLOT]] = making.ops.first;
	graph_state[STATE_HIGH] = (uint32_t)(memory.high - heap);
}

int main(void)
{
	if (graph_command[COMMAND_WHAT] >= COMMAND_SIZE) {
		make_slot(graph_command);
		return 0;
	}
	ipu_assert(graph_command[COMMAND_WHAT] < SLOTS);
	ipu_ops_run(&(struct ipu_ops){ .first = slots[graph_command[COMMAND_WHAT]] });
	return 0;
}
