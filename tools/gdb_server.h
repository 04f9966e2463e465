/* SPDX-License-Identifier: MIT */
/* ipu-run --gdb: a run that a gdb controls, over TCP on this machine. */
#ifndef IPU_GDB_SERVER_H
#define IPU_GDB_SERVER_H

#include <stdint.h>

#include <ipu.h>

#include "run_report.h"

/**
 * struct gdb_server - where gdb connects
 * @listener: a socket, which the caller closes
 * @port: its port
 */
struct gdb_server {
	int listener;
	uint32_t port;
};

/**
 * gdb_listen - wait for gdb on the loopback interface
 * @server: out
 * @port: the port; 0 for any that is free
 * Return: CLI_OK, or an exit code after a message.
 */
int gdb_listen(struct gdb_server *server, uint32_t port);

/**
 * gdb_serve - run the program that a context has loaded, for a gdb that
 * connects
 * @server: from gdb_listen()
 * @ctx: the context
 * @result: everything that does not result from running is filled in; the
 *	reports of the run's parts are added up in it
 *
 * Returns when the run has ended: with a gdb connected, a run that has faulted
 * ends only when gdb resumes, kills or detaches it. When the connection is lost
 * the run stays halted until another gdb connects. Return: 0 when the program has
 * exited; -ECANCELED when gdb killed it; else what ipu_run() returns.
 */
int gdb_serve(const struct gdb_server *server, struct ipu_context *ctx, struct run_result *result);

#endif /* IPU_GDB_SERVER_H */
