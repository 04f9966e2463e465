// SPDX-License-Identifier: MIT
/* The texts of ipu_trap_text() and assert(), which are in a section of the program's file. */
#include <gelf.h>
#include <string.h>

#include <ipu/trap.h>

#include "ipu_hw.h"
#include "ipu_internal.h"
#include "ipu_program.h"

/* One that is broken is none: the fault is reported by its number. */
void ipu_elf_find_texts(struct ipu_program *prog)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(prog->elf, &names))
		return;
	while ((section = elf_nextscn(prog->elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_PROGBITS)
			continue;
		name = elf_strptr(prog->elf, names, header.sh_name);
		if (!name || strcmp(name, IPU_TRAP_TEXT_SECTION))
			continue;
		if (header.sh_offset > prog->image_bytes ||
		    header.sh_size > prog->image_bytes - header.sh_offset)
			return;
		prog->texts = prog->image + header.sh_offset;
		prog->texts_bytes = header.sh_size;
		return;
	}
}

const char *ipu_program_fault_text(const struct ipu_program *prog, const struct ipu_fault *fault)
{
	uint32_t offset = fault->info - IPU_TRAP_TEXT;
	const char *text, *end;

	if (fault->cause != IPU_FAULT_TRAP || fault->info < IPU_TRAP_TEXT ||
	    offset >= prog->texts_bytes)
		return NULL;
	text = prog->texts + offset;
	end = memchr(text, '\0', prog->texts_bytes - offset);
	if (!end || end == text)
		return NULL;
	/* For terminals. */
	for (const char *c = text; c < end; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return NULL;
	return text;
}
