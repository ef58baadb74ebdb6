/* The script is played in the order of the questions; a row of a test replaces one reply of it. */
#include "tests/orchestrator/probe_visit.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define PARALLEL                                                                                             \
	CALLED("0", "a", "Paris") CALLED("1", "b", "Rome") CALLED("2", "c", "Oslo") CHAT_END("tool_calls")
/* Too short to tell whether it was held back, however busy this machine is. */
#define COUNTED_SHORT CHAT_TEXT("1 2 3 ") CHAT_SAYS("4 5 6")

const struct reply visit_good[ASK_COUNT] = {
	[ASK_LIST] = {200, "{\"object\":\"list\",\"data\":[{\"id\":\"other\"},{\"id\":\"m\"}]}", 0,
		"x-request-id: req_1\r\nopenai-processing-ms: 3\r\n"
		"x-ratelimit-limit-requests: 60\r\nx-ratelimit-remaining-requests: 59\r\n"
		"x-ratelimit-reset-requests: 6m0s\r\n"},
	[ASK_ANSWER] = SAYS("pong"),
	[ASK_LIMIT] = WHOLE("\"content\":\"1 2 3 4 5 6 7 8\"", "length"),
	[ASK_STREAM] = {0, COUNTED_SHORT, 0, NULL},
	[ASK_CALL] = {0, CALLED("0", "a", "Paris") CHAT_END("tool_calls"), 0, NULL},
	[ASK_RESULT] = {0, CHAT_SAYS("21 degrees"), 0, NULL},
	[ASK_PARALLEL] = {0, PARALLEL, 0, NULL},
	[ASK_NO_CALLS] = {0, CHAT_SAYS("I cannot look"), 0, NULL},
	[ASK_SEED] = SAYS("Marigold 4711"),
	[ASK_SEED_AGAIN] = SAYS("Marigold 4711"),
	[ASK_TEMPERATURE] = SAYS("pong"),
	[ASK_BROKEN] = REFUSES(400, "messages must be an array"),
};

static void on_line(void *ctx, const struct probe_line *line)
{
	struct visit *visit = ctx;

	cr_expect(!visit->done, "nothing after the end");
	cr_expect(!visit->lines[line->check].told, "%s once", probe_check_name(line->check));
	cr_expect(!strstr(line->seen, CHAT_KEY) && !(line->follows && strstr(line->follows, CHAT_KEY)),
		"%s: the key", probe_check_name(line->check));
	visit->lines[line->check].told = true;
	visit->lines[line->check].verdict = line->verdict;
	visit->lines[line->check].seen = xstrdup(line->seen);
	visit->lines[line->check].follows = xstrdup(line->follows ? line->follows : "");
	visit->lines[line->check].blocks = line->blocks;
	if (++visit->told == visit->cancel_after) {
		openai_probe_cancel(visit->probe);
		openai_probe_cancel(visit->probe);
	}
}

static void on_progress(void *ctx, enum probe_check check, double share)
{
	(void)ctx;
	cr_expect(check < PROBE_CHECK_COUNT && share >= 0 && share <= 1);
}

static void on_done(void *ctx, const struct probe_report *report)
{
	struct visit *visit = ctx;

	cr_expect(!visit->done, "once");
	visit->done = true;
	visit->report = *report;
	visit->settings = json_print(report->settings);
}

struct probe_listener visit_listener(struct visit *visit)
{
	return (struct probe_listener){on_line, on_progress, on_done, visit};
}

void visit_add_reply(struct visit *visit, const struct reply *reply)
{
	struct script_server *server = visit->chat.server;

	if (!reply->body)
		script_raw(server, NULL, SCRIPT_KEEP);
	else if (!reply->status)
		chat_stream(server, reply->body);
	else
		script_answer(server, reply->status, *reply->body == '<' ? "text/html" : "application/json",
			reply->headers ? reply->headers : "", reply->body);
	if (reply->first_ms)
		script_pace(server, reply->first_ms, 0);
}

void visit_open(struct visit *visit, const char *settings, enum ask at, const struct reply *instead)
{
	*visit = (struct visit){0};
	chat_open(&visit->chat, settings ? settings : "{'model':'m'}");
	for (int i = 0; i < ASK_COUNT; i++) {
		bool replaced = instead && i == (int)at;

		for (int n = 0; n < 2 && replaced; n++)
			if (instead[n].body)
				visit_add_reply(visit, &instead[n]);
		if (!replaced)
			visit_add_reply(visit, &visit_good[i]);
	}
}

void visit_run(struct visit *visit, double timeout_ms)
{
	const struct probe_listener listener = visit_listener(visit);

	visit->probe = openai_probe_start(visit->chat.stage.engine, timeout_ms, &listener);
	cr_assert(!visit->told && !visit->done, "nothing inside");
	while (!visit->done)
		stage_pass(&visit->chat.stage);
}

void visit_close(struct visit *visit)
{
	for (int i = 0; i < PROBE_CHECK_COUNT; i++) {
		free(visit->lines[i].seen);
		free(visit->lines[i].follows);
	}
	free(visit->settings);
	chat_close(&visit->chat);
}

void visit_expect(const struct visit *visit, enum probe_check check, enum probe_verdict verdict,
	const char *seen, const char *follows, const char *comment)
{
	cr_assert(visit->lines[check].told, "%s: %s is not told", comment, probe_check_name(check));
	cr_expect_eq(visit->lines[check].verdict, verdict, "%s: %s: %s: %s", comment, probe_check_name(check),
		probe_verdict_name(visit->lines[check].verdict), visit->lines[check].seen);
	cr_expect(strstr(visit->lines[check].seen, seen), "%s: %s", comment, visit->lines[check].seen);
	cr_expect(
		strstr(visit->lines[check].follows, follows), "%s: %s", comment, visit->lines[check].follows);
}
