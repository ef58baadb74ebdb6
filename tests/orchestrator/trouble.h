/* A session in which something is made to go wrong: a department whose tool has a server that says what the
 * test wants, a chat-completions model of which the same goes, and a clock that works whatever happens. */
#ifndef TESTS_ORCHESTRATOR_TROUBLE_H
#define TESTS_ORCHESTRATOR_TROUBLE_H

#include "tests/orchestrator/chat_server.h"
#include "tests/orchestrator/table_model.h"

#define TROUBLE_SECRET "s3cr3t-t0ken-0042" /* the key of both */
#define TROUBLE_LOOKUP "check reservation ABC123"
#define TROUBLE_TIME "tell me the time"
#define TROUBLE_GOOD "{\"reservation\": {\"number\": \"ABC123\", \"status\": \"confirmed\"}}"

/* Who answers. */
enum {
	FLOW_PLANNED = 1,
	FLOW_ASKED = 2, /* with a chat-completions model */
	SYSTEM = 4,
	SYSTEM_ASKED = 8,
	ASKED = FLOW_ASKED | SYSTEM_ASKED,
	ALL = FLOW_PLANNED | SYSTEM | ASKED,
};

#define TROUBLE_WAYS 4

struct trouble_way {
	unsigned bit;
	const char *name;
	const struct orchestrator_ops *orchestrator;
	bool asked; /* the model with a server */
};

extern const struct trouble_way trouble_ways[TROUBLE_WAYS];

struct trouble_row {
	const char *comment;
	unsigned ways;
	const char *tool; /* what the tool's server says; NULL: what it should */
	enum script_then then;
	const char *policy;     /* of the tool's integration, a member with its comma */
	const char *department; /* the same of the department */
	const char *desk;       /* and of the router */
	const char *plays[10];  /* by the model's server; NULL: what it should */
	bool circle;            /* there is a department "Spa" with the first, and the first with it */
	bool refused;           /* nobody listens where the model should be */
	bool unasked;           /* the model is not told of it */
	unsigned before;        /* how often the same was said before */
	const char *say;
	enum turn_status status;
	const char *code;
	const char *reply; /* a part of it */
	const char *cause; /* error.type of a span, where it is not the code; "": of the turn's own alone */
};

struct trouble {
	struct stage stage;
	struct script_server *tools;
	struct table_model model;
	struct session *session;
	cJSON *minds;
};

void trouble_open(struct trouble *trouble, const struct trouble_row *row, size_t way);
void trouble_close(struct trouble *trouble);
/* The model from now on; refused: nobody is where it should be. */
void trouble_use_model(struct trouble *trouble, bool asked, bool refused);
/* Runs a turn to its end. */
const struct turn *trouble_say(struct trouble *trouble, const char *utterance);
/* A sentence, nothing of which is for machines or for nobody. */
void trouble_expect_clear(const char *reply, const char *where);

#endif
