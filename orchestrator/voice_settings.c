/* How a workflow wants to sound. What is wrong in the file, workflow_check has said; here it is bounded. */
#include "orchestrator/voice.h"

void voice_settings_read(struct voice_settings *settings, const struct workflow *workflow)
{
	const cJSON *data = workflow && workflow->router ? workflow->router->data : NULL;
	const cJSON *voice = json_get(data, "voiceSettings"), *own = json_get(data, "testpanel");
	double speed = json_number(voice, "speed", 1);

	*settings = (struct voice_settings){
		.speed = speed < VOICE_SLOWEST  ? VOICE_SLOWEST
			: speed > VOICE_FASTEST ? VOICE_FASTEST
						: speed,
		.interruptible = json_bool(voice, "interruptible", true),
		.filler_words = json_bool(voice, "fillerWords", false),
		.filler_ms = json_number(own, "fillerAfterMs", VOICE_FILLER_MS),
		.filler_phrases = json_get(own, "fillerPhrases"),
		.voice = json_string(data, "voiceId", NULL),
		.language = json_string(data, "language",
			json_string(workflow ? workflow->settings : NULL, "language", NULL)),
	};
	if (settings->filler_ms < 1)
		settings->filler_ms = 1;
}
