/* How many requests an utterance holds: it is cut at "and", "then", "also" and at pauses, and what does not
 * ask for anything by itself is put back to what it belongs to. */
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
	part->start = tokens->items[*i].start;
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

/* Clauses that ask for different tools, each clearly enough by itself, become parts of their own; any other
 * clause belongs to the one before it, and a value at the beginning to the one after. */
size_t plan_split(struct planning *planning, struct part parts[PLAN_MAX])
{
	struct part clause;
	size_t count = 0, i = 0;

	while (next_clause(&planning->tokens, &i, &clause)) {
		struct part *last = count ? &parts[count - 1] : NULL;
		bool asks;

		if (!count && i >= planning->tokens.count) {
			clause.best = planning->rankings[0]; /* the whole, which is ranked already */
			parts[0] = clause;
			return 1;
		}
		part_rank(planning, &clause);
		asks = clause.best.score >= PLANNER_THRESHOLD + SPLIT_MARGIN;
		if (last && asks && last->best.score >= PLANNER_THRESHOLD &&
			gives_value(planning, &clause, &last->best)) {
			last->end = clause.end;
		} else if (last && asks && gives_value(planning, last, &clause.best)) {
			clause.start = last->start;
			*last = clause;
		} else if (last && count < PLAN_MAX && asks && last->best.score >= PLANNER_THRESHOLD &&
			(clause.best.tool != last->best.tool || clause.best.node != last->best.node)) {
			parts[count++] = clause;
		} else if (last) {
			join_part(planning, last, last->start, clause.end);
		} else {
			parts[count++] = clause;
		}
	}
	return merge_departments(parts, count);
}
