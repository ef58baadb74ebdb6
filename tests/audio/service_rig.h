/* A speech service that plays a script, and all that one needs to ask it. */
#ifndef TESTS_AUDIO_SERVICE_RIG_H
#define TESTS_AUDIO_SERVICE_RIG_H

#include "audio/audio.h"
#include "tests/executor/rig.h"

#define SERVICE_TEST_KEY "sk-speech-0123456789abcdef"

struct service_rig {
	struct rig rig;
	struct service_settings settings; /* with a key, and retries at once */
	char url[64];
	uint64_t ahead_ns; /* of the real time, by clock */
	struct clock clock;
};

void service_rig_init(struct service_rig *service);
void service_rig_done(struct service_rig *service);
/* Nothing that was told, logged or traced holds the key. text may be NULL. */
void service_expect_no_key(struct service_rig *service, const char *text);
/* The value of a field of the form that is request i's body, or "" where it has none; valid until the next.
 * size may be NULL. */
const char *service_field(const struct service_rig *service, size_t i, const char *name, size_t *size);

#endif
