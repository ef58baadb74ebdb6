/* A large body read, and rid of secrets, on libuv's pool, so that the loop does not stand still. Private to
 * executor/. */
#ifndef EXECUTOR_BODY_JOB_H
#define EXECUTOR_BODY_JOB_H

#include "executor/body.h"

#include <uv.h>

/* Bodies above this take longer than a loop pass may. */
#define BODY_JOB_MIN ((size_t)256 << 10)

struct body_job;

/* Takes text; redactor (may be NULL) outlives the job. done follows from the loop with the body, which it may
 * take from, unless the job was cancelled. */
struct body_job *body_job_start(uv_loop_t *loop, const struct redactor *redactor, const char *content_type,
	char *text, size_t len, void (*done)(struct body *body, void *ctx), void *ctx);
void body_job_cancel(struct body_job *job);

#endif
