#include "tui/word_diff.h"

#include "executor/executor.h"

#include <stdlib.h>
#include <string.h>

#define SPACE " \t\r\n"

struct words {
	struct word {
		const char *text;
		size_t len;
	} items[WORD_DIFF_MOST];
	size_t count;
	bool whole; /* there are no more */
};

static void split(struct words *words, const char *text)
{
	words->count = 0;
	for (text += strspn(text, SPACE); *text && words->count < WORD_DIFF_MOST;
		text += strspn(text, SPACE)) {
		size_t len = strcspn(text, SPACE);

		words->items[words->count++] = (struct word){text, len};
		text += len;
	}
	words->whole = !*text;
}

static bool same(const struct word *a, const struct word *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* common[i][j]: how many words the rest of a from i and the rest of b from j have in common. */
static void count_common(const struct words *a, const struct words *b, unsigned short *common)
{
	size_t row = b->count + 1;

	for (size_t i = a->count; i-- > 0;)
		for (size_t j = b->count; j-- > 0;) {
			unsigned short right = common[i * row + j + 1], below = common[(i + 1) * row + j];

			common[i * row + j] = same(&a->items[i], &b->items[j])
				? (unsigned short)(common[(i + 1) * row + j + 1] + 1)
				: right > below ? right
						: below;
		}
}

/* Words up to from are there: a run of one kind gets one pair of marks. */
static void add_run(struct buffer *out, const struct words *words, size_t from, size_t to, const char *marks)
{
	if (from == to)
		return;
	if (out->len)
		buffer_append_char(out, ' ');
	buffer_append(out, marks, strlen(marks) / 2);
	for (size_t i = from; i < to; i++) {
		if (i > from)
			buffer_append_char(out, ' ');
		buffer_append(out, words->items[i].text, words->items[i].len);
	}
	buffer_append_str(out, marks + strlen(marks) / 2);
}

static bool meet(const struct words *a, size_t i, const struct words *b, size_t j)
{
	return i < a->count && j < b->count && same(&a->items[i], &b->items[j]);
}

static void walk(
	struct buffer *out, const struct words *a, const struct words *b, const unsigned short *common)
{
	size_t i = 0, j = 0, row = b->count + 1;

	while (i < a->count || j < b->count) {
		size_t removed = i, added = j, kept;

		while (!meet(a, i, b, j) && (i < a->count || j < b->count)) {
			if (j == b->count ||
				(i < a->count && common[(i + 1) * row + j] >= common[i * row + j + 1]))
				i++;
			else
				j++;
		}
		add_run(out, a, removed, i, "[--]");
		add_run(out, b, added, j, "{++}");
		for (kept = i; meet(a, i, b, j); i++)
			j++;
		add_run(out, a, kept, i, "");
	}
}

char *word_diff(const char *before, const char *after)
{
	struct words *a = xmalloc(2 * sizeof *a), *b = a + 1;
	unsigned short *common = NULL;
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	split(a, before);
	split(b, after);
	if (a->whole && b->whole) {
		common = xcalloc((a->count + 1) * (b->count + 1), sizeof *common);
		count_common(a, b, common);
		walk(&out, a, b, common);
	} else {
		buffer_appendf(&out, "[-%s-] {+%s+}", before, after);
	}
	free(common);
	free(a);
	return buffer_take(&out);
}
