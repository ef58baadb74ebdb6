/* Named values. See attribute.h. */
#include "executor/attribute.h"
#include "executor/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct attribute attr_str(const char *key, const char *value)
{
	return (struct attribute){.key = key, .type = ATTRIBUTE_STRING, .value.string = value ? value : ""};
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

/* Cut after it was redacted: a secret cut in two would not be recognised. */
static char *text_cut(char *text, size_t len)
{
	size_t keep = ATTRIBUTE_MAX_BYTES;
	char *cut;

	while (keep && ((unsigned char)text[keep] & 0xc0) == 0x80)
		keep--;
	cut = xasprintf("%.*s… [%zu more bytes]", (int)keep, text, len - keep);
	free(text);
	return cut;
}

char *attribute_copy_text(const struct redactor *redactor, const char *text)
{
	size_t len;
	char *copy;

	if (!text)
		return NULL;
	len = strlen(text);
	if (redact_needed(redactor, text, len)) {
		copy = redact_text(redactor, text, len);
		len = strlen(copy);
	} else {
		copy = memcpy(xmalloc(len + 1), text, len + 1);
	}
	return len > ATTRIBUTE_MAX_BYTES ? text_cut(copy, len) : copy;
}

struct attribute attribute_copy(const struct redactor *redactor, struct attribute borrowed)
{
	struct attribute copy = borrowed;

	if (borrowed.type != ATTRIBUTE_STRING)
		return copy;
	if (*borrowed.value.string && redact_is_secret_name(borrowed.key))
		copy.value.string = xstrdup(REDACTED);
	else
		copy.value.string = attribute_copy_text(redactor, borrowed.value.string);
	return copy;
}

void attribute_done(struct attribute *copy)
{
	if (copy->type == ATTRIBUTE_STRING)
		free((char *)copy->value.string);
	*copy = (struct attribute){.key = copy->key, .type = ATTRIBUTE_BOOL};
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
