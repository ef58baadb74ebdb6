/* The bounds come of the sentences of tests/bench/speech/{tune,judge}.tsv, by flite and espeak-ng, clean and
 * with noise 20 dB below. */
#include "audio/fit.h"

#include "audio/grammar_kinds.h"
#include "executor/executor.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST (-24.6) /* a frame, in the scores' unit: what is worse was not said */
#define SUPPLE 13.0   /* more of it where all words are supple */
#define DISTANCE 12.0 /* more of it where nothing is alike */
#define WIDTH 3.0     /* how much better makes it 0.73 */

double fit_agreement(const struct fit *fit)
{
	double each;

	if (!fit->frames || !fit->voiced)
		return 0;
	each = (fit->grammar - fit->phones) / (double)fit->frames;
	each -= SUPPLE * (double)fit->supple / (double)fit->voiced + DISTANCE * fit->distance;
	return 1 / (1 + exp((LEAST - each) / WIDTH));
}

/* Levenshtein's, of which one row is kept. */
double fit_distance(const char *one, const char *other)
{
	size_t width = strlen(other), height = strlen(one), most = width > height ? width : height;
	size_t *row = xcalloc(width + 1, sizeof *row), edits;

	for (size_t x = 0; x <= width; x++)
		row[x] = x;
	for (size_t y = 0; y < height; y++) {
		size_t before = row[0]++; /* what stood to the left above */

		for (size_t x = 0; x < width; x++) {
			bool same = tolower((unsigned char)one[y]) == tolower((unsigned char)other[x]);
			size_t best = before + !same;

			best = row[x] + 1 < best ? row[x] + 1 : best;
			before = row[x + 1];
			row[x + 1] = before + 1 < best ? before + 1 : best;
		}
	}
	edits = row[width];
	free(row);
	return most ? (double)edits / (double)most : 0;
}

static bool stands_in(const char *rule, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(rule, word); at; at = strstr(at + 1, word))
		if ((at == rule || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

bool fit_supple(const char *word)
{
	for (size_t i = 0; i < grammar_kind_count; i++)
		if (grammar_kinds[i].supple && *word && stands_in(grammar_kinds[i].rule, word))
			return true;
	return false;
}
