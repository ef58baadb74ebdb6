/* What happens before an attempt's request where its node has an oauth2: a token from the executor's store,
 * or one that is waited for. It counts for the attempt's time, and nothing has been sent yet: whatever the
 * method, another attempt is harmless. See oauth2.h. */
#include "executor/execution_state.h"

#include <stdlib.h>
#include <string.h>

static struct oauth2 *store_of(struct executor *executor)
{
	if (!executor->oauth2)
		executor->oauth2 = oauth2_new(
			executor_http(executor), executor->config.clock, executor->config.redactor);
	return executor->oauth2;
}

/* The header's text lives as long as the request, and so do those of the attempts before. */
static void authorize(struct execution *e, const char *token)
{
	const char *value = request_own(&e->request, xasprintf("Bearer %s", token));

	request_set_header(&e->request, "Authorization", value, true);
	e->token = value + strlen("Bearer ");
	e->authorized = true;
}

static void on_token(const struct oauth2_outcome *outcome, void *ctx)
{
	struct execution *e = ctx;
	struct http_response response = *outcome->response;

	uv_timer_stop(&e->timer);
	record_token(e, outcome);
	if (outcome->token) {
		authorize(e, outcome->token);
		execution_send(e);
	} else if (response.failure) {
		/* Of the token's request; ours has not been sent. */
		response.sent = false;
		response.message = outcome->message;
		execution_conclude_failure(e, &response);
	} else {
		e->retry_after_ms = response.retry_after_ms;
		result_fail(e->result, ERR_OAUTH2_ERROR, 0, "%s", outcome->message);
		execution_conclude(
			e, policy_status_retryable(response.status) ? FAILURE_NEVER_SENT : FAILURE_PERMANENT);
	}
}

bool execution_authorize(struct execution *e)
{
	struct oauth2 *oauth2 = store_of(e->executor);
	const struct request *r = &e->request;
	const char *token = oauth2_token(oauth2, &r->oauth2);
	struct http_transport transport = r->transport;
	double spent_ms = clock_ms(e->attempt_ns, clock_monotonic_ns(e->executor->config.clock));
	double left_ms = e->policy.timeout_ms - spent_ms, remaining_ms = execution_remaining_ms(e);

	if (token) {
		authorize(e, token);
		return true;
	}
	execution_wait(e, PHASE_TOKEN, left_ms < 1 ? 1 : left_ms < remaining_ms ? left_ms : remaining_ms);
	/* Whoever gives tokens goes by a name of his own. */
	if (!http_same_origin(r->oauth2.token_url, buffer_text(&r->url)))
		transport.server_name = NULL;
	record_token_start(e,
		oauth2_fetch(oauth2, &r->oauth2, r->has_transport ? &transport : NULL, &e->token_wait,
			on_token, e));
	return false;
}

void execution_token_late(struct execution *e)
{
	oauth2_cancel(&e->token_wait);
	record_token(e, NULL);
	execution_conclude_timeout(e, FAILURE_NEVER_SENT, "no access token came in time from tokenUrl");
}

bool execution_renew(struct execution *e)
{
	if (e->status != 401 || !e->request.has_oauth2 || e->renewals)
		return false;
	/* Whoever redirected it may have done what it asks for. */
	if (e->redirected && !e->repeatable)
		return false;
	oauth2_refuse(store_of(e->executor), &e->request.oauth2, e->token);
	e->renewals++;
	return true;
}
