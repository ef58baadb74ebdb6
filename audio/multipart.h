/* A form with files as one body (RFC 7578), for an HTTP layer that takes bodies as they are. The same parts
 * always make the same bytes, so that a cassette knows the request again. */
#ifndef AUDIO_MULTIPART_H
#define AUDIO_MULTIPART_H

#include <stddef.h>

struct multipart_part {
	const char *name;
	const char *value; /* NULL: the part is left out */
	size_t len;
	const char *file, *type; /* of a file: its name and media type, else NULL */
};

#define MULTIPART_TYPE_SIZE 80

/* The body, *len bytes, which the caller frees; its Content-Type is written to type. */
char *multipart_make(
	const struct multipart_part *parts, size_t count, size_t *len, char type[MULTIPART_TYPE_SIZE]);

#endif
