// SPDX-License-Identifier: MIT
/* The ELF file of a tile program: checking it, and what a tile's SRAM holds at the start. */
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_internal.h"
#include "isa/ipu_isa.h"
#include "ipu_program.h"

#define COMPILE "compile the program with ipu-cc"

/* Names for the machines that a host's compiler is likely to have compiled for. */
static const char *machine_name(unsigned int machine)
{
	switch (machine) {
	case EM_386:
		return "x86";
	case EM_X86_64:
		return "x86-64";
	case EM_ARM:
		return "ARM";
	case EM_AARCH64:
		return "AArch64";
	case EM_RISCV:
		return "RISC-V";
	case EM_PPC64:
		return "64-bit PowerPC";
	case EM_S390:
		return "S/390";
	case EM_LOONGARCH:
		return "LoongArch";
	case EM_MIPS:
		return "MIPS";
	case EM_BPF:
		return "BPF";
	default:
		return NULL;
	}
}

static int check_machine(const struct ipu_program *prog, unsigned int machine)
{
	const char *name = machine_name(machine);

	if (machine == EM_RISCV)
		return 0;
	if (name)
		return ipu_fail(-ENOEXEC,
				"%s is a program for %s, and a tile is 32-bit RISC-V: " COMPILE ".",
				prog->name, name);
	return ipu_fail(-ENOEXEC,
			"%s is a program for ELF machine %u, and a tile is 32-bit "
			"RISC-V: " COMPILE ".",
			prog->name, machine);
}

static int check_type(const struct ipu_program *prog, unsigned int type)
{
	switch (type) {
	case ET_EXEC:
		return 0;
	case ET_REL:
		return ipu_fail(-ENOEXEC,
				"%s is an object file that was not linked: link it with "
				"ipu-cc.",
				prog->name);
	case ET_DYN:
		return ipu_fail(-ENOEXEC,
				"%s is a shared object or a position-independent "
				"program, and nothing relocates it on a tile: link it with "
				"-static -no-pie.",
				prog->name);
	case ET_CORE:
		return ipu_fail(-ENOEXEC, "%s is a core file, not a program.", prog->name);
	default:
		return ipu_fail(-ENOEXEC, "%s is an ELF file of type %u, not an executable.",
				prog->name, type);
	}
}

/* Linked programs have some dozens; libelf allocates memory for each. */
#define MAX_SECTIONS 65535

/* libelf takes a table of sections that does not fit into the file for none. */
static int check_section_table(const struct ipu_program *prog, const Elf32_Ehdr *header)
{
	Elf32_Shdr first;
	uint64_t count = header->e_shnum;

	if (!header->e_shoff)
		return 0;
	if (header->e_shentsize != sizeof(first))
		return ipu_fail(-ENOEXEC, "%s has section headers of %u bytes, which do not exist.",
				prog->name, header->e_shentsize);
	if (header->e_shoff <= prog->image_bytes &&
	    prog->image_bytes - header->e_shoff >= sizeof(first)) {
		memcpy(&first, prog->image + header->e_shoff, sizeof(first));
		if (!count)
			count = first.sh_size;
		if (count > MAX_SECTIONS)
			return ipu_fail(-ENOEXEC, "%s has %llu sections, more than %d.", prog->name,
					(unsigned long long)count, MAX_SECTIONS);
		if (count <= (prog->image_bytes - header->e_shoff) / sizeof(first))
			return 0;
	}
	return ipu_fail(-ENOEXEC, "%s is truncated: its section headers lie beyond its %zu bytes.",
			prog->name, prog->image_bytes);
}

/* Checks of the file's first bytes, before libelf reads it. */
static int check_header(const struct ipu_program *prog)
{
	const unsigned char *ident = (const unsigned char *)prog->image;
	Elf32_Ehdr header;
	int err;

	if (prog->image_bytes < SELFMAG || memcmp(ident, ELFMAG, SELFMAG))
		return ipu_fail(-ENOEXEC, "%s is not an ELF file: " COMPILE ".", prog->name);
	if (prog->image_bytes < sizeof(header))
		return ipu_fail(-ENOEXEC,
				"%s is truncated: it has %zu bytes, less than an ELF "
				"header.",
				prog->name, prog->image_bytes);
	memcpy(&header, prog->image, sizeof(header));
	if (ident[EI_DATA] == ELFDATA2MSB)
		return ipu_fail(-ENOEXEC,
				"%s is big endian, and a tile is little-endian RISC-V: " COMPILE
				".",
				prog->name);
	if (ident[EI_DATA] != ELFDATA2LSB)
		return ipu_fail(-ENOEXEC,
				"%s has an ELF header with byte order %u, which does not "
				"exist.",
				prog->name, ident[EI_DATA]);
	err = check_machine(prog, header.e_machine);
	if (err)
		return err;
	if (ident[EI_CLASS] != ELFCLASS32)
		return ipu_fail(-ENOEXEC,
				"%s is a 64-bit program, and a tile is 32-bit RISC-V: " COMPILE ".",
				prog->name);
	if (ident[EI_VERSION] != EV_CURRENT || header.e_version != EV_CURRENT)
		return ipu_fail(-ENOEXEC, "%s has an ELF header of an unknown version.",
				prog->name);
	err = check_type(prog, header.e_type);
	if (err)
		return err;
	if (!header.e_phnum || header.e_phentsize != sizeof(Elf32_Phdr))
		return ipu_fail(-ENOEXEC,
				"%s has no program headers that can be used: nothing to "
				"load.",
				prog->name);
	if (header.e_phnum == PN_XNUM)
		return ipu_fail(-ENOEXEC, "%s has more than %d program headers.", prog->name,
				PN_XNUM - 1);
	if (header.e_phoff > prog->image_bytes ||
	    (size_t)header.e_phnum * sizeof(Elf32_Phdr) > prog->image_bytes - header.e_phoff)
		return ipu_fail(-ENOEXEC,
				"%s is truncated: its program headers lie beyond its "
				"%zu bytes.",
				prog->name, prog->image_bytes);
	return check_section_table(prog, &header);
}

static int add_segment(struct ipu_program *prog, const GElf_Phdr *header)
{
	unsigned long long begin = header->p_vaddr;
	unsigned long long end = begin + header->p_memsz;

	if (header->p_filesz > header->p_memsz)
		return ipu_fail(-ENOEXEC,
				"%s has a broken segment at 0x%llx: it is larger in the "
				"file than in memory.",
				prog->name, begin);
	if (header->p_offset > prog->image_bytes ||
	    header->p_filesz > prog->image_bytes - header->p_offset)
		return ipu_fail(-ENOEXEC,
				"%s is truncated: its segment at 0x%llx lies beyond its "
				"%zu bytes.",
				prog->name, begin, prog->image_bytes);
	if (begin < IPU_SRAM_BASE || end > IPU_SRAM_END)
		return ipu_fail(-ENOEXEC,
				"%s has a segment at 0x%llx to 0x%llx, outside the SRAM "
				"of a tile, 0x%x to 0x%x: link it there (ipu-cc does), and let it "
				"fit.",
				prog->name, begin, end, IPU_SRAM_BASE, IPU_SRAM_END);

	prog->segments[prog->segment_count++] = (struct ipu_segment){
		.addr = (uint32_t)begin,
		.data = (const unsigned char *)prog->image + header->p_offset,
		.file_bytes = (uint32_t)header->p_filesz,
		.bytes = (uint32_t)header->p_memsz,
		.executable = header->p_flags & PF_X,
	};
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct ipu_segment *left = a, *right = b;

	return left->addr < right->addr ? -1 : left->addr > right->addr;
}

static int check_overlap(const struct ipu_program *prog)
{
	for (size_t i = 1; i < prog->segment_count; i++) {
		const struct ipu_segment *low = &prog->segments[i - 1];
		const struct ipu_segment *high = &prog->segments[i];

		if (low->addr + low->bytes > high->addr)
			return ipu_fail(-ENOEXEC,
					"%s has segments that overlap: 0x%x to 0x%x and "
					"0x%x to 0x%x.",
					prog->name, low->addr, low->addr + low->bytes, high->addr,
					high->addr + high->bytes);
	}
	return 0;
}

static int read_segments(struct ipu_program *prog)
{
	size_t count;

	if (elf_getphdrnum(prog->elf, &count))
		return ipu_fail(-ENOEXEC, "%s has broken program headers: %s.", prog->name,
				elf_errmsg(-1));
	prog->segments = calloc(count, sizeof(*prog->segments));
	if (!prog->segments)
		return ipu_fail_nomem("a program");

	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;
		int err;

		if (!gelf_getphdr(prog->elf, (int)i, &header))
			return ipu_fail(-ENOEXEC, "%s has broken program headers: %s.", prog->name,
					elf_errmsg(-1));
		if (header.p_type == PT_INTERP || header.p_type == PT_DYNAMIC)
			return ipu_fail(-ENOEXEC,
					"%s is dynamically linked, and a tile has no "
					"dynamic linker: link it with -static.",
					prog->name);
		if (header.p_type != PT_LOAD || !(header.p_memsz | header.p_filesz))
			continue;
		err = add_segment(prog, &header);
		if (err)
			return err;
	}
	if (!prog->segment_count)
		return ipu_fail(-ENOEXEC, "%s has nothing to load.", prog->name);
	qsort(prog->segments, prog->segment_count, sizeof(*prog->segments), by_address);
	return check_overlap(prog);
}

/* The last segment that begins at @addr or below, NULL if none does. */
static const struct ipu_segment *find_segment(const struct ipu_program *prog, uint64_t addr)
{
	size_t low = 0, high = prog->segment_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (prog->segments[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &prog->segments[low - 1] : NULL;
}

/* Is the section, all of it and nothing else, what is loaded at its address? */
static bool is_loaded(const struct ipu_program *prog, const GElf_Shdr *section)
{
	const struct ipu_segment *segment = find_segment(prog, section->sh_addr);
	bool zeroes = section->sh_type == SHT_NOBITS;
	uint64_t offset, room;

	if (!segment)
		return false;
	offset = section->sh_addr - segment->addr;
	room = zeroes ? segment->bytes : segment->file_bytes;
	return offset <= room && section->sh_size <= room - offset &&
	       (zeroes ||
		segment->data + offset == (const unsigned char *)prog->image + section->sh_offset);
}

/* Sections whose contents at the start do not matter: no segment has them. */
static bool is_undefined(const char *name)
{
	return !strcmp(name, ".tensors") || !strcmp(name, ".stack") || !strcmp(name, ".noinit");
}

static void copy_name(struct ipu_program *prog, size_t at, char *name, size_t bytes)
{
	size_t strings;
	const char *text = NULL;

	if (!elf_getshdrstrndx(prog->elf, &strings))
		text = elf_strptr(prog->elf, strings, at);
	snprintf(name, bytes, "%s", text ? text : "?");
	for (; *name; name++)
		if (*name < ' ' || *name > '~')
			*name = '?';
}

/*
 * A tile gets what is in segments, and programs refer to what is in sections: one
 * that is in memory and in no segment would be read as something else.
 */
static int check_sections(struct ipu_program *prog)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(prog->elf, section))) {
		GElf_Shdr header;
		char name[64];

		if (!gelf_getshdr(section, &header))
			return ipu_fail(-ENOEXEC, "%s has broken section headers: %s.", prog->name,
					elf_errmsg(-1));
		/* Zeroes of thread-local data have no place of their own in memory. */
		if (!(header.sh_flags & SHF_ALLOC) || !header.sh_size ||
		    (header.sh_type == SHT_NOBITS && header.sh_flags & SHF_TLS) ||
		    is_loaded(prog, &header))
			continue;
		copy_name(prog, header.sh_name, name, sizeof(name));
		if (header.sh_type == SHT_NOBITS && is_undefined(name))
			continue;
		return ipu_fail(-ENOEXEC,
				"%s has a section %s at 0x%llx that no segment loads: give it one "
				"in the linker script, or link with that of ipu-cc.",
				prog->name, name, (unsigned long long)header.sh_addr);
	}
	return 0;
}

static int check_entry(struct ipu_program *prog)
{
	GElf_Ehdr header;

	if (!gelf_getehdr(prog->elf, &header))
		return ipu_fail(-ENOEXEC, "%s has a broken ELF header: %s.", prog->name,
				elf_errmsg(-1));
	prog->entry = (uint32_t)header.e_entry;
	for (size_t i = 0; i < prog->segment_count; i++) {
		const struct ipu_segment *segment = &prog->segments[i];

		if (segment->executable && prog->entry >= segment->addr &&
		    prog->entry - segment->addr < segment->bytes && !(prog->entry & 1))
			return 0;
	}
	return ipu_fail(-ENOEXEC,
			"%s starts at 0x%x, which is not in its code: is there a symbol "
			"_start?",
			prog->name, prog->entry);
}

/* The stack is as high as can be: below the end of SRAM, or below the segments that are there. */
static int place_stack(struct ipu_program *prog)
{
	uint32_t top = IPU_SRAM_END;

	for (size_t i = prog->segment_count; i-- > 0;) {
		const struct ipu_segment *segment = &prog->segments[i];

		if (segment->addr + segment->bytes <= top - IPU_STACK_GAP)
			break;
		top = segment->addr & ~15u;
		if (top < IPU_SRAM_BASE + IPU_STACK_GAP)
			return ipu_fail(-ENOEXEC,
					"%s fills the whole SRAM of a tile and leaves no "
					"room for a stack.",
					prog->name);
	}
	prog->sp = top - IPU_STACK_GAP;
	return 0;
}

int ipu_elf_load(struct ipu_program *prog)
{
	int err = check_header(prog);

	if (err)
		return err;
	elf_version(EV_CURRENT);
	prog->elf = elf_memory(prog->image, prog->image_bytes);
	if (!prog->elf || elf_kind(prog->elf) != ELF_K_ELF)
		return ipu_fail(-ENOEXEC, "%s is a broken ELF file: %s.", prog->name,
				elf_errmsg(-1));
	err = read_segments(prog);
	if (!err)
		err = check_sections(prog);
	if (!err)
		err = check_entry(prog);
	if (!err)
		err = place_stack(prog);
	return err;
}
