/* Bodies. See body.h. */
#include "executor/body.h"
#include "executor/buffer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define EXCERPT_BYTES 160

bool body_type_is_json(const char *type)
{
	size_t len = strlen(type);

	return !strcmp(type, "application/json") || !strcmp(type, "text/json") ||
		(len > 5 && !strcmp(type + len - 5, "+json"));
}

static void read_type(struct body *body, const char *content_type)
{
	size_t n = 0;

	for (; content_type && *content_type == ' '; content_type++)
		;
	for (; content_type && *content_type && !strchr("; \t,", *content_type) && n < sizeof body->type - 1;
		content_type++)
		body->type[n++] = (char)tolower((unsigned char)*content_type);
	body->type[n] = '\0';
}

static bool is_text(const char *s, size_t len)
{
	utf8proc_int32_t codepoint;
	size_t at = 0;

	if (memchr(s, '\0', len))
		return false;
	while (at < len) {
		utf8proc_ssize_t n;

		if ((unsigned char)s[at] < 0x80) {
			at++;
			continue;
		}
		n = utf8proc_iterate(
			(const utf8proc_uint8_t *)s + at, (utf8proc_ssize_t)(len - at), &codepoint);
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

void body_read(struct body *body, const char *content_type, const char *text, size_t len)
{
	const char *p = text;

	*body = (struct body){.text = text, .len = len};
	read_type(body, content_type);
	if (!len) {
		body->kind = BODY_EMPTY;
		return;
	}
	while (p < text + len && strchr(" \t\r\n", *p))
		p++;
	/* Without a type, what looks like JSON and is JSON is JSON. */
	if (body_type_is_json(body->type) || (!*body->type && p < text + len && (*p == '{' || *p == '['))) {
		body->json = json_parse(text, len, body->error);
		if (body->json || *body->type) {
			body->kind = body->json ? BODY_JSON : BODY_BAD_JSON;
			return;
		}
	}
	body->kind = is_text(text, len) ? BODY_TEXT : BODY_BINARY;
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

	/* An escape in JSON can hide a secret from a look at the text. */
	if (body->kind == BODY_JSON && (plain || memchr(body->text, '\\', body->len))) {
		redact_values(body->json, redactor);
		body->owned = json_print(body->json);
	} else if (plain) {
		body->owned = redact_text(redactor, body->text, body->len);
	} else {
		return;
	}
	body->text = body->owned;
	body->len = strlen(body->owned);
}

static cJSON *make_binary(const struct body *body)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = (const unsigned char *)body->text;
	char *text = xmalloc((body->len + 2) / 3 * 4 + 1), *out = text;
	cJSON *object = cJSON_CreateObject();

	for (size_t i = 0; i < body->len; i += 3) {
		size_t n = body->len - i < 3 ? body->len - i : 3;
		unsigned word =
			(unsigned)s[i] << 16 | (n > 1 ? (unsigned)s[i + 1] << 8 : 0) | (n > 2 ? s[i + 2] : 0);

		*out++ = digits[word >> 18];
		*out++ = digits[word >> 12 & 63];
		*out++ = n > 1 ? digits[word >> 6 & 63] : '=';
		*out++ = n > 2 ? digits[word & 63] : '=';
	}
	*out = '\0';
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
