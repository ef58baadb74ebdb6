/* A phone is its codebook here, with equal weights and without states: weights of the states found no better
 * transforms. libpocketsphinx takes one transform alone, of all phones and of silence, and reads the means it
 * is to move anew from the model's file: so it is shown another file, which is in memory, and told to move
 * nothing. */
#include "audio/adaptation.h"

#include "audio/regression.h"
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

#define PRIOR_FRAMES 400       /* of a voice that the model fits already */
#define CLASS_PRIOR_FRAMES 100 /* of a class of phones that what is known of all of them fits */
#define MOST_FRAMES 6000       /* older ones fade */
#define WORTHWHILE 0.02F       /* of a frame, to a Gaussian */
#define WORD_PHONES 64

/* Floats of the model's in a file of Sphinx's format (s3), in memory. */
struct s3_file {
	int fd;
	void *map;
	float *floats; /* in it */
};

struct adaptation {
	struct codebooks codebooks;
	fe_t *fe;
	struct evidence prior; /* a frame of it */
	struct evidence kept[PHONE_CLASSES];
	struct s3_file variances;
	struct s3_file means[2]; /* moved by what was kept, and by what would be if what was heard were */
	size_t now;              /* which is the former */
	unsigned version;
	/* Of what was heard last: */
	struct evidence heard[PHONE_CLASSES], next[PHONE_CLASSES]; /* to be kept with it */
	double frames, gain; /* log likelihood, less that without transforms */
};

/* Means, and variances. */
static size_t float_count(const struct codebooks *codebooks)
{
	return codebooks_at(codebooks, codebooks->phones, 0, 0);
}

static const char s3_head[] = "s3\nversion 1.0\n  endhdr\n";

#define S3_SIZES 8
#define S3_HEAD_LEN (sizeof s3_head - 1 + S3_SIZES * sizeof(uint32_t))

static size_t s3_len(const struct codebooks *codebooks)
{
	return S3_HEAD_LEN + float_count(codebooks) * sizeof(float);
}

/* False: there is no memory for it. */
static bool s3_file_init(struct s3_file *file, const struct codebooks *codebooks)
{
	uint32_t sizes[S3_SIZES] = {0x11223344, (uint32_t)codebooks->phones, STREAMS,
		(uint32_t)codebooks->densities, STREAM_LEN, STREAM_LEN, STREAM_LEN,
		(uint32_t)float_count(codebooks)};

	file->fd = memfd_create("s3", MFD_CLOEXEC);
	if (file->fd < 0 || ftruncate(file->fd, (off_t)s3_len(codebooks)) != 0)
		return false;
	file->map = mmap(NULL, s3_len(codebooks), PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
	if (file->map == MAP_FAILED)
		return false;
	memcpy(file->map, s3_head, sizeof s3_head - 1);
	memcpy((char *)file->map + sizeof s3_head - 1, sizes, sizeof sizes);
	file->floats = (float *)(void *)((char *)file->map + S3_HEAD_LEN);
	return true;
}

static void s3_file_done(struct s3_file *file, const struct codebooks *codebooks)
{
	if (file->floats)
		munmap(file->map, s3_len(codebooks));
	if (file->fd >= 0)
		close(file->fd);
}

/* What would be seen of a voice that sits on all the Gaussians' means. */
static void set_prior(struct adaptation *adaptation)
{
	const struct codebooks *codebooks = &adaptation->codebooks;
	struct evidence *sum = xcalloc(1, sizeof *sum);

	for (size_t phone = 0; phone < codebooks->phones; phone++) {
		if (codebooks_class(codebooks, phone) == PHONE_CLASSES)
			continue;
		for (size_t stream = 0; stream < STREAMS; stream++)
			for (size_t density = 0; density < codebooks->densities; density++) {
				size_t at = codebooks_at(codebooks, phone, stream, density);

				evidence_add_gaussian(sum, stream, codebooks->means + at,
					codebooks->precisions + at, codebooks->means + at, 1);
			}
		sum->frames += (double)codebooks->densities;
	}
	evidence_add(&adaptation->prior, sum, 1 / sum->frames);
	free(sum);
}

struct adaptation *adaptation_new(ps_decoder_t *ps)
{
	struct adaptation *adaptation = xcalloc(1, sizeof *adaptation);
	struct codebooks *codebooks = &adaptation->codebooks;

	adaptation->variances.fd = adaptation->means[0].fd = adaptation->means[1].fd = -1;
	if (codebooks_read(codebooks, ps) && s3_file_init(&adaptation->variances, codebooks) &&
		s3_file_init(&adaptation->means[0], codebooks) &&
		s3_file_init(&adaptation->means[1], codebooks))
		adaptation->fe = fe_init_auto_r(cmd_ln_retain(ps_get_config(ps)));
	if (!adaptation->fe) {
		adaptation_free(adaptation);
		return NULL;
	}
	for (size_t i = 0; i < float_count(codebooks); i++) {
		adaptation->variances.floats[i] = 1 / codebooks->precisions[i];
		adaptation->means[0].floats[i] = codebooks->means[i];
	}
	set_prior(adaptation);
	return adaptation;
}

void adaptation_free(struct adaptation *adaptation)
{
	if (!adaptation)
		return;
	s3_file_done(&adaptation->variances, &adaptation->codebooks);
	s3_file_done(&adaptation->means[0], &adaptation->codebooks);
	s3_file_done(&adaptation->means[1], &adaptation->codebooks);
	codebooks_done(&adaptation->codebooks);
	if (adaptation->fe)
		fe_free(adaptation->fe);
	free(adaptation);
}

static const float *means_now(const struct adaptation *adaptation)
{
	return adaptation->means[adaptation->now].floats;
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
		shares[i] = density_of(codebooks, means_now(adaptation), first + i * STREAM_LEN, sound);
		best = fmaxf(best, shares[i]);
	}
	for (size_t i = 0; i < count; i++)
		sum += shares[i] = expf(shares[i] - best);
	for (size_t i = 0; i < count; i++) {
		size_t at = first + i * STREAM_LEN;

		if (shares[i] / sum >= WORTHWHILE)
			evidence_add_gaussian(&adaptation->heard[codebooks_class(codebooks, phone)], stream,
				codebooks->means + at, codebooks->precisions + at, sound,
				(double)(shares[i] / sum));
	}
	free(shares);
}

static void learn_frame(struct adaptation *adaptation, size_t phone, mfcc_t **frame)
{
	const struct codebooks *codebooks = &adaptation->codebooks;

	adaptation->gain += (double)(nearest(codebooks, means_now(adaptation), phone, frame) -
		nearest(codebooks, codebooks->means, phone, frame));
	for (size_t stream = 0; stream < STREAMS; stream++)
		learn_stream(adaptation, phone, stream, frame[stream]);
	adaptation->heard[codebooks_class(codebooks, phone)].frames++;
	adaptation->frames++;
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
			if (t < i || frame_count - t < n - i)
				best[i] = -INFINITY;
			else
				best[i] += nearest(
					&adaptation->codebooks, means_now(adaptation), phones[i], frames[t]);
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

static double frames_of(const struct evidence evidence[PHONE_CLASSES])
{
	double sum = 0;

	for (size_t i = 0; i < PHONE_CLASSES; i++)
		sum += evidence[i].frames;
	return sum;
}

/* What was kept and what was heard: or the latter alone, as who is explained better without the transforms is
 * not whom they were made for. */
static void set_next(struct adaptation *adaptation)
{
	double kept = adaptation->gain < 0 ? 0 : frames_of(adaptation->kept), all = kept + adaptation->frames;
	double fading = fmin(1, MOST_FRAMES / all);

	memset(adaptation->next, 0, sizeof adaptation->next);
	for (size_t i = 0; i < PHONE_CLASSES; i++) {
		if (kept)
			evidence_add(&adaptation->next[i], &adaptation->kept[i], fading);
		evidence_add(&adaptation->next[i], &adaptation->heard[i], fading);
	}
}

/* Silence is moved as all phones are: what distorts speech is around it, too. */
static void move_next(struct adaptation *adaptation)
{
	const struct codebooks *codebooks = &adaptation->codebooks;
	struct transform transforms[PHONE_CLASSES + 1], *all = &transforms[PHONE_CLASSES];
	struct evidence *sum = xcalloc(1, sizeof *sum);
	float *moved = adaptation->means[!adaptation->now].floats;

	set_next(adaptation);
	for (size_t i = 0; i < PHONE_CLASSES; i++)
		evidence_add(sum, &adaptation->next[i], 1);
	transform_solve(all, sum, &adaptation->prior, PRIOR_FRAMES, &transform_identity);
	free(sum);
	for (size_t i = 0; i < PHONE_CLASSES; i++)
		transform_solve(
			&transforms[i], &adaptation->next[i], &adaptation->prior, CLASS_PRIOR_FRAMES, all);
	for (size_t phone = 0; phone < codebooks->phones; phone++)
		for (size_t stream = 0; stream < STREAMS; stream++)
			for (size_t density = 0; density < codebooks->densities; density++) {
				size_t at = codebooks_at(codebooks, phone, stream, density);

				transform_mean(&transforms[codebooks_class(codebooks, phone)], stream,
					codebooks->means + at, moved + at);
			}
}

void adaptation_hear(struct adaptation *adaptation, ps_decoder_t *ps, const int16_t *samples, size_t count)
{
	feat_t *feat = ps_get_feat(ps);
	mfcc_t **cepstra = NULL, ***frames;
	int32 cepstrum_count = 0, frame_count;

	if (!adaptation)
		return;
	memset(adaptation->heard, 0, sizeof adaptation->heard);
	adaptation->frames = adaptation->gain = 0;
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
				frames + first, (size_t)last - (size_t)first + 1);
	}
	feat_array_free(frames);
	fe_free_2d(cepstra);
	if (adaptation->frames)
		move_next(adaptation);
}

void adaptation_keep(struct adaptation *adaptation)
{
	if (!adaptation || !adaptation->frames)
		return;
	memcpy(adaptation->kept, adaptation->next, sizeof adaptation->kept);
	adaptation->now = !adaptation->now;
	adaptation->version++;
	adaptation->frames = 0;
}

unsigned adaptation_version(const struct adaptation *adaptation)
{
	return adaptation ? adaptation->version : 0;
}

double adaptation_gain(const struct adaptation *adaptation)
{
	return adaptation && adaptation->frames ? adaptation->gain / adaptation->frames : 0;
}

double adaptation_frames(const struct adaptation *adaptation)
{
	return adaptation ? frames_of(adaptation->kept) : 0;
}

/* SphinxTrain's format: classes, streams, and of each its length, rotation, shift, and factors of the
 * variances. */
static void write_identity(FILE *file)
{
	fprintf(file, "1\n%d\n", STREAMS);
	for (size_t stream = 0; stream < STREAMS; stream++) {
		fprintf(file, "%d\n", STREAM_LEN);
		for (size_t i = 0; i < STREAM_LEN; i++)
			for (size_t j = 0; j < STREAM_LEN; j++)
				fputs(i == j ? "1 " : "0 ", file);
		for (size_t i = 0; i < STREAM_LEN; i++)
			fputs("0 ", file);
		for (size_t i = 0; i < STREAM_LEN; i++)
			fputs("1 ", file);
	}
}

#define PATH_LEN 64

static void fd_path(char path[PATH_LEN], int fd)
{
	snprintf(path, PATH_LEN, "/proc/self/fd/%d", fd);
}

static ps_mllr_t *identity(void)
{
	int fd = memfd_create("mllr", MFD_CLOEXEC);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	ps_mllr_t *mllr = NULL;
	char path[PATH_LEN];

	if (file) {
		write_identity(file);
		fd_path(path, fd);
		mllr = fflush(file) == 0 ? ps_mllr_read(path) : NULL;
		fclose(file);
	} else if (fd >= 0) {
		close(fd);
	}
	return mllr;
}

static void show(ps_decoder_t *ps, const char *part, const struct s3_file *file)
{
	char path[PATH_LEN];

	fd_path(path, file->fd);
	cmd_ln_set_str_extra_r(ps_get_config(ps), part, path);
}

bool adaptation_apply(const struct adaptation *adaptation, ps_decoder_t *ps)
{
	ps_mllr_t *mllr = identity();

	if (!mllr)
		return false;
	show(ps, "_mean", &adaptation->means[adaptation->now]);
	show(ps, "_var", &adaptation->variances);
	return ps_update_mllr(ps, mllr); /* whose it is from then on */
}
