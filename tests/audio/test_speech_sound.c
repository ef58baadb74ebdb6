/* Bytes of a speech server as sound: wherever they are torn, bare or as WAV, and what is none. */
#include "audio/speech_sound.h"
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct told {
	float *frames;
	size_t count;
};

static void on_told(void *ctx, const float *frames, size_t count)
{
	struct told *told = ctx;

	told->frames = xreallocarray(told->frames, told->count + count, sizeof *frames);
	memcpy(told->frames + told->count, frames, count * sizeof *frames);
	told->count += count;
}

/* In pieces of that many bytes. Returns whether it is sound. */
static bool hear(
	struct told *told, unsigned rate, const char *bytes, size_t len, size_t piece, const char **why)
{
	char *error = NULL;
	struct speech_sound *sound = speech_sound_new(rate, on_told, told, &error);
	bool is;

	cr_assert(sound, "%s", error);
	for (size_t at = 0; at < len; at += piece) {
		/* A copy of its own, so that reading over its end is seen. */
		size_t n = len - at < piece ? len - at : piece;
		char *copy = xmalloc(n);

		memcpy(copy, bytes + at, n);
		speech_sound_feed(sound, copy, n);
		free(copy);
	}
	is = speech_sound_end(sound, why);
	speech_sound_free(sound);
	return is;
}

/* A quarter of a second of 440 Hz, full half. */
static size_t tone(char *bytes, unsigned rate, unsigned channels)
{
	size_t frames = rate / 4;

	for (size_t i = 0; i < frames * channels; i++) {
		int sample = (int)(16384 * sin(2 * M_PI * 440 * (double)(i / channels) / rate));

		bytes[2 * i] = (char)(sample & 0xff);
		bytes[2 * i + 1] = (char)(sample >> 8 & 0xff);
	}
	return 2 * frames * channels;
}

static size_t put(char *at, unsigned value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (char)(value >> 8 * i);
	return (size_t)bytes;
}

/* A header with a chunk that nobody knows, of odd length; size: what "data" says. */
static size_t header(
	char *at, unsigned rate, unsigned channels, unsigned format, unsigned bits, unsigned size)
{
	size_t n = 0;

	memcpy(at, "RIFF\0\0\0\0WAVELIST\3\0\0\0abc\0fmt \x10\0\0\0", 12 + 12 + 8);
	n = 12 + 12 + 8;
	n += put(at + n, format, 2);
	n += put(at + n, channels, 2);
	n += put(at + n, rate, 4);
	n += put(at + n, rate * channels * bits / 8, 4);
	n += put(at + n, channels * bits / 8, 2);
	n += put(at + n, bits, 2);
	memcpy(at + n, "data", 4);
	n += 4;
	n += put(at + n, size, 4);
	return n;
}

static void expect_tone(const struct told *told, const char *comment, size_t piece)
{
	cr_expect(labs((long)told->count - AUDIO_RATE_HZ / 4) < 20, "%s by %zu: %zu frames", comment, piece,
		told->count);
	cr_expect(fabs(sound_level(told->frames, told->count) - -9.03) < 0.3, "%s by %zu: %g dBFS", comment,
		piece, sound_level(told->frames, told->count));
}

Test(speech_sound, wherever_it_is_torn)
{
	static const struct {
		unsigned bare, rate, channels; /* bare 0: a WAV */
		unsigned size;                 /* what it says of its length; 1: what it is */
		const char *comment;
	} rows[] = {
		{24000, 24000, 1, 0, "bare, 24 kHz"},
		{16000, 16000, 1, 0, "bare, 16 kHz"},
		{0, 24000, 1, 0xffffffff, "a WAV that is streamed"},
		{0, 22050, 1, 0, "one without a length"},
		{0, 44100, 2, 1, "stereo"},
		{0, 16000, 1, 1, "16 kHz"},
		{0, 48000, 6, 0xffffffff, "six channels"},
	};
	static const size_t pieces[] = {1, 3, 7, 44, 1000, 1001, 1 << 20};
	char *bytes = xmalloc(1 << 20);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
			unsigned sound = rows[i].rate / 4 * rows[i].channels * 2;
			size_t head = rows[i].bare ? 0
						   : header(bytes, rows[i].rate, rows[i].channels, 1, 16,
							     rows[i].size == 1 ? sound : rows[i].size);
			size_t len = head + tone(bytes + head, rows[i].rate, rows[i].channels);
			struct told told = {0};
			const char *why;

			/* What stands behind the samples is none. */
			if (rows[i].size == 1) {
				memset(bytes + len, 0x7f, 500);
				len += 500;
			}
			cr_assert(
				hear(&told, rows[i].bare ? rows[i].bare : 24000, bytes, len, pieces[p], &why),
				"%s by %zu: %s", rows[i].comment, pieces[p], why);
			expect_tone(&told, rows[i].comment, pieces[p]);
			free(told.frames);
		}
	free(bytes);
}

Test(speech_sound, is_none)
{
	char wav[6][80], broken[5000] = "RIFF\0\0\0\0WAVEjunk\xff\xff\0\0", blown[5000];
	const struct {
		const char *bytes;
		size_t len;
		const char *why, *comment;
	} rows[] = {
		{"", 0, "no sound", "nothing"},
		{"\1", 1, "no sound", "half a sample"},
		{"{\"error\":\"x\"}", 13, "words", "JSON"},
		{"<html><body>Bad Gateway</body></html>", 37, "words", "a page"},
		{"no", 2, "words", "two letters"},
		{"ID3\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, "MP3", "MP3 with a tag"},
		{"\xff\xfb\x90\x64\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, "MP3", "MP3"},
		{"OggS\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, "Ogg", "Ogg"},
		{"fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\0\0", 20, "FLAC", "FLAC"},
		{wav[0], header(wav[0], 24000, 1, 3, 32, 100), "another kind than 16-bit", "floats"},
		{wav[1], header(wav[1], 24000, 1, 1, 8, 100), "another kind than 16-bit", "bytes"},
		{wav[2], header(wav[2], 5, 1, 1, 16, 100), "strange rate", "5 Hz"},
		{wav[3], header(wav[3], 24000, 0, 1, 16, 100), "strange rate", "no channel"},
		{wav[4], header(wav[4], 24000, 1, 1, 16, 100), "no sound", "a header alone"},
		{wav[5], header(wav[5], 24000, 1, 1, 16, 100) - 20, "no sound", "a header that is cut"},
		{"RIFF\0\0\0\0WAVEdata\0\0\0\0\1\2\3\4", 24, "without a format", "no format"},
		{broken, sizeof broken, "broken header", "a chunk without end"},
		{blown, sizeof blown, "broken header", "chunks without end"},
	};

	memcpy(blown, "RIFF\0\0\0\0WAVE", 12);
	for (size_t at = 12; at + 8 <= sizeof blown; at += 8)
		memcpy(blown + at, "junk\0\0\0\0", 8);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t piece = 1; piece <= sizeof broken; piece += sizeof broken - 1) {
			struct told told = {0};
			const char *why = NULL;

			cr_expect_not(hear(&told, 24000, rows[i].bytes, rows[i].len, piece, &why), "%s",
				rows[i].comment);
			cr_expect(why && strstr(why, rows[i].why), "%s by %zu: %s", rows[i].comment, piece,
				why);
			cr_expect_eq(told.count, 0, "%s", rows[i].comment);
			free(told.frames);
		}
}

Test(speech_sound, a_rate_that_is_none)
{
	char *error = NULL;

	cr_expect_null(speech_sound_new(5, on_told, NULL, &error));
	cr_expect(error && strstr(error, "5 Hz"), "%s", error);
	free(error);
}
