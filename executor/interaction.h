/* One line of a cassette, in memory and in the file. Private to executor/. */
#ifndef EXECUTOR_INTERACTION_H
#define EXECUTOR_INTERACTION_H

#include "executor/canonical.h"
#include "executor/fault.h"
#include "executor/http.h"

#include <cjson/cJSON.h>

#define INTERACTION_MAX_MS 86400000.0

struct interaction {
	struct canonical request;
	struct http_response response; /* strings are root's; body and retry_after_ms as in http.h */
	bool cancelled;                /* there was no response: only timing.total_ms counts */
	const char *bytes;             /* of the response's body */
	size_t len;
	int line;
	bool used;
	struct interaction *next; /* of the same hash, in the file's order */
	cJSON *root;
	char *decoded;
	struct http_header *headers; /* response's */
};

/* Checks and takes root, a line of the file; faults' pointers are the line's. NULL where there are errors:
 * root is deleted then too. */
struct interaction *interaction_parse(cJSON *root, struct faults *faults);
void interaction_free(struct interaction *interaction);
/* The line as a value, without secrets; response NULL: cancelled. variable: the name request's URL begins
 * with, or NULL. The caller deletes it. */
cJSON *interaction_to_json(const struct canonical *canonical, const char *variable,
	const struct http_request *request, const struct http_response *response, double ms,
	const struct redactor *redactor);

#endif
