// SPDX-License-Identifier: MIT
/*
 * ELF files of images of SRAM, see elf_file.h.
 */
#include "elf_file.h"

#include <elf.h>
#include <unistd.h>

#include "isa/ipu_isa.h"

bool diff_elf_write(const uint8_t *sram, int fd)
{
	const Elf32_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_RISCV,
		.e_version = EV_CURRENT,
		.e_entry = IPU_SRAM_BASE,
		.e_phoff = sizeof(header),
		.e_flags = EF_RISCV_RVC | EF_RISCV_FLOAT_ABI_SINGLE,
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = 1,
	};
	const Elf32_Phdr segment = {
		.p_type = PT_LOAD,
		.p_offset = DIFF_ELF_OFFSET,
		.p_vaddr = IPU_SRAM_BASE,
		.p_paddr = IPU_SRAM_BASE,
		.p_filesz = IPU_SRAM_SIZE,
		.p_memsz = IPU_SRAM_SIZE,
		.p_flags = PF_R | PF_W | PF_X,
		.p_align = 0x1000,
	};

	return pwrite(fd, &header, sizeof(header), 0) == sizeof(header) &&
	       pwrite(fd, &segment, sizeof(segment), sizeof(header)) == sizeof(segment) &&
	       pwrite(fd, sram, IPU_SRAM_SIZE, segment.p_offset) == IPU_SRAM_SIZE;
}
