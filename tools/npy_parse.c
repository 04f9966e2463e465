// SPDX-License-Identifier: MIT
/*
 * Parsing an npy file. Its header is a dictionary in Python's notation; this
 * accepts the subset that NumPy writes.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "npy.h"

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6

/**
 * struct parser - a place in the header
 * @at: next character
 * @end: one past the last one
 * @npy: what is found
 * @fortran: order of the elements
 * @seen: keys found, a bit each
 * @error: where the first error is written
 */
struct parser {
	const char *at;
	const char *end;
	struct npy *npy;
	bool fortran;
	unsigned int seen;
	char *error;
};

enum key { KEY_DESCR = 1, KEY_ORDER = 2, KEY_SHAPE = 4, KEY_ALL = 7 };

static int __attribute__((format(printf, 2, 3))) wrong(char *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, NPY_ERROR_SIZE, format, args);
	va_end(args);
	return -EINVAL;
}

static int bad_header(const struct parser *p, const char *what)
{
	return wrong(p->error, "has a broken npy header: %s", what);
}

static void skip_space(struct parser *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\n'))
		p->at++;
}

/* Take the character @c if it is next. */
static bool take(struct parser *p, char c)
{
	skip_space(p);
	if (p->at == p->end || *p->at != c)
		return false;
	p->at++;
	return true;
}

static bool take_word(struct parser *p, const char *word)
{
	size_t len = strlen(word);

	skip_space(p);
	if ((size_t)(p->end - p->at) < len || memcmp(p->at, word, len))
		return false;
	p->at += len;
	return true;
}

/* A string in single or double quotes, of printable ASCII without escapes. */
static bool take_string(struct parser *p, char *text, size_t bytes)
{
	const char *start;
	char quote;
	size_t len;

	skip_space(p);
	if (p->at == p->end || (*p->at != '\'' && *p->at != '"'))
		return false;
	quote = *p->at++;
	start = p->at;
	while (p->at < p->end && *p->at != quote && *p->at >= ' ' && *p->at <= '~' &&
	       *p->at != '\\')
		p->at++;
	if (p->at == p->end || *p->at != quote)
		return false;
	len = (size_t)(p->at - start);
	p->at++;
	if (len >= bytes)
		return false;
	memcpy(text, start, len);
	text[len] = '\0';
	return true;
}

static int parse_size(struct parser *p, uint64_t *size)
{
	bool any = false;

	skip_space(p);
	*size = 0;
	for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++) {
		any = true;
		if (__builtin_mul_overflow(*size, 10, size) ||
		    __builtin_add_overflow(*size, (uint64_t)(*p->at - '0'), size))
			return bad_header(p, "a dimension is absurdly large");
	}
	if (!any)
		return bad_header(p, "the shape is not a tuple of whole numbers");
	take(p, 'L'); /* Python 2 wrote long integers like this */
	return 0;
}

static int parse_shape(struct parser *p)
{
	struct npy *npy = p->npy;
	bool comma = true;
	int err;

	if (!take(p, '('))
		return bad_header(p, "the shape is not a tuple");
	while (!take(p, ')')) {
		if (!comma)
			return bad_header(p, "the shape is not a tuple of whole numbers");
		if (npy->ndim == NPY_MAX_DIMS)
			return bad_header(p, "it has more than 32 dimensions");
		err = parse_size(p, &npy->shape[npy->ndim]);
		if (err)
			return err;
		npy->ndim++;
		comma = take(p, ',');
	}
	/* (3) is a number, (3,) is a tuple */
	if (npy->ndim == 1 && !comma)
		return bad_header(p, "the shape is not a tuple");
	return 0;
}

static int parse_descr(struct parser *p)
{
	skip_space(p);
	if (p->at < p->end && *p->at == '[')
		return wrong(p->error,
			     "is a structured array; save the field that is wanted on its "
			     "own, numpy.save(file, a['field'])");
	if (!take_string(p, p->npy->descr, sizeof(p->npy->descr)))
		return bad_header(p, "the element type is not a short string");
	return 0;
}

static int parse_order(struct parser *p)
{
	if (take_word(p, "True"))
		p->fortran = true;
	else if (!take_word(p, "False"))
		return bad_header(p, "'fortran_order' is neither True nor False");
	return 0;
}

static int parse_member(struct parser *p)
{
	enum key key;
	char name[32];
	int err;

	if (!take_string(p, name, sizeof(name)) || !take(p, ':'))
		return bad_header(p, "it is not a dictionary");
	if (!strcmp(name, "descr")) {
		key = KEY_DESCR;
	} else if (!strcmp(name, "fortran_order")) {
		key = KEY_ORDER;
	} else if (!strcmp(name, "shape")) {
		key = KEY_SHAPE;
	} else {
		return bad_header(p, "it has an unknown key");
	}
	if (p->seen & key)
		return bad_header(p, "it has a key twice");
	p->seen |= key;
	err = key == KEY_DESCR ? parse_descr(p) :
	      key == KEY_ORDER ? parse_order(p) :
				 parse_shape(p);
	return err;
}

static int parse_dictionary(struct parser *p)
{
	bool comma = true;

	if (!take(p, '{'))
		return bad_header(p, "it is not a dictionary");
	while (!take(p, '}')) {
		int err;

		if (!comma)
			return bad_header(p, "it is not a dictionary");
		err = parse_member(p);
		if (err)
			return err;
		comma = take(p, ',');
	}
	skip_space(p);
	if (p->at != p->end)
		return bad_header(p, "something follows the dictionary");
	if (p->seen != KEY_ALL)
		return bad_header(p, "'descr', 'fortran_order' or 'shape' is missing");
	return 0;
}

/* The bytes of an element: "<f4" has 4. Types of no fixed size, or of pointers, are refused. */
static int check_descr(struct npy *npy, char *error)
{
	const char *descr = npy->descr;
	uint32_t size = 0;

	if (strlen(descr) < 2 || !strchr("<>|=", descr[0]))
		return wrong(error, "has a broken npy header: the element type '%s' is unknown",
			     descr);
	if (descr[1] == 'O')
		return wrong(error, "holds Python objects, not numbers; convert it, "
				    "a.astype(numpy.float32)");
	if (strchr("SaU", descr[1]))
		return wrong(error,
			     "holds text ('%s'), not numbers; convert it, "
			     "a.astype(numpy.float32)",
			     descr);
	for (const char *digit = descr + 2; *digit; digit++) {
		if (*digit < '0' || *digit > '9' || size > 10000)
			return wrong(error,
				     "holds elements of type '%s', not numbers; convert it, "
				     "a.astype(numpy.float32)",
				     descr);
		size = size * 10 + (uint32_t)(*digit - '0');
	}
	if (!size)
		return wrong(error, "has a broken npy header: the element type '%s' has no size",
			     descr);
	if (descr[0] == '>' && size > 1)
		return wrong(error, "is big endian ('%s'); convert it, a.astype('<%s')", descr,
			     descr + 1);
	npy->item_bytes = size;
	return 0;
}

static int check_size(struct npy *npy, uint64_t available, char *error)
{
	npy->bytes = npy->item_bytes;
	for (uint32_t i = 0; i < npy->ndim; i++)
		if (!npy->shape[i])
			npy->bytes = 0;
	for (uint32_t i = 0; i < npy->ndim && npy->bytes; i++)
		if (__builtin_mul_overflow(npy->bytes, npy->shape[i], &npy->bytes))
			return wrong(error, "has a broken npy header: the shape is absurdly large");
	if (available < npy->bytes)
		return wrong(error,
			     "is truncated: it holds %llu bytes of elements, and its shape "
			     "needs %llu",
			     (unsigned long long)available, (unsigned long long)npy->bytes);
	if (available > npy->bytes)
		return wrong(error,
			     "is too long: it holds %llu bytes of elements, and its shape "
			     "needs only %llu",
			     (unsigned long long)available, (unsigned long long)npy->bytes);
	return 0;
}

/* Where the header is: its length has 2 bytes in version 1, and 4 later. */
static int find_header(const unsigned char *file, size_t bytes, size_t *start, size_t *len,
		       char *error)
{
	if (bytes < MAGIC_SIZE || memcmp(file, MAGIC, MAGIC_SIZE))
		return wrong(error, "is not an npy file; write it with numpy.save()");
	if (bytes < MAGIC_SIZE + 2)
		return wrong(error, "is truncated: its npy header is not complete");
	if (file[6] < 1 || file[6] > 3 || file[7])
		return wrong(error,
			     "is an npy file of version %u.%u, and 1.0, 2.0 and 3.0 are "
			     "understood",
			     file[6], file[7]);
	*start = MAGIC_SIZE + 2 + (file[6] == 1 ? 2 : 4);
	if (bytes < *start)
		return wrong(error, "is truncated: its npy header is not complete");
	*len = file[8] | (size_t)file[9] << 8;
	if (file[6] > 1)
		*len |= (size_t)file[10] << 16 | (size_t)file[11] << 24;
	if (bytes - *start < *len)
		return wrong(error, "is truncated: its npy header is not complete");
	return 0;
}

/* C and Fortran order are one when at most one dimension is more than 1; NumPy may write either. */
static bool same_in_both_orders(const struct npy *npy)
{
	uint32_t longer = 0;

	for (uint32_t i = 0; i < npy->ndim; i++)
		longer += npy->shape[i] > 1;
	return longer <= 1 || !npy->bytes;
}

int npy_parse(const void *file, size_t bytes, struct npy *npy, char *error)
{
	struct parser p = { .npy = npy, .error = error };
	size_t start = 0, len = 0;
	int err;

	*npy = (struct npy){ 0 };
	err = find_header(file, bytes, &start, &len, error);
	if (err)
		return err;
	p.at = (const char *)file + start;
	p.end = p.at + len;
	err = parse_dictionary(&p);
	if (!err)
		err = check_descr(npy, error);
	if (!err)
		err = check_size(npy, bytes - start - len, error);
	if (err)
		return err;
	if (p.fortran && !same_in_both_orders(npy))
		return wrong(error, "is in Fortran order; save numpy.ascontiguousarray(a)");
	npy->data = (const unsigned char *)file + start + len;
	return 0;
}

const char *npy_descr_name(const char *descr, char text[32])
{
	static const struct {
		char kind;
		const char *name;
	} kinds[] = { { 'f', "float" }, { 'i', "int" }, { 'u', "uint" }, { 'c', "complex" } };
	unsigned int size;

	if (descr[0] && descr[1] && sscanf(descr + 2, "%5u", &size) == 1) {
		if (descr[1] == 'b' && size == 1)
			return "bool";
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (kinds[i].kind == descr[1]) {
				snprintf(text, 32, "%s%u", kinds[i].name, size * 8);
				return text;
			}
	}
	snprintf(text, 32, "'%.*s'", NPY_DESCR_SIZE, descr);
	return text;
}
