/* A header is collected until it is whole; behind it samples are told as they come, the odd byte of one kept
 * for the next. */
#include "audio/speech_sound.h"
#include "audio/resample.h"
#include "audio/source.h"

#include "executor/executor.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_BYTES 16        /* of an answer, to tell what it is */
#define HEADER_MAX_BYTES 4096 /* until the samples of a WAV begin */
#define BLOCK_FRAMES 2048
#define LENGTH_MAX 0x7ffffff0u /* of samples; who streams does not know it, and writes more, or nothing */

enum speech_state {
	SPEECH_PROBE,
	SPEECH_HEADER, /* of a WAV */
	SPEECH_SAMPLES,
	SPEECH_REFUSED,
};

struct speech_sound {
	enum speech_state state;
	struct buffer head;
	unsigned channels;
	struct resampler *resampler;
	unsigned char partial[2]; /* of a sample */
	bool has_partial, any;
	size_t left; /* bytes of samples, where a header tells; SIZE_MAX: all there are */
	float block[BLOCK_FRAMES];
	size_t filled;
	const char *why;
	speech_sound_cb told;
	void *ctx;
};

struct speech_sound *speech_sound_new(unsigned rate, speech_sound_cb told, void *ctx, char **error)
{
	struct resampler *resampler = resampler_new(rate, 1, AUDIO_RATE_HZ, error);
	struct speech_sound *sound;

	if (!resampler)
		return NULL;
	sound = xcalloc(1, sizeof *sound);
	sound->resampler = resampler;
	sound->channels = 1;
	sound->left = SIZE_MAX;
	sound->told = told;
	sound->ctx = ctx;
	buffer_init(&sound->head, HEADER_MAX_BYTES);
	return sound;
}

void speech_sound_free(struct speech_sound *sound)
{
	if (!sound)
		return;
	resampler_free(sound->resampler);
	buffer_done(&sound->head);
	free(sound);
}

static bool refuse(struct speech_sound *sound, const char *why)
{
	sound->state = SPEECH_REFUSED;
	sound->why = why;
	return false;
}

static void flush(struct speech_sound *sound, bool last)
{
	const float *out;
	size_t n = resample(sound->resampler, sound->block, sound->filled / sound->channels, last, &out);

	sound->filled = 0;
	if (n)
		sound->told(sound->ctx, out, n);
}

static void add_sample(struct speech_sound *sound, unsigned char low, unsigned char high)
{
	if (sound->filled == BLOCK_FRAMES / sound->channels * sound->channels)
		flush(sound, false);
	sound->block[sound->filled++] = (float)(int16_t)(low | high << 8) / 32768;
	sound->any = true;
}

static void add_samples(struct speech_sound *sound, const unsigned char *bytes, size_t len)
{
	if (len > sound->left)
		len = sound->left;
	if (sound->left != SIZE_MAX)
		sound->left -= len;
	if (len && sound->has_partial) {
		add_sample(sound, sound->partial[0], *bytes++);
		len--;
		sound->has_partial = false;
	}
	for (; len >= 2; len -= 2, bytes += 2)
		add_sample(sound, bytes[0], bytes[1]);
	if (len) {
		sound->partial[0] = *bytes;
		sound->has_partial = true;
	}
	/* Whole frames only: the channels of one are not torn apart. */
	if (sound->filled && sound->filled % sound->channels == 0)
		flush(sound, false);
}

static unsigned le(const unsigned char *at, int bytes)
{
	unsigned value = 0;

	while (bytes--)
		value = value << 8 | at[bytes];
	return value;
}

/* What the "fmt " chunk says. */
static bool read_format(struct speech_sound *sound, const unsigned char *at, size_t len)
{
	unsigned format = len >= 16 ? le(at, 2) : 0;
	struct resampler *resampler;
	char *error = NULL;

	if (format == 0xfffe && len >= 26) /* extensible: the format itself stands in its GUID */
		format = le(at + 24, 2);
	if (format != 1 || le(at + 14, 2) != 16)
		return refuse(sound, "a WAV of another kind than 16-bit PCM");
	sound->channels = le(at + 2, 2);
	resampler = sound->channels && sound->channels <= 8
		? resampler_new(le(at + 4, 4), sound->channels, AUDIO_RATE_HZ, &error)
		: NULL;
	free(error);
	if (!resampler)
		return refuse(sound, "a WAV with a strange rate or number of channels");
	resampler_free(sound->resampler);
	sound->resampler = resampler;
	return true;
}

/* Walks the chunks as far as they are there; behind the head of "data" the samples begin. */
static bool read_header(struct speech_sound *sound)
{
	const unsigned char *head = (const unsigned char *)sound->head.data;
	size_t at = 12, len = sound->head.len;
	bool formatted = false;

	while (at + 8 <= len) {
		size_t size = le(head + at + 4, 4);

		if (!memcmp(head + at, "data", 4)) {
			if (!formatted)
				return refuse(sound, "a WAV without a format");
			sound->state = SPEECH_SAMPLES;
			if (size && size < LENGTH_MAX)
				sound->left = size;
			add_samples(sound, head + at + 8, len - at - 8);
			return true;
		}
		if (size > HEADER_MAX_BYTES)
			return refuse(sound, "a WAV with a broken header");
		if (at + 8 + size > len)
			break;
		if (!memcmp(head + at, "fmt ", 4)) {
			formatted = true;
			if (!read_format(sound, head + at + 8, size))
				return false;
		}
		at += 8 + size + size % 2;
	}
	return true;
}

static bool is_words(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((bytes[i] >= ' ' && bytes[i] < 0x7f) || strchr("\t\r\n", bytes[i])) || !bytes[i])
			return false;
	return true;
}

/* A frame of MPEG audio, layer III: sync, and no reserved bit rate or sampling rate. */
static bool is_mp3(const unsigned char *b)
{
	return b[0] == 0xff && (b[1] & 0xe6) == 0xe2 && (b[2] & 0xf0) != 0xf0 && (b[2] & 0xf0) &&
		(b[2] & 0x0c) != 0x0c;
}

static bool begin(struct speech_sound *sound)
{
	static const struct {
		const char *magic, *what;
	} formats[] = {{"ID3", "MP3"}, {"OggS", "Ogg"}, {"fLaC", "FLAC"}};
	const char *head = sound->head.data;
	size_t len = sound->head.len;

	if (len >= 12 && !memcmp(head, "RIFF", 4) && !memcmp(head + 8, "WAVE", 4)) {
		sound->state = SPEECH_HEADER;
		return read_header(sound);
	}
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (!strncmp(head, formats[i].magic, strlen(formats[i].magic)))
			return refuse(sound, formats[i].what);
	if (is_words(head, len))
		return refuse(sound, "words");
	if (len >= 4 && is_mp3((const unsigned char *)head))
		return refuse(sound, "MP3");
	sound->state = SPEECH_SAMPLES;
	add_samples(sound, (const unsigned char *)head, len);
	return true;
}

bool speech_sound_feed(struct speech_sound *sound, const char *bytes, size_t len)
{
	size_t room = HEADER_MAX_BYTES - sound->head.len, n = len < room ? len : room;

	if (sound->state == SPEECH_SAMPLES)
		add_samples(sound, (const unsigned char *)bytes, len);
	if (sound->state == SPEECH_SAMPLES || sound->state == SPEECH_REFUSED)
		return sound->state == SPEECH_SAMPLES;
	buffer_append(&sound->head, bytes, n);
	if (sound->state == SPEECH_PROBE && sound->head.len >= PROBE_BYTES)
		begin(sound);
	else if (sound->state == SPEECH_HEADER)
		read_header(sound);
	if (sound->state == SPEECH_HEADER && n < len)
		refuse(sound, "a WAV with a broken header");
	return n == len ? sound->state != SPEECH_REFUSED : speech_sound_feed(sound, bytes + n, len - n);
}

bool speech_sound_end(struct speech_sound *sound, const char **why)
{
	if (sound->state == SPEECH_PROBE && sound->head.len)
		begin(sound);
	if (sound->state == SPEECH_SAMPLES)
		flush(sound, true);
	*why = sound->why ? sound->why : "no sound";
	return sound->state == SPEECH_SAMPLES && sound->any;
}
