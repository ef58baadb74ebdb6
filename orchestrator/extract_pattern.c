/* Codes: a value that must match a pattern, whether it was typed ("abc123"), parted ("ABC
 * 123") or spelled ("A B C one two three"). Single words are tried first, then runs of words put together. */
#include "orchestrator/extract.h"
#include "orchestrator/pattern.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN_MAX 12    /* words put together at most */
#define VALUE_MAX 128 /* bytes of a value at most */

/* The text, its upper or its lower case, whichever the pattern takes; an unanchored pattern gives what it
 * matched. Written to out. */
static bool try_text(const regex_t *regex, const char *text, char out[VALUE_MAX])
{
	for (int shape = 0; shape < 3; shape++) {
		char shaped[VALUE_MAX];
		regmatch_t match;
		size_t n = strlen(text);

		if (n >= sizeof(shaped))
			return false;
		for (size_t i = 0; i <= n; i++)
			shaped[i] = (char)(shape == 1 ? toupper((unsigned char)text[i])
					: shape == 2  ? tolower((unsigned char)text[i])
						      : text[i]);
		if (regexec(regex, shaped, 1, &match, 0) || match.rm_eo <= match.rm_so)
			continue;
		n = (size_t)(match.rm_eo - match.rm_so);
		memcpy(out, shaped + match.rm_so, n);
		out[n] = '\0';
		return true;
	}
	return false;
}

/* How one word of a spelled code is written: digits for number words, itself for letters and digits. False
 * for words that are no part of a code. *loose is set for a lower-case word of several letters, which may
 * just be a word. */
static bool spell(const struct tokens *tokens, size_t i, char *out, size_t size, bool *loose)
{
	const struct token *token = &tokens->items[i];
	struct spoken_number number;
	bool upper = true;
	size_t n = strlen(token->text);

	if (token_is(tokens, i, "dash hyphen minus -")) {
		snprintf(out, size, "-");
		return true;
	}
	if (token_is(tokens, i, "oh o")) {
		snprintf(out, size, n == 1 ? "O" : "0");
		return true;
	}
	for (size_t j = 0; j < n; j++) {
		if (!isalnum((unsigned char)token->text[j]) && token->text[j] != '-')
			return false;
		upper &= !islower((unsigned char)token->text[j]);
	}
	number = token_number(tokens, i);
	if (number.tokens && !number.digits && !number.ordinal && number.value < 100) {
		snprintf(out, size, "%d", (int)number.value);
		return true;
	}
	if (n > 8)
		return false;
	*loose |= n > 1 && !upper && !token_has_digit(token);
	snprintf(out, size, "%s", token->text);
	return true;
}

/* Is a lower-case word a part of a code here? Only right after what announces one, or when nothing else was
 * said: "for 200" must not become FOR200. */
static bool stands_in(const char *pattern, const char *word)
{
	char upper[16];
	size_t n = strlen(word);

	if (n >= sizeof(upper))
		return false;
	for (size_t i = 0; i <= n; i++)
		upper[i] = (char)toupper((unsigned char)word[i]);
	return strstr(pattern, upper) != NULL;
}

static bool announced(const struct tokens *tokens, size_t first, size_t n, const struct parameter *parameter)
{
	if (n == tokens->count ||
		stands_in(json_string(parameter->spec, "pattern", ""), tokens->items[first].text))
		return true;
	if (token_is(tokens, first, "for to in on at is my the a an of by and or i it number code"))
		return false;
	return first &&
		(token_is(tokens, first - 1,
			 "is number code reference id it's meant mean booking reservation order ticket "
			 "case account member customer invoice") ||
			tokens_hint(tokens, first - 1, first, parameter));
}

/* A code with hyphens, dots or slashes in it that the pattern does not have: "ABC-123". */
static bool try_plain(const regex_t *regex, const char *text, char out[VALUE_MAX])
{
	char plain[VALUE_MAX];
	size_t n = 0;

	if (strlen(text) >= sizeof(plain) || !strpbrk(text, "-./"))
		return false;
	for (; *text; text++)
		if (!strchr("-./", *text))
			plain[n++] = *text;
	plain[n] = '\0';
	return try_text(regex, plain, out);
}

/* Puts tokens [first, first + n) together and tries them. */
static bool try_run(const regex_t *regex, const struct tokens *tokens, size_t first, size_t n,
	const struct parameter *parameter, char out[VALUE_MAX])
{
	static const char *const separators[] = {"", " ", "-"};
	bool loose = false;
	char joined[VALUE_MAX], part[VALUE_MAX];

	for (size_t s = 0; s < sizeof(separators) / sizeof(separators[0]); s++) {
		size_t len = 0;

		for (size_t i = first; i < first + n; i++) {
			if (tokens->items[i].used || !spell(tokens, i, part, sizeof(part), &loose))
				return false;
			len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s%s",
				i > first ? separators[s] : "", part);
			if (len >= sizeof(joined))
				return false;
		}
		if (loose && !announced(tokens, first, n, parameter))
			return false;
		if (try_text(regex, joined, out) || try_plain(regex, joined, out))
			return true;
	}
	return false;
}

/* A number in words as digits: "three hundred and twelve" is room 312. */
static bool try_number(
	const regex_t *regex, const struct tokens *tokens, size_t i, size_t *n, char out[VALUE_MAX])
{
	struct spoken_number number = token_number(tokens, i);
	char text[32];

	if (!number.tokens || number.ordinal || number.digits || number.money)
		return false;
	snprintf(text, sizeof(text), "%.0f", number.value);
	*n = number.tokens;
	return try_text(regex, text, out);
}

struct found {
	char value[VALUE_MAX];
	size_t first, tokens; /* tokens 0: nothing yet */
	bool hinted;
};

static void consider(struct found *found, const char *value, const struct tokens *tokens, size_t first,
	size_t n, const struct parameter *parameter)
{
	bool hinted = tokens_hint(tokens, first > 2 ? first - 2 : 0, first, parameter);

	if (found->tokens && (found->hinted || !hinted))
		return;
	*found = (struct found){.first = first, .tokens = n, .hinted = hinted};
	snprintf(found->value, sizeof found->value, "%s", value);
}

static void search_words(const regex_t *regex, const struct tokens *tokens, const struct parameter *parameter,
	struct found *found)
{
	for (size_t i = 0; i < tokens->count; i++) {
		char value[VALUE_MAX];
		size_t n = 1;

		if (tokens->items[i].used)
			continue;
		if (try_text(regex, tokens->items[i].text, value) ||
			try_plain(regex, tokens->items[i].text, value) ||
			try_number(regex, tokens, i, &n, value))
			consider(found, value, tokens, i, n, parameter);
	}
}

static void search_runs(const regex_t *regex, const struct tokens *tokens, const struct parameter *parameter,
	struct found *found)
{
	for (size_t i = 0; i < tokens->count && !found->tokens; i++)
		for (size_t n = 2; n <= RUN_MAX && i + n <= tokens->count; n++) {
			char value[VALUE_MAX];

			if (!try_run(regex, tokens, i, n, parameter, value))
				continue;
			consider(found, value, tokens, i, n, parameter);
			break;
		}
}

cJSON *extract_pattern(const struct parameter *parameter, struct tokens *tokens)
{
	const char *pattern = json_string(parameter->spec, "pattern", "");
	struct found found = {0};
	char whole[VALUE_MAX];
	regex_t regex;

	if (!pattern_compile(&regex, pattern, NULL))
		return NULL;
	/* a pattern that takes anything says nothing about what to look for */
	if (regexec(&regex, "the", 0, NULL, 0)) {
		search_words(&regex, tokens, parameter, &found);
		if (!found.tokens)
			search_runs(&regex, tokens, parameter, &found);
		if (!found.tokens && try_text(&regex, tokens->utterance, whole)) {
			memcpy(found.value, whole, sizeof whole);
			found.tokens = 1;
			found.first = tokens->count;
		}
	}
	regfree(&regex);
	if (!found.tokens)
		return NULL;
	tokens_use(tokens, found.first, found.tokens);
	return cJSON_CreateString(found.value);
}
