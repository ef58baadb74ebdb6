/* What a server said, for a message of one line. */
#ifndef EXECUTOR_EXCERPT_H
#define EXECUTOR_EXCERPT_H

#include <stddef.h>

#define EXCERPT_BYTES 300

/* The beginning of a text on one line, tags left out where it is a page: proxies answer with pages. Caller
 * frees. */
char *text_excerpt(const char *text, size_t len);

#endif
