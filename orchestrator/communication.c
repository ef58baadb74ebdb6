/* An exchange is a small state machine: it waits, is delivered, is answered or stopped, waits to be tried
 * again. It ends only when the one who was asked has let go of it, so that a cancelled tool never reports to
 * freed memory. One timer serves a session: sessions are many and most of their exchanges end long before any
 * timeout. What the timer decides is carried out from the defer queue, where a callback may end the turn
 * safely. */
#include "orchestrator/communication.h"

#include "orchestrator/engine.h"
#include "orchestrator/session.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum exchange_state {
	EXCHANGE_WAITING,   /* in line, or on the way through the defer queue */
	EXCHANGE_DELIVERED, /* worked on */
	EXCHANGE_STOPPING,  /* given up while it was worked on */
	EXCHANGE_RESTING,   /* until it is tried again */
	EXCHANGE_ENDING,    /* given up; only done is left to be called */
};

struct exchange {
	struct communication *communication;
	struct exchange *prev, *next; /* of the session's, in order of arrival */
	struct exchange *up;
	struct turn *turn;
	struct span *span;
	struct message request;
	struct agent *to;
	struct deferred deferred;
	enum exchange_state state;
	enum errcode given_up; /* ERR_NONE while it goes on */
	bool committed;
	bool cancelled;
	int tries; /* that were begun */
	int depth; /* departments, this one included */
	uint64_t queued_ns;
	uint64_t due_ns;     /* when the timer has to look at it; 0: need not */
	uint64_t expires_ns; /* 0: never */
	uint64_t deadline_ns;
	double timeout_ms;
	exchange_work_cb work;
	void (*stop)(void *ctx);
	exchange_done_cb done;
	void *ctx;
};

/* A conversation that is waiting for its next request: the last answer asked something back. */
struct thread {
	struct thread *next;
	const struct node *from, *to;
	char id[CORRELATION_SIZE];
};

struct communication {
	struct engine *engine;
	struct agent_registry *registry;
	struct communication_settings settings;
	struct exchange *first, *last;
	struct thread *threads;
	uv_timer_t timer;  /* frees all this when it has closed */
	uint64_t timer_ns; /* when it will look; 0: it does not run */
};

/* A change that is no message of its own: an event named after it, and a record. */
static void exchange_record(const struct exchange *exchange, enum log_level level, const char *event,
	struct attribute first, struct attribute second)
{
	const struct message *request = &exchange->request;
	struct attribute attributes[] = {
		attr_plain("message.correlation_id", request->correlation),
		attr_plain("message.to", request->to->id),
		first,
		second,
	};
	size_t n = sizeof attributes / sizeof *attributes;

	span_add_event(exchange->span, event, attributes, n);
	message_log(exchange->communication->engine, level, exchange->span, request, attributes, n, event);
}

static uint64_t communication_now(const struct communication *communication)
{
	return clock_monotonic_ns(communication->engine->clock);
}

static struct communication *communication_of(uv_handle_t *handle)
{
	return (struct communication *)(void *)((char *)handle - offsetof(struct communication, timer));
}

struct communication *communication_new(struct engine *engine)
{
	struct communication *communication = xcalloc(1, sizeof *communication);

	communication->engine = engine;
	uv_timer_init(engine->loop, &communication->timer);
	return communication;
}

static void thread_forget(struct thread **at)
{
	struct thread *thread = *at;

	*at = thread->next;
	free(thread);
}

static void communication_closed(uv_handle_t *handle)
{
	free(communication_of(handle));
}

void communication_free(struct communication *communication)
{
	if (!communication)
		return;
	assert(!communication->first);
	while (communication->threads)
		thread_forget(&communication->threads);
	uv_close((uv_handle_t *)&communication->timer, communication_closed);
}

void communication_use(struct communication *communication, struct agent_registry *registry)
{
	assert(!communication->first);
	while (communication->threads)
		thread_forget(&communication->threads);
	communication->registry = registry;
	communication_settings_read(&communication->settings, registry->workflow);
}

size_t communication_count(const struct communication *communication)
{
	size_t n = 0;

	for (const struct exchange *at = communication->first; at; at = at->next)
		n++;
	return n;
}

static struct thread **thread_find(
	struct communication *communication, const struct node *from, const struct node *to)
{
	struct thread **at = &communication->threads;

	while (*at && ((*at)->from != from || (*at)->to != to))
		at = &(*at)->next;
	return at;
}

/* A conversation that was left open goes on; a new one is named after its first message. */
static void exchange_join_thread(struct exchange *exchange)
{
	struct message *request = &exchange->request;
	struct thread *open = *thread_find(exchange->communication, request->from, request->to);

	message_join_thread(request, open ? open->id : NULL);
}

/* What asks something back leaves the conversation open. */
static void exchange_leave_thread(struct exchange *exchange, enum message_type answer)
{
	struct communication *communication = exchange->communication;
	const struct message *request = &exchange->request;
	struct thread **at = thread_find(communication, request->from, request->to);
	bool open = answer == MESSAGE_QUERY || answer == MESSAGE_CONFIRM;

	if (*at && !open) {
		thread_forget(at);
	} else if (!*at && open) {
		*at = xcalloc(1, sizeof **at);
		(*at)->from = request->from;
		(*at)->to = request->to;
		memcpy((*at)->id, request->thread, sizeof request->thread);
	}
}

static void communication_look(uv_timer_t *timer);

/* The timer runs for the earliest of all; where that one is over by then, it looks in vain and goes on. */
static void communication_expect(struct communication *communication, uint64_t due_ns)
{
	uint64_t now = communication_now(communication);

	if (!due_ns || (communication->timer_ns && communication->timer_ns <= due_ns))
		return;
	communication->timer_ns = due_ns;
	uv_timer_start(&communication->timer, communication_look,
		due_ns > now ? (uint64_t)ceil(clock_ms(now, due_ns)) : 1, 0);
}

static void exchange_expect(struct exchange *exchange, uint64_t due_ns)
{
	exchange->due_ns = due_ns;
	communication_expect(exchange->communication, due_ns);
}

static void exchange_defer(struct exchange *exchange)
{
	if (!exchange->deferred.queued)
		defer_add(exchange->communication->engine->defer, &exchange->deferred);
}

/* Who stands first in line for an agent that is free; NULL: nobody, or it is not. */
static struct exchange *communication_next(
	const struct communication *communication, const struct agent *agent)
{
	struct exchange *next = NULL;

	for (struct exchange *at = agent->working ? NULL : communication->first; at; at = at->next)
		if (at->to == agent && at->state == EXCHANGE_WAITING &&
			(!next || at->request.priority > next->request.priority))
			next = at;
	return next;
}

static void communication_serve(struct communication *communication, const struct agent *agent)
{
	struct exchange *next = communication_next(communication, agent);

	if (next)
		exchange_defer(next);
}

/* One more try: it gets in line, and in time its turn. */
static void exchange_queue(struct exchange *exchange)
{
	uint64_t now = communication_now(exchange->communication);
	uint64_t due = now + (uint64_t)(exchange->timeout_ms * 1e6);

	exchange->state = EXCHANGE_WAITING;
	exchange->tries++;
	exchange->queued_ns = now;
	exchange_expect(
		exchange, exchange->expires_ns && exchange->expires_ns < due ? exchange->expires_ns : due);
	communication_serve(exchange->communication, exchange->to);
}

/* done comes last: it may end the turn, and with it all that the exchange points to. */
static void exchange_end(struct exchange *exchange, const struct message *answer)
{
	struct communication *communication = exchange->communication;
	exchange_done_cb done = exchange->done;
	enum errcode code = exchange->given_up;
	void *ctx = exchange->ctx;

	defer_remove(communication->engine->defer, &exchange->deferred);
	*(exchange->prev ? &exchange->prev->next : &communication->first) = exchange->next;
	*(exchange->next ? &exchange->next->prev : &communication->last) = exchange->prev;
	communication_serve(communication, exchange->to);
	if (!communication->first) {
		uv_timer_stop(&communication->timer);
		communication->timer_ns = 0;
	}
	cJSON_Delete(exchange->request.content);
	free(exchange);
	done(answer, code, ctx);
}

static void exchange_deliver(struct exchange *exchange)
{
	uint64_t now = communication_now(exchange->communication);

	/* One of higher priority that came in the meantime goes first. */
	if (communication_next(exchange->communication, exchange->to) != exchange)
		return;
	exchange->state = EXCHANGE_DELIVERED;
	if (exchange->expires_ns)
		exchange_expect(exchange, exchange->queued_ns + (uint64_t)(exchange->timeout_ms * 1e6));
	agent_begins(exchange->to);
	exchange_record(exchange, LOG_DEBUG, "delivered",
		attr_double("message.waited_ms", clock_ms(exchange->queued_ns, now)),
		attr_int("message.try", exchange->tries));
	exchange->work(exchange, &exchange->request, exchange->ctx);
}

static bool exchange_may_retry(const struct exchange *exchange, double delay_ms)
{
	const struct communication *communication = exchange->communication;
	uint64_t next = communication_now(communication) + (uint64_t)(delay_ms * 1e6);

	return !exchange->cancelled && !exchange->committed && exchange->given_up == ERR_TOOL_TIMEOUT &&
		exchange->tries <= communication->settings.retry.max &&
		(!exchange->deadline_ns || next < exchange->deadline_ns) &&
		(!exchange->expires_ns || next < exchange->expires_ns);
}

static void exchange_record_end(const struct exchange *exchange)
{
	char code[ERRCODE_SIZE];

	exchange_record(exchange, exchange->cancelled ? LOG_INFO : LOG_WARN, "given up",
		attr_plain("error.type", errcode_format(exchange->given_up, 0, code)),
		attr_int("message.try", exchange->tries));
}

/* Nobody works on it (any more), and there was no answer. */
static void exchange_unanswered(struct exchange *exchange)
{
	const struct retry_policy *retry = &exchange->communication->settings.retry;
	double delay_ms = policy_backoff_ms(retry, exchange->tries, NULL);

	defer_remove(exchange->communication->engine->defer, &exchange->deferred);
	if (!exchange_may_retry(exchange, delay_ms)) {
		exchange_record_end(exchange);
		exchange_end(exchange, NULL);
		return;
	}
	exchange->given_up = ERR_NONE;
	exchange->state = EXCHANGE_RESTING;
	exchange_record(exchange, LOG_WARN, "retried", attr_int("message.try", exchange->tries + 1),
		attr_double("message.delay_ms", delay_ms));
	exchange_expect(exchange, communication_now(exchange->communication) + (uint64_t)(delay_ms * 1e6));
	communication_serve(exchange->communication, exchange->to);
}

/* From the defer queue. */
static void exchange_advance(struct deferred *deferred)
{
	struct exchange *exchange =
		(struct exchange *)(void *)((char *)deferred - offsetof(struct exchange, deferred));

	switch (exchange->state) {
	case EXCHANGE_WAITING: exchange_deliver(exchange); break;
	case EXCHANGE_STOPPING: exchange->stop(exchange->ctx); break;
	case EXCHANGE_RESTING: exchange_queue(exchange); break;
	case EXCHANGE_ENDING: exchange_unanswered(exchange); break;
	case EXCHANGE_DELIVERED: break;
	}
}

/* Its time has come. */
static void exchange_expire(struct exchange *exchange, uint64_t now)
{
	exchange->due_ns = 0;
	if (exchange->state == EXCHANGE_WAITING || exchange->state == EXCHANGE_DELIVERED) {
		exchange->given_up = ERR_TOOL_TIMEOUT;
		if (exchange->state == EXCHANGE_WAITING && exchange->expires_ns &&
			now >= exchange->expires_ns)
			exchange_record(exchange, LOG_WARN, "expired",
				attr_double("message.waited_ms", clock_ms(exchange->queued_ns, now)),
				attr_int("message.try", exchange->tries));
		exchange->state = exchange->state == EXCHANGE_WAITING ? EXCHANGE_ENDING : EXCHANGE_STOPPING;
	}
	exchange_defer(exchange);
}

static void communication_look(uv_timer_t *timer)
{
	struct communication *communication = communication_of((uv_handle_t *)timer);
	uint64_t now = communication_now(communication), next = 0;

	communication->timer_ns = 0;
	for (struct exchange *at = communication->first; at; at = at->next) {
		if (at->due_ns && at->due_ns <= now)
			exchange_expire(at, now);
		if (at->due_ns && (!next || at->due_ns < next))
			next = at->due_ns;
	}
	communication_expect(communication, next);
}

/* At the end of the line: arrival. */
static void communication_add(struct communication *communication, struct exchange *exchange)
{
	exchange->prev = communication->last;
	*(communication->last ? &communication->last->next : &communication->first) = exchange;
	communication->last = exchange;
}

/* Departments that ask each other in a circle would wait for each other till the last of them runs out of
 * time.
 */
static bool exchange_waits_for_itself(const struct exchange *exchange)
{
	const struct exchange *up = exchange->up;

	while (up && up->to != exchange->to)
		up = up->up;
	return up != NULL;
}

struct exchange *communication_request(
	struct communication *communication, const struct exchange_request *request)
{
	struct exchange *exchange = xcalloc(1, sizeof *exchange);

	*exchange = (struct exchange){
		.communication = communication,
		.up = request->up,
		.turn = request->turn,
		.span = request->span,
		.request = {.type = MESSAGE_REQUEST,
			.priority = request->priority,
			.from = request->from,
			.to = request->to,
			.content = request->content},
		.to = agent_registry_of(communication->registry, request->to),
		.deferred = {.run = exchange_advance},
		.depth = (request->up ? request->up->depth : 0) + (request->to->type == NODE_DEPARTMENT),
		.deadline_ns = request->deadline_ns,
		.timeout_ms =
			request->timeout_ms > 0 ? request->timeout_ms : communication->settings.sub_agent_ms,
		.work = request->work,
		.stop = request->stop,
		.done = request->done,
		.ctx = request->ctx,
	};
	if (request->expiry_ms > 0)
		exchange->expires_ns =
			communication_now(communication) + (uint64_t)(request->expiry_ms * 1e6);
	message_correlate(&exchange->request, request->turn);
	exchange_join_thread(exchange);
	communication_add(communication, exchange);
	message_record(request->turn, request->span, &exchange->request);
	if (exchange->depth > COMMUNICATION_DEPTH || exchange_waits_for_itself(exchange)) {
		exchange->state = EXCHANGE_ENDING;
		exchange->given_up = ERR_TOOL_EXECUTION_ERROR;
		exchange_defer(exchange);
	} else {
		exchange_queue(exchange);
	}
	return exchange;
}

void exchange_answer(struct exchange *exchange, enum message_type type, cJSON *content)
{
	char code[ERRCODE_SIZE];
	struct message answer = {
		.type = type,
		.from = exchange->request.to,
		.to = exchange->request.from,
		.content = content,
	};

	if (exchange->state == EXCHANGE_STOPPING) {
		agent_ends(exchange->to, errcode_format(exchange->given_up, 0, code));
		exchange_unanswered(exchange);
	} else {
		agent_ends(exchange->to, json_string(content, "errorCode", NULL));
		message_answers(&answer, &exchange->request);
		exchange_leave_thread(exchange, type);
		message_record(exchange->turn, exchange->span, &answer);
		exchange_end(exchange, &answer);
	}
	cJSON_Delete(content);
}

void exchange_commit(struct exchange *exchange)
{
	for (; exchange && !exchange->committed; exchange = exchange->up)
		exchange->committed = true;
}

void exchange_cancel(struct exchange *exchange)
{
	if (exchange->cancelled)
		return;
	exchange->cancelled = true;
	exchange->given_up = ERR_CANCELLED;
	exchange->due_ns = 0;
	switch (exchange->state) {
	case EXCHANGE_DELIVERED:
		exchange->state = EXCHANGE_STOPPING;
		exchange->stop(exchange->ctx);
		break;
	case EXCHANGE_STOPPING: break;
	case EXCHANGE_WAITING:
	case EXCHANGE_RESTING:
	case EXCHANGE_ENDING:
		exchange->state = EXCHANGE_ENDING;
		exchange_defer(exchange);
		break;
	}
}
