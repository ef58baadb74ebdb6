/* A visit of the doctor's to a server that does it all by the book, but for one reply. */
#ifndef TESTS_ORCHESTRATOR_PROBE_VISIT_H
#define TESTS_ORCHESTRATOR_PROBE_VISIT_H

#include "orchestrator/openai_probe.h"
#include "tests/orchestrator/chat_server.h"

/* What the server says to one request. */
struct reply {
	int status;        /* 0: body is a stream's events */
	const char *body;  /* NULL: says nothing and holds the line */
	unsigned first_ms; /* before it says anything */
	const char *headers;
};

enum ask {
	ASK_LIST,
	ASK_ANSWER,
	ASK_LIMIT,
	ASK_STREAM,
	ASK_CALL,
	ASK_RESULT,
	ASK_PARALLEL,
	ASK_NO_CALLS,
	ASK_SEED,
	ASK_SEED_AGAIN,
	ASK_TEMPERATURE,
	ASK_BROKEN,
	ASK_COUNT
};

#define WHOLE(message, reason)                                                                               \
	{                                                                                                    \
		200, CHAT_WHOLE(message, reason), 0, NULL                                                    \
	}
#define SAYS(text) WHOLE("\"content\":\"" text "\"", "stop")
#define REFUSES(status, message)                                                                             \
	{                                                                                                    \
		status, "{\"error\":{\"message\":\"" message "\"}}", 0, NULL                                 \
	}
#define FUNCTION(name, arguments) "\"function\":{\"name\":\"" name "\",\"arguments\":" arguments "}"
#define CITY(city) FUNCTION("get_weather_sky", "\"{\\\"city\\\":\\\"" city "\\\"}\"")
#define CALLED(index, id, city)                                                                              \
	CHAT_CALL("\"index\":" index ",\"id\":\"" id "\",\"type\":\"function\"," CITY(city))

struct visit {
	struct chat chat;
	struct openai_probe *probe;
	struct {
		bool told;
		enum probe_verdict verdict;
		char *seen, *follows;
		bool blocks;
	} lines[PROBE_CHECK_COUNT];
	size_t told, cancel_after; /* lines; 0: never */
	bool done;
	struct probe_report report;
	char *settings;
};

extern const struct reply visit_good[ASK_COUNT];

/* The good server's script with the reply to one request replaced, and one more behind it. settings NULL: a
 * model alone; instead NULL: none is replaced. */
void visit_open(struct visit *visit, const char *settings, enum ask at, const struct reply *instead);
void visit_add_reply(struct visit *visit, const struct reply *reply);
struct probe_listener visit_listener(struct visit *visit);
void visit_run(struct visit *visit, double timeout_ms);
void visit_close(struct visit *visit);
/* seen and follows: what has to stand in them. */
void visit_expect(const struct visit *visit, enum probe_check check, enum probe_verdict verdict,
	const char *seen, const char *follows, const char *comment);

#endif
