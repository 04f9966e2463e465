// SPDX-License-Identifier: MIT
/*
 * The attributes of a RISC-V program, which say what it was compiled for:
 * section .riscv.attributes, whose format is in the RISC-V ELF psABI,
 * "Attributes". They are information only, so broken ones are ignored.
 */
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_program.h"

#define FORMAT_VERSION 'A'
#define VENDOR "riscv"
#define TAG_FILE 1
#define TAG_ARCH 5

/**
 * struct reader - what has not been read yet; empty where something did not fit
 */
struct reader {
	const unsigned char *at;
	size_t left;
};

static void skip(struct reader *r, size_t bytes)
{
	if (bytes > r->left)
		bytes = r->left;
	r->at += bytes;
	r->left -= bytes;
}

static uint32_t read_word(struct reader *r)
{
	uint32_t value = 0;

	if (r->left >= sizeof(value))
		memcpy(&value, r->at, sizeof(value));
	skip(r, sizeof(value));
	return value;
}

static uint32_t read_uleb(struct reader *r)
{
	uint32_t value = 0;

	for (unsigned int shift = 0; r->left; shift += 7) {
		unsigned char byte = *r->at;

		skip(r, 1);
		if (shift < 32)
			value |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	return value;
}

/* A string that ends with a zero byte, NULL if it does not. */
static const char *read_string(struct reader *r)
{
	const char *text = (const char *)r->at;
	size_t length = strnlen(text, r->left);
	bool ended = length < r->left;

	skip(r, length + 1);
	return ended ? text : NULL;
}

/* A part of @r that begins with its own length, which includes @before bytes read already. */
static struct reader read_part(struct reader *r, size_t before)
{
	uint32_t bytes = read_word(r);
	struct reader part = { .at = r->at };

	before += sizeof(bytes);
	if (bytes >= before)
		part.left = bytes - before < r->left ? bytes - before : r->left;
	skip(r, bytes >= before ? part.left : r->left);
	return part;
}

static const char *arch_of_file(struct reader attributes)
{
	while (attributes.left) {
		uint32_t tag = read_uleb(&attributes);
		const char *text;

		/* even tags have a number, odd ones a string */
		if (tag % 2 == 0) {
			read_uleb(&attributes);
			continue;
		}
		text = read_string(&attributes);
		if (tag == TAG_ARCH)
			return text;
	}
	return NULL;
}

static const char *arch_of_vendor(struct reader vendor)
{
	const char *name = read_string(&vendor);

	if (!name || strcmp(name, VENDOR))
		return NULL;
	while (vendor.left) {
		bool is_file = *vendor.at == TAG_FILE;
		struct reader attributes;

		skip(&vendor, 1);
		attributes = read_part(&vendor, 1);
		if (is_file)
			return arch_of_file(attributes);
	}
	return NULL;
}

/* The largest N of the extensions zvlNb in "rv32i2p1_m2p0_zvl128b1p0". */
static uint32_t vlen_of_arch(const char *arch)
{
	unsigned long vlen = 0;

	for (const char *at = strstr(arch, "_zvl"); at; at = strstr(at + 1, "_zvl")) {
		char *end;
		unsigned long bits = strtoul(at + strlen("_zvl"), &end, 10);

		if (*end == 'b' && bits <= 65536 && bits > vlen)
			vlen = bits;
	}
	return (uint32_t)vlen;
}

static uint32_t vlen_of_section(const unsigned char *data, size_t bytes)
{
	struct reader r = { .at = data, .left = bytes };

	if (!bytes || *data != FORMAT_VERSION)
		return 0;
	skip(&r, 1);
	while (r.left) {
		const char *arch = arch_of_vendor(read_part(&r, 0));

		if (arch)
			return vlen_of_arch(arch);
	}
	return 0;
}

uint32_t ipu_elf_vlen(struct ipu_program *prog)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(prog->elf, section))) {
		GElf_Shdr header;
		Elf_Data *data;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_RISCV_ATTRIBUTES)
			continue;
		data = elf_rawdata(section, NULL);
		if (data && data->d_buf)
			return vlen_of_section(data->d_buf, data->d_size);
	}
	return 0;
}
