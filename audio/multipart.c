/* The boundary is one that stands in no part. See multipart.h. */
#include "audio/multipart.h"

#include "executor/executor.h"

#include <string.h>

static bool stands_in_a_part(const struct multipart_part *parts, size_t count, const char *boundary)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i].value && memmem(parts[i].value, parts[i].len, boundary, strlen(boundary)))
			return true;
	return false;
}

char *multipart_make(
	const struct multipart_part *parts, size_t count, size_t *len, char type[MULTIPART_TYPE_SIZE])
{
	char boundary[40] = "testpanel-part";
	struct buffer body;

	for (unsigned n = 1; stands_in_a_part(parts, count, boundary); n++)
		snprintf(boundary, sizeof boundary, "testpanel-part-%u", n);
	buffer_init(&body, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < count; i++) {
		const struct multipart_part *part = &parts[i];

		if (!part->value)
			continue;
		buffer_appendf(
			&body, "--%s\r\nContent-Disposition: form-data; name=\"%s\"", boundary, part->name);
		if (part->file)
			buffer_appendf(
				&body, "; filename=\"%s\"\r\nContent-Type: %s", part->file, part->type);
		buffer_append_str(&body, "\r\n\r\n");
		buffer_append(&body, part->value, part->len);
		buffer_append_str(&body, "\r\n");
	}
	buffer_appendf(&body, "--%s--\r\n", boundary);
	snprintf(type, MULTIPART_TYPE_SIZE, "multipart/form-data; boundary=%s", boundary);
	*len = body.len;
	return buffer_take(&body);
}
