/* The error codes a result can carry. The original's names are kept because its users know them; the two
 * *_STATUS rows are families, written with the status in place of the last word (REST_503, GRAPHQL_400). */
#ifndef EXECUTOR_ERRCODE_H
#define EXECUTOR_ERRCODE_H

#include <stddef.h>

#define ERRCODES(_)                                                                                          \
	_(MOCK_NO_OUTPUT, "the mock has no output: fill in mockOutput")                                      \
	_(MOCK_INVALID_FORMAT, "the mock output must be a JSON object or array")                             \
	_(MOCK_JSON_PARSE_ERROR, "the mock output is not valid JSON")                                        \
	_(REST_NO_URL, "the REST integration has no URL: fill in url")                                       \
	_(REST_STATUS, "the server answered with an error status")                                           \
	_(REST_NETWORK_ERROR, "the request did not get through")                                             \
	_(GRAPHQL_NO_URL, "the GraphQL integration has no URL: fill in url")                                 \
	_(GRAPHQL_NO_QUERY, "the GraphQL integration has no query: fill in graphQLQuery")                    \
	_(GRAPHQL_INVALID_VARIABLES, "the variables are not what the query takes")                           \
	_(GRAPHQL_QUERY_ERROR, "the GraphQL server reported errors")                                         \
	_(GRAPHQL_NETWORK_ERROR, "the GraphQL request did not get through")                                  \
	_(GRAPHQL_STATUS, "the GraphQL server answered with an error status")                                \
	_(INTEGRATION_TIMEOUT, "no answer within the time allowed")                                          \
	_(INTEGRATION_CONFIG_ERROR, "the integration is not configured properly")                            \
	_(INTEGRATION_EXECUTION_ERROR, "the integration could not be executed")                              \
	_(TOOL_NODE_NOT_FOUND, "the tool's node is not in the workflow")                                     \
	_(INVALID_NODE_TYPE, "this kind of node cannot be executed")                                         \
	_(TOOL_NOT_FOUND, "no such tool")                                                                    \
	_(TOOL_TIMEOUT, "the tool did not answer in time")                                                   \
	_(TOOL_EXECUTION_ERROR, "the tool failed")                                                           \
	_(CANCELLED, "cancelled")                                                                            \
	_(CIRCUIT_OPEN, "the circuit breaker is open")                                                       \
	_(RATE_LIMITED, "the rate limit is used up")                                                         \
	_(RESPONSE_TOO_LARGE, "the answer is larger than allowed: raise maxBytes")                           \
	_(RESPONSE_INVALID_JSON, "the answer says it is JSON and cannot be read as that")                    \
	_(EXPECT_FAILED, "the answer does not meet expect")                                                  \
	_(SELECT_FAILED, "select could not be applied to the answer")                                        \
	_(OAUTH2_ERROR, "no access token could be had")                                                      \
	_(TLS_ERROR, "the TLS connection failed")                                                            \
	_(MODEL_UNREACHABLE, "the model's server could not be reached")                                      \
	_(MODEL_TIMEOUT, "the model did not answer in time")                                                 \
	_(MODEL_UNAUTHORIZED, "the model's server does not accept the key")                                  \
	_(MODEL_NOT_FOUND, "the model's server has no such model, or is not at this URL")                    \
	_(MODEL_RATE_LIMITED, "the model's server takes no more requests for now")                           \
	_(MODEL_QUOTA_EXCEEDED, "the quota of the model's server is used up")                                \
	_(MODEL_REFUSED, "the model's server refused the request")                                           \
	_(MODEL_ERROR, "the model's server failed")                                                          \
	_(MODEL_BAD_ANSWER, "the model's answer cannot be used")                                             \
	_(CASSETTE_MISS, "the cassette has no recording of this request: record it with --cassette")         \
	_(URL_NOT_ALLOWED, "the URL is not allowed: only http and https")                                    \
	_(MISSING_ARGUMENT, "a required argument is missing")                                                \
	_(INVALID_ARGUMENT, "an argument has the wrong type or value")

enum errcode {
	ERR_NONE,
#define ERRCODE_ENUM(name, message) ERR_##name,
	ERRCODES(ERRCODE_ENUM)
#undef ERRCODE_ENUM
};

#define ERRCODE_SIZE 40

/* The code as users see it, e.g. "REST_503"; status counts for the *_STATUS families only. ERR_NONE gives "".
 * Writes into buf (ERRCODE_SIZE bytes) and returns it. */
char *errcode_format(enum errcode code, long status, char *buf);
/* What it means, in one clause. */
const char *errcode_message(enum errcode code);

#endif
