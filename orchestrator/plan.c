/* What an utterance asks for, given what the conversation is about: it completes what was asked back,
 * corrects or follows up the last call, asks for one thing or for several, or drops what was pending. The
 * order of these questions is the whole of the logic; each is decided by scores and by values found, never by
 * chance. */
#include "orchestrator/plan.h"
#include "orchestrator/extract.h"

#include <stdlib.h>
#include <string.h>

#define CLEAR_LEAD 0.5  /* by how much another tool must lead to take over from a pending one */
#define CLEAR_SCORE 1.6 /* and what it must score where the words hold an answer too */
#define SHORT_ANSWER 4  /* words: more than that is a sentence of its own */

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
			? extract_typed(&set.items[i], NULL, utterance, now)
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
	args = extract_typed(tool, parameter, planning->utterance, now);
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
	merge(step->arguments, extract_typed(tool, parameter, planning->utterance, now), true);
	if (parameter && !cJSON_HasObjectItem(step->arguments, parameter->name)) {
		cJSON *value = extract_answer(tool, parameter, planning->utterance, now);

		if (value)
			cJSON_AddItemToObject(step->arguments, parameter->name, value);
	}
	remember(planning, step);
	return true;
}

static const char *const corrections[] = {"no", "sorry", "actually", "wait", "i meant", "i mean", "not",
	"rather", "not that", "make it", "make that", "oops", "correction", "wrong", "that's wrong",
	"that is wrong", "i said", "my mistake", "pardon", "hang on", "hold on", "ah sorry", "oh sorry",
	"oh no", "i'm sorry", "it should be", "should be", "nope"};
static const char *const follow_ups[] = {"and", "also", "what about", "how about", "or", "then", "same for",
	"the same for", "same again", "the same again", "in", "with", "for", "but"};

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
	cJSON *args = extract_typed(tool, NULL, utterance, now), *item = args->child;

	while (item) {
		cJSON *next = item->next;

		if (cJSON_Compare(item, json_get(before, item->string), true))
			cJSON_Delete(cJSON_DetachItemViaPointer(args, item));
		item = next;
	}
	return args;
}

/* "and DEF456 too": the same for one more thing, said in so many words. */
static bool adds(const struct planning *planning, const struct tool *tool)
{
	const struct tokens *tokens = &planning->tokens;

	if (!token_is(tokens, 0, "and also") || tokens->count > SHORT_ANSWER + 1)
		return false;
	for (size_t i = 0; i < tokens->count; i++)
		if ((token_has_digit(&tokens->items[i]) ||
			    rank_code(profile_of(planning, tool), tokens, i)) &&
			profile_takes(profile_of(planning, tool), tokens->items[i].text))
			return true;
	return false;
}

/* The call again with what is new in the words. False when nothing is. */
static bool repeat_call(
	struct planning *planning, const struct tool *tool, const cJSON *before, bool corrects)
{
	uint64_t now = planning->context->now_realtime_ns;
	struct plan_step *step;
	cJSON *fresh;

	if (tool->kind == TOOL_DEPARTMENT) {
		if (score_of(planning, tool) < PLANNER_THRESHOLD &&
			!department_finds(tool, planning->utterance, now))
			return false;
		add_step(planning, tool, score_of(planning, tool), xstrdup(planning->utterance));
		return true;
	}
	fresh = news(tool, planning->utterance, before, now);
	if (!fresh->child || (!corrects && profile_of(planning, tool)->changes && !adds(planning, tool))) {
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

static bool repeat_entry(struct planning *planning, const cJSON *previous, bool corrects)
{
	const struct tool *tool = tool_set_find(planning->set, json_string(previous, "tool", ""));
	const struct ranking *best = &planning->rankings[0];

	if (!tool || (best->score >= PLANNER_THRESHOLD + (corrects ? CLEAR_LEAD : 0) && best->tool != tool))
		return false;
	return repeat_call(planning, tool, json_get(previous, "arguments"), corrects);
}

/* One of the last calls again with what is new in the words: "no, I meant DEF456", "and tomorrow?". Without a
 * word that says so only a short utterance is taken for one, and never for a call that changes something. */
static bool plan_repeat(struct planning *planning)
{
	const cJSON *previous = planning->context->previous;
	const struct ranking *best = &planning->rankings[0];
	bool corrects = BEGINS_WITH(&planning->tokens, corrections) ||
		tokens_contain(&planning->tokens, "meant instead");
	bool follows = BEGINS_WITH(&planning->tokens, follow_ups) ||
		(planning->tokens.count <= SHORT_ANSWER && best->score < PLANNER_THRESHOLD);

	if (!corrects && !follows)
		return false;
	if (!cJSON_IsArray(previous))
		return repeat_entry(planning, previous, corrects);
	for (int i = cJSON_GetArraySize(previous); i-- > 0;)
		if (repeat_entry(planning, cJSON_GetArrayItem(previous, i), corrects))
			return true;
	return false;
}

static bool has_code(const char *text, const struct profile *profile)
{
	struct tokens tokens;
	bool found = false;

	tokens_init(&tokens, text);
	for (size_t i = 0; i < tokens.count; i++)
		found |= token_has_digit(&tokens.items[i]) || rank_code(profile, &tokens, i);
	tokens_done(&tokens);
	return found;
}

/* Codes that the utterance names once, in another part, go with the request for a department where the tool
 * that is meant takes them: "check ABC123 and tell me what is on my bill", not "and how can I pay". */
static char *with_codes(const struct planning *planning, const struct ranking *ranking, const char *part)
{
	const struct profile *profile = rank_index_profile(planning->index, ranking);
	char *text = xstrdup(part);

	if (has_code(part, profile))
		return text;
	for (size_t i = 0; i < planning->tokens.count; i++) {
		const struct token *token = &planning->tokens.items[i];

		if (rank_code(profile, &planning->tokens, i) ||
			(token_has_digit(token) && !token_number(&planning->tokens, i).tokens &&
				profile_takes(profile, token->text))) {
			char *longer = xasprintf("%s, %s", text, token->text);

			free(text);
			text = longer;
		}
	}
	return text;
}

/* What a part lacks the rest of the utterance may say: "cancel ABC123 and then show me my bill". */
static void borrow(const struct planning *planning, struct plan_step *step)
{
	uint64_t now = planning->context->now_realtime_ns;
	cJSON *said = extract_typed(step->tool, NULL, planning->utterance, now);

	for (size_t i = 0; i < step->tool->parameter_count; i++)
		if (!step->tool->parameters[i].required)
			cJSON_DeleteItemFromObjectCaseSensitive(said, step->tool->parameters[i].name);
	merge(step->arguments, said, false);
}

/* Without one of these nobody names two things. */
static bool lists(const struct tokens *tokens)
{
	for (size_t i = 0; i + 1 < tokens->count; i++)
		if (tokens->items[i].pause)
			return true;
	return tokens_contain(tokens, "and plus or &");
}

/* The same once more for each further value: "check ABC123 and DEF456". */
static void plan_further(struct planning *planning, size_t first, const char *part)
{
	struct plan *plan = planning->plan;
	const struct plan_step *step = &plan->steps[first];
	cJSON *all, *args;

	if (!lists(&planning->tokens))
		return;
	all = extract_further(step->tool, step->arguments, part, planning->context->now_realtime_ns);
	while (plan->count < PLAN_MAX && (args = cJSON_DetachItemFromArray(all, 0))) {
		struct plan_step *more = add_step(planning, step->tool, step->score, xstrdup(part));

		merge(more->arguments, args, true);
		more->missing = tool_missing_parameter(more->tool, more->arguments);
	}
	cJSON_Delete(all);
}

/* Clauses part at those words too, see plan_split. */
bool planner_may_be_several(const char *utterance)
{
	struct tokens tokens;
	bool several;

	tokens_init(&tokens, utterance);
	several = lists(&tokens) || tokens_contain(&tokens, "then also");
	tokens_done(&tokens);
	return several;
}

static void plan_request(struct planning *planning, struct ranking ranking, const char *part)
{
	bool whole = !strcmp(part, planning->utterance);
	size_t first = planning->plan->count;
	struct plan_step *step;

	if (ranking.tool->kind == TOOL_DEPARTMENT) {
		add_step(planning, ranking.tool, ranking.score,
			whole ? xstrdup(part) : with_codes(planning, &ranking, part));
		return;
	}
	step = add_step(planning, ranking.tool, ranking.score, xstrdup(part));
	merge(step->arguments,
		planner_arguments(ranking.tool, part, NULL, planning->context->now_realtime_ns), false);
	if (!whole)
		borrow(planning, step);
	remember(planning, step);
	plan_further(planning, first, part);
}

static void plan_requests(struct planning *planning)
{
	struct part parts[PLAN_MAX];
	size_t count = plan_split(planning, parts);

	if (count > 1 || (count && parts[0].instead))
		for (size_t i = 0; i < count; i++) {
			char *text = plan_part_text(planning, &parts[i]);

			if (parts[i].best.score >= PLANNER_THRESHOLD && planning->plan->count < PLAN_MAX)
				plan_request(planning, parts[i].best, text);
			free(text);
		}
	else if (count && parts[0].best.tool && parts[0].best.score >= PLANNER_THRESHOLD)
		plan_request(planning, parts[0].best, planning->utterance);
	else if (planning->rankings[0].score >= PLANNER_THRESHOLD)
		plan_request(planning, planning->rankings[0], planning->utterance);
}

/* "no" may be the answer itself. */
static bool awaits_choice(const struct planning *planning)
{
	const cJSON *awaiting = planning->context->awaiting;
	const struct tool *tool = tool_set_find(planning->set, json_string(awaiting, "tool", ""));
	const struct parameter *parameter =
		tool ? find_parameter(tool, json_string(awaiting, "parameter", "")) : NULL;

	return parameter && parameter->type == PARAMETER_BOOLEAN;
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
	plan->dropped =
		plan_drops(&planning.tokens, cJSON_IsObject(context->awaiting)) && !awaits_choice(&planning);
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
