/* What a "speech" member says, a workflow's in its testpanel or config.json's: which speech service hears and
 * speaks, and how it is asked. The key is no member of it: that is the environment's alone. */
#ifndef ORCHESTRATOR_SPEECH_MEMBER_H
#define ORCHESTRATOR_SPEECH_MEMBER_H

#include "executor/executor.h"

struct speech_member {
	const char *base_url; /* the JSON's, with ${NAME} in it; NULL where it has none, as all texts */
	const char *transcription_path, *transcription_model;
	const char *speech_path, *speech_model, *voice;
	double pcm_rate;                                      /* Hz */
	double connect_ms, first_byte_ms, stall_ms, total_ms; /* of one attempt; 0: none */
	struct retry_policy retry;
};

/* Changes what json says, and leaves the rest as it is: defaults stand in member before. json may be NULL, or
 * of any type: what is wrong is told. faults may be NULL. */
void speech_member_read(
	struct speech_member *member, const cJSON *json, const char *pointer, struct faults *faults);

#endif
