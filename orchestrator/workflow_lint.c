/* Risky policies. See workflow_lint.h. A policy that is inherited is warned about where it is written, not at
 * every node that inherits it; and no message repeats a URL or a token, which may hold a secret. */
#include "orchestrator/workflow_lint.h"
#include "orchestrator/business_rule.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TIMEOUT_LONG_MS 60000.0
#define BYTES_HUGE ((size_t)64 << 20)
#define HOST_MAX 256

/* What is being looked at: an integration, or the workflow's defaults. */
struct lint {
	struct faults *faults;
	const char *pointer; /* of the node's data; "" for the whole workflow */
	const cJSON *testpanel;
	const struct policy *policy;
};

static void warn(const struct lint *lint, enum fault_rule rule, const char *member, const char *format, ...)
	PRINTF_ATTR(4, 5);

/* member may be a path of several. */
static void warn(const struct lint *lint, enum fault_rule rule, const char *member, const char *format, ...)
{
	char *place = xasprintf("%s/%s", lint->pointer, member), *message;
	va_list ap;

	va_start(ap, format);
	message = xvasprintf(format, ap);
	va_end(ap);
	faults_add(lint->faults, FAULT_WARNING, place, "%s", message);
	faults_name_rule(lint->faults, rule);
	free(message);
	free(place);
}

static bool has_template(const char *text)
{
	return strstr(text, "${") || strstr(text, "{{");
}

/* How many retries the deadline leaves time for when attempts take none; with full jitter, on average. */
static int count_fitting(const struct policy *policy)
{
	struct retry_policy exact = policy->retry;
	double share = policy->retry.jitter == JITTER_NONE ? 1 : 0.5, waited = 0;
	int n = 0;

	exact.jitter = JITTER_NONE;
	while (n < policy->retry.max) {
		waited += share * policy_backoff_ms(&exact, n + 1, NULL);
		if (waited >= policy->deadline_ms)
			break;
		n++;
	}
	return n;
}

static void lint_policy(const struct lint *lint)
{
	const struct policy *policy = lint->policy;
	const cJSON *retry = json_get(lint->testpanel, "retry");
	int fitting = count_fitting(policy);

	if (json_get(lint->testpanel, "timeoutMs") && policy->timeout_ms > TIMEOUT_LONG_MS)
		warn(lint, FAULT_RULE_NO_TIMEOUT, "testpanel/timeoutMs",
			"an attempt may take over a minute: no caller waits so long; set %.0f at most",
			TIMEOUT_LONG_MS);
	if (json_get(lint->testpanel, "maxBytes") && policy->max_bytes > BYTES_HUGE)
		warn(lint, FAULT_RULE_MAX_BYTES_HUGE, "testpanel/maxBytes",
			"one answer may take %zu MiB of memory: set %zu at most", policy->max_bytes >> 20,
			BYTES_HUGE);
	if (fitting < policy->retry.max && (retry || json_get(lint->testpanel, "deadlineMs")))
		warn(lint, FAULT_RULE_ATTEMPTS_BEYOND_DEADLINE,
			retry ? "testpanel/retry" : "testpanel/deadlineMs",
			"the waits alone use up deadlineMs (%.0f) after %d of %d retries: raise it, or lower "
			"retry.max or retry.maxMs",
			policy->deadline_ms, fitting, policy->retry.max);
	if (policy->retry.max > 0 && policy->retry.jitter == JITTER_NONE && json_get(retry, "jitter"))
		warn(lint, FAULT_RULE_JITTER_NONE, "testpanel/retry/jitter",
			"all callers that failed together retry together: write \"full\"");
}

/* Only what the node itself says: `idempotent` or `retry` for a whole workflow is meant for calls that may be
 * repeated. */
static void lint_repetition(const struct lint *lint, const struct integration *in)
{
	const cJSON *max = json_get(json_get(lint->testpanel, "retry"), "max");
	struct integration unmarked = *in;
	const char *what;

	unmarked.policy.idempotent = false;
	if (in->error || in->policy.retry.max <= 0 || integration_repeatable(&unmarked))
		return;
	what = in->query ? "mutation" : in->method;
	if (cJSON_IsTrue(json_get(lint->testpanel, "idempotent")))
		warn(lint, FAULT_RULE_UNSAFE_RETRY, "testpanel/idempotent",
			"a %s is repeated though it may have been done: set idempotencyKey, by which the "
			"server knows a repetition, or leave idempotent out",
			what);
	else if (max && !in->policy.idempotent)
		warn(lint, FAULT_RULE_UNSAFE_RETRY, "testpanel/retry/max",
			"a %s is not repeated once it may have been done, so this counts for what was never "
			"sent and for 429 alone: set idempotencyKey, or leave it out",
			what);
}

/* Copies the host of an http:// or https:// URL; false where a template decides about it. */
static bool find_host(const char *url, char *host, size_t size)
{
	const char *begin = strstr(url, "://"), *end, *at;

	if (!begin)
		return false;
	begin += 3;
	end = begin + strcspn(begin, "/?#\\");
	at = memrchr(begin, '@', (size_t)(end - begin));
	begin = at ? at + 1 : begin;
	snprintf(host, size, "%.*s", (int)(end - begin), begin);
	if (*host == '[')
		host[strcspn(host, "]")] = '\0';
	else if (!has_template(host))
		host[strcspn(host, ":")] = '\0';
	return !has_template(host);
}

/* Nothing outside of this machine sees what goes there. */
static bool is_loopback(const char *host)
{
	size_t len = strlen(host), tail = strlen(".localhost");
	struct in6_addr v6;
	struct in_addr v4;

	if (*host == '[')
		return inet_pton(AF_INET6, host + 1, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return !strcasecmp(host, "localhost") || (len > tail && !strcasecmp(host + len - tail, ".localhost"));
}

/* Is there a ${NAME} whose name is a secret's? */
static bool names_secret(const char *text)
{
	while ((text = strstr(text, "${"))) {
		size_t len = strcspn(text += 2, "}:");
		char *name = xstrndup(text, len);
		bool secret = redact_is_secret_name(name);

		free(name);
		if (secret)
			return true;
	}
	return false;
}

static void lint_url(const struct lint *lint, const struct integration *in)
{
	char *redacted = redact_url(NULL, in->url);

	if (strcmp(redacted, in->url) != 0 || names_secret(in->url))
		warn(lint, FAULT_RULE_SECRET_IN_URL, "url",
			"a secret in the URL ends up in the logs of servers and proxies: send it as "
			"authToken or in a header");
	free(redacted);
}

static bool is_credential(const struct integration_header *header)
{
	return redact_is_secret_name(header->name) && strcasecmp(header->name, "Idempotency-Key") != 0 &&
		header->value[strspn(header->value, " \t")];
}

static void warn_literal(const struct lint *lint, const char *member, const char *text)
{
	if (text && *text && !has_template(text))
		warn(lint, FAULT_RULE_SECRET_LITERAL, member,
			"the secret stands in the file: write ${NAME} and keep it in the environment or the "
			"--env file");
}

/* The password in a URL: behind the first colon that belongs to no template. False where there is none. */
static bool find_password(const char *url, const char **password, size_t *len)
{
	const char *p = strstr(url, "://"), *end, *at;

	if (!p || !strncmp(url, "${", 2))
		return false;
	p += 3;
	end = p + strcspn(p, "/?#");
	at = memrchr(p, '@', (size_t)(end - p));
	for (; at && p < at && *p != ':'; p++)
		if (!strncmp(p, "${", 2))
			p += strcspn(p, "}") - 1;
	*password = p + 1;
	*len = at && p + 1 < at ? (size_t)(at - p - 1) : 0;
	return *len;
}

static void lint_proxy(const struct lint *lint)
{
	const char *proxy = json_string(lint->testpanel, "proxy", ""), *begin;
	char *password;
	size_t len;

	if (!find_password(proxy, &begin, &len))
		return;
	password = xstrndup(begin, len);
	warn_literal(lint, "testpanel/proxy", password);
	free(password);
}

static void lint_transport(const struct lint *lint)
{
	warn_literal(lint, "testpanel/tls/keyPassword",
		json_string(json_get(lint->testpanel, "tls"), "keyPassword", NULL));
	lint_proxy(lint);
}

static void lint_literals(const struct lint *lint, const struct integration *in)
{
	const cJSON *basic = json_get(lint->testpanel, "basic"),
		    *oauth2 = json_get(lint->testpanel, "oauth2");

	if (basic)
		warn_literal(lint, "testpanel/basic/password", json_string(basic, "password", NULL));
	else if (in->auth != AUTH_NONE)
		warn_literal(lint, "authToken", in->auth_token);
	warn_literal(lint, "testpanel/oauth2/clientSecret", json_string(oauth2, "clientSecret", NULL));
	lint_transport(lint);
	for (size_t i = 0; i < in->header_count; i++)
		if (is_credential(&in->headers[i]) && !has_template(in->headers[i].value))
			warn(lint, FAULT_RULE_SECRET_LITERAL, "headers",
				"the secret in \"%.60s\" stands in the file: write ${NAME} and keep it in "
				"the environment or the --env file",
				in->headers[i].name);
}

static bool has_credentials(const struct integration *in)
{
	if ((in->auth != AUTH_NONE && in->auth_token) || in->oauth2)
		return true;
	for (size_t i = 0; i < in->header_count; i++)
		if (is_credential(&in->headers[i]))
			return true;
	return false;
}

static void lint_unencrypted(const struct lint *lint, const char *member, const char *url, const char *what)
{
	char host[HOST_MAX];

	if (!strncasecmp(url, "http://", 7) && find_host(url, host, sizeof host) && !is_loopback(host))
		warn(lint, FAULT_RULE_CREDENTIALS_OVER_HTTP, member,
			"%s over the network unencrypted: write https://", what);
}

static void lint_credentials(const struct lint *lint, const struct integration *in)
{
	const char *token_url = json_string(json_get(lint->testpanel, "oauth2"), "tokenUrl", "");

	if (has_credentials(in))
		lint_unencrypted(lint, "url", in->url, "credentials go");
	lint_unencrypted(lint, "testpanel/oauth2/tokenUrl", token_url, "the client's secret goes");
}

static void lint_integration(const struct node *node, struct faults *faults)
{
	const struct integration *in = node->integration;
	char *pointer = xasprintf("/nodes/%zu/data", node->index);
	struct lint lint = {faults, pointer, json_get(node->data, "testpanel"), &in->policy};

	lint_policy(&lint);
	if (in->url) {
		lint_repetition(&lint, in);
		lint_url(&lint, in);
		lint_literals(&lint, in);
		lint_credentials(&lint, in);
	}
	free(pointer);
}

/* A tool's own limit; at 0 it has none. */
static void lint_tool(const struct node *node, struct faults *faults)
{
	const cJSON *testpanel = json_get(node->data, "testpanel"),
		    *timeout = json_get(testpanel, "timeoutMs");
	char *pointer = xasprintf("/nodes/%zu/data", node->index);
	struct lint lint = {faults, pointer, testpanel, NULL};

	if (cJSON_IsNumber(timeout) && (timeout->valuedouble == 0 || timeout->valuedouble > TIMEOUT_LONG_MS))
		warn(&lint, FAULT_RULE_NO_TIMEOUT, "testpanel/timeoutMs",
			timeout->valuedouble > 0
				? "the tool may take over a minute: no caller waits so long; set %.0f at most"
				: "0 sets the tool no limit: set %.0f at most, or leave it out",
			TIMEOUT_LONG_MS);
	free(pointer);
}

struct variables_lint {
	const struct node *tool;
	struct faults *faults;
};

static void lint_variables(void *ctx, const struct edge *edge, struct node *target)
{
	const struct variables_lint *check = ctx;
	const cJSON *parameters = json_get(check->tool->data, "parameters"), *parameter;
	const char **names = xcalloc((size_t)cJSON_GetArraySize(parameters) + 1, sizeof *names), *missing;
	char *pointer = xasprintf("/nodes/%zu/data", target->index);
	struct lint lint = {check->faults, pointer, NULL, NULL};
	size_t count = 0;

	(void)edge;
	cJSON_ArrayForEach(parameter, parameters) names[count++] = json_string(parameter, "name", "");
	missing = target->integration && !target->integration->error
		? integration_missing_variable(target->integration, names, count)
		: NULL;
	if (missing)
		warn(&lint, FAULT_RULE_MISSING_VARIABLE, "graphQLQuery",
			"the query requires $%.60s, which neither graphQLVariables nor the parameters of "
			"\"%.60s\" give a value: add it to one of them",
			missing, check->tool->id);
	free(pointer);
	free(names);
}

static void lint_rules(const struct node *node, struct faults *faults)
{
	char *pointer = xasprintf("/nodes/%zu/data/testpanel/businessRules", node->index);

	business_rules_lint(node->rules, node, pointer, faults);
	free(pointer);
}

void workflow_lint(const struct workflow *w, struct faults *faults)
{
	struct lint defaults = {faults, "", w->settings, &w->defaults.policy};

	lint_policy(&defaults);
	lint_transport(&defaults);
	for (size_t i = 0; i < w->node_count; i++) {
		if (w->nodes[i].integration)
			lint_integration(&w->nodes[i], faults);
		else if (w->nodes[i].type == NODE_SUB_AGENT)
			lint_tool(&w->nodes[i], faults);
		lint_rules(&w->nodes[i], faults);
		if (w->nodes[i].type == NODE_SUB_AGENT)
			workflow_targets(&w->nodes[i], NULL, lint_variables,
				&(struct variables_lint){&w->nodes[i], faults});
	}
}
