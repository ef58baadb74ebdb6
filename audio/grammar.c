/* One rule for each kind of word that a phrase uses, one for each list, one with the phrases and what
 * politeness puts around them. */
#include "audio/grammar.h"

#include "audio/grammar_kinds.h"
#include "audio/grammar_mood.h"
#include "audio/said.h"
#include "executor/executor.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 40
/* How much less a code that is known has to sound like itself than another one, as a logarithm. */
#define FAMILIAR 60
#define LEAST_WEIGHT (-85) /* that single precision has */

#define KINDS grammar_kind_count

struct list_rule {
	char *text; /* NULL: nothing of the list can be said */
	bool used;
};

struct writer {
	const struct vocabulary *vocabulary;
	const struct grammar_words *words;
	bool *used; /* kinds */
	struct list_rule *lists;
	struct buffer guessed, missing;
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

static void add_once(struct buffer *lines, const char *word)
{
	const char *at = buffer_text(lines);
	size_t len = strlen(word);

	while (at && *at) {
		const char *end = strchrnul(at, '\n');

		if ((size_t)(end - at) == len && memcmp(at, word, len) == 0)
			return;
		at = *end ? end + 1 : end;
	}
	buffer_append_str(lines, word);
	buffer_append_char(lines, '\n');
}

static bool add_split(struct writer *w, struct buffer *out, const char *word)
{
	size_t len = strlen(word);

	/* Shorter ones are endings, or mean nothing. */
	for (size_t at = len > 4 ? len - 4 : 0; at >= 2 && len > 5; at--) {
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

static bool learned(struct writer *w, const char *word)
{
	bool can = w->words->learned(w->words->ctx, word);

	add_once(can ? &w->guessed : &w->missing, word);
	return can;
}

static bool add_word(struct writer *w, struct buffer *out, const char *word)
{
	size_t digits = strspn(word, "0123456789");

	/* Letters and digits mixed, or a number as long as a code, are spelled. */
	if (!word[digits] && digits <= 4) {
		said_number(out, strtoul(word, NULL, 10));
	} else if (strpbrk(word, "0123456789")) {
		said_spelled(out, word);
	} else if (knows(w, word)) {
		buffer_appendf(out, "%s ", word);
	} else if (add_split(w, out, word)) {
		return true;
	} else if (!strpbrk(word, "aeiouy'")) {
		said_spelled(out, word);
	} else if (learned(w, word)) {
		buffer_appendf(out, "%s ", word);
	} else {
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
		said_spelled(out, word);
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

		said_spelled(out, word);
	} else {
		return 0;
	}
	if (maybe)
		buffer_append_str(out, "] ");
	return n + maybe;
}

/* The rule of a list's name, which need not end with it; NULL: none of which anything can be said. */
static struct list_rule *find_list(const struct writer *w, const char *name, size_t len)
{
	for (size_t i = 0; i < w->vocabulary->list_count; i++) {
		const char *other = w->vocabulary->lists[i].name;

		if (strlen(other) == len && memcmp(other, name, len) == 0)
			return w->lists[i].text ? &w->lists[i] : NULL;
	}
	return NULL;
}

static void use_list(struct writer *w, struct buffer *out, struct list_rule *list)
{
	list->used = true;
	buffer_appendf(out, "<list_%zu> ", (size_t)(list - w->lists));
}

/* What the words of a code of a shape weigh. */
static double shape_weight(const char *shape)
{
	double digit = grammar_kind_weight(&grammar_kinds[kind_index("digit", 5)]);
	double letter = grammar_kind_weight(&grammar_kinds[kind_index("letter", 6)]), weight = 0;

	for (; *shape; shape++)
		if (*shape == '#')
			weight += digit;
		else if (*shape == '?' ||
			(isalpha((unsigned char)*shape) && strncmp(shape + 1, "-9]", 3) == 0))
			weight += letter;
	return weight;
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

static bool is_code(const char *name, size_t len)
{
	return len > strlen(VOCABULARY_CODE) && memcmp(name, VOCABULARY_CODE, strlen(VOCABULARY_CODE)) == 0;
}

/* One that is known, or any other of its shape. */
static bool add_code(struct writer *w, struct buffer *out, const char *name, size_t len)
{
	struct list_rule *known = find_list(w, name, len);

	if (known) {
		buffer_append_char(out, '(');
		use_list(w, out, known);
		buffer_append_str(out, "| ");
	}
	if (!add_shape(w, out, name + strlen(VOCABULARY_CODE), len - strlen(VOCABULARY_CODE)))
		return false;
	if (known)
		buffer_append_str(out, ") ");
	return true;
}

static bool add_reference(struct writer *w, struct buffer *out, const char *name, size_t len)
{
	size_t kind = is_public_kind(name, len) ? kind_index(name, len) : KINDS;
	struct list_rule *list = kind == KINDS ? find_list(w, name, len) : NULL;

	if (is_code(name, len))
		return add_code(w, out, name, len);
	if (list)
		use_list(w, out, list);
	if (kind == KINDS)
		return list != NULL;
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

/* "name = one | two;" of the texts that can be said; false, and nothing, when that is none. spelled: codes,
 * with this before each; NULL: phrases. */
static bool add_rule(struct writer *w, struct buffer *out, const char *name, const char *spelled,
	char *const *texts, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		struct buffer one;

		buffer_init(&one, BUFFER_MAX_TEXT);
		if (spelled)
			said_spelled(&one, texts[i]);
		if ((spelled || add_phrase(w, &one, texts[i])) && one.len) {
			if (any)
				buffer_append_str(out, "\n  | ");
			else
				buffer_appendf(out, "<%s> = ", name);
			buffer_appendf(out, "%s%s", spelled ? spelled : "", buffer_text(&one));
			any = true;
		}
		buffer_done(&one);
	}
	if (any)
		buffer_append_str(out, ";\n");
	return any;
}

/* The phrases as rules, by their mood; false when nothing of them can be said. */
static bool add_phrases(struct writer *w, struct buffer *out, struct buffer *rules)
{
	const struct vocabulary *vocabulary = w->vocabulary;
	char **phrases = xcalloc(vocabulary->phrase_count + 1, sizeof *phrases);
	bool any = false;

	for (enum grammar_mood mood = 0; mood < GRAMMAR_MOODS; mood++) {
		const struct grammar_frame *frame = &grammar_frames[mood];
		size_t count = 0;

		for (size_t i = 0; i < vocabulary->phrase_count; i++)
			if (grammar_mood_of(vocabulary->phrases[i]) == mood)
				phrases[count++] = vocabulary->phrases[i];
		if (!add_rule(w, rules, frame->rule, NULL, phrases, count))
			continue;
		buffer_appendf(out, "%s%s", any ? " | " : "public <utterance> = ", frame->frame);
		any = true;
	}
	free(phrases);
	buffer_append_str(out, ";\n");
	return any;
}

static void add_kinds(const struct writer *w, struct buffer *out)
{
	for (size_t i = 0; i < KINDS; i++)
		if (w->used[i])
			grammar_kind_write(&grammar_kinds[i], out);
}

/* Of a code that is known, so that it is more likely than others of its shape. */
static double known_code_weight(const char *shape)
{
	return exp(fmax(LEAST_WEIGHT, fmin(0, shape_weight(shape) + FAMILIAR)));
}

/* Before the phrases: libsphinxbase takes no rule that nothing matches. */
static void write_lists(struct writer *w)
{
	w->lists = xcalloc(w->vocabulary->list_count + 1, sizeof *w->lists);
	for (size_t i = 0; i < w->vocabulary->list_count; i++) {
		const struct vocabulary_list *list = &w->vocabulary->lists[i];
		bool codes = is_code(list->name, strlen(list->name));
		char name[40], weight[60] = "";
		struct buffer rule;

		buffer_init(&rule, BUFFER_MAX_TEXT);
		snprintf(name, sizeof name, "list_%zu", i);
		if (codes)
			snprintf(weight, sizeof weight, "/%.40f/ ",
				known_code_weight(list->name + strlen(VOCABULARY_CODE)));
		if (add_rule(w, &rule, name, codes ? weight : NULL, list->values, list->count))
			w->lists[i].text = buffer_take(&rule);
		buffer_done(&rule);
	}
}

/* Those that a phrase uses; frees all. */
static void add_lists(struct writer *w, struct buffer *out)
{
	for (size_t i = 0; i < w->vocabulary->list_count; i++) {
		if (w->lists[i].used)
			buffer_append_str(out, w->lists[i].text);
		free(w->lists[i].text);
	}
	free(w->lists);
}

static char *taken(struct buffer *lines)
{
	char *text = lines->len ? buffer_take(lines) : NULL;

	buffer_done(lines);
	return text;
}

char *grammar_write(const struct vocabulary *vocabulary, const struct grammar_words *words,
	struct grammar_strange *strange)
{
	struct writer w = {.vocabulary = vocabulary, .words = words};
	struct buffer out, rules;
	bool any;

	w.used = xcalloc(KINDS, sizeof *w.used);
	buffer_init(&w.guessed, BUFFER_MAX_TEXT);
	buffer_init(&w.missing, BUFFER_MAX_TEXT);
	write_lists(&w);
	buffer_init(&rules, BUFFER_MAX_TEXT);
	buffer_init(&out, BUFFER_MAX_TEXT);
	buffer_append_str(&out, "#JSGF V1.0;\ngrammar workflow;\n");
	any = add_phrases(&w, &out, &rules);
	add_lists(&w, &rules);
	buffer_append_str(&out, grammar_frame_rules);
	add_kinds(&w, &out);
	buffer_append_str(&out, buffer_text(&rules));
	*strange = (struct grammar_strange){taken(&w.guessed), taken(&w.missing)};
	buffer_done(&rules);
	free(w.used);
	if (any)
		return buffer_take(&out);
	buffer_done(&out);
	return NULL;
}

void grammar_strange_done(struct grammar_strange *strange)
{
	free(strange->guessed);
	free(strange->missing);
	*strange = (struct grammar_strange){0};
}
