/* Parameter patterns: JSON Schema's "pattern" is an ECMA-262 expression, the C library's are POSIX extended
 * ones. What both can say is translated; the rest is refused with a reason instead of meaning something else.
 */
#ifndef ORCHESTRATOR_PATTERN_H
#define ORCHESTRATOR_PATTERN_H

#include <regex.h>
#include <stdbool.h>

/* Compiles pattern for regexec; as in JSON Schema it may match anywhere unless it has ^ and $. False with
 * *error (caller frees, may be NULL) that says what is not understood; then re needs no regfree. */
bool pattern_compile(regex_t *re, const char *pattern, char **error);
/* True when value has the pattern; false too where the pattern does not compile. */
bool pattern_matches(const char *pattern, const char *value);

#endif
