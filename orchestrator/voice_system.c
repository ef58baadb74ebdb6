/* VoiceOrchestrator: SystemOrchestrator with speech. Its turns are that one's, word for word; the voice
 * stands around them (voice.h). */
#include "orchestrator/session.h"

static void *voice_system_open(struct session *session, const cJSON *saved)
{
	return orchestrator_system.open(session, saved);
}

static void voice_system_close(void *state)
{
	orchestrator_system.close(state);
}

static cJSON *voice_system_save(const void *state)
{
	return orchestrator_system.save(state);
}

static char *voice_system_welcome(const struct session *session, bool expired, enum turn_status *status)
{
	return orchestrator_system.welcome(session, expired, status);
}

static void voice_system_run(struct turn *turn)
{
	orchestrator_system.run(turn);
}

static void voice_system_cancel(struct turn *turn)
{
	orchestrator_system.cancel(turn);
}

static const char *voice_system_missing(const struct workflow *workflow)
{
	return orchestrator_missing(&orchestrator_system, workflow);
}

const struct orchestrator_ops orchestrator_voice = {
	.name = "voice",
	.title = "VoiceOrchestrator",
	.summary = "SystemOrchestrator with speech in and out: a caller may talk into its replies",
	.open = voice_system_open,
	.close = voice_system_close,
	.save = voice_system_save,
	.welcome = voice_system_welcome,
	.run = voice_system_run,
	.cancel = voice_system_cancel,
	.missing = voice_system_missing,
	.spoken = true,
};
