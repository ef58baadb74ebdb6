/* See filter_value.h. */
#include "executor/filter_value.h"
#include "executor/json_number.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool has_texts(const cJSON *value)
{
	for (; value; value = value->next)
		if (cJSON_IsNumber(value) ? value->valuestring != NULL : has_texts(value->child))
			return true;
	return false;
}

static void collect(struct filter_numbers *numbers, const cJSON *value)
{
	struct filter_number *number;

	for (; value; value = value->next) {
		if (!cJSON_IsNumber(value)) {
			collect(numbers, value->child);
			continue;
		}
		if (numbers->count == numbers->capacity) {
			numbers->capacity = numbers->capacity ? numbers->capacity * 2 : 16;
			numbers->items =
				xreallocarray(numbers->items, numbers->capacity, sizeof *numbers->items);
		}
		number = &numbers->items[numbers->count++];
		*number = (struct filter_number){
			.value = value->valuedouble, .text = json_print(value), .kept = value->valuestring};
	}
}

static int compare_text(const void *a, const void *b)
{
	const struct filter_number *x = a, *y = b;
	size_t n = strlen(x->text), m = strlen(y->text);

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	/* The shorter one first: of integers that is the smaller. */
	if (n != m)
		return n < m ? -1 : 1;
	return strcmp(x->text, y->text);
}

static int compare_key(const void *a, const void *b)
{
	const struct filter_number *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* Several numbers beyond a double's range are all DBL_MAX: their keys go down from there, as jq knows nothing
 * above. */
static void keep_in_range(struct filter_numbers *numbers)
{
	double most = DBL_MAX;

	for (size_t i = numbers->count; i-- > 0 && numbers->items[i].key > most;) {
		numbers->items[i].key = most;
		most = nextafter(most, -INFINITY);
	}
}

void filter_numbers_collect(struct filter_numbers *numbers, const cJSON *data)
{
	size_t n = 0;

	*numbers = (struct filter_numbers){0};
	if (!has_texts(data))
		return;
	collect(numbers, data);
	qsort(numbers->items, numbers->count, sizeof *numbers->items, compare_text);
	for (size_t i = 0; i < numbers->count; i++) {
		struct filter_number *number = &numbers->items[i],
				     *before = n ? &numbers->items[n - 1] : NULL;

		if (before && !strcmp(before->text, number->text)) {
			free(number->text);
			continue;
		}
		number->key = number->value;
		if (before && number->key <= before->key)
			number->key = nextafter(before->key, INFINITY);
		numbers->items[n++] = *number;
	}
	numbers->count = n;
	keep_in_range(numbers);
}

void filter_numbers_done(struct filter_numbers *numbers)
{
	for (size_t i = 0; i < numbers->count; i++)
		free(numbers->items[i].text);
	free(numbers->items);
	*numbers = (struct filter_numbers){0};
}

static double key_of(const struct filter_numbers *numbers, const cJSON *value)
{
	struct filter_number wanted = {.value = value->valuedouble};
	const struct filter_number *found;

	if (!numbers->count)
		return value->valuedouble;
	wanted.text = json_print(value);
	found = bsearch(&wanted, numbers->items, numbers->count, sizeof wanted, compare_text);
	free(wanted.text);
	return found ? found->key : value->valuedouble;
}

static jv object_to_jq(const cJSON *object, const struct filter_numbers *numbers)
{
	jv result = jv_object();
	const cJSON *member;

	/* Of duplicates the first counts, as everywhere. */
	cJSON_ArrayForEach(member, object)
	{
		jv name = jv_string(member->string);

		if (jv_object_has(jv_copy(result), jv_copy(name)))
			jv_free(name);
		else
			result = jv_object_set(result, name, filter_value_to_jq(member, numbers));
	}
	return result;
}

jv filter_value_to_jq(const cJSON *value, const struct filter_numbers *numbers)
{
	const cJSON *item;
	jv result;

	if (cJSON_IsObject(value))
		return object_to_jq(value, numbers);
	if (cJSON_IsString(value))
		return jv_string(value->valuestring);
	if (cJSON_IsNumber(value))
		return jv_number(key_of(numbers, value));
	if (cJSON_IsBool(value))
		return jv_bool(cJSON_IsTrue(value));
	if (!cJSON_IsArray(value))
		return jv_null();
	result = jv_array();
	cJSON_ArrayForEach(item, value) result = jv_array_append(result, filter_value_to_jq(item, numbers));
	return result;
}

struct reading {
	const struct filter_numbers *numbers;
	const char *error;
	size_t values;
};

static cJSON *read_value(jv value, struct reading *reading, unsigned depth);

static cJSON *read_number(double d, const struct reading *reading)
{
	struct filter_number wanted = {.key = d};
	const struct filter_number *found = NULL;
	cJSON *number;

	if (reading->numbers->count)
		found = bsearch(&wanted, reading->numbers->items, reading->numbers->count, sizeof wanted,
			compare_key);
	if (!found)
		return isnan(d) ? cJSON_CreateNull()
				: cJSON_CreateNumber(isinf(d) ? copysign(DBL_MAX, d) : d);
	number = cJSON_CreateNumber(found->value);
	if (found->kept)
		number->valuestring = xstrdup(found->text);
	return number;
}

static cJSON *read_array(jv array, struct reading *reading, unsigned depth)
{
	cJSON *result = cJSON_CreateArray();

	jv_array_foreach(array, i, item)
	{
		if (reading->error)
			jv_free(item);
		else
			cJSON_AddItemToArray(result, read_value(item, reading, depth + 1));
	}
	jv_free(array);
	return result;
}

static cJSON *read_object(jv object, struct reading *reading, unsigned depth)
{
	cJSON *result = cJSON_CreateObject();

	jv_object_foreach(object, name, item)
	{
		if (reading->error)
			jv_free(item);
		else
			cJSON_AddItemToObject(
				result, jv_string_value(name), read_value(item, reading, depth + 1));
		jv_free(name);
	}
	jv_free(object);
	return result;
}

static cJSON *read_value(jv value, struct reading *reading, unsigned depth)
{
	jv_kind kind = jv_get_kind(value);
	cJSON *result = NULL;

	if (depth > JSON_MAX_DEPTH)
		reading->error = "its value is nested too deeply";
	else if (++reading->values > JSON_MAX_VALUES)
		reading->error = "its value has more than a million values";
	else if (kind == JV_KIND_ARRAY)
		return read_array(value, reading, depth);
	else if (kind == JV_KIND_OBJECT)
		return read_object(value, reading, depth);
	else if (kind == JV_KIND_STRING)
		result = cJSON_CreateString(jv_string_value(value));
	else if (kind == JV_KIND_NUMBER)
		result = read_number(jv_number_value(value), reading);
	else if (kind == JV_KIND_TRUE || kind == JV_KIND_FALSE)
		result = cJSON_CreateBool(kind == JV_KIND_TRUE);
	jv_free(value);
	return result ? result : cJSON_CreateNull();
}

cJSON *filter_value_from_jq(jv value, const struct filter_numbers *numbers, const char **error)
{
	struct reading reading = {.numbers = numbers};
	cJSON *result = read_value(value, &reading, 0);

	*error = reading.error;
	if (!reading.error)
		return result;
	cJSON_Delete(result);
	return NULL;
}
