/* A turn that was typed has none of this, so that it costs those nothing. */
#include "orchestrator/origin.h"

#include <stdlib.h>
#include <string.h>

static size_t size_of(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *put(char **at, const char *text)
{
	char *start = *at;

	if (!text)
		return NULL;
	memcpy(start, text, size_of(text));
	*at += size_of(text);
	return start;
}

/* The caller frees it. NULL for NULL. */
static char *clean(const char *text, const struct redactor *redactor, size_t *size)
{
	char *cleaned = text ? redact_text(redactor, text, strlen(text)) : NULL;

	*size += size_of(cleaned);
	return cleaned;
}

struct origin *origin_copy(const struct origin *origin, const struct redactor *redactor)
{
	char *heard, *original, *alternatives[ORIGIN_ALTERNATIVES], *at;
	struct origin *copy;
	size_t size = sizeof *copy;

	if (!origin || (!origin->heard && !origin->original))
		return NULL;
	heard = clean(origin->heard, redactor, &size);
	original = clean(origin->original, redactor, &size);
	for (size_t i = 0; i < ORIGIN_ALTERNATIVES; i++)
		alternatives[i] = clean(origin->alternatives[i], redactor, &size);
	copy = xmalloc(size + size_of(origin->recogniser) + size_of(origin->recording));
	at = (char *)(copy + 1);
	*copy = *origin;
	copy->heard = put(&at, heard);
	copy->recogniser = put(&at, origin->recogniser);
	copy->recording = put(&at, origin->recording);
	copy->original = put(&at, original);
	for (size_t i = 0; i < ORIGIN_ALTERNATIVES; i++) {
		copy->alternatives[i] = put(&at, alternatives[i]);
		free(alternatives[i]);
	}
	free(heard);
	free(original);
	return copy;
}

static void add_alternatives(const struct origin *origin, cJSON *heard)
{
	cJSON *array = cJSON_AddArrayToObject(heard, "alternatives");

	for (size_t i = 0; i < ORIGIN_ALTERNATIVES && origin->alternatives[i]; i++)
		cJSON_AddItemToArray(array, cJSON_CreateString(origin->alternatives[i]));
}

void origin_add_to_json(const struct origin *origin, cJSON *turn)
{
	cJSON *object;

	if (origin && origin->heard) {
		object = cJSON_AddObjectToObject(turn, "heard");
		cJSON_AddStringToObject(object, "text", origin->heard);
		if (origin->confidence >= 0)
			cJSON_AddNumberToObject(object, "confidence", origin->confidence);
		else
			cJSON_AddNullToObject(object, "confidence");
		json_add_string(object, "by", origin->recogniser);
		json_add_string(object, "recording", origin->recording);
		if (origin->alternatives[0])
			add_alternatives(origin, object);
	}
	if (origin && origin->original) {
		object = cJSON_AddObjectToObject(turn, "edited");
		cJSON_AddStringToObject(object, "original", origin->original);
		if (origin->turn)
			cJSON_AddNumberToObject(object, "turn", origin->turn);
		else
			cJSON_AddNullToObject(object, "turn");
	}
}

bool origin_from_json(struct origin *origin, const cJSON *turn)
{
	const cJSON *heard = json_get(turn, "heard"), *edited = json_get(turn, "edited");
	const cJSON *alternatives = json_get(heard, "alternatives"), *text;
	double number = json_number(edited, "turn", 0);
	size_t count = 0;

	*origin = (struct origin){
		.heard = json_string(heard, "text", NULL),
		.confidence = json_number(heard, "confidence", -1),
		.recogniser = json_string(heard, "by", NULL),
		.recording = json_string(heard, "recording", NULL),
		.original = json_string(edited, "original", NULL),
		.turn = number > 0 && number < 1e9 ? (unsigned)number : 0,
	};
	cJSON_ArrayForEach(text, alternatives) if (cJSON_IsString(text) && count < ORIGIN_ALTERNATIVES)
		origin->alternatives[count++] = text->valuestring;
	return origin->heard || origin->original;
}
