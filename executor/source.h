/* The kinds of integration. A kind is one file and one row in source.c's table. Private to executor/. */
#ifndef EXECUTOR_SOURCE_H
#define EXECUTOR_SOURCE_H

#include "executor/body.h"
#include "executor/integration.h"
#include "executor/request.h"
#include "executor/result.h"

/* A node's data while it is being parsed. */
struct integration_draft {
	struct integration *integration;
	const cJSON *data;
	const char *pointer;
	struct faults *faults;
	const struct integration_defaults *defaults;
};

/* Records why the integration cannot run (the first reason stays) and the fault at pointer/member. */
void integration_refuse(const struct integration_draft *draft, enum errcode code, const char *member,
	const char *format, ...) PRINTF_ATTR(4, 5);
/* A fault that does not keep it from running. */
void integration_warn(const struct integration_draft *draft, const char *member, const char *format, ...)
	PRINTF_ATTR(3, 4);
/* The first error among the faults from index first on, if there is one, keeps it from running: a mistyped
 * setting must not pass as the default. */
void integration_refuse_faulty(const struct integration_draft *draft, size_t first);
/* A text member that may also be written as the JSON value itself; NULL when absent, null or blank. Caller
 * frees. */
char *integration_text(const struct integration_draft *draft, const char *member);
/* The parts rest and graphql share: url (code when there is none), headers, auth. */
void integration_parse_http(const struct integration_draft *draft, enum errcode no_url);

/* testpanel.expect and testpanel.select. */
void integration_parse_filters(const struct integration_draft *draft);

/* What an attempt over HTTP came back with. */
struct answer {
	long status;
	struct body body; /* secrets are out of it; a source may take body.json */
};

struct source_ops {
	const char *name;
	enum errcode network_error; /* for a request that did not get through */
	/* Checks and fills in what is this kind's own. */
	void (*parse)(const struct integration_draft *draft);
	/* Is another attempt harmless whatever the node says? */
	bool (*repeatable)(const struct integration *integration);
	/* Makes the request. NULL: the kind answers by itself. *message (caller frees) says what is wrong. */
	enum errcode (*render)(struct request *request, const struct integration *integration,
		const struct template_scope *scope, char **message);
	/* Answers by itself. NULL: over HTTP. */
	void (*answer)(struct result *result, const struct integration *integration);
	/* Turns an answer into data or an error. */
	void (*judge)(struct result *result, const struct integration *integration, struct answer *answer);
};

extern const struct source_ops source_mock, source_rest, source_graphql;

/* Makes all of a request that does not change from attempt to attempt: what the kind renders, the way it
 * travels, its key. run_id: see struct execute_options. Does nothing for a kind that answers by itself. */
enum errcode source_render(struct request *request, const struct integration *integration, const char *run_id,
	const struct template_scope *scope, char **message);

/* NULL where there is no such kind. */
const struct source_ops *source_find(const char *name);
/* "mock, rest or graphql", for messages. */
#define SOURCE_NAMES "mock, rest or graphql"

#endif
