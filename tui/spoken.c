/* An example is rewritten from left to right: at each word the longest value of a parameter that begins there
 * becomes its list, what looks like a code, a number or a day becomes that kind. */
#include "tui/spoken.h"

#include "orchestrator/pattern.h"
#include "tui/spoken_shape.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KIND_SIZE                                                                                            \
	80 /* a parameter's name is cut to it: its list is then not found, and the phrase left out */

/* What a string parameter is spoken as, into kind; false: anything. */
static bool spoken_kind(const struct parameter *parameter, char *kind, size_t size)
{
	const cJSON *example = cJSON_GetArrayItem(json_get(parameter->spec, "examples"), 0);
	const char *text = cJSON_IsString(example) ? example->valuestring : "";
	size_t digits = 0, letters = 0;
	char shape[64];

	for (const char *p = text; *p; p++) {
		digits += isdigit((unsigned char)*p) != 0;
		letters += isalpha((unsigned char)*p) != 0;
	}
	if (parameter->type == PARAMETER_NUMBER)
		snprintf(kind, size, "number");
	else if (!strcmp(json_string(parameter->spec, "format", ""), "date") ||
		(strlen(text) == 10 && text[4] == '-' && text[7] == '-' && digits == 8))
		snprintf(kind, size, "date");
	else if (spoken_shape(json_string(parameter->spec, "pattern", ""), shape, sizeof shape))
		snprintf(kind, size, VOCABULARY_CODE "%s", shape);
	else if (digits && !strchr(text, ' '))
		snprintf(kind, size, letters ? "code" : "digits");
	else if (strcasestr(parameter->name, "name"))
		snprintf(kind, size, "name");
	else
		return false;
	return true;
}

static bool word_begins(const char *text, const char *at)
{
	return at == text || !isalnum((unsigned char)at[-1]);
}

/* The longest of the texts that stands at a place, whole words, case aside; 0: none. */
static size_t longest(const cJSON *texts, const char *at)
{
	const cJSON *item;
	size_t most = 0;

	cJSON_ArrayForEach(item, texts)
	{
		size_t len = cJSON_IsString(item) ? strlen(item->valuestring) : 0;

		if (len > most && strncasecmp(at, item->valuestring, len) == 0 &&
			!isalnum((unsigned char)at[len]))
			most = len;
	}
	return most;
}

static size_t word_end(const char *at)
{
	size_t n = 0;

	while (isalnum((unsigned char)at[n]))
		n++;
	return n;
}

/* One of the names as a whole word, case aside; 0: none of them stands there. */
static size_t one_of(const char *const names[], const char *at)
{
	for (size_t i = 0; names[i]; i++) {
		size_t len = strlen(names[i]);

		if (strncasecmp(at, names[i], len) == 0 && !isalnum((unsigned char)at[len]))
			return len;
	}
	return 0;
}

/* "1 December", "Friday", "on Friday". */
static size_t spoken_day(const char *at)
{
	static const char *const days[] = {"the day after tomorrow", "tomorrow", "today", "tonight", "monday",
		"tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "on monday", "on tuesday",
		"on wednesday", "on thursday", "on friday", "on saturday", "on sunday", NULL};
	static const char *const months[] = {"january", "february", "march", "april", "may", "june", "july",
		"august", "september", "october", "november", "december", NULL};
	size_t digits = strspn(at, "0123456789"), month;

	if (digits && digits < 3 && at[digits] == ' ') {
		month = one_of(months, at + digits + 1);
		return month ? digits + 1 + month : 0;
	}
	month = one_of(months, at);
	if (month && at[month] == ' ') {
		digits = strspn(at + month + 1, "0123456789");
		if (digits && digits < 3)
			return month + 1 + digits;
	}
	return one_of(days, at);
}

/* "two" of "two coffees", where the tool is told how many. */
static size_t spoken_number(const struct tool *tool, const char *at)
{
	static const char *const numbers[] = {
		"two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", NULL};

	for (size_t i = 0; i < tool->parameter_count; i++)
		if (tool->parameters[i].type == PARAMETER_NUMBER)
			return one_of(numbers, at);
	return 0;
}

/* A word of digits and perhaps letters that has the parameter's pattern. */
static size_t matching(const struct parameter *parameter, const char *at)
{
	const char *pattern = json_string(parameter->spec, "pattern", "");
	size_t len = word_end(at);
	char *word;
	bool has;

	while (at[len] == '-' && isalnum((unsigned char)at[len + 1]))
		len += 1 + word_end(at + len + 1);
	word = xstrndup(at, len);
	has = *pattern && strpbrk(word, "0123456789") && pattern_matches(pattern, word);
	free(word);
	return has ? len : 0;
}

/* What a parameter has to say about the place: a value of its list, or an example of its kind. */
static size_t spoken_parameter(const struct tool *tool, const char *at, char name[KIND_SIZE])
{
	size_t most = 0;

	for (size_t i = 0; i < tool->parameter_count; i++) {
		const struct parameter *parameter = &tool->parameters[i];
		size_t value = longest(json_get(parameter->spec, "enum"), at);
		size_t example = longest(json_get(parameter->spec, "examples"), at);
		size_t matches = matching(parameter, at);
		char kind[KIND_SIZE];

		example = matches > example ? matches : example;
		if (value > most) {
			most = value;
			snprintf(name, KIND_SIZE, "%s", parameter->name);
		}
		if (example > most && spoken_kind(parameter, kind, sizeof kind)) {
			most = example;
			memcpy(name, kind, sizeof kind);
		}
	}
	return most;
}

/* What stands in the place of the word at `at`, into name; returns how much of the text that is, 0: it stays.
 */
static size_t spoken_place(const struct tool *tool, const char *at, char name[KIND_SIZE])
{
	size_t len = spoken_parameter(tool, at, name), digits = 0;

	if (len)
		return len;
	len = spoken_day(at);
	if (len) {
		snprintf(name, KIND_SIZE, "date");
		return len;
	}
	len = spoken_number(tool, at);
	if (len) {
		snprintf(name, KIND_SIZE, "number");
		return len;
	}
	len = word_end(at);
	for (size_t i = 0; i < len; i++)
		digits += isdigit((unsigned char)at[i]) != 0;
	if (!digits || at[len] == ':')
		return 0;
	snprintf(name, KIND_SIZE, digits < len ? "code" : "number");
	return len;
}

/* A code that stands in the workflow is what its callers are likely to say. Digits need no such help. */
static void add_known(struct vocabulary *vocabulary, const char *kind, const char *text, size_t len)
{
	char *code = xstrndup(text, len);

	if (strncmp(kind, VOCABULARY_CODE, strlen(VOCABULARY_CODE)) == 0 && strspn(code, "0123456789-") < len)
		vocabulary_add_value(vocabulary, kind, code);
	free(code);
}

static void add_example(struct vocabulary *vocabulary, const struct tool *tool, const char *text)
{
	struct buffer phrase;
	const char *at = text;

	buffer_init(&phrase, BUFFER_MAX_TEXT);
	while (*at) {
		char name[KIND_SIZE];
		size_t len = word_begins(text, at) ? spoken_place(tool, at, name) : 0;

		if (len) {
			add_known(vocabulary, name, at, len);
			buffer_appendf(&phrase, "{%s}", name);
		}
		if (!len && *at != '{' && *at != '}')
			buffer_append_char(&phrase, *at);
		at += len ? len : 1;
	}
	vocabulary_add_phrase(vocabulary, buffer_text(&phrase));
	buffer_done(&phrase);
}

/* "What is your reservation number?" is answered by it alone, or so. */
static void add_answers(struct vocabulary *vocabulary, const char *name)
{
	static const char *const before[] = {"", "it is ", "it's ", "for ", "no i meant "};

	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		char *phrase = xasprintf("%s{%s}", before[i], name);

		vocabulary_add_phrase(vocabulary, phrase);
		free(phrase);
	}
}

static void add_parameter(struct vocabulary *vocabulary, const struct parameter *parameter)
{
	const cJSON *values = json_get(parameter->spec, "enum"), *value;
	char kind[KIND_SIZE];

	cJSON_ArrayForEach(value, values) if (cJSON_IsString(value))
		vocabulary_add_value(vocabulary, parameter->name, value->valuestring);
	if (cJSON_GetArraySize(values))
		add_answers(vocabulary, parameter->name);
	else if (spoken_kind(parameter, kind, sizeof kind)) {
		add_answers(vocabulary, kind);
		cJSON_ArrayForEach(value, json_get(parameter->spec, "examples")) if (cJSON_IsString(value))
			add_known(vocabulary, kind, value->valuestring, strlen(value->valuestring));
	}
}

static void add_tool(struct vocabulary *vocabulary, const struct tool *tool)
{
	const cJSON *example;

	for (size_t i = 0; i < tool->parameter_count; i++)
		add_parameter(vocabulary, &tool->parameters[i]);
	cJSON_ArrayForEach(example,
		json_get(json_get(tool->node->data, "testpanel"), "examples")) if (cJSON_IsString(example))
		add_example(vocabulary, tool, example->valuestring);
}

static void add_name(struct vocabulary *vocabulary, const char *name)
{
	char *words = xstrdup(name);

	for (char *p = words; *p; p++)
		if (!isalnum((unsigned char)*p))
			*p = ' ';
	vocabulary_add_phrase(vocabulary, words);
	free(words);
}

static void add_agent(struct vocabulary *vocabulary, const struct node *agent)
{
	struct tool_set tools;
	const cJSON *intent;

	tool_set_init(&tools, agent, NULL);
	for (size_t i = 0; i < tools.count; i++)
		add_tool(vocabulary, &tools.items[i]);
	tool_set_done(&tools);
	cJSON_ArrayForEach(intent, json_get(agent->data, "intents")) if (cJSON_IsString(intent))
		add_name(vocabulary, intent->valuestring);
	add_name(vocabulary, agent->name);
}

struct vocabulary *spoken_vocabulary(const struct workflow *workflow)
{
	static const char *const always[] = {"hello", "good morning", "good evening", "yes", "no",
		"yes please", "no thank you", "thank you", "thank you very much", "goodbye", "bye", "help",
		"what can you do", "cancel it", "my name is {name}"};
	const char *language =
		workflow && workflow->router ? json_string(workflow->router->data, "language", "en") : "en";
	struct vocabulary *vocabulary = vocabulary_new(language);

	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		vocabulary_add_phrase(vocabulary, always[i]);
	for (size_t i = 0; workflow && i < workflow->node_count; i++) {
		const struct node *node = &workflow->nodes[i];

		if (node->type == NODE_ROUTER || node->type == NODE_DEPARTMENT)
			add_agent(vocabulary, node);
	}
	return vocabulary;
}
