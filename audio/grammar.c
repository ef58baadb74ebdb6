/* One rule for each kind of word that a phrase uses, one for each list, one with the phrases and what
 * politeness puts around them. */
#include "audio/grammar.h"

#include "executor/executor.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 40

/* Rules that do not depend on the workflow; each may use those before it. */
static const struct {
	const char *name, *rule;
	const char *needs; /* names of rules, with spaces around */
} kinds[] = {
	{"digit", "zero | oh | one | two | three | four | five | six | seven | eight | nine", ""},
	{"letter",
		"a. | b. | c. | d. | e. | f. | g. | h. | i. | j. | k. | l. | m. | n. | o. | p. | q. | r. | "
		"s. | t. | "
		"u. | v. | w. | x. | y. | z.",
		""},
	{"double", "double (<letter> | <digit>)", " letter digit "},
	{"code", "(<letter> | <digit> | <double>)+", " letter digit double "},
	{"digits", "<digit>+", " digit "},
	{"teen",
		"ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | "
		"nineteen",
		""},
	{"tens", "twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety", ""},
	{"unit", "one | two | three | four | five | six | seven | eight | nine", ""},
	{"below_hundred", "<unit> | <teen> | <tens> [<unit>]", " unit teen tens "},
	{"below_thousand", "<below_hundred> | (a | <unit>) hundred [[and] <below_hundred>]",
		" unit teen tens below_hundred "},
	{"number", "zero | <below_thousand> | <below_thousand> thousand [[and] <below_thousand>]",
		" unit teen tens below_hundred below_thousand "},
	{"amount",
		"<number> (dollars | euros | pounds) [[and] <below_hundred> [cents]] | <number> point "
		"<digit>+",
		" digit unit teen tens below_hundred below_thousand number "},
	{"month",
		"january | february | march | april | may | june | july | august | september | october | "
		"november | "
		"december",
		""},
	{"weekday", "monday | tuesday | wednesday | thursday | friday | saturday | sunday", ""},
	{"ordinal",
		"first | second | third | fourth | fifth | sixth | seventh | eighth | ninth | tenth | "
		"eleventh | "
		"twelfth | thirteenth | fourteenth | fifteenth | sixteenth | seventeenth | eighteenth | "
		"nineteenth | "
		"twentieth | twenty (first | second | third | fourth | fifth | sixth | seventh | eighth | "
		"ninth) | "
		"thirtieth | thirty first",
		""},
	{"date",
		"today | tomorrow | the day after tomorrow | [next | this | on] <weekday> | [the] <ordinal> "
		"[of] <month> | "
		"<month> [the] <ordinal> | <month> <below_hundred> | in <below_hundred> (days | weeks) | "
		"next (week | month)",
		" unit teen tens below_hundred month weekday ordinal "},
	{"name", "<first_name> [<family_name>]", " first_name family_name "},
	{"first_name",
		"john | mary | peter | anna | david | susan | michael | linda | james | robert | jane | paul "
		"| laura | "
		"thomas | emma | daniel | sarah | mark | julia | george | alice | henry | kate | martin | "
		"helen",
		""},
	{"family_name",
		"smith | jones | miller | brown | taylor | wilson | davis | clark | white | martin | "
		"thompson | moore | "
		"young | allen | king | wright | hill | green | adams | baker | nelson | carter | mitchell | "
		"parker",
		""},
};

#define KINDS (sizeof kinds / sizeof *kinds)

struct writer {
	const struct vocabulary *vocabulary;
	const struct grammar_words *words;
	bool used[KINDS];
	bool *lists; /* used ones */
	struct buffer missing;
};

static size_t kind_index(const char *name, size_t len)
{
	size_t i = 0;

	while (i < KINDS && (strlen(kinds[i].name) != len || memcmp(kinds[i].name, name, len) != 0))
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
		char *name = xasprintf(" %s ", kinds[i].name);

		w->used[i] = w->used[i] || strstr(kinds[kind].needs, name);
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
	for (size_t i = 0; i < len; i++) {
		if (shape[i] == '#' || shape[i] == '?') {
			use_rule(w, shape[i] == '#' ? "digit" : "letter");
			buffer_append_str(out, shape[i] == '#' ? "<digit> " : "<letter> ");
		} else if (isalnum((unsigned char)shape[i])) {
			char word[2] = {(char)tolower((unsigned char)shape[i]), '\0'};

			add_spelled(out, word);
		} else {
			return false;
		}
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
	buffer_appendf(out, "<%s> ", kinds[kind].name);
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

static void add_kinds(const struct writer *w, struct buffer *out)
{
	for (size_t i = 0; i < KINDS; i++)
		if (w->used[i])
			buffer_appendf(out, "<%s> = %s;\n", kinds[i].name, kinds[i].rule);
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

	w.lists = xcalloc(vocabulary->list_count + 1, sizeof *w.lists);
	buffer_init(&w.missing, BUFFER_MAX_TEXT);
	buffer_init(&rules, BUFFER_MAX_TEXT);
	buffer_init(&out, BUFFER_MAX_TEXT);
	any = add_rule(&w, &rules, "phrase", vocabulary->phrases, vocabulary->phrase_count);
	add_lists(&w, &rules);
	buffer_append_str(&out,
		"#JSGF V1.0;\ngrammar workflow;\n"
		"public <utterance> = [<before>] <phrase> [<after>];\n"
		"<before> = please | hello | hi | (can | could) you [please] | i want to | "
		"i would like to | i'd like to;\n"
		"<after> = please | thanks | thank you;\n");
	add_kinds(&w, &out);
	buffer_append_str(&out, buffer_text(&rules));
	*missing = w.missing.len ? buffer_take(&w.missing) : NULL;
	buffer_done(&w.missing);
	buffer_done(&rules);
	free(w.lists);
	if (any)
		return buffer_take(&out);
	buffer_done(&out);
	return NULL;
}
