/* Arguments of a tool: each parameter's declaration says what kind of value it takes, the kinds choose in a
 * fixed order, and what the words leave open memory fills. Nothing here is random or learnt, so the same
 * words always give the same arguments. */
#include "orchestrator/extract.h"
#include "orchestrator/pattern.h"
#include "orchestrator/planner.h"
#include "orchestrator/relation.h"
#include "orchestrator/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool pattern_accepts(const struct parameter *parameter, const char *text)
{
	const char *pattern = json_string(parameter->spec, "pattern", NULL);

	return !pattern || pattern_matches(pattern, text);
}

/* Does a space-separated list of stems hold a word of a parameter's name? */
static bool words_among(const struct words *words, const char *stems)
{
	for (size_t i = 0; i < words->count; i++)
		for (const char *stem = stems; *stem;) {
			size_t n = strcspn(stem, " ");

			if (!strncmp(stem, words->items[i], n) && !words->items[i][n])
				return true;
			stem += n + (stem[n] == ' ');
		}
	return false;
}

static enum value_kind kind_of_name(const struct parameter *parameter, const struct words *name)
{
	const char *format = json_string(parameter->spec, "format", "");

	if (cJSON_IsArray(json_get(parameter->spec, "enum")))
		return VALUE_ENUM;
	if (!strcmp(format, "email") || words_among(name, "email mail"))
		return VALUE_EMAIL;
	if (json_get(parameter->spec, "pattern")) {
		/* a pattern that takes a day or a time and not just any text */
		if (pattern_accepts(parameter, "2026-12-01") && !pattern_accepts(parameter, "x"))
			return VALUE_DAY;
		if (pattern_accepts(parameter, "19:30") && !pattern_accepts(parameter, "x"))
			return VALUE_TIME;
		return VALUE_PATTERN;
	}
	if (!strcmp(format, "date") || !strcmp(format, "date-time") ||
		words_among(name, "date day arriv departur checkin checkout") ||
		!strcmp(parameter->name, "checkIn") || !strcmp(parameter->name, "checkOut") ||
		!strcmp(parameter->name, "check_in") || !strcmp(parameter->name, "check_out"))
		return VALUE_DAY;
	if (!strcmp(format, "time") || words_among(name, "time hour"))
		return VALUE_TIME;
	if (words_among(name, "phone telephon mobil fax"))
		return VALUE_PHONE;
	if (words_among(name, "queri question utter text messag input prompt search sentenc"))
		return VALUE_SENTENCE;
	if (words_among(name,
		    "request descript item reason note comment detail feedback issu problem subject topic "
		    "complaint content"))
		return VALUE_TEXT;
	return words_among(name, "name surnam") ? VALUE_NAME : VALUE_OTHER;
}

static enum value_kind kind_of_string(const struct parameter *parameter)
{
	struct words name;
	enum value_kind kind;

	words_init(&name, parameter->name, "en");
	kind = kind_of_name(parameter, &name);
	words_done(&name);
	return kind;
}

enum value_kind value_kind_of(const struct parameter *parameter)
{
	switch (parameter->type) {
	case PARAMETER_NUMBER:
		return cJSON_IsArray(json_get(parameter->spec, "enum")) ? VALUE_ENUM : VALUE_NUMBER;
	case PARAMETER_BOOLEAN: return VALUE_BOOLEAN;
	case PARAMETER_JSON: return VALUE_JSON;
	default: return kind_of_string(parameter);
	}
}

/* Stems begin as their words do: what begins otherwise need not be stemmed. */
bool words_begin(const struct words *words, char letter)
{
	for (size_t i = 0; i < words->count; i++)
		if (words->items[i][0] == letter)
			return true;
	return false;
}

/* No stem of the name begins with a letter that is not in it. */
static bool may_begin(const char *name, char letter)
{
	return (unsigned char)letter >= 0x80 || strchr(name, letter) || strchr(name, letter & ~0x20);
}

bool tokens_hint(const struct tokens *tokens, size_t from, size_t to, const struct parameter *parameter)
{
	struct words names, words;
	bool found = false;

	if (to > tokens->count)
		to = tokens->count;
	while (from < to && !may_begin(parameter->name, tokens->items[from].lower[0]))
		from++;
	if (from >= to)
		return false;
	words_init(&names, parameter->name, "en");
	for (size_t i = from; i < to && !found; i++) {
		if (!words_begin(&names, tokens->items[i].lower[0]))
			continue;
		words_init(&words, tokens->items[i].text, "en");
		for (size_t j = 0; j < words.count * names.count && !found; j++)
			found = !strcmp(words.items[j / names.count], names.items[j % names.count]);
		words_done(&words);
	}
	words_done(&names);
	return found;
}

static bool is_end(const struct parameter *parameter)
{
	struct words name;
	bool end;

	words_init(&name, parameter->name, "en");
	end = words_among(&name, "out end until to departur return last checkout");
	words_done(&name);
	return end;
}

/* "for 3 nights", "for a week": how many days a stay has; 0 when nothing is said. */
static int stay_length(struct tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		struct spoken_number number = token_number(tokens, i);
		size_t n = number.tokens;

		if (token_is(tokens, i, "a one"))
			number = (struct spoken_number){.value = 1, .tokens = n = 1};
		if (!n || number.value < 1 || number.value > 365 ||
			!token_is(tokens, i + n, "night nights day days week weeks"))
			continue;
		if (i && token_is(tokens, i - 1, "in"))
			continue; /* "in 3 days" is a day, not a length */
		tokens_use(tokens, i, n + 1);
		return (int)number.value * (token_is(tokens, i + n, "week weeks") ? 7 : 1);
	}
	return 0;
}

static void add_day(cJSON *args, const struct parameter *parameter, struct day day)
{
	char text[DAY_SIZE];

	if (!cJSON_HasObjectItem(args, parameter->name))
		cJSON_AddStringToObject(args, parameter->name, day_format(day, text));
}

static void swap_days(struct spoken_day *a, struct spoken_day *b)
{
	struct spoken_day day = *a;

	*a = *b;
	*b = day;
}

enum value_kind extract_kind(const struct tool *tool, const struct parameter *parameter)
{
	struct parameter_shape own;
	const struct parameter_shape *shape = parameter_shape_of(tool, parameter, &own);
	enum value_kind kind = shape->kind;

	parameter_shape_drop(shape, &own);
	return kind;
}

/* The kind of each parameter; the caller frees. */
static enum value_kind *kinds_of(const struct tool *tool)
{
	enum value_kind *kinds = xcalloc(tool->parameter_count + 1, sizeof(*kinds));

	for (size_t i = 0; i < tool->parameter_count; i++)
		kinds[i] = extract_kind(tool, &tool->parameters[i]);
	return kinds;
}

/* The first parameter that takes a day, and the first after it that is an end by its name. */
static void find_stay(const struct tool *tool, const enum value_kind *kinds, const struct parameter **start,
	const struct parameter **end)
{
	*start = *end = NULL;
	for (size_t i = 0; i < tool->parameter_count; i++) {
		const struct parameter *parameter = &tool->parameters[i];

		if (kinds[i] != VALUE_DAY)
			continue;
		if (is_end(parameter) && *start && !*end)
			*end = parameter;
		else if (!*start)
			*start = parameter;
	}
}

void extract_shift_end(const struct tool *tool, const cJSON *before, cJSON *fresh)
{
	const struct parameter *start, *end;
	enum value_kind *kinds = kinds_of(tool);
	struct day from, to, day;

	find_stay(tool, kinds, &start, &end);
	free(kinds);
	if (start && end && !json_get(fresh, end->name) &&
		day_parse(json_string(fresh, start->name, ""), &day) &&
		day_parse(json_string(before, start->name, ""), &from) &&
		day_parse(json_string(before, end->name, ""), &to))
		add_day(fresh, end, day_add(day, day_between(from, to)));
}

/* Days go to the parameters that take one in order, but what was said as an end goes to the one that is an
 * end; an end that is missing follows from the length of the stay. */
static void extract_days(const struct tool *tool, const enum value_kind *kinds, const struct parameter *first,
	struct tokens *tokens, struct day today, cJSON *args)
{
	struct spoken_day days[SPOKEN_DAYS_MAX];
	const struct parameter *start, *end;
	size_t count, next = 0;
	int stay;

	find_stay(tool, kinds, &start, &end);
	if (!start)
		return;
	count = tokens_days(tokens, today, days);
	for (size_t i = 0; i < count; i++)
		tokens_use(tokens, days[i].first, days[i].tokens);
	if (first && count == 1 && kinds[first - tool->parameters] == VALUE_DAY)
		add_day(args, first, days[next++].day);
	else if (end && count == 1 && days[0].end)
		add_day(args, end, days[next++].day);
	else if (!end && count == 2 && days[1].end && relation_of_parameter(start) == RELATION_TO)
		next++; /* from the old day to the new one */
	else if (end && count == 2 && days[0].end && !days[1].end)
		swap_days(&days[0], &days[1]);
	for (size_t i = 0; i < tool->parameter_count && next < count; i++)
		if (kinds[i] == VALUE_DAY && !cJSON_HasObjectItem(args, tool->parameters[i].name))
			add_day(args, &tool->parameters[i], days[next++].day);
	stay = end && count == 1 && !days[0].end ? stay_length(tokens) : 0;
	if (stay)
		add_day(args, end, day_add(days[0].day, stay));
}

cJSON *extract_value(const struct tool *tool, const struct parameter *parameter, enum value_kind kind,
	struct tokens *tokens)
{
	struct parameter_shape own;
	const struct parameter_shape *shape;
	cJSON *value;

	switch (kind) {
	case VALUE_TIME: return extract_time(tokens);
	case VALUE_EMAIL: return extract_email(tokens);
	case VALUE_PHONE: return extract_phone(tokens);
	case VALUE_PATTERN:
	case VALUE_ENUM:
		shape = parameter_shape_of(tool, parameter, &own);
		value = kind == VALUE_ENUM ? extract_enum(parameter, shape->relation, tokens)
					   : extract_pattern(tool, parameter, shape, tokens);
		parameter_shape_drop(shape, &own);
		return value;
	case VALUE_NUMBER: return extract_number(parameter, tokens);
	case VALUE_BOOLEAN: return extract_boolean(parameter, tokens);
	case VALUE_NAME: return extract_name(parameter, tokens);
	case VALUE_JSON: return extract_json(tokens);
	case VALUE_SENTENCE: return cJSON_CreateString(tokens->utterance);
	case VALUE_TEXT: return extract_text(tool, parameter, tokens);
	case VALUE_OTHER: return extract_other(parameter, tokens);
	case VALUE_DAY: break; /* all days are shared out at once */
	}
	return NULL;
}

/* "not ABC123 but DEF456": what is not meant is there for nobody. */
static void skip_denied(struct tokens *tokens)
{
	for (size_t i = 1; i < tokens->count; i++)
		if (token_is(tokens, i - 1, "not") && token_has_digit(&tokens->items[i]))
			tokens->items[i].used = true;
}

static void extract_one(const struct tool *tool, const struct parameter *parameter, enum value_kind kind,
	struct tokens *tokens, cJSON *args)
{
	cJSON *value = NULL;

	if (!cJSON_HasObjectItem(args, parameter->name))
		value = extract_value(tool, parameter, kind, tokens);
	if (value)
		cJSON_AddItemToObject(args, parameter->name, value);
}

void extract_from_words(const struct tool *tool, const struct parameter *first, struct tokens *tokens,
	struct day today, bool typed, cJSON *args)
{
	enum value_kind *kinds = kinds_of(tool);

	skip_denied(tokens);
	extract_days(tool, kinds, first, tokens, today, args);
	for (int kind = VALUE_TIME; kind <= VALUE_OTHER; kind++) {
		if (typed && (kind == VALUE_SENTENCE || kind == VALUE_TEXT))
			continue;
		if (first && (int)kinds[first - tool->parameters] == kind)
			extract_one(tool, first, (enum value_kind)kind, tokens, args);
		for (size_t i = 0; i < tool->parameter_count; i++)
			if ((int)kinds[i] == kind)
				extract_one(tool, &tool->parameters[i], (enum value_kind)kind, tokens, args);
	}
	free(kinds);
}

cJSON *planner_arguments(
	const struct tool *tool, const char *utterance, const cJSON *memory, uint64_t now_realtime_ns)
{
	cJSON *args = cJSON_CreateObject();
	struct tokens tokens;

	tokens_init(&tokens, utterance);
	extract_from_words(tool, NULL, &tokens, day_of(now_realtime_ns), false, args);
	extract_from_memory(tool, &tokens, memory, args);
	tokens_done(&tokens);
	return args;
}

cJSON *extract_typed(const struct tool *tool, const struct parameter *first, const char *utterance,
	uint64_t now_realtime_ns)
{
	cJSON *args = cJSON_CreateObject();
	struct tokens tokens;

	tokens_init(&tokens, utterance);
	extract_from_words(tool, first, &tokens, day_of(now_realtime_ns), true, args);
	tokens_done(&tokens);
	return args;
}

/* The answer without the words around it: "it's", "please" and the like. NULL when nothing is left. */
static cJSON *bare_answer(const struct tokens *tokens)
{
	size_t first = 0, last = tokens->count;

	while (first < last &&
		token_is(tokens, first, "it's its it is that's that would be um uh well for the please yes"))
		first++;
	while (last > first && token_is(tokens, last - 1, "please thanks thank you"))
		last--;
	if (first == last)
		return NULL;
	{
		size_t start = tokens->items[first].start, end = tokens->items[last - 1].end;
		char *text = xstrndup(tokens->utterance + start, end - start);
		cJSON *value = cJSON_CreateString(text);

		free(text);
		return value;
	}
}

cJSON *extract_answer(const struct tool *tool, const struct parameter *parameter, const char *utterance,
	uint64_t now_realtime_ns)
{
	struct tool alone = *tool;
	struct parameter copy = *parameter;
	enum value_kind kind = extract_kind(tool, parameter);
	cJSON *args = cJSON_CreateObject(), *value;
	struct tokens tokens;

	alone.parameters = &copy;
	alone.parameter_count = 1;
	tokens_init(&tokens, utterance);
	extract_from_words(&alone, &copy, &tokens, day_of(now_realtime_ns), true, args);
	value = cJSON_DetachItemFromObjectCaseSensitive(args, parameter->name);
	if (!value && (kind == VALUE_TEXT || kind == VALUE_NAME || kind == VALUE_OTHER))
		value = bare_answer(&tokens);
	if (!value && kind == VALUE_SENTENCE)
		value = cJSON_CreateString(utterance);
	if (!value && kind == VALUE_BOOLEAN &&
		tokens_match(&tokens, 0, "yes") + tokens_match(&tokens, 0, "yeah") +
			tokens_match(&tokens, 0, "sure") + tokens_match(&tokens, 0, "please"))
		value = cJSON_CreateTrue();
	if (!value && kind == VALUE_BOOLEAN &&
		tokens_match(&tokens, 0, "no") + tokens_match(&tokens, 0, "nope") +
			tokens_match(&tokens, 0, "not"))
		value = cJSON_CreateFalse();
	tokens_done(&tokens);
	cJSON_Delete(args);
	return value;
}
