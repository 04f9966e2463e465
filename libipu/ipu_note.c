// SPDX-License-Identifier: MIT
/* The tensors and entry points of a program: reading and checking the notes of ipu/note.h. */
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_internal.h"
#include "isa/ipu_isa.h"
#include "ipu_program.h"

/* Names are compared with each other, and a run resets the row counts one by one. */
#define MAX_TENSORS 4096

static const struct {
	const char *name;
	size_t size;
} dtypes[] = {
	[IPU_F32] = { "float32", 4 }, [IPU_F16] = { "float16", 2 }, [IPU_I32] = { "int32", 4 },
	[IPU_U32] = { "uint32", 4 },  [IPU_I16] = { "int16", 2 },   [IPU_U16] = { "uint16", 2 },
	[IPU_I8] = { "int8", 1 },     [IPU_U8] = { "uint8", 1 },    [IPU_BF16] = { "bfloat16", 2 },
};

const char *ipu_dtype_name(uint32_t dtype)
{
	return dtype < ARRAY_SIZE(dtypes) ? dtypes[dtype].name : NULL;
}

size_t ipu_dtype_size(uint32_t dtype)
{
	return dtype < ARRAY_SIZE(dtypes) ? dtypes[dtype].size : 0;
}

static int fail_note(const struct ipu_program *prog, const struct ipu_note_tensor *note,
		     const char *what, uint32_t value)
{
	return ipu_fail(-ENOEXEC,
			"%s has a broken note for tensor \"%.*s\": %s (0x%x). Compile it "
			"again with the ipu-cc of this release.",
			prog->name, (int)strnlen(note->name, sizeof(note->name)), note->name, what,
			value);
}

/* An identifier, so that it can be used in a command line and in a message. */
static bool is_name(const char *name)
{
	size_t len = strnlen(name, IPU_NOTE_NAME_SIZE);

	if (!len || len == IPU_NOTE_NAME_SIZE || (name[0] >= '0' && name[0] <= '9'))
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_'))
			return false;
	}
	return true;
}

static bool in_sram(uint64_t addr, uint64_t bytes)
{
	return addr >= IPU_SRAM_BASE && addr <= IPU_SRAM_END && bytes <= IPU_SRAM_END - addr;
}

static bool is_direction(uint32_t direction)
{
	switch (direction) {
	case IPU_TENSOR_IN:
	case IPU_TENSOR_OUT:
	case IPU_TENSOR_IN | IPU_TENSOR_OUT:
	case IPU_TENSOR_IN | IPU_TENSOR_STREAM:
	case IPU_TENSOR_OUT | IPU_TENSOR_STREAM:
		return true;
	}
	return false;
}

static int check_shape(const struct ipu_program *prog, const struct ipu_note_tensor *note,
		       uint64_t *row_bytes)
{
	*row_bytes = ipu_dtype_size(note->dtype);
	if (!note->ndim || note->ndim > IPU_NOTE_MAX_DIMS)
		return fail_note(prog, note, "number of dimensions", note->ndim);
	for (uint32_t i = 0; i < IPU_NOTE_MAX_DIMS; i++) {
		if (i >= note->ndim ? note->shape[i] : !note->shape[i])
			return fail_note(prog, note, "size of a dimension", note->shape[i]);
		/* No factor may exceed SRAM, so that no product overflows. */
		if (note->shape[i] > IPU_SRAM_SIZE)
			return fail_note(prog, note, "size of a dimension", note->shape[i]);
		if (i && i < note->ndim)
			*row_bytes *= note->shape[i];
		if (*row_bytes > IPU_SRAM_SIZE)
			return fail_note(prog, note, "size of a row", (uint32_t)*row_bytes);
	}
	return 0;
}

/* What notes have since version 2. */
static int check_place(const struct ipu_program *prog, const struct ipu_note_tensor *note,
		       uint64_t row_bytes)
{
	bool grid = note->layout == IPU_GRID;

	if (grid && note->ndim < 2)
		return fail_note(prog, note, "number of dimensions of a grid", note->ndim);
	if (note->place ? !in_sram(note->place, sizeof(struct ipu_place)) : grid)
		return fail_note(prog, note, "its place is outside SRAM, at", note->place);
	if (note->place % sizeof(uint32_t))
		return fail_note(prog, note, "its place is not aligned, at", note->place);
	if (note->pitch && (!grid || note->pitch < row_bytes || note->pitch > IPU_SRAM_SIZE))
		return fail_note(prog, note, "bytes from row to row", note->pitch);
	return 0;
}

static int check_tensor(const struct ipu_program *prog, const struct ipu_note_tensor *note,
			struct ipu_tensor *tensor)
{
	uint64_t row_bytes, pitch;
	int err;

	if (!note->version || note->version > IPU_NOTE_VERSION)
		return ipu_fail(
			-ENOEXEC,
			"%s describes a tensor in version %u, and this libipu "
			"(%s) knows version 1 to %d: use an ipu-cc and a libipu of the same "
			"release.",
			prog->name, note->version, ipu_version(), IPU_NOTE_VERSION);
	if (!is_name(note->name))
		return ipu_fail(-ENOEXEC,
				"%s has a broken note: a tensor's name is not an "
				"identifier of up to %d characters.",
				prog->name, IPU_NOTE_NAME_SIZE - 1);
	if (!ipu_dtype_name(note->dtype))
		return fail_note(prog, note, "element type", note->dtype);
	if (!is_direction(note->direction))
		return fail_note(prog, note, "direction", note->direction);
	if (note->layout < IPU_SHARDED || note->layout > IPU_GRID ||
	    (note->layout == IPU_GRID && note->direction & IPU_TENSOR_STREAM))
		return fail_note(prog, note, "layout", note->layout);
	err = check_shape(prog, note, &row_bytes);
	if (!err)
		err = check_place(prog, note, row_bytes);
	if (err)
		return err;
	pitch = note->pitch ? note->pitch : row_bytes;
	if (!in_sram(note->data, pitch * (note->shape[0] - 1) + row_bytes))
		return fail_note(prog, note, "its data is outside SRAM, at", note->data);
	if (note->data % ipu_dtype_size(note->dtype))
		return fail_note(prog, note, "its data is not aligned, at", note->data);
	if (!in_sram(note->rows, sizeof(uint32_t)))
		return fail_note(prog, note, "its row count is outside SRAM, at", note->rows);
	if (note->rows % sizeof(uint32_t))
		return fail_note(prog, note, "its row count is not aligned, at", note->rows);
	for (size_t i = 0; i < prog->tensor_count; i++)
		if (!strcmp(prog->tensors[i].desc.name, note->name))
			return ipu_fail(-ENOEXEC, "%s declares the tensor \"%s\" twice.",
					prog->name, note->name);

	*tensor = (struct ipu_tensor){
		.desc = {
			.size = sizeof(tensor->desc),
			.dtype = note->dtype,
			.direction = note->direction,
			.layout = note->layout,
			.ndim = note->ndim,
			.row_bytes = (uint32_t)row_bytes,
		},
		.data = note->data,
		.rows = note->rows,
		.place = note->place,
		.pitch = (uint32_t)pitch,
	};
	memcpy(tensor->desc.name, note->name, sizeof(tensor->desc.name));
	memcpy(tensor->desc.shape, note->shape, sizeof(tensor->desc.shape));
	return 0;
}

static int add_tensor(struct ipu_program *prog, const void *desc, size_t bytes)
{
	struct ipu_note_tensor note = { 0 };
	struct ipu_tensor *tensors;
	size_t needed;
	int err;

	if (prog->tensor_count == MAX_TENSORS)
		return ipu_fail(-ENOEXEC, "%s declares more than %d tensors.", prog->name,
				MAX_TENSORS);
	/* The version decides how long it is. */
	needed = IPU_NOTE_TENSOR_V1_SIZE;
	if (bytes >= needed) {
		memcpy(&note, desc, needed);
		needed = note.version == 1 ? needed : sizeof(note);
	}
	if (bytes < needed)
		return ipu_fail(-ENOEXEC,
				"%s has a broken note: a tensor's has %zu bytes, and %zu "
				"are needed.",
				prog->name, bytes, needed);
	memcpy(&note, desc, needed);
	tensors = realloc(prog->tensors, (prog->tensor_count + 1) * sizeof(*tensors));
	if (!tensors)
		return ipu_fail_nomem("a program");
	prog->tensors = tensors;
	err = check_tensor(prog, &note, &tensors[prog->tensor_count]);
	if (!err)
		prog->tensor_count++;
	return err;
}

static int add_entry(struct ipu_program *prog, const void *desc, size_t bytes)
{
	struct ipu_note_entry note = { 0 };
	struct ipu_entry *entries;

	if (prog->entry_count == MAX_TENSORS)
		return ipu_fail(-ENOEXEC, "%s declares more than %d entry points.", prog->name,
				MAX_TENSORS);
	if (bytes >= sizeof(note))
		memcpy(&note, desc, sizeof(note));
	if (note.version != IPU_NOTE_VERSION || !is_name(note.name) || note.addr % 2 ||
	    !in_sram(note.addr, 2))
		return ipu_fail(-ENOEXEC,
				"%s has a broken note for an entry point. Compile it again with "
				"the ipu-cc of this release.",
				prog->name);
	for (size_t i = 0; i < prog->entry_count; i++)
		if (!strcmp(prog->entries[i].name, note.name))
			return ipu_fail(-ENOEXEC, "%s declares the entry point \"%s\" twice.",
					prog->name, note.name);
	entries = realloc(prog->entries, (prog->entry_count + 1) * sizeof(*entries));
	if (!entries)
		return ipu_fail_nomem("a program");
	prog->entries = entries;
	memcpy(entries[prog->entry_count].name, note.name, sizeof(note.name));
	entries[prog->entry_count++].addr = note.addr;
	return 0;
}

static int read_notes(struct ipu_program *prog, Elf_Scn *section)
{
	Elf_Data *data = elf_getdata(section, NULL);
	const unsigned char *bytes;
	size_t offset = 0;

	if (!data)
		return ipu_fail(-ENOEXEC, "%s has a broken section .note.ipu: %s.", prog->name,
				elf_errmsg(-1));
	bytes = data->d_buf;
	while (offset < data->d_size) {
		size_t name_at, desc_at;
		GElf_Nhdr header;
		int err;

		offset = gelf_getnote(data, offset, &header, &name_at, &desc_at);
		if (!offset)
			return ipu_fail(-ENOEXEC,
					"%s has a broken section .note.ipu: a note does "
					"not end in it.",
					prog->name);
		if (header.n_namesz != sizeof(IPU_NOTE_OWNER) ||
		    memcmp(bytes + name_at, IPU_NOTE_OWNER, sizeof(IPU_NOTE_OWNER)))
			continue;
		err = 0;
		if (header.n_type == IPU_NOTE_TENSOR)
			err = add_tensor(prog, bytes + desc_at, header.n_descsz);
		else if (header.n_type == IPU_NOTE_ENTRY)
			err = add_entry(prog, bytes + desc_at, header.n_descsz);
		else if (header.n_type == IPU_NOTE_PRINT)
			err = ipu_print_read_note(prog, bytes + desc_at, header.n_descsz);
		if (err)
			return err;
	}
	return 0;
}

int ipu_elf_read_notes(struct ipu_program *prog)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(prog->elf, &names))
		return 0; /* no sections, so no notes */
	while ((section = elf_nextscn(prog->elf, section))) {
		GElf_Shdr header;
		const char *name;
		int err;

		if (!gelf_getshdr(section, &header))
			return ipu_fail(-ENOEXEC, "%s has broken section headers: %s.", prog->name,
					elf_errmsg(-1));
		if (header.sh_type != SHT_NOTE)
			continue;
		name = elf_strptr(prog->elf, names, header.sh_name);
		if (!name || strcmp(name, ".note.ipu"))
			continue;
		err = read_notes(prog, section);
		if (err)
			return err;
	}
	return 0;
}
