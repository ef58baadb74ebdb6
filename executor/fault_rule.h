/* The rules of `testpanel validate`: faults that let a workflow run and are likely to hurt once it does. The
 * one table of their ids and reasons; who finds a fault names its rule (faults_name_rule). */
#ifndef EXECUTOR_FAULT_RULE_H
#define EXECUTOR_FAULT_RULE_H

#define FAULT_RULES(_)                                                                                       \
	_(TIMEOUT_BEYOND_DEADLINE, "timeout-beyond-deadline",                                                \
		"the deadline cuts attempts short before their own timeout does")                            \
	_(ATTEMPTS_BEYOND_DEADLINE, "attempts-beyond-deadline",                                              \
		"the waits between attempts use up the deadline: the last retries never happen")             \
	_(NO_TIMEOUT, "no-timeout", "one attempt may keep a caller waiting for over a minute")               \
	_(UNSAFE_RETRY, "unsafe-retry",                                                                      \
		"a request that is not safe to repeat is repeated, or never will be although it says so")    \
	_(BACKOFF_CAP_BELOW_INITIAL, "backoff-cap-below-initial",                                            \
		"the longest wait is shorter than the first, so that waits do not grow")                     \
	_(JITTER_NONE, "jitter-none", "all who failed together come back together")                          \
	_(SECRET_IN_URL, "secret-in-url", "URLs end up in the logs of servers and proxies")                  \
	_(SECRET_LITERAL, "secret-literal", "whoever gets the file gets the secret")                         \
	_(CREDENTIALS_OVER_HTTP, "credentials-over-http", "the network between reads them")                  \
	_(MUTATION_OVER_GET, "mutation-over-get", "GraphQL over HTTP allows GET for queries alone")          \
	_(INSECURE_TLS, "insecure-tls", "whoever answers is believed")                                       \
	_(BODY_WITH_GET, "body-with-get", "the body of a GET or HEAD means nothing and is not sent")         \
	_(MAX_BYTES_HUGE, "max-bytes-huge", "one answer may take over 64 MiB of memory")                     \
	_(UNKNOWN_METHOD, "unknown-method", "the method is none that the integration can use")               \
	_(MISSING_VARIABLE, "missing-variable",                                                              \
		"the GraphQL operation cannot run: nothing gives a variable that it requires a value")       \
	_(UNSET_VARIABLE, "unset-variable",                                                                  \
		"a ${NAME} that nobody sets lets the call fail before it is sent")                           \
	_(RULE_NOT_ENFORCED, "rule-not-enforced",                                                            \
		"a business rule in words is told to the model, which may pass it over")                     \
	_(RULE_NEVER_APPLIES, "rule-never-applies", "no tool can break the business rule")

enum fault_rule {
#define FAULT_RULE_ENUM(name, id, reason) FAULT_RULE_##name,
	FAULT_RULES(FAULT_RULE_ENUM)
#undef FAULT_RULE_ENUM
	FAULT_RULE_COUNT
};

const char *fault_rule_id(enum fault_rule rule);     /* "unsafe-retry" */
const char *fault_rule_reason(enum fault_rule rule); /* one clause, lower case, no full stop */

#endif
