/* The parts of the `remote` orchestrator, which asks the user's own over HTTP: what the workflow says about
 * it, what comes as a stream, what an answer means for the turn. The contract is in the man page, section
 * REMOTE. Internal to remote*.c and workflow_check.c. */
#ifndef ORCHESTRATOR_REMOTE_H
#define ORCHESTRATOR_REMOTE_H

#include "orchestrator/chat_answer.h"
#include "orchestrator/turn.h"

#define REMOTE_CONTRACT 1
#define REMOTE_TIMEOUT_MS 30000 /* of a turn; its "timeoutMs" */
#define REMOTE_MAX_REPLY CHAT_MAX_TEXT
#define REMOTE_MAX_SPANS 256 /* of one answer; the others are counted */
#define REMOTE_MAX_CALLS 64  /* the same of tool calls */

/* A workflow's "remote" in its testpanel. */
struct remote_settings {
	struct integration *integration; /* the request, but for its body */
	bool openai;                     /* chat-completions, else our own contract */
	bool stream;
	const char *model; /* NULL: none is named */
};

/* False, and nothing to be done with, where the workflow has none. What is wrong goes to faults, which may be
 * NULL; the integration is refused then and fails with it. */
bool remote_settings_read(
	struct remote_settings *settings, const struct workflow *workflow, struct faults *faults);
void remote_settings_done(struct remote_settings *settings);
/* What is asked for a turn, {"session", "turn", "utterance", "history", "profile", "contract"} or a chat
 * completion. The caller deletes it. */
cJSON *remote_question(const struct remote_settings *settings, const struct turn *turn);

/* Server-sent events of an answer, in pieces of any size. */
struct remote_stream {
	bool openai;
	const struct redactor *redactor;
	struct sse sse;
	struct chat_answer chat; /* of chat-completions; text is the reply of both */
	cJSON *done;             /* our contract's last event */
	bool ended;              /* what has come is all that is wanted */
	size_t told;             /* bytes of the reply */
	char *fault;             /* why it is of no use, NULL when it is */
	void (*part)(void *ctx, const char *text);
	void *ctx;
};

/* Our own contract's, unless openai is set. part is told whole characters without secrets. */
void remote_stream_init(struct remote_stream *stream, const struct redactor *redactor,
	void (*part)(void *ctx, const char *text), void *ctx);
void remote_stream_done(struct remote_stream *stream);
void remote_stream_feed(struct remote_stream *stream, const char *bytes, size_t len);
/* The answer has ended: what it holds in our contract's form, which the caller deletes, or NULL with stream's
 * fault. */
cJSON *remote_stream_end(struct remote_stream *stream);

/* A completion that came whole in our contract's form; NULL with *fault (caller frees). */
cJSON *remote_completion(const cJSON *json, char **fault);
cJSON *remote_from_chat(struct chat_answer *chat, char **fault);

/* What an answer means for its turn. */
struct remote_outcome {
	enum turn_status status;
	enum errcode code;
	char error_code[ERRCODE_SIZE];
	char *reply;
};

/* Takes agents, tool calls, tokens and spans over into the turn. span is that of the orchestrator, under
 * which the request was made. False with *fault (caller frees), and the turn as it was, for what is no
 * answer. */
bool remote_answer_read(struct remote_outcome *outcome, struct turn *turn, struct span *span,
	const cJSON *json, char **fault);
/* The spans of an answer join the trace: ids and parents are kept where they can be; one whose parent is not
 * known hangs under the request's span. */
void remote_spans_join(struct span *span, const cJSON *list);

#endif
