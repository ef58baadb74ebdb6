/* What agents say to each other, one message, and its records. Requests are queued and answered in
 * communication.h. */
#ifndef ORCHESTRATOR_MESSAGE_H
#define ORCHESTRATOR_MESSAGE_H

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

enum message_priority {
	PRIORITY_LOW = -1,
	PRIORITY_NORMAL,
	PRIORITY_HIGH,
};

#define CORRELATION_SIZE 19 /* "m-", 16 hex digits and NUL */

struct message {
	enum message_type type;
	enum message_priority priority;
	char correlation[CORRELATION_SIZE]; /* the same for a request and its answer, unique in the session */
	char thread[CORRELATION_SIZE];      /* of the conversation, "t-…"; "" outside of one */
	const struct node *from, *to;
	cJSON *content; /* may be NULL */
};

const char *message_type_name(enum message_type type); /* "REQUEST" */
/* A correlation id of an exchange, unique in the engine. */
void message_correlate(struct message *request, const struct turn *turn);
/* The request begins a conversation, or goes on with that of this id (NULL: none). */
void message_join_thread(struct message *request, const char *id);
/* It stands in the request's exchange and conversation. */
void message_answers(struct message *answer, const struct message *request);
/* Records a message: an event on the span and a log record ("Front desk → Reservations REQUEST"). */
void message_record(const struct turn *turn, struct span *span, const struct message *message);
/* What became of one: the same record with an event's name behind it. On no span: that is the caller's. */
void message_log(struct engine *engine, enum log_level level, const struct span *span,
	const struct message *message, const struct attribute *members, size_t n, const char *event);

#endif
