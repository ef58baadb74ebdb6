/* Arguments against parameters. Models and callers are loose with types, "3" for 3 and abc123 for ABC123, and
 * a turn should not fail for that: what has only one reading is put right in place, the rest is refused. */
#include "orchestrator/extract.h"
#include "orchestrator/tool.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_missing(const cJSON *value)
{
	return !value || cJSON_IsNull(value) ||
		(cJSON_IsString(value) && !value->valuestring[strspn(value->valuestring, " \t\r\n")]);
}

static bool has_default(const struct parameter *parameter)
{
	return !is_missing(json_get(parameter->spec, "default"));
}

const struct parameter *tool_missing_parameter(const struct tool *tool, const cJSON *args)
{
	for (size_t i = 0; i < tool->parameter_count; i++) {
		const struct parameter *parameter = &tool->parameters[i];

		if (parameter->required && !has_default(parameter) &&
			is_missing(json_get(args, parameter->name)))
			return parameter;
	}
	return NULL;
}

static cJSON *number_from(const cJSON *value)
{
	char *end;
	double number;

	if (!cJSON_IsString(value) || strpbrk(value->valuestring, "xXnN"))
		return NULL;
	number = strtod(value->valuestring, &end);
	if (end == value->valuestring || end[strspn(end, " \t")] || !isfinite(number))
		return NULL;
	return cJSON_CreateNumber(number);
}

static cJSON *boolean_from(const cJSON *value)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{"true", true}, {"yes", true}, {"1", true}, {"false", false}, {"no", false}, {"0", false}};

	if (cJSON_IsNumber(value) && (value->valuedouble == 0 || value->valuedouble == 1))
		return cJSON_CreateBool(value->valuedouble == 1);
	for (size_t i = 0; cJSON_IsString(value) && i < sizeof words / sizeof *words; i++)
		if (!strcasecmp(words[i].text, value->valuestring))
			return cJSON_CreateBool(words[i].value);
	return NULL;
}

static cJSON *string_from(const cJSON *value)
{
	cJSON *string;
	char *text;

	if (!cJSON_IsNumber(value) && !cJSON_IsBool(value))
		return NULL;
	text = json_print(value);
	string = cJSON_CreateString(text);
	free(text);
	return string;
}

static cJSON *json_from(const cJSON *value)
{
	cJSON *json = cJSON_IsString(value) ? json_parse(value->valuestring, strlen(value->valuestring), NULL)
					    : NULL;

	if (cJSON_IsObject(json) || cJSON_IsArray(json))
		return json;
	cJSON_Delete(json);
	return NULL;
}

static bool has_type(const cJSON *value, enum parameter_type type)
{
	switch (type) {
	case PARAMETER_STRING: return cJSON_IsString(value);
	case PARAMETER_NUMBER: return cJSON_IsNumber(value);
	case PARAMETER_BOOLEAN: return cJSON_IsBool(value);
	case PARAMETER_JSON: return cJSON_IsObject(value) || cJSON_IsArray(value);
	}
	return false;
}

/* The same value in the right type, NULL where it has no single reading. */
static cJSON *convert(const cJSON *value, enum parameter_type type)
{
	switch (type) {
	case PARAMETER_STRING: return string_from(value);
	case PARAMETER_NUMBER: return number_from(value);
	case PARAMETER_BOOLEAN: return boolean_from(value);
	case PARAMETER_JSON: return json_from(value);
	}
	return NULL;
}

static void put(cJSON *args, const struct parameter *parameter, cJSON *value)
{
	if (json_get(args, parameter->name))
		cJSON_ReplaceItemInObjectCaseSensitive(args, parameter->name, value);
	else
		cJSON_AddItemToObject(args, parameter->name, value);
}

static enum errcode refuse(char **message, const struct parameter *parameter, const char *wanted)
{
	*message = xasprintf("\"%s\" must be %s", parameter->name, wanted);
	return ERR_INVALID_ARGUMENT;
}

static enum errcode check_type(cJSON *args, const struct parameter *parameter, char **message)
{
	static const char *const wanted[] = {
		[PARAMETER_STRING] = "a text",
		[PARAMETER_NUMBER] = "a number",
		[PARAMETER_BOOLEAN] = "true or false",
		[PARAMETER_JSON] = "a JSON object or array",
	};
	const cJSON *value = json_get(args, parameter->name);
	cJSON *converted;

	if (has_type(value, parameter->type))
		return ERR_NONE;
	converted = convert(value, parameter->type);
	if (!converted)
		return refuse(message, parameter, wanted[parameter->type]);
	put(args, parameter, converted);
	return ERR_NONE;
}

/* An enum's value that is the argument's, spelling aside. */
static const cJSON *find_choice(const cJSON *choices, const cJSON *value)
{
	const cJSON *choice;

	cJSON_ArrayForEach(choice, choices) if (cJSON_Compare(choice, value, true) ||
		(cJSON_IsString(choice) && cJSON_IsString(value) &&
			!strcasecmp(choice->valuestring, value->valuestring))) return choice;
	return NULL;
}

static enum errcode check_enum(cJSON *args, const struct parameter *parameter, char **message)
{
	const cJSON *choices = json_get(parameter->spec, "enum"), *choice;
	struct buffer wanted;

	if (!cJSON_IsArray(choices))
		return ERR_NONE;
	choice = find_choice(choices, json_get(args, parameter->name));
	if (choice) {
		put(args, parameter, json_copy(choice));
		return ERR_NONE;
	}
	buffer_init(&wanted, BUFFER_MAX_TEXT);
	buffer_append_str(&wanted, "one of ");
	cJSON_ArrayForEach(choice, choices)
	{
		char *text = json_print(choice);

		buffer_appendf(&wanted, "%s%s", choice == choices->child ? "" : ", ", text);
		free(text);
	}
	refuse(message, parameter, buffer_text(&wanted));
	buffer_done(&wanted);
	return ERR_INVALID_ARGUMENT;
}

/* In place, in upper case where only that fits. */
static bool fit_pattern(
	const regex_t *regex, cJSON *args, const struct parameter *parameter, const char *value)
{
	char *upper;
	bool fits;

	if (!regexec(regex, value, 0, NULL, 0))
		return true;
	upper = xstrdup(value);
	for (char *p = upper; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	fits = !regexec(regex, upper, 0, NULL, 0);
	if (fits)
		put(args, parameter, cJSON_CreateString(upper));
	free(upper);
	return fits;
}

static enum errcode check_pattern(
	const struct tool *tool, cJSON *args, const struct parameter *parameter, char **message)
{
	const char *pattern = json_string(parameter->spec, "pattern", NULL);
	const char *value = json_string(args, parameter->name, NULL);
	const cJSON *example = json_get(parameter->spec, "examples");
	const struct parameter_shape *shape;
	struct parameter_shape own;
	char *wanted;
	bool fits;

	if (!pattern || !value)
		return ERR_NONE;
	shape = parameter_shape_of(tool, parameter, &own);
	fits = shape->compiled && fit_pattern(&shape->regex, args, parameter, value);
	parameter_shape_drop(shape, &own);
	if (fits)
		return ERR_NONE;
	example = cJSON_IsArray(example) ? example->child : NULL;
	wanted = cJSON_IsString(example) ? xasprintf("like %s", example->valuestring)
					 : xasprintf("of the form %s", pattern);
	refuse(message, parameter, wanted);
	free(wanted);
	return ERR_INVALID_ARGUMENT;
}

static enum errcode check_argument(
	const struct tool *tool, cJSON *args, const struct parameter *parameter, char **message)
{
	enum errcode code;

	if (is_missing(json_get(args, parameter->name))) {
		cJSON_DeleteItemFromObjectCaseSensitive(args, parameter->name);
		if (!has_default(parameter))
			return ERR_NONE;
		put(args, parameter, json_copy(json_get(parameter->spec, "default")));
	}
	code = check_type(args, parameter, message);
	if (!code)
		code = check_enum(args, parameter, message);
	return code ? code : check_pattern(tool, args, parameter, message);
}

enum errcode tool_check_arguments(const struct tool *tool, cJSON *args, char **message)
{
	const struct parameter *missing;
	enum errcode code = ERR_NONE;

	*message = NULL;
	if (!cJSON_IsObject(args)) {
		*message = xstrdup("the arguments must be a JSON object");
		return ERR_INVALID_ARGUMENT;
	}
	missing = tool_missing_parameter(tool, args);
	if (missing) {
		*message = xasprintf("\"%s\" is required%s%s%s: give it as an argument", missing->name,
			*missing->description ? " (" : "", missing->description,
			*missing->description ? ")" : "");
		return ERR_MISSING_ARGUMENT;
	}
	for (size_t i = 0; i < tool->parameter_count && !code; i++)
		code = check_argument(tool, args, &tool->parameters[i], message);
	return code;
}
