// SPDX-License-Identifier: MIT
/* A program that has overwritten what it printed, on each tile in another way. */
#include <stdio.h>

#include <ipu/print.h>

int main(void)
{
	struct ipu_print_record *record = (struct ipu_print_record *)ipu_print_ring;

	puts("good");
	puts("overwritten");
	record = (struct ipu_print_record *)(ipu_print_ring + sizeof(*record) + 4);
	switch (ipu_tile_id()) {
	case 0:
		ipu_print_state.head = 0x7fffffff;
		break;
	case 1:
		record->bytes = 60000;
		break;
	case 2:
		record->unit = 77;
		break;
	case 3:
		ipu_print_state.head += 4;
		break;
	case 4:
		ipu_print_state.lines[2].used = 0xffffffff;
		break;
	case 5:
		ipu_print_state.tail = ipu_print_state.head + 4;
		break;
	}
	return 0;
}
