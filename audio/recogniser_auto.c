/* The transcription server where one is set, PocketSphinx where it fails: the sound of an utterance is kept
 * until somebody has understood it. Once the server has failed nobody waits for it: for a while PocketSphinx
 * hears everything, as it is spoken, and then the server is given one utterance beside it to show whether it
 * is there again. Nor is it asked twice: PocketSphinx is the second attempt. Without a server it is
 * PocketSphinx alone. */
#include "audio/recogniser.h"

#include <stdlib.h>
#include <string.h>

#define SOUND_MAX_FRAMES ((size_t)13 * 60 * AUDIO_RATE_HZ) /* of one utterance; more is not kept */
#define REST_MS 15000.0                                    /* at first; each failure doubles it */
#define REST_MAX_MS 240000.0

enum way {
	WAY_SERVER,
	WAY_HERE,  /* PocketSphinx */
	WAY_PROBE, /* PocketSphinx, the server beside it */
};

struct utterance {
	struct utterance *next;
	enum way way;
	float *frames;
	size_t count, size;
	size_t given;          /* frames that PocketSphinx has */
	bool ended, passed_on; /* passed_on: PocketSphinx knows that it has ended */
	char *why;             /* it is not the server's; NULL: it is, or there is none */
	uint64_t ended_ns;
	bool answered; /* by the server, before it was its turn */
	struct transcript transcript;
};

struct recogniser_auto {
	struct recogniser recogniser;
	struct recogniser_options options;
	struct service_settings service;
	struct vocabulary *vocabulary;
	struct recogniser *server, *here; /* NULL: not open */
	bool has_server, probing;
	struct utterance *first, **last; /* told in this order; only the first is PocketSphinx's */
	char *why;                       /* the server's last failure; NULL: it is well */
	uint64_t failed_ns;
	double rest_ms;
	bool ready, closed;
	uv_timer_t timer;
};

static void on_timer(uv_timer_t *timer);

/* Goes on from the loop's next pass. */
static void go_on(struct recogniser_auto *a)
{
	if (!a->closed)
		uv_timer_start(&a->timer, on_timer, 0, 0);
}

static void utterance_free(struct utterance *utterance)
{
	transcript_done(&utterance->transcript);
	free(utterance->frames);
	free(utterance->why);
	free(utterance);
}

/* The first one is understood, or is not. transcript is taken. */
static void tell(struct recogniser_auto *a, struct transcript *transcript, const char *error)
{
	const struct recogniser_listener *listener = &a->recogniser.listener;
	struct utterance *utterance = a->first;

	a->first = utterance->next;
	if (!a->first)
		a->last = &a->first;
	if (transcript)
		transcript->wait_ms = clock_ms(utterance->ended_ns, clock_monotonic_ns(a->options.clock));
	go_on(a);
	if (listener->ended)
		listener->ended(listener->ctx, transcript, error);
	if (transcript)
		transcript_done(transcript);
	utterance_free(utterance);
}

/* Late, where it stands in for the server: then it is no news that recognition can begin. */
static void on_here_ready(void *ctx, const char *missing)
{
	struct recogniser_auto *a = ctx;

	if (a->closed)
		return;
	if (!a->has_server && a->recogniser.listener.ready)
		a->recogniser.listener.ready(a->recogniser.listener.ctx, missing);
	else if (missing)
		log_warn(a->options.logger, NULL, "speech", "PocketSphinx does not know: %s", missing);
}

static void on_here_partial(void *ctx, const char *text)
{
	struct recogniser_auto *a = ctx;

	if (!a->closed && a->recogniser.listener.partial && a->first && !a->first->ended)
		a->recogniser.listener.partial(a->recogniser.listener.ctx, text);
}

static void on_here_ended(void *ctx, struct transcript *transcript, const char *error)
{
	struct recogniser_auto *a = ctx;
	struct transcript taken;
	char *both;

	if (a->closed)
		return;
	if (!transcript) {
		both = a->first->why ? xasprintf("%s; and %s", a->first->why, error) : xstrdup(error);
		tell(a, NULL, both);
		free(both);
		return;
	}
	taken = *transcript;
	*transcript = (struct transcript){.fallback = NULL};
	taken.fallback = xstrdup_null(a->first->why);
	tell(a, &taken, NULL);
}

/* Loaded when it is needed first: it takes a second, and a hundred megabytes. */
static bool open_here(struct recogniser_auto *a, char **error)
{
	struct recogniser_listener listener = {on_here_ready, on_here_partial, on_here_ended, a};

	if (!a->here)
		a->here = recogniser_open(&recogniser_pocketsphinx, &a->options, &listener, error);
	return a->here;
}

static void forget_server(struct recogniser_auto *a)
{
	recogniser_close(a->server);
	a->server = NULL;
	a->probing = false;
}

/* Unless the server has answered it, or it is PocketSphinx's already. */
static void give_here(const struct recogniser_auto *a, struct utterance *utterance)
{
	if (utterance->answered)
		return;
	utterance->way = WAY_HERE;
	if (!utterance->why)
		utterance->why = xstrdup_null(a->why);
}

/* What waits for it need not do so in vain. */
static void server_failed(struct recogniser_auto *a, const char *error)
{
	free(a->why);
	a->why = xstrdup(error);
	a->failed_ns = clock_monotonic_ns(a->options.clock);
	a->rest_ms = a->rest_ms > 0 ? a->rest_ms * 2 : REST_MS;
	if (a->rest_ms > REST_MAX_MS)
		a->rest_ms = REST_MAX_MS;
	log_warn(a->options.logger, NULL, "speech", "%s: PocketSphinx hears for the next %.0f s", error,
		a->rest_ms / 1000);
	forget_server(a);
	for (struct utterance *utterance = a->first; utterance; utterance = utterance->next)
		give_here(a, utterance);
}

static void server_is_well(struct recogniser_auto *a)
{
	free(a->why);
	a->why = NULL;
	a->rest_ms = 0;
	a->probing = false;
}

static void on_server_ended(void *ctx, struct transcript *transcript, const char *error)
{
	struct recogniser_auto *a = ctx;
	struct utterance *utterance = a->first;
	bool probe = a->probing;

	if (transcript)
		server_is_well(a);
	else
		server_failed(a, error);
	if (transcript && !probe) {
		while (utterance->way != WAY_SERVER || utterance->answered)
			utterance = utterance->next;
		utterance->answered = true;
		utterance->transcript = *transcript;
		*transcript = (struct transcript){0};
	}
	go_on(a);
}

static bool open_server(struct recogniser_auto *a, char **error)
{
	struct recogniser_listener listener = {.ended = on_server_ended, .ctx = a};

	if (!a->server)
		a->server = recogniser_open(&recogniser_http, &a->options, &listener, error);
	return a->server;
}

static enum way choose_way(const struct recogniser_auto *a)
{
	if (!a->has_server)
		return WAY_HERE;
	if (!a->why)
		return WAY_SERVER;
	if (a->probing || clock_ms(a->failed_ns, clock_monotonic_ns(a->options.clock)) < a->rest_ms)
		return WAY_HERE;
	return WAY_PROBE;
}

/* Gives PocketSphinx what it does not have yet of the first one. */
static void pass_on(struct recogniser_auto *a)
{
	struct utterance *utterance = a->first;
	char *error = NULL;

	if (!open_here(a, &error)) {
		if (utterance->ended)
			tell(a, NULL, error);
		free(error);
		return;
	}
	if (utterance->count > utterance->given)
		recogniser_hear(
			a->here, utterance->frames + utterance->given, utterance->count - utterance->given);
	utterance->given = utterance->count;
	if (utterance->ended && !utterance->passed_on) {
		utterance->passed_on = true;
		recogniser_end(a->here, true);
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct recogniser_auto *a = timer->data;
	struct utterance *utterance = a->first;
	struct transcript taken;

	if (!a->ready) {
		a->ready = true;
		if (a->has_server && a->recogniser.listener.ready)
			a->recogniser.listener.ready(a->recogniser.listener.ctx, NULL);
	}
	if (a->closed || !utterance)
		return;
	if (utterance->answered) {
		taken = utterance->transcript;
		utterance->transcript = (struct transcript){0};
		tell(a, &taken, NULL);
	} else if (utterance->way != WAY_SERVER) {
		pass_on(a);
	}
}

/* The utterance that is being heard; a new one after one that has ended. */
static struct utterance *current(struct recogniser_auto *a)
{
	struct utterance *utterance = a->first;
	char *error = NULL;

	while (utterance && utterance->ended)
		utterance = utterance->next;
	if (utterance)
		return utterance;
	utterance = xcalloc(1, sizeof *utterance);
	utterance->way = choose_way(a);
	if (utterance->way != WAY_HERE && !open_server(a, &error))
		server_failed(a, error);
	free(error);
	if (!a->server)
		utterance->way = WAY_HERE;
	if (utterance->way != WAY_SERVER)
		utterance->why = xstrdup_null(a->why);
	a->probing = a->probing || utterance->way == WAY_PROBE;
	*a->last = utterance;
	a->last = &utterance->next;
	return utterance;
}

static void keep(struct utterance *utterance, const float *frames, size_t count)
{
	if (count > SOUND_MAX_FRAMES - utterance->count)
		count = SOUND_MAX_FRAMES - utterance->count;
	if (!count)
		return;
	if (utterance->count + count > utterance->size) {
		utterance->size = 2 * (utterance->count + count);
		utterance->frames =
			xreallocarray(utterance->frames, utterance->size, sizeof *utterance->frames);
	}
	memcpy(utterance->frames + utterance->count, frames, count * sizeof *frames);
	utterance->count += count;
}

static void auto_hear(struct recogniser *recogniser, const float *frames, size_t count)
{
	struct recogniser_auto *a = (struct recogniser_auto *)recogniser;
	struct utterance *utterance = current(a);

	keep(utterance, frames, count);
	if (utterance->way != WAY_HERE)
		recogniser_hear(a->server, frames, count);
	if (utterance->way != WAY_SERVER && utterance == a->first)
		pass_on(a);
}

/* One that waits behind another is PocketSphinx's later. */
static void auto_pause(struct recogniser *recogniser, bool silent)
{
	struct recogniser_auto *a = (struct recogniser_auto *)recogniser;
	const struct utterance *utterance = a->first;

	if (a->here && utterance && !utterance->ended && utterance->given)
		recogniser_pause(a->here, silent);
}

static void drop(struct recogniser_auto *a, struct utterance *utterance)
{
	struct utterance **at = &a->first;

	if (utterance->way != WAY_HERE)
		recogniser_end(a->server, false);
	if (utterance->way == WAY_PROBE)
		a->probing = false;
	if (utterance->given)
		recogniser_end(a->here, false);
	while (*at != utterance)
		at = &(*at)->next;
	*at = NULL;
	a->last = at;
	utterance_free(utterance);
}

static void auto_end(struct recogniser *recogniser, bool keep_it)
{
	struct recogniser_auto *a = (struct recogniser_auto *)recogniser;
	struct utterance *utterance = current(a);

	if (!keep_it) {
		drop(a, utterance);
		return;
	}
	utterance->ended = true;
	utterance->ended_ns = clock_monotonic_ns(a->options.clock);
	if (utterance->way != WAY_HERE)
		recogniser_end(a->server, true);
	go_on(a);
}

static void on_closed(uv_handle_t *handle)
{
	struct recogniser_auto *a = handle->data;

	recogniser_close(a->here);
	while (a->first) {
		struct utterance *utterance = a->first;

		a->first = utterance->next;
		utterance_free(utterance);
	}
	vocabulary_free(a->vocabulary);
	free(a->why);
	free(a);
}

static void auto_close(struct recogniser *recogniser)
{
	struct recogniser_auto *a = (struct recogniser_auto *)recogniser;

	a->closed = true;
	forget_server(a);
	/* PocketSphinx is closed from the loop: it may be telling us of something just now. */
	uv_close((uv_handle_t *)&a->timer, on_closed);
}

static struct recogniser *auto_open(const struct recogniser_options *options, char **error)
{
	struct recogniser_auto *a = xcalloc(1, sizeof *a);

	a->has_server = options->service && options->service->base_url;
	a->options = *options;
	a->options.vocabulary = a->vocabulary = vocabulary_copy(options->vocabulary);
	if (a->has_server) {
		a->service = *options->service;
		a->service.retry.max = 0;
		a->options.service = &a->service;
	}
	a->last = &a->first;
	uv_timer_init(options->loop, &a->timer);
	a->timer.data = a;
	/* What is wrong with the settings is said now, and not with the first utterance. */
	if (!(a->has_server ? open_server(a, error) : open_here(a, error))) {
		auto_close(&a->recogniser);
		return NULL;
	}
	go_on(a);
	return &a->recogniser;
}

const struct recogniser_ops recogniser_auto = {
	.name = "auto",
	.title = "Server, else PocketSphinx",
	.summary = "the transcription server where one is set, PocketSphinx where it fails",
	.open = auto_open,
	.hear = auto_hear,
	.pause = auto_pause,
	.end = auto_end,
	.close = auto_close,
};
