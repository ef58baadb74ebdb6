/* Inside the mock backend: what its JSON file says, checked, and what a request has for it. The values of an
 * answer (bodies, headers) stay in the parsed document and are borrowed from there. assets/mock.schema.json
 * is the same format for editors. */
#ifndef EXECUTOR_MOCK_DEFINITION_H
#define EXECUTOR_MOCK_DEFINITION_H

#include "executor/buffer.h"
#include "executor/clock.h"
#include "executor/mock_server.h"

#include <cjson/cJSON.h>

#define MOCK_BODY_MAX ((size_t)1 << 20) /* bytes of one request's body */

#define MOCK_FAULTS(_)                                                                                       \
	_(CLOSE, "close")       /* the connection is closed without an answer */                             \
	_(RESET, "reset")       /* the same with a TCP reset */                                              \
	_(TRUNCATE, "truncate") /* half of the body, then closed */                                          \
	_(TRICKLE, "trickle")   /* the body a byte at a time */                                              \
	_(GARBAGE, "garbage")   /* bytes that are no HTTP, then closed */                                    \
	_(TIMEOUT, "timeout")   /* no answer at all, the connection stays open */

enum mock_fault {
	MOCK_FAULT_NONE,
#define MOCK_FAULT_ENUM(name, text) MOCK_FAULT_##name,
	MOCK_FAULTS(MOCK_FAULT_ENUM)
#undef MOCK_FAULT_ENUM
};

const char *mock_fault_name(enum mock_fault fault); /* NULL for none */

enum mock_delay_kind {
	MOCK_DELAY_FIXED,
	MOCK_DELAY_UNIFORM,
	MOCK_DELAY_LOGNORMAL,
};

/* How long an answer is held back. All zero: not at all. */
struct mock_delay {
	enum mock_delay_kind kind;
	double low_ms, high_ms;  /* fixed: low_ms alone */
	double median_ms, sigma; /* of a log-normal distribution, none of whose draws is above high_ms */
};

struct mock_answer {
	unsigned status;                         /* 0 where the file names none */
	const cJSON *headers;                    /* object of strings (templates), or NULL */
	const cJSON *body;                       /* a JSON template, or NULL */
	const char *text;                        /* a text template, or NULL */
	const char *content_type;                /* or NULL */
	const cJSON *data, *errors, *extensions; /* of a GraphQL answer, templates, or NULL */
	struct mock_delay delay;
	double trickle_ms;
	enum mock_fault fault;
	double fault_probability;
	char *fixed; /* the body already printed, where it holds no template */
	size_t fixed_len;
};

/* What now and then happens instead of the usual answer. */
struct mock_chance {
	double probability;
	struct mock_answer answer;
	bool whole;   /* an answer of its own; else its fault and its delay happen to the usual one */
	bool delayed; /* has a delay of its own */
};

/* What a route answers, request after request. */
struct mock_sequence {
	struct mock_answer *answers;
	size_t count;                /* at least 1 */
	bool loop;                   /* begins again after the last; else stays at it */
	struct mock_chance *chances; /* their probabilities add up to 1 at most */
	size_t chance_count;
};

/* What one request gets. */
struct mock_choice {
	const struct mock_answer *answer;
	double latency_ms;
	enum mock_fault fault;
};

struct mock_match {
	const cJSON *query, *headers, *body, *variables; /* objects (body: any), or NULL: anything goes */
};

struct mock_segment {
	char *text; /* percent-decoded, or a parameter's name */
	bool parameter;
};

struct mock_route {
	char *method;     /* upper case */
	const char *path; /* as the file has it */
	struct mock_segment *segments;
	size_t segment_count;
	struct mock_match match;
	struct mock_sequence sequence;
};

struct mock_operation {
	const char *name; /* or NULL: known by its document */
	char *document;   /* canonical, or NULL */
	struct mock_match match;
	struct mock_sequence sequence;
	size_t index; /* among the operations of all endpoints */
};

struct mock_endpoint {
	const char *path;
	struct mock_operation *operations;
	size_t operation_count;
};

struct mock_definition {
	cJSON *root;
	struct mock_route *routes;
	size_t route_count;
	struct mock_endpoint *endpoints;
	size_t endpoint_count;
	size_t operation_count; /* of all endpoints */
};

/* The answer to the nth request (from 0) of a sequence. */
const struct mock_answer *mock_sequence_at(const struct mock_sequence *sequence, size_t n);

/* mock_chance.c: delays and faults as chance has it. */

#define MOCK_LATENCY_MAX_MS 3600000.0 /* also how long a timeout keeps a request waiting */

/* The chance of one request alone: the same for the same seed, source of answers (which) and request (n),
 * whatever other requests come between. */
void mock_chance_seed(struct rng *rng, uint64_t seed, uint64_t which, size_t n);
double mock_delay_draw(const struct mock_delay *delay, struct rng *rng);
struct mock_choice mock_choose(const struct mock_sequence *sequence, size_t n, struct rng *rng);
/* The member "latencyMs": a number, {"uniform": [low, high]} or {"lognormal": {"median", "sigma", "max"}}. */
void mock_delay_parse(
	struct mock_delay *delay, const cJSON *object, const char *pointer, struct faults *faults);
/* A member from 0 to 1, or fallback. */
double mock_probability_parse(
	const cJSON *object, const char *name, double fallback, const char *pointer, struct faults *faults);

/* mock_answer.c: reads and checks the answers in one route or operation. */

/* Where a template may take its values from; a path's parameters are the segments'. */
struct mock_place {
	const struct mock_segment *segments;
	size_t segment_count;
	bool graphql;
	bool node;           /* a mock node: any name may be an argument's */
	const cJSON *output; /* the body of an answer that has none and is no error; NULL: none */
	double latency_ms;   /* of an answer that names none */
};

void mock_sequence_parse(struct mock_sequence *sequence, const cJSON *object, const struct mock_place *place,
	const char *pointer, struct faults *faults);
void mock_sequence_done(struct mock_sequence *sequence);

/* mock_member.c */

/* Faults for every member of object that is not in names (NULL-terminated). */
void mock_check_members(
	const cJSON *object, const char *const *names, const char *pointer, struct faults *faults);
/* A member with a type: NULL where it is absent or, with a fault, of another one. type is cJSON_String and so
 * on. */
const cJSON *mock_member(
	const cJSON *object, const char *name, int type, const char *pointer, struct faults *faults);
/* A number from 0 to max, or fallback. */
double mock_member_number(const cJSON *object, const char *name, double fallback, double max,
	const char *pointer, struct faults *faults);
/* A fault at pointer/name. */
void mock_fault_at(struct faults *faults, const char *pointer, const char *name, const char *format, ...)
	PRINTF_ATTR(4, 5);

/* A request as far as templates and matches are concerned. Members are NULL where there is nothing. */
struct mock_view {
	const cJSON *path, *query, *body, *variables;
	const char *(*header)(void *ctx, const char *name); /* case does not matter; NULL when absent */
	void *ctx;
	size_t count; /* which request of its route it is, from 1 */
	bool node;    /* arguments are all there is */
	const cJSON *arguments;
};

/* mock_template.c */

/* True when value, or a string in it, holds a template. */
bool mock_template_used(const cJSON *value);
/* Faults for what text could never mean at this place: an unclosed {{, an unknown name, a path parameter the
 * path does not have. */
void mock_template_check(
	const char *text, const struct mock_place *place, const char *pointer, struct faults *faults);
void mock_template_check_json(
	const cJSON *value, const struct mock_place *place, const char *pointer, struct faults *faults);
/* A copy of value with the templates in its strings filled in. The caller deletes it. */
cJSON *mock_template_fill(const cJSON *value, const struct mock_view *view);
/* Text with its templates filled in; what is missing is empty. The caller frees it. */
char *mock_template_fill_text(const char *text, const struct mock_view *view);

/* mock_match.c, mock_route.c */

bool mock_path_parse(const char *path, struct mock_segment **segments, size_t *count, char **error);
void mock_path_done(struct mock_segment *segments, size_t count);
void mock_match_parse(struct mock_match *match, const cJSON *object, bool graphql, const char *pointer,
	struct faults *faults);
bool mock_match_accepts(const struct mock_match *match, const struct mock_view *view);
/* True when a and b accept the same paths. */
bool mock_route_same_path(const struct mock_route *a, const struct mock_route *b);
/* Percent-decodes len bytes; with plus, "+" is a space. The caller frees. NULL for a decoded NUL. */
char *mock_percent_decode(const char *text, size_t len, bool plus);
/* "a=1&b=2" as an object of strings; the caller deletes it. */
cJSON *mock_query_parse(const char *query, size_t len);

enum mock_routing {
	MOCK_ROUTED,
	MOCK_NO_PATH,   /* no route has this path */
	MOCK_NO_METHOD, /* routes with this path have other methods */
	MOCK_NO_MATCH,  /* path and method fit, no match accepts the request */
};

/* Finds the route for a request: literal segments before parameters, then in the file's order. On MOCK_ROUTED
 * *index is the route; *parameters (caller deletes) are the path's, also handed to match through view->path.
 * path is the raw target without query; HEAD is served by GET where nothing else does. */
enum mock_routing mock_route_find(const struct mock_definition *definition, const char *method,
	const char *path, struct mock_view *view, size_t *index, cJSON **parameters);
/* "GET, HEAD, POST": what can be asked of path. The caller frees it. */
char *mock_route_allow(const struct mock_definition *definition, const char *path);
/* The (at most three) routes that look most like it, as an array of "GET /path"; the caller deletes it. */
cJSON *mock_route_nearest(const struct mock_definition *definition, const char *method, const char *path);

/* mock_graphql.c */

/* The endpoint at a raw path, or NULL. */
const struct mock_endpoint *mock_endpoint_find(const struct mock_definition *definition, const char *path);

struct mock_graphql_request {
	const char *method;                /* "GET" or "POST"; anything else is refused */
	const char *accept, *content_type; /* header values or NULL */
	const char *body;                  /* of a POST */
	size_t body_len;
};

/* What a GraphQL request came to: an operation, or a refusal (operation NULL). */
struct mock_graphql_outcome {
	const struct mock_operation *operation;
	cJSON *body;       /* the parsed POST body, owned */
	cJSON *variables;  /* owned when body is NULL, else inside body */
	const char *media; /* content type of the answer, literal */
	unsigned status;   /* of a refusal */
	const char *allow; /* with 405: the Allow header, literal */
	cJSON *refusal;    /* {"errors": […]}, owned */
	char *label;       /* "mutation CancelBooking", for the log, owned; NULL when unknown */
};

/* Reads a request as GraphQL-over-HTTP (draft) has it and chooses the operation. view is completed with body
 * and variables, which live as long as outcome. */
void mock_graphql_choose(const struct mock_endpoint *endpoint, const struct mock_graphql_request *request,
	struct mock_view *view, struct mock_graphql_outcome *outcome);
void mock_graphql_outcome_done(struct mock_graphql_outcome *outcome);
/* The status an answer has where the file names none. */
unsigned mock_graphql_status(const struct mock_answer *answer, const char *media);

#define MOCK_MEDIA_GRAPHQL "application/graphql-response+json; charset=utf-8"
#define MOCK_MEDIA_JSON "application/json; charset=utf-8"

#endif
