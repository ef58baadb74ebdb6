/* What comes of a request between agents, as the original's TaskResult: success, needs_info, error or
 * partial, and the words for it. The message that bears it follows from the kind. */
#ifndef ORCHESTRATOR_TASK_RESULT_H
#define ORCHESTRATOR_TASK_RESULT_H

#include "orchestrator/communication.h"

struct task_result {
	enum turn_status status; /* of a request; a master's may be blocked, too */
	enum errcode code;
	char error_code[ERRCODE_SIZE];
	const struct parameter *missing; /* needs_info: what is; NULL where it is something else */
	bool confirm;                    /* needs_info: a yes or a no */
	char *text;                      /* what the caller hears of it; owned */
};

/* Results of several requests, put together. */
struct task_results {
	size_t count[TURN_BLOCKED + 1]; /* by status */
	struct task_result all;
};

/* Takes text. error_code NULL formats code. */
void task_result_set(struct task_result *result, enum turn_status status, enum errcode code,
	const char *error_code, char *text);
/* Adds one more: words in the order of asking, of several failures the last. */
void task_results_add(struct task_results *results, const struct task_result *result);

/* INFORM what was done, QUERY for what is missing, CONFIRM before it is done, CLARIFY what cannot be. */
enum message_type task_result_message(const struct task_result *result);
/* The message's content, {"status", "text", "errorCode"}; the caller deletes it. */
cJSON *task_result_content(const struct task_result *result);

#endif
