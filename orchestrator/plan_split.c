/* How many requests an utterance holds: it is cut at "and", "then", "also" and at pauses, and what does not
 * ask for anything by itself is put back to what it belongs to. */
#include "orchestrator/extract.h"
#include "orchestrator/filler.h"
#include "orchestrator/plan.h"

#include <stdlib.h>
#include <string.h>

#define SPLIT_MARGIN 0.2 /* over the threshold, before a part counts as a request of its own */

/* The best tool for a part of the utterance; its score is 0 when there is none. */
static struct ranking best_for(struct planning *planning, const char *text)
{
	if (!planning->set->count)
		return (struct ranking){0};
	rank_index_rank(planning->index, planning->set, text, planning->scratch);
	return planning->scratch[0];
}

char *plan_part_text(const struct planning *planning, const struct part *part)
{
	return xstrndup(planning->utterance + part->start, part->end - part->start);
}

static void part_rank(struct planning *planning, struct part *part)
{
	char *text = plan_part_text(planning, part);

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
	*part = (struct part){.start = tokens->items[*i].start};
	do {
		part->end = tokens->items[*i].end;
		++*i;
	} while (*i < tokens->count && !tokens->items[*i - 1].pause &&
		!token_is(tokens, *i, "and then also plus"));
	return true;
}

/* Does the clause ask for nothing, but give a value that the tool takes: "booking QWERTZ", "the number is
 * ABC123"? */
static bool gives_value(
	const struct planning *planning, const struct part *clause, const struct ranking *ranking)
{
	const struct profile *profile = rank_index_profile(planning->index, ranking);
	char *text = plan_part_text(planning, clause);
	struct tokens tokens;
	size_t values = 0, others = 0;

	tokens_init(&tokens, text);
	tokens_stem(&tokens);
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *token = &tokens.items[i];

		if (rank_code(profile, &tokens, i) ||
			(token_has_digit(token) && profile_takes(profile, token->text)))
			values++;
		else if (token->stem && token->stem[1] && !filler_is(token->stem) &&
			!words_have(&profile->hints, token->stem))
			others++;
	}
	tokens_done(&tokens);
	free(text);
	return values && !others;
}

/* What the part gives the tool. *begins is set where it begins with a value, as what goes on with a list
 * does: "from Berlin and Lisbon on the 12th". The caller deletes. */
static cJSON *part_values(
	const struct planning *planning, const struct part *part, const struct tool *tool, bool *begins)
{
	char *text = plan_part_text(planning, part);
	cJSON *args = cJSON_CreateObject();
	struct tokens tokens;
	size_t first = 0;

	tokens_init(&tokens, text);
	extract_from_words(tool, NULL, &tokens, day_of(planning->context->now_realtime_ns), true, args);
	while (token_is(&tokens, first, "a an the on for to from in"))
		first++;
	*begins = first < tokens.count && tokens.items[first].used;
	tokens_done(&tokens);
	free(text);
	return args;
}

/* "cancel ABC123, no, rather cancel DEF456": what was said first is not meant. */
static bool takes_back(const struct planning *planning, const struct part *last, const struct part *clause)
{
	const struct tokens *tokens = &planning->tokens;

	for (size_t i = 0; i < tokens->count; i++)
		if (tokens->items[i].start > last->start && tokens->items[i].start < clause->end &&
			token_is(tokens, i, "no not rather instead sorry actually wait mean meant"))
			return true;
	return false;
}

/* The same for another, and each with a value of its own: "cancel ABC123 and cancel DEF456". */
static bool asks_again(const struct planning *planning, const struct part *last, const struct part *clause)
{
	const struct tool *tool = clause->best.tool;
	cJSON *before, *now;
	bool begins, other = false;

	if (tool != last->best.tool || tool->kind == TOOL_DEPARTMENT)
		return false;
	before = part_values(planning, last, tool, &begins);
	now = part_values(planning, clause, tool, &begins);
	for (const cJSON *value = now->child; value && !begins && !other; value = value->next)
		other = cJSON_HasObjectItem(before, value->string) &&
			!cJSON_Compare(value, json_get(before, value->string), true);
	cJSON_Delete(before);
	cJSON_Delete(now);
	return other;
}

static void join_part(struct planning *planning, struct part *part, size_t start, size_t end)
{
	part->start = start;
	part->end = end;
	part_rank(planning, part);
}

/* What goes to one department goes in one request: it takes it apart itself. */
static size_t merge_departments(struct part *parts, size_t count)
{
	size_t kept = 0;

	for (size_t i = 1; i < count; i++)
		if (parts[i].best.tool == parts[kept].best.tool &&
			parts[i].best.tool->kind == TOOL_DEPARTMENT)
			parts[kept].end = parts[i].end;
		else
			parts[++kept] = parts[i];
	return count ? kept + 1 : 0;
}

/* Is the clause no request of its own, but more about the one before it, or that more about the clause? */
static bool completes(struct planning *planning, struct part *last, struct part *clause, bool asks)
{
	bool asked = last->best.score >= PLANNER_THRESHOLD;

	if (asks && asked && gives_value(planning, clause, &last->best)) {
		last->end = clause->end;
	} else if (asks && gives_value(planning, last, &clause->best)) {
		clause->start = last->start;
		*last = *clause;
	} else if (asks && asked && asks_again(planning, last, clause)) {
		if (!takes_back(planning, last, clause))
			return false;
		*last = *clause;
		last->instead = true;
	} else if (asks && asked &&
		(clause->best.tool != last->best.tool || clause->best.node != last->best.node)) {
		return false;
	} else {
		join_part(planning, last, last->start, clause->end);
	}
	return true;
}

/* Clauses that ask for different tools, or for one with different values, each clearly enough by itself,
 * become parts of their own; any other clause belongs to the one before it, and a value at the beginning to
 * the one after. */
size_t plan_split(struct planning *planning, struct part parts[PLAN_MAX])
{
	struct part clause;
	size_t count = 0, i = 0;

	while (next_clause(&planning->tokens, &i, &clause)) {
		struct part *last = count ? &parts[count - 1] : NULL;

		if (!count && i >= planning->tokens.count) {
			clause.best = planning->rankings[0]; /* the whole, which is ranked already */
			parts[0] = clause;
			return 1;
		}
		part_rank(planning, &clause);
		if (!last ||
			!completes(planning, last, &clause,
				count < PLAN_MAX && clause.best.score >= PLANNER_THRESHOLD + SPLIT_MARGIN))
			parts[count++] = clause;
	}
	return merge_departments(parts, count);
}
