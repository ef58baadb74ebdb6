/* Secrets in a request that is shown and not sent. Where a secret came from a ${NAME}, a mark can stand for
 * it, so that a command line is made with the name in its place. Private to executor/. */
#ifndef EXECUTOR_MASK_H
#define EXECUTOR_MASK_H

#include "executor/buffer.h"
#include "executor/env.h"
#include "executor/redact.h"

struct mask_variable {
	char *name, *value;
	size_t len;
};

struct mask {
	const struct redactor *redactor;
	struct mask_variable *variables; /* longest value first */
	size_t count;
	bool marks; /* false: REDACTED stands for every secret */
};

/* Without marks until mask_learn is told where they come from. */
void mask_init(struct mask *mask, const struct redactor *redactor);
/* Takes the names of a template whose values are secret, now that the request has been made from it. */
void mask_learn(struct mask *mask, const char *template, const struct env *env);
/* name stands for value, which is none of a template's. */
void mask_name(struct mask *mask, const char *name, const char *value);
void mask_done(struct mask *mask);

/* The caller frees what these return. */
char *mask_text(const struct mask *mask, const char *text);
/* All of it is one. */
char *mask_secret(const struct mask *mask, const char *value);
char *mask_url(const struct mask *mask, const char *url);
/* secret: of a header that carries authentication, whatever its name. */
char *mask_header(const struct mask *mask, const char *name, const char *value, bool secret);
/* By its own syntax: JSON, a form, or any text. */
char *mask_body(const struct mask *mask, const char *type, const char *body);

/* The variable for which a mark stands at text, and in *len its bytes; NULL where there is none. */
const struct mask_variable *mask_at(const struct mask *mask, const char *text, size_t *len);

#endif
