/* Checked allocation: none of these returns NULL. Out of memory writes one line to standard error and aborts,
 * because a console that lost a record silently would lie about what it saw. Free with free(). */
#ifndef EXECUTOR_ALLOC_H
#define EXECUTOR_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

#define ALLOC_ATTR __attribute__((malloc, returns_nonnull, warn_unused_result))
#define PRINTF_ATTR(text, first) __attribute__((format(printf, text, first)))

void *xmalloc(size_t size) ALLOC_ATTR;
void *xcalloc(size_t count, size_t size) ALLOC_ATTR;
/* Grows or shrinks to count * size bytes; the product is checked for overflow. */
void *xreallocarray(void *p, size_t count, size_t size) __attribute__((returns_nonnull, warn_unused_result));
char *xstrdup(const char *s) ALLOC_ATTR;
char *xstrndup(const char *s, size_t n) ALLOC_ATTR;
/* Like xstrdup, but NULL stays NULL. */
char *xstrdup_null(const char *s) __attribute__((malloc, warn_unused_result));
char *xasprintf(const char *format, ...) PRINTF_ATTR(1, 2) ALLOC_ATTR;
char *xvasprintf(const char *format, va_list ap) PRINTF_ATTR(1, 0) ALLOC_ATTR;

#endif
