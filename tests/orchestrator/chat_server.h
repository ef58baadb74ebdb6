/* A chat-completions server that plays a script, by the book or not; and an engine whose `openai` model asks
 * it. */
#ifndef TESTS_ORCHESTRATOR_CHAT_SERVER_H
#define TESTS_ORCHESTRATOR_CHAT_SERVER_H

#include "tests/executor/script_server.h"
#include "tests/orchestrator/stage.h"

#define CHAT_KEY "sk-test-0123456789abcdef"

/* Of a stream: events in a row. In members and texts quotes are written as in C and JSON. */
#define CHAT_EVENT(json) "data: " json "\n\n"
#define CHAT_CHOICE(members)                                                                                 \
	CHAT_EVENT("{\"id\":\"c-1\",\"model\":\"m-1\",\"choices\":[{\"index\":0," members "}]}")
#define CHAT_DELTA(delta) CHAT_CHOICE("\"delta\":{" delta "},\"finish_reason\":null")
#define CHAT_TEXT(text) CHAT_DELTA("\"content\":\"" text "\"")
#define CHAT_CALL(call) CHAT_DELTA("\"tool_calls\":[{" call "}]")
#define CHAT_FINISH(reason) CHAT_CHOICE("\"delta\":{},\"finish_reason\":\"" reason "\"")
#define CHAT_USAGE CHAT_EVENT("{\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}")
#define CHAT_DONE CHAT_EVENT("[DONE]")
#define CHAT_END(reason) CHAT_FINISH(reason) CHAT_USAGE CHAT_DONE
/* A whole answer. */
#define CHAT_SAYS(text) CHAT_TEXT(text) CHAT_END("stop")
#define CHAT_CALLS(id, name, arguments)                                                                      \
	CHAT_CALL("\"index\":0,\"id\":\"" id "\",\"type\":\"function\",\"function\":{\"name\":\"" name       \
		  "\",\"arguments\":\"" arguments "\"}")                                                     \
	CHAT_END("tool_calls")
/* The same in one piece. */
#define CHAT_WHOLE(message, reason)                                                                          \
	"{\"id\":\"c-1\",\"model\":\"m-1\",\"choices\":[{\"index\":0,\"message\":{" message                  \
	"},\"finish_reason\":\"" reason "\"}],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}"

#define CHAT_STREAM_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

/* Adds an answer of status 200, whose body ends with the connection. */
void chat_stream(struct script_server *server, const char *events);
/* The body of request i, which the caller deletes; fails the test where it is none. */
cJSON *chat_request(const struct script_server *server, size_t i);

struct chat {
	struct stage stage;
	struct script_server *server;
	struct tool_set tools;
	struct trace *trace;
	struct span *root;
	cJSON *messages;

	/* Of the last question. */
	struct model_call *call;
	struct model_answer *answer;
	struct buffer heard; /* its parts */
	size_t parts;
	bool cancel;         /* at the first part */
	bool no_calls, deaf; /* deaf: without part */
	double deadline_ms;
	bool done;
	uint64_t first_ns, done_ns;
};

/* settings is testpanel.openai, written with ' for ", NULL: none. Retries come at once where it says nothing.
 */
void chat_open(struct chat *chat, const char *settings);
void chat_close(struct chat *chat);
/* Begins to ask for the workflow's router; chat_wait runs the loop until the answer is there. */
void chat_begin(struct chat *chat);
void chat_wait(struct chat *chat);
/* Both, and the answer as text: "answer: TEXT", "calls: ID=NAME{ARGUMENTS} …", "failed CODE: MESSAGE". Valid
 * until the next. */
const char *chat_ask(struct chat *chat);
/* The first span of that name in the call's trace; NULL: there is none. */
const struct span *chat_span(const struct chat *chat, const char *name);
/* All that trace and log hold, as text. The caller frees it. */
char *chat_record(const struct chat *chat);

#endif
