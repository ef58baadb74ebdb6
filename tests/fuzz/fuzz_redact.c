/* Redaction. Line 1: a secret; the rest is a text. Nothing that leaves holds the secret: as it is,
 * percent-encoded, in base64 or escaped as in JSON; neither does the text as a URL or in JSON. */
#include "executor/base64.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* The forms of one secret. */
struct forms {
	const char *secret;
	char *url, *base64, *json;
};

static void forms_init(struct forms *forms, const char *secret)
{
	struct buffer url, json;

	buffer_init(&url, BUFFER_MAX_TEXT);
	buffer_init(&json, BUFFER_MAX_TEXT);
	template_escape_url(&url, secret, strlen(secret));
	template_escape_json(&json, secret, strlen(secret));
	*forms = (struct forms){
		secret, buffer_take(&url), base64_encode(secret, strlen(secret)), buffer_take(&json)};
}

static void forms_done(struct forms *forms)
{
	free(forms->url);
	free(forms->base64);
	free(forms->json);
}

/* Takes text. */
static void check_free_of(const struct forms *forms, char *text, const char *where)
{
	FUZZ_CHECK(!strstr(text, forms->secret), "%s: %s", where, text);
	FUZZ_CHECK(!strstr(text, forms->url), "%s, in a URL: %s", where, text);
	FUZZ_CHECK(!strstr(text, forms->base64), "%s, as base64: %s", where, text);
	FUZZ_CHECK(!strstr(text, forms->json), "%s, in JSON: %s", where, text);
	free(text);
}

static void check_json(const struct redactor *redactor, const struct forms *forms, const char *text)
{
	cJSON *object = json_parse(text, strlen(text), NULL);
	char *printed;

	if (!object) {
		object = cJSON_CreateObject();
		cJSON_AddStringToObject(object, "a", text);
		cJSON_AddStringToObject(object, text, "b");
	}
	redact_json(redactor, object);
	printed = json_print(object);
	/* What JSON itself is made of is no secret, nor are the digits of an escape or its backslashes. */
	if (!strstr(printed, "\\u") && !strpbrk(forms->secret, "{}[]\"\\:,0123456789.-+") &&
		strcmp(forms->secret, "true") != 0 && strcmp(forms->secret, "false") != 0 &&
		strcmp(forms->secret, "null") != 0)
		check_free_of(forms, xstrdup(printed), "JSON");
	free(printed);
	cJSON_Delete(object);
}

/* Would what stands for a secret, beside what is left of the text, look like it? */
static bool looks_like_redacted(const char *secret)
{
	return strpbrk(secret, "[]") || strstr(REDACTED, secret) || strcasestr("REDACTED:REDACTED", secret) ||
		strstr(secret, "REDACTED");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	struct redactor *redactor = redactor_new();
	char *secret = fuzz_line(&input), *text = fuzz_rest(&input), *once, *twice;
	struct forms forms;

	redactor_add(redactor, secret);
	if (strlen(secret) >= 4 && !looks_like_redacted(secret) && fuzz_is_utf8(text, strlen(text))) {
		forms_init(&forms, secret);
		once = redact_text(redactor, text, strlen(text));
		twice = redact_text(redactor, once, strlen(once));
		FUZZ_CHECK(!strcmp(once, twice), "%s became %s", once, twice);
		FUZZ_CHECK(
			strcmp(once, text) == 0 || redact_needed(redactor, text, strlen(text)), "%s", once);
		FUZZ_CHECK(!redact_needed(redactor, once, strlen(once)), "%s", once);
		free(twice);
		check_free_of(&forms, once, "text");
		check_free_of(&forms, redact_url(redactor, text), "URL");
		check_json(redactor, &forms, text);
		forms_done(&forms);
	}
	redactor_free(redactor);
	free(text);
	free(secret);
	return 0;
}
