/* Holds a dialogue and prints it. Who speaks stands in a column of its own, so that a reply of many lines
 * stays readable. */
#include "tui/dialogue.h"
#include "tui/hearing.h"
#include "tui/reload.h"
#include "tui/session_store.h"

#include <stdlib.h>
#include <string.h>

#define INDENT "    "

struct dialogue {
	struct program *program;
	struct session *session;
	struct hearing *hearing; /* NULL: nothing is to be heard */
	bool ended;
};

static void on_event(void *ctx, const struct turn_event *event)
{
	struct dialogue *dialogue = ctx;

	if (event->type == TURN_EVENT_ENDED)
		dialogue->ended = true;
}

static void on_interrupt(void *ctx)
{
	struct dialogue *dialogue = ctx;

	session_cancel(dialogue->session);
	hearing_stop(dialogue->hearing);
}

char *dialogue_tools(const struct turn *turn)
{
	struct buffer b;

	if (!turn->tool_call_count)
		return xstrdup("no tools");
	buffer_init(&b, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < turn->tool_call_count; i++) {
		const struct turn_tool_call *call = &turn->tool_calls[i];

		buffer_appendf(&b, "%s%s", i ? ", " : "", call->tool);
		if (!call->success)
			buffer_appendf(&b, " %s", call->error_code);
		if (call->attempts > 1)
			buffer_appendf(&b, " after %zu attempts", call->attempts);
	}
	return buffer_take(&b);
}

static void print_reply(const struct turn *turn)
{
	const struct workflow *workflow = turn->workflow;

	output_line("%s", workflow && workflow->router ? workflow->router->name : "reply");
	output_text(INDENT, turn->reply ? turn->reply : "");
}

static void print_cut(const struct turn_spoken *spoken)
{
	char *text;

	if (!spoken->interrupted)
		return;
	text = xasprintf("[interrupted, heard: %s]", *spoken->heard ? spoken->heard : "nothing");
	output_text(INDENT, text);
	free(text);
}

static void print_failures(const struct turn *turn)
{
	if (turn->error)
		output_text(INDENT, turn->error);
	for (size_t i = 0; i < turn->tool_call_count; i++) {
		const struct turn_tool_call *call = &turn->tool_calls[i];
		char *text = call->error ? xasprintf("%s: %s", call->tool, call->error) : NULL;

		if (text)
			output_text(INDENT, text);
		free(text);
	}
}

void dialogue_print(const struct turn *turn)
{
	char *tools = dialogue_tools(turn);

	if (!turn->number) {
		print_reply(turn);
		free(tools);
		return;
	}

	output_line("you");
	output_text(INDENT, turn->utterance);
	print_reply(turn);
	print_cut(&turn->spoken);
	output_line(INDENT "[turn %u: %s%s%s, %s, %.1f ms]", turn->number, turn_status_name(turn->status),
		*turn->error_code ? " " : "", turn->error_code, tools, turn_ms(turn));
	print_failures(turn);
	free(tools);
}

/* A turn that has begun, to its end. */
static int finish(struct dialogue *dialogue, const struct turn *turn)
{
	program_wait(dialogue->program, &dialogue->ended);
	if (dialogue->program->json)
		output_json(turn_to_json(turn));
	else
		dialogue_print(turn);
	return turn->status == TURN_ERROR ? STATUS_FAILED : STATUS_OK;
}

static int say(struct dialogue *dialogue, const char *utterance)
{
	const struct turn *turn;

	dialogue->ended = false;
	turn = session_say(dialogue->session, utterance);
	if (turn)
		return finish(dialogue, turn);
	complain("--say: nothing to say: give it some visible characters");
	return STATUS_USAGE;
}

/* All that is said in a sound file, a turn each. */
static int say_file(struct dialogue *dialogue, const char *path)
{
	const struct hearing_utterance *utterances;
	size_t count = 0;
	int worst = hearing_file(dialogue->hearing, path, &utterances, &count);

	for (size_t i = 0; i < count && !dialogue->program->interrupted && output_ok(); i++) {
		const struct turn *turn;
		int status = STATUS_OK;

		dialogue->ended = false;
		turn = hearing_say(&utterances[i], dialogue->session);
		if (turn)
			status = finish(dialogue, turn);
		worst = status > worst ? status : worst;
	}
	return worst;
}

static void on_refused(void *ctx, const char *line, size_t number)
{
	(void)ctx;
	(void)number;
	complain("saved and not used, the workflow stays as it was: %s", line);
}

int dialogue_hold(
	struct program *program, const struct orchestrator_ops *orchestrator, const struct script *script)
{
	struct dialogue dialogue = {.program = program};
	const struct turn *greeting;
	struct reload *reload = NULL;
	int worst = STATUS_OK;
	char *error = NULL;

	if (script_has_sound(script) && !(dialogue.hearing = hearing_new(program, &error)))
		return complain_take(STATUS_USAGE, error);
	dialogue.session = session_store_begin(program, orchestrator, on_event, &dialogue, &worst);
	if (!dialogue.session) {
		hearing_free(dialogue.hearing);
		return worst;
	}
	program->on_interrupt = on_interrupt;
	program->ctx = &dialogue; /* cppcheck-suppress autoVariables ; taken back below */
	if (script->count > 1)
		reload = reload_new(program->engine, &(struct reload_listener){.refused = on_refused});
	greeting = session_greet(dialogue.session);
	if (dialogue.session->current)
		program_wait(program, &dialogue.ended);
	if (greeting && !program->json)
		dialogue_print(greeting);
	for (size_t i = 0; i < script->count && !program->interrupted && output_ok(); i++) {
		int status;

		reload_swap(reload);
		status = script->items[i].is_sound ? say_file(&dialogue, script->items[i].text)
						   : say(&dialogue, script->items[i].text);
		worst = status > worst ? status : worst;
	}
	reload_free(reload);
	hearing_free(dialogue.hearing);
	program->on_interrupt = NULL;
	program->ctx = NULL;
	return session_store_end(program, dialogue.session, worst);
}
