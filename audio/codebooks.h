/* The Gaussians of a phonetically tied acoustic model (Sphinx's "ptm", which en-us is): for each phone and
 * each of three feature streams (cepstra, their first and second differences) a codebook that all the phone's
 * states mix. */
#ifndef AUDIO_CODEBOOKS_H
#define AUDIO_CODEBOOKS_H

#include <pocketsphinx.h>
#include <stdbool.h>
#include <stddef.h>

#define STREAMS 3
#define STREAM_LEN 13 /* dimensions of each */

/* Kinds of phones whose sound the same causes change: what a throat is like, and what a mouth. */
enum phone_class {
	PHONE_VOWEL,
	PHONE_SONORANT,
	PHONE_OBSTRUENT,
	PHONE_CLASSES /* silence, and fillers */
};

struct codebooks {
	size_t phones, densities; /* densities: Gaussians in a codebook */
	char (*names)[8];         /* of the phones: "AH", "SIL" */
	float *means;             /* [phone][stream][density][STREAM_LEN] */
	float *precisions;        /* the same shape: 1 over the variance */
	float *constants;         /* [phone][stream][density]: logarithm of the density at its mean */
};

/* As the decoder's own model has them. False: it is of another sort, or broken; codebooks_done in either
 * case. */
bool codebooks_read(struct codebooks *codebooks, ps_decoder_t *ps);
void codebooks_done(struct codebooks *codebooks);
/* codebooks->phones: none has this name. */
size_t codebooks_phone(const struct codebooks *codebooks, const char *name);
enum phone_class codebooks_class(const struct codebooks *codebooks, size_t phone);
/* Where a Gaussian begins in means and precisions. */
size_t codebooks_at(const struct codebooks *codebooks, size_t phone, size_t stream, size_t density);

#endif
