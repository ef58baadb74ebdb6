/* Business rules: read and judged. What a rule's shape does not fit exactly is a fault and not a rule for the
 * model: who writes {"argument", "maxx"} meant to have it enforced. */
#include "orchestrator/business_rule.h"
#include "orchestrator/pattern.h"
#include "orchestrator/workflow_check.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const argument_members[] = {
	"argument", "required", "min", "max", "allowed", "pattern", "message", "tools", "name"};
static const char *const condition_members[] = {"condition", "message", "tools", "name"};

struct reading {
	const cJSON *json;
	const char *pointer; /* of the rule */
	struct faults *faults;
	bool ok;
};

static void refuse(struct reading *reading, const char *member, const char *format, ...) PRINTF_ATTR(3, 4);

static void refuse(struct reading *reading, const char *member, const char *format, ...)
{
	char *place = member ? json_pointer_child(reading->pointer, member) : xstrdup(reading->pointer);
	char *message;
	va_list ap;

	va_start(ap, format);
	message = xvasprintf(format, ap);
	va_end(ap);
	faults_add(reading->faults, FAULT_ERROR, place, "%s", message);
	reading->ok = false;
	free(message);
	free(place);
}

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t\r\n")];
}

static void check_text(struct reading *reading, const char *member)
{
	const cJSON *value = json_get(reading->json, member);

	if (value && (!cJSON_IsString(value) || is_blank(value->valuestring)))
		refuse(reading, member, "\"%s\" must be a string that is not empty", member);
}

static void check_tools(struct reading *reading)
{
	const cJSON *tools = json_get(reading->json, "tools"), *tool;
	bool ok = !tools || (cJSON_IsArray(tools) && tools->child);

	cJSON_ArrayForEach(tool, tools) ok = ok && cJSON_IsString(tool);
	if (!ok)
		refuse(reading, "tools", "\"tools\" must be an array of names of tools");
}

static void check_members(struct reading *reading, const char *const *known, size_t count)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, reading->json)
	{
		char hint[300];
		size_t i = 0;

		while (i < count && strcmp(known[i], member->string) != 0)
			i++;
		if (i == count)
			refuse(reading, member->string, "an enforced rule has no \"%.60s\"%s", member->string,
				workflow_hint(member->string, known, count, hint, sizeof hint));
	}
	check_text(reading, "message");
	check_text(reading, "name");
	check_tools(reading);
}

/* A bound is a number, or a text that sorts, as dates do. */
static void check_bound(struct reading *reading, const char *member)
{
	const cJSON *value = json_get(reading->json, member);

	if (value && !cJSON_IsNumber(value) && !(cJSON_IsString(value) && !is_blank(value->valuestring)))
		refuse(reading, member, "\"%s\" must be a number, or a date as in \"2026-12-31\"", member);
}

static void check_limits(struct reading *reading)
{
	const cJSON *allowed = json_get(reading->json, "allowed"),
		    *required = json_get(reading->json, "required"),
		    *pattern = json_get(reading->json, "pattern"), *min = json_get(reading->json, "min"),
		    *max = json_get(reading->json, "max");
	char *error = NULL;
	regex_t re;

	check_bound(reading, "min");
	check_bound(reading, "max");
	if (cJSON_IsNumber(min) && cJSON_IsNumber(max) && min->valuedouble > max->valuedouble)
		refuse(reading, "max", "\"max\" is below \"min\": no value has both");
	if (required && !cJSON_IsBool(required))
		refuse(reading, "required", "\"required\" must be true or false");
	if (allowed && !(cJSON_IsArray(allowed) && allowed->child))
		refuse(reading, "allowed", "\"allowed\" must be an array of values that is not empty");
	if (pattern && !cJSON_IsString(pattern)) {
		refuse(reading, "pattern", "\"pattern\" must be a string");
	} else if (pattern && !pattern_compile(&re, pattern->valuestring, &error)) {
		refuse(reading, "pattern", "%s", error);
		free(error);
	} else if (pattern) {
		regfree(&re);
	}
	if (!cJSON_IsTrue(required) && !allowed && !pattern && !min && !max)
		refuse(reading, NULL,
			"the rule says nothing about \"%.60s\": add required, min, max, allowed or pattern",
			json_string(reading->json, "argument", ""));
}

static void read_argument(struct reading *reading, struct business_rule *rule)
{
	check_members(reading, argument_members, COUNT(argument_members));
	check_text(reading, "argument");
	check_limits(reading);
	rule->kind = BUSINESS_RULE_ARGUMENT;
	rule->argument = json_string(reading->json, "argument", "");
}

static void read_condition(struct reading *reading, struct business_rule *rule)
{
	const char *program = json_string(reading->json, "condition", "");
	char *error = NULL;

	check_members(reading, condition_members, COUNT(condition_members));
	check_text(reading, "condition");
	if (!is_blank(program) && (error = condition_check_syntax(program)))
		refuse(reading, "condition", "\"condition\" is no jq filter: %s", error);
	free(error);
	rule->kind = BUSINESS_RULE_CONDITION;
	rule->condition = program;
}

static void read_text(const struct reading *reading)
{
	faults_add(reading->faults, FAULT_WARNING, reading->pointer,
		"the model is told this rule and nobody enforces it: to have it enforced, write "
		"{\"argument\": NAME, \"max\": …} or {\"condition\": a jq filter over arguments and memory}");
	faults_name_rule(reading->faults, FAULT_RULE_RULE_NOT_ENFORCED);
}

/* False where it is faulty. */
static bool read_rule(struct business_rule *rule, const cJSON *json, const char *name, const char *pointer,
	struct faults *faults)
{
	struct reading reading = {json, pointer, faults, true};

	*rule = (struct business_rule){.json = json};
	if (json_get(json, "argument") && json_get(json, "condition"))
		refuse(&reading, NULL,
			"a rule is about an \"argument\" or has a \"condition\": make two of them");
	else if (json_get(json, "argument"))
		read_argument(&reading, rule);
	else if (json_get(json, "condition"))
		read_condition(&reading, rule);
	else
		read_text(&reading);
	rule->message = json_string(rule->kind ? json : NULL, "message", NULL);
	if (reading.ok)
		rule->name = xstrdup(json_string(rule->kind ? json : NULL, "name", name));
	return reading.ok;
}

struct business_rules *business_rules_parse(const cJSON *json, const char *pointer, struct faults *faults)
{
	struct business_rules *rules;
	size_t count = (size_t)cJSON_GetArraySize(json), index = 0;
	const cJSON *member;

	if (!json || cJSON_IsNull(json))
		return NULL;
	if ((!cJSON_IsObject(json) && !cJSON_IsArray(json)) || count > BUSINESS_RULES_MAX) {
		faults_add(faults, FAULT_ERROR, pointer,
			"\"businessRules\" must be an object of at most %d rules by name, or an array of "
			"them",
			BUSINESS_RULES_MAX);
		return NULL;
	}
	if (!count)
		return NULL;
	rules = xcalloc(1, sizeof *rules);
	rules->items = xcalloc(count, sizeof *rules->items);
	cJSON_ArrayForEach(member, json)
	{
		char *name = cJSON_IsArray(json) ? xasprintf("%zu", index) : xstrdup(member->string);
		char *place = json_pointer_child(pointer, name);

		if (read_rule(&rules->items[rules->count], member, name, place, faults))
			rules->items[rules->count++].index = index;
		free(place);
		free(name);
		index++;
	}
	return rules;
}

void business_rules_free(struct business_rules *rules)
{
	if (!rules)
		return;
	for (size_t i = 0; i < rules->count; i++)
		free(rules->items[i].name);
	free(rules->items);
	free(rules->prompt);
	free(rules);
}

static bool is_named(const struct tool *tool, const char *name)
{
	return !strcmp(json_string(tool->node->data, "functionName", ""), name) ||
		!strcmp(tool->node->id, name) || !strcmp(tool->name, name) || !strcmp(tool->node->name, name);
}

static bool has_parameter(const struct tool *tool, const char *name)
{
	for (size_t i = 0; i < tool->parameter_count; i++)
		if (!strcmp(tool->parameters[i].name, name))
			return true;
	return false;
}

bool business_rule_is_for(const struct business_rule *rule, const struct tool *tool)
{
	const cJSON *tools = json_get(rule->json, "tools"), *name;

	if (!tools)
		return rule->kind != BUSINESS_RULE_ARGUMENT || has_parameter(tool, rule->argument);
	cJSON_ArrayForEach(name, tools) if (is_named(tool, name->valuestring)) return true;
	return false;
}

bool business_rules_require(
	const struct business_rules *rules, const struct tool *tool, const char *parameter)
{
	for (size_t i = 0; rules && i < rules->count; i++) {
		const struct business_rule *rule = &rules->items[i];

		if (rule->kind == BUSINESS_RULE_ARGUMENT && json_bool(rule->json, "required", false) &&
			!strcmp(rule->argument, parameter) && business_rule_is_for(rule, tool))
			return true;
	}
	return false;
}

/* Below 0, 0 or above as value is below bound or above; 0 too where they cannot be compared. */
static int compare_bound(const cJSON *value, const cJSON *bound)
{
	char *end;
	double number;

	if (cJSON_IsString(bound))
		return cJSON_IsString(value) ? strcmp(value->valuestring, bound->valuestring) : 0;
	if (cJSON_IsNumber(value)) {
		number = value->valuedouble;
	} else {
		if (!cJSON_IsString(value))
			return 0;
		number = strtod(value->valuestring, &end);
		if (end == value->valuestring || *end)
			return 0;
	}
	return (number > bound->valuedouble) - (number < bound->valuedouble);
}

static bool is_allowed(const cJSON *value, const cJSON *allowed)
{
	const cJSON *one;

	if (!allowed)
		return true;
	cJSON_ArrayForEach(one, allowed) if (cJSON_Compare(one, value, true) ||
		(cJSON_IsString(one) && cJSON_IsString(value) &&
			!strcasecmp(one->valuestring, value->valuestring))) return true;
	return false;
}

static char *bound_message(const struct business_rule *rule, const char *how, const cJSON *bound)
{
	char *text = cJSON_IsString(bound) ? xstrdup(bound->valuestring) : json_print(bound);
	char *message = xasprintf("%s must be %s %s.", rule->argument, how, text);

	free(text);
	return message;
}

static char *allowed_message(const struct business_rule *rule, const cJSON *allowed)
{
	const cJSON *one;
	struct buffer b;

	buffer_init(&b, BUFFER_MAX_TEXT);
	buffer_appendf(&b, "%s must be ", rule->argument);
	cJSON_ArrayForEach(one, allowed)
	{
		char *text = cJSON_IsString(one) ? xstrdup(one->valuestring) : json_print(one);

		buffer_appendf(&b, "%s%s", one == allowed->child ? "" : one->next ? ", " : " or ", text);
		free(text);
	}
	buffer_append_char(&b, '.');
	return buffer_take(&b);
}

/* What is wrong with the value, in a sentence; NULL: nothing. Caller frees. */
static char *judge(const struct business_rule *rule, const cJSON *value)
{
	const cJSON *min = json_get(rule->json, "min"), *max = json_get(rule->json, "max"),
		    *allowed = json_get(rule->json, "allowed");
	const char *pattern = json_string(rule->json, "pattern", NULL);

	if (!value || cJSON_IsNull(value))
		return json_bool(rule->json, "required", false)
			? xasprintf("%s must be given.", rule->argument)
			: NULL;
	if (min && compare_bound(value, min) < 0)
		return bound_message(rule, "at least", min);
	if (max && compare_bound(value, max) > 0)
		return bound_message(rule, "at most", max);
	if (!is_allowed(value, allowed))
		return allowed_message(rule, allowed);
	if (pattern && !(cJSON_IsString(value) && pattern_matches(pattern, value->valuestring)))
		return xasprintf("%s must be of the form %s.", rule->argument, pattern);
	return NULL;
}

char *business_rule_message(const struct business_rule *rule)
{
	return rule->message ? xstrdup(rule->message)
			     : xasprintf("The rule \"%s\" does not allow this.", rule->name);
}

static const struct business_rule *find_broken(
	const struct business_rules *rules, const struct tool *tool, const cJSON *args, char **message)
{
	for (size_t i = 0; rules && i < rules->count; i++) {
		const struct business_rule *rule = &rules->items[i];
		char *wrong;

		if (rule->kind != BUSINESS_RULE_ARGUMENT || !business_rule_is_for(rule, tool))
			continue;
		wrong = judge(rule, json_get(args, rule->argument));
		if (!wrong)
			continue;
		*message = rule->message ? xstrdup(rule->message) : xstrdup(wrong);
		free(wrong);
		return rule;
	}
	return NULL;
}

const struct business_rule *business_rules_broken(const struct tool *tool, const cJSON *args, char **message)
{
	const struct business_rule *broken;

	*message = NULL;
	broken = find_broken(tool->agent ? tool->agent->rules : NULL, tool, args, message);
	return broken ? broken : find_broken(tool->node->rules, tool, args, message);
}

const struct business_rule *business_rules_condition(
	const struct business_rules *rules, const struct tool *tool, const struct business_rule *after)
{
	for (size_t i = after ? (size_t)(after - rules->items) + 1 : 0; rules && i < rules->count; i++)
		if (rules->items[i].kind == BUSINESS_RULE_CONDITION &&
			business_rule_is_for(&rules->items[i], tool))
			return &rules->items[i];
	return NULL;
}
