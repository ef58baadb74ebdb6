/* Base64. See base64.h. */
#include "executor/base64.h"
#include "executor/alloc.h"

#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t len)
{
	const unsigned char *s = bytes;
	char *text = xmalloc((len + 2) / 3 * 4 + 1), *out = text;

	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		unsigned word =
			(unsigned)s[i] << 16 | (n > 1 ? (unsigned)s[i + 1] << 8 : 0) | (n > 2 ? s[i + 2] : 0);

		*out++ = digits[word >> 18];
		*out++ = digits[word >> 12 & 63];
		*out++ = n > 1 ? digits[word >> 6 & 63] : '=';
		*out++ = n > 2 ? digits[word & 63] : '=';
	}
	*out = '\0';
	return text;
}

char *base64_decode(const char *text, size_t *len)
{
	size_t n = strlen(text), padding = 0;
	char *bytes;

	while (padding < 2 && padding < n && text[n - 1 - padding] == '=')
		padding++;
	if (n % 4)
		return NULL;
	bytes = xmalloc(n / 4 * 3 + 1);
	*len = 0;
	for (size_t i = 0; i < n; i += 4) {
		unsigned word = 0;

		for (size_t k = i; k < i + 4; k++) {
			const char *digit = k < n - padding ? strchr(digits, text[k]) : digits;

			if (!digit) {
				free(bytes);
				return NULL;
			}
			word = word << 6 | (unsigned)(digit - digits);
		}
		bytes[(*len)++] = (char)(word >> 16);
		bytes[(*len)++] = (char)(word >> 8);
		bytes[(*len)++] = (char)word;
	}
	*len -= padding;
	bytes[*len] = '\0';
	return bytes;
}
