/* A curl multi handle driven by the loop: curl's socket action interface over one uv_poll per connection and
 * one timer. Knows connections, not requests; http_lane.c is its only user. */
#ifndef EXECUTOR_MULTI_H
#define EXECUTOR_MULTI_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct multi_socket;

/* What is known of the socket of an easy handle. */
struct multi_link {
	bool connected; /* the caller's to set, when the connection has been made */
	bool prompt;    /* the caller's to set, before multi_add: what arrives is acknowledged at once */
	int error;      /* errno where the system refused the last one, else 0 */
};

struct multi {
	CURLM *curl;
	uv_loop_t *loop;
	uv_timer_t timer;              /* when curl wants to be called although no socket is ready */
	struct multi_socket **sockets; /* by file descriptor */
	size_t capacity;
	size_t open;              /* uv handles not closed yet, the timer's included */
	bool busy, timer_changed; /* inside curl; what it wants of the timer has not been done yet */
	long timeout_ms;          /* from now; negative: none */
	/* A transfer has ended. Called outside curl: anything may be done. */
	void (*done)(struct multi *multi, CURL *easy, CURLcode code);
	/* What multi_adopt was given for the handle. */
	struct multi_link *(*link)(CURL *easy);
	/* Every handle is closed: the memory may go. */
	void (*closed)(struct multi *multi);
};

/* done, link and closed stand already. So many connections, in use or idle, are kept before one that is
 * idle is closed; with fewer than are in flight, each that ends would close its own. False when curl cannot
 * make a handle; then nothing is to be undone. */
bool multi_init(struct multi *multi, uv_loop_t *loop, size_t connections);
/* Closes all connections; closed follows from the loop. Every easy handle was removed before. */
void multi_close(struct multi *multi);
/* Once for each new easy handle: makes its sockets known to multi. link->connected becomes false when a
 * socket is opened for it. */
void multi_adopt(struct multi *multi, CURL *easy, struct multi_link *link);
/* Starts a transfer. Nothing is called back inside. */
bool multi_add(struct multi *multi, CURL *easy);
void multi_remove(struct multi *multi, CURL *easy);

#endif
