/* Any server that answers OpenAI's `POST /audio/transcriptions`, asked with the whole utterance once it has
 * ended: one at a time, in their order, since whisper.cpp's server has but one decoder. It is asked for
 * segments (verbose_json), which tell what was invented; a server that refuses those is asked for plain json
 * from then on. */
#include "audio/multipart.h"
#include "audio/recogniser.h"
#include "audio/transcription.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WAV_HEADER_BYTES 44
#define SOUND_MAX_BYTES ((size_t)24 << 20) /* of an utterance: servers take 25 MB; thirteen minutes */
#define SHORTEST_MS 100                    /* servers refuse less: nobody has said anything in it */
#define PROMPT_BYTES 800                   /* Whisper reads 224 tokens */
#define ANSWER_BYTES ((size_t)8 << 20)

/* An utterance that nobody was told of yet. */
struct said {
	struct said *next;
	struct buffer wav; /* with room for its header */
	bool ended, too_long;
	uint64_t ended_ns;
};

struct recogniser_http {
	struct recogniser recogniser;
	const struct clock *clock;
	struct service *service;
	char *model, *prompt, language[3]; /* prompt NULL, language "": not said */
	struct said *first, **last;        /* the first is asked about, the last is being heard */
	struct service_call *call;
	char *body, type[MULTIPART_TYPE_SIZE]; /* the call's */
	bool plain, plain_call;                /* json instead of verbose_json */
	bool ready, closed;
	uv_timer_t timer; /* what is told without asking is told from the loop, too */
};

static void put_le(unsigned char *at, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (unsigned char)(value >> 8 * i);
}

/* RIFF WAVE, PCM of 16 bits, mono. */
static void write_header(unsigned char *header, size_t data_bytes)
{
	memcpy(header, "RIFF....WAVEfmt ", 16);
	put_le(header + 4, (uint32_t)(WAV_HEADER_BYTES - 8 + data_bytes), 4);
	put_le(header + 16, 16, 4);
	put_le(header + 20, 1, 2);
	put_le(header + 22, 1, 2);
	put_le(header + 24, AUDIO_RATE_HZ, 4);
	put_le(header + 28, 2 * AUDIO_RATE_HZ, 4);
	put_le(header + 32, 2, 2);
	put_le(header + 34, 16, 2);
	memcpy(header + 36, "data", 4);
	put_le(header + 40, (uint32_t)data_bytes, 4);
}

static struct said *said_new(void)
{
	static const char header[WAV_HEADER_BYTES];
	struct said *said = xcalloc(1, sizeof *said);

	buffer_init(&said->wav, SOUND_MAX_BYTES);
	buffer_append(&said->wav, header, sizeof header);
	return said;
}

static void said_free(struct said *said)
{
	buffer_done(&said->wav);
	free(said);
}

static double said_ms(const struct said *said)
{
	return (double)(said->wav.len - WAV_HEADER_BYTES) / 2 * 1000 / AUDIO_RATE_HZ;
}

/* Of the first utterance, which is forgotten then. transcript's text NULL: it failed. */
static void tell(struct recogniser_http *http, struct transcript *transcript, const char *error)
{
	const struct recogniser_listener *listener = &http->recogniser.listener;
	struct said *said = http->first;

	http->first = said->next;
	if (!http->first)
		http->last = &http->first;
	transcript->by = "http";
	transcript->agreement = -1;
	transcript->audio_ms = said_ms(said);
	transcript->wait_ms = clock_ms(said->ended_ns, clock_monotonic_ns(http->clock));
	said_free(said);
	if (listener->ended)
		listener->ended(listener->ctx, error ? NULL : transcript, error);
	transcript_done(transcript);
}

static void on_timer(uv_timer_t *timer);

/* Goes on from the loop's next pass. */
static void go_on(struct recogniser_http *http)
{
	if (!http->closed && !http->call)
		uv_timer_start(&http->timer, on_timer, 0, 0);
}

static void on_done(void *ctx, const struct service_answer *answer);

static void ask(struct recogniser_http *http)
{
	struct said *said = http->first;
	const char *format = http->plain_call ? "json" : "verbose_json";
	struct multipart_part parts[] = {
		{"model", http->model, strlen(http->model), NULL, NULL},
		{"language", *http->language ? http->language : NULL, 2, NULL, NULL},
		{"prompt", http->prompt, http->prompt ? strlen(http->prompt) : 0, NULL, NULL},
		{"response_format", format, strlen(format), NULL, NULL},
		{"file", said->wav.data, said->wav.len, "utterance.wav", "audio/wav"},
	};
	struct service_question question = {
		.what = "transcription",
		.content_type = http->type,
		.accept = "application/json",
		.model = http->model,
		.max_bytes = ANSWER_BYTES,
	};
	struct service_listener listener = {.done = on_done, .ctx = http};

	write_header((unsigned char *)said->wav.data, said->wav.len - WAV_HEADER_BYTES);
	free(http->body);
	http->body = multipart_make(parts, sizeof parts / sizeof *parts, &question.body_len, http->type);
	question.body = http->body;
	http->call = service_ask(http->service, &question, &listener);
}

static void on_done(void *ctx, const struct service_answer *answer)
{
	struct recogniser_http *http = ctx;
	struct transcript transcript = {.work_ms = answer->work_ms};
	char *error = NULL, *why = NULL;

	http->call = NULL;
	if ((answer->status == 400 || answer->status == 422) && !http->plain_call) {
		http->plain_call = true;
		ask(http);
		return;
	}
	free(http->body);
	http->body = NULL;
	if (answer->error) {
		error = xstrdup(answer->error);
	} else if (!transcription_read(&transcript, buffer_text(answer->body), answer->body->len, &why)) {
		char *said = service_error_text(buffer_text(answer->body), answer->body->len);

		error = xasprintf("%s: %s; it begins: %s; is this a transcription server?",
			service_url(http->service), why, said);
		free(said);
		free(why);
	} else {
		http->plain = http->plain_call;
		transcript.request_id = xstrdup_null(answer->request_id);
	}
	tell(http, &transcript, error);
	free(error);
	go_on(http);
}

static void on_timer(uv_timer_t *timer)
{
	struct recogniser_http *http = timer->data;
	const struct recogniser_listener *listener = &http->recogniser.listener;

	if (!http->ready) {
		http->ready = true;
		if (listener->ready)
			listener->ready(listener->ctx, NULL);
	}
	while (!http->closed && !http->call && http->first && http->first->ended) {
		struct transcript nothing = {.confidence = -1};

		if (http->first->too_long) {
			tell(http, &nothing,
				"an utterance of over 13 minutes is too long for a transcription server; "
				"pause between sentences");
		} else if (said_ms(http->first) < SHORTEST_MS) {
			nothing.text = xstrdup("");
			tell(http, &nothing, NULL);
		} else {
			http->plain_call = http->plain;
			ask(http);
		}
	}
}

static struct recogniser *recogniser_http_open(const struct recogniser_options *options, char **error)
{
	const struct service_settings *settings = options->service;
	const struct service_options service = {options->loop, options->clock, options->executor,
		options->redactor, options->logger, settings};
	struct recogniser_http *http = xcalloc(1, sizeof *http);

	http->service = service_new(&service, settings ? settings->transcription_path : "", error);
	if (!http->service) {
		free(http);
		return NULL;
	}
	http->clock = options->clock;
	http->model = xstrdup(settings->transcription_model);
	http->last = &http->first;
	if (options->vocabulary) {
		http->prompt = vocabulary_prompt(options->vocabulary, PROMPT_BYTES);
		if (!transcription_language(options->vocabulary->language, http->language))
			http->language[0] = '\0';
	}
	if (http->prompt && !*http->prompt) {
		free(http->prompt);
		http->prompt = NULL;
	}
	uv_timer_init(options->loop, &http->timer);
	http->timer.data = http;
	go_on(http);
	return &http->recogniser;
}

/* The utterance that is being heard; a new one after one that has ended. */
static struct said *current(struct recogniser_http *http)
{
	struct said *said = http->first;

	while (said && said->ended)
		said = said->next;
	if (said)
		return said;
	said = said_new();
	*http->last = said;
	http->last = &said->next;
	return said;
}

static void recogniser_http_hear(struct recogniser *recogniser, const float *frames, size_t count)
{
	struct said *said = current((struct recogniser_http *)recogniser);
	unsigned char block[1024];

	while (count) {
		size_t n = count < sizeof block / 2 ? count : sizeof block / 2;

		for (size_t i = 0; i < n; i++)
			put_le(block + 2 * i, (uint32_t)lrintf(fmaxf(fminf(frames[i], 1), -1) * 32767), 2);
		if (!buffer_append(&said->wav, block, 2 * n))
			said->too_long = true;
		frames += n;
		count -= n;
	}
}

static void recogniser_http_end(struct recogniser *recogniser, bool keep)
{
	struct recogniser_http *http = (struct recogniser_http *)recogniser;
	struct said *said = current(http), **at = &http->first;

	if (keep) {
		said->ended = true;
		said->ended_ns = clock_monotonic_ns(http->clock);
		go_on(http);
		return;
	}
	/* It is the last one. */
	while (*at != said)
		at = &(*at)->next;
	*at = NULL;
	http->last = at;
	said_free(said);
}

static void on_closed(uv_handle_t *handle)
{
	struct recogniser_http *http = handle->data;

	while (http->first) {
		struct said *said = http->first;

		http->first = said->next;
		said_free(said);
	}
	service_free(http->service);
	free(http->model);
	free(http->prompt);
	free(http->body);
	free(http);
}

static void recogniser_http_close(struct recogniser *recogniser)
{
	struct recogniser_http *http = (struct recogniser_http *)recogniser;

	http->closed = true;
	service_cancel(http->call);
	http->call = NULL;
	uv_close((uv_handle_t *)&http->timer, on_closed);
}

const struct recogniser_ops recogniser_http = {
	.name = "http",
	.title = "Transcription server",
	.summary = "a server that answers OpenAI's /audio/transcriptions, such as whisper.cpp's",
	.open = recogniser_http_open,
	.hear = recogniser_http_hear,
	.end = recogniser_http_end,
	.close = recogniser_http_close,
};
