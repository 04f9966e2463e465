/* SPDX-License-Identifier: MIT */
/*
 * elf-edit IN OUT EDIT: copy a 32-bit ELF program with one error put in.
 *
 *	machine=N	the machine it is for
 *	class=N		2 says 64-bit
 *	type=N		3 is a shared object
 *	order=N		2 says big endian
 *	entry=N		where it starts
 *	cut=N		only the first N bytes
 *	vaddr=N		where its first loaded segment goes
 *	memsz=N		memory of its last loaded segment
 *	filesz=N	bytes of its first loaded segment in the file
 *	overlap		the second loaded segment goes where the first one is
 *	phnum=N		number of program headers
 *	note-size=N	size of the descriptor of the first note in .note.ipu
 *	note=OFF:N	the 32-bit word at byte OFF of that descriptor
 */
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void fail(const char *what, const char *detail)
{
	fprintf(stderr, "elf-edit: %s: %s\n", what, detail);
	exit(2);
}

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(1 << 24);

	if (!file || !data)
		fail(path, strerror(errno));
	*size = fread(data, 1, 1 << 24, file);
	fclose(file);
	return data;
}

/* Loaded segment @index, or the last one for -1. */
static Elf32_Phdr *segment(uint8_t *elf, int index)
{
	Elf32_Ehdr *head = (void *)elf;
	Elf32_Phdr *table = (void *)(elf + head->e_phoff), *found = NULL;

	for (int i = 0; i < head->e_phnum; i++) {
		if (table[i].p_type != PT_LOAD)
			continue;
		found = &table[i];
		if (index-- == 0)
			break;
	}
	if (!found || index > 0)
		fail("the program", "has too few loaded segments");
	return found;
}

static Elf32_Nhdr *note(uint8_t *elf)
{
	Elf32_Ehdr *head = (void *)elf;
	Elf32_Shdr *table = (void *)(elf + head->e_shoff);

	for (int i = 0; i < head->e_shnum; i++) {
		if (!strcmp((char *)elf + table[head->e_shstrndx].sh_offset + table[i].sh_name,
			    ".note.ipu"))
			return (void *)(elf + table[i].sh_offset);
	}
	fail("the program", "has no .note.ipu");
}

static void edit_note(uint8_t *elf, const char *value)
{
	Elf32_Nhdr *head = note(elf);
	char *end;
	unsigned long offset = strtoul(value, &end, 0);
	uint32_t word;

	if (*end != ':' || offset + 4 > head->n_descsz)
		fail("bad note edit", value);
	word = (uint32_t)strtoul(end + 1, NULL, 0);
	memcpy((uint8_t *)(head + 1) + (head->n_namesz + 3) / 4 * 4 + offset, &word, 4);
}

/* Apply @edit. Return: the new size of the file. */
static size_t apply(uint8_t *elf, size_t size, const char *edit)
{
	Elf32_Ehdr *head = (void *)elf;
	const char *value = strchr(edit, '=');
	size_t name = value ? (size_t)(value++ - edit) : strlen(edit);
	uint32_t n = value ? (uint32_t)strtoul(value, NULL, 0) : 0;

#define IS(text) (name == strlen(text) && !strncmp(edit, text, name))
	if (IS("machine"))
		head->e_machine = (Elf32_Half)n;
	else if (IS("class"))
		head->e_ident[EI_CLASS] = (uint8_t)n;
	else if (IS("type"))
		head->e_type = (Elf32_Half)n;
	else if (IS("order"))
		head->e_ident[EI_DATA] = (uint8_t)n;
	else if (IS("entry"))
		head->e_entry = n;
	else if (IS("cut"))
		return n < size ? n : size;
	else if (IS("vaddr"))
		segment(elf, 0)->p_vaddr = segment(elf, 0)->p_paddr = n;
	else if (IS("memsz"))
		segment(elf, -1)->p_memsz = n;
	else if (IS("filesz"))
		segment(elf, 0)->p_filesz = segment(elf, 0)->p_memsz = n;
	else if (IS("overlap"))
		segment(elf, 1)->p_vaddr = segment(elf, 1)->p_paddr = segment(elf, 0)->p_vaddr;
	else if (IS("phnum"))
		head->e_phnum = (Elf32_Half)n;
	else if (IS("note-size"))
		note(elf)->n_descsz = n;
	else if (IS("note") && value)
		edit_note(elf, value);
	else
		fail("unknown edit", edit);
#undef IS
	return size;
}

int main(int argc, char **argv)
{
	uint8_t *elf;
	size_t size;
	FILE *out;

	if (argc != 4)
		fail("usage", "elf-edit IN OUT EDIT");
	elf = read_file(argv[1], &size);
	if (size < sizeof(Elf32_Ehdr) || memcmp(elf, ELFMAG, SELFMAG))
		fail(argv[1], "is not an ELF file");
	size = apply(elf, size, argv[3]);
	out = fopen(argv[2], "wb");
	if (!out || fwrite(elf, 1, size, out) != size || fclose(out))
		fail(argv[2], strerror(errno));
	free(elf);
	return 0;
}
