/* A transfer and its pool, shared by http.c (who runs and who waits), http_hop.c (what is sent) and
 * http_answer.c (what came back) and http_play.c (what a cassette has instead). Private to these. */
#ifndef EXECUTOR_HTTP_STATE_H
#define EXECUTOR_HTTP_STATE_H

#include "executor/http.h"
#include "executor/line.h"
#include "executor/multi.h"
#include "executor/server_name.h"

enum transfer_state {
	TRANSFER_FREE,
	TRANSFER_QUEUED,
	TRANSFER_RUNNING,
	TRANSFER_PLAYING, /* its answer comes from the cassette */
	TRANSFER_DONE,    /* inside its callback */
};

enum http_stage {
	HTTP_CONNECTING,
	HTTP_WAITING, /* for the first byte, and sending until then */
	HTTP_RECEIVING,
};

enum http_limit {
	HTTP_LIMIT_NONE,
	HTTP_LIMIT_TOTAL,
	HTTP_LIMIT_CONNECT,
	HTTP_LIMIT_TTFB,
	HTTP_LIMIT_STALL,
};

/* What http_watch.c keeps. stage_ns and byte_ns only where the request has limits. */
struct http_watch {
	enum http_stage stage;
	enum http_limit limit; /* the one that the timer stands for */
	uint64_t start_ns;     /* 0: not started */
	uint64_t stage_ns, byte_ns;
	curl_off_t moved;
	double silence_ms; /* the longest within an answer, while recorded */
};

/* One of curl's easy handles, with what it was last set to. There are as many as transfers run at a time, not
 * as wait: each of them has its buffers, and those that were just used are still in the cache. */
struct http_handle {
	CURL *easy;
	struct http_lane *lane;
	struct http_transfer *t;        /* whose it is */
	struct http_handle *all, *next; /* the lane's: every one there is; the free ones */
	char error[CURL_ERROR_SIZE];
	bool runs; /* it is in its lane's multi handle */
	struct multi_link link;
	bool special, progress; /* set up for one transport; tells of bytes */
	const char *set_method; /* NULL: curl's own of the kind */
	CURLU *address;         /* where it went last, NULL where that was no URL */
	char *address_text;
};

/* A multi handle and the easy handles that run on it. For each request curl walks along a multi handle's
 * connections, twice, so a thousand of them are shared out among several. */
struct http_lane {
	struct multi multi; /* first: done() and closed() are handed this */
	struct http *http;
	struct http_lane *next;
	size_t running;
	struct http_handle *handles, *free_handles;
};

struct http_transfer {
	struct http *http;
	enum transfer_state state;
	struct http_handle *handle; /* from when it is sent until it is told; NULL before */
	uv_timer_t timer;
	struct http_request request;
	http_done done;
	void *ctx;
	struct http_transfer *all, *next; /* every one there is; the free ones */
	struct line_place place;
	uint64_t queued_ns, started_ns;

	struct buffer lines; /* the header lines, NUL-separated */
	struct curl_slist *nodes;
	size_t node_capacity;
	const char *method; /* of this hop */
	bool with_body, other_origin;
	char *url;                    /* of this hop, when redirected */
	struct server_name server;    /* of this hop: how curl is told of it, where it has one */
	struct curl_slist connect_to; /* server's */

	struct buffer body;
	struct http_header *wanted; /* HTTP_MAX_WANTED of them; NULL: nobody has wanted any yet */
	size_t header_bytes;
	bool too_large, headers_ended;
	int redirects, sends, resends;
	bool refused; /* by the server, which has not looked at it: curl would have sent it again */
	double allowed_ms;
	struct http_watch watch;
	struct attempt_timing timing;

	const struct interaction *recorded; /* what is played; NULL: nothing is recorded */
	char *miss;                         /* then why */
};

struct http {
	uv_loop_t *loop;
	const struct clock *clock;
	struct cassette *cassette; /* NULL: live */
	bool ready;                /* curl is set up */
	char *no_proxy;
	struct http_jar *jars;
	struct http_transfer *all, *free_ones;
	struct http_lane *lanes; /* the first is the oldest */
	size_t open;             /* lanes, and transfers' timers, not closed yet */
	struct line line;
};

/* http.c's: a transfer has ended; everything is closed. */
void http_on_done(struct multi *multi, CURL *easy, CURLcode code);
void http_on_closed(struct http *http);

/* Gives t a handle, of a lane that has room, where it has none. False when curl has none. */
bool http_handle_take(struct http_transfer *t);
void http_handle_give_back(struct http_transfer *t);
struct http_handle *http_handle_of(CURL *easy);
/* Nothing runs any more; http_on_closed follows from the loop when all else is closed, too. */
void http_lanes_close(struct http *http);
void http_lanes_free(struct http *http);

/* A new easy handle with what stays the same for all its requests; the old one goes. False when curl has
 * none. */
bool http_handle_renew(struct http_handle *handle);
void http_handle_done(struct http_handle *handle);
/* Sends t's request to t->url, or to the request's own where that is NULL. False when curl will not. */
bool http_hop_start(struct http_transfer *t);
/* The hop has ended or is to end; where it has not begun nothing happens. */
void http_hop_stop(struct http_transfer *t);
/* The caller's no_proxy with this machine in it; NULL where no proxy is set at all. Caller frees. */
char *http_no_proxy(void);

/* A handle in t->handle that is set up for the request's transport. False when curl has none. */
bool http_transport_ready(struct http_transfer *t);
void http_transport_free_jars(struct http *http);
/* Cause and cure of a TLS failure; valid until t sends again. */
const char *http_tls_message(struct http_transfer *t, CURLcode code);
/* The other side's refusal, which TLS 1.3 tells only after the request was sent. */
bool http_tls_is_alert(const char *error);
/* The connection ended within the handshake, and nobody said why. */
bool http_tls_broke_off(const char *error);
/* Part of a URL, a default port filled in; NULL where there is none. Caller frees. */
char *http_url_part(const char *url, CURLUPart part);

/* Starts the clock of the whole transfer. */
void http_watch_start(struct http_transfer *t);
/* The transfer has come this far. */
void http_watch_enter(struct http_transfer *t, enum http_stage stage);
/* The longest time without a byte within the answer. */
double http_watch_silence_ms(struct http_transfer *t);
/* Something has come. */
void http_watch_byte(struct http_transfer *t);
/* So many bytes of bodies, up and down, have passed by now. */
void http_watch_moved(struct http_transfer *t, curl_off_t bytes);
/* When the timer has run out: false where bytes came meanwhile, and the timer is set again. */
bool http_watch_expired(struct http_transfer *t);
/* Which limit it was, into buf. */
const char *http_watch_message(const struct http_transfer *t, char *buf, size_t size);
/* http.c's: the timer has run out. */
void http_on_timer(uv_timer_t *timer);

/* Adds the times of the hop that has ended. */
void http_answer_add_timing(struct http_transfer *t);
enum http_failure http_answer_failure(const struct http_transfer *t, CURLcode code);
const char *http_answer_message(struct http_transfer *t, enum http_failure failure, CURLcode code);
/* Fills in status, content type, version, Retry-After and the headers that are wanted. */
void http_answer_describe(struct http_transfer *t, struct http_response *response);
/* Where the answer sends us, or NULL when it is no redirect. Caller frees. */
char *http_redirect_target(struct http_transfer *t);
/* Makes t's next hop go there: method, body and what may travel. HTTP_OK, or why not, with a message. */
enum http_failure http_redirect_prepare(
	struct http_transfer *t, const char *target, char *message, size_t size);

/* Asks the cassette for t, whose allowed_ms stands. False: send it. *wait_ms is how long it takes until there
 * is a response, negative: until somebody cancels. */
bool http_play_begin(struct http_transfer *t, double *wait_ms);
/* The response that was waited for. */
void http_play_describe(struct http_transfer *t, struct http_response *response);

#endif
