#include "tui/heard.h"

static struct origin origin_of(const struct transcript *transcript)
{
	struct origin origin = {.heard = transcript->text,
		.confidence = transcript->confidence,
		.recogniser = transcript->by};

	for (size_t i = 0; i < transcript->alternative_count && i < ORIGIN_ALTERNATIVES; i++)
		origin.alternatives[i] = transcript->alternatives[i].text;
	return origin;
}

struct voice_heard heard_told(const struct microphone_heard *heard)
{
	if (!*heard->text)
		return (struct voice_heard){.origin = {.heard = "", .confidence = -1}};
	return (struct voice_heard){
		.origin = origin_of(heard->transcript),
		.endpoint = activity_event_name(heard->decision.event),
		.floor_db = heard->decision.floor_db,
		.threshold_db = heard->decision.threshold_db,
		.audio_ms = heard->transcript->audio_ms,
		.end_ns = heard->end_ns,
		.decided_ns = heard->decided_ns,
	};
}
