/* Rows and bars of the waterfall. Names come from the attributes that OpenTelemetry's conventions give a
 * span, so that an orchestrator needs no words of its own for the screen. */
#include "tui/trace_view.h"
#include "tui/text.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LINES 64 /* depths whose lines are kept; deeper ones are drawn without */

struct place {
	const struct span *span;
	size_t index; /* in the trace */
};

/* Links between the spans of one trace, by index + 1; 0 ends a chain. */
struct tree {
	const struct trace *trace;
	struct place *places; /* sorted by address, to find a parent's index */
	size_t *child, *sibling, *last_child;
	size_t roots, last_root;
};

static int place_compare(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)((const struct place *)a)->span,
		  y = (uintptr_t)((const struct place *)b)->span;

	return x < y ? -1 : x > y;
}

static const char *string_of(const struct span *span, const char *key)
{
	const struct attribute *a = span_get(span, key);

	return a && a->type == ATTRIBUTE_STRING ? a->value.string : NULL;
}

static int64_t number_of(const struct span *span, const char *key, int64_t fallback)
{
	const struct attribute *a = span_get(span, key);

	return a && a->type == ATTRIBUTE_INT ? a->value.integer : fallback;
}

static bool is_attempt(const struct span *span)
{
	return string_of(span, "http.request.method") != NULL;
}

static void tree_add(struct tree *t, size_t index)
{
	struct place key = {t->trace->spans[index]->parent, 0}, *parent = NULL;

	if (key.span)
		parent = bsearch(&key, t->places, t->trace->span_count, sizeof *t->places, place_compare);
	size_t *first = parent ? &t->child[parent->index] : &t->roots;
	size_t *last = parent ? &t->last_child[parent->index] : &t->last_root;

	if (*last)
		t->sibling[*last - 1] = index + 1;
	else
		*first = index + 1;
	*last = index + 1;
}

static void tree_init(struct tree *t, const struct trace *trace)
{
	size_t n = trace->span_count;

	*t = (struct tree){.trace = trace};
	t->places = xcalloc(n, sizeof *t->places);
	t->child = xcalloc(n, sizeof *t->child);
	t->sibling = xcalloc(n, sizeof *t->sibling);
	t->last_child = xcalloc(n, sizeof *t->last_child);
	for (size_t i = 0; i < n; i++)
		t->places[i] = (struct place){trace->spans[i], i};
	qsort(t->places, n, sizeof *t->places, place_compare);
	for (size_t i = 0; i < n; i++)
		tree_add(t, i);
}

static void tree_done(struct tree *t)
{
	free(t->places);
	free(t->child);
	free(t->sibling);
	free(t->last_child);
}

/* Under a tool, nothing but attempts below: the tool's own row and theirs say it all. */
static bool only_wraps_attempts(const struct tree *t, size_t index)
{
	const struct span *span = t->trace->spans[index];

	if (!span->parent || is_attempt(span) || !t->child[index] || string_of(span, "gen_ai.operation.name"))
		return false;
	for (size_t at = t->child[index]; at; at = t->sibling[at - 1]) {
		if (!is_attempt(t->trace->spans[at - 1]))
			return false;
	}
	return true;
}

/* Where the chain of siblings at `at` goes on, with wrappers replaced by what they wrap. A frame of the walk.
 */
struct level {
	size_t at;
	size_t outer; /* the chain to go on with when a wrapper's children are done, or 0 */
	uint64_t passing;
};

static size_t skip_wrappers(const struct tree *t, struct level *level)
{
	for (;;) {
		if (!level->at) {
			level->at = level->outer;
			level->outer = 0;
			if (!level->at)
				return 0;
		}
		/* Attempts wrap nothing, so a wrapper is never inside a wrapper. */
		if (!only_wraps_attempts(t, level->at - 1))
			return level->at;
		level->outer = t->sibling[level->at - 1];
		level->at = t->child[level->at - 1];
	}
}

void trace_rows_init(struct trace_rows *rows, const struct trace *trace)
{
	size_t n = trace->span_count, depth = 0;
	struct level *levels, next;
	struct tree tree;

	rows->items = xcalloc(n, sizeof *rows->items);
	rows->count = 0;
	tree_init(&tree, trace);
	levels = xcalloc(n + 1, sizeof *levels);
	levels[0] = (struct level){.at = tree.roots};
	for (;;) {
		struct trace_row *row = &rows->items[rows->count];
		size_t at = skip_wrappers(&tree, &levels[depth]);

		if (!at) {
			if (!depth--)
				break;
			continue;
		}
		next = levels[depth];
		next.at = tree.sibling[at - 1];
		*row = (struct trace_row){trace->spans[at - 1], depth, false, levels[depth].passing};
		levels[depth].at = next.at;
		row->last = !skip_wrappers(&tree, &next);
		rows->count++;
		levels[depth + 1] = (struct level){.at = tree.child[at - 1], .passing = row->passing};
		if (!row->last && depth < MAX_LINES)
			levels[depth + 1].passing |= UINT64_C(1) << depth;
		depth++;
	}
	free(levels);
	tree_done(&tree);
}

void trace_rows_done(struct trace_rows *rows)
{
	free(rows->items);
	*rows = (struct trace_rows){0};
}

static void add_outcome(const struct span *span, const struct theme *theme, struct buffer *out)
{
	int64_t status = number_of(span, "http.response.status_code", 0);
	const char *type = string_of(span, "error.type");
	bool bad = span->status == SPAN_ERROR || type || status >= 400;

	if (!span->end_ns) {
		buffer_appendf(out, " %s", theme->glyphs->ellipsis);
		return;
	}
	if (is_attempt(span) || bad)
		buffer_appendf(out, " %s", bad ? theme->glyphs->bad : theme->glyphs->good);
	if (status)
		buffer_appendf(out, " %lld", (long long)status);
	else if (type && *type)
		buffer_appendf(out, " %s", type);
}

static void add_name(const struct span *span, struct buffer *out)
{
	const char *operation = string_of(span, "gen_ai.operation.name");
	const char *agent = string_of(span, "gen_ai.agent.name"), *tool = string_of(span, "gen_ai.tool.name");

	if (is_attempt(span))
		buffer_appendf(out, "%s attempt %lld", string_of(span, "http.request.method"),
			(long long)number_of(span, "http.request.resend_count", 0) + 1);
	else if (operation && !strcmp(operation, "chat"))
		buffer_append_str(out, "model");
	else if (operation && !strcmp(operation, "invoke_agent") && agent)
		buffer_appendf(out, "consult %s", agent);
	else if (operation && !strcmp(operation, "execute_tool") && tool)
		buffer_append_str(out, tool);
	else
		buffer_append_str(out, span->name);
}

size_t trace_row_label(const struct trace_row *row, const struct theme *theme, struct buffer *out)
{
	struct buffer name;
	size_t outcome;
	char *clean;

	for (size_t d = 1; d < row->depth; d++)
		buffer_append_str(
			out, d < MAX_LINES && row->passing >> d & 1 ? theme->glyphs->tree_pass : "  ");
	if (row->depth)
		buffer_append_str(out, row->last ? theme->glyphs->tree_last : theme->glyphs->tree_branch);
	buffer_init(&name, BUFFER_MAX_TEXT);
	add_name(row->span, &name);
	clean = text_neutralise(buffer_text(&name), name.len, TEXT_ONE_LINE, !theme->unicode);
	buffer_append_str(out, clean);
	free(clean);
	outcome = out->len;
	buffer_reset(&name);
	add_outcome(row->span, theme, &name);
	/* error.type may come from outside; the glyphs are ours. */
	clean = text_neutralise(buffer_text(&name), name.len, TEXT_ONE_LINE, !theme->unicode);
	buffer_append_str(out, clean);
	free(clean);
	buffer_done(&name);
	return outcome;
}

void trace_bar(struct buffer *out, const struct glyphs *g, double from, double to, double total, int columns)
{
	int cells = columns - 2, start, eighths, x;

	if (cells < 1)
		return;
	if (!(total > 0))
		from = to = 0;
	else
		from /= total, to /= total;
	from = from < 0 ? 0 : from > 1 ? 1 : from;
	to = to < from ? from : to > 1 ? 1 : to;
	/* A bar begins with a whole cell. A long one ends exactly where it does, so that the ends of parents
	 * and children stand under each other; a short one is as long as it is. */
	start = (int)(from * cells);
	if ((to - from) * cells >= 1)
		eighths = (int)(to * cells * 8 + 0.5) - start * 8;
	else
		eighths = (int)((to - from) * cells * 8 + 0.5);
	for (x = 0; x < start; x++)
		buffer_append_char(out, ' ');
	buffer_append_str(out, g->bar_left);
	for (; eighths >= 8; eighths -= 8)
		buffer_append_str(out, g->bar[8]);
	/* A bar that ends on a cell's edge is closed by the next cell's first eighth. */
	buffer_append_str(out, eighths > 0 ? g->bar[eighths] : g->bar_right);
}
