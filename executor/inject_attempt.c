/* Where an execution meets the faults that are injected into it. See inject.h. */
#include "executor/execution_state.h"

void inject_attempt(struct execution *e)
{
	const struct injection *injection = injector_draw(&e->executor->injector, e->integration->id);
	char name[INJECTION_NAME_SIZE];

	e->injected = injection != NULL;
	if (!injection)
		return;
	e->injection = *injection;
	if (injection->kind == INJECT_SLOW)
		e->latency_ms += injection->ms;
	else if (injection->kind == INJECT_TIMEOUT)
		e->latency_ms = e->policy.ttfb_ms > 0 ? e->policy.ttfb_ms : e->policy.timeout_ms;
	span_set(e->attempt_span, attr_str("testpanel.fault", injection_name(injection, name)));
}

void inject_answer(struct execution *e, http_done answered)
{
	struct http_response response = {.message = "", .retry_after_ms = -1};
	struct buffer body;

	buffer_init(&body, BUFFER_MAX_TEXT);
	response.body = &body;
	injection_apply(&e->injection, &response);
	answered(&response, e);
	buffer_done(&body);
}

const struct http_response *inject_spoil(
	struct execution *e, const struct http_response *response, struct http_response *spoilt)
{
	if (!e->injected || injection_when(&e->injection) != INJECT_AFTER)
		return response;
	*spoilt = *response;
	injection_apply(&e->injection, spoilt);
	return spoilt;
}
