/* SPDX-License-Identifier: MIT */
/*
 * What C++ needs beside the C library, under its mangled names: new and delete on
 * malloc(). There are no exceptions: a new that finds no memory is a fault, one with
 * std::nothrow returns NULL.
 */
#include <malloc.h>
#include <stdlib.h>

#include <ipu/tile.h>

/* Variants of a function that differ in arguments that it does not need. */
#define AS(name) __attribute__((alias(#name)))

void *_Znwj(size_t bytes);
void *_Znaj(size_t bytes) AS(_Znwj);
void *_ZnwjRKSt9nothrow_t(size_t bytes, const void *tag);
void *_ZnajRKSt9nothrow_t(size_t bytes, const void *tag) AS(_ZnwjRKSt9nothrow_t);
void *_ZnwjSt11align_val_t(size_t bytes, size_t align);
void *_ZnajSt11align_val_t(size_t bytes, size_t align) AS(_ZnwjSt11align_val_t);
void *_ZnwjSt11align_val_tRKSt9nothrow_t(size_t bytes, size_t align, const void *tag);
void *_ZnajSt11align_val_tRKSt9nothrow_t(size_t bytes, size_t align, const void *tag)
	AS(_ZnwjSt11align_val_tRKSt9nothrow_t);

void _ZdlPv(void *memory);
void _ZdaPv(void *memory) AS(_ZdlPv);
void _ZdlPvj(void *memory) AS(_ZdlPv);
void _ZdaPvj(void *memory) AS(_ZdlPv);
void _ZdlPvRKSt9nothrow_t(void *memory) AS(_ZdlPv);
void _ZdaPvRKSt9nothrow_t(void *memory) AS(_ZdlPv);
void _ZdlPvSt11align_val_t(void *memory) AS(_ZdlPv);
void _ZdaPvSt11align_val_t(void *memory) AS(_ZdlPv);
void _ZdlPvjSt11align_val_t(void *memory) AS(_ZdlPv);
void _ZdaPvjSt11align_val_t(void *memory) AS(_ZdlPv);

void __cxa_pure_virtual(void);
void __cxa_deleted_virtual(void);

static void *must(void *memory)
{
	if (!memory)
		ipu_trap_text("operator new: the tile has no memory left");
	return memory;
}

void *_Znwj(size_t bytes)
{
	return must(malloc(bytes ? bytes : 1));
}

void *_ZnwjRKSt9nothrow_t(size_t bytes, const void *tag)
{
	(void)tag;
	return malloc(bytes ? bytes : 1);
}

void *_ZnwjSt11align_val_t(size_t bytes, size_t align)
{
	return must(memalign(align, bytes ? bytes : 1));
}

void *_ZnwjSt11align_val_tRKSt9nothrow_t(size_t bytes, size_t align, const void *tag)
{
	(void)tag;
	return memalign(align, bytes ? bytes : 1);
}

void _ZdlPv(void *memory)
{
	free(memory);
}

void __cxa_pure_virtual(void)
{
	ipu_trap_text("a pure virtual function was called");
}

void __cxa_deleted_virtual(void)
{
	ipu_trap_text("a deleted virtual function was called");
}
