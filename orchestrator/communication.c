/* One exchange at a time is a small state machine: sent, delivered, then answered or given up. It ends only
 * when the one who was asked has let go of it, so that a cancelled tool never reports to freed memory. */
#include "orchestrator/communication.h"

#include "orchestrator/engine.h"
#include "orchestrator/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct exchange {
	struct turn *turn;
	struct span *span;
	struct message request;
	struct deferred deferred; /* delivers, or ends what was given up before delivery */
	uv_timer_t timer;         /* frees the exchange when it has closed */
	bool delivered;
	enum errcode given_up; /* ERR_NONE while it goes on */
	exchange_work_cb work;
	void (*stop)(void *ctx);
	exchange_done_cb done;
	void *ctx;
};

const char *message_type_name(enum message_type type)
{
	static const char *const names[] = {
#define MESSAGE_NAME(name, meaning) [MESSAGE_##name] = #name,
		MESSAGE_TYPES(MESSAGE_NAME)
#undef MESSAGE_NAME
	};

	return names[type];
}

void message_correlate(struct message *request, const struct turn *turn)
{
	snprintf(request->correlation, sizeof request->correlation, "m-%016llx",
		(unsigned long long)rng_next(&turn->session->engine->rng));
}

void message_record(const struct turn *turn, struct span *span, const struct message *message)
{
	struct attribute attributes[] = {
		attr_str("message.type", message_type_name(message->type)),
		attr_str("message.correlation_id", message->correlation),
		attr_str("message.from", message->from->id),
		attr_str("message.to", message->to->id),
	};
	size_t n = sizeof attributes / sizeof *attributes;

	span_add_event(span, message_type_name(message->type), attributes, n);
	logger_write(turn->session->engine->logger, LOG_INFO, span, "agents", attributes, n, "%s → %s %s",
		message->from->name, message->to->name, message_type_name(message->type));
}

static void exchange_closed(uv_handle_t *handle)
{
	free(handle->data);
}

/* done comes last: it may end the turn, and with it all that the exchange points to. */
static void exchange_end(struct exchange *exchange, const struct message *answer)
{
	cJSON_Delete(exchange->request.content);
	uv_close((uv_handle_t *)&exchange->timer, exchange_closed);
	exchange->done(answer, exchange->given_up, exchange->ctx);
}

static void exchange_deliver(struct deferred *deferred)
{
	struct exchange *exchange =
		(struct exchange *)(void *)((char *)deferred - offsetof(struct exchange, deferred));

	if (exchange->given_up) {
		exchange_end(exchange, NULL);
		return;
	}
	exchange->delivered = true;
	exchange->work(exchange, &exchange->request, exchange->ctx);
}

static void exchange_give_up(struct exchange *exchange, enum errcode code)
{
	if (exchange->given_up)
		return;
	exchange->given_up = code;
	uv_timer_stop(&exchange->timer);
	if (exchange->delivered)
		exchange->stop(exchange->ctx);
}

static void exchange_expire(uv_timer_t *timer)
{
	exchange_give_up(timer->data, ERR_TOOL_TIMEOUT);
}

struct exchange *exchange_request(struct turn *turn, struct span *span, const struct node *from,
	const struct node *to, cJSON *content, double timeout_ms, exchange_work_cb work,
	void (*stop)(void *ctx), exchange_done_cb done, void *ctx)
{
	struct engine *engine = turn->session->engine;
	struct exchange *exchange = xcalloc(1, sizeof *exchange);

	exchange->turn = turn;
	exchange->span = span;
	exchange->request = (struct message){.type = MESSAGE_REQUEST, .from = from, .to = to};
	message_correlate(&exchange->request, turn);
	exchange->request.content = content;
	exchange->work = work;
	exchange->stop = stop;
	exchange->done = done;
	exchange->ctx = ctx;
	exchange->deferred.run = exchange_deliver;
	uv_timer_init(engine->loop, &exchange->timer);
	exchange->timer.data = exchange;
	if (timeout_ms > 0)
		uv_timer_start(&exchange->timer, exchange_expire, (uint64_t)ceil(timeout_ms), 0);
	message_record(turn, span, &exchange->request);
	defer_add(engine->defer, &exchange->deferred);
	return exchange;
}

void exchange_answer(struct exchange *exchange, enum message_type type, cJSON *content)
{
	struct message answer = {
		.type = type,
		.from = exchange->request.to,
		.to = exchange->request.from,
		.content = content,
	};

	memcpy(answer.correlation, exchange->request.correlation, sizeof answer.correlation);
	if (!exchange->given_up)
		message_record(exchange->turn, exchange->span, &answer);
	exchange_end(exchange, exchange->given_up ? NULL : &answer);
	cJSON_Delete(content);
}

void exchange_cancel(struct exchange *exchange)
{
	exchange_give_up(exchange, ERR_CANCELLED);
}
