/* Two rows of the matrix are enough for the distance. */
#include "audio/agreement.h"

#include "executor/executor.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static char *plain(const char *text, size_t *len)
{
	char *out = xmalloc(strlen(text) + 1);
	size_t n = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || c >= 0x80)
			out[n++] = (char)tolower(c);
		else if (isspace(c) && n && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	*len = n && out[n - 1] == ' ' ? n - 1 : n;
	return out;
}

static size_t least(size_t a, size_t b, size_t c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t *row = xreallocarray(NULL, b_len + 1, sizeof *row), result;

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	result = row[b_len];
	free(row);
	return result;
}

double agreement(const char *a, const char *b)
{
	size_t a_len, b_len, longer;
	char *a_plain = plain(a, &a_len), *b_plain = plain(b, &b_len);
	double agrees;

	longer = a_len > b_len ? a_len : b_len;
	agrees = longer ? 1 - (double)distance(a_plain, a_len, b_plain, b_len) / (double)longer : 1;
	free(a_plain);
	free(b_plain);
	return agrees;
}
