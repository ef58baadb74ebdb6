/* testpanel compare: the same words through two orchestrators at once, each in a session of its own. */
#include "tui/commands.h"
#include "tui/dialogue.h"
#include "tui/text.h"

#include <stdlib.h>
#include <string.h>

#define UTTERANCE_COLUMNS 36

struct side {
	const struct orchestrator_ops *orchestrator;
	struct session *session;
};

struct compare {
	struct program *program;
	struct side sides[2];
	bool idle; /* neither side has a turn */
};

static void on_event(void *ctx, const struct turn_event *event)
{
	struct compare *compare = ctx;

	if (event->type == TURN_EVENT_ENDED)
		compare->idle = !compare->sides[0].session->current && !compare->sides[1].session->current;
}

static void on_interrupt(void *ctx)
{
	struct compare *compare = ctx;

	session_cancel(compare->sides[0].session);
	session_cancel(compare->sides[1].session);
}

/* "A,B", or the first two there are. */
static int choose_sides(struct compare *compare, const char *names)
{
	const char *comma = names ? strchr(names, ',') : NULL;
	char *error = NULL, *first;

	if (!names) {
		compare->sides[0].orchestrator = orchestrators[0];
		compare->sides[1].orchestrator = orchestrators[1];
		return STATUS_OK;
	}
	if (!comma || strchr(comma + 1, ',')) {
		complain("--orchestrators: '%s' is not two names: give them as A,B", names);
		return STATUS_USAGE;
	}
	first = xstrndup(names, (size_t)(comma - names));
	compare->sides[0].orchestrator = settings_orchestrator(first, "--orchestrators", &error);
	if (!error)
		compare->sides[1].orchestrator = settings_orchestrator(comma + 1, "--orchestrators", &error);
	free(first);
	return error ? complain_take(STATUS_USAGE, error) : STATUS_OK;
}

/* text cut and filled to columns of width cells. Caller frees. */
static char *fit_column(const char *text, int width)
{
	char *clean = text_neutralise(text, strlen(text), TEXT_ONE_LINE, false), *column;
	int used;
	size_t n = text_fit(clean, strlen(clean), width, &used);

	if (clean[n]) {
		n = text_fit(clean, strlen(clean), width - 1, &used);
		column = xasprintf("%.*s…%*s", (int)n, clean, width - 1 - used, "");
	} else {
		column = xasprintf("%s%*s", clean, width - used, "");
	}
	free(clean);
	return column;
}

static void print_row(const struct comparison *comparison, const struct turn *a, const struct turn *b)
{
	char *utterance = fit_column(a->utterance, UTTERANCE_COLUMNS);
	char *tools_a = dialogue_tools(a), *tools_b = dialogue_tools(b);
	bool same = comparison->same_tools && comparison->same_status;

	output_line("%s  %-10s  %-10s  %-9s  %8.1f ms  %8.1f ms  %s%s%s", utterance,
		turn_status_name(a->status), turn_status_name(b->status), same ? "same" : "different",
		turn_ms(a), turn_ms(b), tools_a, comparison->same_tools ? "" : " / ",
		comparison->same_tools ? "" : tools_b);
	if (comparison->difference)
		output_line("    %s", comparison->difference);
	free(tools_b);
	free(tools_a);
	free(utterance);
}

static void print_heading(const struct compare *compare)
{
	output_line("%-*s  %-10.10s  %-10.10s  %-9s  %11.11s  %11.11s  %s", UTTERANCE_COLUMNS, "utterance",
		compare->sides[0].orchestrator->name, compare->sides[1].orchestrator->name, "",
		compare->sides[0].orchestrator->name, compare->sides[1].orchestrator->name, "tools");
}

static int say(struct compare *compare, const char *utterance)
{
	struct comparison comparison;
	const struct turn *a, *b;
	bool failed;

	compare->idle = false;
	a = session_say(compare->sides[0].session, utterance);
	if (!a) {
		complain("--say: nothing to say: give it some visible characters");
		return STATUS_USAGE;
	}
	b = session_say(compare->sides[1].session, utterance);
	program_wait(compare->program, &compare->idle);
	compare_turns(a, b, &comparison);
	if (compare->program->json)
		output_json(comparison_to_json(&comparison, a, b));
	else
		print_row(&comparison, a, b);
	failed = a->status == TURN_ERROR || b->status == TURN_ERROR;
	comparison_done(&comparison);
	return failed ? STATUS_FAILED : STATUS_OK;
}

/* A greeting that is spoken takes its time. */
static void greet(struct compare *compare)
{
	session_greet(compare->sides[0].session);
	session_greet(compare->sides[1].session);
	compare->idle = !compare->sides[0].session->current && !compare->sides[1].session->current;
	if (!compare->idle)
		program_wait(compare->program, &compare->idle);
}

static int hold(struct compare *compare, const struct script *script)
{
	struct program *program = compare->program;
	int worst = STATUS_OK;

	for (size_t i = 0; i < 2; i++) {
		struct side *side = &compare->sides[i];

		side->session = session_new(program->engine, side->orchestrator, on_event, compare);
	}
	program->on_interrupt = on_interrupt;
	program->ctx = compare;
	greet(compare);
	if (!program->json)
		print_heading(compare);
	for (size_t i = 0; i < script->count && !program->interrupted && output_ok(); i++) {
		int status = say(compare, script->items[i].text);

		worst = status > worst ? status : worst;
	}
	program->on_interrupt = NULL;
	for (size_t i = 0; i < 2; i++)
		session_free(compare->sides[i].session);
	return worst;
}

int cmd_compare(const struct options *options)
{
	struct script script;
	struct program program;
	struct compare compare = {.program = &program};
	char *error = NULL;
	int status;

	program_init(&program, options);
	if (!script_init(&script, options, &error)) {
		status = complain_take(STATUS_USAGE, error);
		goto out;
	}
	status = choose_sides(&compare, options_value(options, OPTION_ORCHESTRATORS));
	if (status == STATUS_OK)
		status = program_open(&program, options->arguments[0]);
	for (size_t i = 0; i < 2 && status == STATUS_OK; i++)
		if (!program_has_orchestrator(&program, compare.sides[i].orchestrator))
			status = STATUS_USAGE;
	if (status != STATUS_OK)
		goto out;
	program_catch_signals(&program);
	status = hold(&compare, &script);
out:
	script_done(&script);
	return program_close(&program, status);
}
