/* "One moment, please": said once a turn, when a tool has taken longer than a caller waits in silence. What
 * it says is no part of the reply: the history does not have it, and when the reply is there it stops. */
#include "orchestrator/engine.h"
#include "orchestrator/voice_own.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *language, *phrases[2];
} fillers[] = {
	{"en", {"One moment, please \xe2\x80\xa6", "I am still looking \xe2\x80\xa6"}},
	{"de", {"Einen Moment, bitte \xe2\x80\xa6", "Ich sehe noch nach \xe2\x80\xa6"}},
	{"es", {"Un momento, por favor \xe2\x80\xa6", "Sigo buscando \xe2\x80\xa6"}},
	{"fr", {"Un instant, s'il vous pla\xc3\xaet \xe2\x80\xa6", "Je cherche encore \xe2\x80\xa6"}},
	{"it", {"Un momento, per favore \xe2\x80\xa6", "Sto ancora cercando \xe2\x80\xa6"}},
	{"nl", {"Een ogenblik, alstublieft \xe2\x80\xa6", "Ik zoek nog even \xe2\x80\xa6"}},
	{"pt", {"Um momento, por favor \xe2\x80\xa6", "Ainda estou procurando \xe2\x80\xa6"}},
};

static const char *own_phrase(const struct voice *voice)
{
	const char *language = voice->settings.language;
	size_t row = 0;

	for (size_t i = 0; language && i < sizeof fillers / sizeof *fillers; i++)
		if (!strncasecmp(language, fillers[i].language, 2))
			row = i;
	return fillers[row].phrases[voice->fillers % 2];
}

static const char *choose_phrase(const struct voice *voice)
{
	const cJSON *phrases = voice->settings.filler_phrases, *phrase;
	int n = cJSON_GetArraySize(phrases);

	phrase = n ? cJSON_GetArrayItem(phrases, (int)(voice->fillers % (unsigned)n)) : NULL;
	return cJSON_IsString(phrase) ? phrase->valuestring : own_phrase(voice);
}

static bool is_tool(const struct span *span)
{
	const struct attribute *operation = span_get(span, "gen_ai.operation.name");

	return operation && operation->type == ATTRIBUTE_STRING &&
		!strcmp(operation->value.string, "execute_tool");
}

/* The tool that has run longest, NULL when none does. */
static const struct span *running_tool(const struct turn *turn)
{
	for (size_t i = 0; i < turn->trace->span_count; i++)
		if (!turn->trace->spans[i]->end_ns && is_tool(turn->trace->spans[i]))
			return turn->trace->spans[i];
	return NULL;
}

static void fill(struct voice *voice)
{
	struct turn *turn = voice->turn;
	const char *phrase = choose_phrase(voice);
	struct span *span = span_begin(turn->trace, turn->root, "filler", SPAN_INTERNAL);

	voice->filled = true;
	voice->fillers++;
	span_set(span, attr_str("testpanel.voice.text", phrase));
	if (voice->line && *phrase)
		voice_say(voice, phrase, strlen(phrase), true)->filler = span;
	else
		span_end(span, SPAN_OK, NULL);
}

static void on_timer(uv_timer_t *timer)
{
	struct voice *voice = timer->data;
	const struct span *tool = voice->turn ? running_tool(voice->turn) : NULL;
	double left;

	voice->armed = false;
	if (!tool || voice->hearing || voice->state != VOICE_THINKING)
		return;
	left = voice->settings.filler_ms - span_ms(tool);
	if (left < 1) {
		fill(voice);
		return;
	}
	voice->armed = true;
	uv_timer_start(&voice->timer, on_timer, (uint64_t)left + 1, 0);
}

void voice_filler_init(struct voice *voice)
{
	uv_timer_init(voice->session->engine->loop, &voice->timer);
	voice->timer.data = voice;
}

void voice_filler_watch(struct voice *voice, const struct span *span)
{
	if (!voice->settings.filler_words || voice->armed || voice->filled || span->end_ns || !is_tool(span))
		return;
	voice->armed = true;
	uv_timer_start(&voice->timer, on_timer, (uint64_t)voice->settings.filler_ms, 0);
}

void voice_filler_end_span(struct voice_piece *piece)
{
	if (!piece->filler)
		return;
	span_set(piece->filler, attr_int("testpanel.voice.heard_bytes", (int64_t)piece->heard));
	span_end(piece->filler, SPAN_OK, NULL);
	piece->filler = NULL;
}

void voice_filler_stop(struct voice *voice)
{
	bool sounds = false;

	uv_timer_stop(&voice->timer);
	voice->armed = false;
	for (struct voice_piece *piece = voice->pieces; piece; piece = piece->next) {
		sounds |= piece->filler != NULL;
		voice_filler_end_span(piece);
	}
	if (sounds)
		voice->session->engine->voice->hush(voice->line);
}
