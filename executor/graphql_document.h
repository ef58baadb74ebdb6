/* As much of a GraphQL document as an HTTP peer has to know: its operations, their types, names and variables
 * (GraphQL spec October 2021, §2). It is read by tokens, so braces in strings and comments do not mislead it;
 * fields and types are not checked, for want of a schema. */
#ifndef EXECUTOR_GRAPHQL_DOCUMENT_H
#define EXECUTOR_GRAPHQL_DOCUMENT_H

#include "executor/alloc.h"

#include <stdbool.h>
#include <stddef.h>

struct graphql_variable {
	char *name, *type; /* type as it stands there: "[ID!]!" */
	int line;          /* of the document, from 1 */
	bool required;     /* its type ends in "!" and it has no default */
};

struct graphql_operation {
	const char *type; /* literal: "query", "mutation", "subscription" */
	char *name;       /* NULL for an anonymous one */
	struct graphql_variable *variables;
	size_t variable_count;
};

struct graphql_document {
	struct graphql_operation *operations;
	size_t operation_count;
};

/* Reads a document. False with *error (caller frees; "line 3: …"), and document empty, when it is none:
 * unbalanced brackets, a definition nobody knows, no operation at all. graphql_document_done is for both
 * outcomes. */
bool graphql_document_scan(const char *text, size_t len, struct graphql_document *document, char **error);
void graphql_document_done(struct graphql_document *document);
void graphql_variable_done(struct graphql_variable *variable);
/* The operation a request runs: the named one, or the only one where name is NULL or "". NULL when there is
 * none, or several and no name. */
const struct graphql_operation *graphql_document_operation(
	const struct graphql_document *document, const char *name);
/* The document's tokens with one space between them: two that differ in layout, commas and comments alone
 * come out the same. The caller frees it. */
char *graphql_document_canonical(const char *text, size_t len);

#endif
