/* Codes: a value that must match a pattern, whether it was typed ("abc123"), parted ("ABC
 * 123") or spelled ("A B C one two three"). Single words are tried first, then runs of words put together. A
 * word of small letters alone may fit a pattern by chance ("cancel" is six letters): it is taken for a code
 * only where something announces one. */
#include "orchestrator/extract.h"
#include "orchestrator/filler.h"
#include "orchestrator/pattern.h"
#include "orchestrator/relation.h"

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
	size_t len = strlen(text);

	if (len >= VALUE_MAX)
		return false;
	for (int shape = 0; shape < 3; shape++) {
		char shaped[VALUE_MAX];
		regmatch_t match;
		size_t n = len;

		for (size_t i = 0; i <= n; i++)
			shaped[i] = (char)(shape == 1 ? toupper((unsigned char)text[i])
					: shape == 2  ? tolower((unsigned char)text[i])
						      : text[i]);
		if (shape && !strcmp(shaped, text))
			continue;
		if (regexec(regex, shaped, 1, &match, 0) || match.rm_eo <= match.rm_so)
			continue;
		n = (size_t)(match.rm_eo - match.rm_so);
		memcpy(out, shaped + match.rm_so, n);
		out[n] = '\0';
		return true;
	}
	return false;
}

/* The words by which letters are told apart on the telephone. */
static const char *const letter_words[] = {"alpha alfa", "bravo", "charlie", "delta", "echo", "foxtrot",
	"golf", "hotel", "india", "juliet juliett", "kilo", "lima", "mike", "november", "oscar", "papa",
	"quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey whisky", "xray x-ray", "yankee",
	"zulu"};

static char letter_of(const struct tokens *tokens, size_t i)
{
	for (size_t letter = 0; letter < sizeof(letter_words) / sizeof(letter_words[0]); letter++)
		if (token_is(tokens, i, letter_words[letter]))
			return (char)('A' + letter);
	return '\0';
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
	if (letter_of(tokens, i)) {
		snprintf(out, size, "%c", letter_of(tokens, i));
		return true;
	}
	number = token_number(tokens, i);
	if (number.tokens && !number.digits && !number.ordinal && number.value < 100) {
		snprintf(out, size, "%d", (int)number.value);
		return true;
	}
	if (n > 8)
		return false;
	*loose |= (n > 1 && !upper && !token_has_digit(token)) || token_is(tokens, i, "a i");
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

static bool announces(const struct tokens *tokens, size_t i, const struct parameter *parameter)
{
	return token_is(tokens, i,
		       "is number code reference id it's its meant mean booking reservation order ticket "
		       "case account member customer invoice called under") ||
		tokens_hint(tokens, i, i + 1, parameter);
}

static bool announced(const struct tokens *tokens, size_t first, size_t n, const struct parameter *parameter)
{
	if (n == tokens->count ||
		stands_in(json_string(parameter->spec, "pattern", ""), tokens->items[first].text))
		return true;
	if (token_is(tokens, first, "for to in on at is my the a an of by and or i it number code"))
		return false;
	return first && announces(tokens, first - 1, parameter);
}

/* Does the text hold the word, as a word and not in the capitals of a code? */
static bool mentions(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = strcasestr(text, word); at; at = strcasestr(at + 1, word))
		if ((at == text || !isalpha((unsigned char)at[-1])) && !isalpha((unsigned char)at[n]) &&
			islower((unsigned char)at[n - 1]))
			return true;
	return false;
}

static bool list_mentions(const cJSON *list, const char *word)
{
	const cJSON *item;

	cJSON_ArrayForEach(
		item, list) if (cJSON_IsString(item) && mentions(item->valuestring, word)) return true;
	return false;
}

/* Is it a word of the language rather than a code: a small one, or one by which the tool speaks of itself? */
static bool is_word(const struct tool *tool, struct tokens *tokens, size_t i)
{
	const cJSON *own = tool->node ? json_get(tool->node->data, "testpanel") : NULL;
	const char *word = tokens->items[i].lower;

	tokens_stem(tokens);
	return !tokens->items[i].stem || filler_is(tokens->items[i].stem) || mentions(tool->name, word) ||
		(tool->description && mentions(tool->description, word)) ||
		list_mentions(json_get(own, "synonyms"), word) ||
		list_mentions(json_get(own, "examples"), word);
}

/* No word is like that: no vowel, a q without u, four consonants in a row. */
static bool is_unspeakable(const char *word)
{
	size_t run = 0, vowels = 0;

	for (size_t i = 0; word[i]; i++) {
		bool vowel = strchr("aeiouy", word[i]) != NULL;

		if (word[i] == 'q' && word[i + 1] != 'u')
			return true;
		vowels += vowel;
		run = vowel ? 0 : run + 1;
		if (run > 3 && !strstr("ghts chts ngths tchs", word + i - 3))
			return true;
	}
	return !vowels;
}

/* Letters alone, and nothing about how they are written says that they are a code. */
static bool is_loose(const struct tokens *tokens, size_t i)
{
	const char *text = tokens->items[i].text;
	bool capitals = true;

	for (; *text; text++) {
		if (!isalpha((unsigned char)*text))
			return false;
		capitals &= isupper((unsigned char)*text) != 0;
	}
	return !capitals || !tokens->mixed;
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

/* A code whose letters and digits the pattern parts: "LL1042" for LL-1042. */
static bool try_parted(const regex_t *regex, const char *text, char out[VALUE_MAX])
{
	char parted[VALUE_MAX];

	for (const char *sign = "- /."; *sign; sign++) {
		size_t n = 0;

		for (const char *c = text; *c && n + 2 < sizeof(parted); c++) {
			if (c > text && isalpha((unsigned char)c[-1]) && isdigit((unsigned char)*c))
				parted[n++] = *sign;
			parted[n++] = *c;
		}
		parted[n] = '\0';
		if (n <= strlen(text)) /* there is nothing to part */
			return false;
		if (try_text(regex, parted, out))
			return true;
	}
	return false;
}

/* "NB204's gate" */
static bool try_owner(const regex_t *regex, const char *text, char out[VALUE_MAX])
{
	char plain[VALUE_MAX];
	size_t n = strlen(text);

	if (n < 3 || n >= sizeof(plain) || strcmp(text + n - 2, "'s"))
		return false;
	memcpy(plain, text, n - 2);
	plain[n - 2] = '\0';
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
		if (try_text(regex, joined, out) || try_plain(regex, joined, out) ||
			try_parted(regex, joined, out))
			return !loose || out[strcspn(out, "0123456789")];
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

/* How sure it is that words are the code: in this order. */
enum certainty {
	CERTAINTY_NONE,
	CERTAINTY_LETTERS, /* a word of small letters, announced */
	CERTAINTY_CODE,
};

struct found {
	char value[VALUE_MAX];
	size_t first, tokens; /* tokens 0: nothing yet */
	enum certainty certainty;
	unsigned fit; /* to the parameter: by prepositions, and by its name before it */
};

struct search {
	const struct tool *tool;
	const struct parameter *parameter;
	const regex_t *regex;
	struct tokens *tokens;
	enum relation relation;
	struct found found;
};

static void consider(
	struct search *search, const char *value, size_t first, size_t n, enum certainty certainty)
{
	struct found *found = &search->found;
	unsigned fit = 2 * relation_fit(search->relation, relation_of_token(search->tokens, first));

	if (!fit)
		return;
	fit += tokens_hint(search->tokens, first > 2 ? first - 2 : 0, first, search->parameter);
	if (found->tokens &&
		(found->certainty > certainty || (found->certainty == certainty && found->fit >= fit)))
		return;
	*found = (struct found){.first = first, .tokens = n, .certainty = certainty, .fit = fit};
	snprintf(found->value, sizeof found->value, "%s", value);
}

static enum certainty word_certainty(const struct search *search, size_t i)
{
	struct tokens *tokens = search->tokens;

	if (!is_loose(tokens, i))
		return CERTAINTY_CODE;
	if (is_word(search->tool, tokens, i) ||
		!(tokens->count == 1 || is_unspeakable(tokens->items[i].lower) ||
			(i && announces(tokens, i - 1, search->parameter))))
		return CERTAINTY_NONE;
	return CERTAINTY_LETTERS;
}

static void search_words(struct search *search)
{
	for (size_t i = 0; i < search->tokens->count; i++) {
		const char *text = search->tokens->items[i].text;
		enum certainty certainty;
		char value[VALUE_MAX];
		size_t n = 1;

		if (search->tokens->items[i].used)
			continue;
		if (try_number(search->regex, search->tokens, i, &n, value)) {
			consider(search, value, i, n, CERTAINTY_CODE);
			continue;
		}
		if (!try_text(search->regex, text, value) && !try_plain(search->regex, text, value) &&
			!try_parted(search->regex, text, value) && !try_owner(search->regex, text, value))
			continue;
		certainty = word_certainty(search, i);
		if (certainty)
			consider(search, value, i, 1, certainty);
	}
}

static void search_runs(struct search *search)
{
	struct tokens *tokens = search->tokens;

	for (size_t i = 0; i < tokens->count && !search->found.tokens; i++)
		for (size_t n = 2; n <= RUN_MAX && i + n <= tokens->count; n++) {
			char value[VALUE_MAX];

			if (!try_run(search->regex, tokens, i, n, search->parameter, value))
				continue;
			consider(search, value, i, n, CERTAINTY_CODE);
			break;
		}
}

cJSON *extract_pattern(const struct tool *tool, const struct parameter *parameter,
	const struct parameter_shape *shape, struct tokens *tokens)
{
	struct search search = {.tool = tool,
		.parameter = parameter,
		.regex = &shape->regex,
		.tokens = tokens,
		.relation = shape->relation};
	struct found *found = &search.found;

	if (!shape->patterned)
		return NULL;
	search_words(&search);
	if (!found->tokens)
		search_runs(&search);
	if (!found->tokens && tokens->count > 1 && try_text(&shape->regex, tokens->utterance, found->value)) {
		found->tokens = 1;
		found->first = tokens->count;
	}
	if (!found->tokens)
		return NULL;
	tokens_use(tokens, found->first, found->tokens);
	return cJSON_CreateString(found->value);
}
