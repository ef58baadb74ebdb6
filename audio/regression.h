/* Linear regression of Gaussians' means on sound (MLLR: Leggetter and Woodland, Computer Speech and Language
 * 9, 1995), drawn towards another transform by a prior (MAPLR: Chesta, Siohan and Lee, Eurospeech 1999). */
#ifndef AUDIO_REGRESSION_H
#define AUDIO_REGRESSION_H

#include "audio/codebooks.h"

#define TRANSFORM_ROW (STREAM_LEN + 1) /* weights of a mean's dimensions, and what is added to them */

struct transform {
	double rows[STREAMS][STREAM_LEN][TRANSFORM_ROW];
};

/* Sums over frames and the Gaussians that explain them, for each dimension of each stream. */
struct evidence {
	double frames; /* the caller's to count */
	double of_means[STREAMS][STREAM_LEN][TRANSFORM_ROW][TRANSFORM_ROW];
	double of_sound[STREAMS][STREAM_LEN][TRANSFORM_ROW];
};

/* A Gaussian, by its mean and precision, explains a share of a frame, which is at sound. */
void evidence_add_gaussian(struct evidence *evidence, size_t stream, const float *mean,
	const float *precision, const float *sound, double share);
/* So many times as much evidence is there. */
void evidence_add(struct evidence *sum, const struct evidence *evidence, double times);

extern const struct transform transform_identity;
/* What the evidence says, and the prior: so many frames, of which one is given, that are where the transform
 * towards would have them. */
void transform_solve(struct transform *transform, const struct evidence *evidence,
	const struct evidence *prior, double prior_frames, const struct transform *towards);
void transform_mean(const struct transform *transform, size_t stream, const float *mean, float *moved);

#endif
