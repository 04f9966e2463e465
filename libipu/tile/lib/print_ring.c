/* SPDX-License-Identifier: MIT */
/* The ring of programs that do not choose its size; not linked where one does. */
#include <ipu/print.h>

IPU_PRINT_BUFFER(4096);
