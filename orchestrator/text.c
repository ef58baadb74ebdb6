/* From text to words that can be compared. The scan runs over the text as it came, because case and
 * underscores separate the words of an identifier; only then is each word folded, and stemmed by Snowball. */
#include "orchestrator/text.h"

#include "executor/alloc.h"
#include "orchestrator/stemmer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define WORD_MAX 64 /* bytes; a longer run is no word of any language and is kept as it is, unstemmed */

/* Sorted: looked up by bsearch. Only what carries no request at all; a language without a row keeps all. */
static const char *const stop_en[] = {"a", "about", "after", "again", "all", "also", "am", "an", "and", "any",
	"are", "aren't", "as", "at", "be", "because", "been", "being", "but", "by", "can", "can't", "could",
	"did", "didn't", "do", "does", "doesn't", "doing", "don't", "for", "from", "had", "has", "have",
	"having", "he", "her", "here", "him", "his", "how", "i", "i'd", "i'll", "i'm", "i've", "if", "in",
	"into", "is", "isn't", "it", "it's", "its", "just", "let", "let's", "may", "me", "might", "mine",
	"must", "my", "no", "not", "of", "on", "or", "our", "ours", "shall", "she", "should", "so", "some",
	"than", "that", "that's", "the", "their", "them", "then", "there", "there's", "these", "they",
	"they're", "this", "those", "to", "too", "us", "very", "was", "we", "we'd", "we'll", "we're", "we've",
	"were", "what", "what's", "when", "when's", "where", "where's", "which", "while", "who", "who's",
	"whom", "why", "will", "with", "won't", "would", "you", "you're", "your", "yours"};
static const char *const stop_de[] = {"aber", "als", "am", "an", "auch", "auf", "aus", "bei", "bin", "bitte",
	"das", "dass", "dem", "den", "der", "des", "die", "du", "ein", "eine", "einem", "einen", "einer",
	"er", "es", "für", "gibt", "habe", "haben", "hat", "ich", "ihr", "im", "in", "ist", "kann", "können",
	"man", "mein", "meine", "meinem", "meinen", "meiner", "mich", "mir", "mit", "möchte", "nach", "nicht",
	"oder", "sich", "sie", "sind", "so", "um", "und", "uns", "unser", "unsere", "von", "wann", "war",
	"was", "wer", "werden", "wie", "will", "wir", "wird", "wo", "zu", "zum", "zur"};
static const char *const stop_es[] = {"a", "al", "como", "con", "cuando", "cuál", "de", "del", "dónde", "el",
	"ella", "en", "es", "esta", "está", "este", "favor", "ha", "hay", "he", "la", "las", "le", "lo",
	"los", "me", "mi", "mis", "muy", "no", "nos", "o", "para", "pero", "por", "puede", "puedo", "que",
	"quiero", "qué", "se", "ser", "si", "son", "su", "sus", "tengo", "un", "una", "unas", "unos", "y",
	"yo"};
static const char *const stop_fr[] = {"a", "ai", "au", "aux", "avec", "avez", "c'est", "ce", "ces", "cette",
	"dans", "de", "des", "du", "elle", "en", "est", "et", "il", "ils", "j'ai", "je", "la", "le", "les",
	"leur", "lui", "ma", "mais", "me", "mes", "moi", "mon", "ne", "nos", "notre", "nous", "on", "ou",
	"où", "par", "pas", "pour", "quand", "que", "qui", "sa", "se", "ses", "son", "sont", "sur", "un",
	"une", "vos", "votre", "vous", "y", "à"};

#define STOP(array) array, sizeof(array) / sizeof((array)[0])

static const struct language {
	const char *code;
	const char *const *stop;
	size_t stop_count;
} languages[] = {
	{"en", STOP(stop_en)},
	{"de", STOP(stop_de)},
	{"es", STOP(stop_es)},
	{"fr", STOP(stop_fr)},
};

struct splitter {
	struct words *words;
	struct stemmer *stemmer;
	const struct language *language; /* NULL: none of those with stop words */
};

static int compare_word(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

static bool splitter_stops(const struct splitter *splitter, const char *word)
{
	const struct language *language = splitter->language;

	return language && bsearch(word, language->stop, language->stop_count, sizeof(char *), compare_word);
}

/* The stemmer of a tag's primary language, English where Snowball does not know it. */
static void splitter_init(struct splitter *splitter, struct words *words, const char *tag)
{
	char code[4] = "en";
	size_t n = tag ? strcspn(tag, "-_") : 0;

	if (n >= 2 && n < sizeof(code)) {
		for (size_t i = 0; i < n; i++)
			code[i] = (char)((unsigned char)tag[i] < 0x80 ? tag[i] | 0x20 : '?');
		code[n] = '\0';
	}
	*splitter = (struct splitter){.words = words, .stemmer = stemmer_for(code)};
	if (!splitter->stemmer) {
		memcpy(code, "en", sizeof "en");
		splitter->stemmer = stemmer_for(code);
	}
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
		if (!strcmp(languages[i].code, code))
			splitter->language = &languages[i];
}

/* In place. Has it no other letters than those of ASCII, as most words? */
static bool fold_ascii(char *word)
{
	bool ascii = true;

	for (; *word; word++) {
		ascii &= (unsigned char)*word < 0x80;
		if (*word >= 'A' && *word <= 'Z')
			*word = (char)(*word | 0x20);
	}
	return ascii;
}

/* Case folded, compatibility forms resolved ("ﬁ" is "fi"), typographic apostrophes made plain. In word where
 * it fits and is ASCII, else the caller's to free. */
static char *fold(const char *bytes, size_t n, char word[WORD_MAX + 1])
{
	utf8proc_uint8_t *folded = NULL;
	char *copy = n <= WORD_MAX ? word : xmalloc(n + 1), *from, *to;

	memcpy(copy, bytes, n);
	copy[n] = '\0';
	if (fold_ascii(copy))
		return copy;
	if (utf8proc_map((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)n, &folded,
		    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
			    UTF8PROC_IGNORE) < 0)
		return copy;
	if (copy != word)
		free(copy);
	copy = (char *)folded;
	for (from = to = copy; *from;) {
		if (!strncmp(from, "\xE2\x80\x99", 3)) {
			*to++ = '\'';
			from += 3;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return copy;
}

static void words_push(struct words *words, const char *word, size_t n)
{
	if (words->count == words->capacity) {
		words->capacity = words->capacity ? words->capacity * 2 : 16;
		words->items = xreallocarray(words->items, words->capacity, sizeof(*words->items));
	}
	words->items[words->count++] = xstrndup(word, n);
}

static void splitter_take(struct splitter *splitter, const char *bytes, size_t n)
{
	char room[WORD_MAX + 1], *word;
	const char *stem;

	while (n && bytes[n - 1] == '\'')
		n--;
	while (n > 3 && !memcmp(bytes + n - 3, "\xE2\x80\x99", 3))
		n -= 3;
	if (!n || splitter->words->count >= WORDS_MAX)
		return;
	word = fold(bytes, n, room);
	n = strlen(word);
	if (!n || splitter_stops(splitter, word))
		goto out;
	if (n > WORD_MAX || !splitter->stemmer) {
		words_push(splitter->words, word, n);
		goto out;
	}
	stem = stemmer_stem(splitter->stemmer, word, n);
	if (*stem)
		words_push(splitter->words, stem, strlen(stem));
out:
	if (word != room)
		free(word);
}

enum glyph {
	GLYPH_GAP,
	GLYPH_LOWER, /* and letters without case */
	GLYPH_UPPER,
	GLYPH_DIGIT,
	GLYPH_MARK, /* belongs to the letter before it */
	GLYPH_APOSTROPHE,
	GLYPH_WORD, /* a word by itself */
};

static enum glyph classify_ascii(char c)
{
	if (c >= 'a' && c <= 'z')
		return GLYPH_LOWER;
	if (c >= 'A' && c <= 'Z')
		return GLYPH_UPPER;
	if (c >= '0' && c <= '9')
		return GLYPH_DIGIT;
	return c == '\'' ? GLYPH_APOSTROPHE : GLYPH_GAP;
}

static enum glyph classify(utf8proc_int32_t c)
{
	if (c == 0x2019)
		return GLYPH_APOSTROPHE;
	if ((c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
		(c >= 0x20000 && c <= 0x3FFFF))
		return GLYPH_WORD;
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LT: return GLYPH_UPPER;
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO: return GLYPH_LOWER;
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME: return GLYPH_MARK;
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO: return GLYPH_DIGIT;
	default: return GLYPH_GAP;
	}
}

/* The next character's class and its bytes; what is no UTF-8 is a gap of one byte. */
static enum glyph next_glyph(const char *text, size_t *bytes)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t n;

	*bytes = 1;
	if ((unsigned char)*text < 0x80)
		return classify_ascii(*text);
	n = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &c);
	if (n <= 0)
		return GLYPH_GAP;
	*bytes = (size_t)n;
	return classify(c);
}

void words_add(struct words *words, const char *text, const char *language)
{
	struct splitter splitter;
	enum glyph before = GLYPH_GAP;
	const char *start = NULL;

	splitter_init(&splitter, words, language);
	while (*text && words->count < WORDS_MAX) {
		size_t n, ahead;
		enum glyph glyph = next_glyph(text, &n);
		/* "lookupReservation" and "HTTPServer" are two words each */
		bool hump = glyph == GLYPH_UPPER &&
			(before == GLYPH_LOWER ||
				(before == GLYPH_UPPER && next_glyph(text + n, &ahead) == GLYPH_LOWER));
		bool inside =
			glyph != GLYPH_GAP && glyph != GLYPH_WORD && (start || glyph != GLYPH_APOSTROPHE);

		if (start && (!inside || hump)) {
			splitter_take(&splitter, start, (size_t)(text - start));
			start = NULL;
		}
		if (glyph == GLYPH_WORD)
			splitter_take(&splitter, text, n);
		else if (inside && !start)
			start = text;
		if (glyph != GLYPH_MARK)
			before = glyph;
		text += n;
	}
	if (start)
		splitter_take(&splitter, start, (size_t)(text - start));
}

void words_init(struct words *words, const char *text, const char *language)
{
	*words = (struct words){0};
	words_add(words, text, language);
}

void words_done(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->items[i]);
	free(words->items);
	*words = (struct words){0};
}

bool words_have(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++)
		if (!strcmp(words->items[i], word))
			return true;
	return false;
}
