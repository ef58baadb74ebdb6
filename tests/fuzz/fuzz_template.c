/* Templates. Line 1: where the text stands (plain, url, header or json; "short" leaves it 64 bytes); line 2:
 * the arguments; the rest is the text. Values never leave the place they are filled in: no slash into a path,
 * no line break into a header, no quote into JSON; and a variable that is secret by its name is known to the
 * redactor. */
#include "executor/json_scan.h"
#include "executor/template.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "tok/s3cr3t \"7\""

struct expanded {
	enum errcode code;
	char *text, *message;
};

static struct env *make_env(void)
{
	static const char *const variables[][2] = {{"HOST", "127.0.0.1:8080"}, {"PATHY", "a/b?c#d"},
		{"NUM", "42"}, {"WORD", "say \"hi\"\\"}, {"BREAK", "a\r\nb"}, {"API_TOKEN", SECRET},
		{"EMPTY", ""}, {"LATIN", "caf\xe9"}};
	struct env *env = env_new();

	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
		env_set(env, variables[i][0], variables[i][1]);
	return env;
}

static struct expanded expand(const char *text, enum template_place place, const cJSON *arguments,
	struct redactor *redactor, size_t max)
{
	struct env *env = make_env();
	struct template_scope scope = {.arguments = arguments, .env = env, .redactor = redactor};
	struct expanded x = {0};
	struct buffer out;

	buffer_init(&out, max);
	x.code = template_expand(text, place, &scope, &out, &x.message);
	FUZZ_CHECK((x.code != ERR_NONE) == (x.message != NULL), "%d, %s", (int)x.code, x.message);
	FUZZ_CHECK(out.len <= max, "%zu bytes of %zu", out.len, max);
	x.text = buffer_take(&out);
	env_free(env);
	return x;
}

static void expanded_done(struct expanded *x)
{
	free(x->text);
	free(x->message);
}

static size_t count(const char *text, const char *set)
{
	size_t n = 0;

	for (; *text; text++)
		n += strchr(set, *text) != NULL;
	return n;
}

/* Where every template outside of strings has a place of its own, between brackets, commas and colons. */
static bool stands_apart(const char *text)
{
	bool in_string = false;
	char before = '[';

	for (const char *p = text; *p; p++) {
		if ((p[0] == '{' && p[1] == '{') || (p[0] == '$' && p[1] == '{')) {
			const char *close = strstr(p + 2, *p == '{' ? "}}" : "}");

			if (!close)
				return false;
			p = close + (*p == '{' ? 1 : 0);
			if (!in_string && (!strchr("[:,", before) || (p[1] && !strchr(",]} \n\t\r", p[1]))))
				return false;
			before = 'x';
		} else {
			if (in_string && *p == '\\' && p[1])
				p++;
			else if (*p == '"')
				in_string = !in_string;
			if (!isspace((unsigned char)*p))
				before = *p;
		}
	}
	return true;
}

/* A JSON text that was good with something in the place of each template is good with the values, too. */
static void check_json(const char *text, const struct expanded *x)
{
	char *probe = template_probe(text), error[JSON_ERROR_SIZE];
	cJSON *before = json_parse(probe, strlen(probe), NULL),
	      *after = json_parse(x->text, strlen(x->text), error);

	if (before && stands_apart(text))
		FUZZ_CHECK(after || strstr(error, "too deeply"), "%s: %s became %s", error, text, x->text);
	cJSON_Delete(before);
	cJSON_Delete(after);
	free(probe);
}

static void check_place(const char *text, enum template_place place, const struct expanded *x)
{
	static const char base[] = "http://h/";

	switch (place) {
	case TEMPLATE_PLAIN: return;
	case TEMPLATE_HEADER:
		FUZZ_CHECK(fuzz_is_clean(x->text, false) || !fuzz_is_clean(text, false), "%s", x->text);
		return;
	case TEMPLATE_URL:
		if (strncmp(text, base, strlen(base)) != 0)
			return;
		FUZZ_CHECK(!strncmp(x->text, base, strlen(base)), "%s", x->text);
		FUZZ_CHECK(count(x->text, "/?#&\\@: \"\r\n") <= count(text, "/?#&\\@: \"\r\n"),
			"%s became %s", text, x->text);
		return;
	case TEMPLATE_JSON: check_json(text, x); return;
	}
}

static void check_secret(const struct redactor *redactor, const char *text)
{
	char *redacted = redact_text(redactor, text, strlen(text));

	FUZZ_CHECK(!strstr(redacted, SECRET), "%s", redacted);
	FUZZ_CHECK(!strstr(redacted, "tok%2Fs3cr3t%20%227%22"), "%s", redacted);
	FUZZ_CHECK(!strstr(redacted, "tok/s3cr3t \\\"7\\\""), "%s", redacted);
	free(redacted);
}

static bool arguments_hold(const cJSON *arguments, const char *word)
{
	char *text = json_print(arguments);
	bool holds = strstr(text, word);

	free(text);
	return holds;
}

static void check(const char *text, enum template_place place, const cJSON *arguments, size_t max)
{
	struct redactor *redactor = redactor_new();
	struct expanded x = expand(text, place, arguments, redactor, max), bare;
	char *wrong = template_check(text);

	FUZZ_CHECK(!wrong || x.code != ERR_NONE, "%s", wrong);
	if (x.code == ERR_NONE)
		check_place(text, place, &x);
	if (!strstr(text, "s3cr3t") && !arguments_hold(arguments, "s3cr3t"))
		check_secret(redactor, x.text);
	if (!template_has_arguments(text)) {
		bare = expand(text, place, NULL, NULL, max);
		FUZZ_CHECK(bare.code == x.code && !strcmp(bare.text, x.text), "%s without arguments %s",
			x.text, bare.text);
		expanded_done(&bare);
	}
	free(wrong);
	expanded_done(&x);
	redactor_free(redactor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const places[] = {"plain", "url", "header", "json"};
	struct fuzz_input input = {data, size};
	char *where = fuzz_line(&input), *text;
	cJSON *arguments = fuzz_json(&input);
	size_t place = 0;

	text = fuzz_rest(&input);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (strstr(where, places[i]))
			place = i;
	/* A template comes out of JSON, which is UTF-8. */
	if (fuzz_is_utf8(text, strlen(text)))
		check(text, (enum template_place)place, arguments,
			strstr(where, "short") ? 64 : BUFFER_MAX_TEXT);
	cJSON_Delete(arguments);
	free(text);
	free(where);
	return 0;
}
