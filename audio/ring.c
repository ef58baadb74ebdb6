/* Head and tail count bytes and never wrap in practice (64 bits); each is written by one side only, released
 * after the bytes it tells of and acquired before they are touched. They stand on cache lines of their own,
 * or the two threads would take them from each other with every call. */
#include "audio/ring.h"

#include "executor/executor.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64

struct ring {
	size_t mask;
	unsigned char *bytes;
	char before_head[CACHE_LINE];
	_Atomic uint64_t head; /* written so far */
	_Atomic uint64_t overruns;
	char before_tail[CACHE_LINE];
	_Atomic uint64_t tail; /* read so far */
	char after_tail[CACHE_LINE];
};

struct ring *ring_new(size_t bytes)
{
	size_t size = CACHE_LINE;
	struct ring *ring;

	while (size < bytes)
		size *= 2;
	ring = xcalloc(1, sizeof *ring);
	ring->mask = size - 1;
	ring->bytes = xmalloc(size);
	return ring;
}

void ring_free(struct ring *ring)
{
	if (ring)
		free(ring->bytes);
	free(ring);
}

bool ring_write(struct ring *ring, const void *bytes, size_t n)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	size_t size = ring->mask + 1, at = head & ring->mask, first = n < size - at ? n : size - at;

	if (n > size - (size_t)(head - tail)) {
		atomic_fetch_add_explicit(&ring->overruns, 1, memory_order_relaxed);
		return false;
	}
	memcpy(ring->bytes + at, bytes, first);
	memcpy(ring->bytes, (const unsigned char *)bytes + first, n - first);
	atomic_store_explicit(&ring->head, head + n, memory_order_release);
	return true;
}

size_t ring_read(struct ring *ring, void *bytes, size_t n)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	size_t used = (size_t)(atomic_load_explicit(&ring->head, memory_order_acquire) - tail);
	size_t size = ring->mask + 1, at = tail & ring->mask, first;

	if (n > used)
		n = used;
	first = n < size - at ? n : size - at;
	memcpy(bytes, ring->bytes + at, first);
	memcpy((unsigned char *)bytes + first, ring->bytes, n - first);
	atomic_store_explicit(&ring->tail, tail + n, memory_order_release);
	return n;
}

uint64_t ring_position(const struct ring *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_relaxed);
}

void ring_drop(struct ring *ring, uint64_t position)
{
	if (atomic_load_explicit(&ring->tail, memory_order_relaxed) < position)
		atomic_store_explicit(&ring->tail, position, memory_order_release);
}

size_t ring_used(const struct ring *ring)
{
	return (size_t)(atomic_load_explicit(&ring->head, memory_order_acquire) -
		atomic_load_explicit(&ring->tail, memory_order_relaxed));
}

size_t ring_room(const struct ring *ring)
{
	return ring->mask + 1 -
		(size_t)(atomic_load_explicit(&ring->head, memory_order_relaxed) -
			atomic_load_explicit(&ring->tail, memory_order_acquire));
}

uint64_t ring_overruns(const struct ring *ring)
{
	return atomic_load_explicit(&ring->overruns, memory_order_relaxed);
}
