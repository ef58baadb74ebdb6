/* What an utterance asks for, given what the conversation is about: it completes what was asked back,
 * corrects or follows up the last call, asks for one thing or for several, or drops what was pending. The
 * order of these questions is the whole of the logic; each is decided by scores and by values found, never by
 * chance. */
#include "orchestrator/extract.h"
#include "orchestrator/planner.h"
#include "orchestrator/rank.h"

#include <stdlib.h>
#include <string.h>

#define CLEAR_LEAD 0.5   /* by how much another tool must lead to take over from a pending one */
#define CLEAR_SCORE 1.6  /* and what it must score where the words hold an answer too */
#define SHORT_ANSWER 4   /* words: more than that is a sentence of its own */
#define SPLIT_MARGIN 0.2 /* over the threshold, before a part counts as a request of its own */

struct planning {
	const struct tool_set *set;
	const char *utterance;
	const struct plan_context *context;
	const struct rank_index *index; /* NULL without tools */
	struct ranking *rankings;       /* for the whole utterance, best first */
	struct ranking *scratch;
	struct tokens tokens;
	struct plan *plan;
};

static const struct profile *profile_of(const struct planning *planning, const struct tool *tool)
{
	return &planning->index->profiles[tool - planning->set->items];
}

static double score_of(const struct planning *planning, const struct tool *tool)
{
	for (size_t i = 0; i < planning->set->count; i++)
		if (planning->rankings[i].tool == tool)
			return planning->rankings[i].score;
	return 0;
}

/* The best tool for a part of the utterance; its score is 0 when there is none. */
static struct ranking best_for(struct planning *planning, const char *text)
{
	if (!planning->set->count)
		return (struct ranking){0};
	rank_index_rank(planning->index, planning->set, text, planning->scratch);
	return planning->scratch[0];
}

static struct plan_step *add_step(
	struct planning *planning, const struct tool *tool, double score, char *request)
{
	struct plan_step *step = &planning->plan->steps[planning->plan->count++];

	*step = (struct plan_step){
		.tool = tool, .score = score, .arguments = cJSON_CreateObject(), .request = request};
	return step;
}

/* Members of more that args lacks, or, with replace, all of them. Deletes more. */
static void merge(cJSON *args, cJSON *more, bool replace)
{
	cJSON *item;

	while ((item = cJSON_DetachItemFromArray(more, 0))) {
		bool known = cJSON_HasObjectItem(args, item->string);

		if (known && !replace) {
			cJSON_Delete(item);
		} else {
			char *name = xstrdup(item->string);

			cJSON_DeleteItemFromObjectCaseSensitive(args, name);
			cJSON_AddItemToObject(args, name, item);
			free(name);
		}
	}
	cJSON_Delete(more);
}

static void remember(struct planning *planning, struct plan_step *step)
{
	extract_from_memory(step->tool, &planning->tokens, planning->context->memory, step->arguments);
	step->missing = tool_missing_parameter(step->tool, step->arguments);
}

static const struct parameter *find_parameter(const struct tool *tool, const char *name)
{
	for (size_t i = 0; i < tool->parameter_count; i++)
		if (!strcmp(tool->parameters[i].name, name))
			return &tool->parameters[i];
	return NULL;
}

/* Would some tool behind a department find a value in the words? */
static bool department_finds(const struct tool *department, const char *utterance, uint64_t now)
{
	struct tool_set set;
	bool found = false;

	tool_set_init(&set, department->node, NULL);
	for (size_t i = 0; i < set.count && !found; i++) {
		cJSON *args = set.items[i].kind == TOOL_SUB_AGENT
			? extract_typed(&set.items[i], utterance, now)
			: NULL;

		found = args && args->child;
		cJSON_Delete(args);
	}
	tool_set_done(&set);
	return found;
}

/* Do the words hold the value that was asked for? */
static bool answers(
	const struct planning *planning, const struct tool *tool, const struct parameter *parameter)
{
	uint64_t now = planning->context->now_realtime_ns;
	cJSON *args;
	bool found;

	if (tool->kind == TOOL_DEPARTMENT)
		return department_finds(tool, planning->utterance, now);
	args = extract_typed(tool, planning->utterance, now);
	found = parameter ? cJSON_HasObjectItem(args, parameter->name) : args->child != NULL;
	cJSON_Delete(args);
	return found;
}

static bool turns_away(
	const struct planning *planning, const struct tool *tool, const struct parameter *parameter)
{
	const struct ranking *best = &planning->rankings[0];

	if (best->tool == tool || best->score < PLANNER_THRESHOLD ||
		best->score < score_of(planning, tool) + CLEAR_LEAD)
		return false;
	if (!answers(planning, tool, parameter))
		return true;
	return best->score >= CLEAR_SCORE && planning->tokens.count > SHORT_ANSWER;
}

/* The utterance as the answer to the question that is pending. False when none is, or it asks for something
 * else. */
static bool plan_answer(struct planning *planning)
{
	const cJSON *awaiting = planning->context->awaiting, *known = json_get(awaiting, "arguments");
	const struct tool *tool = tool_set_find(planning->set, json_string(awaiting, "tool", ""));
	const struct parameter *parameter;
	uint64_t now = planning->context->now_realtime_ns;
	struct plan_step *step;

	if (!tool)
		return false;
	parameter = find_parameter(tool, json_string(awaiting, "parameter", ""));
	if (turns_away(planning, tool, parameter))
		return false;
	step = add_step(planning, tool, score_of(planning, tool), xstrdup(planning->utterance));
	if (tool->kind == TOOL_DEPARTMENT)
		return true;
	if (cJSON_IsObject(known))
		merge(step->arguments, json_copy(known), true);
	merge(step->arguments, extract_typed(tool, planning->utterance, now), true);
	if (parameter && !cJSON_HasObjectItem(step->arguments, parameter->name)) {
		cJSON *value = extract_answer(tool, parameter, planning->utterance, now);

		if (value)
			cJSON_AddItemToObject(step->arguments, parameter->name, value);
	}
	remember(planning, step);
	return true;
}

static const char *const corrections[] = {"no", "sorry", "actually", "wait", "i meant", "i mean", "not",
	"rather", "not that", "make it", "make that", "oops", "correction"};
static const char *const follow_ups[] = {
	"and", "what about", "how about", "or", "then", "same for", "the same for"};

static bool begins_with(const struct tokens *tokens, const char *const *phrases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tokens_match(tokens, 0, phrases[i]))
			return true;
	return false;
}

#define BEGINS_WITH(tokens, phrases) begins_with(tokens, phrases, sizeof(phrases) / sizeof((phrases)[0]))

/* What the words give that the call before did not have. */
static cJSON *news(const struct tool *tool, const char *utterance, const cJSON *before, uint64_t now)
{
	cJSON *args = extract_typed(tool, utterance, now), *item = args->child;

	while (item) {
		cJSON *next = item->next;

		if (cJSON_Compare(item, json_get(before, item->string), true))
			cJSON_Delete(cJSON_DetachItemViaPointer(args, item));
		item = next;
	}
	return args;
}

/* The last call again with what is new in the words: "no, I meant DEF456", "and tomorrow?". Without a word
 * that says so only a short utterance is taken for one, and never for a call that changes something. */
static bool plan_repeat(struct planning *planning)
{
	const cJSON *previous = planning->context->previous, *before = json_get(previous, "arguments");
	const struct tool *tool = tool_set_find(planning->set, json_string(previous, "tool", ""));
	const struct ranking *best = &planning->rankings[0];
	bool corrects = BEGINS_WITH(&planning->tokens, corrections) ||
		tokens_contain(&planning->tokens, "meant instead");
	bool follows = BEGINS_WITH(&planning->tokens, follow_ups) ||
		(planning->tokens.count <= SHORT_ANSWER && best->score < PLANNER_THRESHOLD);
	uint64_t now = planning->context->now_realtime_ns;
	struct plan_step *step;
	cJSON *fresh;

	if (!tool || !(corrects || follows))
		return false;
	if (best->score >= PLANNER_THRESHOLD + (corrects ? CLEAR_LEAD : 0) && best->tool != tool)
		return false;
	if (tool->kind == TOOL_DEPARTMENT) {
		if (best->score < PLANNER_THRESHOLD && !department_finds(tool, planning->utterance, now))
			return false;
		add_step(planning, tool, score_of(planning, tool), xstrdup(planning->utterance));
		return true;
	}
	if (!corrects && profile_of(planning, tool)->changes)
		return false;
	fresh = news(tool, planning->utterance, before, now);
	if (!fresh->child) {
		cJSON_Delete(fresh);
		return false;
	}
	step = add_step(planning, tool, score_of(planning, tool), xstrdup(planning->utterance));
	extract_shift_end(tool, before, fresh);
	if (cJSON_IsObject(before))
		merge(step->arguments, json_copy(before), true);
	merge(step->arguments, fresh, true);
	remember(planning, step);
	return true;
}

/* Codes that the utterance names once, in another part, go with the request for a department that takes them:
 * "check ABC123 and tell me what is on my bill". */
static char *with_codes(const struct planning *planning, const struct tool *tool, const char *part)
{
	char *text = xstrdup(part);

	if (part[strcspn(part, "0123456789")])
		return text;
	for (size_t i = 0; i < planning->tokens.count; i++) {
		const struct token *token = &planning->tokens.items[i];

		if (token_has_digit(token) && !token_number(&planning->tokens, i).tokens &&
			profile_takes(profile_of(planning, tool), token->text)) {
			char *longer = xasprintf("%s, %s", text, token->text);

			free(text);
			text = longer;
		}
	}
	return text;
}

static void plan_request(struct planning *planning, struct ranking ranking, const char *part)
{
	bool whole = !strcmp(part, planning->utterance);
	uint64_t now = planning->context->now_realtime_ns;
	struct plan_step *step;

	if (ranking.tool->kind == TOOL_DEPARTMENT) {
		add_step(planning, ranking.tool, ranking.score,
			whole ? xstrdup(part) : with_codes(planning, ranking.tool, part));
		return;
	}
	step = add_step(planning, ranking.tool, ranking.score, xstrdup(part));
	merge(step->arguments, planner_arguments(ranking.tool, part, NULL, now), false);
	if (!whole)
		merge(step->arguments, extract_typed(ranking.tool, planning->utterance, now), false);
	remember(planning, step);
}

/* A part of the utterance: bytes [start, end). */
struct part {
	size_t start, end;
	struct ranking best;
};

static char *part_text(const struct planning *planning, const struct part *part)
{
	return xstrndup(planning->utterance + part->start, part->end - part->start);
}

static void part_rank(struct planning *planning, struct part *part)
{
	char *text = part_text(planning, part);

	part->best = best_for(planning, text);
	free(text);
}

/* The next clause from token *i on: up to "and", "then", "also" or a pause. False at the end. */
static bool next_clause(const struct tokens *tokens, size_t *i, struct part *part)
{
	while (token_is(tokens, *i, "and then also plus"))
		++*i;
	if (*i >= tokens->count)
		return false;
	part->start = tokens->items[*i].start;
	do {
		part->end = tokens->items[*i].end;
		++*i;
	} while (*i < tokens->count && !tokens->items[*i - 1].pause &&
		!token_is(tokens, *i, "and then also plus"));
	return true;
}

/* Clauses that ask for different tools, each clearly enough by itself, become parts of their own; any other
 * clause belongs to the one before it. */
static size_t split(struct planning *planning, struct part parts[PLAN_MAX])
{
	struct part clause;
	size_t count = 0, i = 0;

	while (next_clause(&planning->tokens, &i, &clause)) {
		if (!count && i >= planning->tokens.count)
			return 1; /* one clause alone is the whole, which is ranked already */
		part_rank(planning, &clause);
		if (count && count < PLAN_MAX && parts[count - 1].best.score >= PLANNER_THRESHOLD &&
			clause.best.score >= PLANNER_THRESHOLD + SPLIT_MARGIN &&
			clause.best.tool != parts[count - 1].best.tool) {
			parts[count++] = clause;
		} else if (count) {
			parts[count - 1].end = clause.end;
			part_rank(planning, &parts[count - 1]);
		} else {
			parts[count++] = clause;
		}
	}
	return count;
}

static void plan_requests(struct planning *planning)
{
	struct part parts[PLAN_MAX];
	size_t count = split(planning, parts);

	if (count > 1)
		for (size_t i = 0; i < count; i++) {
			char *text = part_text(planning, &parts[i]);

			if (parts[i].best.score >= PLANNER_THRESHOLD)
				plan_request(planning, parts[i].best, text);
			free(text);
		}
	else if (planning->rankings[0].score >= PLANNER_THRESHOLD)
		plan_request(planning, planning->rankings[0], planning->utterance);
}

static bool drops(const struct tokens *tokens)
{
	static const char *const phrases[] = {"never mind", "nevermind", "forget it", "forget that",
		"forget about it", "leave it", "skip it", "drop it", "stop", "not now", "cancel that",
		"doesn't matter", "it doesn't matter"};
	size_t first = token_is(tokens, 0, "no oh ok okay sorry actually well please just");

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		size_t n = tokens_match(tokens, first, phrases[i]);

		if (n && first + n + 2 >= tokens->count)
			return true;
	}
	return false;
}

void planner_plan(const struct tool_set *set, const char *utterance, const struct plan_context *context,
	struct plan *plan)
{
	struct planning planning = {.set = set, .utterance = utterance, .context = context, .plan = plan};

	*plan = (struct plan){0};
	planning.rankings = xcalloc(set->count + 1, sizeof(*planning.rankings));
	planning.scratch = xcalloc(set->count + 1, sizeof(*planning.scratch));
	tokens_init(&planning.tokens, utterance);
	if (set->count) {
		planning.index = rank_cache_get(set->items[0].node->workflow->ranks, set, context->language);
		rank_index_rank(planning.index, set, utterance, planning.rankings);
	}
	for (; plan->top_count < PLAN_TOP && plan->top_count < set->count; plan->top_count++)
		plan->top[plan->top_count] = planning.rankings[plan->top_count];
	plan->dropped = drops(&planning.tokens);
	if (!plan->dropped && set->count && !plan_answer(&planning) && !plan_repeat(&planning))
		plan_requests(&planning);
	tokens_done(&planning.tokens);
	free(planning.rankings);
	free(planning.scratch);
}

void plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		cJSON_Delete(plan->steps[i].arguments);
		free(plan->steps[i].request);
	}
	*plan = (struct plan){0};
}
