/* Text out of a body's bytes: other charsets become UTF-8, and what is no text at all is replaced. Private to
 * executor/. */
#ifndef EXECUTOR_BODY_TEXT_H
#define EXECUTOR_BODY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define CHARSET_SIZE 24

/* UTF-8 without NUL: what a C string of ours may be. */
bool body_text_is_valid(const char *s, size_t len);
/* The charset as the body itself tells, in lower case: a byte order mark of UTF-16, an XML declaration. ""
 * where it says nothing. */
void body_text_declared(const char *s, size_t len, char charset[CHARSET_SIZE]);
/* UTF-8 and its subset ASCII. */
bool body_text_is_utf8(const char *charset);
/* To UTF-8; bytes that mean nothing in charset become U+FFFD and are counted. NULL where the charset is none
 * of the known ones. The caller frees the text. */
char *body_text_convert(const char *charset, const char *s, size_t len, size_t *out_len, size_t *replaced);
/* Replaces invalid UTF-8 and NUL by U+FFFD, in JSON also the escapes of NUL and of half surrogate pairs;
 * counts them. The caller frees the text. */
char *body_text_mend(const char *s, size_t len, bool json, size_t *out_len, size_t *replaced);

#endif
