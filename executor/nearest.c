/* Optimal string alignment distance over short names. Long ones are never looked at: nobody mistypes them by
 * three letters, and the table of distances stays on the stack. */
#include "executor/nearest.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 63
#define MOST_EDITS 3

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int fold(char c)
{
	return tolower((unsigned char)c);
}

static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t d[LONGEST + 1][LONGEST + 1];

	for (size_t i = 0; i <= n; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			size_t cost = fold(a[i - 1]) != fold(b[j - 1]);

			d[i][j] = smaller(smaller(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
				fold(a[i - 2]) == fold(b[j - 1]))
				d[i][j] = smaller(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[n][m];
}

const char *nearest_name(const char *name, const char *const *names, size_t count)
{
	size_t n = strlen(name), best = smaller(n / 3, MOST_EDITS) + 1;
	const char *found = NULL;

	if (!n || n > LONGEST)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t m = names[i] ? strlen(names[i]) : 0, edits;

		if (!m || m > LONGEST)
			continue;
		edits = distance(name, n, names[i], m);
		if (edits < best) {
			best = edits;
			found = names[i];
		}
	}
	return found;
}
