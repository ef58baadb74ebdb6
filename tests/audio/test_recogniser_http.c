/* The `http` recogniser and a server that plays a script: what is sent, what comes of every answer, and that
 * nobody ever sees the key. How long it takes is in test_recogniser_http_time.c. */
#include "tests/audio/recogniser_rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(recogniser_http, what_is_sent_and_what_comes_of_it, .timeout = 30)
{
	struct hearing hearing;
	const char *request, *wav;
	size_t size;
	int16_t peak = 0;

	hearing_init(&hearing);
	hearing.service.settings.transcription_model = "tiny.en";
	hearing.vocabulary = vocabulary_new("de-AT");
	vocabulary_add_phrase(hearing.vocabulary, "Zimmer, bitte");
	vocabulary_add_value(hearing.vocabulary, "room", "Frühstück");
	hearing_open(&hearing);
	script_answer(hearing.service.rig.server, 200, "application/json", "X-Request-Id: req-7\r\n",
		"{\"text\":\" Guten Tag\",\"segments\":[{\"text\":\" Guten "
		"Tag\",\"start\":0,\"end\":1,\"avg_logprob\":-0.5}]}");
	hearing_hear(&hearing);
	cr_expect_str_eq(hearing.text, "Guten Tag");
	cr_expect_str_eq(hearing.request_id, "req-7");
	cr_expect_float_eq(hearing.confidence, 0.6065, 0.001);
	cr_expect_float_eq(hearing.audio_ms, 300, 0.1);
	cr_expect_eq(hearing.ready, 1);
	request = script_request(hearing.service.rig.server, 0);
	cr_expect_eq(strncmp(request, "POST /v1/audio/transcriptions HTTP/1.1\r\n", 40), 0, "%s", request);
	cr_expect(strstr(request, "Authorization: Bearer " SERVICE_TEST_KEY "\r\n"));
	cr_expect_str_eq(service_field(&hearing.service, 0, "model", NULL), "tiny.en");
	cr_expect_str_eq(service_field(&hearing.service, 0, "language", NULL), "de");
	cr_expect_str_eq(service_field(&hearing.service, 0, "response_format", NULL), "verbose_json");
	cr_expect_str_eq(service_field(&hearing.service, 0, "prompt", NULL), "Zimmer, bitte, Frühstück");
	cr_expect(memmem(request, script_request_bytes(hearing.service.rig.server, 0),
		"name=\"file\"; filename=\"utterance.wav\"\r\nContent-Type: audio/wav\r\n", 64));
	wav = service_field(&hearing.service, 0, "file", &size);
	cr_assert_eq(size, 44 + 2 * 4800);
	cr_expect_arr_eq(wav,
		"RIFF\xa4\x25\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0data\x80\x25\0\0",
		44);
	for (size_t i = 44; i < size; i += 2) {
		int16_t sample;

		memcpy(&sample, wav + i, 2);
		peak = sample > peak ? sample : peak;
	}
	/* A sine of -12 dBFS has its peak 3 dB above. */
	cr_expect(peak > 11400 && peak < 11800, "%d", peak);
	hearing_done(&hearing);
}

Test(recogniser_http, without_key_language_and_words, .timeout = 30)
{
	struct hearing hearing;

	hearing_init(&hearing);
	hearing.service.settings.key = "";
	hearing.service.settings.transcription_path = "/inference";
	strcat(hearing.service.url, "/");
	hearing_open(&hearing);
	hearing_answers(&hearing, 200, SAYS("hi"));
	hearing_hear(&hearing);
	cr_expect_str_eq(hearing.text, "hi");
	cr_expect_lt(hearing.confidence, 0);
	cr_expect_null(hearing.request_id);
	cr_expect_eq(
		strncmp(script_request(hearing.service.rig.server, 0), "POST /v1/inference HTTP", 23), 0);
	cr_expect_null(strstr(script_request(hearing.service.rig.server, 0), "Authorization"));
	cr_expect_str_eq(service_field(&hearing.service, 0, "language", NULL), "");
	cr_expect_str_eq(service_field(&hearing.service, 0, "prompt", NULL), "");
	hearing_done(&hearing);
}

/* Everything that may come instead of a transcript, in one message each. */
Test(recogniser_http, errors, .timeout = 60)
{
	static const struct {
		int status;
		const char *type, *body;
		const char *says[3]; /* all stand in it */
		size_t requests;
		const char *comment;
	} rows[] = {
		{401, "application/json",
			"{\"error\":{\"message\":\"Incorrect API key: " SERVICE_TEST_KEY "\"}}",
			{"answered 401: Incorrect API key: [redacted]", "look at TESTPANEL_SPEECH_API_KEY"},
			1, "a wrong key, told back"},
		{403, "text/html", "<html><body><h1>Forbidden</h1>\n region</body></html>",
			{"answered 403: Forbidden region"}, 1, "a page"},
		{404, "application/json", "{\"error\":{\"message\":\"no model m\",\"code\":null}}",
			{"answered 404: no model m", "often ends in /v1", "\"whisper-1\""}, 1, "a model"},
		{404, "text/plain", "File Not Found (/v1/audio/transcriptions)",
			{"File Not Found", "TESTPANEL_SPEECH_BASE_URL"}, 1, "whisper.cpp with another path"},
		{405, "application/json", "{\"detail\":\"Method Not Allowed\"}",
			{"answered 405: Method Not Allowed"}, 1, "FastAPI"},
		{413, NULL, "", {"answered 413: it says no more", "say less"}, 1, "no body"},
		{415, "application/json", "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\"}]}",
			{"answered 415", "field required"}, 1, "a list"},
		{418, "application/json", "{\"message\":\"short\"}", {"answered 418", ": short"}, 1,
			"a bare message"},
		{400, "application/json", "{\"error\":\"failed to read audio data\"}",
			{"answered 400 Bad Request: failed to read audio data"}, 2,
			"whisper.cpp, asked in both forms"},
		{429, "application/json",
			"{\"error\":{\"message\":\"You have no credit\",\"type\":\"insufficient_quota\"}}",
			{"answered 429: You have no credit", "billing"}, 1, "a quota"},
		{429, "application/json", "{\"error\":{\"message\":\"slow down\"}}",
			{"answered 429: slow down", "ask less often"}, 3, "a rate"},
		{500, "application/json", "{\"error\":\"failed to process audio\"}",
			{"answered 500 Internal Server Error: failed to process audio"}, 3, "whisper.cpp"},
		{503, "application/json", "{\"status\":\"loading model\"}",
			{"answered 503: {\"status\":\"loading model\"}", "has loaded its model"}, 3,
			"it loads"},
		{502, "text/html", "<!DOCTYPE html><title>502</title><p>Bad\tGateway", {"502 Bad Gateway"}, 3,
			"a proxy's"},
		{504, "text/plain", "\xff\xfe\x01binary", {"answered 504"}, 3, "no text"},
		{200, "application/json", "{\"text\":", {"the answer is not JSON", "it begins: {\"text\":"},
			1, "cut JSON"},
		{200, "text/html", "<html>Welcome</html>",
			{"the answer is not JSON", "it begins: Welcome", "is this a transcription server?"},
			1, "a web server"},
		{200, "application/json", "{\"result\":\"hi\"}", {"has no \"text\"", "{\"result\":\"hi\"}"},
			1, "another service"},
		{200, "application/json", "{\"error\":\"out of memory\"}",
			{"has no \"text\"", "it begins: out of memory"}, 1, "an error that is well"},
		{200, NULL, "", {"the answer is not JSON", "it says no more"}, 1, "nothing"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hearing hearing;

		hearing_init(&hearing);
		hearing_open(&hearing);
		script_answer(hearing.service.rig.server, rows[i].status, rows[i].type, "", rows[i].body);
		hearing_hear(&hearing);
		cr_assert(hearing.error, "%s", rows[i].comment);
		cr_expect(
			strstr(hearing.error, hearing.service.url), "%s: %s", rows[i].comment, hearing.error);
		cr_expect_null(strchr(hearing.error, '\n'));
		for (size_t s = 0; s < 3 && rows[i].says[s]; s++)
			cr_expect(strstr(hearing.error, rows[i].says[s]), "%s: %s", rows[i].comment,
				hearing.error);
		cr_expect_eq(hearing_requests(&hearing), rows[i].requests, "%s: %zu requests",
			rows[i].comment, hearing_requests(&hearing));
		/* It is none of the next one's. */
		script_clear(hearing.service.rig.server);
		hearing_answers(&hearing, 200, SAYS("again"));
		hearing_hear(&hearing);
		cr_expect(hearing.text && !strcmp(hearing.text, "again"), "%s: %s", rows[i].comment,
			hearing.error);
		hearing_done(&hearing);
	}
}

Test(recogniser_http, connections, .timeout = 60)
{
	static const struct {
		const char *bytes; /* NULL: nothing is said */
		enum script_then then;
		const char *says;
		size_t requests;
		const char *comment;
	} rows[] = {
		{NULL, SCRIPT_CLOSE, "is it still running?", 3, "closed without a word"},
		{NULL, SCRIPT_RESET, "is it still running?", 3, "reset"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"text\":\"hal", SCRIPT_RESET,
			"is it still running?", 3, "reset within the answer"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"text\":\"hal", SCRIPT_CLOSE,
			"is it still running?", 3, "cut"},
		{"SSH-2.0-OpenSSH_9.2\r\n", SCRIPT_CLOSE, "is it still running?", 3, "no HTTP at all"},
		{NULL, SCRIPT_KEEP, "speech.timeouts allows more", 1, "dead"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"text\":\"hal", SCRIPT_KEEP,
			"speech.timeouts allows more", 1, "it stalls"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hearing hearing;

		hearing_init(&hearing);
		hearing.service.settings.first_byte_ms = hearing.service.settings.stall_ms = 100;
		hearing_open(&hearing);
		script_raw(hearing.service.rig.server, rows[i].bytes, rows[i].then);
		hearing_hear(&hearing);
		cr_assert(hearing.error, "%s: %s", rows[i].comment, hearing.text);
		cr_expect(strstr(hearing.error, rows[i].says), "%s: %s", rows[i].comment, hearing.error);
		cr_expect_eq(hearing_requests(&hearing), rows[i].requests, "%s: %zu requests",
			rows[i].comment, hearing_requests(&hearing));
		hearing_done(&hearing);
	}
}

Test(recogniser_http, nobody_is_there, .timeout = 30)
{
	struct hearing hearing;

	hearing_init(&hearing);
	hearing.service.settings.base_url = "http://user:passw0rdpassw0rd@127.0.0.1:1/v1?token=hushhushhush";
	hearing_open(&hearing);
	hearing_hear(&hearing);
	cr_assert(hearing.error);
	cr_expect(strstr(hearing.error, "127.0.0.1:1/v1/audio/transcriptions") &&
			strstr(hearing.error, "is the speech service running there?"),
		"%s", hearing.error);
	cr_expect(!strstr(hearing.error, "passw0rd") && !strstr(hearing.error, "hushhush"), "%s",
		hearing.error);
	hearing_done(&hearing);
}

Test(recogniser_http, a_huge_answer, .timeout = 30)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"text\":\"";
	size_t len = sizeof head - 1 + ((size_t)9 << 20);
	char *bytes = xmalloc(len);
	struct hearing hearing;

	memset(bytes, 'a', len);
	memcpy(bytes, head, sizeof head - 1);
	hearing_init(&hearing);
	hearing_open(&hearing);
	script_raw_bytes(hearing.service.rig.server, bytes, len, SCRIPT_CLOSE);
	hearing_hear(&hearing);
	cr_assert(hearing.error);
	cr_expect(strstr(hearing.error, "is it a speech service?"), "%s", hearing.error);
	free(bytes);
	hearing_done(&hearing);
}

/* A server that knows json alone is asked for it once in vain. */
Test(recogniser_http, verbose_json_is_refused, .timeout = 30)
{
	static const char *const formats[] = {"verbose_json", "json", "json", "json"};
	struct hearing hearing;

	hearing_init(&hearing);
	hearing_open(&hearing);
	hearing_answers(&hearing, 400,
		"{\"error\":{\"message\":\"response_format 'verbose_json' is not compatible\"}}");
	hearing_answers(&hearing, 200, SAYS("one"));
	hearing_answers(&hearing, 200, SAYS("two"));
	hearing_answers(&hearing, 400, "{\"error\":\"too short\"}");
	for (int i = 0; i < 3; i++)
		hearing_hear(&hearing);
	cr_expect_str_eq(buffer_text(&hearing.all), "one|two|!|");
	cr_assert_eq(hearing_requests(&hearing), 4);
	for (size_t i = 0; i < 4; i++)
		cr_expect_str_eq(
			service_field(&hearing.service, i, "response_format", NULL), formats[i], "%zu", i);
	hearing_done(&hearing);
}

/* What it refuses in either form is not the form's fault. */
Test(recogniser_http, a_refusal_of_both_is_not_remembered, .timeout = 30)
{
	struct hearing hearing;

	hearing_init(&hearing);
	hearing_open(&hearing);
	hearing_answers(&hearing, 400, "{\"error\":\"bad file\"}");
	hearing_answers(&hearing, 400, "{\"error\":\"bad file\"}");
	hearing_answers(&hearing, 200, SAYS("well"));
	hearing_hear(&hearing);
	hearing_hear(&hearing);
	cr_expect_str_eq(buffer_text(&hearing.all), "!|well|");
	cr_expect_str_eq(service_field(&hearing.service, 2, "response_format", NULL), "verbose_json");
	hearing_done(&hearing);
}

Test(recogniser_http, too_long_for_a_server, .timeout = 30)
{
	struct hearing hearing;
	float *minute;

	hearing_init(&hearing);
	hearing_open(&hearing);
	minute = xcalloc((size_t)60 * AUDIO_RATE_HZ, sizeof *minute);
	for (int i = 0; i < 14; i++)
		recogniser_hear(hearing.recogniser, minute, (size_t)60 * AUDIO_RATE_HZ);
	free(minute);
	recogniser_end(hearing.recogniser, true);
	rig_wait(&hearing.service.rig, &hearing.got);
	cr_assert(hearing.error);
	cr_expect(strstr(hearing.error, "over 13 minutes"), "%s", hearing.error);
	cr_expect_eq(hearing_requests(&hearing), 0);
	hearing_done(&hearing);
}

Test(recogniser_http, what_cannot_be_opened)
{
	static const struct {
		const char *url, *key, *says;
	} rows[] = {
		{NULL, NULL, "set TESTPANEL_SPEECH_BASE_URL or speech.baseUrl"},
		{"localhost:8000", NULL, "must begin with http:// or https://"},
		{"http://u:passw0rdpassw0rd@:99999", NULL, "it is written as http://localhost:8000/v1"},
		{"http://localhost", "two words", "white space"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hearing hearing;
		struct recogniser_options options = {.clock = &clock_system};
		struct recogniser_listener listener = {0};
		char *error = NULL;

		hearing_init(&hearing);
		options.loop = &hearing.service.rig.loop;
		options.executor = hearing.service.rig.executor;
		options.redactor = hearing.service.rig.redactor;
		options.service = &hearing.service.settings;
		hearing.service.settings.base_url = rows[i].url;
		hearing.service.settings.key = rows[i].key;
		cr_expect_null(recogniser_open(&recogniser_http, &options, &listener, &error));
		cr_assert(error && strstr(error, rows[i].says), "%s", error);
		cr_expect(!strstr(error, "passw0rd"), "%s", error);
		free(error);
		hearing.close = true;
		hearing_done(&hearing);
	}
}
