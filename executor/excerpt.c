#include "executor/excerpt.h"
#include "executor/buffer.h"

#include <stdbool.h>
#include <string.h>

char *text_excerpt(const char *text, size_t len)
{
	bool page = false, tag = false;
	struct buffer out;

	for (size_t i = 0; i < len && !page && strchr(" \t\r\n<", text[i]); i++)
		page = text[i] == '<';
	buffer_init(&out, EXCERPT_BYTES);
	for (size_t i = 0; i < len && out.len < EXCERPT_BYTES; i++) {
		unsigned char c = (unsigned char)text[i];
		bool blank = c <= ' ' || c == 0x7f;

		if (page && (c == '<' || c == '>')) {
			tag = c == '<';
			blank = true;
		} else if (tag) {
			continue;
		}
		if (!blank)
			buffer_append_char(&out, (char)c);
		else if (out.len && out.data[out.len - 1] != ' ')
			buffer_append_char(&out, ' ');
	}
	while (out.len == EXCERPT_BYTES && ((unsigned char)out.data[out.len - 1] & 0xc0) == 0x80)
		buffer_truncate(&out, out.len - 1);
	return buffer_take(&out);
}
