/* The model behind a chat-completions server, shared by openai.c (when what is done), openai_request.c (what
 * is asked), openai_stream.c (what comes), openai_answer.c (what that means) and openai_record.c (what is
 * written to trace and log). Private to these. */
#ifndef ORCHESTRATOR_OPENAI_H
#define ORCHESTRATOR_OPENAI_H

#include "orchestrator/chat_answer.h"
#include "orchestrator/engine.h"
#include "orchestrator/openai_headers.h"
#include "orchestrator/openai_settings.h"

#define OPENAI_MAX_BYTES ((size_t)64 << 20) /* of an answer: a token of a stream may take 300 */
#define OPENAI_EVENT_BYTES ((size_t)4 << 20)
#define OPENAI_GRACE_MS 20 /* for a server to end what it has said is done */

/* An engine's. */
struct openai {
	cJSON *json; /* that the settings point into */
	struct openai_settings settings;
	char *base_url, *url; /* the second with /chat/completions */
	char *shown_url;      /* url without secrets */
	char *model;          /* NULL: the agent's own, else OPENAI_MODEL */
	char *authorization;  /* NULL: no key */
	struct rng rng;       /* of backoff */
};

/* Why an attempt came to nothing. */
struct openai_failure {
	enum errcode code; /* ERR_NONE: it did not fail */
	enum failure_class reach;
	char *message; /* names the cure */
};

enum openai_wait {
	OPENAI_WAIT_NONE,
	OPENAI_WAIT_FIRST_TOKEN,
	OPENAI_WAIT_MORE,
	OPENAI_WAIT_END, /* [DONE] was said */
	OPENAI_WAIT_BACKOFF,
};

struct model_call {
	struct engine *engine;
	struct openai *openai;
	struct model_request request;
	model_done_cb done;
	void *ctx;
	const char *model; /* that is asked for */
	char *body;
	size_t body_len;
	uint64_t start_ns;
	uv_timer_t timer;
	enum openai_wait wait; /* what the timer stands for */
	struct deferred deferred;
	bool cancelled;
	struct model_answer *outcome; /* once there is one */

	/* Of the attempt. */
	int attempt; /* from 1 */
	struct http_header headers[5];
	char traceparent[TRACEPARENT_SIZE];
	struct http_transfer *transfer; /* while it runs */
	struct sse sse;
	struct chat_answer answer;
	bool begun, streamed;  /* its first byte is there; it is a stream and no JSON document */
	bool over;             /* [DONE] */
	char *broken;          /* what is wrong with the stream; NULL: nothing */
	size_t told;           /* bytes of the text */
	double first_token_ms; /* negative: none yet */

	struct span *span, *attempt_span;
};

/* The base URL with path behind it, before its query. The caller frees it. */
char *openai_url(const struct openai *openai, const char *path);
/* Which model is asked for an agent. */
const char *openai_model(const struct openai *openai, const struct node *agent);
/* The request's JSON text; the caller frees it. */
char *openai_request_body(const struct openai *openai, const struct model_request *request);

/* A new attempt's answer. */
void openai_stream_begin(struct model_call *call);
void openai_stream_done(struct model_call *call);
/* Bytes of a 2xx answer. */
void openai_stream_feed(struct model_call *call, const char *bytes, size_t len);
/* That was all; body is what was fed, for an answer in one piece. */
void openai_stream_end(struct model_call *call, const struct buffer *body);
/* Tells the asker of the text that has come since; all of it, or what cannot be the beginning of a secret.
 * The call may be cancelled by it. */
void openai_stream_tell(struct model_call *call, bool all);
/* A token, a part of a call or a thought has come. */
bool openai_stream_has_begun(const struct model_call *call);

/* What the attempt came to: a failure, or call->outcome. The caller frees the failure's message. */
void openai_judge(
	struct model_call *call, const struct http_response *response, struct openai_failure *failure);
/* The answer of a call that failed; message is taken. */
struct model_answer *openai_failed(enum errcode code, char *message);

void openai_record_begin(struct model_call *call);
/* Makes its traceparent, too: "" where nothing is traced. */
void openai_record_attempt(struct model_call *call);
void openai_record_first_token(struct model_call *call);
/* On the attempt's span, and on the call's, where the last attempt's stay. */
void openai_record_headers(struct model_call *call, const struct openai_headers *headers);
/* response is NULL where the attempt was given up, failure where it did not fail. */
void openai_record_attempt_end(
	struct model_call *call, const struct http_response *response, const struct openai_failure *failure);
void openai_record_retry(
	struct model_call *call, const struct openai_failure *failure, const struct retry_decision *decision);
void openai_record_end(struct model_call *call);

#endif
