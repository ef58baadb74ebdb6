/* Text for cells: neutralising what came from outside, and measuring, cutting and wrapping what was
 * neutralised. Widths are those of grapheme clusters (utf8proc), so that columns line up on every terminal.
 * Pure. */
#ifndef TUI_TEXT_H
#define TUI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum text_lines {
	TEXT_ONE_LINE,   /* line ends become visible too */
	TEXT_MULTI_LINE, /* \n stays, \r\n becomes \n */
};

/* A copy of len bytes in which nothing can act on a terminal or hide: C0 as control pictures (␛), C1 and
 * invalid UTF-8 as \xNN, DEL as ␡, directional, zero-width, private and unassigned characters as <U+202E>. A
 * tab becomes spaces. What only joins or varies emoji is left out, because terminals do not agree on its
 * width. With ascii, everything else that is not ASCII becomes "?" (one per cell). Valid UTF-8; the caller
 * frees it. */
char *text_neutralise(const char *text, size_t len, enum text_lines lines, bool ascii);

/* The grapheme cluster at s: its bytes (0 at the end) and the columns it takes. s is valid UTF-8, as
 * all text below; \n ends no cluster but its own, of no width. */
size_t text_cluster(const char *s, size_t len, int *width);
/* Where the cluster before offset begins. */
size_t text_previous(const char *s, size_t offset);
int text_width(const char *s, size_t len);
/* How many bytes of s fit into width columns; *used is what they take. */
size_t text_fit(const char *s, size_t len, int width, int *used);
/* The next line of at most width columns, broken after white space where there is some: returns its bytes,
 * and in *next where the following line begins. At least one cluster, so that it always comes to an end. */
size_t text_wrap(const char *s, size_t len, int width, size_t *next);
/* How many lines text_wrap makes of s; an empty text is one line. */
size_t text_wrap_count(const char *s, size_t len, int width);

#endif
