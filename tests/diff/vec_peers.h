/* SPDX-License-Identifier: MIT */
/*
 * The two that run an image: the model, in this process, and a child, which is
 * qemu-riscv32 or another build of this program.
 */
#ifndef DIFF_VEC_PEERS_H
#define DIFF_VEC_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vector/ipu_vec.h"
#include "vec_image.h"

#define VEC_MESSAGE 512

/**
 * struct vec_model - a tile that runs an image
 * @sram: its memory
 * @cache, @tile: the tile
 * @tier: how it does vector instructions
 */
struct vec_model {
	uint8_t *sram;
	struct ipu_code_cache *cache;
	struct ipu_tile *tile;
	enum ipu_vec_tier tier;
};

/** vec_model_start - ready to run SRAM's contents @sram; ends the process without memory */
void vec_model_start(struct vec_model *model, const uint8_t *sram, unsigned int vlen,
		     enum ipu_vec_tier tier);
void vec_model_end(struct vec_model *model);

/**
 * vec_model_run - go on
 * @log: what was logged meanwhile; valid until the next call
 * @bytes: how much
 * @message: empty, or why it could not go on
 * Return: whether there is more to come.
 */
bool vec_model_run(struct vec_model *model, const uint8_t **log, size_t *bytes,
		   char message[VEC_MESSAGE]);

/**
 * struct vec_child - a process that writes the log to a pipe
 * @pid: process, -1 if there is none
 * @log: the pipe's end
 */
struct vec_child {
	pid_t pid;
	int log;
};

/**
 * vec_child_start - start a process that runs an image
 * @sram: the image, IPU_SRAM_SIZE bytes
 * @argv: program and arguments; "IMAGE" among them becomes the name of the ELF file
 */
bool vec_child_start(struct vec_child *child, const uint8_t *sram, const char *const argv[],
		     char message[VEC_MESSAGE]);

/** vec_child_read - what it logged next; returns how much, less than @bytes at the end */
size_t vec_child_read(struct vec_child *child, void *buffer, size_t bytes);

/** vec_child_end - stop it if need be; false if it did not end well, with how in @message */
bool vec_child_end(struct vec_child *child, bool finished, char message[VEC_MESSAGE]);

/** vec_serve - be such a process: run the ELF file at @path on the model; the exit status */
int vec_serve(const char *path, unsigned int vlen, enum ipu_vec_tier tier);

#endif /* DIFF_VEC_PEERS_H */
