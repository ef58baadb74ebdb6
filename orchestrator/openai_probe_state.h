/* A probe while it runs, shared by openai_probe.c (what is asked when), openai_probe_ask.c (one request and
 * what came of it), openai_probe_plain.c, openai_probe_tools.c and openai_probe_rest.c (what is asked, and
 * what the answers mean). Private to these. */
#ifndef ORCHESTRATOR_OPENAI_PROBE_STATE_H
#define ORCHESTRATOR_OPENAI_PROBE_STATE_H

#include "orchestrator/openai.h"
#include "orchestrator/openai_probe.h"

#define PROBE_ROOM_TOKENS 512 /* for answers that are not to be cut: models that think need some */
#define PROBE_CUT_TOKENS 16   /* for the one that is */

enum probe_kind {
	PROBE_CHAT,
	PROBE_LIST,   /* GET /models */
	PROBE_BROKEN, /* a request that is none */
};

struct probe_request {
	enum probe_kind kind;
	const char *prompt; /* NULL: the probe's messages */
	bool stream, tools, no_calls, has_seed, has_temperature;
	int max_tokens;    /* 0: no limit */
	const char *field; /* for max_tokens; NULL: what is known to work */
};

/* The last request and its answer. response is valid inside a step's judge only. */
struct probe_exchange {
	struct probe_request request;
	struct openai openai;   /* the engine's, with this request's settings */
	struct model_call call; /* what openai_*.c work on; outcome is NULL where failure has a code */
	cJSON *messages;
	struct openai_failure failure;
	const struct http_response *response;
	uint64_t start_ns;
	double first_ms, last_ms, total_ms; /* of what belongs to the answer; negative: nothing came */
	size_t pieces, begun_len;           /* reads that brought some of it */
};

struct openai_probe {
	struct engine *engine;
	const struct openai *openai;
	struct probe_listener listener;
	uint64_t start_ns;
	double timeout_ms;
	uv_timer_t deadline, timer; /* timer: until it is asked again, and for a server's end */
	int open_timers;
	bool over; /* cancelled or timed out: nothing is asked any more */

	size_t step;
	int tries; /* of this step */
	struct probe_exchange x;
	struct http_transfer *transfer;
	char *url, *body;
	struct http_header headers[4];

	struct workflow *desk; /* a router with one tool */
	struct tool_set tools;
	char *model;

	/* What has been learnt. */
	bool reachable, answers, streams, calls;
	bool no_parallel;   /* parallel_tool_calls is refused, whatever it says */
	const char *field;  /* that limits tokens; NULL: none does */
	bool field_refused; /* the one that is set */
	double whole_ms;    /* a plain answer took */
	cJSON *round;       /* messages up to a tool's result */
	char *drawn;        /* the answer to the first request with a seed */
	bool has_id, has_processing;
	struct openai_limit request_limit, token_limit; /* negative: not told */

	bool told[PROBE_CHECK_COUNT];
	struct probe_report report;
	cJSON *settings;
};

struct probe_step {
	enum probe_check check; /* that is under way */
	/* What to ask; false: nothing, and what there is to tell has been told. */
	bool (*ask)(struct openai_probe *probe, struct probe_request *request);
	void (*judge)(struct openai_probe *probe, const struct probe_exchange *x);
};

/* openai_probe_plain.c, _tools.c and _rest.c: the steps in order, {0} behind the last. */
extern const struct probe_step probe_plain_steps[], probe_tool_steps[], probe_last_steps[];

/* openai_probe_ask.c */

/* Sends x->request; openai_probe_answered follows from the loop. */
void openai_probe_ask(struct openai_probe *probe);
/* Gives up what is under way, if anything. */
void openai_probe_hang_up(struct openai_probe *probe);
void openai_probe_forget(struct openai_probe *probe);

/* openai_probe.c */

void openai_probe_answered(struct openai_probe *probe);

struct probe_note {
	enum probe_check check;
	enum probe_verdict verdict;
	bool blocks;
	const char *follows; /* NULL: nothing */
};

/* One line; each check once, more are ignored. */
void probe_tell(struct openai_probe *probe, struct probe_note note, const char *format, ...)
	PRINTF_ATTR(3, 4);
/* Takes value. */
void probe_recommend(struct openai_probe *probe, const char *member, cJSON *value);
/* What is wrong with the answer, without the URL that stands before it. */
const char *probe_said(const struct probe_exchange *x);
/* The beginning of a text, and that in quotation marks. */
#define PROBE_QUOTE_SIZE 72
const char *probe_cut(const char *text, char buf[PROBE_QUOTE_SIZE]);
const char *probe_quote(const char *text, char buf[PROBE_QUOTE_SIZE]);
/* The answer's deviations in words, of those in mask; "" where there are none. Caller frees. */
char *probe_quirks(const struct probe_exchange *x, unsigned mask);

#endif
