/* An HTTP body read by its media type. Private to executor/. */
#ifndef EXECUTOR_BODY_H
#define EXECUTOR_BODY_H

#include "executor/body_text.h"
#include "executor/json.h"
#include "executor/redact.h"

enum body_kind {
	BODY_EMPTY,
	BODY_JSON,
	BODY_BAD_JSON, /* said to be JSON and cannot be read as such: error tells */
	BODY_TEXT,     /* valid UTF-8, by now */
	BODY_BINARY,
};

struct body {
	enum body_kind kind;
	char type[64];    /* media type in lower case without parameters, "" when none was given */
	const char *text; /* the bytes as they came, or, once converted, mended or redacted, owned */
	size_t len;
	char charset[CHARSET_SIZE]; /* that it was converted from, "" when it was not */
	size_t replaced;            /* characters that could not be kept and are U+FFFD now */
	bool mistyped;              /* JSON, under a type that is none of JSON's */
	char *owned;
	cJSON *json;
	char error[JSON_ERROR_SIZE];
};

/* Reads text, which must stay until body_done. Touches nothing else: may run on another thread. */
void body_read(struct body *body, const char *content_type, const char *text, size_t len);
/* The bytes as they are, whatever they are said to be: JSON (an object or an array), text or binary. */
void body_read_raw(struct body *body, const char *text, size_t len);
void body_done(struct body *body);
/* Reads text as JSON although its type is another one, if it is an object or array. Changes nothing else. */
void body_try_json(struct body *body);
/* Takes registered secrets out of it. */
void body_redact(struct body *body, const struct redactor *redactor);
/* The data: JSON as it is (taken), text as a string, other bytes as {"contentType", "base64"}, nothing as
 * null. */
cJSON *body_take_data(struct body *body);
/* The beginning of it on one line, for a message. Caller frees. "" when there is none or it is binary. */
char *body_excerpt(const struct body *body);
/* application/json, text/json, anything +json */
bool body_type_is_json(const char *type);

#endif
