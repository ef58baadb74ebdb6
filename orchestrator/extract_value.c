/* Values that a kind alone tells: one of a list, numbers, yes and no, times, addresses, names, free text. */
#include "orchestrator/extract.h"
#include "orchestrator/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "one" is rarely a count and often a pronoun: it wants the parameter's name beside it, or an order's
 * beginning. A number that names something ("room 204") is no count at all. */
static bool counts(const struct tokens *tokens, size_t i, bool hinted)
{
	if (i && token_is(tokens, i - 1, "room number flight code no article seat gate"))
		return false;
	return hinted || !token_is(tokens, i, "one couple") || token_is(tokens, i - 1, "a") ||
		token_is(tokens, i - 1, "order bring send want need for") || tokens->count == 1;
}

static bool is_money(const struct words *names)
{
	static const char *const stems[] = {"price", "cost", "amount", "money", "fee", "budget", "euro",
		"dollar", "pound", "fare", "payment"};

	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++)
		if (words_have(names, stems[i]))
			return true;
	return false;
}

/* "under 50", "up to 50", "no more than 50" */
static bool is_limit(const struct tokens *tokens, size_t i)
{
	return i &&
		(token_is(tokens, i - 1,
			 "under below max maximum budget within over above most around about") ||
			(i > 1 && token_is(tokens, i - 1, "to than of is") &&
				token_is(tokens, i - 2, "up less more cheaper limit maximum budget")));
}

static bool stem_among(const struct tokens *tokens, size_t from, size_t to, const struct words *names)
{
	for (size_t i = from; i < to && i < tokens->count; i++)
		if (tokens->items[i].stem && words_have(names, tokens->items[i].stem))
			return true;
	return false;
}

/* What is counted, by the parameter's name and description. */
static void name_count(struct words *names, const struct parameter *parameter)
{
	words_init(names, parameter->name, "en");
	words_add(names, parameter->description, "en");
}

/* "a bag", "another bag", "one more bag": one, where bags are what is counted. */
static bool single(const struct tokens *tokens, const struct words *names)
{
	for (size_t i = 0; i + 1 < tokens->count; i++)
		if (token_is(tokens, i, "a an another one single") && stem_among(tokens, i + 1, i + 3, names))
			return true;
	return false;
}

cJSON *extract_number(const struct parameter *parameter, struct tokens *tokens)
{
	struct spoken_number best = {0};
	struct words names;
	unsigned best_fit = 0;
	size_t first = 0;
	bool money, one;

	tokens_stem(tokens);
	name_count(&names, parameter);
	money = is_money(&names);
	for (size_t i = 0; i < tokens->count; i++) {
		struct spoken_number number = token_number(tokens, i);
		unsigned fit;
		bool hinted;

		if (tokens->items[i].used || !number.tokens || number.ordinal)
			continue;
		hinted = stem_among(tokens, i > 2 ? i - 2 : 0, i, &names) ||
			stem_among(tokens, i + number.tokens, i + number.tokens + 2, &names);
		fit = 1u + hinted + (money && (number.money || is_limit(tokens, i)));
		if (money && fit == 1 && number.tokens < tokens->count)
			fit = 0;
		if (fit > best_fit && counts(tokens, i, hinted) && (money || !number.money)) {
			best = number;
			best_fit = fit;
			first = i;
		}
		i += number.tokens - 1;
	}
	one = !best.tokens && !money && single(tokens, &names);
	words_done(&names);
	if (!best.tokens)
		return one ? cJSON_CreateNumber(1) : NULL;
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

static bool joins(const struct tokens *tokens, size_t i)
{
	return token_is(tokens, i, "dot underscore dash hyphen");
}

/* "ann dot miller at example dot org" */
static cJSON *spelled_email(struct tokens *tokens)
{
	static const char *const signs[][2] = {
		{"at", "@"}, {"dot", "."}, {"underscore", "_"}, {"dash", "-"}, {"hyphen", "-"}};

	for (size_t at = 1; at + 3 < tokens->count; at++) {
		size_t first = at - 1, end = at + 2;
		struct buffer b;
		cJSON *value;

		if (!token_is(tokens, at, "at") || !token_is(tokens, end, "dot"))
			continue;
		while (first >= 2 && joins(tokens, first - 1))
			first -= 2;
		while (end + 1 < tokens->count && joins(tokens, end))
			end += 2;
		buffer_init(&b, BUFFER_MAX_TEXT);
		for (size_t i = first; i < end; i++) {
			const char *text = tokens->items[i].lower;

			for (size_t s = 0; s < sizeof(signs) / sizeof(signs[0]); s++)
				if ((i - first) % 2 && !strcmp(text, signs[s][0]))
					text = signs[s][1];
			buffer_append_str(&b, text);
		}
		value = cJSON_CreateString(buffer_text(&b));
		buffer_done(&b);
		tokens_use(tokens, first, end - first);
		return value;
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
	return spelled_email(tokens);
}

/* At least seven digits in one run of words, with the signs people put between them. */
cJSON *extract_phone(struct tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		size_t digits = 0, n = 0, start = tokens->items[i].start;
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
		/* which is no punctuation here */
		start -= start && tokens->utterance[start - 1] == '(';
		text = xstrndup(tokens->utterance + start, tokens->items[i + n - 1].end - start);
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
	value = extract_enum(&as_enum, RELATION_NONE, tokens);
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
