/* Chunks, first of one size, then each twice as large as the one before it up to a limit: what stays small
 * wastes little, and what malloc gives out quickly, below 1 KiB, is asked for as such. See arena.h. */
#include "executor/arena.h"
#include "executor/alloc.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT alignof(max_align_t)
#define CHUNK_MIN ((size_t)256) /* with its head */
#define CHUNK_EQUAL_BYTES ((size_t)4 << 10)
#define CHUNK_DOUBLING_MAX ((size_t)64 << 10)
#define KEEP_MAX ((size_t)4 << 10)

struct arena_chunk {
	alignas(max_align_t) struct arena_chunk *next;
	size_t size; /* of what follows */
};

static void add_chunk(struct arena *arena, size_t least)
{
	struct arena_chunk *chunk;
	size_t size = CHUNK_MIN - sizeof *chunk;

	if (arena->chunks) {
		size = arena->chunks->size;
		if (arena->used >= CHUNK_EQUAL_BYTES)
			size = size < CHUNK_DOUBLING_MAX / 2 ? size * 2 : CHUNK_DOUBLING_MAX;
	}
	if (size < least)
		size = least;
	chunk = xreallocarray(NULL, 1, sizeof *chunk + size);
	chunk->next = arena->chunks;
	chunk->size = size;
	arena->chunks = chunk;
	arena->at = (char *)(chunk + 1);
	arena->end = arena->at + size;
}

void arena_reserve(struct arena *arena, size_t bytes)
{
	if ((size_t)(arena->end - arena->at) < bytes)
		add_chunk(arena, bytes);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t gap = -(uintptr_t)arena->at & (ALIGNMENT - 1);
	char *p;

	if (!arena->chunks || (size_t)(arena->end - arena->at) < gap ||
		(size_t)(arena->end - arena->at) - gap < size) {
		add_chunk(arena, size);
		gap = 0;
	}
	p = arena->at + gap;
	arena->at = p + size;
	arena->used += size;
	return p;
}

void *arena_grow(struct arena *arena, void *p, size_t old, size_t size)
{
	void *larger;

	if (p && (char *)p + old == arena->at && (size_t)(arena->end - (char *)p) >= size) {
		arena->at = (char *)p + size;
		arena->used += size - old;
		return p;
	}
	larger = arena_alloc(arena, size);
	if (p && old)
		memcpy(larger, p, old);
	return larger;
}

char *arena_text(struct arena *arena, const char *text, size_t len)
{
	char *copy;

	arena_reserve(arena, len + 1);
	copy = arena->at;
	memcpy(copy, text, len);
	copy[len] = '\0';
	arena->at += len + 1;
	arena->used += len + 1;
	return copy;
}

bool arena_has(const struct arena *arena, const void *p)
{
	const struct arena_chunk *chunk = arena->chunks;

	while (chunk && (uintptr_t)p - (uintptr_t)(chunk + 1) >= chunk->size)
		chunk = chunk->next;
	return chunk;
}

static void free_chunks(struct arena_chunk *chunk)
{
	struct arena_chunk *next;

	for (; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
}

void arena_reset(struct arena *arena)
{
	struct arena_chunk *kept = arena->chunks;

	if (!kept)
		return;
	if (kept->size > KEEP_MAX) {
		arena_done(arena);
		return;
	}
	free_chunks(kept->next);
	kept->next = NULL;
	arena->at = (char *)(kept + 1);
	arena->used = 0;
}

void arena_done(struct arena *arena)
{
	free_chunks(arena->chunks);
	*arena = (struct arena){0};
}
