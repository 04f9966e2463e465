/* SPDX-License-Identifier: MIT */
/* Resuming the run for gdb, and reporting to gdb why it stopped. */
#ifndef IPU_GDB_RESUME_H
#define IPU_GDB_RESUME_H

#include "gdb_session.h"

/** gdb_resume - the packet vCont, from after "vCont;" on */
enum gdb_next gdb_resume(struct gdb_session *session, const char *at, struct gdb_text *reply);

/** gdb_stop_reply - append why the run stopped; GDB_END if it has ended, else GDB_REPLY */
enum gdb_next gdb_stop_reply(struct gdb_session *session, struct gdb_text *reply);

#endif /* IPU_GDB_RESUME_H */
