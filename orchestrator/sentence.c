/* A sentence that is not cut is only spoken a little later; one that is cut in the wrong place sounds wrong.
 * So whatever is in doubt stays whole. */
#include "orchestrator/sentence.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#define LANGUAGE_SIZE 3

/* What a point may stand behind without ending anything. */
struct abbreviation {
	const char *language; /* NULL: any */
	const char *word;     /* without its last point, in any case */
	bool numbers;         /* only before a number: "No. 5", while "No." is an answer */
};

static const struct abbreviation abbreviations[] = {
	{NULL, "dr", false},
	{NULL, "prof", false},
	{NULL, "st", false},
	{NULL, "vs", false},
	{NULL, "tel", false},
	{NULL, "no", true},
	{NULL, "nos", true},
	{NULL, "nr", true},
	{NULL, "art", true},
	{NULL, "p", true},
	{NULL, "pp", true},
	{NULL, "fig", true},
	{NULL, "vol", true},
	{NULL, "approx", false},
	{"en", "mr", false},
	{"en", "mrs", false},
	{"en", "ms", false},
	{"en", "messrs", false},
	{"en", "rev", false},
	{"en", "gen", false},
	{"en", "capt", false},
	{"en", "e.g", false},
	{"en", "i.e", false},
	{"en", "ext", true},
	{"en", "apt", true},
	{"en", "jan", true},
	{"en", "feb", true},
	{"en", "aug", true},
	{"en", "sept", true},
	{"en", "oct", true},
	{"en", "nov", true},
	{"en", "dec", true},
	{"de", "hr", false},
	{"de", "fr", false},
	{"de", "bzw", false},
	{"de", "ca", false},
	{"de", "inkl", false},
	{"de", "zzgl", false},
	{"de", "evtl", false},
	{"de", "ggf", false},
	{"de", "tel", false},
	{"de", "z.b", false},
	{"de", "d.h", false},
	{"de", "u.a", false},
	{"fr", "m", false},
	{"fr", "mm", false},
	{"fr", "mme", false},
	{"es", "sr", false},
	{"es", "sra", false},
	{"es", "dra", false},
	{"es", "ud", false},
	{"es", "uds", false},
	{"es", "n\xc3\xbam", true},
	{"it", "sig", false},
	{"it", "dott", false},
	{"pt", "sr", false},
	{"pt", "sra", false},
	{"nl", "dhr", false},
	{"nl", "mevr", false},
};

static bool is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The character at p and its length; a byte that begins none is U+FFFD. */
static size_t read_char(const char *p, utf8proc_int32_t *c)
{
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)p, -1, c);

	if (n > 0 && *c)
		return (size_t)n;
	*c = *p ? 0xFFFD : 0;
	return *p ? 1 : 0;
}

static bool is_stop(utf8proc_int32_t c)
{
	return c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x3002 || c == 0xFF01 || c == 0xFF1F;
}

/* Scripts that write no space between sentences, nor words. */
static bool is_wide(utf8proc_int32_t c)
{
	return c >= 0x1100 && utf8proc_charwidth(c) == 2;
}

static bool is_closing(utf8proc_int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return category == UTF8PROC_CATEGORY_PE || category == UTF8PROC_CATEGORY_PF || c == '"' ||
		c == '\'' || c == '*' || c == '_';
}

static bool is_letter(utf8proc_int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Where the word begins that ends at end: its points are part of it. */
static size_t word_start(const char *text, size_t from, size_t end)
{
	while (end > from && !is_space((unsigned char)text[end - 1]) && text[end - 1] != '(' &&
		text[end - 1] != '"')
		end--;
	return end;
}

static bool is_language(const char *language, const char *code)
{
	return !strncasecmp(language, code, LANGUAGE_SIZE - 1) &&
		(!language[LANGUAGE_SIZE - 1] || strchr("-_.", language[LANGUAGE_SIZE - 1]));
}

static bool is_abbreviation(const char *word, size_t len, bool number_follows, const char *language)
{
	for (size_t i = 0; i < sizeof abbreviations / sizeof *abbreviations; i++) {
		const struct abbreviation *a = &abbreviations[i];

		if (strlen(a->word) == len && !strncasecmp(a->word, word, len) &&
			(!a->numbers || number_follows) &&
			(!a->language || is_language(language, a->language)))
			return true;
	}
	return false;
}

/* "J." of a name, "B." of "z. B." */
static bool is_initial(const char *word, size_t len)
{
	utf8proc_int32_t c;

	return len && read_char(word, &c) == len && is_letter(c) && strncmp(word, "I", len) != 0;
}

/* German has points behind ordinals: "am 5. Mai". */
static bool is_ordinal(const char *word, size_t len, const char *language)
{
	return is_language(language, "de") && len && len <= 2 && strspn(word, "0123456789") == len;
}

/* A point at end, with next the text behind the white space that follows it. */
static bool point_ends(const char *text, size_t from, size_t end, const char *next, const char *language)
{
	size_t start = word_start(text, from, end), len = end - start;
	const char *word = text + start;

	return !is_abbreviation(word, len, is_digit(*next), language) && !is_initial(word, len) &&
		!is_ordinal(word, len, language);
}

static bool is_lower(const char *text)
{
	utf8proc_int32_t c;

	read_char(text, &c);
	return utf8proc_category(c) == UTF8PROC_CATEGORY_LL;
}

/* Where a sentence ends whose stop stands at at; 0 when it does not end there. */
static size_t ends_at(const char *text, size_t from, size_t at, const char *language)
{
	size_t end = at, behind;
	utf8proc_int32_t c, last = 0;
	size_t stops = 0, n;

	while ((n = read_char(text + end, &c)) && is_stop(c)) {
		last = c;
		end += n;
		stops++;
	}
	while ((n = read_char(text + end, &c)) && is_closing(c))
		end += n;
	behind = end + strspn(text + end, " \t\r\n");
	if (!text[behind] || is_wide(last))
		return behind;
	if (behind == end)
		return 0;
	if (memchr(text + end, '\n', behind - end))
		return behind;
	if (is_lower(text + behind))
		return 0;
	if (last == '.' && stops == 1 && !point_ends(text, from, at, text + behind, language))
		return 0;
	return behind;
}

/* Where to cut what is too long: behind the last comma of its second half, else between words, else between
 * characters. */
static size_t cut_long(const char *text, size_t from)
{
	size_t comma = 0, space = 0, character = from;
	utf8proc_int32_t c;

	for (size_t at = from, n; at - from < SENTENCE_MAX && (n = read_char(text + at, &c)); at += n) {
		if (is_space((unsigned char)text[at])) {
			space = at + 1;
			if (at - from > SENTENCE_MAX / 2 && strchr(",;:", text[at - 1]))
				comma = at + 1;
		}
		character = at + n;
	}
	return comma ? comma : space > from ? space : character;
}

size_t sentence_end(const char *text, size_t from, const char *language)
{
	utf8proc_int32_t c;
	size_t at = from, n, end;

	/* What stands before the first word belongs to it. */
	at += strspn(text + at, " \t\r\n");
	for (; (n = read_char(text + at, &c)); at += n) {
		if (at - from >= SENTENCE_MAX)
			return cut_long(text, from);
		if (c == '\n')
			return at + strspn(text + at, " \t\r\n");
		if (!is_stop(c))
			continue;
		end = ends_at(text, from, at, language ? language : "");
		if (end)
			return end;
	}
	return at;
}

/* Is there a word's character at p, or one that stands for a word? */
static bool in_word(const char *p)
{
	utf8proc_int32_t c;
	utf8proc_category_t category;

	read_char(p, &c);
	category = utf8proc_category(c);
	return is_letter(c) || is_digit(*p) || c == '\'' || c == 0x2019 ||
		(category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_NO);
}

static size_t char_before(const char *text, size_t at)
{
	while (at && ((unsigned char)text[--at] & 0xC0) == 0x80)
		;
	return at;
}

/* Would a cut at at go through a word? A point or comma between digits is part of the number. */
static bool cuts_word(const char *text, size_t at)
{
	size_t before = char_before(text, at);
	utf8proc_int32_t c;

	if (!at || !text[at])
		return false;
	read_char(text + before, &c);
	if (is_wide(c))
		return false;
	if (is_digit(text[at]) && at > 1 && strchr(".,:", text[before]) && is_digit(text[before - 1]))
		return true;
	if (strchr(".,:", text[at]) && is_digit(text[before]) && is_digit(text[at + 1]))
		return true;
	return in_word(text + before) && in_word(text + at);
}

size_t sentence_heard(const char *text, size_t bytes)
{
	size_t len = strlen(text), at = bytes < len ? bytes : len, rest;

	while (at && at < len && ((unsigned char)text[at] & 0xC0) == 0x80)
		at--;
	while (cuts_word(text, at))
		at = char_before(text, at);
	for (rest = at; rest < len && !in_word(text + rest);) {
		utf8proc_int32_t c;

		rest += read_char(text + rest, &c);
	}
	if (rest == len && at)
		return len;
	while (at && is_space((unsigned char)text[at - 1]))
		at--;
	return at;
}
