/* SPDX-License-Identifier: MIT */
/*
 * An image of SRAM as a file for qemu-riscv32.
 */
#ifndef DIFF_ELF_FILE_H
#define DIFF_ELF_FILE_H

#include <stdbool.h>
#include <stdint.h>

/* offset of the image in the file */
#define DIFF_ELF_OFFSET 0x1000

/**
 * diff_elf_write - write an ELF file that starts at IPU_SRAM_BASE
 * @sram: the contents from there on, IPU_SRAM_SIZE bytes
 * Return: false with errno set on failure.
 */
bool diff_elf_write(const uint8_t *sram, int fd);

#endif /* DIFF_ELF_FILE_H */
