/* Messages between agents, with the performatives of the original's communication manager. An exchange is one
 * REQUEST and its answer: delivered from the loop, answered once, given up at its timeout. */
#ifndef ORCHESTRATOR_COMMUNICATION_H
#define ORCHESTRATOR_COMMUNICATION_H

#include "orchestrator/turn.h"

#define MESSAGE_TYPES(_)                                                                                     \
	_(REQUEST, "do this")                                                                                \
	_(INFORM, "this is what came of it")                                                                 \
	_(QUERY, "I need to know this first")                                                                \
	_(CONFIRM, "shall I?")                                                                               \
	_(CLARIFY, "I did not understand, or cannot")

enum message_type {
#define MESSAGE_ENUM(name, meaning) MESSAGE_##name,
	MESSAGE_TYPES(MESSAGE_ENUM)
#undef MESSAGE_ENUM
};

#define CORRELATION_SIZE 19 /* "m-", 16 hex digits and NUL */

struct message {
	enum message_type type;
	char correlation[CORRELATION_SIZE]; /* the same for a request and its answer, unique in the session */
	const struct node *from, *to;
	cJSON *content; /* may be NULL */
};

const char *message_type_name(enum message_type type); /* "REQUEST" */
/* A correlation id of an exchange, unique in the engine. */
void message_correlate(struct message *request, const struct turn *turn);
/* Records a message: an event on the span and a log record ("Front desk → Reservations REQUEST"). */
void message_record(const struct turn *turn, struct span *span, const struct message *message);

struct exchange;

/* Who is asked works on the request and answers with exchange_answer, then or later. */
typedef void (*exchange_work_cb)(struct exchange *exchange, const struct message *request, void *ctx);
/* The answer, borrowed; NULL when none came: code is TOOL_TIMEOUT or CANCELLED. Once; the exchange is gone
 * when it returns. */
typedef void (*exchange_done_cb)(const struct message *answer, enum errcode code, void *ctx);

/* Sends a REQUEST of from to to with content (taken); both are recorded on span. work runs from the loop's
 * next pass. stop is called when the exchange is given up after work ran and before it answered: it must see
 * to it that exchange_answer is called soon after all (its content is ignored). timeout_ms 0: none. */
struct exchange *exchange_request(struct turn *turn, struct span *span, const struct node *from,
	const struct node *to, cJSON *content, double timeout_ms, exchange_work_cb work,
	void (*stop)(void *ctx), exchange_done_cb done, void *ctx);
/* Takes content. From the loop only. */
void exchange_answer(struct exchange *exchange, enum message_type type, cJSON *content);
/* done follows with CANCELLED: from the loop, or at once where stop answers at once. From the loop only. */
void exchange_cancel(struct exchange *exchange);

#endif
