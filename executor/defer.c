/* A queue on a uv_idle handle. The handle is active only while something waits: an active idle handle keeps
 * the loop from sleeping, which is what a non-empty queue wants and an empty one must not have.
 *
 * Of many that wait a pass runs a batch, and what those add comes in the next pass before the rest: a
 * thousand turns that all take a step in each pass would find nothing of their own in the processor's caches
 * any more. But only for some passes, so that nobody waits for ever. */
#include "executor/defer.h"
#include "executor/alloc.h"

#include <assert.h>
#include <stdlib.h>

#define BATCH 32
#define BATCH_PASSES 16 /* a turn takes some ten */

struct defer_queue {
	uv_idle_t idle;
	struct deferred head;  /* a ring: what the last pass added, then the others in order of adding */
	struct deferred *mark; /* in it while a pass runs: what is added comes before it */
	int passes;            /* since what they added last went behind all others */
};

static void defer_unlink(struct deferred *d)
{
	d->prev->next = d->next;
	d->next->prev = d->prev;
	d->queued = false;
}

static void defer_link(struct deferred *d, struct deferred *before)
{
	d->prev = before->prev;
	d->next = before;
	d->prev->next = d->next->prev = d;
	d->queued = true;
}

/* Runs a batch of what was queued when the pass began; what those add waits for the next pass. */
static void defer_run(uv_idle_t *idle)
{
	struct defer_queue *queue = idle->data;
	struct deferred batch = {0}, added = {0}, *end = queue->head.next;
	bool last = ++queue->passes == BATCH_PASSES;

	for (int i = 0; i < BATCH && end != &queue->head; i++)
		end = end->next;
	defer_link(&batch, end);
	defer_link(&added, last ? &queue->head : end);
	queue->mark = &added;
	while (queue->head.next != &batch) {
		struct deferred *d = queue->head.next;

		defer_unlink(d);
		d->run(d);
	}
	queue->mark = NULL;
	if (last)
		queue->passes = 0;
	defer_unlink(&batch);
	defer_unlink(&added);
	if (queue->head.next == &queue->head)
		uv_idle_stop(idle);
}

struct defer_queue *defer_queue_new(uv_loop_t *loop)
{
	struct defer_queue *queue = xcalloc(1, sizeof *queue);

	uv_idle_init(loop, &queue->idle);
	queue->idle.data = queue;
	queue->head.prev = queue->head.next = &queue->head;
	return queue;
}

static void defer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void defer_queue_free(struct defer_queue *queue)
{
	while (queue->head.next != &queue->head)
		defer_unlink(queue->head.next);
	uv_close((uv_handle_t *)&queue->idle, defer_closed);
}

void defer_add(struct defer_queue *queue, struct deferred *d)
{
	assert(!d->queued);
	defer_link(d, queue->mark ? queue->mark : &queue->head);
	uv_idle_start(&queue->idle, defer_run);
}

void defer_remove(struct defer_queue *queue, struct deferred *d)
{
	(void)queue;
	if (d->queued)
		defer_unlink(d);
}
