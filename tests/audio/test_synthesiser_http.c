/* The `http` voice and a server that plays a script: what is asked, sound while it comes, silence at once,
 * and every answer that is no sound. */
#include "tests/audio/service_rig.h"
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: audio/pcm\r\nConnection: close\r\n\r\n"
#define FRAMES 24000 /* a second of the server's */

struct saying {
	struct service_rig service;
	struct synthesiser *synthesiser;
	size_t frames, pieces, ended, failed;
	size_t frames_at_end[8];
	double level_sum;
	char *error;
	bool got;
	enum {
		GO_ON,
		HUSH,
		CLOSE,
		HUSH_AND_SPEAK
	} then; /* with the first sound */
	bool closed;
};

static void speak(struct saying *saying, const char *text, const char *voice, double speed);

static void on_sound(void *ctx, const float *frames, size_t count)
{
	struct saying *saying = ctx;

	saying->got = true;
	uv_stop(&saying->service.rig.loop);
	saying->frames += count;
	saying->level_sum += pow(10, sound_level(frames, count) / 10) * (double)count;
	if (saying->pieces++ || saying->then == GO_ON)
		return;
	if (saying->then == CLOSE) {
		saying->closed = true;
		synthesiser_close(saying->synthesiser);
		return;
	}
	synthesiser_hush(saying->synthesiser);
	if (saying->then == HUSH_AND_SPEAK)
		speak(saying, "Something else.", NULL, 1);
}

static void on_ended(void *ctx, const char *error)
{
	struct saying *saying = ctx;

	saying->got = true;
	uv_stop(&saying->service.rig.loop);
	if (saying->ended < 8)
		saying->frames_at_end[saying->ended] = saying->frames;
	saying->ended++;
	saying->failed += error != NULL;
	service_expect_no_key(&saying->service, error);
	if (error) {
		free(saying->error);
		saying->error = xstrdup(error);
	}
}

static void speak(struct saying *saying, const char *text, const char *voice, double speed)
{
	const struct synthesis synthesis = {.text = text, .voice = voice, .speed = speed};
	const struct synthesis_listener listener = {.sound = on_sound, .ended = on_ended, .ctx = saying};
	size_t before = saying->pieces + saying->ended;

	synthesiser_speak(saying->synthesiser, &synthesis, &listener);
	cr_expect_eq(saying->pieces + saying->ended, before, "from the loop");
}

static void saying_init(struct saying *saying)
{
	*saying = (struct saying){0};
	service_rig_init(&saying->service);
}

static void saying_open(struct saying *saying)
{
	const struct rig *rig = &saying->service.rig;
	struct synthesiser_options options = {.loop = &saying->service.rig.loop,
		.clock = &clock_system,
		.executor = rig->executor,
		.redactor = rig->redactor,
		.logger = rig->logger,
		.service = &saying->service.settings};
	char *error = NULL;

	saying->synthesiser = synthesiser_open(&synthesiser_http, &options, &error);
	cr_assert(saying->synthesiser, "%s", error);
}

static void saying_done(struct saying *saying)
{
	if (!saying->closed)
		synthesiser_close(saying->synthesiser);
	service_rig_done(&saying->service);
	free(saying->error);
}

static void wait_for(struct saying *saying, size_t ended)
{
	while (saying->ended < ended) {
		saying->got = false;
		rig_wait(&saying->service.rig, &saying->got);
	}
}

/* An answer with that many frames of a tone at 24 kHz, an odd byte less where it is torn. */
static void sounds(struct saying *saying, size_t frames, enum script_then then)
{
	size_t head = strlen(HEAD), len = head + 2 * frames;
	char *bytes = xmalloc(len);

	memcpy(bytes, HEAD, head);
	for (size_t i = 0; i < frames; i++) {
		int sample = (int)(16384 * sin(2 * M_PI * 440 * (double)i / 24000));

		bytes[head + 2 * i] = (char)(sample & 0xff);
		bytes[head + 2 * i + 1] = (char)(sample >> 8 & 0xff);
	}
	script_raw_bytes(saying->service.rig.server, bytes, len, then);
	free(bytes);
}

static cJSON *request(const struct saying *saying, size_t i)
{
	const char *body = strstr(script_request(saying->service.rig.server, i), "\r\n\r\n");
	cJSON *json = body ? json_parse(body + 4, strlen(body + 4), NULL) : NULL;

	cr_assert(json, "request %zu: %s", i, script_request(saying->service.rig.server, i));
	return json;
}

static size_t requests(const struct saying *saying)
{
	return script_requests(saying->service.rig.server);
}

static void expect_seconds(const struct saying *saying, double seconds)
{
	cr_expect(fabs((double)saying->frames - seconds * AUDIO_RATE_HZ) < 50 * seconds, "%zu frames",
		saying->frames);
	cr_expect_float_eq(10 * log10(saying->level_sum / (double)saying->frames), -9.03, 0.2);
}

Test(synthesiser_http, what_is_asked_and_what_sounds, .timeout = 30)
{
	struct saying saying;
	const char *head;
	cJSON *json;

	saying_init(&saying);
	saying.service.settings.voice = "nova";
	saying.service.settings.speech_model = "kokoro";
	saying_open(&saying);
	sounds(&saying, FRAMES, SCRIPT_CLOSE);
	speak(&saying, " \"Gr\xc3\xbc\xc3\x9f Gott!\"\n", NULL, 1);
	speak(&saying, "Quickly.", "onyx", 9);
	wait_for(&saying, 2);
	cr_expect_null(saying.error, "%s", saying.error);
	expect_seconds(&saying, 2);
	cr_expect_float_eq((double)saying.frames_at_end[0], AUDIO_RATE_HZ, 50, "each for itself");
	head = script_request(saying.service.rig.server, 0);
	cr_expect_eq(strncmp(head, "POST /v1/audio/speech HTTP/1.1\r\n", 32), 0, "%s", head);
	cr_expect(strstr(head, "Authorization: Bearer " SERVICE_TEST_KEY "\r\n"));
	json = request(&saying, 0);
	cr_expect_str_eq(json_string(json, "model", ""), "kokoro");
	cr_expect_str_eq(json_string(json, "voice", ""), "nova");
	cr_expect_str_eq(json_string(json, "input", ""), "\"Gr\xc3\xbc\xc3\x9f Gott!\"\n");
	cr_expect_str_eq(json_string(json, "response_format", ""), "pcm");
	cr_expect_null(json_get(json, "speed"), "servers need not know it");
	cJSON_Delete(json);
	json = request(&saying, 1);
	cr_expect_str_eq(json_string(json, "voice", ""), "onyx");
	cr_expect_eq(json_number(json, "speed", 0), 4);
	cJSON_Delete(json);
	saying_done(&saying);
}

/* The first sound is there before the last byte is. */
Test(synthesiser_http, it_sounds_while_it_comes, .timeout = 30)
{
	struct saying saying;

	saying_init(&saying);
	saying.service.settings.stall_ms = saying.service.settings.first_byte_ms = 0;
	saying_open(&saying);
	sounds(&saying, FRAMES, SCRIPT_KEEP);
	speak(&saying, "On and on.", NULL, 1);
	rig_wait(&saying.service.rig, &saying.got);
	cr_expect_gt(saying.frames, 0);
	cr_expect_eq(saying.ended, 0, "the server has not ended");
	saying_done(&saying);
	cr_expect_eq(saying.ended, 0);
}

/* In two pieces, wherever: a sample's two bytes may be in either. */
Test(synthesiser_http, torn_anywhere, .timeout = 30)
{
	for (size_t at = 0; at < 6; at++) {
		struct saying saying;

		saying_init(&saying);
		saying_open(&saying);
		sounds(&saying, FRAMES / 4, SCRIPT_CLOSE);
		script_split(saying.service.rig.server, strlen(HEAD) + at * 333);
		speak(&saying, "Torn.", NULL, 1);
		wait_for(&saying, 1);
		cr_expect_null(saying.error, "%s", saying.error);
		expect_seconds(&saying, 0.25);
		saying_done(&saying);
	}
}

Test(synthesiser_http, hushed, .timeout = 30)
{
	struct saying saying;

	for (int then = HUSH; then <= HUSH_AND_SPEAK; then++) {
		saying_init(&saying);
		saying_open(&saying);
		saying.then = then;
		sounds(&saying, 10 * FRAMES, SCRIPT_KEEP);
		sounds(&saying, FRAMES, SCRIPT_CLOSE);
		speak(&saying, "This is being said.", NULL, 1);
		speak(&saying, "This waits.", NULL, 1);
		rig_wait(&saying.service.rig, &saying.got);
		cr_expect_eq(saying.pieces, 1, "nothing more of what came with it");
		if (then == HUSH_AND_SPEAK) {
			cJSON *json;

			wait_for(&saying, 1);
			json = request(&saying, 1);
			cr_expect_str_eq(json_string(json, "input", ""), "Something else.");
			cJSON_Delete(json);
			cr_expect_gt(saying.frames, AUDIO_RATE_HZ - 100);
		} else {
			rig_settle(&saying.service.rig);
			cr_expect_eq(saying.ended, 0);
			cr_expect_eq(requests(&saying), 1);
			cr_expect_eq(script_open(saying.service.rig.server), 0, "the transfer ends at once");
		}
		saying_done(&saying);
	}
}

Test(synthesiser_http, hushed_before_anything_came, .timeout = 30)
{
	struct saying saying;

	saying_init(&saying);
	saying_open(&saying);
	script_raw(saying.service.rig.server, NULL, SCRIPT_KEEP);
	speak(&saying, "Not heard.", NULL, 1);
	synthesiser_hush(saying.synthesiser);
	rig_settle(&saying.service.rig);
	cr_expect_eq(requests(&saying), 0);
	speak(&saying, "Not heard either.", NULL, 1);
	rig_settle(&saying.service.rig);
	cr_expect_eq(requests(&saying), 1);
	synthesiser_hush(saying.synthesiser);
	script_clear(saying.service.rig.server);
	sounds(&saying, FRAMES, SCRIPT_CLOSE);
	speak(&saying, "Heard.", NULL, 1);
	wait_for(&saying, 1);
	expect_seconds(&saying, 1);
	saying_done(&saying);
}

/* Over 4,096 characters, of whatever bytes: cut between sentences, else between words, and told as one. */
Test(synthesiser_http, long_texts, .timeout = 30)
{
	static const struct {
		const char *unit;
		size_t times, pieces;
		const char *ends; /* of each piece but the last */
	} rows[] = {
		{"Gr\xc3\xbc\xc3\x9f Gott allerseits. ", 500, 3, "."},
		{"weiter ", 1000, 2, "weiter"},
		{"\xf0\x9f\x98\x80", 4097, 2, "\xf0\x9f\x98\x80"},
		{"a", 4096, 1, ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct saying saying;
		struct buffer text, heard;

		buffer_init(&text, 100000);
		buffer_init(&heard, 100000);
		for (size_t n = 0; n < rows[i].times; n++)
			buffer_append_str(&text, rows[i].unit);
		saying_init(&saying);
		saying_open(&saying);
		sounds(&saying, FRAMES / 10, SCRIPT_CLOSE);
		speak(&saying, buffer_text(&text), NULL, 1);
		wait_for(&saying, 1);
		cr_expect_null(saying.error, "%s", saying.error);
		cr_assert_eq(requests(&saying), rows[i].pieces, "%s: %zu", rows[i].unit, requests(&saying));
		expect_seconds(&saying, 0.1 * (double)rows[i].pieces);
		for (size_t p = 0; p < rows[i].pieces; p++) {
			cJSON *json = request(&saying, p);
			const char *input = json_string(json, "input", ""), *end = rows[i].ends;

			if (p + 1 < rows[i].pieces)
				cr_expect(strlen(input) > strlen(end) &&
						!strcmp(input + strlen(input) - strlen(end), end),
					"%s", input);
			buffer_appendf(&heard, "%s%s", p && *end != '\xf0' ? " " : "", input);
			cJSON_Delete(json);
		}
		cr_expect_str_eq(buffer_text(&heard), buffer_text(&text));
		buffer_done(&text);
		buffer_done(&heard);
		saying_done(&saying);
	}
}

Test(synthesiser_http, nothing_to_say, .timeout = 30)
{
	struct saying saying;

	saying_init(&saying);
	saying_open(&saying);
	speak(&saying, "", NULL, 1);
	speak(&saying, " \n\t", NULL, 1);
	wait_for(&saying, 2);
	cr_expect_null(saying.error);
	cr_expect_eq(requests(&saying), 0);
	saying_done(&saying);
}

Test(synthesiser_http, errors, .timeout = 60)
{
	static const struct {
		int status;
		const char *type, *body;
		const char *says[2];
		size_t requests;
		const char *comment;
	} rows[] = {
		{401, "application/json", "{\"error\":{\"message\":\"bad key " SERVICE_TEST_KEY "\"}}",
			{"answered 401: bad key [redacted]", "TESTPANEL_SPEECH_API_KEY"}, 1, "a key"},
		{400, "application/json", "{\"detail\":{\"error\":\"x\",\"message\":\"Unsupported model\"}}",
			{"answered 400 Bad Request: Unsupported model"}, 1, "an object as detail"},
		{404, "text/html", "<h1>Not Found</h1>", {"answered 404: Not Found", "\"gpt-4o-mini-tts\""},
			1, "a page"},
		{500, "text/plain", "Internal Server Error", {"answered 500"}, 3, "text"},
		{503, NULL, "", {"answered 503: it says no more"}, 3, "nothing"},
		{200, "application/json", "{\"error\":\"no voice\"}", {"answered with words"}, 1, "JSON"},
		{200, "text/html", "<html>login</html>", {"answered with words", "is this a speech server?"},
			1, "a web server"},
		{200, "audio/mpeg", "ID3\x04 tag and frames", {"answered with MP3"}, 1,
			"MP3 in spite of all"},
		{200, "audio/pcm", "", {"answered with no sound"}, 1, "no sound"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct saying saying;

		saying_init(&saying);
		saying_open(&saying);
		script_answer(saying.service.rig.server, rows[i].status, rows[i].type, "", rows[i].body);
		speak(&saying, "Hello.", NULL, 1);
		wait_for(&saying, 1);
		cr_assert(saying.error, "%s", rows[i].comment);
		cr_expect(strstr(saying.error, saying.service.url), "%s", saying.error);
		for (size_t s = 0; s < 2 && rows[i].says[s]; s++)
			cr_expect(strstr(saying.error, rows[i].says[s]), "%s: %s", rows[i].comment,
				saying.error);
		cr_expect_eq(
			requests(&saying), rows[i].requests, "%s: %zu", rows[i].comment, requests(&saying));
		cr_expect_eq(saying.frames, 0);
		script_clear(saying.service.rig.server);
		sounds(&saying, FRAMES, SCRIPT_CLOSE);
		speak(&saying, "And on.", NULL, 1);
		wait_for(&saying, 2);
		cr_expect_eq(saying.failed, 1, "the next one is said");
		saying_done(&saying);
	}
}

/* What has begun to sound is not begun again. */
Test(synthesiser_http, it_breaks_off, .timeout = 30)
{
	struct saying saying;
	char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n";
	char bytes[sizeof head + 4000] = {0};

	memcpy(bytes, head, sizeof head - 1);
	saying_init(&saying);
	saying_open(&saying);
	script_raw_bytes(saying.service.rig.server, bytes, sizeof bytes, SCRIPT_KEEP);
	saying.service.settings.stall_ms = 100;
	speak(&saying, "Hello.", NULL, 1);
	rig_wait(&saying.service.rig, &saying.got);
	cr_expect_gt(saying.frames, 0);
	synthesiser_close(saying.synthesiser);
	saying_open(&saying);
	script_clear(saying.service.rig.server);
	script_raw_bytes(saying.service.rig.server, bytes, sizeof bytes, SCRIPT_CLOSE);
	script_split(saying.service.rig.server, sizeof bytes / 2);
	saying.frames = 0;
	speak(&saying, "Hello.", NULL, 1);
	wait_for(&saying, 1);
	cr_assert(saying.error);
	cr_expect(strstr(saying.error, "is it still running?"), "%s", saying.error);
	cr_expect_gt(saying.frames, 0);
	cr_expect_eq(requests(&saying), 2);
	saying_done(&saying);
}

Test(synthesiser_http, busy_and_then_there, .timeout = 30)
{
	struct saying saying;

	saying_init(&saying);
	saying_open(&saying);
	script_raw(saying.service.rig.server, NULL, SCRIPT_RESET);
	script_answer(saying.service.rig.server, 503, NULL, "", "");
	sounds(&saying, FRAMES, SCRIPT_CLOSE);
	speak(&saying, "Hello.", NULL, 1);
	wait_for(&saying, 1);
	cr_expect_null(saying.error, "%s", saying.error);
	expect_seconds(&saying, 1);
	cr_expect_eq(requests(&saying), 3);
	saying_done(&saying);
}

/* A workflow's voice may be another service's. */
Test(synthesiser_http, a_voice_it_does_not_have, .timeout = 30)
{
	static const char *const voices[] = {"EXAVITQu4vr4xnSDxMaL", "alloy", "alloy", "onyx"};
	struct saying saying;

	saying_init(&saying);
	saying_open(&saying);
	script_answer(saying.service.rig.server, 400, "application/json", "",
		"{\"error\":{\"message\":\"unknown voice\"}}");
	sounds(&saying, FRAMES, SCRIPT_CLOSE);
	speak(&saying, "One.", voices[0], 1);
	speak(&saying, "Two.", voices[0], 1);
	speak(&saying, "Three.", voices[3], 1);
	wait_for(&saying, 3);
	cr_expect_null(saying.error, "%s", saying.error);
	cr_assert_eq(requests(&saying), 4);
	for (size_t i = 0; i < 4; i++) {
		cJSON *json = request(&saying, i);

		cr_expect_str_eq(json_string(json, "voice", ""), voices[i]);
		cJSON_Delete(json);
	}
	saying_done(&saying);
}
