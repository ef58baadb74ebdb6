/* Server-sent events from bytes in pieces of any size (WHATWG HTML, "Interpreting an event stream"). `id` and
 * `retry` are read over: nothing here reconnects. More lenient in one thing: an event that the connection's
 * end cuts off before its empty line is still told, because servers leave that line out. */
#ifndef EXECUTOR_SSE_H
#define EXECUTOR_SSE_H

#include "executor/buffer.h"

struct sse {
	struct buffer line, data, type; /* line: what has come of the current one */
	bool begun;                     /* the stream's first bytes have been looked at for a BOM */
	bool after_cr;                  /* an LF that follows belongs to the line before */
	bool has_data;
	/* type is "message" where the event names none; data ends in NUL and may hold line feeds. Valid
	 * during the call. */
	void (*event)(const char *type, const char *data, size_t len, void *ctx);
	void *ctx;
};

/* max_bytes bounds one line and one event. */
void sse_init(struct sse *sse, size_t max_bytes,
	void (*event)(const char *type, const char *data, size_t len, void *ctx), void *ctx);
void sse_done(struct sse *sse);
/* False when a line or an event is over the maximum: the stream is of no use from there on. */
bool sse_feed(struct sse *sse, const char *bytes, size_t len);
/* The connection has ended. */
bool sse_end(struct sse *sse);

#endif
