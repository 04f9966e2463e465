// SPDX-License-Identifier: MIT
/* Programs made in memory. */
#include <elf.h>
#include <stdlib.h>

#include "isa/ipu_isa.h"
#include "lib_elf_make.h"

/* Sections: none, notes, symbols, names of symbols, names of sections, attributes. */
enum {
	SECTION_NONE,
	SECTION_NOTE,
	SECTION_SYMBOLS,
	SECTION_STRINGS,
	SECTION_NAMES,
	SECTION_ATTRIBUTES,
	SECTIONS
};

static const char section_names[] = "\0.note.ipu\0.symtab\0.strtab\0.shstrtab\0.riscv.attributes";
static const unsigned char section_name_at[SECTIONS] = { 0, 1, 11, 19, 27, 37 };

/**
 * struct writer - a file as it grows
 */
struct writer {
	unsigned char *to;
	size_t size;
};

static size_t append(struct writer *w, const void *data, size_t bytes)
{
	size_t at = w->size;

	assert_true(at + bytes + 4 <= MAKE_ELF_BYTES);
	if (bytes)
		memcpy(w->to + at, data, bytes);
	memset(w->to + at + bytes, 0, 4);
	w->size = (at + bytes + 3) & ~(size_t)3;
	return at;
}

static void append_note(struct writer *w, const struct ipu_note_tensor *tensor)
{
	const Elf32_Nhdr header = {
		.n_namesz = sizeof(IPU_NOTE_OWNER),
		.n_descsz = sizeof(*tensor),
		.n_type = IPU_NOTE_TENSOR,
	};

	append(w, &header, sizeof(header));
	append(w, IPU_NOTE_OWNER, sizeof(IPU_NOTE_OWNER));
	append(w, tensor, sizeof(*tensor));
}

static void append_sections(struct writer *w, const struct make_elf *make, Elf32_Shdr *sections)
{
	const char *name = make->symbol ? make->symbol : "";
	char strings[64] = "";
	const Elf32_Sym symbols[2] = {
		[1] = {
			.st_name = 1,
			.st_value = make->segments[0].addr,
			.st_size = make->segments[0].file_bytes,
			.st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC),
			.st_shndx = 1,
		},
	};
	size_t at = w->size;

	for (size_t i = 0; i < make->tensor_count; i++)
		append_note(w, &make->tensors[i]);
	sections[SECTION_NOTE] = (Elf32_Shdr){
		.sh_type = SHT_NOTE,
		.sh_offset = (Elf32_Off)at,
		.sh_size = (Elf32_Word)(w->size - at),
		.sh_addralign = 4,
	};
	sections[SECTION_SYMBOLS] = (Elf32_Shdr){
		.sh_type = make->symbol ? SHT_SYMTAB : SHT_NULL,
		.sh_offset = (Elf32_Off)append(w, symbols, sizeof(symbols)),
		.sh_size = sizeof(symbols),
		.sh_link = SECTION_STRINGS,
		.sh_entsize = sizeof(symbols[0]),
		.sh_addralign = 4,
	};
	snprintf(strings + 1, sizeof(strings) - 1, "%s", name);
	sections[SECTION_STRINGS] = (Elf32_Shdr){
		.sh_type = SHT_STRTAB,
		.sh_offset = (Elf32_Off)append(w, strings, sizeof(strings)),
		.sh_size = sizeof(strings),
	};
	sections[SECTION_NAMES] = (Elf32_Shdr){
		.sh_type = SHT_STRTAB,
		.sh_offset = (Elf32_Off)append(w, section_names, sizeof(section_names)),
		.sh_size = sizeof(section_names),
	};
	sections[SECTION_ATTRIBUTES] = (Elf32_Shdr){
		.sh_type = make->attribute_bytes ? SHT_RISCV_ATTRIBUTES : SHT_NULL,
		.sh_offset = (Elf32_Off)append(w, make->attributes, make->attribute_bytes),
		.sh_size = make->attribute_bytes,
	};
	for (int i = 0; i < SECTIONS; i++)
		sections[i].sh_name = section_name_at[i];
}

static Elf32_Half append_segments(struct writer *w, const struct make_elf *make,
				  Elf32_Phdr *headers)
{
	Elf32_Half count = 0;

	for (int i = 0; i < MAKE_MAX; i++) {
		const struct make_segment *segment = &make->segments[i];

		if (!segment->addr && !segment->bytes && !segment->file_bytes)
			continue;
		headers[count++] = (Elf32_Phdr){
			.p_type = PT_LOAD,
			.p_offset = (Elf32_Off)append(w, segment->data, segment->file_bytes),
			.p_vaddr = segment->addr,
			.p_filesz = segment->file_bytes,
			.p_memsz = segment->bytes ? segment->bytes : segment->file_bytes,
			.p_flags = segment->flags ? segment->flags : PF_R | PF_W | PF_X,
			.p_align = 1,
		};
	}
	return count;
}

size_t make_elf(const struct make_elf *make, unsigned char *to)
{
	Elf32_Phdr segments[MAKE_MAX] = { 0 };
	Elf32_Shdr sections[SECTIONS] = { 0 };
	Elf32_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_RISCV,
		.e_version = EV_CURRENT,
		.e_entry = make->entry ? make->entry : make->segments[0].addr,
		.e_phoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(segments[0]),
		.e_shentsize = sizeof(sections[0]),
		.e_shnum = SECTIONS,
		.e_shstrndx = SECTION_NAMES,
	};
	struct writer w = { .to = to };

	append(&w, &header, sizeof(header));
	append(&w, segments, sizeof(segments));
	header.e_phnum = append_segments(&w, make, segments);
	append_sections(&w, make, sections);
	header.e_shoff = (Elf32_Off)append(&w, sections, sizeof(sections));
	memcpy(to, &header, sizeof(header));
	memcpy(to + header.e_phoff, segments, sizeof(segments));
	return w.size;
}

struct ipu_program *make_program(const struct make_elf *make)
{
	unsigned char *file = malloc(MAKE_ELF_BYTES);
	struct ipu_program *prog;
	size_t bytes;

	assert_non_null(file);
	bytes = make_elf(make, file);
	assert_ok(ipu_program_open_memory(file, bytes, "test.elf", &prog));
	free(file);
	return prog;
}

struct ipu_program *make_code(const uint32_t *code, size_t words)
{
	const struct make_elf make = {
		.segments = { { .addr = IPU_SRAM_BASE,
				.data = code,
				.file_bytes = (uint32_t)(words * sizeof(*code)) } },
		.symbol = "main",
	};

	return make_program(&make);
}

struct ipu_note_tensor make_tensor(const char *name, uint32_t dtype, uint32_t direction,
				   uint32_t layout, uint32_t rows, uint32_t columns, uint32_t data,
				   uint32_t rows_addr)
{
	struct ipu_note_tensor tensor = {
		.version = IPU_NOTE_VERSION,
		.dtype = dtype,
		.direction = direction,
		.layout = layout,
		.ndim = 2,
		.shape = { rows, columns },
		.data = data,
		.rows = rows_addr,
	};

	snprintf(tensor.name, sizeof(tensor.name), "%s", name);
	return tensor;
}
