/* One rule for each kind of word that a phrase uses, one for each list, one with the phrases and what
 * politeness puts around them. */
#include "audio/grammar.h"

#include "audio/grammar_kinds.h"
#include "audio/spelling.h"
#include "executor/executor.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 40

#define KINDS grammar_kind_count

struct writer {
	const struct vocabulary *vocabulary;
	const struct grammar_words *words;
	bool *used;  /* kinds */
	bool *lists; /* used ones */
	struct buffer missing;
};

static size_t kind_index(const char *name, size_t len)
{
	size_t i = 0;

	while (i < KINDS &&
		(strlen(grammar_kinds[i].name) != len || memcmp(grammar_kinds[i].name, name, len) != 0))
		i++;
	return i;
}

/* Those that are named in the table of kinds of the header, and in none of the others here. */
static bool is_public_kind(const char *name, size_t len)
{
#define KIND_MATCHES(symbol, text, meaning)                                                                  \
	if (strlen(text) == len && memcmp(text, name, len) == 0)                                             \
		return true;
	VOCABULARY_KINDS(KIND_MATCHES)
#undef KIND_MATCHES
	return false;
}

static void use_kind(struct writer *w, size_t kind)
{
	w->used[kind] = true;
	for (size_t i = 0; i < KINDS; i++) {
		char *name = xasprintf(" %s ", grammar_kinds[i].name);

		w->used[i] = w->used[i] || strstr(grammar_kinds[kind].needs, name);
		free(name);
	}
}

static bool knows(const struct writer *w, const char *word)
{
	return w->words->known(w->words->ctx, word);
}

static void tell_missing(struct writer *w, const char *word)
{
	const char *at = buffer_text(&w->missing);
	size_t len = strlen(word);

	while (at && *at) {
		const char *end = strchrnul(at, '\n');

		if ((size_t)(end - at) == len && memcmp(at, word, len) == 0)
			return;
		at = *end ? end + 1 : end;
	}
	buffer_append_str(&w->missing, word);
	buffer_append_char(&w->missing, '\n');
}

static bool add_split(struct writer *w, struct buffer *out, const char *word)
{
	size_t len = strlen(word);

	/* Halves of two letters and less are known of everything and mean nothing. */
	for (size_t at = len > 3 ? len - 3 : 0; at >= 2 && len > 5; at--) {
		char head[WORD_MAX + 1];

		memcpy(head, word, at);
		head[at] = '\0';
		if (knows(w, head) && knows(w, word + at)) {
			buffer_appendf(out, "%s %s ", head, word + at);
			return true;
		}
	}
	return false;
}

static void add_below_thousand(struct buffer *out, unsigned long n)
{
	static const char *const small[] = {"zero", "one", "two", "three", "four", "five", "six", "seven",
		"eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen",
		"seventeen", "eighteen", "nineteen"};
	static const char *const tens[] = {
		"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};

	if (n >= 100) {
		buffer_appendf(out, "%s hundred ", small[n / 100]);
		n %= 100;
		if (!n)
			return;
	}
	if (n >= 20)
		buffer_appendf(out, "%s ", tens[n / 10 - 2]);
	if (n < 20 || n % 10)
		buffer_appendf(out, "%s ", small[n < 20 ? n : n % 10]);
}

/* Below a million. */
static void add_number(struct buffer *out, unsigned long n)
{
	if (n >= 1000) {
		add_below_thousand(out, n / 1000);
		buffer_append_str(out, "thousand ");
		n %= 1000;
		if (!n)
			return;
	}
	add_below_thousand(out, n);
}

/* Letters and digits mixed, or a number as long as a code, are spelled. */
static void add_spelled(struct buffer *out, const char *word)
{
	for (const char *p = word; *p; p++) {
		if (isdigit((unsigned char)*p))
			add_number(out, (unsigned long)(*p - '0'));
		else if (*p != '\'')
			buffer_appendf(out, "%c. ", *p);
	}
}

static bool add_word(struct writer *w, struct buffer *out, const char *word)
{
	size_t digits = strspn(word, "0123456789");

	if (!word[digits] && digits <= 4) {
		add_number(out, strtoul(word, NULL, 10));
	} else if (strpbrk(word, "0123456789")) {
		add_spelled(out, word);
	} else if (knows(w, word)) {
		buffer_appendf(out, "%s ", word);
	} else if (!add_split(w, out, word)) {
		tell_missing(w, word);
		return false;
	}
	return true;
}

/* What stands between two places that are no part of words. False for what cannot be said. */
static bool add_words(struct writer *w, struct buffer *out, const char *text, size_t len)
{
	char word[WORD_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i <= len; i++) {
		unsigned char c = i < len ? (unsigned char)text[i] : ' ';

		if (c >= 0x80)
			return false; /* the models here speak English */
		if (isalnum(c) || (c == '\'' && n)) {
			if (n == WORD_MAX)
				return false;
			word[n++] = (char)tolower(c);
			continue;
		}
		while (n && word[n - 1] == '\'')
			n--;
		word[n] = '\0';
		if (n && !add_word(w, out, word))
			return false;
		n = 0;
	}
	return true;
}

static void use_rule(struct writer *w, const char *name)
{
	use_kind(w, kind_index(name, strlen(name)));
}

/* One of the letters or digits between two of them; false for what is no such range. */
static bool add_range(struct writer *w, struct buffer *out, int from, int to)
{
	if (isalpha(from) && to == '9') {
		use_rule(w, "letter");
		use_rule(w, "digit");
		buffer_append_str(out, "(<letter> | <digit>) ");
		return true;
	}
	if (from > to || !isalnum(from) || !isdigit(from) != !isdigit(to))
		return false;
	for (int c = from; c <= to; c++) {
		char word[2] = {(char)tolower(c), '\0'};

		buffer_append_str(out, c == from ? "(" : "| ");
		add_spelled(out, word);
	}
	buffer_append_str(out, ") ");
	return true;
}

/* Returns how long the element is; 0 for what is none. */
static size_t add_shape_element(struct writer *w, struct buffer *out, const char *shape, size_t len)
{
	bool range = shape[0] == '[' && len >= 5 && shape[2] == '-' && shape[4] == ']';
	size_t n = range ? 5 : 1;
	bool maybe = len > n && shape[n] == '~';

	if (maybe)
		buffer_append_char(out, '[');
	if (range) {
		if (!add_range(w, out, (unsigned char)shape[1], (unsigned char)shape[3]))
			return 0;
	} else if (shape[0] == '#' || shape[0] == '?') {
		use_rule(w, shape[0] == '#' ? "digit" : "letter");
		buffer_append_str(out, shape[0] == '#' ? "<digit> " : "<letter> ");
	} else if (isalnum((unsigned char)shape[0])) {
		char word[2] = {(char)tolower((unsigned char)shape[0]), '\0'};

		add_spelled(out, word);
	} else {
		return 0;
	}
	if (maybe)
		buffer_append_str(out, "] ");
	return n + maybe;
}

/* A code of which it is known what it is made of: nothing else is heard into it. Three digits and less are
 * said as a number as well. */
static bool add_shape(struct writer *w, struct buffer *out, const char *shape, size_t len)
{
	bool number = len <= 3 && strspn(shape, "#") >= len;

	if (!len)
		return false;
	if (number) {
		use_rule(w, "below_thousand");
		buffer_append_str(out, "(<below_thousand> | ");
	}
	while (len) {
		size_t n = add_shape_element(w, out, shape, len);

		if (!n)
			return false;
		shape += n;
		len -= n;
	}
	if (number)
		buffer_append_str(out, ") ");
	return true;
}

static bool add_reference(struct writer *w, struct buffer *out, const char *name, size_t len)
{
	size_t kind = is_public_kind(name, len) ? kind_index(name, len) : KINDS;

	if (len > 5 && memcmp(name, "code:", 5) == 0)
		return add_shape(w, out, name + 5, len - 5);
	for (size_t i = 0; kind == KINDS && i < w->vocabulary->list_count; i++) {
		const struct vocabulary_list *list = &w->vocabulary->lists[i];

		if (strlen(list->name) == len && memcmp(list->name, name, len) == 0) {
			w->lists[i] = true;
			buffer_appendf(out, "<list_%zu> ", i);
			return true;
		}
	}
	if (kind == KINDS)
		return false;
	use_kind(w, kind);
	buffer_appendf(out, "<%s> ", grammar_kinds[kind].name);
	return true;
}

static bool add_phrase(struct writer *w, struct buffer *out, const char *phrase)
{
	const char *open;

	while ((open = strchr(phrase, '{'))) {
		const char *end = strchr(open, '}');

		if (!end || !add_words(w, out, phrase, (size_t)(open - phrase)) ||
			!add_reference(w, out, open + 1, (size_t)(end - open - 1)))
			return false;
		phrase = end + 1;
	}
	return add_words(w, out, phrase, strlen(phrase));
}

/* "name = one | two;" of the texts that can be said; false, and nothing, when that is none. */
static bool add_rule(struct writer *w, struct buffer *out, const char *name, char *const *texts, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		struct buffer one;

		buffer_init(&one, BUFFER_MAX_TEXT);
		if (add_phrase(w, &one, texts[i]) && one.len) {
			if (any)
				buffer_append_str(out, "\n  | ");
			else
				buffer_appendf(out, "<%s> = ", name);
			buffer_append_str(out, buffer_text(&one));
			any = true;
		}
		buffer_done(&one);
	}
	if (any)
		buffer_append_str(out, ";\n");
	return any;
}

/* "it is {code}": an answer, before which nobody says what they would like to. */
static bool is_answer(const char *phrase)
{
	static const char *const beginnings[] = {"", "it is ", "it's ", "for ", "no i meant "};
	const char *open = strchr(phrase, '{'), *close = open ? strchr(open, '}') : NULL;

	if (!close || close[1])
		return false;
	for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
		if (strlen(beginnings[i]) == (size_t)(open - phrase) &&
			strncasecmp(phrase, beginnings[i], (size_t)(open - phrase)) == 0)
			return true;
	return false;
}

/* An answer that is but a code is found in much, so that where it fits no better it was a command. */
static void add_utterance(struct buffer *out, bool commands, bool answers)
{
	bool both = commands && answers;

	buffer_append_str(out, "public <utterance> = ");
	if (commands)
		buffer_appendf(out, "%s[<before>] <phrase> [<after>]", both ? "/0.999/ " : "");
	if (answers)
		buffer_appendf(out, "%s<answer> [<after>]", both ? " | /0.001/ " : "");
	buffer_append_str(out, ";\n");
}

/* Commands and answers, as rules; false when there are none of both. */
static bool add_phrases(struct writer *w, struct buffer *out, struct buffer *rules)
{
	const struct vocabulary *vocabulary = w->vocabulary;
	char **kinds[2];
	size_t counts[2] = {0, 0};
	bool any[2];

	for (int answer = 0; answer < 2; answer++)
		kinds[answer] = xcalloc(vocabulary->phrase_count + 1, sizeof **kinds);
	for (size_t i = 0; i < vocabulary->phrase_count; i++) {
		bool answer = is_answer(vocabulary->phrases[i]);

		kinds[answer][counts[answer]++] = vocabulary->phrases[i];
	}
	any[0] = add_rule(w, rules, "phrase", kinds[0], counts[0]);
	any[1] = add_rule(w, rules, "answer", kinds[1], counts[1]);
	free(kinds[0]);
	free(kinds[1]);
	add_utterance(out, any[0], any[1]);
	return any[0] || any[1];
}

static void add_kinds(const struct writer *w, struct buffer *out)
{
	for (size_t i = 0; i < KINDS; i++)
		if (w->used[i])
			buffer_appendf(out, "<%s> = %s;\n", grammar_kinds[i].name, grammar_kinds[i].rule);
}

/* A list of which nothing can be said is a rule that nothing matches. */
static void add_lists(struct writer *w, struct buffer *out)
{
	for (size_t i = 0; i < w->vocabulary->list_count; i++) {
		const struct vocabulary_list *list = &w->vocabulary->lists[i];
		char name[40];

		snprintf(name, sizeof name, "list_%zu", i);
		if (w->lists[i] && !add_rule(w, out, name, list->values, list->count))
			buffer_appendf(out, "<%s> = <VOID>;\n", name);
	}
}

char *grammar_write(const struct vocabulary *vocabulary, const struct grammar_words *words, char **missing)
{
	struct writer w = {.vocabulary = vocabulary, .words = words};
	struct buffer out, rules;
	bool any;

	w.used = xcalloc(KINDS, sizeof *w.used);
	w.lists = xcalloc(vocabulary->list_count + 1, sizeof *w.lists);
	buffer_init(&w.missing, BUFFER_MAX_TEXT);
	buffer_init(&rules, BUFFER_MAX_TEXT);
	buffer_init(&out, BUFFER_MAX_TEXT);
	buffer_append_str(&out, "#JSGF V1.0;\ngrammar workflow;\n");
	any = add_phrases(&w, &out, &rules);
	add_lists(&w, &rules);
	buffer_append_str(&out,
		"<before> = please | hello | hi | (can | could) you [please] | i want to | "
		"i would like to | i'd like to;\n"
		"<after> = please | thanks | thank you;\n");
	add_kinds(&w, &out);
	buffer_append_str(&out, buffer_text(&rules));
	*missing = w.missing.len ? buffer_take(&w.missing) : NULL;
	buffer_done(&w.missing);
	buffer_done(&rules);
	free(w.used);
	free(w.lists);
	if (any)
		return buffer_take(&out);
	buffer_done(&out);
	return NULL;
}
