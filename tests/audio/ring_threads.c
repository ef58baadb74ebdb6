/* The ring between two threads that never wait for each other, as a device's callback and the loop are: a
 * program of its own, since Criterion does not start under ThreadSanitizer, which is to watch it. Blocks have
 * their number and length in front and are filled with the number: one that is torn, lost or twice there
 * shows. Prints what tests/run adds up. */
#include "audio/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define BLOCKS 60000u
#define BLOCK_MOST 600
#define RING_BYTES 16384

struct header {
	uint32_t number, length;
};

struct shared {
	struct ring *ring;
	_Atomic uint64_t refused;
	_Atomic uint32_t nonsense; /* answers that cannot be */
};

static void *produce(void *ctx)
{
	struct shared *shared = ctx;
	unsigned char block[sizeof(struct header) + BLOCK_MOST];

	for (uint32_t i = 0; i < BLOCKS;) {
		struct header header = {i, i * 7919 % BLOCK_MOST};

		memcpy(block, &header, sizeof header);
		memset(block + sizeof header, (int)(i & 0xff), header.length);
		if (ring_write(shared->ring, block, sizeof header + header.length)) {
			i++;
		} else {
			atomic_fetch_add(&shared->refused, 1);
			sched_yield();
		}
		/* What a callback asks of it besides. */
		if (ring_room(shared->ring) > RING_BYTES || (i && !ring_position(shared->ring)))
			atomic_fetch_add(&shared->nonsense, 1);
	}
	return NULL;
}

/* One block, or none; wrong counts those that are not as they were written. */
static bool consume(struct ring *ring, uint32_t expected, uint32_t *wrong)
{
	unsigned char bytes[BLOCK_MOST];
	struct header header;

	if (ring_used(ring) < sizeof header) {
		sched_yield();
		return false;
	}
	ring_read(ring, &header, sizeof header);
	if (header.number != expected || header.length != expected * 7919 % BLOCK_MOST ||
		ring_read(ring, bytes, header.length) != header.length) {
		++*wrong;
		return true;
	}
	for (uint32_t i = 0; i < header.length; i++)
		if (bytes[i] != (expected & 0xff)) {
			++*wrong;
			break;
		}
	return true;
}

static int failed, passed;

static void check(bool right, const char *what)
{
	passed += right;
	failed += !right;
	if (!right)
		printf("FAILED ring between threads: %s\n", what);
}

int main(void)
{
	struct shared shared = {.ring = ring_new(RING_BYTES)};
	pthread_t thread;
	uint32_t read = 0, wrong = 0;

	if (pthread_create(&thread, NULL, produce, &shared))
		return 1;
	while (read < BLOCKS && !wrong)
		read += consume(shared.ring, read, &wrong);
	check(!wrong, "a block is not as it was written");
	/* After a wrong one it may write for ever. */
	if (!wrong) {
		pthread_join(thread, NULL);
		check(ring_used(shared.ring) == 0, "more was read than written");
		check(!atomic_load(&shared.nonsense), "its room or position cannot be");
		check(ring_overruns(shared.ring) == atomic_load(&shared.refused),
			"overruns are not those that were refused");
		ring_free(shared.ring);
	}
	printf("%d passed, %d failed, 0 skipped\n", passed, failed);
	return failed != 0;
}
