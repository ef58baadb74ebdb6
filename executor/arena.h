/* Memory for many small things that go away together: a trace with its spans and their texts, a log record
 * with its members. Beside one allocation for each thing it saves a walk over cold memory when they go. */
#ifndef EXECUTOR_ARENA_H
#define EXECUTOR_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

/* {0} is an empty one. It may be moved. */
struct arena {
	struct arena_chunk *chunks; /* the newest first */
	char *at, *end;             /* what is free in the newest */
	size_t used;                /* bytes handed out so far */
};

/* Makes room for bytes in one piece where there is none; what fits is up to whoever knows what comes. */
void arena_reserve(struct arena *arena, size_t bytes);
/* Not cleared; aligned for pointers, numbers and structs of these. Never NULL. Valid until arena_done or
 * arena_reset. */
void *arena_alloc(struct arena *arena, size_t size);
/* Makes a piece of old bytes larger: in its place where nothing has come after it, else elsewhere with what
 * it held. p may be NULL. */
void *arena_grow(struct arena *arena, void *p, size_t old, size_t size);
/* A copy of len bytes with a NUL behind them. */
char *arena_text(struct arena *arena, const char *text, size_t len);
/* Does p point into it? */
bool arena_has(const struct arena *arena, const void *p);
/* Everything is given back. arena_reset keeps a little memory for what comes next. */
void arena_reset(struct arena *arena);
void arena_done(struct arena *arena);

#endif
