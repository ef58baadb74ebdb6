/* Ways in which a text can be written inside another, and back: what a server wraps a secret in before it
 * gives it away. Private to executor/. */
#ifndef EXECUTOR_REDACT_FORM_H
#define EXECUTOR_REDACT_FORM_H

#include <stdbool.h>
#include <stddef.h>

enum redact_form {
	REDACT_PERCENT,   /* %2F */
	REDACT_PLUS,      /* the same, and + is a space */
	REDACT_BACKSLASH, /* JSON's and C's: \/ \" \n \u00e9 \x2f */
	REDACT_ENTITY,    /* HTML's and XML's: &amp; &#47; &#x2f; */
	REDACT_FORM_COUNT,
};

/* Does text hold anything that would be read as another byte in that form? */
bool redact_form_occurs(enum redact_form form, const char *text, size_t len);
/* How many bytes from p on stand for themselves, however few. */
size_t redact_form_plain(enum redact_form form, const char *p, size_t len);
/* What stands at p (len > 0): the bytes it stands for go to out, which has room for 4. Returns their number,
 * and in *taken how many bytes they were written in; never fewer than they are. */
size_t redact_form_read(enum redact_form form, const char *p, size_t len, char *out, size_t *taken);

#endif
