/* The Idempotency-Key of a request (draft-ietf-httpapi-idempotency-key-header): by it a server knows a
 * repetition of what it has done already. The same run, node and arguments make the same key, in every
 * attempt and in every replay; a call's id is not part of it, because an agent that asks again brings a new
 * one. */
#ifndef EXECUTOR_IDEMPOTENCY_H
#define EXECUTOR_IDEMPOTENCY_H

#include "executor/request.h"

#define IDEMPOTENCY_HEADER "Idempotency-Key"

/* The quoted key (an RFC 8941 string) for a node whose testpanel.idempotencyKey is true. arguments may be
 * NULL. Caller frees. */
char *idempotency_key(const char *run_id, const char *node_id, const cJSON *arguments);
/* text as an RFC 8941 string; NULL where it is empty or holds what such a string cannot: anything but
 * printable ASCII. Caller frees. */
char *idempotency_quote(const char *text);
/* Adds the header where the node asks for one and has none of its own. */
enum errcode idempotency_add(struct request *request, const struct integration *in, const char *run_id,
	const struct template_scope *scope, char **message);
/* Reads testpanel.idempotencyKey: true, false or a template. */
void idempotency_parse(
	struct integration *in, const cJSON *testpanel, const char *pointer, struct faults *faults);
/* Does a key travel with its requests, so that they may be repeated? */
bool idempotency_keyed(const struct integration *in);

#endif
