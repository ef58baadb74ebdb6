/* An integration node's data, parsed and checked before anything is sent. */
#ifndef EXECUTOR_INTEGRATION_H
#define EXECUTOR_INTEGRATION_H

#include "executor/budget.h"
#include "executor/fault.h"
#include "executor/policy.h"
#include "executor/template.h"

#include <cjson/cJSON.h>

enum integration_auth {
	AUTH_NONE,
	AUTH_BEARER,
	AUTH_API_KEY,
	AUTH_BASIC,  /* authToken is user:password */
	AUTH_CUSTOM, /* authToken is the whole Authorization value, or goes to apiHeaderName when that is
			given */
};

struct source_ops;
struct mock_node;
struct graphql_variable;
struct http_transport;
struct oauth2_client;

struct integration_header {
	char *name, *value; /* value is a template */
	bool templated;     /* value holds {{…}} or ${…} */
	bool secret;        /* by its name, or because a ${…} is in it */
};

struct integration {
	char *id; /* the node's */
	char *label;
	const struct source_ops *source; /* mock, rest or graphql; NULL where integrationType is unknown */
	char *url, *method;              /* method is upper case; GET by default, POST for graphql */
	enum integration_auth auth;
	char *api_header, *auth_token; /* the token is a template; NULL when not given */
	struct integration_header *headers;
	size_t header_count;
	char *body;                        /* template text, NULL when none */
	char *query;                       /* GraphQL document */
	char *operation_name;              /* of the document when it names one, else NULL */
	const char *operation_type;        /* literal "query" or "mutation"; NULL for other kinds */
	char *variables;                   /* template text of a JSON object, NULL when none */
	struct graphql_variable *required; /* those of the operation that must have a value */
	size_t required_count;
	char *mock_output;      /* text as it stands in the node */
	cJSON *mock_data;       /* the same, parsed */
	struct mock_node *mock; /* a mock that does more than say its output, else NULL */
	char *expect, *select;  /* jq programs, NULL when not given; expect sees the data before select */
	double latency_ms;      /* simulated, at the beginning of every attempt */
	char *instructions;     /* aiInstructions */
	bool uses_arguments;    /* a {{…}} stands anywhere */
	struct oauth2_client *oauth2;     /* its texts are templates; NULL: none */
	struct http_transport *transport; /* its texts are templates; NULL: as by default */
	bool keyed;         /* testpanel.idempotencyKey: every request bears an Idempotency-Key … */
	char *key_template; /* … made from this, NULL: from run, node and arguments */
	struct policy policy;
	enum errcode error; /* why it cannot run at all; ERR_NONE when it can */
	char *error_message;
};

/* What integrations have that say nothing else themselves. */
struct integration_defaults {
	struct policy policy;
	struct http_transport *transport; /* NULL: nothing */
	char *folder; /* the files they name start from it; NULL: from the working directory */
};

#define INTEGRATION_DEFAULTS                                                                                 \
	{                                                                                                    \
		.policy = POLICY_DEFAULT                                                                     \
	}

/* Reads them from holder's "testpanel": what policy_parse takes, "tls" and "proxy". pointer is holder's. The
 * folder stands already. */
void integration_defaults_parse(struct integration_defaults *defaults, const cJSON *holder,
	const char *pointer, struct faults *faults);
void integration_defaults_done(struct integration_defaults *defaults);

/* Parses data (an integrationNode's "data") under defaults (NULL: INTEGRATION_DEFAULTS). Every fault found
 * goes to faults with a pointer that begins with pointer (e.g. "/nodes/4/data"). Never NULL: an integration
 * that cannot run keeps its reason in error and fails with it when executed. The caller frees it. */
struct integration *integration_parse(const char *id, const cJSON *data,
	const struct integration_defaults *defaults, const char *pointer, struct faults *faults);
void integration_free(struct integration *integration);
/* Overrides policy's members with those of a "testpanel" member ({"timeoutMs", "deadlineMs", "retry": {…},
 * "idempotent", "maxBytes"}); wrong types and values are faults; members it does not know are not its
 * business. */
void policy_parse(struct policy *policy, const cJSON *testpanel, const char *pointer, struct faults *faults);
/* A workflow's "retryBudget" in its testpanel, {"maxTokens", "tokenRatio", "minPerSecond"} or false for no
 * limit, in the same way. */
void policy_parse_budget(
	struct budget_policy *budget, const cJSON *testpanel, const char *pointer, struct faults *faults);
/* Compiles its jq programs whole, which integration_parse, for the 50 ms each takes, leaves to their first
 * use. A fault where a name in one is unknown; pointer as for integration_parse. */
void integration_check_filters(
	const struct integration *integration, const char *pointer, struct faults *faults);
/* The first variable that its GraphQL operation requires and that nothing can supply: neither
 * graphQLVariables nor arguments of these names. NULL where there is none. */
const char *integration_missing_variable(
	const struct integration *integration, const char *const *arguments, size_t count);
/* Registers what it would send of env (NULL: the process environment alone) as secrets: they are none of
 * anybody's business before it does, either. */
void integration_learn(
	const struct integration *integration, const struct env *env, struct redactor *redactor);
const char *integration_kind(
	const struct integration *integration); /* "mock", "rest", "graphql" or "unknown" */
/* May an execution be repeated after its request may have been applied? */
bool integration_repeatable(const struct integration *integration);

#endif
