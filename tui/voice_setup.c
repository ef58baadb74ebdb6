#include "tui/voice_setup.h"

#include <stdlib.h>

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

bool voice_setup(struct voice_setup *setup, const struct program *program, char **error)
{
	const struct options *options = program->options;
	struct headset_options *headset = &setup->headset;

	*setup = (struct voice_setup){0};
	*error = NULL;
	if (!speech_settings_init(&setup->speech, program, error))
		return false;
	*headset = (struct headset_options){
		.microphone_device = options_value(options, OPTION_DEVICE),
		.speaker_device = options_value(options, OPTION_SPEAKER),
		.recogniser = program->settings.recogniser,
		.recogniser_options = speech_recogniser_options(&setup->speech),
		.synthesiser = program->settings.synthesiser,
		.synthesiser_options = speech_synthesiser_options(&setup->speech),
		.activity = activity_defaults(),
		.headphones = options_given(options, OPTION_HEADPHONES),
	};
	if (!setup->speech.service.base_url && recognisers[0] == &recogniser_http &&
		!settings_get(&program->settings, SETTING_RECOGNISER))
		headset->recogniser = NULL;
	return voice_setup_activity(&headset->activity, program->engine->workflow, error);
}

void voice_setup_done(struct voice_setup *setup)
{
	speech_settings_done(&setup->speech);
}

struct headset_options voice_setup_playback(const struct options *options)
{
	const struct synthesiser_ops *flite = synthesiser_find("flite");

	return (struct headset_options){
		.speaker_device = options_value(options, OPTION_SPEAKER),
		.synthesiser = flite ? flite : &synthesiser_none,
		.activity = activity_defaults(),
	};
}
