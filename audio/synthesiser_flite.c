/* flite, embedded: a sentence at a time on libuv's pool. Its sound is handed over while it is made, so that
 * the first words sound while the last are still being computed. */
#include "audio/pronunciation.h"
#include "audio/resample.h"
#include "audio/synthesiser.h"

#include <flite/flite.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Of Debian's libflite1; it declares none of them. */
cst_voice *register_cmu_us_awb(const char *folder);
cst_voice *register_cmu_us_kal16(const char *folder);
cst_voice *register_cmu_us_rms(const char *folder);
cst_voice *register_cmu_us_slt(const char *folder);

static const struct {
	const char *name;
	cst_voice *(*make)(const char *folder);
} voices[] = {
	{"slt", register_cmu_us_slt}, /* the default */
	{"rms", register_cmu_us_rms},
	{"awb", register_cmu_us_awb},
	{"kal16", register_cmu_us_kal16},
};

#define VOICES (sizeof voices / sizeof *voices)

struct sentence {
	struct sentence *next;
	char *text;
	size_t voice;
	double speed;
	struct synthesis_listener listener;
	struct flite *flite;
	uv_work_t work;
	struct resampler *resampler;
	struct synthesis_word *words; /* found by the pool, with the first sound; told with it */
	size_t word_count;
	_Atomic bool forgotten; /* what is made of it is not told any more */
	bool failed;
};

/* Sound on its way from the pool to the loop. */
struct piece {
	struct piece *next;
	struct sentence *sentence;
	size_t count;
	float frames[];
};

struct flite {
	struct synthesiser synthesiser;
	uv_loop_t *loop;
	uv_async_t async;
	uv_mutex_t mutex; /* of the pieces */
	struct piece *pieces, **last_piece;
	struct sentence *first, **last; /* the first is being made */
	cst_voice *made[VOICES];        /* the pool's, while a sentence is made */
	bool working, closed;
};

static void sentence_free(struct sentence *sentence)
{
	resampler_free(sentence->resampler);
	free(sentence->text);
	free(sentence->words);
	free(sentence);
}

static void flite_add_piece(struct flite *flite, struct piece *piece)
{
	uv_mutex_lock(&flite->mutex);
	*flite->last_piece = piece;
	flite->last_piece = &piece->next;
	uv_mutex_unlock(&flite->mutex);
	uv_async_send(&flite->async);
}

/* Where flite's tokens end, in its seconds and in the text: file_pos has read one byte beyond. Marks that are
 * not spoken have no segment, and no end. */
static void flite_find_words(struct sentence *sentence, const cst_utterance *utterance)
{
	const cst_item *token = utterance && feat_present(utterance->relations, "Token")
		? relation_head(utt_relation(utterance, "Token"))
		: NULL;

	for (; token; token = item_next(token)) {
		const cst_item *spoken = item_last_daughter(token);
		float end_s = spoken
			? ffeature_float(spoken, "R:SylStructure.daughtern.daughtern.R:Segment.end")
			: 0;
		int position = item_feat_present(token, "file_pos") ? item_feat_int(token, "file_pos") : 0;

		if (end_s <= 0 || position <= 0)
			continue;
		sentence->words =
			xreallocarray(sentence->words, sentence->word_count + 1, sizeof *sentence->words);
		sentence->words[sentence->word_count++] =
			(struct synthesis_word){(uint64_t)(end_s * AUDIO_RATE_HZ), (size_t)position - 1};
	}
}

/* On the pool. wave is all there is so far, new is from start on. */
static int flite_made(
	const cst_wave *wave, int start, int size, int last, struct cst_audio_streaming_info_struct *info)
{
	struct sentence *sentence = info->userdata;
	float *in = xreallocarray(NULL, (size_t)size + 1, sizeof *in);
	struct piece *piece;
	const float *out;
	char *error = NULL;
	size_t n;

	if (!start)
		flite_find_words(sentence, info->utt);
	for (int i = 0; i < size; i++)
		in[i] = (float)wave->samples[start + i] / 32768;
	if (!sentence->resampler)
		sentence->resampler = resampler_new((unsigned)wave->sample_rate, 1, AUDIO_RATE_HZ, &error);
	free(error);
	sentence->failed = !sentence->resampler;
	n = sentence->failed ? 0 : resample(sentence->resampler, in, (size_t)size, last, &out);
	if (n) {
		piece = xmalloc(sizeof *piece + n * sizeof *piece->frames);
		*piece = (struct piece){.sentence = sentence, .count = n};
		memcpy(piece->frames, out, n * sizeof *out);
		flite_add_piece(sentence->flite, piece);
	}
	free(in);
	return sentence->failed || sentence->forgotten ? CST_AUDIO_STREAM_STOP : CST_AUDIO_STREAM_CONT;
}

/* On the pool, never two at a time. */
static void sentence_work(uv_work_t *work)
{
	struct sentence *sentence = work->data;
	cst_voice **voice = &sentence->flite->made[sentence->voice];
	cst_audio_streaming_info *info;
	cst_wave *wave;

	if (!*voice) {
		pronunciation_prepare();
		*voice = voices[sentence->voice].make(NULL);
	}
	if (!*voice || sentence->forgotten) {
		sentence->failed = !*voice;
		return;
	}
	info = new_audio_streaming_info();
	info->asc = flite_made;
	info->userdata = sentence;
	feat_set((*voice)->features, "streaming_info", audio_streaming_info_val(info));
	feat_set_float((*voice)->features, "duration_stretch", (float)(1 / sentence->speed));
	wave = flite_text_to_wave(sentence->text, *voice);
	sentence->failed = sentence->failed || !wave;
	/* Voices that do not stream give all at once. */
	if (wave && !sentence->resampler)
		flite_made(wave, 0, wave->num_samples, 1, info);
	if (wave)
		delete_wave(wave);
	feat_remove((*voice)->features, "streaming_info");
}

static void flite_next(struct flite *flite);

static void flite_gone(uv_handle_t *handle)
{
	struct flite *flite = handle->data;

	uv_mutex_destroy(&flite->mutex);
	free(flite);
}

static void flite_tell_words(struct sentence *sentence)
{
	const struct synthesis_listener *listener = &sentence->listener;

	if (sentence->word_count && listener->words)
		listener->words(listener->ctx, sentence->words, sentence->word_count);
	sentence->word_count = 0;
}

static void flite_tell_pieces(struct flite *flite)
{
	struct piece *piece;

	uv_mutex_lock(&flite->mutex);
	piece = flite->pieces;
	flite->pieces = NULL;
	flite->last_piece = &flite->pieces;
	uv_mutex_unlock(&flite->mutex);
	while (piece) {
		struct piece *next = piece->next;
		struct sentence *sentence = piece->sentence;

		if (!sentence->forgotten)
			flite_tell_words(sentence);
		if (!sentence->forgotten)
			sentence->listener.sound(sentence->listener.ctx, piece->frames, piece->count);
		free(piece);
		piece = next;
	}
}

static void flite_arrived(uv_async_t *async)
{
	flite_tell_pieces(async->data);
}

static void sentence_made(uv_work_t *work, int status)
{
	struct sentence *sentence = work->data;
	struct flite *flite = sentence->flite;

	(void)status;
	flite_tell_pieces(flite);
	flite->working = false;
	flite->first = sentence->next;
	if (!flite->first)
		flite->last = &flite->first;
	if (!sentence->forgotten)
		sentence->listener.ended(sentence->listener.ctx,
			sentence->failed ? "flite could not say it; try another voice, or --synthesiser none"
					 : NULL);
	sentence_free(sentence);
	if (flite->closed)
		uv_close((uv_handle_t *)&flite->async, flite_gone);
	else
		flite_next(flite);
}

static void flite_next(struct flite *flite)
{
	struct sentence *sentence = flite->first;

	if (!sentence || flite->working)
		return;
	flite->working = true;
	sentence->work.data = sentence;
	uv_queue_work(flite->loop, &sentence->work, sentence_work, sentence_made);
}

static struct synthesiser *flite_open(const struct synthesiser_options *options, char **error)
{
	struct flite *flite = xcalloc(1, sizeof *flite);

	(void)error;
	flite->loop = options->loop;
	flite->last = &flite->first;
	flite->last_piece = &flite->pieces;
	uv_mutex_init(&flite->mutex);
	uv_async_init(options->loop, &flite->async, flite_arrived);
	uv_unref((uv_handle_t *)&flite->async);
	flite->async.data = flite;
	return &flite->synthesiser;
}

static size_t voice_index(const char *name)
{
	for (size_t i = 0; name && i < VOICES; i++)
		if (strcasecmp(voices[i].name, name) == 0)
			return i;
	return 0;
}

static void flite_speak(struct synthesiser *synthesiser, const struct synthesis *synthesis,
	const struct synthesis_listener *listener)
{
	struct flite *flite = (struct flite *)synthesiser;
	struct sentence *sentence = xcalloc(1, sizeof *sentence);

	sentence->text = xstrdup(synthesis->text);
	sentence->voice = voice_index(synthesis->voice);
	sentence->speed = synthesis->speed > 0 ? fmin(fmax(synthesis->speed, 0.25), 4) : 1;
	sentence->listener = *listener;
	sentence->flite = flite;
	*flite->last = sentence;
	flite->last = &sentence->next;
	flite_next(flite);
}

static void flite_hush(struct synthesiser *synthesiser)
{
	struct flite *flite = (struct flite *)synthesiser;
	struct sentence *waiting = flite->first;

	if (flite->working) {
		waiting->forgotten = true;
		waiting = waiting->next;
		flite->first->next = NULL;
		flite->last = &flite->first->next;
	} else {
		flite->first = NULL;
		flite->last = &flite->first;
	}
	while (waiting) {
		struct sentence *next = waiting->next;

		sentence_free(waiting);
		waiting = next;
	}
}

static void flite_close(struct synthesiser *synthesiser)
{
	struct flite *flite = (struct flite *)synthesiser;

	flite_hush(synthesiser);
	flite->closed = true;
	if (!flite->working)
		uv_close((uv_handle_t *)&flite->async, flite_gone);
}

static const char *const flite_voices[] = {"slt", "rms", "awb", "kal16", NULL};

const struct synthesiser_ops synthesiser_flite = {
	.name = "flite",
	.title = "flite",
	.summary = "a voice that is built in",
	.open = flite_open,
	.speak = flite_speak,
	.hush = flite_hush,
	.close = flite_close,
	.voices = flite_voices,
};
