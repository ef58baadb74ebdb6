/* Transfers whose answer comes from a cassette. They take as long as the server took and fail as it failed;
 * what would have been too slow or too large for this request is so here too. */
#include "executor/cassette.h"
#include "executor/http_state.h"

#include <stdio.h>

bool http_play_begin(struct http_transfer *t, double *wait_ms)
{
	*wait_ms = 0;
	t->recorded = NULL;
	switch (cassette_ask(t->http->cassette, &t->request, &t->recorded, &t->miss)) {
	case CASSETTE_LIVE: return false;
	case CASSETTE_PLAY: *wait_ms = cassette_wait_ms(t->http->cassette, t->recorded); break;
	case CASSETTE_MISS: break;
	}
	if (t->allowed_ms > 0 && (*wait_ms < 0 || *wait_ms > t->allowed_ms))
		*wait_ms = t->allowed_ms;
	else
		t->allowed_ms = 0; /* comes in time */
	return true;
}

void http_play_describe(struct http_transfer *t, struct http_response *response)
{
	*response = (struct http_response){
		.failure = HTTP_NOT_RECORDED, .message = t->miss, .retry_after_ms = -1, .cassette = "miss"};
	buffer_limit(&t->body, t->request.max_bytes ? t->request.max_bytes : SIZE_MAX / 4);
	response->body = &t->body;
	if (!t->recorded)
		return;
	cassette_play(t->http->cassette, t->recorded, response, &t->body);
	if (t->allowed_ms > 0 && response->failure != HTTP_TIMEOUT) {
		snprintf(t->error, sizeof t->error, "no complete answer within %.0f ms", t->allowed_ms);
		*response = (struct http_response){.failure = HTTP_TIMEOUT,
			.message = t->error,
			.sent = true,
			.retry_after_ms = -1,
			.body = &t->body,
			.timing.total_ms = t->allowed_ms};
	}
	response->cassette = "replay";
}
