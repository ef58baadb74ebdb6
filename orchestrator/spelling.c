/* Optimal string alignment (Damerau's four slips, no substring edited twice) over bytes, with a bound: words
 * that are too far apart by their lengths or first letters are not compared at all. */
#include "orchestrator/spelling.h"

#include <stddef.h>
#include <string.h>

#define LENGTH_MAX 32

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t rows[3][LENGTH_MAX + 1], *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= m; j++)
		above[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *oldest = before;

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			row[j] =
				least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = oldest;
	}
	return above[m];
}

unsigned spelling_slips(const char *word, const char *known)
{
	size_t n = strlen(word), m = strlen(known), most = n >= 8 && m >= 8 ? 2 : 1, slips;

	if (n < SPELLING_SHORTEST || m < SPELLING_SHORTEST - 1 || m + most < n || n + most < m ||
		n > LENGTH_MAX || m > LENGTH_MAX)
		return SPELLING_FAR;
	if (word[0] != known[0] && !(word[0] == known[1] && word[1] == known[0]))
		return SPELLING_FAR;
	slips = distance(word, n, known, m);
	return slips <= most ? (unsigned)slips : SPELLING_FAR;
}
