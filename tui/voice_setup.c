#include "tui/voice_setup.h"

#include <stdlib.h>

struct headset_options voice_setup(const struct options *options)
{
	return (struct headset_options){
		.microphone_device = options_value(options, OPTION_DEVICE),
		.speaker_device = options_value(options, OPTION_SPEAKER),
		.recogniser = recognisers[0],
		.synthesiser = synthesisers[0],
		.activity = activity_defaults(),
		.headphones = options_given(options, OPTION_HEADPHONES),
	};
}

bool voice_setup_activity(struct activity_settings *settings, const struct workflow *workflow, char **error)
{
	const cJSON *json = workflow ? json_get(workflow->settings, "voiceActivity") : NULL;
	char *wrong = activity_settings_read(settings, json);

	if (wrong)
		*error = xasprintf("%s: /testpanel/voiceActivity: %s",
			workflow->path ? workflow->path : workflow->name, wrong);
	free(wrong);
	return !*error;
}
