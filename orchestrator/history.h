/* An agent's history: an array of chat-completions messages, bounded by dropping whole turns. */
#ifndef ORCHESTRATOR_HISTORY_H
#define ORCHESTRATOR_HISTORY_H

#include "orchestrator/model.h"

#define HISTORY_MAX 50                          /* messages, where the workflow does not say */
#define HISTORY_MAX_CONTENT ((size_t)256 << 10) /* bytes of one tool's data; more is left out and said so */

void history_add_user(cJSON *messages, const char *text);
/* The assistant's message of an answer: its text with what it waits for, or its tool calls. */
void history_add_answer(cJSON *messages, const struct model_answer *answer);
/* What the caller was told, when it is not a model's answer word for word. awaiting is copied, may be NULL.
 */
void history_add_reply(cJSON *messages, const char *text, const cJSON *awaiting);
/* The last message, the assistant's, waits for something (copied). */
void history_await(cJSON *messages, const cJSON *awaiting);
/* What the last message waits for; NULL: nothing. */
const cJSON *history_awaiting(const cJSON *messages);
/* Only the beginning of the last reply was heard: its message keeps that, marked "testpanel": {"interrupted":
 * true}, and what it waits for. Where nothing was heard there was no reply. */
void history_cut_reply(cJSON *messages, const char *heard);
/* content is printed into the message and deleted. */
void history_add_tool(cJSON *messages, const char *call_id, const char *name, cJSON *content);
/* Drops the oldest turns while there are more messages than most. A turn begins with a user's message,
 * so a tool's result never loses its call; the last turn stays whatever its size. */
void history_trim(cJSON *messages, int most);

/* What a tool's result says to the model: {"success", "data", "error", "errorCode", "retryable" where it
 * failed, "summary", "structure"}. The caller
 * deletes it. */
cJSON *history_tool_content(const struct result *result);

#endif
