/* A ring for one producer and one consumer on two threads, without locks: the producer is a sound device's
 * callback, which must not wait for anything. Blocks have their time and flags in front, so that what was
 * lost stays visible. */
#ifndef AUDIO_RING_H
#define AUDIO_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

/* Room for at least bytes bytes (made a power of two). */
struct ring *ring_new(size_t bytes);
void ring_free(struct ring *ring);
/* The producer's: all of the n bytes, or none of them, false and one more overrun when there is no room.
 * Waits for nothing, allocates nothing. */
bool ring_write(struct ring *ring, const void *bytes, size_t n);
/* The consumer's: up to n bytes. */
size_t ring_read(struct ring *ring, void *bytes, size_t n);
/* Where the next byte will be written, counted from the ring's making. The producer's. */
uint64_t ring_position(const struct ring *ring);
/* The consumer's: what stands before that position is not read any more. */
void ring_drop(struct ring *ring, uint64_t position);
/* What can be read now at least. The consumer's. */
size_t ring_used(const struct ring *ring);
/* What can be written now at least. The producer's. */
size_t ring_room(const struct ring *ring);
/* How often ring_write had no room since the ring was made. Any thread's. */
uint64_t ring_overruns(const struct ring *ring);

#endif
