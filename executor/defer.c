/* A queue on a uv_idle handle. The handle is active only while something waits: an active idle handle keeps
 * the loop from sleeping, which is what a non-empty queue wants and an empty one must not have. */
#include "executor/defer.h"
#include "executor/alloc.h"

#include <assert.h>
#include <stdlib.h>

struct defer_queue {
	uv_idle_t idle;
	struct deferred head; /* a ring */
};

static void defer_unlink(struct deferred *d)
{
	d->prev->next = d->next;
	d->next->prev = d->prev;
	d->queued = false;
}

/* Runs what was queued when the pass began; what those add waits for the next pass. */
static void defer_run(uv_idle_t *idle)
{
	struct defer_queue *queue = idle->data;
	struct deferred mark = {.queued = true};

	mark.prev = queue->head.prev;
	mark.next = &queue->head;
	mark.prev->next = mark.next->prev = &mark;
	while (queue->head.next != &mark) {
		struct deferred *d = queue->head.next;

		defer_unlink(d);
		d->run(d);
	}
	defer_unlink(&mark);
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
	d->prev = queue->head.prev;
	d->next = &queue->head;
	d->prev->next = d->next->prev = d;
	d->queued = true;
	uv_idle_start(&queue->idle, defer_run);
}

void defer_remove(struct defer_queue *queue, struct deferred *d)
{
	(void)queue;
	if (d->queued)
		defer_unlink(d);
}
