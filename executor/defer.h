/* Work put off to the loop's next pass, so that a callback never runs inside the call that asked for it. */
#ifndef EXECUTOR_DEFER_H
#define EXECUTOR_DEFER_H

#include <stdbool.h>
#include <uv.h>

/* Embedded in whatever waits. Zeroed at first; run is called with the same pointer, once per defer_add. */
struct deferred {
	void (*run)(struct deferred *deferred);
	struct deferred *prev, *next;
	bool queued;
};

struct defer_queue;

struct defer_queue *defer_queue_new(uv_loop_t *loop);
/* Forgets what is queued. Run the loop once more before closing the loop. */
void defer_queue_free(struct defer_queue *queue);
/* In order of adding, where not many wait; of more, a batch and what it adds goes before the rest, for some
 * passes. Adding one that is queued already is an error of the program. */
void defer_add(struct defer_queue *queue, struct deferred *deferred);
/* Harmless when it is not queued. */
void defer_remove(struct defer_queue *queue, struct deferred *deferred);

#endif
