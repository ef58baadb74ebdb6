/* A word of the alphabet of ICAO is a letter only beside another letter: in "hotel one" it is what it says.
 */
#include "audio/spelling.h"

#include "executor/executor.h"

#include <ctype.h>
#include <string.h>

char spelling_letter(const char *word, size_t len)
{
	static const struct {
		const char *word;
		char letter;
	} words[] = {{"zero", '0'}, {"oh", '0'}, {"one", '1'}, {"two", '2'}, {"three", '3'}, {"four", '4'},
		{"five", '5'}, {"six", '6'}, {"seven", '7'}, {"eight", '8'}, {"nine", '9'}, {"zed", 'Z'},
		{"alpha", 'A'}, {"bravo", 'B'}, {"charlie", 'C'}, {"delta", 'D'}, {"echo", 'E'},
		{"foxtrot", 'F'}, {"golf", 'G'}, {"hotel", 'H'}, {"india", 'I'}, {"juliet", 'J'},
		{"kilo", 'K'}, {"lima", 'L'}, {"mike", 'M'}, {"november", 'N'}, {"oscar", 'O'}, {"papa", 'P'},
		{"quebec", 'Q'}, {"romeo", 'R'}, {"sierra", 'S'}, {"tango", 'T'}, {"uniform", 'U'},
		{"victor", 'V'}, {"whiskey", 'W'}, {"x-ray", 'X'}, {"yankee", 'Y'}, {"zulu", 'Z'}};

	if (len == 2 && isalpha((unsigned char)word[0]) && word[1] == '.')
		return (char)toupper((unsigned char)word[0]);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i].word) == len && memcmp(words[i].word, word, len) == 0)
			return words[i].letter;
	return '\0';
}

static size_t word_length(const char *text)
{
	return strcspn(text, " ");
}

static const char *next_word(const char *text)
{
	text += word_length(text);
	return text + strspn(text, " ");
}

/* How much a word says that a code is spelled. */
static size_t weight(const char *word, size_t len, char c)
{
	if (!isalpha((unsigned char)c))
		return 0;
	return len == 2 && word[1] == '.' ? 2 : 1;
}

/* A run of at least two spelled letters and digits with a letter among them, into code; returns what follows
 * it, NULL where there is none. "double" doubles. */
static const char *take_code(const char *text, char *code, size_t size)
{
	size_t n = 0, words = 0, letters = 0;

	while (*text && n + 3 < size) {
		size_t len = word_length(text), times = 1;
		const char *word = text;
		char c;

		if (len == 6 && memcmp(text, "double", 6) == 0) {
			word = next_word(text);
			times = 2;
		}
		c = spelling_letter(word, word_length(word));
		if (!c)
			break;
		letters += weight(word, word_length(word), c);
		while (times--)
			code[n++] = c;
		words++;
		text = next_word(word);
	}
	code[n] = '\0';
	return words > 1 && letters > 1 ? text : NULL;
}
char *spelling_written(const char *hypothesis)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	while (*hypothesis) {
		char code[64];
		const char *after = take_code(hypothesis, code, sizeof code);
		size_t len = word_length(hypothesis);

		if (out.len)
			buffer_append_char(&out, ' ');
		if (after) {
			buffer_append_str(&out, code);
			hypothesis = after;
			continue;
		}
		if (len == 2 && hypothesis[1] == '.')
			buffer_append_char(&out, (char)toupper((unsigned char)*hypothesis));
		else
			buffer_append(&out, hypothesis, len);
		hypothesis = next_word(hypothesis);
	}
	return buffer_take(&out);
}
