/* Any server that answers OpenAI's `POST /audio/speech`: a sentence at a time, its sound told while it comes.
 * A sentence that is longer than servers take is asked for in pieces. A voice that the server refuses is
 * replaced by the one that is set, and is not asked for again. */
#include "audio/speech_sound.h"
#include "audio/synthesiser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX_CHARACTERS 4096
#define ANSWER_BYTES ((size_t)64 << 20)

struct sentence {
	struct sentence *next;
	char *text, *voice;
	double speed;
	struct synthesis_listener listener;
	size_t asked, piece;        /* bytes of the text: behind us, and of the piece that is asked for */
	struct speech_sound *sound; /* of the piece */
};

struct synthesiser_http {
	struct synthesiser synthesiser;
	struct service *service;
	const struct service_settings *settings;
	struct sentence *first, **last; /* the first is being spoken */
	struct sentence *hushed;        /* it was told of sound when it was hushed */
	bool telling, closed;
	char *refused; /* a voice; NULL: none was */
	struct service_call *call;
	char *body; /* the call's */
	uv_timer_t timer;
};

static void sentence_free(struct sentence *sentence)
{
	speech_sound_free(sentence->sound);
	free(sentence->text);
	free(sentence->voice);
	free(sentence);
}

static void on_timer(uv_timer_t *timer);

/* Goes on from the loop's next pass. */
static void go_on(struct synthesiser_http *http)
{
	if (!http->closed && !http->call)
		uv_timer_start(&http->timer, on_timer, 0, 0);
}

/* Of the first, which is forgotten. */
static void tell_ended(struct synthesiser_http *http, const char *error)
{
	struct sentence *sentence = http->first;
	struct synthesis_listener listener = sentence->listener;

	http->first = sentence->next;
	if (!http->first)
		http->last = &http->first;
	sentence_free(sentence);
	go_on(http);
	listener.ended(listener.ctx, error);
}

static void on_sound(void *ctx, const float *frames, size_t count)
{
	struct synthesiser_http *http = ctx;

	if (!http->hushed)
		http->first->listener.sound(http->first->listener.ctx, frames, count);
}

/* What was hushed meanwhile is freed, now that nobody speaks for it; true: it was. */
static bool told(struct synthesiser_http *http)
{
	struct sentence *hushed = http->hushed;

	http->telling = false;
	http->hushed = NULL;
	if (hushed)
		sentence_free(hushed);
	return hushed;
}

static void fail(struct synthesiser_http *http, const char *what)
{
	char *error = xasprintf("%s answered with %s, not with sound as pcm or wav; is this a speech server? "
				"speech.speechModel and speech.baseUrl say which",
		service_url(http->service), what);

	tell_ended(http, error);
	free(error);
}

static void on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct synthesiser_http *http = ctx;

	http->telling = true;
	speech_sound_feed(http->first->sound, bytes, len);
	told(http);
}

/* How much of the text goes into the next piece: whole sentences if it can be, else whole words. */
static size_t piece_length(const char *text)
{
	size_t len = 0, characters = 0, word = 0, full = 0;

	while (text[len] && characters < INPUT_MAX_CHARACTERS) {
		if (text[len] == ' ' || text[len] == '\n') {
			word = len;
			if (len && strchr(".!?;:", text[len - 1]))
				full = len;
		}
		do
			len++;
		while (((unsigned char)text[len] & 0xc0) == 0x80);
		characters++;
	}
	return !text[len] ? len : full ? full : word ? word : len;
}

static const char *voice_of(const struct synthesiser_http *http, const struct sentence *sentence)
{
	if (!sentence->voice || (http->refused && !strcmp(http->refused, sentence->voice)))
		return http->settings->voice;
	return sentence->voice;
}

static char *make_body(const struct synthesiser_http *http, const struct sentence *sentence)
{
	cJSON *json = cJSON_CreateObject();
	char *input = xstrndup(sentence->text + sentence->asked, sentence->piece), *body;

	cJSON_AddStringToObject(json, "model", http->settings->speech_model);
	cJSON_AddStringToObject(json, "input", input);
	cJSON_AddStringToObject(json, "voice", voice_of(http, sentence));
	cJSON_AddStringToObject(json, "response_format", "pcm");
	if (fabs(sentence->speed - 1) > 1e-6)
		cJSON_AddNumberToObject(json, "speed", sentence->speed);
	body = json_print(json);
	cJSON_Delete(json);
	free(input);
	return body;
}

static void on_done(void *ctx, const struct service_answer *answer);

static void ask(struct synthesiser_http *http)
{
	struct sentence *sentence = http->first;
	struct service_listener listener = {on_bytes, on_done, http};
	struct service_question question = {
		.what = "speech",
		.content_type = "application/json",
		.accept = "*/*",
		.model = http->settings->speech_model,
		.max_bytes = ANSWER_BYTES,
	};
	char *error = NULL;

	speech_sound_free(sentence->sound);
	sentence->sound = speech_sound_new(http->settings->pcm_rate, on_sound, http, &error);
	if (!sentence->sound) {
		tell_ended(http, error);
		free(error);
		return;
	}
	free(http->body);
	http->body = make_body(http, sentence);
	question.body = http->body;
	question.body_len = strlen(http->body);
	http->call = service_ask(http->service, &question, &listener);
}

/* A voice may be another service's: the workflow was made for one that has it. */
static bool ask_with_another_voice(struct synthesiser_http *http, const struct service_answer *answer)
{
	const char *voice = voice_of(http, http->first);

	if ((answer->status != 400 && answer->status != 404 && answer->status != 422) ||
		voice == http->settings->voice || !strcmp(voice, http->settings->voice))
		return false;
	free(http->refused);
	http->refused = xstrdup(voice);
	ask(http);
	return true;
}

static void on_done(void *ctx, const struct service_answer *answer)
{
	struct synthesiser_http *http = ctx;
	struct sentence *sentence = http->first;
	const char *why;
	bool is_sound;

	http->call = NULL;
	if (answer->error) {
		if (!ask_with_another_voice(http, answer))
			tell_ended(http, answer->error);
		return;
	}
	http->telling = true;
	is_sound = speech_sound_end(sentence->sound, &why);
	if (told(http)) {
		go_on(http);
		return;
	}
	sentence->asked += sentence->piece;
	if (!is_sound)
		fail(http, why);
	else if (sentence->text[sentence->asked])
		go_on(http);
	else
		tell_ended(http, NULL);
}

static void on_timer(uv_timer_t *timer)
{
	struct synthesiser_http *http = timer->data;
	struct sentence *sentence = http->first;

	if (http->closed || http->call || !sentence)
		return;
	sentence->asked += strspn(sentence->text + sentence->asked, " \t\r\n");
	sentence->piece = piece_length(sentence->text + sentence->asked);
	if (sentence->piece)
		ask(http);
	else
		tell_ended(http, NULL);
}

static struct synthesiser *synthesiser_http_open(const struct synthesiser_options *options, char **error)
{
	const struct service_settings *settings = options->service;
	const struct service_options service = {options->loop, options->clock, options->executor,
		options->redactor, options->logger, settings};
	struct synthesiser_http *http = xcalloc(1, sizeof *http);

	http->service = service_new(&service, settings ? settings->speech_path : "", error);
	if (!http->service) {
		free(http);
		return NULL;
	}
	http->settings = settings;
	http->last = &http->first;
	uv_timer_init(options->loop, &http->timer);
	http->timer.data = http;
	return &http->synthesiser;
}

static void synthesiser_http_speak(struct synthesiser *synthesiser, const struct synthesis *synthesis,
	const struct synthesis_listener *listener)
{
	struct synthesiser_http *http = (struct synthesiser_http *)synthesiser;
	struct sentence *sentence = xcalloc(1, sizeof *sentence);

	sentence->text = xstrdup(synthesis->text);
	sentence->voice = xstrdup_null(synthesis->voice);
	sentence->speed = synthesis->speed > 0 ? fmin(fmax(synthesis->speed, 0.25), 4) : 1;
	sentence->listener = *listener;
	*http->last = sentence;
	http->last = &sentence->next;
	go_on(http);
}

static void synthesiser_http_hush(struct synthesiser *synthesiser)
{
	struct synthesiser_http *http = (struct synthesiser_http *)synthesiser;

	service_cancel(http->call);
	http->call = NULL;
	if (http->telling && !http->hushed && http->first) {
		http->hushed = http->first;
		http->first = http->first->next;
	}
	while (http->first) {
		struct sentence *sentence = http->first;

		http->first = sentence->next;
		sentence_free(sentence);
	}
	http->last = &http->first;
}

static void on_closed(uv_handle_t *handle)
{
	struct synthesiser_http *http = handle->data;

	service_free(http->service);
	free(http->refused);
	free(http->body);
	free(http);
}

static void synthesiser_http_close(struct synthesiser *synthesiser)
{
	struct synthesiser_http *http = (struct synthesiser_http *)synthesiser;

	synthesiser_http_hush(synthesiser);
	http->closed = true;
	uv_close((uv_handle_t *)&http->timer, on_closed);
}

static const char *const no_voices[] = {NULL};

const struct synthesiser_ops synthesiser_http = {
	.name = "http",
	.title = "Speech server",
	.summary = "a server that answers OpenAI's /audio/speech",
	.open = synthesiser_http_open,
	.speak = synthesiser_http_speak,
	.hush = synthesiser_http_hush,
	.close = synthesiser_http_close,
	.voices = no_voices,
};
