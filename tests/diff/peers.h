/* SPDX-License-Identifier: MIT */
/*
 * The two that run an image: the model, in this process, and a child, which is
 * qemu-riscv32 or another build of this program.
 */
#ifndef DIFF_PEERS_H
#define DIFF_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tile/ipu_tile.h"

#define DIFF_MESSAGE 512

/**
 * struct diff_model - a tile that runs an image
 * @sram: its memory
 */
struct diff_model {
	uint8_t *sram;
	struct ipu_budget budget;
	struct ipu_code_cache *cache;
	struct ipu_tile *tile;
};

/** diff_model_start - prepare to run SRAM's contents @sram; ends the process if out of memory */
void diff_model_start(struct diff_model *model, const uint8_t *sram, unsigned int vlen);
void diff_model_end(struct diff_model *model);

/**
 * diff_model_run - run until it exits, or until it waits or fails
 * @message: empty, or why it did not exit
 */
enum ipu_tile_state diff_model_run(struct diff_model *model, char message[DIFF_MESSAGE]);

/**
 * struct diff_child - a process that writes its results to a pipe
 * @pid: process, -1 if there is none
 * @results: the pipe's end
 */
struct diff_child {
	pid_t pid;
	int results;
};

/**
 * diff_child_start - start a process that runs an image
 * @sram: the image, IPU_SRAM_SIZE bytes
 * @argv: program and arguments; "IMAGE" among them becomes the name of the ELF file
 */
bool diff_child_start(struct diff_child *child, const uint8_t *sram, const char *const argv[],
		      char message[DIFF_MESSAGE]);

/** diff_child_read - read its next output; returns how much, less than @bytes at the end */
size_t diff_child_read(struct diff_child *child, void *buffer, size_t bytes);

/** diff_child_end - stop it if necessary; false if it failed, with the reason in @message */
bool diff_child_end(struct diff_child *child, bool finished, char message[DIFF_MESSAGE]);

/** diff_child_run - all of it, for results of exactly @bytes */
bool diff_child_run(const uint8_t *sram, const char *const argv[], void *results, size_t bytes,
		    char message[DIFF_MESSAGE]);

#endif /* DIFF_PEERS_H */
