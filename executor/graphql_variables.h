/* The variables of a GraphQL node. Private to executor/. */
#ifndef EXECUTOR_GRAPHQL_VARIABLES_H
#define EXECUTOR_GRAPHQL_VARIABLES_H

#include "executor/graphql_document.h"
#include "executor/source.h"

/* Checks graphQLVariables and keeps what operation (NULL: unknown) requires. */
void graphql_variables_parse(
	const struct integration_draft *draft, const struct graphql_operation *operation);
/* Variables of the node, overridden by the arguments that no template names; the caller deletes them. NULL
 * with *code and *message where that is no object, or lacks what the operation requires. */
cJSON *graphql_variables_make(
	const struct integration *in, const struct template_scope *scope, enum errcode *code, char **message);

#endif
