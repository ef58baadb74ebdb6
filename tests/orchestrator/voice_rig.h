/* A session with a voice on sound that a test plays by hand, what is told of it, and what its history has. */
#ifndef TESTS_ORCHESTRATOR_VOICE_RIG_H
#define TESTS_ORCHESTRATOR_VOICE_RIG_H

#include "tests/orchestrator/sound.h"
#include "tests/orchestrator/stage.h"

/* %s: more of the router's data. */
#define WORKFLOW                                                                                             \
	"{\"nodes\": ["                                                                                      \
	"{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\", %s,"               \
	" \"guardrails\": {\"bannedPhrases\": [\"card number\"], \"fallbackResponse\": \"Not here.\"}}},"    \
	"{\"id\": \"clock\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"tell_time\","        \
	" \"description\": \"Tell the time of day\", \"testpanel\": {\"replyTemplate\":"                     \
	" \"It is {{time}}. Dr. Brown waits in room No. 5. See you soon!\"}}},"                              \
	"{\"id\": \"slow\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"fetch_laundry\","     \
	" \"description\": \"Fetch the laundry\", \"testpanel\": {\"replyTemplate\": \"It comes at "         \
	"noon.\"}}},"                                                                                        \
	"{\"id\": \"find\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"find_booking\","      \
	" \"description\": \"Find a booking\", \"parameters\": [{\"name\": \"number\", \"type\": "           \
	"\"string\","                                                                                        \
	" \"required\": true, \"pattern\": \"^[A-Z]{3}[0-9]{3}$\", \"description\": \"The booking "          \
	"number\"}],"                                                                                        \
	" \"testpanel\": {\"replyTemplate\": \"It is found.\"}}},"                                           \
	"{\"id\": \"tower\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","       \
	" \"mockOutput\": \"{\\\"time\\\": \\\"12:01\\\"}\"}},"                                              \
	"{\"id\": \"cart\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","        \
	" \"mockOutput\": \"{\\\"eta\\\": \\\"noon\\\"}\", \"latency\": 60}},"                               \
	"{\"id\": \"book\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","        \
	" \"mockOutput\": \"{\\\"found\\\": true}\"}}], \"edges\": ["                                        \
	"{\"id\": \"e1\", \"source\": \"desk\", \"target\": \"clock\"},"                                     \
	"{\"id\": \"e2\", \"source\": \"desk\", \"target\": \"slow\"},"                                      \
	"{\"id\": \"e3\", \"source\": \"desk\", \"target\": \"find\"},"                                      \
	"{\"id\": \"e4\", \"source\": \"clock\", \"target\": \"tower\"},"                                    \
	"{\"id\": \"e5\", \"source\": \"slow\", \"target\": \"cart\"},"                                      \
	"{\"id\": \"e6\", \"source\": \"find\", \"target\": \"book\"}]}"

#define ASK_TIME "tell me the time"
#define ASK_LAUNDRY "fetch my laundry"
#define TIME "It is 12:01. Dr. Brown waits in room No. 5. See you soon!"
#define PLAIN "\"speaksFirst\": false"
#define FILLERS                                                                                              \
	"\"voiceSettings\": {\"fillerWords\": true}, \"testpanel\": {\"fillerAfterMs\": 10, "                \
	"\"fillerPhrases\": "                                                                                \
	"[\"Just a moment.\", \"Still looking.\"]}"

struct rig {
	struct stage stage;
	struct sound sound;
	struct session *session;
	struct buffer told; /* "thinking REPLY speaking ENDED " */
	unsigned ended;
	uint64_t now_ns;
	struct clock clock;
};

/* Sessions of any orchestrator get a voice. router is more of the router's data. rig is zeroed before. */
void rig_begin(struct rig *rig, const struct orchestrator_ops *orchestrator, const char *router,
	const struct clock *clock);
/* The same with orchestrator_voice. */
void rig_open(struct rig *rig, const char *router);
/* Time stands still but for rig->now_ns. */
void rig_open_still(struct rig *rig, const char *router);
void rig_close(struct rig *rig);
/* The listener of its session, and of one put in its place. */
void rig_event(void *ctx, const struct turn_event *event);
/* Until there is something to be heard. */
void rig_until_said(struct rig *rig);
struct turn *rig_last(const struct rig *rig);
/* Until its reply, or what fills the time, is to be heard. */
struct turn *rig_say(struct rig *rig, const char *utterance);
/* Everything that is to come comes. */
void rig_settle(struct rig *rig);
/* The history is "user: … | assistant: …*", with a star where it was interrupted. */
void rig_history(const struct rig *rig, const char *expected, const char *comment);
/* What was told since it was asked last. */
void rig_told(struct rig *rig, const char *expected, const char *comment);

#endif
