/* Base64 (RFC 4648 §4). */
#ifndef EXECUTOR_BASE64_H
#define EXECUTOR_BASE64_H

#include <stddef.h>

/* The caller frees the text. */
char *base64_encode(const void *bytes, size_t len);
/* The bytes with a NUL behind them; the caller frees. NULL where text is not base64, padding included. */
char *base64_decode(const char *text, size_t *len);

#endif
