/* What the doctor finds of hearing and speaking: who does either, and where. Nobody is asked anything. */
#include "tui/doctor.h"
#include "tui/speech_settings.h"

#include <stdlib.h>

/* "http at http://localhost:8000/v1, with a key" */
static void add_service(struct buffer *seen, const struct speech_settings *speech)
{
	char *url = redact_url(speech->program->engine->redactor, speech->service.base_url);

	buffer_appendf(seen, " at %s, with%s key", url, speech->service.key ? " a" : "out a");
	free(url);
}

static void tell_speech(struct doctor *doctor, const struct speech_settings *speech)
{
	const struct recogniser_ops *recogniser = doctor->program->settings.recogniser;
	const struct synthesiser_ops *synthesiser = doctor->program->settings.synthesiser;
	bool known = speech->service.base_url, asks = speech_asks_service(speech);
	bool missing = !known && (recogniser == &recogniser_http || synthesiser == &synthesiser_http);
	struct doctor_line line = {.name = "speech", .verdict = missing ? PROBE_CANNOT : PROBE_OK};
	struct buffer seen;

	buffer_init(&seen, BUFFER_MAX_TEXT);
	buffer_appendf(&seen, "%s hears", recogniser->name);
	if (asks)
		add_service(&seen, speech);
	buffer_appendf(&seen, "; %s speaks", synthesiser->name);
	if (synthesiser == &synthesiser_http && known && !asks)
		add_service(&seen, speech);
	line.seen = buffer_text(&seen);
	if (missing)
		line.follows = "set TESTPANEL_SPEECH_BASE_URL, such as http://localhost:8000/v1";
	doctor_tell(doctor, &line);
	buffer_done(&seen);
}

void doctor_check_speech(struct doctor *doctor)
{
	struct speech_settings speech;
	char *error = NULL;

	if (speech_settings_init(&speech, doctor->program, &error))
		tell_speech(doctor, &speech);
	else
		doctor_tell(doctor, &(struct doctor_line){"speech", PROBE_CANNOT, error, NULL, STATUS_USAGE});
	free(error);
	speech_settings_done(&speech);
}
