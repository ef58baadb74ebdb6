/* Server-sent events, each stream whole, split at every byte, and byte by byte. */
#include "executor/sse.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void note(const char *type, const char *data, size_t len, void *ctx)
{
	struct buffer *notes = ctx;

	cr_assert_eq(strlen(data), len);
	buffer_appendf(notes, "[%s|%s]", type, data);
}

/* What the pieces of a stream come to: its first `first` bytes, then pieces of `size`. */
static char *play(const char *stream, size_t len, size_t first, size_t size)
{
	struct buffer notes;
	struct sse sse;
	bool fits;

	buffer_init(&notes, 1 << 16);
	sse_init(&sse, 64, note, &notes);
	fits = sse_feed(&sse, stream, first);
	for (size_t at = first; fits && at < len; at += size)
		fits = sse_feed(&sse, stream + at, len - at < size ? len - at : size);
	if (!fits || !sse_end(&sse))
		buffer_append_str(&notes, "!");
	sse_done(&sse);
	return buffer_take(&notes);
}

Test(sse, streams_split_anywhere)
{
	static const struct {
		const char *stream, *notes, *comment;
	} rows[] = {
		{"", "", "nothing"},
		{"data: a\n\n", "[message|a]", "one event"},
		{"data: a\r\n\r\ndata: b\r\n\r\n", "[message|a][message|b]", "CRLF"},
		{"data: a\r\rdata: b\r\r", "[message|a][message|b]", "CR alone"},
		{"data: a\n\r\ndata: b\r\n\n", "[message|a][message|b]", "mixed line ends"},
		{"data:a\n\n", "[message|a]", "no space"},
		{"data:  a\n\n", "[message| a]", "only one space is taken away"},
		{"data: a\ndata: b\n\n", "[message|a\nb]", "two lines of data"},
		{"data\n\n", "[message|]", "a field without a colon is empty"},
		{"data\ndata\n\n", "[message|\n]", "two empty lines of data"},
		{"\n\n\n", "", "empty lines"},
		{"event: x\n\n", "", "no data, no event"},
		{"event: x\ndata: 1\n\ndata: 2\n\n", "[x|1][message|2]", "the type is for one event"},
		{": hello\n\ndata: a\n: x\n\n", "[message|a]", "comments"},
		{"id: 7\nretry: 10\nnonsense: x\ndata: a\n\n", "[message|a]", "other fields"},
		{"data: a", "[message|a]", "cut before the line's end"},
		{"data: a\n", "[message|a]", "cut before the empty line"},
		{"\xef\xbb\xbf"
		 "data: a\n\n",
			"[message|a]", "a byte order mark"},
		{"data: a\n\n"
		 "\xef\xbb\xbf"
		 "data: b\n\n",
			"[message|a]", "one further on is part of a name"},
		{"data: \xc3\xa9\xe2\x82\xac\n\n", "[message|\xc3\xa9\xe2\x82\xac]",
			"split inside characters"},
		{"data: {\"a\": \"b: c\"}\n\n", "[message|{\"a\": \"b: c\"}]", "colons in the value"},
		{"data: 3456789012345678901234567890123456789012345678901234567890123456789\n\n", "!",
			"too long a line"},
		{"data: 34567890123456789012345678901234\ndata: 34567890123456789012345678901234\n\n", "!",
			"too long an event"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t len = strlen(rows[i].stream);

		for (size_t split = 0; split <= len; split++) {
			char *whole = play(rows[i].stream, len, split, len + 1);
			char *bytes = play(rows[i].stream, len, split, 1);

			cr_expect_str_eq(whole, rows[i].notes, "%s, split at %zu", rows[i].comment, split);
			cr_expect_str_eq(bytes, rows[i].notes, "%s, bytes from %zu", rows[i].comment, split);
			free(whole);
			free(bytes);
		}
	}
}
