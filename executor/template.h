/* {{argument}} and ${NAME} in a text, escaped for the place where they stand. {{guest.name}} reaches into an
 * object;
 * {{limit|10}} and ${NAME:-text} say what stands there when there is no value. */
#ifndef EXECUTOR_TEMPLATE_H
#define EXECUTOR_TEMPLATE_H

#include "executor/buffer.h"
#include "executor/env.h"
#include "executor/errcode.h"
#include "executor/redact.h"

#include <cjson/cJSON.h>

/* Where the text stands, which decides how a value is escaped. */
enum template_place {
	TEMPLATE_PLAIN, /* as it is */
	TEMPLATE_URL, /* percent-encoded (RFC 3986 unreserved stay); ${…} in scheme and authority stays as it
			 is; an argument that is "." or ".." is an error */
	TEMPLATE_HEADER, /* CR, LF and other control bytes are an error */
	TEMPLATE_JSON,   /* inside a JSON string: escaped; standing alone as a value: the JSON value itself */
};

struct template_scope {
	const cJSON *arguments;    /* object or NULL */
	const struct env *env;     /* NULL: the process environment alone */
	struct redactor *redactor; /* values of ${…} are registered here when secret is true; may be NULL */
	bool secret;               /* the text stands in a secret place (auth, key, token) */
	bool replay;               /* nothing will be sent: an unset ${…} in a secret place is REDACTED */
};

/* Expands text into out. Errors: ERR_MISSING_ARGUMENT (an argument the text names is not given),
 * ERR_INTEGRATION_CONFIG_ERROR (an unknown ${NAME}, an unclosed {{), ERR_INVALID_ARGUMENT (an object in a
 * URL, control bytes in a header). *message (caller frees) then names the variable and the cure. */
enum errcode template_expand(const char *text, enum template_place place, const struct template_scope *scope,
	struct buffer *out, char **message);
/* Registers the values of those ${…} that are secrets, as expanding text would; a variable that has none is
 * passed over. */
void template_learn(const char *text, const struct template_scope *scope);
/* True when text names {{name}} anywhere. */
bool template_uses(const char *text, const char *name);
/* True when text holds any {{…}}. */
bool template_has_arguments(const char *text);
/* Tells of every ${NAME} in text, once for each time it stands there; fallback: as ${NAME:-text}. */
void template_each_variable(
	const char *text, void (*found)(void *ctx, const char *name, bool fallback), void *ctx);
/* What is wrong with the templates in text, as a message (caller frees), or NULL. */
char *template_check(const char *text);
/* A JSON template with something in the place of every template, so that it can be checked as JSON before any
 * value is known. Caller frees. */
char *template_probe(const char *text);
/* The argument a template's name stands for; NULL when there is none. */
const cJSON *template_argument(const cJSON *arguments, const char *name, size_t len);
/* Appends s as template_expand would: percent-encoded; inside a JSON string. */
void template_escape_url(struct buffer *out, const char *s, size_t n);
void template_escape_json(struct buffer *out, const char *s, size_t n);

#endif
