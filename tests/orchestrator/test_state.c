/* What sessions know and for how long: scopes, the session's timeout under a clock of the test's own, saving
 * and taking up again, what is learned of a caller, and the welcome of one who comes back. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define SECOND ((uint64_t)1000000000)
#define MINUTE (60 * SECOND)
#define HOUR_MS 3600000

/* The stage's workflow with other settings and a customer profile. */
static char *workflow_with(const char *settings, const char *profile)
{
	const char *nodes = strchr(stage_workflow, '[') + 1;

	return xasprintf("{\"testpanel\": {%s}, \"nodes\": [{\"id\": \"profile\", \"type\": "
			 "\"customerProfileNode\", \"data\": {%s}}, %s",
		settings, profile, nodes);
}

static void open_stage(struct stage *stage, const char *settings, const char *profile)
{
	char *text = workflow_with(settings, profile);

	stage_open(stage, text);
	stage->engine->clock = &stage_clock;
	stage_today = STAGE_TODAY;
	free(text);
}

/* "name=value(scope)" of everything that is known. */
static char *describe(const struct state *state)
{
	struct buffer b;
	const cJSON *value;

	buffer_init(&b, BUFFER_MAX_TEXT);
	cJSON_ArrayForEach(value, state->values)
	{
		char *text = json_print(value);
		enum state_scope scope;
		uint64_t learned;

		cr_assert(state_get(state, value->string, &scope, &learned));
		buffer_appendf(
			&b, "%s%s=%s(%s)", b.len ? " " : "", value->string, text, state_scope_name(scope));
		free(text);
	}
	return b.len ? buffer_take(&b) : (buffer_done(&b), xstrdup(""));
}

#define PROFILE                                                                                              \
	"\"fields\": [\"name\", {\"name\": \"loyaltyLevel\"}, \"email\", \"phone\"], \"autoDetect\": true"

/* What two calls taught, each of a tool of the stage's workflow. */
static struct turn *learn(struct session *session, const char *node, const char *arguments, const char *data)
{
	struct turn *turn = turn_new(session, 1, "hello");
	struct tool tool = {.kind = TOOL_SUB_AGENT, .node = workflow_find(turn->workflow, node)};
	cJSON *args = json_parse(arguments, strlen(arguments), NULL);
	struct result *result = result_new("mock");

	result_set_data(result, json_parse(data, strlen(data), NULL));
	state_learn_call(turn, &tool, args, result);
	result_free(result);
	cJSON_Delete(args);
	return turn;
}

Test(state, calls_teach)
{
	static const struct {
		const char *arguments, *data, *again, *expected, *comment;
	} cases[] = {
		{"{\"a\": 1, \"b\": \"x\"}", "{}", "{}", "a=1(session) b=\"x\"(session)", "scalars"},
		{"{\"a\": 1}", "{}", "{\"a\": 2}", "a=2(session)", "latest wins"},
		{"{\"a\": 1, \"b\": 2}", "{}", "{\"a\": 1}", "b=2(session) a=1(session)",
			"the latest stands last"},
		{"{}", "{\"r\": {\"number\": \"ABC123\"}}", "{}", "number=\"ABC123\"(session)",
			"two levels of data"},
		{"{\"r\": {\"number\": \"ABC123\"}}", "{}", "{}", "", "one level of arguments"},
		{"{}", "{\"r\": {\"s\": {\"t\": 1}}}", "{}", "", "three are too deep"},
		{"{}", "{\"n\": 1, \"r\": {\"n\": 2}}", "{}", "n=1(session)", "the nearer one counts"},
		{"{\"n\": 3}", "{\"n\": 1}", "{}", "n=3(session)", "arguments before data"},
		{"{\"token\": \"abcdef\", \"password\": \"x\"}", "{}", "{}", "",
			"secrets are not remembered"},
		{"{\"nothing\": null, \"empty\": \"\", \"list\": [1, 2]}", "{\"list\": [1, 2]}", "{}", "",
			"neither is nothing"},
		{"{}", "[1, 2]", "{}", "", "no object"},
		{"{\"otp\": 1234}", "{}", "{}", "otp=1234(ephemeral)", "a scope of its own"},
		{"{\"club\": \"x\"}", "{}", "{}", "club=\"x\"(long_term)", "another"},
		{"{\"odd\": \"x\"}", "{}", "{}", "odd=\"x\"(session)", "null is no scope"},
		{"{\"loyalty_level\": \"gold\"}", "{}", "{}", "loyalty_level=\"gold\"(long_term)",
			"a profile's field in another spelling"},
		{"{}", "{\"account\": {\"loyaltyLevel\": \"gold\"}}", "{}",
			"loyaltyLevel=\"gold\"(long_term)", "a profile's field in data"},
		{"{\"name\": \"Ada\"}", "{}", "{}", "name=\"Ada\"(long_term)", "a name that was said"},
		{"{}", "{\"name\": \"Sauna\"}", "{}", "name=\"Sauna\"(session)", "a name of something"},
		{"{\"name\": \"Ada\"}", "{\"name\": \"Sauna\"}", "{}", "name=\"Ada\"(long_term)",
			"something does not take the caller's name"},
		{"{}", "{\"stay\": {\"guestName\": \"Ada\"}}", "{}", "guestName=\"Ada\"(long_term)",
			"a guest is a caller"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stage stage;
		struct session *session;
		struct turn *first, *second;
		char *text;

		open_stage(&stage,
			"\"stateManagement\": {\"scopes\": {\"otp\": \"ephemeral\", \"club\": \"long_term\", "
			"\"odd\": null}}",
			PROFILE);
		session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
		first = learn(session, "lookup", cases[i].arguments, cases[i].data);
		second = learn(session, "lookup", cases[i].again, "{\"name\": null}");
		text = describe(&session->memory);
		cr_expect_str_eq(text, cases[i].expected, "%s: %s", cases[i].comment, text);
		free(text);
		turn_end_span(first->root, TURN_SUCCESS, ERR_NONE);
		turn_end_span(second->root, TURN_SUCCESS, ERR_NONE);
		turn_free(first);
		turn_free(second);
		session_free(session);
		stage_close(&stage);
	}
}

static void set_number(struct state *state, int n, enum state_scope scope)
{
	cJSON *value = cJSON_CreateNumber(n);
	char name[16];

	snprintf(name, sizeof name, "n%d", n);
	state_set(state, value, name, scope, STAGE_TODAY + (uint64_t)n);
	cJSON_Delete(value);
}

Test(state, is_bounded)
{
	struct state state;
	enum state_scope scope;
	uint64_t learned;

	state_init(&state);
	set_number(&state, 0, STATE_LONG_TERM);
	for (int i = 1; i < 3 * STATE_MAX; i++)
		set_number(&state, i, STATE_SESSION);
	cr_expect_eq(state.count, STATE_MAX);
	cr_expect_eq(cJSON_GetArraySize(state.values), STATE_MAX);
	cr_expect(state_get(&state, "n0", &scope, &learned), "known for long");
	cr_expect_not(state_get(&state, "n1", &scope, &learned));
	cr_expect(state_get(&state, "n599", &scope, &learned));
	cr_expect_eq(learned, STAGE_TODAY + 599);
	for (int i = 1000; i < 1000 + STATE_MAX; i++)
		set_number(&state, i, STATE_LONG_TERM);
	cr_expect_eq(state.count, STATE_MAX);
	cr_expect_not(state_get(&state, "n0", &scope, &learned), "there is nothing else to forget");
	state_done(&state);
}

Test(state, scopes_end)
{
	struct state state;
	char *text;

	state_init(&state);
	for (int i = 0; i < 9; i++)
		set_number(&state, i, (enum state_scope)(i % 3));
	state_end_turn(&state, STAGE_TODAY);
	text = describe(&state);
	cr_expect_str_eq(text,
		"n1=1(session) n2=2(long_term) n4=4(session) n5=5(long_term) n7=7(session) n8=8(long_term)",
		"%s", text);
	free(text);
	cr_expect_eq(state_drop(&state, STATE_SESSION), 3);
	text = describe(&state);
	cr_expect_str_eq(text, "n2=2(long_term) n5=5(long_term) n8=8(long_term)", "%s", text);
	free(text);
	state_done(&state);
}

static bool has_fault(const struct faults *faults, const char *pointer)
{
	for (size_t i = 0; i < faults->count; i++)
		if (!strcmp(faults->items[i].pointer, pointer))
			return true;
	return false;
}

Test(state, settings)
{
	static const struct {
		const char *settings, *pointer, *comment;
		enum state_scope scope;
		double timeout_ms;
		int max_history;
	} cases[] = {
		{"{}", NULL, "none", STATE_SESSION, HOUR_MS, 50},
		{"{\"storageType\": \"ephemeral\", \"sessionTimeout\": 1800000, \"maxHistorySize\": 20}",
			NULL, "all", STATE_EPHEMERAL, 1800000, 20},
		{"{\"storageType\": \"long_term\"}", NULL, "one", STATE_LONG_TERM, HOUR_MS, 50},
		{"{\"storageType\": null, \"sessionTimeout\": null, \"maxHistorySize\": null, \"scopes\": "
		 "null}",
			NULL, "null is as absent", STATE_SESSION, HOUR_MS, 50},
		{"{\"storageType\": \"database\"}", "/testpanel/stateManagement/storageType",
			"no such storage", STATE_SESSION, HOUR_MS, 50},
		{"{\"storageType\": 1}", "/testpanel/stateManagement/storageType", "a number", STATE_SESSION,
			HOUR_MS, 50},
		{"{\"sessionTimeout\": 0}", NULL, "never", STATE_SESSION, 0, 50},
		{"{\"sessionTimeout\": 0.5}", "/testpanel/stateManagement/sessionTimeout", "no time",
			STATE_SESSION, HOUR_MS, 50},
		{"{\"sessionTimeout\": \"1h\"}", "/testpanel/stateManagement/sessionTimeout", "words",
			STATE_SESSION, HOUR_MS, 50},
		{"{\"sessionTimeout\": 1e300}", "/testpanel/stateManagement/sessionTimeout", "for ever",
			STATE_SESSION, HOUR_MS, 50},
		{"{\"maxHistorySize\": 0}", "/testpanel/stateManagement/maxHistorySize", "no history",
			STATE_SESSION, HOUR_MS, 50},
		{"{\"maxHistorySize\": 2.5}", "/testpanel/stateManagement/maxHistorySize", "half a message",
			STATE_SESSION, HOUR_MS, 50},
		{"{\"scopes\": []}", "/testpanel/stateManagement/scopes", "a list", STATE_SESSION, HOUR_MS,
			50},
		{"{\"scopes\": {\"a\": \"always\"}}", "/testpanel/stateManagement/scopes", "no such scope",
			STATE_SESSION, HOUR_MS, 50},
		{"{\"scopes\": {\"a\": 1}}", "/testpanel/stateManagement/scopes", "no scope", STATE_SESSION,
			HOUR_MS, 50},
		{"{\"timeout\": 1}", "/testpanel/stateManagement/timeout", "no such member", STATE_SESSION,
			HOUR_MS, 50},
		{"[]", "/testpanel/stateManagement", "no object", STATE_SESSION, HOUR_MS, 50},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *member = xasprintf("\"stateManagement\": %s", cases[i].settings);
		char *text = workflow_with(member, "");
		char *object = xasprintf("{%s}", member);
		struct workflow *workflow, bare = {0};
		struct state_settings settings;
		cJSON *testpanel;
		struct faults faults;

		faults_init(&faults);
		workflow = workflow_parse(text, strlen(text), "test", &faults);
		/* one of the stage's mocks is broken on purpose */
		cr_expect_eq(faults.errors, cases[i].pointer ? 2 : 1, "%s: %zu faults", cases[i].comment,
			faults.errors);
		if (cases[i].pointer)
			cr_expect(has_fault(&faults, cases[i].pointer), "%s", cases[i].comment);
		bare.settings = testpanel = cJSON_Parse(object);
		settings = state_settings_of(&bare);
		cr_expect_eq(settings.scope, cases[i].scope, "%s", cases[i].comment);
		cr_expect_eq(settings.session_timeout, (uint64_t)(cases[i].timeout_ms * 1e6), "%s",
			cases[i].comment);
		cr_expect_eq(settings.max_history, cases[i].max_history, "%s", cases[i].comment);
		workflow_free(workflow);
		faults_done(&faults);
		cJSON_Delete(testpanel);
		free(object);
		free(member);
		free(text);
	}
}

/* A session after one look-up and a pause, as it is at its next turn. */
Test(state, a_session_expires)
{
	static const struct {
		const char *settings, *comment;
		uint64_t pause;
		int expired; /* values; -1: it has not */
		const char *known;
		enum turn_status status;
	} cases[] = {
		{"", "within the hour that there is without a timeout", 60 * MINUTE - 1, -1, "ABC123",
			TURN_SUCCESS},
		{"", "that hour", 60 * MINUTE, 3, "", TURN_NEEDS_INFO},
		{"\"sessionTimeout\": 0", "never", 9000 * MINUTE, -1, "ABC123", TURN_SUCCESS},
		{"\"sessionTimeout\": 60000", "within it", MINUTE - 1, -1, "ABC123", TURN_SUCCESS},
		{"\"sessionTimeout\": 60000", "to the moment", MINUTE, 3, "", TURN_NEEDS_INFO},
		{"\"sessionTimeout\": 60000", "long after", 900 * MINUTE, 3, "", TURN_NEEDS_INFO},
		{"\"sessionTimeout\": 60000, \"storageType\": \"long_term\"", "all for long", 900 * MINUTE, 0,
			"ABC123", TURN_SUCCESS},
		{"\"sessionTimeout\": 60000, \"scopes\": {\"reservationNumber\": \"long_term\"}",
			"one for long", 900 * MINUTE, 2, "ABC123", TURN_SUCCESS},
		{"\"storageType\": \"ephemeral\"", "of the turn", 1, -1, "", TURN_NEEDS_INFO},
		{"\"scopes\": {\"reservationNumber\": \"ephemeral\", \"number\": \"ephemeral\"}",
			"one of the turn", 1, -1, "", TURN_NEEDS_INFO},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (size_t o = 0; stage_orchestrator(o); o++) {
			char *member = xasprintf("\"stateManagement\": {%s}", cases[i].settings);
			const char *comment = cases[i].comment, *name = stage_orchestrator(o)->name;
			const struct attribute *expired;
			const struct turn *turn;
			struct stage stage;
			struct session *session;

			open_stage(&stage, member, "");
			session = session_new(stage.engine, stage_orchestrator(o), NULL, NULL);
			turn = stage_say(&stage, session, "check reservation ABC123");
			cr_assert_eq(turn->tool_call_count, 1, "%s, %s: %s", name, comment, turn->reply);
			cr_expect_null(span_get(turn->root, "memory.expired"), "%s, %s", name, comment);
			stage_today += cases[i].pause;
			turn = stage_say(&stage, session, "cancel my booking");
			cr_expect_eq(turn->status, cases[i].status, "%s, %s: %s", name, comment, turn->reply);
			cr_expect_eq(turn->tool_call_count, *cases[i].known ? 1 : 0, "%s, %s", name, comment);
			if (turn->tool_call_count)
				cr_expect_str_eq(
					json_string(turn->tool_calls[0].arguments, "reservationNumber", ""),
					cases[i].known, "%s, %s", name, comment);
			expired = span_get(turn->root, "memory.expired");
			cr_expect_eq(expired != NULL, cases[i].expired >= 0, "%s, %s", name, comment);
			if (expired)
				cr_expect_eq(expired->value.integer, cases[i].expired, "%s, %s: %d", name,
					comment, (int)expired->value.integer);
			cr_expect_eq(turn->number, 2);
			cr_expect_str_eq(json_string(session->messages->child, "content", ""),
				cases[i].expired >= 0 ? "cancel my booking" : "check reservation ABC123",
				"%s, %s: the history", name, comment);
			session_free(session);
			stage_close(&stage);
			free(member);
		}
	}
}

/* A workflow that is saved while a session waits has its say at the next turn. */
Test(state, settings_change_between_turns)
{
	struct stage stage;
	struct session *session;
	const struct turn *turn;
	struct faults faults;
	char *text;

	open_stage(&stage, "", "");
	session = session_new(stage.engine, &orchestrator_system, NULL, NULL);
	for (int i = 0; i < 4; i++)
		stage_say(&stage, session, "check reservation ABC123");
	cr_expect_eq(cJSON_GetArraySize(session->messages), 8);
	text = workflow_with("\"stateManagement\": {\"maxHistorySize\": 4}", "");
	faults_init(&faults);
	engine_use_workflow(stage.engine, workflow_parse(text, strlen(text), "test", &faults));
	stage_say(&stage, session, "check reservation ABC123");
	cr_expect_eq(cJSON_GetArraySize(session->messages), 4);
	free(text);
	text = workflow_with("\"stateManagement\": {\"sessionTimeout\": 1000}", "");
	engine_use_workflow(stage.engine, workflow_parse(text, strlen(text), "test", &faults));
	stage_today += SECOND;
	turn = stage_say(&stage, session, "cancel my booking");
	cr_expect_not_null(span_get(turn->root, "memory.expired"));
	cr_expect_eq(turn->status, TURN_NEEDS_INFO, "%s", turn->reply);
	free(text);
	faults_done(&faults);
	session_free(session);
	stage_close(&stage);
}

/* Of the department and of the master alike. */
Test(state, histories_are_bounded)
{
	struct stage stage;
	struct session *session;

	open_stage(&stage, "\"stateManagement\": {\"maxHistorySize\": 6}", "");
	session = session_new(stage.engine, &orchestrator_testpanel, NULL, NULL);
	for (int i = 0; i < 5; i++) {
		cJSON *department;

		stage_say(&stage, session, "check reservation ABC123");
		cr_expect_leq(cJSON_GetArraySize(session->messages), 6);
		cJSON_ArrayForEach(department, (cJSON *)session->state)
			cr_expect_leq(cJSON_GetArraySize(department), 6);
	}
	cr_expect_eq(cJSON_GetArraySize(session->state), 1);
	session_free(session);
	stage_close(&stage);
}
