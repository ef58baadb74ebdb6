/* The ring: alone as a table of writes and reads, and between two threads. */
#include "audio/ring.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

Test(ring, all_or_nothing)
{
	struct ring *ring = ring_new(100);
	char out[200], in[200];

	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (char)i;
	cr_assert_eq(ring_room(ring), 128);
	for (int round = 0; round < 10; round++) {
		cr_expect(ring_write(ring, in, 90));
		cr_expect_eq(ring_used(ring), 90);
		cr_expect_eq(ring_room(ring), 38);
		cr_expect_not(ring_write(ring, in, 39));
		cr_expect(ring_write(ring, in + 90, 38));
		cr_expect_eq(ring_read(ring, out, 50), 50);
		cr_expect_eq(ring_read(ring, out + 50, 150), 78);
		cr_expect_eq(memcmp(in, out, 128), 0, "round %d", round);
		cr_expect_eq(ring_read(ring, out, 1), 0);
	}
	cr_expect_eq(ring_overruns(ring), 10);
	cr_expect_not(ring_write(ring, in, 129), "more than there will ever be room for");
	ring_free(ring);
}

#define NUMBERS 200000

static void *produce(void *ctx)
{
	struct ring *ring = ctx;

	for (uint32_t i = 0; i < NUMBERS;)
		i += ring_write(ring, &i, sizeof i);
	return NULL;
}

Test(ring, keeps_the_order_between_threads)
{
	struct ring *ring = ring_new(1024);
	pthread_t thread;
	uint32_t wrong = 0;

	cr_assert_eq(pthread_create(&thread, NULL, produce, ring), 0);
	for (uint32_t i = 0, number; i < NUMBERS;)
		if (ring_used(ring) >= sizeof number &&
			ring_read(ring, &number, sizeof number) == sizeof number)
			wrong += number != i++;
	pthread_join(thread, NULL);
	cr_expect_eq(wrong, 0);
	cr_expect_eq(ring_used(ring), 0);
	ring_free(ring);
}
