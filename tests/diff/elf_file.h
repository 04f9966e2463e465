/* SPDX-License-Identifier: MIT */
/*
 * An image of SRAM as a file that qemu-riscv32 runs.
 */
#ifndef DIFF_ELF_FILE_H
#define DIFF_ELF_FILE_H

#include <stdbool.h>
#include <stdint.h>

/* where in the file the image is */
#define DIFF_ELF_OFFSET 0x1000

/**
 * diff_elf_write - write an ELF file that starts at IPU_SRAM_BASE
 * @sram: what is there, IPU_SRAM_SIZE bytes
 * Return: false with errno set if that fails.
 */
bool diff_elf_write(const uint8_t *sram, int fd);

#endif /* DIFF_ELF_FILE_H */
