/* Secrets leave no trace: the redactor knows the values that came from ${…} in a secret place and takes them,
 * and their URL-encoded and base64 forms, out of any text before it is stored. Names that are secret by
 * convention (Authorization, *token*, password …) are hidden whatever their value. */
#ifndef EXECUTOR_REDACT_H
#define EXECUTOR_REDACT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define REDACTED "[redacted]"

struct redactor;

struct redactor *redactor_new(void);
void redactor_free(struct redactor *r);
/* The same secrets, to be looked for in another thread. NULL for NULL. */
struct redactor *redactor_copy(const struct redactor *r);
/* How many values are registered: a copy with fewer is out of date. */
size_t redactor_count(const struct redactor *r);
/* Registers a secret value (copied), and each long line where it has several; values under 4 bytes and known
 * ones are ignored: they would hide everything. */
void redactor_add(struct redactor *r, const char *value);
/* One that stands in the file or came as an argument. Under 8 bytes it may be an ordinary word: ignored. r
 * may be NULL, here and below. */
void redactor_add_literal(struct redactor *r, const char *value);
/* The password in a URL, and the values of its parameters with secret names, each decoded. */
void redactor_add_url(struct redactor *r, const char *url);
/* The secrets in the value of a header with a secret name: what stands behind the scheme in Authorization,
 * the password in Basic, the values of cookies. */
void redactor_add_header(struct redactor *r, const char *name, const char *value);
/* True when text holds a registered value in any form. r may be NULL: never. */
bool redact_needed(const struct redactor *r, const char *text, size_t len);
/* The text with every registered value replaced by REDACTED; the caller frees it. r may be NULL: a copy. */
char *redact_text(const struct redactor *r, const char *text, size_t len);
/* How many of the first len bytes of a text that is still coming may be told already: behind them stands what
 * may become a registered value, in a form that we write ourselves. Never within a value, nor within a
 * character of UTF-8. r may be NULL. */
size_t redact_settled(const struct redactor *r, const char *text, size_t len);
/* A URL for the record: text as redact_text, userinfo becomes "REDACTED:REDACTED" and the values of secret
 * parameters in query and fragment "REDACTED" (OpenTelemetry HTTP semantic conventions, url.full). Caller
 * frees. */
char *redact_url(const struct redactor *r, const char *url);
/* True for header, parameter and member names that hold secrets by convention. Case does not matter. */
bool redact_is_secret_name(const char *name);
/* Replaces, in place and at every depth, strings under secret names (also in lists, and the value of a
 * {"name", "value"} pair) and registered values in strings and member names. */
void redact_json(const struct redactor *r, cJSON *value);

#endif
