/* See idempotency.h. */
#include "executor/idempotency.h"
#include "executor/hash.h"
#include "executor/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KEY_MAX ((size_t)4 << 10)

char *idempotency_key(const char *run_id, const char *node_id, const cJSON *arguments)
{
	/* An array keeps the parts apart whatever they hold; no arguments are as good as an empty object. */
	cJSON *parts = cJSON_CreateArray();
	char *text, hex[HASH_HEX_SIZE];

	cJSON_AddItemToArray(parts, cJSON_CreateString(run_id));
	cJSON_AddItemToArray(parts, cJSON_CreateString(node_id));
	cJSON_AddItemToArray(parts, arguments ? json_copy(arguments) : cJSON_CreateObject());
	text = json_canonical(parts);
	hash_hex(text, strlen(text), hex);
	free(text);
	cJSON_Delete(parts);
	return xasprintf("\"%s\"", hex);
}

char *idempotency_quote(const char *text)
{
	struct buffer out;

	if (!*text)
		return NULL;
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			return NULL;
	buffer_init(&out, 2 * KEY_MAX + 2);
	buffer_append_char(&out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buffer_append_char(&out, '\\');
		buffer_append_char(&out, *text);
	}
	buffer_append_char(&out, '"');
	return buffer_take(&out);
}

static enum errcode expand_key(
	const struct integration *in, const struct template_scope *scope, char **key, char **message)
{
	struct buffer text;
	enum errcode code;

	buffer_init(&text, KEY_MAX);
	code = template_expand(in->key_template, TEMPLATE_HEADER, scope, &text, message);
	if (!code && !(*key = idempotency_quote(buffer_text(&text)))) {
		*message = xasprintf("idempotencyKey comes out %s",
			text.len ? "with something other than printable ASCII" : "empty");
		code = ERR_INTEGRATION_CONFIG_ERROR;
	}
	buffer_done(&text);
	return code;
}

enum errcode idempotency_add(struct request *request, const struct integration *in, const char *run_id,
	const struct template_scope *scope, char **message)
{
	enum errcode code = ERR_NONE;
	char *key = NULL;

	if (!in->keyed || request_header(request, IDEMPOTENCY_HEADER))
		return ERR_NONE;
	if (in->key_template)
		code = expand_key(in, scope, &key, message);
	else
		key = idempotency_key(run_id, in->id, scope->arguments);
	if (!code)
		request_add_header(request, IDEMPOTENCY_HEADER, request_own(request, key), false);
	return code;
}

void idempotency_parse(
	struct integration *in, const cJSON *testpanel, const char *pointer, struct faults *faults)
{
	const cJSON *value = json_get(testpanel, "idempotencyKey");
	char *wrong = NULL, *place;

	in->keyed = cJSON_IsTrue(value) || cJSON_IsString(value);
	if (!value || cJSON_IsBool(value))
		return;
	if (!cJSON_IsString(value) || !*value->valuestring)
		wrong = xstrdup("idempotencyKey must be true, or a text such as \"order-{{number}}\"");
	else
		wrong = template_check(value->valuestring);
	if (!wrong) {
		in->key_template = xstrdup(value->valuestring);
		return;
	}
	place = json_pointer_child(pointer, "idempotencyKey");
	if (faults)
		faults_add(faults, FAULT_ERROR, place, "%s", wrong);
	free(place);
	free(wrong);
}

bool idempotency_keyed(const struct integration *in)
{
	if (in->keyed)
		return true;
	for (size_t i = 0; i < in->header_count; i++)
		if (!strcasecmp(in->headers[i].name, IDEMPOTENCY_HEADER))
			return true;
	return false;
}
