/* Host and port of a URL. See host.h. */
#include "executor/host.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *find_authority(const char *url, const char **end)
{
	const char *begin = strstr(url, "://"), *at;

	begin = begin ? begin + 3 : url + strlen(url);
	*end = begin + strcspn(begin, "/?#");
	while ((at = memchr(begin, '@', (size_t)(*end - begin))))
		begin = at + 1;
	return begin;
}

size_t host_name(const char *url, char *name)
{
	const char *end, *begin = find_authority(url, &end);
	size_t len = 0;

	for (; begin < end && len < HOST_NAME_SIZE - 1; begin++)
		name[len++] = (char)tolower((unsigned char)*begin);
	name[len] = '\0';
	return len;
}

void host_split(const char *url, char *host, size_t size, long *port)
{
	const char *end, *begin = find_authority(url, &end), *colon = end;
	size_t len;

	*port = !strncasecmp(url, "https:", 6) ? 443 : 80;
	while (colon > begin && isdigit((unsigned char)colon[-1]))
		colon--;
	if (colon > begin && colon < end && colon[-1] == ':') {
		*port = strtol(colon, NULL, 10);
		end = colon - 1;
	}
	len = (size_t)(end - begin) < size - 1 ? (size_t)(end - begin) : size - 1;
	memcpy(host, begin, len);
	host[len] = '\0';
}
