/* A phone is its codebook here, with equal weights and without states: weights of the states found no better
 * transforms. Each row of a stream's transform solves a system of its own (Leggetter and Woodland, section
 * 3). */
#include "audio/adaptation.h"

#include "audio/codebooks.h"
#include "executor/executor.h"

#include <math.h>
#include <sphinxbase/ckd_alloc.h>
#include <sphinxbase/fe.h>
#include <sphinxbase/feat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROW (STREAM_LEN + 1) /* of a transform: weights of the mean, and what is added */
#define PRIOR_FRAMES 400     /* of a voice that the model fits already */
#define MOST_FRAMES 6000     /* older ones fade */
#define WORTHWHILE 0.02F     /* of a frame, to a Gaussian */
#define WORD_PHONES 64

/* Sums over frames and Gaussians, for each dimension of each stream. */
struct evidence {
	double frames;
	double of_means[STREAMS][STREAM_LEN][ROW][ROW];
	double of_sound[STREAMS][STREAM_LEN][ROW];
};

struct adaptation {
	struct codebooks codebooks;
	fe_t *fe;
	float *means; /* transformed */
	double transform[STREAMS][STREAM_LEN][ROW];
	struct evidence prior; /* a frame of it */
	struct evidence heard, kept;
	double gain; /* log likelihood of what was heard, less that without transform */
	unsigned version;
};

static void extended(double row[ROW], const float *mean)
{
	for (size_t i = 0; i < STREAM_LEN; i++)
		row[i] = mean[i];
	row[STREAM_LEN] = 1;
}

/* A Gaussian that explains a share of a frame, which is at sound. */
static void add_gaussian(struct evidence *evidence, size_t stream, const float *mean, const float *precision,
	const float *sound, double share)
{
	double row[ROW];

	extended(row, mean);
	for (size_t d = 0; d < STREAM_LEN; d++) {
		double weight = share * (double)precision[d];

		for (size_t i = 0; i < ROW; i++) {
			evidence->of_sound[stream][d][i] += weight * (double)sound[d] * row[i];
			for (size_t j = 0; j < ROW; j++)
				evidence->of_means[stream][d][i][j] += weight * row[i] * row[j];
		}
	}
}

static void add_scaled(struct evidence *sum, const struct evidence *evidence, double scale)
{
	sum->frames += scale * evidence->frames;
	for (size_t s = 0; s < STREAMS; s++)
		for (size_t d = 0; d < STREAM_LEN; d++)
			for (size_t i = 0; i < ROW; i++) {
				sum->of_sound[s][d][i] += scale * evidence->of_sound[s][d][i];
				for (size_t j = 0; j < ROW; j++)
					sum->of_means[s][d][i][j] += scale * evidence->of_means[s][d][i][j];
			}
}

/* What would be seen of a voice that sits on all the Gaussians' means. */
static void set_prior(struct adaptation *adaptation)
{
	const struct codebooks *codebooks = &adaptation->codebooks;
	struct evidence *sum = xcalloc(1, sizeof *sum);

	for (size_t phone = 0; phone < codebooks->phones; phone++) {
		if (!codebooks_is_speech(codebooks, phone))
			continue;
		for (size_t stream = 0; stream < STREAMS; stream++)
			for (size_t density = 0; density < codebooks->densities; density++) {
				size_t at = codebooks_at(codebooks, phone, stream, density);

				add_gaussian(sum, stream, codebooks->means + at, codebooks->precisions + at,
					codebooks->means + at, 1);
			}
		sum->frames += (double)codebooks->densities;
	}
	add_scaled(&adaptation->prior, sum, 1 / sum->frames);
	free(sum);
}

struct adaptation *adaptation_new(ps_decoder_t *ps)
{
	struct adaptation *adaptation = xcalloc(1, sizeof *adaptation);
	size_t size;

	adaptation->fe = codebooks_read(&adaptation->codebooks, ps)
		? fe_init_auto_r(cmd_ln_retain(ps_get_config(ps)))
		: NULL;
	if (!adaptation->fe) {
		adaptation_free(adaptation);
		return NULL;
	}
	size = codebooks_at(&adaptation->codebooks, adaptation->codebooks.phones, 0, 0) *
		sizeof *adaptation->means;
	adaptation->means = memcpy(xmalloc(size), adaptation->codebooks.means, size);
	set_prior(adaptation);
	return adaptation;
}

void adaptation_free(struct adaptation *adaptation)
{
	if (!adaptation)
		return;
	codebooks_done(&adaptation->codebooks);
	if (adaptation->fe)
		fe_free(adaptation->fe);
	free(adaptation->means);
	free(adaptation);
}

/* Logarithm of a Gaussian's density. */
static float density_of(const struct codebooks *codebooks, const float *means, size_t at, const float *sound)
{
	const float *mean = means + at, *precision = codebooks->precisions + at;
	float sum = 0;

	for (size_t i = 0; i < STREAM_LEN; i++)
		sum += (sound[i] - mean[i]) * (sound[i] - mean[i]) * precision[i];
	return codebooks->constants[at / STREAM_LEN] - 0.5F * sum;
}

/* How well a phone explains a frame, by the nearest Gaussian of each stream. */
static float nearest(const struct codebooks *codebooks, const float *means, size_t phone, mfcc_t **frame)
{
	float sum = 0;

	for (size_t stream = 0; stream < STREAMS; stream++) {
		size_t at = codebooks_at(codebooks, phone, stream, 0);
		float best = -INFINITY;

		for (size_t density = 0; density < codebooks->densities; density++, at += STREAM_LEN)
			best = fmaxf(best, density_of(codebooks, means, at, frame[stream]));
		sum += best;
	}
	return sum;
}

static void learn_stream(struct adaptation *adaptation, size_t phone, size_t stream, const float *sound)
{
	const struct codebooks *codebooks = &adaptation->codebooks;
	size_t first = codebooks_at(codebooks, phone, stream, 0), count = codebooks->densities;
	float *shares = xreallocarray(NULL, count, sizeof *shares), best = -INFINITY, sum = 0;

	for (size_t i = 0; i < count; i++) {
		shares[i] = density_of(codebooks, adaptation->means, first + i * STREAM_LEN, sound);
		best = fmaxf(best, shares[i]);
	}
	for (size_t i = 0; i < count; i++)
		sum += shares[i] = expf(shares[i] - best);
	for (size_t i = 0; i < count; i++) {
		size_t at = first + i * STREAM_LEN;

		if (shares[i] / sum >= WORTHWHILE)
			add_gaussian(&adaptation->heard, stream, codebooks->means + at,
				codebooks->precisions + at, sound, (double)(shares[i] / sum));
	}
	free(shares);
}

static void learn_frame(struct adaptation *adaptation, size_t phone, mfcc_t **frame)
{
	const struct codebooks *codebooks = &adaptation->codebooks;

	adaptation->gain += (double)(nearest(codebooks, adaptation->means, phone, frame) -
		nearest(codebooks, codebooks->means, phone, frame));
	for (size_t stream = 0; stream < STREAMS; stream++)
		learn_stream(adaptation, phone, stream, frame[stream]);
	adaptation->heard.frames++;
}

/* A word's phones, one after the other, over its frames: the best path (Viterbi). */
static void learn_word(struct adaptation *adaptation, const size_t *phones, size_t phone_count,
	mfcc_t ***frames, size_t frame_count)
{
	size_t n = phone_count, phone = n;
	float *best; /* of the paths to each phone, in the frame before */
	bool *moved; /* [frame][phone]: the best path came from the phone before */

	if (!n || frame_count < n)
		return;
	best = xreallocarray(NULL, n, sizeof *best);
	moved = xcalloc(n * frame_count, sizeof *moved);
	for (size_t i = 0; i < n; i++)
		best[i] = i ? -INFINITY : 0;
	for (size_t t = 0; t < frame_count; t++)
		for (size_t i = n; i-- > 0;) {
			moved[t * n + i] = t && i && best[i - 1] > best[i];
			if (moved[t * n + i])
				best[i] = best[i - 1];
			/* What cannot be reached, or reach the end, is not looked at. */
			best[i] = t >= i && frame_count - t >= n - i ? best[i] +
					nearest(&adaptation->codebooks, adaptation->means, phones[i],
						frames[t])
								     : -INFINITY;
		}
	phone--;
	for (size_t t = frame_count; t-- > 0;) {
		learn_frame(adaptation, phones[phone], frames[t]);
		phone -= moved[t * n + phone];
	}
	free(best);
	free(moved);
}

static size_t phones_of(
	const struct adaptation *adaptation, ps_decoder_t *ps, const char *word, size_t phones[WORD_PHONES])
{
	char *said = ps_lookup_word(ps, word), *rest = said, *name;
	size_t count = 0;

	while (rest && (name = strsep(&rest, " ")) && count < WORD_PHONES) {
		phones[count] = codebooks_phone(&adaptation->codebooks, name);
		if (phones[count] < adaptation->codebooks.phones)
			count++;
	}
	ckd_free(said);
	return count;
}

void adaptation_hear(struct adaptation *adaptation, ps_decoder_t *ps, const int16_t *samples, size_t count)
{
	feat_t *feat = ps_get_feat(ps);
	mfcc_t **cepstra = NULL, ***frames;
	int32 cepstrum_count = 0, frame_count;

	if (!adaptation)
		return;
	adaptation->heard = (struct evidence){0};
	adaptation->gain = 0;
	if (fe_start_utt(adaptation->fe) < 0 ||
		fe_process_utt(adaptation->fe, samples, count, &cepstra, &cepstrum_count) < 0)
		return;
	frames = feat_array_alloc(feat, cepstrum_count + 2 * feat_window_size(feat));
	frame_count = feat_s2mfc2feat_live(feat, cepstra, &cepstrum_count, TRUE, TRUE, frames);
	for (ps_seg_t *seg = ps_seg_iter(ps); seg; seg = ps_seg_next(seg)) {
		const char *word = ps_seg_word(seg);
		size_t phones[WORD_PHONES];
		int first, last;

		ps_seg_frames(seg, &first, &last);
		if (!strchr("<(+[", *word) && first >= 0 && first <= last && last < frame_count)
			learn_word(adaptation, phones, phones_of(adaptation, ps, word, phones),
				frames + first, (size_t)(last - first + 1));
	}
	feat_array_free(frames);
	fe_free_2d(cepstra);
}

/* By elimination; the matrix is symmetric and positive definite, and spoilt. */
static void solve(double matrix[ROW][ROW], double row[ROW])
{
	for (size_t i = 0; i < ROW; i++)
		for (size_t j = i + 1; j < ROW; j++) {
			double factor = matrix[j][i] / matrix[i][i];

			for (size_t k = i; k < ROW; k++)
				matrix[j][k] -= factor * matrix[i][k];
			row[j] -= factor * row[i];
		}
	for (size_t i = ROW; i-- > 0;) {
		for (size_t j = i + 1; j < ROW; j++)
			row[i] -= matrix[i][j] * row[j];
		row[i] /= matrix[i][i];
	}
}

static void transform_means(struct adaptation *adaptation)
{
	const struct codebooks *codebooks = &adaptation->codebooks;
	double row[ROW];

	for (size_t phone = 0; phone < codebooks->phones; phone++)
		for (size_t stream = 0; stream < STREAMS; stream++)
			for (size_t density = 0; density < codebooks->densities; density++) {
				size_t at = codebooks_at(codebooks, phone, stream, density);

				extended(row, codebooks->means + at);
				for (size_t d = 0; d < STREAM_LEN; d++) {
					double mean = 0;

					for (size_t i = 0; i < ROW; i++)
						mean += adaptation->transform[stream][d][i] * row[i];
					adaptation->means[at + d] = (float)mean;
				}
			}
}

void adaptation_keep(struct adaptation *adaptation)
{
	struct evidence *sum;

	if (!adaptation || !adaptation->heard.frames)
		return;
	/* Who is understood better without the transform is not whom it was made for. */
	if (adaptation->gain < 0)
		adaptation->kept = (struct evidence){0};
	add_scaled(&adaptation->kept, &adaptation->heard, 1);
	adaptation->heard = (struct evidence){0};
	sum = xcalloc(1, sizeof *sum);
	add_scaled(sum, &adaptation->kept, fmin(1, MOST_FRAMES / adaptation->kept.frames));
	adaptation->kept = *sum;
	add_scaled(sum, &adaptation->prior, PRIOR_FRAMES);
	for (size_t stream = 0; stream < STREAMS; stream++)
		for (size_t d = 0; d < STREAM_LEN; d++) {
			solve(sum->of_means[stream][d], sum->of_sound[stream][d]);
			memcpy(adaptation->transform[stream][d], sum->of_sound[stream][d],
				sizeof adaptation->transform[stream][d]);
		}
	free(sum);
	transform_means(adaptation);
	adaptation->version++;
}

unsigned adaptation_version(const struct adaptation *adaptation)
{
	return adaptation ? adaptation->version : 0;
}

double adaptation_gain(const struct adaptation *adaptation)
{
	return adaptation && adaptation->heard.frames ? adaptation->gain / adaptation->heard.frames : 0;
}

double adaptation_frames(const struct adaptation *adaptation)
{
	return adaptation ? adaptation->kept.frames : 0;
}

/* SphinxTrain's format: classes, streams, and of each its length, rotation, shift, and factors of the
 * variances. */
static void write_transform(const struct adaptation *adaptation, FILE *file)
{
	fprintf(file, "1\n%d\n", STREAMS);
	for (size_t stream = 0; stream < STREAMS; stream++) {
		fprintf(file, "%d\n", STREAM_LEN);
		for (size_t d = 0; d < STREAM_LEN; d++)
			for (size_t i = 0; i < STREAM_LEN; i++)
				fprintf(file, "%.7g ", adaptation->transform[stream][d][i]);
		for (size_t d = 0; d < STREAM_LEN; d++)
			fprintf(file, "%.7g ", adaptation->transform[stream][d][STREAM_LEN]);
		for (size_t d = 0; d < STREAM_LEN; d++)
			fputs("1 ", file);
		fputc('\n', file);
	}
}

/* libpocketsphinx takes a transform from a file alone. */
bool adaptation_apply(const struct adaptation *adaptation, ps_decoder_t *ps)
{
	int fd = memfd_create("mllr", MFD_CLOEXEC);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	ps_mllr_t *mllr = NULL;
	char path[64];

	if (!file) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	write_transform(adaptation, file);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (fflush(file) == 0)
		mllr = ps_mllr_read(path);
	fclose(file);
	/* Which is then the decoder's. */
	return mllr && ps_update_mllr(ps, mllr);
}
