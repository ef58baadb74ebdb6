/* What is too large, goes on for too long, or is given up in the middle: the session bears it. */
#include "orchestrator/history.h"
#include "tests/orchestrator/trouble.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *long_text(const char *before, char c, size_t n, const char *after)
{
	char *fill = xmalloc(n + 1), *text;

	memset(fill, c, n);
	fill[n] = '\0';
	text = xasprintf("%s%s%s", before, fill, after);
	free(fill);
	return text;
}

static size_t message_bytes(const struct session *session)
{
	char *text = json_print(session->messages);
	size_t len = strlen(text);

	free(text);
	return len;
}

#define MIB ((size_t)1 << 20)

/* All that a tool, or a caller, may throw at a session. */
Test(endurance, huge_answers_and_utterances, .timeout = 60)
{
	static const struct {
		const char *comment;
		size_t said, answered; /* bytes more than usual */
		const char *code;
		const char *reply[TROUBLE_WAYS];
	} cases[] = {
		{"a tool that answers 5 MiB", 0, 5 * MIB, "",
			{"more than I can say", "more than I can say", "xxx", "xxx"}},
		{"a tool that answers 11 MiB", 0, 11 * MIB, "RESPONSE_TOO_LARGE",
			{"sorry", "sorry", "sorry", "sorry"}},
		{"an utterance of 1 MiB", MIB, 0, "", {"confirmed", "confirmed", "confirmed", "confirmed"}},
	};
	const struct trouble_row row = {0};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t way = 0; way < TROUBLE_WAYS; way++) {
			char *where = xasprintf("%s: %s", trouble_ways[way].name, cases[i].comment);
			char *body = long_text("{\"reservation\": {\"number\": \"ABC123\", \"status\": "
					       "\"confirmed\"}, \"rest\": \"",
				'x', cases[i].answered, "\"}");
			char *utterance = long_text(TROUBLE_LOOKUP, '.', cases[i].said, "");
			const struct turn *turn;
			struct trouble trouble;

			trouble_open(&trouble, &row, way);
			script_answer(trouble.tools, 200, "application/json", "", body);
			turn = trouble_say(&trouble, utterance);
			cr_expect_str_eq(turn->error_code, cases[i].code, "%s: %s", where, turn->error_code);
			cr_expect(strstr(turn->reply, cases[i].reply[way]), "%s: %.200s", where, turn->reply);
			cr_expect_lt(strlen(turn->reply), 1000, "%s: who would listen to that", where);
			cr_expect_lt(message_bytes(trouble.session), 64 << 10, "%s: all of it is remembered",
				where);
			trouble_expect_clear(turn->reply, where);
			turn = trouble_say(&trouble, TROUBLE_TIME);
			cr_expect(strstr(turn->reply, "12:01"), "%s: afterwards: %s", where, turn->reply);
			trouble_close(&trouble);
			free(utterance);
			free(body);
			free(where);
		}
}

/* What is remembered of a long session does not grow with it. A model over HTTP takes its time. */
Test(endurance, ten_thousand_turns, .timeout = 60)
{
	const struct trouble_row row = {0};

	for (size_t way = 0; way < TROUBLE_WAYS; way++) {
		unsigned turns = trouble_ways[way].asked ? 300 : 10000;
		const struct turn *turn = NULL;
		struct trouble trouble;
		size_t early;

		trouble_open(&trouble, &row, way);
		for (unsigned i = 0; i < 60; i++)
			trouble_say(&trouble, TROUBLE_TIME);
		early = message_bytes(trouble.session);
		for (unsigned i = 60; i < turns; i++)
			turn = trouble_say(&trouble, TROUBLE_TIME);
		cr_expect_eq(turn->number, turns);
		cr_expect(strstr(turn->reply, "12:01"), "%s: %s", trouble_ways[way].name, turn->reply);
		cr_expect_leq(cJSON_GetArraySize(trouble.session->messages), HISTORY_MAX, "%s",
			trouble_ways[way].name);
		cr_expect_leq(message_bytes(trouble.session), early + early / 10, "%s: %zu bytes, %zu before",
			trouble_ways[way].name, message_bytes(trouble.session), early);
		trouble_close(&trouble);
	}
}

struct canceller {
	int left; /* events until then */
};

static void cancel_at(void *ctx, const struct turn_event *event)
{
	struct canceller *canceller = ctx;

	if (canceller->left-- == 0)
		session_cancel(event->turn->session);
}

/* At every event of a turn that has its tool at a server, and its model at another. */
Test(endurance, cancelled_at_every_stage, .timeout = 60)
{
	const struct trouble_row row = {0};

	for (size_t way = 0; way < TROUBLE_WAYS; way++) {
		bool over = false;

		for (int at = 0; !over; at++) {
			struct canceller canceller = {at};
			const struct turn *turn;
			struct trouble trouble;

			cr_assert_lt(at, 1000);
			trouble_open(&trouble, &row, way);
			script_answer(trouble.tools, 200, "application/json", "", TROUBLE_GOOD);
			trouble.session->event = cancel_at;
			trouble.session->ctx = &canceller;
			turn = trouble_say(&trouble, TROUBLE_LOOKUP);
			over = canceller.left >= 0;
			cr_expect(turn->status == TURN_SUCCESS || !strcmp(turn->error_code, "CANCELLED"),
				"%s at event %d: %s %s", trouble_ways[way].name, at,
				turn_status_name(turn->status), turn->error_code);
			cr_expect_eq(
				turn->trace->open_count, 0, "%s at event %d", trouble_ways[way].name, at);
			cr_expect_eq(executor_active(trouble.stage.engine->executor), 0);
			trouble_expect_clear(turn->reply, trouble_ways[way].name);
			canceller.left = -1;
			turn = trouble_say(&trouble, TROUBLE_LOOKUP);
			cr_expect(strstr(turn->reply, "confirmed"), "%s after event %d: %s",
				trouble_ways[way].name, at, turn->reply);
			trouble_close(&trouble);
		}
	}
}
