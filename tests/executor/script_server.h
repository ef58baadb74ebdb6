/* A TCP server on the test's loop that says exactly what it was told, lies included: it reads one HTTP
 * request after the other and gives each the next reply of its script; the last one is repeated. */
#ifndef TESTS_SCRIPT_SERVER_H
#define TESTS_SCRIPT_SERVER_H

#include <stddef.h>
#include <uv.h>

enum script_then {
	SCRIPT_KEEP,  /* the connection stays open */
	SCRIPT_CLOSE, /* after the bytes */
	SCRIPT_RESET, /* RST after the bytes */
	SCRIPT_DEAF,  /* the connection stays open and nothing more is read from it */
};

struct script_server;

struct script_server *script_server_new(uv_loop_t *loop);
/* Run the loop once more. */
void script_server_free(struct script_server *server);
unsigned script_server_port(const struct script_server *server);
/* Raw bytes; NULL says nothing. */
void script_raw(struct script_server *server, const char *bytes, enum script_then then);
void script_raw_bytes(struct script_server *server, const char *bytes, size_t len, enum script_then then);
/* A well-formed answer. headers is "" or lines that end in CRLF; type NULL: no Content-Type. */
void script_answer(
	struct script_server *server, int status, const char *type, const char *headers, const char *body);
/* The reply that was added last comes after first_ms, then a byte every byte_ms; 0: all at once. */
void script_pace(struct script_server *server, unsigned first_ms, unsigned byte_ms);
/* The reply that was added last comes in two pieces, the first of at bytes: it has been read when the second
 * is written. */
void script_split(struct script_server *server, size_t at);
/* What is said to a request, head and body: bytes that are freed, NULL for nothing. */
typedef char *(*script_answer_cb)(void *ctx, const char *request, enum script_then *then);
/* From now on this is asked, and no script is played. */
void script_answer_by(struct script_server *server, script_answer_cb answer, void *ctx);
/* From now on says this to every new connection's first bytes, whatever they are. */
void script_greet(struct script_server *server, const char *bytes, enum script_then then);
void script_greet_bytes(struct script_server *server, const char *bytes, size_t len, enum script_then then);
/* From now on every connection hears the script from its beginning, not where the one before left it. */
void script_each(struct script_server *server);
/* From now on connections are accepted and never read, and take in as little as can be. */
void script_deafen(struct script_server *server);
/* Begins a new script. */
void script_clear(struct script_server *server);
/* Bytes of paced replies that were sent so far. */
size_t script_paced(const struct script_server *server);
/* What arrived so far: complete requests and connections. */
size_t script_requests(const struct script_server *server);
size_t script_connections(const struct script_server *server);
/* Connections that neither side has closed, as far as was read. */
size_t script_open(const struct script_server *server);
/* Text of request i, head and body; "" when there was none. */
const char *script_request(const struct script_server *server, size_t i);
/* How many bytes that are, where NULs may be among them. */
size_t script_request_bytes(const struct script_server *server, size_t i);

#endif
