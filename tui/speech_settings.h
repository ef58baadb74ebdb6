/* Who hears and who speaks, and the service that does either elsewhere, out of all that the program was told:
 * TESTPANEL_SPEECH_BASE_URL and its like, over config.json's "speech", over the workflow's. The key is the
 * environment's alone: TESTPANEL_SPEECH_API_KEY, else OPENAI_API_KEY. */
#ifndef TUI_SPEECH_SETTINGS_H
#define TUI_SPEECH_SETTINGS_H

#include "audio/audio.h"
#include "tui/program.h"

struct speech_settings {
	const struct program *program;
	struct service_settings service; /* points into texts */
	bool named; /* the service was named for speech, and not only for the model openai */
	cJSON *texts;
	char *base_url, *key;
};

/* The program is open. False with *error (caller frees) naming the place and the cure. Call
 * speech_settings_done in any case. */
bool speech_settings_init(struct speech_settings *speech, const struct program *program, char **error);
/* After all that were opened with it are closed. */
void speech_settings_done(struct speech_settings *speech);
/* The sound of callers goes to the service. */
bool speech_asks_service(const struct speech_settings *speech);
/* What those that the settings name are opened with; it points into speech. The first has no vocabulary yet.
 */
struct recogniser_options speech_recogniser_options(const struct speech_settings *speech);
struct synthesiser_options speech_synthesiser_options(const struct speech_settings *speech);
/* The recogniser and the voice that the settings name. speech stays until they are closed; vocabulary may be
 * NULL, and is copied. NULL with *error (caller frees) naming the cure. */
struct recogniser *speech_open_recogniser(const struct speech_settings *speech,
	const struct vocabulary *vocabulary, const struct recogniser_listener *listener, char **error);
struct synthesiser *speech_open_synthesiser(const struct speech_settings *speech, char **error);

#endif
