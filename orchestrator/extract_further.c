/* The values of one request beyond the first: what is listed with it, or said beside it. A request of its own
 * for each is plan_split's matter. */
#include "orchestrator/extract.h"
#include "orchestrator/planner.h"

#include <stdlib.h>

/* The first token that is used now and was not before; the count when there is none. */
static size_t newly_used(const struct tokens *tokens, const bool *before)
{
	size_t i = 0;

	while (i < tokens->count && (!tokens->items[i].used || before[i]))
		i++;
	return i;
}

/* "and DEF456", ", DEF456", "and the reservation DEF456" */
static bool is_listed(const struct tokens *tokens, size_t i, const struct parameter *parameter)
{
	if (!i || i >= tokens->count)
		return false;
	while (i > 1 && !tokens->items[i - 1].pause &&
		(token_is(tokens, i - 1, "a an the number some two three four five six") ||
			tokens_hint(tokens, i - 1, i, parameter)))
		i--;
	return token_is(tokens, i - 1, "and plus or &") || tokens->items[i - 1].pause;
}

/* A value beside the first: it is listed after it, or, where the first is the one that has a hint before it,
 * the first after it: "check ABC123 and the reservation DEF456". */
static bool is_beside(const struct tokens *tokens, size_t first, size_t i, const struct parameter *parameter)
{
	return is_listed(tokens, i, parameter) ||
		(i < first && tokens_hint(tokens, first - 1, first, parameter) &&
			is_listed(tokens, first, parameter));
}

/* Where the first value of a kind stands that the words give; the count when there is none. */
static size_t place_of(const struct tool *tool, const struct parameter *parameter, enum value_kind kind,
	const char *utterance)
{
	struct tokens tokens;
	cJSON *value;
	size_t place = 0;

	tokens_init(&tokens, utterance);
	value = extract_value(tool, parameter, kind, &tokens);
	while (place < tokens.count && !tokens.items[place].used)
		place++;
	cJSON_Delete(value);
	tokens_done(&tokens);
	return place;
}

cJSON *extract_further(
	const struct tool *tool, const cJSON *args, const char *utterance, uint64_t now_realtime_ns)
{
	cJSON *all = cJSON_CreateArray(), *said = cJSON_CreateObject();
	struct tokens tokens;

	tokens_init(&tokens, utterance);
	extract_from_words(tool, NULL, &tokens, day_of(now_realtime_ns), true, said);
	for (size_t i = 0; i < tool->parameter_count && !all->child; i++) {
		const struct parameter *parameter = &tool->parameters[i];
		enum value_kind kind = extract_kind(tool, parameter);
		size_t first = place_of(tool, parameter, kind, utterance);
		bool *before = xcalloc(tokens.count + 1, sizeof(*before));

		while (parameter->required && (kind == VALUE_PATTERN || kind == VALUE_ENUM) &&
			cJSON_Compare(
				json_get(said, parameter->name), json_get(args, parameter->name), true)) {
			cJSON *value, *more;

			for (size_t t = 0; t < tokens.count; t++)
				before[t] = tokens.items[t].used;
			value = extract_value(tool, parameter, kind, &tokens);
			if (!value || !is_beside(&tokens, first, newly_used(&tokens, before), parameter)) {
				cJSON_Delete(value);
				break;
			}
			more = json_copy(args);
			cJSON_ReplaceItemInObjectCaseSensitive(more, parameter->name, value);
			cJSON_AddItemToArray(all, more);
		}
		free(before);
	}
	tokens_done(&tokens);
	cJSON_Delete(said);
	return all;
}
