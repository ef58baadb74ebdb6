/* Named values. See attribute.h. */
#include "executor/attribute.h"

#include <inttypes.h>
#include <stdio.h>

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

static cJSON *attribute_to_json(const struct attribute *a)
{
	switch (a->type) {
	case ATTRIBUTE_INT: return cJSON_CreateNumber((double)a->value.integer);
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
