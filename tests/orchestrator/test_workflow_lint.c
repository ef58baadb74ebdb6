/* Every rule by a workflow that breaks it and by its neighbour that does not. */
#include "orchestrator/workflow_lint.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD(top, tool)                                                                                      \
	"{" top "\"nodes\": [{\"id\": \"r\", \"type\": \"routerNode\"}, {\"id\": \"d\", \"type\": "          \
	"\"departmentNode\"},\n{\"id\": \"t\", \"type\": \"subAgentNode\", \"data\": {" tool                 \
	"}},\n{\"id\": \"i\", \"type\": \"integrationNode\", \"data\": {"
#define TAIL                                                                                                 \
	"}}], \"edges\": [{\"source\": \"r\", \"target\": \"d\"}, {\"source\": \"d\", \"target\": "          \
	"\"t\"}, {\"source\": \"t\", \"target\": \"i\"}]}"
#define NODE(data) HEAD("", "") data TAIL
#define SITE "\"url\": \"https://example.com/x\""
#define REST(members) NODE("\"integrationType\": \"rest\", " members)
#define POLICY(members) REST(SITE ", \"testpanel\": {" members "}")
#define POST(members) REST(SITE ", \"method\": \"POST\", " members)
#define URL(url) REST("\"url\": \"" url "\"")
#define BEARER(url, token)                                                                                   \
	REST("\"url\": \"" url "\", \"authType\": \"bearer\", \"authToken\": \"" token "\"")
#define GRAPHQL(query, members)                                                                              \
	NODE("\"integrationType\": \"graphql\", " SITE ", \"graphQLQuery\": \"" query "\", " members)
#define QUERY_WITH(parameters, members)                                                                      \
	HEAD("", "\"parameters\": [" parameters "]")                                                         \
	"\"integrationType\": \"graphql\", " SITE ", \"graphQLQuery\": \"query($id: ID!) { a }\"" members TAIL
#define PARAMETER(name) "{\"name\": \"" name "\", \"type\": \"string\"}"
#define MOCK "\"integrationType\": \"mock\", \"mockOutput\": \"{}\""
#define TOP(members) HEAD("\"testpanel\": {" members "}, ", "") MOCK TAIL
#define TOOL(members) HEAD("", "\"testpanel\": {" members "}") MOCK TAIL
#define IDEMPOTENT "\"testpanel\": {\"idempotent\": true}"
#define RETRY "\"testpanel\": {\"retry\": {\"max\": 3}}"
#define METHOD(method) "\"testpanel\": {\"method\": \"" method "\"}"
#define KEY_HEADER "\"headers\": \"{\\\"Idempotency-Key\\\": \\\"{{order}}\\\"}\", "

#define BASIC(password) "\"basic\": {\"user\": \"ann\", \"password\": \"" password "\"}"
#define OAUTH2(url, secret)                                                                                  \
	"\"oauth2\": {\"tokenUrl\": \"" url "\", \"clientId\": \"panel\", \"clientSecret\": \"" secret "\"}"

#define IN "/nodes/3/data/"

/* pointer NULL: no warning by this rule. */
static const struct {
	const char *comment, *text, *rule, *pointer;
} cases[] = {
	{"a business rule in words", TOOL("\"businessRules\": {\"tone\": \"be kind\"}"), "rule-not-enforced",
		"/nodes/2/data/testpanel/businessRules/tone"},
	{"one about what every tool takes", TOOL("\"businessRules\": {\"open\": {\"condition\": \"true\"}}"),
		"rule-not-enforced", NULL},
	{"one about what no tool takes",
		TOOL("\"businessRules\": {\"most\": {\"argument\": \"rooms\", \"max\": 3}}"),
		"rule-never-applies", "/nodes/2/data/testpanel/businessRules/most"},
	{"one that applies", TOOL("\"businessRules\": {\"open\": {\"condition\": \"true\"}}"),
		"rule-never-applies", NULL},
	{"timeout above deadline", POLICY("\"timeoutMs\": 9000, \"deadlineMs\": 8000"),
		"timeout-beyond-deadline", IN "testpanel/timeoutMs"},
	{"timeout at the deadline", POLICY("\"timeoutMs\": 8000, \"deadlineMs\": 8000"),
		"timeout-beyond-deadline", NULL},
	{"waits that use up the deadline",
		POLICY("\"deadlineMs\": 3000, \"retry\": {\"max\": 9, \"jitter\": \"none\"}"),
		"attempts-beyond-deadline", IN "testpanel/retry"},
	{"half of the waits, with jitter", POLICY("\"deadlineMs\": 3000, \"retry\": {\"max\": 9}"),
		"attempts-beyond-deadline", IN "testpanel/retry"},
	{"waits that fit on average", POLICY("\"deadlineMs\": 2000, \"retry\": {\"max\": 2}"),
		"attempts-beyond-deadline", NULL},
	{"a deadline below the inherited waits", POLICY("\"deadlineMs\": 400"), "attempts-beyond-deadline",
		IN "testpanel/deadlineMs"},
	{"a deadline without retries", POLICY("\"deadlineMs\": 400, \"retry\": {\"max\": 0}"),
		"attempts-beyond-deadline", NULL},
	{"the workflow's retries", TOP("\"retry\": {\"max\": 50}"), "attempts-beyond-deadline",
		"/testpanel/retry"},
	{"a timeout of two minutes", POLICY("\"timeoutMs\": 120000, \"deadlineMs\": 120000"), "no-timeout",
		IN "testpanel/timeoutMs"},
	{"a timeout of one minute", POLICY("\"timeoutMs\": 60000, \"deadlineMs\": 120000"), "no-timeout",
		NULL},
	{"the workflow's timeout", TOP("\"timeoutMs\": 60001, \"deadlineMs\": 70000"), "no-timeout",
		"/testpanel/timeoutMs"},
	{"a tool's 0", TOOL("\"timeoutMs\": 0"), "no-timeout", "/nodes/2/data/testpanel/timeoutMs"},
	{"a tool's 5 s", TOOL("\"timeoutMs\": 5000"), "no-timeout", NULL},
	{"an attempt's 0", POLICY("\"timeoutMs\": 0"), "no-timeout", IN "testpanel/timeoutMs"},
	{"an attempt's 1", POLICY("\"timeoutMs\": 1"), "no-timeout", NULL},
	{"POST called idempotent", POST(IDEMPOTENT), "unsafe-retry", IN "testpanel/idempotent"},
	{"PUT called idempotent", REST(SITE ", \"method\": \"put\", " IDEMPOTENT), "unsafe-retry", NULL},
	{"POST with a key", POST(KEY_HEADER IDEMPOTENT), "unsafe-retry", NULL},
	{"POST with a key of ours", POST("\"testpanel\": {\"idempotent\": true, \"idempotencyKey\": true}"),
		"unsafe-retry", NULL},
	{"POST never repeated", POST("\"testpanel\": {\"idempotent\": true, \"retry\": {\"max\": 0}}"),
		"unsafe-retry", NULL},
	{"PATCH with retries", REST(SITE ", \"method\": \"PATCH\", " RETRY), "unsafe-retry",
		IN "testpanel/retry/max"},
	{"POST with the retries of the workflow", POST("\"testpanel\": {}"), "unsafe-retry", NULL},
	{"GET with retries", REST(SITE ", " RETRY), "unsafe-retry", NULL},
	{"mutation called idempotent", GRAPHQL("mutation { pay }", IDEMPOTENT), "unsafe-retry",
		IN "testpanel/idempotent"},
	{"query called idempotent", GRAPHQL("query { bill }", IDEMPOTENT), "unsafe-retry", NULL},
	{"mutation with retries", GRAPHQL("mutation { pay }", RETRY), "unsafe-retry",
		IN "testpanel/retry/max"},
	{"query with retries", GRAPHQL("{ bill }", RETRY), "unsafe-retry", NULL},
	{"cap below the first wait", POLICY("\"retry\": {\"initialMs\": 900, \"maxMs\": 800}"),
		"backoff-cap-below-initial", IN "testpanel/retry/maxMs"},
	{"cap at the first wait", POLICY("\"retry\": {\"initialMs\": 900, \"maxMs\": 900}"),
		"backoff-cap-below-initial", NULL},
	{"no jitter", POLICY("\"retry\": {\"jitter\": \"none\"}"), "jitter-none",
		IN "testpanel/retry/jitter"},
	{"no jitter and no retry", POLICY("\"retry\": {\"jitter\": \"none\", \"max\": 0}"), "jitter-none",
		NULL},
	{"full jitter", POLICY("\"retry\": {\"jitter\": \"full\"}"), "jitter-none", NULL},
	{"no jitter anywhere", TOP("\"retry\": {\"jitter\": \"none\"}"), "jitter-none",
		"/testpanel/retry/jitter"},
	{"a token's variable in the path", URL("https://example.com/${BOT_TOKEN}/send"), "secret-in-url",
		IN "url"},
	{"a key in the query", URL("https://example.com/?q=1&api_key=abcdefgh"), "secret-in-url", IN "url"},
	{"a password in the authority", URL("https://ann:pw@example.com/"), "secret-in-url", IN "url"},
	{"variables that are no secret", URL("${MOCK_URL}/x/${REGION:-token}?page=2"), "secret-in-url", NULL},
	{"an argument in the path", URL("https://example.com/{{number}}?q={{text}}"), "secret-in-url", NULL},
	{"a literal token", BEARER("https://example.com/", "abcdefgh"), "secret-literal", IN "authToken"},
	{"a variable's token", BEARER("https://example.com/", "${TOKEN}"), "secret-literal", NULL},
	{"a token that no authType uses", REST(SITE ", \"authType\": \"none\", \"authToken\": \"abcdefgh\""),
		"secret-literal", NULL},
	{"a literal in a header", REST(SITE ", \"headers\": {\"X-Api-Key\": \"abcdefgh\"}"), "secret-literal",
		IN "headers"},
	{"a variable in a header", REST(SITE ", \"headers\": {\"X-Api-Key\": \"${KEY}\"}"), "secret-literal",
		NULL},
	{"a header that is no secret", REST(SITE ", \"headers\": {\"Accept\": \"text/plain\"}"),
		"secret-literal", NULL},
	{"a key for repetition", POST(KEY_HEADER "\"body\": \"\""), "secret-literal", NULL},
	{"a literal key password",
		POLICY("\"tls\": {\"certFile\": \"/dev/null\", \"keyPassword\": \"abcdefgh\"}"),
		"secret-literal", IN "testpanel/tls/keyPassword"},
	{"a variable's key password",
		POLICY("\"tls\": {\"certFile\": \"/dev/null\", \"keyPassword\": \"${PASSWORD}\"}"),
		"secret-literal", NULL},
	{"a literal password", POLICY(BASIC("abcdefgh")), "secret-literal", IN "testpanel/basic/password"},
	{"a literal password of a user by name",
		POLICY("\"basic\": {\"user\": \"${U}\", \"password\": "
		       "\"abcdefgh\"}"),
		"secret-literal", IN "testpanel/basic/password"},
	{"a variable's password", POLICY(BASIC("${PASSWORD}")), "secret-literal", NULL},
	{"a user without password", POLICY("\"basic\": {\"user\": \"abcdefgh\"}"), "secret-literal", NULL},
	{"a literal client secret", POLICY(OAUTH2("https://example.com/token", "abcdefgh")), "secret-literal",
		IN "testpanel/oauth2/clientSecret"},
	{"a variable's client secret", POLICY(OAUTH2("https://example.com/token", "${SECRET}")),
		"secret-literal", NULL},
	{"a literal proxy password", POLICY("\"proxy\": \"http://ann:abcdefgh@proxy.example:3128\""),
		"secret-literal", IN "testpanel/proxy"},
	{"the workflow's proxy password", TOP("\"proxy\": \"http://ann:abcdefgh@proxy.example:3128\""),
		"secret-literal", "/testpanel/proxy"},
	{"a literal proxy password, user by name",
		POLICY("\"proxy\": \"http://${USER:-ann}:abcdefgh@proxy.example:3128\""), "secret-literal",
		IN "testpanel/proxy"},
	{"a variable's proxy password", POLICY("\"proxy\": \"http://ann:${PASSWORD}@proxy.example:3128\""),
		"secret-literal", NULL},
	{"a proxy without password", POLICY("\"proxy\": \"http://ann@proxy.example:3128/a:b\""),
		"secret-literal", NULL},
	{"a proxy by name", POLICY("\"proxy\": \"${PROXY:-http://a:b@c}\""), "secret-literal", NULL},
	{"basic over http", REST("\"url\": \"http://example.com/x\", \"testpanel\": {" BASIC("${P}") "}"),
		"credentials-over-http", IN "url"},
	{"basic over https", POLICY(BASIC("${P}")), "credentials-over-http", NULL},
	{"an access token over http",
		REST("\"url\": \"http://example.com/x\", \"testpanel\": {" OAUTH2(
			"https://example.com/token", "${S}") "}"),
		"credentials-over-http", IN "url"},
	{"a token fetched over http", POLICY(OAUTH2("http://example.com/token", "${S}")),
		"credentials-over-http", IN "testpanel/oauth2/tokenUrl"},
	{"a token fetched from this machine", POLICY(OAUTH2("http://127.0.0.1:8080/token", "${S}")),
		"credentials-over-http", NULL},
	{"a token fetched over https", POLICY(OAUTH2("https://example.com/token", "${S}")),
		"credentials-over-http", NULL},
	{"bearer over http", BEARER("http://example.com/x", "${TOKEN}"), "credentials-over-http", IN "url"},
	{"bearer over https", BEARER("https://example.com/x", "${TOKEN}"), "credentials-over-http", NULL},
	{"bearer to this machine", BEARER("http://localhost:8080/x", "${TOKEN}"), "credentials-over-http",
		NULL},
	{"bearer to 127.0.0.2", BEARER("http://127.0.0.2/x", "${TOKEN}"), "credentials-over-http", NULL},
	{"bearer to [::1]", BEARER("http://[::1]:80/x", "${TOKEN}"), "credentials-over-http", NULL},
	{"a name like this machine's", BEARER("http://127.0.0.1.example.com", "${TOKEN}"),
		"credentials-over-http", IN "url"},
	{"another with its end", BEARER("http://notlocalhost/", "${TOKEN}"), "credentials-over-http",
		IN "url"},
	{"this machine as userinfo", BEARER("http://localhost@example.com/", "${TOKEN}"),
		"credentials-over-http", IN "url"},
	{"a host nobody knows yet", BEARER("http://${HOST}:8080/x", "${TOKEN}"), "credentials-over-http",
		NULL},
	{"a credential in a header",
		REST("\"url\": \"HTTP://example.com\", \"headers\": {\"Authorization\": \"Basic ${B}\"}"),
		"credentials-over-http", IN "url"},
	{"http without credentials", URL("http://example.com/x"), "credentials-over-http", NULL},
	{"mutation by GET", GRAPHQL("mutation { pay }", METHOD("GET")), "mutation-over-get",
		IN "testpanel/method"},
	{"mutation by POST", GRAPHQL("mutation { pay }", METHOD("POST")), "mutation-over-get", NULL},
	{"query by GET", GRAPHQL("{ bill }", METHOD("GET")), "mutation-over-get", NULL},
	{"TLS with whoever answers", POLICY("\"tls\": {\"insecure\": true}"), "insecure-tls",
		IN "testpanel/tls/insecure"},
	{"TLS as it should be", POLICY("\"tls\": {\"insecure\": false}"), "insecure-tls", NULL},
	{"GET with a body", REST(SITE ", \"body\": \"{}\""), "body-with-get", IN "body"},
	{"GET with an empty body", REST(SITE ", \"body\": \"\""), "body-with-get", NULL},
	{"POST with a body", POST("\"body\": \"{}\""), "body-with-get", NULL},
	{"answers of 65 MiB", POLICY("\"maxBytes\": 68157440"), "max-bytes-huge", IN "testpanel/maxBytes"},
	{"answers of 64 MiB", POLICY("\"maxBytes\": 67108864"), "max-bytes-huge", NULL},
	{"no such method", REST(SITE ", \"method\": \"FETCH\""), "unknown-method", IN "method"},
	{"a known method", REST(SITE ", \"method\": \"delete\""), "unknown-method", NULL},
	{"GraphQL by PUT", GRAPHQL("{ bill }", METHOD("PUT")), "unknown-method", IN "testpanel/method"},
	{"GraphQL by POST", GRAPHQL("{ bill }", METHOD("POST")), "unknown-method", NULL},
	{"a variable from nowhere", QUERY_WITH("", ""), "missing-variable", IN "graphQLQuery"},
	{"a parameter of another name", QUERY_WITH(PARAMETER("ID"), ""), "missing-variable",
		IN "graphQLQuery"},
	{"a parameter", QUERY_WITH(PARAMETER("n") ", " PARAMETER("id"), ""), "missing-variable", NULL},
	{"a parameter that goes elsewhere",
		QUERY_WITH(PARAMETER("id"), ", \"headers\": {\"X-Id\": \"{{id}}\"}"), "missing-variable",
		IN "graphQLQuery"},
	{"null among the node's", QUERY_WITH("", ", \"graphQLVariables\": {\"id\": null}"),
		"missing-variable", IN "graphQLQuery"},
	{"a template among the node's",
		QUERY_WITH(PARAMETER("n"), ", \"graphQLVariables\": {\"id\": \"{{n}}\"}"), "missing-variable",
		NULL},
	{"nobody sets it", URL("https://${TESTPANEL_NONE}/x"), "unset-variable", IN "url"},
	{"it is set", URL("https://${TESTPANEL_SET}/x"), "unset-variable", NULL},
	{"it has a text of its own", URL("https://${TESTPANEL_NONE:-a.example}/x"), "unset-variable", NULL},
	{"the mock backend's", URL("${MOCK_URL}/x"), "unset-variable", NULL},
	{"in a header", REST(SITE ", \"headers\": {\"X-Id\": \"${TESTPANEL_NONE}\"}"), "unset-variable",
		IN "headers/X-Id"},
	{"in headers as text", REST(SITE ", \"headers\": \"{\\\"X-Id\\\": \\\"${TESTPANEL_NONE}\\\"}\""),
		"unset-variable", IN "headers"},
	{"in a body", POST("\"body\": \"{\\\"a\\\": \\\"${TESTPANEL_NONE}\\\"}\""), "unset-variable",
		IN "body"},
	{"a token", BEARER("https://example.com/x", "${TESTPANEL_NONE}"), "unset-variable", IN "authToken"},
	{"a token that is not sent", REST(SITE ", \"authToken\": \"${TESTPANEL_NONE}\""), "unset-variable",
		NULL},
	{"a client's secret", POLICY(OAUTH2("https://example.com/t", "${TESTPANEL_NONE}")), "unset-variable",
		IN "testpanel/oauth2/clientSecret"},
	{"a mock's answer is no template of ours",
		NODE("\"integrationType\": \"mock\", \"mockOutput\": \"{\\\"a\\\": "
		     "\\\"${TESTPANEL_NONE}\\\"}\""),
		"unset-variable", NULL},
	{"the workflow's proxy", TOP("\"proxy\": \"${TESTPANEL_NONE}\""), "unset-variable",
		"/testpanel/proxy"},
	{"the model's server", TOP("\"openai\": {\"baseUrl\": \"${TESTPANEL_NONE}\"}"), "unset-variable",
		"/testpanel/openai/baseUrl"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The first fault of a rule. */
static const struct fault *find(const struct faults *faults, const char *rule)
{
	for (size_t i = 0; i < faults->count; i++)
		if (faults->items[i].rule && !strcmp(faults->items[i].rule, rule))
			return &faults->items[i];
	return NULL;
}

Test(workflow_lint, rules)
{
	struct env *env = env_new();

	env_set(env, "TESTPANEL_SET", "a.example");
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *comment = cases[i].comment, *text = cases[i].text;
		const struct fault *fault;
		struct workflow *w;
		struct faults faults;

		faults_init(&faults);
		w = workflow_parse(text, strlen(text), "test", &faults);
		workflow_lint_variables(w, env, &faults);
		fault = find(&faults, cases[i].rule);
		cr_expect(w, "%s: %s", comment, faults.count ? faults.items[0].message : "");
		cr_expect(!fault == !cases[i].pointer, "%s: %s", comment, fault ? fault->message : "missed");
		if (fault && cases[i].pointer)
			cr_expect_str_eq(fault->pointer, cases[i].pointer, "%s: %s", comment, fault->pointer);
		for (size_t j = 0; j < faults.count; j++) {
			bool refused =
				strstr(faults.items[j].pointer, "method") || strstr(comment, "attempt's 0");

			cr_expect(refused || faults.items[j].severity == FAULT_WARNING, "%s: %s", comment,
				faults.items[j].message);
			cr_expect(!strstr(faults.items[j].message, "abcdefgh"), "%s: the secret", comment);
			cr_expect(faults.items[j].line > 0, "%s: line", comment);
		}
		workflow_free(w);
		faults_done(&faults);
	}
	env_free(env);
}

/* A rule without a row above is one that nobody knows to work. */
Test(workflow_lint, every_rule_has_both_rows)
{
	for (int rule = 0; rule < FAULT_RULE_COUNT; rule++) {
		const char *id = fault_rule_id((enum fault_rule)rule);
		int good = 0, bad = 0;

		for (size_t i = 0; i < COUNT(cases); i++)
			if (!strcmp(cases[i].rule, id))
				*(cases[i].pointer ? &bad : &good) += 1;
		cr_expect(good && bad, "%s: %d good, %d bad", id, good, bad);
		cr_expect(strspn(id, "abcdefghijklmnopqrstuvwxyz-") == strlen(id), "%s", id);
		cr_expect(*fault_rule_reason((enum fault_rule)rule), "%s", id);
	}
}

/* The defaults of a workflow are warned about once, not at every node that has them. */
Test(workflow_lint, inherited_policy_once)
{
	static const char text[] = HEAD("\"testpanel\": {\"retry\": {\"max\": 60, \"jitter\": \"none\"}, "
					"\"maxBytes\": 100000000}, ",
		"") "\"integrationType\": \"rest\", " SITE ", \"testpanel\": {}" TAIL;
	struct workflow *w;
	struct faults faults;

	faults_init(&faults);
	w = workflow_parse(text, sizeof text - 1, "test", &faults);
	cr_assert(w);
	cr_expect_eq(faults.count, 3);
	cr_expect_eq(faults.errors, 0);
	for (size_t i = 0; i < faults.count; i++)
		cr_expect(
			!strncmp(faults.items[i].pointer, "/testpanel/", 11), "%s", faults.items[i].pointer);
	workflow_free(w);
	faults_done(&faults);
}

/* A text that names one several times is warned of once, for each name. */
Test(workflow_lint, unset_variables_once_a_text)
{
	static const char text[] = URL("https://${TESTPANEL_A}/${TESTPANEL_AB}/${TESTPANEL_A}");
	struct env *env = env_new();
	struct faults faults;
	struct workflow *w;

	faults_init(&faults);
	w = workflow_parse(text, sizeof text - 1, "test", &faults);
	workflow_lint_variables(w, env, &faults);
	cr_expect_eq(faults.count, 2);
	workflow_free(w);
	env_free(env);
	faults_done(&faults);
}

Test(workflow_lint, bundled_hotel_is_clean)
{
	struct env *env = env_new();
	struct faults faults;
	struct workflow *w;
	char *error = NULL;

	faults_init(&faults);
	w = workflow_load("assets/hotel.json", &faults, &error);
	cr_assert(w, "%s", error ? error : "faults");
	workflow_lint_variables(w, env, &faults);
	cr_expect_eq(faults.count, 0, "%s", faults.count ? faults.items[0].message : "");
	workflow_free(w);
	env_free(env);
	faults_done(&faults);
}
