/* A session whose orchestrator is elsewhere, where a server says what the script holds. */
#ifndef TESTS_ORCHESTRATOR_REMOTE_RIG_H
#define TESTS_ORCHESTRATOR_REMOTE_RIG_H

#include "tests/executor/script_server.h"
#include "tests/orchestrator/stage.h"

#define REMOTE_SECRET "s3cr3t-t0ken-0042"

struct remote_rig {
	struct stage stage;
	struct script_server *server;
	struct session *session;
	struct buffer parts; /* of the replies, '|' behind each */
	int cancel_at;       /* the part at which the turn is cancelled, from 1; 0: at none */
};

/* members follow the url in testpanel.remote: "" or ", \"stream\": true" */
void remote_rig_open(struct remote_rig *rig, const char *members);
void remote_rig_close(struct remote_rig *rig);
/* Runs a turn to its end; parts are only its. */
const struct turn *remote_rig_say(struct remote_rig *rig, const char *utterance);
/* The body of the request that came last; the caller deletes it. */
cJSON *remote_rig_asked(const struct remote_rig *rig);
/* Added to the script: a whole answer, and one as a stream. */
void remote_rig_answer(struct remote_rig *rig, const char *body);
void remote_rig_stream(struct remote_rig *rig, const char *body);

#endif
