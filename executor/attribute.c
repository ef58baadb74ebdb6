/* Named values. See attribute.h. */
#include "executor/attribute.h"
#include "executor/alloc.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct attribute attr_str(const char *key, const char *value)
{
	return (struct attribute){.key = key, .type = ATTRIBUTE_STRING, .value.string = value ? value : ""};
}

struct attribute attr_plain(const char *key, const char *value)
{
	struct attribute attribute = attr_str(key, value);

	attribute.plain = true;
	return attribute;
}

struct attribute attr_int(const char *key, int64_t value)
{
	return (struct attribute){.key = key, .type = ATTRIBUTE_INT, .value.integer = value};
}

struct attribute attr_double(const char *key, double value)
{
	return (struct attribute){.key = key, .type = ATTRIBUTE_DOUBLE, .value.number = value};
}

struct attribute attr_bool(const char *key, bool value)
{
	return (struct attribute){.key = key, .type = ATTRIBUTE_BOOL, .value.boolean = value};
}

/* text may be a part of old. */
static char *keep(struct arena *arena, const char *text, size_t len, char *old)
{
	if (!old || strlen(old) < len)
		return arena_text(arena, text, len);
	memmove(old, text, len);
	old[len] = '\0';
	return old;
}

/* Cut after it was redacted: a secret cut in two would not be recognised. */
static char *keep_cut(struct arena *arena, const char *text, size_t len, char *old)
{
	size_t n = ATTRIBUTE_MAX_BYTES;
	char *cut, *kept;

	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	cut = xasprintf("%.*s… [%zu more bytes]", (int)n, text, len - n);
	kept = keep(arena, cut, strlen(cut), old);
	free(cut);
	return kept;
}

char *attribute_copy_text(struct arena *arena, const struct redactor *redactor, const char *text, char *old)
{
	char *clean = NULL, *kept;
	size_t len;

	if (!text)
		return NULL;
	len = strlen(text);
	if (redact_needed(redactor, text, len)) {
		text = clean = redact_text(redactor, text, len);
		len = strlen(clean);
	}
	kept = len > ATTRIBUTE_MAX_BYTES ? keep_cut(arena, text, len, old) : keep(arena, text, len, old);
	free(clean);
	return kept;
}

struct attribute attribute_copy(struct arena *arena, const struct redactor *redactor,
	struct attribute borrowed, const struct attribute *old)
{
	const char *text = borrowed.value.string;
	char *reused = old && old->type == ATTRIBUTE_STRING ? (char *)old->value.string : NULL;

	if (borrowed.type != ATTRIBUTE_STRING)
		return borrowed;
	if (*text && !borrowed.plain && redact_is_secret_name(borrowed.key))
		text = REDACTED;
	borrowed.value.string = attribute_copy_text(arena, redactor, text, reused);
	return borrowed;
}

/* A double does not hold every 64-bit integer. */
static cJSON *integer_to_json(int64_t value)
{
	char text[24];

	if (value >= -(INT64_C(1) << 53) && value <= INT64_C(1) << 53)
		return cJSON_CreateNumber((double)value);
	snprintf(text, sizeof text, "%" PRId64, value);
	return cJSON_CreateRaw(text);
}

static cJSON *attribute_to_json(const struct attribute *a)
{
	switch (a->type) {
	case ATTRIBUTE_INT: return integer_to_json(a->value.integer);
	case ATTRIBUTE_DOUBLE: return cJSON_CreateNumber(a->value.number);
	case ATTRIBUTE_BOOL: return cJSON_CreateBool(a->value.boolean);
	case ATTRIBUTE_STRING: break;
	}
	return cJSON_CreateString(a->value.string);
}

cJSON *attributes_to_json(const struct attribute *attributes, size_t n)
{
	cJSON *object = cJSON_CreateObject();

	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToObject(object, attributes[i].key, attribute_to_json(&attributes[i]));
	return object;
}

struct attribute attribute_read(struct arena *arena, const cJSON *member)
{
	const char *key = arena_text(arena, member->string, strlen(member->string));

	if (cJSON_IsBool(member))
		return attr_bool(key, cJSON_IsTrue(member));
	if (!cJSON_IsNumber(member))
		return attr_str(key, cJSON_IsString(member) ? member->valuestring : NULL);
	if (member->valuedouble == trunc(member->valuedouble) && fabs(member->valuedouble) < 1e15)
		return attr_int(key, (int64_t)member->valuedouble);
	return attr_double(key, member->valuedouble);
}

const char *attribute_format(const struct attribute *a, char *buf, size_t size)
{
	switch (a->type) {
	case ATTRIBUTE_STRING: return a->value.string;
	case ATTRIBUTE_INT: snprintf(buf, size, "%" PRId64, a->value.integer); break;
	case ATTRIBUTE_DOUBLE: snprintf(buf, size, "%.6g", a->value.number); break;
	case ATTRIBUTE_BOOL: snprintf(buf, size, "%s", a->value.boolean ? "true" : "false"); break;
	}
	return buf;
}
