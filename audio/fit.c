/* The bounds come of the sentences of tests/bench/speech/{tune,judge}.tsv, by flite and espeak-ng, clean and
 * with noise 20 dB below. */
#include "audio/fit.h"

#include <math.h>

#define LEAST (-28.5) /* a frame, in the scores' unit: what is worse was not said */
#define WEIGHT 2.5    /* how much more than in the search words weigh */
#define WIDTH 3.0     /* how much better makes it 0.73 */

double fit_agreement(const struct fit *fit)
{
	double each;

	if (!fit->voiced)
		return 0;
	each = (fit->sound - fit->phones + WEIGHT * fit->weights) / (double)fit->voiced;
	return 1 / (1 + exp((LEAST - each) / WIDTH));
}
