/* See graphql_errors.h. */
#include "executor/graphql_errors.h"
#include "executor/buffer.h"
#include "executor/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_BYTES 300

static bool is_plain_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_", *p))
			return false;
	return *name;
}

/* ["hotel", "rooms", 0, "price"] as "hotel.rooms[0].price"; NULL where there is no path. Caller frees. */
static char *path_text(const cJSON *path)
{
	const cJSON *step;
	struct buffer out;

	if (!cJSON_IsArray(path) || !path->child)
		return NULL;
	buffer_init(&out, PATH_MAX_BYTES);
	cJSON_ArrayForEach(step, path)
	{
		if (cJSON_IsNumber(step))
			buffer_appendf(&out, "[%.0f]", step->valuedouble);
		else if (cJSON_IsString(step) && is_plain_name(step->valuestring))
			buffer_appendf(&out, "%s%s", out.len ? "." : "", step->valuestring);
		else
			buffer_append_str(&out, "[?]");
	}
	return buffer_take(&out);
}

static void list_paths(cJSON *metadata, const cJSON *errors)
{
	cJSON *paths = cJSON_CreateArray();
	const cJSON *error;

	cJSON_ArrayForEach(error, errors)
	{
		char *text = path_text(json_get(error, "path"));

		if (text)
			cJSON_AddItemToArray(paths, cJSON_CreateString(text));
		free(text);
	}
	if (paths->child)
		cJSON_AddItemToObject(metadata, "errorPaths", paths);
	else
		cJSON_Delete(paths);
}

void graphql_fail(struct result *result, cJSON *errors, const cJSON *data)
{
	const char *message = json_string(errors->child, "message", errcode_message(ERR_GRAPHQL_QUERY_ERROR));
	char *path = path_text(json_get(errors->child, "path"));
	int more = cJSON_GetArraySize(errors) - 1;
	char others[32] = "";

	if (more)
		snprintf(others, sizeof others, " (and %d more)", more);
	result_fail(result, ERR_GRAPHQL_QUERY_ERROR, 0, "%.1000s%s%s%s%s", message, path ? " (at " : "",
		path ? path : "", path ? ")" : "", others);
	cJSON_AddItemToObject(result->metadata, "graphqlErrors", errors);
	list_paths(result->metadata, errors);
	if (data && !cJSON_IsNull(data))
		cJSON_AddBoolToObject(result->metadata, "partial", true);
	free(path);
}
