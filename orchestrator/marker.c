/* See marker.h. Only the beginning counts: in the middle of an answer the words may be quoted. */
#include "orchestrator/marker.h"

#include "executor/executor.h"

#include <string.h>
#include <strings.h>

#define BLANKS " \t\r\n"
#define CLOSED "*_`" /* Markdown that stands before a text and behind it, */
#define MARKUP CLOSED "#>"

/* The word's parts may be joined by anything that Markdown makes of "_". Returns what follows, or NULL. */
static const char *marker_skip_word(const char *p, const char *first, const char *second)
{
	size_t len = strlen(first);

	if (strncasecmp(p, first, len) != 0)
		return NULL;
	p += len;
	if (!second)
		return p;
	len = strspn(p, "\\_- ");
	return len && strncasecmp(p + len, second, strlen(second)) == 0 ? p + len + strlen(second) : NULL;
}

/* "**CLARIFY: which?**" opens before the word what it closes behind the question; "**CLARIFY:** which?" has
 * closed it by then. */
static char *marker_question(const char *p, size_t opened)
{
	size_t len;

	p += strspn(p, BLANKS);
	len = strlen(p);
	while (len && strchr(BLANKS, p[len - 1]))
		len--;
	for (; opened && len && strchr(CLOSED, p[len - 1]); opened--)
		len--;
	while (len && strchr(BLANKS, p[len - 1]))
		len--;
	return xstrndup(p, len);
}

enum marker marker_read(const char *text, char **question)
{
	enum marker marker = MARKER_CLARIFY;
	const char *start = text ? text : "", *p = start + strspn(start, BLANKS MARKUP), *word;
	size_t opened = 0, closed;

	while (opened < (size_t)(p - start) && strchr(CLOSED, *(p - opened - 1)))
		opened++;
	word = marker_skip_word(p, "CLARIFY", NULL);
	if (!word) {
		marker = MARKER_ASK_USER;
		word = marker_skip_word(p, "ASK", "USER");
	}
	if (!word)
		return MARKER_NONE;
	closed = strspn(word, CLOSED);
	p = word + closed;
	p += strspn(p, BLANKS);
	if (*p++ != ':')
		return MARKER_NONE;
	for (; closed < opened && *p && strchr(CLOSED, *p); closed++)
		p++;
	*question = marker_question(p, closed < opened ? opened - closed : 0);
	return marker;
}
