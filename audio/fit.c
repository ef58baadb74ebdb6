/* The bounds come of the sentences of tests/bench/speech/tune.tsv, by flite and espeak-ng, clean and with
 * noise 20 dB below. */
#include "audio/fit.h"

#include "audio/grammar_kinds.h"

#include <math.h>
#include <string.h>

#define LEAST (-11.7) /* a frame, in the scores' unit: what is worse was not said */
#define SUPPLE 7.0    /* more of it where all words are supple */
#define WIDTH 3.0     /* how much better makes it 0.73 */

double fit_agreement(const struct fit *fit)
{
	double each;

	if (!fit->frames || !fit->voiced)
		return 0;
	each = (fit->grammar - fit->phones) / (double)fit->frames;
	each -= SUPPLE * (double)fit->supple / (double)fit->voiced;
	return 1 / (1 + exp((LEAST - each) / WIDTH));
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
