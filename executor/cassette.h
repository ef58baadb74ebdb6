/* Cassettes: what was asked of servers and what came back, one interaction a line (JSON Lines), so that a run
 * can be had again without the servers. http.c asks here before it sends and tells here what it received, so
 * retries, spans, classification and models run over recordings as they do live.
 *
 * The first line is {"cassette": 1}. Each further one is
 *   {"request": {"method", "url", "headers"?, "body"? (JSON) or "text"? or "base64"?},
 *    "response": {"status", "headers"?, "text"? or "base64"?, "failure"?, "message"?, …},
 *    "timing": {"dnsMs", "connectMs", "tlsMs", "ttfbMs", "totalMs", "silenceMs"?},
 *    "variables"?: {"MOCK_URL": origin}}
 * Secrets are redacted before anything is written. A line is in the file as soon as its answer is there. */
#ifndef EXECUTOR_CASSETTE_H
#define EXECUTOR_CASSETTE_H

#include "executor/env.h"
#include "executor/fault.h"
#include "executor/http.h"
#include "executor/redact.h"

enum cassette_mode {
	CASSETTE_RECORD, /* everything is sent and recorded; the file begins anew */
	CASSETTE_REPLAY, /* nothing is sent: what is not recorded fails */
	CASSETTE_AUTO,   /* what is recorded is replayed, the rest is sent and recorded */
};

struct cassette;
struct interaction;

/* env and redactor outlive the cassette. In replay, a variable that begins recorded URLs and is not set is
 * set to what it was, so that no server need be named. fast: the same outcomes without the recorded waiting.
 * Returns NULL with faults (whose lines are the file's) or *error (caller frees) naming file and cure;
 * *unwritable tells then whether the system would not let us record there. A torn last line, and what else is
 * worth saying, becomes a warning in faults. */
struct cassette *cassette_open(const char *path, enum cassette_mode mode, bool fast, struct env *env,
	const struct redactor *redactor, struct faults *faults, char **error, bool *unwritable);
#define CASSETTE_MAX_BYTES ((size_t)512 << 20)
/* Every fault of a cassette's text, as cassette_open finds them; lines are the text's. */
void cassette_check(const char *text, size_t len, struct faults *faults);
/* Does text begin as a cassette does, whatever its version? */
bool cassette_is(const char *text, size_t len);
/* NULL is allowed. After the last http that uses it. */
void cassette_close(struct cassette *cassette);
enum cassette_mode cassette_mode(const struct cassette *cassette);
const char *cassette_path(const struct cassette *cassette);
/* Interactions written, and lines that could not be (a full disk); those are lost, the run goes on. */
size_t cassette_recorded(const struct cassette *cassette);
size_t cassette_write_errors(const struct cassette *cassette);
size_t cassette_played(const struct cassette *cassette);
/* Recordings nobody asked for: how many, and the n-th as "FILE:4: GET ${MOCK_URL}/rooms" (caller frees). */
size_t cassette_unused(const struct cassette *cassette);
char *cassette_unused_title(const struct cassette *cassette, size_t n);

/* For http.c. */

enum cassette_answer {
	CASSETTE_LIVE, /* send it, and tell cassette_record what came of it */
	CASSETTE_PLAY, /* *interaction has the answer; each is given once, in the file's order */
	CASSETTE_MISS, /* *why (caller frees) names the nearest recording and the first difference */
};

enum cassette_answer cassette_ask(struct cassette *cassette, const struct http_request *request,
	const struct interaction **interaction, char **why);
/* Records an answer or a failure; response NULL: cancelled by the caller after ms. */
void cassette_record(struct cassette *cassette, const struct http_request *request,
	const struct http_response *response, double ms);
/* Nothing is to be waited for. */
bool cassette_fast(const struct cassette *cassette);
/* The recorded response, its body appended to body (reset, its maximum set by the caller). What does not fit
 * there becomes HTTP_TOO_LARGE. Valid until the cassette is closed. */
void cassette_play(
	const struct interaction *interaction, struct http_response *response, struct buffer *body);

#endif
