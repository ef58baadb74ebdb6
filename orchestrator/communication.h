/* CommunicationManager: messages between the agents of one session. An exchange is one REQUEST and its
 * answer: it waits in line for the agent it is for, who works on one request at a time (of higher priority
 * first, then in order of arrival), and ends once, answered or given up. Every change of it (queued,
 * delivered, answered, retried, expired, given up) is an event on its span and a log record.
 *
 * What is tried again: a request that was not answered within its timeout, `retry.maxRetries` times at most,
 * as long as nothing was begun that must not be done twice. An agent that has not been given the request yet
 * has done nothing. One that has says by exchange_commit, before it calls a tool that changes something, that
 * from here on the request stands as it is; that goes for all requests on whose behalf this one was made,
 * too. What only reads may be asked for again. An answer, even one that says that something failed, is an
 * answer: repeating what failed underneath is the executor's business. */
#ifndef ORCHESTRATOR_COMMUNICATION_H
#define ORCHESTRATOR_COMMUNICATION_H

#include "orchestrator/agent_registry.h"
#include "orchestrator/message.h"

#define COMMUNICATION_DEPTH 5          /* departments asking departments */
#define COMMUNICATION_TIMEOUT_MS 30000 /* of a request, unless the settings or the agent have another */
#define COMMUNICATION_RETRIES_MAX 10   /* whatever the settings say */

/* The workflow's testpanel.communicationConfig. */
struct communication_settings {
	double sub_agent_ms;       /* timeout.subAgentLoop: of a request, 30 s */
	double tool_ms;            /* timeout.toolExecution: of a tool's run; 0: the integration's own */
	struct retry_policy retry; /* retry: 2 times, after 1 s, then twice as long each time, 5 s at most */
};

/* What cannot be used is as if it were not there. */
void communication_settings_read(struct communication_settings *settings, const struct workflow *workflow);
/* config: the member, an object, which stands at pointer. */
void communication_settings_check(const cJSON *config, const char *pointer, struct faults *faults);

struct communication;

/* One for each session; registry outlives its use. Free it when nothing is under way. */
struct communication *communication_new(struct engine *engine);
void communication_free(struct communication *communication);
/* From now on messages go between the agents of this registry, by its workflow's settings. When nothing is
 * under way; conversations that went on are over. */
void communication_use(struct communication *communication, struct agent_registry *registry);

struct exchange;

/* Who is asked works on the request and answers with exchange_answer, then or later. Once for each try. */
typedef void (*exchange_work_cb)(struct exchange *exchange, const struct message *request, void *ctx);
/* The answer, borrowed; NULL when none came: code is TOOL_TIMEOUT, CANCELLED, or TOOL_EXECUTION_ERROR for a
 * conversation that got too deep, or came back to an agent that waits for it. Once, from the loop; the
 * exchange is gone when it runs. */
typedef void (*exchange_done_cb)(const struct message *answer, enum errcode code, void *ctx);

struct exchange_request {
	struct turn *turn;
	struct span *span; /* everything is recorded on it */
	const struct node *from, *to;
	cJSON *content;      /* taken; may be NULL */
	struct exchange *up; /* the one that from works on, NULL: none */
	enum message_priority priority;
	double timeout_ms;    /* of one try, waiting in line included; 0: settings' */
	double expiry_ms;     /* a message that waits longer is dropped: TOOL_TIMEOUT; 0: never */
	uint64_t deadline_ns; /* no try begins later; 0: none */
	exchange_work_cb work;
	/* Called when a try is given up after work ran and before it answered: exchange_answer must follow
	 * soon after all (its content is ignored). */
	void (*stop)(void *ctx);
	exchange_done_cb done;
	void *ctx;
};

/* Queues a REQUEST. work runs from the loop's next pass at the earliest. */
struct exchange *communication_request(
	struct communication *communication, const struct exchange_request *request);
/* Takes content. From the loop only. */
void exchange_answer(struct exchange *exchange, enum message_type type, cJSON *content);
/* What is about to be done must not be done again: see above. NULL is allowed. */
void exchange_commit(struct exchange *exchange);
/* done follows with CANCELLED: from the loop, or at once where stop answers at once. From the loop only. */
void exchange_cancel(struct exchange *exchange);
/* Under way, waiting ones included. */
size_t communication_count(const struct communication *communication);

#endif
