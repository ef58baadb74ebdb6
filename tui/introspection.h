/* GraphQL introspection: the question, and its answer as a schema a person can read. */
#ifndef TUI_INTROSPECTION_H
#define TUI_INTROSPECTION_H

#include "executor/executor.h"

/* The document, with one query named IntrospectionQuery, as every server of the 2018 spec or later takes it.
 */
const char *introspection_query(void);
/* __schema as GraphQL's schema language, root types first, without descriptions, built-in scalars and the
 * types of introspection itself. What is not as the spec has it is passed over. Caller frees. */
char *introspection_print(const cJSON *schema);

#endif
