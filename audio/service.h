/* A speech service elsewhere: any server that speaks OpenAI's audio API. What the `http` recogniser and the
 * `http` voice have in common: where it is, its key, and asking it: attempts at one request with pauses
 * between them, over the executor's HTTP. Both of its requests may be repeated: they change nothing. Every
 * failure becomes one message with place and cure, without secrets. */
#ifndef AUDIO_SERVICE_H
#define AUDIO_SERVICE_H

#include "executor/executor.h"

#define SERVICE_BASE_URL "https://api.openai.com/v1"
#define SERVICE_KEY "TESTPANEL_SPEECH_API_KEY"

struct service_settings {
	const char *base_url; /* http or https, up to what stands before a path; NULL: there is none */
	const char *key;      /* a bearer token; NULL or "": none is sent */
	const char *transcription_path, *transcription_model;
	const char *speech_path, *speech_model;
	const char *voice;    /* where nobody names one */
	unsigned pcm_rate;    /* Hz, of sound without a header */
	double connect_ms;    /* 0: none, here and below */
	double first_byte_ms; /* from the request to the first byte of the answer */
	double stall_ms;      /* without a byte */
	double total_ms;      /* of one attempt */
	struct retry_policy retry;
};

#define SERVICE_SETTINGS_DEFAULT                                                                             \
	{                                                                                                    \
		.transcription_path = "/audio/transcriptions", .transcription_model = "whisper-1",           \
		.speech_path = "/audio/speech", .speech_model = "gpt-4o-mini-tts", .voice = "alloy",         \
		.pcm_rate = 24000, .connect_ms = 3000, .first_byte_ms = 20000, .stall_ms = 10000,            \
		.total_ms = 60000,                                                                           \
		.retry = {.max = 2, .initial_ms = 500, .factor = 2, .max_ms = 2000, .jitter = JITTER_FULL},  \
	}

/* All of these outlive the service, settings but for what is copied. */
struct service_options {
	uv_loop_t *loop;
	const struct clock *clock;
	struct executor *executor;
	struct redactor *redactor;
	struct logger *logger; /* may be NULL */
	const struct service_settings *settings;
};

struct service_question {
	const char *what;         /* for the log: "transcription" */
	const char *content_type; /* all of these stay until done, or until service_cancel returns */
	const char *accept;
	const char *model; /* for a cure */
	const char *body;
	size_t body_len;
	size_t max_bytes; /* of the answer */
};

/* Valid during the call. */
struct service_answer {
	const char *error;                     /* NULL: a good one; else why not, and the cure */
	long status;                           /* 0: none came */
	const char *content_type, *request_id; /* may be NULL */
	const struct buffer *body;
	double work_ms; /* of the last attempt */
};

/* From the loop, never from inside service_ask. Either may cancel the call, done with nothing to follow. */
struct service_listener {
	/* Bytes of a good answer as they come; once there were any, it is not asked again. NULL: all of them
	 * are in done. */
	void (*bytes)(void *ctx, const char *bytes, size_t len);
	void (*done)(void *ctx, const struct service_answer *answer);
	void *ctx;
};

struct service;
struct service_call;

/* The server's path. NULL with *error (caller frees) naming the cure. */
struct service *service_new(const struct service_options *options, const char *path, char **error);
/* No call may be under way. NULL is harmless. */
void service_free(struct service *service);
/* Its URL without secrets. */
const char *service_url(const struct service *service);
struct service_call *service_ask(struct service *service, const struct service_question *question,
	const struct service_listener *listener);
/* Nothing is told any more. Not after done. NULL is harmless. */
void service_cancel(struct service_call *call);

/* What an attempt came to. */
struct service_failure {
	char *message; /* NULL: it is well */
	enum failure_class reach;
	long status;
};

/* Judges an answer of the server at url; keyed: a key went with it. The caller frees the message. */
void service_judge(struct service_failure *failure, const struct service_question *question, const char *url,
	bool keyed, const struct http_response *response);
/* What an error body says of itself, whatever its form, on one line. The caller frees it. */
char *service_error_text(const char *body, size_t len);

#endif
