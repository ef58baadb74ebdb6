/* Bodies. See body.h. */
#include "executor/body.h"
#include "executor/base64.h"
#include "executor/buffer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXCERPT_BYTES 160

bool body_type_is_json(const char *type)
{
	size_t len = strlen(type);

	return !strcmp(type, "application/json") || !strcmp(type, "text/json") ||
		(len > 5 && !strcmp(type + len - 5, "+json"));
}

/* Types whose bodies are bytes whatever they look like. */
static bool type_is_binary(const char *type)
{
	static const char *const families[] = {"image/", "audio/", "video/", "font/"};
	size_t len = strlen(type);

	if (len > 4 && !strcmp(type + len - 4, "+xml"))
		return false;
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if (!strncmp(type, families[i], strlen(families[i])))
			return true;
	return false;
}

static bool type_is_text(const char *type)
{
	static const char *const known[] = {"application/xml", "application/javascript", "application/yaml",
		"application/x-www-form-urlencoded", "application/x-ndjson", "application/jsonl",
		"application/graphql"};
	size_t len = strlen(type);

	if (!strncmp(type, "text/", 5) || (len > 4 && !strcmp(type + len - 4, "+xml")))
		return true;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (!strcmp(type, known[i]))
			return true;
	return false;
}

/* Only ASCII: the type becomes part of the data. */
static void read_word(const char *from, char *word, size_t size)
{
	size_t n = 0;

	for (; isgraph((unsigned char)*from) && !strchr(";,\"'", *from) && n < size - 1; from++)
		word[n++] = (char)tolower((unsigned char)*from);
	word[n] = '\0';
}

static void read_type(struct body *body, const char *content_type, char charset[CHARSET_SIZE])
{
	const char *parameter;

	*charset = '\0';
	if (!content_type)
		return;
	content_type += strspn(content_type, " \t");
	read_word(content_type, body->type, sizeof body->type);
	parameter = strchr(content_type, '=') ? strcasestr(content_type, "charset=") : NULL;
	if (parameter)
		read_word(parameter + 8 + strspn(parameter + 8, "\"'"), charset, CHARSET_SIZE);
}

static void own_text(struct body *body, char *text, size_t len)
{
	free(body->owned);
	body->text = body->owned = text;
	body->len = len;
}

/* JSON is UTF-8 whatever is said of it (RFC 8259), as long as it can be. */
static void convert(struct body *body, const char *named)
{
	char charset[CHARSET_SIZE], *text;
	size_t len;

	body_text_declared(body->text, body->len, charset);
	if (*named && strncmp(charset, "utf-16", 6) != 0)
		memcpy(charset, named, sizeof charset);
	if (!*charset || body_text_is_utf8(charset) ||
		(body_type_is_json(body->type) && body_text_is_valid(body->text, body->len)))
		return;
	text = body_text_convert(charset, body->text, body->len, &len, &body->replaced);
	if (!text)
		return;
	own_text(body, text, len);
	memcpy(body->charset, charset, sizeof charset);
}

static bool looks_like_json(const struct body *body)
{
	const char *p = body->text, *end = p + body->len;

	if (body->len >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
		p += 3;
	while (p < end && *p && strchr(" \t\r\n", *p))
		p++;
	return p < end && (*p == '{' || *p == '[');
}

/* What cannot be kept is replaced, where that makes JSON of it. */
static void read_json(struct body *body)
{
	char *text, error[JSON_ERROR_SIZE];
	size_t len, replaced = 0;

	body->json = json_parse(body->text, body->len, body->error);
	if (!body->json) {
		text = body_text_mend(body->text, body->len, true, &len, &replaced);
		body->json = replaced ? json_parse(text, len, error) : NULL;
		if (body->json) {
			body->replaced += replaced;
			own_text(body, text, len);
		} else {
			free(text);
		}
	}
	body->kind = body->json ? BODY_JSON : BODY_BAD_JSON;
}

void body_try_json(struct body *body)
{
	if (body->kind != BODY_TEXT || !looks_like_json(body))
		return;
	body->json = json_parse(body->text, body->len, NULL);
	if (!body->json)
		return;
	body->kind = BODY_JSON;
	body->mistyped = *body->type;
}

static void read_text(struct body *body)
{
	size_t len;
	char *text;

	body->kind = BODY_TEXT;
	if (!body_text_is_valid(body->text, body->len)) {
		text = body_text_mend(body->text, body->len, false, &len, &body->replaced);
		own_text(body, text, len);
	} else if (body->len >= 3 && !memcmp(body->text, "\xef\xbb\xbf", 3)) {
		body->text += 3;
		body->len -= 3;
	}
	/* Who says text/plain means text, and lines of JSON are not one value. */
	if (strcmp(body->type, "text/plain") != 0 && !strstr(body->type, "json"))
		body_try_json(body);
}

void body_read(struct body *body, const char *content_type, const char *text, size_t len)
{
	char charset[CHARSET_SIZE];

	*body = (struct body){.text = text, .len = len};
	read_type(body, content_type, charset);
	if (!len) {
		body->kind = BODY_EMPTY;
		return;
	}
	if (type_is_binary(body->type)) {
		body->kind = BODY_BINARY;
		return;
	}
	convert(body, charset);
	if (body_type_is_json(body->type))
		read_json(body);
	else if (*body->charset || type_is_text(body->type) || body_text_is_valid(body->text, body->len))
		read_text(body);
	else
		body->kind = BODY_BINARY;
}

void body_read_raw(struct body *body, const char *text, size_t len)
{
	*body = (struct body){.text = text, .len = len};
	if (!len) {
		body->kind = BODY_EMPTY;
	} else if (!body_text_is_valid(text, len)) {
		body->kind = BODY_BINARY;
	} else {
		body->kind = BODY_TEXT;
		body_try_json(body);
	}
}

void body_done(struct body *body)
{
	cJSON_Delete(body->json);
	free(body->owned);
	body->json = NULL;
	body->owned = NULL;
}

static void redact_string(char **s, const struct redactor *redactor)
{
	char *clean;

	if (!*s || !redact_needed(redactor, *s, strlen(*s)))
		return;
	clean = redact_text(redactor, *s, strlen(*s));
	/* cJSON frees it with its own hook, which is free(). */
	free(*s);
	*s = clean;
}

/* A number can be a secret as well: a PIN. */
static void redact_number(cJSON *value, const struct redactor *redactor)
{
	char *text = json_print(value);

	if (redact_needed(redactor, text, strlen(text))) {
		free(value->valuestring);
		value->type = (value->type & ~0xff) | cJSON_String;
		value->valuestring = xstrdup(REDACTED);
	}
	free(text);
}

/* Deep enough is JSON_MAX_DEPTH: the recursion is bounded by the parser. */
static void redact_values(cJSON *value, const struct redactor *redactor)
{
	for (; value; value = value->next) {
		redact_string(&value->string, redactor);
		if (cJSON_IsString(value))
			redact_string(&value->valuestring, redactor);
		else if (cJSON_IsNumber(value))
			redact_number(value, redactor);
		else
			redact_values(value->child, redactor);
	}
}

void body_redact(struct body *body, const struct redactor *redactor)
{
	bool plain = redact_needed(redactor, body->text, body->len);
	char *text;

	if (redact_needed(redactor, body->type, strlen(body->type)))
		*body->type = '\0';

	/* An escape in JSON can hide a secret from a look at the text. */
	if (body->kind == BODY_JSON && (plain || memchr(body->text, '\\', body->len))) {
		redact_values(body->json, redactor);
		text = json_print(body->json);
	} else if (plain && body->kind == BODY_BINARY) {
		/* Base64 would carry it past every later look. */
		body->kind = BODY_TEXT;
		text = xstrdup(REDACTED);
	} else if (plain) {
		text = redact_text(redactor, body->text, body->len);
	} else {
		return;
	}
	own_text(body, text, strlen(text));
}

static cJSON *make_binary(const struct body *body)
{
	char *text = base64_encode(body->text, body->len);
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "contentType", *body->type ? body->type : "application/octet-stream");
	cJSON_AddStringToObject(object, "base64", text);
	free(text);
	return object;
}

cJSON *body_take_data(struct body *body)
{
	cJSON *json = body->json, *string;
	char *text;

	switch (body->kind) {
	case BODY_JSON: body->json = NULL; return json;
	case BODY_BINARY: return make_binary(body);
	case BODY_TEXT:
	case BODY_BAD_JSON: break;
	case BODY_EMPTY: return cJSON_CreateNull();
	}
	text = xstrndup(body->text, body->len);
	string = cJSON_CreateString(text);
	free(text);
	return string;
}

char *body_excerpt(const struct body *body)
{
	struct buffer out;
	size_t n = body->len < EXCERPT_BYTES ? body->len : EXCERPT_BYTES;
	bool space = false;

	buffer_init(&out, EXCERPT_BYTES + 8);
	if (body->kind == BODY_EMPTY || body->kind == BODY_BINARY)
		return buffer_take(&out);
	/* Never in the middle of a character. */
	while (n < body->len && n && ((unsigned char)body->text[n] & 0xc0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)body->text[i];

		if (c > 0x20 && c != 0x7f) {
			if (space && out.len)
				buffer_append_char(&out, ' ');
			buffer_append_char(&out, (char)c);
		}
		space = c <= 0x20 || c == 0x7f;
	}
	if (n < body->len)
		buffer_append_str(&out, "...");
	return buffer_take(&out);
}
