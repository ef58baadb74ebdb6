/* Values that a kind alone tells: one of a list, numbers, yes and no, times, addresses, names, free text. */
#include "orchestrator/extract.h"
#include "orchestrator/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool words_have(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++)
		if (!strcmp(words->items[i], word))
			return true;
	return false;
}

static void use_words(struct tokens *tokens, const struct words *value)
{
	for (size_t i = 0; i < tokens->count; i++) {
		struct words words;

		if (!words_begin(value, tokens->items[i].lower[0]))
			continue;
		words_init(&words, tokens->items[i].text, "en");
		if (words.count && words_have(value, words.items[0]))
			tokens->items[i].used = true;
		words_done(&words);
	}
}

/* The value whose words were said; one of which only some were said wins when no other has as many. */
cJSON *extract_enum(const struct parameter *parameter, struct tokens *tokens)
{
	const cJSON *member, *best = NULL;
	struct words said;
	double best_score = 0;
	bool tie = false;

	words_init(&said, tokens->utterance, "en");
	cJSON_ArrayForEach(member, json_get(parameter->spec, "enum"))
	{
		struct words words;
		char number[32];
		size_t hits = 0;
		double score;

		if (!cJSON_IsString(member) && !cJSON_IsNumber(member))
			continue;
		snprintf(number, sizeof(number), "%.15g", member->valuedouble);
		words_init(&words, cJSON_IsString(member) ? member->valuestring : number, "en");
		for (size_t i = 0; i < words.count; i++)
			hits += words_have(&said, words.items[i]);
		/* a whole value beats parts of others, a longer one beats a shorter */
		score = hits == words.count ? 100.0 * (double)hits : (double)hits;
		tie = score > 0 && score == best_score ? true : score > best_score ? false : tie;
		if (score > best_score) {
			best_score = score;
			best = member;
		}
		words_done(&words);
	}
	words_done(&said);
	if (!best || (tie && best_score < 100))
		return NULL;
	if (cJSON_IsString(best)) {
		words_init(&said, best->valuestring, "en");
		use_words(tokens, &said);
		words_done(&said);
	}
	return json_copy(best);
}

/* "one" is rarely a count and often a pronoun: it wants the parameter's name beside it, or an order's
 * beginning. */
static bool counts(const struct tokens *tokens, size_t i, bool hinted)
{
	return hinted || !token_is(tokens, i, "one couple") ||
		token_is(tokens, i - 1, "order bring send want need for") || tokens->count == 1;
}

cJSON *extract_number(const struct parameter *parameter, struct tokens *tokens)
{
	struct spoken_number best = {0};
	size_t first = 0;
	bool best_hinted = false;

	for (size_t i = 0; i < tokens->count; i++) {
		struct spoken_number number = token_number(tokens, i);
		bool hinted;

		if (tokens->items[i].used || !number.tokens || number.ordinal)
			continue;
		hinted = tokens_hint(tokens, i > 2 ? i - 2 : 0, i, parameter) ||
			tokens_hint(tokens, i + number.tokens, i + number.tokens + 2, parameter);
		if (counts(tokens, i, hinted) && (!best.tokens || (hinted && !best_hinted))) {
			best = number;
			best_hinted = hinted;
			first = i;
		}
		i += number.tokens - 1;
	}
	if (!best.tokens)
		return NULL;
	tokens_use(tokens, first, best.tokens);
	return cJSON_CreateNumber(best.value);
}

/* "with breakfast" and "no breakfast" for includeBreakfast. */
cJSON *extract_boolean(const struct parameter *parameter, const struct tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		if (token_is(tokens, i, "include includes has have want with is") ||
			!tokens_hint(tokens, i, i + 1, parameter))
			continue;
		for (size_t back = 1; back <= 2; back++)
			if (token_is(tokens, i - back, "no not without don't skip excluding except"))
				return cJSON_CreateFalse();
		return cJSON_CreateTrue();
	}
	return NULL;
}

static bool parse_clock(const char *text, int *hour, int *minute, bool *half_day, bool *pm)
{
	int end = 0;

	*minute = 0;
	if (sscanf(text, "%2d%n", hour, &end) != 1 || !end || !isdigit((unsigned char)*text))
		return false;
	if ((text[end] == ':' || text[end] == '.') && isdigit((unsigned char)text[end + 1])) {
		int more = 0;

		if (sscanf(text + end + 1, "%2d%n", minute, &more) != 1 || more != 2)
			return false;
		end += 1 + more;
	}
	*pm = !strcmp(text + end, "pm") || !strcmp(text + end, "p.m");
	*half_day = *pm || !strcmp(text + end, "am") || !strcmp(text + end, "a.m");
	return !text[end] || *half_day;
}

/* "19:30", "7 pm", "7:30pm", "seven o'clock", "noon" as HH:MM. */
cJSON *extract_time(struct tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		struct spoken_number number = token_number(tokens, i);
		int hour, minute;
		bool half_day = false, pm = false, exact;
		char text[16];
		size_t n = 1;

		if (tokens->items[i].used)
			continue;
		if (token_is(tokens, i, "noon midnight")) {
			tokens_use(tokens, i, 1);
			return cJSON_CreateString(token_is(tokens, i, "noon") ? "12:00" : "00:00");
		}
		if (!parse_clock(tokens->items[i].lower, &hour, &minute, &half_day, &pm)) {
			if (!number.tokens || number.ordinal || number.money || number.value > 24)
				continue;
			hour = (int)number.value;
			minute = 0;
			n = number.tokens;
		}
		if (!half_day && token_is(tokens, i + n, "am pm a.m p.m")) {
			half_day = true;
			pm = token_is(tokens, i + n, "pm p.m");
			n++;
		}
		exact = half_day || strchr(tokens->items[i].text, ':') ||
			token_is(tokens, i + n, "o'clock") || (i && token_is(tokens, i - 1, "at"));
		if (!exact || hour > (half_day ? 12 : 24) || minute > 59)
			continue;
		hour = half_day ? hour % 12 + (pm ? 12 : 0) : hour % 24;
		snprintf(text, sizeof(text), "%02d:%02d", hour, minute);
		tokens_use(tokens, i, n);
		return cJSON_CreateString(text);
	}
	return NULL;
}

cJSON *extract_email(struct tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		const char *text = tokens->items[i].text, *at = strchr(text, '@'),
			   *dot = at ? strchr(at, '.') : NULL;

		if (!dot || at == text || dot == at + 1 || !dot[1] || strchr(at + 1, '@'))
			continue;
		tokens->items[i].used = true;
		return cJSON_CreateString(text);
	}
	return NULL;
}

/* At least seven digits in one run of words, with the signs people put between them. */
cJSON *extract_phone(struct tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		size_t digits = 0, n = 0, len;
		char *text;
		cJSON *value;

		for (; i + n < tokens->count; n++) {
			const char *word = tokens->items[i + n].text;

			if (word[strspn(word, "0123456789+-()./")])
				break;
			for (const char *c = word; *c; c++)
				digits += isdigit((unsigned char)*c) != 0;
		}
		if (digits < 7 || digits > 15)
			continue;
		len = tokens->items[i + n - 1].end - tokens->items[i].start;
		text = xstrndup(tokens->utterance + tokens->items[i].start, len);
		value = cJSON_CreateString(text);
		free(text);
		tokens_use(tokens, i, n);
		return value;
	}
	return NULL;
}

static cJSON *span_text(const struct tokens *tokens, size_t first, size_t end)
{
	char *text = xstrndup(tokens->utterance + tokens->items[first].start,
		tokens->items[end - 1].end - tokens->items[first].start);
	cJSON *value = cJSON_CreateString(text);

	free(text);
	return value;
}

/* Where a name ends: after punctuation, before a word that goes on with the sentence, after four words. */
static size_t name_end(const struct tokens *tokens, size_t first)
{
	size_t end = first;

	while (end < tokens->count && end < first + 4 &&
		!token_is(tokens, end, "and with for from i i'd i'm please on at to who the my is")) {
		end++;
		if (tokens->items[end - 1].pause)
			break;
	}
	return end;
}

cJSON *extract_name(const struct parameter *parameter, struct tokens *tokens)
{
	static const char *const before[] = {"my name is", "the name is", "name is", "under the name of",
		"under the name", "in the name of", "this is", "i am", "i'm", "name"};

	for (size_t p = 0; p < sizeof(before) / sizeof(before[0]); p++)
		for (size_t i = 0; i < tokens->count; i++) {
			size_t n = tokens_match(tokens, i, before[p]), first = i + n, end;
			bool sure = strstr(before[p], "name") && p < 6;

			if (!n || first >= tokens->count || tokens->items[first].used)
				continue;
			end = name_end(tokens, first);
			/* "I am hungry": only a capital makes that a name */
			if (end == first || (!sure && islower((unsigned char)tokens->items[first].text[0])))
				continue;
			tokens_use(tokens, first, end - first);
			if (strstr(parameter->name, "irst") && end - first > 1)
				end = first + 1;
			if (strstr(parameter->name, "ast") && end - first > 1)
				first = end - 1;
			return span_text(tokens, first, end);
		}
	return NULL;
}

cJSON *extract_json(const struct tokens *tokens)
{
	const char *start = strpbrk(tokens->utterance, "{["), *end;

	if (!start)
		return NULL;
	end = strrchr(start, *start == '{' ? '}' : ']');
	return end ? json_parse(start, (size_t)(end - start) + 1, NULL) : NULL;
}

/* Words of the request that are not its object: what the tool is called, politeness, who speaks. */
static bool is_frame(
	const struct tool *tool, const struct parameter *parameter, const struct tokens *tokens, size_t i)
{
	struct words names, words;
	bool frame = tokens->items[i].used;

	if (frame ||
		token_is(tokens, i,
			"please want need like have get bring send give order make hi hello thanks could "
			"would can i'd know tell say room number request"))
		return true;
	words_init(&words, tokens->items[i].text, "en");
	if (!words.count)
		frame = true; /* a stop word */
	words_init(&names, tool->name, "en");
	words_add(&names, parameter->name, "en");
	frame = frame || words_have(&names, words.items[0]);
	words_done(&names);
	words_done(&words);
	return frame;
}

cJSON *extract_text(const struct tool *tool, const struct parameter *parameter, const struct tokens *tokens)
{
	size_t first = 0, end = tokens->count;

	while (first < end && is_frame(tool, parameter, tokens, first))
		first++;
	while (end > first && is_frame(tool, parameter, tokens, end - 1))
		end--;
	return first < end ? span_text(tokens, first, end) : NULL;
}

/* A string of which nothing is known but its examples and its name: "the city is Paris", "city Paris". */
cJSON *extract_other(const struct parameter *parameter, struct tokens *tokens)
{
	struct parameter as_enum = *parameter;
	cJSON *spec = cJSON_CreateObject(), *value;

	if (cJSON_IsArray(json_get(parameter->spec, "examples")))
		cJSON_AddItemToObject(spec, "enum", json_copy(json_get(parameter->spec, "examples")));
	as_enum.spec = spec;
	value = extract_enum(&as_enum, tokens);
	cJSON_Delete(spec);
	for (size_t i = 0; i < tokens->count && !value; i++) {
		size_t first = i + 1, end;

		if (!tokens_hint(tokens, i, i + 1, parameter))
			continue;
		first += token_is(tokens, first, "is of");
		end = name_end(tokens, first);
		if (first < tokens->count && end > first && !tokens->items[first].used &&
			(first > i + 1 || isupper((unsigned char)tokens->items[first].text[0]) ||
				token_has_digit(&tokens->items[first]))) {
			value = span_text(tokens, first, end);
			tokens_use(tokens, first, end - first);
		}
	}
	return value;
}
