/* A tool whose own time is longer than what is left of the turn gets what is left, whatever it waits for. */
#include "tests/orchestrator/stage.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LEFT_MS 200
#define TOOL_MS "5000"

#define INTEGRATION(id, data)                                                                                \
	",{\"id\":\"" id "\",\"type\":\"subAgentNode\",\"data\":{\"functionName\":\"" id                     \
	"\",\"testpanel\":{\"timeoutMs\":" TOOL_MS "}}},{\"id\":\"" id                                       \
	"-i\",\"type\":\"integrationNode\",\"data\":{" data "}}"
#define EDGES(id) "{\"source\":\"r\",\"target\":\"" id "\"},{\"source\":\"" id "\",\"target\":\"" id "-i\"}"
#define REST(more) "\"integrationType\":\"rest\",\"url\":\"${SILENT}\"" more
#define POLICY(members) ",\"testpanel\":{" members "}"

static const char workflow[] = "{\"nodes\":[{\"id\":\"r\",\"type\":\"routerNode\"}" INTEGRATION(
	"mock", "\"integrationType\":\"mock\",\"mockOutput\":\"{}\",\"latency\":4000") INTEGRATION("rest",
	REST("")) INTEGRATION("token",
	REST(POLICY("\"oauth2\":{\"tokenUrl\":\"${SILENT}\",\"clientId\":\"a\","
		    "\"clientSecret\":\"${SECRET}\"}"))) INTEGRATION("retry",
	"\"integrationType\":\"rest\",\"url\":\"${REFUSING}\"" POLICY(
		"\"retry\":{\"max\":5,\"initialMs\":4000,\"jitter\":\"none\"}")) INTEGRATION("often",
	"\"integrationType\":\"rest\",\"url\":\"${REFUSING}\"" POLICY(
		"\"retry\":{\"max\":90,\"initialMs\":20,\"maxMs\":20,\"jitter\":\"none\"}"))
	INTEGRATION("rate", REST(POLICY("\"rateLimit\":{\"perSecond\":0.1}"))) "],\"edges\":[" EDGES("mock") "," EDGES(
		"rest") "," EDGES("token") "," EDGES("retry") "," EDGES("often") "," EDGES("rate") "]}";

/* Connections are made and nothing more ever happens; one that does not listen refuses. */
static int open_port(struct env *env, const char *name, bool listens)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char *url;

	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	if (listens)
		cr_assert_eq(listen(fd, 64), 0);
	url = xasprintf("http://127.0.0.1:%d/", ntohs(address.sin_port));
	env_set(env, name, url);
	free(url);
	return fd;
}

static void take_result(struct result *result, void *ctx)
{
	*(struct result **)ctx = result;
}

static struct tool_run *begin(struct stage *stage, const char *tool, double left_ms, struct result **result)
{
	struct tool_run *run;
	struct tool_set set;
	char *name = xasprintf("%s_%s", tool, tool);

	*result = NULL;
	tool_set_init(&set, workflow_find(stage->engine->workflow, "r"), NULL);
	run = tool_run(stage->engine, &set, name, NULL, NULL, NULL, left_ms, take_result, result);
	tool_set_done(&set);
	free(name);
	return run;
}

static void wait_for(struct stage *stage, struct result *const *result)
{
	while (!*result)
		stage_pass(stage);
}

Test(tool_deadline, what_is_left_of_the_turn_bounds_all_waiting)
{
	static const struct {
		const char *tool;
		bool queued, again; /* the only connection is taken; it was called before */
		const char *code;
		bool to_the_end; /* else it is known at once that waiting is in vain */
		const char *comment;
	} rows[] = {
		{"mock", false, false, "INTEGRATION_TIMEOUT", true, "simulated latency"},
		{"rest", false, false, "INTEGRATION_TIMEOUT", true, "an attempt"},
		{"token", false, false, "INTEGRATION_TIMEOUT", true, "an access token"},
		{"rest", true, false, "INTEGRATION_TIMEOUT", true, "the queue"},
		{"token", true, false, "INTEGRATION_TIMEOUT", true, "the queue, for its token"},
		{"retry", false, false, "REST_NETWORK_ERROR", false, "a backoff that is too long"},
		{"often", false, false, "REST_NETWORK_ERROR", true, "many short ones"},
		{"rate", false, true, "RATE_LIMITED", false, "the rate limit"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result, *other = NULL;
		struct tool_run *blocking = NULL;
		struct stage stage;
		int silent, refusing;

		stage_open(&stage, workflow);
		silent = open_port(stage.engine->env, "SILENT", true);
		refusing = open_port(stage.engine->env, "REFUSING", false);
		env_set(stage.engine->env, "SECRET", "not-told");
		if (rows[i].queued) {
			executor_limit(stage.engine->executor, 1, 1);
			blocking = begin(&stage, "rest", 4000, &other);
		} else if (rows[i].again) {
			begin(&stage, rows[i].tool, 1, &other);
			wait_for(&stage, &other);
		}
		begin(&stage, rows[i].tool, LEFT_MS, &result);
		wait_for(&stage, &result);
		cr_expect_str_eq(result->error_code, rows[i].code, "%s: %s: %s", rows[i].comment,
			result->error_code, result->error);
		cr_expect_lt(result->duration_ms, 3000, "%s: %f ms", rows[i].comment, result->duration_ms);
		if (rows[i].to_the_end)
			cr_expect_geq(result->duration_ms, LEFT_MS / 2.0, "%s: %f ms", rows[i].comment,
				result->duration_ms);
		result_free(result);
		if (blocking) {
			tool_run_cancel(blocking);
			wait_for(&stage, &other);
		}
		result_free(other);
		stage_close(&stage);
		close(silent);
		close(refusing);
	}
}
