/* See office.h. */
#include "tests/executor/office.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint64_t monotonic(void *ctx)
{
	return clock_monotonic_ns(&clock_system) + ((struct office *)ctx)->ahead_ns;
}

static uint64_t realtime(void *ctx)
{
	return clock_realtime_ns(&clock_system) + ((struct office *)ctx)->ahead_ns;
}

void office_open(struct office *office)
{
	struct rig *rig = &office->rig;
	char url[64];

	rig_init(rig);
	office->ahead_ns = 0;
	office->clock = (struct clock){monotonic, realtime, office};
	rig_use_clock(rig, &office->clock);
	office->tokens = script_server_new(&rig->loop);
	snprintf(url, sizeof url, "http://127.0.0.1:%u", script_server_port(office->tokens));
	env_set(rig->env, "TOKEN_URL", url);
	env_set(rig->env, "SECRET", OFFICE_SECRET);
}

void office_close(struct office *office)
{
	script_server_free(office->tokens);
	rig_done(&office->rig);
}

void office_give(struct office *office, const char *token, const char *more)
{
	char *body = xasprintf("{\"access_token\":\"%s\",\"token_type\":\"bearer\"%s}", token, more);

	script_answer(office->tokens, 200, "application/json", "", body);
	free(body);
}

bool office_sent(const struct script_server *server, size_t i, const char *text)
{
	return strstr(script_request(server, i), text) != NULL;
}

void office_run(struct office *office, const char *data, const char *code)
{
	struct result *result = rig_run(&office->rig, data, NULL);

	cr_expect_str_eq(result->error_code, code, "%s: %s", result->error_code, result->error);
	result_free(result);
}
