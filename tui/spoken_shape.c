/* Only what has an end: a code of any length would be heard in every sound. */
#include "tui/spoken_shape.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One element of a pattern as vocabulary.h writes it, at the end of shape; NULL: it is none that a shape can
 * have, or there is no room. Returns what follows it. What only divides a code is not said. */
static const char *shape_element(const char *pattern, char *shape, size_t size)
{
	static const struct {
		const char *element, *shape;
	} elements[] = {{"[0-9]", "#"}, {"[1-9]", "#"}, {"\\d", "#"}, {"[A-Z]", "?"}, {"[a-z]", "?"},
		{"[A-Za-z]", "?"}, {"[A-Za-z0-9]", "[A-9]"}, {"[A-Z0-9]", "[A-9]"}, {"-", ""}, {" ", ""},
		{"/", ""}};
	size_t n = strlen(shape);

	if (n + sizeof "[A-9]~" > size)
		return NULL;
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
		size_t len = strlen(elements[i].element);

		if (strncmp(pattern, elements[i].element, len) == 0) {
			snprintf(shape + n, size - n, "%s", elements[i].shape);
			return pattern + len;
		}
	}
	if (pattern[0] == '[' && isalnum((unsigned char)pattern[1]) && pattern[2] == '-' &&
		isalnum((unsigned char)pattern[3]) && pattern[4] == ']') {
		snprintf(shape + n, size - n, "%.5s", pattern);
		return pattern + 5;
	}
	if (!isalnum((unsigned char)*pattern))
		return NULL;
	snprintf(shape + n, size - n, "%c", *pattern);
	return pattern + 1;
}

/* How often the element stands there, {2} or {2,4}, or ? for what may be missing; false for what has no end.
 */
static bool shape_times(const char **pattern, unsigned long *least, unsigned long *most)
{
	char *end;

	*least = *most = 1;
	if (**pattern == '?') {
		*least = 0;
		++*pattern;
	} else if (**pattern == '{') {
		*least = *most = strtoul(*pattern + 1, &end, 10);
		if (*end == ',')
			*most = strtoul(end + 1, &end, 10);
		if (*end != '}')
			return false;
		*pattern = end + 1;
	}
	return *most && *most <= 20 && *most >= *least && **pattern != '*' && **pattern != '+';
}

bool spoken_shape(const char *pattern, char *shape, size_t size)
{
	*shape = '\0';
	if (*pattern++ != '^')
		return false;
	while (*pattern && strcmp(pattern, "$") != 0) {
		size_t n = strlen(shape), len;
		unsigned long least, most;

		pattern = shape_element(pattern, shape, size);
		if (!pattern || !shape_times(&pattern, &least, &most))
			return false;
		len = strlen(shape) - n;
		if (n + most * (len + 1) >= size)
			return false;
		for (unsigned long i = 0, at = n; len && i < most; i++) {
			memmove(shape + at, shape + n, len);
			at += len;
			if (i >= least)
				shape[at++] = '~';
			shape[at] = '\0';
		}
	}
	return *shape && *pattern == '$';
}
