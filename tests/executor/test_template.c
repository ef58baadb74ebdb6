/* Templates: every place, every kind of value, what is missing, and what must not get through. */
#include "executor/json.h"
#include "executor/template.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char ARGUMENTS[] =
	"{\"id\":\"A "
	"1/ü\",\"n\":5,\"half\":0.5,\"yes\":true,\"none\":null,\"guest\":{\"name\":\"Ada\"},\"list\":[1,2],"
	"\"quote\":\"a\\\"b\\\\c\\nd\",\"crlf\":\"x\\r\\nEvil: "
	"1\",\"up\":\"..\",\"dot\":\".\",\"dots\":\"...\","
	"\"empty\":\"\",\"a.b\":\"dotted\"}";

struct row {
	enum template_place place;
	const char *text, *expected;
	enum errcode code;
	const char *comment;
};

static void check(const struct row *row, struct redactor *redactor)
{
	cJSON *arguments = json_parse(ARGUMENTS, sizeof ARGUMENTS - 1, NULL);
	struct env *env = env_new();
	struct template_scope scope = {.arguments = arguments, .env = env, .redactor = redactor};
	char *message = NULL;
	struct buffer out;
	enum errcode code;

	env_set(env, "HOST", "127.0.0.1:8080");
	env_set(env, "BASE", "http://h:1/v1");
	env_set(env, "PATHY", "a/b?c");
	env_set(env, "NUM", "42");
	env_set(env, "WORD", "say \"hi\"");
	env_set(env, "API_TOKEN", "tok-12345");
	buffer_init(&out, BUFFER_MAX_TEXT);
	code = template_expand(row->text, row->place, &scope, &out, &message);
	cr_expect_eq(code, row->code, "%s: code %d, %s", row->comment, code, message ? message : "");
	if (row->code)
		cr_expect(message && strstr(message, row->expected), "%s: %s", row->comment,
			message ? message : "NULL");
	else
		cr_expect_str_eq(buffer_text(&out), row->expected, "%s: %s", row->comment, buffer_text(&out));
	free(message);
	buffer_done(&out);
	env_free(env);
	cJSON_Delete(arguments);
}

Test(template, expand)
{
	static const struct row rows[] = {
		{TEMPLATE_PLAIN, "", "", ERR_NONE, "nothing"},
		{TEMPLATE_PLAIN, "no {template} $here", "no {template} $here", ERR_NONE, "no template"},
		{TEMPLATE_PLAIN, "<{{id}}|{{n}}|{{half}}|{{yes}}|{{none}}>", "<A 1/ü|5|0.5|true|null>",
			ERR_NONE, "plain"},
		{TEMPLATE_PLAIN, "{{ id }}", "A 1/ü", ERR_NONE, "spaces inside the braces"},
		{TEMPLATE_PLAIN, "{{guest.name}} {{a.b}}", "Ada dotted", ERR_NONE,
			"a path, and a name with a dot"},
		{TEMPLATE_PLAIN, "{{guest}}", "{\"name\":\"Ada\"}", ERR_NONE, "an object as JSON"},
		{TEMPLATE_PLAIN, "{{nix|7}}{{empty|8}}", "7", ERR_NONE,
			"fallback only where nothing is given"},
		{TEMPLATE_PLAIN, "{{nix}}", "\"nix\"", ERR_MISSING_ARGUMENT, "missing"},
		{TEMPLATE_PLAIN, "{{guest.nix}}", "\"guest.nix\"", ERR_MISSING_ARGUMENT, "missing in a path"},
		{TEMPLATE_PLAIN, "{{id.nix}}", "\"id.nix\"", ERR_MISSING_ARGUMENT, "a path into a string"},
		{TEMPLATE_PLAIN, "{{id", "{{id", ERR_INTEGRATION_CONFIG_ERROR, "unclosed"},
		{TEMPLATE_PLAIN, "{{#if x}}", "{{#if x}}", ERR_INTEGRATION_CONFIG_ERROR,
			"another template language"},
		{TEMPLATE_PLAIN, "{{}}", "{{}}", ERR_INTEGRATION_CONFIG_ERROR, "no name"},
		{TEMPLATE_PLAIN, "{{abcdefgh0123", "\"{{…\"", ERR_INTEGRATION_CONFIG_ERROR,
			"unclosed, as long as a token: not shown"},
		{TEMPLATE_PLAIN, "${T=abcdefgh}", "\"${T…\"", ERR_INTEGRATION_CONFIG_ERROR,
			"misnamed, as long as a token: its name alone"},
		{TEMPLATE_PLAIN, "${NUM}-${NO_SUCH:-x y}", "42-x y", ERR_NONE, "environment and fallback"},
		{TEMPLATE_PLAIN, "${NO_SUCH_VARIABLE}", "NO_SUCH_VARIABLE", ERR_INTEGRATION_CONFIG_ERROR,
			"unknown"},
		{TEMPLATE_PLAIN, "${NUM", "${NUM", ERR_INTEGRATION_CONFIG_ERROR, "unclosed"},
		{TEMPLATE_URL, "http://h/{{id}}?n={{n}}&y={{yes}}", "http://h/A%201%2F%C3%BC?n=5&y=true",
			ERR_NONE, "URL"},
		{TEMPLATE_URL, "http://h/{{dots}}/{{none}}", "http://h/.../", ERR_NONE, "null is nothing"},
		{TEMPLATE_URL, "http://h/{{up}}/x", "\"up\"", ERR_INVALID_ARGUMENT, "no climbing"},
		{TEMPLATE_URL, "http://h/{{dot}}/x", "\"dot\"", ERR_INVALID_ARGUMENT, "no standing still"},
		{TEMPLATE_URL, "http://h/{{guest}}", "\"guest\"", ERR_INVALID_ARGUMENT, "no object"},
		{TEMPLATE_URL, "http://h/{{list}}", "\"list\"", ERR_INVALID_ARGUMENT, "no array"},
		{TEMPLATE_URL, "${BASE}/x", "http://h:1/v1/x", ERR_NONE, "the base as it is"},
		{TEMPLATE_URL, "http://${HOST}/x", "http://127.0.0.1:8080/x", ERR_NONE,
			"the authority as it is"},
		{TEMPLATE_URL, "http://h/${PATHY}", "http://h/a%2Fb%3Fc", ERR_NONE, "elsewhere encoded"},
		{TEMPLATE_URL, "http://{{id}}/", "http://A%201%2F%C3%BC/", ERR_NONE,
			"an argument never names path or port"},
		{TEMPLATE_HEADER, "v {{id}}", "v A 1/ü", ERR_NONE, "header"},
		{TEMPLATE_HEADER, "v {{crlf}}", "\"crlf\"", ERR_INVALID_ARGUMENT, "no header injection"},
		{TEMPLATE_JSON, "{\"a\":\"{{quote}}\"}", "{\"a\":\"a\\\"b\\\\c\\nd\"}", ERR_NONE,
			"in a string: escaped"},
		{TEMPLATE_JSON, "{\"a\":{{quote}}}", "{\"a\":\"a\\\"b\\\\c\\nd\"}", ERR_NONE,
			"alone: a JSON string"},
		{TEMPLATE_JSON, "{\"a\":{{n}},\"b\":{{guest}},\"c\":{{none}},\"d\":{{list}}}",
			"{\"a\":5,\"b\":{\"name\":\"Ada\"},\"c\":null,\"d\":[1,2]}", ERR_NONE,
			"alone: the value itself"},
		{TEMPLATE_JSON, "{\"a\":\"n={{n}} {{guest}}\"}", "{\"a\":\"n=5 {\\\"name\\\":\\\"Ada\\\"}\"}",
			ERR_NONE, "in a string: text"},
		{TEMPLATE_JSON, "{\"a\\\"\":{{n}}}", "{\"a\\\"\":5}", ERR_NONE,
			"an escaped quote does not end a string"},
		{TEMPLATE_JSON, "[${NUM},${WORD},\"${WORD}\",{{nix|null}},{{nix|x}}]",
			"[42,\"say \\\"hi\\\"\",\"say \\\"hi\\\"\",null,\"x\"]", ERR_NONE,
			"environment alone and in a string"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check(&rows[i], NULL);
}

Test(template, secrets_are_registered)
{
	static const struct {
		const char *text, *hidden;
		bool secret, expected;
		const char *comment;
	} rows[] = {
		{"${API_TOKEN}", "tok-12345", false, true, "the variable's name says so"},
		{"Bearer ${BASE}", "http://h:1/v1", true, true, "the place says so"},
		{"?api_key=${BASE}", "http://h:1/v1", false, true, "the parameter says so"},
		{"{\"password\": \"${BASE}\"}", "http://h:1/v1", false, true, "the member says so"},
		{"${BASE}/x", "http://h:1/v1", false, false, "no secret"},
		{"{\"room\": \"${BASE}\"}", "http://h:1/v1", false, false, "an ordinary member"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct redactor *redactor = redactor_new(), *early = redactor_new();
		struct env *env = env_new();
		struct template_scope scope = {.env = env, .redactor = early, .secret = rows[i].secret};
		char *message = NULL;
		struct buffer out;

		env_set(env, "API_TOKEN", "tok-12345");
		env_set(env, "BASE", "http://h:1/v1");
		buffer_init(&out, BUFFER_MAX_TEXT);
		template_learn(rows[i].text, &scope);
		cr_expect_eq(redact_needed(early, rows[i].hidden, strlen(rows[i].hidden)), rows[i].expected,
			"before it is expanded: %s", rows[i].comment);
		scope.redactor = redactor;
		cr_expect_eq(template_expand(rows[i].text, TEMPLATE_PLAIN, &scope, &out, &message), ERR_NONE);
		cr_expect_eq(redact_needed(redactor, rows[i].hidden, strlen(rows[i].hidden)),
			rows[i].expected, "%s", rows[i].comment);
		free(message);
		buffer_done(&out);
		env_free(env);
		redactor_free(redactor);
		redactor_free(early);
	}
}

Test(template, uses)
{
	cr_expect(template_uses("a {{id}}", "id"));
	cr_expect(template_uses("{{x}}{{ id }}", "id"));
	cr_expect(template_uses("{{guest.name}}", "guest"), "a path uses its first name");
	cr_expect(!template_uses("{{idx}}", "id"));
	cr_expect(!template_uses("{{x.id}}", "id"));
	cr_expect(!template_uses("${id}", "id"), "that is the environment");
	cr_expect(!template_uses(NULL, "id"));
	cr_expect(template_has_arguments("${A} {{b}}"));
	cr_expect(!template_has_arguments("${A} {b}"));
	cr_expect(!template_has_arguments(NULL));
}

Test(template, probe_and_check)
{
	char *probe = template_probe("{\"a\":{{x}},\"b\":\"{{y}} ${Z}\",\"c\":${N}}");
	char *message;

	cr_expect_str_eq(probe, "{\"a\":0,\"b\":\"x x\",\"c\":0}");
	free(probe);
	cr_expect_null(template_check("{{a}} ${B:-c} {{d.e|f}}"));
	message = template_check("x {{a");
	cr_expect(message && strstr(message, "{{a"));
	free(message);
}

Test(template, bounded)
{
	/* Whatever is too long, also where what follows it fits. */
	static const char *const texts[] = {
		"{{a}}0123456789", "0123456789", "{{a}}", "0123456789{{b}}", "{{b}}{{a}}{{b}}", "{{a}}c"};
	cJSON *arguments = cJSON_CreateObject();
	struct template_scope scope = {.arguments = arguments};
	struct buffer out;

	cJSON_AddStringToObject(arguments, "a", "0123456789");
	cJSON_AddStringToObject(arguments, "b", "c");
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char *message = NULL;

		buffer_init(&out, 8);
		cr_expect_eq(template_expand(texts[i], TEMPLATE_PLAIN, &scope, &out, &message),
			ERR_INVALID_ARGUMENT, "%s became %s", texts[i], buffer_text(&out));
		cr_expect(message && strstr(message, "too long"), "%s", message);
		free(message);
		buffer_done(&out);
	}
	cJSON_Delete(arguments);
}
