/* HTTP requests over libcurl on the loop: kept-alive connections, an attempt's timeout, a cap on what is
 * received, redirects. Judges nothing: a 503 is an answer. Retries nothing either, and keeps curl from doing
 * so unasked. */
#ifndef EXECUTOR_HTTP_H
#define EXECUTOR_HTTP_H

#include "executor/buffer.h"
#include "executor/clock.h"
#include "executor/result.h"

#include <uv.h>

#define HTTP_MAX_REDIRECTS 5
/* At a time; see http_limit. */
#define HTTP_MAX_RUNNING 256
#define HTTP_MAX_PER_HOST 256
#define HTTP_MAX_HEADER_BYTES ((size_t)256 << 10)
#define HTTP_MAX_WANTED 16

struct http_header {
	const char *name, *value; /* without CR and LF */
	bool secret;              /* stays away from a redirect's target when that is another origin */
};

/* Limits on parts of a request, each from when that part begins; 0: none. */
struct http_limits {
	double connect_ms; /* name, connection and TLS together; each redirect's anew */
	double ttfb_ms;    /* from a connection that stands to the first byte of the answer */
	double stall_ms;   /* without a header line or a byte of a body, either way; before the first only
			      without ttfb_ms */
};

struct cassette;

enum http_version {
	HTTP_VERSION_AUTO, /* 2 where TLS offers it, else 1.1 */
	HTTP_VERSION_1_1,
	HTTP_VERSION_2, /* over plain http without asking (RFC 9113 §3.3) */
};

/* How a request travels where that is not as usual. Files are PEM; NULL: as by default. */
struct http_transport {
	const char *ca_file;                             /* the only ones trusted */
	const char *cert_file, *key_file, *key_password; /* key_file NULL: it is in cert_file */
	const char *folder;      /* where a template's relative files are; http.c takes files as they are */
	const char *server_name; /* in SNI, and what the certificate is for; NULL: the URL's host */
	const char *proxy;       /* URL, http, https or socks; "": none; counts for this machine, too */
	bool proxy_elsewhere;    /* it does not count for this machine after all */
	bool insecure;           /* whoever it is that answers */
	bool tls13;              /* no older TLS than 1.3, else than 1.2 */
	bool cookies;            /* kept and sent again, a jar for each origin */
	enum http_version version;
};

/* What is this machine, as CURLOPT_NOPROXY takes it: the mock backend lives here. */
#define HTTP_THIS_MACHINE "localhost,127.0.0.1,::1"

/* All that it points at must stay until the callback, or until http_cancel returns. */
struct http_request {
	const char *method, *url; /* method in upper case; url http or https */
	const struct http_header *headers;
	size_t header_count;
	const char *body; /* NULL: none */
	size_t body_len;
	double deadline_ms; /* like timeout_ms, but from http_start on, waiting in line included; 0: none */
	double timeout_ms;  /* from the moment it is sent to the last byte of the answer; 0: none */
	struct http_limits limits;
	const struct http_transport *transport; /* NULL: as by default */
	size_t max_bytes;                       /* of the answer's body, decompressed; 0: no limit */
	bool stay;                              /* a redirect is an answer like others */
	bool repeatable; /* false: goes over a connection of its own, because curl re-sends a request when a
			    kept-alive one turns out dead */
	/* curl sends it again because that happened. Called with http_start's ctx inside curl: nothing may be
	 * started or cancelled. May be NULL. */
	void (*resent)(const struct attempt_timing *so_far, void *ctx);
	/* Told of the body as it comes, decoded, while it is collected; also of the one that a redirect has,
	 * with its status. A cassette has it in one piece. Where resent may be called, and NULL, as that. */
	void (*part)(long status, const char *bytes, size_t len, void *ctx);
	/* Names of headers whose values response.headers has, at most HTTP_MAX_WANTED and NULL behind them;
	 * NULL: none. */
	const char *const *wanted;
};

enum http_failure {
	HTTP_OK,
	HTTP_PROXY_REFUSED, /* the proxy would not let us through: nothing was sent */
	HTTP_NOT_CONNECTED, /* no name, refused, unreachable: nothing was sent */
	HTTP_LOST,          /* the connection broke, or what came was not HTTP */
	HTTP_TIMEOUT,
	HTTP_TLS,
	HTTP_BAD_URL,         /* malformed */
	HTTP_URL_NOT_ALLOWED, /* neither http nor https; a redirect's too */
	HTTP_TOO_LARGE,       /* the body */
	HTTP_HEADERS_TOO_LARGE,
	HTTP_TOO_MANY_REDIRECTS,
	HTTP_UNDECODABLE,  /* the body is not what Content-Encoding says */
	HTTP_INTERNAL,     /* curl would not do it at all */
	HTTP_NOT_RECORDED, /* the cassette has no answer, and nothing is sent */
};

/* Valid during the callback; body may be taken (buffer_take). */
struct http_response {
	enum http_failure failure;
	const char *message;               /* what went wrong, in words; "" when nothing */
	bool sent;                         /* the request may have reached the server */
	long status;                       /* 0: no answer */
	const char *content_type;          /* NULL: none */
	double retry_after_ms;             /* negative: none */
	const struct http_header *headers; /* those wanted that the answer has, as wanted writes them */
	size_t header_count;
	struct buffer *body;
	const char *version;       /* "1.1", "2"; NULL: no answer */
	const char *redirected_to; /* the last URL; NULL: no redirect was followed */
	int redirects;
	int resends; /* how often curl sent it again on its own; only where request.repeatable */
	struct attempt_timing timing;
	double silence_ms;    /* the longest time without a byte within the answer; with a cassette only */
	const char *cassette; /* "record", "replay", "miss"; NULL: there is no cassette */
};

typedef void (*http_done)(const struct http_response *response, void *ctx);

struct http;
struct http_transfer;

/* curl itself is set up by the first request. loop and clock outlive it. */
struct http *http_new(uv_loop_t *loop, const struct clock *clock);
/* From now on every request goes by the cassette, which outlives http; NULL: live. While nothing runs. */
void http_use_cassette(struct http *http, struct cassette *cassette);
/* Cancels what runs. Run the loop once more before closing the loop. NULL is allowed. */
void http_free(struct http *http);
/* How many may run at a time, overall and at one host; at least 1. */
void http_limit(struct http *http, size_t max_running, size_t max_per_host);
/* done follows from the loop, once, never inside. Where no more may run it waits in line, and that time does
 * not count for its timeout. */
struct http_transfer *http_start(
	struct http *http, const struct http_request *request, http_done done, void *ctx);
/* done will not be called. Not for a transfer whose callback has been called. *timing (may be NULL) becomes
 * what it has come to so far. */
void http_cancel(struct http_transfer *transfer, struct attempt_timing *timing);
/* What has come of the body is all that is wanted: the answer ends here, however long the server holds on.
 * done is called inside. Not before part, nor within it. */
void http_end(struct http_transfer *transfer);
/* Scheme, host and port are the same. False for what is no URL. */
bool http_same_origin(const char *a, const char *b);
/* Its host is this machine, as HTTP_THIS_MACHINE has it. */
bool http_is_this_machine(const char *url);
/* The value of a header that was wanted; NULL where the answer has none. */
const char *http_response_header(const struct http_response *response, const char *name);
/* What is wrong with the form of a URL, in curl's words; NULL: nothing. */
const char *http_url_fault(const char *url);
/* What goes with every request that has no header of that name itself. */
const struct http_header *http_default_headers(size_t *count);
/* "Service Unavailable"; "" for a status without a name of its own. */
const char *http_status_text(long status);

#endif
