/* Lines are gathered, because a piece may end anywhere, in a character or between CR and LF; a line is read
 * when it is whole. */
#include "executor/sse.h"

#include <string.h>

#define BOM "\xef\xbb\xbf"

void sse_init(struct sse *sse, size_t max_bytes,
	void (*event)(const char *type, const char *data, size_t len, void *ctx), void *ctx)
{
	*sse = (struct sse){.event = event, .ctx = ctx};
	buffer_init(&sse->line, max_bytes);
	buffer_init(&sse->data, max_bytes);
	buffer_init(&sse->type, max_bytes);
}

void sse_done(struct sse *sse)
{
	buffer_done(&sse->line);
	buffer_done(&sse->data);
	buffer_done(&sse->type);
}

static void sse_dispatch(struct sse *sse)
{
	if (sse->has_data)
		sse->event(sse->type.len ? sse->type.data : "message", buffer_text(&sse->data), sse->data.len,
			sse->ctx);
	buffer_reset(&sse->data);
	buffer_reset(&sse->type);
	sse->has_data = false;
}

static bool sse_field(struct sse *sse, const char *name, size_t name_len, const char *value, size_t value_len)
{
	if (name_len == 4 && !memcmp(name, "data", 4)) {
		bool fits = !sse->has_data || buffer_append_char(&sse->data, '\n');

		sse->has_data = true;
		return fits && buffer_append(&sse->data, value, value_len);
	}
	if (name_len == 5 && !memcmp(name, "event", 5)) {
		buffer_reset(&sse->type);
		return buffer_append(&sse->type, value, value_len);
	}
	return true;
}

static bool sse_line(struct sse *sse)
{
	const char *line = buffer_text(&sse->line), *end = line + sse->line.len, *colon, *value;
	bool fits = true;

	if (!sse->begun && sse->line.len >= 3 && !memcmp(line, BOM, 3))
		line += 3;
	sse->begun = true;
	if (line == end) {
		sse_dispatch(sse);
	} else if (*line != ':') { /* else a comment: kept alive */
		colon = memchr(line, ':', (size_t)(end - line));
		value = colon ? colon + 1 : end;
		if (value < end && *value == ' ')
			value++;
		fits = sse_field(
			sse, line, (size_t)((colon ? colon : end) - line), value, (size_t)(end - value));
	}
	buffer_reset(&sse->line);
	return fits;
}

bool sse_feed(struct sse *sse, const char *bytes, size_t len)
{
	const char *end = bytes + len;

	while (bytes < end) {
		const char *stop = bytes;

		if (sse->after_cr && *bytes == '\n')
			stop = ++bytes;
		sse->after_cr = false;
		while (stop < end && *stop != '\n' && *stop != '\r')
			stop++;
		if (!buffer_append(&sse->line, bytes, (size_t)(stop - bytes)))
			return false;
		if (stop == end)
			return true;
		sse->after_cr = *stop == '\r';
		bytes = stop + 1;
		if (!sse_line(sse))
			return false;
	}
	return true;
}

bool sse_end(struct sse *sse)
{
	bool fits = !sse->line.len || sse_line(sse);

	sse_dispatch(sse);
	return fits;
}
