/* Which of curl's handles a transfer runs on. See http_state.h. */
#include "executor/http_state.h"

#include <stdlib.h>

#define LANE_WIDTH ((size_t)64)
/* Connections kept, in use or idle. Few requests at a time all go by the first lane, to however many hosts.
 */
#define FIRST_KEEPS 256
#define OTHERS_KEEP (2 * LANE_WIDTH)

struct http_handle *http_handle_of(CURL *easy)
{
	char *private = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	return (struct http_handle *)private;
}

static struct multi_link *link_of(CURL *easy)
{
	return &http_handle_of(easy)->link;
}

static void on_lane_closed(struct multi *multi)
{
	struct http *http = ((struct http_lane *)multi)->http;

	if (--http->open == 0)
		http_on_closed(http);
}

static struct http_lane *lane_new(struct http *http)
{
	struct http_lane *lane = xcalloc(1, sizeof *lane);

	lane->http = http;
	lane->multi.done = http_on_done;
	lane->multi.link = link_of;
	lane->multi.closed = on_lane_closed;
	if (!multi_init(&lane->multi, http->loop, http->lanes ? OTHERS_KEEP : FIRST_KEEPS)) {
		free(lane);
		return NULL;
	}
	http->open++;
	return lane;
}

/* The first with room, or a new one at the end; without either the last will do. */
static struct http_lane *find_lane(struct http *http)
{
	struct http_lane **at = &http->lanes, *lane = NULL;

	for (; *at; at = &lane->next) {
		lane = *at;
		if (lane->running < LANE_WIDTH)
			return lane;
	}
	*at = lane_new(http);
	return *at ? *at : lane;
}

bool http_handle_take(struct http_transfer *t)
{
	struct http_lane *lane;
	struct http_handle *handle;

	if (t->handle)
		return true;
	lane = find_lane(t->http);
	if (!lane)
		return false;
	handle = lane->free_handles;
	if (handle) {
		lane->free_handles = handle->next;
	} else {
		handle = xcalloc(1, sizeof *handle);
		handle->lane = lane;
		handle->all = lane->handles;
		lane->handles = handle;
	}
	handle->t = t;
	t->handle = handle;
	return true;
}

void http_handle_give_back(struct http_transfer *t)
{
	struct http_handle *handle = t->handle;

	if (!handle)
		return;
	handle->next = handle->lane->free_handles;
	handle->lane->free_handles = handle;
	t->handle = NULL;
}

void http_lanes_close(struct http *http)
{
	for (struct http_lane *lane = http->lanes; lane; lane = lane->next)
		multi_close(&lane->multi);
}

void http_lanes_free(struct http *http)
{
	struct http_lane *lane;
	struct http_handle *handle;

	while ((lane = http->lanes)) {
		http->lanes = lane->next;
		while ((handle = lane->handles)) {
			lane->handles = handle->all;
			http_handle_done(handle);
		}
		free(lane);
	}
}
