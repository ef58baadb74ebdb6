/* What a server answers. Line 1: the content type; the rest is the body, after decompression. Whatever it is,
 * it becomes data that prints as JSON, a summary and an excerpt that can be shown, and a registered secret is
 * in none of them. JSON with errors goes on as a GraphQL answer. */
#include "executor/base64.h"
#include "executor/body.h"
#include "executor/graphql_errors.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#define SECRET "hunter22"

static void check_read(const struct body *body)
{
	FUZZ_CHECK(strlen(body->type) < sizeof body->type && strlen(body->charset) < sizeof body->charset,
		"%s", body->type);
	FUZZ_CHECK((body->kind == BODY_JSON) == (body->json != NULL), "kind %d", (int)body->kind);
	FUZZ_CHECK(body->kind != BODY_BAD_JSON || *body->error, "bad without an error");
	FUZZ_CHECK(body->kind != BODY_TEXT || fuzz_is_utf8(body->text, body->len), "%.*s", (int)body->len,
		body->text);
}

static void check_excerpt(const struct body *body)
{
	char *excerpt = body_excerpt(body);

	FUZZ_CHECK(strlen(excerpt) <= 168, "%s", excerpt);
	if (body->kind != BODY_BAD_JSON)
		FUZZ_CHECK(fuzz_is_clean(excerpt, false), "%s", excerpt);
	FUZZ_CHECK(!strstr(excerpt, SECRET), "%s", excerpt);
	free(excerpt);
}

static void check_result(struct result *result)
{
	cJSON *json = result_to_json(result);
	char *text = json_print(json);

	FUZZ_CHECK(!strstr(text, SECRET), "%s", text);
	if (result->summary) {
		FUZZ_CHECK(fuzz_is_utf8(result->summary, strlen(result->summary)), "%s", result->summary);
		FUZZ_CHECK(strlen(result->summary) < 16 << 10, "%zu bytes", strlen(result->summary));
	}
	if (result->structure)
		FUZZ_CHECK(
			fuzz_is_utf8(result->structure, strlen(result->structure)), "%s", result->structure);
	fuzz_check_prints(json);
	free(text);
	cJSON_Delete(json);
}

static void check_graphql(struct body *body)
{
	cJSON *errors, *data;
	struct result *result;

	errors = cJSON_DetachItemFromObjectCaseSensitive(body->json, "errors");
	data = cJSON_DetachItemFromObjectCaseSensitive(body->json, "data");
	result = result_new("graphql");
	if (cJSON_IsArray(errors) && errors->child) {
		graphql_fail(result, errors, data);
		FUZZ_CHECK(!result->success && *result->error_code && result->error, "%s", result->error);
		errors = NULL;
	}
	cJSON_Delete(errors);
	result_set_data(result, data ? data : cJSON_CreateNull());
	check_result(result);
	result_free(result);
}

static void check_base64(const char *bytes, size_t len)
{
	char *text = base64_encode(bytes, len), *back, *loose = xstrndup(bytes, len);
	size_t n;

	back = base64_decode(text, &n);
	FUZZ_CHECK(back && n == len && !memcmp(back, bytes, len), "%s", text);
	free(back);
	free(text);
	back = base64_decode(loose, &n);
	FUZZ_CHECK(!back || n <= strlen(loose) / 4 * 3, "%zu bytes out of %s", n, loose);
	free(back);
	free(loose);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	struct redactor *redactor = redactor_new();
	char *type = fuzz_line(&input), *bytes;
	struct result *result = result_new("rest");
	struct body body;
	size_t len;

	bytes = fuzz_bytes(&input, &len);
	redactor_add(redactor, SECRET);
	body_read(&body, *type ? type : NULL, bytes, len);
	check_read(&body);
	body_redact(&body, redactor);
	check_excerpt(&body);
	if (body.kind == BODY_JSON && cJSON_IsObject(body.json) && json_get(body.json, "errors")) {
		check_graphql(&body);
	} else if (body.kind != BODY_BAD_JSON) {
		result_set_data(result, body_take_data(&body));
		check_result(result);
	}
	body_done(&body);
	body_read_raw(&body, bytes, len);
	check_read(&body);
	body_done(&body);
	check_base64(bytes, len);
	result_free(result);
	redactor_free(redactor);
	free(bytes);
	free(type);
	return 0;
}
