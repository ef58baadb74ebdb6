/* That a stem does not depend on what was asked before: far more words and languages than are remembered. */
#include "orchestrator/stemmer.h"

#include <criterion/criterion.h>
#include <libstemmer.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

static const char *const codes[] = {"en", "de", "fr", "es", "it", "ru", "sv"};

#define CODES (sizeof codes / sizeof *codes)
#define WORDS 2000

static void word_write(char *word, size_t size, unsigned i)
{
	static const char *const ends[] = {"s", "ing", "ed", "en", "heiten", "amente", "issements", ""};
	static const char *const begins[] = {
		"book", "buch", "chambr", "reserv", "ein", "unbelievablyverylongstem"};

	snprintf(word, size, "%s%c%c%s", begins[i % 6], 'a' + i % 7, 'a' + i / 7 % 26, ends[i / 5 % 8]);
}

static void ask_all(void *failures)
{
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < WORDS * CODES; i++) {
			const char *code = codes[i / (round ? 1 : WORDS) % CODES], *stem;
			struct sb_stemmer *fresh = sb_stemmer_new(code, NULL);
			char word[64];

			word_write(word, sizeof word, i * 7 % WORDS);
			stem = stemmer_stem(stemmer_for(code), word, strlen(word));
			*(unsigned *)failures +=
				strcmp(stem,
					(const char *)sb_stemmer_stem(
						fresh, (const sb_symbol *)word, (int)strlen(word))) != 0;
			sb_stemmer_delete(fresh);
		}
}

Test(stemmer, is_snowballs)
{
	unsigned failures = 0;

	ask_all(&failures);
	cr_expect_eq(failures, 0, "%u stems are others", failures);
	cr_expect_null(stemmer_for("xx"), "Snowball does not know it");
	cr_expect_null(stemmer_for("english"), "no code");
}

/* What a thread keeps is its own, and goes with it. */
Test(stemmer, threads)
{
	unsigned failures[2] = {0};
	uv_thread_t threads[2];

	for (int i = 0; i < 2; i++)
		cr_assert_eq(uv_thread_create(&threads[i], ask_all, &failures[i]), 0);
	for (int i = 0; i < 2; i++)
		uv_thread_join(&threads[i]);
	cr_expect_eq(failures[0] + failures[1], 0, "%u stems are others", failures[0] + failures[1]);
}
